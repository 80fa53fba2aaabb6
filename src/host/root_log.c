/* root_log.c: this computer's kernel log, as a capture has it. */
#include "host/root_internal.h" /* what is implemented */

#include <errno.h>    /* codes */
#include <stdlib.h>   /* memory */
#include <string.h>   /* lines */
#include <sys/klog.h> /* the kernel's ring buffer */

#define READ_ALL    3  /* SYSLOG_ACTION_READ_ALL */
#define SIZE_BUFFER 10 /* SYSLOG_ACTION_SIZE_BUFFER */
#define LARGEST_LOG (8 << 20)

/* Take the "<6>" before each line away, in place; the new length. */
static size_t drop_levels(char *text, size_t length)
{
    char *out = text;
    for (size_t at = 0; at < length;) {
        const char *line = text + at;
        size_t size = 0;
        while (at + size < length && line[size] != '\n')
            size++;
        size_t whole = size + (at + size < length);
        size_t skip = 0;
        if (size && line[0] == '<') {
            const char *end = memchr(line, '>', size < 6 ? size : 6);
            skip = end ? (size_t)(end - line) + 1 : 0;
        }
        memmove(out, line + skip, whole - skip);
        out += whole - skip;
        at += whole;
    }
    return (size_t)(out - text);
}

int live_kernel_log(char **data, size_t *size)
{
    int room = klogctl(SIZE_BUFFER, NULL, 0);
    if (room < 0)
        return errno == EPERM ? -EACCES : -errno;
    if (room > LARGEST_LOG)
        room = LARGEST_LOG;
    char *text = malloc((size_t)room + 1);
    if (!text)
        return -ENOMEM;
    int length = klogctl(READ_ALL, text, room);
    if (length < 0) {
        int code = errno == EPERM ? -EACCES : -errno;
        free(text);
        return code;
    }
    *size = drop_levels(text, (size_t)length);
    text[*size] = '\0';
    *data = text;
    return 0;
}
