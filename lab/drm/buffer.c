/* buffer.c: buffers of pixels, the known picture, and showing one. */
#include "card.h"

#include <libdrm/drm_fourcc.h> /* formats */
#include <sys/mman.h>          /* mmap */

void buffer_make(const struct card *card, uint32_t width, uint32_t height,
                 struct buffer *buffer)
{
    struct drm_mode_create_dumb create = { .width = width,
                                           .height = height,
                                           .bpp = 32 };

    if (drm_ioctl(card->fd, DRM_IOCTL_MODE_CREATE_DUMB, &create) < 0)
        fail("dumb buffer");
    *buffer = (struct buffer){ .handle = create.handle,
                               .width = width,
                               .height = height,
                               .pitch = create.pitch,
                               .size = create.size };
    struct drm_mode_map_dumb map = { .handle = create.handle };
    if (drm_ioctl(card->fd, DRM_IOCTL_MODE_MAP_DUMB, &map) < 0)
        fail("dumb buffer's place");
    buffer->pixels = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED,
                          card->fd, (off_t)map.offset);
    if (buffer->pixels == MAP_FAILED)
        fail("dumb buffer's mapping");
    struct drm_mode_fb_cmd2 add = {
        .width = width,
        .height = height,
        .pixel_format = DRM_FORMAT_XRGB8888,
        .handles = { create.handle },
        .pitches = { create.pitch },
    };
    if (drm_ioctl(card->fd, DRM_IOCTL_MODE_ADDFB2, &add) < 0)
        fail("framebuffer");
    buffer->framebuffer = add.fb_id;
}

void buffer_free(const struct card *card, struct buffer *buffer)
{
    struct drm_mode_destroy_dumb destroy = { .handle = buffer->handle };

    munmap(buffer->pixels, buffer->size);
    drm_ioctl(card->fd, DRM_IOCTL_MODE_RMFB, &buffer->framebuffer);
    drm_ioctl(card->fd, DRM_IOCTL_MODE_DESTROY_DUMB, &destroy);
}

/* Eight bars above, a pattern that no two neighbouring places share below. */
static uint32_t known_pixel(uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                            unsigned number)
{
    static const uint32_t bars[8] = { 0xffffff, 0xffff00, 0x00ffff, 0x00ff00,
                                      0xff00ff, 0xff0000, 0x0000ff, 0x000000 };

    if (y < height / 2)
        return bars[(x * 8 / width + number) % 8];
    return (x & 0xff) << 16 | (y & 0xff) << 8 | ((x ^ y ^ number) & 0xff);
}

void buffer_draw(struct buffer *buffer, unsigned number)
{
    for (uint32_t y = 0; y < buffer->height; y++) {
        uint32_t *row = buffer->pixels + (size_t)y * (buffer->pitch / 4);

        for (uint32_t x = 0; x < buffer->width; x++)
            row[x] = known_pixel(x, y, buffer->width, buffer->height, number);
    }
}

bool output_show(const struct card *card, const struct output *output,
                 const struct buffer *buffer)
{
    uint32_t connector = output->connector.id;
    struct drm_mode_crtc set = {
        .set_connectors_ptr = (uintptr_t)&connector,
        .count_connectors = 1,
        .crtc_id = output->crtc,
        .fb_id = buffer->framebuffer,
        .mode_valid = 1,
        .mode = output->mode,
    };

    return drm_ioctl(card->fd, DRM_IOCTL_MODE_SETCRTC, &set) == 0;
}
