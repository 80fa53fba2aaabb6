/*
 * aux.c: the DisplayPort AUX channels. A transaction takes no time. (Linux i915
 * display/intel_dp_aux.c, i915_reg.h; Intel PRMs, Skylake, volume 2c, DDI_AUX_CTL.)
 */
#include "base/bytes.h"            /* ARRAY_SIZE */
#include "model/dp_sink.h"         /* who answers */
#include "model/interrupts.h"      /* done */
#include "model/monitor.h"         /* ports */
#include "model/register_tables.h" /* the table */
#include "model/state.h"           /* struct model */
#include "model/traits.h"          /* which chips */

#define SEND_BUSY     0x80000000u
#define DONE          0x40000000u
#define TIMED_OUT     0x10000000u
#define RECEIVE_ERROR 0x02000000u
#define STATUS        (DONE | TIMED_OUT | RECEIVE_ERROR)
#define SIZE_SHIFT    20
#define SIZE_MASK     0x01f00000u
#define CHANNELS      9
#define PCH_CHANNELS  3
#define PCH_CHANNEL_B 0xe4110

static struct model_monitor *channel_monitor(struct model *model, unsigned channel)
{
    for (unsigned i = 0; i < model->monitors.count; i++) {
        if (model->monitors.list[i].port->aux_channel == channel)
            return &model->monitors.list[i];
    }
    return NULL;
}

/* Bytes lie in the data registers highest first. */
static uint8_t get_byte(const struct model *model, uint32_t data, size_t at)
{
    uint32_t dword = register_get(model, data + (uint32_t)(at & ~3ULL));
    return (uint8_t)(dword >> (8 * (3 - at % 4)));
}

static void put_bytes(struct model *model, uint32_t data, const uint8_t *bytes,
                      size_t size)
{
    for (size_t at = 0; at < size; at += 4) {
        uint32_t dword = 0;
        for (size_t i = 0; i < 4; i++) {
            uint8_t byte = at + i < size ? bytes[at + i] : 0;
            dword |= (uint32_t)byte << (8 * (3 - i));
        }
        register_set(model, data + (uint32_t)at, dword);
    }
}

/* The request in the data registers; the size of the reply, 0: none. */
static size_t transact(struct model *model, unsigned channel, uint32_t data,
                       size_t size)
{
    uint8_t request[DP_AUX_MAX], reply[DP_AUX_MAX];
    const struct model_monitor *monitor = channel_monitor(model, channel);
    if (!monitor || size > DP_AUX_MAX)
        return 0;
    for (size_t i = 0; i < size; i++)
        request[i] = get_byte(model, data, i);
    struct dp_sink *sink = &model->sinks[monitor - model->monitors.list];
    size = dp_sink_answer(sink, monitor, request, size, reply);
    put_bytes(model, data, reply, size);
    return size;
}

/* Interrupts: Gen9 on the port group's, before channel B to D are the PCH's. */
static void tell_done(struct model *model, unsigned channel)
{
    static const uint32_t port_bits[] = { 1u << 0, 1u << 25, 1u << 26, 1u << 27 };
    if (channel >= ARRAY_SIZE(port_bits))
        return;
    if (model->chip->traits & ON_GEN9_UP || channel == 0)
        interrupt_port(model, port_bits[channel]);
    else
        interrupt_pch(model, 1u << (24 + channel));
}

static void control_written(struct model *model, unsigned channel,
                            const struct register_access *access)
{
    if (!(access->written & SEND_BUSY))
        return;
    size_t size = (access->stored & SIZE_MASK) >> SIZE_SHIFT;
    size = transact(model, channel, access->offset + 4, size);
    uint32_t value = access->stored & ~(SEND_BUSY | STATUS | SIZE_MASK);
    value |= DONE | (size ? (uint32_t)size << SIZE_SHIFT : TIMED_OUT);
    register_set(model, access->offset, value);
    tell_done(model, channel);
}

static void channel_written(struct model *model, const struct register_access *access)
{
    control_written(model, access->index, access);
}

static void pch_channel_written(struct model *model,
                                const struct register_access *access)
{
    control_written(model, access->index + 1, access);
}

static void reset(struct model *model)
{
    for (unsigned i = 0; i < MODEL_MONITORS_MAX; i++)
        dp_sink_reset(&model->sinks[i]);
}

static const struct register_rule rules[] = {
    { .name = "DP_AUX_CH_CTL",
      .offset = 0x64010,
      .clear = STATUS,
      .written = channel_written,
      .on = ON_FDI | ON_HASWELL | ON_BROADWELL },
    { .name = "PCH_DP_AUX_CH_CTL",
      .offset = PCH_CHANNEL_B,
      .count = PCH_CHANNELS,
      .stride = 0x100,
      .clear = STATUS,
      .written = pch_channel_written,
      .on = ON_FDI | ON_HASWELL | ON_BROADWELL },
    { .name = "DDI_AUX_CTL",
      .offset = 0x64010,
      .count = CHANNELS,
      .stride = 0x100,
      .clear = STATUS,
      .written = channel_written,
      .on = ON_GEN9_UP },
};
const struct register_table aux_registers = {
    .name = "AUX channels",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
    .reset = reset,
};
