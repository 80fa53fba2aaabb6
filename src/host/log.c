/* log.c: what a host's kernel log tells; the words differ from kernel to kernel. */
#include "host/log.h"

#include "host/lines.h"    /* lines */
#include "host/log_time.h" /* times */
#include "host/pci.h"      /* the GPU's address */
#include "host/root.h"     /* the file */

#include <ctype.h>   /* isxdigit */
#include <stdio.h>   /* sscanf */
#include <stdlib.h>  /* strtod */
#include <string.h>  /* strstr */
#include <strings.h> /* strncasecmp */

/* A line with both words has the sign. */
static const struct {
    enum log_sign sign;
    const char *word, *also;
} signs[] = {
    { LOG_START, "Linux version ", NULL },
    { LOG_TABLES, "ACPI: RSDP ", NULL },
    { LOG_TABLES, "ACPI: FACP ", NULL },
    { LOG_DMAR_TABLE, "ACPI: DMAR ", NULL },
    { LOG_DMAR_TABLE, "DMAR: Host address width", NULL },
    { LOG_DMAR_TABLE, "dmar: Host address width", NULL },
    { LOG_DMAR_TABLE, "force enabled due to platform opt in", NULL },
    { LOG_DMAR_BROKEN, "Your BIOS is broken; DMAR", NULL },
    { LOG_DMAR_BROKEN, "BIOS is broken", "DRHD" },
    { LOG_DMAR_BROKEN, "DMAR: Parse DMAR table failure", NULL },
    { LOG_DMAR_BROKEN, "DMAR: No DMAR devices found", NULL },
    { LOG_IOMMU_ENABLED, "DMAR: IOMMU enabled", NULL },
    { LOG_IOMMU_ENABLED, "Intel-IOMMU: enabled", NULL },
    { LOG_IOMMU_ENABLED, "Intel-IOMMU force enabled", NULL },
    { LOG_IOMMU_READY, "Virtualization Technology for Directed I/O", NULL },
    { LOG_IOMMU_FAILED, "DMAR: Initialization failed", NULL },
    { LOG_IOMMU_FAILED, "IOMMU: Failed to initialize", NULL },
    { LOG_IOMMU_FAILED, "DMAR: Failed to", "init" },
    { LOG_IOMMU_DISABLED_BY_USER, "DMAR: IOMMU disabled", NULL },
    { LOG_IOMMU_DISABLED_BY_USER, "Intel-IOMMU: disabled", NULL },
    { LOG_IOMMU_NOT_BUILT, "Unknown kernel command line parameter", "intel_iommu=" },
    { LOG_IOMMU_NOT_BUILT, "Unknown kernel command line parameter", "intel-iommu=" },
    { LOG_ACPI_OFF, "ACPI: Interpreter disabled", NULL },
    { LOG_GRAPHICS_UNTRANSLATED, "isabling IOMMU for graphics", NULL },
    { LOG_REMAPPING_READY, "DMAR-IR: Enabled IRQ remapping", NULL },
    { LOG_REMAPPING_READY, "Enabled IRQ remapping in", NULL },
    { LOG_REMAPPING_ABSENT, "No interrupt remapping support", NULL },
    { LOG_REMAPPING_ABSENT, "No interrupt remapping for device", NULL },
    { LOG_REMAPPING_ABSENT, "MSI interrupts are not secure", NULL },
    { LOG_REMAPPING_OPTED_OUT, "Failed to enable irq remapping", NULL },
    { LOG_REMAPPING_OPTED_OUT, "Not enabling interrupt remapping", NULL },
    { LOG_REMAPPING_OPTED_OUT, "interrupt remapping will be disabled", NULL },
    { LOG_REMAPPING_OPTED_OUT,
      "DMAR-IR: This system BIOS has enabled interrupt remapping", NULL },
    { LOG_VMX_OFF, "disabled by bios", "kvm" },
    { LOG_VMX_OFF, "VMX (outside TXT) disabled by BIOS", NULL },
    { LOG_VMX_OFF, "kvm_intel: VMX not enabled", NULL },
    { LOG_VMX_ABSENT, "kvm_intel: VMX not supported", NULL },
    { LOG_VMX_ABSENT, "kvm: no hardware support", NULL },
    { LOG_XEN, "Booting paravirtualized kernel on Xen", NULL },
    { LOG_XEN, "Xen version: ", NULL },
    { LOG_XEN, "Hypervisor detected: Xen P", NULL },
    { LOG_CANNOT_RESERVE, "can't reserve", "BAR " },
    { LOG_CANNOT_RESERVE, "resource busy", "vfio" },
    { LOG_BAD_ROM, "Invalid PCI ROM header signature", NULL },
    { LOG_BAD_ROM, "Invalid ROM contents", NULL },
    { LOG_BAD_ROM, "Invalid PCI ROM data signature", NULL },
    { LOG_REGIONS_FAILED, "Failed to setup Intel IGD regions", NULL },
    { LOG_RESERVED_MEMORY, "platform RMRR requirement", NULL },
    { LOG_RESERVED_MEMORY, "requested this device have a 1:1 IOMMU mapping", NULL },
    { LOG_MEMORY_LOCKED, "RLIMIT_MEMLOCK (", NULL },
    { LOG_STUCK, "not ready ", "giving up" },
    { LOG_STUCK, "Failed to return from FLR", NULL },
    { LOG_STUCK, "D3cold to D0", NULL },
    { LOG_STUCK, "D3hot to D0", NULL },
    { LOG_STUCK, "efused to change power state", "in D3" },
    { LOG_STUCK, "efused to change power state", "from D3" },
    { LOG_STUCK, "nable to change power state", "device inaccessible" },
    { LOG_NO_REGISTERS, "MMIO access returns 0xFFFFFFFF", NULL },
    { LOG_VFIO_NOT_BOUND, "vfio-pci", "failed with error -22" },
    { LOG_VFIO_USED, "vfio-pci 0000:00:02.0", NULL },
};

/* The PCI address in a line, if there is one: "0000:00:02.0" or "00:02.0". */
static bool find_address(const char *text, char address[16])
{
    unsigned domain, bus, slot, function;
    for (const char *at = text; *at; at++) {
        if (!isxdigit((unsigned char)*at) ||
            (at > text && (isxdigit((unsigned char)at[-1]) || at[-1] == ':')))
            continue;
        if (strspn(at, HEX_DIGITS) == 4 &&
            sscanf(at, "%4x:%2x:%2x.%1x", &domain, &bus, &slot, &function) == 4) {
            snprintf(address, 16, "%04x:%02x:%02x.%x", domain & 0xffff, bus & 0xff,
                     slot & 0x1f, function & 7);
            return true;
        }
        if (sscanf(at, "%2x:%2x.%1x", &bus, &slot, &function) == 3 && at[2] == ':') {
            snprintf(address, 16, "0000:%02x:%02x.%x", bus & 0xff, slot & 0x1f,
                     function & 7);
            return true;
        }
    }
    return false;
}

#define WINDOW 5.0 /* of the kernel's limit */

/* Is a fault of now one of the burst that every opening of the device may bring? */
static bool is_of_opening(const struct log_faults *faults, double now)
{
    return faults->was_opened && now >= faults->opened &&
           now - faults->opened <= LOG_FAULT_BURST_SECONDS;
}

/* "vfio-pci 0000:00:02.0: reset done" and what else is said when it is opened. */
static void take_opening(struct host_log *log, const char *text)
{
    if (!strstr(text, "vfio-pci " HOST_IGD_ADDRESS) ||
        !(strstr(text, ": reset") || strstr(text, "enabling device") ||
          strstr(text, "vfio_ecap_init")))
        return;
    log->faults.was_opened = true;
    log->faults.opened = log->end;
}

static void take_fault(struct log_faults *faults, const struct log_fault *fault)
{
    faults->last_is_other = strcmp(fault->device, HOST_IGD_ADDRESS) != 0;
    if (faults->last_is_other) {
        faults->others++;
        memcpy(faults->other, fault->device, sizeof(faults->other));
        return;
    }
    if (!faults->count++)
        faults->first = faults->run_start = fault->time;
    else if (fault->time - faults->last > LOG_FAULT_PAUSE_SECONDS)
        faults->run_start = fault->time;
    bool late = !is_of_opening(faults, fault->time);
    if (late && (!faults->late++ ||
                 (long)(fault->time / WINDOW) != (long)(faults->last / WINDOW)))
        faults->windows++;
    faults->last = fault->time;
    if (fault->time - faults->run_start > faults->longest_run)
        faults->longest_run = fault->time - faults->run_start;
    faults->reason = fault->reason;
    *(fault->write ? &faults->writes : &faults->reads) += 1;
    for (unsigned i = 0; i < faults->distinct; i++) {
        if (faults->addresses[i] == fault->address)
            return;
    }
    if (faults->distinct < LOG_MAX_FAULTS)
        faults->addresses[faults->distinct++] = fault->address;
}

static void put_mark(struct log_mark *mark, const char *text)
{
    if (!mark->count++)
        snprintf(mark->first, sizeof(mark->first), "%.199s", text);
    snprintf(mark->last, sizeof(mark->last), "%.199s", text);
    if (!find_address(text, mark->address))
        mark->address[0] = '\0';
    mark->of_igd |= !strcmp(mark->address, HOST_IGD_ADDRESS);
}

static void take_marks(struct host_log *log, const char *text)
{
    for (unsigned i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (strstr(text, signs[i].word) &&
            (!signs[i].also || strstr(text, signs[i].also)))
            put_mark(&log->marks[signs[i].sign], text);
    }
}

static bool is_of_graphics_driver(const char *text)
{
    return strstr(text, "[i915]") || strstr(text, "[xe]");
}

/* Lines of a crash's report up to the one that names the function and its module. */
#define CRASH_LINES 16

/*
 * "BUG: kernel NULL pointer dereference...", some lines on "RIP: 0010:... [i915]". The
 * warnings of the kernel have such a line, too, which is no crash. left counts down.
 */
static void take_crash(struct host_log *log, const char *text, unsigned *left)
{
    if (strstr(text, "BUG: ") || strstr(text, "kernel BUG at ") ||
        strstr(text, "Oops: ") || strstr(text, "general protection fault"))
        *left = CRASH_LINES;
    else if (*left)
        --*left;
    if (!*left || !strstr(text, "RIP: "))
        return;
    if (is_of_graphics_driver(text))
        put_mark(&log->marks[LOG_CRASHED], text);
    *left = 0;
}

/* Lines of a hung task's report that may name who waits, and in what. */
#define HUNG_LINES 40

/*
 * "INFO: task libvirtd:4120 blocked for more than 120 seconds.", and in its call trace
 * "i915_driver_remove+0x64/0x140 [i915]": who unbinds the driver waits for good.
 */
static void take_hung(struct host_log *log, const char *text, unsigned *left)
{
    if (strstr(text, "blocked for more than ")) {
        *left = HUNG_LINES;
    } else if (*left) {
        --*left;
        if (!is_of_graphics_driver(text) ||
            !(strstr(text, "remove") || strstr(text, "unregister") ||
              strstr(text, "unload")))
            return;
        put_mark(&log->marks[LOG_CRASHED], text);
        *left = 0;
    }
}

#define CALLER 12 /* "[    T0] ", which some kernels put before what they say */

/* Where the last start of a kernel is told: what a log of several tells before it, as
 * that of syslog, is of a computer that may have been set up otherwise. */
static const char *last_start(const char *log)
{
    const char *start = log;
    char line[LINE_SIZE];
    double time = 0;
    for (const char *cursor = log, *at = log; next_line(&cursor, line, sizeof(line));
         at = cursor) {
        const char *text = host_log_after_time(line, &time);
        const char *said = strstr(text, "Linux version ");
        if (said && said - text <= CALLER)
            start = at;
    }
    return start;
}

void host_log_read(struct host_log *log, const struct host_root *root)
{
    static const char *const places[] = { "var/log/kernel.log", "var/log/dmesg",
                                          "var/log/kern.log" };
    char line[LINE_SIZE];
    size_t size;
    unsigned crash_lines = 0, hung_lines = 0;
    *log = (struct host_log){ 0 };
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]) && !log->text; i++) {
        if (host_root_read(root, &log->text, &size, "%s", places[i]) < 0)
            log->text = NULL;
    }
    if (log->text) {
        const char *start = last_start(log->text);
        memmove(log->text, start, strlen(start) + 1);
    }
    for (const char *cursor = log->text; next_line(&cursor, line, sizeof(line));) {
        struct log_fault fault;
        unsigned suppressed;
        const char *text = host_log_after_time(line, &log->end);
        take_marks(log, text);
        take_crash(log, text, &crash_lines);
        take_hung(log, text, &hung_lines);
        take_opening(log, text);
        bool is_fault = host_log_parse_fault(line, &fault);
        fault.time = log->end; /* a time of dmesg -H is known from the lines before */
        if (is_fault)
            take_fault(&log->faults, &fault);
        else if (!log->faults.last_is_other && !is_of_opening(&log->faults, log->end) &&
                 strstr(text, "dmar_fault") &&
                 sscanf(text, "dmar_fault: %9u callbacks", &suppressed) == 1)
            log->faults.suppressed += suppressed;
    }
}

void host_log_free(struct host_log *log)
{
    free(log->text);
}
