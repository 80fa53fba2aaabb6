/* disk_extent.c: discarding and zeroing a range of a disk file, by what the host can
 * do.
 */
#include "devices/disk_extent.h"

#include "base/bytes.h"      /* ARRAY_SIZE */
#include "base/error.h"      /* errno values */
#include "devices/disk_io.h" /* transfers */

#include <fcntl.h>        /* fallocate */
#include <linux/falloc.h> /* its modes */

#define PUNCH (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)
#define ZERO  (FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE)

#define ZEROS_SIZE (1u << 20) /* written at once */

/* Ways to do it, in the order they are tried; the kernel says which it does not know.
 */
static const struct {
    enum disk_operation operation;
    unsigned on; /* kinds of disks */
    bool frees;  /* the range may lose its room on the host */
    enum disk_call_kind call;
    int mode;
} methods[] = {
    { DISK_DISCARD, DISK_ON_FILE, true, DISK_CALL_ALLOCATE, PUNCH },
    { DISK_DISCARD, DISK_ON_DEVICE | DISK_ON_SERVER, true, DISK_CALL_DISCARD, 0 },
    { DISK_ZERO, DISK_ON_FILE | DISK_ON_DEVICE, true, DISK_CALL_ALLOCATE, PUNCH },
    { DISK_ZERO, DISK_ON_FILE, false, DISK_CALL_ALLOCATE, ZERO },
    { DISK_ZERO, DISK_ON_DEVICE | DISK_ON_SERVER, false, DISK_CALL_ZERO, 0 },
    { DISK_ZERO, DISK_ON_FILE | DISK_ON_DEVICE, false, DISK_CALL_WRITE, 0 },
};

static uint8_t zeros[ZEROS_SIZE] __attribute__((aligned(4096)));

static bool fits(const struct disk_io *io, const struct disk_transfer *transfer,
                 unsigned method)
{
    return methods[method].operation == transfer->operation &&
           (methods[method].on & io->kind) &&
           !(methods[method].frees && transfer->stay_allocated) &&
           !(io->refused_methods >> method & 1);
}

static void write_zeros(struct disk_transfer *transfer)
{
    struct disk_call *call = &transfer->call;
    size_t size = call->length < ZEROS_SIZE ? call->length : ZEROS_SIZE;
    transfer->segments[0] = (struct iovec){ zeros, size };
    call->segments = transfer->segments;
    call->count = 1;
}

/* Take the first method from here on; false when there is none. */
static bool choose(struct disk_io *io, struct disk_transfer *transfer, unsigned from)
{
    struct disk_call *call = &transfer->call;
    unsigned method = from;
    while (method < ARRAY_SIZE(methods) && !fits(io, transfer, method))
        method++;
    if (method == ARRAY_SIZE(methods))
        return false;
    transfer->method = method;
    call->kind = methods[method].call;
    call->mode = methods[method].mode;
    if (call->kind == DISK_CALL_WRITE)
        write_zeros(transfer);
    return true;
}

bool disk_extent_begin(struct disk_io *io, struct disk_transfer *transfer)
{
    transfer->call.length = transfer->length;
    return choose(io, transfer, 0);
}

static bool unsupported(int result)
{
    return result == -EOPNOTSUPP || result == -ENOSYS || result == -ENOTTY ||
           result == -EINVAL;
}

bool disk_extent_next(struct disk_io *io, struct disk_transfer *transfer)
{
    struct disk_call *call = &transfer->call;

    if (call->kind == DISK_CALL_SYNC)
        return false;
    if (unsupported(transfer->result) && call->kind != DISK_CALL_WRITE) {
        io->refused_methods |= 1u << transfer->method;
        if (choose(io, transfer, transfer->method + 1))
            return true;
        transfer->result = 0;
    } else if (transfer->result == 0 && call->kind == DISK_CALL_WRITE) {
        uint64_t end = transfer->offset + transfer->length;
        call->length = end - call->offset;
        if (call->length) {
            write_zeros(transfer);
            return true;
        }
    }
    if (transfer->result < 0 || !transfer->durable || call->kind == DISK_CALL_WRITE)
        return false;
    call->kind = DISK_CALL_SYNC;
    return true;
}
