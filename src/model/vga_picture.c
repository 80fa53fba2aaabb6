/* vga_picture.c: draws the text screen of VGA. */
#include "model/vga_picture.h"

#include "model/state.h"       /* struct model */
#include "model/vbios_image.h" /* the font */
#include "model/vga.h"         /* the cells */

#define CELL_WIDTH  8u
#define CELL_HEIGHT 16u

/* Of IBM's CGA: dark, then bright. */
static const uint32_t colours[16] = {
    0x000000, 0x0000aa, 0x00aa00, 0x00aaaa, 0xaa0000, 0xaa00aa, 0xaa5500, 0xaaaaaa,
    0x555555, 0x5555ff, 0x55ff55, 0x55ffff, 0xff5555, 0xff55ff, 0xffff55, 0xffffff,
};

static void draw_cell(const struct picture *picture, unsigned row, unsigned column,
                      uint16_t cell)
{
    const uint8_t *glyph = vbios_image_font() + (cell & 0xffu) * CELL_HEIGHT;
    uint32_t foreground = colours[cell >> 8 & 15];
    uint32_t background = colours[cell >> 12 & 7]; /* bit 15: it blinks */
    for (unsigned y = 0; y < CELL_HEIGHT; y++) {
        uint32_t *to =
            picture_row(picture, row * CELL_HEIGHT + y) + column * CELL_WIDTH;
        for (unsigned x = 0; x < CELL_WIDTH; x++)
            to[x] = glyph[y] & 0x80u >> x ? foreground : background;
    }
}

bool vga_picture_draw(const struct model *model, struct picture *picture)
{
    if (!model->vga || !vga_shows_text(model->vga) || !vbios_image_font() ||
        picture_resize(picture, VGA_COLUMNS * CELL_WIDTH, VGA_ROWS * CELL_HEIGHT) < 0)
        return false;
    for (unsigned row = 0; row < VGA_ROWS; row++) {
        for (unsigned column = 0; column < VGA_COLUMNS; column++)
            draw_cell(picture, row, column, vga_cell(model->vga, row, column));
    }
    return true;
}
