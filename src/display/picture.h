/* picture.h: a picture in memory, and which parts of it changed. */
#ifndef DISPLAY_PICTURE_H
#define DISPLAY_PICTURE_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* pixels */

/* Pixels are XRGB8888 (blue in bits 7:0), row by row without gaps. Start with zeros. */
struct picture {
    uint32_t width, height;
    uint32_t *pixels;
};

/* More is not drawn: a guest chooses the size. */
#define PICTURE_MAX_WIDTH  8192u
#define PICTURE_MAX_HEIGHT 8192u

/* A display that is off has no size: it is shown as black, of this one. */
#define PICTURE_OFF_WIDTH  640u
#define PICTURE_OFF_HEIGHT 480u

/*
 * Make the picture this large; black when the size differs from before. 0, or -EINVAL
 * when larger than the limits, -ENOMEM (the picture is then empty).
 */
int picture_resize(struct picture *picture, uint32_t width, uint32_t height);
void picture_free(struct picture *picture);

static inline uint32_t *picture_row(const struct picture *picture, uint32_t y)
{
    return picture->pixels + (uint64_t)y * picture->width;
}

/* A rectangle, right and bottom edges exclusive; empty when x0 >= x1 or y0 >= y1. */
struct area {
    uint32_t x0, y0, x1, y1;
};

/* Lines of one band: what changed is kept as one span of columns a band. */
#define DAMAGE_BAND 16u

struct damage {
    uint32_t width, height; /* of the picture */
    bool any;
    struct {
        uint32_t x0, x1;
    } bands[PICTURE_MAX_HEIGHT / DAMAGE_BAND];
};

/* Nothing changed in a picture of this size. */
void damage_clear(struct damage *damage, uint32_t width, uint32_t height);

/* This changed, too; what lies outside the picture does not count. */
void damage_add(struct damage *damage, struct area area);

/*
 * Walk what changed: *band is 0 at first. false after the last. Neighbouring bands of
 * the same span come as one area.
 */
bool damage_next(const struct damage *damage, uint32_t *band, struct area *area);

#endif
