/* ggc.h: GGC, the GMCH graphics control register, and BDSM, the stolen-memory base. */
#ifndef IGD_GGC_H
#define IGD_GGC_H

#include "igd/platform.h" /* layouts */

/* Register places in 00:02.0 (facts: Linux arch/x86/kernel/early-quirks.c). */
#define IGD_REG_GGC    0x50 /* 16 bits */
#define IGD_REG_BDSM32 0x5c /* 32 bits, Gen6 to Gen9: 31:20 base, bit 0 lock */
#define IGD_REG_MSAC   0x62
#define IGD_REG_BDSM64 0xc0 /* 64 bits, Gen11 and Gen12: 63:20 base, bit 0 lock */
#define IGD_REG_SWSMI  0xe0
#define IGD_REG_ASLE   0xe4
#define IGD_REG_SWSCI  0xe8
#define IGD_REG_BGSM   0xf0 /* base of GTT stolen memory, where there is one */
#define IGD_REG_ASLS   0xfc /* 32 bits: address of the OpRegion, 0: none */

/* BAR0 copies of config registers. */
#define IGD_MMIO_GGC             0x108040
#define IGD_MMIO_BDSM            0x1080c0
#define IGD_MMIO_GSM_BASE        0x108100 /* 8 bytes, Gen11 on */
#define IGD_MMIO_STOLEN_RESERVED 0x1082c0 /* 4 bytes, Gen11 on 8 */
#define IGD_MMIO_STOLEN_ACCESS                            \
    0x138914 /* Meteor Lake on: stolen memory may be read \
              */

/* DBUF_CTL of the display buffer's slices, in their order (Linux i915, EVE). */
#define IGD_MMIO_DBUF_1        0x45008
#define IGD_MMIO_DBUF_2        0x44fe8
#define IGD_MMIO_DBUF_3        0x44300
#define IGD_MMIO_DBUF_4        0x44304
#define IGD_DBUF_POWER_REQUEST 0x80000000u
#define IGD_DBUF_POWER_STATE   0x40000000u

#define IGD_GGC_LOCK 0x0001
#define IGD_GGC_IVD  0x0002 /* set: the device does not claim VGA cycles */

struct igd_ggc {
    uint64_t stolen_size; /* data stolen memory (GMS), bytes */
    uint64_t gtt_size;    /* GTT stolen memory (GGMS), bytes */
    bool vga_disabled;    /* IVD */
    bool locked;
};

/* Decode. 0, or -EINVAL when a field holds a reserved value. */
int igd_ggc_decode(const struct igd_platform *platform, uint16_t raw,
                   struct igd_ggc *ggc);

/* The value with this GMS field (raw code); other bits as in raw. */
uint16_t igd_ggc_with_gms(const struct igd_platform *platform, uint16_t raw,
                          uint8_t gms);

/*
 * The base of stolen memory in `config` (256 bytes of 00:02.0), without lock bit; 0
 * when none or when the platform has no BDSM.
 */
uint64_t igd_bdsm_decode(const struct igd_platform *platform, const uint8_t *config);

#endif
