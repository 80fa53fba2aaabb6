/* viewer_keys.h: what a viewer types, as keys of the guest's keyboard. */
#ifndef DISPLAY_VIEWER_KEYS_H
#define DISPLAY_VIEWER_KEYS_H

#include "display/input_sink.h" /* struct input_sink */

#include <stdbool.h> /* bool */
#include <stdint.h>  /* keysyms */

/* Keys one viewer can hold down at once; a further one is not pressed. */
#define VIEWER_KEYS_HELD 24

/*
 * A viewer says which characters are typed on its keyboard, whatever its layout; the
 * guest shall get the keys that type them on a US keyboard. So shift is pressed and
 * released for it where its own does not do, as is num lock for the keypad.
 */
struct viewer_keys {
    const struct input_sink *sink;
    struct {
        uint32_t keysym;
        uint16_t code; /* of linux/input-event-codes.h; 0: free */
    } held[VIEWER_KEYS_HELD];
    bool shift_pressed[2]; /* what the guest knows of left and right */
};

/* keysym went down, repeats, or went up. lights: DISPLAY_LIGHT_* of the guest. */
void viewer_keys_typed(struct viewer_keys *keys, uint32_t keysym, bool down,
                       uint32_t *lights);

/* The viewer is gone: nothing it held stays pressed. */
void viewer_keys_release(struct viewer_keys *keys);

#endif
