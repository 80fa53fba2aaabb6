/* optical_medium.c: the disc in an optical drive: an image that is read in the
 * background. */
#include "devices/optical_medium.h"

#include "base/error.h"        /* error_set */
#include "base/log.h"          /* read errors */
#include "devices/board.h"     /* loop and lock */
#include "devices/disk_file.h" /* the image */

#include <stdlib.h> /* calloc */
#include <string.h> /* strdup, strerror */

/* Blocks are numbered with 32 bits, and the last number is nobody's. */
#define MOST_BLOCKS UINT32_MAX

struct optical_medium {
    struct disk_file file;
    struct disk_io *io;
    char *path;
    struct disk_transfer transfer;
    struct iovec segment;
    bool in_flight;
    bool wanted; /* somebody waits for the transfer, or for the queued one */
    bool queued; /* a read that starts when the one nobody wants has ended */
    struct iovec next_segment;
    uint64_t next_offset;
    optical_read_done *done;
    void *opaque;
};

static void start(struct optical_medium *medium, struct iovec segment, uint64_t offset)
{
    medium->segment = segment;
    medium->transfer = (struct disk_transfer){ .operation = DISK_READ,
                                               .segments = &medium->segment,
                                               .count = 1,
                                               .offset = offset };
    medium->in_flight = true;
    disk_io_submit(medium->io, &medium->transfer);
    disk_io_kick(medium->io);
}

static void transfer_done(void *owner, struct disk_transfer *transfer)
{
    struct optical_medium *medium = owner;

    medium->in_flight = false;
    if (medium->queued) {
        medium->queued = false;
        start(medium, medium->next_segment, medium->next_offset);
        return;
    }
    if (transfer->result < 0)
        log_error(NULL, "disc %s: read at byte %llu failed: %s", medium->path,
                  (unsigned long long)transfer->offset, strerror(-transfer->result));
    if (medium->wanted) {
        medium->wanted = false;
        medium->done(medium->opaque, transfer->result);
    }
}

static void batch_done(void *owner)
{
    (void)owner;
}

static const struct disk_owner_ops owner_ops = { transfer_done, batch_done };

static int open_image(struct optical_medium *medium, struct board *board,
                      const struct optical_image *image, enum disk_engine_choice engine,
                      struct error *err)
{
    const char *path = image->name;
    struct disk_file_options options = { .path = path, .read_only = true };
    int result = image->fd < 0
                     ? disk_file_open(&medium->file, &options, err)
                     : disk_file_adopt(&medium->file, image->fd, &options, err);
    if (result < 0)
        return result;
    uint64_t blocks = optical_medium_blocks(medium);
    if (blocks == 0 || blocks > MOST_BLOCKS)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "disc %s: %llu bytes: expected an image of at least one block "
                         "of 2048 bytes, and at most 8 TiB",
                         path, (unsigned long long)medium->file.size);
    medium->io = disk_io_new(board->loop, &board->lock, &medium->file, medium->path, 1,
                             engine, &owner_ops, medium, err);
    if (medium->io)
        return 0;
    error_prefix(err, "disc %s", path);
    return -EIO;
}

struct optical_medium *optical_medium_new(struct board *board,
                                          const struct optical_image *image,
                                          enum disk_engine_choice engine,
                                          struct error *err)
{
    const char *path = image->name;
    struct optical_medium *medium = calloc(1, sizeof(*medium));
    if (!medium) {
        error_system(err, -ENOMEM, "disc %s", path);
        return NULL;
    }
    medium->file.fd = -1;
    medium->path = strdup(path);
    if (!medium->path)
        error_system(err, -ENOMEM, "disc %s", path);
    if (!medium->path || open_image(medium, board, image, engine, err) < 0) {
        if (image->fd >= 0)
            medium->file.fd = -1; /* stays the caller's */
        optical_medium_free(medium);
        return NULL;
    }
    return medium;
}

void optical_medium_free(struct optical_medium *medium)
{
    if (!medium)
        return;
    disk_io_free(medium->io);
    if (medium->wanted)
        medium->done(medium->opaque, -ENOMEDIUM);
    disk_file_close(&medium->file);
    free(medium->path);
    free(medium);
}

uint64_t optical_medium_blocks(const struct optical_medium *medium)
{
    return medium->file.size / OPTICAL_BLOCK;
}

void optical_medium_read(struct optical_medium *medium, uint64_t block, unsigned count,
                         uint8_t *buffer, optical_read_done *done, void *opaque)
{
    struct iovec segment = { buffer, (size_t)count * OPTICAL_BLOCK };

    medium->done = done;
    medium->opaque = opaque;
    medium->wanted = true;
    if (medium->in_flight) { /* an abandoned one, which may still write to the buffer */
        medium->queued = true;
        medium->next_segment = segment;
        medium->next_offset = block * OPTICAL_BLOCK;
    } else {
        start(medium, segment, block * OPTICAL_BLOCK);
    }
}

void optical_medium_abandon(struct optical_medium *medium)
{
    medium->wanted = false;
    medium->queued = false;
}
