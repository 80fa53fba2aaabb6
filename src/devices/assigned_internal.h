/* assigned_internal.h: what the files of the assigned device share. */
#ifndef DEVICES_ASSIGNED_INTERNAL_H
#define DEVICES_ASSIGNED_INTERNAL_H

#include "devices/assigned.h"         /* counters */
#include "devices/assigned_message.h" /* vectors */
#include "igd/overlay.h"              /* struct igd_overlay */
#include "pci/function.h"             /* struct pci_function */
#include "pci/space.h"                /* struct range */

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

/* INTx and MSI; of these and MSI-X one at a time. */
struct assigned_irq {
    int trigger_fd;  /* the device signals it; each fd is -1 until it is made */
    int resample_fd; /* KVM signals it at the guest's end of interrupt */
    int gsi;         /* INTx goes there now, -1: nowhere */
    struct assigned_message message; /* vector 0 of MSI, the only one there is */
    bool message_on;                 /* the device signals it */
    unsigned complaints;             /* told so far */
    uint8_t msi_offset;              /* of the capability, 0: none */
    uint8_t msi_size;
    uint8_t
        msi_mask; /* offset of the mask bits, the pending bits behind them; 0: none */
};

#define MSIX_CAPABILITY_SIZE 12
#define ASSIGNED_VECTORS_MAX 32 /* of MSI-X, whatever the device has */

/* MSI-X: the table is ours, and what BAR pages it and the pending bits lie on. */
struct assigned_msix {
    uint8_t capability; /* its offset, 0: none */
    unsigned vectors;   /* the guest has */
    unsigned bar;
    struct {
        uint64_t offset, size; /* in the BAR, as the hardware has them */
    } table, pending;
    bool on;          /* the device signals the vectors */
    uint8_t *entries; /* 16 bytes a vector, as the guest wrote them */
    struct assigned_message messages[ASSIGNED_VECTORS_MAX];
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
    struct assigned_msix msix;
    struct assigned_vga vga[ASSIGNED_VGA_PLACES];
    struct assigned_counters counters;
    unsigned placements_told; /* how often the log heard of BDSM and ASLS */
};

/* assigned.c: where a capability is in config space; 0: there is none. */
uint8_t assigned_find_capability(struct assigned *assigned, uint8_t id);
/* These bytes of config space are function.config's, not the hardware's. */
void assigned_emulate(struct assigned *assigned, unsigned offset, unsigned size);

/* assigned_bars.c: windows, their direct mappings and trapped accesses, the ROM. */
struct assigned_rom {
    const uint8_t *bytes; /* NULL: the guest sees none */
    size_t size;
};
int assigned_bars_init(struct assigned *assigned, const struct assigned_rom *rom,
                       struct error *err);
void assigned_bars_free(struct assigned *assigned);
void assigned_window_changed(struct pci_function *function, unsigned index);

/* assigned_irq.c: INTx by irqfd with resampling, MSI by irqfd; init, free and reset are
 * those of MSI-X, too. */
int assigned_irq_init(struct assigned *assigned, struct error *err);
void assigned_irq_free(struct assigned *assigned);
void assigned_irq_route(struct pci_function *function, int gsi);
/* The MSI capability was written. */
void assigned_irq_update(struct assigned *assigned);
/* The pending bits are about to be read: bring them up to date. */
void assigned_irq_refresh(struct assigned *assigned);
void assigned_irq_reset(struct assigned *assigned);
/* For assigned_msix.c: one way off, another on. */
void assigned_message_off(struct assigned *assigned);
void assigned_intx_off(struct assigned *assigned);
void assigned_intx_on(struct assigned *assigned);
/* A guest that tries again and again does not fill the log with it. */
void assigned_irq_complain(struct assigned *assigned, const char *what, int code);

/* assigned_msix.c: the MSI-X table, an irqfd a vector. */
int assigned_msix_init(struct assigned *assigned, struct error *err);
void assigned_msix_free(struct assigned *assigned);
void assigned_msix_reset(struct assigned *assigned);
/* The capability was written. */
void assigned_msix_update(struct assigned *assigned);
/* Does [offset, offset + size) of this BAR touch the table or the pending bits? */
bool assigned_msix_covers(const struct assigned *assigned, unsigned bar,
                          uint64_t offset, uint64_t size);
/* Accesses there; size 1 to 8. */
uint64_t assigned_msix_read(struct assigned *assigned, uint64_t offset, unsigned size);
void assigned_msix_write(struct assigned *assigned, uint64_t offset, uint64_t value,
                         unsigned size);

/* assigned_vga.c: the legacy VGA ranges. */
int assigned_vga_init(struct assigned *assigned, struct error *err);
void assigned_vga_free(struct assigned *assigned);

#endif
