/* vbt_outputs.c: reads the child devices and the panel's mode out of a VBT. */
#include "igd/vbt_outputs.h"

#include "base/bytes.h" /* loads, range_inside */

/* Which letter a port number means, and how it is driven (intel_vbt_defs.h, DVO_PORT).
 */
static const struct {
    uint8_t number;
    char letter;
} ports[] = {
    { 0, 'A' },  { 1, 'B' },  { 2, 'C' },  { 3, 'D' },  { 12, 'E' }, { 14, 'F' },
    { 16, 'G' }, { 18, 'H' }, { 20, 'I' }, { 10, 'A' }, { 7, 'B' },  { 8, 'C' },
    { 9, 'D' },  { 11, 'E' }, { 13, 'F' }, { 15, 'G' }, { 17, 'H' }, { 19, 'I' },
    { 21, 'A' }, { 22, 'B' }, { 23, 'C' }, { 24, 'D' }, /* MIPI */
};

static const struct {
    uint8_t channel;
    char letter;
} channels[] = { { 0x40, 'A' }, { 0x10, 'B' }, { 0x20, 'C' },
                 { 0x30, 'D' }, { 0x50, 'E' }, { 0x60, 'F' },
                 { 0x70, 'G' }, { 0x80, 'H' }, { 0x90, 'I' } };

static char port_letter(uint8_t number)
{
    for (unsigned i = 0; i < ARRAY_SIZE(ports); i++) {
        if (ports[i].number == number)
            return ports[i].letter;
    }
    return 0;
}

static char channel_letter(uint8_t channel)
{
    for (unsigned i = 0; i < ARRAY_SIZE(channels); i++) {
        if (channels[i].channel == channel)
            return channels[i].letter;
    }
    return 0;
}

/* From the bits of the type, most particular first. */
static enum igd_output_kind kind_of(uint16_t type)
{
    static const struct {
        uint16_t mask, value;
        enum igd_output_kind kind;
    } rows[] = {
        { IGD_VBT_TYPE_MIPI, IGD_VBT_TYPE_MIPI, IGD_OUTPUT_DSI },
        { IGD_VBT_TYPE_INTERNAL | IGD_VBT_TYPE_DP_BIT,
          IGD_VBT_TYPE_INTERNAL | IGD_VBT_TYPE_DP_BIT, IGD_OUTPUT_EDP },
        { IGD_VBT_TYPE_LVDS, IGD_VBT_TYPE_LVDS, IGD_OUTPUT_LVDS },
        { IGD_VBT_TYPE_DP_BIT | IGD_VBT_TYPE_TMDS,
          IGD_VBT_TYPE_DP_BIT | IGD_VBT_TYPE_TMDS, IGD_OUTPUT_DP_DUAL },
        { IGD_VBT_TYPE_DP_BIT, IGD_VBT_TYPE_DP_BIT, IGD_OUTPUT_DP },
        { IGD_VBT_TYPE_TMDS | IGD_VBT_TYPE_NOT_HDMI,
          IGD_VBT_TYPE_TMDS | IGD_VBT_TYPE_NOT_HDMI, IGD_OUTPUT_DVI },
        { IGD_VBT_TYPE_TMDS, IGD_VBT_TYPE_TMDS, IGD_OUTPUT_HDMI },
        { IGD_VBT_TYPE_ANALOG, IGD_VBT_TYPE_ANALOG, IGD_OUTPUT_ANALOG },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        if ((type & rows[i].mask) == rows[i].value)
            return rows[i].kind;
    }
    return IGD_OUTPUT_UNKNOWN;
}

unsigned igd_vbt_outputs(const uint8_t *vbt, const struct igd_vbt *info,
                         struct igd_output outputs[IGD_VBT_OUTPUTS_MAX])
{
    struct igd_vbt_child child;
    unsigned count = 0;
    for (unsigned i = 0;
         count < IGD_VBT_OUTPUTS_MAX && igd_vbt_child_at(vbt, info, i, &child); i++) {
        if (!child.type)
            continue;
        struct igd_output *output = &outputs[count++];
        *output = (struct igd_output){ .child = child, .kind = kind_of(child.type) };
        output->panel = child.type & (IGD_VBT_TYPE_INTERNAL | IGD_VBT_TYPE_LVDS);
        if (output->kind != IGD_OUTPUT_ANALOG)
            output->port = port_letter(child.port);
        if (child.type & IGD_VBT_TYPE_DP_BIT)
            output->aux = channel_letter(child.aux_channel);
        /* From Ice Lake on (version 209 and later) the ports after C are type-C ports.
         */
        output->type_c =
            info->bdb_version >= 216 && output->port >= 'D' && !output->panel;
    }
    return count;
}

/*
 * Block 40 names the panel; block 41 has three places of it in the table, u16 offset
 * from the data blocks' start and u8 size each; the second is an EDID-like detailed
 * timing.
 */
struct igd_panel_mode igd_vbt_panel_mode(const uint8_t *vbt, const struct igd_vbt *info)
{
    enum { POINTERS_FIRST = 1, POINTERS_EACH = 9, TIMING_AT = 3, TIMING_SIZE = 18 };
    struct igd_panel_mode mode = { 0 };
    uint32_t options_size, pointers_size;
    const uint8_t *options =
        igd_vbt_block(vbt, info, IGD_VBT_LFP_OPTIONS, &options_size);
    const uint8_t *pointers =
        igd_vbt_block(vbt, info, IGD_VBT_LFP_POINTERS, &pointers_size);
    if (!options || !options_size || !pointers)
        return mode;
    uint32_t row = POINTERS_FIRST + (uint32_t)options[0] * POINTERS_EACH;
    if (!range_inside(row, POINTERS_EACH, pointers_size))
        return mode;
    uint32_t at = load16(pointers + row + TIMING_AT);
    if (!range_inside(at, TIMING_SIZE, info->bdb_size))
        return mode;
    const uint8_t *timing = vbt + info->bdb_offset + at;
    mode.clock_khz = load16(timing) * 10u;
    mode.width = (uint16_t)(timing[2] | (timing[4] & 0xf0) << 4);
    mode.height = (uint16_t)(timing[5] | (timing[7] & 0xf0) << 4);
    return mode;
}

const char *igd_output_kind_name(enum igd_output_kind kind)
{
    static const char *const names[] = {
        [IGD_OUTPUT_UNKNOWN] = "unknown",
        [IGD_OUTPUT_ANALOG] = "VGA",
        [IGD_OUTPUT_LVDS] = "LVDS",
        [IGD_OUTPUT_DVI] = "DVI",
        [IGD_OUTPUT_HDMI] = "HDMI",
        [IGD_OUTPUT_DP] = "DisplayPort",
        [IGD_OUTPUT_DP_DUAL] = "DisplayPort, dual mode",
        [IGD_OUTPUT_EDP] = "eDP",
        [IGD_OUTPUT_DSI] = "DSI",
    };
    return names[kind];
}

enum igd_output_start igd_output_starts(const struct igd_output *output,
                                        bool guest_has_firmware)
{
    bool firmware_can = output->kind != IGD_OUTPUT_UNKNOWN && !output->type_c;
    return guest_has_firmware && firmware_can ? IGD_OUTPUT_BY_FIRMWARE
                                              : IGD_OUTPUT_BY_DRIVER;
}

bool igd_vbt_checksum_right(const uint8_t *vbt, const struct igd_vbt *info)
{
    return byte_sum(vbt, info->size) == 0;
}
