/* requirement.h: the requirements of each mode, and their checks. */
#ifndef IGD_REQUIREMENT_H
#define IGD_REQUIREMENT_H

#include "igd/plan.h"     /* facts, requests, struct igd_requirement */
#include "igd/platform.h" /* rows */

#include "base/error.h" /* struct error */

#include <string.h> /* memcmp */

/* Facts and request, decoded once for all checks. */
struct igd_examined {
    const struct igd_facts *facts;
    const struct igd_request *request;
    const struct igd_device *device;     /* NULL: not listed, or not known */
    const struct igd_platform *platform; /* NULL likewise */
    uint16_t vendor, device_id;          /* 0 when the config space is not known */
    uint16_t class_code;                 /* "0300" */
    uint16_t ggc_raw;
    bool ggc_valid;
    struct igd_ggc ggc;
    uint64_t bdsm;
    bool opregion_valid, rom_valid;
    struct igd_opregion opregion;
    struct igd_rom rom;
    struct error opregion_error, rom_error; /* why not valid, where there is one */
};

/* Decode what can be decoded; never fails. */
void igd_examine(const struct igd_facts *facts, const struct igd_request *request,
                 struct igd_examined *examined);

/*
 * Does this file of a guest's firmware hold UEFI firmware? By the signature of a
 * firmware volume (UEFI PI Specification, volume 3). In line, since it is asked of
 * every machine: one without a GPU has none of libigd's code in memory else.
 */
static inline bool igd_firmware_is_uefi(const uint8_t *image, size_t size)
{
    return size >= 44 && memcmp(image + 40, "_FVH", 4) == 0;
}

/* Does the guest boot by UEFI, and then, does it see the ROM that places things there?
 */
bool igd_guest_is_uefi(const struct igd_examined *examined);
bool igd_guest_has_uefi_rom(const struct igd_examined *examined);

/* Is the OpRegion to be left out, whether the device has one or not? */
bool igd_opregion_left_out(const struct igd_examined *examined);

/*
 * Check every requirement of a mode (LEGACY or UPT) into list (IGD_MAX_REQUIREMENTS);
 * returns how many there are.
 */
unsigned igd_check_requirements(const struct igd_examined *examined, enum igd_mode mode,
                                struct igd_requirement *list);

#endif
