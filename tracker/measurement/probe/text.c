#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_CAPACITY = 256 * 1024 };

void *must_allocate(size_t bytes)
{
    return must_resize(NULL, bytes);
}

void *must_resize(void *old, size_t bytes)
{
    void *memory = realloc(old, bytes > 0 ? bytes : 1);
    if (memory == NULL) {
        fprintf(stderr, "probe: out of memory (%zu bytes)\n", bytes);
        _Exit(70);
    }
    return memory;
}

static void reserve(struct text *text, size_t more)
{
    if (text->length + more + 1 <= text->capacity)
        return;
    size_t capacity = text->capacity ? text->capacity : 1024;
    while (capacity < text->length + more + 1)
        capacity *= 2;
    text->data = must_resize(text->data, capacity);
    text->capacity = capacity;
}

void text_add(struct text *text, const void *bytes, size_t length)
{
    reserve(text, length);
    if (length > 0)
        memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void text_string(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_format(struct text *text, const char *format, ...)
{
    va_list arguments, again;
    reserve(text, 256); /* nearly everything fits at the first try */
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t room = text->capacity - text->length;
    int needed = vsnprintf(text->data + text->length, room, format, arguments);
    va_end(arguments);
    if (needed > 0 && (size_t)needed >= room) {
        reserve(text, (size_t)needed);
        vsnprintf(text->data + text->length, (size_t)needed + 1, format, again);
    }
    text->length += needed > 0 ? (size_t)needed : 0;
    va_end(again);
}

void text_clear(struct text *text)
{
    if (text->capacity > KEPT_CAPACITY) /* one long line must not stay resident: it raises the floor */
        text_free(text);
    text->length = 0;
    if (text->data != NULL)
        text->data[0] = '\0';
}

void text_free(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}

size_t utf8_length(const unsigned char *bytes, size_t available)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (available == 0)
        return 0;
    unsigned char first = bytes[0];
    if (first < 0x80)
        return 1;
    size_t length = first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc0 && first < 0xe0 ? 2 : 0;
    if (length == 0 || length > available)
        return 0;
    uint32_t point = first & (0xffu >> (length + 1));
    for (size_t index = 1; index < length; index++) {
        if ((bytes[index] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (bytes[index] & 0x3f);
    }
    bool surrogate = point >= 0xd800 && point <= 0xdfff;
    return point < smallest[length] || point > 0x10ffff || surrogate ? 0 : length;
}

void text_json(struct text *text, const char *string, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)string;
    text_add(text, "\"", 1);
    for (size_t index = 0; index < length;) {
        unsigned char byte = bytes[index];
        if (byte == '"' || byte == '\\') {
            text_format(text, "\\%c", byte);
            index++;
        } else if (byte < 0x20 || byte == 0x7f) {
            text_format(text, "\\u%04x", byte);
            index++;
        } else {
            size_t sequence = utf8_length(bytes + index, length - index);
            if (sequence > 0)
                text_add(text, bytes + index, sequence);
            else
                text_format(text, "\\udc%02x", byte);
            index += sequence > 0 ? sequence : 1;
        }
    }
    text_add(text, "\"", 1);
}

void text_base64(struct text *text, const unsigned char *bytes, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    reserve(text, (length + 2) / 3 * 4 + 2);
    char *out = text->data + text->length;
    *out++ = '"';
    for (size_t index = 0; index < length; index += 3) {
        size_t left = length - index;
        uint32_t group = (uint32_t)bytes[index] << 16;
        if (left > 1)
            group |= (uint32_t)bytes[index + 1] << 8;
        if (left > 2)
            group |= bytes[index + 2];
        *out++ = digits[group >> 18];
        *out++ = digits[group >> 12 & 63];
        *out++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[group & 63] : '=';
    }
    *out++ = '"';
    *out = '\0';
    text->length = (size_t)(out - text->data);
}

void text_known(struct text *text, int64_t value)
{
    if (value < 0)
        text_string(text, "null");
    else
        text_format(text, "%lld", (long long)value);
}
