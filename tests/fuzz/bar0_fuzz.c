/* bar0_fuzz.c: a guest that reads and writes BAR0 of a GPU, directly and through the
 * I/O BAR, and its config space: it must never see an address of its host. */
#include "fuzz.h" /* must */

#include "devices/assigned.h"  /* targets */
#include "igd/overlay_table.h" /* the real tables */

#include "base/bytes.h"     /* loads */
#include "base/error.h"     /* struct error */
#include "base/log.h"       /* silence */
#include "devices/board.h"  /* struct board */
#include "devices/device.h" /* free */
#include "igd/ggc.h"        /* registers */
#include "pci/bus.h"        /* configuration */
#include "pci/space.h"      /* ports and BARs */

#include "../unit/devices/fake_vfio.h" /* the device */

#define GPU     PCI_DEVFN(2, 0)
#define BAR0_AT 0xe0000000u
#define BAR4_AT 0xc000u

/*
 * The host's stolen memory. What the guest writes has bits 7:6 of each byte cleared, so
 * that nothing it put there itself, nor an address beside that, looks like it.
 */
#define HOST       0x7b800000u
#define HOST_FIRST (HOST - 16 * MIB)
#define HOST_SIZE  (32 * MIB)

/* The first bytes: platform, options, GGC. Then steps: kind, 3 of place, 4 of value. */
#define HEAD_SIZE 4
#define STEP_SIZE 8

struct pc {
    struct board board;
    struct fake_vfio *fake;
    struct igd_plan plan;
    uint8_t before[IGD_OVERLAY_MAX][8]; /* mirrors, as the hardware has them */
};

static int refuse_map(struct board *board, uint64_t address, void *host, uint64_t size,
                      unsigned flags)
{
    return -EEXIST; /* every access is trapped */
}

static int refuse_unmap(struct board *board, uint64_t address, uint64_t size)
{
    must(!"unmapped what is not mapped");
    return -ENOENT;
}

static int no_message(struct board *board)
{
    return -ENOSPC;
}

static const struct board_ops board_ops = { .map = refuse_map,
                                            .unmap = refuse_unmap,
                                            .msi_gsi_new = no_message };

/* Any device identifier of this platform. */
static uint16_t device_of(const struct igd_platform *platform)
{
    const struct igd_device *device;
    for (size_t i = 0; (device = igd_device_at(i)) != NULL; i++) {
        if (igd_device_platform(device) == platform)
            return device->device_id;
    }
    return 0;
}

/* A GPU as firmware leaves it on a host: its addresses wherever hardware has them. */
static void make_gpu(struct pc *pc, const uint8_t *head)
{
    size_t count = 0;
    while (igd_platform_at(count))
        count++;
    const struct igd_platform *platform = igd_platform_at(head[0] % count);
    uint8_t *config = pc->fake->config, *bar0 = pc->fake->bars[0];
    bool wide = platform->stolen != IGD_STOLEN_BDSM32;

    store16(config + PCI_DEVICE_ID, device_of(platform));
    store16(config + IGD_REG_GGC, load16(head + 2));
    store16(bar0 + IGD_MMIO_GGC, load16(head + 2));
    if (!wide || head[1] & 1)
        store32(config + IGD_REG_BDSM32, HOST | 1);
    if (wide)
        store64(config + IGD_REG_BDSM64, HOST | 1);
    store32(config + IGD_REG_BGSM, head[1] & 2 ? HOST - 8 * MIB : HOST + MIB);
    store32(config + IGD_REG_ASLS, HOST - MIB + 0x18);
    store64(bar0 + IGD_MMIO_BDSM, HOST | 1);
    if (wide)
        store64(bar0 + IGD_MMIO_GSM_BASE, HOST - 8 * MIB);
    store32(bar0 + IGD_MMIO_STOLEN_RESERVED, (HOST + 2 * MIB) | 0x81);
    store32(bar0 + IGD_MMIO_STOLEN_ACCESS, 2);
    for (unsigned i = 0; i < 4; i++)
        store32(bar0 + (const uint32_t[]){ IGD_MMIO_DBUF_1, IGD_MMIO_DBUF_2,
                                           IGD_MMIO_DBUF_3, IGD_MMIO_DBUF_4 }[i],
                IGD_DBUF_POWER_STATE);
    store32(pc->fake->ports, IGD_MMIO_BDSM); /* what the host looked at last */
}

static void make_plan(struct pc *pc, const uint8_t *head)
{
    struct igd_facts facts = { .gpu_config = pc->fake->config,
                               .stolen_reserved = load64(pc->fake->bars[0] +
                                                         IGD_MMIO_STOLEN_RESERVED) };
    struct igd_request request = { .pass_swsci = head[1] & 4 };
    struct igd_examined examined;
    igd_examine(&facts, &request, &examined);
    must(examined.platform != NULL);
    igd_overlay_fill(&pc->plan.overlay, &examined);
    for (unsigned i = 0; i < pc->plan.overlay.count; i++)
        memcpy(pc->before[i], pc->fake->bars[0] + pc->plan.overlay.registers[i].mirror,
               sizeof(pc->before[i]));
}

/* No aligned part of what the guest read is an address in the host's stolen memory. */
static void check_leak(uint64_t offset, uint64_t value, unsigned size)
{
    for (unsigned at = 0; at + 4 <= size && offset % 4 == 0; at += 4) {
        uint32_t part = (uint32_t)(value >> (8 * at));
        must(part - HOST_FIRST >= HOST_SIZE);
    }
}

/* An access of any width shows what its bytes show. */
static void check_bar0_read(struct pc *pc, uint64_t offset, unsigned size)
{
    uint64_t value = space_read(pc->board.memory, BAR0_AT + offset, size);
    check_leak(offset, value, size);
    uint64_t aligned[2];
    for (unsigned i = 0; i < 2; i++) {
        aligned[i] =
            space_read(pc->board.memory, BAR0_AT + (offset & ~7ull) + 8 * i, 8);
        check_leak(0, aligned[i], 8);
    }
    for (unsigned i = 0; i < size; i++) {
        unsigned at = (offset & 7) + i;
        must((uint8_t)(value >> (8 * i)) ==
             (uint8_t)(aligned[at / 8] >> (8 * (at % 8))));
    }
}

/* The device behind MMIO_Index and MMIO_Data: the pair reaches BAR0. */
static uint8_t *io_target(struct pc *pc)
{
    uint32_t index = load32(pc->fake->ports);
    if (index & 3 || index > FAKE_BAR0_SIZE - 4)
        return NULL;
    return pc->fake->bars[0] + index;
}

/* What the data register holds now: nothing of what it held before. */
static void latch(struct pc *pc)
{
    store32(pc->fake->ports + 4, io_target(pc) ? load32(io_target(pc)) : UINT32_MAX);
}

static void io_write(struct pc *pc, unsigned offset, uint32_t value, unsigned size)
{
    offset &= ~(size - 1);
    latch(pc);
    space_write(pc->board.ports, BAR4_AT + offset, value, size);
    if (io_target(pc) && offset >= 4)
        memcpy(io_target(pc), pc->fake->ports + 4, 4);
}

static void io_read(struct pc *pc, unsigned offset, unsigned size)
{
    latch(pc);
    uint64_t value = space_read(pc->board.ports, BAR4_AT + offset, size);
    if (offset == 4)
        check_leak(offset, value, size);
}

/* Around the registers that matter most of all; with bit 7 of the place, anywhere. */
static uint64_t bar0_place(const uint8_t *step)
{
    static const uint32_t places[] = {
        IGD_MMIO_GGC,           IGD_MMIO_BDSM,
        IGD_MMIO_GSM_BASE,      IGD_MMIO_STOLEN_RESERVED,
        IGD_MMIO_STOLEN_ACCESS, IGD_MMIO_DBUF_1,
        IGD_MMIO_DBUF_2,        IGD_MMIO_DBUF_3,
        IGD_MMIO_DBUF_4,
    };
    if (step[1] & 0x80)
        return load16(step + 2) | (uint64_t)(step[1] & 0xf) << 16;
    return places[step[1] % ARRAY_SIZE(places)] + step[2] % 32 - 8;
}

static void do_step(struct pc *pc, const uint8_t *step)
{
    unsigned size = 1u << (step[0] >> 4 & 3);
    unsigned narrow = size > 4 ? 4 : size;
    uint32_t value = load32(step + 4) & 0x3f3f3f3f;
    unsigned offset = step[2] & ~(narrow - 1);

    switch (step[0] % 7) {
    case 0:
        check_bar0_read(pc, bar0_place(step), size);
        break;
    case 1:
        space_write(pc->board.memory, BAR0_AT + bar0_place(step),
                    value | (uint64_t)value << 32, size);
        break;
    case 2:
        io_write(pc, step[2] & 7, step[2] & 4 ? value : (uint32_t)bar0_place(step),
                 narrow);
        break;
    case 3:
        io_read(pc, step[2] & 7, narrow);
        break;
    case 4: /* BARs stay where they are, and decoded */
        if (offset >= 0x40)
            pci_bus_config_write(pc->board.pci, GPU, offset, value, narrow);
        break;
    case 5:
        check_leak(offset, pci_bus_config_read(pc->board.pci, GPU, offset, narrow),
                   narrow);
        break;
    case 6: /* straight to the register, as drivers do */
        io_write(pc, 0, (uint32_t)bar0_place(step) & ~3u, 4);
        io_read(pc, 4, 4);
        break;
    }
}

/* What the overlay holds never reached the hardware. */
static void check_hardware(const struct pc *pc)
{
    const struct igd_overlay *overlay = &pc->plan.overlay;
    for (unsigned i = 0; i < overlay->count; i++) {
        const struct igd_overlay_register *reg = &overlay->registers[i];
        if (reg->rule == IGD_OVERLAY_GATED || !reg->mirror)
            continue;
        must(memcmp(pc->fake->bars[0] + reg->mirror, pc->before[i], reg->mirror_size) ==
             0);
    }
}

static void place(struct pc *pc)
{
    pci_bus_config_write(pc->board.pci, GPU, PCI_BAR(0), BAR0_AT, 4);
    pci_bus_config_write(pc->board.pci, GPU, PCI_BAR(4), BAR4_AT, 4);
    pci_bus_config_write(pc->board.pci, GPU, PCI_COMMAND,
                         PCI_COMMAND_IO | PCI_COMMAND_MEMORY, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pc pc;
    struct error err = { 0 };

    if (size < HEAD_SIZE)
        return 0;
    log_set_level(LOG_ERROR);
    pc.plan = (struct igd_plan){ 0 };
    must(board_init(&pc.board, &board_ops, &pc, NULL, NULL) == 0);
    pc.fake = fake_vfio_new(0x80);
    must(pc.fake != NULL);
    pc.fake->refuse_maps = true;
    make_gpu(&pc, data);
    make_plan(&pc, data);
    struct assigned *assigned =
        assigned_new(&pc.board, &pc.fake->device, GPU, &pc.plan, &err);
    must(assigned != NULL);
    place(&pc);

    data += HEAD_SIZE, size -= HEAD_SIZE;
    for (; size >= STEP_SIZE; data += STEP_SIZE, size -= STEP_SIZE)
        do_step(&pc, data);
    check_hardware(&pc);

    assigned_device(assigned)->free(assigned_device(assigned));
    board_finish(&pc.board);
    fake_vfio_free(pc.fake);
    return 0;
}
