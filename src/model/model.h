/* model.h: the Intel GPU in software: its regions, resets and interrupt. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "model/fault.h" /* struct model_faults */

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* registers */

struct error;
struct model;
struct model_chip;
struct model_monitors;

/* Region numbers, as in linux/vfio.h; what the model has of them. */
enum {
    MODEL_REGION_BAR0 = 0,
    MODEL_REGION_BAR2 = 2,
    MODEL_REGION_BAR4 = 4,
    MODEL_REGION_ROM = 6,
    MODEL_REGION_CONFIG = 7,
    MODEL_REGION_VGA = 8,
    MODEL_REGION_OPREGION = 9, /* the last three with host regions only */
    MODEL_REGION_HOST_BRIDGE = 10,
    MODEL_REGION_LPC_BRIDGE = 11,
    MODEL_REGION_MAX = 12,
};

/* The slot the model is plugged into. Calls come on the thread that calls the model. */
struct model_bus {
    /* Bus-master access. 0, or -EFAULT when any byte is not memory. */
    int (*dma_read)(void *opaque, uint64_t address, void *data, size_t size);
    int (*dma_write)(void *opaque, uint64_t address, const void *data, size_t size);
    /*
     * condition: an enabled interrupt is pending; each time it comes is one MSI.
     * pin: so is INTA asserted, for neither MSI nor the command register's INTx-off bit
     * is set. Called when one of them changes.
     */
    void (*interrupt)(void *opaque, bool condition, bool pin);
    /*
     * Call model_frame once, this many nanoseconds from now, in place of what was asked
     * before; 0: not at all.
     */
    void (*frame_timer)(void *opaque, uint64_t delay);
    /* Monotonic time, nanoseconds. NULL: time passes with calls of model_frame only. */
    uint64_t (*now)(void *opaque);
};

/* How the CPU's accesses to BAR2 find their memory: see aperture.c. */
enum model_aperture {
    MODEL_APERTURE_FAST,  /* the client maps it; exact for stolen memory */
    MODEL_APERTURE_EXACT, /* every access is translated */
};

struct model_options {
    const struct model_chip *chip;
    enum model_aperture aperture;
    /*
     * Pose as vfio-pci on a host does: ROM, VGA and device-specific regions, and
     * BDSM and ASLS as that host's firmware left them.
     */
    bool host_regions;
    uint32_t bdsm;   /* preset and locked; 0: left to the firmware */
    uint32_t lpc_id; /* device << 16 | vendor of the host's 00:1f.0 */
    /* How the host's firmware set it up. */
    uint8_t subclass;          /* 0: VGA compatible (class 0300); 0x80: other display */
    bool vga_disabled;         /* IVD of GGC */
    bool has_gms;              /* stolen memory is as gms says, not 64 MiB */
    uint8_t gms;               /* the GMS field of GGC */
    unsigned display_slowdown; /* pipes run this many times slower; 0 is 1 */
    /*
     * Percent of a frame for which a vertical blank waits after a driver looked at the
     * scan line or wrote a plane, so that a guest of any speed is done in time (and for
     * a picture's checksum to be read); 0: the clock waits for nobody, as hardware.
     */
    unsigned display_patience;
    struct model_faults faults; /* on from the start */
    /* Connectors and monitors, copied; NULL: the chip's usual ones. */
    const struct model_monitors *monitors;
    uint32_t absent; /* regions it does not offer, a bit each: as older kernels */
};

/* What the guest rang or did; never reset. */
struct model_counters {
    uint64_t swsci, swsmi, asle; /* config writes */
    uint64_t function_resets, frames;
    uint64_t aperture_faults; /* accesses through an invalid or unbacked entry */
    uint64_t stray_writes, stray_refused; /* of the fault dma-stray */
    uint64_t gtt_faults;                  /* the same of the GPU itself */
};

/* One region as the client is told of it. */
struct model_region {
    uint64_t size; /* 0: absent */
    bool writeable;
    uint32_t type, subtype;        /* device-specific ones */
    uint64_t map_offset, map_size; /* the part that can be mapped; size 0: none */
    int fd;                        /* behind that part, same offset; the model's */
};

/* bus may be NULL (no memory, no interrupt). NULL on failure with err set. */
struct model *model_new(const struct model_options *options,
                        const struct model_bus *bus, void *opaque, struct error *err);
void model_free(struct model *model);

/* As switched on: also what firmware had set and locked is gone, except presets. */
void model_power_on(struct model *model);

/* Function level reset: registers, GTT and config; GGC, BDSM and ASLS stay. */
void model_reset(struct model *model);

/* Facts of a region; size 0 when the model has none of this number. */
struct model_region model_region(const struct model *model, unsigned index);

/*
 * Access size bytes at offset; anything but 1, 2 and 4 naturally aligned bytes is done
 * in such pieces. 0, or -EINVAL outside the region or where it cannot be accessed.
 */
int model_read(struct model *model, unsigned region, uint64_t offset, void *data,
               size_t size);
int model_write(struct model *model, unsigned region, uint64_t offset, const void *data,
                size_t size);

/* The time asked for with frame_timer has come: the next vertical blank, as a rule. */
void model_frame(struct model *model);

/* Is an enabled interrupt pending? */
bool model_interrupt_pending(const struct model *model);

/* Set the MSI enable bit, as a kernel does for a VFIO client. */
void model_set_msi(struct model *model, bool enabled);

struct model_counters model_counters(const struct model *model);

/*
 * Plug a monitor into a connector of the board, as a --monitor list writes one
 * ("hdmi-b:1280x720"; without modes, "hdmi-b", the one that was there last), or pull it
 * out ("hdmi-b"); the guest is told as by real hot-plug. 0, or -EINVAL with err saying
 * which connectors there are.
 */
int model_plug(struct model *model, const char *text, struct error *err);
int model_unplug(struct model *model, const char *connector, struct error *err);

/* What there is to know of a model from outside, as one JSON object. Free it. */
char *model_describe(const struct model *model);

/* The VGA text screen, 25 lines with newlines, trailing blanks cut. Free it. */
char *model_vga_text(const struct model *model);

#endif
