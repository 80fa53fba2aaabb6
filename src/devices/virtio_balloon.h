/* virtio_balloon.h: a virtio balloon: RAM the guest gives back to the host. */
#ifndef DEVICES_VIRTIO_BALLOON_H
#define DEVICES_VIRTIO_BALLOON_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* sizes */

struct board;
struct device;
struct error;

/* What the guest's driver tells of its memory (VIRTIO 1.2, section 5.5.6.3). */
enum virtio_balloon_statistic {
    BALLOON_SWAPPED_IN,
    BALLOON_SWAPPED_OUT,
    BALLOON_MAJOR_FAULTS,
    BALLOON_MINOR_FAULTS,
    BALLOON_FREE,
    BALLOON_TOTAL,
    BALLOON_AVAILABLE,
    BALLOON_CACHES,
    BALLOON_STATISTICS,
};

struct virtio_balloon_state {
    uint64_t target;    /* bytes the balloon shall hold */
    uint64_t actual;    /* bytes it holds, as the driver says */
    uint64_t inflated;  /* bytes given back to the host through it, all together */
    uint64_t reported;  /* bytes given back since the driver reported them as free */
    unsigned statistic; /* bit by number: which of these the driver told */
    uint64_t statistics[BALLOON_STATISTICS];
};

/*
 * A balloon at devfn that takes what the driver gives and also the pages it reports as
 * free. Not for a machine with an assigned device, whose DMA goes on to reach pages
 * that the guest has no more. NULL with err.
 */
struct device *virtio_balloon_new(struct board *board, uint8_t devfn,
                                  struct error *err);

/* Ask the guest for so many bytes. Board lock held, as for the one below. */
void virtio_balloon_set_target(struct device *device, uint64_t bytes);

/* How it stands; asks the driver for newer statistics, which the next call tells. */
void virtio_balloon_ask(struct device *device, struct virtio_balloon_state *state);

#endif
