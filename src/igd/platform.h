/* platform.h: the table of Intel integrated GPUs: what each one is and how it works. */
#ifndef IGD_PLATFORM_H
#define IGD_PLATFORM_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* identifiers */

/* How GGC (GMCH graphics control, config 0x50) is laid out and encoded. */
enum igd_ggc_layout {
    IGD_GGC_GEN6, /* GMS 7:3, GGMS 9:8; GMS in 32 MiB units */
    IGD_GGC_CHV,  /* GMS 7:3, GGMS 9:8; Cherryview's own GMS steps */
    IGD_GGC_GEN8, /* GMS 15:8, GGMS 7:6; GMS in 32 MiB units */
    IGD_GGC_GEN9, /* as GEN8, and 0xf0 to 0xfe are 4 MiB steps */
    IGD_GGC_MTL,  /* as GEN9, with GMS limited to 0 to 4 and 0xf0 to 0xfe */
};

/* Where the base of data stolen memory is told. */
enum igd_stolen_style {
    IGD_STOLEN_NONE,   /* Meteor Lake on: no BDSM to move, seen through LMEMBAR */
    IGD_STOLEN_BDSM32, /* config 0x5c, mirror BAR0 0x1080c0 (4 bytes) */
    IGD_STOLEN_BDSM64, /* config 0xc0, mirror BAR0 0x1080c0 (8 bytes) */
};

/* How drivers find out that a chip has no display, or which outputs it has. */
enum igd_display_fuses {
    IGD_DISPLAY_DFSM,       /* fuses of the pipes: BAR0 0x51000 */
    IGD_DISPLAY_FUSE_STRAP, /* a fuse of the display: BAR0 0x42014 */
    IGD_DISPLAY_PORTS,      /* no fuse; a strap in each port's register, at 0xe1100 */
    IGD_DISPLAY_PORTS_VLV,  /* likewise, at 0x1e1100 */
};

/* How a row came to be believed. */
enum igd_status {
    IGD_STATUS_UNKNOWN,  /* listed publicly, assignment not reported */
    IGD_STATUS_REPORTED, /* people report it working */
    IGD_STATUS_WORKS,    /* seen working with igdvm, on hardware or on the model */
};

/* One platform: everything devices of one name have in common. */
struct igd_platform {
    const char *name;    /* command-line name: "skylake" */
    const char *title;   /* for people: "Skylake" */
    uint16_t generation; /* graphics version times ten: 60, 75, 90, 120, 200 */
    enum igd_ggc_layout ggc;
    enum igd_stolen_style stolen;
    enum igd_display_fuses display;
    bool has_vbios;         /* a legacy VBIOS exists: legacy mode is possible */
    bool host_blocks_iommu; /* Linux hosts switch its IOMMU off (Broadwell) */
    uint32_t bar0_size;     /* bytes of GTTMMADR */
    uint32_t gtt_offset;    /* of the GTT in BAR0 */
    uint8_t pte_size;       /* bytes of one GTT entry */
    bool iobar_gtt;         /* the IOBAR pair reaches the GTT (index bit 0) */
    uint8_t dbuf_slices;    /* of the display buffer, with a DBUF_CTL each */
    const char *source;     /* public source of the row */
    const char *note;       /* where sources disagree, NULL: they do not */
};

/* The public source of the rows of devices. */
#define IGD_DEVICE_SOURCE "Linux include/drm/intel/pciids.h"

/* One device identifier; without pointers, which each start would have to relocate. */
struct igd_device {
    uint16_t device_id;
    uint8_t platform; /* a row: see igd_device_platform */
    uint8_t status;   /* enum igd_status */
    uint8_t note;     /* see igd_device_note */
};

/* The row of this PCI device identifier (vendor 8086), or NULL when not listed. */
const struct igd_device *igd_device_find(uint16_t device_id);

/* The platform of a device of the table. */
const struct igd_platform *igd_device_platform(const struct igd_device *device);

/* What else is known of a device of the table, NULL: nothing. */
const char *igd_device_note(const struct igd_device *device);

/* The platform of this command-line name, or NULL. */
const struct igd_platform *igd_platform_find(const char *name);

/* Walk the tables: NULL past the end. */
const struct igd_platform *igd_platform_at(size_t index);
const struct igd_device *igd_device_at(size_t index);

/* "6", "7.5", "9": the generation as text; buffer of 8 bytes at least. */
const char *igd_generation_text(const struct igd_platform *platform, char *buffer,
                                size_t size);

#endif
