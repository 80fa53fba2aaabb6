/* disk_file.h: the image or block device behind a guest's disk: opened and locked. */
#ifndef DEVICES_DISK_FILE_H
#define DEVICES_DISK_FILE_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* sizes */

struct disk_backend;
struct error;

/* What a disk is on; bits, so that several can be named. */
enum disk_kind { DISK_ON_FILE = 1, DISK_ON_DEVICE = 2, DISK_ON_SERVER = 4 };

struct disk_file_options {
    const char *path;
    bool read_only;
    bool raw;    /* it is raw, even if it begins like an image of another format */
    bool direct; /* past the host's page cache */
};

/* What is known of it once opened; sizes in bytes. */
struct disk_file {
    enum disk_kind kind;
    int fd;                       /* -1: a server has it */
    struct disk_backend *backend; /* the server, the caller's */
    bool read_only;
    bool no_discard, no_zero; /* it cannot do that */
    uint64_t size;            /* a multiple of 512 */
    uint32_t block_size;      /* logical block size to tell the guest: 512 or 4096 */
    uint32_t physical_size;   /* what is written as a whole: block_size times 2^n */
    uint32_t least, best;     /* lengths the host recommends, 0: none */
    unsigned alignment;       /* of data and offsets in direct calls; 0: any */
};

/*
 * Open a raw image or a block device and lock it as QEMU does, so that no two guests
 * spoil one file system, whoever runs them. A file that begins like an image of a
 * format other than raw is refused unless the options say it is raw. A tail of less
 * than 512 bytes is left out, with a warning. 0, or a negative errno with err set to
 * one line "disk PATH: ...".
 */
int disk_file_open(struct disk_file *file, const struct disk_file_options *options,
                   struct error *err);

/*
 * The same of a file that is open already, with the rights the options ask for; the
 * path is what errors call it. fd is the disk's until it is closed, but the caller's
 * still when this fails.
 */
int disk_file_adopt(struct disk_file *file, int fd,
                    const struct disk_file_options *options, struct error *err);
void disk_file_close(struct disk_file *file);

#endif
