/* firmware_image.c: looks for the guest's firmware and reads it. */
#include "machine/firmware_image.h"

#include "base/bytes.h" /* KIB, MIB */
#include "base/error.h" /* error_set */

#include <fcntl.h>    /* open */
#include <stdio.h>    /* asprintf */
#include <stdlib.h>   /* free, aligned_alloc */
#include <string.h>   /* strchr */
#include <sys/stat.h> /* fstat */
#include <unistd.h>   /* read */

static const struct {
    const char *title; /* as messages call it */
    const char *name;
    size_t step, limit; /* of sizes, bytes */
    const char *sizes;
    const char *package; /* of Debian's */
    const char *remedy;
} kinds[] = {
    [FIRMWARE_IMAGE_PC] = { "firmware", "bios-256k.bin", 64 * KIB, 8 * MIB,
                            "a multiple of 64 KiB, 8 MiB at most", "seabios",
                            "or name a file with --firmware" },
    [FIRMWARE_IMAGE_VGA] = { "VGA BIOS", "vgabios-stdvga.bin", 512, 64 * KIB,
                             "a multiple of 512 bytes, 64 KiB at most", "seabios",
                             "or do without the emulated display: --display none" },
    [FIRMWARE_IMAGE_NET] = { "NIC's ROM", "efi-virtio.rom", 512, 1 * MIB,
                             "a multiple of 512 bytes, 1 MiB at most", "ipxe-qemu",
                             "or do without: --net ...,rom=none" },
};

/* Open path, or a negative errno. */
static int open_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

/*
 * Open the first of DIRECTORY/name that exists. *path is where, the caller's to free.
 * A file that exists but cannot be opened ends the search: it was meant.
 */
static int search(const char *name, const char *directories, char **path)
{
    while (*directories) {
        size_t length = strcspn(directories, ":");
        if (length) {
            if (asprintf(path, "%.*s/%s", (int)length, directories, name) < 0) {
                *path = NULL;
                return -ENOMEM;
            }
            int fd = open_file(*path);
            if (fd != -ENOENT && fd != -ENOTDIR)
                return fd;
            free(*path);
            *path = NULL;
        }
        directories += length;
        if (*directories == ':')
            directories++;
    }
    return -ENOENT;
}

static int read_all(int fd, uint8_t *data, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = read(fd, data + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            return -EIO; /* it shrank while being read */
        done += (size_t)got;
    }
    return 0;
}

static int read_image(struct firmware_image *image, enum firmware_image_kind kind,
                      int fd, struct error *err)
{
    const char *title = kinds[kind].title;
    struct stat stat;
    if (fstat(fd, &stat) < 0)
        return error_system(err, -errno, "%s %s", title, image->path);
    if (!S_ISREG(stat.st_mode))
        return error_set(err, ERROR_INPUT, -EINVAL, "%s %s: not a regular file", title,
                         image->path);
    uint64_t size = (uint64_t)stat.st_size;
    if (size == 0 || size % kinds[kind].step || size > kinds[kind].limit)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%s %s: it has %llu bytes; such an image is %s", title,
                         image->path, (unsigned long long)size, kinds[kind].sizes);
    image->data = aligned_alloc(4 * KIB, round_up(size, 4 * KIB));
    if (!image->data)
        return error_system(err, -ENOMEM, "%s %s", title, image->path);
    image->size = size;
    int error = read_all(fd, image->data, size);
    if (error)
        return error_system(err, error, "%s %s", title, image->path);
    return 0;
}

int firmware_image_load(struct firmware_image *image, enum firmware_image_kind kind,
                        const char *file, const char *search_path, struct error *err)
{
    *image = (struct firmware_image){ 0 };
    const char *title = kinds[kind].title;
    const char *name = file ? file : kinds[kind].name;
    int fd;
    if (strchr(name, '/')) {
        image->path = strdup(name);
        fd = image->path ? open_file(image->path) : -ENOMEM;
    } else {
        fd = search(name, search_path, &image->path);
    }
    if (fd == -ENOENT && !image->path)
        return error_set(err, ERROR_INPUT, -ENOENT,
                         "%s %s: not found in %s; apt-get install %s, %s", title, name,
                         search_path, kinds[kind].package, kinds[kind].remedy);
    if (fd < 0) {
        int error =
            error_system(err, fd, "%s %s", title, image->path ? image->path : name);
        if (err && fd != -ENOMEM)
            err->kind = ERROR_INPUT;
        firmware_image_free(image);
        return error;
    }
    int error = read_image(image, kind, fd, err);
    close(fd);
    if (error)
        firmware_image_free(image);
    return error;
}

void firmware_image_free(struct firmware_image *image)
{
    free(image->path);
    free(image->data);
    *image = (struct firmware_image){ 0 };
}
