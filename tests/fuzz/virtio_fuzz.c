/* virtio_fuzz.c: a virtio NIC, console or balloon whose rings hold anything. */
#include "fuzz.h"       /* must */
#include "fuzz_board.h" /* fuzz_board_ops */
#include "fuzz_loop.h"  /* fuzz_turn */

#include "devices/device.h"         /* reset, free */
#include "devices/net_stream.h"     /* the NIC's other side */
#include "devices/virtio_balloon.h" /* targets, from here */
#include "devices/virtio_console.h"
#include "devices/virtio_net.h"

#include "base/bytes.h"           /* loads */
#include "base/error.h"           /* errno values */
#include "base/event_loop.h"      /* requests run on it */
#include "base/frame_stream.h"    /* the largest frame */
#include "base/log.h"             /* silence */
#include "devices/board.h"        /* struct board */
#include "devices/guest_memory.h" /* the ring */
#include "pci/bus.h"              /* configuration */
#include "pci/space.h"            /* the BAR */

#include <fcntl.h>      /* pipes that do not block */
#include <signal.h>     /* SIGPIPE */
#include <sys/socket.h> /* socketpair */
#include <unistd.h>     /* close */

#define DEVFN  PCI_DEVFN(4, 0)
#define BAR_AT 0x10000000u

/*
 * Two runs of RAM, so that buffers can cross into nothing. An input: options, the
 * queues' size, how often the doorbells ring, which device; the places of descriptors,
 * available and used ring, 32 bits each, in the run that bit 31 chooses (of a device's
 * second queue QUEUE_STEP further on, and so on); then what RAM holds, from the lower
 * run's start on.
 */
#define PAGE      4096
#define RUN_SIZE  0x8000
#define HIGH_RUN  0x100000000ull
#define HEAD_SIZE 16

#define QUEUE_STEP 0x800

enum option { EVENT_INDEX = 1, INDIRECT = 2, MERGE = 4 };

struct pc {
    struct board board;
    struct guest_memory ram;
    unsigned messages;
    int fds[2]; /* the test's ends of what is behind the device, -1: none */
};

/* A kind of device: how it is made, what happens to it from outside, what must hold. */
struct target {
    unsigned queues;
    struct device *(*make)(struct pc *pc, const uint8_t *head);
    void (*disturb)(struct pc *pc, struct device *device);
    void (*check)(struct pc *pc);
};

static uint64_t place_of(uint32_t word)
{
    return (word & 0x80000000u ? HIGH_RUN : 0) + (word & 0xffff);
}

/* Registers of the common structure: VIRTIO 1.2, 4.1.4.3. */
static void put(struct pc *pc, unsigned offset, uint64_t value, unsigned size)
{
    space_write(pc->board.memory, BAR_AT + offset, value, size);
}

/* All that is offered, less what the options leave out. */
static uint32_t features(struct pc *pc, uint8_t options)
{
    put(pc, 0x00, 0, 4);
    uint32_t offered = (uint32_t)space_read(pc->board.memory, BAR_AT + 0x04, 4);
    uint32_t without = (options & EVENT_INDEX ? 0 : 1u << 29) |
                       (options & INDIRECT ? 0 : 1u << 28) |
                       (options & MERGE ? 0 : 1u << 15);
    return offered & ~without;
}

static void start_driver(struct pc *pc, const struct target *target,
                         const uint8_t *head)
{
    put(pc, 0x14, 0, 1);
    put(pc, 0x14, 3, 1);
    put(pc, 0x08, 0, 4);
    put(pc, 0x0c, features(pc, head[0]), 4);
    put(pc, 0x08, 1, 4);
    put(pc, 0x0c, 1, 4);
    put(pc, 0x14, 0x0b, 1);
    for (unsigned i = 0; i < target->queues; i++) {
        uint64_t step = (uint64_t)i * QUEUE_STEP;
        put(pc, 0x16, i, 2);
        put(pc, 0x18, 1u << head[1] % 8, 2);
        put(pc, 0x20, (place_of(load32(head + 4)) + step) & ~15ull, 8);
        put(pc, 0x28, (place_of(load32(head + 8)) + step) & ~1ull, 8);
        put(pc, 0x30, (place_of(load32(head + 12)) + step) & ~3ull, 8);
        put(pc, 0x1c, 1, 2);
    }
    put(pc, 0x14, 0x0f, 1);
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

static struct device *make_net(struct pc *pc, const uint8_t *head)
{
    struct virtio_net_options options = { .mac = { 2, 0, 0, 0, 0, 1 } };
    int ends[2];
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    pc->fds[0] = ends[0];
    options.backend = net_stream_new(ends[1], "fuzz", NULL);
    return virtio_net_new(&pc->board, DEVFN, &options, NULL);
}

/* Frames arrive, a small one and one that fits few buffers; the cable comes and goes.
 */
static void disturb_net(struct pc *pc, struct device *device)
{
    static const uint32_t sizes[] = { 60, 3000 };
    static uint8_t frame[3000] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8 };
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        uint32_t length = __builtin_bswap32(sizes[i]);
        if (send(pc->fds[0], &length, sizeof(length), 0) == sizeof(length))
            must(send(pc->fds[0], frame, sizes[i], 0) == (ssize_t)sizes[i]);
    }
    if (pc->messages % 2) {
        virtio_net_set_link(device, false);
        virtio_net_set_link(device, true);
    }
}

/* What the guest sent are frames. */
static void check_net(struct pc *pc)
{
    static uint8_t frame[FRAME_STREAM_LARGEST];
    uint32_t length;
    while (recv(pc->fds[0], &length, sizeof(length), 0) == sizeof(length)) {
        length = __builtin_bswap32(length);
        must(length >= 14 && length <= sizeof(frame));
        if (recv(pc->fds[0], frame, length, 0) < (ssize_t)length)
            return; /* the device had no room for the rest, and is gone */
    }
}

static struct device *make_console(struct pc *pc, const uint8_t *head)
{
    int in[2], out[2];
    must(pipe2(in, O_CLOEXEC | O_NONBLOCK) == 0 &&
         pipe2(out, O_CLOEXEC | O_NONBLOCK) == 0);
    struct device *device = virtio_console_new(&pc->board, DEVFN, in[0], out[1], NULL);
    close(in[0]);
    close(out[1]);
    pc->fds[0] = in[1];
    pc->fds[1] = out[0];
    return device;
}

static void disturb_console(struct pc *pc, struct device *device)
{
    static uint8_t bytes[4096] = "input";
    ssize_t ignored = write(pc->fds[0], bytes, 20);
    ignored = read(pc->fds[1], bytes, sizeof(bytes));
    (void)ignored;
}

static struct device *make_balloon(struct pc *pc, const uint8_t *head)
{
    return virtio_balloon_new(&pc->board, DEVFN, NULL);
}

static void disturb_balloon(struct pc *pc, struct device *device)
{
    struct virtio_balloon_state state;
    virtio_balloon_set_target(device, pc->messages * 4096ull);
    virtio_balloon_ask(device, &state);
    must(!(state.statistic >> BALLOON_STATISTICS));
}

static const struct target targets[] = {
    { 3, make_net, disturb_net, check_net },
    { 2, make_console, disturb_console, NULL },
    { 4, make_balloon, disturb_balloon, NULL },
};

/* The driver notifies all queues, something happens outside, and the loop turns. */
static void ring(struct pc *pc, const struct target *target, struct device *device)
{
    for (unsigned i = 0; i < target->queues; i++)
        put(pc, 0x3000 + 4 * i, i, 2);
    pthread_mutex_lock(&pc->board.lock);
    if (target->disturb)
        target->disturb(pc, device);
    pthread_mutex_unlock(&pc->board.lock);
    must(fuzz_turn(pc->board.loop) == FUZZ_TURNED);
}

static void run(struct pc *pc, const uint8_t *data, size_t size)
{
    const struct target *target = &targets[data[3] % ARRAY_SIZE(targets)];
    struct device *device = target->make(pc, data);
    must(device != NULL);

    pthread_mutex_lock(&pc->board.lock);
    pci_bus_config_write(pc->board.pci, DEVFN, PCI_BAR(4), BAR_AT, 4);
    pci_bus_config_write(pc->board.pci, DEVFN, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    pthread_mutex_unlock(&pc->board.lock);
    fill_ram(pc, data + HEAD_SIZE, size - HEAD_SIZE);
    start_driver(pc, target, data);
    for (unsigned i = 0; i <= data[2] % 3; i++)
        ring(pc, target, device);
    /* A device that gave up says so (DEVICE_NEEDS_RESET), and can be started again. */
    uint64_t status = space_read(pc->board.memory, BAR_AT + 0x14, 1);
    must((status & ~0xcfull) == 0);
    start_driver(pc, target, data);
    ring(pc, target, device);
    pthread_mutex_lock(&pc->board.lock);
    device->reset(device);
    pthread_mutex_unlock(&pc->board.lock);
    must(space_read(pc->board.memory, BAR_AT + 0x14, 1) == 0);
    device->free(device);
    if (target->check)
        target->check(pc);
    for (unsigned i = 0; i < ARRAY_SIZE(pc->fds); i++) {
        if (pc->fds[i] >= 0)
            close(pc->fds[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pc pc = { .fds = { -1, -1 } };

    if (size < HEAD_SIZE)
        return 0;
    log_set_level(LOG_ERROR);
    signal(SIGPIPE, SIG_IGN); /* as the program: the device may have closed its end */
    pc.ram = (struct guest_memory){
        .count = 2,
        .blocks = { { 0, RUN_SIZE, aligned_alloc(PAGE, RUN_SIZE), -1, 0 },
                    { HIGH_RUN, RUN_SIZE, aligned_alloc(PAGE, RUN_SIZE), -1, 0 } },
    };
    for (unsigned i = 0; i < pc.ram.count; i++)
        memset(pc.ram.blocks[i].host, 0, RUN_SIZE);
    must(board_init(&pc.board, &fuzz_board_ops, &pc.messages, &pc.ram, NULL) == 0);
    run(&pc, data, size);
    board_finish(&pc.board);
    free(pc.ram.blocks[0].host);
    free(pc.ram.blocks[1].host);
    return 0;
}
