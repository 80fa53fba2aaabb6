/* input_sink.h: where what people do with keyboards and pointers goes. */
#ifndef DISPLAY_INPUT_SINK_H
#define DISPLAY_INPUT_SINK_H

#include <stdbool.h> /* bool */

/* Numbers and ranges are those of protocol.h. */
struct input_sink {
    /* A key went down, repeats (down again), or went up. */
    void (*key)(void *opaque, unsigned code, bool down);
    /* A pointer is at x, y of the picture, with these buttons down. */
    void (*pointer)(void *opaque, unsigned x, unsigned y, unsigned buttons, int wheel,
                    int wheel_sideways);
    /* A mouse moved, right and down. */
    void (*motion)(void *opaque, int dx, int dy, unsigned buttons, int wheel,
                   int wheel_sideways);
    void *opaque;
};

#endif
