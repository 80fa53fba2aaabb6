/* edid.c: an EDID, field by field. */
#include "model/edid.h"

#include "base/bytes.h" /* stores, byte_sum */

/* VESA E-EDID 1.4, section 3: the base block. */
#define MANUFACTURER     0x08
#define PRODUCT          0x0a
#define WEEK             0x10
#define YEAR             0x11
#define VERSION          0x12
#define INPUT            0x14
#define SIZE_CM          0x15
#define GAMMA            0x17
#define FEATURES         0x18
#define CHROMATICITY     0x19
#define ESTABLISHED      0x23
#define STANDARD         0x26
#define DESCRIPTORS      0x36
#define EXTENSIONS       0x7e
#define STANDARD_COUNT   8
#define DESCRIPTOR_COUNT 4
#define DESCRIPTOR_SIZE  18

#define INPUT_DIGITAL            0x80
#define INPUT_DISPLAYPORT        0xa5 /* digital, 8 bits a colour */
#define FEATURE_OFF              0x20 /* DPMS active off */
#define FEATURE_RGB              0x08 /* EDID 1.3: a colour display */
#define FEATURE_SRGB             0x04
#define FEATURE_NATIVE_PREFERRED 0x02

enum {
    TAG_SERIAL = 0xff,
    TAG_TEXT = 0xfe,
    TAG_RANGE = 0xfd,
    TAG_NAME = 0xfc,
    TAG_DUMMY = 0x10
};

/* CTA-861-G, section 7: the extension. */
#define CTA_TAG          2
#define CTA_REVISION     3
#define CTA_UNDERSCAN    0x80
#define CTA_DATA         4
#define BLOCK_VIDEO      (2 << 5)
#define BLOCK_VENDOR     (3 << 5)
#define BLOCK_OTHER      (7 << 5) /* the next byte says which */
#define VIDEO_CAPABILITY 0
/* RGB range as the source says, IT and CE modes never cut off at the edges. */
#define CAPABILITIES 0x4a
#define HDMI_OUI     0x000c03
#define TMDS_STEP    5000 /* kHz */

/* Pixels an inch: what desktops take for granted, and what panels have. */
#define DPI_MONITOR 96
#define DPI_PANEL   125

static const uint8_t header[8] = { 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0 };

/* The primaries and white of sRGB (IEC 61966-2-1), 10 bits each. */
static const uint8_t srgb[10] = { 0xee, 0x91, 0xa3, 0x54, 0x4c,
                                  0x99, 0x26, 0x0f, 0x50, 0x54 };

/* Modes with a bit of their own. */
static const struct {
    uint16_t width, height, refresh;
    uint8_t byte, bit;
} established[] = {
    { 640, 480, 60, 0, 5 },
    { 800, 600, 60, 0, 0 },
    { 1024, 768, 60, 1, 3 },
};

/* The picture's size, from the preferred mode's pixels in one direction. */
static unsigned centimetres(const struct model_monitor *monitor, unsigned pixels)
{
    unsigned dpi = monitor->kind == MODEL_MONITOR_EDP ? DPI_PANEL : DPI_MONITOR;
    return pixels * 254 / dpi / 100;
}

void edid_detailed_timing(uint8_t *at, const struct model_timing *timing,
                          unsigned width_mm, unsigned height_mm)
{
    const struct model_timing_axis *h = &timing->horizontal, *v = &timing->vertical;
    unsigned hblank = model_timing_total(h) - h->active;
    unsigned vblank = model_timing_total(v) - v->active;
    store16(at, (uint16_t)(timing->clock / 10));
    at[2] = (uint8_t)h->active;
    at[3] = (uint8_t)hblank;
    at[4] = (uint8_t)((h->active >> 8) << 4 | hblank >> 8);
    at[5] = (uint8_t)v->active;
    at[6] = (uint8_t)vblank;
    at[7] = (uint8_t)((v->active >> 8) << 4 | vblank >> 8);
    at[8] = (uint8_t)h->front;
    at[9] = (uint8_t)h->sync;
    at[10] = (uint8_t)((v->front & 15) << 4 | (v->sync & 15));
    at[11] = (uint8_t)((h->front >> 8) << 6 | (h->sync >> 8) << 4 |
                       (v->front >> 4) << 2 | v->sync >> 4);
    at[12] = (uint8_t)width_mm;
    at[13] = (uint8_t)height_mm;
    at[14] = (uint8_t)((width_mm >> 8) << 4 | height_mm >> 8);
    /* Separate digital sync, and its polarities. */
    at[17] = (uint8_t)(0x18 | (v->positive ? 4 : 0) | (h->positive ? 2 : 0));
}

static void put_timing(const struct model_monitor *monitor, uint8_t *at,
                       const struct model_timing *timing)
{
    const struct model_timing *best = &monitor->modes[0];
    edid_detailed_timing(at, timing, 10 * centimetres(monitor, best->horizontal.active),
                         10 * centimetres(monitor, best->vertical.active));
}

/* A descriptor of text: 13 characters, ended by a newline and filled with blanks. */
static void put_text(uint8_t *at, uint8_t tag, const char *text)
{
    size_t length = strnlen(text, MODEL_MONITOR_NAME_MAX);
    at[3] = tag;
    memset(at + 5, ' ', MODEL_MONITOR_NAME_MAX);
    memcpy(at + 5, text, length);
    if (length < MODEL_MONITOR_NAME_MAX)
        at[5 + length] = '\n';
}

/* What spans all modes: refresh, lines a second, clock. */
static void put_range(uint8_t *at, const struct model_monitor *monitor)
{
    unsigned low_hz = 60, high_hz = 60, low_khz = 31, high_khz = 32, mhz = 30;
    for (unsigned i = 0; i < monitor->mode_count; i++) {
        const struct model_timing *mode = &monitor->modes[i];
        unsigned khz = mode->clock / model_timing_total(&mode->horizontal);
        low_hz = mode->refresh - 1u < low_hz ? mode->refresh - 1u : low_hz;
        high_hz = mode->refresh + 1u > high_hz ? mode->refresh + 1u : high_hz;
        low_khz = khz < low_khz ? khz : low_khz;
        high_khz = khz + 1 > high_khz ? khz + 1 : high_khz;
        mhz = mode->clock / 1000 + 1 > mhz ? mode->clock / 1000 + 1 : mhz;
    }
    at[3] = TAG_RANGE;
    at[4] = high_khz > 255 ? 0x08 : 0; /* adds 255 to the highest line rate */
    at[5] = (uint8_t)low_hz;
    at[6] = (uint8_t)high_hz;
    at[7] = (uint8_t)low_khz;
    at[8] = (uint8_t)(high_khz > 255 ? high_khz - 255 : high_khz);
    at[9] = (uint8_t)((mhz + 9) / 10);
    at[10] = monitor->kind != MODEL_MONITOR_HDMI; /* EDID 1.4: only these limits */
    at[11] = '\n';
    memset(at + 12, ' ', 6);
}

static bool put_established(uint8_t *edid, const struct model_timing *mode)
{
    for (size_t i = 0; i < ARRAY_SIZE(established); i++) {
        if (mode->horizontal.active == established[i].width &&
            mode->vertical.active == established[i].height &&
            mode->refresh == established[i].refresh) {
            edid[ESTABLISHED + established[i].byte] |=
                (uint8_t)(1u << established[i].bit);
            return true;
        }
    }
    return false;
}

/*
 * Two bytes say a mode by width, aspect ratio and refresh; a driver looks the timing up
 * (VESA DMT) or computes it, so only modes that are in DMT at 60 Hz go here.
 */
static bool put_standard(uint8_t *edid, unsigned *used, const struct model_timing *mode)
{
    static const struct {
        uint16_t width, height;
        uint8_t aspect; /* 0 16:10, 1 4:3, 2 5:4, 3 16:9 */
    } known[] = {
        { 1280, 720, 3 },
        { 1280, 1024, 2 },
        { 1600, 1200, 1 },
        { 1920, 1080, 3 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(known) && *used < STANDARD_COUNT; i++) {
        if (mode->horizontal.active != known[i].width ||
            mode->vertical.active != known[i].height || mode->refresh != 60)
            continue;
        uint8_t *at = edid + STANDARD + 2 * *used;
        at[0] = (uint8_t)(known[i].width / 8 - 31);
        at[1] = (uint8_t)(known[i].aspect << 6);
        (*used)++;
        return true;
    }
    return false;
}

static void put_identity(uint8_t *edid, const struct model_monitor *monitor)
{
    const bool hdmi = monitor->kind == MODEL_MONITOR_HDMI;
    const struct model_timing *best = &monitor->modes[0];
    memcpy(edid, header, sizeof(header));
    /* Three letters of five bits, "IGV", most significant byte first. */
    edid[MANUFACTURER] = ('I' - 64) << 2 | ('G' - 64) >> 3;
    edid[MANUFACTURER + 1] = (uint8_t)(('G' - 64) << 5 | ('V' - 64));
    store16(edid + PRODUCT, (uint16_t)(monitor->kind << 8 | monitor->port->letter));
    edid[WEEK] = 1;
    edid[YEAR] = 2025 - 1990;
    edid[VERSION] = 1;
    /* HDMI asks for EDID 1.3, which says less of the input. */
    edid[VERSION + 1] = hdmi ? 3 : 4;
    edid[INPUT] = hdmi ? INPUT_DIGITAL : INPUT_DISPLAYPORT;
    edid[SIZE_CM] = (uint8_t)centimetres(monitor, best->horizontal.active);
    edid[SIZE_CM + 1] = (uint8_t)centimetres(monitor, best->vertical.active);
    edid[GAMMA] = 120; /* 2.2 */
    edid[FEATURES] = FEATURE_SRGB | FEATURE_NATIVE_PREFERRED;
    if (monitor->kind != MODEL_MONITOR_EDP)
        edid[FEATURES] |= FEATURE_OFF;
    if (hdmi)
        edid[FEATURES] |= FEATURE_RGB;
    memcpy(edid + CHROMATICITY, srgb, sizeof(srgb));
    memset(edid + STANDARD, 1, 2 * STANDARD_COUNT); /* none */
}

/* Bit n of the result: mode n found no place in the base block. */
static unsigned put_base(uint8_t *edid, const struct model_monitor *monitor)
{
    uint8_t *descriptor = edid + DESCRIPTORS;
    uint8_t *end = descriptor + (size_t)DESCRIPTOR_COUNT * DESCRIPTOR_SIZE;
    unsigned standard = 0, left = 0;
    put_identity(edid, monitor);
    put_timing(monitor, descriptor, &monitor->modes[0]);
    descriptor += DESCRIPTOR_SIZE;
    for (unsigned i = 1; i < monitor->mode_count; i++) {
        const struct model_timing *mode = &monitor->modes[i];
        if (put_established(edid, mode) || put_standard(edid, &standard, mode))
            continue;
        /* A panel's own other modes matter more than its serial number. */
        if (monitor->kind == MODEL_MONITOR_EDP &&
            descriptor < end - 2 * DESCRIPTOR_SIZE) {
            put_timing(monitor, descriptor, mode);
            descriptor += DESCRIPTOR_SIZE;
            continue;
        }
        left |= 1u << i;
    }
    if (monitor->kind == MODEL_MONITOR_EDP) {
        put_text(end - 2 * DESCRIPTOR_SIZE, TAG_TEXT, "igdvm");
        put_text(end - DESCRIPTOR_SIZE, TAG_NAME, monitor->name);
        if (descriptor < end - 2 * DESCRIPTOR_SIZE)
            descriptor[3] = TAG_DUMMY;
        return left;
    }
    put_range(descriptor, monitor);
    put_text(descriptor + DESCRIPTOR_SIZE, TAG_NAME, monitor->name);
    put_text(end - DESCRIPTOR_SIZE, TAG_SERIAL, "0001");
    return left;
}

static uint8_t *put_video_codes(uint8_t *at, const struct model_monitor *monitor)
{
    uint8_t *start = at++;
    bool has_required = false; /* 640x480, which every sink must show */
    for (unsigned i = 0; i < monitor->mode_count; i++) {
        uint8_t code = monitor->modes[i].code;
        if (!code)
            continue;
        *at++ = code;
        has_required |= code == 1;
    }
    if (!has_required)
        *at++ = 1;
    *start = (uint8_t)(BLOCK_VIDEO | (at - start - 1));
    return at;
}

/* HDMI 1.4b section 8.3.2: makes the monitor a HDMI sink rather than a DVI one. */
static uint8_t *put_hdmi(uint8_t *at)
{
    *at++ = BLOCK_VENDOR | 7;
    *at++ = HDMI_OUI & 0xff;
    *at++ = (HDMI_OUI >> 8) & 0xff;
    *at++ = HDMI_OUI >> 16;
    store16(at, 0x0010); /* physical address 1.0.0.0 */
    at[2] = 0;
    at[3] = MODEL_HDMI_MAX_CLOCK / TMDS_STEP;
    return at + 4;
}

/* No audio: the model has no audio device that could play it. */
static void put_extension(uint8_t *block, const struct model_monitor *monitor,
                          unsigned left)
{
    uint8_t *at = block + CTA_DATA;
    block[0] = CTA_TAG;
    block[1] = CTA_REVISION;
    if (monitor->kind == MODEL_MONITOR_HDMI)
        at = put_hdmi(put_video_codes(at, monitor));
    *at++ = BLOCK_OTHER | 2;
    *at++ = VIDEO_CAPABILITY;
    *at++ = CAPABILITIES;
    block[2] = (uint8_t)(at - block);
    block[3] = CTA_UNDERSCAN | 1; /* one native mode: the preferred */
    for (unsigned i = 0; i < monitor->mode_count; i++) {
        bool said = monitor->kind == MODEL_MONITOR_HDMI && monitor->modes[i].code;
        if (!(left & 1u << i) || said ||
            at + DESCRIPTOR_SIZE > block + MODEL_EDID_BLOCK - 1)
            continue;
        put_timing(monitor, at, &monitor->modes[i]);
        at += DESCRIPTOR_SIZE;
    }
    block[MODEL_EDID_BLOCK - 1] = (uint8_t)-byte_sum(block, MODEL_EDID_BLOCK - 1);
}

void edid_build(struct model_monitor *monitor)
{
    uint8_t *edid = monitor->edid;
    memset(edid, 0, MODEL_EDID_MAX);
    unsigned left = put_base(edid, monitor);
    bool extended = monitor->kind == MODEL_MONITOR_HDMI || left;
    if (extended)
        edid[ESTABLISHED] |= 1u << 5; /* 640x480, which CTA-861 asks for */
    edid[EXTENSIONS] = extended;
    edid[EXTENSIONS + 1] = (uint8_t)-byte_sum(edid, EXTENSIONS + 1);
    if (extended)
        put_extension(edid + MODEL_EDID_BLOCK, monitor, left);
    monitor->edid_size = extended ? MODEL_EDID_MAX : MODEL_EDID_BLOCK;
}
