/* ports.h: which display ports each chip has, and how they are wired. */
#ifndef MODEL_PORTS_H
#define MODEL_PORTS_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* numbers */

struct model_chip;

/* What can be plugged into a port. */
enum model_monitor_kind {
    MODEL_MONITOR_HDMI,
    MODEL_MONITOR_DP,
    MODEL_MONITOR_EDP, /* a laptop's panel: always there */
};

/* "hdmi", "dp", "edp": as the command line writes it. */
const char *model_monitor_kind_name(enum model_monitor_kind kind);

#define MODEL_PORTS_MAX 8

/*
 * One port of a chip. Its letter is the one firmware gives it in the VBT, which counts
 * combination PHYs; ddi is the index by which its registers lie (0 is A): on Alder Lake
 * S port B is DDI 3.
 */
struct model_port {
    char letter;         /* 'a' to 'i' */
    uint8_t kinds;       /* bit enum model_monitor_kind: what may be plugged in */
    uint8_t ddi;         /* DDI_BUF_CTL is at 64000 + 100 * ddi */
    uint8_t aux_channel; /* DP_AUX_CH_CTL is at 64010 + 100 * aux_channel */
    uint8_t gmbus_pin;   /* GMBUS0 2:0 or 4:0; 0: no DDC */
    uint8_t vbt_ddc_pin; /* by which the VBT names that pin */
};

/* Walk the ports of this chip: NULL past the end. */
const struct model_port *model_port_at(const struct model_chip *chip, size_t index);

/* The port of this letter (either case), or NULL when the chip has none. */
const struct model_port *model_port_find(const struct model_chip *chip, char letter);

#endif
