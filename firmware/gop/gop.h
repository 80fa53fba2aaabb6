/* gop.h: the parts of the driver, and one GPU as all of them see it. */
#ifndef GOP_GOP_H
#define GOP_GOP_H

#include "../uefi/uefi.h" /* interfaces */

#include <stdbool.h> /* bool */

#define GOP_MODES     4
#define GOP_EDID_SIZE 128 /* the base block */

/* One direction of a mode, pixels or lines from the start of what is shown. */
struct gop_axis {
    uint16_t active, sync_start, sync_end, total;
};

struct gop_mode {
    struct gop_axis horizontal, vertical;
    uint32_t clock;                      /* kHz */
    bool horizontal_high, vertical_high; /* pulses */
};

/* What the display is like, to what turns on a port. */
enum gop_display {
    GOP_SANDY_BRIDGE, /* a panel on the processor, other ports in the PCH, behind FDI */
    GOP_IVY_BRIDGE,
    GOP_HASWELL, /* and Broadwell: from here on ports are DDIs */
    GOP_SKYLAKE, /* to Comet Lake */
    GOP_BROXTON, /* Apollo and Gemini Lake */
    GOP_CANNON_LAKE,
    GOP_ICE_LAKE,   /* and Elkhart Lake */
    GOP_TIGER_LAKE, /* and Alder Lake P */
    GOP_ROCKET_LAKE,
    GOP_ALDER_LAKE_S,
    GOP_DISPLAYS,
};

#define GOP_PORTS 8

/* One port of the chip. */
struct gop_port {
    uint8_t letter; /* 0 is A: counts PHYs where they are not counted as DDIs are */
    uint8_t ddi;    /* by which its registers lie */
    uint8_t aux_channel; /* likewise of AUX */
    uint8_t gmbus_pin;   /* 0: not for HDMI */
    bool has_aux;
};

/*
 * What a copy of the image is told of the chip it is for: src/model/rom_image.c fills
 * it in, at the place that finish.py gives it in the image's header.
 */
struct gop_config {
    char signature[8];   /* "IGDVMGOP" */
    uint32_t gtt_offset; /* of the GTT in BAR0 */
    uint16_t device;     /* PCI device identifier */
    uint8_t bdsm;     /* place of BDSM in config space; its low half where it is wide */
    uint8_t pte_size; /* bytes of a GTT entry */
    uint8_t gms_shift, gms_mask; /* of the GMS field in GGC */
    uint8_t gms_codes;           /* enum gop_gms_codes */
    uint8_t universal_planes;    /* 0: registers of planes up to Gen8, 1: Gen9 */
    uint8_t display;             /* enum gop_display */
    uint8_t port_count;
    struct gop_port ports[GOP_PORTS];
};

/* Which GMS codes are no multiples of 32 MiB. */
enum gop_gms_codes {
    GOP_GMS_LARGE,
    GOP_GMS_FROM_F0, /* from F0 on 4 MiB steps (Gen9) */
};

struct gop {
    struct efi_graphics_output output; /* first: what callers hand over is this one */
    const struct efi_boot_services *boot;
    const struct gop_config *config;
    struct efi_pci_io *pci;
    uint64_t pci_attributes; /* as they were */
    efi_handle controller, child;
    struct efi_device_path *path; /* of the child */
    uint64_t registers;           /* BAR0 */
    uint64_t aperture;            /* BAR2 */
    uint64_t stolen;              /* base of stolen memory */
    uint32_t stolen_size;         /* bytes */
    struct gop_mode modes[GOP_MODES];
    const struct gop_port *port; /* that shows the modes; NULL: none does */
    bool connected;              /* pipe A to it */
    bool is_displayport;
    struct {
        uint32_t clock, lanes; /* kHz of bytes */
        uint8_t code, choice;  /* the clock: in DPCD; in what chooses a port's clock */
    } link;
    struct efi_graphics_state state;
    struct efi_graphics_mode info; /* of the mode that is set */
    uint8_t edid_bytes[GOP_EDID_SIZE];
    struct efi_edid edid;
};

/* output.c: modes and their setting. Fills state and output; no mode is set yet. */
void output_prepare(struct gop *gop);

/* blit.c: as EFI_GRAPHICS_OUTPUT_PROTOCOL.Blt(). */
efi_status EFIAPI output_blit(struct efi_graphics_output *output,
                              struct efi_pixel *buffer, enum efi_blt operation,
                              size_t from_x, size_t from_y, size_t to_x, size_t to_y,
                              size_t width, size_t height, size_t pitch);

/* registers.c: the registers of BAR0, config space, the GTT. */
uint32_t register_read(struct gop *gop, uint32_t offset);
void register_write(struct gop *gop, uint32_t offset, uint32_t value);
/* These bits become 0, then those 1; the others stay. */
void register_change(struct gop *gop, uint32_t offset, uint32_t clear, uint32_t set);
uint32_t config_read32(struct gop *gop, uint32_t offset);
uint16_t config_read16(struct gop *gop, uint32_t offset);
void config_write32(struct gop *gop, uint32_t offset, uint32_t value);
/* A memory BAR's address; it is `number` places behind the first one. */
uint64_t bar_address(struct gop *gop, unsigned number);
/* The aperture's start shows this much of stolen memory. */
void gtt_map_stolen(struct gop *gop, uint32_t size);

/* How much further than pipe A's the registers of its transcoder are. */
uint32_t transcoder_offset(const struct gop *gop);

/*
 * pipe.c: pipe A shows the aperture's start in this mode, on the port. pitch: bytes, a
 * multiple of 64.
 */
void pipe_start(struct gop *gop, const struct gop_mode *mode, uint32_t pitch);
void pipe_stop(struct gop *gop);

/*
 * port.c: the way from pipe A to the port, if there is one with such a clock: clock and
 * transcoder before the pipe runs, the port itself after that.
 */
void port_connect(struct gop *gop, const struct gop_mode *mode);
void port_enable(struct gop *gop, const struct gop_mode *mode);
void port_disable(struct gop *gop);

/* fdi.c: the same on Sandy and Ivy Bridge; false: no such clock. */
bool fdi_connect(struct gop *gop, const struct gop_mode *mode);
void fdi_enable(struct gop *gop, const struct gop_mode *mode);
void fdi_disable(struct gop *gop);

/*
 * link.c: a DisplayPort link of the port. How fast and wide it is for a mode; false:
 * that is not possible. Its training: the function has the port send pattern 1, 2, or
 * pixels (0).
 */
bool link_choose(struct gop *gop, const struct gop_mode *mode);
void link_train(struct gop *gop, void (*send)(struct gop *gop, unsigned pattern));
/*
 * How pixels of this clock fill a link: of the transcoder whose registers are so much
 * further than pipe A's. kHz, of pixels and of a lane's bytes.
 */
void link_fill(struct gop *gop, uint32_t transcoder, uint32_t clock, uint32_t link,
               uint32_t lanes);
/* A panel's power and backlight; they stay on. */
void panel_on(struct gop *gop);

/* pll.c: the PLL of the port, at this clock (kHz); false: it cannot be had. */
bool pll_start(struct gop *gop, uint32_t clock);
void pll_stop(struct gop *gop);

/*
 * edid.c: the base block of the first monitor that answers, DisplayPort first; false:
 * none. Sets the port, which is B if there is no monitor.
 */
bool edid_read(struct gop *gop, uint8_t edid[GOP_EDID_SIZE]);
/* Does it begin as one, and add up? */
bool edid_is_good(const uint8_t edid[GOP_EDID_SIZE]);
/* Its preferred mode; false when it names none, or an interlaced one. */
bool edid_preferred(const uint8_t edid[GOP_EDID_SIZE], struct gop_mode *mode);

/* aux.c: the same of a DisplayPort monitor at this port; false: none answers. */
bool aux_read_edid(struct gop *gop, const struct gop_port *port,
                   uint8_t edid[GOP_EDID_SIZE]);

/* The same port's DPCD. */
bool aux_read(struct gop *gop, uint16_t address, uint8_t *value);
bool aux_write(struct gop *gop, uint16_t address, uint8_t value);

/*
 * platform.c: what a PC's firmware does before it runs the driver, done where nobody
 * has (QEMU): memory is set aside as stolen memory, and an OpRegion put up.
 */
efi_status platform_place_stolen(struct gop *gop);
void platform_place_opregion(struct gop *gop);

#endif
