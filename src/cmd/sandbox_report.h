/* sandbox_report.h: what the sandbox left to igdvm, for --stats. */
#ifndef CMD_SANDBOX_REPORT_H
#define CMD_SANDBOX_REPORT_H

#include <json-c/json.h> /* the JSON twin */

struct sandbox;

/* A few lines on standard error. */
void sandbox_report_text(const struct sandbox *sandbox);

/* To be put. */
json_object *sandbox_report_object(const struct sandbox *sandbox);

#endif
