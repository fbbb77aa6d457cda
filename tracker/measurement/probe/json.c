#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 32 * 1024, MOST_NESTING = 64 };

struct block {
    struct block *earlier;
    size_t used, size;
    _Alignas(16) char memory[];
};

static struct block *blocks;

void *arena_take(size_t bytes)
{
    bytes = (bytes + 15) / 16 * 16;
    if (blocks == NULL || blocks->size - blocks->used < bytes) {
        size_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
        struct block *block = must_allocate(sizeof *block + size);
        *block = (struct block){.earlier = blocks, .size = size};
        blocks = block;
    }
    void *memory = blocks->memory + blocks->used;
    blocks->used += bytes;
    return memory;
}

char *arena_copy(const char *bytes, size_t length)
{
    char *copy = arena_take(length + 1);
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

void arena_reset(void)
{
    while (blocks != NULL && (blocks->earlier != NULL || blocks->size > BLOCK_BYTES)) {
        struct block *earlier = blocks->earlier;
        free(blocks);
        blocks = earlier;
    }
    if (blocks != NULL)
        blocks->used = 0;
}

struct reader {
    const char *at, *end;
    const char *message;
};

static struct json *fail(struct reader *reader, const char *message)
{
    if (reader->message == NULL)
        reader->message = message;
    return NULL;
}

static void skip_space(struct reader *reader)
{
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL && *reader->at != '\0')
        reader->at++;
}

static bool take(struct reader *reader, char wanted)
{
    if (reader->at == reader->end || *reader->at != wanted)
        return false;
    reader->at++;
    return true;
}

static bool hexadecimal(struct reader *reader, uint32_t *value)
{
    *value = 0;
    if (reader->end - reader->at < 4)
        return false;
    for (int index = 0; index < 4; index++) {
        char digit = *reader->at++;
        uint32_t number;
        if (digit >= '0' && digit <= '9')
            number = (uint32_t)(digit - '0');
        else if (digit >= 'a' && digit <= 'f')
            number = (uint32_t)(digit - 'a' + 10);
        else if (digit >= 'A' && digit <= 'F')
            number = (uint32_t)(digit - 'A' + 10);
        else
            return false;
        *value = *value << 4 | number;
    }
    return true;
}

static char *put_point(char *out, uint32_t point)
{
    if (point >= 0xdc80 && point <= 0xdcff) { /* an escaped byte, see the header */
        *out++ = (char)(point - 0xdc00);
    } else if (point < 0x80) {
        *out++ = (char)point;
    } else if (point < 0x800) {
        *out++ = (char)(0xc0 | point >> 6);
        *out++ = (char)(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        *out++ = (char)(0xe0 | point >> 12);
        *out++ = (char)(0x80 | (point >> 6 & 0x3f));
        *out++ = (char)(0x80 | (point & 0x3f));
    } else {
        *out++ = (char)(0xf0 | point >> 18);
        *out++ = (char)(0x80 | (point >> 12 & 0x3f));
        *out++ = (char)(0x80 | (point >> 6 & 0x3f));
        *out++ = (char)(0x80 | (point & 0x3f));
    }
    return out;
}

static bool unicode_escape(struct reader *reader, char **out)
{
    uint32_t point, low;
    if (!hexadecimal(reader, &point))
        return false;
    if (point >= 0xd800 && point < 0xdc00) {
        if (!take(reader, '\\') || !take(reader, 'u') || !hexadecimal(reader, &low) || low < 0xdc00 || low > 0xdfff)
            return false;
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    } else if (point >= 0xdc00 && point <= 0xdfff && (point < 0xdc80 || point > 0xdcff)) {
        return false;
    }
    *out = put_point(*out, point);
    return true;
}

static bool escape(struct reader *reader, char **out)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (reader->at == reader->end)
        return false;
    char letter = *reader->at++;
    if (letter == 'u')
        return unicode_escape(reader, out);
    const char *found = letter == '\0' ? NULL : strchr(letters, letter);
    if (found == NULL)
        return false;
    *(*out)++ = meant[found - letters];
    return true;
}

static const char *read_string(struct reader *reader, size_t *length)
{
    const char *close = reader->at; /* an escape is never shorter than what it stands for */
    while (close < reader->end && *close != '"')
        close += *close == '\\' ? 2 : 1;
    if (close >= reader->end) {
        fail(reader, "a string is not closed");
        return NULL;
    }
    char *string = arena_take((size_t)(close - reader->at) + 1), *out = string;
    while (reader->at < close) {
        unsigned char byte = (unsigned char)*reader->at;
        if (byte == '\\') {
            reader->at++;
            if (!escape(reader, &out)) {
                fail(reader, "a string holds a wrong escape");
                return NULL;
            }
        } else if (byte < 0x20) {
            fail(reader, "a string holds a control character");
            return NULL;
        } else {
            size_t sequence = utf8_length((const unsigned char *)reader->at, (size_t)(close - reader->at));
            if (sequence == 0) {
                fail(reader, "a string is not UTF-8");
                return NULL;
            }
            memcpy(out, reader->at, sequence);
            out += sequence;
            reader->at += sequence;
        }
    }
    reader->at = close + 1;
    *out = '\0';
    *length = (size_t)(out - string);
    return string;
}

static struct json *new_value(enum json_kind kind)
{
    struct json *value = arena_take(sizeof *value);
    *value = (struct json){.kind = kind};
    return value;
}

static struct json *read_number(struct reader *reader)
{
    char digits[64];
    size_t length = 0;
    while (reader->at + length < reader->end && strchr("+-.0123456789eE", reader->at[length]) != NULL &&
           reader->at[length] != '\0')
        length++;
    const char *first = reader->at + (*reader->at == '-');
    if (length == 0 || length >= sizeof digits || first == reader->end || *first < '0' || *first > '9')
        return fail(reader, "a value is not JSON");
    memcpy(digits, reader->at, length);
    digits[length] = '\0';
    char *stopped;
    struct json *value = new_value(JSON_NUMBER);
    value->number = strtod(digits, &stopped);
    if (*stopped != '\0' || !isfinite(value->number))
        return fail(reader, "a number is not JSON");
    reader->at += length;
    return value;
}

static struct json *read_word(struct reader *reader, const char *word, enum json_kind kind)
{
    size_t length = strlen(word);
    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0)
        return fail(reader, "a value is not JSON");
    reader->at += length;
    return new_value(kind);
}

static struct json *read_value(struct reader *reader, int nesting);

static struct json *read_member(struct reader *reader, bool named, int nesting)
{
    const char *key = NULL;
    size_t key_length = 0;
    if (named) {
        skip_space(reader);
        if (!take(reader, '"'))
            return fail(reader, "a key is missing");
        key = read_string(reader, &key_length);
        if (key == NULL)
            return NULL;
        skip_space(reader);
        if (!take(reader, ':'))
            return fail(reader, "a colon is missing");
    }
    struct json *member = read_value(reader, nesting);
    if (member != NULL) {
        member->key = key;
        member->key_length = key_length;
    }
    return member;
}

static struct json *read_members(struct reader *reader, char close, int nesting)
{
    struct json *whole = new_value(close == '}' ? JSON_OBJECT : JSON_ARRAY);
    struct json **tail = &whole->first;
    if (nesting > MOST_NESTING)
        return fail(reader, "values are nested too deeply");
    skip_space(reader);
    if (take(reader, close))
        return whole;
    for (;;) {
        struct json *member = read_member(reader, close == '}', nesting);
        if (member == NULL)
            return NULL;
        *tail = member;
        tail = &member->next;
        whole->length++;
        skip_space(reader);
        if (take(reader, close))
            return whole;
        if (!take(reader, ','))
            return fail(reader, "a comma or closing bracket is missing");
    }
}

static struct json *read_value(struct reader *reader, int nesting)
{
    skip_space(reader);
    if (reader->at == reader->end)
        return fail(reader, "a value is missing");
    if (take(reader, '{'))
        return read_members(reader, '}', nesting + 1);
    if (take(reader, '['))
        return read_members(reader, ']', nesting + 1);
    if (take(reader, '"')) {
        struct json *value = new_value(JSON_STRING);
        value->string = read_string(reader, &value->length);
        return value->string == NULL ? NULL : value;
    }
    switch (*reader->at) {
    case 't': return read_word(reader, "true", JSON_TRUE);
    case 'f': return read_word(reader, "false", JSON_FALSE);
    case 'n': return read_word(reader, "null", JSON_NULL);
    default: return read_number(reader);
    }
}

struct json *json_read(const char *bytes, size_t length, const char **message)
{
    struct reader reader = {.at = bytes, .end = bytes + length};
    struct json *value = read_value(&reader, 0);
    skip_space(&reader);
    if (value != NULL && reader.at != reader.end)
        value = fail(&reader, "something follows the value");
    *message = reader.message;
    return value;
}

const struct json *json_get(const struct json *object, const char *key)
{
    size_t length = strlen(key);
    if (object == NULL || object->kind != JSON_OBJECT)
        return NULL;
    for (const struct json *member = object->first; member != NULL; member = member->next)
        if (member->key_length == length && memcmp(member->key, key, length) == 0)
            return member;
    return NULL;
}

const char *json_string(const struct json *object, const char *key)
{
    const struct json *value = json_get(object, key);
    if (value == NULL || value->kind != JSON_STRING || strlen(value->string) != value->length)
        return NULL;
    return value->string;
}

int64_t json_integer(const struct json *object, const char *key, int64_t missing)
{
    const struct json *value = json_get(object, key);
    if (value == NULL || value->kind != JSON_NUMBER || fabs(value->number) > 9e15)
        return missing;
    return (int64_t)value->number;
}

bool json_is_true(const struct json *object, const char *key, bool missing)
{
    const struct json *value = json_get(object, key);
    if (value == NULL || (value->kind != JSON_TRUE && value->kind != JSON_FALSE))
        return missing;
    return value->kind == JSON_TRUE;
}

bool json_are_strings(const struct json *array)
{
    if (array == NULL || array->kind != JSON_ARRAY)
        return false;
    for (const struct json *item = array->first; item != NULL; item = item->next)
        if (item->kind != JSON_STRING || strlen(item->string) != item->length)
            return false;
    return true;
}

void json_write_scalar(struct text *text, const struct json *value)
{
    if (value == NULL)
        text_string(text, "null");
    else if (value->kind == JSON_STRING)
        text_json(text, value->string, value->length);
    else if (value->kind == JSON_NUMBER && fabs(value->number) < 9e15 &&
             value->number == (double)(int64_t)value->number)
        text_format(text, "%lld", (long long)value->number);
    else if (value->kind == JSON_NUMBER)
        text_format(text, "%.17g", value->number);
    else
        text_string(text, value->kind == JSON_TRUE ? "true" : value->kind == JSON_FALSE ? "false" : "null");
}
