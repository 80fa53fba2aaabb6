/* registers.h: the register file: rules in tables, one table a module. */
#ifndef MODEL_REGISTERS_H
#define MODEL_REGISTERS_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* registers */

struct error;
struct model;
struct model_chip;

/* One access to a register with a rule, as its functions are told of it. */
struct register_access {
    uint32_t offset;  /* in BAR0, of the dword */
    unsigned index;   /* which of the rule's registers, from 0 */
    uint32_t stored;  /* after the write; at a read: what is stored */
    uint32_t before;  /* the write */
    uint32_t written; /* as the guest gave it, at its byte lanes, others 0 */
};

/*
 * What a dword register is beyond memory that reads 0 at reset: one row of a table.
 * Members left out mean: one register, reset to 0, all bits written, on every chip.
 *
 * A write replaces all bits but those in `fixed` and `clear`; then a written 1 clears
 * the bits of `clear`. A masked register keeps 16 bits: the high half of what is
 * written says which of them the low half replaces; the high half reads 0.
 */
struct register_rule {
    const char *name;
    uint32_t offset; /* of the first, a multiple of 4 */
    uint16_t count;  /* 0 is 1 */
    uint16_t stride; /* bytes from one to the next; 0 is 4 */
    uint32_t reset;  /* value after a reset */
    uint32_t fixed;  /* bits a write leaves alone */
    uint32_t clear;  /* bits a written 1 clears and nothing else changes */
    bool masked;
    uint64_t on;     /* chips with any of these traits (traits.h); 0: every chip */
    uint64_t except; /* but none with any of these */
    /* What is read, in place of what is stored. NULL: that. */
    uint32_t (*read)(struct model *model, const struct register_access *access);
    /* Called after a write was stored; may store something else. NULL: nothing. */
    void (*written)(struct model *model, const struct register_access *access);
};

#define REGISTER_READ_ONLY     0xffffffffu /* for `fixed` */
#define REGISTER_WRITE_1_CLEAR 0xffffffffu /* for `clear` */

/* A module: registers that belong together, and what else happens at a reset. */
struct register_table {
    const char *name;
    const struct register_rule *rules;
    size_t count;
    /* Called at every reset, after all registers have their reset values. */
    void (*reset)(struct model *model);
};

/* Every module's table, in the order of their resets, and NULL after the last. */
extern const struct register_table *const register_tables[];

/* The rules of one chip, found by offset in constant time. */
struct register_map;

/*
 * Combine tables (NULL after the last) for a chip whose register half has size bytes.
 * NULL with err set when two rules claim one register, or one lies outside or askew:
 * the message names the modules, the registers and the offset. register_map_free takes
 * NULL, too.
 */
struct register_map *register_map_new(const struct model_chip *chip, uint32_t size,
                                      const struct register_table *const *tables,
                                      struct error *err);
void register_map_free(struct register_map *map);

/* Call for every register with a rule, in the order of the tables. */
void register_map_each(const struct register_map *map, struct model *model,
                       void (*call)(struct model *model,
                                    const struct register_rule *rule, uint32_t offset));

/* The rule of the dword at offset and which of its registers that is; NULL: memory. */
const struct register_rule *register_map_find(const struct register_map *map,
                                              uint32_t offset, unsigned *index);

/*
 * For modules: what is stored, with no function called. Offsets are multiples of 4
 * inside the register half, from tables and never from a guest.
 */
uint32_t register_get(const struct model *model, uint32_t offset);
void register_set(struct model *model, uint32_t offset, uint32_t value);
/* Set or clear all bits of mask. */
void register_set_bits(struct model *model, uint32_t offset, uint32_t mask, bool set);

/*
 * For command streamers and other masters inside the device: an access as the guest's
 * own, with rules and functions. Any offset: outside it reads 0 and writes nothing.
 */
uint32_t register_load(struct model *model, uint32_t offset);
void register_store(struct model *model, uint32_t offset, uint32_t value);

#endif
