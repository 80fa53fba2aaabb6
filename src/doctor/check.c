/* check.c: what the checks share. */
#include "doctor/check.h"

#include "host/printable.h" /* texts of others */

#include <stdarg.h> /* texts with parts */
#include <stdio.h>  /* vsnprintf */
#include <string.h> /* names */

/* Record an outcome and its text. */
#define RECORD(finding_, status_, format_)                                       \
    do {                                                                         \
        va_list args_;                                                           \
        va_start(args_, format_);                                                \
        vsnprintf((finding_)->found, sizeof((finding_)->found), format_, args_); \
        va_end(args_);                                                           \
        make_printable((finding_)->found);                                       \
        (finding_)->status = (status_);                                          \
    } while (0)

void ok(struct finding *finding, const char *format, ...)
{
    RECORD(finding, CHECK_OK, format);
}

void failed(struct finding *finding, const char *format, ...)
{
    RECORD(finding, CHECK_FAILED, format);
    finding->verdict = finding->check->verdict;
}

void warned(struct finding *finding, const char *format, ...)
{
    RECORD(finding, CHECK_WARNING, format);
}

void unknown(struct finding *finding, const char *format, ...)
{
    RECORD(finding, CHECK_UNKNOWN, format);
}

void skipped(struct finding *finding)
{
    finding->status = CHECK_SKIPPED;
}

void advise(struct finding *finding, const char *format, ...)
{
    va_list args;
    size_t used = strlen(finding->remedy);
    va_start(args, format);
    vsnprintf(finding->remedy + used, sizeof(finding->remedy) - used, format, args);
    va_end(args);
    make_printable(finding->remedy + used);
}

const struct igd_requirement *patient_requirement(const struct patient *patient,
                                                  const char *id, enum doctor_mode mode)
{
    unsigned list = mode == DOCTOR_UPT;
    for (unsigned i = 0; i < patient->requirement_count[list]; i++) {
        if (!strcmp(patient->requirements[list][i].id, id))
            return &patient->requirements[list][i];
    }
    return NULL;
}

void check_requirement(const struct patient *patient, enum doctor_mode mode,
                       struct finding *finding)
{
    const struct igd_requirement *requirement =
        patient_requirement(patient, finding->check->id, mode);
    if (!requirement || !patient->igd) {
        skipped(finding);
        return;
    }
    if (requirement->verdict == IGD_MET)
        ok(finding, "%s", requirement->found);
    else if (requirement->verdict == IGD_FAILED)
        failed(finding, "%s", requirement->found);
    else
        unknown(finding, "%s", requirement->found);
}

bool igd_driven_by(const struct patient *patient, const char *driver)
{
    return patient->igd && patient->igd->bound == FACT_YES &&
           !strcmp(patient->igd->driver, driver);
}

const char *guest_said(const struct patient *patient, enum qemu_sign sign)
{
    const struct host_guest *guest = patient->guest;
    return guest && guest->messages[sign][0] ? guest->messages[sign] : NULL;
}

bool user_runs_guests(const struct patient *patient)
{
    return !patient->guest || patient->vmm != DOCTOR_QEMU;
}
