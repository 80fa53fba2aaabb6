/* bus.h: the root bus: 256 functions, their configuration and their INTx lines. */
#ifndef PCI_BUS_H
#define PCI_BUS_H

#include "pci/function.h" /* struct pci_function */

struct error;
struct space;

/* How INTx of the bus reaches interrupt controllers; the chipset fills it. */
struct pci_routing {
    /* The GSI of PIRQ line 0 to 3 (LNKA to LNKD) now, or -1 when it goes nowhere. */
    int (*gsi)(void *opaque, unsigned pirq);
    /* The level of a GSI, the OR over all functions and lines routed to it. */
    void (*set)(void *opaque, unsigned gsi, bool level);
    void *opaque;
};

struct pci_bus *pci_bus_new(struct space *ports, struct space *memory);
void pci_bus_free(struct pci_bus *bus);

struct space *pci_bus_ports(struct pci_bus *bus);
struct space *pci_bus_memory(struct pci_bus *bus);

/*
 * Put function at function->devfn. Sets BAR masks from its windows, keeps its config
 * bytes as the state after reset. The function stays the caller's. Returns 0, or
 * -EBUSY with err set.
 */
int pci_bus_add(struct pci_bus *bus, struct pci_function *function, struct error *err);
void pci_bus_remove(struct pci_bus *bus, struct pci_function *function);
struct pci_function *pci_bus_function(struct pci_bus *bus, uint8_t devfn);

/* Configuration accesses; absent functions read all ones. size 1, 2 or 4. */
uint32_t pci_bus_config_read(struct pci_bus *bus, uint8_t devfn, unsigned offset,
                             unsigned size);
void pci_bus_config_write(struct pci_bus *bus, uint8_t devfn, unsigned offset,
                          uint32_t value, unsigned size);

void pci_bus_set_routing(struct pci_bus *bus, const struct pci_routing *routing);

/* The PIRQ line (0 to 3) of a function's pin (1 to 4), as PIIX wires it. */
unsigned pci_bus_pirq(uint8_t devfn, unsigned pin);

/* The GSI of this function's INTx now, or -1. */
int pci_bus_intx_gsi(struct pci_bus *bus, const struct pci_function *function);

/* The chipset changed a PIRQ's route: drive levels anew, tell the functions. */
void pci_bus_routes_changed(struct pci_bus *bus);

/* All functions back to power-on configuration; calls each one's ops->reset. */
void pci_bus_reset(struct pci_bus *bus);

#endif
