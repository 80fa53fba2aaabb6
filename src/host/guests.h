/* guests.h: how the GPU was given to guests with libvirt and QEMU, and what they said.
 */
#ifndef HOST_GUESTS_H
#define HOST_GUESTS_H

#include "host/fact.h" /* enum fact */

#include <stddef.h> /* size_t */
#include <stdint.h> /* addresses */

struct host_root;

/* What QEMU says when it fails; the table in guests.c has the words. */
enum qemu_sign {
    QEMU_NO_OPREGION,
    QEMU_NO_LEGACY_GENERATION,
    QEMU_NO_ROM,
    QEMU_NO_VGA,
    QEMU_LPC_TAKEN,
    QEMU_NO_BRIDGE_REGIONS,
    QEMU_HOT_PLUGGED,
    QEMU_NOT_VIABLE,
    QEMU_NO_GROUP,
    QEMU_MAP_FAILED,  /* -22 */
    QEMU_MAP_MEMORY,  /* -12 */
    QEMU_MMAP_FAILED, /* a BAR */
    QEMU_ROM_EMPTY,
    QEMU_GMS_REFUSED,
    QEMU_LEGACY_REFUSED,
    QEMU_LEGACY_DISABLED,
    QEMU_NO_REMAPPING,
    QEMU_NO_ACCESS, /* permission on /dev/vfio */
    QEMU_ROM_FILE,  /* cannot be opened */
    QEMU_NO_KVM,
    QEMU_KVM_DENIED,
    QEMU_KVM_BUSY,       /* another hypervisor has VT-x */
    QEMU_NO_IOMMU_MODEL, /* vfio has no driver of the IOMMU's */
    QEMU_STUCK,          /* the device stays in D3 */
    QEMU_NOT_OPENED,     /* the kernel refuses the open device: -EINVAL */
    QEMU_SLOT_TAKEN,     /* 02.0 of the guest */
    QEMU_BUSY,           /* the group or device is in use */
    QEMU_OPTION_UNKNOWN, /* of IGD, to this QEMU */
    QEMU_SIGNS,
};

enum guest_machine { MACHINE_UNKNOWN, MACHINE_I440FX, MACHINE_Q35, MACHINE_OTHER };

/* One guest that was given a display device of this host, as far as told. */
struct host_guest {
    char name[64];
    char file[128]; /* where it is told */
    enum guest_machine machine;
    char host_address[16]; /* of the device given: "0000:00:02.0" */
    bool mdev;             /* a mediated device, not the device itself */
    bool others;           /* it was given other devices of the host's */
    bool slot_known;
    unsigned bus, slot, function; /* in the guest */
    enum fact uefi;               /* OVMF */
    enum fact emulated_video;     /* NO: <video> none, -vga none */
    bool rom_bar_off;
    char rom_file[160];
    bool legacy_asked, legacy_off;  /* x-igd-legacy-mode=on/off, legacy-igd=1 */
    bool opregion_off, opregion_on; /* x-igd-opregion=off/on */
    bool address_limit;             /* phys-bits limited */
    uint64_t ram_size;              /* bytes; 0: not known */
    bool gives_audio;               /* 00:1f.3 or 00:1b.0, too */
    char audio[16];
    unsigned qemu_major, qemu_minor; /* 0: not known */
    char messages[QEMU_SIGNS][200];  /* the last line with each sign; "": none */
    unsigned message_order[QEMU_SIGNS];
};

#define MAX_GUESTS 16

struct host_guests {
    unsigned count;
    struct host_guest guests[MAX_GUESTS]; /* only those with a display device */
};

void host_guests_read(struct host_guests *guests, const struct host_root *root);

/* Read one domain's XML, or one log, into guest. False: it has no display device of the
 * host's, or it is no such thing. */
bool host_guest_parse_xml(struct host_guest *guest, const char *xml, size_t size);
bool host_guest_parse_log(struct host_guest *guest, const char *log);

/* Is a line of a log what QEMU said, and no part of its command line? It begins with
 * the time, or with QEMU's name. */
bool host_guest_log_says(const char *line);

/* Proxmox's NUMBER.conf likewise; mappings: its mapping/pci.cfg, which says what device
 * a name is, or NULL. */
bool host_guest_parse_proxmox(struct host_guest *guest, const char *config,
                              const char *mappings);

#endif
