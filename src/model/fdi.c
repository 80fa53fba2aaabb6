/*
 * fdi.c: Sandy and Ivy Bridge: pipes in the processor reach the PCH's ports over FDI.
 * (Linux i915 display/intel_fdi.c, intel_pch_display.c, i915_reg.h; Intel PRMs, Ivy
 * Bridge, volume 3.)
 */
#include "model/fdi.h"

#include "base/bytes.h"            /* ARRAY_SIZE */
#include "model/ddi.h"             /* sinks */
#include "model/monitor.h"         /* ports */
#include "model/register_tables.h" /* the table */
#include "model/state.h"           /* struct model */
#include "model/traits.h"          /* which chips */

#define PORT_ENABLE      0x80000000u
#define PORT_PIPE(value) ((value) >> 29 & 3)
#define PANEL_PIPE_SHIFT 30          /* Sandy Bridge: below it is what the link sends */
#define PORT_DETECTED    0x00000004u /* a strap of the board */
#define DP_A             0x64000
#define PCH_HDMI(port)   (0xe1140u + 0x10u * (port)) /* 0: B */
#define PCH_DP(port)     (0xe4100u + 0x100u * (port))
#define PCH_PORTS        3u
#define TRANS_DP(pipe)   (0xe0300u + 0x1000u * (pipe))
#define RX_CONTROL(pipe) (0xf000cu + 0x1000u * (pipe))
#define RX_LOCKED        0x00000300u /* bits and symbols */
#define INFOFRAME(pipe)  (0xe0200u + 0x1000u * (pipe))
#define CRT_FORCE_DETECT 0x00010000u

int fdi_ddi(const struct model *model, unsigned pipe)
{
    uint32_t panel = register_get(model, DP_A);
    uint32_t transcoder = register_get(model, TRANS_DP(pipe));
    uint32_t panel_pipe = model->chip->traits & ON_SANDY_BRIDGE
                              ? panel >> PANEL_PIPE_SHIFT & 1
                              : PORT_PIPE(panel);
    if (panel & PORT_ENABLE && panel_pipe == pipe)
        return 0;
    if (transcoder & PORT_ENABLE && PORT_PIPE(transcoder) < PCH_PORTS)
        return (int)PORT_PIPE(transcoder) + 1;
    for (unsigned i = 0; i < PCH_PORTS; i++) {
        uint32_t port = register_get(model, PCH_HDMI(i));
        if (port & PORT_ENABLE && PORT_PIPE(port) == pipe)
            return (int)i + 1;
    }
    return -1;
}

/* A receiver that is on has locked to whatever pattern is sent. */
static uint32_t read_receiver(struct model *model, const struct register_access *access)
{
    return register_get(model, RX_CONTROL(access->index)) & PORT_ENABLE ? RX_LOCKED : 0;
}

/* The search for an analogue monitor ends at once, with none. */
static void crt_written(struct model *model, const struct register_access *access)
{
    register_set_bits(model, access->offset, CRT_FORCE_DETECT, false);
}

/*
 * Infoframes: a buffer of 16 dwords for each of four kinds (bits 20:19 of the control
 * register), read and written a dword at a time at an index (bits 3:0) that moves on.
 */
static uint32_t *infoframe_dword(struct model *model, unsigned pipe)
{
    uint32_t control = register_get(model, INFOFRAME(pipe));
    uint32_t next = (control & ~0xfu) | ((control + 1) & 0xf);
    register_set(model, INFOFRAME(pipe), next);
    return &model->infoframes[pipe][control >> 19 & 3][control & 0xf];
}

static uint32_t read_infoframe(struct model *model,
                               const struct register_access *access)
{
    return *infoframe_dword(model, access->index);
}

static void infoframe_written(struct model *model, const struct register_access *access)
{
    *infoframe_dword(model, access->index) = access->written;
}

static void panel_written(struct model *model, const struct register_access *access)
{
    if (!(access->stored & PORT_ENABLE))
        ddi_off(model, 0);
}

static void port_written(struct model *model, const struct register_access *access)
{
    if (!(access->stored & PORT_ENABLE))
        ddi_off(model, access->index + 1);
}

static void reset(struct model *model)
{
    memset(model->infoframes, 0, sizeof(model->infoframes));
    if (!(model->chip->traits & ON_FDI))
        return;
    for (unsigned i = 0; i < model->monitors.count; i++) {
        unsigned ddi = model->monitors.list[i].port->ddi;
        if (ddi == 0)
            register_set(model, DP_A, PORT_DETECTED);
        if (ddi == 0 || ddi > PCH_PORTS)
            continue;
        bool hdmi = model->monitors.list[i].kind == MODEL_MONITOR_HDMI;
        /* i915 looks for DisplayPort B where HDMI B's strap is set. */
        if (hdmi || ddi == 1)
            register_set(model, PCH_HDMI(ddi - 1), PORT_DETECTED);
        if (!hdmi)
            register_set(model, PCH_DP(ddi - 1), PORT_DETECTED);
    }
}

static const struct register_rule rules[] = {
    { .name = "DP_A",
      .offset = DP_A,
      .fixed = PORT_DETECTED,
      .written = panel_written,
      .on = ON_FDI },
    { .name = "PCH_HDMI",
      .offset = PCH_HDMI(0),
      .count = PCH_PORTS,
      .stride = 0x10,
      .fixed = PORT_DETECTED,
      .on = ON_FDI },
    { .name = "PCH_DP",
      .offset = PCH_DP(0),
      .count = PCH_PORTS,
      .stride = 0x100,
      .fixed = PORT_DETECTED,
      .written = port_written,
      .on = ON_FDI },
    /* No port is chosen. */
    { .name = "TRANS_DP_CTL",
      .offset = TRANS_DP(0),
      .count = 3,
      .stride = 0x1000,
      .reset = 3U << 29,
      .on = ON_FDI },
    { .name = "PCH_ADPA", .offset = 0xe1100, .written = crt_written, .on = ON_FDI },
    { .name = "PCH_TRANSCONF",
      .offset = 0xf0008,
      .count = 3,
      .stride = 0x1000,
      .follow = 0x40000000,
      .follow_by = 1,
      .on = ON_FDI | ON_HASWELL | ON_BROADWELL },
    { .name = "FDI_RX_IIR",
      .offset = 0xf0014,
      .count = 3,
      .stride = 0x1000,
      .fixed = REGISTER_READ_ONLY,
      .read = read_receiver,
      .on = ON_FDI },
    { .name = "TVIDEO_DIP_DATA",
      .offset = INFOFRAME(0) + 8,
      .count = 3,
      .stride = 0x1000,
      .read = read_infoframe,
      .written = infoframe_written,
      .on = ON_FDI },
    /* The VGA plane is off. */
    { .name = "VGACNTRL", .offset = 0x41000, .reset = 0x80000000 },
};
const struct register_table fdi_registers = {
    .name = "FDI",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
    .reset = reset,
};
