/* overlay.c: lays virtual registers over config space and BAR0, byte by byte. */
#include "igd/overlay.h"

#include "base/bytes.h" /* ranges */

#include <stddef.h> /* NULL */
#include <string.h> /* strcmp */

/* The two ways to the registers. */
enum window { CONFIG, BAR0 };

/* Where this register lies in a window: its first address and its size, 0 when absent.
 */
static uint64_t place(const struct igd_overlay_register *reg, enum window window,
                      unsigned *size)
{
    if (window == CONFIG) {
        *size = reg->size;
        return reg->offset;
    }
    *size = reg->mirror ? reg->mirror_size : 0;
    return reg->mirror;
}

/*
 * The register that owns the byte at address, and which byte of it that is; the first
 * in the list wins. NULL: the hardware's own byte.
 */
static const struct igd_overlay_register *owner(const struct igd_overlay *overlay,
                                                enum window window, uint64_t address,
                                                unsigned *byte)
{
    for (unsigned i = 0; i < overlay->count && i < IGD_OVERLAY_MAX; i++) {
        const struct igd_overlay_register *reg = &overlay->registers[i];
        unsigned size;
        uint64_t base = place(reg, window, &size);
        if (address >= base && address - base < size) {
            *byte = (unsigned)(address - base);
            return reg;
        }
    }
    return NULL;
}

/* The register the others are relative to, or NULL. */
static const struct igd_overlay_register *base_of(const struct igd_overlay *overlay)
{
    if (overlay->base == 0 || overlay->base > overlay->count ||
        overlay->base > IGD_OVERLAY_MAX)
        return NULL;
    return &overlay->registers[overlay->base - 1];
}

static uint64_t rebased(const struct igd_overlay *overlay, uint64_t distance)
{
    const struct igd_overlay_register *base = base_of(overlay);
    uint64_t address = base ? round_down(base->value, MIB) : 0;
    return address ? address + distance : 0;
}

/* What one byte of a register reads as, where the hardware has raw. */
static uint8_t read_byte(const struct igd_overlay *overlay,
                         const struct igd_overlay_register *reg, unsigned byte,
                         uint8_t raw)
{
    uint64_t value = reg->value;

    switch (reg->rule) {
    case IGD_OVERLAY_NO_WRITE:
    case IGD_OVERLAY_BASE_WRITTEN:
        return raw;
    case IGD_OVERLAY_GATED:
        if (byte < 8 && !(raw & (uint8_t)(reg->gate >> (byte * 8))))
            raw &= (uint8_t) ~(value >> (byte * 8));
        return raw;
    case IGD_OVERLAY_FORCED:
        return byte < 8 ? raw | (uint8_t)(value >> (byte * 8)) : raw;
    case IGD_OVERLAY_REBASED:
        value = rebased(overlay, reg->distance);
        break;
    case IGD_OVERLAY_BASE_ALIAS:
        value = base_of(overlay) ? base_of(overlay)->value : 0;
        break;
    case IGD_OVERLAY_HELD:
    case IGD_OVERLAY_READ_ONLY:
    case IGD_OVERLAY_RULES:
        break;
    }
    return byte < 8 ? (uint8_t)(value >> (byte * 8)) : 0;
}

static uint64_t read_over(const struct igd_overlay *overlay, enum window window,
                          uint64_t offset, unsigned size, uint64_t raw)
{
    uint64_t value = raw & all_ones(size);
    for (unsigned lane = 0; lane < size; lane++) {
        unsigned byte;
        const struct igd_overlay_register *reg =
            owner(overlay, window, offset + lane, &byte);
        if (!reg)
            continue;
        uint64_t bits = read_byte(overlay, reg, byte, (uint8_t)(value >> (lane * 8)));
        value &= ~(0xffULL << (lane * 8));
        value |= bits << (lane * 8);
    }
    return value;
}

/* Take a byte of a write. False: it is the hardware's, too. */
static bool write_byte(struct igd_overlay *overlay,
                       const struct igd_overlay_register *found, unsigned byte,
                       uint8_t data)
{
    const struct igd_overlay_register *target = NULL;

    if (found->rule == IGD_OVERLAY_GATED || found->rule == IGD_OVERLAY_FORCED)
        return false;
    if (found->rule == IGD_OVERLAY_HELD)
        target = found;
    else if (found->rule == IGD_OVERLAY_BASE_WRITTEN ||
             found->rule == IGD_OVERLAY_BASE_ALIAS)
        target = base_of(overlay);
    if (!target || byte >= 8)
        return true;
    uint64_t *value = &overlay->registers[target - overlay->registers].value;
    *value &= ~(0xffULL << (byte * 8));
    *value |= (uint64_t)data << (byte * 8);
    return true;
}

static unsigned write_over(struct igd_overlay *overlay, enum window window,
                           uint64_t offset, unsigned size, uint64_t value)
{
    unsigned left = 0;
    for (unsigned lane = 0; lane < size; lane++) {
        unsigned byte;
        const struct igd_overlay_register *found =
            owner(overlay, window, offset + lane, &byte);
        if (!found || !write_byte(overlay, found, byte, (uint8_t)(value >> (lane * 8))))
            left |= 1U << lane;
    }
    return left;
}

uint32_t igd_overlay_config_read(const struct igd_overlay *overlay, unsigned offset,
                                 unsigned size, uint32_t raw)
{
    return (uint32_t)read_over(overlay, CONFIG, offset, size > 4 ? 4 : size, raw);
}

unsigned igd_overlay_config_write(struct igd_overlay *overlay, unsigned offset,
                                  unsigned size, uint32_t value)
{
    return write_over(overlay, CONFIG, offset, size > 4 ? 4 : size, value);
}

uint64_t igd_overlay_mmio_read(const struct igd_overlay *overlay, uint64_t offset,
                               unsigned size, uint64_t raw)
{
    return read_over(overlay, BAR0, offset, size > 8 ? 8 : size, raw);
}

unsigned igd_overlay_mmio_write(struct igd_overlay *overlay, uint64_t offset,
                                unsigned size, uint64_t value)
{
    return write_over(overlay, BAR0, offset, size > 8 ? 8 : size, value);
}

bool igd_overlay_mmio_covers(const struct igd_overlay *overlay, uint64_t offset,
                             uint64_t size)
{
    for (unsigned i = 0; i < overlay->count && i < IGD_OVERLAY_MAX; i++) {
        unsigned reg_size;
        uint64_t base = place(&overlay->registers[i], BAR0, &reg_size);
        /* Without sums, so that nothing overflows. */
        if (!size || !reg_size)
            continue;
        if (offset <= base ? base - offset < size : offset - base < reg_size)
            return true;
    }
    return false;
}

struct igd_overlay_register *igd_overlay_find(struct igd_overlay *overlay,
                                              const char *name)
{
    for (unsigned i = 0; i < overlay->count && i < IGD_OVERLAY_MAX; i++) {
        if (strcmp(overlay->registers[i].name, name) == 0)
            return &overlay->registers[i];
    }
    return NULL;
}
