/* log.c: the log. */
#include "base/log.h"

#include <stdarg.h>    /* va_list */
#include <stdatomic.h> /* the level is read from every thread */
#include <stdio.h>     /* vsnprintf */
#include <unistd.h>    /* write */

static _Atomic enum log_level current_level = LOG_INFO;

void log_set_level(enum log_level level)
{
    current_level = level;
}

enum log_level log_get_level(void)
{
    return current_level;
}

void log_line(enum log_level level, const char *who, const char *format, ...)
{
    static const char *const words[] = { "error: ", "warning: ", "", "debug: " };

    if (level > current_level)
        return;
    char line[1280];
    size_t room = sizeof(line) - 1;
    int used = snprintf(line, room, "igdvm: %s%s%s", words[level], who ? who : "",
                        who ? ": " : "");
    va_list args;
    va_start(args, format);
    int more = vsnprintf(line + used, room - (size_t)used, format, args);
    va_end(args);
    used += more < 0 ? 0 : more;
    if ((size_t)used > room - 1)
        used = (int)room - 1;
    line[used++] = '\n';
    /* One write, so that lines of several threads do not mix. */
    ssize_t ignored = write(STDERR_FILENO, line, (size_t)used);
    (void)ignored;
}
