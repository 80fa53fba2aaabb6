/* vga.c: the legacy VGA ranges of the model, as far as text mode needs them. */
#include "model/vga.h"

#include "base/bytes.h" /* loads, stores, range checks */

#include <stdlib.h> /* calloc */

#define MEMORY_BASE 0xa0000u
#define MEMORY_SIZE 0x20000u
#define TEXT_OFFSET 0x18000u /* B8000 in that memory */
#define TEXT_SIZE   0x8000u

/* Ports (IBM VGA; Intel graphics PRM, "VGA and extended VGA registers"). */
enum {
    PORT_ATTRIBUTE = 0x3c0,
    PORT_ATTRIBUTE_READ = 0x3c1,
    PORT_MISC_WRITE = 0x3c2,
    PORT_SEQUENCER = 0x3c4,
    PORT_DAC_MASK = 0x3c6,
    PORT_DAC_READ_INDEX = 0x3c7,
    PORT_DAC_WRITE_INDEX = 0x3c8,
    PORT_DAC_DATA = 0x3c9,
    PORT_FEATURE_READ = 0x3ca,
    PORT_MISC_READ = 0x3cc,
    PORT_GRAPHICS = 0x3ce,
    PORT_CRTC_MONO = 0x3b4,
    PORT_STATUS_MONO = 0x3ba,
    PORT_CRTC = 0x3d4,
    PORT_STATUS = 0x3da,
};

/* An index port with its data port right after it. */
struct indexed {
    uint8_t index;
    uint8_t registers[32];
};

struct vga {
    uint8_t memory[MEMORY_SIZE];
    struct indexed sequencer, graphics, crtc, attribute;
    bool attribute_data; /* the next write to 3C0 is data */
    uint8_t misc, dac_mask, status;
    uint8_t dac[256 * 3];
    unsigned dac_read, dac_write; /* byte positions in dac */
};

static const struct {
    uint32_t base, size;
} ranges[] = {
    { MEMORY_BASE, MEMORY_SIZE },
    { 0x3b0, 0x0c },
    { 0x3c0, 0x20 },
};

struct vga *vga_new(void)
{
    return calloc(1, sizeof(struct vga));
}

void vga_free(struct vga *vga)
{
    free(vga);
}

void vga_reset(struct vga *vga)
{
    memset(vga, 0, sizeof(*vga));
}

bool vga_answers(uint64_t offset, size_t size)
{
    for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
        if (offset >= ranges[i].base &&
            range_inside(offset - ranges[i].base, size, ranges[i].size))
            return true;
    }
    return false;
}

static uint8_t read_indexed(const struct indexed *file, bool data)
{
    return data ? file->registers[file->index % 32] : file->index;
}

static void write_indexed(struct indexed *file, bool data, uint8_t value)
{
    if (data)
        file->registers[file->index % 32] = value;
    else
        file->index = value;
}

static uint8_t read_port(struct vga *vga, unsigned port)
{
    switch (port) {
    case PORT_ATTRIBUTE:
        return vga->attribute.index;
    case PORT_ATTRIBUTE_READ:
        return read_indexed(&vga->attribute, true);
    case PORT_MISC_READ:
        return vga->misc;
    case PORT_SEQUENCER:
    case PORT_SEQUENCER + 1:
        return read_indexed(&vga->sequencer, port & 1);
    case PORT_GRAPHICS:
    case PORT_GRAPHICS + 1:
        return read_indexed(&vga->graphics, port & 1);
    case PORT_CRTC_MONO:
    case PORT_CRTC_MONO + 1:
    case PORT_CRTC:
    case PORT_CRTC + 1:
        return read_indexed(&vga->crtc, port & 1);
    case PORT_DAC_MASK:
        return vga->dac_mask;
    case PORT_DAC_WRITE_INDEX:
        return (uint8_t)(vga->dac_write / 3);
    case PORT_DAC_DATA: {
        uint8_t value = vga->dac[vga->dac_read];
        vga->dac_read = (vga->dac_read + 1) % sizeof(vga->dac);
        return value;
    }
    case PORT_STATUS_MONO:
    case PORT_STATUS:
        /* Reading it makes 3C0 take an index next; retrace bits change each time. */
        vga->attribute_data = false;
        vga->status ^= 0x09;
        return vga->status;
    case PORT_FEATURE_READ:
    case PORT_MISC_WRITE: /* input status 0 */
    case PORT_DAC_READ_INDEX:
        return 0;
    default:
        return 0xff;
    }
}

static void write_port(struct vga *vga, unsigned port, uint8_t value)
{
    switch (port) {
    case PORT_ATTRIBUTE:
        write_indexed(&vga->attribute, vga->attribute_data, value);
        vga->attribute_data = !vga->attribute_data;
        break;
    case PORT_MISC_WRITE:
        vga->misc = value;
        break;
    case PORT_SEQUENCER:
    case PORT_SEQUENCER + 1:
        write_indexed(&vga->sequencer, port & 1, value);
        break;
    case PORT_GRAPHICS:
    case PORT_GRAPHICS + 1:
        write_indexed(&vga->graphics, port & 1, value);
        break;
    case PORT_CRTC_MONO:
    case PORT_CRTC_MONO + 1:
    case PORT_CRTC:
    case PORT_CRTC + 1:
        write_indexed(&vga->crtc, port & 1, value);
        break;
    case PORT_DAC_MASK:
        vga->dac_mask = value;
        break;
    case PORT_DAC_READ_INDEX:
        vga->dac_read = value * 3u;
        break;
    case PORT_DAC_WRITE_INDEX:
        vga->dac_write = value * 3u;
        break;
    case PORT_DAC_DATA:
        vga->dac[vga->dac_write] = value & 0x3f;
        vga->dac_write = (vga->dac_write + 1) % sizeof(vga->dac);
        break;
    default:
        break;
    }
}

uint32_t vga_read(struct vga *vga, uint32_t offset, unsigned size)
{
    if (offset >= MEMORY_BASE)
        return (uint32_t)load_sized(vga->memory + (offset - MEMORY_BASE), size);
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)read_port(vga, offset + i) << (8 * i);
    return value;
}

void vga_write(struct vga *vga, uint32_t offset, uint32_t value, unsigned size)
{
    if (offset >= MEMORY_BASE) {
        store_sized(vga->memory + (offset - MEMORY_BASE), value, size);
        return;
    }
    for (unsigned i = 0; i < size; i++)
        write_port(vga, offset + i, (uint8_t)(value >> (8 * i)));
}

bool vga_shows_text(const struct vga *vga)
{
    bool graphics = vga->graphics.registers[6] & 1;
    bool dark = vga->sequencer.registers[1] & 0x20; /* screen off */
    return vga->misc && !graphics && !dark;
}

uint16_t vga_cell(const struct vga *vga, unsigned row, unsigned column)
{
    /* CRTC 0C and 0D: where the screen starts, in characters. */
    unsigned start = vga->crtc.registers[0x0c] * 256u + vga->crtc.registers[0x0d];
    unsigned at = (start + row * VGA_COLUMNS + column) * 2 % TEXT_SIZE;
    return load16(vga->memory + TEXT_OFFSET + at);
}

char *vga_text(const struct vga *vga)
{
    char *text = malloc((VGA_COLUMNS + 1) * VGA_ROWS + 1);
    if (!text)
        return NULL;
    char *to = text;
    for (unsigned row = 0; row < VGA_ROWS; row++) {
        char *line_end = to;
        for (unsigned column = 0; column < VGA_COLUMNS; column++) {
            uint8_t code = (uint8_t)vga_cell(vga, row, column);
            bool printable = code > 0x20 && code < 0x7f;
            *to++ = printable ? (char)code : ' ';
            if (printable)
                line_end = to;
        }
        to = line_end;
        *to++ = '\n';
    }
    *to = '\0';
    return text;
}
