/* overlay_io.c: the way to virtual registers through MMIO_Index and MMIO_Data. */
#include "igd/overlay.h"

#include "base/bytes.h" /* all_ones */

/* QEMU hw/vfio/igd.c: the pair in I/O space, and what bits 1:0 of the index choose. */
#define IO_INDEX         0u
#define IO_DATA          4u
#define IO_END           8u
#define SELECT           3u
#define SELECT_REGISTERS 0u
#define KNOWN            0xfu

/* Is there anything to be reached that way? */
static bool has_mirrors(const struct igd_overlay *overlay)
{
    return igd_overlay_mmio_covers(overlay, 0, UINT64_MAX);
}

/* One byte of the data register: the address in BAR0 it stands for. False: none. */
static bool data_address(const struct igd_overlay *overlay, unsigned offset,
                         uint64_t *address)
{
    *address = (overlay->io_index & ~SELECT) + (offset - IO_DATA);
    return (overlay->io_index & SELECT) == SELECT_REGISTERS;
}

uint32_t igd_overlay_io_read(const struct igd_overlay *overlay, unsigned offset,
                             unsigned size, uint32_t raw)
{
    uint32_t value = raw & (uint32_t)all_ones(size);
    if (!has_mirrors(overlay))
        return value;
    for (unsigned lane = 0; lane < size && lane < 4; lane++) {
        uint64_t address;
        unsigned at = offset + lane;
        uint8_t byte = (uint8_t)(raw >> (lane * 8));
        if (at < IO_DATA || at >= IO_END)
            continue;
        if (overlay->io_known != KNOWN)
            byte = 0;
        else if (data_address(overlay, at, &address))
            byte = (uint8_t)igd_overlay_mmio_read(overlay, address, 1, byte);
        value &= ~(0xffU << (lane * 8));
        value |= (uint32_t)byte << (lane * 8);
    }
    return value;
}

unsigned igd_overlay_io_write(struct igd_overlay *overlay, unsigned offset,
                              unsigned size, uint32_t value)
{
    unsigned left = 0;
    bool mirrors = has_mirrors(overlay);
    for (unsigned lane = 0; lane < size && lane < 4; lane++) {
        uint64_t address;
        unsigned at = offset + lane;
        uint8_t byte = (uint8_t)(value >> (lane * 8));
        bool passes = true;
        if (at < IO_DATA) {
            overlay->io_index &= ~(0xffU << (at * 8));
            overlay->io_index |= (uint32_t)byte << (at * 8);
            overlay->io_known |= 1U << at;
        } else if (mirrors && at < IO_END) {
            passes = overlay->io_known == KNOWN &&
                     (!data_address(overlay, at, &address) ||
                      igd_overlay_mmio_write(overlay, address, 1, byte));
        }
        left |= (unsigned)passes << lane;
    }
    return left;
}
