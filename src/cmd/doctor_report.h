/* doctor_report.h: prints what doctor found. */
#ifndef CMD_DOCTOR_REPORT_H
#define CMD_DOCTOR_REPORT_H

#include "doctor/doctor.h" /* reports */

#include <stdio.h> /* FILE */

/* For people: the first cause, each mode, then what else there is; `all`: also what is
 * in order. */
void doctor_report_text(const struct doctor_report *report,
                        const struct doctor_options *options, bool all, FILE *to);

/* For programs: docs/doctor.schema.json has its form. */
void doctor_report_json(const struct doctor_report *report,
                        const struct doctor_options *options, FILE *to);

#endif
