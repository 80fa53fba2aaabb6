/* vga_internal.h: the standard VGA's state, for its files. */
#ifndef DEVICES_VGA_INTERNAL_H
#define DEVICES_VGA_INTERNAL_H

#include "devices/device.h" /* struct device */
#include "devices/vga.h"    /* struct vga_config */
#include "pci/function.h"   /* the PCI function */
#include "pci/regs.h"       /* windows */
#include "pci/space.h"      /* ranges */

#include <stdbool.h> /* bool */

/* Video memory, as QEMU's default; and in the same file, behind it, text (below). */
#define VGA_VRAM_SIZE   (16u << 20)
#define VGA_TEXT_SIZE   (32u << 10)
#define VGA_MEMORY_SIZE (VGA_VRAM_SIZE + VGA_TEXT_SIZE)

/* What an IBM VGA has of it: 64 KiB in each of four planes. */
#define VGA_PLANE_SIZE  (64u << 10)
#define VGA_LEGACY_SIZE (4 * VGA_PLANE_SIZE)

/* The range of legacy memory. */
#define VGA_WINDOW_BASE 0xa0000u
#define VGA_WINDOW_SIZE 0x20000u

/* Registers of the sequencer (IBM VGA; FreeVGA). */
#define SEQ_CLOCKING    1
#define SEQ_MAP_MASK    2
#define SEQ_FONT_SELECT 3
#define SEQ_MEMORY_MODE 4
#define SEQ_COUNT       8

#define CLOCKING_8_DOTS   0x01
#define CLOCKING_HALF     0x08
#define CLOCKING_OFF      0x20 /* screen off */
#define MEMORY_MODE_CHAIN 0x08 /* chain 4 */

/* Of the graphics controller. */
#define GFX_SET_RESET        0
#define GFX_SET_RESET_ENABLE 1
#define GFX_COLOUR_COMPARE   2
#define GFX_ROTATE           3 /* and the logical operation in bits 4:3 */
#define GFX_READ_MAP         4
#define GFX_MODE             5
#define GFX_MISC             6
#define GFX_COLOUR_CARE      7
#define GFX_BIT_MASK         8
#define GFX_COUNT            16

#define GFX_MODE_WRITE     0x03
#define GFX_MODE_COMPARE   0x08 /* read mode 1 */
#define GFX_MODE_ODD_EVEN  0x10
#define GFX_MODE_SHIFT     0x60
#define GFX_MISC_GRAPHICS  0x01
#define GFX_MISC_MAP       0x0c
#define GFX_MISC_MAP_SHIFT 2

/* Of the CRT controller. */
#define CRTC_H_DISPLAYED  0x01
#define CRTC_V_TOTAL      0x06
#define CRTC_OVERFLOW     0x07
#define CRTC_PRESET_ROW   0x08
#define CRTC_MAX_SCAN     0x09
#define CRTC_CURSOR_START 0x0a
#define CRTC_CURSOR_END   0x0b
#define CRTC_START_HIGH   0x0c
#define CRTC_START_LOW    0x0d
#define CRTC_CURSOR_HIGH  0x0e
#define CRTC_CURSOR_LOW   0x0f
#define CRTC_V_SYNC_START 0x10
#define CRTC_V_SYNC_END   0x11
#define CRTC_V_DISPLAYED  0x12
#define CRTC_OFFSET       0x13
#define CRTC_UNDERLINE    0x14
#define CRTC_MODE         0x17
#define CRTC_LINE_COMPARE 0x18
#define CRTC_COUNT        0x19

#define MAX_SCAN_DOUBLE     0x80
#define MAX_SCAN_LINES      0x1f
#define CURSOR_START_OFF    0x20
#define V_SYNC_END_PROTECTS 0x80 /* registers 0 to 7 */

/* Of the attribute controller; the first 16 are the palette. */
#define ATTR_MODE         0x10
#define ATTR_PLANES       0x12
#define ATTR_PANNING      0x13
#define ATTR_COLOUR       0x14
#define ATTR_COUNT        0x15
#define ATTR_INDEX_SHOWN  0x20 /* in the index: the palette belongs to the screen */
#define ATTR_MODE_9_LINES 0x04
#define ATTR_MODE_BLINK   0x08
#define ATTR_MODE_UPPER   0x20 /* panning ends at the split */
#define ATTR_MODE_COLOUR  0x80 /* bits 5:4 of colours from ATTR_COLOUR, too */

#define MISC_COLOUR 0x01 /* ports 3Dx, not 3Bx */

/* Bochs VBE extensions, by index (QEMU docs/specs/standard-vga, Bochs vbe.h). */
enum vga_vbe_index {
    VBE_ID,
    VBE_XRES,
    VBE_YRES,
    VBE_BPP,
    VBE_ENABLE,
    VBE_BANK,
    VBE_VIRTUAL_WIDTH,
    VBE_VIRTUAL_HEIGHT,
    VBE_X_OFFSET,
    VBE_Y_OFFSET,
    VBE_COUNT,
    VBE_MEMORY_64K = VBE_COUNT /* how much memory; read only */
};

#define VBE_ENABLED       0x01
#define VBE_CAPABILITIES  0x02 /* XRES, YRES, BPP read as their limits */
#define VBE_8_BIT_DAC     0x20
#define VBE_NO_CLEAR      0x80
#define VBE_MAX_DIMENSION 8192u

struct vga_vbe {
    uint16_t index;
    uint16_t registers[VBE_COUNT];
    uint32_t pitch; /* bytes of a line, while enabled */
    uint32_t start; /* offset of the first pixel, bytes, while enabled */
};

/* The colour look-up table. */
struct vga_dac {
    uint8_t colours[256][3]; /* red, green, blue as written */
    uint8_t mask;
    uint8_t read_index, write_index, part; /* part: of the three, next */
    uint8_t state;                         /* what 3C7 reads: 3 reading, 0 writing */
};

/* Legacy memory that the guest reaches without exits, as a part of the memory file. */
struct vga_direct {
    uint32_t address, size; /* size 0: none */
    uint32_t offset;        /* in the file */
};

struct vga {
    struct device device;
    struct board *board;
    struct vga_config config;
    struct pci_function function;
    int memory_fd;
    uint8_t *memory; /* VGA_MEMORY_SIZE, mapped */
    uint8_t *rom;    /* page aligned, rom_size bytes; NULL: none */
    uint32_t rom_size;
    struct range frame_buffer, registers, rom_range;
    bool mapped[PCI_WINDOW_COUNT]; /* the guest reaches this window without exits */
    struct range window, ports_3b0, ports_3c0, ports_vbe;

    uint8_t misc, feature;
    uint8_t seq_index, gfx_index, crtc_index, attr_index;
    bool attr_data; /* the next write to 3C0 is data */
    uint8_t seq[SEQ_COUNT], gfx[GFX_COUNT], crtc[CRTC_COUNT], attr[ATTR_COUNT];
    struct vga_dac dac;
    struct vga_vbe vbe;
    uint32_t latch; /* a byte of each plane, plane 0 lowest */
    struct vga_direct direct;
    bool text_apart; /* cells are in the text part of the file, not in planes 0 and 1 */
    bool told;       /* config.changed was called, vga_get_view was not since */
};

static inline bool vga_vbe_enabled(const struct vga *vga)
{
    return vga->vbe.registers[VBE_ENABLE] & VBE_ENABLED;
}

/* Does the command register let legacy accesses in? */
bool vga_decodes(const struct vga *vga, uint16_t command_bit);

/* A register that matters for the picture was written. */
void vga_changed(struct vga *vga);

/* vga_registers.c: the ports 3B0 to 3DF. */
void vga_registers_reset(struct vga *vga);
uint8_t vga_port_read(struct vga *vga, unsigned port);
void vga_port_write(struct vga *vga, unsigned port, uint8_t value);

/* vga_vbe.c: registers of the Bochs VBE extensions; index as enum vga_vbe_index. */
void vga_vbe_reset(struct vga *vga);
uint16_t vga_vbe_read(const struct vga *vga, unsigned index);
void vga_vbe_write(struct vga *vga, unsigned index, uint16_t value);

/* vga_memory.c: what the guest finds at A0000. */
extern const struct range_ops vga_window_ops;
/* Registers changed: map what may be accessed directly now, and nothing else. */
void vga_memory_update(struct vga *vga);

/* vga_edid.c: byte `offset` of the monitor's EDID; 0 behind its end. */
uint8_t vga_edid_byte(unsigned offset);

/* vga_pci.c: the function with its BARs, on the bus. 0 or a negative errno. */
int vga_pci_add(struct vga *vga, struct error *err);
void vga_pci_remove(struct vga *vga);

#endif
