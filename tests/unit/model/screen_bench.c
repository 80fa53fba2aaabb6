/* screen_bench.c: graphics memory with a test picture, and a pipe that shows it. */
#include "screen_bench.h"

#include "base/bytes.h" /* stores */

#include <errno.h> /* EFAULT */

struct screen_memory screen_memory;

static int read_memory(void *opaque, uint64_t address, void *data, size_t size)
{
    assert_ptr_equal(opaque, &screen_memory);
    screen_memory.reads++;
    if (address < SCREEN_BASE ||
        !range_inside(address - SCREEN_BASE, size, SCREEN_MEMORY))
        return -EFAULT;
    memcpy(data, screen_memory.bytes + (address - SCREEN_BASE), size);
    return 0;
}

const struct surface_memory screen_reader = { read_memory, &screen_memory };

uint32_t screen_colour(unsigned x, unsigned y)
{
    return (x * 7 & 255) << 16 | (y * 5 & 255) << 8 | ((x + 3 * y) & 255);
}

/*
 * Lay the test picture into memory by walking it tile by tile, byte by byte, in the
 * order the memory has: the other way round than the code under test does.
 */
void screen_lay_out(enum scanout_tiling tiling, unsigned width, unsigned height,
                    unsigned stride)
{
    uint8_t *to = screen_memory.bytes;
    memset(screen_memory.bytes, 0, sizeof(screen_memory.bytes));
    if (tiling == SCANOUT_LINEAR) {
        for (unsigned y = 0; y < height; y++) {
            for (unsigned x = 0; x < width; x++)
                store32(to + (size_t)y * stride + (size_t)x * 4, screen_colour(x, y));
        }
        return;
    }
    unsigned tile_width = tiling == SCANOUT_X_TILED ? 128 : 32; /* pixels */
    unsigned tile_height = tiling == SCANOUT_X_TILED ? 8 : 32;
    for (unsigned row = 0; row * tile_height < height; row++) {
        for (unsigned column = 0; column < stride / 4 / tile_width; column++) {
            for (unsigned n = 0; n < 1024; n++, to += 4) {
                unsigned x, y;
                if (tiling == SCANOUT_X_TILED) {
                    x = n % 128;
                    y = n / 128;
                } else if (tiling == SCANOUT_Y_TILED) {
                    x = n / 128 * 4 + n % 4;
                    y = n / 4 % 32;
                } else { /* bits of n: y4 x4 y3 x3 y2 x2 y1 y0 x1 x0 */
                    x = (n & 3) | (n >> 4 & 1) << 2 | (n >> 6 & 1) << 3 |
                        (n >> 8 & 1) << 4;
                    y = (n >> 2 & 3) | (n >> 5 & 1) << 2 | (n >> 7 & 1) << 3 |
                        (n >> 9 & 1) << 4;
                }
                x += column * tile_width;
                y += row * tile_height;
                if (x < width && y < height)
                    store32(to, screen_colour(x, y));
            }
        }
    }
}

struct scanout_plane screen_plane(unsigned width, unsigned height)
{
    return (struct scanout_plane){
        .enabled = true,
        .format = SCANOUT_XRGB8888,
        .constant_alpha = 255,
        .base = SCREEN_BASE,
        .stride = width * 4,
        .source_width = width,
        .source_height = height,
        .width = width,
        .height = height,
    };
}

struct scanout_pipe screen_pipe(unsigned width, unsigned height)
{
    return (struct scanout_pipe){
        .running = true,
        .width = width,
        .height = height,
        .background = 0x102030,
        .plane_count = 1,
        .planes = { screen_plane(width, height) },
    };
}

uint32_t screen_pixel(const struct screen *screen, unsigned x, unsigned y)
{
    const struct picture *picture = screen_picture(screen);
    assert_true(x < picture->width && y < picture->height);
    return picture_row(picture, y)[x];
}

void screen_assert_pixel(const struct screen *screen, unsigned x, unsigned y,
                         uint32_t expected)
{
    uint32_t found = screen_pixel(screen, x, y);
    if (found != expected)
        fail_msg("pixel %u,%u is %06x, expected %06x", x, y, found, expected);
}

unsigned screen_damaged(const struct damage *damage)
{
    struct area area;
    unsigned pixels = 0;
    for (uint32_t band = 0; damage_next(damage, &band, &area);)
        pixels += (area.x1 - area.x0) * (area.y1 - area.y0);
    assert_int_equal(damage->any, pixels != 0);
    return pixels;
}
