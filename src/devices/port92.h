/* port92.h: system control port A: fast A20 and fast reset. */
#ifndef DEVICES_PORT92_H
#define DEVICES_PORT92_H

struct board;
struct device;
struct error;

/*
 * Port 0x92: bit 1 is the A20 gate (kept, but memory above 1 MiB is never masked),
 * bit 0 going from 0 to 1 resets the machine. NULL with err on failure.
 */
struct device *port92_new(struct board *board, struct error *err);

#endif
