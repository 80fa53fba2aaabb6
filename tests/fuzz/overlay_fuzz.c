/* overlay_fuzz.c: any list of registers, any accesses, against a memory of single
 * bytes. */
#include "fuzz.h" /* must */

#include "igd/overlay.h" /* the target */

#include "base/bytes.h" /* loads */

#define REGISTERS 4
#define HEADER    (REGISTERS * 16)

/* The register that has this byte, told in the plainest way. */
static struct igd_overlay_register *owner(struct igd_overlay *overlay, bool bar0,
                                          uint64_t address, unsigned *byte)
{
    for (unsigned i = 0; i < overlay->count; i++) {
        struct igd_overlay_register *reg = &overlay->registers[i];
        unsigned size = bar0 ? (reg->mirror ? reg->mirror_size : 0) : reg->size;
        for (*byte = 0; *byte < size; (*byte)++) {
            if ((bar0 ? reg->mirror : reg->offset) + (uint64_t)*byte == address)
                return reg;
        }
    }
    return NULL;
}

/* What a byte of a register reads as where the hardware has raw. */
static uint8_t expected_byte(const struct igd_overlay *overlay,
                             const struct igd_overlay_register *reg, unsigned byte,
                             uint8_t raw)
{
    const struct igd_overlay_register *base =
        overlay->base ? &overlay->registers[overlay->base - 1] : NULL;
    uint64_t address = base ? base->value & ~0xfffffull : 0;
    switch (reg->rule) {
    case IGD_OVERLAY_NO_WRITE:
    case IGD_OVERLAY_BASE_WRITTEN:
        return raw;
    case IGD_OVERLAY_REBASED:
        return address ? (uint8_t)((address + reg->distance) >> (byte * 8)) : 0;
    case IGD_OVERLAY_BASE_ALIAS:
        return base ? (uint8_t)(base->value >> (byte * 8)) : 0;
    case IGD_OVERLAY_GATED:
        if (!(raw & (uint8_t)(reg->gate >> (byte * 8))))
            raw &= (uint8_t) ~(uint8_t)(reg->value >> (byte * 8));
        return raw;
    case IGD_OVERLAY_FORCED:
        return raw | (uint8_t)(reg->value >> (byte * 8));
    default:
        return (uint8_t)(reg->value >> (byte * 8));
    }
}

static void check_read(struct igd_overlay *overlay, bool bar0, uint64_t offset,
                       unsigned size, uint64_t raw)
{
    uint64_t value =
        bar0 ? igd_overlay_mmio_read(overlay, offset, size, raw)
             : igd_overlay_config_read(overlay, (unsigned)offset, size, (uint32_t)raw);
    must((value & ~all_ones(size)) == 0);
    for (unsigned lane = 0; lane < size; lane++) {
        unsigned byte;
        struct igd_overlay_register *reg = owner(overlay, bar0, offset + lane, &byte);
        uint8_t expected = (uint8_t)(raw >> (lane * 8));
        if (reg)
            expected = expected_byte(overlay, reg, byte, expected);
        must((uint8_t)(value >> (lane * 8)) == expected);
    }
}

static void check_write(struct igd_overlay *overlay, bool bar0, uint64_t offset,
                        unsigned size, uint64_t value)
{
    struct igd_overlay expected = *overlay;
    unsigned left = 0;
    for (unsigned lane = 0; lane < size; lane++) {
        unsigned byte;
        struct igd_overlay_register *reg = owner(&expected, bar0, offset + lane, &byte);
        uint8_t *bytes = NULL;
        if (!reg || reg->rule == IGD_OVERLAY_GATED || reg->rule == IGD_OVERLAY_FORCED)
            left |= 1U << lane;
        else if (reg->rule == IGD_OVERLAY_HELD)
            bytes = (uint8_t *)&reg->value;
        else if ((reg->rule == IGD_OVERLAY_BASE_WRITTEN ||
                  reg->rule == IGD_OVERLAY_BASE_ALIAS) &&
                 expected.base)
            bytes = (uint8_t *)&expected.registers[expected.base - 1].value;
        if (bytes)
            bytes[byte] = (uint8_t)(value >> (lane * 8));
    }
    unsigned got = bar0 ? igd_overlay_mmio_write(overlay, offset, size, value)
                        : igd_overlay_config_write(overlay, (unsigned)offset, size,
                                                   (uint32_t)value);
    must(got == left);
    for (unsigned i = 0; i < overlay->count; i++)
        must(overlay->registers[i].value == expected.registers[i].value);
    must(igd_overlay_mmio_covers(overlay, offset, size) || !bar0 ||
         left == (1U << size) - 1);
}

/* The I/O pair shows what BAR0 does where its index points. */
static void check_io(struct igd_overlay *overlay, uint64_t offset, unsigned size,
                     bool write, uint64_t value)
{
    unsigned at = offset & 7;
    size = size > 4 ? 4 : size;
    if (write) {
        must(igd_overlay_io_write(overlay, at, size, (uint32_t)value) < 1U << size);
        return;
    }
    uint32_t raw = (uint32_t)value;
    uint32_t got = igd_overlay_io_read(overlay, at, size, raw);
    must((got & ~all_ones(size)) == 0);
    if (at < 4 || at + size > 8 || overlay->io_known != 0xf || overlay->io_index & 3)
        return;
    must(got == igd_overlay_mmio_read(overlay, overlay->io_index + at - 4, size, raw));
}

/* Four registers of 16 bytes each, then accesses of 12 bytes each. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct igd_overlay overlay = { .count = REGISTERS };
    if (size < HEADER)
        return 0;
    overlay.base = (data[0] >> 4) % (REGISTERS + 1);
    for (unsigned i = 0; i < REGISTERS; i++) {
        const uint8_t *at = data + i * 16;
        overlay.registers[i] = (struct igd_overlay_register){
            .name = "X",
            .rule = at[0] % IGD_OVERLAY_RULES,
            .size = at[1] % 9,
            .mirror_size = at[2] % 9,
            .offset = at[3],
            .mirror = load32(at + 4) & 0xff00ff, /* small, so that registers meet */
            .value = load64(at + 8),
            .distance = load64(at + 5),
            .gate = load64(at + 7),
        };
    }
    for (size_t at = HEADER; at + 12 <= size; at += 12) {
        bool bar0 = data[at] & 1, write = data[at] & 2;
        unsigned width = data[at] >> 2 & 7;
        width = bar0 ? width + 1 : width % 4 + 1;
        uint64_t offset = load16(data + at + 1) | (uint64_t)data[at + 3] << 16;
        if (!bar0)
            offset &= 0xff;
        uint64_t value = load64(data + at + 4);
        if (data[at] & 0x80)
            check_io(&overlay, offset, width, write, value);
        else if (write)
            check_write(&overlay, bar0, offset, width, value);
        else
            check_read(&overlay, bar0, offset, width, value);
    }
    return 0;
}
