/* optical_medium.h: the disc in an optical drive: an image that is read in the
 * background. */
#ifndef DEVICES_OPTICAL_MEDIUM_H
#define DEVICES_OPTICAL_MEDIUM_H

#include "devices/disk_io.h" /* how to read it */

#include <stdint.h> /* blocks */

struct board;
struct error;

#define OPTICAL_BLOCK 2048 /* bytes of user data in a block (MMC-5) */

/* result: 0 or a negative errno. */
typedef void optical_read_done(void *opaque, int result);

struct optical_medium;

/* The image of a disc. */
struct optical_image {
    const char *name; /* its path, or what errors call it */
    int fd;           /* open for reading; -1: to be opened by its path */
};

/*
 * Open an image of whole blocks (a shorter tail is left out), read-only and locked
 * against writers. A descriptor is the medium's from then on. NULL with err naming the
 * file; then the descriptor is the caller's still.
 */
struct optical_medium *optical_medium_new(struct board *board,
                                          const struct optical_image *image,
                                          enum disk_engine_choice engine,
                                          struct error *err);
/* Waits for a read in flight, which fails with -ENOMEDIUM. NULL is fine. */
void optical_medium_free(struct optical_medium *medium);

uint64_t optical_medium_blocks(const struct optical_medium *medium);

/*
 * Read count blocks, which lie on the disc, into buffer; done is called with the
 * board's lock held, on the loop's thread or before this returns. One read at a time;
 * the lock is held by the caller.
 */
void optical_medium_read(struct optical_medium *medium, uint64_t block, unsigned count,
                         uint8_t *buffer, optical_read_done *done, void *opaque);

/*
 * Forget the read in flight: its done is not called. Does not wait: until the medium is
 * freed the buffer may still be written to.
 */
void optical_medium_abandon(struct optical_medium *medium);

#endif
