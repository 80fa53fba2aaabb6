/* assigned_fuzz.c: a guest that does anything to an assigned GPU: config space, BARs,
 * VGA ranges, routes and resets. */
#include "fuzz.h" /* must */

#include "devices/assigned.h" /* target */
#include "devices/device.h"   /* free */
#include "devices/piix3.h"    /* routes */

#include "base/bytes.h"    /* loads */
#include "base/error.h"    /* struct error */
#include "base/log.h"      /* silence */
#include "devices/board.h" /* struct board */
#include "igd/ggc.h"       /* registers */
#include "igd/plan.h"      /* an overlay */
#include "pci/bus.h"       /* configuration */
#include "pci/space.h"     /* ports and BARs */

#include "../unit/devices/fake_vfio.h" /* the device */

#include <unistd.h> /* write */

#define GPU    PCI_DEVFN(2, 0)
#define MAPS   16
#define IRQFDS (2 + FAKE_VECTORS)

/* A step: kind and size, place (2 bytes, with 4 more bits in the first), 4 of value. */
#define STEP_SIZE 8

struct map {
    uint64_t address, size;
};

struct pc {
    struct board board;
    struct map maps[MAPS];
    int irqfds[IRQFDS];
    unsigned gsis[IRQFDS];
    unsigned msi_gsis;
};

static void set_gsi(struct board *board, unsigned gsi, bool level)
{
    must(gsi < 24);
}

static int map(struct board *board, uint64_t address, void *host, uint64_t size,
               unsigned flags)
{
    struct pc *pc = board->opaque;
    struct map *place = NULL;
    must(size && !((address | size | (uintptr_t)host) & 0xfff));
    /* What the guest would reach must be there. */
    (void)*(volatile uint8_t *)host;
    (void)((volatile uint8_t *)host)[size - 1];
    if (address < 0x200000) /* RAM */
        return -EEXIST;
    for (unsigned i = 0; i < MAPS; i++) {
        struct map *other = &pc->maps[i];
        if (other->size && address < other->address + other->size &&
            other->address < address + size)
            return -EEXIST;
        if (!other->size)
            place = other;
    }
    if (!place)
        return -ENOSPC;
    *place = (struct map){ address, size };
    return 0;
}

static int unmap(struct board *board, uint64_t address, uint64_t size)
{
    struct pc *pc = board->opaque;
    for (unsigned i = 0; i < MAPS; i++) {
        if (pc->maps[i].size == size && pc->maps[i].address == address) {
            pc->maps[i].size = 0;
            return 0;
        }
    }
    must(!"unmapped what is not mapped");
    return -ENOENT;
}

static int irqfd(struct board *board, int fd, unsigned gsi, int resample_fd, bool on)
{
    struct pc *pc = board->opaque;
    must(gsi < 24 + pc->msi_gsis && fd >= 0);
    for (unsigned i = 0; i < ARRAY_SIZE(pc->irqfds); i++) {
        if (on ? pc->irqfds[i] < 0 : pc->irqfds[i] == fd && pc->gsis[i] == gsi) {
            pc->irqfds[i] = on ? fd : -1;
            pc->gsis[i] = gsi;
            return 0;
        }
    }
    must(!"an irqfd too many, or one that is not there");
    return -ENOENT;
}

static int msi_gsi_new(struct board *board)
{
    struct pc *pc = board->opaque;
    must(pc->msi_gsis < 1 + FAKE_VECTORS); /* one a vector is enough for ever */
    return (int)(24 + pc->msi_gsis++);
}

static int msi_gsi_set(struct board *board, unsigned gsi, uint64_t address,
                       uint32_t data)
{
    must(gsi >= 24 && gsi < 24 + 1 + FAKE_VECTORS);
    /* As KVM does with the upper half of an address. */
    return address >> 32 & 0xff ? -EINVAL : 0;
}

static const struct board_ops board_ops = {
    .set_gsi = set_gsi,
    .map = map,
    .unmap = unmap,
    .irqfd = irqfd,
    .msi_gsi_new = msi_gsi_new,
    .msi_gsi_set = msi_gsi_set,
};

static uint8_t rom[0x1000] = { 0x55, 0xaa };

static void make_plan(struct igd_plan *plan)
{
    *plan = (struct igd_plan){ .vga = true, .rom = rom, .rom_size = sizeof(rom) };
    static const struct igd_overlay_register registers[] = {
        { .name = "GGC",
          .offset = IGD_REG_GGC,
          .size = 2,
          .rule = IGD_OVERLAY_READ_ONLY,
          .value = 0x2c1,
          .mirror = IGD_MMIO_GGC,
          .mirror_size = 2 },
        { .name = "BDSM",
          .offset = IGD_REG_BDSM32,
          .size = 4,
          .rule = IGD_OVERLAY_HELD,
          .mirror = IGD_MMIO_BDSM,
          .mirror_size = 4 },
        { .name = "SWSMI",
          .offset = IGD_REG_SWSMI,
          .size = 2,
          .rule = IGD_OVERLAY_NO_WRITE },
        { .name = "SWSCI",
          .offset = IGD_REG_SWSCI,
          .size = 2,
          .rule = IGD_OVERLAY_NO_WRITE },
        { .name = "ASLS", .offset = IGD_REG_ASLS, .size = 4, .rule = IGD_OVERLAY_HELD },
    };
    plan->overlay.count = ARRAY_SIZE(registers);
    memcpy(plan->overlay.registers, registers, sizeof(registers));
}

/* Where BARs usually are, and where they may not be. */
static const uint32_t places[] = { 0xe0000000, 0xe0100000, 0xd0000000, 0x100000,
                                   0,          0xa0000,    0xc000,     0xfe000000 };

/* The device sends its message. */
static void send_message(const struct fake_vfio *fake)
{
    const uint64_t one = 1;
    must(write(fake->irqs[VFIO_IRQ_MSI], &one, sizeof(one)) == sizeof(one));
}

static void do_step(struct pc *pc, const struct fake_vfio *fake, const uint8_t *step)
{
    unsigned size = 1u << (step[1] & 3);
    unsigned config_size = size > 4 ? 4 : size;
    uint32_t place = load16(step + 2) | (uint32_t)(step[1] >> 4) << 16;
    uint32_t value = load32(step + 4);
    unsigned offset = (place & 0xff) & ~(config_size - 1);
    uint64_t bar = places[step[1] >> 2 & 1];

    pthread_mutex_lock(&pc->board.lock);
    struct pci_bus *bus = pc->board.pci;
    switch (step[0] % 10) {
    case 0:
        pci_bus_config_write(bus, GPU, offset, value, config_size);
        break;
    case 1:
        pci_bus_config_read(bus, GPU, offset, config_size);
        break;
    case 2: /* move a BAR or the ROM */
        offset = step[2] % 7;
        pci_bus_config_write(bus, GPU, offset < 6 ? PCI_BAR(offset) : PCI_ROM,
                             places[step[3] % ARRAY_SIZE(places)] | (value & 1), 4);
        break;
    case 3:
        pci_bus_config_write(bus, GPU, PCI_COMMAND, value, config_size);
        break;
    case 4: /* the MSI capability */
        pci_bus_config_write(bus, GPU, 0xac + (offset & 0x1f), value, config_size);
        break;
    case 5: /* routes */
        pci_bus_config_write(bus, PCI_DEVFN(1, 0), 0x60, value, 4);
        break;
    case 6:
        if (step[1] == 0)
            pci_bus_reset(bus);
        else if (step[1] == 1 && fake->irqs[VFIO_IRQ_MSI] >= 0)
            send_message(fake);
        break;
    default:
        pthread_mutex_unlock(&pc->board.lock);
        if (step[0] % 10 == 7) {
            /* Around the mirrors most of all. */
            uint64_t at = bar + (step[1] & 8 ? (place & 0xff) + 0x108000 : place);
            space_write(pc->board.memory, at, value, size);
            space_read(pc->board.memory, at, size);
        } else if (step[0] % 10 == 8) {
            space_write(pc->board.memory, 0xa0000 + (place & 0x1ffff), value, size);
            space_read(pc->board.memory, 0xa0000 + (place & 0x1ffff), size);
        } else {
            uint16_t port = (uint16_t)((step[1] & 8 ? 0x3b0 : 0xc000) + (place & 0x3f));
            space_write(pc->board.ports, port, value, config_size);
            space_read(pc->board.ports, port, config_size);
        }
        return;
    }
    pthread_mutex_unlock(&pc->board.lock);
}

/* What holds whatever the guest does. mask: where MSI's mask bits are, 0: nowhere. */
static void check(struct pc *pc, const struct fake_vfio *fake, unsigned mask)
{
    static const uint8_t kept[] = { IGD_REG_GGC,   IGD_REG_BDSM32, IGD_REG_SWSMI,
                                    IGD_REG_SWSCI, IGD_REG_ASLS,   PCI_BAR(0),
                                    PCI_ROM,       0xae,           PCI_INTERRUPT_LINE };
    for (unsigned i = 0; i < ARRAY_SIZE(kept); i++)
        must(fake->writes[kept[i]] == 0);
    must(load32(fake->bars[0] + IGD_MMIO_BDSM) == 0);
    /* INTx and MSI are never armed both, and what is armed has its irqfd, but for a
     * message that is masked. */
    must(fake->irqs[VFIO_IRQ_INTX] < 0 || fake->irqs[VFIO_IRQ_MSI] < 0);
    must(!fake->vector_count ||
         (fake->irqs[VFIO_IRQ_INTX] < 0 && fake->irqs[VFIO_IRQ_MSI] < 0));
    unsigned armed = 0, connected = 0;
    for (unsigned i = 0; i < 2; i++)
        armed += fake->irqs[i] >= 0;
    for (unsigned i = 0; i < ARRAY_SIZE(pc->irqfds); i++)
        connected += pc->irqfds[i] >= 0;
    pthread_mutex_lock(&pc->board.lock);
    bool masked = mask && fake->irqs[VFIO_IRQ_MSI] >= 0 &&
                  pci_bus_config_read(pc->board.pci, GPU, mask, 4) & 1;
    if (mask)
        must(pci_bus_config_read(pc->board.pci, GPU, mask + 4, 4) <= masked);
    pthread_mutex_unlock(&pc->board.lock);
    if (fake->vector_count)
        must(connected <= FAKE_VECTORS);
    else
        must(connected <= 1 && (masked ? connected == 0 : armed == connected));
    /* While the guest has memory of the device, the device decodes it. */
    for (unsigned i = 0; i < MAPS; i++) {
        if (pc->maps[i].size)
            must(load16(fake->config + PCI_COMMAND) & PCI_COMMAND_MEMORY);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pc pc = { 0 };
    memset(pc.irqfds, -1, sizeof(pc.irqfds));
    struct error err = { 0 };
    struct igd_plan plan;

    if (size == 0)
        return 0;
    log_set_level(LOG_ERROR);
    must(board_init(&pc.board, &board_ops, &pc, NULL, NULL) == 0);
    /* The first byte: the MSI capability, whether BARs can be mapped, MSI-X. */
    static const uint16_t capabilities[] = { 0, 0x80, 0x100, 0x18a };
    static const uint8_t masks[] = { 0, 0, 0xac + 12, 0xac + 16 };
    struct fake_vfio *fake = fake_vfio_new(capabilities[data[0] & 3]);
    unsigned mask = masks[data[0] & 3];
    must(fake != NULL);
    fake->refuse_maps = data[0] & 4;
    if (data[0] & 8)
        fake_vfio_add_msix(fake);
    make_plan(&plan);
    struct device *bridge = piix3_new(&pc.board, &err);
    struct assigned *assigned =
        assigned_new(&pc.board, &fake->device, GPU, &plan, &err);
    must(bridge && assigned);

    data++, size--;
    for (; size >= STEP_SIZE; data += STEP_SIZE, size -= STEP_SIZE) {
        do_step(&pc, fake, data);
        check(&pc, fake, mask);
    }

    assigned_device(assigned)->free(assigned_device(assigned));
    for (unsigned i = 0; i < MAPS; i++)
        must(pc.maps[i].size == 0);
    for (unsigned i = 0; i < ARRAY_SIZE(pc.irqfds); i++)
        must(pc.irqfds[i] < 0);
    bridge->free(bridge);
    board_finish(&pc.board);
    fake_vfio_free(fake);
    return 0;
}
