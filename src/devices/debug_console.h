/* debug_console.h: the firmware's debug port 0x402. */
#ifndef DEVICES_DEBUG_CONSOLE_H
#define DEVICES_DEBUG_CONSOLE_H

struct board;
struct device;
struct error;

/*
 * Bytes written to port 0x402 go to fd, a line at a time; reading gives 0xe9, by which
 * SeaBIOS and OVMF know the port. When fd's reader cannot keep up, bytes are dropped,
 * never the guest held up. fd is duplicated; it stays the caller's. NULL with err on
 * failure.
 */
struct device *debug_console_new(struct board *board, int fd, struct error *err);

#endif
