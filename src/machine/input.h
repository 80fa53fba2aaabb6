/* input.h: what people type and point at, brought to the guest's keyboards and mice. */
#ifndef MACHINE_INPUT_H
#define MACHINE_INPUT_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* sizes */

struct device;
struct error;
struct event_loop;
struct input;

/* Where input goes: the virtio devices while the guest drives them, else PS/2. */
struct input_devices {
    struct device *i8042;
    struct device *keyboard, *tablet; /* virtio-input */
};

/*
 * Everything here runs on the loop's thread, and takes the board's lock. Numbers and
 * ranges are those of display/protocol.h. What the guest does not take at once waits,
 * for a while and up to a limit; then it is dropped, and no key stays pressed. NULL
 * with err. Free it before the loop and the devices.
 */
struct input *input_new(struct event_loop *loop, const struct input_devices *devices,
                        struct error *err);
void input_free(struct input *input);

void input_key(struct input *input, unsigned code, bool down);
void input_pointer(struct input *input, unsigned x, unsigned y, unsigned buttons,
                   int wheel, int wheel_sideways);
void input_motion(struct input *input, int dx, int dy, unsigned buttons, int wheel,
                  int wheel_sideways);

/* The picture's size, for guests without a tablet: how far pointers move in pixels. */
void input_set_size(struct input *input, uint32_t width, uint32_t height);

/* Nobody types any more: what is pressed goes up. */
void input_release(struct input *input);

#endif
