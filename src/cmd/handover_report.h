/* handover_report.h: tells the steps of a handover, as text or as JSON. */
#ifndef CMD_HANDOVER_REPORT_H
#define CMD_HANDOVER_REPORT_H

#include "host/handover.h"     /* steps */
#include "host/kernel_write.h" /* patience */

#include <stdbool.h> /* bool */

struct display_user;
struct error;
struct json_object;

struct handover_report {
    bool json;                 /* gather, and print one object at the end */
    struct json_object *whole; /* with "steps" and "notes" */
    bool something_gone;       /* the kernel has removed what was to be put back */
    struct kernel_patience patience;
    struct handover_host host;
};

/*
 * Start: report->host tells its steps here, each as it happens, and waits `seconds` for
 * the kernel. action: "bind" or "unbind".
 */
void handover_report_start(struct handover_report *report, bool json,
                           const char *action, unsigned seconds);

void handover_report_device(struct handover_report *report, const char *device);
void handover_report_note(struct handover_report *report, const char *text);
void handover_report_planned(struct handover_report *report,
                             const struct handover_step *step);
void handover_report_users(struct handover_report *report,
                           const struct display_user *users, unsigned count);

/* The last line, or the JSON object: result is "done", "nothing", "planned", "failed".
 */
void handover_report_end(struct handover_report *report, const char *result,
                         const char *text, const struct error *error);

#endif
