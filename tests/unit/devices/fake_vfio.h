/* fake_vfio.h: a GPU's VFIO device in memory, which records; for tests and fuzzing. */
#ifndef TESTS_FAKE_VFIO_H
#define TESTS_FAKE_VFIO_H

#include "vfio/backend.h" /* struct vfio_device */

#define FAKE_BAR0_SIZE 0x200000u /* registers, with the mirrors of GGC and BDSM */
#define FAKE_BAR2_SIZE 0x10000u
#define FAKE_BAR4_SIZE 0x40u

/* MSI-X: where its capability is; its table and pending bits are in BAR2. */
#define FAKE_MSIX         0x60
#define FAKE_VECTORS      4
#define FAKE_MSIX_TABLE   0x2000u
#define FAKE_MSIX_PENDING 0x3000u

struct fake_vfio {
    struct vfio_device device;
    uint8_t config[256];
    int fds[2]; /* behind BAR0 and BAR2, both mappable as a whole */
    uint8_t *bars[2];
    uint8_t ports[FAKE_BAR4_SIZE];
    uint8_t vga[0xc0000];
    /* What it saw. */
    int irqs[2];           /* the eventfd armed for INTx and for MSI, -1: none */
    unsigned vector_count; /* of MSI-X that are armed */
    int vectors[FAKE_VECTORS];
    int unmask; /* the resample event, -1: none */
    unsigned resets;
    uint16_t reset_command; /* the command register when it was reset */
    unsigned writes[256];   /* config writes, by byte */
    bool refuse_irqs, refuse_maps;
};

/*
 * A device with an MSI capability at 0xac: msi_control as in its control register
 * (0x80: 64-bit, 0x100: a mask). NULL: no memory.
 */
struct fake_vfio *fake_vfio_new(uint16_t msi_control);
/* Before it is assigned: it has MSI-X, too. */
void fake_vfio_add_msix(struct fake_vfio *fake);
void fake_vfio_free(struct fake_vfio *fake);

#endif
