/* rom_image.c: puts the model's option ROM together, and fits its GOP driver to a chip.
 */
#include "model/rom_image.h"

#include "base/bytes.h"        /* loads, stores, byte_sum, ARRAY_SIZE */
#include "igd/ggc.h"           /* where BDSM is */
#include "igd/platform.h"      /* how the chip is laid out */
#include "model/chips.h"       /* the chip */
#include "model/gop_rom.h"     /* the driver */
#include "model/ports.h"       /* its ports */
#include "model/traits.h"      /* what its display is like */
#include "model/vbios_image.h" /* the VBIOS */
#include "pci/option_rom.h"    /* headers */

#define VBIOS_CHECKSUM 0x06

/* In the driver's image: struct gop_config (firmware/gop/gop.h), after its headers. */
#define GOP_CONFIG       0x1c0
#define GTT_OFFSET       (GOP_CONFIG + 0x08)
#define DEVICE           (GOP_CONFIG + 0x0c)
#define BDSM             (GOP_CONFIG + 0x0e)
#define PTE_SIZE         (GOP_CONFIG + 0x0f)
#define GMS_SHIFT        (GOP_CONFIG + 0x10)
#define GMS_MASK         (GOP_CONFIG + 0x11)
#define GMS_CODES        (GOP_CONFIG + 0x12)
#define UNIVERSAL_PLANES (GOP_CONFIG + 0x13)
#define DISPLAY          (GOP_CONFIG + 0x14) /* enum gop_display */
#define PORT_COUNT       (GOP_CONFIG + 0x15)
#define PORTS            (GOP_CONFIG + 0x16) /* struct gop_port */
#define PORT_SIZE        5

/* Which of the driver's kinds of display a chip has: the first that matches. */
static const struct {
    uint64_t on;
    uint8_t display;
} displays[] = {
    { ON_SANDY_BRIDGE, 0 }, { ON_IVY_BRIDGE, 1 },  { ON_HASWELL | ON_BROADWELL, 2 },
    { ON_SKYLAKE, 3 },      { ON_APOLLO_LAKE, 4 }, { ON_CANNON_LAKE, 5 },
    { ON_GEN11, 6 },        { ON_ROCKET_LAKE, 8 }, { ON_ALDER_LAKE_S, 9 },
    { ON_GEN12_UP, 7 },
};

size_t rom_image_size(void)
{
    return vbios_image_size() + gop_rom_size;
}

static bool has_gop(const struct model_chip *chip, const struct igd_platform *platform)
{
    return platform->stolen != IGD_STOLEN_NONE && !(chip->traits & ON_VALLEYVIEW);
}

static void build_ports(const struct model_chip *chip, uint8_t *rom)
{
    const struct model_port *port;
    for (size_t i = 0; i < ARRAY_SIZE(displays); i++) {
        if (chip->traits & displays[i].on) {
            rom[DISPLAY] = displays[i].display;
            break;
        }
    }
    for (size_t i = 0; i < MODEL_PORTS_MAX && (port = model_port_at(chip, i)); i++) {
        uint8_t *row = rom + PORTS + PORT_SIZE * i;
        row[0] = (uint8_t)(port->letter - 'a');
        row[1] = port->ddi;
        row[2] = port->aux_channel;
        row[3] = port->kinds & 1u << MODEL_MONITOR_HDMI ? port->gmbus_pin : 0;
        row[4] = (port->kinds & ~(1u << MODEL_MONITOR_HDMI)) != 0;
        rom[PORT_COUNT]++;
    }
}

static void build_gop(const struct model_chip *chip,
                      const struct igd_platform *platform, uint8_t *rom)
{
    bool narrow = platform->ggc == IGD_GGC_GEN6;
    memcpy(rom, gop_rom, gop_rom_size);
    store16(rom + load16(rom + OPTION_ROM_PCIR) + OPTION_ROM_PCIR_DEVICE,
            chip->device_id);
    store32(rom + GTT_OFFSET, platform->gtt_offset);
    store16(rom + DEVICE, chip->device_id);
    rom[BDSM] = platform->stolen == IGD_STOLEN_BDSM64 ? IGD_REG_BDSM64 : IGD_REG_BDSM32;
    rom[PTE_SIZE] = platform->pte_size;
    rom[GMS_SHIFT] = narrow ? 3 : 8;
    rom[GMS_MASK] = narrow ? 0x1f : 0xff;
    rom[GMS_CODES] = platform->ggc == IGD_GGC_GEN9;
    rom[UNIVERSAL_PLANES] = chip->traits & ON_GEN9_UP ? 1 : 0;
    build_ports(chip, rom);
}

/* Another image follows: it is not the last one any more. */
static void open_vbios(uint8_t *rom, size_t size)
{
    rom[load16(rom + OPTION_ROM_PCIR) + OPTION_ROM_PCIR_INDICATOR] &=
        (uint8_t)~OPTION_ROM_LAST;
    rom[VBIOS_CHECKSUM] = 0;
    rom[VBIOS_CHECKSUM] = (uint8_t)-byte_sum(rom, size);
}

size_t rom_image_build(const struct vbios_image_options *options, uint8_t *rom,
                       size_t capacity)
{
    const struct model_chip *chip = options->chip;
    const struct igd_platform *platform = igd_platform_find(chip->name);
    size_t size = 0;
    if (!platform || rom_image_size() > capacity)
        return 0;
    if (platform->has_vbios)
        size = vbios_image_build(options, rom, capacity);
    if (!has_gop(chip, platform))
        return size;
    if (size)
        open_vbios(rom, size);
    build_gop(chip, platform, rom + size);
    return size + gop_rom_size;
}
