/* printable.c: makes texts of others fit for terminals and for JSON. */
#include "host/printable.h"

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* bytes */

#define DELETE        0x7f
#define LAST_CONTROL1 0x9f /* of U+0080 to U+009F */

/* The length of the UTF-8 character here, 0 when it is none (Unicode 15, table 3-7). */
static size_t character_length(const uint8_t *at)
{
    static const struct {
        uint8_t first, last; /* of the first byte */
        uint8_t low, high;   /* of the second */
        size_t length;
    } forms[] = {
        { 0x00, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
        { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
        { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
        { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
        { 0xf4, 0xf4, 0x80, 0x8f, 4 },
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (at[0] < forms[i].first || at[0] > forms[i].last)
            continue;
        if (forms[i].length > 1 && (at[1] < forms[i].low || at[1] > forms[i].high))
            return 0;
        for (size_t j = 2; j < forms[i].length; j++) {
            if (at[j] < 0x80 || at[j] > 0xbf)
                return 0;
        }
        return forms[i].length;
    }
    return 0;
}

void make_printable(char *text)
{
    for (uint8_t *at = (uint8_t *)text; *at;) {
        size_t length = character_length(at);
        bool control = *at < ' ' || *at == DELETE ||
                       (length == 2 && *at == 0xc2 && at[1] <= LAST_CONTROL1);
        if (!length || (control && length == 1)) {
            *at++ = '?';
        } else {
            if (control)
                at[0] = at[1] = '?';
            at += length;
        }
    }
}
