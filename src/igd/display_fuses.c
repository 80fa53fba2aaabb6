/*
 * display_fuses.c: the table of registers in which drivers look whether there is a
 * display, one row each.
 *
 * A driver without an OpRegion may assume the usual outputs (Linux's i915 does). Before
 * that it looks whether the display of this chip was fused off at the factory, or at
 * the straps of the board's ports where no such fuse is known.
 */
#include "igd/display_fuses.h"

#include "base/bytes.h" /* ARRAY_SIZE */

#include <stddef.h> /* size_t */

#define INFO "Linux i915 display/intel_display_device.c"
#define PORT "Linux i915 display/intel_display.c"
#define CRT  "Linux i915 display/intel_crt.c"
#define LVDS "Linux i915 display/intel_lvds.c"

#define REASON "the OpRegion is withheld, and drivers would assume outputs without it"

/* Bits are those of Linux i915 i915_reg.h; Intel PRMs, volume 2c of each chip. */
#define BITS(title, how, bits, address, said_by)                               \
    {                                                                          \
        .name = (title), .reason = REASON, .source = (said_by), .rule = (how), \
        .value = (bits), .mirror = (address), .mirror_size = 4                 \
    }
/* A port's register with nothing behind it: no strap says that it is wired. */
#define ABSENT(title, address, said_by) \
    BITS(title, IGD_OVERLAY_READ_ONLY, 0, address, said_by)

#define LATEST UINT16_MAX

static const struct {
    enum igd_display_fuses fuses; /* for platforms that have these... */
    unsigned first, last;         /* ...of these generations */
    struct igd_overlay_register reg;
} rows[] = {
    /* Pipes A, B and C disabled; D has a bit from Gen12 on. */
    { IGD_DISPLAY_DFSM, 90, 110,
      BITS("DFSM", IGD_OVERLAY_FORCED, 0x50200000, 0x51000, INFO) },
    { IGD_DISPLAY_DFSM, 120, LATEST,
      BITS("DFSM", IGD_OVERLAY_FORCED, 0x50600000, 0x51000, INFO) },
    /*
     * Linux of about 5.10 takes a DFSM without pipes for a mistake; up to Gen10
     * it believes the straps of DDI B, C, D and F.
     */
    { IGD_DISPLAY_DFSM, 90, 100,
      BITS("SFUSE_STRAP", IGD_OVERLAY_GATED, 0x0000000f, 0xc2014, PORT) },
    /* Internal display disabled. */
    { IGD_DISPLAY_FUSE_STRAP, 0, LATEST,
      BITS("FUSE_STRAP", IGD_OVERLAY_FORCED, 0x40000000, 0x42014, INFO) },
    /* Where analog outputs are fused off, the register keeps no enable bit. */
    { IGD_DISPLAY_PORTS, 0, LATEST, ABSENT("ADPA", 0xe1100, CRT) },
    { IGD_DISPLAY_PORTS, 0, LATEST, ABSENT("HDMIB", 0xe1140, PORT) },
    { IGD_DISPLAY_PORTS, 0, LATEST, ABSENT("HDMIC", 0xe1150, PORT) },
    { IGD_DISPLAY_PORTS, 0, LATEST, ABSENT("HDMID", 0xe1160, PORT) },
    { IGD_DISPLAY_PORTS, 0, LATEST, ABSENT("LVDS", 0xe1180, LVDS) },
    { IGD_DISPLAY_PORTS, 0, LATEST, ABSENT("DP_A", 0x64000, PORT) },
    { IGD_DISPLAY_PORTS, 0, LATEST, ABSENT("DP_B", 0xe4100, PORT) },
    { IGD_DISPLAY_PORTS, 0, LATEST, ABSENT("DP_C", 0xe4200, PORT) },
    { IGD_DISPLAY_PORTS, 0, LATEST, ABSENT("DP_D", 0xe4300, PORT) },
    /* Port D is Cherryview's; Bay Trail has nothing there. */
    { IGD_DISPLAY_PORTS_VLV, 0, LATEST, ABSENT("ADPA", 0x1e1100, CRT) },
    { IGD_DISPLAY_PORTS_VLV, 0, LATEST, ABSENT("HDMIB", 0x1e1140, PORT) },
    { IGD_DISPLAY_PORTS_VLV, 0, LATEST, ABSENT("HDMIC", 0x1e1160, PORT) },
    { IGD_DISPLAY_PORTS_VLV, 0, LATEST, ABSENT("HDMID", 0x1e116c, PORT) },
    { IGD_DISPLAY_PORTS_VLV, 0, LATEST, ABSENT("DP_B", 0x1e4100, PORT) },
    { IGD_DISPLAY_PORTS_VLV, 0, LATEST, ABSENT("DP_C", 0x1e4200, PORT) },
    { IGD_DISPLAY_PORTS_VLV, 0, LATEST, ABSENT("DP_D", 0x1e4300, PORT) },
};

void igd_display_fuse_off(struct igd_overlay *overlay,
                          const struct igd_platform *platform)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows) && overlay->count < IGD_OVERLAY_MAX; i++) {
        if (rows[i].fuses == platform->display &&
            platform->generation >= rows[i].first &&
            platform->generation <= rows[i].last)
            overlay->registers[overlay->count++] = rows[i].reg;
    }
}
