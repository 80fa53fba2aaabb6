/* virtio_input.c: a virtio keyboard or tablet (VIRTIO 1.2, section 5.8). */
#include "devices/virtio_input.h"

#include "base/bytes.h"         /* stores */
#include "base/error.h"         /* error_system */
#include "devices/board.h"      /* the lock */
#include "devices/virtio_pci.h" /* the transport */

#include <linux/input.h> /* event types, keys, bus types */
#include <stdlib.h>      /* calloc */

enum { EVENT_QUEUE, STATUS_QUEUE, QUEUES };

#define EVENT_SIZE     8
#define STATUS_A_RUN   16 /* so that a busy guest does not hold the loop */
#define EVENTS_AT_ONCE 8

/* The configuration: what is asked for, how long the answer is, the answer. */
#define CONFIG_SELECT    0
#define CONFIG_SUBSELECT 1
#define CONFIG_SIZE      2
#define CONFIG_DATA      8
#define CONFIG_DATA_MAX  128
#define CONFIG_END       (CONFIG_DATA + CONFIG_DATA_MAX)

_Static_assert(CONFIG_END <= VIRTIO_CONFIG_MAX, "the configuration has room");

enum {
    SELECT_NAME = 0x01,
    SELECT_SERIAL = 0x02,
    SELECT_IDS = 0x03,
    SELECT_PROPERTIES = 0x10,
    SELECT_EVENTS = 0x11,
    SELECT_AXIS = 0x12,
};

/* Codes of one event type, from first to last. */
struct codes {
    uint16_t type, first, last;
};

/* What a kind of device has: rows without a type end a list. */
static const struct kind {
    const char *name;
    uint32_t class_code;
    uint16_t product;
    struct codes codes[6];
} kinds[VIRTIO_INPUT_KINDS] = {
    [VIRTIO_INPUT_KEYBOARD] = { "igdvm keyboard",
                                0x090000,
                                1,
                                { { EV_KEY, KEY_ESC, KEY_MICMUTE },
                                  { EV_REP, REP_DELAY, REP_PERIOD },
                                  { EV_LED, LED_NUML, LED_SCROLLL } } },
    [VIRTIO_INPUT_TABLET] = { "igdvm tablet",
                              0x098000,
                              3,
                              { { EV_KEY, BTN_LEFT, BTN_EXTRA },
                                { EV_REL, REL_HWHEEL, REL_HWHEEL },
                                { EV_REL, REL_WHEEL, REL_WHEEL },
                                { EV_ABS, ABS_X, ABS_Y } } },
};

struct virtio_input {
    struct virtio_device virtio;
    struct virtio_type type;
    const struct kind *kind;
    struct virtqueue_chain chain;
    void (*leds_changed)(void *opaque, unsigned code, bool on);
    void *leds_opaque;
};

static unsigned put_text(uint8_t *data, const char *text)
{
    size_t length = strnlen(text, CONFIG_DATA_MAX);
    memcpy(data, text, length);
    return (unsigned)length;
}

static unsigned put_ids(uint8_t *data, const struct kind *kind)
{
    store16(data, BUS_VIRTUAL);
    store16(data + 2, 0x0627); /* as QEMU's, so that drivers treat both alike */
    store16(data + 4, kind->product);
    store16(data + 6, 1);
    return 8;
}

/* The bits of the codes of a type, as many bytes as have any. */
static unsigned put_codes(uint8_t *data, const struct kind *kind, unsigned type)
{
    unsigned size = 0;
    for (const struct codes *codes = kind->codes; codes->type; codes++) {
        if (codes->type != type)
            continue;
        for (unsigned code = codes->first; code <= codes->last; code++)
            data[code / 8] |= (uint8_t)(1 << code % 8);
        if (size < codes->last / 8 + 1u)
            size = codes->last / 8 + 1u;
    }
    return size;
}

static unsigned put_axis(uint8_t *data, const struct kind *kind, unsigned axis)
{
    for (const struct codes *codes = kind->codes; codes->type; codes++) {
        if (codes->type != EV_ABS || axis < codes->first || axis > codes->last)
            continue;
        store32(data + 4, VIRTIO_INPUT_ABSOLUTE_MAX); /* after the least, 0 */
        return 20;
    }
    return 0;
}

/* Answer what the driver selected. */
static void select_config(struct virtio_input *input)
{
    uint8_t *config = input->virtio.config, *data = config + CONFIG_DATA;
    unsigned part = config[CONFIG_SUBSELECT], size = 0;

    memset(config + CONFIG_SIZE, 0, CONFIG_END - CONFIG_SIZE);
    switch (config[CONFIG_SELECT]) {
    case SELECT_NAME:
        size = part ? 0 : put_text(data, input->kind->name);
        break;
    case SELECT_IDS:
        size = part ? 0 : put_ids(data, input->kind);
        break;
    case SELECT_EVENTS:
        size = put_codes(data, input->kind, part);
        break;
    case SELECT_AXIS:
        size = put_axis(data, input->kind, part);
        break;
    default: /* no serial number, no properties */
        break;
    }
    config[CONFIG_SIZE] = (uint8_t)size;
}

/* Both selectors at once come with a 16-bit write, and the upper bytes are dropped. */
static void write_config(struct virtio_device *device, uint64_t offset, uint64_t value,
                         unsigned size)
{
    for (unsigned i = 0; i < size && offset + i <= CONFIG_SUBSELECT; i++)
        device->config[offset + i] = (uint8_t)(value >> 8 * i);
    if (offset <= CONFIG_SUBSELECT)
        select_config((struct virtio_input *)device);
}

/* The driver says what the lights shall be; a keyboard has no other state. */
static int take_status(struct virtio_device *device, unsigned index,
                       struct virtqueue_chain *chain)
{
    struct virtio_input *input = (struct virtio_input *)device;
    uint8_t event[EVENT_SIZE];
    (void)index;
    if (iovec_cut_front(chain->segments, chain->readable, event, sizeof(event)) &&
        load16(event) == EV_LED && load16(event + 2) <= LED_SCROLLL &&
        input->leds_changed)
        input->leds_changed(input->leds_opaque, load16(event + 2), load32(event + 4));
    return 0;
}

static void virtio_input_run(struct virtio_device *device, unsigned index)
{
    struct virtio_input *input = (struct virtio_input *)device;
    if (index != EVENT_QUEUE) /* room for events is taken when there are some */
        virtio_run_chains(device, index, &input->chain, STATUS_A_RUN, take_status);
}

/* Into the next of the driver's buffers; false: the ring is broken, or it is small. */
static bool put_event(struct virtio_input *input,
                      const struct virtio_input_event *event)
{
    struct virtio_device *device = &input->virtio;
    struct virtqueue *queue = &device->queues[EVENT_QUEUE];
    const struct virtqueue_chain *chain = &input->chain;
    uint8_t bytes[EVENT_SIZE];
    unsigned done = 0;

    if (virtqueue_take(queue, &input->chain) <= 0) {
        virtio_break(device, queue->fault ? queue->fault : "the queue lost a buffer");
        return false;
    }
    store16(bytes, event->type);
    store16(bytes + 2, event->code);
    store32(bytes + 4, event->value);
    for (unsigned i = 0; i < chain->writable && done < EVENT_SIZE; i++) {
        const struct iovec *to = &chain->segments[chain->readable + i];
        unsigned left = EVENT_SIZE - done;
        unsigned part = to->iov_len < left ? (unsigned)to->iov_len : left;
        memcpy(to->iov_base, bytes + done, part);
        done += part;
    }
    virtqueue_give(queue, chain->head, done);
    if (done == EVENT_SIZE)
        return true;
    virtio_break(device, "an event buffer is smaller than an event");
    return false;
}

bool virtio_input_driven(struct device *device)
{
    struct virtio_input *input = (struct virtio_input *)device;
    pthread_mutex_lock(&input->virtio.board->lock);
    bool driven =
        virtio_running(&input->virtio) && input->virtio.queues[EVENT_QUEUE].enabled;
    pthread_mutex_unlock(&input->virtio.board->lock);
    return driven;
}

bool virtio_input_tell(struct device *device, const struct virtio_input_event *events,
                       unsigned count)
{
    static const struct virtio_input_event end = { EV_SYN, SYN_REPORT, 0 };
    struct virtio_input *input = (struct virtio_input *)device;
    struct board *board = input->virtio.board;
    struct virtqueue *queue = &input->virtio.queues[EVENT_QUEUE];

    pthread_mutex_lock(&board->lock);
    bool room = virtio_running(&input->virtio) && virtqueue_waiting(queue) > count;
    bool told = room;
    for (unsigned i = 0; told && i < count; i++)
        told = put_event(input, &events[i]);
    told = told && put_event(input, &end);
    if (room)
        virtio_interrupt(&input->virtio, EVENT_QUEUE);
    pthread_mutex_unlock(&board->lock);
    return told;
}

void virtio_input_watch_leds(struct device *device,
                             void (*changed)(void *opaque, unsigned code, bool on),
                             void *opaque)
{
    struct virtio_input *input = (struct virtio_input *)device;
    input->leds_changed = changed;
    input->leds_opaque = opaque;
}

static void virtio_input_reset(struct device *device)
{
    struct virtio_input *input = (struct virtio_input *)device;
    virtio_pci_reset(&input->virtio);
    input->virtio.config[CONFIG_SELECT] = input->virtio.config[CONFIG_SUBSELECT] = 0;
    select_config(input);
}

struct device *virtio_input_new(struct board *board, uint8_t devfn,
                                enum virtio_input_kind kind, struct error *err)
{
    struct virtio_input *input = calloc(1, sizeof(*input));
    if (!input) {
        error_system(err, -ENOMEM, "virtio-input");
        return NULL;
    }
    struct device *device = &input->virtio.device;
    *device = (struct device){ "virtio-input", virtio_input_reset, virtio_device_free };
    input->kind = &kinds[kind];
    input->virtio.config_size = CONFIG_END;
    input->type = (struct virtio_type){
        .name = "virtio-input",
        .id = 18,
        .class_code = input->kind->class_code,
        .queues = QUEUES,
        .queue_size = 64,
        .run = virtio_input_run,
        .config_write = write_config,
    };
    if (virtio_pci_init(&input->virtio, board, devfn, &input->type, err) < 0) {
        virtio_device_free(device);
        return NULL;
    }
    return device;
}
