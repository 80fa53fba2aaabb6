/*
 * opregion_choice.c: whether the guest gets an OpRegion, and who puts it in place.
 *
 * In UPT mode that is a choice. Drivers find the outputs in its VBT; where it is
 * withheld the display looks fused off, for some assume the usual outputs without it
 * (Linux's i915 does). With it, a driver that finds no monitor at its outputs may stop
 * accelerating (QEMU hw/vfio/igd.c).
 */
#include "igd/opregion_choice.h"

#include "igd/requirement_checks.h" /* the firmware */
#include "igd/vbt_outputs.h"        /* panels */

#define CLASS_VGA 0x0300

/* A panel is always plugged in. */
static bool has_panel(const struct igd_examined *examined)
{
    const uint8_t *vbt = examined->facts->opregion + examined->opregion.vbt_offset;
    struct igd_output outputs[IGD_VBT_OUTPUTS_MAX];
    struct igd_vbt info;

    if (!examined->opregion.vbt_offset ||
        igd_vbt_parse(vbt, examined->opregion.vbt_size, &info, NULL) < 0)
        return false;
    unsigned count = igd_vbt_outputs(vbt, &info, outputs);
    for (unsigned i = 0; i < count; i++) {
        if (outputs[i].panel)
            return true;
    }
    return false;
}

/*
 * Will the guest's firmware put it in place, as SeaBIOS does for VGA devices, and UEFI
 * firmware by a ROM?
 */
static bool firmware_places(const struct igd_examined *examined)
{
    struct igd_requirement firmware = { 0 };
    if (igd_guest_is_uefi(examined))
        return igd_guest_has_uefi_rom(examined);
    return examined->class_code == CLASS_VGA &&
           igd_check_firmware(examined, &firmware) != IGD_FAILED;
}

/* Beside another display, what was not decided by the user is by what is plugged in. */
static bool choose_in_upt(const struct igd_examined *examined, const char **reason)
{
    if (examined->request->opregion == IGD_OPREGION_ON) {
        *reason =
            "as asked; without a monitor the guest's driver may stop accelerating";
        return true;
    }
    if (examined->facts->monitor == IGD_MONITOR_PLUGGED || has_panel(examined)) {
        *reason = "a monitor is plugged in, and the guest gets outputs";
        return true;
    }
    if (examined->facts->monitor == IGD_MONITOR_NONE) {
        *reason = "no monitor is plugged in, and with it the guest's driver may stop "
                  "accelerating; --opregion on gives the guest outputs";
        return false;
    }
    *reason = "it is not known whether a monitor is plugged in; without one "
              "--opregion off keeps the guest's driver accelerating";
    return true;
}

/* Is it left out although it is there, or whether it is there or not? */
static bool withhold(const struct igd_examined *examined, struct igd_plan *plan)
{
    if (examined->request->opregion == IGD_OPREGION_WITHHELD) {
        plan->opregion_reason = "as asked; drivers may assume outputs";
        return true;
    }
    if (examined->request->opregion == IGD_OPREGION_OFF) {
        plan->opregion_reason =
            examined->platform ? "as asked; the guest's display looks fused off"
                               : "as asked; the device is not in the table of devices, "
                                 "and drivers may assume outputs";
        return true;
    }
    /* UEFI firmware takes memory that the VMM reserves for its own. */
    if (examined->opregion_valid && igd_guest_is_uefi(examined) &&
        !igd_guest_has_uefi_rom(examined)) {
        plan->opregion_reason = "with UEFI firmware a ROM puts it in place, and the "
                                "guest is to see none (--rom none)";
        return true;
    }
    return examined->opregion_valid && !choose_in_upt(examined, &plan->opregion_reason);
}

void igd_choose_opregion(const struct igd_examined *examined, struct igd_plan *plan)
{
    plan->opregion_by_firmware =
        plan->mode == IGD_MODE_LEGACY || firmware_places(examined);
    if (plan->mode == IGD_MODE_UPT && withhold(examined, plan)) {
        plan->display_fused_off =
            examined->platform && examined->request->opregion != IGD_OPREGION_WITHHELD;
    } else if (!examined->facts->opregion) {
        plan->opregion_reason = "the device has none";
    } else if (!examined->opregion_valid) {
        plan->opregion_reason = "the device's is damaged";
    } else {
        plan->opregion_given = true;
        if (plan->mode == IGD_MODE_LEGACY)
            plan->opregion_reason = "legacy mode needs it";
    }
}
