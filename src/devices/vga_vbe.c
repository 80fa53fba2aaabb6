/* vga_vbe.c: the Bochs VBE extensions (Bochs vbe.h; QEMU docs/specs/standard-vga). */
#include "base/bytes.h"           /* ARRAY_SIZE */
#include "devices/vga_internal.h" /* struct vga */

#include <string.h> /* memset */

/* Versions of the interface: the guest may write back which it knows. */
#define ID_FIRST 0xb0c0u
#define ID_LAST  0xb0c5u

/* Pixels as wide as the register says; 15 is stored in 16 bits. */
static unsigned bits_stored(unsigned bits)
{
    return bits == 15 ? 16 : bits;
}

static bool depth_is_known(unsigned bits)
{
    static const uint8_t known[] = { 4, 8, 15, 16, 24, 32 };
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (known[i] == bits)
            return true;
    }
    return false;
}

static uint16_t clamp(uint32_t value, uint32_t low, uint32_t high)
{
    return (uint16_t)(value < low ? low : value > high ? high : value);
}

/* What does not fit into memory is made to: the registers then say what is shown. */
static void fit(struct vga_vbe *vbe)
{
    uint16_t *r = vbe->registers;

    if (!(r[VBE_ENABLE] & VBE_ENABLED))
        return;
    if (!depth_is_known(r[VBE_BPP]))
        r[VBE_BPP] = 8;
    uint32_t bits = bits_stored(r[VBE_BPP]);
    r[VBE_XRES] = clamp(r[VBE_XRES] & ~7u, 8, VBE_MAX_DIMENSION);
    r[VBE_VIRTUAL_WIDTH] =
        clamp(r[VBE_VIRTUAL_WIDTH] & ~7u, r[VBE_XRES], VBE_MAX_DIMENSION);
    vbe->pitch = r[VBE_VIRTUAL_WIDTH] * bits / 8;
    uint32_t lines = VGA_VRAM_SIZE / vbe->pitch;
    r[VBE_VIRTUAL_HEIGHT] = clamp(lines, 1, UINT16_MAX);
    if (lines > VGA_VIEW_MAX_PIXELS / r[VBE_XRES])
        lines = VGA_VIEW_MAX_PIXELS / r[VBE_XRES];
    if (lines > VBE_MAX_DIMENSION)
        lines = VBE_MAX_DIMENSION;
    r[VBE_YRES] = clamp(r[VBE_YRES], 1, lines);

    uint32_t shown = r[VBE_YRES] * vbe->pitch;
    uint64_t start =
        (uint64_t)r[VBE_Y_OFFSET] * vbe->pitch + r[VBE_X_OFFSET] * bits / 8;
    if (start + shown > VGA_VRAM_SIZE) {
        r[VBE_Y_OFFSET] = 0;
        start = r[VBE_X_OFFSET] * bits / 8;
    }
    if (start + shown > VGA_VRAM_SIZE) {
        r[VBE_X_OFFSET] = 0;
        start = 0;
    }
    vbe->start = (uint32_t)start;
}

/* The VGA's own registers as if they had set this mode: what QEMU's show too. */
static void show_in_registers(struct vga *vga)
{
    const uint16_t *r = vga->vbe.registers;
    unsigned last = r[VBE_YRES] - 1u;
    bool planar = r[VBE_BPP] == 4;

    vga->gfx[GFX_MISC] = (uint8_t)((vga->gfx[GFX_MISC] & ~GFX_MISC_MAP) |
                                   1 << GFX_MISC_MAP_SHIFT | GFX_MISC_GRAPHICS);
    vga->gfx[GFX_MODE] =
        (uint8_t)((vga->gfx[GFX_MODE] & ~GFX_MODE_SHIFT) | (planar ? 0 : 0x40));
    vga->crtc[CRTC_MODE] |= 3;
    vga->crtc[CRTC_OFFSET] = (uint8_t)(vga->vbe.pitch >> 3);
    vga->crtc[CRTC_H_DISPLAYED] = (uint8_t)((r[VBE_XRES] >> 3) - 1);
    vga->crtc[CRTC_V_DISPLAYED] = (uint8_t)last;
    vga->crtc[CRTC_OVERFLOW] =
        (uint8_t)((vga->crtc[CRTC_OVERFLOW] & ~0x42) | (last >> 7 & 0x02) |
                  (last >> 3 & 0x40) | 0x10);
    vga->crtc[CRTC_LINE_COMPARE] = 0xff;
    vga->crtc[CRTC_MAX_SCAN] = (uint8_t)((vga->crtc[CRTC_MAX_SCAN] & ~0x9f) | 0x40);
}

static void write_enable(struct vga *vga, uint16_t value)
{
    uint16_t *r = vga->vbe.registers;
    bool begins = value & VBE_ENABLED && !(r[VBE_ENABLE] & VBE_ENABLED);

    r[VBE_ENABLE] = value;
    r[VBE_BANK] = 0;
    if (begins) {
        r[VBE_VIRTUAL_WIDTH] = r[VBE_X_OFFSET] = r[VBE_Y_OFFSET] = 0;
        fit(&vga->vbe);
        show_in_registers(vga);
    }
    vga_memory_update(vga); /* text that is kept apart returns before it is cleared */
    if (begins && !(value & VBE_NO_CLEAR))
        memset(vga->memory, 0, (size_t)r[VBE_YRES] * vga->vbe.pitch);
}

uint16_t vga_vbe_read(const struct vga *vga, unsigned index)
{
    const uint16_t *r = vga->vbe.registers;

    if (index == VBE_MEMORY_64K)
        return VGA_VRAM_SIZE >> 16;
    if (index >= VBE_COUNT)
        return 0;
    if (r[VBE_ENABLE] & VBE_CAPABILITIES) {
        if (index == VBE_XRES || index == VBE_YRES)
            return VBE_MAX_DIMENSION;
        if (index == VBE_BPP)
            return 32;
    }
    return r[index];
}

void vga_vbe_write(struct vga *vga, unsigned index, uint16_t value)
{
    uint16_t *r = vga->vbe.registers;

    switch (index) {
    case VBE_ID:
        if (value >= ID_FIRST && value <= ID_LAST)
            r[index] = value;
        return;
    case VBE_ENABLE:
        write_enable(vga, value);
        break;
    case VBE_BANK:
        r[index] = value & ((VGA_VRAM_SIZE >> 16) - 1);
        vga_memory_update(vga);
        return;
    case VBE_XRES:
    case VBE_YRES:
    case VBE_BPP:
    case VBE_VIRTUAL_WIDTH:
    case VBE_X_OFFSET:
    case VBE_Y_OFFSET:
        r[index] = value;
        if (!vga_vbe_enabled(vga))
            return;
        fit(&vga->vbe);
        show_in_registers(vga);
        vga_memory_update(vga);
        break;
    default:
        return;
    }
    vga_changed(vga);
}

void vga_vbe_reset(struct vga *vga)
{
    vga->vbe = (struct vga_vbe){ .registers[VBE_ID] = ID_LAST };
}
