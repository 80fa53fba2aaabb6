/* doctor.h: what stands in the way of assigning this host's GPU, and what to do. */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include "host/facts.h" /* what is known of the host */

/* The ways to give the GPU to a guest. */
enum doctor_mode {
    DOCTOR_LEGACY, /* primary display with VBIOS, i440FX and SeaBIOS */
    DOCTOR_UPT,    /* beside an emulated display */
    DOCTOR_UEFI,   /* primary display with OVMF and a UEFI ROM */
    DOCTOR_MODES,
};

enum doctor_vmm { DOCTOR_IGDVM, DOCTOR_QEMU };

/* How far a mode is; the worst check decides. */
enum doctor_verdict {
    DOCTOR_READY,
    DOCTOR_BINDABLE, /* ready after `igdvm bind` */
    DOCTOR_FIXABLE,  /* by the user */
    DOCTOR_IMPOSSIBLE,
};

enum check_status {
    CHECK_OK,
    CHECK_FAILED,
    CHECK_WARNING, /* it works, but */
    CHECK_UNKNOWN, /* the facts are not there */
    CHECK_SKIPPED, /* does not apply */
};

/* One check's outcome. */
struct finding {
    const struct check *check;
    enum check_status status;
    enum doctor_verdict verdict; /* when failed: how far the mode is at best */
    bool symptom; /* it was seen to fail, not only concluded that it will */
    bool weak;    /* concluded from little: others go first */
    char found[480];
    char remedy[1200]; /* for this host; "": the check's general one, when failed */
};

#define DOCTOR_MAX_FINDINGS 96

struct doctor_report {
    unsigned count[DOCTOR_MODES];
    struct finding findings[DOCTOR_MODES][DOCTOR_MAX_FINDINGS]; /* ranked */
    enum doctor_verdict verdict[DOCTOR_MODES];
    enum doctor_vmm vmm;
    const struct finding *first; /* the first cause; NULL: nothing is in the way */
    enum doctor_mode first_mode; /* of it */
    const struct host_pci_device *device; /* the GPU; NULL: none or not known */
    const struct host_facts *facts;
};

struct doctor_options {
    bool one_mode; /* look at `mode` alone */
    enum doctor_mode mode;
    bool vmm_given;
    enum doctor_vmm vmm; /* else: QEMU when the host tells of a guest of its */
};

/* Examine. facts must outlive the report; free with doctor_report_free. NULL: no
 * memory. */
struct doctor_report *doctor_examine(const struct host_facts *facts,
                                     const struct doctor_options *options);
void doctor_report_free(struct doctor_report *report);

const char *doctor_mode_name(enum doctor_mode mode);          /* "legacy" */
const char *doctor_verdict_name(enum doctor_verdict verdict); /* "fixable" */
const char *check_status_name(enum check_status status);      /* "failed" */

/* A check's row. */
const char *check_id(const struct check *check);
const char *check_title(const struct check *check);
const char *check_why(const struct check *check);
const char *check_remedy(const struct check *check); /* in general */
const char *check_facts(const struct check *check);  /* what is looked at */
const char *check_cost(const struct check *check);   /* what it breaks, or NULL */
enum doctor_verdict check_verdict(const struct check *check);
bool check_has_mode(const struct check *check, enum doctor_mode mode);
const char *finding_remedy(const struct finding *finding);

/* Walk the table: NULL past the end. */
const struct check *check_at(unsigned index);
const struct check *check_find(const char *id);

#endif
