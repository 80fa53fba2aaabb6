/* vga_scanout.c: from registers to what is to be drawn. */
#include "devices/vga_internal.h" /* struct vga */

#include <string.h> /* memset */

/* A part of a colour to 8 bits; of 6 as QEMU widens it. */
static uint32_t widen(const struct vga *vga, uint8_t part)
{
    if (vga->vbe.registers[VBE_ENABLE] & VBE_8_BIT_DAC)
        return part;
    part &= 0x3f;
    return (uint32_t)part << 2 | (part & 1u) << 1 | (part & 1u);
}

static uint32_t colour(const struct vga *vga, unsigned index)
{
    const uint8_t *rgb = vga->dac.colours[index & vga->dac.mask];
    return widen(vga, rgb[0]) << 16 | widen(vga, rgb[1]) << 8 | widen(vga, rgb[2]);
}

static void palette_of_256(const struct vga *vga, uint32_t *palette)
{
    for (unsigned i = 0; i < 256; i++)
        palette[i] = colour(vga, i);
}

/* Four bits go through the attribute controller's palette first. */
static void palette_of_16(const struct vga *vga, uint32_t *palette)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned index = vga->attr[i & vga->attr[ATTR_PLANES] & 15];
        unsigned high = vga->attr[ATTR_COLOUR] & 0x0cu;
        if (vga->attr[ATTR_MODE] & ATTR_MODE_COLOUR) {
            index &= 0x0f;
            high = vga->attr[ATTR_COLOUR] & 0x0fu;
        }
        palette[i] = colour(vga, high << 4 | index);
    }
}

/* Of the CRT controller: the same for text and graphics. */
static void take_timing(const struct vga *vga, struct vga_view *view)
{
    const uint8_t *crtc = vga->crtc;
    unsigned overflow = crtc[CRTC_OVERFLOW], max_scan = crtc[CRTC_MAX_SCAN];
    unsigned compare =
        crtc[CRTC_LINE_COMPARE] | (overflow & 0x10) << 4 | (max_scan & 0x40) << 3;

    view->height =
        1u + (crtc[CRTC_V_DISPLAYED] | (overflow & 0x02) << 7 | (overflow & 0x40) << 3);
    view->split = compare + 1;
    view->wrap = VGA_LEGACY_SIZE;
    view->start = 4 * ((unsigned)crtc[CRTC_START_HIGH] << 8 | crtc[CRTC_START_LOW]);
    view->start += (crtc[CRTC_PRESET_ROW] >> 5 & 3) * 4u; /* byte panning */
    view->start &= VGA_LEGACY_SIZE - 1;
    view->pitch = crtc[CRTC_OFFSET] * 8u;
    view->repeat = max_scan & MAX_SCAN_DOUBLE ? 2 : 1;
    view->row_lines = (uint8_t)((max_scan & MAX_SCAN_LINES) + 1);
    view->first_line = crtc[CRTC_PRESET_ROW] & 0x1f;
    view->split_panned = !(vga->attr[ATTR_MODE] & ATTR_MODE_UPPER);
    view->double_width = vga->seq[SEQ_CLOCKING] & CLOCKING_HALF ? 1 : 0;
}

static void take_text(const struct vga *vga, struct vga_view *view)
{
    const uint8_t *crtc = vga->crtc;
    unsigned fonts = vga->seq[SEQ_FONT_SELECT];
    unsigned panning = vga->attr[ATTR_PANNING];

    view->kind = VGA_VIEW_TEXT;
    view->cell_width = vga->seq[SEQ_CLOCKING] & CLOCKING_8_DOTS ? 8 : 9;
    view->width = (crtc[CRTC_H_DISPLAYED] + 1u) * view->cell_width
                  << view->double_width;
    /* In cells of 9 dots 8 means none, and 0 one. */
    if (view->cell_width == 9)
        panning = panning >= 8 ? 0 : panning + 1;
    else
        panning &= 7;
    view->panning = (uint8_t)(panning << view->double_width);
    /* A map's number is three bits; the odd ones lie 8 KiB behind the even ones. */
    view->fonts[0] = ((fonts & 3) << 1 | (fonts >> 4 & 1)) * 0x2000u * 4;
    view->fonts[1] = ((fonts >> 2 & 3) << 1 | (fonts >> 5 & 1)) * 0x2000u * 4;
    view->cursor = 4 * ((unsigned)crtc[CRTC_CURSOR_HIGH] << 8 | crtc[CRTC_CURSOR_LOW]);
    if (!(crtc[CRTC_CURSOR_START] & CURSOR_START_OFF)) {
        unsigned end = (crtc[CRTC_CURSOR_END] & 0x1fu) + 1;
        view->cursor_first = crtc[CRTC_CURSOR_START] & 0x1f;
        view->cursor_end = (uint8_t)(end < view->row_lines ? end : view->row_lines);
    }
    view->line_graphics = vga->attr[ATTR_MODE] & ATTR_MODE_9_LINES ? 1 : 0;
    view->blinks = vga->attr[ATTR_MODE] & ATTR_MODE_BLINK ? 1 : 0;
    view->underline = crtc[CRTC_UNDERLINE] & 0x1f;
    if (vga->text_apart) {
        view->window = VGA_VRAM_SIZE;
        view->window_cells = VGA_TEXT_SIZE / 2;
    }
    palette_of_16(vga, view->palette);
}

static void take_graphics(const struct vga *vga, struct vga_view *view)
{
    unsigned shift = (vga->gfx[GFX_MODE] & GFX_MODE_SHIFT) >> 5;
    unsigned panning = vga->attr[ATTR_PANNING] & 7u;
    unsigned mode = vga->crtc[CRTC_MODE];
    unsigned word = mode & 0x40 ? 1 : 0; /* byte mode: addresses are one bit longer */

    view->width = (vga->crtc[CRTC_H_DISPLAYED] + 1u) * 8;
    if (shift >= 2) {
        view->kind = VGA_VIEW_LINEAR;
        view->bits = 8;
        view->double_width = 1; /* two clocks give one pixel of 8 bits */
        palette_of_256(vga, view->palette);
    } else {
        view->kind = shift ? VGA_VIEW_PAIRS : VGA_VIEW_PLANAR;
        view->width <<= view->double_width;
        panning <<= view->double_width;
        palette_of_16(vga, view->palette);
    }
    view->panning = (uint8_t)panning;
    if (!(mode & 1))
        view->fold[0] = (uint8_t)(14 + word);
    if (!(mode & 2))
        view->fold[1] = (uint8_t)(15 + word);
}

static void take_vbe(const struct vga *vga, struct vga_view *view)
{
    const uint16_t *r = vga->vbe.registers;

    view->width = r[VBE_XRES];
    view->height = r[VBE_YRES];
    view->split = UINT32_MAX;
    view->wrap = VGA_VRAM_SIZE;
    view->start = vga->vbe.start;
    view->pitch = vga->vbe.pitch;
    view->repeat = view->row_lines = 1;
    if (r[VBE_BPP] == 4) {
        view->kind = VGA_VIEW_PLANAR;
        view->start &= ~3u;
        palette_of_16(vga, view->palette);
        return;
    }
    view->kind = VGA_VIEW_LINEAR;
    view->bits = (uint8_t)r[VBE_BPP];
    if (view->bits == 8)
        palette_of_256(vga, view->palette);
}

/* Before a BIOS has set a mode the registers are 0, and nothing is shown. */
static bool blanked(const struct vga *vga)
{
    return !(vga->attr_index & ATTR_INDEX_SHOWN) ||
           vga->seq[SEQ_CLOCKING] & CLOCKING_OFF;
}

void vga_get_view(struct vga *vga, struct vga_view *view)
{
    memset(view, 0, sizeof(*view));
    vga->told = false;
    if (vga_vbe_enabled(vga)) {
        take_vbe(vga, view);
    } else {
        take_timing(vga, view);
        if (vga->gfx[GFX_MISC] & GFX_MISC_GRAPHICS)
            take_graphics(vga, view);
        else
            take_text(vga, view);
    }
    if (!blanked(vga))
        return;
    view->kind = VGA_VIEW_BLANK;
    if (!vga->crtc[CRTC_H_DISPLAYED] && !vga_vbe_enabled(vga))
        view->width = view->height = 0; /* there is no mode at all */
}
