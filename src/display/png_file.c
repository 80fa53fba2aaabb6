/* png_file.c: writes pictures as PNG files, with libpng. */
#include "display/png_file.h"

#include "base/error.h" /* errors */

#ifdef HAVE_PNG

#include <fcntl.h>    /* a descriptor of our own */
#include <png.h>      /* libpng */
#include <stdio.h>    /* files */
#include <stdlib.h>   /* malloc */
#include <sys/stat.h> /* what is there */
#include <unistd.h>   /* unlink */

/* Screens compress well at any level; this one takes a third of the default's time. */
#define COMPRESSION 3

/* What of a write must be given back, also when libpng jumps out of it. */
struct writing {
    FILE *file;
    png_structp png;
    png_infop info;
    uint8_t *row;
};

static void put_row(uint8_t *to, const uint32_t *from, uint32_t width)
{
    for (uint32_t x = 0; x < width; x++, to += 3) {
        to[0] = (uint8_t)(from[x] >> 16);
        to[1] = (uint8_t)(from[x] >> 8);
        to[2] = (uint8_t)from[x];
    }
}

/* false: libpng said no, which is memory or the disk. */
static bool write_image(struct writing *writing, const struct picture *picture)
{
    if (setjmp(png_jmpbuf(writing->png)))
        return false;
    png_init_io(writing->png, writing->file);
    png_set_compression_level(writing->png, COMPRESSION);
    png_set_IHDR(writing->png, writing->info, picture->width, picture->height, 8,
                 PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(writing->png, writing->info);
    for (uint32_t y = 0; y < picture->height; y++) {
        put_row(writing->row, picture_row(picture, y), picture->width);
        png_write_row(writing->png, writing->row);
    }
    png_write_end(writing->png, writing->info);
    return true;
}

/* libpng's own messages would go to standard error. */
static void ignore(png_structp png, png_const_charp text)
{
}

static void fail(png_structp png, png_const_charp text)
{
    longjmp(png_jmpbuf(png), 1);
}

static int write_to(FILE *file, const struct picture *picture)
{
    struct writing writing = { .file = file };
    bool ok = false;
    errno = 0;
    writing.row = malloc((size_t)picture->width * 3);
    writing.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, fail, ignore);
    if (writing.png)
        writing.info = png_create_info_struct(writing.png);
    if (writing.row && writing.info)
        ok = write_image(&writing, picture);
    int code = errno ? errno : ENOMEM;
    png_destroy_write_struct(&writing.png, &writing.info);
    free(writing.row);
    return ok ? 0 : -code;
}

int png_file_write_fd(int fd, const struct picture *picture)
{
    if (!picture->width)
        return -EINVAL;
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    FILE *file = own < 0 ? NULL : fdopen(own, "w");
    if (!file) {
        int result = -errno;
        if (own >= 0)
            close(own);
        return result;
    }
    int result = write_to(file, picture);
    if (fclose(file) != 0 && result == 0)
        result = -errno;
    return result;
}

int png_file_write(const char *path, const struct picture *picture, struct error *err)
{
    struct stat there;
    if (!picture->width)
        return error_set(err, ERROR_SYSTEM, -EINVAL, "%s: there is no picture", path);
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%s: not a regular file, which the picture would replace",
                         path);
    char *draft;
    if (asprintf(&draft, "%s.part", path) < 0)
        return error_system(err, -ENOMEM, "%s", path);
    int result = 0;
    FILE *file = fopen(draft, "we");
    if (!file)
        result = -errno;
    if (file)
        result = write_to(file, picture);
    if (file && fclose(file) != 0 && result == 0)
        result = -errno;
    if (result == 0 && rename(draft, path) < 0)
        result = -errno;
    if (result < 0) {
        if (file)
            unlink(draft);
        error_system(err, result, "%s", path);
    }
    free(draft);
    return result;
}

#else

int png_file_write_fd(int fd, const struct picture *picture)
{
    return -ENOTSUP;
}

int png_file_write(const char *path, const struct picture *picture, struct error *err)
{
    return error_set(err, ERROR_IMPOSSIBLE, -ENOTSUP,
                     "%s: this igdvm was built without libpng and writes no pictures",
                     path);
}

#endif
