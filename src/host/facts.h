/* facts.h: what a host's files tell, read once: for doctor, diff and bind. */
#ifndef HOST_FACTS_H
#define HOST_FACTS_H

#include "host/console.h"  /* who draws on the screen */
#include "host/guests.h"   /* what was tried with libvirt and QEMU */
#include "host/kernel.h"   /* version, command line, configuration, modules */
#include "host/log.h"      /* the kernel log */
#include "host/pci.h"      /* devices, groups, IOMMU units */
#include "host/platform.h" /* distribution, boot loader, firmware, processor */

struct host_root;

/* What this process, or the one that took the capture, may do. */
enum node_access { NODE_UNKNOWN, NODE_ABSENT, NODE_DENIED, NODE_USABLE };

struct host_user {
    bool complete; /* it is this computer, or a snapshot of one: what is absent is not
                      there */
    enum fact root;
    enum node_access kvm, vfio; /* /dev/kvm, /dev/vfio/vfio */
    bool memlock_known;
    uint64_t memlock; /* RLIMIT_MEMLOCK, bytes; UINT64_MAX: no limit */
};

/* What is in igdvm/ of a capture, or read from the device itself. */
struct host_vfio {
    enum fact regions; /* were they looked at? YES: what is absent is not offered */
    enum fact opregion_region, host_region, lpc_region, vga_region, rom_region;
    uint64_t rom_size;
    char *opregion, *rom; /* bytes; NULL: not there */
    size_t opregion_size, rom_bytes;
};

struct host_facts {
    const struct host_root *root; /* the caller's */
    struct host_kernel kernel;
    struct host_platform platform;
    struct host_pci pci;
    struct host_log log;
    struct host_console console;
    struct host_guests guests;
    struct host_user user;
    struct host_vfio vfio;
};

/*
 * Read all of a host. Never fails: what cannot be read is not known. Free with
 * host_facts_free. root must outlive it.
 */
struct host_facts *host_facts_read(const struct host_root *root);
void host_facts_free(struct host_facts *facts);

#endif
