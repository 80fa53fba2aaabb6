/* protocol.h: what igdvm and igdvm-display say to each other. */
#ifndef DISPLAY_PROTOCOL_H
#define DISPLAY_PROTOCOL_H

#include "display/vga_view.h" /* struct vga_view */

#include <stddef.h> /* size_t */
#include <stdint.h> /* fixed sizes */

struct error;

/*
 * A pair of connected UNIX sockets of kind SOCK_SEQPACKET. Each packet is one message:
 * its kind, then the fields of that kind and nothing else, in the host's byte order.
 * Both programs are of one build. Either closes its socket to end; there is no other
 * farewell. Neither trusts the other: who gets a packet that is not exactly one of the
 * messages it may get, with all fields in their ranges, closes the socket.
 *
 * igdvm-display says READY first, when its sockets listen and its devices are open.
 */
enum display_message_kind {
    /* igdvm to igdvm-display */
    DISPLAY_MEMORY = 1, /* with a descriptor: the VGA's memory, which views are of */
    DISPLAY_VIEW,       /* how that memory is to be read from now on */
    DISPLAY_LIGHTS,     /* the guest switched lights of its keyboard */
    DISPLAY_SCREENSHOT, /* with a descriptor: write a PNG file there, then say DONE */
    /* igdvm-display to igdvm */
    DISPLAY_READY,
    DISPLAY_WATCHED, /* somebody looks, or nobody any more: views are wanted or not */
    DISPLAY_DONE,    /* a screenshot is written, or failed */
    DISPLAY_GRABBED, /* the host's input devices are the guest's now, or the host's */
    DISPLAY_KEY,     /* a key went down, repeats, or went up */
    DISPLAY_POINTER, /* a pointer is there */
    DISPLAY_MOTION,  /* a mouse moved by so much */
    DISPLAY_KINDS
};

/* Who sends a message. */
enum display_side { DISPLAY_SIDE_VMM, DISPLAY_SIDE_DISPLAY };

#define DISPLAY_KEY_MAX     255   /* keys are 1 (KEY_ESC) to this (Linux's numbers) */
#define DISPLAY_POINTER_MAX 32767 /* the right and the lower edge of the picture */
#define DISPLAY_MOTION_MAX  32767 /* in either direction */
#define DISPLAY_WHEEL_MAX   127   /* clicks in either direction */
#define DISPLAY_MEMORY_MAX  (1ull << 30)

/* Bits of lights. */
#define DISPLAY_LIGHT_SCROLL 1u
#define DISPLAY_LIGHT_NUM    2u
#define DISPLAY_LIGHT_CAPS   4u

/* Bits of buttons: left, right, middle, side and extra, as Linux counts from BTN_LEFT.
 */
#define DISPLAY_BUTTONS 5u

struct display_message {
    uint32_t kind;
    union {
        struct {
            uint64_t size; /* bytes */
        } memory;
        struct vga_view view;
        struct {
            uint32_t on; /* DISPLAY_LIGHT_* */
        } lights;
        struct {
            uint32_t id; /* the answer has the same */
        } screenshot;
        struct {
            uint32_t id;
            int32_t error; /* 0: done; else why not, a positive errno */
        } done;
        struct {
            uint32_t on; /* 0, 1 */
        } watched, grabbed;
        struct {
            uint16_t code;
            uint16_t down; /* 0, 1; 1 again: it repeats */
        } key;
        /* Positive: right, down; of the wheels: right, away from the user (as Linux).
         */
        struct {
            uint16_t x, y; /* 0 to DISPLAY_POINTER_MAX */
            uint16_t buttons;
            int8_t wheel, wheel_sideways;
        } pointer;
        struct {
            int16_t dx, dy;
            uint16_t buttons;
            int8_t wheel, wheel_sideways;
        } motion;
    };
};

/*
 * Is this packet (size bytes, with so many descriptors) a message that this side may
 * send? 0, or -EPROTO with err naming what is wrong. Whether a view fits its memory is
 * vga_view_check's.
 */
int display_message_check(const struct display_message *message, size_t size,
                          unsigned descriptors, enum display_side sender,
                          struct error *err);

/*
 * Send a message; fd goes along (-1: none) and stays the caller's. 0, -EAGAIN when the
 * other side does not read, or another negative errno.
 */
int display_send(int socket, const struct display_message *message, int fd);

/*
 * Take the next message, with its descriptor (the caller's now) or -1 in *fd. 1, or 0
 * when none waits; negative with err: the other side is gone (-ECONNRESET) or sends
 * nonsense (-EPROTO).
 */
int display_receive(int socket, enum display_side sender,
                    struct display_message *message, int *fd, struct error *err);

#endif
