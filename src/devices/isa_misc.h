/* isa_misc.h: ports every PC has and nobody needs: DMA controllers, POST, delay. */
#ifndef DEVICES_ISA_MISC_H
#define DEVICES_ISA_MISC_H

struct board;
struct device;
struct error;

/*
 * The registers of the two DMA controllers and the DMA page registers remember what
 * was written and do nothing (no device here uses ISA DMA); the POST code port 0x80
 * and the delay port 0xed swallow writes without a lock, as kernels use them for
 * timing. NULL with err on failure.
 */
struct device *isa_misc_new(struct board *board, struct error *err);

#endif
