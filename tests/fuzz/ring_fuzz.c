/* ring_fuzz.c: a virtio disk whose ring, wherever it is, holds anything. */
#include "fuzz.h"       /* must */
#include "fuzz_board.h" /* fuzz_board_ops */
#include "fuzz_loop.h"  /* fuzz_turn */

#include "devices/device.h"     /* reset, free */
#include "devices/virtio_blk.h" /* the target */

#include "base/bytes.h"           /* loads */
#include "base/error.h"           /* struct error */
#include "base/event_loop.h"      /* requests run on it */
#include "base/log.h"             /* silence */
#include "devices/board.h"        /* struct board */
#include "devices/guest_memory.h" /* the ring */
#include "pci/bus.h"              /* configuration */
#include "pci/space.h"            /* the BAR */

#include <stdio.h>    /* snprintf */
#include <sys/mman.h> /* memfd_create */
#include <unistd.h>   /* close */

#define DISK      PCI_DEVFN(4, 0)
#define BAR_AT    0x10000000u
#define DISK_SIZE 0x4000
#define SECTOR    0x5a

/*
 * Two runs of RAM, so that buffers can cross into nothing. An input: options, the
 * queues' size, how often the doorbells ring, how many queues there are (2 bits) and
 * how far apart their rings are (in 64 bytes); the places of the first one's
 * descriptors, available and used ring, 32 bits each, in the run that bit 31 chooses;
 * then what RAM holds, from the lower run's start on.
 */
#define RUN_SIZE  0x8000
#define HIGH_RUN  0x100000000ull
#define HEAD_SIZE 16

enum option {
    EVENT_INDEX = 1,
    INDIRECT = 2,
    FLUSH = 4,
    READ_ONLY = 8,
    DISCARD = 16,
    WRITE_ZEROES = 32,
    THREADS = 64,
    WRITEBACK = 128,
};

struct pc {
    struct board board;
    struct guest_memory ram;
    unsigned messages;
};

static uint64_t place_of(uint32_t word)
{
    return (word & 0x80000000u ? HIGH_RUN : 0) + (word & 0xffff);
}

static unsigned queue_count(const uint8_t *head)
{
    return 1 + (head[3] & 3);
}

/* Registers of the common structure: VIRTIO 1.2, 4.1.4.3. */
static void place_queue(struct space *memory, const uint8_t *head, unsigned queue)
{
    uint64_t apart = (uint64_t)(head[3] >> 2) * 64 * queue;
    const struct {
        unsigned offset, size;
        uint64_t value;
    } writes[] = {
        { 0x16, 2, queue },
        { 0x18, 2, 1u << head[1] % 8 },
        { 0x20, 8, (place_of(load32(head + 4)) & ~15ull) + apart },
        { 0x28, 8, (place_of(load32(head + 8)) & ~1ull) + apart },
        { 0x30, 8, (place_of(load32(head + 12)) & ~3ull) + apart },
        { 0x1c, 2, 1 },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(writes); i++)
        space_write(memory, BAR_AT + writes[i].offset, writes[i].value, writes[i].size);
}

static void start_driver(struct pc *pc, const uint8_t *head)
{
    struct space *memory = pc->board.memory;
    uint32_t features =
        (head[0] & EVENT_INDEX ? 1u << 29 : 0) | (head[0] & INDIRECT ? 1u << 28 : 0) |
        (head[0] & FLUSH ? 1u << 9 : 0) | 1u << 11 |
        (head[0] & DISCARD ? 1u << 13 : 0) | (head[0] & WRITE_ZEROES ? 1u << 14 : 0);
    const struct {
        unsigned offset, size;
        uint64_t value;
    } writes[] = {
        { 0x14, 1, 0 }, { 0x14, 1, 3 }, { 0x08, 4, 0 },    { 0x0c, 4, features },
        { 0x08, 4, 1 }, { 0x0c, 4, 1 }, { 0x14, 1, 0x0b },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(writes); i++)
        space_write(memory, BAR_AT + writes[i].offset, writes[i].value, writes[i].size);
    for (unsigned queue = 0; queue < queue_count(head); queue++)
        place_queue(memory, head, queue);
    space_write(memory, BAR_AT + 0x14, 0x0f, 1);
    space_write(memory, BAR_AT + 0x2020, (head[0] & WRITEBACK) != 0, 1);
}

static void ring_doorbells(struct pc *pc, const uint8_t *head)
{
    for (unsigned queue = 0; queue < queue_count(head); queue++)
        space_write(pc->board.memory, BAR_AT + 0x3000 + 4 * queue, queue, 2);
}

static void fill_ram(struct pc *pc, const uint8_t *data, size_t size)
{
    for (unsigned i = 0; i < 2; i++) {
        size_t part = size < RUN_SIZE ? size : RUN_SIZE;
        memcpy(pc->ram.blocks[i].host, data, part);
        data += part;
        size -= part;
    }
}

static int make_disk_file(void)
{
    static uint8_t bytes[DISK_SIZE];
    int fd = memfd_create("disk", MFD_CLOEXEC);
    memset(bytes, SECTOR, sizeof(bytes));
    must(fd >= 0 && write(fd, bytes, sizeof(bytes)) == sizeof(bytes));
    return fd;
}

/* The disk is as long as it was; one that is read-only is as it was. */
static void check_disk_file(int fd, bool read_only)
{
    static uint8_t bytes[DISK_SIZE + 1];
    must(pread(fd, bytes, sizeof(bytes), 0) == DISK_SIZE);
    for (unsigned i = 0; read_only && i < DISK_SIZE; i++)
        must(bytes[i] == SECTOR);
}

static void run(struct pc *pc, const uint8_t *data, size_t size)
{
    bool read_only = data[0] & READ_ONLY;
    int fd = make_disk_file();
    char path[32];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct virtio_blk_options options = {
        .file = { .path = path, .read_only = read_only, .raw = true },
        .queues = queue_count(data),
        .engine = data[0] & THREADS ? DISK_ENGINE_THREAD : DISK_ENGINE_AUTO,
    };
    struct error err = { 0 };
    struct device *disk = virtio_blk_new(&pc->board, DISK, &options, &err);
    must(disk != NULL);

    pthread_mutex_lock(&pc->board.lock);
    pci_bus_config_write(pc->board.pci, DISK, PCI_BAR(4), BAR_AT, 4);
    pci_bus_config_write(pc->board.pci, DISK, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    pthread_mutex_unlock(&pc->board.lock);
    fill_ram(pc, data + HEAD_SIZE, size - HEAD_SIZE);
    start_driver(pc, data);
    for (unsigned i = 0; i <= data[2] % 3; i++) {
        ring_doorbells(pc, data);
        must(fuzz_turn(pc->board.loop) == FUZZ_TURNED);
    }
    /* A device that gave up says so (DEVICE_NEEDS_RESET), and can be started again. */
    uint64_t status = space_read(pc->board.memory, BAR_AT + 0x14, 1);
    must((status & ~0xcfull) == 0);
    start_driver(pc, data);
    ring_doorbells(pc, data);
    must(fuzz_turn(pc->board.loop) == FUZZ_TURNED);
    pthread_mutex_lock(&pc->board.lock);
    disk->reset(disk);
    pthread_mutex_unlock(&pc->board.lock);
    must(space_read(pc->board.memory, BAR_AT + 0x14, 1) == 0);
    disk->free(disk);
    check_disk_file(fd, read_only);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pc pc = { 0 };

    if (size < HEAD_SIZE)
        return 0;
    log_set_level(LOG_ERROR);
    pc.ram = (struct guest_memory){
        .count = 2,
        .blocks = { { 0, RUN_SIZE, calloc(1, RUN_SIZE), -1, 0 },
                    { HIGH_RUN, RUN_SIZE, calloc(1, RUN_SIZE), -1, 0 } },
    };
    must(board_init(&pc.board, &fuzz_board_ops, &pc.messages, &pc.ram, NULL) == 0);
    run(&pc, data, size);
    board_finish(&pc.board);
    free(pc.ram.blocks[0].host);
    free(pc.ram.blocks[1].host);
    return 0;
}
