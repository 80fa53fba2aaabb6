/* virtio_balloon.c: a virtio balloon (VIRTIO 1.2, section 5.5). */
#include "devices/virtio_balloon.h"

#include "base/bytes.h"           /* loads, stores */
#include "base/error.h"           /* error_system */
#include "devices/board.h"        /* guest RAM */
#include "devices/guest_memory.h" /* giving it back */
#include "devices/virtio_pci.h"   /* the transport */

#include <stdlib.h> /* calloc */

#define PAGE_SHIFT     12 /* of the balloon's pages, whatever the host's are */
#define QUEUE_SIZE     128
#define REQUESTS_A_RUN 32
#define PAGES_AT_ONCE  256

#define BALLOON_F_STATISTICS     (1ull << 1)
#define BALLOON_F_DEFLATE_ON_OOM (1ull << 2)
#define BALLOON_F_REPORTING      (1ull << 5)

/* Device configuration. */
enum { CONFIG_TARGET = 0x00, CONFIG_ACTUAL = 0x04, CONFIG_SIZE = 0x08 };

/* Queues, in this order; the last two are there when their feature was accepted. */
enum queue_kind { INFLATE, DEFLATE, STATISTICS, REPORTING, NONE };

#define QUEUES 4

#define STATISTIC_SIZE 10 /* tag u16, value u64 */

struct virtio_balloon {
    struct virtio_device virtio;
    bool statistics_held; /* the driver waits to be asked for newer ones */
    uint16_t statistics_head;
    uint64_t inflated, reported;
    unsigned statistic;
    uint64_t statistics[BALLOON_STATISTICS];
    struct virtqueue_chain chain;
};

static enum queue_kind kind_of(const struct virtio_device *device, unsigned index)
{
    bool statistics = virtio_has(device, BALLOON_F_STATISTICS);
    if (index <= DEFLATE)
        return (enum queue_kind)index;
    if (statistics && index == 2)
        return STATISTICS;
    return virtio_has(device, BALLOON_F_REPORTING) && index == (statistics ? 3u : 2u)
               ? REPORTING
               : NONE;
}

/* A run of pages that go back together. */
struct run {
    uint64_t first, count;
};

static void give_back(struct virtio_balloon *balloon, const struct run *run)
{
    const struct guest_memory *ram = balloon->virtio.board->ram;
    uint64_t size = run->count << PAGE_SHIFT;
    void *host = guest_memory_at(ram, run->first << PAGE_SHIFT, size);
    /* What is no RAM is nothing to give: the driver's mistake, and harmless. */
    if (run->count && host)
        balloon->inflated += guest_memory_discard(ram, host, size);
}

/* Page numbers, 32 bits each; neighbours go back in one call, in either direction. */
static void inflate(struct virtio_balloon *balloon)
{
    const struct virtqueue_chain *chain = &balloon->chain;
    uint64_t bytes = iovec_bytes(chain->segments, chain->readable);
    uint8_t numbers[PAGES_AT_ONCE * 4];
    struct run run = { 0, 0 };

    if (bytes > QUEUE_SIZE * sizeof(numbers))
        bytes = QUEUE_SIZE * sizeof(numbers);
    for (uint64_t at = 0; at + 4 <= bytes; at += sizeof(numbers)) {
        uint64_t part = bytes - at < sizeof(numbers) ? bytes - at : sizeof(numbers);
        iovec_read(chain->segments, chain->readable, at, numbers, part);
        for (unsigned i = 0; i + 4 <= part; i += 4) {
            uint64_t page = load32(numbers + i);
            if (run.count && page == run.first + run.count) {
                run.count++;
            } else if (run.count && page + 1 == run.first) {
                run.first--;
                run.count++;
            } else {
                give_back(balloon, &run);
                run = (struct run){ page, 1 };
            }
        }
    }
    give_back(balloon, &run);
}

/* Free pages themselves, as segments: they go back, and come again as zeros. */
static void take_report(struct virtio_balloon *balloon)
{
    const struct virtqueue_chain *chain = &balloon->chain;
    const struct iovec *pages = chain->segments + chain->readable;
    for (unsigned i = 0; i < chain->writable; i++)
        balloon->reported += guest_memory_discard(balloon->virtio.board->ram,
                                                  pages[i].iov_base, pages[i].iov_len);
}

static void take_statistics(struct virtio_balloon *balloon)
{
    const struct virtqueue_chain *chain = &balloon->chain;
    uint8_t entry[STATISTIC_SIZE];
    /* A driver has no use for telling one twice. */
    for (unsigned i = 0; i < 2 * BALLOON_STATISTICS; i++) {
        if (!iovec_read(chain->segments, chain->readable, i * sizeof(entry), entry,
                        sizeof(entry)))
            break;
        uint16_t number = load16(entry);
        if (number >= BALLOON_STATISTICS)
            continue;
        balloon->statistic |= 1u << number;
        balloon->statistics[number] = load64(entry + 2);
    }
    balloon->statistics_held = true;
    balloon->statistics_head = chain->head;
}

/* Pages that come, go or are free; of those that go out of the balloon nothing is kept.
 */
static int take_pages(struct virtio_device *device, unsigned index,
                      struct virtqueue_chain *chain)
{
    struct virtio_balloon *balloon = (struct virtio_balloon *)device;
    (void)chain; /* the balloon's */
    switch (kind_of(device, index)) {
    case INFLATE:
        inflate(balloon);
        break;
    case REPORTING:
        take_report(balloon);
        break;
    default:
        break;
    }
    return 0;
}

/* The driver's newest statistics stay with the device until they are asked for anew. */
static void hold_statistics(struct virtio_balloon *balloon, unsigned index)
{
    struct virtqueue *queue = &balloon->virtio.queues[index];
    int result = balloon->statistics_held ? 0 : virtqueue_take(queue, &balloon->chain);
    if (result > 0)
        take_statistics(balloon);
    else if (result < 0)
        virtio_break(&balloon->virtio, queue->fault);
}

static void virtio_balloon_run(struct virtio_device *device, unsigned index)
{
    struct virtio_balloon *balloon = (struct virtio_balloon *)device;
    enum queue_kind kind = kind_of(device, index);
    if (kind == STATISTICS)
        hold_statistics(balloon, index);
    else if (kind != NONE)
        virtio_run_chains(device, index, &balloon->chain, REQUESTS_A_RUN, take_pages);
}

static void virtio_balloon_stop(struct virtio_device *device)
{
    struct virtio_balloon *balloon = (struct virtio_balloon *)device;
    balloon->statistics_held = false;
    balloon->statistic = 0;
    store32(device->config + CONFIG_ACTUAL, 0);
}

/* The driver tells how much the balloon holds. */
static void virtio_balloon_config_write(struct virtio_device *device, uint64_t offset,
                                        uint64_t value, unsigned size)
{
    if (offset >= CONFIG_ACTUAL)
        store_sized(device->config + offset, value, size);
}

static const struct virtio_type virtio_balloon_type = {
    .name = "virtio-balloon",
    .id = 5,
    .class_code = 0x00ff00,
    .queues = QUEUES,
    .queue_size = QUEUE_SIZE,
    .run = virtio_balloon_run,
    .stop = virtio_balloon_stop,
    .config_write = virtio_balloon_config_write,
};

void virtio_balloon_set_target(struct device *device, uint64_t bytes)
{
    struct virtio_balloon *balloon = (struct virtio_balloon *)device;
    uint64_t pages = bytes >> PAGE_SHIFT;
    store32(balloon->virtio.config + CONFIG_TARGET,
            pages < UINT32_MAX ? (uint32_t)pages : UINT32_MAX);
    virtio_config_changed(&balloon->virtio);
}

void virtio_balloon_ask(struct device *device, struct virtio_balloon_state *state)
{
    struct virtio_balloon *balloon = (struct virtio_balloon *)device;
    const uint8_t *config = balloon->virtio.config;
    *state = (struct virtio_balloon_state){
        .target = (uint64_t)load32(config + CONFIG_TARGET) << PAGE_SHIFT,
        .actual = (uint64_t)load32(config + CONFIG_ACTUAL) << PAGE_SHIFT,
        .inflated = balloon->inflated,
        .reported = balloon->reported,
        .statistic = balloon->statistic,
    };
    memcpy(state->statistics, balloon->statistics, sizeof(state->statistics));
    if (!balloon->statistics_held || !virtio_running(&balloon->virtio))
        return;
    balloon->statistics_held = false;
    virtqueue_give(&balloon->virtio.queues[2], balloon->statistics_head, 0);
    virtio_interrupt(&balloon->virtio, 2);
}

struct device *virtio_balloon_new(struct board *board, uint8_t devfn, struct error *err)
{
    struct virtio_balloon *balloon = calloc(1, sizeof(*balloon));
    if (!balloon) {
        error_system(err, -ENOMEM, "virtio-balloon");
        return NULL;
    }
    struct device *device = &balloon->virtio.device;
    *device =
        (struct device){ "virtio-balloon", virtio_device_reset, virtio_device_free };
    balloon->virtio.features =
        BALLOON_F_STATISTICS | BALLOON_F_DEFLATE_ON_OOM | BALLOON_F_REPORTING;
    balloon->virtio.config_size = CONFIG_SIZE;
    if (virtio_pci_init(&balloon->virtio, board, devfn, &virtio_balloon_type, err) <
        0) {
        virtio_device_free(device);
        return NULL;
    }
    return device;
}
