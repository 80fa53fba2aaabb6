/* virtio_rng.h: a virtio entropy device. */
#ifndef DEVICES_VIRTIO_RNG_H
#define DEVICES_VIRTIO_RNG_H

#include <stdint.h> /* devfn */

struct board;
struct device;
struct error;

/* Random bytes from the host's kernel, at most 4 KiB a request. NULL with err. */
struct device *virtio_rng_new(struct board *board, uint8_t devfn, struct error *err);

#endif
