/* log.h: what a host's kernel log tells. */
#ifndef HOST_LOG_H
#define HOST_LOG_H

#include "host/fact.h"       /* enum fact */
#include "host/fault_line.h" /* how long a burst lasts */

#include <stddef.h> /* size_t */
#include <stdint.h> /* addresses */

struct host_root;

/* What is looked for; the table in log.c has the words of the kernels. */
enum log_sign {
    LOG_START,  /* the log begins at the boot */
    LOG_TABLES, /* it lists the ACPI tables */
    LOG_DMAR_TABLE,
    LOG_DMAR_BROKEN,
    LOG_IOMMU_ENABLED,
    LOG_IOMMU_READY,
    LOG_IOMMU_FAILED,
    LOG_IOMMU_DISABLED_BY_USER,
    LOG_IOMMU_NOT_BUILT, /* intel_iommu= is no parameter of this kernel */
    LOG_ACPI_OFF,
    LOG_GRAPHICS_UNTRANSLATED, /* the kernel's quirk against this chipset */
    LOG_REMAPPING_READY,
    LOG_REMAPPING_ABSENT, /* vfio says so */
    LOG_REMAPPING_OPTED_OUT,
    LOG_VMX_OFF,
    LOG_VMX_ABSENT, /* of this processor, or of the other maker's driver */
    LOG_XEN,
    LOG_CANNOT_RESERVE,
    LOG_BAD_ROM,
    LOG_REGIONS_FAILED,
    LOG_RESERVED_MEMORY,
    LOG_MEMORY_LOCKED,
    LOG_STUCK,          /* no answer after a reset or in D3 */
    LOG_NO_REGISTERS,   /* the host's driver reads ones alone */
    LOG_CRASHED,        /* the host's graphics driver, or hangs in giving up the GPU */
    LOG_VFIO_NOT_BOUND, /* -EINVAL: the device is in no group */
    LOG_VFIO_USED,
    LOG_SIGNS,
};

struct log_mark {
    unsigned count;
    char first[200]; /* its first line, without the time */
    char last[200];
    bool of_igd;      /* one of the lines names the GPU */
    char address[16]; /* of the device the last one names; "": none */
};

#define LOG_MAX_FAULTS 64

/* DMA faults of the GPU's, as the IOMMU reports them. */
struct log_faults {
    unsigned count, reads, writes;
    double first, last;            /* seconds after boot */
    double run_start, longest_run; /* seconds without a pause: one begun, the longest */
    unsigned windows;              /* of five seconds with a late fault in them */
    unsigned distinct;             /* addresses kept */
    uint64_t addresses[LOG_MAX_FAULTS];
    unsigned reason;     /* of the last one */
    unsigned suppressed; /* lines the kernel says it left out */
    bool was_opened;     /* vfio-pci opened or reset the GPU */
    double opened;       /* when, the last time */
    unsigned late;       /* faults that came long after that */
    unsigned others;     /* faults of other devices */
    bool last_is_other;  /* what is left out next is most likely of those */
    char other[16];      /* the last of those */
};

struct host_log {
    char *text; /* NULL: not known */
    struct log_mark marks[LOG_SIGNS];
    struct log_faults faults;
    double end; /* seconds after boot of the last line */
};

void host_log_read(struct host_log *log, const struct host_root *root);
void host_log_free(struct host_log *log);

static inline bool host_log_has(const struct host_log *log, enum log_sign sign)
{
    return log->marks[sign].count > 0;
}

#endif
