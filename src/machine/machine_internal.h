/* machine_internal.h: the virtual PC's parts, for the files that make and run it. */
#ifndef MACHINE_INTERNAL_H
#define MACHINE_INTERNAL_H

#include "base/error.h"             /* the error a run ended with */
#include "devices/board.h"          /* struct board */
#include "machine/e820.h"           /* struct e820_range */
#include "machine/firmware_image.h" /* SeaBIOS */
#include "machine/gathered.h"       /* struct gathered_writes */
#include "machine/input.h"          /* struct input_devices */
#include "machine/kvm.h"            /* struct kvm */
#include "machine/machine.h"        /* struct machine_config */
#include "machine/memory.h"         /* struct memory */
#include "machine/variable_store.h" /* struct variable_store */
#include "machine/vcpu.h"           /* struct vcpu */

#define MACHINE_MAX_DEVICES 48
#define MACHINE_MAX_DMA     (1 + MACHINE_MAX_HOST_DEVICES)

/* A device, or several that share an address space, that reach guest memory. */
struct machine_dma {
    struct vfio_device *vfio; /* mapped through this one */
    unsigned mapped;          /* RAM blocks */
};

/* A host device beside the GPU. */
struct host_device {
    struct machine *machine;
    struct vfio_device *vfio;
    struct assigned *assigned; /* in the list of devices, too */
    uint8_t devfn;             /* in the guest */
};

/* What somebody asked of the machine; bits of machine.requests. */
enum machine_request {
    REQUEST_RESET = 1,
    REQUEST_POWER_OFF = 2,
    REQUEST_STOP = 4,
    REQUEST_FAIL = 8,
};

struct machine {
    struct machine_config config;
    struct board board;
    struct kvm kvm;
    bool kvm_open;
    struct firmware_image firmware;
    struct variable_store variables; /* of UEFI firmware, else nothing */
    struct memory memory;
    struct vfio_device *vfio;
    unsigned dma_count;
    struct machine_dma dma[MACHINE_MAX_DMA];
    unsigned host_device_count;
    struct host_device host_devices[MACHINE_MAX_HOST_DEVICES];
    struct igd_plan *plan;
    struct assigned *assigned;
    struct e820_range opregion; /* set aside for it; size 0: nothing */
    struct fw_cfg *fw_cfg;
    struct device *balloon;                         /* NULL: none; in devices, too */
    struct serial_line *lines[MACHINE_MAX_SERIALS]; /* NULL: a port without one */
    struct serial_line *console_line;               /* likewise */
    struct device *ide;                             /* NULL without optical drives */
    struct device *power_management;                /* has the power button */
    struct vga *vga;                                /* the emulated display, or NULL */
    struct display_link *link;                      /* to igdvm-display, or NULL */
    struct input *input;                            /* what it hands on; with link */
    struct input_devices inputs;                    /* where that goes */
    unsigned virtio_lights;                         /* of the virtio keyboard */
    unsigned device_count;
    struct device *devices[MACHINE_MAX_DEVICES];
    struct gathered_writes gathered;
    struct vcpu_owner owner;
    struct vcpu *vcpus; /* config.cpus of them */
    unsigned vcpu_count;
    struct chip_state *chips; /* at power-on; NULL until the first reset */

    atomic_int requests;
    atomic_int attention; /* vCPUs leave the guest and park */
    pthread_mutex_t park_lock;
    pthread_cond_t park_changed;
    unsigned parked;
    bool ending;
    struct error failure;

    _Atomic uint64_t first_entry_ns;
    unsigned resets;
    unsigned sample_count;
    struct machine_sample samples[MACHINE_MAX_SAMPLES];
};

/* board.c: the board_ops of a machine. */
int machine_board_init(struct machine *machine, struct error *err);

/*
 * uefi.c: the variables of UEFI firmware, before memory is made; what of the image of
 * either kind is code; the flash with the variables, as a device.
 */
int machine_open_variables(struct machine *machine, struct error *err);
uint8_t *machine_firmware_code(const struct machine *machine, size_t *size);
struct device *machine_flash_new(struct machine *machine, struct error *err);

/* igd_setup.c: facts from the vfio device to a plan. */
int machine_plan_device(struct machine *machine, struct igd_plan **refused,
                        struct error *err);

/* dma.c: guest memory, for each address space of devices. */
void machine_dma_add(struct machine *machine, struct vfio_device *vfio);
int machine_map_dma(struct machine *machine, struct error *err);
void machine_unmap_dma(struct machine *machine);

/*
 * igd_opregion.c: set aside memory for the OpRegion, where the guest's firmware puts it
 * nowhere (before devices are made), and fill it (before the guest starts).
 */
int machine_reserve_opregion(struct machine *machine, struct error *err);
void machine_fill_opregion(struct machine *machine);

/*
 * host_devices.c: devices beside the GPU. They are opened after it, put on the bus
 * when it and all emulated devices are there, and closed after their bus function is
 * gone. new: the device of this number, NULL with err; tell_functions: when all are on
 * the bus.
 */
int host_devices_open(struct machine *machine, struct error *err);
struct device *host_device_new(struct machine *machine, unsigned number,
                               struct error *err);
int host_devices_tell_functions(struct machine *machine, struct error *err);
void host_devices_close(struct machine *machine);
/* Bytes of memory their BARs need. */
uint64_t host_devices_bar_size(const struct machine *machine);

/* devices.c: every device of the PC, and the firmware's files. */
int machine_add_devices(struct machine *machine, struct error *err);

/* nics.c: the virtual NIC of this number, with what is behind it. NULL with err. */
struct device *machine_nic_new(struct machine *machine, unsigned index,
                               struct error *err);

/* vga_setup.c: did the user ask for the emulated display, is there one, make it. */
bool machine_display_asked(const struct machine_config *config);
bool machine_has_display(const struct machine *machine);
int machine_make_vga(struct machine *machine, struct error *err);

/*
 * display_setup.c: with config.display_socket, the link to igdvm-display before the
 * devices are made, and its connection to them afterwards.
 */
int machine_open_display(struct machine *machine, struct error *err);
int machine_connect_display(struct machine *machine, struct error *err);
void machine_close_display(struct machine *machine);

/* run.c */
void machine_request(struct machine *machine, enum machine_request request);
/* End the run with MACHINE_FAILED; the first reason given is the one that is told. */
void machine_fail(struct machine *machine, const char *who, const char *reason);
void machine_run_init(struct machine *machine);

/* sample.c: fds, slots and resident memory of this process now. */
struct machine_sample machine_take_sample(struct machine *machine);

#endif
