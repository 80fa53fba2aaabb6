/* assigned.h: a VFIO device as a function on the guest's bus. */
#ifndef DEVICES_ASSIGNED_H
#define DEVICES_ASSIGNED_H

#include "devices/device.h" /* struct device */

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* counters */

struct board;
struct error;
struct igd_plan;
struct vfio_device;

/* Accesses that reached igdvm instead of the hardware, for --stats. */
struct assigned_counters {
    uint64_t bar_reads[6], bar_writes[6]; /* trapped, by BAR */
    uint64_t trapped_pages[6];            /* 4 KiB pages not mapped directly, by BAR */
    uint64_t mapped_pages[6];
    uint64_t vga_reads, vga_writes;
    uint64_t config_reads, config_writes;
    uint64_t interrupts_set_up; /* INTx and MSI switched on or moved */
    uint64_t bdsm, asls;        /* what the guest's firmware put there */
};

struct assigned;

/*
 * Put `vfio` on board->pci at devfn. plan: what igd_plan decided for an Intel GPU
 * (overlays, ROM, VGA ranges), or NULL for any other device without ROM. Both stay the
 * caller's and must outlive it. DMA mappings are the caller's. NULL with err.
 */
struct assigned *assigned_new(struct board *board, struct vfio_device *vfio,
                              uint8_t devfn, const struct igd_plan *plan,
                              struct error *err);

/* The same for any other device, with this ROM, which is copied; NULL: none. */
struct assigned *assigned_new_plain(struct board *board, struct vfio_device *vfio,
                                    uint8_t devfn, const uint8_t *rom, size_t rom_size,
                                    struct error *err);

struct device *assigned_device(struct assigned *assigned);
struct assigned_counters assigned_counters(const struct assigned *assigned);

#endif
