/* ps2_mouse.c: a PS/2 mouse's commands and packets, with the wheel extension. */
#include "devices/ps2.h"

#include <string.h> /* memset, memmove */

#define ACKNOWLEDGE 0xfa
#define RESEND      0xfe
#define TEST_PASSED 0xaa

enum {
    MOUSE_SCALING_1 = 0xe6,
    MOUSE_SCALING_2 = 0xe7,
    MOUSE_SET_RESOLUTION = 0xe8,
    MOUSE_STATUS = 0xe9,
    MOUSE_STREAM = 0xea,
    MOUSE_READ_DATA = 0xeb,
    MOUSE_WRAP_OFF = 0xec,
    MOUSE_WRAP_ON = 0xee,
    MOUSE_REMOTE = 0xf0,
    MOUSE_IDENTIFY = 0xf2,
    MOUSE_SET_RATE = 0xf3,
    MOUSE_ENABLE = 0xf4,
    MOUSE_DISABLE = 0xf5,
    MOUSE_DEFAULTS = 0xf6,
    MOUSE_RESEND = 0xfe,
    MOUSE_RESET = 0xff,
};

#define ID_PLAIN 0
#define ID_WHEEL 3

static void answer(struct ps2_mouse *mouse, uint8_t byte)
{
    ps2_queue_put(&mouse->queue, &byte, 1);
}

static void set_defaults(struct ps2_mouse *mouse)
{
    mouse->reporting = false;
    mouse->remote = false;
    mouse->wrap = false;
    mouse->scaling = false;
    mouse->resolution = 2;
    mouse->rate = 100;
}

void ps2_mouse_reset(struct ps2_mouse *mouse)
{
    memset(mouse, 0, sizeof(*mouse));
    set_defaults(mouse);
}

static int clip(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

static bool put_packet(struct ps2_mouse *mouse, int dx, int dy, int wheel)
{
    dx = clip(dx, -255, 255);
    dy = clip(dy, -255, 255);
    uint8_t packet[4] = {
        (uint8_t)(0x08 | mouse->buttons | (dx < 0 ? 0x10 : 0) | (dy < 0 ? 0x20 : 0)),
        (uint8_t)dx,
        (uint8_t)dy,
        (uint8_t)clip(wheel, -8, 7),
    };
    return ps2_queue_put(&mouse->queue, packet, mouse->id == ID_WHEEL ? 4 : 3);
}

bool ps2_mouse_move(struct ps2_mouse *mouse, int dx, int dy, int wheel, uint8_t buttons)
{
    mouse->buttons = buttons & 7;
    return !mouse->reporting || mouse->remote || mouse->wrap ||
           put_packet(mouse, dx, dy, wheel);
}

static void put_status(struct ps2_mouse *mouse)
{
    /* Here the order of buttons is left, middle, right from bit 2 down. */
    uint8_t buttons = (uint8_t)((mouse->buttons & 1) << 2 | (mouse->buttons & 4) >> 1 |
                                (mouse->buttons & 2) >> 1);
    answer(mouse,
           (uint8_t)(buttons | (mouse->scaling ? 0x10 : 0) |
                     (mouse->reporting ? 0x20 : 0) | (mouse->remote ? 0x40 : 0)));
    answer(mouse, mouse->resolution);
    answer(mouse, mouse->rate);
}

static void take_parameter(struct ps2_mouse *mouse, uint8_t command, uint8_t value)
{
    static const uint8_t wheel_knock[] = { 200, 100, 80 };

    answer(mouse, ACKNOWLEDGE);
    if (command == MOUSE_SET_RESOLUTION) {
        mouse->resolution = value & 3;
        return;
    }
    mouse->rate = value;
    memmove(mouse->rates, mouse->rates + 1, 2);
    mouse->rates[2] = value;
    if (memcmp(mouse->rates, wheel_knock, sizeof(wheel_knock)) == 0)
        mouse->id = ID_WHEEL;
}

static void run_command(struct ps2_mouse *mouse, uint8_t command)
{
    if (command != MOUSE_RESEND &&
        (command < MOUSE_SCALING_1 || command == 0xed || command == 0xef ||
         command == 0xf1 || (command > MOUSE_DEFAULTS && command < MOUSE_RESEND))) {
        answer(mouse, RESEND);
        return;
    }
    if (command == MOUSE_RESET)
        ps2_mouse_reset(mouse);
    answer(mouse, ACKNOWLEDGE);
    switch (command) {
    case MOUSE_SCALING_1:
    case MOUSE_SCALING_2:
        mouse->scaling = command == MOUSE_SCALING_2;
        break;
    case MOUSE_SET_RESOLUTION:
    case MOUSE_SET_RATE:
        mouse->pending = command;
        break;
    case MOUSE_STATUS:
        put_status(mouse);
        break;
    case MOUSE_STREAM:
    case MOUSE_REMOTE:
        mouse->remote = command == MOUSE_REMOTE;
        break;
    case MOUSE_READ_DATA:
        put_packet(mouse, 0, 0, 0);
        break;
    case MOUSE_WRAP_ON:
    case MOUSE_WRAP_OFF:
        mouse->wrap = command == MOUSE_WRAP_ON;
        break;
    case MOUSE_IDENTIFY:
        answer(mouse, mouse->id);
        break;
    case MOUSE_ENABLE:
    case MOUSE_DISABLE:
        mouse->reporting = command == MOUSE_ENABLE;
        break;
    case MOUSE_DEFAULTS:
        set_defaults(mouse);
        break;
    case MOUSE_RESET:
        answer(mouse, TEST_PASSED);
        answer(mouse, ID_PLAIN);
        break;
    default:
        break;
    }
}

void ps2_mouse_write(struct ps2_mouse *mouse, uint8_t byte)
{
    uint8_t pending = mouse->pending;
    mouse->pending = 0;
    ps2_queue_clear(&mouse->queue);
    if (mouse->wrap && byte != MOUSE_RESET && byte != MOUSE_WRAP_OFF)
        answer(mouse, byte);
    else if (pending)
        take_parameter(mouse, pending, byte);
    else
        run_command(mouse, byte);
}
