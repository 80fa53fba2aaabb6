/* disk_file.c: the image or block device behind a guest's disk. */
#include "devices/disk_file.h"

#include "base/bytes.h" /* round_down */
#include "base/error.h" /* error_set */

#include <fcntl.h>     /* open, locks */
#include <linux/fs.h>  /* BLKGETSIZE64, BLKSSZGET */
#include <sys/ioctl.h> /* block devices */
#include <sys/stat.h>  /* what kind of file */
#include <unistd.h>    /* close */

#define SECTOR 512

static int lock_file(const struct disk_file *file, const char *path, struct error *err)
{
    struct flock lock = { .l_type = file->read_only ? F_RDLCK : F_WRLCK,
                          .l_whence = SEEK_SET };
    if (fcntl(file->fd, F_OFD_SETLK, &lock) == 0)
        return 0;
    if (errno == EAGAIN || errno == EACCES)
        return error_set(
            err, ERROR_IMPOSSIBLE, -EBUSY,
            "disk %s: in use (locked), by another virtual machine or given "
            "twice: stop the other, or give both the disk read-only",
            path);
    return error_system(err, -errno, "disk %s: lock", path);
}

static int measure(struct disk_file *file, const char *path, struct error *err)
{
    struct stat status;
    if (fstat(file->fd, &status) < 0)
        return error_system(err, -errno, "disk %s", path);
    file->block_size = SECTOR;
    if (S_ISREG(status.st_mode)) {
        file->size = (uint64_t)status.st_size;
    } else if (S_ISBLK(status.st_mode)) {
        int block_size = 0;
        if (ioctl(file->fd, BLKGETSIZE64, &file->size) < 0)
            return error_system(err, -errno, "disk %s: size", path);
        if (ioctl(file->fd, BLKSSZGET, &block_size) == 0 && block_size == 4096)
            file->block_size = 4096;
    } else {
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "disk %s: neither a regular file nor a block device", path);
    }
    file->size = round_down(file->size, SECTOR);
    if (file->size == 0)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "disk %s: smaller than one sector of 512 bytes: make it with "
                         "truncate -s SIZE",
                         path);
    return 0;
}

int disk_file_open(struct disk_file *file, const char *path, bool read_only,
                   struct error *err)
{
    *file = (struct disk_file){ .read_only = read_only };
    /* Not to hang on a FIFO that somebody names by mistake. */
    int flags = (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK;
    file->fd = open(path, flags);
    if (file->fd < 0) {
        int code = -errno;
        enum error_kind kind =
            code == -ENOENT || code == -EISDIR ? ERROR_INPUT : ERROR_SYSTEM;
        return error_set(err, kind, code, "disk %s: cannot be opened for %s: %s", path,
                         read_only ? "reading" : "reading and writing",
                         strerror(-code));
    }
    int result = measure(file, path, err);
    if (result == 0)
        result = lock_file(file, path, err);
    if (result < 0)
        disk_file_close(file);
    return result;
}

void disk_file_close(struct disk_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}
