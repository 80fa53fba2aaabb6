/* msix.h: the MSI-X table of an emulated function. */
#ifndef DEVICES_MSIX_H
#define DEVICES_MSIX_H

#include "pci/space.h" /* struct range */

#include <stdbool.h> /* bool */
#include <stdint.h>  /* registers */

struct board;
struct pci_function;

#define MSIX_VECTORS_MAX 32
#define MSIX_NO_VECTOR   0xffff
#define MSIX_WINDOW_SIZE 0x1000 /* the table at 0, the pending bits at 0x800 */

/* Table and pending bits: PCI Local Bus 3.0, section 6.8.2. */
struct msix {
    struct board *board;
    struct pci_function *function;
    struct range range;
    unsigned capability; /* its offset in config space */
    unsigned vectors;
    uint8_t table[MSIX_VECTORS_MAX * 16];
    uint64_t pending;
    void (*changed)(void *opaque); /* vectors may be (un)masked or moved; may be NULL */
    void *opaque;
};

/*
 * Give function an MSI-X capability at `offset` of its config space and a window of
 * MSIX_WINDOW_SIZE behind BAR `bar`. Before pci_bus_add. 0 or a negative errno.
 */
int msix_init(struct msix *msix, struct board *board, struct pci_function *function,
              unsigned offset, unsigned bar, unsigned vectors);

/* Masks set, nothing pending. */
void msix_reset(struct msix *msix);

/* Has the guest switched the function from INTx to MSI-X? */
bool msix_enabled(const struct msix *msix);

/* What message a vector sends now; false: none, it is masked, off or not there. */
bool msix_message(const struct msix *msix, unsigned vector, uint64_t *address,
                  uint32_t *data);

/* Send a vector's message, or note it as pending while masked. */
void msix_signal(struct msix *msix, unsigned vector);

/* The function's config space was written: send what is pending and no longer masked.
 */
void msix_config_written(struct msix *msix);

#endif
