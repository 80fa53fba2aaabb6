/* stolen.c: lays guest RAM out so that stolen memory lands where the host has it. */
#include "igd/stolen.h"

#include "base/bytes.h" /* MIB */

#include <stdarg.h> /* va_list */
#include <stdio.h>  /* vsnprintf */

#define BELOW_4G 0xffffffffULL

/* Record why the layout cannot be; true, for callers to return. */
__attribute__((format(printf, 2, 3))) static bool because(struct igd_stolen_plan *plan,
                                                          const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(plan->reason, sizeof(plan->reason), format, args);
    va_end(args);
    return true;
}

static bool base_refused(struct igd_stolen_plan *plan)
{
    unsigned long long base = plan->host_base, mib = plan->size / MIB;
    if (!plan->size)
        return because(plan, "the device has no stolen memory");
    if (!base)
        return because(plan, "the host's firmware set no BDSM");
    if (base > BELOW_4G || plan->size > BELOW_4G)
        return because(plan,
                       "the host has %llu MiB at 0x%llx; the guest's firmware places "
                       "it below 4 GiB",
                       mib, base);
    if ((base | plan->size) % SEABIOS_STOLEN_ALIGNMENT)
        return because(plan, "the host has it at 0x%llx, not aligned to 1 MiB", base);
    if (base < IGD_LEAST_STOLEN_BASE)
        return because(plan, "the host has it at 0x%llx, in the first 16 MiB of RAM",
                       base);
    return false;
}

static bool block_refused(const struct igd_request *request, uint64_t block,
                          struct igd_stolen_plan *plan)
{
    unsigned long long top = plan->host_base + block;
    if (block < SEABIOS_LEAST_RANGE)
        return because(plan, "SeaBIOS places so little (%llu MiB) elsewhere",
                       plan->size / MIB);
    if (top > request->low_ram_limit)
        return because(plan,
                       "guest RAM would have to reach 0x%llx, past its limit 0x%llx",
                       top, (unsigned long long)request->low_ram_limit);
    if (request->ram_size < block + IGD_LEAST_GUEST_RAM)
        return because(plan, "it takes %llu MiB of guest RAM, and there are %llu",
                       (unsigned long long)((block + IGD_LEAST_GUEST_RAM) / MIB),
                       (unsigned long long)(request->ram_size / MIB));
    return false;
}

void igd_stolen_plan(const struct igd_request *request, uint64_t host_base,
                     uint64_t size, struct igd_stolen_plan *plan)
{
    uint64_t block = size + SEABIOS_HIGH_TABLES + SEABIOS_STOLEN_ALIGNMENT;
    *plan = (struct igd_stolen_plan){ .host_base = host_base, .size = size };
    if (base_refused(plan) || block_refused(request, block, plan))
        return;
    plan->at_host_base = true;
    plan->ram_top = host_base + block;
}
