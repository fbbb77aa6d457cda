/* JSON (RFC 8259) of one line: a reader into an arena. Strings are bytes; the lone surrogates
   U+DC80..U+DCFF stand for the bytes 80..FF, so that any file name can be named. */
#ifndef PROBE_JSON_H
#define PROBE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    enum json_kind kind;
    const char *key;      /* in an object */
    size_t key_length;
    const char *string;   /* NUL-terminated, may hold NULs */
    size_t length;        /* bytes of a string, members of an array or object */
    double number;
    struct json *first;
    struct json *next;
};

/* Memory of one request, given back at once. */
void *arena_take(size_t bytes);
char *arena_copy(const char *bytes, size_t length);
void arena_reset(void);

/* Reads one value; NULL with a message when the line is not JSON. */
struct json *json_read(const char *bytes, size_t length, const char **message);

const struct json *json_get(const struct json *object, const char *key);
/* The string without NULs at `key`, or NULL when it is missing or something else. */
const char *json_string(const struct json *object, const char *key);
/* The whole number at `key`, or `missing`. */
int64_t json_integer(const struct json *object, const char *key, int64_t missing);
bool json_is_true(const struct json *object, const char *key, bool missing);
/* True when every item is a string without NULs. */
bool json_are_strings(const struct json *array);
void json_write_scalar(struct text *text, const struct json *value);

#endif
