/* assigned_rig.h: the model of the GPU assigned to the fake board, for tests. */
#ifndef TESTS_ASSIGNED_RIG_H
#define TESTS_ASSIGNED_RIG_H

#include "fake_board.h" /* the board, cmocka */

#include "../model/client.h"  /* the model's server on a thread */
#include "devices/assigned.h" /* under test */
#include "igd/plan.h"         /* what is assigned how */
#include "vfio/device.h"      /* the device's side */

#define GPU PCI_DEVFN(2, 0)
#define PIC PCI_DEVFN(1, 0) /* the ISA bridge, which routes INTx */

/* Where the tests put things. */
#define BAR0_AT 0xe0000000u
#define BAR2_AT 0xd0000000u
#define BAR4_AT 0xc000u
#define ROM_AT  0xfe000000u

#define BAR0_SIZE  0x1000000u
#define GTT_OFFSET 0x800000u /* in BAR0: what the model lets map */
#define BAR2_SIZE  0x10000000u
#define BDSM_HOST  0x7b800000u

struct rig {
    struct serving serving;
    struct vfio_device *vfio;
    struct igd_plan *plan;
    struct fake_board *board;
    struct device *bridge; /* PIIX3 */
    struct assigned *assigned;
};

/* A Skylake in the posture of a host, in legacy mode, at 00:02.0; *state is the rig. */
int rig_start(void **state);
int rig_stop(void **state);

/* Config accesses of the guest to the GPU. */
uint32_t gpu_get(struct rig *rig, unsigned offset, unsigned size);
void gpu_put(struct rig *rig, unsigned offset, unsigned size, uint32_t value);

/* Config space of the hardware, past igdvm. */
uint32_t hardware_get(struct rig *rig, unsigned offset, unsigned size);

/* A register of BAR0, by the guest; after rig_place. */
uint32_t mmio_get(struct rig *rig, uint32_t offset);
void mmio_put(struct rig *rig, uint32_t offset, uint32_t value);

/* What firmware does: BARs at the places above, and this command register. */
void rig_place(struct rig *rig, uint16_t command);

/* Route the GPU's INTx to this ISA interrupt; 0x80: nowhere. */
void rig_route(struct rig *rig, uint8_t irq);

/* Let pipe A's vertical blank interrupt, 60 times a second; and acknowledge one. */
void rig_vblank_on(struct rig *rig);
void rig_acknowledge(struct rig *rig);

/* Did fd (an eventfd) get signalled within this time? Takes the event. */
bool signalled(int fd, int milliseconds);

/* Open files of this process. */
unsigned open_fds(void);

#endif
