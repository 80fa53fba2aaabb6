/* boot_order.h: which devices the firmware boots from, in which order, and its menu. */
#ifndef MACHINE_BOOT_ORDER_H
#define MACHINE_BOOT_ORDER_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* times */

struct error;
struct fw_cfg;

enum boot_kind { BOOT_DISK, BOOT_CDROM, BOOT_NETWORK, BOOT_KINDS };

#define BOOT_MAX_CHOICES 16

/* Devices of one kind: number (from 1) or, with 0, all of them in their order. */
struct boot_choice {
    enum boot_kind kind;
    unsigned number;
};

/* What the user asked for. Zero: disks, then optical drives, then the network; no menu.
 */
struct boot_options {
    unsigned count;
    struct boot_choice choices[BOOT_MAX_CHOICES];
    bool menu;
    uint32_t menu_wait;  /* ms; 0: the firmware's own time */
    bool serial_screen;  /* the BIOS screen is on COM1 */
    bool retry;          /* retry_wait counts */
    uint32_t retry_wait; /* ms until a machine that found nothing starts again */
};

#define BOOT_RETRY_NEVER UINT32_MAX

/* The devices of the machine. */
struct boot_devices {
    unsigned disks, cdroms;
    const char *rom; /* a fw_cfg file that goes before all devices, or NULL */
    bool uefi;       /* the firmware is OVMF, whose own order is another */
};

/*
 * Read "disk,cdrom2,network" into options->choices. 0, or -EINVAL with err saying which
 * word is wrong, without naming an option.
 */
int boot_order_parse(struct boot_options *options, const char *text, struct error *err);

/*
 * Tell the firmware (SeaBIOS docs/Runtime_config; OVMF follows): bootorder,
 * etc/show-boot-menu and the times. Nothing is told where the firmware does the same by
 * itself. 0, or a negative errno with err: a choice may name a device that does not
 * exist.
 */
int boot_order_add(struct fw_cfg *fw_cfg, const struct boot_options *options,
                   const struct boot_devices *devices, struct error *err);

#endif
