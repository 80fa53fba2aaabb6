/* machine.h: the virtual PC as a whole: make it, run it, ask it. */
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

#include "devices/assigned.h"   /* counters of the assigned device */
#include "igd/plan.h"           /* struct igd_plan */
#include "machine/boot_order.h" /* what to boot from */
#include "machine/cpuid.h"      /* processors */
#include "machine/smbios.h"     /* what the guest is told of its PC */
#include "machine/vcpu.h"       /* exit kinds */
#include "vfio/device.h"        /* counters of the vfio device */

#include <stdbool.h> /* bool */
#include <stdint.h>  /* sizes */

struct error;
struct optical_image;
struct sandbox;
struct event_loop;
struct machine;

#define MACHINE_MAX_DISKS   8
#define MACHINE_MAX_CPUS    64
#define MACHINE_MAX_SERIALS 4
#define MACHINE_MAX_CDROMS  4
#define MACHINE_MAX_NICS    4

struct machine_disk {
    const char *path;   /* of the image, device or server's socket */
    bool vhost_user;    /* a vhost-user-blk server has it */
    const char *format; /* by QEMU's name, an image that needs a server; NULL: raw */
    bool read_only;
    bool raw;           /* even if it begins like an image of another format */
    bool direct;        /* past the host's page cache */
    bool no_discard;    /* what the guest frees keeps its room on the host */
    unsigned queues;    /* 0: one a CPU, as far as a disk has them */
    const char *serial; /* NULL: one made of its slot */
};

/* What a serial port is connected to. */
enum machine_serial_kind {
    MACHINE_SERIAL_FDS,      /* in and out; -1: none */
    MACHINE_SERIAL_TERMINAL, /* a pseudo-terminal, whose path is logged */
    MACHINE_SERIAL_SOCKET,   /* clients of a UNIX socket at path */
};

struct machine_serial {
    enum machine_serial_kind kind;
    int in, out;
    const char *path;
};

/* Does the kernel serve a NIC's rings? */
enum machine_vhost { MACHINE_VHOST_AUTO, MACHINE_VHOST_ON, MACHINE_VHOST_OFF };

struct machine_nic {
    bool tap;              /* else a stream socket, fd */
    const char *interface; /* of the tap, NULL: the kernel finds a name */
    const char *name;      /* of the stream, for people */
    int fd;                /* the stream, or an open tap, or -1; stays the caller's */
    unsigned queues;       /* pairs of a tap that is opened here */
    enum machine_vhost vhost;
    bool has_mac;
    uint8_t mac[6];
    uint16_t mtu; /* 0: the backend's */
    bool no_rom;
    const char
        *rom; /* NULL: iPXE, where it is installed and firmware may boot from it */
};

/* The emulated display: a standard VGA, primary where there is one. */
enum machine_display {
    MACHINE_DISPLAY_AUTO, /* where the GPU is in UPT mode, or a picture is wanted */
    MACHINE_DISPLAY_VGA,
    MACHINE_DISPLAY_NONE,
};

#define MACHINE_MAX_HOST_DEVICES 8

/* A host device beside the GPU. */
struct machine_host_device {
    const char *where; /* for vfio_device_open_by */
    bool placed;       /* at devfn; else the machine chooses a place */
    uint8_t devfn;
    const char *rom; /* file that replaces the device's ROM, or NULL */
    bool no_rom;     /* the guest sees no ROM */
};

/* What the user asked for. Strings and fds stay the caller's. */
struct machine_config {
    uint64_t memory; /* guest RAM, bytes, a multiple of 1 MiB */
    uint64_t
        huge_page_size; /* RAM is made of reserved huge pages: 2 MiB, 1 GiB; 0: no */
    bool populate;      /* the host gives all RAM before the guest runs */
    unsigned cpus;
    struct cpuid_setup cpu; /* topology: of `cpus`, or zeros: one socket of cores */
    const char *firmware; /* file, "uefi": the distribution's OVMF; NULL: its SeaBIOS */
    const char *variables; /* file that UEFI firmware keeps its variables in, or NULL */
    const char *kernel, *initrd, *command_line; /* direct boot, or NULL */
    unsigned disk_count;
    struct machine_disk disks[MACHINE_MAX_DISKS];
    unsigned cdrom_count;
    const char *cdroms[MACHINE_MAX_CDROMS]; /* images; NULL: an empty drive */
    struct boot_options boot;
    struct smbios_options smbios;
    bool has_console; /* a virtio console, at console */
    struct machine_serial console;
    bool balloon;
    unsigned nic_count;
    struct machine_nic nics[MACHINE_MAX_NICS];
    const char *device; /* for vfio_device_open_by, or NULL: no assigned device */
    enum vfio_kernel_backend vfio_backend; /* how the kernel's device is reached */
    enum igd_mode mode;
    enum machine_display display;
    bool picture;       /* somebody will look at the emulated display */
    bool address_given; /* bus and devfn are the user's; else the mode's usual */
    uint8_t bus, devfn; /* of the assigned device in the guest */
    enum igd_opregion_use opregion;
    enum igd_monitor monitor; /* is one plugged into the assigned device? */
    const char *rom;          /* file that replaces the device's ROM, or NULL */
    bool no_rom;              /* the guest sees no ROM */
    unsigned host_device_count;
    struct machine_host_device host_devices[MACHINE_MAX_HOST_DEVICES];
    unsigned serial_count; /* ports from COM1 on */
    struct machine_serial serials[MACHINE_MAX_SERIALS];
    int debug_out;           /* fd for port 0x402, -1: none */
    int display_socket;      /* to igdvm-display, -1: nobody looks or types */
    bool no_reboot;          /* a guest reset ends the machine */
    bool sampling;           /* take a sample at the start and at each reset */
    struct sandbox *sandbox; /* entered before the guest runs; NULL: none */
    uint64_t start_time;     /* CLOCK_MONOTONIC, ns, when the program began */
};

/* A look at the process at each guest reset; the first is the start. */
struct machine_sample {
    unsigned fds;
    unsigned slots;
    uint64_t resident_kib;
};

#define MACHINE_MAX_SAMPLES 256

/* Of one assigned device; the names live as long as the machine. */
struct machine_device_stats {
    const char *name, *vfio_backend; /* as vfio_device_name and _backend */
    struct assigned_counters counters;
    struct vfio_counters vfio;
};

struct machine_stats {
    uint64_t exits[EXIT_KINDS];
    uint64_t slot_calls;
    unsigned slots_used;
    uint64_t first_instruction_ns; /* from start_time to the first entry of a vCPU */
    unsigned resets;
    bool has_device; /* the GPU */
    struct machine_device_stats device;
    unsigned host_device_count; /* beside it */
    struct machine_device_stats host_devices[MACHINE_MAX_HOST_DEVICES];
    unsigned sample_count;
    struct machine_sample samples[MACHINE_MAX_SAMPLES];
};

/* Why machine_run came back. */
enum machine_end { MACHINE_POWER_OFF, MACHINE_STOPPED, MACHINE_FAILED };

/*
 * Make the PC: KVM, the assigned device and its plan, memory, devices, boot. NULL
 * with err; when the plan says the mode asked for cannot be had, *refused holds it
 * (free it with igd_plan_free) and err has a summary.
 */
struct machine *machine_new(const struct machine_config *config,
                            struct igd_plan **refused, struct error *err);
void machine_free(struct machine *machine);

/* The plan of the assigned device, or NULL. Lives as long as the machine. */
const struct igd_plan *machine_plan(const struct machine *machine);
/* The assigned device, or NULL. Lives as long as the machine. */
const struct vfio_device *machine_vfio(const struct machine *machine);

/* The first guest physical address past its RAM. */
uint64_t machine_memory_end(const struct machine *machine);

/* The loop machine_run runs; for the caller's own events. */
struct event_loop *machine_event_loop(struct machine *machine);

struct virtio_balloon_state;

/*
 * Ask the guest for so many bytes of its memory; how its balloon stands
 * (devices/virtio_balloon.h). False when the machine has none. Any thread.
 */
bool machine_balloon_set(struct machine *machine, uint64_t bytes);
bool machine_balloon_ask(struct machine *machine, struct virtio_balloon_state *state);

/* Run until the guest powers off, someone stops it, or it fails (err says how). */
enum machine_end machine_run(struct machine *machine, struct error *err);

/* Did a vCPU enter the guest? From any thread while the machine exists. */
bool machine_has_begun(const struct machine *machine);

/* End machine_run with MACHINE_STOPPED. Safe from signal handlers. */
void machine_stop(struct machine *machine);

/*
 * Put another disc into optical drive `drive` (from 0), or with NULL take it out;
 * force: although the guest holds it fast. On the loop's thread. 0, or a negative errno
 * with err: then the drive is as before, and the disc's descriptor the caller's, but
 * the guest was asked to let the disc go.
 */
int machine_change_disc(struct machine *machine, unsigned drive,
                        const struct optical_image *disc, bool force,
                        struct error *err);

/*
 * Press the power button. false: the guest, as firmware or an operating system without
 * ACPI, does not listen to it. From any thread while the machine exists.
 */
bool machine_power_button(struct machine *machine);

/* Press the reset button. From any thread while the machine exists. */
void machine_reset(struct machine *machine);

/* The devices the guest sees, from index 0 on; NULL after the last. */
const char *machine_device_name(const struct machine *machine, unsigned index);

/*
 * Wait until igdvm-display is ready, and begin to show and to be typed at; before
 * machine_run. 0, or negative with err: -ECONNRESET when it ended instead and has said
 * why on standard error. Nothing is done without config.display_socket.
 */
int machine_display_start(struct machine *machine, struct error *err);

/*
 * Save the emulated display as a PNG file at path, which appears whole or not at all.
 * done is called on the loop's thread when it is written (NULL) or failed. 0, or
 * negative with err, and then done is never called: there is no such display, or nobody
 * who draws it. On the loop's thread, or when the loop has ended.
 */
typedef void machine_screenshot_done(void *opaque, const struct error *err);
int machine_screenshot(struct machine *machine, const char *path,
                       machine_screenshot_done *done, void *opaque, struct error *err);

/*
 * Have it written to fd, a file open for writing that stays the caller's, and wait for
 * it, 5 s at most. name: what errors call it. 0, or negative with err.
 */
int machine_screenshot_now(struct machine *machine, int fd, const char *name,
                           struct error *err);

/* After machine_run: wait for screenshots; nobody looks or types any more. */
void machine_display_finish(struct machine *machine);

/*
 * Counters; consistent once machine_run has returned, before that each as of some
 * moment just gone by.
 */
void machine_stats(struct machine *machine, struct machine_stats *stats);

#endif
