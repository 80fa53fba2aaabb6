/* ps2.h: a PS/2 keyboard and a PS/2 mouse, as their serial lines show them. */
#ifndef DEVICES_PS2_H
#define DEVICES_PS2_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* bytes */

#define PS2_QUEUE_SIZE 64

/* Bytes on their way to the controller; when full, further ones are dropped. */
struct ps2_queue {
    uint8_t bytes[PS2_QUEUE_SIZE];
    unsigned head, used;
};

void ps2_queue_clear(struct ps2_queue *queue);
/* All of bytes, or nothing when there is no room for all: no torn key or packet. */
bool ps2_queue_put(struct ps2_queue *queue, const uint8_t *bytes, unsigned count);
/* The queue must not be empty. */
uint8_t ps2_queue_take(struct ps2_queue *queue);

/* Commands and answers: IBM PS/2 Hardware Interface Technical Reference. */
struct ps2_keyboard {
    struct ps2_queue queue;
    uint8_t pending;  /* the command that waits for its parameter, or 0 */
    uint8_t scan_set; /* 1, 2 or 3 */
    uint8_t leds;     /* as last set: bit 0 scroll, 1 num, 2 caps */
    bool scanning;
    uint8_t last; /* for "resend" */
};

void ps2_keyboard_reset(struct ps2_keyboard *keyboard);
/* A byte from the host; answers go to the queue (in scan set 2, untranslated). */
void ps2_keyboard_write(struct ps2_keyboard *keyboard, uint8_t byte);

struct ps2_mouse {
    struct ps2_queue queue;
    uint8_t pending;
    bool reporting; /* stream mode, enabled */
    bool remote, wrap, scaling;
    uint8_t resolution;
    uint8_t rate;
    uint8_t rates[3]; /* the last three set: how drivers ask for a wheel */
    uint8_t id;       /* 0: three buttons, 3: with wheel */
    uint8_t buttons;  /* bit 0 left, 1 right, 2 middle */
};

void ps2_mouse_reset(struct ps2_mouse *mouse);
void ps2_mouse_write(struct ps2_mouse *mouse, uint8_t byte);
/*
 * A movement packet: dx right, dy up, wheel towards the user; clipped to a byte. false:
 * the mouse reports, and there is no room for it.
 */
bool ps2_mouse_move(struct ps2_mouse *mouse, int dx, int dy, int wheel,
                    uint8_t buttons);

#endif
