/* i8042.c: the keyboard controller. */
#include "devices/i8042.h"

#include "base/bytes.h"         /* ARRAY_SIZE */
#include "base/error.h"         /* error_system */
#include "devices/board.h"      /* interrupts, reset */
#include "devices/byte_ports.h" /* ports */
#include "devices/device.h"     /* struct device */
#include "devices/irq_line.h"   /* interrupts */
#include "devices/ps2.h"        /* what is plugged in */

#include <stdlib.h> /* calloc */
#include <string.h> /* memset */

/* Commands: IBM PS/2 Hardware Interface Technical Reference, keyboard controller. */
enum {
    COMMAND_READ_RAM = 0x20, /* to 0x3f; 0x20 is the command byte */
    COMMAND_WRITE_RAM = 0x60,
    COMMAND_MOUSE_OFF = 0xa7,
    COMMAND_MOUSE_ON = 0xa8,
    COMMAND_TEST_MOUSE = 0xa9,
    COMMAND_SELF_TEST = 0xaa,
    COMMAND_TEST_KEYBOARD = 0xab,
    COMMAND_KEYBOARD_OFF = 0xad,
    COMMAND_KEYBOARD_ON = 0xae,
    COMMAND_READ_INPUT_PORT = 0xc0,
    COMMAND_READ_OUTPUT_PORT = 0xd0,
    COMMAND_WRITE_OUTPUT_PORT = 0xd1,
    COMMAND_WRITE_KEYBOARD_BUFFER = 0xd2,
    COMMAND_WRITE_MOUSE_BUFFER = 0xd3,
    COMMAND_WRITE_MOUSE = 0xd4,
    COMMAND_TEST_INPUTS = 0xe0,
    COMMAND_PULSE = 0xf0, /* to 0xff: bits 3:0 low for a moment; bit 0 is reset */
};

#define STATUS_FULL     0x01 /* output buffer: a byte waits at port 0x60 */
#define STATUS_SYSTEM   0x04
#define STATUS_COMMAND  0x08 /* the last write was to port 0x64 */
#define STATUS_UNLOCKED 0x10
#define STATUS_MOUSE    0x20 /* the byte that waits is the mouse's */

#define MODE_KEYBOARD_IRQ 0x01
#define MODE_MOUSE_IRQ    0x02
#define MODE_SYSTEM       0x04
#define MODE_KEYBOARD_OFF 0x10
#define MODE_MOUSE_OFF    0x20
#define MODE_TRANSLATE    0x40

#define OUTPUT_NOT_RESET 0x01
#define OUTPUT_A20       0x02

struct i8042 {
    struct device device;
    struct board *board;
    struct byte_ports data_port, command_port;
    struct irq_line keyboard_line, mouse_line;
    struct ps2_keyboard keyboard;
    struct ps2_mouse mouse;
    struct ps2_queue answers; /* the controller's own */
    struct ps2_queue mouse_answers;
    uint8_t ram[32]; /* ram[0] is the command byte, the mode */
    uint8_t pending; /* the command whose parameter port 0x60 waits for, or 0 */
    uint8_t output_port;
    bool after_command;
    bool full, full_mouse; /* the output buffer holds a byte; whose */
    uint8_t data;
    bool release; /* translation: f0 was seen, the next code is a key's release */
    uint8_t leds_told;
    void (*leds_changed)(void *opaque, uint8_t leds); /* NULL: nobody asks */
    void *leds_opaque;
};

/* Scan set 2 to set 1, codes 0x00 to 0x83; 0xff in the table: no such key. */
static uint8_t translated(uint8_t code)
{
    static const uint8_t set1[] = {
        0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40,
        0x3e, 0x0f, 0x29, 0x59, 0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a,
        0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b, 0x67, 0x2e, 0x2d, 0x20,
        0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d,
        0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24,
        0x16, 0x08, 0x09, 0x5f, 0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60,
        0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61, 0x6d, 0x73, 0x28, 0x74,
        0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76,
        0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b,
        0x47, 0x7e, 0x7f, 0x6f, 0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45,
        0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54, 0x80, 0x81, 0x82, 0x41,
    };
    return code < ARRAY_SIZE(set1) ? set1[code] : code;
}

/* The next byte of the keyboard, translated when asked; false: only a prefix came. */
static bool take_keyboard(struct i8042 *controller, uint8_t *byte)
{
    uint8_t code = ps2_queue_take(&controller->keyboard.queue);
    if (!(controller->ram[0] & MODE_TRANSLATE)) {
        *byte = code;
        return true;
    }
    if (code == 0xf0) {
        controller->release = true;
        return false;
    }
    *byte = translated(code) | (controller->release ? 0x80 : 0);
    controller->release = false;
    return true;
}

static void fill(struct i8042 *controller, uint8_t byte, bool mouse)
{
    controller->data = byte;
    controller->full = true;
    controller->full_mouse = mouse;
}

/* Move the next byte into an empty output buffer; drive both interrupts. */
static void update(struct i8042 *controller)
{
    uint8_t mode = controller->ram[0], byte;

    if (!controller->full) {
        if (controller->answers.used) {
            fill(controller, ps2_queue_take(&controller->answers), false);
        } else if (controller->mouse_answers.used) {
            fill(controller, ps2_queue_take(&controller->mouse_answers), true);
        } else {
            while (!controller->full && controller->keyboard.queue.used &&
                   !(mode & MODE_KEYBOARD_OFF)) {
                if (take_keyboard(controller, &byte))
                    fill(controller, byte, false);
            }
            if (!controller->full && controller->mouse.queue.used &&
                !(mode & MODE_MOUSE_OFF))
                fill(controller, ps2_queue_take(&controller->mouse.queue), true);
        }
    }
    irq_line_set(&controller->keyboard_line, controller->full &&
                                                 !controller->full_mouse &&
                                                 (mode & MODE_KEYBOARD_IRQ));
    irq_line_set(&controller->mouse_line,
                 controller->full && controller->full_mouse && (mode & MODE_MOUSE_IRQ));
}

static void answer(struct i8042 *controller, uint8_t byte)
{
    ps2_queue_put(&controller->answers, &byte, 1);
}

static void write_output_port(struct i8042 *controller, uint8_t value)
{
    if (!(value & OUTPUT_NOT_RESET))
        board_request_reset(controller->board);
    controller->output_port = value | OUTPUT_NOT_RESET;
}

static uint8_t read_output_port(const struct i8042 *controller)
{
    uint8_t value = controller->output_port & 0xcf;
    if (controller->full)
        value |= controller->full_mouse ? 0x20 : 0x10;
    return value;
}

static void run_command(struct i8042 *controller, uint8_t command)
{
    uint8_t *mode = &controller->ram[0];

    switch (command) {
    case COMMAND_READ_RAM ... COMMAND_READ_RAM + 0x1f:
        answer(controller, controller->ram[command & 0x1f]);
        break;
    case COMMAND_WRITE_RAM ... COMMAND_WRITE_RAM + 0x1f:
    case COMMAND_WRITE_OUTPUT_PORT:
    case COMMAND_WRITE_KEYBOARD_BUFFER:
    case COMMAND_WRITE_MOUSE_BUFFER:
    case COMMAND_WRITE_MOUSE:
        controller->pending = command;
        break;
    case COMMAND_MOUSE_OFF:
        *mode |= MODE_MOUSE_OFF;
        break;
    case COMMAND_MOUSE_ON:
        *mode &= (uint8_t)~MODE_MOUSE_OFF;
        break;
    case COMMAND_KEYBOARD_OFF:
        *mode |= MODE_KEYBOARD_OFF;
        break;
    case COMMAND_KEYBOARD_ON:
        *mode &= (uint8_t)~MODE_KEYBOARD_OFF;
        break;
    case COMMAND_SELF_TEST:
        *mode |= MODE_SYSTEM;
        answer(controller, 0x55);
        break;
    case COMMAND_TEST_KEYBOARD:
    case COMMAND_TEST_MOUSE:
    case COMMAND_TEST_INPUTS:
        answer(controller, 0x00);
        break;
    case COMMAND_READ_INPUT_PORT:
        answer(controller, 0x80);
        break;
    case COMMAND_READ_OUTPUT_PORT:
        answer(controller, read_output_port(controller));
        break;
    case COMMAND_PULSE ... COMMAND_PULSE + 0x0f:
        if (!(command & OUTPUT_NOT_RESET))
            board_request_reset(controller->board);
        break;
    default:
        break;
    }
}

static void tell_leds(struct i8042 *controller)
{
    uint8_t leds = controller->keyboard.leds;
    if (leds == controller->leds_told)
        return;
    controller->leds_told = leds;
    if (controller->leds_changed)
        controller->leds_changed(controller->leds_opaque, leds);
}

static void write_data(struct i8042 *controller, uint8_t value)
{
    uint8_t command = controller->pending;
    controller->pending = 0;
    switch (command) {
    case COMMAND_WRITE_RAM ... COMMAND_WRITE_RAM + 0x1f:
        controller->ram[command & 0x1f] = value;
        break;
    case COMMAND_WRITE_OUTPUT_PORT:
        write_output_port(controller, value);
        break;
    case COMMAND_WRITE_KEYBOARD_BUFFER:
        answer(controller, value);
        break;
    case COMMAND_WRITE_MOUSE_BUFFER:
        ps2_queue_put(&controller->mouse_answers, &value, 1);
        break;
    case COMMAND_WRITE_MOUSE:
        controller->ram[0] &= (uint8_t)~MODE_MOUSE_OFF;
        ps2_mouse_write(&controller->mouse, value);
        break;
    default:
        /* Talking to the keyboard turns its line on. */
        controller->ram[0] &= (uint8_t)~MODE_KEYBOARD_OFF;
        ps2_keyboard_write(&controller->keyboard, value);
        tell_leds(controller);
    }
}

static uint8_t data_read(void *opaque, unsigned offset)
{
    struct i8042 *controller = opaque;
    uint8_t value = controller->data;
    if (!controller->full)
        return value; /* the last byte again, as the real buffer holds it */
    controller->full = false;
    /* The line falls first, so that a next byte makes a new edge. */
    irq_line_set(controller->full_mouse ? &controller->mouse_line
                                        : &controller->keyboard_line,
                 false);
    update(controller);
    return value;
}

static void data_write(void *opaque, unsigned offset, uint8_t value)
{
    struct i8042 *controller = opaque;
    controller->after_command = false;
    write_data(controller, value);
    update(controller);
}

static uint8_t status_read(void *opaque, unsigned offset)
{
    const struct i8042 *controller = opaque;
    uint8_t value = STATUS_UNLOCKED;
    if (controller->full)
        value |= STATUS_FULL | (controller->full_mouse ? STATUS_MOUSE : 0);
    if (controller->ram[0] & MODE_SYSTEM)
        value |= STATUS_SYSTEM;
    if (controller->after_command)
        value |= STATUS_COMMAND;
    return value;
}

static void command_write(void *opaque, unsigned offset, uint8_t value)
{
    struct i8042 *controller = opaque;
    controller->after_command = true;
    controller->pending = 0;
    run_command(controller, value);
    update(controller);
}

bool i8042_key(struct device *device, const uint8_t *codes, unsigned count)
{
    struct i8042 *controller = (struct i8042 *)device;
    bool taken = true;
    pthread_mutex_lock(&controller->board->lock);
    if (controller->keyboard.scanning) {
        taken = ps2_queue_put(&controller->keyboard.queue, codes, count);
        update(controller);
    }
    pthread_mutex_unlock(&controller->board->lock);
    return taken;
}

bool i8042_mouse(struct device *device, int dx, int dy, int wheel, uint8_t buttons)
{
    struct i8042 *controller = (struct i8042 *)device;
    pthread_mutex_lock(&controller->board->lock);
    bool taken = ps2_mouse_move(&controller->mouse, dx, dy, wheel, buttons);
    update(controller);
    pthread_mutex_unlock(&controller->board->lock);
    return taken;
}

void i8042_watch_leds(struct device *device,
                      void (*changed)(void *opaque, uint8_t leds), void *opaque)
{
    struct i8042 *controller = (struct i8042 *)device;
    controller->leds_changed = changed;
    controller->leds_opaque = opaque;
}

static void i8042_reset(struct device *device)
{
    struct i8042 *controller = (struct i8042 *)device;
    ps2_keyboard_reset(&controller->keyboard);
    ps2_mouse_reset(&controller->mouse);
    ps2_queue_clear(&controller->answers);
    ps2_queue_clear(&controller->mouse_answers);
    memset(controller->ram, 0, sizeof(controller->ram));
    controller->ram[0] = MODE_KEYBOARD_IRQ | MODE_MOUSE_IRQ;
    controller->pending = 0;
    controller->output_port = 0xc0 | OUTPUT_A20 | OUTPUT_NOT_RESET;
    controller->after_command = true;
    controller->full = controller->full_mouse = controller->release = false;
    controller->data = 0;
    update(controller);
    tell_leds(controller);
}

static void i8042_free(struct device *device)
{
    struct i8042 *controller = (struct i8042 *)device;
    space_remove(&controller->data_port.range);
    space_remove(&controller->command_port.range);
    free(controller);
}

struct device *i8042_new(struct board *board, struct error *err)
{
    struct i8042 *controller = calloc(1, sizeof(*controller));
    if (!controller) {
        error_system(err, -ENOMEM, "keyboard controller");
        return NULL;
    }
    controller->device = (struct device){ "i8042", i8042_reset, i8042_free };
    controller->board = board;
    controller->keyboard_line = (struct irq_line){ board, I8042_KEYBOARD_GSI, false };
    controller->mouse_line = (struct irq_line){ board, I8042_MOUSE_GSI, false };
    controller->data_port = (struct byte_ports){ .read = data_read,
                                                 .write = data_write,
                                                 .opaque = controller };
    controller->command_port = (struct byte_ports){ .read = status_read,
                                                    .write = command_write,
                                                    .opaque = controller };
    i8042_reset(&controller->device);
    if (byte_ports_add(board, &controller->data_port, "i8042-data", 0x60, 1, err) < 0 ||
        byte_ports_add(board, &controller->command_port, "i8042-command", 0x64, 1,
                       err) < 0) {
        i8042_free(&controller->device);
        return NULL;
    }
    return &controller->device;
}
