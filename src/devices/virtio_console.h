/* virtio_console.h: a virtio console, hvc0 of a Linux guest. */
#ifndef DEVICES_VIRTIO_CONSOLE_H
#define DEVICES_VIRTIO_CONSOLE_H

#include <stdint.h> /* devfn */

struct board;
struct device;
struct error;

/*
 * A console at devfn with one port. in_fd (or -1) is read as the driver gives buffers,
 * and given up at its end; out_fd (or -1: output vanishes) is written by the event
 * loop. A reader that does not keep up makes the driver's buffers wait; no vCPU blocks.
 * When out_fd is a terminal the guest is told its size. The fds are duplicated; they
 * stay the caller's, in the mode they have. NULL with err.
 */
struct device *virtio_console_new(struct board *board, uint8_t devfn, int in_fd,
                                  int out_fd, struct error *err);

#endif
