/* vga_registers.c: the VGA's ports 3B0 to 3DF (IBM VGA; FreeVGA). */
#include "devices/vga_internal.h" /* struct vga */

#include <string.h> /* memset */
#include <time.h>   /* where the beam is */

/* What the registers keep of what is written. */
static const uint8_t seq_masks[SEQ_COUNT] = { 0x03, 0x3d, 0x0f, 0x3f, 0x0e };
static const uint8_t gfx_masks[GFX_COUNT] = { 0x0f, 0x0f, 0x0f, 0x1f, 0x03,
                                              0x7b, 0x0f, 0x0f, 0xff };
static const uint8_t attr_masks[ATTR_COUNT] = {
    0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f,
    0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0xef, 0xff, 0x3f, 0x0f, 0x0f,
};

/* In CRTC_OVERFLOW, not protected by V_SYNC_END_PROTECTS: bit 8 of line compare. */
#define OVERFLOW_COMPARE 0x10

/* Status 1: the beam is outside the picture; it flies back to the top. */
#define STATUS_BLANK   0x01
#define STATUS_RETRACE 0x08

/* A line takes 1/31469 s in every mode of IBM's VGA, with a fifth outside the picture.
 */
#define LINE_NS       31778u
#define LINE_SHOWN_NS 25422u

/* Where the beam would be now: the guest waits for it, and counts frames by it. */
static uint8_t beam_status(const struct vga *vga)
{
    unsigned overflow = vga->crtc[CRTC_OVERFLOW];
    unsigned total =
        vga->crtc[CRTC_V_TOTAL] | (overflow & 0x01) << 8 | (overflow & 0x20) << 4;
    unsigned shown =
        vga->crtc[CRTC_V_DISPLAYED] | (overflow & 0x02) << 7 | (overflow & 0x40) << 3;
    unsigned sync =
        vga->crtc[CRTC_V_SYNC_START] | (overflow & 0x04) << 6 | (overflow & 0x80) << 2;
    /* Registers that make no sense are those of 640 by 400. */
    if (total + 2 <= shown + 1 || sync <= shown || sync >= total) {
        total = 447;
        shown = 399;
        sync = 412;
    }
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    uint64_t line = ns / LINE_NS % (total + 2);
    uint8_t status = 0;
    if (line > shown || ns % LINE_NS >= LINE_SHOWN_NS)
        status |= STATUS_BLANK;
    /* Longer than a monitor's few lines: a guest that exits for each look meets it. */
    if (line >= sync)
        status |= STATUS_RETRACE;
    return status;
}

/* Colour and monochrome share a controller: the one not chosen is not there. */
static bool absent(const struct vga *vga, unsigned port)
{
    return vga->misc & MISC_COLOUR ? port < 0x3c0 : port >= 0x3d0;
}

static uint8_t read_dac(struct vga_dac *dac)
{
    uint8_t value = dac->colours[dac->read_index][dac->part];
    if (++dac->part == 3) {
        dac->part = 0;
        dac->read_index++;
    }
    return value;
}

static void write_dac(struct vga *vga, uint8_t value)
{
    struct vga_dac *dac = &vga->dac;
    if (!(vga->vbe.registers[VBE_ENABLE] & VBE_8_BIT_DAC))
        value &= 0x3f;
    dac->colours[dac->write_index][dac->part] = value;
    if (++dac->part == 3) {
        dac->part = 0;
        dac->write_index++;
    }
}

uint8_t vga_port_read(struct vga *vga, unsigned port)
{
    if (absent(vga, port))
        return 0xff;
    switch (port) {
    case 0x3c0:
        return vga->attr_data ? 0 : vga->attr_index;
    case 0x3c1: {
        unsigned index = vga->attr_index & 0x1f;
        return index < ATTR_COUNT ? vga->attr[index] : 0;
    }
    case 0x3c2:
        return 0;
    case 0x3c4:
        return vga->seq_index;
    case 0x3c5:
        return vga->seq[vga->seq_index % SEQ_COUNT];
    case 0x3c6:
        return vga->dac.mask;
    case 0x3c7:
        return vga->dac.state;
    case 0x3c8:
        return vga->dac.write_index;
    case 0x3c9:
        return read_dac(&vga->dac);
    case 0x3ca:
        return vga->feature;
    case 0x3cc:
        return vga->misc;
    case 0x3ce:
        return vga->gfx_index;
    case 0x3cf:
        return vga->gfx[vga->gfx_index % GFX_COUNT];
    case 0x3b4:
    case 0x3d4:
        return vga->crtc_index;
    case 0x3b5:
    case 0x3d5:
        return vga->crtc_index < CRTC_COUNT ? vga->crtc[vga->crtc_index] : 0;
    case 0x3ba:
    case 0x3da:
        vga->attr_data = false;
        return beam_status(vga);
    default:
        return 0xff;
    }
}

static void write_attr(struct vga *vga, uint8_t value)
{
    unsigned index = vga->attr_index & 0x1f;

    vga->attr_data = !vga->attr_data;
    if (vga->attr_data)
        vga->attr_index = value & 0x3f;
    else if (index < ATTR_COUNT)
        vga->attr[index] = value & attr_masks[index];
}

static void write_crtc(struct vga *vga, uint8_t value)
{
    unsigned index = vga->crtc_index;

    if (index >= CRTC_COUNT)
        return;
    if (vga->crtc[CRTC_V_SYNC_END] & V_SYNC_END_PROTECTS && index <= CRTC_OVERFLOW) {
        if (index == CRTC_OVERFLOW)
            vga->crtc[index] = (uint8_t)((vga->crtc[index] & ~OVERFLOW_COMPARE) |
                                         (value & OVERFLOW_COMPARE));
        return;
    }
    vga->crtc[index] = value;
}

void vga_port_write(struct vga *vga, unsigned port, uint8_t value)
{
    if (absent(vga, port))
        return;
    switch (port) {
    case 0x3c0:
        write_attr(vga, value);
        break;
    case 0x3c2:
        vga->misc = value & ~0x10u;
        break;
    case 0x3c4:
        vga->seq_index = value & 7;
        return;
    case 0x3c5:
        vga->seq[vga->seq_index] = value & seq_masks[vga->seq_index];
        vga_memory_update(vga);
        break;
    case 0x3c6:
        vga->dac.mask = value;
        break;
    case 0x3c7:
        vga->dac.read_index = value;
        vga->dac.part = 0;
        vga->dac.state = 3;
        return;
    case 0x3c8:
        vga->dac.write_index = value;
        vga->dac.part = 0;
        vga->dac.state = 0;
        return;
    case 0x3c9:
        write_dac(vga, value);
        break;
    case 0x3ce:
        vga->gfx_index = value & 15;
        return;
    case 0x3cf:
        vga->gfx[vga->gfx_index] = value & gfx_masks[vga->gfx_index];
        vga_memory_update(vga);
        break;
    case 0x3b4:
    case 0x3d4:
        vga->crtc_index = value;
        return;
    case 0x3b5:
    case 0x3d5:
        write_crtc(vga, value);
        break;
    case 0x3ba:
    case 0x3da:
        vga->feature = value & 0x10;
        return;
    default:
        return;
    }
    vga_changed(vga);
}

void vga_registers_reset(struct vga *vga)
{
    vga->misc = vga->feature = 0;
    vga->seq_index = vga->gfx_index = vga->crtc_index = vga->attr_index = 0;
    vga->attr_data = false;
    memset(vga->seq, 0, sizeof(vga->seq));
    memset(vga->gfx, 0, sizeof(vga->gfx));
    memset(vga->crtc, 0, sizeof(vga->crtc));
    memset(vga->attr, 0, sizeof(vga->attr));
    vga->dac = (struct vga_dac){ .mask = 0xff };
    vga->latch = 0;
}
