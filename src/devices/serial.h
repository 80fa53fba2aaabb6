/* serial.h: a 16550A serial port. */
#ifndef DEVICES_SERIAL_H
#define DEVICES_SERIAL_H

#include <stdint.h> /* ports */

struct board;
struct device;
struct error;

/*
 * Eight ports from `port`, interrupts on gsi (edge). in_fd (or -1) is read as the
 * receiver's FIFO empties, and given up at its end; out_fd (or -1: output vanishes) is
 * written by the event loop. A reader that does not keep up makes the transmitter
 * stay busy, as a slow line would: nothing is lost by a guest that waits for it, and
 * no vCPU blocks. The fds are duplicated; they stay the caller's, in the mode they
 * have. NULL with err on failure.
 */
struct device *serial_new(struct board *board, uint16_t port, unsigned gsi, int in_fd,
                          int out_fd, struct error *err);

/*
 * Two ports on one interrupt, as COM1 and COM3 are: it is raised while either asks for
 * it. Both live as long as the guest runs.
 */
void serial_share_interrupt(struct device *one, struct device *other);

#endif
