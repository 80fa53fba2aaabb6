/* find_gpu.h: which of this computer's devices is the Intel GPU. */
#ifndef HOST_FIND_GPU_H
#define HOST_FIND_GPU_H

#include "vfio/address.h" /* VFIO_ADDRESS_SIZE */

#include <stdint.h> /* identifiers */

struct error;

#define FIND_GPU_MAX 8

struct display_device {
    char address[VFIO_ADDRESS_SIZE];
    uint16_t vendor, device;
    uint16_t class_code; /* 0x0300, 0x0380... */
    char driver[64];     /* "" when none */
    char override[64];   /* "" when none */
    char group[32];      /* "" when in none */
};

/* All display devices, by address; their number, at most FIND_GPU_MAX. sys: "/sys". */
unsigned find_displays(const char *sys, struct display_device devices[FIND_GPU_MAX]);

/*
 * The Intel GPU: 0000:00:02.0 when that is an Intel display device, else the only Intel
 * display device of bus 0. 0, or -ENODEV with err saying what there is instead.
 */
int find_gpu(const char *sys, char address[VFIO_ADDRESS_SIZE], struct error *err);

#endif
