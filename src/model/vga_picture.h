/* vga_picture.h: draws the text screen of VGA. */
#ifndef MODEL_VGA_PICTURE_H
#define MODEL_VGA_PICTURE_H

#include "display/picture.h" /* struct picture */

struct model;

/*
 * Draw the text screen, 640 by 400, with the VBIOS's font and the usual 16 colours (a
 * guest's own fonts and palettes are not looked at). false: the model has no VGA, or it
 * is in no text mode, or there is no memory; the picture is then as before.
 */
bool vga_picture_draw(const struct model *model, struct picture *picture);

#endif
