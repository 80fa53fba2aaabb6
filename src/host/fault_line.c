/* fault_line.c: the IOMMU's words for a DMA fault; they differ from kernel to kernel.
 */
#include "host/fault_line.h"

#include "host/log_time.h" /* times */

#include <stdio.h>  /* sscanf */
#include <stdlib.h> /* strtod */
#include <string.h> /* strstr */

/* The number after a word, hexadecimal with or without 0x; false when it is not there.
 */
static bool number_after(const char *line, const char *word, uint64_t *value)
{
    const char *at = strstr(line, word);
    char *end;
    if (!at)
        return false;
    at += strlen(word);
    at += strspn(at, " :");
    *value = strtoull(at, &end, 16);
    return end != at;
}

/*
 * The shapes, by kernel: "DMAR:[DMA Read] Request device [00:02.0] fault addr
 * 9c000000", "DMAR: [DMA Read] Request device [00:02.0] fault addr 9c000000 [fault
 * reason 06] ...",
 * "... PASID ffffffff fault addr ...", "DMAR: [DMA Write NO_PASID] Request device
 * [00:02.0] fault addr 0x9c000000 [fault reason 0x05] ...", "... [0x00:0x02.0] ...".
 */
bool host_log_parse_fault(const char *line, struct log_fault *fault)
{
    uint64_t reason = 0;
    unsigned bus, slot, function, domain;
    *fault = (struct log_fault){ 0 };
    const char *text = host_log_after_time(line, &fault->time);
    if (!strstr(text, "DMAR") && !strstr(text, "dmar") && !strstr(text, "[DMA "))
        return false;
    const char *at = strstr(text, "equest device [");
    if (!at || !number_after(at, "fault addr", &fault->address))
        return false;
    at += strlen("equest device [");
    /* %x reads a 0x of its own accord */
    if (sscanf(at, "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4) {
        domain = 0;
        if (sscanf(at, "%x:%x.%x", &bus, &slot, &function) != 3)
            return false;
    }
    snprintf(fault->device, sizeof(fault->device), "%04x:%02x:%02x.%x", domain & 0xffff,
             bus & 0xff, slot & 0x1f, function & 7);
    fault->write = strstr(text, "DMA Write") != NULL;
    number_after(text, "fault reason", &reason);
    fault->reason = (unsigned)reason & 0xff;
    return true;
}
