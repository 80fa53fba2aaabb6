/* firmware_image.c: looks for the guest's firmware and reads it. */
#include "machine/firmware_image.h"

#include "base/bytes.h"      /* KIB, MIB */
#include "base/error.h"      /* error_set */
#include "igd/requirement.h" /* which firmware is UEFI's */

#include <fcntl.h>    /* open */
#include <stdio.h>    /* asprintf */
#include <stdlib.h>   /* free, aligned_alloc */
#include <string.h>   /* strchr */
#include <sys/stat.h> /* fstat */
#include <unistd.h>   /* read */

static const struct {
    const char *title; /* as messages call it */
    const char *name;
    size_t step, least, limit; /* of sizes, bytes */
    const char *sizes;
    const char *package; /* of Debian's */
    const char *remedy;
} kinds[] = {
    [FIRMWARE_IMAGE_PC] = { "firmware", "bios-256k.bin", 64 * KIB, 0, 8 * MIB,
                            "a multiple of 64 KiB, 8 MiB at most", "seabios",
                            "or name a file with --firmware" },
    [FIRMWARE_IMAGE_UEFI] = { "firmware", "OVMF_CODE_4M.fd", 4 * KIB, 128 * KIB,
                              8 * MIB, "a multiple of 4 KiB, from 128 KiB to 8 MiB",
                              "ovmf", "or name a file with --firmware" },
    [FIRMWARE_IMAGE_VGA] = { "VGA BIOS", "vgabios-stdvga.bin", 512, 0, 64 * KIB,
                             "a multiple of 512 bytes, 64 KiB at most", "seabios",
                             "or do without the emulated display: --display none" },
    [FIRMWARE_IMAGE_NET] = { "NIC's ROM", "efi-virtio.rom", 512, 0, 1 * MIB,
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

static int bad_size(const struct firmware_image *image, enum firmware_image_kind kind,
                    struct error *err)
{
    return error_set(err, ERROR_INPUT, -EINVAL,
                     "%s %s: it has %zu bytes; such an image is %s", kinds[kind].title,
                     image->path, image->size, kinds[kind].sizes);
}

/* Of a PC's firmware it is the contents that tell which kind it is. */
static int check_kind(struct firmware_image *image, enum firmware_image_kind kind,
                      struct error *err)
{
    if (kind == FIRMWARE_IMAGE_PC || kind == FIRMWARE_IMAGE_UEFI) {
        image->uefi = igd_firmware_is_uefi(image->data, image->size);
        kind = image->uefi ? FIRMWARE_IMAGE_UEFI : FIRMWARE_IMAGE_PC;
    }
    if (image->size % kinds[kind].step || image->size < kinds[kind].least)
        return bad_size(image, kind, err);
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
    image->size = (size_t)stat.st_size;
    if (image->size == 0 || image->size > kinds[kind].limit)
        return bad_size(image, kind, err);
    image->data = aligned_alloc(4 * KIB, round_up(image->size, 4 * KIB));
    if (!image->data)
        return error_system(err, -ENOMEM, "%s %s", title, image->path);
    int error = read_all(fd, image->data, image->size);
    if (error)
        return error_system(err, error, "%s %s", title, image->path);
    return check_kind(image, kind, err);
}

int firmware_image_load(struct firmware_image *image, enum firmware_image_kind kind,
                        const char *file, const char *search_path, struct error *err)
{
    *image = (struct firmware_image){ 0 };
    if (kind == FIRMWARE_IMAGE_PC && file && !strcmp(file, "uefi")) {
        kind = FIRMWARE_IMAGE_UEFI;
        file = NULL;
    }
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
