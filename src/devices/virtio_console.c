/* virtio_console.c: a virtio console (VIRTIO 1.2, section 5.3). */
#include "devices/virtio_console.h"

#include "base/bytes.h"           /* stores */
#include "base/error.h"           /* error_system */
#include "base/event_loop.h"      /* input */
#include "devices/board.h"        /* the lock */
#include "devices/output_queue.h" /* output */
#include "devices/virtio_pci.h"   /* the transport */

#include <fcntl.h>     /* F_DUPFD_CLOEXEC */
#include <poll.h>      /* is there input? */
#include <stdlib.h>    /* calloc */
#include <sys/ioctl.h> /* TIOCGWINSZ */
#include <unistd.h>    /* close */

#define QUEUE_SIZE     64
#define REQUESTS_A_RUN 32
#define OUTPUT_DELAY   1000000 /* ns: what gathers in it goes in one write */

enum { RECEIVE = 0, TRANSMIT = 1, QUEUES = 2 };

#define CONSOLE_F_SIZE      (1ull << 0)
#define CONSOLE_F_EMERGENCY (1ull << 2)

/* Device configuration. */
enum {
    CONFIG_COLUMNS = 0x00,
    CONFIG_ROWS = 0x02,
    CONFIG_PORTS = 0x04,
    CONFIG_EMERGENCY = 0x08, /* a character written here comes out, without a queue */
    CONFIG_SIZE = 0x0c,
};

struct virtio_console {
    struct virtio_device virtio;
    struct output_queue *out; /* NULL: output vanishes */
    int in_fd;
    bool reading;    /* the loop waits for in_fd */
    bool sending;    /* chain is partly out */
    uint64_t offset; /* how much of it */
    struct virtqueue_chain chain, input;
};

/* Put bytes out; how many went. */
static size_t put(struct virtio_console *console, const uint8_t *bytes, size_t size)
{
    return console->out ? output_queue_write(console->out, bytes, size) : size;
}

/* The rest of the chain that is being sent. True when all of it is out. */
static bool send_chain(struct virtio_console *console)
{
    const struct virtqueue_chain *chain = &console->chain;
    uint64_t before = 0;
    for (unsigned i = 0; i < chain->readable; i++) {
        const struct iovec *segment = &chain->segments[i];
        uint64_t end = before + segment->iov_len;
        if (console->offset < end) {
            uint64_t at = console->offset - before;
            console->offset += put(console, (const uint8_t *)segment->iov_base + at,
                                   segment->iov_len - at);
        }
        if (console->offset < end)
            return false;
        before = end;
    }
    return true;
}

static void transmit(struct virtio_console *console)
{
    struct virtio_device *device = &console->virtio;
    struct virtqueue *queue = &device->queues[TRANSMIT];
    unsigned done = 0;
    int result = 0;

    while (done < REQUESTS_A_RUN) {
        if (!console->sending) {
            result = virtqueue_take(queue, &console->chain);
            if (result <= 0)
                break;
            console->sending = true;
            console->offset = 0;
        }
        if (!send_chain(console))
            break; /* on_room goes on */
        console->sending = false;
        virtqueue_give(queue, console->chain.head, 0);
        done++;
    }
    virtio_run_ended(device, TRANSMIT, done, REQUESTS_A_RUN, result);
}

static void has_room(void *opaque)
{
    struct virtio_console *console = opaque;
    pthread_mutex_lock(&console->virtio.board->lock);
    if (virtio_running(&console->virtio))
        transmit(console);
    pthread_mutex_unlock(&console->virtio.board->lock);
}

static void input_ready(void *opaque, uint32_t events);

/*
 * Wait for input, or leave it where it is. Then the loop knows nothing of it: it would
 * tell of a hang-up again and again, behind which there may be input still.
 */
static void listen(struct virtio_console *console, bool on)
{
    struct event_loop *loop = console->virtio.board->loop;
    if (console->in_fd < 0 || on == console->reading)
        return;
    if (on)
        event_loop_add(loop, console->in_fd, EPOLLIN, input_ready, console);
    else
        event_loop_remove(loop, console->in_fd);
    console->reading = on;
}

static void end_input(struct virtio_console *console)
{
    if (console->in_fd < 0)
        return;
    listen(console, false);
    close(console->in_fd);
    console->in_fd = -1;
}

/* Read once into the driver's next buffer; without one, wait until it gives one. */
static void receive(struct virtio_console *console)
{
    struct virtio_device *device = &console->virtio;
    struct virtqueue *queue = &device->queues[RECEIVE];
    struct virtqueue_chain *chain = &console->input;
    struct pollfd ready = { .fd = console->in_fd, .events = POLLIN };

    if (console->in_fd < 0)
        return;
    int result = virtqueue_take(queue, chain);
    if (result > 0 && !chain->writable) {
        queue->fault = "an input buffer that cannot be written to";
        result = -EINVAL;
    }
    if (result < 0)
        virtio_break(device, queue->fault);
    listen(console, result > 0);
    if (result <= 0)
        return;
    ssize_t size = -1;
    int error = EAGAIN;
    if (poll(&ready, 1, 0) > 0) { /* the fd may block */
        size = readv(console->in_fd, chain->segments + chain->readable,
                     (int)chain->writable);
        error = errno;
    }
    if (size > 0) {
        virtqueue_give(queue, chain->head, (uint32_t)size);
        virtio_interrupt(device, RECEIVE);
        return;
    }
    virtqueue_untake(queue, 1);
    if (size == 0 || (error != EAGAIN && error != EINTR))
        end_input(console);
}

static void input_ready(void *opaque, uint32_t events)
{
    struct virtio_console *console = opaque;
    (void)events;
    pthread_mutex_lock(&console->virtio.board->lock);
    if (virtio_running(&console->virtio))
        receive(console);
    else
        listen(console, false);
    pthread_mutex_unlock(&console->virtio.board->lock);
}

static void virtio_console_run(struct virtio_device *device, unsigned queue)
{
    struct virtio_console *console = (struct virtio_console *)device;
    if (queue == TRANSMIT)
        transmit(console);
    else
        receive(console);
}

static void virtio_console_stop(struct virtio_device *device)
{
    struct virtio_console *console = (struct virtio_console *)device;
    console->sending = false;
    listen(console, false);
}

static void virtio_console_config_write(struct virtio_device *device, uint64_t offset,
                                        uint64_t value, unsigned size)
{
    uint8_t character = (uint8_t)value;
    (void)size;
    if (offset == CONFIG_EMERGENCY)
        put((struct virtio_console *)device, &character, 1);
}

static const struct virtio_type virtio_console_type = {
    .name = "virtio-console",
    .id = 3,
    .class_code = 0x078000,
    .queues = QUEUES,
    .queue_size = QUEUE_SIZE,
    .run = virtio_console_run,
    .stop = virtio_console_stop,
    .config_write = virtio_console_config_write,
};

static void virtio_console_free(struct device *device)
{
    struct virtio_console *console = (struct virtio_console *)device;
    end_input(console);
    virtio_pci_release(&console->virtio);
    output_queue_free(console->out);
    free(console);
}

/* A file cannot be waited for: it is no input for a console. */
static int open_input(struct virtio_console *console, int in_fd)
{
    if (in_fd < 0)
        return 0;
    console->in_fd = fcntl(in_fd, F_DUPFD_CLOEXEC, 3);
    if (console->in_fd < 0)
        return -errno;
    struct event_loop *loop = console->virtio.board->loop;
    int result = event_loop_add(loop, console->in_fd, 0, input_ready, console);
    if (result == 0) {
        event_loop_remove(loop, console->in_fd); /* until the driver asks */
        return 0;
    }
    close(console->in_fd);
    console->in_fd = -1;
    return result == -EPERM ? 0 : result;
}

static void fill_config(struct virtio_console *console, int out_fd)
{
    struct virtio_device *virtio = &console->virtio;
    struct winsize size = { 0 };
    virtio->features = CONSOLE_F_EMERGENCY;
    virtio->config_size = CONFIG_SIZE;
    store32(virtio->config + CONFIG_PORTS, 1);
    if (out_fd < 0 || ioctl(out_fd, TIOCGWINSZ, &size) < 0 || !size.ws_col)
        return;
    virtio->features |= CONSOLE_F_SIZE;
    store16(virtio->config + CONFIG_COLUMNS, size.ws_col);
    store16(virtio->config + CONFIG_ROWS, size.ws_row);
}

struct device *virtio_console_new(struct board *board, uint8_t devfn, int in_fd,
                                  int out_fd, struct error *err)
{
    static const char name[] = "virtio-console";
    struct virtio_console *console = calloc(1, sizeof(*console));
    if (!console) {
        error_system(err, -ENOMEM, name);
        return NULL;
    }
    struct device *device = &console->virtio.device;
    *device = (struct device){ name, virtio_device_reset, virtio_console_free };
    console->virtio.board = board;
    console->in_fd = -1;
    fill_config(console, out_fd);
    if (out_fd >= 0) {
        console->out =
            output_queue_new(board->loop, name, out_fd, OUTPUT_DELAY, false, err);
        if (!console->out)
            goto fail;
        output_queue_on_room(console->out, has_room, console);
    }
    int result = open_input(console, in_fd);
    if (result < 0) {
        error_system(err, result, "%s: input from file descriptor %d", name, in_fd);
        goto fail;
    }
    if (virtio_pci_init(&console->virtio, board, devfn, &virtio_console_type, err) == 0)
        return device;

fail:
    virtio_console_free(device);
    return NULL;
}
