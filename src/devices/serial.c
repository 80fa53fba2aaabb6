/* serial.c: a 16550A serial port. */
#include "devices/serial.h"

#include "base/error.h"           /* error_system */
#include "base/event_loop.h"      /* input */
#include "devices/board.h"        /* interrupts, lock */
#include "devices/byte_ports.h"   /* ports */
#include "devices/device.h"       /* struct device */
#include "devices/irq_line.h"     /* the interrupt */
#include "devices/output_queue.h" /* output */

#include <fcntl.h>     /* F_DUPFD_CLOEXEC */
#include <poll.h>      /* is input there? */
#include <stdatomic.h> /* the line status is read without a lock */
#include <stdlib.h>    /* calloc */
#include <unistd.h>    /* read, close */

/* Registers: National Semiconductor PC16550D datasheet, section 8. */
enum {
    UART_DATA = 0, /* receiver, transmitter; divisor low with DLAB */
    UART_IER = 1,  /* interrupt enable; divisor high with DLAB */
    UART_IIR = 2,  /* read: interrupt identification; write: FIFO control */
    UART_LCR = 3,  /* line control */
    UART_MCR = 4,  /* modem control */
    UART_LSR = 5,  /* line status */
    UART_MSR = 6,  /* modem status */
    UART_SCRATCH = 7,
    UART_PORTS = 8,
};

#define IER_RECEIVE  0x01
#define IER_TRANSMIT 0x02
#define IER_LINE     0x04
#define IER_MODEM    0x08

#define IIR_NONE     0x01
#define IIR_MODEM    0x00
#define IIR_TRANSMIT 0x02
#define IIR_RECEIVE  0x04
#define IIR_LINE     0x06
#define IIR_TIMEOUT  0x0c
#define IIR_FIFO     0xc0

#define FCR_ENABLE      0x01
#define FCR_CLEAR_INPUT 0x02

#define LCR_DLAB 0x80

#define MCR_OUT2 0x08 /* on a PC this gates the interrupt line */
#define MCR_LOOP 0x10

#define LSR_READY     0x01
#define LSR_OVERRUN   0x02
#define LSR_THR_EMPTY 0x20
#define LSR_IDLE      0x40

#define MSR_CONNECTED 0xb0 /* CTS, DSR and DCD: somebody is there */

#define FIFO_SIZE 16

#define OUTPUT_DELAY_NS 1000000 /* characters gather this long before a write */

struct serial {
    struct device device;
    struct board *board;
    struct byte_ports ports;
    struct irq_line line;
    struct output_queue *output;
    int in_fd;
    bool in_pollable; /* epoll refuses regular files */
    bool in_watched;  /* the loop waits for input */

    uint8_t ier, fcr, lcr, mcr, msr, scratch;
    uint16_t divisor;
    bool overrun;
    bool transmit_pending; /* the "transmitter empty" interrupt's own latch */
    bool transmit_full;    /* the output queue has no room for a FIFO's load */
    uint8_t fifo[FIFO_SIZE];
    unsigned fifo_head, fifo_used;
    _Atomic uint8_t status; /* UART_LSR as it reads now */
};

static unsigned fifo_size(const struct serial *serial)
{
    return serial->fcr & FCR_ENABLE ? FIFO_SIZE : 1;
}

/* How many characters make the receiver interrupt. */
static unsigned trigger_level(const struct serial *serial)
{
    static const uint8_t levels[] = { 1, 4, 8, 14 };
    return serial->fcr & FCR_ENABLE ? levels[serial->fcr >> 6] : 1;
}

static uint8_t line_status(const struct serial *serial)
{
    return (serial->fifo_used ? LSR_READY : 0) | (serial->overrun ? LSR_OVERRUN : 0) |
           (serial->transmit_full ? 0 : LSR_THR_EMPTY | LSR_IDLE);
}

/* The pending interrupt of highest priority. */
static uint8_t interrupt_identity(const struct serial *serial)
{
    if ((serial->ier & IER_LINE) && serial->overrun)
        return IIR_LINE;
    if ((serial->ier & IER_RECEIVE) && serial->fifo_used >= trigger_level(serial))
        return IIR_RECEIVE;
    /* The real timeout is four characters' time; here input never trickles. */
    if ((serial->ier & IER_RECEIVE) && serial->fifo_used)
        return IIR_TIMEOUT;
    if ((serial->ier & IER_TRANSMIT) && serial->transmit_pending)
        return IIR_TRANSMIT;
    if ((serial->ier & IER_MODEM) && (serial->msr & 0x0f))
        return IIR_MODEM;
    return IIR_NONE;
}

/* The line status and the interrupt follow from the rest. */
static void update(struct serial *serial)
{
    bool level = (serial->mcr & MCR_OUT2) && interrupt_identity(serial) != IIR_NONE;
    atomic_store_explicit(&serial->status, line_status(serial), memory_order_relaxed);
    irq_line_set(&serial->line, level);
}

static void receive(struct serial *serial, uint8_t byte)
{
    if (serial->fifo_used >= fifo_size(serial)) {
        serial->overrun = true;
        return;
    }
    serial->fifo[(serial->fifo_head + serial->fifo_used++) % FIFO_SIZE] = byte;
}

/* Up to a FIFO's room from the input; no lock held, so that read may take its time. */
static ssize_t read_input(struct serial *serial, uint8_t *bytes, size_t room)
{
    struct pollfd poll_fd = { .fd = serial->in_fd, .events = POLLIN };
    if (poll(&poll_fd, 1, 0) <= 0)
        return -1;
    ssize_t size = read(serial->in_fd, bytes, room);
    if (size < 0 && errno != EAGAIN && errno != EINTR)
        return 0; /* an input that fails is at its end */
    return size;
}

static void end_input(struct serial *serial)
{
    if (serial->in_watched)
        event_loop_remove(serial->board->loop, serial->in_fd);
    serial->in_watched = false;
    close(serial->in_fd);
    serial->in_fd = -1;
}

static void input_ready(void *opaque, uint32_t events)
{
    struct serial *serial = opaque;
    uint8_t bytes[FIFO_SIZE];

    pthread_mutex_lock(&serial->board->lock);
    bool watched = serial->in_watched;
    size_t room = fifo_size(serial) - serial->fifo_used;
    if (watched && (room == 0 || room > FIFO_SIZE)) {
        /* Full: leave input where it is until the guest reads. */
        event_loop_remove(serial->board->loop, serial->in_fd);
        serial->in_watched = false;
    }
    pthread_mutex_unlock(&serial->board->lock);
    if (!watched || room == 0 || room > FIFO_SIZE)
        return;

    ssize_t size = read_input(serial, bytes, room);
    pthread_mutex_lock(&serial->board->lock);
    for (ssize_t i = 0; i < size; i++)
        receive(serial, bytes[i]);
    if (size == 0)
        end_input(serial);
    update(serial);
    pthread_mutex_unlock(&serial->board->lock);
}

/* The guest took a character: take up input again where it had been left. */
static void want_input(struct serial *serial)
{
    if (serial->in_fd < 0 || serial->in_watched ||
        serial->fifo_used >= fifo_size(serial))
        return;
    if (serial->in_pollable) {
        serial->in_watched = event_loop_add(serial->board->loop, serial->in_fd, EPOLLIN,
                                            input_ready, serial) == 0;
        return;
    }
    uint8_t byte;
    ssize_t size = read_input(serial, &byte, 1);
    if (size == 1)
        receive(serial, byte);
    else if (size == 0)
        end_input(serial);
}

static void transmit(struct serial *serial, uint8_t byte)
{
    serial->transmit_pending = false;
    update(serial); /* the line falls, so that it can rise again */
    if (serial->mcr & MCR_LOOP) {
        receive(serial, byte);
    } else if (serial->output) {
        output_queue_put(serial->output, byte);
        serial->transmit_full = output_queue_room(serial->output) < FIFO_SIZE;
    }
    serial->transmit_pending = !serial->transmit_full;
    update(serial);
}

static void output_has_room(void *opaque)
{
    struct serial *serial = opaque;
    pthread_mutex_lock(&serial->board->lock);
    if (serial->transmit_full) {
        serial->transmit_full = false;
        serial->transmit_pending = true;
        update(serial);
    }
    pthread_mutex_unlock(&serial->board->lock);
}

/* In loopback the modem control outputs are the modem status inputs. */
static void update_modem_status(struct serial *serial)
{
    uint8_t now = MSR_CONNECTED;
    if (serial->mcr & MCR_LOOP)
        now = (uint8_t)((serial->mcr & 0x02) << 3 | (serial->mcr & 0x01) << 5 |
                        (serial->mcr & 0x0c) << 4);
    uint8_t changed = (now ^ serial->msr) & 0xf0;
    /* Ring (bit 6) counts only when it ends. */
    if ((changed & 0x40) && (now & 0x40))
        changed &= (uint8_t)~0x40;
    serial->msr = now | (serial->msr & 0x0f) | changed >> 4;
}

static void write_fifo_control(struct serial *serial, uint8_t value)
{
    /* Turning the FIFOs on or off empties them; other bits count only with bit 0. */
    if (((value ^ serial->fcr) & FCR_ENABLE) || (value & FCR_CLEAR_INPUT)) {
        serial->fifo_head = 0;
        serial->fifo_used = 0;
    }
    serial->fcr = value & FCR_ENABLE ? value & 0xc9 : 0;
    want_input(serial);
}

static uint8_t serial_read(struct serial *serial, unsigned offset)
{
    uint8_t value = 0;

    switch (offset) {
    case UART_DATA:
        if (serial->lcr & LCR_DLAB)
            return (uint8_t)serial->divisor;
        if (serial->fifo_used) {
            value = serial->fifo[serial->fifo_head];
            serial->fifo_head = (serial->fifo_head + 1) % FIFO_SIZE;
            serial->fifo_used--;
        }
        /* The line falls between characters, for edge-triggered receivers. */
        if (!serial->fifo_used)
            update(serial);
        want_input(serial);
        break;
    case UART_IER:
        return serial->lcr & LCR_DLAB ? (uint8_t)(serial->divisor >> 8) : serial->ier;
    case UART_IIR:
        value = interrupt_identity(serial);
        if (value == IIR_TRANSMIT)
            serial->transmit_pending = false;
        value |= serial->fcr & FCR_ENABLE ? IIR_FIFO : 0;
        break;
    case UART_LCR:
        return serial->lcr;
    case UART_MCR:
        return serial->mcr;
    case UART_LSR:
        value = line_status(serial);
        serial->overrun = false;
        break;
    case UART_MSR:
        value = serial->msr;
        serial->msr &= 0xf0;
        break;
    default:
        return serial->scratch;
    }
    update(serial);
    return value;
}

static void write_ier(struct serial *serial, uint8_t value)
{
    uint8_t old = serial->ier;
    serial->ier = value & 0x0f;
    /* Enabling the transmitter's interrupt while it is empty raises it. */
    if ((serial->ier & ~old & IER_TRANSMIT) && !serial->transmit_full)
        serial->transmit_pending = true;
}

static void serial_write(struct serial *serial, unsigned offset, uint8_t value)
{
    switch (offset) {
    case UART_DATA:
        if (serial->lcr & LCR_DLAB)
            serial->divisor = (serial->divisor & 0xff00) | value;
        else
            transmit(serial, value);
        break;
    case UART_IER:
        if (serial->lcr & LCR_DLAB)
            serial->divisor = (uint16_t)((serial->divisor & 0x00ff) | value << 8);
        else
            write_ier(serial, value);
        break;
    case UART_IIR:
        write_fifo_control(serial, value);
        break;
    case UART_LCR:
        serial->lcr = value;
        break;
    case UART_MCR:
        serial->mcr = value & 0x1f;
        update_modem_status(serial);
        break;
    case UART_SCRATCH:
        serial->scratch = value;
        break;
    default: /* line and modem status are read-only here */
        return;
    }
    update(serial);
}

/* Drivers poll the line status: no lock for it as long as reading changes nothing. */
static uint8_t port_read(void *opaque, unsigned offset)
{
    struct serial *serial = opaque;
    uint8_t value = atomic_load_explicit(&serial->status, memory_order_relaxed);

    if (offset == UART_LSR && !(value & LSR_OVERRUN))
        return value;
    pthread_mutex_lock(&serial->board->lock);
    value = serial_read(serial, offset);
    pthread_mutex_unlock(&serial->board->lock);
    return value;
}

static void port_write(void *opaque, unsigned offset, uint8_t value)
{
    struct serial *serial = opaque;

    pthread_mutex_lock(&serial->board->lock);
    serial_write(serial, offset, value);
    pthread_mutex_unlock(&serial->board->lock);
}

static void serial_reset(struct device *device)
{
    struct serial *serial = (struct serial *)device;
    serial->ier = serial->fcr = serial->lcr = serial->mcr = serial->scratch = 0;
    serial->msr = MSR_CONNECTED;
    serial->divisor = 12; /* 9600 baud */
    serial->overrun = false;
    serial->transmit_pending = false;
    serial->fifo_head = serial->fifo_used = 0;
    want_input(serial);
    update(serial);
}

static void serial_free(struct device *device)
{
    struct serial *serial = (struct serial *)device;
    space_remove(&serial->ports.range);
    if (serial->in_fd >= 0)
        end_input(serial);
    output_queue_free(serial->output);
    free(serial);
}

/* A regular file or /dev/null as input: epoll refuses it, it is always readable. */
static int open_input(struct serial *serial, int in_fd, struct error *err)
{
    if (in_fd < 0)
        return 0;
    serial->in_fd = fcntl(in_fd, F_DUPFD_CLOEXEC, 3);
    int result = serial->in_fd < 0 ? -errno
                                   : event_loop_add(serial->board->loop, serial->in_fd,
                                                    EPOLLIN, input_ready, serial);
    serial->in_pollable = result == 0;
    serial->in_watched = serial->in_pollable;
    if (result == -EPERM) {
        want_input(serial);
        update(serial);
        return 0;
    }
    if (result < 0)
        error_system(err, result, "serial port: input from file descriptor %d", in_fd);
    return result;
}

struct device *serial_new(struct board *board, uint16_t port, unsigned gsi, int in_fd,
                          int out_fd, struct error *err)
{
    struct serial *serial = calloc(1, sizeof(*serial));
    if (!serial) {
        error_system(err, -ENOMEM, "serial port");
        return NULL;
    }
    serial->device = (struct device){ "serial", serial_reset, serial_free };
    serial->board = board;
    serial->line = (struct irq_line){ .board = board, .gsi = gsi };
    serial->in_fd = -1;
    serial->ports.read = port_read;
    serial->ports.write = port_write;
    serial->ports.opaque = serial;
    serial->ports.range.unlocked = true;
    serial_reset(&serial->device);
    if (out_fd >= 0) {
        serial->output = output_queue_new(board->loop, "serial port", out_fd,
                                          OUTPUT_DELAY_NS, false, err);
        if (!serial->output)
            goto fail;
        output_queue_on_room(serial->output, output_has_room, serial);
    }
    if (open_input(serial, in_fd, err) < 0 ||
        byte_ports_add(board, &serial->ports, "serial", port, UART_PORTS, err) < 0)
        goto fail;
    return &serial->device;

fail:
    serial_free(&serial->device);
    return NULL;
}

void serial_share_interrupt(struct device *one, struct device *other)
{
    struct serial *a = (struct serial *)one, *b = (struct serial *)other;
    a->line.shared = &b->line;
    b->line.shared = &a->line;
}
