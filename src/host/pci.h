/* pci.h: a host's PCI devices, IOMMU groups and IOMMU units. */
#ifndef HOST_PCI_H
#define HOST_PCI_H

#include "host/fact.h" /* enum fact */

#include <stddef.h> /* size_t */
#include <stdint.h> /* registers */

struct host_root;

#define HOST_IGD_ADDRESS "0000:00:02.0"

struct host_pci_device {
    char address[16]; /* "0000:00:02.0" */
    bool identified;  /* vendor and device are known */
    uint16_t vendor, device, subsystem_vendor, subsystem_device;
    bool class_known;
    uint32_t class_code; /* 24 bits: 0x030000 */
    enum fact bound;     /* NO: no driver; UNKNOWN: not told */
    char driver[32];     /* when bound */
    enum fact grouped;   /* in an IOMMU group? */
    char group[12];      /* its number, when known */
    enum fact boot_vga;
    char override[32];  /* driver_override; "": none or not known */
    int vfs, vfs_total; /* SR-IOV: on, and how many there could be; -1: not known */
    bool is_vf;         /* an SR-IOV virtual function */
    unsigned mdevs;     /* mediated devices (GVT-g) made of it */
    uint8_t config[256];
    size_t config_size;                 /* bytes known: 0, 64 without root, 256 */
    uint64_t bar_start[6], bar_size[6]; /* of `resource`; 0: none */
    enum fact resources;                /* `resource` was there */
    char reset_method[64];
    char power_state[16];
};

/* One IOMMU unit (sys/class/iommu/dmarN). */
struct host_iommu_unit {
    char name[16];
    bool cap_known, ecap_known;
    uint64_t cap, ecap;
};

struct host_pci {
    unsigned count;
    struct host_pci_device *devices; /* sorted by address */
    enum fact any_group;             /* is there any IOMMU group? */
    bool groups_in_log;              /* the kernel log tells who was put in one */
    enum fact any_unit;              /* any IOMMU unit? */
    unsigned unit_count;
    struct host_iommu_unit units[16];
    char group_type[16];    /* of the GPU's group: "DMA", "identity" */
    char *reserved_regions; /* of the GPU's group; NULL: not known */
};

void host_pci_read(struct host_pci *pci, const struct host_root *root, const char *log);
void host_pci_free(struct host_pci *pci);

/* NULL: not there, or not known. */
const struct host_pci_device *host_pci_find(const struct host_pci *pci,
                                            const char *address);

/*
 * The integrated GPU: an Intel display device at 00:02.0; NULL: none. What else Intel
 * makes for displays (graphics cards, virtual functions) is none.
 */
const struct host_pci_device *host_pci_igd(const struct host_pci *pci);

/* Is it a display device? Its class may be 0300 or 0380. */
bool host_pci_is_display(const struct host_pci_device *device);

/* Size of the addresses a unit translates, in bits (MGAW of CAP, VT-d specification
 * 11.4.2); 0: not known. */
unsigned host_iommu_unit_width(const struct host_iommu_unit *unit);

/* The smallest of the units'. 0: not known. */
unsigned host_pci_iommu_width(const struct host_pci *pci);

#endif
