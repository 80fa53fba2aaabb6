/* igd_bridges.h: the host's bridge identifiers in the guest, for the VBIOS and drivers.
 */
#ifndef DEVICES_IGD_BRIDGES_H
#define DEVICES_IGD_BRIDGES_H

struct board;
struct device;
struct error;
struct igd_identity;
struct pci_function;

/* The LPC bridge at 00:1f.0 with these identifiers. NULL with err. */
struct device *igd_lpc_bridge_new(struct board *board,
                                  const struct igd_identity *identity,
                                  struct error *err);

/* Lay identifiers over a function on the bus, for good (a reset keeps them). */
void igd_identity_apply(struct pci_function *function,
                        const struct igd_identity *identity);

#endif
