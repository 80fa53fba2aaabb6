/*
 * pipe_crc.c: a checksum of each picture a pipe shows, for tests of drivers. It is
 * equal for equal pictures, and that is all tests may rely on: the hardware's own sum
 * is not published. (Linux i915 display/intel_pipe_crc.c, i915_reg.h.)
 */
#include "model/pipe_crc.h"

#include "base/bytes.h"            /* ARRAY_SIZE */
#include "model/interrupts.h"      /* events */
#include "model/pipes.h"           /* the clock waits for it */
#include "model/register_tables.h" /* the table */
#include "model/screen.h"          /* pictures */
#include "model/state.h"           /* struct model */

#define CONTROL(pipe) (0x60050u + 0x1000u * (pipe))
#define RESULT(pipe)  (0x60064u + 0x1000u * (pipe))
#define ENABLE        0x80000000u

static int read_memory(void *opaque, uint64_t address, void *data, size_t size)
{
    return gtt_read_memory(opaque, address, data, size);
}

/* FNV-1a, a pixel at a time. */
static uint32_t checksum(const struct picture *picture)
{
    uint32_t sum = 2166136261u;
    size_t count = (size_t)picture->width * picture->height;
    for (size_t i = 0; i < count; i++)
        sum = (sum ^ (picture->pixels[i] & 0xffffff)) * 16777619u;
    return sum;
}

uint32_t pipe_crc_update(struct model *model, unsigned pipe)
{
    if (!(register_get(model, CONTROL(pipe)) & ENABLE))
        return 0;
    if (!model->crc_screens[pipe])
        model->crc_screens[pipe] = screen_new();
    if (!model->crc_screens[pipe])
        return 0;
    const struct surface_memory memory = { read_memory, model };
    struct scanout_pipe shown;
    scanout_get(model, pipe, &shown);
    const struct damage *damage =
        screen_update(model->crc_screens[pipe], &shown, &memory);
    /* The first of a row, and one whose picture differs. */
    if (damage->any || !model->crc_valid[pipe])
        register_set(model, RESULT(pipe),
                     checksum(screen_picture(model->crc_screens[pipe])));
    model->crc_valid[pipe] = true;
    model->crc_waits[pipe] = true;
    return PIPE_EVENT_CRC_DONE;
}

bool pipe_crc_waits(const struct model *model, unsigned pipe)
{
    return model->crc_waits[pipe];
}

void pipe_crc_free(struct model *model)
{
    for (unsigned i = 0; i < MODEL_PIPES; i++)
        screen_free(model->crc_screens[i]);
}

static void control_written(struct model *model, const struct register_access *access)
{
    unsigned pipe = access->index;
    model->crc_valid[pipe] = model->crc_waits[pipe] = false;
    if (!(access->stored & ENABLE) && model->crc_screens[pipe])
        screen_rest(model->crc_screens[pipe]);
}

static uint32_t read_result(struct model *model, const struct register_access *access)
{
    if (model->crc_waits[access->index])
        pipes_checksum_read(model, access->index);
    model->crc_waits[access->index] = false;
    return register_get(model, RESULT(access->index));
}

static void reset(struct model *model)
{
    for (unsigned i = 0; i < MODEL_PIPES; i++) {
        model->crc_valid[i] = model->crc_waits[i] = false;
        if (model->crc_screens[i])
            screen_rest(model->crc_screens[i]);
    }
}

static const struct register_rule rules[] = {
    { .name = "PIPE_CRC_CTL",
      .offset = CONTROL(0),
      .count = MODEL_PIPES,
      .stride = 0x1000,
      .written = control_written },
    { .name = "PIPE_CRC_RES_1",
      .offset = RESULT(0),
      .count = MODEL_PIPES,
      .stride = 0x1000,
      .read = read_result },
};
const struct register_table crc_registers = {
    .name = "pipe CRC",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
    .reset = reset,
};
