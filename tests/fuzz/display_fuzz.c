/* display_fuzz.c: a driver that programs the display of any chip in any way. */
#include "fuzz.h" /* must */

#include "base/bytes.h"      /* loads */
#include "base/error.h"      /* struct error */
#include "model/chips.h"     /* any chip */
#include "model/gtt.h"       /* what the display reads */
#include "model/model.h"     /* the target */
#include "model/monitor.h"   /* monitors */
#include "model/scanout.h"   /* what is shown */
#include "model/screen.h"    /* drawn */
#include "model/vbios_rom.h" /* a ROM in the real one's place */
#include "model/state.h"     /* where the GTT is */

#define MEMORY_SIZE 0x10000u
#define OPERATIONS  400u
#define PIXELS_MAX  (1u << 18) /* of pictures and planes that are drawn: for speed */

const unsigned char vbios_rom[512] = { 0x55, 0xaa, 1 };
const size_t vbios_rom_size = sizeof(vbios_rom);

static uint8_t memory[MEMORY_SIZE];
static uint64_t time_now;
static bool timer_on;

static int dma_read(void *opaque, uint64_t address, void *data, size_t size)
{
    if (!range_inside(address, size, MEMORY_SIZE))
        return -EFAULT;
    memcpy(data, memory + address, size);
    return 0;
}

static int dma_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    if (!range_inside(address, size, MEMORY_SIZE))
        return -EFAULT;
    memcpy(memory + address, data, size);
    return 0;
}

static void interrupt(void *opaque, bool condition, bool pin)
{
}

static void frame_timer(void *opaque, uint64_t delay)
{
    must(delay < 1000000000000);
    timer_on = delay != 0;
}

static uint64_t now(void *opaque)
{
    return time_now;
}

static const struct model_bus bus = {
    .dma_read = dma_read,
    .dma_write = dma_write,
    .interrupt = interrupt,
    .frame_timer = frame_timer,
    .now = now,
};

struct input {
    const uint8_t *data;
    size_t size;
};

static uint32_t take(struct input *input, unsigned size)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < size && input->size; i++, input->data++, input->size--)
        value |= (uint32_t)*input->data << (8 * i);
    return value;
}

/* Where the display's registers are, and the fences, in pages. */
static uint32_t take_offset(struct input *input)
{
    static const uint16_t pages[] = {
        0x041, 0x042, 0x044, 0x045, 0x046, 0x04a, 0x04b, 0x060, 0x061,
        0x062, 0x063, 0x064, 0x068, 0x069, 0x06c, 0x06f, 0x070, 0x071,
        0x072, 0x073, 0x07f, 0x0c2, 0x0c4, 0x0c5, 0x0c6, 0x0c7, 0x0e0,
        0x0e1, 0x0e4, 0x0f0, 0x130, 0x138, 0x190, 0x049, 0x100,
    };
    uint32_t page = pages[take(input, 1) % ARRAY_SIZE(pages)];
    return page << 12 | (take(input, 2) & 0xffc);
}

static int read_memory(void *opaque, uint64_t address, void *data, size_t size)
{
    return gtt_read_memory(opaque, address, data, size);
}

/* One screen for all pipes: what it was before may be anything. */
static void draw(struct model *model, const struct scanout_pipe *shown)
{
    static struct screen *screen;
    const struct surface_memory reader = { read_memory, model };
    uint64_t pixels = (uint64_t)shown->width * shown->height;
    for (unsigned i = 0; i < shown->plane_count; i++)
        pixels +=
            (uint64_t)shown->planes[i].source_width * shown->planes[i].source_height;
    if (!screen)
        screen = screen_new();
    must(screen != NULL);
    if (pixels > PIXELS_MAX)
        screen_rest(screen);
    else
        screen_update(screen, shown, &reader);
}

static void look(struct model *model)
{
    for (unsigned pipe = 0; pipe < 4; pipe++) {
        struct scanout_pipe shown;
        scanout_get(model, pipe, &shown);
        must(shown.plane_count <= SCANOUT_PLANES);
        must(shown.width <= 16384 && shown.height <= 16384);
        for (unsigned i = 0; i < shown.plane_count; i++)
            must(shown.planes[i].width <= 16384 && shown.planes[i].height <= 16384);
        draw(model, &shown);
    }
}

static void step(struct model *model, struct input *input)
{
    struct error err;
    uint32_t offset, value;
    switch (take(input, 1) % 8) {
    case 0:
        model_reset(model);
        break;
    case 1:
        time_now += take(input, 2) * 100000ULL;
        if (timer_on)
            model_frame(model);
        break;
    case 2:
        look(model);
        break;
    case 3:
        if (take(input, 1) & 1)
            model_unplug(model, "hdmi-b", &err);
        else
            model_plug(model, "hdmi-b", &err);
        break;
    case 4: /* memory, also by the aperture, or a GTT entry, where the display reads */
        offset = take(input, 1) * 8;
        value = take(input, 1);
        if (value & 0x80) {
            offset |= (value & 0x70) << 8;
            if (value & 0x08) {
                value = take(input, 4);
                model_write(model, 2, offset, &value, 4);
                break;
            }
            store32(memory + offset, take(input, 4));
            store32(memory + offset + 4, take(input, 4));
            break;
        }
        value = (value & 0xf) << 12 | 1;
        model_write(model, 0, model->registers_size + offset, &value, 4);
        break;
    case 5:
        model_read(model, 0, take_offset(input), &value, 4);
        break;
    default:
        offset = take_offset(input);
        value = take(input, 4);
        model_write(model, 0, offset, &value, 4);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { data, size };
    struct error err;
    struct model_monitors monitors;
    size_t count = 0;
    while (model_chip_at(count))
        count++;
    struct model_options options = {
        .chip = model_chip_at(take(&input, 1) % count),
        .monitors = &monitors,
        .display_patience = take(&input, 1) & 1 ? 75 : 0,
    };
    const char *list = "hdmi-b:640x480,edp-a:640x480";
    if (model_monitors_parse(&monitors, options.chip, list, &err) < 0 &&
        model_monitors_parse(&monitors, options.chip, NULL, &err) < 0)
        return 0;
    memset(memory, 0, sizeof(memory));
    time_now = 1000000000;
    timer_on = false;
    struct model *model = model_new(&options, &bus, NULL, &err);
    must(model != NULL);
    for (unsigned i = 0; i < OPERATIONS && input.size; i++)
        step(model, &input);
    model_free(model);
    return 0;
}
