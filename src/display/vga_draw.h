/* vga_draw.h: draws a VGA's memory into a picture, at little cost when nothing changes.
 */
#ifndef DISPLAY_VGA_DRAW_H
#define DISPLAY_VGA_DRAW_H

#include "display/picture.h"  /* struct picture, struct damage */
#include "display/vga_view.h" /* struct vga_view */

struct vga_drawing;

/* What was drawn last, to compare with. NULL when out of memory. */
struct vga_drawing *vga_drawing_new(void);
void vga_drawing_free(struct vga_drawing *drawing);

/*
 * Draw what changed since the last call: the picture gets the view's size, the damage
 * says where it differs from before. `size` bytes of memory; it may change while it is
 * read. now: a clock in milliseconds, for what blinks. A view that
 * vga_view_check refuses, and one there is no memory for, gives an empty picture. The
 * picture is the caller's, and nobody else draws into it.
 */
void vga_draw(struct vga_drawing *drawing, const struct vga_view *view,
              const uint8_t *memory, size_t size, uint64_t now, struct picture *picture,
              struct damage *damage);

/* Milliseconds in which the cursor is shown, and then not shown; blinking text twice.
 */
#define VGA_BLINK_MS 266u

/* Forget what was drawn, and its memory: nobody watches. The next call draws all. */
void vga_drawing_rest(struct vga_drawing *drawing);

#endif
