/* i8042.h: the keyboard controller, with a PS/2 keyboard and a PS/2 mouse. */
#ifndef DEVICES_I8042_H
#define DEVICES_I8042_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* scan codes */

struct board;
struct device;
struct error;

#define I8042_KEYBOARD_GSI 1
#define I8042_MOUSE_GSI    12

/*
 * Ports 0x60 and 0x64. Command 0xfe and the output port's bit 0 reset the machine; the
 * A20 bit is kept, but memory above 1 MiB is never masked. NULL with err on failure.
 */
struct device *i8042_new(struct board *board, struct error *err);

/*
 * Type on the keyboard: up to 8 bytes of scan set 2 (make: 1c, e0 75; break: f0 1c, e0
 * f0 75), all or nothing. The controller translates to set 1 where the guest asked for
 * it. Move the mouse: dx right, dy up (each at most 255), wheel towards the user (-8 to
 * 7), buttons bit 0 left, 1 right, 2 middle. Both take board->lock; input is dropped
 * while the guest does not listen. false: nothing was taken, the device's queue is
 * full.
 */
bool i8042_key(struct device *device, const uint8_t *codes, unsigned count);
bool i8042_mouse(struct device *device, int dx, int dy, int wheel, uint8_t buttons);

/* Lights of the keyboard, bits. */
#define I8042_LED_SCROLL 1
#define I8042_LED_NUM    2
#define I8042_LED_CAPS   4

/* Have changed called, board->lock held, when the guest switches lights. */
void i8042_watch_leds(struct device *device,
                      void (*changed)(void *opaque, uint8_t leds), void *opaque);

#endif
