/* png_file.h: writes pictures as PNG files. */
#ifndef DISPLAY_PNG_FILE_H
#define DISPLAY_PNG_FILE_H

#include "display/picture.h" /* struct picture */

struct error;

/*
 * Write the picture to a file, which appears whole or not at all: what was there stays
 * until then. 0, or negative errno with err naming the file; -ENOTSUP when igdvm was
 * built without libpng.
 */
int png_file_write(const char *path, const struct picture *picture, struct error *err);

/* Write it to a descriptor, which stays the caller's. 0 or negative errno, as above. */
int png_file_write_fd(int fd, const struct picture *picture);

#endif
