/* disk_file.h: the image or block device behind a guest's disk: opened and locked. */
#ifndef DEVICES_DISK_FILE_H
#define DEVICES_DISK_FILE_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* sizes */

struct error;

/* What is known of it once opened. */
struct disk_file {
    int fd;
    bool read_only;
    uint64_t size;       /* bytes, a multiple of 512 */
    uint32_t block_size; /* logical block size to tell the guest: 512 or 4096 */
};

/*
 * Open a raw image or a block device and lock it (open file description locks:
 * writers exclude everybody, readers exclude writers), so that no two guests spoil
 * one file system. A tail of less than 512 bytes is left out. 0, or a negative errno
 * with err set to one line "disk PATH: ...".
 */
int disk_file_open(struct disk_file *file, const char *path, bool read_only,
                   struct error *err);
void disk_file_close(struct disk_file *file);

#endif
