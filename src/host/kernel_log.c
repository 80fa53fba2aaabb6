/* kernel_log.c: follows the kernel log, /dev/kmsg. */
#include "host/kernel_log.h"

#include "base/error.h" /* errors */

#include <fcntl.h>  /* open */
#include <string.h> /* strchr */
#include <unistd.h> /* read */

#define RECORD_SIZE 8192 /* the kernel's largest record */

int kernel_log_open(struct error *err)
{
    int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && lseek(fd, 0, SEEK_END) >= 0) /* only what is new */
        return fd;
    int code = errno;
    if (fd >= 0)
        close(fd);
    return error_set(
        err, code == EPERM || code == EACCES ? ERROR_IMPOSSIBLE : ERROR_SYSTEM, -code,
        "/dev/kmsg: %s; the kernel log is for root, unless sysctl "
        "kernel.dmesg_restrict=0",
        strerror(code));
}

/* Records are "level,number,time,flags;text\n continuation". */
int kernel_log_read(int fd, unsigned most, void (*line)(void *opaque, const char *text),
                    void *opaque)
{
    char record[RECORD_SIZE];
    for (unsigned i = 0; i < most; i++) {
        ssize_t size = read(fd, record, sizeof(record) - 1);
        if (size < 0 && errno == EPIPE)
            continue; /* records were overwritten before they were read */
        if (size <= 0)
            return size == 0 || errno == EAGAIN ? 0 : -errno;
        record[size] = '\0';
        char *text = strchr(record, ';');
        if (!text)
            continue;
        text[1 + strcspn(text + 1, "\n")] = '\0';
        line(opaque, text + 1);
    }
    return 0;
}
