/* fault.h: misbehaviour on order, to test drivers and VMMs. */
#ifndef MODEL_FAULT_H
#define MODEL_FAULT_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* numbers */

struct error;
struct model;

enum model_fault {
    FAULT_FORCEWAKE_STUCK,
    FAULT_POWER_WELL_STUCK,
    FAULT_PLL_UNLOCKED,
    FAULT_PCODE_BUSY,
    FAULT_RESET_STUCK,
    FAULT_EDID_NAK,
    FAULT_EDID_CORRUPT,
    FAULT_AUX_TIMEOUT,
    FAULT_LINK_TRAINING,
    FAULT_HOTPLUG_STORM,
    FAULT_VBLANK_STOP,
    FAULT_IRQ_LOST,
    FAULT_IRQ_STORM,
    FAULT_DMA_STRAY,
    FAULT_GPU_HANG,
    FAULT_DEVICE_LOST,
    FAULT_COUNT,
};

/* Which faults are on, and the value of each: its default or what was given. */
struct model_faults {
    uint32_t on; /* bit n: fault n */
    uint64_t values[FAULT_COUNT];
};

/* Facts of a fault: its name, what it does; what a value is, NULL: it takes none. */
struct model_fault_row {
    const char *name, *text, *value_text;
    uint64_t value;       /* unless told */
    uint64_t least, most; /* it may be */
};

const struct model_fault_row *model_fault_row(enum model_fault fault);

/* "NAME" or "NAME=VALUE", as it is written in a list. Returns buffer. */
const char *model_fault_text(enum model_fault fault, uint64_t value, char *buffer,
                             size_t size);

/*
 * Read "NAME[=VALUE],..." and switch those on. 0, or -EINVAL with err naming the part
 * that is wrong and what there is.
 */
int model_faults_parse(struct model_faults *faults, const char *list,
                       struct error *err);

/* Switch one, "NAME" or "NAME=VALUE", of a running model. 0 or -EINVAL with err. */
int model_fault_set(struct model *model, const char *name, bool on, struct error *err);

/* For the rest of the model. */
bool fault_is_on(const struct model *model, enum model_fault fault);
uint64_t fault_value(const struct model *model, enum model_fault fault);

/* What is read of a register, in place of value, while any fault is on. */
uint32_t fault_read(const struct model *model, uint32_t offset, uint32_t value);

/* May the bus be told of this interrupt? */
bool fault_lets_interrupt(struct model *model);

/* The model was made, or reset: faults go on. */
void faults_start(struct model *model);

/* The timer of clock.h. */
void faults_timer(struct model *model);

#endif
