/* pcode.c: the mailbox to the power controller, and what memory it says there is. */
#include "model/register_tables.h" /* the table */

#include "base/bytes.h"   /* ARRAY_SIZE */
#include "model/chips.h"  /* traits */
#include "model/state.h"  /* struct model */
#include "model/traits.h" /* which chips */

#define MAILBOX       0x138124
#define DATA_LOW      0x138128
#define DATA_HIGH     0x13812c
#define MAILBOX_READY 0x80000000u
#define ANY           0x100000000ULL /* any data */

/*
 * Answers, by command (the mailbox's bits 28:0) and low data; commands that are not
 * here succeed and answer 0, as those do that set something. The first row that fits.
 * (Linux i915 i915_reg.h, display/intel_cdclk.c, skl_watermark.c, intel_bw.c,
 * intel_dram.c.)
 */
static const struct answer {
    uint32_t command;
    uint64_t data; /* low data that is asked with */
    uint32_t low, high;
    uint64_t on;
} answers[] = {
    /* Core display clock: ready for the change. */
    { 0x07, ANY, 1, 0, ON_GEN9_UP },
    /* System agent's frequency changes: off as asked. */
    { 0x21, ANY, 1, 0, ON_GEN9_UP },
    /* Memory latencies of levels 0 to 3 and 4 to 7, microseconds. */
    { 0x06, 0, 0x0a080602, 0, ON_GEN9_UP },
    { 0x06, 1, 0x14120f0c, 0, ON_GEN9_UP },
    /* Memory: DDR4, two channels, one point of operation; that point. */
    { 0x0d, ANY, 0x120, 0, ON_GEN11_UP },
    { 0x10d, ANY, 0x16160060, 0x0834, ON_GEN11_UP },
};

static const struct answer *find_answer(const struct model *model, uint32_t command,
                                        uint32_t data)
{
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        const struct answer *answer = &answers[i];
        if (answer->command == command && (answer->on & model->chip->traits) &&
            (answer->data == ANY || answer->data == data))
            return answer;
    }
    return NULL;
}

/* Done at once: not busy, no error, the answer in the data registers. */
static void mailbox_written(struct model *model, const struct register_access *access)
{
    if (!(access->written & MAILBOX_READY))
        return;
    static const struct answer none = { 0 };
    uint32_t data = register_get(model, DATA_LOW);
    const struct answer *answer =
        find_answer(model, access->stored & ~MAILBOX_READY, data);
    if (!answer)
        answer = &none;
    register_set(model, DATA_LOW, answer->low);
    register_set(model, DATA_HIGH, answer->high);
    register_set(model, MAILBOX, 0);
}

/* Linux i915 intel_mchbar_regs.h. */

static const struct register_rule rules[] = {
    { .name = "PCODE_MAILBOX", .offset = MAILBOX, .written = mailbox_written },
    /*
     * The memory controller's: latencies for watermarks, WM0 in 0.1 us, the others in
     * 0.5 us. Linux 6.12 sets no mode without.
     */
    { .name = "MCH_SSKPD",
      .offset = 0x145d10,
      .reset = 32 << 24 | 16 << 16 | 4 << 8 | 7, /* WM3 to WM0 */
      .on = ON_SANDY_BRIDGE | ON_IVY_BRIDGE },
    { .name = "MCH_SSKPD",
      .offset = 0x145d10,
      .reset = 90 << 20 | 36 << 12 | 4 << 4, /* WM3 to WM1 */
      .on = ON_HASWELL | ON_BROADWELL },
    { .name = "MCH_SSKPD_UDW",
      .offset = 0x145d14,
      .reset = 20 << 24 | 160, /* WM0, WM4 */
      .on = ON_HASWELL | ON_BROADWELL },
    /* One module of two ranks on each channel. */
    { .name = "MAD_DIMM",
      .offset = 0x14500c,
      .count = 2,
      .reset = 0x00000408,
      .fixed = REGISTER_READ_ONLY,
      .on = ON_GEN9_UP },
    /* The GT's frequencies: highest 23, efficient and lowest 7, units of 50 MHz. */
    { .name = "RP_STATE_CAP",
      .offset = 0x145998,
      .reset = 0x00070717,
      .fixed = REGISTER_READ_ONLY,
      .except = ON_VALLEYVIEW | ON_APOLLO_LAKE | ON_METEOR_LAKE },
    /* Frequency of memory, in units of 266 MHz. */
    { .name = "MC_BIOS_DATA",
      .offset = 0x145e04,
      .reset = 0x00000008,
      .fixed = REGISTER_READ_ONLY,
      .on = ON_GEN9_UP },
};
const struct register_table pcode_registers = {
    .name = "power controller",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
};
