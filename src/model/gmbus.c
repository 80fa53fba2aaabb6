/*
 * gmbus.c: GMBUS, the I2C controller for monitors' EDIDs. A transfer takes no time:
 * the driver finds the controller ready whenever it asks. (Linux i915
 * display/intel_gmbus.c, i915_reg.h; Intel PRMs, Skylake, volume 12, GMBUS.)
 */
#include "model/gmbus.h"

#include "base/bytes.h"            /* ARRAY_SIZE */
#include "model/monitor.h"         /* who is on a pin */
#include "model/register_tables.h" /* the table */
#include "model/state.h"           /* struct model */
#include "model/traits.h"          /* which chips */

#define GMBUS0            0xc5100 /* pin */
#define GMBUS3            0xc510c /* data */
#define GMBUS5            0xc5120 /* index of two bytes */
#define COMMAND_CLEAR     0x80000000u
#define COMMAND_READY     0x40000000u
#define CYCLE_STOP        0x08000000u
#define CYCLE_INDEX       0x04000000u
#define CYCLE_WAIT        0x02000000u
#define STATUS_WAIT_PHASE 0x00004000u
#define STATUS_READY      0x00000800u
#define STATUS_NAK        0x00000400u
#define STATUS_ACTIVE     0x00000200u
#define LONG_INDEX        0x80000000u
/* One line of a pin's register; the other is 8 bits higher. */
#define LINE_DIRECTION_MASK 0x01u
#define LINE_OUT            0x02u
#define LINE_VALUE_MASK     0x04u
#define LINE_VALUE_OUT      0x08u
#define LINE_VALUE_IN       0x10u

static const struct model_monitor *pin_monitor(const struct model *model)
{
    uint64_t few = ON_GEN7_DOWN | ON_GEN8 | PCH_SUNRISE_POINT;
    uint32_t pins = model->chip->traits & few ? 0x7 : 0x1f;
    uint32_t pin = register_get(model, GMBUS0) & pins;
    for (unsigned i = 0; i < model->monitors.count; i++) {
        const struct model_monitor *monitor = &model->monitors.list[i];
        /* A DisplayPort connector has AUX in place of these wires. */
        if (pin && monitor->port->gmbus_pin == pin &&
            monitor->kind == MODEL_MONITOR_HDMI)
            return monitor;
    }
    return NULL;
}

/* The last byte is through: the bus is held until the driver's next cycle, or free. */
static void finish(struct gmbus *bus)
{
    bus->waiting = true;
}

static void stop(struct gmbus *bus)
{
    bus->active = bus->waiting = false;
    bus->left = 0;
    ddc_stop(&bus->ddc);
}

/* Take up to four bytes of the transfer from the data register. */
static void take_data(struct gmbus *bus, uint32_t data)
{
    for (unsigned i = 0; i < 4 && bus->left; i++, bus->left--, data >>= 8)
        ddc_write(&bus->ddc, bus->address, (uint8_t)data);
    if (!bus->left)
        finish(bus);
}

static void write_index(struct model *model, uint32_t command)
{
    struct gmbus *bus = &model->gmbus;
    uint32_t index = register_get(model, GMBUS5);
    if (index & LONG_INDEX) {
        ddc_write(&bus->ddc, bus->address, (uint8_t)(index >> 8));
        ddc_write(&bus->ddc, bus->address, (uint8_t)index);
    } else if (command & CYCLE_INDEX) {
        ddc_write(&bus->ddc, bus->address, (uint8_t)(command >> 8));
    }
}

static void start(struct model *model, uint32_t command)
{
    struct gmbus *bus = &model->gmbus;
    bus->address = command >> 1 & 0x7f;
    bus->reading = command & 1;
    bus->left = command >> 16 & 0x1ff;
    bus->waiting = false;
    if (!ddc_answers(pin_monitor(model), bus->address)) {
        stop(bus);
        bus->nak = true;
        return;
    }
    bus->active = true;
    write_index(model, command);
    if (!bus->left)
        finish(bus);
    else if (!bus->reading)
        take_data(bus, register_get(model, GMBUS3));
}

static void command_written(struct model *model, const struct register_access *access)
{
    struct gmbus *bus = &model->gmbus;
    uint32_t command = access->stored;
    if (command & COMMAND_CLEAR) {
        stop(bus);
        bus->nak = false;
    } else if (command & COMMAND_READY) {
        if (command & CYCLE_WAIT)
            start(model, command);
        if (command & CYCLE_STOP && !bus->left)
            stop(bus);
    }
}

static uint32_t read_status(struct model *model, const struct register_access *access)
{
    const struct gmbus *bus = &model->gmbus;
    return STATUS_READY | (bus->nak ? STATUS_NAK : 0) |
           (bus->active ? STATUS_ACTIVE : 0) | (bus->waiting ? STATUS_WAIT_PHASE : 0);
}

/* The next four bytes, the first one lowest. */
static uint32_t read_data(struct model *model, const struct register_access *access)
{
    struct gmbus *bus = &model->gmbus;
    const struct model_monitor *monitor = pin_monitor(model);
    uint32_t data = 0;
    if (!bus->active || !bus->reading)
        return access->stored;
    for (unsigned i = 0; i < 4 && bus->left; i++, bus->left--) {
        bool there = ddc_answers(monitor, bus->address);
        uint8_t byte = there ? ddc_read(&bus->ddc, monitor, bus->address) : 0xff;
        data |= (uint32_t)byte << (8 * i);
    }
    if (!bus->left)
        finish(bus);
    return data;
}

static void data_written(struct model *model, const struct register_access *access)
{
    struct gmbus *bus = &model->gmbus;
    if (bus->active && !bus->reading && bus->left)
        take_data(bus, access->stored);
}

/*
 * The pins, where a driver moves them itself: a line is high unless the driver pulls it
 * low, for nobody else is on it. Two lines, clock and data, of the same form.
 */
static uint32_t drive_line(uint32_t before, uint32_t written)
{
    uint32_t driven = before;
    if (written & LINE_DIRECTION_MASK)
        driven = (driven & ~LINE_OUT) | (written & LINE_OUT);
    if (written & LINE_VALUE_MASK)
        driven = (driven & ~LINE_VALUE_OUT) | (written & LINE_VALUE_OUT);
    driven &= LINE_OUT | LINE_VALUE_OUT;
    bool low = driven & LINE_OUT && !(driven & LINE_VALUE_OUT);
    return low ? driven : driven | LINE_VALUE_IN;
}

static void pin_written(struct model *model, const struct register_access *access)
{
    uint32_t clock = drive_line(access->before & 0xff, access->written & 0xff);
    uint32_t data = drive_line(access->before >> 8 & 0xff, access->written >> 8 & 0xff);
    register_set(model, access->offset, data << 8 | clock);
}

static void reset(struct model *model)
{
    model->gmbus = (struct gmbus){ 0 };
}

#define CHIPS (WITH_PCH | ON_APOLLO_LAKE)

static const struct register_rule rules[] = {
    { .name = "GPIO",
      .offset = 0xc5010,
      .count = 16,
      .reset = 0x1010,
      .written = pin_written,
      .on = CHIPS },
    { .name = "GMBUS1", .offset = 0xc5104, .written = command_written, .on = CHIPS },
    { .name = "GMBUS2",
      .offset = 0xc5108,
      .fixed = REGISTER_READ_ONLY,
      .read = read_status,
      .on = CHIPS },
    { .name = "GMBUS3",
      .offset = GMBUS3,
      .read = read_data,
      .written = data_written,
      .on = CHIPS },
};
const struct register_table gmbus_registers = {
    .name = "GMBUS",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
    .reset = reset,
};
