/* virtio_blk.c: a virtio disk (VIRTIO 1.2, section 5.2). */
#include "devices/virtio_blk.h"

#include "base/bytes.h"                /* stores */
#include "base/error.h"                /* error_system */
#include "base/log.h"                  /* disk errors */
#include "devices/board.h"             /* loop and lock */
#include "devices/disk_backend.h"      /* servers */
#include "devices/virtio_blk_config.h" /* what the driver is told */
#include "devices/virtio_pci.h"        /* the transport */

#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* calloc, free */
#include <string.h> /* strdup, strerror */

#define HEADER_SIZE 16
#define EXTENT_SIZE 16 /* of the data of a discard or write of zeros */
#define UNMAP_FLAG  1  /* in there */

/* VIRTIO 1.2, section 5.2.6. */
enum {
    REQUEST_READ = 0,
    REQUEST_WRITE = 1,
    REQUEST_FLUSH = 4,
    REQUEST_GET_ID = 8,
    REQUEST_DISCARD = 11,
    REQUEST_WRITE_ZEROES = 13,
};
enum { STATUS_OK = 0, STATUS_IO_ERROR = 1, STATUS_UNSUPPORTED = 2 };

#define QUEUE_SIZE    VIRTQUEUE_SEGMENTS_MAX
#define ERRORS_LOGGED 8

struct request {
    struct disk_transfer transfer; /* first: what disk_io gives back */
    struct virtqueue_chain chain;
    unsigned queue;
    uint8_t *status; /* the driver's status byte */
    uint32_t written;
    struct request *next; /* among the free ones */
};

/* The requests of one queue: as many as can be in flight. */
struct blk_queue {
    bool starved;         /* requests wait in the ring until one in flight ends */
    struct request *free; /* those that were used and are not now */
    unsigned touched;     /* how many were ever used: memory of others costs nothing */
    struct request requests[QUEUE_SIZE];
};

struct virtio_blk {
    struct virtio_device virtio;
    struct disk_file file;
    struct disk_backend backend;
    bool has_backend;
    struct disk_io *io;
    char *path;
    char serial[VIRTIO_BLK_SERIAL_MAX + 1];
    bool no_discard;
    unsigned errors;       /* logged so far */
    unsigned to_interrupt; /* bits of queues: given back to since the last interrupt */
    struct blk_queue *queues;
};

static struct request *take_request(struct blk_queue *queue)
{
    struct request *request = queue->free;
    if (request)
        queue->free = request->next;
    else if (queue->touched < QUEUE_SIZE)
        request = &queue->requests[queue->touched++];
    return request;
}

static void put_request(struct blk_queue *queue, struct request *request)
{
    request->next = queue->free;
    queue->free = request;
}

static void finish(struct virtio_blk *disk, struct request *request, uint8_t status)
{
    *request->status = status;
    virtqueue_give(&disk->virtio.queues[request->queue], request->chain.head,
                   status == STATUS_OK ? request->written + 1 : 1);
    disk->to_interrupt |= 1u << request->queue;
    put_request(&disk->queues[request->queue], request);
}

static void log_failure(struct virtio_blk *disk, const struct disk_transfer *transfer)
{
    static const char *const names[] = { "read", "write", "flush", "discard",
                                         "write of zeros" };
    if (disk->errors++ >= ERRORS_LOGGED)
        return;
    log_error(NULL, "disk %s: %s at byte %llu failed: %s%s", disk->path,
              names[transfer->operation], (unsigned long long)transfer->offset,
              strerror(-transfer->result),
              disk->errors == ERRORS_LOGGED ? " (further errors are not shown)" : "");
}

static void transfer_done(void *owner, struct disk_transfer *transfer)
{
    struct virtio_blk *disk = owner;
    struct request *request = (struct request *)transfer;
    if (transfer->result < 0 && transfer->result != DISK_SERVER_GONE)
        log_failure(disk, transfer);
    finish(disk, request, transfer->result < 0 ? STATUS_IO_ERROR : STATUS_OK);
}

/* Interrupt for what was given back, and go on with queues that waited for it. */
static void batch_done(void *owner)
{
    struct virtio_blk *disk = owner;
    unsigned queues = disk->to_interrupt;
    disk->to_interrupt = 0;
    for (unsigned i = 0; queues; i++, queues >>= 1) {
        if (!(queues & 1))
            continue;
        virtio_interrupt(&disk->virtio, i);
        if (disk->queues[i].starved) {
            disk->queues[i].starved = false;
            virtio_run_again(&disk->virtio, i);
        }
    }
}

static const struct disk_owner_ops owner_ops = { transfer_done, batch_done };

/*
 * Does the driver take a change that is done for one that is kept? So it does when it
 * cannot flush, or chose to write through.
 */
static bool is_durable(const struct virtio_blk *disk)
{
    return !virtio_has(&disk->virtio, BLK_F_FLUSH) ||
           !disk->virtio.config[BLK_CONFIG_WRITEBACK];
}

/* Give the engine the non-empty ones of these segments. */
static void start(struct virtio_blk *disk, struct request *request,
                  enum disk_operation operation, struct iovec *segments, unsigned count,
                  uint64_t sector)
{
    unsigned used = 0;
    for (unsigned i = 0; i < count; i++) {
        if (segments[i].iov_len)
            segments[used++] = segments[i];
    }
    request->transfer = (struct disk_transfer){
        .operation = operation,
        .durable = operation == DISK_WRITE && is_durable(disk),
        .segments = segments,
        .count = used,
        .offset = sector * BLK_SECTOR,
    };
    if (operation != DISK_FLUSH && used == 0)
        finish(disk, request, STATUS_OK);
    else
        disk_io_submit(disk->io, &request->transfer);
}

/* Is it whole sectors inside the disk? */
static bool inside(const struct virtio_blk *disk, uint64_t sector, uint64_t bytes)
{
    return bytes % BLK_SECTOR == 0 &&
           range_inside(sector, bytes / BLK_SECTOR, disk->file.size / BLK_SECTOR);
}

/*
 * Discard or write of zeros: the data is one range with flags. What the driver did not
 * accept, or does not keep to, is unsupported; a range that is not on the disk an
 * error.
 */
static void run_extent(struct virtio_blk *disk, struct request *request, bool zero)
{
    struct virtqueue_chain *chain = &request->chain;
    uint64_t feature = zero ? BLK_F_WRITE_ZEROES : BLK_F_DISCARD;
    uint8_t range[EXTENT_SIZE];

    if (!virtio_has(&disk->virtio, feature) ||
        iovec_bytes(chain->segments, chain->readable) != EXTENT_SIZE) {
        finish(disk, request, STATUS_UNSUPPORTED);
        return;
    }
    iovec_cut_front(chain->segments, chain->readable, range, EXTENT_SIZE);
    uint64_t sector = load64(range);
    uint32_t sectors = load32(range + 8), flags = load32(range + 12);
    if (flags & ~(zero ? UNMAP_FLAG : 0u)) {
        finish(disk, request, STATUS_UNSUPPORTED);
        return;
    }
    if (sectors > BLK_EXTENT_MOST ||
        !inside(disk, sector, (uint64_t)sectors * BLK_SECTOR)) {
        finish(disk, request, STATUS_IO_ERROR);
        return;
    }
    if (sectors == 0) {
        finish(disk, request, STATUS_OK);
        return;
    }
    request->transfer = (struct disk_transfer){
        .operation = zero ? DISK_ZERO : DISK_DISCARD,
        .durable = is_durable(disk),
        .stay_allocated = zero && (!(flags & UNMAP_FLAG) || disk->no_discard),
        .segments = chain->segments,
        .offset = sector * BLK_SECTOR,
        .length = (uint64_t)sectors * BLK_SECTOR,
    };
    disk_io_submit(disk->io, &request->transfer);
}

static void get_id(struct virtio_blk *disk, struct request *request,
                   struct iovec *segments, unsigned count)
{
    size_t done = 0;
    for (unsigned i = 0; i < count && done < VIRTIO_BLK_SERIAL_MAX; i++) {
        size_t size = segments[i].iov_len;
        if (size > VIRTIO_BLK_SERIAL_MAX - done)
            size = VIRTIO_BLK_SERIAL_MAX - done;
        memcpy(segments[i].iov_base, disk->serial + done, size);
        done += size;
    }
    request->written = (uint32_t)done;
    finish(disk, request, STATUS_OK);
}

static void run_request(struct virtio_blk *disk, struct request *request,
                        const uint8_t *header)
{
    struct virtqueue_chain *chain = &request->chain;
    struct iovec *out = chain->segments, *in = out + chain->readable;
    uint64_t sector = load64(header + 8);
    uint64_t out_bytes = iovec_bytes(out, chain->readable);
    uint64_t in_bytes = iovec_bytes(in, chain->writable);

    request->written = 0;
    switch (load32(header)) {
    case REQUEST_READ:
        if (!inside(disk, sector, in_bytes) || in_bytes >= UINT32_MAX) {
            finish(disk, request, STATUS_IO_ERROR);
            return;
        }
        request->written = (uint32_t)in_bytes;
        start(disk, request, DISK_READ, in, chain->writable, sector);
        return;
    case REQUEST_WRITE:
        if (disk->file.read_only || !inside(disk, sector, out_bytes)) {
            finish(disk, request, STATUS_IO_ERROR);
            return;
        }
        start(disk, request, DISK_WRITE, out, chain->readable, sector);
        return;
    case REQUEST_FLUSH:
        start(disk, request, DISK_FLUSH, NULL, 0, 0);
        return;
    case REQUEST_GET_ID:
        get_id(disk, request, in, chain->writable);
        return;
    case REQUEST_DISCARD:
        run_extent(disk, request, false);
        return;
    case REQUEST_WRITE_ZEROES:
        run_extent(disk, request, true);
        return;
    default:
        finish(disk, request, STATUS_UNSUPPORTED);
    }
}

/*
 * Cut the header off the front and the status byte off the back; what is left between
 * is data. False when the request has no room for them.
 */
static bool unwrap(struct request *request, uint8_t *header)
{
    struct virtqueue_chain *chain = &request->chain;
    if (chain->writable == 0 ||
        !iovec_cut_front(chain->segments, chain->readable, header, HEADER_SIZE))
        return false;
    struct iovec *last = &chain->segments[chain->readable + chain->writable - 1];
    last->iov_len--;
    request->status = (uint8_t *)last->iov_base + last->iov_len;
    return true;
}

static void virtio_blk_run(struct virtio_device *device, unsigned index)
{
    struct virtio_blk *disk = (struct virtio_blk *)device;
    struct virtqueue *queue = &device->queues[index];
    struct blk_queue *own = &disk->queues[index];
    uint8_t header[HEADER_SIZE];
    unsigned taken = 0;
    int result = 0;

    while (taken < QUEUE_SIZE) {
        struct request *request = take_request(own);
        if (!request) {
            /* All in flight: what waits uses heads that were not given back yet. */
            own->starved = true;
            break;
        }
        result = virtqueue_take(queue, &request->chain);
        if (result > 0 && !unwrap(request, header)) {
            queue->fault = "a disk request without header or status";
            result = -EINVAL;
        }
        if (result <= 0) {
            put_request(own, request);
            break;
        }
        taken++;
        request->queue = index;
        run_request(disk, request, header);
    }
    disk_io_kick(disk->io);
    batch_done(disk);
    if (result < 0)
        virtio_break(device, queue->fault);
    else if (taken == QUEUE_SIZE)
        virtio_run_again(device, index);
}

static void virtio_blk_config_write(struct virtio_device *device, uint64_t offset,
                                    uint64_t value, unsigned size)
{
    if (offset == BLK_CONFIG_WRITEBACK && size == 1 &&
        virtio_has(device, BLK_F_CONFIG_WCE))
        device->config[BLK_CONFIG_WRITEBACK] = value & 1;
}

static void virtio_blk_stop(struct virtio_device *device)
{
    struct virtio_blk *disk = (struct virtio_blk *)device;
    device->config[BLK_CONFIG_WRITEBACK] = 1;
    if (!disk->io)
        return;
    disk_io_drain(disk->io);
    for (unsigned i = 0; i < device->queue_count; i++) {
        disk->queues[i].free = NULL;
        disk->queues[i].touched = 0;
        disk->queues[i].starved = false;
    }
    disk->to_interrupt = 0;
}

static const struct virtio_type virtio_blk_type = {
    .name = "virtio-blk",
    .id = 2,
    .class_code = 0x010000,
    .queue_size = QUEUE_SIZE,
    .run = virtio_blk_run,
    .stop = virtio_blk_stop,
    .config_write = virtio_blk_config_write,
};

static void virtio_blk_free(struct device *device)
{
    struct virtio_blk *disk = (struct virtio_blk *)device;
    if (disk->has_backend)
        storage_daemon_continue(&disk->backend.daemon);
    disk_io_free(disk->io);
    disk->io = NULL;
    virtio_pci_release(&disk->virtio);
    disk_file_close(&disk->file);
    if (disk->has_backend)
        disk_backend_close(&disk->backend);
    free(disk->queues);
    free(disk->path);
    free(disk);
}

/* A server has the disk: one that runs, or one started for the image. */
static int open_backend(struct virtio_blk *disk, struct board *board,
                        const struct virtio_blk_options *options, struct error *err)
{
    struct disk_backend_options backend = {
        .socket = options->socket,
        .image = { .path = options->file.path,
                   .format = options->format,
                   .read_only = options->file.read_only,
                   .direct = options->file.direct,
                   .no_discard = options->no_discard },
    };
    int result =
        disk_backend_open(&disk->backend, &backend, board->ram, &disk->file, err);
    disk->has_backend = result == 0;
    return result;
}

static int open_file(struct virtio_blk *disk, struct board *board,
                     const struct virtio_blk_options *options, struct error *err)
{
    unsigned queues = disk->virtio.queue_count;
    int result = options->socket || options->format
                     ? open_backend(disk, board, options, err)
                     : disk_file_open(&disk->file, &options->file, err);
    if (result < 0)
        return result;
    disk->io = disk_io_new(board->loop, &board->lock, &disk->file, disk->path,
                           queues * QUEUE_SIZE, options->engine, &owner_ops, disk, err);
    if (disk->io)
        return 0;
    error_prefix(err, "disk %s", disk->path);
    return err->code;
}

struct device *virtio_blk_new(struct board *board, uint8_t devfn,
                              const struct virtio_blk_options *options,
                              struct error *err)
{
    struct virtio_blk *disk = calloc(1, sizeof(*disk));
    if (!disk) {
        error_system(err, -ENOMEM, "disk %s", options->file.path);
        return NULL;
    }
    struct virtio_device *virtio = &disk->virtio;
    virtio->device =
        (struct device){ "virtio-blk", virtio_device_reset, virtio_blk_free };
    virtio->queue_count = options->queues ? options->queues : 1;
    disk->file.fd = -1;
    disk->no_discard = options->no_discard;
    disk->path = strdup(options->file.path);
    disk->queues = calloc(virtio->queue_count, sizeof(*disk->queues));
    if (options->serial)
        strncpy(disk->serial, options->serial, VIRTIO_BLK_SERIAL_MAX);
    else
        snprintf(disk->serial, sizeof(disk->serial), "igdvm-%02x", devfn);
    if (!disk->path || !disk->queues) {
        error_system(err, -ENOMEM, "disk %s", options->file.path);
        goto fail;
    }
    if (open_file(disk, board, options, err) < 0)
        goto fail;
    virtio_blk_describe(virtio, &disk->file, options->no_discard, QUEUE_SIZE - 2);
    if (virtio_pci_init(virtio, board, devfn, &virtio_blk_type, err) < 0)
        goto fail;
    return &virtio->device;

fail:
    virtio_blk_free(&virtio->device);
    return NULL;
}
