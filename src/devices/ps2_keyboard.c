/* ps2_keyboard.c: a PS/2 keyboard's commands. */
#include "devices/ps2.h"

#include <string.h> /* memset */

#define ACKNOWLEDGE 0xfa
#define RESEND      0xfe
#define TEST_PASSED 0xaa

enum {
    KEYBOARD_SET_LEDS = 0xed,
    KEYBOARD_ECHO = 0xee,
    KEYBOARD_SCAN_SET = 0xf0,
    KEYBOARD_IDENTIFY = 0xf2,
    KEYBOARD_SET_RATE = 0xf3,
    KEYBOARD_ENABLE = 0xf4,
    KEYBOARD_DISABLE = 0xf5, /* and defaults */
    KEYBOARD_DEFAULTS = 0xf6,
    KEYBOARD_ALL_KEYS_FIRST = 0xf7,
    KEYBOARD_ALL_KEYS_LAST = 0xfa,
    KEYBOARD_KEY_FIRST = 0xfb,
    KEYBOARD_KEY_LAST = 0xfd,
    KEYBOARD_RESEND = 0xfe,
    KEYBOARD_RESET = 0xff,
};

void ps2_queue_clear(struct ps2_queue *queue)
{
    queue->head = 0;
    queue->used = 0;
}

bool ps2_queue_put(struct ps2_queue *queue, const uint8_t *bytes, unsigned count)
{
    if (count > PS2_QUEUE_SIZE - queue->used)
        return false;
    for (unsigned i = 0; i < count; i++)
        queue->bytes[(queue->head + queue->used++) % PS2_QUEUE_SIZE] = bytes[i];
    return true;
}

uint8_t ps2_queue_take(struct ps2_queue *queue)
{
    uint8_t byte = queue->bytes[queue->head];
    queue->head = (queue->head + 1) % PS2_QUEUE_SIZE;
    queue->used--;
    return byte;
}

static void answer(struct ps2_keyboard *keyboard, uint8_t byte)
{
    ps2_queue_put(&keyboard->queue, &byte, 1);
    keyboard->last = byte;
}

void ps2_keyboard_reset(struct ps2_keyboard *keyboard)
{
    memset(keyboard, 0, sizeof(*keyboard));
    keyboard->scan_set = 2;
    keyboard->scanning = true;
}

static void take_parameter(struct ps2_keyboard *keyboard, uint8_t command,
                           uint8_t value)
{
    if (command == KEYBOARD_SCAN_SET && value > 3) {
        answer(keyboard, RESEND);
        return;
    }
    answer(keyboard, ACKNOWLEDGE);
    if (command == KEYBOARD_SET_LEDS)
        keyboard->leds = value & 7;
    else if (command == KEYBOARD_SCAN_SET && value == 0)
        answer(keyboard, keyboard->scan_set);
    else if (command == KEYBOARD_SCAN_SET)
        keyboard->scan_set = value;
}

static void run_command(struct ps2_keyboard *keyboard, uint8_t command)
{
    switch (command) {
    case KEYBOARD_ECHO:
        answer(keyboard, KEYBOARD_ECHO);
        return;
    case KEYBOARD_RESEND:
        answer(keyboard, keyboard->last);
        return;
    case KEYBOARD_SET_LEDS:
    case KEYBOARD_SCAN_SET:
    case KEYBOARD_SET_RATE:
    case KEYBOARD_KEY_FIRST ... KEYBOARD_KEY_LAST:
        keyboard->pending = command;
        break;
    case KEYBOARD_ENABLE:
        keyboard->scanning = true;
        break;
    case KEYBOARD_DISABLE:
        keyboard->scanning = false;
        break;
    case KEYBOARD_IDENTIFY:
        answer(keyboard, ACKNOWLEDGE);
        answer(keyboard, 0xab);
        answer(keyboard, 0x83);
        return;
    case KEYBOARD_DEFAULTS:
    case KEYBOARD_ALL_KEYS_FIRST ... KEYBOARD_ALL_KEYS_LAST:
        break;
    case KEYBOARD_RESET:
        ps2_keyboard_reset(keyboard);
        answer(keyboard, ACKNOWLEDGE);
        answer(keyboard, TEST_PASSED);
        return;
    default:
        answer(keyboard, RESEND);
        return;
    }
    answer(keyboard, ACKNOWLEDGE);
}

void ps2_keyboard_write(struct ps2_keyboard *keyboard, uint8_t byte)
{
    uint8_t pending = keyboard->pending;
    keyboard->pending = 0;
    /* A command ends whatever the keyboard was saying. */
    if (byte != KEYBOARD_RESEND)
        ps2_queue_clear(&keyboard->queue);
    /* Bytes from 0xed are commands even where a parameter was due. */
    if (pending && byte < KEYBOARD_SET_LEDS)
        take_parameter(keyboard, pending, byte);
    else
        run_command(keyboard, byte);
}
