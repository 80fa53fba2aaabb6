/* vbt_outputs.h: the outputs a VBT describes, and what makes each light up. */
#ifndef IGD_VBT_OUTPUTS_H
#define IGD_VBT_OUTPUTS_H

#include "igd/vbt.h" /* the table */

#define IGD_VBT_OUTPUTS_MAX 16

/* Bits of a child's device type (Linux i915 display/intel_vbt_defs.h). */
#define IGD_VBT_TYPE_ANALOG   0x0001
#define IGD_VBT_TYPE_DIGITAL  0x0002
#define IGD_VBT_TYPE_DP_BIT   0x0004
#define IGD_VBT_TYPE_TMDS     0x0010
#define IGD_VBT_TYPE_LVDS     0x0020
#define IGD_VBT_TYPE_MIPI     0x0400
#define IGD_VBT_TYPE_NOT_HDMI 0x0800
#define IGD_VBT_TYPE_INTERNAL 0x1000

enum igd_output_kind {
    IGD_OUTPUT_UNKNOWN,
    IGD_OUTPUT_ANALOG, /* VGA */
    IGD_OUTPUT_LVDS,
    IGD_OUTPUT_DVI,
    IGD_OUTPUT_HDMI,
    IGD_OUTPUT_DP,
    IGD_OUTPUT_DP_DUAL, /* DisplayPort that also does HDMI by a passive adapter */
    IGD_OUTPUT_EDP,
    IGD_OUTPUT_DSI,
};

struct igd_output {
    struct igd_vbt_child child;
    enum igd_output_kind kind;
    char port; /* 'A' to 'I'; 0: none (analog) */
    char aux;  /* the same for its AUX channel */
    bool panel;
    bool type_c; /* a USB type-C port: firmware seldom drives it */
};

/* The panel's own mode, from the LFP blocks. */
struct igd_panel_mode {
    uint16_t width, height; /* 0: not told */
    uint32_t clock_khz;
};

/*
 * The outputs in a table that igd_vbt_parse accepted; empty slots are left out. Their
 * number, at most IGD_VBT_OUTPUTS_MAX.
 */
unsigned igd_vbt_outputs(const uint8_t *vbt, const struct igd_vbt *info,
                         struct igd_output outputs[IGD_VBT_OUTPUTS_MAX]);

/* The mode of the panel the firmware chose (blocks 40 to 42). */
struct igd_panel_mode igd_vbt_panel_mode(const uint8_t *vbt,
                                         const struct igd_vbt *info);

/* "HDMI", "DisplayPort"... */
const char *igd_output_kind_name(enum igd_output_kind kind);

/* What lights an output up in a guest. */
enum igd_output_start {
    IGD_OUTPUT_BY_FIRMWARE, /* a VBIOS or GOP in the guest does, from power-on */
    IGD_OUTPUT_BY_DRIVER,   /* only the guest's driver does */
};

/* With or without something in the guest that draws before the driver. */
enum igd_output_start igd_output_starts(const struct igd_output *output,
                                        bool guest_has_firmware);

/* Is the sum over the whole table 0? Drivers do not look, GOP drivers do. */
bool igd_vbt_checksum_right(const uint8_t *vbt, const struct igd_vbt *info);

#endif
