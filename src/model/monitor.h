/* monitor.h: the connectors of the modelled board and the monitors plugged in. */
#ifndef MODEL_MONITOR_H
#define MODEL_MONITOR_H

#include "model/ports.h"  /* kinds, struct model_port */
#include "model/timing.h" /* struct model_timing */

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* bytes */

struct error;
struct model_chip;

#define MODEL_MONITORS_MAX     4
#define MODEL_MODES_MAX        6 /* all that an EDID has room for */
#define MODEL_PANEL_MODES_MAX  2
#define MODEL_HDMI_MAX_CLOCK   340000 /* kHz: HDMI 1.4 */
#define MODEL_MONITOR_NAME_MAX 13     /* characters an EDID has room for */
#define MODEL_EDID_BLOCK       128
#define MODEL_EDID_MAX         (2 * MODEL_EDID_BLOCK)

/* How a monitor misbehaves. */
#define MODEL_MONITOR_NAKS    0x01 /* DDC does not answer */
#define MODEL_MONITOR_GARBLES 0x02 /* the EDID has a wrong byte in each block */
#define MODEL_MONITOR_SILENT  0x04 /* AUX does not answer */
#define MODEL_MONITOR_NO_LINK 0x08 /* no lane ever locks */

/* A connector, and what is plugged into it. */
struct model_monitor {
    enum model_monitor_kind kind;
    const struct model_port *port; /* wiring; port->letter is the name */
    uint8_t faults;                /* MODEL_MONITOR_ bits, see fault.h */
    bool connected;                /* changes with the control socket's plug, unplug */
    char name[MODEL_MONITOR_NAME_MAX + 1]; /* in the EDID: "igdvm HDMI-B" */
    struct model_timing modes[MODEL_MODES_MAX];
    unsigned mode_count; /* the first is the preferred one */
    uint8_t edid[MODEL_EDID_MAX];
    uint16_t edid_size; /* bytes: 128 or 256; 0: never plugged in */
};

/* All connectors of the board, in the order given. */
struct model_monitors {
    struct model_monitor list[MODEL_MONITORS_MAX];
    unsigned count;
};

/*
 * Read a list as
 *     hdmi-b:1920x1080@60+1280x720,edp-a:1366x768,dp-c:none
 * KIND-PORT, then the modes (WIDTHxHEIGHT, refresh 60 unless told), the preferred one
 * first; without modes a usual choice; with "none" the connector is there and empty.
 * "none" alone: the chip's usual connectors, empty. text NULL or "": the chip's usual
 * monitor. Fills in EDIDs. 0, or -EINVAL with err naming the part that is wrong and
 * what the chip has.
 */
int model_monitors_parse(struct model_monitors *monitors, const struct model_chip *chip,
                         const char *text, struct error *err);

/* The connector of this port, or NULL. */
struct model_monitor *model_monitor_on(struct model_monitors *monitors,
                                       const struct model_port *port);

/* "hdmi-b": the connector's name. Returns buffer. */
#define MODEL_CONNECTOR_MAX 8
const char *model_monitor_connector(const struct model_monitor *monitor,
                                    char buffer[MODEL_CONNECTOR_MAX]);

/* The connector of this name ("hdmi-b"), or NULL. */
const struct model_monitor *model_monitor_named(const struct model_monitors *monitors,
                                                const char *name);

/* One connector as the list writes it: "hdmi-b:1920x1080@60". Returns buffer. */
const char *model_monitor_text(const struct model_monitor *monitor, char *buffer,
                               size_t size);

#endif
