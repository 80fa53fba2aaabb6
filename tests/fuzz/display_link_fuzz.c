/* display_link_fuzz.c: any packets from igdvm-display to igdvm, and what guests make of
 * it. */
#include "fuzz.h"       /* must */
#include "fuzz_board.h" /* fuzz_board_ops */
#include "fuzz_loop.h"  /* fuzz_turn */

#include "machine/display_link.h" /* the target */
#include "machine/input.h"        /* and what is behind it */

#include "base/bytes.h"           /* loads */
#include "base/error.h"           /* struct error */
#include "base/event_loop.h"      /* it runs on it */
#include "base/log.h"             /* silence */
#include "devices/board.h"        /* struct board */
#include "devices/device.h"       /* free */
#include "devices/guest_memory.h" /* rings */
#include "devices/i8042.h"        /* PS/2 */
#include "devices/virtio_input.h" /* keyboard and tablet */
#include "display/protocol.h"     /* messages */
#include "pci/bus.h"              /* where they are */
#include "pci/space.h"            /* ports and BARs */

#include <sys/socket.h> /* the socket */
#include <unistd.h>     /* close */

#define RAM_SIZE 0x10000

/* A step: what it is, its size or place, then by what it is. */
#define STEP_SIZE 16
#define ANY_SIZE  0x80 /* of a packet; else it has its kind's */

static const uint32_t bars[] = { 0x10000000, 0x10010000 };

struct fuzz {
    struct board board;
    struct guest_memory ram;
    struct input_devices devices;
    struct input *input;
    struct display_link *link;
    int sockets[2];
};

/* A driver whose rings lie in RAM, where steps may write what they like. */
static void start_driver(struct fuzz *fuzz, uint64_t bar)
{
    struct space *memory = fuzz->board.memory;
    space_write(memory, bar + 0x14, 3, 1);
    space_write(memory, bar + 0x08, 1, 4);
    space_write(memory, bar + 0x0c, 1, 4);
    space_write(memory, bar + 0x14, 0x0b, 1);
    for (uint64_t queue = 0; queue < 2; queue++) {
        space_write(memory, bar + 0x16, queue, 2);
        space_write(memory, bar + 0x20, queue * 0x2000, 8);
        space_write(memory, bar + 0x28, queue * 0x2000 + 0x800, 8);
        space_write(memory, bar + 0x30, queue * 0x2000 + 0xa00, 8);
        space_write(memory, bar + 0x1c, 1, 2);
    }
    space_write(memory, bar + 0x14, 0x0f, 1);
}

static void make(struct fuzz *fuzz)
{
    struct board *board = &fuzz->board;
    must(board_init(board, &fuzz_board_ops, NULL, &fuzz->ram, NULL) == 0);
    fuzz->devices.i8042 = i8042_new(board, NULL);
    fuzz->devices.keyboard =
        virtio_input_new(board, PCI_DEVFN(3, 0), VIRTIO_INPUT_KEYBOARD, NULL);
    fuzz->devices.tablet =
        virtio_input_new(board, PCI_DEVFN(4, 0), VIRTIO_INPUT_TABLET, NULL);
    must(fuzz->devices.i8042 && fuzz->devices.keyboard && fuzz->devices.tablet);
    for (unsigned i = 0; i < 2; i++) {
        pci_bus_config_write(board->pci, PCI_DEVFN(3 + i, 0), PCI_BAR(4), bars[i], 4);
        pci_bus_config_write(board->pci, PCI_DEVFN(3 + i, 0), PCI_COMMAND,
                             PCI_COMMAND_MEMORY, 2);
        start_driver(fuzz, bars[i]);
    }
    must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fuzz->sockets) == 0);
    fuzz->input = input_new(board->loop, &fuzz->devices, NULL);
    fuzz->link = display_link_new(board, fuzz->sockets[1], NULL);
    must(fuzz->input && fuzz->link);
    display_link_set_devices(fuzz->link, NULL, fuzz->input);
    const struct display_message ready = { .kind = DISPLAY_READY };
    must(display_send(fuzz->sockets[0], &ready, -1) == 0);
    must(display_link_start(fuzz->link, NULL) == 0);
}

static void send_packet(struct fuzz *fuzz, const uint8_t *step)
{
    static const struct display_message *const none;
    static const size_t sizes[DISPLAY_KINDS] = {
        [DISPLAY_WATCHED] = sizeof(none->watched),
        [DISPLAY_DONE] = sizeof(none->done),
        [DISPLAY_GRABBED] = sizeof(none->grabbed),
        [DISPLAY_KEY] = sizeof(none->key),
        [DISPLAY_POINTER] = sizeof(none->pointer),
        [DISPLAY_MOTION] = sizeof(none->motion)
    };
    struct display_message message = { .kind = step[2] };
    size_t size = offsetof(struct display_message, key);
    memcpy((void *)&message.key, step + 4, 12);
    size += message.kind < DISPLAY_KINDS ? sizes[message.kind] : 0;
    if (step[1] & ANY_SIZE)
        size = step[1] % ANY_SIZE;
    send(fuzz->sockets[0], &message, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void do_step(struct fuzz *fuzz, const uint8_t *step)
{
    struct space *memory = fuzz->board.memory;
    unsigned size = 1u << (step[1] & 3);
    switch (step[0] % 5) {
    case 0:
        send_packet(fuzz, step);
        must(fuzz_turn(fuzz->board.loop) == FUZZ_TURNED);
        break;
    case 1:
        space_write(fuzz->board.ports, step[1] & 4 ? 0x64 : 0x60, step[2], 1);
        break;
    case 2:
        space_read(fuzz->board.ports, step[1] & 4 ? 0x64 : 0x60, 1);
        break;
    case 3:
        space_write(memory, bars[step[1] >> 4 & 1] + (load16(step + 2) & 0x3fff),
                    load64(step + 4), size);
        break;
    case 4:
        must(guest_memory_write(&fuzz->ram, load16(step + 2) & 0xfff8, step + 4, 8) ==
             0);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = {
        .ram = { .count = 1, .blocks = { { 0, RAM_SIZE, calloc(1, RAM_SIZE), -1, 0 } } }
    };
    log_set_level(LOG_ERROR);
    make(&fuzz);
    for (; size >= STEP_SIZE; data += STEP_SIZE, size -= STEP_SIZE)
        do_step(&fuzz, data);
    must(fuzz_turn(fuzz.board.loop) == FUZZ_TURNED);
    display_link_free(fuzz.link);
    input_free(fuzz.input);
    fuzz.devices.tablet->free(fuzz.devices.tablet);
    fuzz.devices.keyboard->free(fuzz.devices.keyboard);
    fuzz.devices.i8042->free(fuzz.devices.i8042);
    board_finish(&fuzz.board);
    free(fuzz.ram.blocks[0].host);
    close(fuzz.sockets[0]);
    close(fuzz.sockets[1]);
    return 0;
}
