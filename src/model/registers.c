/* registers.c: reads and writes of the register half of BAR0, by the chip's rules. */
#include "model/registers.h"

#include "base/bytes.h"       /* loads and stores */
#include "model/clock.h"      /* timers end with a reset */
#include "model/interrupts.h" /* so does an interrupt */
#include "model/state.h"      /* struct model */

#include <sys/mman.h> /* madvise */

static void reset_rule(struct model *model, const struct register_rule *rule,
                       uint32_t offset)
{
    if (rule->reset)
        store32(model->registers + offset, rule->reset);
}

void registers_reset(struct model *model)
{
    /* Private anonymous pages come back as zeros. */
    madvise(model->registers, model->registers_size, MADV_DONTNEED);
    clock_reset(model);
    register_map_each(model->map, model, reset_rule);
    for (size_t i = 0; register_tables[i]; i++) {
        if (register_tables[i]->reset)
            register_tables[i]->reset(model);
    }
    interrupt_update(model);
    faults_start(model);
}

uint32_t registers_read(struct model *model, uint32_t offset, unsigned size)
{
    uint32_t dword = (uint32_t)round_down(offset, 4);
    uint32_t value = load32(model->registers + dword);
    struct register_access access = { .offset = dword, .stored = value };
    const struct register_rule *rule =
        register_map_find(model->map, dword, &access.index);
    if (rule && rule->read)
        value = rule->read(model, &access);
    if (model->options.faults.on)
        value = fault_read(model, dword, value);
    return (uint32_t)((value >> (8 * (offset - dword))) & all_ones(size));
}

/* State bits set as the bits ask that they follow. */
static uint32_t follow(const struct register_rule *rule, uint32_t value)
{
    uint32_t asked =
        rule->follow_by < 0 ? value << -rule->follow_by : value >> rule->follow_by;
    return (value & ~rule->follow) | (asked & rule->follow);
}

/* What a register holds after a write; lanes: the bits the access reaches. */
static uint32_t apply(const struct register_rule *rule, uint32_t before,
                      uint32_t written, uint32_t lanes)
{
    if (rule->masked) {
        uint32_t chosen = written >> 16 & lanes & ~rule->fixed & ~rule->follow;
        return follow(rule, (before & ~chosen) | (written & chosen));
    }
    uint32_t replaced = lanes & ~rule->fixed & ~rule->clear & ~rule->follow;
    uint32_t value = (before & ~replaced) | (written & replaced);
    return follow(rule, value & ~(written & rule->clear));
}

void registers_write(struct model *model, uint32_t offset, uint32_t value,
                     unsigned size)
{
    uint32_t dword = (uint32_t)round_down(offset, 4);
    struct register_access access = { .offset = dword };
    const struct register_rule *rule =
        register_map_find(model->map, dword, &access.index);
    if (!rule) {
        store_sized(model->registers + offset, value, size);
        return;
    }
    unsigned shift = 8 * (offset - dword);
    uint32_t lanes = (uint32_t)(all_ones(size) << shift);
    access.written = value << shift & lanes;
    access.before = load32(model->registers + dword);
    access.stored = apply(rule, access.before, access.written, lanes);
    store32(model->registers + dword, access.stored);
    if (rule->written)
        rule->written(model, &access);
}

uint32_t register_get(const struct model *model, uint32_t offset)
{
    return load32(model->registers + offset);
}

void register_set(struct model *model, uint32_t offset, uint32_t value)
{
    store32(model->registers + offset, value);
}

void register_set_bits(struct model *model, uint32_t offset, uint32_t mask, bool set)
{
    uint32_t value = register_get(model, offset);
    register_set(model, offset, set ? value | mask : value & ~mask);
}

uint32_t register_load(struct model *model, uint32_t offset)
{
    if (offset % 4 || !range_inside(offset, 4, model->registers_size))
        return 0;
    return registers_read(model, offset, 4);
}

void register_store(struct model *model, uint32_t offset, uint32_t value)
{
    if (offset % 4 == 0 && range_inside(offset, 4, model->registers_size))
        registers_write(model, offset, value, 4);
}
