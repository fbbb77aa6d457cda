/* A growing byte buffer that knows how to write JSON strings and base64. */
#ifndef PROBE_TEXT_H
#define PROBE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *data;
    size_t length;
    size_t capacity;
};

/* Memory that must be there: ends the probe with a message when there is none. */
void *must_allocate(size_t bytes);
void *must_resize(void *old, size_t bytes);

void text_add(struct text *text, const void *bytes, size_t length);
void text_string(struct text *text, const char *string);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_clear(struct text *text);
void text_free(struct text *text);

/* Adds a quoted JSON string. Bytes that are not UTF-8 become the lone surrogates U+DC80..U+DCFF. */
void text_json(struct text *text, const char *bytes, size_t length);
void text_base64(struct text *text, const unsigned char *bytes, size_t length);

/* Adds a number, or null when it is unknown (negative). */
void text_known(struct text *text, int64_t value);

/* Length of the valid UTF-8 sequence at `bytes`, 0 when there is none. */
size_t utf8_length(const unsigned char *bytes, size_t available);

#endif
