/* gop_bench.h: a UEFI that is just enough for the GOP driver, with a model behind it.
 */
#ifndef TESTS_MODEL_GOP_BENCH_H
#define TESTS_MODEL_GOP_BENCH_H

#include "../../../firmware/gop/gop.h"     /* under test */
#include "../../../firmware/uefi/fw_cfg.h" /* what is pretended */
#include "model/screen.h"                  /* what shows */

#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */

#include <cmocka.h> /* the framework */

struct model;

#define GOP_BENCH_PROTOCOLS 16
#define GOP_BENCH_BLOCKS    8

struct gop_bench_protocol {
    efi_handle handle;
    const struct efi_guid *guid;
    void *interface;
};

struct gop_bench {
    struct efi_pci_io pci; /* first: the driver hands it back */
    struct model *model;
    uint64_t now;
    struct efi_boot_services boot;
    struct efi_system_table table;
    struct gop_bench_protocol protocols[GOP_BENCH_PROTOCOLS];
    struct {
        uint8_t *at;
        size_t size;
        bool reserved; /* for good: no boot services data */
    } pages[GOP_BENCH_BLOCKS];
    unsigned pools;         /* allocated and not freed */
    unsigned opens, childs; /* of the device: by the driver, by its children */
    uint64_t attributes, tpl;
    uint8_t *aperture_room, *aperture;
    size_t aperture_size;
    uint64_t registers;
    struct screen *screen;
};

/*
 * A model of this chip with these monitors (NULL: its usual one), switched on, its BARs
 * placed; the driver's configuration filled in from the ROM that goes with the chip,
 * and the driver entered.
 */
void gop_bench_start(struct gop_bench *bench, const char *chip, const char *monitors);
void gop_bench_stop(struct gop_bench *bench);

/* The device's handle, and the driver's. */
extern efi_handle const gop_bench_device, gop_bench_image;

/* The protocol on any handle but this one (NULL: on any); NULL: nobody installed it. */
void *gop_bench_find(const struct gop_bench *bench, const struct efi_guid *guid,
                     efi_handle not_on);
/* The handle of the interface. */
efi_handle gop_bench_handle(const struct gop_bench *bench, const void *interface);

uint32_t gop_bench_config(struct gop_bench *bench, unsigned offset);

/* What pipe A shows now. */
const struct picture *gop_bench_picture(struct gop_bench *bench);

/* What the driver is told of the chip. */
extern struct gop_config gop_config;

/* Bytes of the file etc/igd-opregion; 0: there is none. */
extern size_t gop_bench_opregion_size;
/* The GMS field of the next model's GGC; 0: the chip's usual one. */
extern uint8_t gop_bench_gms;

#endif
