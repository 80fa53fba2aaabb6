/* assigned_internal.h: what the files of the assigned device share. */
#ifndef DEVICES_ASSIGNED_INTERNAL_H
#define DEVICES_ASSIGNED_INTERNAL_H

#include "devices/assigned.h" /* counters */
#include "igd/overlay.h"      /* struct igd_overlay */
#include "pci/function.h"     /* struct pci_function */
#include "pci/space.h"        /* struct range */

#define ASSIGNED_MAX_PIECES 8

/* A run of a BAR that is mapped into the guest: no exit when it is touched. */
struct assigned_piece {
    uint64_t offset, size; /* in the BAR */
    void *host;            /* its mapping here */
    bool in_guest;
};

struct assigned_bar {
    struct assigned *assigned;
    unsigned index;
    struct range trapped; /* answers for what no piece covers */
    unsigned piece_count;
    struct assigned_piece pieces[ASSIGNED_MAX_PIECES];
};

#define ASSIGNED_VGA_PLACES 3

/* One of the legacy VGA ranges. */
struct assigned_vga {
    struct assigned *assigned;
    uint16_t decode; /* command bit that switches it on */
    struct range range;
};

/* Interrupt state: one of INTx and MSI at a time. */
struct assigned_irq {
    int trigger_fd;  /* the device signals it; each fd is -1 until it is made */
    int resample_fd; /* KVM signals it at the guest's end of interrupt */
    int message_fd;
    int gsi;                  /* INTx goes there now, -1: nowhere */
    int message_gsi;          /* the GSI that stands for the message, -1: none yet */
    bool message_on;          /* the device signals message_fd */
    bool message_linked;      /* which goes on to the guest: its vector is not masked */
    uint64_t message_address; /* what the GSI sends now */
    uint32_t message_data;
    unsigned complaints; /* told so far */
    uint8_t msi_offset;  /* of the capability, 0: none */
    uint8_t msi_size;
    uint8_t
        msi_mask; /* offset of the mask bits, the pending bits behind them; 0: none */
};

struct assigned {
    struct device device;
    struct pci_function function;
    struct board *board;
    struct vfio_device *vfio;
    const struct igd_plan *plan;
    struct igd_overlay overlay;
    uint8_t emulated[PCI_CONFIG_SIZE]; /* 1: the byte is function.config's */
    struct assigned_bar bars[PCI_BAR_COUNT];
    void *rom;
    uint64_t rom_size;
    bool rom_in_guest;
    struct range rom_range;
    struct assigned_irq irq;
    struct assigned_vga vga[ASSIGNED_VGA_PLACES];
    struct assigned_counters counters;
    unsigned placements_told; /* how often the log heard of BDSM and ASLS */
};

/* assigned_bars.c: windows, their direct mappings and trapped accesses, the ROM. */
int assigned_bars_init(struct assigned *assigned, struct error *err);
void assigned_bars_free(struct assigned *assigned);
void assigned_window_changed(struct pci_function *function, unsigned index);

/* assigned_irq.c: INTx by irqfd with resampling, MSI by irqfd. */
int assigned_irq_init(struct assigned *assigned, struct error *err);
void assigned_irq_free(struct assigned *assigned);
void assigned_irq_route(struct pci_function *function, int gsi);
/* The MSI capability was written. */
void assigned_irq_update(struct assigned *assigned);
/* The pending bits are about to be read: bring them up to date. */
void assigned_irq_refresh(struct assigned *assigned);
void assigned_irq_reset(struct assigned *assigned);

/* assigned_vga.c: the legacy VGA ranges. */
int assigned_vga_init(struct assigned *assigned, struct error *err);
void assigned_vga_free(struct assigned *assigned);

#endif
