/* plan_report.h: a plan in words. */
#ifndef CMD_PLAN_REPORT_H
#define CMD_PLAN_REPORT_H

struct igd_plan;

/* Every requirement that failed: what was found, why it matters, what to do. */
void plan_report_failures(const struct igd_plan *plan);

/* What will be done, a few log lines under the device's name. */
void plan_report_start(const struct igd_plan *plan, const char *name);

#endif
