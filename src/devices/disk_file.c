/* disk_file.c: the image or block device behind a guest's disk. */
#include "devices/disk_file.h"

#include "base/bytes.h"        /* KIB, is_power_of_two */
#include "base/error.h"        /* error_set */
#include "base/log.h"          /* a tail that is left out */
#include "devices/disk_lock.h" /* other virtual machines */

#include <fcntl.h>     /* open */
#include <linux/fs.h>  /* BLKGETSIZE64, BLKSSZGET */
#include <stdlib.h>    /* aligned_alloc */
#include <string.h>    /* memcmp, strerror */
#include <sys/ioctl.h> /* block devices */
#include <sys/stat.h>  /* what kind of file */
#include <unistd.h>    /* close, pread */

#define SECTOR       512
#define PAGE         4096
#define PHYSICAL_MAX (64 * KIB)

/* How images of other formats begin. */
static const struct {
    unsigned offset, size;
    const char *magic, *name, *advice;
} formats[] = {
    { 0, 4, "QFI\xfb", "qcow2", "add format=qcow2" },
    { 0, 4, "QED\0", "QED", "convert it with qemu-img convert -O raw" },
    { 0, 4, "KDMV", "VMDK", "convert it with qemu-img convert -O raw" },
    { 0, 8, "vhdxfile", "VHDX", "convert it with qemu-img convert -O raw" },
    { 0x40, 4, "\x7f\x10\xda\xbe", "VDI", "convert it with qemu-img convert -O raw" },
};

/*
 * Not taken for that format by itself either: a guest can write such a beginning to a
 * raw disk, and an image can name other files of the host.
 */
static int check_format(const struct disk_file *file, const char *path,
                        struct error *err)
{
    char start[PAGE]
        __attribute__((aligned(PAGE))) = { 0 }; /* as direct reads want it */
    if (pread(file->fd, start, sizeof(start), 0) < 0)
        return error_system(err, -errno, "disk %s: cannot be read", path);
    for (unsigned i = 0; i < ARRAY_SIZE(formats); i++) {
        if (!memcmp(start + formats[i].offset, formats[i].magic, formats[i].size))
            return error_set(
                err, ERROR_INPUT, -EINVAL,
                "disk %s: begins like a %s image: %s, or add format=raw if its guest "
                "shall see it as it is",
                path, formats[i].name, formats[i].advice);
    }
    return 0;
}

static uint32_t device_value(int fd, unsigned long request)
{
    unsigned value = 0;
    return ioctl(fd, request, &value) < 0 ? 0 : value;
}

static int measure_device(struct disk_file *file, const char *path, struct error *err)
{
    file->kind = DISK_ON_DEVICE;
    if (ioctl(file->fd, BLKGETSIZE64, &file->size) < 0)
        return error_system(err, -errno, "disk %s: size", path);
    if (device_value(file->fd, BLKSSZGET) == PAGE)
        file->block_size = PAGE;
    file->physical_size = device_value(file->fd, BLKPBSZGET);
    file->least = device_value(file->fd, BLKIOMIN);
    file->best = device_value(file->fd, BLKIOOPT);
    return 0;
}

static int measure(struct disk_file *file, const struct disk_file_options *options,
                   struct error *err)
{
    const char *path = options->path;
    struct stat status;
    int result = 0;
    if (fstat(file->fd, &status) < 0)
        return error_system(err, -errno, "disk %s", path);
    file->block_size = SECTOR;
    if (S_ISREG(status.st_mode)) {
        file->size = (uint64_t)status.st_size;
        file->physical_size = (uint32_t)status.st_blksize;
    } else if (S_ISBLK(status.st_mode)) {
        result = measure_device(file, path, err);
    } else {
        result =
            error_set(err, ERROR_INPUT, -EINVAL,
                      S_ISDIR(status.st_mode)
                          ? "disk %s: a directory: expected a file or a block device"
                          : "disk %s: neither a regular file nor a block device",
                      path);
    }
    if (result < 0)
        return result;
    if (!is_power_of_two(file->physical_size) ||
        file->physical_size < file->block_size || file->physical_size > PHYSICAL_MAX)
        file->physical_size = file->block_size;
    if (file->size < SECTOR)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "disk %s: smaller than one sector of 512 bytes%s", path,
                         options->read_only ? "" : ": make it with truncate -s SIZE");
    return 0;
}

/* What direct calls want aligned: tried, since older kernels do not tell. */
static int find_alignment(struct disk_file *file, const char *path, struct error *err)
{
    static const unsigned tried[] = { SECTOR, PAGE };
    uint8_t *pages = aligned_alloc(PAGE, 2 * PAGE);
    if (!pages)
        return error_system(err, -ENOMEM, "disk %s", path);
    for (unsigned i = 0; i < ARRAY_SIZE(tried) && !file->alignment; i++) {
        unsigned size = tried[i];
        if (pread(file->fd, pages + size, size, 0) >= 0)
            file->alignment = size;
    }
    free(pages);
    if (!file->alignment)
        return error_set(err, ERROR_IMPOSSIBLE, -EINVAL,
                         "disk %s: cannot be read past the host's cache: leave out "
                         "cache=direct",
                         path);
    if (file->block_size < file->alignment)
        file->block_size = file->alignment;
    if (file->physical_size < file->block_size)
        file->physical_size = file->block_size;
    return 0;
}

/* Leave out what is no whole block. */
static void cut_tail(struct disk_file *file, const char *path)
{
    uint64_t tail = file->size % file->block_size;
    file->size -= tail;
    if (tail)
        log_warning(NULL,
                    "disk %s: its last %u bytes are no whole block of %u: the guest "
                    "does not see them",
                    path, (unsigned)tail, file->block_size);
}

static int open_failed(const struct disk_file_options *options, int code,
                       struct error *err)
{
    if (code == -EINVAL && options->direct)
        return error_set(err, ERROR_IMPOSSIBLE, code,
                         "disk %s: its file system cannot be written past the host's "
                         "cache: leave out cache=direct",
                         options->path);
    bool readable = !options->read_only && access(options->path, R_OK) == 0;
    bool no_writing = code == -EACCES || code == -EROFS || code == -EPERM;
    enum error_kind kind = code == -ENOENT || code == -EISDIR || code == -ENOTDIR
                               ? ERROR_INPUT
                               : ERROR_SYSTEM;
    return error_set(
        err, kind, code, "disk %s: cannot be opened for %s: %s%s", options->path,
        options->read_only ? "reading" : "reading and writing", strerror(-code),
        readable && no_writing ? "; add ,ro if the guest need not write" : "");
}

/* Lock the open file, and learn what it is. */
static int take_up(struct disk_file *file, const struct disk_file_options *options,
                   struct error *err)
{
    const char *path = options->path;
    int result = measure(file, options, err);
    if (result == 0) {
        result = disk_lock(file->fd, options->read_only);
        if (result == -EBUSY)
            error_set(err, ERROR_IMPOSSIBLE, result,
                      "disk %s: in use (locked), by another virtual machine or given "
                      "twice: stop the other, or give both the disk read-only",
                      path);
        else if (result < 0)
            error_system(err, result, "disk %s: lock", path);
    }
    if (result == 0 && options->direct)
        result = find_alignment(file, path, err);
    if (result == 0 && !options->raw)
        result = check_format(file, path, err);
    if (result == 0)
        cut_tail(file, path);
    return result;
}

int disk_file_open(struct disk_file *file, const struct disk_file_options *options,
                   struct error *err)
{
    *file = (struct disk_file){ .kind = DISK_ON_FILE, .read_only = options->read_only };
    /* Not to hang on a FIFO that somebody names by mistake. */
    int flags = (options->read_only ? O_RDONLY : O_RDWR) |
                (options->direct ? O_DIRECT : 0) | O_CLOEXEC | O_NONBLOCK;
    file->fd = open(options->path, flags);
    if (file->fd < 0)
        return open_failed(options, -errno, err);
    int result = take_up(file, options, err);
    if (result < 0)
        disk_file_close(file);
    return result;
}

int disk_file_adopt(struct disk_file *file, int fd,
                    const struct disk_file_options *options, struct error *err)
{
    *file = (struct disk_file){ .kind = DISK_ON_FILE,
                                .read_only = options->read_only,
                                .fd = fd };
    int result = take_up(file, options, err);
    if (result < 0)
        file->fd = -1;
    return result;
}

void disk_file_close(struct disk_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}
