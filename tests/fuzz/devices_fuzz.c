/* devices_fuzz.c: a guest that does anything to the ports, BARs and rings of a PC. */
#include "fuzz.h"       /* must */
#include "fuzz_board.h" /* fuzz_board_ops */
#include "fuzz_loop.h"  /* fuzz_turn */

#include "devices/device.h"        /* reset, free */
#include "devices/debug_console.h" /* targets, from here */
#include "devices/i440fx.h"
#include "devices/i8042.h"
#include "devices/isa_misc.h"
#include "devices/pflash.h"
#include "devices/piix3.h"
#include "devices/piix3_ide.h"
#include "devices/piix4_pm.h"
#include "devices/port92.h"
#include "devices/rtc.h"
#include "devices/serial.h"
#include "devices/virtio_blk.h"
#include "devices/virtio_rng.h"

#include "base/bytes.h"             /* loads, stores */
#include "base/error.h"             /* struct error */
#include "base/event_loop.h"        /* requests run on it */
#include "base/log.h"               /* silence */
#include "devices/board.h"          /* struct board */
#include "devices/guest_memory.h"   /* rings */
#include "devices/optical_medium.h" /* discs */
#include "pci/bus.h"                /* configuration */
#include "pci/space.h"              /* ports and BARs */

#include <fcntl.h>    /* open */
#include <stdio.h>    /* snprintf */
#include <sys/mman.h> /* memfd_create */
#include <unistd.h>   /* close */

#define RAM_SIZE  0x10000
#define DISK_SIZE 0x8000
#define DISC_SIZE 0x40000
#define RNG       PCI_DEVFN(3, 0)
#define DISK      PCI_DEVFN(4, 0)
#define IDE       PCI_DEVFN(1, 1)
#define DEVICES   13

#define FLASH      0xffc00000u
#define FLASH_SIZE (2 * PFLASH_BLOCK)

#define IDE_PORTS  0x1f0
#define IDE_MASTER 0xc000

/* A step: kind, size, 2 bytes of place, 8 bytes of value. */
#define STEP_SIZE 12

/* Where something answers: steps choose one of these and a small offset. */
static const uint16_t port_bases[] = { 0x00,  0x60,      0x70,  0x80,  0x90,
                                       0xb0,  0xc0,      0x3f8, 0x402, 0x600,
                                       0xcf8, 0xafe0,    0x700, 0xe0,  IDE_PORTS,
                                       0x170, IDE_MASTER };
static const uint32_t bar_bases[] = { 0x10000000, 0x10008000, 0x20000000, 0x20008000 };
static const uint8_t functions[] = {
    PCI_DEVFN(0, 0), PCI_DEVFN(1, 0), PCI_DEVFN(1, 3), RNG, DISK, IDE
};

struct pc {
    struct board board;
    struct guest_memory ram;
    struct device *devices[DEVICES];
    struct device *ide;
    char disc[32];
    int disk_fd, disc_fd, sink_fd;
    uint8_t flash[FLASH_SIZE];
    unsigned messages;
};

static void pam_changed(void *opaque, const uint8_t modes[PAM_SEGMENTS])
{
    for (unsigned i = 0; i < PAM_SEGMENTS; i++)
        must(modes[i] <= PAM_RAM);
}

static void flash_written(void *opaque, uint32_t offset, uint32_t size)
{
    must(opaque != NULL && size && range_inside(offset, size, FLASH_SIZE));
}

static void make_devices(struct pc *pc)
{
    struct board *board = &pc->board;
    struct rtc_config rtc = { .low_ram = RAM_SIZE, .cpus = 1 };
    struct error err = { 0 };
    char path[32];

    pc->disk_fd = memfd_create("disk", MFD_CLOEXEC);
    pc->disc_fd = memfd_create("disc", MFD_CLOEXEC);
    pc->sink_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    must(pc->disk_fd >= 0 && pc->sink_fd >= 0 &&
         ftruncate(pc->disk_fd, DISK_SIZE) == 0 &&
         ftruncate(pc->disc_fd, DISC_SIZE) == 0);
    snprintf(pc->disc, sizeof(pc->disc), "/proc/self/fd/%d", pc->disc_fd);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", pc->disk_fd);
    struct virtio_blk_options disk = { .file.path = path };
    struct piix3_ide_options discs = { .count = 3,
                                       .discs = { pc->disc, NULL, pc->disc } };
    pc->ide = piix3_ide_new(board, &discs, &err);
    const struct pflash_config flash = { FLASH, FLASH_SIZE, pc->flash, flash_written,
                                         pc };
    struct device *const made[DEVICES] = {
        i440fx_new(board, pam_changed, NULL, &err),
        piix3_new(board, &err),
        pc->ide,
        piix4_pm_new(board, false, &err),
        rtc_new(board, &rtc, &err),
        isa_misc_new(board, &err),
        port92_new(board, &err),
        i8042_new(board, &err),
        serial_new(board, 0x3f8, 4, -1, pc->sink_fd, &err),
        debug_console_new(board, pc->sink_fd, &err),
        virtio_rng_new(board, RNG, &err),
        virtio_blk_new(board, DISK, &disk, &err),
        pflash_new(board, &flash, &err),
    };
    for (unsigned i = 0; i < DEVICES; i++) {
        must(made[i] != NULL);
        pc->devices[i] = made[i];
    }
}

/* What firmware does, so that steps reach the devices behind it. */
static void place(struct pc *pc)
{
    static const uint8_t devfns[] = { RNG, DISK };
    struct pci_bus *bus = pc->board.pci;
    pci_bus_config_write(bus, PCI_DEVFN(1, 3), 0x40, 0x601, 4);
    pci_bus_config_write(bus, PCI_DEVFN(1, 3), 0x80, 1, 1);
    pci_bus_config_write(bus, PCI_DEVFN(1, 3), 0x90, 0x701, 4);
    pci_bus_config_write(bus, PCI_DEVFN(1, 3), 0xd2, 9, 1);
    for (unsigned i = 0; i < 4; i++)
        pci_bus_config_write(bus, PCI_DEVFN(1, 0), 0x60 + i, 10, 1);
    pci_bus_config_write(bus, IDE, PCI_BAR(4), IDE_MASTER, 4);
    pci_bus_config_write(bus, IDE, 0x40, 0x80008000, 4);
    pci_bus_config_write(bus, IDE, PCI_COMMAND, PCI_COMMAND_IO, 2);
    for (unsigned i = 0; i < 2; i++) {
        pci_bus_config_write(bus, devfns[i], PCI_BAR(4), bar_bases[2 * i], 4);
        pci_bus_config_write(bus, devfns[i], PCI_BAR(1), bar_bases[2 * i + 1], 4);
        pci_bus_config_write(bus, devfns[i], PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    }
}

/* Start a virtio driver whose rings lie at fixed places in RAM. */
static void start_driver(struct pc *pc, uint64_t bar, uint16_t size, uint32_t features)
{
    struct space *memory = pc->board.memory;
    space_write(memory, bar + 0x14, 0, 1);
    space_write(memory, bar + 0x14, 3, 1);
    space_write(memory, bar + 0x08, 0, 4);
    space_write(memory, bar + 0x0c, features, 4);
    space_write(memory, bar + 0x08, 1, 4);
    space_write(memory, bar + 0x0c, 1, 4);
    space_write(memory, bar + 0x14, 0x0b, 1);
    space_write(memory, bar + 0x16, 0, 2);
    space_write(memory, bar + 0x18, size, 2);
    space_write(memory, bar + 0x20, 0x0000, 8);
    space_write(memory, bar + 0x28, 0x0800, 8);
    space_write(memory, bar + 0x30, 0x0a00, 8);
    space_write(memory, bar + 0x1c, 1, 2);
    space_write(memory, bar + 0x14, 0x0f, 1);
}

static void reset(struct pc *pc)
{
    pthread_mutex_lock(&pc->board.lock);
    pci_bus_reset(pc->board.pci);
    for (unsigned i = 0; i < DEVICES; i++) {
        if (pc->devices[i]->reset)
            pc->devices[i]->reset(pc->devices[i]);
    }
    place(pc);
    pthread_mutex_unlock(&pc->board.lock);
}

/* Features a driver may accept: event index, indirect descriptors, flush. */
static uint32_t accepted(uint8_t choice)
{
    return (choice & 1 ? 1u << 29 : 0) | (choice & 2 ? 1u << 28 : 0) |
           (choice & 4 ? 1u << 9 : 0);
}

/* A command for the drive that is selected: a packet from a step, by PIO or DMA. */
static void send_packet(struct pc *pc, const uint8_t *step)
{
    struct space *ports = pc->board.ports;
    const uint8_t packet[12] = {
        step[2], step[3], step[4], step[5], step[6],  step[7],
        step[8], step[9], step[8], step[9], step[10], step[11]
    };
    space_write(ports, IDE_PORTS + 1, step[1] & 1, 1);
    space_write(ports, IDE_PORTS + 4, step[11], 1);
    space_write(ports, IDE_PORTS + 5, step[1], 1);
    space_write(ports, IDE_PORTS + 7, 0xa0, 1);
    for (unsigned i = 0; i < sizeof(packet); i += 2)
        space_write(ports, IDE_PORTS, load16(packet + i), 2);
}

/* The host's user changes a disc. */
static void change_disc(struct pc *pc, const uint8_t *step)
{
    const struct optical_image disc = { .name = pc->disc, .fd = -1 };
    pthread_mutex_lock(&pc->board.lock);
    piix3_ide_change(pc->ide, step[1] % 4, step[2] & 1 ? &disc : NULL, step[2] & 2,
                     NULL);
    pthread_mutex_unlock(&pc->board.lock);
}

static void do_step(struct pc *pc, const uint8_t *step)
{
    unsigned size = 1u << (step[1] & 3);
    uint16_t port =
        (uint16_t)(port_bases[step[2] % ARRAY_SIZE(port_bases)] + step[3] % 64);
    uint64_t bar = bar_bases[step[1] >> 4 & 3] + (load16(step + 2) & 0x7fff);
    uint64_t value = load64(step + 4);

    switch (step[0] % 15) {
    case 0:
        space_write(pc->board.ports, port, value, size > 4 ? 4 : size);
        break;
    case 1:
        space_read(pc->board.ports, port, size > 4 ? 4 : size);
        break;
    case 2:
        space_write(pc->board.memory, bar, value, size);
        break;
    case 3:
        space_read(pc->board.memory, bar, size);
        break;
    case 4: /* a configuration access through the ports, any function */
        space_write(pc->board.ports, 0xcf8,
                    0x80000000u | functions[step[2] % ARRAY_SIZE(functions)] << 8 |
                        (step[3] & 0xfcu),
                    4);
        space_write(pc->board.ports, 0xcfc, value, size > 4 ? 4 : size);
        break;
    case 5: /* memory: rings, descriptors, headers */
        must(guest_memory_write(pc->board.ram, load16(step + 2) & 0xfff8, step + 4,
                                8) == 0);
        break;
    case 6:
        must(fuzz_turn(pc->board.loop) == FUZZ_TURNED);
        break;
    case 7:
        reset(pc);
        break;
    case 8:
        start_driver(pc, bar_bases[step[1] & 2], (uint16_t)(1u << step[2] % 9),
                     accepted(step[3]));
        break;
    case 10:
        send_packet(pc, step);
        break;
    case 11:
        change_disc(pc, step);
        break;
    case 12: /* take much data */
        for (unsigned i = 0; i < load16(step + 2); i++)
            space_read(pc->board.ports, IDE_PORTS, 4);
        break;
    case 13: /* a command for the flash, and more */
        space_write(pc->board.memory, FLASH + load16(step + 2) % FLASH_SIZE, step[4],
                    1);
        space_write(pc->board.memory, FLASH + load16(step + 2) % FLASH_SIZE,
                    load64(step + 4) >> 8, size);
        break;
    case 14:
        space_read(pc->board.memory, FLASH + load16(step + 2) % FLASH_SIZE, size);
        break;
    case 9: /* ring the doorbell and let it be heard */
        space_write(pc->board.memory, bar_bases[step[1] & 2] + 0x3000, 0, 2);
        must(fuzz_turn(pc->board.loop) == FUZZ_TURNED);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pc pc = {
        .ram = { .count = 1, .blocks = { { 0, RAM_SIZE, calloc(1, RAM_SIZE), -1, 0 } } }
    };
    log_set_level(LOG_ERROR);
    must(board_init(&pc.board, &fuzz_board_ops, &pc.messages, &pc.ram, NULL) == 0);
    make_devices(&pc);
    reset(&pc);

    for (; size >= STEP_SIZE; data += STEP_SIZE, size -= STEP_SIZE)
        do_step(&pc, data);
    must(fuzz_turn(pc.board.loop) == FUZZ_TURNED);

    for (unsigned i = DEVICES; i-- > 0;)
        pc.devices[i]->free(pc.devices[i]);
    board_finish(&pc.board);
    free(pc.ram.blocks[0].host);
    close(pc.disk_fd);
    close(pc.disc_fd);
    close(pc.sink_fd);
    return 0;
}
