/* vga_draw.c: draws a VGA's memory: what all kinds of view have in common. */
#include "display/vga_draw.h"

#include "display/vga_draw_internal.h" /* struct vga_drawing */

#include <errno.h>  /* errors */
#include <stdlib.h> /* calloc */
#include <string.h> /* memcmp */

struct vga_drawing *vga_drawing_new(void)
{
    return calloc(1, sizeof(struct vga_drawing));
}

void vga_drawing_rest(struct vga_drawing *drawing)
{
    free(drawing->shadow);
    drawing->shadow = NULL;
    drawing->shadow_size = 0;
    drawing->drawn = false;
}

void vga_drawing_free(struct vga_drawing *drawing)
{
    if (!drawing)
        return;
    vga_drawing_rest(drawing);
    free(drawing);
}

int vga_drawing_reserve(struct vga_drawing *drawing, size_t size)
{
    if (size <= drawing->shadow_size)
        return 0;
    free(drawing->shadow);
    drawing->shadow = malloc(size);
    drawing->shadow_size = drawing->shadow ? size : 0;
    return drawing->shadow ? 0 : -ENOMEM;
}

struct vga_line vga_line_at(const struct vga_view *view, uint32_t y)
{
    bool lower = y >= view->split;
    uint32_t line = lower ? y - view->split : y + view->first_line * view->repeat;
    uint32_t end = !lower && view->split < view->height ? view->split : view->height;
    uint32_t scan = line / view->repeat;
    uint32_t lines = view->repeat - line % view->repeat;

    return (struct vga_line){
        .y = y,
        .lines = lines < end - y ? lines : end - y,
        /* Wraps at 4 GiB too, which `wrap` divides. */
        .offset = (lower ? 0 : view->start) + scan / view->row_lines * view->pitch,
        .scan = scan % view->row_lines,
        .panning = lower && !view->split_panned ? 0 : view->panning,
    };
}

/* Would the same memory look the same? Where it begins may differ, and the cursor. */
static bool same_look(const struct vga_view *a, const struct vga_view *b)
{
    struct vga_view view = *a;
    view.start = b->start;
    view.cursor = b->cursor;
    return memcmp(&view, b, sizeof(view)) == 0;
}

static void blacken(const struct picture *picture, struct damage *damage)
{
    if (picture->pixels)
        memset(picture->pixels, 0,
               (size_t)picture->width * picture->height * sizeof(*picture->pixels));
    damage_add(damage, (struct area){ 0, 0, picture->width, picture->height });
}

void vga_draw(struct vga_drawing *drawing, const struct vga_view *view,
              const uint8_t *memory, size_t size, uint64_t now, struct picture *picture,
              struct damage *damage)
{
    static const struct vga_view nothing = { .kind = VGA_VIEW_BLANK };

    if (vga_view_check(view, size, NULL) < 0 || !view->width || !view->height ||
        picture_resize(picture, view->width, view->height) < 0) {
        view = &nothing;
        picture_free(picture);
    }
    damage_clear(damage, picture->width, picture->height);
    struct vga_draw_job job = {
        .drawing = drawing,
        .view = view,
        .memory = memory,
        .now = now,
        .all = !drawing->drawn || !same_look(&drawing->view, view),
        .picture = picture,
        .damage = damage,
    };
    int result = 0;
    if (view->kind == VGA_VIEW_TEXT)
        result = vga_draw_text(&job);
    else if (view->kind != VGA_VIEW_BLANK)
        result = vga_draw_graphics(&job);
    else if (job.all)
        blacken(picture, damage);
    drawing->view = *view;
    drawing->drawn = true;
    if (result < 0) {
        drawing->drawn = false;
        picture_free(picture);
        damage_clear(damage, 0, 0);
    }
}
