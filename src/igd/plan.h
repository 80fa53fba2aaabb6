/* plan.h: the one place where assignment of an Intel GPU is decided. */
#ifndef IGD_PLAN_H
#define IGD_PLAN_H

#include "igd/ggc.h"      /* struct igd_ggc */
#include "igd/opregion.h" /* changes */
#include "igd/overlay.h"  /* struct igd_overlay */
#include "igd/rom.h"      /* struct igd_rom_changes */

struct error;

enum igd_mode { IGD_MODE_AUTO, IGD_MODE_LEGACY, IGD_MODE_UPT };

/* Is a monitor plugged into an output of the device? */
enum igd_monitor { IGD_MONITOR_UNKNOWN, IGD_MONITOR_NONE, IGD_MONITOR_PLUGGED };

/* Shall the guest have an OpRegion? */
enum igd_opregion_use {
    IGD_OPREGION_AUTO,
    IGD_OPREGION_ON,
    IGD_OPREGION_OFF,      /* nor a display: its fuses say that there is none */
    IGD_OPREGION_WITHHELD, /* the display stays, for drivers that want it */
};

/* What is known of the host. Pointers stay the caller's; NULL or 0 means absent. */
struct igd_facts {
    const char *address;        /* "0000:00:02.0" or "vfio-user:PATH", for messages */
    const uint8_t *gpu_config;  /* 256 bytes of 00:02.0 */
    bool gpu_header_only;       /* only the first 64 of them are known */
    const uint8_t *host_config; /* 64 bytes at least of 00:00.0 */
    const uint8_t *lpc_config;  /* 64 bytes at least of 00:1f.0 */
    const uint8_t *opregion;    /* the vfio region's bytes */
    size_t opregion_size;
    const uint8_t *rom; /* the vfio ROM region, or the user's file */
    size_t rom_size;
    bool rom_from_file;
    bool has_vga_region;
    bool vga_disabled; /* vfio-pci has disable_vga=1 */
    bool hot_plugged;
    enum igd_monitor monitor;
    unsigned kernel_major, kernel_minor; /* of the host; 0: no kernel's device */
    const uint8_t *firmware;             /* the guest's, as its file has it */
    size_t firmware_size;
    bool regions_unknown;  /* the device was not opened: what is absent may exist */
    uint64_t bar_sizes[6]; /* of the device's regions 0 to 5; 0: none */
    /* BAR0 0x1082c0, 8 bytes, the upper 4 zero before Gen11; 0: none, or not read. */
    uint64_t stolen_reserved;
};

/* What the user asked for and what the virtual PC is. */
struct igd_request {
    enum igd_mode mode;
    uint8_t guest_bus;   /* where the GPU shall be; 0: the root bus */
    uint8_t guest_devfn; /* on it, in legacy mode; 0x10 is 02.0 */
    uint8_t upt_devfn;   /* on it, in UPT mode */
    enum igd_opregion_use opregion;
    bool other_vga; /* the guest has another display at the legacy VGA ranges */
    bool machine_is_i440fx;
    bool lpc_place_free;    /* nothing else at the guest's 00:1f.0 */
    bool rom_bar;           /* false: the guest sees no ROM */
    uint64_t low_ram_limit; /* guest RAM below 4 GiB may not reach past this address */
    uint64_t ram_size;      /* guest RAM, bytes */
    /*
     * The VMM's UEFI option ROM, one image that places OpRegion and stolen memory by
     * the files of the plan, which UEFI firmware does not; NULL: it has none.
     */
    const uint8_t *uefi_rom;
    size_t uefi_rom_size;
    bool pass_swsci; /* let the guest ring the host's firmware (SWSCI, SWSMI) */
};

enum igd_verdict { IGD_MET, IGD_FAILED, IGD_UNKNOWN };

/* One requirement of a mode, checked. */
struct igd_requirement {
    const char *id; /* stable: "vga-region" */
    enum igd_verdict verdict;
    char found[160];    /* what was found */
    const char *why;    /* why it matters */
    const char *remedy; /* what to do; meaningful when not met */
};

#define IGD_MAX_REQUIREMENTS 24

/* Bytes of a host bridge that the guest's copy takes over. */
struct igd_identity_field {
    uint16_t offset;
    uint8_t size; /* 1 or 2 bytes */
    uint16_t value;
};

#define IGD_MAX_IDENTITY 8

struct igd_identity {
    unsigned count;
    struct igd_identity_field fields[IGD_MAX_IDENTITY];
};

/* How guest RAM should be laid out so that stolen memory lands where it is on the host.
 */
struct igd_stolen_plan {
    uint64_t host_base; /* BDSM of the host; 0: none */
    uint64_t size;      /* to reserve, bytes: GMS, and from Gen11 on GGMS; 0: none */
    bool at_host_base;  /* the layout below makes that so */
    uint64_t ram_top;   /* end of guest RAM below 4 GiB that makes it so */
    char reason[160];   /* why not, when not */
};

/* A file for the guest's firmware. */
struct igd_fw_cfg_file {
    const char *name;    /* "etc/igd-opregion" */
    const uint8_t *data; /* into the plan */
    size_t size;
};

/* The outcome. Made by igd_plan, freed by igd_plan_free; everything in it is its own.
 */
struct igd_plan {
    enum igd_mode mode; /* LEGACY or UPT: what will be done */
    bool possible;      /* false: the mode asked for cannot be had */
    bool fell_back;     /* auto took UPT, for a BIOS, as legacy's requirements failed */
    uint8_t guest_devfn;                 /* where the guest has it */
    const struct igd_device *device;     /* NULL: not in the table */
    const struct igd_platform *platform; /* NULL likewise */
    uint16_t device_id;
    uint16_t ggc_raw;
    struct igd_ggc ggc;
    unsigned legacy_count, upt_count;
    struct igd_requirement legacy[IGD_MAX_REQUIREMENTS];
    struct igd_requirement upt[IGD_MAX_REQUIREMENTS];
    struct igd_overlay overlay;
    struct igd_identity host_bridge; /* laid over the guest's 00:00.0 */
    struct igd_identity lpc_bridge;  /* of the new 00:1f.0; count 0: none */
    bool vga;                        /* assign the legacy VGA ranges */
    struct igd_stolen_plan stolen;
    struct igd_opregion opregion_info;
    bool opregion_given;         /* the guest gets it */
    const char *opregion_reason; /* why, or why not */
    bool display_fused_off;      /* it is withheld, and the overlay shows no display */
    /*
     * The guest's firmware puts it in place; else the VMM does before the guest starts:
     * in reserved memory, and igd_plan_place_opregion.
     */
    bool opregion_by_firmware;
    unsigned opregion_change_count;
    struct igd_opregion_change opregion_changes[IGD_OPREGION_MAX_CHANGES];
    struct igd_rom_changes rom_changes;
    uint8_t *rom;    /* prepared; NULL: none for the guest */
    size_t rom_size; /* a power of two */
    unsigned file_count;
    struct igd_fw_cfg_file files[4];
    uint8_t *opregion; /* the guest's copy; files[] may point to it; NULL: none */
    size_t opregion_size;
    uint8_t bdsm_size[8];
};

/*
 * Decide. Requirement failures are no error: the plan says possible = false and has
 * the reasons; so it is with a damaged OpRegion or ROM of the host. When not possible,
 * only the requirements and what was found (device to ggc, stolen, opregion_info) are
 * filled. Errors, with err set and NULL returned: a damaged ROM file of the user's
 * (ERROR_INPUT), no memory (ERROR_SYSTEM).
 */
struct igd_plan *igd_plan(const struct igd_facts *facts,
                          const struct igd_request *request, struct error *err);
void igd_plan_free(struct igd_plan *plan);

/* The VMM put the copy there: what ASLS holds when the guest starts. */
void igd_plan_place_opregion(struct igd_plan *plan, uint32_t address);

const char *igd_mode_name(enum igd_mode mode);

#endif
