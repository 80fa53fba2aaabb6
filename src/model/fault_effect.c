/* fault_effect.c: what the faults do that are no matter of one module alone. */
#include "model/fault.h"

#include "base/bytes.h"    /* ARRAY_SIZE */
#include "model/clock.h"   /* the timer */
#include "model/hotplug.h" /* a loose contact */
#include "model/pipes.h"   /* vertical blanks */
#include "model/state.h"   /* struct model */
#include "model/traits.h"  /* which chips */

#define SECOND       1000000000u /* nanoseconds */
#define MILLISECOND  1000000u
#define STRAY_PAUSE  (10 * MILLISECOND)
#define STRAY_VALUE  0xdeadbeefu
#define PLL_LOCK     0x40000000u
#define PLL_POWER    0x04000000u
#define WELL_STATES  0x55555555u
#define MAILBOX_BUSY 0x80000000u

/*
 * Registers that read otherwise than they are: bits cleared, then set. The places are
 * those of the modules that model them.
 */
static const struct {
    uint8_t fault;
    uint8_t count; /* of registers, stride bytes apart */
    uint16_t stride;
    uint32_t offset, clear, set;
    uint64_t on;
} readings[] = {
    /* Acknowledgements: Gen6, Ivy Bridge, Haswell on; render and media of Gen9 on. */
    { FAULT_FORCEWAKE_STUCK, 1, 4, 0x130090, UINT32_MAX, 0, ON_SANDY_BRIDGE },
    { FAULT_FORCEWAKE_STUCK, 1, 4, 0x130040, UINT32_MAX, 0, ON_IVY_BRIDGE },
    { FAULT_FORCEWAKE_STUCK, 2, 4, 0x1300b4, UINT32_MAX, 0, ON_VALLEYVIEW },
    { FAULT_FORCEWAKE_STUCK, 1, 4, 0x130044, UINT32_MAX, 0,
      ON_HASWELL | ON_BROADWELL | ON_GEN9_UP },
    { FAULT_FORCEWAKE_STUCK, 2, 4, 0x0d84, UINT32_MAX, 0, ON_GEN9_UP },
    { FAULT_FORCEWAKE_STUCK, 12, 4, 0x0d50, UINT32_MAX, 0, ON_GEN11_UP },
    { FAULT_POWER_WELL_STUCK, 4, 4, 0x45400, WELL_STATES, 0, ON_DDI },
    { FAULT_POWER_WELL_STUCK, 8, 4, 0x45440, WELL_STATES, 0, ON_GEN11_UP },
    { FAULT_PLL_UNLOCKED, 1, 4, 0x130040, PLL_LOCK, 0, ON_HASWELL | ON_BROADWELL },
    { FAULT_PLL_UNLOCKED, 1, 4, 0x6c060, UINT32_MAX, 0, ON_SKYLAKE },
    { FAULT_PLL_UNLOCKED, 18, 4, 0x46010, PLL_LOCK | PLL_POWER, 0, ON_GEN9_UP },
    { FAULT_PLL_UNLOCKED, 1, 4, 0x46070, PLL_LOCK, 0, ON_GEN9_UP },
    { FAULT_PCODE_BUSY, 1, 4, 0x138124, 0, MAILBOX_BUSY, ~0ull },
    { FAULT_RESET_STUCK, 1, 4, 0x941c, 0, UINT32_MAX, ~0ull },
};

uint32_t fault_read(const struct model *model, uint32_t offset, uint32_t value)
{
    for (size_t i = 0; i < ARRAY_SIZE(readings); i++) {
        uint32_t from = offset - readings[i].offset;
        if (from / readings[i].stride < readings[i].count &&
            from % readings[i].stride == 0 && readings[i].on & model->chip->traits &&
            fault_is_on(model, readings[i].fault))
            value = (value & ~readings[i].clear) | readings[i].set;
    }
    return fault_is_on(model, FAULT_DEVICE_LOST) ? UINT32_MAX : value;
}

bool fault_lets_interrupt(struct model *model)
{
    if (!fault_is_on(model, FAULT_IRQ_LOST))
        return true;
    return ++model->fault_interrupts % fault_value(model, FAULT_IRQ_LOST) != 0;
}

/* A message without a cause: an edge, and back to what is so. */
static void storm(struct model *model, uint64_t count)
{
    if (!model->bus)
        return;
    for (uint64_t i = 0; i < count; i++) {
        model->bus->interrupt(model->opaque, false, false);
        model->bus->interrupt(model->opaque, true, model->pin);
    }
    model->bus->interrupt(model->opaque, model->interrupt, model->pin);
}

static void stray(struct model *model)
{
    const uint32_t value = STRAY_VALUE;
    uint64_t address = fault_value(model, FAULT_DMA_STRAY);
    model->counters.stray_writes++;
    if (!model->bus ||
        model->bus->dma_write(model->opaque, address, &value, sizeof(value)) < 0)
        model->counters.stray_refused++;
}

static void shake(struct model *model)
{
    for (unsigned i = 0; i < model->monitors.count; i++) {
        struct model_monitor *monitor = &model->monitors.list[i];
        if (monitor->kind == MODEL_MONITOR_EDP)
            continue;
        monitor->connected = !monitor->connected;
        hotplug_changed(model, monitor);
        return;
    }
}

/* How long until each of the faults that act on their own acts again; 0: it is off. */
static uint64_t pause_of(const struct model *model, enum model_fault fault)
{
    if (!fault_is_on(model, fault))
        return 0;
    if (fault == FAULT_DMA_STRAY)
        return STRAY_PAUSE;
    uint64_t pause = SECOND / fault_value(model, fault);
    return pause < MILLISECOND ? MILLISECOND : pause;
}

static void act(struct model *model, enum model_fault fault)
{
    if (fault == FAULT_DMA_STRAY) {
        stray(model);
    } else if (fault == FAULT_HOTPLUG_STORM) {
        shake(model);
    } else {
        uint64_t a_second = fault_value(model, fault);
        storm(model, a_second > 1000 ? a_second / 1000 : 1);
    }
}

static const enum model_fault acting[] = { FAULT_HOTPLUG_STORM, FAULT_IRQ_STORM,
                                           FAULT_DMA_STRAY };

void faults_timer(struct model *model)
{
    uint64_t now = clock_now(model), first = 0;
    for (size_t i = 0; i < ARRAY_SIZE(acting); i++) {
        uint64_t *next = &model->fault_next[acting[i]];
        uint64_t pause = pause_of(model, acting[i]);
        if (!pause) {
            *next = 0;
            continue;
        }
        if (!*next)
            *next = now + pause;
        if (*next <= now) {
            act(model, acting[i]);
            *next = now + pause;
        }
        if (!first || *next < first)
            first = *next;
    }
    clock_set(model, TIMER_FAULTS, first);
}

/* Monitors know of their own faults: what reads them has no model. */
static void tell_monitors(struct model *model)
{
    static const struct {
        enum model_fault fault;
        uint8_t bit;
    } bits[] = {
        { FAULT_EDID_NAK, MODEL_MONITOR_NAKS },
        { FAULT_EDID_CORRUPT, MODEL_MONITOR_GARBLES },
        { FAULT_AUX_TIMEOUT, MODEL_MONITOR_SILENT },
        { FAULT_LINK_TRAINING, MODEL_MONITOR_NO_LINK },
    };
    uint8_t faults = 0;
    for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
        faults |= fault_is_on(model, bits[i].fault) ? bits[i].bit : 0;
    for (unsigned i = 0; i < model->monitors.count; i++)
        model->monitors.list[i].faults = faults;
}

void faults_start(struct model *model)
{
    tell_monitors(model);
    faults_timer(model);
    pipes_timer(model); /* which may have stood still */
}
