/* virtio_blk.c: a virtio disk (VIRTIO 1.2, section 5.2). */
#include "devices/virtio_blk.h"

#include "base/bytes.h"         /* stores */
#include "base/error.h"         /* error_system */
#include "base/log.h"           /* disk errors */
#include "devices/board.h"      /* loop and lock */
#include "devices/disk_file.h"  /* the image */
#include "devices/virtio_pci.h" /* the transport */

#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* calloc, free */
#include <string.h> /* strdup, strerror */

#define SECTOR      512
#define HEADER_SIZE 16
#define ID_SIZE     20

#define BLK_F_SEG_MAX  (1ull << 2)
#define BLK_F_RO       (1ull << 5)
#define BLK_F_BLK_SIZE (1ull << 6)
#define BLK_F_FLUSH    (1ull << 9)

enum { REQUEST_READ = 0, REQUEST_WRITE = 1, REQUEST_FLUSH = 4, REQUEST_GET_ID = 8 };
enum { STATUS_OK = 0, STATUS_IO_ERROR = 1, STATUS_UNSUPPORTED = 2 };

/* Device configuration. */
enum {
    CONFIG_CAPACITY = 0x00, /* sectors of 512 bytes */
    CONFIG_SEG_MAX = 0x0c,
    CONFIG_BLK_SIZE = 0x14,
    CONFIG_SIZE = 0x18,
};

#define QUEUE_SIZE    VIRTQUEUE_SIZE_MAX
#define ERRORS_LOGGED 8

struct request {
    struct disk_transfer transfer; /* first: what the engine gives back */
    struct virtqueue_chain chain;
    uint8_t *status; /* the driver's status byte */
    uint32_t written;
    struct request *next; /* among the free ones */
};

struct virtio_blk {
    struct virtio_device virtio;
    struct disk_file file;
    struct disk_io *io;
    char *path;
    char serial[ID_SIZE + 1];
    unsigned errors; /* logged so far */
    bool starved;    /* requests wait in the ring until one in flight ends */
    struct request *free_requests;
    struct request requests[QUEUE_SIZE];
};

static void finish(struct virtio_blk *disk, struct request *request, uint8_t status)
{
    *request->status = status;
    virtqueue_give(&disk->virtio.queues[0], request->chain.head,
                   status == STATUS_OK ? request->written + 1 : 1);
    request->next = disk->free_requests;
    disk->free_requests = request;
}

static void log_failure(struct virtio_blk *disk, const struct disk_transfer *transfer)
{
    static const char *const names[] = { "read", "write", "flush" };
    if (disk->errors++ >= ERRORS_LOGGED)
        return;
    log_error(NULL, "disk %s: %s at byte %llu failed: %s%s", disk->path,
              names[transfer->operation], (unsigned long long)transfer->offset,
              strerror(-transfer->result),
              disk->errors == ERRORS_LOGGED ? " (further errors are not shown)" : "");
}

static void transfer_done(void *opaque, struct disk_transfer *transfer)
{
    struct virtio_blk *disk = opaque;
    struct request *request = (struct request *)transfer;
    if (transfer->result < 0)
        log_failure(disk, transfer);
    finish(disk, request, transfer->result < 0 ? STATUS_IO_ERROR : STATUS_OK);
    virtio_interrupt(&disk->virtio, 0);
    if (disk->starved) {
        disk->starved = false;
        virtio_run_again(&disk->virtio, 0);
    }
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
        .durable = operation == DISK_WRITE && !virtio_has(&disk->virtio, BLK_F_FLUSH),
        .segments = segments,
        .count = used,
        .offset = sector * SECTOR,
    };
    if (operation != DISK_FLUSH && used == 0)
        finish(disk, request, STATUS_OK);
    else
        disk_io_submit(disk->io, &request->transfer);
}

/* Is it whole sectors inside the disk? */
static bool inside(const struct virtio_blk *disk, uint64_t sector, uint64_t bytes)
{
    return bytes % SECTOR == 0 &&
           range_inside(sector, bytes / SECTOR, disk->file.size / SECTOR);
}

static void get_id(struct virtio_blk *disk, struct request *request,
                   struct iovec *segments, unsigned count)
{
    size_t done = 0;
    for (unsigned i = 0; i < count && done < ID_SIZE; i++) {
        size_t size = segments[i].iov_len;
        if (size > ID_SIZE - done)
            size = ID_SIZE - done;
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
    uint8_t header[HEADER_SIZE];
    unsigned taken = 0;
    int result = 0;

    while (taken < QUEUE_SIZE) {
        struct request *request = disk->free_requests;
        if (!request) {
            /* All in flight: what waits uses heads that were not given back yet. */
            disk->starved = true;
            break;
        }
        result = virtqueue_take(queue, &request->chain);
        if (result <= 0)
            break;
        taken++;
        if (!unwrap(request, header)) {
            queue->fault = "a disk request without header or status";
            result = -EINVAL;
            break;
        }
        disk->free_requests = request->next;
        run_request(disk, request, header);
    }
    disk_io_kick(disk->io);
    if (result < 0)
        virtio_break(device, queue->fault);
    else if (taken == QUEUE_SIZE)
        virtio_run_again(device, index);
    if (taken)
        virtio_interrupt(device, index);
}

static void free_all_requests(struct virtio_blk *disk)
{
    disk->free_requests = NULL;
    for (unsigned i = 0; i < QUEUE_SIZE; i++) {
        disk->requests[i].next = disk->free_requests;
        disk->free_requests = &disk->requests[i];
    }
}

static void virtio_blk_stop(struct virtio_device *device)
{
    struct virtio_blk *disk = (struct virtio_blk *)device;
    if (!disk->io)
        return;
    disk_io_drain(disk->io);
    free_all_requests(disk);
    disk->starved = false;
}

static const struct virtio_type virtio_blk_type = {
    .name = "virtio-blk",
    .id = 2,
    .class_code = 0x010000,
    .queues = 1,
    .queue_size = QUEUE_SIZE,
    .run = virtio_blk_run,
    .stop = virtio_blk_stop,
};

static void virtio_blk_reset(struct device *device)
{
    virtio_pci_reset((struct virtio_device *)device);
}

static void virtio_blk_free(struct device *device)
{
    struct virtio_blk *disk = (struct virtio_blk *)device;
    disk_io_free(disk->io);
    disk->io = NULL;
    virtio_pci_release(&disk->virtio);
    disk_file_close(&disk->file);
    free(disk->path);
    free(disk);
}

static void fill_config(struct virtio_blk *disk)
{
    struct virtio_device *virtio = &disk->virtio;
    virtio->features = BLK_F_SEG_MAX | BLK_F_BLK_SIZE | BLK_F_FLUSH |
                       (disk->file.read_only ? BLK_F_RO : 0);
    store64(virtio->config + CONFIG_CAPACITY, disk->file.size / SECTOR);
    store32(virtio->config + CONFIG_SEG_MAX, QUEUE_SIZE - 2);
    store32(virtio->config + CONFIG_BLK_SIZE, disk->file.block_size);
    virtio->config_size = CONFIG_SIZE;
}

struct device *virtio_blk_new(struct board *board, uint8_t devfn,
                              const struct virtio_blk_options *options,
                              struct error *err)
{
    struct virtio_blk *disk = calloc(1, sizeof(*disk));
    if (!disk) {
        error_system(err, -ENOMEM, "disk %s", options->path);
        return NULL;
    }
    disk->virtio.device =
        (struct device){ "virtio-blk", virtio_blk_reset, virtio_blk_free };
    disk->file.fd = -1;
    free_all_requests(disk);
    if (options->serial)
        strncpy(disk->serial, options->serial, ID_SIZE);
    else
        snprintf(disk->serial, sizeof(disk->serial), "igdvm-%02x", devfn);
    disk->path = strdup(options->path);
    if (!disk->path) {
        error_system(err, -ENOMEM, "disk %s", options->path);
        goto fail;
    }
    if (disk_file_open(&disk->file, options->path, options->read_only, err) < 0)
        goto fail;
    disk->io = disk_io_new(board->loop, &board->lock, disk->file.fd, QUEUE_SIZE,
                           options->engine, transfer_done, disk, err);
    if (!disk->io) {
        error_prefix(err, "disk %s", options->path);
        goto fail;
    }
    fill_config(disk);
    if (virtio_pci_init(&disk->virtio, board, devfn, &virtio_blk_type, err) < 0)
        goto fail;
    return &disk->virtio.device;

fail:
    virtio_blk_free(&disk->virtio.device);
    return NULL;
}
