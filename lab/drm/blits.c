/* blits.c: the blitter's fill and copies, each pixel read back (commands: PRM vol. 2a).
 */
#include "card.h"
#include "gem.h"
#include "probe.h" /* JSON */

#include <errno.h>  /* error numbers */
#include <string.h> /* strerror */
#include <unistd.h> /* close */

#define WIDTH  256 /* of both pictures, in pixels of 4 bytes */
#define HEIGHT 128
#define PITCH  (WIDTH * 4)

#define XY_COLOR_BLT     (2u << 29 | 0x50 << 22)
#define XY_SRC_COPY_BLT  (2u << 29 | 0x53 << 22)
#define XY_FAST_COPY_BLT (2u << 29 | 0x42 << 22)
#define WRITE_ALPHA_RGB  (3 << 20)
#define DEPTH_32         (3 << 24)
#define ROP_PATTERN      (0xf0 << 16)
#define ROP_SOURCE       (0xcc << 16)
#define MI_FLUSH_DW      (0x26 << 23)
#define COLOUR           0x80336699u

struct rectangle {
    unsigned x, y, width, height;
};

/* Where a copy takes from and where it puts; the fill only puts. */
static const struct rectangle DESTINATION = { 17, 9, 101, 53 };
static const unsigned SOURCE_X = 5, SOURCE_Y = 33;

enum blit { FILL, COPY, FAST_COPY };

static uint32_t corner(unsigned x, unsigned y)
{
    return y << 16 | x;
}

static void emit_blit(struct batch *batch, unsigned generation, enum blit blit,
                      struct object *source, struct object *destination)
{
    static const uint32_t commands[] = { XY_COLOR_BLT | WRITE_ALPHA_RGB,
                                         XY_SRC_COPY_BLT | WRITE_ALPHA_RGB,
                                         XY_FAST_COPY_BLT };
    static const uint32_t modes[] = { ROP_PATTERN, ROP_SOURCE, 0 };
    const struct rectangle *to = &DESTINATION;
    unsigned addresses = blit == FILL ? 1 : 2;
    unsigned length = (blit == FILL ? 4 : 6) + (generation >= 8 ? addresses : 0);

    batch_emit(batch, commands[blit] | length);
    batch_emit(batch, DEPTH_32 | modes[blit] | PITCH);
    batch_emit(batch, corner(to->x, to->y));
    batch_emit(batch, corner(to->x + to->width, to->y + to->height));
    batch_address(batch, generation, destination, 0, true);
    if (blit == FILL) {
        batch_emit(batch, COLOUR);
    } else {
        batch_emit(batch, corner(SOURCE_X, SOURCE_Y));
        batch_emit(batch, PITCH);
        batch_address(batch, generation, source, 0, false);
    }
    batch_emit(batch, MI_FLUSH_DW | (generation >= 8 ? 2 : 1));
    for (unsigned i = 0; i < 3; i++) /* its operands; on Gen7 two and a no-operation */
        batch_emit(batch, 0);
}

/* How many pixels differ from what the blit should leave. */
static unsigned wrong_pixels(enum blit blit, const struct object *source,
                             const struct object *destination)
{
    const struct rectangle *to = &DESTINATION;
    unsigned wrong = 0;

    for (unsigned y = 0; y < HEIGHT; y++) {
        for (unsigned x = 0; x < WIDTH; x++) {
            uint32_t expected = 0xaa000000 + y * WIDTH + x; /* as it was */

            if (x - to->x < to->width && y - to->y < to->height) {
                unsigned from = (y - to->y + SOURCE_Y) * WIDTH + x - to->x + SOURCE_X;

                expected = blit == FILL ? COLOUR : source->dwords[from];
            }
            wrong += destination->dwords[y * WIDTH + x] != expected;
        }
    }
    return wrong;
}

static bool run_blit(int fd, unsigned generation, const struct engine *engine,
                     enum blit blit, const char *name)
{
    struct object source = gem_create(fd, HEIGHT * PITCH);
    struct object destination = gem_create(fd, HEIGHT * PITCH);
    struct batch batch;

    for (unsigned i = 0; i < WIDTH * HEIGHT; i++) {
        source.dwords[i] = 0x55000000 + i * 7;
        destination.dwords[i] = 0xaa000000 + i;
    }
    batch_begin(fd, &batch);
    emit_blit(&batch, generation, blit, &source, &destination);
    int result = batch_submit(fd, &batch, engine, 0);
    if (result == 0)
        result = gem_wait(fd, &destination);
    unsigned wrong = wrong_pixels(blit, &source, &destination);
    json_open(name, '{');
    json_number("pixels", (double)DESTINATION.width * DESTINATION.height);
    json_number("wrong", wrong);
    if (result < 0)
        json_string("problem", strerror(-result));
    json_close('}');
    gem_free(fd, &batch.object);
    gem_free(fd, &source);
    gem_free(fd, &destination);
    return result == 0 && wrong == 0;
}

bool command_blits(const struct request *request)
{
    struct engine engines[MAX_ENGINES];
    struct card card;
    bool good = false;

    card_open(&card, request->card);
    unsigned generation = gem_generation(card.fd);
    unsigned count = gem_engines(card.fd, engines);
    for (unsigned i = 0; i < count; i++) {
        if (engines[i].class != I915_ENGINE_CLASS_COPY)
            continue;
        good = run_blit(card.fd, generation, &engines[i], FILL, "fill");
        good = run_blit(card.fd, generation, &engines[i], COPY, "copy") && good;
        if (generation >= 9)
            good = run_blit(card.fd, generation, &engines[i], FAST_COPY, "fast_copy") &&
                   good;
    }
    close(card.fd);
    return good;
}
