/* chips.h: which Intel GPUs the model can be, and what each one looks like at reset. */
#ifndef MODEL_CHIPS_H
#define MODEL_CHIPS_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* registers */

struct model;

/* What else happens when a config register is written; most need nothing. */
enum model_config_rule {
    MODEL_CONFIG_PLAIN,
    MODEL_CONFIG_BDSM32, /* locks itself once its base is not zero */
    MODEL_CONFIG_BDSM64,
    MODEL_CONFIG_SWSMI, /* the three door bells: every write is counted */
    MODEL_CONFIG_ASLE,
    MODEL_CONFIG_SWSCI,
    MODEL_CONFIG_DEVICE_CONTROL, /* bit 15 starts a function level reset */
    MODEL_CONFIG_AF_CONTROL,     /* bit 0 does */
};

/* One config register: its power-on value and what the guest may change of it. */
struct model_config_register {
    const char *name;
    uint16_t offset;
    uint8_t size;  /* 1, 2 or 4 */
    bool survives; /* keeps its value over a function level reset */
    uint32_t value;
    uint32_t write_mask;
    enum model_config_rule rule;
};

/* Registers that several chips have in common. */
struct model_config_set {
    const struct model_config_register *registers;
    size_t count;
};

#define MODEL_CONFIG_SETS 2

/*
 * One chip: a row of the table. What libigd's platform of the same name says (the
 * layout of BAR0, GGC and BDSM, the size of a GTT entry, whether there is a VBIOS) is
 * taken from there.
 */
struct model_chip {
    const char *name;   /* libigd's platform and the command line's: "skylake" */
    uint16_t device_id; /* vendor 8086 */
    uint8_t revision;
    uint16_t subsystem_id;     /* vendor 8086 */
    uint64_t pte_address_mask; /* page address in a GTT entry */
    uint32_t pte_high_mask;    /* its bits from 32 on, 28 places lower; 0: none there */
    uint64_t aperture_size;    /* BAR2, bytes */
    uint16_t ggc;              /* at power-on, 64 MiB of stolen memory */
    uint16_t msi_control;      /* config offset of MSI's message control */
    uint64_t traits;           /* what kind of chip it is, as in traits.h */
    struct model_config_set config[MODEL_CONFIG_SETS];
};

/* The chip of this command-line name, or NULL. */
const struct model_chip *model_chip_find(const char *name);

/* Walk the table: NULL past the end. */
const struct model_chip *model_chip_at(size_t index);

#endif
