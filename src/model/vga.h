/* vga.h: a small VGA: registers that read back, memory, and the text on the screen. */
#ifndef MODEL_VGA_H
#define MODEL_VGA_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* registers */

struct vga;

/* Offsets in the region are legacy addresses: memory A0000 up, ports 3B0 to 3DF. */
#define VGA_REGION_SIZE 0xc0000

#define VGA_COLUMNS 80
#define VGA_ROWS    25

/* NULL when out of memory. */
struct vga *vga_new(void);
void vga_free(struct vga *vga);
void vga_reset(struct vga *vga);

/* Does all of [offset, offset + size) lie in one of the ranges VGA answers? */
bool vga_answers(uint64_t offset, size_t size);

/* size 1, 2 or 4; the range answers (above). Wide port accesses are byte accesses. */
uint32_t vga_read(struct vga *vga, uint32_t offset, unsigned size);
void vga_write(struct vga *vga, uint32_t offset, uint32_t value, unsigned size);

/* Was a text mode set? */
bool vga_shows_text(const struct vga *vga);

/* The cell at a place of the text screen: character in 7:0, attribute in 15:8. */
uint16_t vga_cell(const struct vga *vga, unsigned row, unsigned column);

/* The text screen at B8000: lines with newlines, trailing blanks cut. Free it. */
char *vga_text(const struct vga *vga);

#endif
