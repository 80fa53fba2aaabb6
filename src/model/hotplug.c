/* hotplug.c: monitors that are plugged in and pulled out. */
#include "model/hotplug.h"

#include "base/bytes.h"            /* ARRAY_SIZE */
#include "model/dp_sink.h"         /* a sink starts anew */
#include "model/interrupts.h"      /* their interrupts */
#include "model/monitor.h"         /* ports */
#include "model/register_tables.h" /* the table */
#include "model/state.h"           /* struct model */
#include "model/traits.h"          /* which chips */

#define PULSE_SHORT 1u
#define PULSE_LONG  2u

enum source { SOUTH, PORT, DISPLAY };

/*
 * How the plug of a DDI is told: a bit in the status register of an interrupt group is
 * the live state and, in its identity register, the event; a control register has
 * from `shift` on two bits for the kind of pulse and, at `enable`, whether to look.
 * (Linux i915 i915_reg.h, i915_irq.c: hpd_cpt, hpd_spt, hpd_icp, hpd_bdw, hpd_ivb.)
 */
static const struct plug {
    uint8_t ddi;
    enum source source;
    uint32_t bit;
    uint32_t control;
    uint8_t shift, enable;
    uint64_t on, except;
} plugs[] = {
    { 0, DISPLAY, 1u << 27, 0x44030, 0, 4, ON_IVY_BRIDGE | ON_HASWELL, 0 },
    { 0, DISPLAY, 1u << 19, 0x44030, 0, 4, ON_SANDY_BRIDGE, 0 },
    { 0, PORT, 1u << 3, 0x44030, 0, 4, ON_BROADWELL, 0 },
    { 0, PORT, 1u << 3, 0xc4030, 24, 28, ON_APOLLO_LAKE, 0 },
    { 1, PORT, 1u << 4, 0xc4030, 0, 4, ON_APOLLO_LAKE, 0 },
    { 2, PORT, 1u << 5, 0xc4030, 8, 12, ON_APOLLO_LAKE, 0 },
    { 0, SOUTH, 1u << 24, 0xc4030, 24, 28, PCH_SUNRISE_POINT | PCH_CANNON_POINT, 0 },
    { 1, SOUTH, 1u << 21, 0xc4030, 0, 4, WITH_PCH, PCH_ICE_LAKE_UP },
    { 2, SOUTH, 1u << 22, 0xc4030, 8, 12, WITH_PCH, PCH_ICE_LAKE_UP },
    { 3, SOUTH, 1u << 23, 0xc4030, 16, 20, WITH_PCH, PCH_ICE_LAKE_UP },
    { 4, SOUTH, 1u << 25, 0xc403c, 0, 4, PCH_SUNRISE_POINT | PCH_CANNON_POINT, 0 },
    { 0, SOUTH, 1u << 16, 0xc4030, 0, 3, PCH_ICE_LAKE_UP, 0 },
    { 1, SOUTH, 1u << 17, 0xc4030, 4, 7, PCH_ICE_LAKE_UP, 0 },
    /* Elkhart Lake's port C, Rocket Lake's C and D, Alder Lake S's B to E. */
    { 2, SOUTH, 1u << 24, 0xc4034, 0, 3, ON_ELKHART_LAKE, 0 },
    { 3, SOUTH, 1u << 18, 0xc4030, 8, 11, ON_ROCKET_LAKE, 0 },
    { 4, SOUTH, 1u << 19, 0xc4030, 12, 15, ON_ROCKET_LAKE, 0 },
    { 3, SOUTH, 1u << 24, 0xc4034, 0, 3, ON_ALDER_LAKE_S, 0 },
    { 4, SOUTH, 1u << 25, 0xc4034, 4, 7, ON_ALDER_LAKE_S, 0 },
    { 5, SOUTH, 1u << 26, 0xc4034, 8, 11, ON_ALDER_LAKE_S, 0 },
    { 6, SOUTH, 1u << 27, 0xc4034, 12, 15, ON_ALDER_LAKE_S, 0 },
};

static const uint32_t status_registers[] = {
    [SOUTH] = 0xc4000,
    [PORT] = 0x44440,
    [DISPLAY] = 0x44000,
};

static const struct plug *find_plug(const struct model *model, unsigned ddi)
{
    for (size_t i = 0; i < ARRAY_SIZE(plugs); i++) {
        const struct plug *plug = &plugs[i];
        if (plug->ddi == ddi && (plug->on & model->chip->traits) &&
            !(plug->except & model->chip->traits))
            return plug;
    }
    return NULL;
}

static void show_live(struct model *model, const struct plug *plug, bool connected)
{
    register_set_bits(model, status_registers[plug->source], plug->bit, connected);
}

static void pulse(struct model *model, const struct plug *plug, uint32_t kind)
{
    if (!(register_get(model, plug->control) & 1u << plug->enable))
        return;
    register_set_bits(model, plug->control, kind << plug->shift, true);
    switch (plug->source) {
    case SOUTH:
        interrupt_pch(model, plug->bit);
        break;
    case PORT:
        interrupt_port(model, plug->bit);
        break;
    case DISPLAY:
        interrupt_display(model, plug->bit);
        break;
    }
}

void hotplug_changed(struct model *model, const struct model_monitor *monitor)
{
    const struct plug *plug = find_plug(model, monitor->port->ddi);
    if (!monitor->connected)
        dp_sink_reset(&model->sinks[monitor - model->monitors.list]);
    if (!plug)
        return;
    show_live(model, plug, monitor->connected);
    pulse(model, plug, PULSE_LONG);
}

void hotplug_pulse(struct model *model, const struct model_monitor *monitor)
{
    const struct plug *plug = find_plug(model, monitor->port->ddi);
    if (plug && monitor->connected)
        pulse(model, plug, PULSE_SHORT);
}

static void reset(struct model *model)
{
    for (unsigned i = 0; i < model->monitors.count; i++) {
        const struct model_monitor *monitor = &model->monitors.list[i];
        const struct plug *plug = find_plug(model, monitor->port->ddi);
        if (plug)
            show_live(model, plug, monitor->connected);
    }
}

static const struct register_rule rules[] = {
    { .name = "DIGITAL_PORT_HOTPLUG",
      .offset = 0x44030,
      .clear = 0x00000003,
      .on = ON_FDI | ON_HASWELL | ON_BROADWELL },
    { .name = "PCH_PORT_HOTPLUG",
      .offset = 0xc4030,
      .clear = 0x03030303,
      .on = WITH_PCH | ON_APOLLO_LAKE,
      .except = PCH_ICE_LAKE_UP },
    { .name = "PCH_PORT_HOTPLUG2",
      .offset = 0xc403c,
      .clear = 0x00000003,
      .on = PCH_SUNRISE_POINT | PCH_CANNON_POINT },
    { .name = "SHOTPLUG_CTL_DDI",
      .offset = 0xc4030,
      .clear = 0x33333333,
      .on = PCH_ICE_LAKE_UP },
    { .name = "SHOTPLUG_CTL_TC",
      .offset = 0xc4034,
      .clear = 0x33333333,
      .on = PCH_ICE_LAKE_UP },
    { .name = "TBT_HOTPLUG_CTL",
      .offset = 0x44030,
      .clear = 0x33333333,
      .on = ON_GEN11_UP },
    { .name = "TC_HOTPLUG_CTL",
      .offset = 0x44038,
      .clear = 0x33333333,
      .on = ON_GEN11_UP },
};
const struct register_table hotplug_registers = {
    .name = "hot-plug",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
    .reset = reset,
};
