/*
 * vga_memory.c: A0000 to BFFFF: planes, latches and write modes (IBM VGA; FreeVGA).
 *
 * Memory is kept as vga_view.h says. Most guests write text, or bytes through chain 4:
 * while the registers say nothing else they reach that memory without exits. For chain
 * 4 its order is the guest's. For text it is not: cells are kept apart then, in order,
 * and go back into the planes when the registers change.
 */
#include "base/bytes.h"           /* loads and stores */
#include "base/log.h"             /* log_debug */
#include "devices/board.h"        /* board_map */
#include "devices/vga_internal.h" /* struct vga */

#define TEXT_CELLS (VGA_TEXT_SIZE / 2)

/* Memory as GFX_MISC maps it: offset from A0000, and size. */
static const struct {
    uint32_t offset, size;
} maps[] = {
    { 0x00000, 0x20000 },
    { 0x00000, 0x10000 },
    { 0x10000, 0x08000 },
    { 0x18000, 0x08000 },
};

static unsigned map_number(const struct vga *vga)
{
    return (vga->gfx[GFX_MISC] & GFX_MISC_MAP) >> GFX_MISC_MAP_SHIFT;
}

static bool chained(const struct vga *vga)
{
    if (vga_vbe_enabled(vga))
        return vga->vbe.registers[VBE_BPP] != 4;
    return vga->seq[SEQ_MEMORY_MODE] & MEMORY_MODE_CHAIN;
}

/* Each bit of the low nibble as a byte: one a plane. */
static uint32_t spread(unsigned nibble)
{
    return ((nibble & 1) | (nibble & 2) << 7 | (nibble & 4) << 14 |
            (nibble & 8) << 21) *
           0xffu;
}

static uint32_t repeat(uint8_t byte)
{
    return byte * 0x01010101u;
}

/* Where an access goes: a group of four bytes, and which of them the address means. */
struct target {
    uint32_t group; /* offset in memory */
    unsigned plane; /* of a read; of a write where `single` */
    unsigned write; /* planes an address selects, a bit each */
};

/*
 * false: nobody is there. Chain 4 and odd/even planes take the low bits of the address,
 * and the rest is put together: where IBM's leaves gaps, as QEMU and Bochs do.
 */
static bool find_target(const struct vga *vga, uint32_t offset, struct target *target)
{
    unsigned map = map_number(vga);
    uint32_t address = offset - maps[map].offset;

    if (offset < maps[map].offset || address >= maps[map].size)
        return false;
    bool vbe = vga_vbe_enabled(vga);
    uint32_t limit = vbe ? VGA_VRAM_SIZE : VGA_LEGACY_SIZE;
    if (vbe)
        address += (uint32_t)vga->vbe.registers[VBE_BANK] << 16;
    if (chained(vga)) {
        target->plane = address & 3;
        target->write = 1u << target->plane;
        target->group = address & ~3u;
    } else if (vga->gfx[GFX_MODE] & GFX_MODE_ODD_EVEN) {
        target->plane = (vga->gfx[GFX_READ_MAP] & 2) | (address & 1);
        target->write = 5u << (address & 1);
        target->group = (address & ~1u) << 1;
    } else {
        target->plane = vga->gfx[GFX_READ_MAP] & 3;
        target->write = 15;
        target->group = address << 2;
    }
    target->group &= limit - 1;
    return true;
}

/* Does a write put its byte as it is into the planes its address selects? */
static bool plain_writes(const struct vga *vga)
{
    /* The BIOS leaves these registers as they were when it sets a VBE mode. */
    if (vga_vbe_enabled(vga) && chained(vga))
        return true;
    return !(vga->gfx[GFX_MODE] & GFX_MODE_WRITE) && !vga->gfx[GFX_ROTATE] &&
           !(vga->gfx[GFX_SET_RESET_ENABLE] & 15) && vga->gfx[GFX_BIT_MASK] == 0xff;
}

static uint32_t combine(const struct vga *vga, uint32_t data)
{
    switch (vga->gfx[GFX_ROTATE] >> 3 & 3) {
    case 1:
        return data & vga->latch;
    case 2:
        return data | vga->latch;
    case 3:
        return data ^ vga->latch;
    default:
        return data;
    }
}

static uint8_t rotated(const struct vga *vga, uint8_t byte)
{
    unsigned count = vga->gfx[GFX_ROTATE] & 7;
    return (uint8_t)(byte >> count | byte << (8 - count));
}

/* What the write mode makes of a byte: a byte for each plane. */
static uint32_t planes_of(const struct vga *vga, uint8_t byte)
{
    uint32_t bits = repeat(vga->gfx[GFX_BIT_MASK]);
    uint32_t set = spread(vga->gfx[GFX_SET_RESET]);
    uint32_t data;

    switch (vga->gfx[GFX_MODE] & GFX_MODE_WRITE) {
    case 0: {
        uint32_t enabled = spread(vga->gfx[GFX_SET_RESET_ENABLE]);
        data = (repeat(rotated(vga, byte)) & ~enabled) | (set & enabled);
        break;
    }
    case 1:
        return vga->latch;
    case 2:
        data = spread(byte);
        break;
    default:
        bits &= repeat(rotated(vga, byte));
        data = set;
        break;
    }
    return (combine(vga, data) & bits) | (vga->latch & ~bits);
}

/* Does a cell that is kept apart hold what the guest reads and writes there? */
static bool is_apart(const struct vga *vga, const struct target *target)
{
    return vga->text_apart && target->group / 4 < TEXT_CELLS && target->plane < 2;
}

static uint32_t apart(const struct target *target)
{
    return VGA_VRAM_SIZE + target->group / 2 + target->plane;
}

static uint8_t read_byte(struct vga *vga, uint32_t offset)
{
    struct target target;

    if (!find_target(vga, offset, &target))
        return 0xff;
    if (is_apart(vga, &target))
        return vga->memory[apart(&target)];
    vga->latch = load32(vga->memory + target.group);
    if (!(vga->gfx[GFX_MODE] & GFX_MODE_COMPARE) || chained(vga))
        return (uint8_t)(vga->latch >> (8 * target.plane));
    uint32_t differs = (vga->latch ^ spread(vga->gfx[GFX_COLOUR_COMPARE])) &
                       spread(vga->gfx[GFX_COLOUR_CARE]);
    differs |= differs >> 16;
    return (uint8_t) ~(differs | differs >> 8);
}

static void write_byte(struct vga *vga, uint32_t offset, uint8_t byte)
{
    struct target target;

    if (!find_target(vga, offset, &target))
        return;
    if (is_apart(vga, &target)) {
        vga->memory[apart(&target)] = byte;
        return;
    }
    bool all = vga_vbe_enabled(vga) && chained(vga);
    uint32_t written = spread(target.write & (all ? 15u : vga->seq[SEQ_MAP_MASK]));
    uint32_t data = plain_writes(vga) ? repeat(byte) : planes_of(vga, byte);
    uint8_t *at = vga->memory + target.group;
    store32(at, (load32(at) & ~written) | (data & written));
}

static uint64_t window_read(void *opaque, uint64_t offset, unsigned size)
{
    struct vga *vga = opaque;
    uint64_t value = 0;

    if (!vga_decodes(vga, PCI_COMMAND_MEMORY))
        return all_ones(size);
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)read_byte(vga, (uint32_t)offset + i) << (8 * i);
    return value;
}

static void window_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct vga *vga = opaque;

    if (!vga_decodes(vga, PCI_COMMAND_MEMORY))
        return;
    for (unsigned i = 0; i < size; i++)
        write_byte(vga, (uint32_t)offset + i, (uint8_t)(value >> (8 * i)));
}

const struct range_ops vga_window_ops = { window_read, window_write, NULL };

/* Is what the guest sees exactly characters and attributes, one behind the other? */
static bool text_is_plain(const struct vga *vga)
{
    return !vga_vbe_enabled(vga) && !chained(vga) && map_number(vga) >= 2 &&
           !(vga->gfx[GFX_MISC] & GFX_MISC_GRAPHICS) &&
           vga->gfx[GFX_MODE] & GFX_MODE_ODD_EVEN &&
           !(vga->gfx[GFX_MODE] & GFX_MODE_COMPARE) && !(vga->gfx[GFX_READ_MAP] & 2) &&
           (vga->seq[SEQ_MAP_MASK] & 15) == 3 && plain_writes(vga);
}

/* Is it bytes in order? */
static bool bytes_are_plain(const struct vga *vga)
{
    if (!chained(vga) || map_number(vga) != 1)
        return false;
    return vga_vbe_enabled(vga) ||
           ((vga->seq[SEQ_MAP_MASK] & 15) == 15 && plain_writes(vga));
}

static struct vga_direct wanted(const struct vga *vga)
{
    uint32_t base = VGA_WINDOW_BASE + maps[map_number(vga)].offset;

    if (!vga_decodes(vga, PCI_COMMAND_MEMORY))
        return (struct vga_direct){ 0 };
    if (text_is_plain(vga))
        return (struct vga_direct){ base, VGA_TEXT_SIZE, VGA_VRAM_SIZE };
    if (bytes_are_plain(vga)) {
        uint32_t bank =
            vga_vbe_enabled(vga) ? (uint32_t)vga->vbe.registers[VBE_BANK] << 16 : 0;
        return (struct vga_direct){ base, maps[1].size, bank };
    }
    return (struct vga_direct){ 0 };
}

/* Cells out of planes 0 and 1, or back. */
static void move_text(struct vga *vga, bool out)
{
    uint8_t *cells = vga->memory + VGA_VRAM_SIZE;

    for (uint32_t i = 0; i < TEXT_CELLS; i++) {
        if (out)
            store16(cells + 2 * i, load16(vga->memory + 4 * i));
        else
            store16(vga->memory + 4 * i, load16(cells + 2 * i));
    }
    vga->text_apart = out;
}

void vga_memory_update(struct vga *vga)
{
    struct vga_direct now = wanted(vga), *was = &vga->direct;
    bool text = now.size && now.offset == VGA_VRAM_SIZE;

    if (now.address == was->address && now.size == was->size &&
        now.offset == was->offset)
        return;
    if (was->size)
        board_unmap(vga->board, was->address, was->size);
    if (vga->text_apart != text)
        move_text(vga, text);
    int result = now.size ? board_map(vga->board, now.address, vga->memory + now.offset,
                                      now.size, 0)
                          : 0;
    if (result < 0) {
        log_debug("vga", "0x%x is not mapped, each access exits: %s", now.address,
                  strerror(-result));
        now.size = 0;
    }
    *was = now;
}
