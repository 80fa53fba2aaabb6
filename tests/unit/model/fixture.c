/* fixture.c: a model on a bus of the test's own. */
#include "fixture.h"

#include "base/bytes.h"    /* loads and stores */
#include "base/error.h"    /* struct error */
#include "model/chips.h"   /* the chip */
#include "model/monitor.h" /* monitors */

static uint8_t *memory_at(struct fixture *fixture, uint64_t address, size_t size)
{
    if (address < FIXTURE_MEMORY_BASE ||
        !range_inside(address - FIXTURE_MEMORY_BASE, size, FIXTURE_MEMORY_SIZE))
        return NULL;
    return fixture->memory + (address - FIXTURE_MEMORY_BASE);
}

static int dma_read(void *opaque, uint64_t address, void *data, size_t size)
{
    uint8_t *at = memory_at(opaque, address, size);
    if (!at)
        return -EFAULT;
    memcpy(data, at, size);
    return 0;
}

static int dma_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    uint8_t *at = memory_at(opaque, address, size);
    if (!at)
        return -EFAULT;
    memcpy(at, data, size);
    return 0;
}

static void interrupt(void *opaque, bool condition, bool pin)
{
    struct fixture *fixture = opaque;
    if (condition && !fixture->condition)
        fixture->messages++;
    fixture->condition = condition;
    fixture->pin = pin;
}

static void frame_timer(void *opaque, uint64_t period)
{
    struct fixture *fixture = opaque;
    fixture->period = period;
}

static uint64_t now(void *opaque)
{
    const struct fixture *fixture = opaque;
    return fixture->now;
}

static const struct model_bus bus = {
    .dma_read = dma_read,
    .dma_write = dma_write,
    .interrupt = interrupt,
    .frame_timer = frame_timer,
    .now = now,
};

void fixture_start(struct fixture *fixture, bool host_regions, uint32_t bdsm)
{
    fixture_start_chip(fixture, "skylake", host_regions, bdsm);
}

void fixture_start_chip(struct fixture *fixture, const char *name, bool host_regions,
                        uint32_t bdsm)
{
    const struct model_options options = {
        .chip = model_chip_find(name),
        .aperture = MODEL_APERTURE_EXACT,
        .host_regions = host_regions,
        .bdsm = bdsm,
        .lpc_id = 0x29188086,
    };
    struct error err;
    memset(fixture, 0, sizeof(*fixture));
    assert_non_null(options.chip);
    fixture->model = model_new(&options, &bus, fixture, &err);
    assert_non_null(fixture->model);
}

void fixture_start_monitors(struct fixture *fixture, const char *name,
                            const char *monitors)
{
    struct model_monitors list;
    struct model_options options = {
        .chip = model_chip_find(name),
        .monitors = &list,
    };
    struct error err;
    memset(fixture, 0, sizeof(*fixture));
    assert_non_null(options.chip);
    assert_int_equal(model_monitors_parse(&list, options.chip, monitors, &err), 0);
    fixture->model = model_new(&options, &bus, fixture, &err);
    assert_non_null(fixture->model);
}

void fixture_stop(struct fixture *fixture)
{
    model_free(fixture->model);
}

uint64_t get(struct fixture *fixture, unsigned region, uint64_t offset, unsigned size)
{
    uint8_t bytes[8] = { 0 };
    assert_int_equal(model_read(fixture->model, region, offset, bytes, size), 0);
    return load_sized(bytes, size);
}

void put(struct fixture *fixture, unsigned region, uint64_t offset, unsigned size,
         uint64_t value)
{
    uint8_t bytes[8];
    store_sized(bytes, value, size);
    assert_int_equal(model_write(fixture->model, region, offset, bytes, size), 0);
}
