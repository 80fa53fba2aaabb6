/* vbt_image.c: a video BIOS table, built block by block. */
#include "model/vbt_image.h"

#include "base/bytes.h"    /* stores, byte_sum */
#include "igd/platform.h"  /* generations */
#include "igd/vbt.h"       /* offsets, block numbers, child devices */
#include "model/chips.h"   /* the chip's name */
#include "model/edid.h"    /* detailed timings */
#include "model/monitor.h" /* the connectors */

#include <ctype.h> /* toupper */
#include <stdio.h> /* snprintf */

/* Layout of all blocks: Linux i915 display/intel_vbt_defs.h. */
#define VBT_VERSION      155
#define SIGNATURE_SIZE   20
#define BLOCK_HEADER     3
#define VBT_HEADER_SIZE  22 /* u16 in the header */
#define BDB_HEADER_SIZE  18 /* u16 */
#define CHILD_INTEGRATED 0x20

#define PANELS     16 /* that panel blocks have entries for; ours is entry 0 */
#define PANEL_TYPE 0

/* Block 12: byte 8 holds bits 15:8 of the extended driver bits; 4:3 is the panel's. */
#define LFP_CONFIG_EDP (3 << 3)

/* Block 27. */
#define EDP_COLOR_DEPTH 160 /* u32, 2 bits a panel */
#define EDP_LINK        164 /* u16 a panel: rate, lanes, pre-emphasis, swing */
#define EDP_TRAINING    748 /* u16 a panel, from version 224: rate in 20 MHz */
#define EDP_24_BITS     0x55555555u
#define EDP_LINK_VALUE  0x0031 /* 2.7 GHz, 4 lanes */
#define EDP_LINK_RATE   (270000 / 20)
#define EDP_POWER_UNIT  10 /* in a millisecond */

/* Block 42: an entry is a list of registers, a detailed timing and an identity. */
#define FP_TIMING_SIZE 38
#define FP_TIMING_END  36
#define TIMING_SIZE    18
#define PNP_SIZE       10
#define PNP_IN_EDID    8
#define LFP_ENTRY_SIZE (FP_TIMING_SIZE + TIMING_SIZE + PNP_SIZE)
#define LFP_NAME_SIZE  13
#define LFP_NAMES      (PANELS * LFP_ENTRY_SIZE)
#define DPI            125 /* of panels */

/* Block 43. */
#define BACKLIGHT_ENTRY   6
#define BACKLIGHT_PWM     2
#define BACKLIGHT_HZ      200
#define BACKLIGHT_LEVELS  (1 + PANELS * BACKLIGHT_ENTRY)
#define BACKLIGHT_METHODS (BACKLIGHT_LEVELS + PANELS)
#define BACKLIGHT_DDI     2                            /* PWM of the display engine */
#define BACKLIGHT_LEVEL   (BACKLIGHT_METHODS + PANELS) /* u16 u16 a panel, from 234 */
#define BACKLIGHT_BITS    (BACKLIGHT_LEVEL + 2 * PANELS * 4) /* u8 a panel, from 236 */
#define BACKLIGHT_FULL    255

/* Block 58. */
#define DTD_SIZE 28

/* Where the next block goes. */
struct writer {
    uint8_t *bdb, *at;
    uint16_t version;
};

/*
 * How firmware of this time wrote it, by generation times ten: the BDB's version.
 * Public dumps of VBTs have these or nearby ones.
 */
static uint16_t bdb_version(const struct model_chip *chip)
{
    static const struct {
        uint16_t generation, version;
    } rows[] = { { 75, 170 }, { 80, 185 }, { 90, 209 }, { 100, 221 }, { 110, 228 } };
    const struct igd_platform *platform = igd_platform_find(chip->name);
    for (size_t i = 0; platform && i < ARRAY_SIZE(rows); i++) {
        if (platform->generation <= rows[i].generation)
            return rows[i].version;
    }
    return 237;
}

/* How blocks grew: bytes of their data for versions below the next row's. */
struct growth {
    uint16_t from; /* version */
    uint16_t size;
};

static unsigned size_at(const struct growth *rows, size_t count, uint16_t version)
{
    unsigned size = 0;
    for (size_t i = 0; i < count && version >= rows[i].from; i++)
        size = rows[i].size;
    return size;
}

static uint8_t *put_block(struct writer *writer, unsigned id, unsigned size)
{
    uint8_t *block = writer->at;
    block[0] = (uint8_t)id;
    store16(block + 1, (uint16_t)size);
    writer->at = block + BLOCK_HEADER + size;
    return block + BLOCK_HEADER;
}

static void put_general_features(struct writer *writer)
{
    uint8_t *data = put_block(writer, IGD_VBT_GENERAL_FEATURES, 5);
    data[4] = 0x04; /* digital outputs, no CRT, no TV */
}

static void put_child(uint8_t *at, const struct model_monitor *monitor,
                      uint16_t external)
{
    /* Handle and type; what it supports is by kind, too. */
    static const struct {
        uint16_t type;
        uint8_t supports;
    } kinds[] = {
        [MODEL_MONITOR_HDMI] = { IGD_VBT_TYPE_HDMI, 0x05 },
        [MODEL_MONITOR_DP] = { IGD_VBT_TYPE_DP, 0x02 },
        [MODEL_MONITOR_EDP] = { IGD_VBT_TYPE_EDP, 0x02 },
    };
    const struct model_port *port = monitor->port;
    bool hdmi = monitor->kind == MODEL_MONITOR_HDMI;
    bool panel = monitor->kind == MODEL_MONITOR_EDP;
    store16(at + IGD_VBT_CHILD_HANDLE, panel ? 0x0008 : external);
    store16(at + IGD_VBT_CHILD_TYPE, kinds[monitor->kind].type);
    at[IGD_VBT_CHILD_PORT] = igd_vbt_port(port->letter, !hdmi);
    at[IGD_VBT_CHILD_DDC_PIN] = hdmi ? port->vbt_ddc_pin : 0;
    at[IGD_VBT_CHILD_SUPPORTS] = kinds[monitor->kind].supports;
    at[IGD_VBT_CHILD_AUX] = hdmi ? 0 : igd_vbt_aux_channel(port->letter);
    at[IGD_VBT_CHILD_FLAGS] = CHILD_INTEGRATED;
}

static void put_general_definitions(struct writer *writer,
                                    const struct model_monitors *monitors)
{
    /* Of external outputs 1 to 4. */
    static const uint16_t handles[MODEL_MONITORS_MAX] = { 0x0004, 0x0040, 0x0020,
                                                          0x0010 };
    unsigned child_size = igd_vbt_child_size(writer->version), externals = 0;
    uint8_t *data = put_block(writer, IGD_VBT_GENERAL_DEFINITIONS,
                              IGD_VBT_CHILDREN + monitors->count * child_size);
    data[0] = 2; /* CRT DDC pin */
    data[IGD_VBT_CHILDREN_SIZE] = (uint8_t)child_size;
    data += IGD_VBT_CHILDREN;
    for (unsigned i = 0; i < monitors->count; i++) {
        put_child(data, &monitors->list[i], handles[externals]);
        if (monitors->list[i].kind != MODEL_MONITOR_EDP)
            externals++;
        data += child_size;
    }
}

static void put_driver_features(struct writer *writer, bool panel)
{
    uint8_t *data = put_block(writer, IGD_VBT_DRIVER_FEATURES, 19);
    if (panel)
        data[8] = LFP_CONFIG_EDP;
}

/* Power sequence, link and colour depth of every panel: all alike. */
static void put_edp(struct writer *writer)
{
    /* Milliseconds: power to ready, to light on, light off, to power off, and cycle. */
    static const uint16_t delays[] = { 200, 1, 1, 50, 500 };
    static const struct growth sizes[] = {
        { 0, 204 },   { 173, 216 }, { 186, 280 },
        { 199, 298 }, { 203, 748 }, { 224, EDP_TRAINING + 2 * PANELS },
    };
    bool has_training_rate = writer->version >= 224;
    uint8_t *data = put_block(writer, IGD_VBT_EDP,
                              size_at(sizes, ARRAY_SIZE(sizes), writer->version));
    for (unsigned panel = 0; panel < PANELS; panel++) {
        for (unsigned i = 0; i < ARRAY_SIZE(delays); i++)
            store16(data + (size_t)panel * 10 + (size_t)i * 2,
                    delays[i] * EDP_POWER_UNIT);
        store16(data + EDP_LINK + (size_t)panel * 2, EDP_LINK_VALUE);
        if (has_training_rate)
            store16(data + EDP_TRAINING + (size_t)panel * 2, EDP_LINK_RATE);
    }
    store32(data + EDP_COLOR_DEPTH, EDP_24_BITS);
}

static void put_lfp_options(struct writer *writer)
{
    static const struct growth sizes[] = { { 0, 24 }, { 200, 26 }, { 228, 30 } };
    uint8_t *data = put_block(writer, IGD_VBT_LFP_OPTIONS,
                              size_at(sizes, ARRAY_SIZE(sizes), writer->version));
    data[0] = PANEL_TYPE;
    data[1] = PANEL_TYPE;
    data[2] = 0x40;                  /* the panel has an EDID */
    store32(data + 16, 0x55555555u); /* no switching of refresh rates */
}

/* Offsets count from the start of the data blocks; block 42 follows at once. */
static void put_lfp_pointers(struct writer *writer)
{
    uint8_t *data = put_block(writer, IGD_VBT_LFP_POINTERS, 1 + PANELS * 9 + 3);
    uint16_t start = (uint16_t)(writer->at + BLOCK_HEADER - writer->bdb);
    static const uint8_t sizes[] = { FP_TIMING_SIZE, TIMING_SIZE, PNP_SIZE };
    data[0] = ARRAY_SIZE(sizes);
    data++;
    for (unsigned panel = 0; panel < PANELS; panel++) {
        uint16_t offset = (uint16_t)(start + panel * LFP_ENTRY_SIZE);
        for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++, data += 3) {
            store16(data, offset);
            data[2] = sizes[i];
            offset = (uint16_t)(offset + sizes[i]);
        }
    }
    store16(data, (uint16_t)(start + LFP_NAMES));
    data[2] = LFP_NAME_SIZE;
}

static unsigned millimetres(unsigned pixels)
{
    return pixels * 254 / DPI / 100 * 10;
}

static void put_lfp_data(struct writer *writer, const struct model_monitor *panel)
{
    const struct model_timing *mode = &panel->modes[0];
    /* What follows the names. */
    static const struct growth tails[] = {
        { 0, 0 }, { 187, 18 }, { 208, 34 }, { 227, 98 }, { 231, 100 }
    };
    uint8_t *data = put_block(writer, IGD_VBT_LFP_DATA,
                              LFP_NAMES + PANELS * LFP_NAME_SIZE +
                                  size_at(tails, ARRAY_SIZE(tails), writer->version));
    for (unsigned i = 0; i < PANELS; i++) {
        uint8_t *entry = data + (size_t)i * LFP_ENTRY_SIZE;
        store16(entry, mode->horizontal.active);
        store16(entry + 2, mode->vertical.active);
        store16(entry + FP_TIMING_END, 0xffff);
        edid_detailed_timing(entry + FP_TIMING_SIZE, mode,
                             millimetres(mode->horizontal.active),
                             millimetres(mode->vertical.active));
        memcpy(entry + FP_TIMING_SIZE + TIMING_SIZE, panel->edid + PNP_IN_EDID,
               PNP_SIZE);
        memcpy(data + LFP_NAMES + (size_t)i * LFP_NAME_SIZE, panel->name,
               strlen(panel->name));
    }
}

static void put_lfp_backlight(struct writer *writer)
{
    static const struct growth sizes[] = {
        { 0, BACKLIGHT_LEVEL },
        { 234, BACKLIGHT_BITS },
        { 236, BACKLIGHT_BITS + PANELS },
    };
    uint8_t *data = put_block(writer, IGD_VBT_LFP_BACKLIGHT,
                              size_at(sizes, ARRAY_SIZE(sizes), writer->version));
    data[0] = BACKLIGHT_ENTRY;
    for (unsigned i = 0; i < PANELS; i++) {
        uint8_t *entry = data + 1 + (size_t)i * BACKLIGHT_ENTRY;
        entry[0] = BACKLIGHT_PWM;
        store16(entry + 1, BACKLIGHT_HZ);
        data[BACKLIGHT_LEVELS + i] = BACKLIGHT_FULL;
        data[BACKLIGHT_METHODS + i] = BACKLIGHT_DDI;
        if (writer->version >= 234)
            store16(data + BACKLIGHT_LEVEL + (size_t)i * 4, BACKLIGHT_FULL);
        if (writer->version >= 236)
            data[BACKLIGHT_BITS + i] = 8;
    }
}

/* No panel self refresh, no power saving that changes the picture. */
static void put_lfp_power(struct writer *writer)
{
    static const struct growth sizes[] = {
        { 0, 22 }, { 228, 54 }, { 232, 56 }, { 233, 58 }
    };
    put_block(writer, IGD_VBT_LFP_POWER,
              size_at(sizes, ARRAY_SIZE(sizes), writer->version));
}

/* From version 229 on the panel's timing is looked for here first. */
static void put_generic_dtd(struct writer *writer, const struct model_monitor *panel)
{
    const struct model_timing *mode = &panel->modes[0];
    const struct model_timing_axis *h = &mode->horizontal, *v = &mode->vertical;
    uint8_t *data = put_block(writer, IGD_VBT_GENERIC_DTD, 2 + PANELS * DTD_SIZE);
    store16(data, DTD_SIZE);
    data += 2;
    for (unsigned i = 0; i < PANELS; i++, data += DTD_SIZE) {
        const uint16_t fields[] = {
            h->active,
            (uint16_t)(model_timing_total(h) - h->active),
            h->front,
            h->sync,
            v->active,
            (uint16_t)(model_timing_total(v) - v->active),
            v->front,
            v->sync,
            (uint16_t)millimetres(h->active),
            (uint16_t)millimetres(v->active),
        };
        store32(data, mode->clock);
        memcpy(data + 4, fields, sizeof(fields));
        data[24] = (uint8_t)((v->positive ? 0x40 : 0) | (h->positive ? 0x80 : 0));
    }
}

static void put_panel(struct writer *writer, const struct model_monitor *panel)
{
    put_edp(writer);
    put_lfp_options(writer);
    put_lfp_pointers(writer);
    put_lfp_data(writer, panel);
    put_lfp_backlight(writer);
    put_lfp_power(writer);
    if (writer->version >= 229)
        put_generic_dtd(writer, panel);
}

static const struct model_monitor *find_panel(const struct model_monitors *monitors)
{
    for (unsigned i = 0; i < monitors->count; i++) {
        if (monitors->list[i].kind == MODEL_MONITOR_EDP)
            return &monitors->list[i];
    }
    return NULL;
}

static void put_header(const struct model_chip *chip, uint8_t *vbt)
{
    char signature[SIGNATURE_SIZE + 1];
    snprintf(signature, sizeof(signature), "$VBT %-15s", chip->name);
    for (unsigned i = 0; i < SIGNATURE_SIZE; i++)
        vbt[i] = (uint8_t)toupper((unsigned char)signature[i]);
    store16(vbt + IGD_VBT_VERSION, VBT_VERSION);
    store16(vbt + VBT_HEADER_SIZE, IGD_VBT_HEADER);
    store32(vbt + IGD_VBT_BDB_OFFSET, IGD_VBT_HEADER);
}

uint32_t vbt_image_build(const struct model_chip *chip,
                         const struct model_monitors *monitors, uint16_t least,
                         uint8_t *to)
{
    static const char signature[] = "BIOS_DATA_BLOCK ";
    uint8_t *bdb = to + IGD_VBT_HEADER;
    struct writer writer = {
        .bdb = bdb,
        .at = bdb + IGD_BDB_HEADER,
        .version = bdb_version(chip),
    };
    const struct model_monitor *panel = find_panel(monitors);
    put_header(chip, to);
    memcpy(bdb, signature, sizeof(signature) - 1);
    store16(bdb + IGD_BDB_VERSION, writer.version);
    store16(bdb + BDB_HEADER_SIZE, IGD_BDB_HEADER);
    put_general_features(&writer);
    put_general_definitions(&writer, monitors);
    put_driver_features(&writer, panel != NULL);
    if (panel)
        put_panel(&writer, panel);
    if (writer.at - to + BLOCK_HEADER < least)
        put_block(&writer, IGD_VBT_SKIP,
                  (unsigned)(least - (writer.at - to) - BLOCK_HEADER));
    store16(bdb + IGD_BDB_SIZE, (uint16_t)(writer.at - bdb));
    uint32_t size = (uint32_t)(writer.at - to);
    store16(to + IGD_VBT_SIZE, (uint16_t)size);
    to[IGD_VBT_CHECKSUM] = (uint8_t)-byte_sum(to, size);
    return size;
}
