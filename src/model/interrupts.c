/* interrupts.c: groups of interrupt registers, and when the device interrupts. */
#include "model/interrupts.h"

#include "base/bytes.h"            /* ARRAY_SIZE */
#include "model/chips.h"           /* traits */
#include "model/interrupts_gt11.h" /* Gen11's GT has another form */
#include "model/register_tables.h" /* the table */
#include "model/state.h"           /* struct model */
#include "model/traits.h"          /* which chips */

/* Registers of a group, from its base. */
enum { GROUP_ISR = 0, GROUP_IMR = 4, GROUP_IIR = 8, GROUP_IER = 12 };

#define MASTER_ENABLE     0x80000000u
#define GEN8_MASTER       0x44200 /* Gen11 on: of the display alone */
#define GEN11_MASTER      0x190010
#define GEN11_DISPLAY     0x00010000u
#define TILE_MASTER       0x190008 /* Meteor Lake on, above the other */
#define ILK_DISPLAY       0x44000
#define ILK_GT            0x44010
#define ILK_PM            0x44020
#define SOUTH             0xc4000
#define GT_GROUP(number)  (0x44300 + 16u * (number))
#define PIPE_GROUP(pipe)  (0x44400 + 16u * (pipe))
#define PORT_GROUP        0x44440
#define MISC_GROUP        0x44460
#define HOTPLUG_GROUP     0x44470
#define GUNIT_GROUP       0x444f0
#define PCU_GROUP         0x444e0
#define ILK_PCH_EVENT_IVB 0x10000000u
#define ILK_ERROR_EVENT   0x40000000u
#define ERROR_INTERRUPT   0x44040
#define ILK_PCH_EVENT_SNB 0x00200000u

#define ILK_CHIPS  (ON_FDI | ON_HASWELL)
#define GEN8_CHIPS (ON_GEN8_TO_10 | ON_BAY_TRAIL)

/*
 * Groups below the master register, and the bit each shows there: of a GT group, one
 * for each half. Masters compute these bits, so a driver that finds one set always
 * finds the identity bit behind it. (Linux i915 i915_reg.h, GEN8_MASTER_IRQ and
 * GEN11_DISPLAY_INT_CTL.)
 */
static const struct group {
    uint32_t base;
    uint32_t bit, high_bit; /* high_bit 0: bit stands for the whole group */
    uint64_t on;
    bool display; /* Gen11 on: under 44200; else under 190010 */
} groups[] = {
    { GT_GROUP(0), 1u << 0, 1u << 1, GEN8_CHIPS, false },
    { GT_GROUP(1), 1u << 2, 1u << 3, GEN8_CHIPS, false },
    { GT_GROUP(2), 1u << 4, 1u << 5, GEN8_CHIPS, false },
    { GT_GROUP(3), 1u << 6, 1u << 7, GEN8_CHIPS, false },
    { PIPE_GROUP(0), 1u << 16, 0, ON_GEN8_UP | ON_BAY_TRAIL, true },
    { PIPE_GROUP(1), 1u << 17, 0, ON_GEN8_UP | ON_BAY_TRAIL, true },
    { PIPE_GROUP(2), 1u << 18, 0, ON_GEN8_UP | ON_BAY_TRAIL, true },
    { PIPE_GROUP(3), 1u << 19, 0, ON_GEN12_UP, true },
    { PORT_GROUP, 1u << 20, 0, ON_GEN8_UP, true },
    { HOTPLUG_GROUP, 1u << 21, 0, ON_GEN11_UP, true },
    { MISC_GROUP, 1u << 22, 0, ON_GEN8_UP, true },
    { SOUTH, 1u << 23, 0, ON_GEN8_UP, true },
    { GUNIT_GROUP, 1u << 29, 0, ON_GEN11_UP, false },
    { PCU_GROUP, 1u << 30, 0, ON_GEN8_UP, false },
};

static uint32_t group_pending(const struct model *model, uint32_t base)
{
    return register_get(model, base + GROUP_IIR) &
           register_get(model, base + GROUP_IER);
}

/* The bits of those groups in their master register. */
static uint32_t groups_pending(const struct model *model, bool display, bool others)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        const struct group *group = &groups[i];
        if (!(group->on & model->chip->traits) || !(group->display ? display : others))
            continue;
        uint32_t pending = group_pending(model, group->base);
        if (group->high_bit)
            bits |= (pending & 0xffff ? group->bit : 0) |
                    (pending >> 16 ? group->high_bit : 0);
        else
            bits |= pending ? group->bit : 0;
    }
    return bits;
}

static bool enabled(const struct model *model, uint32_t master)
{
    return register_get(model, master) & MASTER_ENABLE;
}

static uint32_t gen11_pending(const struct model *model)
{
    uint32_t bits = groups_pending(model, false, true) | interrupts_gt11_pending(model);
    if (enabled(model, GEN8_MASTER) && groups_pending(model, true, false))
        bits |= GEN11_DISPLAY;
    return bits;
}

static bool condition_gen11(const struct model *model)
{
    bool above = !(model->chip->traits & ON_METEOR_LAKE) || enabled(model, TILE_MASTER);
    return above && enabled(model, GEN11_MASTER) && gen11_pending(model);
}

static bool condition_gen8(const struct model *model)
{
    return enabled(model, GEN8_MASTER) && groups_pending(model, true, true);
}

static bool condition_ilk(const struct model *model)
{
    return enabled(model, ILK_DISPLAY + GROUP_IER) &&
           ((group_pending(model, ILK_DISPLAY) & ~MASTER_ENABLE) ||
            group_pending(model, ILK_GT) || group_pending(model, ILK_PM));
}

bool model_interrupt_pending(const struct model *model)
{
    uint64_t traits = model->chip->traits;
    if (traits & ILK_CHIPS)
        return condition_ilk(model);
    return traits & ON_GEN11_UP ? condition_gen11(model) : condition_gen8(model);
}

void interrupt_update(struct model *model)
{
    bool condition = model_interrupt_pending(model);
    bool off = load16(model->config + PCI_COMMAND) & PCI_COMMAND_INTX_OFF ||
               model->config[model->chip->msi_control] & 1;
    bool pin = condition && !off;
    if (condition == model->interrupt && pin == model->pin)
        return;
    bool edge = condition && !model->interrupt;
    model->interrupt = condition;
    model->pin = pin;
    if (model->bus && (!edge || fault_lets_interrupt(model)))
        model->bus->interrupt(model->opaque, condition, pin);
}

/* Events reach the identity register unless they are masked. */
static void group_raise(struct model *model, uint32_t base, uint32_t bits)
{
    bits &= ~register_get(model, base + GROUP_IMR);
    register_set_bits(model, base + GROUP_IIR, bits, true);
}

/* Up to Haswell the PCH's groups reach the processor's as one event, by its edge. */
static void south_changed(struct model *model)
{
    bool pending = group_pending(model, SOUTH);
    if (!(model->chip->traits & ILK_CHIPS) || pending == model->south_pending)
        return;
    model->south_pending = pending;
    uint32_t event =
        model->chip->traits & ON_SANDY_BRIDGE ? ILK_PCH_EVENT_SNB : ILK_PCH_EVENT_IVB;
    register_set_bits(model, ILK_DISPLAY + GROUP_ISR, event, pending);
    if (pending)
        group_raise(model, ILK_DISPLAY, event);
}

/*
 * Where an engine's 16 bits lie: Gen8 to 10 two engines a group; before, those bits
 * that are there lie in one group, from the shift on.
 */
static const struct engine_place {
    uint32_t gen8_group;
    uint8_t gen8_shift;
    uint8_t ilk_shift; /* 255: not there */
} engine_places[ENGINE_COUNT] = {
    [ENGINE_RENDER] = { GT_GROUP(0), 0, 0 },
    [ENGINE_BLITTER] = { GT_GROUP(0), 16, 22 },
    [ENGINE_VIDEO_0] = { GT_GROUP(1), 0, 12 },
    [ENGINE_VIDEO_1] = { GT_GROUP(1), 16, 255 },
    [ENGINE_VIDEO_2] = { 0, 0, 255 },
    [ENGINE_VIDEO_3] = { 0, 0, 255 },
    [ENGINE_VIDEO_ENHANCE_0] = { GT_GROUP(3), 0, 254 },
    [ENGINE_VIDEO_ENHANCE_1] = { 0, 0, 255 },
};

/* Haswell's video enhancement engine has its bits in the PM group. */
#define IN_PM_GROUP     254
#define PM_VEBOX_SHIFT  10
#define ILK_ENGINE_BITS (ENGINE_USER_INTERRUPT | ENGINE_ERROR | ENGINE_FLUSH_NOTIFY)

static void ilk_gt(struct model *model, uint8_t shift, uint32_t bits)
{
    bits &= ILK_ENGINE_BITS;
    if (shift == IN_PM_GROUP)
        group_raise(model, ILK_PM, (bits & ENGINE_USER_INTERRUPT) << PM_VEBOX_SHIFT);
    else if (shift < 32)
        group_raise(model, ILK_GT, bits << shift);
}

void interrupt_gt(struct model *model, enum model_engine engine, uint32_t bits)
{
    if ((unsigned)engine >= ENGINE_COUNT)
        return;
    const struct engine_place *place = &engine_places[engine];
    uint64_t traits = model->chip->traits;
    if (traits & ON_GEN11_UP)
        interrupts_gt11_raise(model, engine, bits & 0xffff);
    else if (traits & ON_GEN7_DOWN)
        ilk_gt(model, place->ilk_shift, bits);
    else if (place->gen8_group)
        group_raise(model, place->gen8_group, (bits & 0xffff) << place->gen8_shift);
    interrupt_update(model);
}

void interrupt_gt_pm(struct model *model, uint32_t bits)
{
    if (model->chip->traits & ON_GEN7_DOWN)
        group_raise(model, ILK_PM, bits);
    else if (!(model->chip->traits & ON_GEN11_UP))
        group_raise(model, GT_GROUP(2), bits & 0xffff);
    interrupt_update(model);
}

/* Gen8's pipe events in the display groups of before (i915_reg.h, DE_PIPEA_VBLANK). */
static uint32_t ilk_pipe_bits(const struct model *model, unsigned pipe, uint32_t bits)
{
    bool vblank = bits & PIPE_EVENT_VBLANK;
    bool flip = bits & PIPE_EVENT_FLIP_DONE(0);
    if (model->chip->traits & ON_SANDY_BRIDGE)
        return (vblank ? 0x80u << (8 * pipe) : 0) |
               (bits & PIPE_EVENT_CRC_DONE ? 4u << (8 * pipe) : 0) |
               (flip ? 0x4000000u << pipe : 0);
    return (vblank ? 1u << (5 * pipe) : 0) | (flip ? 8u << (5 * pipe) : 0);
}

/* Ivy Bridge and Haswell tell of a picture's checksum among the errors. */
static void ilk_pipe(struct model *model, unsigned pipe, uint32_t bits)
{
    uint32_t events = ilk_pipe_bits(model, pipe, bits);
    if (bits & PIPE_EVENT_CRC_DONE && !(model->chip->traits & ON_SANDY_BRIDGE)) {
        register_set_bits(model, ERROR_INTERRUPT, 4u << (3 * pipe), true);
        events |= ILK_ERROR_EVENT;
    }
    group_raise(model, ILK_DISPLAY, events);
}

void interrupt_pipe(struct model *model, unsigned pipe, uint32_t bits)
{
    if (model->chip->traits & ILK_CHIPS)
        ilk_pipe(model, pipe, bits);
    else
        group_raise(model, PIPE_GROUP(pipe), bits);
    interrupt_update(model);
}

void interrupt_pch(struct model *model, uint32_t bits)
{
    group_raise(model, SOUTH, bits);
    south_changed(model);
    interrupt_update(model);
}

void interrupt_port(struct model *model, uint32_t bits)
{
    if (!(model->chip->traits & ILK_CHIPS))
        group_raise(model, PORT_GROUP, bits);
    interrupt_update(model);
}

void interrupt_display_hotplug(struct model *model, uint32_t bits)
{
    if (model->chip->traits & ON_GEN11_UP)
        group_raise(model, HOTPLUG_GROUP, bits);
    interrupt_update(model);
}

void interrupt_display(struct model *model, uint32_t bits)
{
    if (model->chip->traits & ILK_CHIPS)
        group_raise(model, ILK_DISPLAY, bits);
    interrupt_update(model);
}

static void group_written(struct model *model, const struct register_access *access)
{
    south_changed(model);
    interrupt_update(model);
}

static uint32_t read_gen8_master(struct model *model,
                                 const struct register_access *access)
{
    bool alone = model->chip->traits & ON_GEN11_UP;
    return access->stored | groups_pending(model, true, !alone);
}

static uint32_t read_gen11_master(struct model *model,
                                  const struct register_access *access)
{
    return access->stored | gen11_pending(model);
}

static uint32_t read_tile_master(struct model *model,
                                 const struct register_access *access)
{
    bool pending = enabled(model, GEN11_MASTER) && gen11_pending(model);
    return access->stored | pending;
}

static void reset(struct model *model)
{
    model->south_pending = false;
}

/* Status, mask, identity and enable of groups one stride apart. */
#define GROUPS(text, base, number, step, chips)                               \
    { .name = text " ISR",                                                    \
      .offset = (base) + GROUP_ISR,                                           \
      .count = (number),                                                      \
      .stride = (step),                                                       \
      .fixed = REGISTER_READ_ONLY,                                            \
      .on = (chips) },                                                        \
        { .name = text " IMR",                                                \
          .offset = (base) + GROUP_IMR,                                       \
          .count = (number),                                                  \
          .stride = (step),                                                   \
          .reset = 0xffffffff,                                                \
          .on = (chips) },                                                    \
        { .name = text " IIR",                                                \
          .offset = (base) + GROUP_IIR,                                       \
          .count = (number),                                                  \
          .stride = (step),                                                   \
          .clear = REGISTER_WRITE_1_CLEAR,                                    \
          .written = group_written,                                           \
          .on = (chips) },                                                    \
    {                                                                         \
        .name = text " IER", .offset = (base) + GROUP_IER, .count = (number), \
        .stride = (step), .written = group_written, .on = (chips)             \
    }

static const struct register_rule rules[] = {
    { .name = "MASTER_IRQ",
      .offset = GEN8_MASTER,
      .fixed = ~MASTER_ENABLE,
      .read = read_gen8_master,
      .written = group_written,
      .on = ON_GEN8_UP | ON_BAY_TRAIL },
    { .name = "GFX_MSTR_IRQ",
      .offset = GEN11_MASTER,
      .fixed = ~MASTER_ENABLE,
      .read = read_gen11_master,
      .written = group_written,
      .on = ON_GEN11_UP },
    { .name = "MSTR_TILE_INTR",
      .offset = TILE_MASTER,
      .fixed = ~MASTER_ENABLE,
      .read = read_tile_master,
      .written = group_written,
      .on = ON_METEOR_LAKE },
    GROUPS("DE", ILK_DISPLAY, 1, 16, ILK_CHIPS),
    GROUPS("GT", ILK_GT, 1, 16, ILK_CHIPS),
    GROUPS("PM", ILK_PM, 1, 16, ILK_CHIPS),
    GROUPS("GT", GT_GROUP(0), 4, 16, GEN8_CHIPS),
    GROUPS("PIPE", PIPE_GROUP(0), 3, 16, ON_GEN8_UP | ON_BAY_TRAIL),
    GROUPS("PIPE_D", PIPE_GROUP(3), 1, 16, ON_GEN12_UP),
    GROUPS("PORT", PORT_GROUP, 1, 16, ON_GEN8_UP),
    GROUPS("MISC", MISC_GROUP, 1, 16, ON_GEN8_UP),
    GROUPS("HPD", HOTPLUG_GROUP, 1, 16, ON_GEN11_UP),
    GROUPS("GU_MISC", GUNIT_GROUP, 1, 16, ON_GEN11_UP),
    GROUPS("PCU", PCU_GROUP, 1, 16, ON_GEN8_UP),
    GROUPS("SDE", SOUTH, 1, 16, ILK_CHIPS | ON_GEN8_UP),
    /* Errors, and the panel's self refresh: identity registers of no group. */
    { .name = "ERR_INT",
      .offset = 0x44040,
      .clear = REGISTER_WRITE_1_CLEAR,
      .on = ON_GEN7 },
    { .name = "SERR_INT",
      .offset = 0xc4040,
      .clear = REGISTER_WRITE_1_CLEAR,
      .on = ON_FDI | ON_HASWELL },
    { .name = "EDP_PSR_IIR",
      .offset = 0x64838,
      .clear = REGISTER_WRITE_1_CLEAR,
      .on = ON_DDI,
      .except = ON_GEN12_UP },
    { .name = "TRANS_PSR_IIR",
      .offset = 0x60818,
      .count = 4,
      .stride = 0x1000,
      .clear = REGISTER_WRITE_1_CLEAR,
      .on = ON_GEN12_UP },
};
const struct register_table interrupt_registers = {
    .name = "interrupts",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
    .reset = reset,
};
