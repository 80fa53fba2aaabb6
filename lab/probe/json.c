/* json.c: writes JSON to standard output as it comes. */
#include <stdarg.h> /* json_format */

#include "probe.h"

#define MAX_DEPTH 16

static struct {
    bool filled[MAX_DEPTH];
    unsigned depth;
} state;

static void quote(const char *text)
{
    putchar('"');
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (*at == '"' || *at == '\\')
            printf("\\%c", *at);
        else if (*at < 0x20 || *at >= 0x7f)
            printf("\\u%04x", *at);
        else
            putchar(*at);
    }
    putchar('"');
}

static void begin(const char *name)
{
    if (state.depth) {
        if (state.filled[state.depth - 1])
            putchar(',');
        state.filled[state.depth - 1] = true;
        putchar('\n');
    }
    if (name) {
        quote(name);
        putchar(':');
    }
}

void json_open(const char *name, char bracket)
{
    begin(name);
    putchar(bracket);
    if (state.depth < MAX_DEPTH)
        state.filled[state.depth++] = false;
}

void json_close(char bracket)
{
    state.depth--;
    putchar(bracket);
}

void json_string(const char *name, const char *value)
{
    begin(name);
    quote(value);
}

void json_format(const char *name, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    json_string(name, text);
}

void json_number(const char *name, double value)
{
    begin(name);
    printf("%.15g", value);
}

void json_bool(const char *name, bool value)
{
    begin(name);
    fputs(value ? "true" : "false", stdout);
}

void json_hex(const char *name, const uint8_t *bytes, size_t size)
{
    begin(name);
    putchar('"');
    for (size_t i = 0; i < size; i++)
        printf("%02x", bytes[i]);
    putchar('"');
}
