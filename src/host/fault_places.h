/* fault_places.h: what a DMA address of the GPU points at. */
#ifndef HOST_FAULT_PLACES_H
#define HOST_FAULT_PLACES_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* addresses */

struct host_console;
struct host_pci;
struct host_pci_device;

#define FAULT_PLACES_MAX 64

/* Why the GPU would go there; a row of a table each. */
enum fault_cause {
    FAULT_EMPTY,      /* address 0: a GTT entry that was never written */
    FAULT_STOLEN,     /* the host's data stolen memory */
    FAULT_GTT_STOLEN, /* the host's GTT stolen memory */
    FAULT_OPREGION,   /* the host's OpRegion */
    FAULT_PICTURE,    /* the picture of the host's firmware */
    FAULT_RESERVED,   /* memory that firmware reserved for the device (RMRR) */
    FAULT_BAR,        /* a BAR of the GPU's own */
    FAULT_OTHER_BAR,  /* another device's BAR */
    FAULT_BEYOND,     /* beyond the guest's memory */
    FAULT_UNKNOWN,
    FAULT_CAUSES, /* how many there are */
};

struct fault_place {
    uint64_t start, size;
    enum fault_cause cause;
    char name[48]; /* "the host's stolen memory", "BAR 2 of 0000:00:02.0" */
};

struct fault_places {
    unsigned count;
    struct fault_place places[FAULT_PLACES_MAX];
    uint64_t guest_end; /* first address past the guest's memory; 0: not known */
};

/*
 * Gather the places that `device` may go astray to: what the Intel GPU's config space
 * tells (256 bytes, which only root reads), the firmware's picture, its group's
 * reserved regions, the device's BARs and those of others.
 */
void fault_places_read(struct fault_places *places, const struct host_pci *pci,
                       const struct host_console *console,
                       const struct host_pci_device *device);

/*
 * The same of this computer, or of another below `root` ("" is this one's file system),
 * without the firmware's picture: cheap, and for who needs nothing else.
 */
void fault_places_sysfs(struct fault_places *places, const char *root,
                        const char *device);

/* What they are made of. The GPU: its stolen memory and OpRegion, by its device id. */
void fault_places_add_gpu(struct fault_places *places, uint16_t id,
                          const uint8_t config[256]);
/* Lines of a group's reserved_regions; NULL: none. */
void fault_places_add_reserved(struct fault_places *places, const char *text);
void fault_places_add_picture(struct fault_places *places, uint64_t start,
                              uint64_t size);
/* own: of the device that is watched. Ports are left out. */
void fault_places_add_bar(struct fault_places *places, bool own, const char *address,
                          unsigned bar, uint64_t start, uint64_t size);

/* Always one; `found` may be made up for it. */
const struct fault_place *fault_places_find(const struct fault_places *places,
                                            uint64_t address,
                                            struct fault_place *found);

/* The cause with most faults; FAULT_UNKNOWN of none, or when it is as many. */
enum fault_cause fault_cause_most(const unsigned by_cause[FAULT_CAUSES]);
/* What it means when the GPU keeps going there, and what to do; one sentence each. */
const char *fault_cause_meaning(enum fault_cause cause);
const char *fault_cause_remedy(enum fault_cause cause);
/* What addresses of this cause point at, when no address is at hand. */
const char *fault_cause_place(enum fault_cause cause);
/* A stable name for programs: "stolen", "opregion"... */
const char *fault_cause_name(enum fault_cause cause);

#endif
