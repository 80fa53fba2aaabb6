/* lines.c: walks through a text line by line, word by word. */
#include "host/lines.h"

#include <ctype.h>  /* isspace */
#include <string.h> /* strcspn */

bool next_line(const char **cursor, char *line, size_t size)
{
    if (!*cursor || !**cursor)
        return false;
    size_t length = strcspn(*cursor, "\n");
    size_t kept = length < size ? length : size - 1;
    memcpy(line, *cursor, kept);
    line[kept] = '\0';
    if (kept && line[kept - 1] == '\r')
        line[kept - 1] = '\0';
    *cursor += length + ((*cursor)[length] == '\n');
    return true;
}

bool next_word(const char **cursor, char *word, size_t size)
{
    const char *at = *cursor;
    size_t used = 0;
    bool quoted = false;
    while (at && isspace((unsigned char)*at))
        at++;
    if (!at || !*at)
        return false;
    for (; *at && (quoted || !isspace((unsigned char)*at)); at++) {
        if (*at == '"')
            quoted = !quoted;
        else if (used + 1 < size)
            word[used++] = *at;
    }
    word[used] = '\0';
    *cursor = at;
    return true;
}

char *trimmed(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text;
}
