/* ps2_keys.h: what a PS/2 keyboard says when a key goes down or up. */
#ifndef DEVICES_PS2_KEYS_H
#define DEVICES_PS2_KEYS_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* bytes */

#define PS2_KEY_BYTES 8

/*
 * The bytes of scan set 2 for a key (KEY_* of linux/input-event-codes.h) that goes down
 * or up, into codes; returns how many. 0: this keyboard has no such key, or says
 * nothing when it goes up (Pause).
 */
unsigned ps2_key_codes(unsigned key, bool down, uint8_t codes[PS2_KEY_BYTES]);

#endif
