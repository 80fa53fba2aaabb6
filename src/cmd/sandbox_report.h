/* sandbox_report.h: what the sandbox left to igdvm and the programs beside it, for
 * --stats. */
#ifndef CMD_SANDBOX_REPORT_H
#define CMD_SANDBOX_REPORT_H

#include <json-c/json.h> /* the JSON twin */

struct helper_list;
struct sandbox;

/* A few lines on standard error. */
void sandbox_report_text(const struct sandbox *sandbox,
                         const struct helper_list *helpers);

/* To be put. */
json_object *sandbox_report_object(const struct sandbox *sandbox,
                                   const struct helper_list *helpers);

#endif
