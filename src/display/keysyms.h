/* keysyms.h: which key of a US keyboard types what a viewer names. */
#ifndef DISPLAY_KEYSYMS_H
#define DISPLAY_KEYSYMS_H

#include <stdint.h> /* keysyms */

/* What else must be so that the key types just this. */
enum keysym_needs {
    KEYSYM_NEEDS_NOTHING,     /* Enter, F1, Shift: a key as such */
    KEYSYM_NEEDS_NO_SHIFT,    /* 1, comma */
    KEYSYM_NEEDS_SHIFT,       /* exclamation mark, less than */
    KEYSYM_IS_SMALL,          /* a: shift, or caps lock, or neither */
    KEYSYM_IS_CAPITAL,        /* A */
    KEYSYM_NEEDS_NUM_LOCK,    /* 1 on the keypad */
    KEYSYM_NEEDS_NO_NUM_LOCK, /* End on the keypad */
};

struct keysym_key {
    uint16_t code; /* KEY_* of linux/input-event-codes.h; 0: no key types this */
    uint8_t needs; /* enum keysym_needs */
};

/*
 * Keysyms are those of the X Window System, as RFC 6143, section 7.5.4, has them.
 * Characters are found where a US keyboard has them.
 */
struct keysym_key keysym_find(uint32_t keysym);

#endif
