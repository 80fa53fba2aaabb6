/* vga_reference.h: what one pixel of a view shows, to compare pictures with. */
#ifndef VGA_REFERENCE_H
#define VGA_REFERENCE_H

#include "display/vga_view.h" /* struct vga_view */

/*
 * Pixel (x, y) as XRGB, straight from what vga_view.h says. The view was checked
 * against the size of memory; now: milliseconds, for what blinks.
 */
uint32_t vga_reference_pixel(const struct vga_view *view, const uint8_t *memory,
                             uint64_t now, uint32_t x, uint32_t y);

#endif
