/* state.h: the model's inside, for the files of this room that are the model. */
#ifndef MODEL_STATE_H
#define MODEL_STATE_H

#include "igd/ggc.h"          /* struct igd_ggc */
#include "model/chips.h"      /* struct model_chip */
#include "model/clock.h"      /* timers */
#include "model/colour.h"     /* struct colour */
#include "model/dp_sink.h"    /* struct dp_sink */
#include "model/dsb.h"        /* struct dsb */
#include "model/gmbus.h"      /* struct gmbus */
#include "model/gtt.h"        /* struct gtt_page */
#include "model/interrupts.h" /* engines */
#include "model/model.h"      /* options, bus, counters */
#include "model/monitor.h"    /* struct model_monitors */
#include "model/pipes.h"      /* struct pipe_clock */
#include "model/registers.h"  /* struct register_map */
#include "model/scanout.h"    /* struct scanout */
#include "pci/regs.h"         /* PCI_CONFIG_SIZE */

#include <errno.h> /* EFAULT */

struct aperture;
struct error;
struct screen;
struct gt;
struct vga;

#define MODEL_ROM_SIZE 0x20000 /* as a host's shadow at C0000 */

struct model {
    struct model_options options;
    const struct model_chip *chip;
    const struct igd_platform *platform;
    struct igd_ggc ggc; /* decoded: sizes of stolen memory */
    uint16_t ggc_raw;
    uint32_t registers_size, gtt_size; /* the halves of BAR0 */
    uint16_t bdsm_offset;
    uint8_t bdsm_size; /* 4 or 8 */
    const struct model_bus *bus;
    void *opaque;
    struct model_monitors monitors;
    uint64_t
        fault_next[FAULT_COUNT]; /* when those that act on their own do; 0: never */
    uint64_t fault_interrupts;   /* that were up to a fault */

    uint8_t config[PCI_CONFIG_SIZE];
    uint8_t config_mask[PCI_CONFIG_SIZE];

    uint8_t *registers; /* the register half of BAR0: private memory */
    int gtt_fd;         /* the GTT half: a memfd the client may map, as long as BAR0 */
    uint8_t *gtt;
    struct aperture *aperture; /* BAR2's memory; NULL: every access is translated */
    uint32_t io_index;         /* MMIO_Index of the IOBAR pair */

    struct register_map *map; /* the chip's rules for them */

    uint64_t time;                   /* last seen of the bus's clock */
    uint64_t deadlines[TIMER_COUNT]; /* 0: off */
    uint64_t armed;                  /* when the bus was asked to call; 0: not */

    bool interrupt, pin;              /* last told to the bus */
    bool south_pending;               /* up to Haswell: the PCH's line */
    uint16_t gt_events[ENGINE_COUNT]; /* Gen11 on: not yet selected */
    struct pipe_clock pipes[MODEL_PIPES];
    struct scanout scanouts[MODEL_PIPES];
    struct colour colours[MODEL_PIPES];
    struct dsb dsbs[MODEL_PIPES][MODEL_DSBS];
    bool dsbs_run;                           /* one of them writes registers just now */
    uint64_t colour_serial;                  /* of the last transform that was made */
    struct screen *crc_screens[MODEL_PIPES]; /* pictures that are summed up, or NULL */
    bool crc_valid[MODEL_PIPES];
    bool crc_waits[MODEL_PIPES];   /* for the driver to read it */
    uint32_t infoframes[3][4][16]; /* Sandy and Ivy Bridge: by pipe and kind */
    struct gmbus gmbus;
    struct dp_sink sinks[MODEL_MONITORS_MAX]; /* of the monitors, in their order */
    uint32_t sideband[2][1 << 14];            /* the PCH's clocks, by address / 4 */

    struct gt *gt; /* engines and what they execute */

    struct vga *vga; /* host regions only, as the next three */
    uint8_t *rom;
    uint8_t *opregion;
    uint32_t opregion_size;
    uint8_t host_bridge[PCI_CONFIG_SIZE];
    uint8_t lpc_bridge[PCI_CONFIG_SIZE];

    struct model_counters counters;
};

/* From Meteor Lake on there is none, and BAR2 shows stolen memory (LMEMBAR). */
static inline bool model_has_iobar(const struct model *model)
{
    return model->platform->stolen != IGD_STOLEN_NONE;
}

/* The client's memory; -EFAULT where there is none. */
static inline int model_dma_read(struct model *model, uint64_t address, void *data,
                                 size_t size)
{
    return model->bus ? model->bus->dma_read(model->opaque, address, data, size)
                      : -EFAULT;
}

static inline int model_dma_write(struct model *model, uint64_t address,
                                  const void *data, size_t size)
{
    return model->bus ? model->bus->dma_write(model->opaque, address, data, size)
                      : -EFAULT;
}

/* config.c: offset + size lies inside config space; size 1, 2 or 4, aligned. */
void config_power_on(struct model *model);
void config_reset(struct model *model);
uint32_t config_read(const struct model *model, unsigned offset, unsigned size);
void config_write(struct model *model, unsigned offset, uint32_t value, unsigned size);
/* Base of stolen memory without lock bit; 0: none yet. */
uint64_t config_bdsm(const struct model *model);

/* registers.c: the register half of BAR0; same rules. */
void registers_reset(struct model *model);
uint32_t registers_read(struct model *model, uint32_t offset, unsigned size);
void registers_write(struct model *model, uint32_t offset, uint32_t value,
                     unsigned size);

/* gtt.c: the GTT half, and what it translates. Sizes as above, offsets in range. */
void gtt_reset(struct model *model);
uint32_t gtt_read(const struct model *model, uint32_t offset, unsigned size);
void gtt_write(struct model *model, uint32_t offset, uint32_t value, unsigned size);
/* What this entry says. */
struct gtt_page gtt_page_decode(const struct model *model, uint64_t pte);
/* Does this bus address lie in data stolen memory? */
bool gtt_is_stolen(const struct model *model, uint64_t address);
/* Bytes from address to the end of its page, at most size. */
size_t gtt_page_part(uint64_t address, size_t size);

/* aperture.c: BAR2. 0 or a negative errno with err set. */
int aperture_make(struct model *model, struct error *err);
void aperture_free(struct model *model);
void aperture_reset(struct model *model);
/* Bytes of the GTT, from its start, whose writes must be seen as they are made. */
uint32_t aperture_trapped_entries(const struct model *model);
/* Bytes of the GTT were written, by a trapped access. */
void aperture_entries_written(struct model *model, uint32_t offset, size_t size);
/* The same, through the I/O BAR. */
void aperture_entries_by_port(struct model *model, uint32_t offset, size_t size);
/* What a client maps as BAR2, as long as BAR2; -1: every access is trapped. */
int aperture_fd(const struct model *model);
/* Trapped accesses of the CPU; offsets in range. */
void aperture_read(struct model *model, uint64_t offset, uint8_t *data, size_t size);
void aperture_write(struct model *model, uint64_t offset, const uint8_t *data,
                    size_t size);
/* aperture_trapped.c: the same where BAR2 is no memory of its own. */
void aperture_trapped_read(struct model *model, uint64_t offset, uint8_t *data,
                           size_t size);
void aperture_trapped_write(struct model *model, uint64_t offset, const uint8_t *data,
                            size_t size);
/* The driver says it changed entries of the GTT (GFX_FLSH_CNTL), or may have. */
void aperture_sync(struct model *model);
/* The driver waits for what the CPU wrote through the aperture to be in memory. */
void aperture_flush(struct model *model);
/*
 * Around a change of what the CPU sees of these GGTT addresses, whole pages: what it
 * wrote goes to memory; what is in memory shows.
 */
void aperture_take_out(struct model *model, uint64_t first, uint64_t last);
void aperture_bring_in(struct model *model, uint64_t first, uint64_t last);
/* What the GPU has at a GGTT address; size ends inside the page. 0 or -EFAULT. */
int aperture_gpu_read(struct model *model, uint64_t address, uint8_t *data,
                      size_t size);
int aperture_gpu_write(struct model *model, uint64_t address, const uint8_t *data,
                       size_t size);

/* iobar.c: the index and data pair in I/O space. */
uint32_t iobar_read(struct model *model, unsigned offset, unsigned size);
void iobar_write(struct model *model, unsigned offset, uint32_t value, unsigned size);

/* bridges.c: config space of the host's 00:00.0 and 00:1f.0. */
void bridges_fill(struct model *model);

#endif
