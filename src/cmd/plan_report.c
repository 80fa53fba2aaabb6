/* plan_report.c: printing what igd_plan decided. */
#include "cmd/plan_report.h"

#include "base/bytes.h" /* KIB */
#include "base/log.h"   /* log_info */
#include "igd/plan.h"   /* struct igd_plan */

#include <stdio.h>  /* fprintf */
#include <string.h> /* strcmp */

/* Was a requirement of this name printed with the failures of another mode? */
static bool was_told(const struct igd_requirement *told, unsigned count, const char *id)
{
    for (unsigned i = 0; i < count; i++) {
        if (told[i].verdict == IGD_FAILED && !strcmp(told[i].id, id))
            return true;
    }
    return false;
}

static void print_failures(const struct igd_requirement *list, unsigned count,
                           const struct igd_requirement *told, unsigned told_count)
{
    for (unsigned i = 0; i < count; i++) {
        if (list[i].verdict != IGD_FAILED || was_told(told, told_count, list[i].id))
            continue;
        fprintf(stderr, "  %s: %s\n", list[i].id, list[i].found);
        if (list[i].why && list[i].why[0])
            fprintf(stderr, "    why:    %s\n", list[i].why);
        if (list[i].remedy && list[i].remedy[0])
            fprintf(stderr, "    remedy: %s\n", list[i].remedy);
    }
}

void plan_report_failures(const struct igd_plan *plan)
{
    unsigned told = 0;
    if (plan->mode == IGD_MODE_LEGACY || plan->fell_back) {
        told = plan->legacy_count;
        print_failures(plan->legacy, told, NULL, 0);
    }
    if (plan->mode == IGD_MODE_UPT)
        print_failures(plan->upt, plan->upt_count, plan->legacy, told);
}

static uint16_t identity_value(const struct igd_identity *identity, unsigned offset)
{
    for (unsigned i = 0; i < identity->count; i++) {
        if (identity->fields[i].offset == offset)
            return identity->fields[i].value;
    }
    return 0;
}

void plan_report_start(const struct igd_plan *plan, const char *name)
{
    char generation[8] = "unknown";

    if (plan->platform)
        igd_generation_text(plan->platform, generation, sizeof(generation));
    log_info(name, "%s (8086:%04x, generation %s) in %s mode",
             plan->platform ? plan->platform->title : "Intel GPU", plan->device_id,
             generation, igd_mode_name(plan->mode));
    if (plan->fell_back) {
        log_warning(name, "legacy mode is not possible, UPT mode is used instead:");
        plan_report_failures(plan);
    }
    if (plan->mode == IGD_MODE_UPT)
        log_info(name, "OpRegion %s: %s", plan->opregion_given ? "on" : "off",
                 plan->opregion_reason);
    for (unsigned i = 0; i < plan->opregion_change_count; i++)
        log_info(name, "OpRegion 0x%03x changed for the guest: %s",
                 plan->opregion_changes[i].offset, plan->opregion_changes[i].reason);
    if (plan->rom_changes.device_id)
        log_info(name, "ROM: generic device identifier replaced by %04x",
                 plan->device_id);
    if (plan->rom_changes.saved_bdsm)
        log_info(name, "ROM: the host's stolen-memory address saved at 0x%x cleared",
                 plan->rom_changes.saved_bdsm_offset);
    if (plan->lpc_bridge.count)
        log_info(name, "LPC bridge 00:1f.0 is %04x:%04x, as on the host",
                 identity_value(&plan->lpc_bridge, 0),
                 identity_value(&plan->lpc_bridge, 2));
}
