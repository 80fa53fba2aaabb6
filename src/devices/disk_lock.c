/* disk_lock.c: locks on a disk file that keep other virtual machines away. */
#include "devices/disk_lock.h"

#include "base/bytes.h" /* ARRAY_SIZE */

#include <errno.h> /* errno values */
#include <fcntl.h> /* locks */

/*
 * QEMU (block/file-posix.c) holds shared locks on single bytes of the file, by open
 * file description: at 100 + n when it uses permission n, at 200 + n when it allows
 * nobody else to. Then it looks whether anybody holds the opposite ones. Permissions: 0
 * reads consistent data, 1 writes, 3 changes the size.
 */
#define USED    100
#define REFUSED 200
#define READ    0
#define WRITE   1
#define RESIZE  3

/* 0 when the byte could be locked; anybody else may do so, too. */
static int hold(int fd, off_t byte)
{
    struct flock lock = {
        .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1
    };
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return 0;
    return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
}

/* 0 when nobody else holds a lock on the byte. */
static int look(int fd, off_t byte)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1
    };
    if (fcntl(fd, F_OFD_GETLK, &lock) < 0)
        return -errno;
    return lock.l_type == F_UNLCK ? 0 : -EBUSY;
}

int disk_lock(int fd, bool read_only)
{
    /* What nobody else may do first; then what is done here, by writers all of it. */
    static const off_t held[] = { REFUSED + WRITE, REFUSED + RESIZE, USED + READ,
                                  USED + WRITE };
    static const off_t opposite[] = { USED + WRITE, USED + RESIZE, REFUSED + READ,
                                      REFUSED + WRITE };
    unsigned count = ARRAY_SIZE(held) - (read_only ? 1 : 0);
    int result = 0;

    for (unsigned i = 0; result == 0 && i < count; i++)
        result = hold(fd, held[i]);
    for (unsigned i = 0; result == 0 && i < count; i++)
        result = look(fd, opposite[i]);
    return result;
}
