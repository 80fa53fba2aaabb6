/* disk_bounce.c: direct reads and writes of data that is not aligned as they need it.
 */
#include "devices/disk_bounce.h"

#include "base/error.h"      /* errno values */
#include "devices/disk_io.h" /* transfers */

#include <stdlib.h> /* aligned_alloc */
#include <string.h> /* memcpy */

#define PART_SIZE (256u << 10) /* bytes of a transfer in the buffer at a time */

struct disk_bounce {
    uint64_t left; /* bytes for which no call was made */
    size_t part;   /* bytes of the call that is being made */
    struct iovec segment;
    void *buffer;
};

static bool is_aligned(const struct disk_transfer *transfer, unsigned alignment)
{
    for (unsigned i = 0; i < transfer->count; i++) {
        const struct iovec *segment = &transfer->segments[i];
        if ((uintptr_t)segment->iov_base % alignment || segment->iov_len % alignment)
            return false;
    }
    return true;
}

/* Copy the next `size` bytes of the transfer's data; segments move on behind them. */
static void copy(struct disk_transfer *transfer, uint8_t *buffer, size_t size)
{
    while (size) {
        struct iovec *segment = transfer->segments;
        size_t piece = segment->iov_len < size ? segment->iov_len : size;
        if (transfer->operation == DISK_READ)
            memcpy(segment->iov_base, buffer, piece);
        else
            memcpy(buffer, segment->iov_base, piece);
        buffer += piece;
        size -= piece;
        segment->iov_base = (uint8_t *)segment->iov_base + piece;
        segment->iov_len -= piece;
        if (segment->iov_len == 0) {
            transfer->segments++;
            transfer->count--;
        }
    }
}

static void make_part(struct disk_transfer *transfer)
{
    struct disk_bounce *bounce = transfer->bounce;
    bounce->part = bounce->left < PART_SIZE ? bounce->left : PART_SIZE;
    bounce->left -= bounce->part;
    bounce->segment = (struct iovec){ bounce->buffer, bounce->part };
    transfer->call.segments = &bounce->segment;
    transfer->call.count = 1;
    if (transfer->operation == DISK_WRITE)
        copy(transfer, bounce->buffer, bounce->part);
}

int disk_bounce_begin(struct disk_transfer *transfer, unsigned alignment)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < transfer->count; i++)
        bytes += transfer->segments[i].iov_len;
    if (transfer->offset % alignment || bytes % alignment)
        return -EINVAL;
    if (is_aligned(transfer, alignment))
        return 0;
    struct disk_bounce *bounce = calloc(1, sizeof(*bounce));
    void *buffer = aligned_alloc(alignment, bytes < PART_SIZE ? bytes : PART_SIZE);
    if (!bounce || !buffer) {
        free(bounce);
        free(buffer);
        return -ENOMEM;
    }
    bounce->left = bytes;
    bounce->buffer = buffer;
    transfer->bounce = bounce;
    make_part(transfer);
    return 0;
}

bool disk_bounce_next(struct disk_transfer *transfer)
{
    struct disk_bounce *bounce = transfer->bounce;
    if (transfer->result < 0)
        return false;
    if (transfer->operation == DISK_READ)
        copy(transfer, bounce->buffer, bounce->part);
    if (bounce->left == 0)
        return false;
    make_part(transfer);
    return true;
}

void disk_bounce_end(struct disk_transfer *transfer)
{
    if (!transfer->bounce)
        return;
    free(transfer->bounce->buffer);
    free(transfer->bounce);
    transfer->bounce = NULL;
}
