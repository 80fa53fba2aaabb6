/* handover_outputs.h: where monitors were plugged in before a GPU was handed over. */
#ifndef HOST_HANDOVER_OUTPUTS_H
#define HOST_HANDOVER_OUTPUTS_H

#include "igd/plan.h" /* enum igd_monitor */

#define HANDOVER_OUTPUTS_SIZE 128

/* Of the journal: the file, and its first line's key for the names below. */
#define HANDOVER_JOURNAL_FOLDER "run/igdvm"
#define HANDOVER_JOURNAL_NAME   HANDOVER_JOURNAL_FOLDER "/handover"
#define HANDOVER_MONITORS_KEY   "monitors"

struct handover_outputs {
    enum igd_monitor monitor;
    /* The connectors that have one, "HDMI-A-1 eDP-1"; what does not fit is left out. */
    char names[HANDOVER_OUTPUTS_SIZE];
};

/*
 * Ask the driver that `device` ("0000:00:02.0") has now, under the file system `root`
 * ("" is this host's). Unknown when it has none that tells of connectors.
 */
void handover_outputs_look(const char *root, const char *device,
                           struct handover_outputs *outputs);

/*
 * What the journal of a handover of `device` says. Unknown when there is no journal
 * that is readable, of this device, and tells.
 */
void handover_outputs_recall(const char *root, const char *device,
                             struct handover_outputs *outputs);

/* The same of a journal's first line. */
void handover_outputs_parse(const char *line, const char *device,
                            struct handover_outputs *outputs);

#endif
