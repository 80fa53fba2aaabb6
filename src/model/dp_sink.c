/* dp_sink.c: a DisplayPort sink: its DPCD, link training and I2C over AUX. */
#include "model/dp_sink.h"

#include "base/bytes.h"    /* ARRAY_SIZE */
#include "model/monitor.h" /* what is plugged in */

/* Requests: the first byte's high half. */
#define REQUEST_NATIVE 8u
#define REQUEST_READ   1u
#define REQUEST_MOT    4u /* I2C: more of this transaction follows */
#define REQUEST_STATUS 2u /* I2C: a write's progress */
/* Replies: the first byte. */
#define REPLY_ACK      0x00u
#define REPLY_I2C_NACK 0x40u

#define HEADER    4u /* bytes before a request's data; without data one fewer */
#define DATA_MAX  16u
#define LANES     4u
#define LANE_BITS 0x0fu

/* DPCD addresses. */
enum {
    LINK_BW = 0x100,
    LANE_COUNT = 0x101,
    TRAINING_PATTERN = 0x102,
    SINK_COUNT = 0x200,
    LANE_0_1_STATUS = 0x202,
    LANE_2_3_STATUS = 0x203,
    ALIGN_STATUS = 0x204,
    SINK_STATUS = 0x205,
    WRITEABLE_FROM = 0x100,
};

/*
 * What a sink says of itself: DisplayPort 1.2, four lanes of 5.4 GHz, enhanced framing,
 * training pattern 3; a panel as eDP 1.3 whose backlight hangs on the PWM pin.
 */
static const struct fact {
    uint16_t address;
    uint8_t value;
    uint8_t kinds; /* bit enum model_monitor_kind */
} facts[] = {
#define BOTH  (1u << MODEL_MONITOR_DP | 1u << MODEL_MONITOR_EDP)
#define PANEL (1u << MODEL_MONITOR_EDP)
    { 0x000, 0x12, BOTH },  /* revision */
    { 0x001, 0x14, BOTH },  /* link rate, units of 0.27 GHz */
    { 0x002, 0xc4, BOTH },  /* lanes, training pattern 3, enhanced framing */
    { 0x003, 0x01, BOTH },  /* 0.5 % down-spread */
    { 0x006, 0x01, BOTH },  /* 8b/10b */
    { 0x00d, 0x08, PANEL }, /* registers from 700 on */
    { SINK_COUNT, 0x01, BOTH }, { SINK_STATUS, 0x01, BOTH }, /* in synchronisation */
    { 0x700, 0x02, PANEL },                                  /* eDP 1.3 */
};

void dp_sink_link_lost(struct dp_sink *sink)
{
    sink->clock_lanes = sink->symbol_lanes = 0;
}

void dp_sink_reset(struct dp_sink *sink)
{
    memset(sink, 0, sizeof(*sink));
}

static uint8_t lanes_in_use(const struct dp_sink *sink)
{
    unsigned count = sink->dpcd[LANE_COUNT] & 0x1f;
    return (uint8_t)(count >= LANES ? LANE_BITS : (1u << count) - 1);
}

/* Two lanes of one status byte: bit 0 clock, bits 1 and 2 equalised, symbols locked. */
static uint8_t lane_status(const struct dp_sink *sink, unsigned first)
{
    unsigned status = 0;
    for (unsigned i = 0; i < 2; i++) {
        uint8_t lane = (uint8_t)(1u << (first + i));
        unsigned bits =
            (sink->clock_lanes & lane ? 1u : 0) | (sink->symbol_lanes & lane ? 6u : 0);
        status |= bits << (4 * i);
    }
    return (uint8_t)status;
}

static uint8_t dpcd_read(const struct dp_sink *sink, enum model_monitor_kind kind,
                         uint32_t address)
{
    switch (address) {
    case LANE_0_1_STATUS:
        return lane_status(sink, 0);
    case LANE_2_3_STATUS:
        return lane_status(sink, 2);
    case ALIGN_STATUS:
        return sink->symbol_lanes && sink->symbol_lanes == lanes_in_use(sink);
    default:
        break;
    }
    for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
        if (facts[i].address == address && facts[i].kinds & 1u << kind)
            return facts[i].value;
    }
    return address >= WRITEABLE_FROM && address < DP_SINK_STORED ? sink->dpcd[address]
                                                                 : 0;
}

/*
 * The lanes lock at the first try: clock recovery at pattern 1, symbols at any later
 * one; with the voltage the source starts with.
 */
static void pattern_written(struct dp_sink *sink)
{
    unsigned pattern = sink->dpcd[TRAINING_PATTERN] & 0x0f;
    if (pattern == 1) {
        sink->clock_lanes = lanes_in_use(sink);
        sink->symbol_lanes = 0;
    } else if (pattern) {
        sink->symbol_lanes = sink->clock_lanes;
    }
}

static void dpcd_write(struct dp_sink *sink, uint32_t address, uint8_t value)
{
    if (address < WRITEABLE_FROM || address >= DP_SINK_STORED)
        return;
    sink->dpcd[address] = value;
    if (address == LINK_BW || address == LANE_COUNT)
        dp_sink_link_lost(sink);
    else if (address == TRAINING_PATTERN)
        pattern_written(sink);
}

/* The lanes' state is lost on the way. */
static bool loses_link(const struct model_monitor *monitor, uint32_t address)
{
    return monitor->faults & MODEL_MONITOR_NO_LINK && address >= LANE_0_1_STATUS &&
           address <= ALIGN_STATUS;
}

static size_t answer_native(struct dp_sink *sink, const struct model_monitor *monitor,
                            unsigned command, uint32_t address, const uint8_t *data,
                            size_t count, uint8_t *reply)
{
    reply[0] = REPLY_ACK;
    for (size_t i = 0; i < count; i++, address++) {
        if (command & REQUEST_READ)
            reply[1 + i] = loses_link(monitor, address)
                               ? 0
                               : dpcd_read(sink, monitor->kind, address);
        else
            dpcd_write(sink, address, data[i]);
    }
    return command & REQUEST_READ ? 1 + count : 1;
}

static size_t answer_i2c(struct dp_sink *sink, const struct model_monitor *monitor,
                         unsigned command, uint32_t address, const uint8_t *data,
                         size_t count, uint8_t *reply)
{
    uint8_t device = address & 0x7f;
    reply[0] = REPLY_ACK;
    bool status = command & REQUEST_STATUS;
    if (!ddc_answers(monitor, device)) {
        reply[0] = REPLY_I2C_NACK;
        count = 0;
    }
    for (size_t i = 0; i < count && !status; i++) {
        if (command & REQUEST_READ)
            reply[1 + i] = ddc_read(&sink->ddc, monitor, device);
        else
            ddc_write(&sink->ddc, device, data[i]);
    }
    if (!(command & REQUEST_MOT))
        ddc_stop(&sink->ddc);
    return command & REQUEST_READ ? 1 + count : 1;
}

size_t dp_sink_answer(struct dp_sink *sink, const struct model_monitor *monitor,
                      const uint8_t *request, size_t size, uint8_t *reply)
{
    bool sink_there = monitor && monitor->connected &&
                      monitor->kind != MODEL_MONITOR_HDMI &&
                      !(monitor->faults & MODEL_MONITOR_SILENT);
    if (!sink_there || size < HEADER - 1 || size > DP_AUX_MAX)
        return 0;
    unsigned command = request[0] >> 4;
    uint32_t address =
        (request[0] & 0x0fu) << 16 | (uint32_t)request[1] << 8 | request[2];
    /* Without a length byte it is an address alone, to begin or end with. */
    size_t count = size >= HEADER ? (request[3] & (DATA_MAX - 1)) + 1u : 0;
    const uint8_t *data = request + HEADER;
    if (!(command & REQUEST_READ) && count > size - (size < HEADER ? size : HEADER))
        count = size > HEADER ? size - HEADER : 0;
    if (command & REQUEST_NATIVE)
        return answer_native(sink, monitor, command, address, data, count, reply);
    return answer_i2c(sink, monitor, command, address, data, count, reply);
}
