/* words.c: text in lines of a terminal's width. */
#include "cmd/words.h"

#include <string.h> /* words */

#define WIDTH 88

void words_print(FILE *to, const char *label, const char *text, unsigned indent)
{
    int column = fprintf(to, "  %-*s ", (int)indent - 3, label);
    bool first = true;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (!first && (size_t)column + 1 + length > WIDTH) {
            fprintf(to, "\n%*s", (int)indent, "");
            column = (int)indent;
            first = true;
        }
        column += fprintf(to, "%s%.*s", first ? "" : " ", (int)length, text);
        first = false;
        text += length;
        text += strspn(text, " ");
    }
    fputs("\n", to);
}
