/* error.c: error objects. */
#include "base/error.h"

#include <stdarg.h> /* va_list */
#include <stdio.h>  /* vsnprintf */
#include <string.h> /* strerror, memmove */

int error_set(struct error *err, enum error_kind kind, int code, const char *format,
              ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
        err->code = code;
        err->kind = kind;
    }
    return code;
}

int error_system(struct error *err, int code, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
        size_t used = strlen(err->text);
        snprintf(err->text + used, sizeof(err->text) - used, ": %s", strerror(-code));
        err->code = code;
        err->kind = ERROR_SYSTEM;
    }
    return code;
}

void error_prefix(struct error *err, const char *format, ...)
{
    if (!err)
        return;
    char before[512];
    va_list args;
    va_start(args, format);
    vsnprintf(before, sizeof(before), format, args);
    va_end(args);
    char inner[sizeof(err->text)];
    memcpy(inner, err->text, sizeof(inner));
    int used = snprintf(err->text, sizeof(err->text), "%s: ", before);
    snprintf(err->text + used, sizeof(err->text) - (size_t)used, "%s", inner);
}
