/* value_parts.c: values of options made of parts: "FIRST,key,key=text". */
#include "cmd/value_parts.h"

#include <string.h> /* strchr */

char *value_part_next(char **rest)
{
    char *part = *rest;
    if (!part)
        return NULL;
    char *to = part;
    for (const char *from = part;; from++) {
        if (*from == ',' && from[1] != ',') {
            *rest = (char *)from + 1;
            break;
        }
        if (*from == '\0') {
            *rest = NULL;
            break;
        }
        if (*from == ',')
            from++; /* the second of the two */
        *to++ = *from;
    }
    *to = '\0';
    return part;
}

char *value_part_text(char *part)
{
    char *equals = strchr(part, '=');
    if (!equals)
        return NULL;
    *equals = '\0';
    return equals + 1;
}
