/* picture.c: a picture in memory, and which parts of it changed. */
#include "display/picture.h"

#include <errno.h>  /* errors */
#include <stdlib.h> /* calloc */

int picture_resize(struct picture *picture, uint32_t width, uint32_t height)
{
    if (picture->pixels && picture->width == width && picture->height == height)
        return 0;
    picture_free(picture);
    if (width > PICTURE_MAX_WIDTH || height > PICTURE_MAX_HEIGHT)
        return -EINVAL;
    if (!width || !height)
        return 0;
    picture->pixels = calloc((size_t)width * height, sizeof(*picture->pixels));
    if (!picture->pixels)
        return -ENOMEM;
    picture->width = width;
    picture->height = height;
    return 0;
}

void picture_free(struct picture *picture)
{
    free(picture->pixels);
    *picture = (struct picture){ 0 };
}

static uint32_t band_count(const struct damage *damage)
{
    return (damage->height + DAMAGE_BAND - 1) / DAMAGE_BAND;
}

void damage_clear(struct damage *damage, uint32_t width, uint32_t height)
{
    damage->width = width;
    damage->height = height;
    damage->any = false;
    for (uint32_t i = 0; i < band_count(damage); i++) {
        damage->bands[i].x0 = UINT32_MAX;
        damage->bands[i].x1 = 0;
    }
}

void damage_add(struct damage *damage, struct area area)
{
    if (area.x1 > damage->width)
        area.x1 = damage->width;
    if (area.y1 > damage->height)
        area.y1 = damage->height;
    if (area.x0 >= area.x1 || area.y0 >= area.y1)
        return;
    damage->any = true;
    for (uint32_t i = area.y0 / DAMAGE_BAND; i <= (area.y1 - 1) / DAMAGE_BAND; i++) {
        if (area.x0 < damage->bands[i].x0)
            damage->bands[i].x0 = area.x0;
        if (area.x1 > damage->bands[i].x1)
            damage->bands[i].x1 = area.x1;
    }
}

bool damage_next(const struct damage *damage, uint32_t *band, struct area *area)
{
    uint32_t count = band_count(damage), first = *band;
    while (first < count && damage->bands[first].x0 >= damage->bands[first].x1)
        first++;
    if (first == count)
        return false;
    uint32_t end = first + 1;
    while (end < count && damage->bands[end].x0 == damage->bands[first].x0 &&
           damage->bands[end].x1 == damage->bands[first].x1)
        end++;
    *band = end;
    *area = (struct area){
        .x0 = damage->bands[first].x0,
        .y0 = first * DAMAGE_BAND,
        .x1 = damage->bands[first].x1,
        .y1 = end * DAMAGE_BAND < damage->height ? end * DAMAGE_BAND : damage->height,
    };
    return true;
}
