/* function.h: one function of an emulated PCI device: config space, windows, INTx. */
#ifndef PCI_FUNCTION_H
#define PCI_FUNCTION_H

#include "pci/regs.h" /* PCI_WINDOW_COUNT */

#include <stdbool.h> /* bool */
#include <stdint.h>  /* registers */

struct pci_bus;
struct pci_function;
struct range;
struct space;

/* The memory or I/O a BAR (or the ROM register) decodes. */
struct pci_window {
    uint64_t size;       /* a power of two; 0: this BAR does not exist */
    uint32_t flags;      /* PCI_BAR_IO, PCI_BAR_64, PCI_BAR_PREFETCH */
    struct range *range; /* placed in the bus's space while decoded; may be NULL */
    uint64_t address;    /* where it is decoded now; meaningful while mapped */
    bool mapped;
};

/* What a device may change of the common behaviour; any member may be NULL. */
struct pci_function_ops {
    /*
     * A config access the device answers itself, in place of the common code
     * (pci_function_default_read/write). offset + size lies inside config space and
     * the access is naturally aligned; size is 1, 2 or 4.
     */
    uint32_t (*config_read)(struct pci_function *function, unsigned offset,
                            unsigned size);
    void (*config_write)(struct pci_function *function, unsigned offset, uint32_t value,
                         unsigned size);
    /* A window was decoded at window->address (mapped) or is about to stop being. */
    void (*window_changed)(struct pci_function *function, unsigned index);
    /* The GSI behind this function's INTx pin may have changed; -1: it goes nowhere. */
    void (*route_changed)(struct pci_function *function, int gsi);
    void (*reset)(struct pci_function *function);
};

/*
 * config holds the reset values and then the state; write_mask says which bits the
 * guest may change, clear_mask which bits are write-1-to-clear. BAR registers,
 * command and interrupt line get their masks from pci_bus_add.
 */
struct pci_function {
    const char *name;
    const struct pci_function_ops *ops;
    void *opaque;
    uint8_t devfn;
    uint8_t config[PCI_CONFIG_SIZE];
    uint8_t write_mask[PCI_CONFIG_SIZE];
    uint8_t clear_mask[PCI_CONFIG_SIZE];
    struct pci_window windows[PCI_WINDOW_COUNT];
    struct pci_bus *bus;                   /* set by pci_bus_add */
    uint8_t reset_config[PCI_CONFIG_SIZE]; /* set by pci_bus_add: power-on state */
    bool intx_level;                       /* what the device asks for */
    bool intx_driven; /* what reaches the line: not while the command bit forbids it */
};

/* Fill identity registers. class: base class, subclass, prog-if in bits 23:0. */
void pci_function_identify(struct pci_function *function, uint16_t vendor,
                           uint16_t device, uint8_t revision, uint32_t class_code,
                           uint16_t subsystem_vendor, uint16_t subsystem);

/*
 * Append a capability of `size` bytes (header included) at `offset`, or at the next
 * free dword from 0x40 when offset is 0. Its bytes are zero and read-only. Returns its
 * offset, or -ENOSPC.
 */
int pci_function_add_capability(struct pci_function *function, uint8_t id,
                                unsigned offset, unsigned size);

/* The common behaviour, for ops that only add to it. */
uint32_t pci_function_default_read(struct pci_function *function, unsigned offset,
                                   unsigned size);
void pci_function_default_write(struct pci_function *function, unsigned offset,
                                uint32_t value, unsigned size);

/* Place and remove windows as the command register and the BARs now say. */
void pci_function_update_windows(struct pci_function *function);

/* Drive the INTx pin (level: true = asserted); also shows in the status register. */
void pci_function_set_intx(struct pci_function *function, bool level);

#endif
