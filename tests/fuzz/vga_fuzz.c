/* vga_fuzz.c: a guest that does anything to the VGA, and views from a program gone bad.
 */
#include "fuzz.h" /* must */

#include "base/bytes.h"       /* loads */
#include "base/error.h"       /* struct error */
#include "base/log.h"         /* silence */
#include "devices/board.h"    /* struct board */
#include "devices/device.h"   /* reset, free */
#include "devices/vga.h"      /* target */
#include "display/vga_draw.h" /* target */
#include "pci/bus.h"          /* configuration */
#include "pci/space.h"        /* ports and memory */

#include <errno.h>    /* EEXIST */
#include <sys/mman.h> /* the program that draws */

#define VGA          PCI_DEVFN(2, 0)
#define FRAME_BUFFER 0xe0000000u
#define REGISTERS    0xe1000000u
#define MAPS         4

/* A step: kind, size, 2 bytes of place, 8 bytes of value. */
#define STEP_SIZE 12

struct pc {
    struct board board;
    struct vga *vga;
    const uint8_t *memory;
    struct vga_drawing *drawing;
    struct picture picture;
    struct damage damage;
    struct {
        uint64_t address, size; /* size 0: free */
    } maps[MAPS];
    bool refuse_maps;
};

static int map(struct board *board, uint64_t address, void *host, uint64_t size,
               unsigned flags)
{
    struct pc *pc = board->opaque;
    (void)flags;
    must(!((address | size | (uintptr_t)host) & 0xfff));
    for (unsigned i = 0; i < MAPS && !pc->refuse_maps; i++) {
        if (pc->maps[i].size)
            continue;
        pc->maps[i].address = address;
        pc->maps[i].size = size;
        return 0;
    }
    return -EEXIST;
}

static int unmap(struct board *board, uint64_t address, uint64_t size)
{
    struct pc *pc = board->opaque;
    for (unsigned i = 0; i < MAPS; i++) {
        if (pc->maps[i].address == address && pc->maps[i].size == size) {
            pc->maps[i].size = 0;
            return 0;
        }
    }
    abort(); /* what is not mapped */
}

static const struct board_ops board_ops = { .map = map, .unmap = unmap };

static void draw(struct pc *pc, const struct vga_view *view, uint64_t now)
{
    vga_draw(pc->drawing, view, pc->memory, vga_memory_size(pc->vga), now, &pc->picture,
             &pc->damage);
}

/* What the device says is possible, and no larger than its memory pays for. */
static void draw_own(struct pc *pc, uint64_t now)
{
    struct vga_view view;
    vga_get_view(pc->vga, &view);
    must(vga_view_check(&view, vga_memory_size(pc->vga), NULL) == 0);
    if ((uint64_t)view.width * view.height <= 1u << 20)
        draw(pc, &view, now);
}

/* Any bytes at some place of a view that was good: one field, or two. */
static void draw_other(struct pc *pc, const uint8_t *step)
{
    struct vga_view view;
    vga_get_view(pc->vga, &view);
    size_t place = load16(step + 2) % (sizeof(view) - 256 * 4 - 8);
    if (view.width > 800 || view.height > 600)
        view.width = view.height = 100;
    memcpy((uint8_t *)&view + place, step + 4, 8);
    if (vga_view_check(&view, vga_memory_size(pc->vga), NULL) < 0 ||
        (uint64_t)view.width * view.height <= 1u << 20)
        draw(pc, &view, step[4]);
}

static void do_step(struct pc *pc, const uint8_t *step)
{
    static const uint64_t places[] = { 0xa0000,           0xb0000,
                                       0xb8000,           REGISTERS,
                                       REGISTERS + 0x400, REGISTERS + 0x500,
                                       FRAME_BUFFER,      FRAME_BUFFER + 0xff0000 };
    unsigned size = 1u << (step[1] & 3);
    uint64_t value = load64(step + 4);
    uint64_t memory = places[step[1] >> 4 & 7] + load16(step + 2);
    uint16_t port = (uint16_t)(0x3b0 + step[2] % 0x30);

    switch (step[0] % 10) {
    case 0:
        space_write(pc->board.ports, port, value, size > 4 ? 4 : size);
        break;
    case 1:
        space_read(pc->board.ports, port, size > 4 ? 4 : size);
        break;
    case 2:
        space_write(pc->board.memory, memory, value, size);
        break;
    case 3:
        space_read(pc->board.memory, memory, size);
        break;
    case 4: /* a VBE register */
        space_write(pc->board.ports, 0x1ce, step[2], 2);
        space_write(pc->board.ports, 0x1cf, value, 2);
        space_read(pc->board.ports, 0x1cf, 2);
        break;
    case 5:
        pc->refuse_maps = step[3] & 1;
        pci_bus_config_write(pc->board.pci, VGA, step[2] & 0xfcu, (uint32_t)value, 4);
        break;
    case 6:
        draw_own(pc, value);
        break;
    case 7:
        draw_other(pc, step);
        break;
    case 8: /* an indexed register, as most writes are */
        space_write(pc->board.ports,
                    step[1] & 1   ? 0x3c4
                    : step[1] & 2 ? 0x3ce
                                  : 0x3d4,
                    step[2] | (uint64_t)step[3] << 8, 2);
        break;
    case 9:
        vga_device(pc->vga)->reset(vga_device(pc->vga));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t rom[0x1000];
    struct pc pc = { 0 };
    struct error err = { 0 };
    log_set_level(LOG_ERROR);
    must(board_init(&pc.board, &board_ops, &pc, NULL, NULL) == 0);
    const struct vga_config config = { .rom = rom, .rom_size = sizeof(rom) };
    pc.vga = vga_new(&pc.board, VGA, &config, &err);
    pc.drawing = vga_drawing_new();
    must(pc.vga && pc.drawing);
    void *memory = mmap(NULL, vga_memory_size(pc.vga), PROT_READ, MAP_SHARED,
                        vga_memory_fd(pc.vga), 0);
    must(memory != MAP_FAILED);
    pc.memory = memory;
    pci_bus_config_write(pc.board.pci, VGA, PCI_BAR(0), FRAME_BUFFER, 4);
    pci_bus_config_write(pc.board.pci, VGA, PCI_BAR(2), REGISTERS, 4);
    pci_bus_config_write(pc.board.pci, VGA, PCI_COMMAND, 3, 2);
    space_write(pc.board.ports, 0x3c2, 1, 1);
    space_write(pc.board.ports, 0x3c0, 0x20, 1);

    for (size_t at = 0; at + STEP_SIZE <= size && at < 300 * STEP_SIZE; at += STEP_SIZE)
        do_step(&pc, data + at);
    draw_own(&pc, 0);

    munmap(memory, vga_memory_size(pc.vga));
    vga_drawing_free(pc.drawing);
    picture_free(&pc.picture);
    vga_device(pc.vga)->free(vga_device(pc.vga));
    for (unsigned i = 0; i < MAPS; i++)
        must(pc.maps[i].size == 0);
    board_finish(&pc.board);
    return 0;
}
