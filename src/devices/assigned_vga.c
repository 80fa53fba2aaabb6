/* assigned_vga.c: the legacy VGA ranges of an assigned GPU: memory and ports. */
#include "base/bytes.h"                /* all_ones */
#include "base/error.h"                /* error_set */
#include "devices/assigned_internal.h" /* struct assigned */
#include "devices/board.h"             /* spaces */
#include "vfio/device.h"               /* the VGA region */

/* linux/vfio.h: the VGA region's offsets are the addresses themselves. */
static const struct {
    const char *name;
    uint64_t base, size;
    uint16_t decode; /* command bit that switches it on */
} places[ASSIGNED_VGA_PLACES] = {
    { "VGA memory", 0xa0000, 0x20000, PCI_COMMAND_MEMORY },
    { "VGA ports 3B0", 0x3b0, 0xc, PCI_COMMAND_IO },
    { "VGA ports 3C0", 0x3c0, 0x20, PCI_COMMAND_IO },
};

/* The palette (IBM VGA; Intel PRM "VGA registers"): what is shown and nothing else. */
#define DAC_INDEX 0x3c8 /* of the next colour to write; its data port follows */
#define DAC_PORTS 2

static bool decoded(const struct assigned_vga *place)
{
    uint16_t command = load16(place->assigned->function.config + PCI_COMMAND);
    return command & place->decode;
}

/* At most 4 bytes at once: what every kernel's VGA region takes. */
static uint32_t read_part(struct assigned_vga *place, uint64_t offset, unsigned size)
{
    uint32_t part = 0;
    if (vfio_device_read(place->assigned->vfio, VFIO_REGION_VGA,
                         place->range.base + offset, &part, size) < 0)
        return (uint32_t)all_ones(size);
    return part;
}

static void write_part(struct assigned_vga *place, uint64_t offset, uint32_t part,
                       unsigned size)
{
    vfio_device_write(place->assigned->vfio, VFIO_REGION_VGA,
                      place->range.base + offset, &part, size);
}

static uint64_t vga_read(void *opaque, uint64_t offset, unsigned size)
{
    struct assigned_vga *place = opaque;

    if (!decoded(place))
        return all_ones(size);
    place->assigned->counters.vga_reads++;
    if (size <= 4)
        return read_part(place, offset, size);
    uint64_t low = read_part(place, offset, 4);
    return low | (uint64_t)read_part(place, offset + 4, 4) << 32;
}

static void vga_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct assigned_vga *place = opaque;

    if (!decoded(place))
        return;
    place->assigned->counters.vga_writes++;
    write_part(place, offset, (uint32_t)value, size < 4 ? size : 4);
    if (size > 4)
        write_part(place, offset + 4, (uint32_t)(value >> 32), 4);
}

/* What draws: fonts, text and pixels, a call to the kernel for many. */
static void vga_write_words(void *opaque, uint64_t offset, const uint32_t *words,
                            unsigned count)
{
    struct assigned_vga *place = opaque;

    if (!decoded(place))
        return;
    place->assigned->counters.vga_writes += count;
    vfio_device_write(place->assigned->vfio, VFIO_REGION_VGA,
                      place->range.base + offset, words, count * sizeof(*words));
}

static const struct range_ops vga_ops = { vga_read, vga_write, vga_write_words };

int assigned_vga_init(struct assigned *assigned, struct error *err)
{
    const struct vfio_region *region =
        vfio_device_region(assigned->vfio, VFIO_REGION_VGA);
    if (!region || region->size < places[0].base + places[0].size)
        return error_set(err, ERROR_IMPOSSIBLE, -ENODEV,
                         "the device offers no VGA region (CONFIG_VFIO_PCI_VGA, and "
                         "vfio-pci without disable_vga=1)");
    for (unsigned i = 0; i < ASSIGNED_VGA_PLACES; i++) {
        struct assigned_vga *place = &assigned->vga[i];
        struct space *space = places[i].decode == PCI_COMMAND_MEMORY
                                  ? assigned->board->memory
                                  : assigned->board->ports;
        *place = (struct assigned_vga){
            .assigned = assigned,
            .decode = places[i].decode,
            .range = { .name = places[i].name, .ops = &vga_ops, .opaque = place },
        };
        int result = space_add(space, &place->range, places[i].base, places[i].size);
        if (result < 0)
            return error_system(err, result, "%s", places[i].name);
    }
    /* Of the exits of a guest's firmware, most write text, fonts and colours. */
    board_gather_writes(assigned->board, places[0].base, places[0].size, false, true);
    board_gather_writes(assigned->board, DAC_INDEX, DAC_PORTS, true, true);
    return 0;
}

void assigned_vga_free(struct assigned *assigned)
{
    for (unsigned i = 0; i < ASSIGNED_VGA_PLACES; i++)
        space_remove(&assigned->vga[i].range);
}
