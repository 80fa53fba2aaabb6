/* compare.h: what differs between two captures, ranked by what matters to assignment.
 */
#ifndef DOCTOR_COMPARE_H
#define DOCTOR_COMPARE_H

#include "doctor/doctor.h" /* the examined hosts */

#define COMPARE_MAX_CHANGES 128

/* One difference. */
struct change {
    const char *what;             /* "kernel", "CONFIG_VFIO_PCI_IGD", "command line" */
    const char *why;              /* why it matters */
    unsigned rank;                /* 0: a verdict or a cause changed, then by weight */
    char before[200], after[200]; /* "": was not there */
};

struct comparison {
    unsigned count;
    unsigned half_known; /* values that only one of the captures tells: no changes */
    struct change changes[COMPARE_MAX_CHANGES];
};

/* Compare; both were examined with the same options. Ranked. */
void compare_reports(const struct doctor_report *before,
                     const struct doctor_report *after, struct comparison *comparison);

#endif
