/* vga_rig.h: a VGA on the fake board, as firmware leaves it, and what a driver does. */
#ifndef TESTS_VGA_RIG_H
#define TESTS_VGA_RIG_H

#include "fake_board.h"

#include "devices/vga.h"     /* the device */
#include "display/picture.h" /* struct picture */
#include "vga_modes.h"       /* struct vga_mode */

#define VGA           PCI_DEVFN(2, 0)
#define FRAME_BUFFER  0xe0000000u
#define REGISTERS     0xe1000000u
#define VBE_REGISTERS (REGISTERS + 0x500)
#define ROM_BASE      0xe1010000u

struct vga_rig {
    struct fake_board *fake;
    struct vga *vga;
    const uint8_t *memory; /* as a program that draws maps it */
    unsigned changes;
    struct picture picture;
};

/* With BARs placed and decoding on; the ROM off. */
int vga_rig_set_up(void **state);
int vga_rig_tear_down(void **state);

void rig_seq(struct vga_rig *rig, uint8_t index, uint8_t value);
void rig_gfx(struct vga_rig *rig, uint8_t index, uint8_t value);
void rig_crtc(struct vga_rig *rig, uint8_t index, uint8_t value);
void rig_attr(struct vga_rig *rig, uint8_t index, uint8_t value);
void rig_vbe(struct vga_rig *rig, uint16_t index, uint16_t value);
uint16_t rig_vbe_read(struct vga_rig *rig, uint16_t index);
void rig_colour(struct vga_rig *rig, uint8_t index, uint8_t r, uint8_t g, uint8_t b);

/* All registers of a mode, colours 0 to 63 as n, 2n, 3n of 63, and the screen on. */
void rig_mode(struct vga_rig *rig, const struct vga_mode *mode);

/* A VBE mode, cleared. */
void rig_vbe_mode(struct vga_rig *rig, uint16_t width, uint16_t height, uint16_t bits);

/* A guest's access: straight to mapped memory where there is some. */
void rig_poke(struct vga_rig *rig, uint64_t address, uint8_t value);
uint8_t rig_peek(struct vga_rig *rig, uint64_t address);

/* Draw it anew: the pixel. Fails the test when the view is not possible. */
void rig_draw(struct vga_rig *rig, struct vga_view *view);
uint32_t rig_pixel(const struct vga_rig *rig, uint32_t x, uint32_t y);

#endif
