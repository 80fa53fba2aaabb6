/* ddi.c: the ports' buffers, DisplayPort transport, straps and panel power. */
#include "model/ddi.h"

#include "base/bytes.h"            /* ARRAY_SIZE */
#include "model/dp_sink.h"         /* loses its link */
#include "model/monitor.h"         /* ports */
#include "model/register_tables.h" /* the table */
#include "model/state.h"           /* struct model */
#include "model/traits.h"          /* which chips */

#define DDIS             9
#define BUFFER_ENABLE    0x80000000u
#define BUFFER_IDLE      0x00000080u
#define BUFFER_A_4_LANES 0x00000010u
#define BUFFER_DETECTED  0x00000001u /* a display was there at start */
#define BUFFER_A         0x64000
#define TRAINING_PATTERN                                        \
    0x00000700u /* 1, 2, 3 (4): patterns; 2 << 8 idle, 3 normal \
                 */
#define TRAINING_IDLE       0x00000200u
#define STATUS_IDLE_DONE    0x02000000u
#define STRAPS              0xc2014
#define STRAPS_LOCKED       0x00002000u
#define STRAPS_NO_CRT       0x00000040u
#define PANEL_ON_REQUEST    0x00000001u
#define PANEL_ON            0x80000000u
#define PANEL_STATE_ON_IDLE 0x00000008u

static struct model_monitor *ddi_monitor(struct model *model, unsigned ddi)
{
    for (unsigned i = 0; i < model->monitors.count; i++) {
        if (model->monitors.list[i].port->ddi == ddi)
            return &model->monitors.list[i];
    }
    return NULL;
}

void ddi_off(struct model *model, unsigned ddi)
{
    const struct model_monitor *monitor = ddi_monitor(model, ddi);
    if (monitor)
        dp_sink_link_lost(&model->sinks[monitor - model->monitors.list]);
}

/* The buffer is idle whenever it is off. */
static void buffer_written(struct model *model, const struct register_access *access)
{
    bool enable = access->stored & BUFFER_ENABLE;
    register_set_bits(model, access->offset, BUFFER_IDLE, !enable);
    if (!enable)
        ddi_off(model, access->index);
}

static void transport_written(struct model *model, const struct register_access *access)
{
    bool idle = (access->stored & TRAINING_PATTERN) == TRAINING_IDLE;
    register_set_bits(model, access->offset + 4, STATUS_IDLE_DONE, idle);
}

/* What firmware leaves: port A has all lanes, for nothing uses port E. */
static void reset(struct model *model)
{
    for (unsigned i = 0; i < DDIS && model->chip->traits & ON_DDI; i++)
        register_set(model, BUFFER_A + 0x100 * i, BUFFER_IDLE);
    if (model->chip->traits & ON_DDI && !(model->chip->traits & ON_GEN11_UP))
        register_set_bits(model, BUFFER_A, BUFFER_A_4_LANES, true);
    if (ddi_monitor(model, 0))
        register_set_bits(model, BUFFER_A, BUFFER_DETECTED, true);
}

/* Ports B, C, D of the board in bits 2, 1, 0. */
static uint32_t read_straps(struct model *model, const struct register_access *access)
{
    /* Cougar Point: a display whose straps are not locked counts as fused off. */
    bool lock = model->chip->traits & PCH_COUGAR_POINT;
    uint32_t straps = STRAPS_NO_CRT | (lock ? STRAPS_LOCKED : 0);
    for (unsigned i = 0; i < 3; i++)
        straps |= ddi_monitor(model, i + 1) ? 4u >> i : 0;
    return straps;
}

/* The panel's power is up or down as soon as it is asked. */
static void panel_written(struct model *model, const struct register_access *access)
{
    bool on = access->stored & PANEL_ON_REQUEST;
    register_set(model, access->offset - 4, on ? PANEL_ON | PANEL_STATE_ON_IDLE : 0);
}

/* Linux i915 i915_reg.h; Intel PRMs, volume 2c of each chip. */

static const struct register_rule rules[] = {
    { .name = "DDI_BUF_CTL",
      .offset = BUFFER_A,
      .count = DDIS,
      .stride = 0x100,
      .fixed = BUFFER_IDLE | BUFFER_DETECTED,
      .written = buffer_written,
      .on = ON_DDI },
    { .name = "DP_TP_CTL",
      .offset = 0x64040,
      .count = 5,
      .stride = 0x100,
      .written = transport_written,
      .on = ON_DDI,
      .except = ON_GEN12_UP },
    /* Gen12: of a transcoder, no longer of a port. */
    { .name = "DP_TP_CTL",
      .offset = 0x60540,
      .count = 4,
      .stride = 0x1000,
      .written = transport_written,
      .on = ON_GEN12_UP },
    { .name = "SFUSE_STRAP",
      .offset = STRAPS,
      .fixed = REGISTER_READ_ONLY,
      .read = read_straps,
      .on = WITH_PCH,
      .except = PCH_ICE_LAKE_UP },
    /* What the clock of the PCH's registers is: 24 MHz. */
    { .name = "PCH_RAWCLK_FREQ",
      .offset = 0xc6204,
      .reset = 24,
      .on = WITH_PCH,
      .except = PCH_ICE_LAKE_UP | PCH_CANNON_POINT },
    { .name = "PP_STATUS",
      .offset = 0xc7200,
      .count = 2,
      .stride = 0x100,
      .fixed = REGISTER_READ_ONLY },
    { .name = "PP_CONTROL",
      .offset = 0xc7204,
      .count = 2,
      .stride = 0x100,
      .written = panel_written },
};
const struct register_table ddi_registers = {
    .name = "ports",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
    .reset = reset,
};
