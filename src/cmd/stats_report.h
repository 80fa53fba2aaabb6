/* stats_report.h: --stats. */
#ifndef CMD_STATS_REPORT_H
#define CMD_STATS_REPORT_H

#include <json-c/json.h> /* the JSON twin */

struct error;
struct helper_list;
struct machine_stats;
struct sandbox;

/* A table on standard error. */
void stats_report_text(const struct machine_stats *stats, const struct sandbox *sandbox,
                       const struct helper_list *helpers);

/* As JSON; to be put. */
json_object *stats_report_object(const struct machine_stats *stats);

/* JSON to an open file, with what the sandbox left. 0 or a negative errno with err. */
int stats_report_json(const struct machine_stats *stats, const struct sandbox *sandbox,
                      const struct helper_list *helpers, int fd, struct error *err);

#endif
