/* virtio_input.h: a virtio keyboard or tablet. */
#ifndef DEVICES_VIRTIO_INPUT_H
#define DEVICES_VIRTIO_INPUT_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* events */

struct board;
struct device;
struct error;

enum virtio_input_kind {
    VIRTIO_INPUT_KEYBOARD, /* keys, with the lights of a keyboard */
    VIRTIO_INPUT_TABLET,   /* absolute X and Y, five buttons, two wheels */
    VIRTIO_INPUT_KINDS
};

/* X and Y of a tablet are from 0 to this. */
#define VIRTIO_INPUT_ABSOLUTE_MAX 32767

/* What changed: numbers of linux/input-event-codes.h. */
struct virtio_input_event {
    uint16_t type, code;
    uint32_t value;
};

/* The device at devfn; NULL with err. */
struct device *virtio_input_new(struct board *board, uint8_t devfn,
                                enum virtio_input_kind kind, struct error *err);

/* Has the guest a driver for it that is ready? Takes board->lock. */
bool virtio_input_driven(struct device *device);

/*
 * Tell the driver these events, as one change. Takes board->lock. false: its queue has
 * no room for all, or there is no driver, and nothing was told.
 */
bool virtio_input_tell(struct device *device, const struct virtio_input_event *events,
                       unsigned count);

/*
 * Have changed called, board->lock held, when the guest switches a light of the
 * keyboard: code is LED_NUML, LED_CAPSL and so on.
 */
void virtio_input_watch_leds(struct device *device,
                             void (*changed)(void *opaque, unsigned code, bool on),
                             void *opaque);

#endif
