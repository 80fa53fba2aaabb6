/* ps2_keys.c: what a PS/2 keyboard says when a key goes down or up. */
#include "devices/ps2_keys.h"

#include "base/bytes.h" /* ARRAY_SIZE */

#include <linux/input-event-codes.h> /* KEY_* */

#define PREFIX   0xe0
#define BREAK    0xf0
#define E0(code) (uint16_t)(PREFIX << 8 | (code))

/*
 * Scan set 2, of keyboards with 101 to 109 keys and the multimedia keys that became
 * usual: Microsoft, Keyboard Scan Code Specification 1.3a, appendices B and C.
 */
static const uint16_t set2[] = {
    [KEY_ESC] = 0x76,
    [KEY_1] = 0x16,
    [KEY_2] = 0x1e,
    [KEY_3] = 0x26,
    [KEY_4] = 0x25,
    [KEY_5] = 0x2e,
    [KEY_6] = 0x36,
    [KEY_7] = 0x3d,
    [KEY_8] = 0x3e,
    [KEY_9] = 0x46,
    [KEY_0] = 0x45,
    [KEY_MINUS] = 0x4e,
    [KEY_EQUAL] = 0x55,
    [KEY_BACKSPACE] = 0x66,
    [KEY_TAB] = 0x0d,
    [KEY_Q] = 0x15,
    [KEY_W] = 0x1d,
    [KEY_E] = 0x24,
    [KEY_R] = 0x2d,
    [KEY_T] = 0x2c,
    [KEY_Y] = 0x35,
    [KEY_U] = 0x3c,
    [KEY_I] = 0x43,
    [KEY_O] = 0x44,
    [KEY_P] = 0x4d,
    [KEY_LEFTBRACE] = 0x54,
    [KEY_RIGHTBRACE] = 0x5b,
    [KEY_ENTER] = 0x5a,
    [KEY_LEFTCTRL] = 0x14,
    [KEY_A] = 0x1c,
    [KEY_S] = 0x1b,
    [KEY_D] = 0x23,
    [KEY_F] = 0x2b,
    [KEY_G] = 0x34,
    [KEY_H] = 0x33,
    [KEY_J] = 0x3b,
    [KEY_K] = 0x42,
    [KEY_L] = 0x4b,
    [KEY_SEMICOLON] = 0x4c,
    [KEY_APOSTROPHE] = 0x52,
    [KEY_GRAVE] = 0x0e,
    [KEY_LEFTSHIFT] = 0x12,
    [KEY_BACKSLASH] = 0x5d,
    [KEY_Z] = 0x1a,
    [KEY_X] = 0x22,
    [KEY_C] = 0x21,
    [KEY_V] = 0x2a,
    [KEY_B] = 0x32,
    [KEY_N] = 0x31,
    [KEY_M] = 0x3a,
    [KEY_COMMA] = 0x41,
    [KEY_DOT] = 0x49,
    [KEY_SLASH] = 0x4a,
    [KEY_RIGHTSHIFT] = 0x59,
    [KEY_KPASTERISK] = 0x7c,
    [KEY_LEFTALT] = 0x11,
    [KEY_SPACE] = 0x29,
    [KEY_CAPSLOCK] = 0x58,
    [KEY_F1] = 0x05,
    [KEY_F2] = 0x06,
    [KEY_F3] = 0x04,
    [KEY_F4] = 0x0c,
    [KEY_F5] = 0x03,
    [KEY_F6] = 0x0b,
    [KEY_F7] = 0x83,
    [KEY_F8] = 0x0a,
    [KEY_F9] = 0x01,
    [KEY_F10] = 0x09,
    [KEY_NUMLOCK] = 0x77,
    [KEY_SCROLLLOCK] = 0x7e,
    [KEY_KP7] = 0x6c,
    [KEY_KP8] = 0x75,
    [KEY_KP9] = 0x7d,
    [KEY_KPMINUS] = 0x7b,
    [KEY_KP4] = 0x6b,
    [KEY_KP5] = 0x73,
    [KEY_KP6] = 0x74,
    [KEY_KPPLUS] = 0x79,
    [KEY_KP1] = 0x69,
    [KEY_KP2] = 0x72,
    [KEY_KP3] = 0x7a,
    [KEY_KP0] = 0x70,
    [KEY_KPDOT] = 0x71,
    [KEY_102ND] = 0x61,
    [KEY_F11] = 0x78,
    [KEY_F12] = 0x07,
    [KEY_RO] = 0x51,
    [KEY_HENKAN] = 0x64,
    [KEY_KATAKANAHIRAGANA] = 0x13,
    [KEY_MUHENKAN] = 0x67,
    [KEY_KPENTER] = E0(0x5a),
    [KEY_RIGHTCTRL] = E0(0x14),
    [KEY_KPSLASH] = E0(0x4a),
    [KEY_RIGHTALT] = E0(0x11),
    [KEY_HOME] = E0(0x6c),
    [KEY_UP] = E0(0x75),
    [KEY_PAGEUP] = E0(0x7d),
    [KEY_LEFT] = E0(0x6b),
    [KEY_RIGHT] = E0(0x74),
    [KEY_END] = E0(0x69),
    [KEY_DOWN] = E0(0x72),
    [KEY_PAGEDOWN] = E0(0x7a),
    [KEY_INSERT] = E0(0x70),
    [KEY_DELETE] = E0(0x71),
    [KEY_MUTE] = E0(0x23),
    [KEY_VOLUMEDOWN] = E0(0x21),
    [KEY_VOLUMEUP] = E0(0x32),
    [KEY_POWER] = E0(0x37),
    [KEY_KPEQUAL] = 0x0f,
    [KEY_KPCOMMA] = 0x6d,
    [KEY_YEN] = 0x6a,
    [KEY_LEFTMETA] = E0(0x1f),
    [KEY_RIGHTMETA] = E0(0x27),
    [KEY_COMPOSE] = E0(0x2f),
    [KEY_STOP] = E0(0x28),
    [KEY_CALC] = E0(0x2b),
    [KEY_SLEEP] = E0(0x3f),
    [KEY_WAKEUP] = E0(0x5e),
    [KEY_MAIL] = E0(0x48),
    [KEY_BOOKMARKS] = E0(0x18),
    [KEY_COMPUTER] = E0(0x40),
    [KEY_BACK] = E0(0x38),
    [KEY_FORWARD] = E0(0x30),
    [KEY_NEXTSONG] = E0(0x4d),
    [KEY_PLAYPAUSE] = E0(0x34),
    [KEY_PREVIOUSSONG] = E0(0x15),
    [KEY_STOPCD] = E0(0x3b),
    [KEY_HOMEPAGE] = E0(0x3a),
    [KEY_REFRESH] = E0(0x20),
    [KEY_MEDIA] = E0(0x50),
    [KEY_SEARCH] = E0(0x10),
};

/* Keys that say more than a code. */
static const struct {
    uint16_t key;
    uint8_t down_count, up_count;
    uint8_t down[PS2_KEY_BYTES], up[PS2_KEY_BYTES];
} peculiar[] = {
    { KEY_SYSRQ,
      4,
      6,
      { 0xe0, 0x12, 0xe0, 0x7c },
      { 0xe0, 0xf0, 0x7c, 0xe0, 0xf0, 0x12 } },
    { KEY_PAUSE, 8, 0, { 0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77 }, { 0 } },
};

unsigned ps2_key_codes(unsigned key, bool down, uint8_t codes[PS2_KEY_BYTES])
{
    for (unsigned i = 0; i < ARRAY_SIZE(peculiar); i++) {
        if (peculiar[i].key != key)
            continue;
        memcpy(codes, down ? peculiar[i].down : peculiar[i].up, PS2_KEY_BYTES);
        return down ? peculiar[i].down_count : peculiar[i].up_count;
    }
    uint16_t code = key < ARRAY_SIZE(set2) ? set2[key] : 0;
    unsigned count = 0;
    if (!code)
        return 0;
    if (code >> 8)
        codes[count++] = PREFIX;
    if (!down)
        codes[count++] = BREAK;
    codes[count++] = (uint8_t)code;
    return count;
}
