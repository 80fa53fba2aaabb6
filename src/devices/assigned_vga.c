/* assigned_vga.c: the legacy VGA ranges of an assigned GPU: memory and ports. */
#include "base/bytes.h"                /* all_ones */
#include "base/error.h"                /* error_set */
#include "devices/assigned_internal.h" /* struct assigned */
#include "devices/board.h"             /* spaces */
#include "vfio/device.h"               /* the VGA region */

/* linux/vfio.h: the VGA region's offsets are the addresses themselves. */
static const struct {
    uint64_t base, size;
    uint16_t decode; /* command bit that switches it on */
} places[] = {
    { 0xa0000, 0x20000, PCI_COMMAND_MEMORY },
    { 0x3b0, 0xc, PCI_COMMAND_IO },
    { 0x3c0, 0x20, PCI_COMMAND_IO },
};

static bool decoded(const struct assigned *assigned, uint16_t bit)
{
    return load16(assigned->function.config + PCI_COMMAND) & bit;
}

static uint64_t vga_read(struct assigned *assigned, uint64_t address, unsigned size)
{
    uint64_t value = 0;
    unsigned step = size > 4 ? 4 : size;

    assigned->counters.vga_reads++;
    for (unsigned at = 0; at < size; at += step) {
        uint32_t part = 0;
        if (vfio_device_read(assigned->vfio, VFIO_REGION_VGA, address + at, &part,
                             step) < 0)
            part = (uint32_t)all_ones(step);
        value |= (uint64_t)part << (8 * at);
    }
    return value;
}

static void vga_write(struct assigned *assigned, uint64_t address, uint64_t value,
                      unsigned size)
{
    unsigned step = size > 4 ? 4 : size;

    assigned->counters.vga_writes++;
    for (unsigned at = 0; at < size; at += step) {
        uint32_t part = (uint32_t)(value >> (8 * at));
        vfio_device_write(assigned->vfio, VFIO_REGION_VGA, address + at, &part, step);
    }
}

static uint64_t memory_read(void *opaque, uint64_t offset, unsigned size)
{
    struct assigned *assigned = opaque;
    if (!decoded(assigned, PCI_COMMAND_MEMORY))
        return all_ones(size);
    return vga_read(assigned, places[0].base + offset, size);
}

static void memory_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct assigned *assigned = opaque;
    if (decoded(assigned, PCI_COMMAND_MEMORY))
        vga_write(assigned, places[0].base + offset, value, size);
}

static uint64_t mono_read(void *opaque, uint64_t offset, unsigned size)
{
    struct assigned *assigned = opaque;
    if (!decoded(assigned, PCI_COMMAND_IO))
        return all_ones(size);
    return vga_read(assigned, places[1].base + offset, size);
}

static void mono_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct assigned *assigned = opaque;
    if (decoded(assigned, PCI_COMMAND_IO))
        vga_write(assigned, places[1].base + offset, value, size);
}

static uint64_t port_read(void *opaque, uint64_t offset, unsigned size)
{
    struct assigned *assigned = opaque;
    if (!decoded(assigned, PCI_COMMAND_IO))
        return all_ones(size);
    return vga_read(assigned, places[2].base + offset, size);
}

static void port_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct assigned *assigned = opaque;
    if (decoded(assigned, PCI_COMMAND_IO))
        vga_write(assigned, places[2].base + offset, value, size);
}

static const struct range_ops memory_ops = { memory_read, memory_write };
static const struct range_ops mono_ops = { mono_read, mono_write };
static const struct range_ops port_ops = { port_read, port_write };

int assigned_vga_init(struct assigned *assigned, struct error *err)
{
    const struct vfio_region *region =
        vfio_device_region(assigned->vfio, VFIO_REGION_VGA);
    if (!region || region->size < places[0].base + places[0].size)
        return error_set(err, ERROR_IMPOSSIBLE, -ENODEV,
                         "the device offers no VGA region (CONFIG_VFIO_PCI_VGA, and "
                         "vfio-pci without disable_vga=1)");
    assigned->vga_memory =
        (struct range){ .name = "VGA memory", .ops = &memory_ops, .opaque = assigned };
    assigned->vga_mono_ports =
        (struct range){ .name = "VGA 3B0", .ops = &mono_ops, .opaque = assigned };
    assigned->vga_ports =
        (struct range){ .name = "VGA 3C0", .ops = &port_ops, .opaque = assigned };
    struct board *board = assigned->board;
    int result =
        space_add(board->memory, &assigned->vga_memory, places[0].base, places[0].size);
    if (result == 0)
        result = space_add(board->ports, &assigned->vga_mono_ports, places[1].base,
                           places[1].size);
    if (result == 0)
        result = space_add(board->ports, &assigned->vga_ports, places[2].base,
                           places[2].size);
    return result < 0 ? error_system(err, result, "VGA ranges") : 0;
}

void assigned_vga_free(struct assigned *assigned)
{
    space_remove(&assigned->vga_memory);
    space_remove(&assigned->vga_mono_ports);
    space_remove(&assigned->vga_ports);
}
