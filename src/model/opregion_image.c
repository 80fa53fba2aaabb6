/* opregion_image.c: an OpRegion and its VBT, built field by field. */
#include "model/opregion_image.h"

#include "base/bytes.h"   /* stores, byte_sum */
#include "igd/opregion.h" /* offsets */
#include "model/chips.h"  /* the chip's name */

#include "igd/platform.h" /* generations */

#include <ctype.h> /* toupper */
#include <stdio.h> /* snprintf */

/*
 * Layout: Linux i915 display/intel_vbt_defs.h. The VBT header, then the BIOS data block
 * (BDB) of numbered blocks: one byte identifier, two bytes of size, data.
 */
#define VBT_HEADER_SIZE 48
#define VBT_VERSION     155
#define BDB_HEADER_SIZE 22
#define BDB_VERSION     209
#define CHILD_SIZE      38 /* of a child device, for BDB 196 to 215 */

#define VERSION_2_0   0x02000000u
#define VERSION_2_1   0x02010000u
#define EXTENDED_SIZE 0x2000 /* of an extended VBT: more than mailbox 4 holds */
#define BLOCK_UNKNOWN 254    /* filler; drivers pass over blocks they do not know */

enum { BLOCK_GENERAL_FEATURES = 1, BLOCK_GENERAL_DEFINITIONS = 2 };

#define CHILD_INTEGRATED 0x20 /* byte 27: the encoder is in the GPU */

/* One display output. */
struct child {
    uint16_t handle;
    uint16_t type;
    uint8_t port; /* DVO port */
    uint8_t ddc_pin;
    uint8_t supports; /* bit 0 HDMI, bit 1 DisplayPort, bit 2 TMDS */
    uint8_t aux;
};

static const struct child children[] = {
    { 0x0004, 0x60d2, 1, 5, 0x05, 0x00 },  /* HDMI-B; GMBUS pin 5 on Sunrise Point */
    { 0x0008, 0x78c6, 10, 0, 0x02, 0x40 }, /* eDP-A */
};

/* Exactly size bytes of text, which needs no terminating NUL. */
static void put_text(uint8_t *at, const char *text, size_t size)
{
    for (size_t i = 0; i < size && text[i]; i++)
        at[i] = (uint8_t)text[i];
}

static uint8_t *put_block(uint8_t *at, uint8_t id, uint16_t size)
{
    at[0] = id;
    store16(at + 1, size);
    return at + 3;
}

static uint8_t *put_general_features(uint8_t *at)
{
    uint8_t *data = put_block(at, BLOCK_GENERAL_FEATURES, 5);
    data[4] =
        0x04; /* no CRT, no TV; display-port single-channel flag as public dumps */
    return data + 5;
}

static uint8_t *put_general_definitions(uint8_t *at)
{
    uint16_t size = 5 + ARRAY_SIZE(children) * CHILD_SIZE;
    uint8_t *data = put_block(at, BLOCK_GENERAL_DEFINITIONS, size);
    data[0] = 2; /* CRT DDC pin */
    data[4] = CHILD_SIZE;
    data += 5;
    for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
        const struct child *child = &children[i];
        store16(data, child->handle);
        store16(data + 2, child->type);
        data[16] = child->port;
        data[19] = child->ddc_pin;
        data[24] = child->supports;
        data[25] = child->aux;
        data[27] = CHILD_INTEGRATED;
        data += CHILD_SIZE;
    }
    return data;
}

/* From here on platforms have VBTs that do not fit mailbox 4. */
static bool is_extended(const struct model_chip *chip)
{
    const struct igd_platform *platform = igd_platform_find(chip->name);
    return platform && platform->generation > 90;
}

/* Build a VBT of at least `least` bytes. */
static void build_vbt(const struct model_chip *chip, uint8_t *vbt, uint16_t least)
{
    char signature[21];
    snprintf(signature, sizeof(signature), "$VBT %-15s", chip->name);
    for (char *c = signature; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    put_text(vbt, signature, 20);
    store16(vbt + 20, VBT_VERSION);
    store16(vbt + 22, VBT_HEADER_SIZE);
    store32(vbt + 28, VBT_HEADER_SIZE); /* where the BDB is */

    uint8_t *bdb = vbt + VBT_HEADER_SIZE;
    put_text(bdb, "BIOS_DATA_BLOCK ", 16);
    store16(bdb + 16, BDB_VERSION);
    store16(bdb + 18, BDB_HEADER_SIZE);
    uint8_t *end = put_general_features(bdb + BDB_HEADER_SIZE);
    end = put_general_definitions(end);
    if (end - vbt + 3 < least) {
        uint16_t filler = (uint16_t)(least - (end - vbt) - 3);
        end = put_block(end, BLOCK_UNKNOWN, filler) + filler;
    }
    store16(bdb + 20, (uint16_t)(end - bdb));

    uint16_t size = (uint16_t)(end - vbt);
    store16(vbt + 24, size);
    vbt[26] = (uint8_t)-byte_sum(vbt, size);
}

uint32_t opregion_image_size(const struct model_chip *chip)
{
    return IGD_OPREGION_SIZE + (is_extended(chip) ? EXTENDED_SIZE : 0);
}

void opregion_image_build(const struct model_chip *chip, uint8_t *image)
{
    bool extended = is_extended(chip);
    memset(image, 0, opregion_image_size(chip));
    put_text(image, IGD_OPREGION_SIGNATURE, 16);
    store32(image + IGD_OPREGION_KIB, IGD_OPREGION_SIZE / KIB);
    store32(image + IGD_OPREGION_VERSION, extended ? VERSION_2_1 : VERSION_2_0);
    put_text(image + 0x018, "igdvm model", 32); /* system BIOS version */
    store32(image + IGD_OPREGION_MBOX,
            IGD_OPREGION_MBOX_ACPI | IGD_OPREGION_MBOX_SWSCI | IGD_OPREGION_MBOX_ASLE |
                IGD_OPREGION_MBOX_VBT);
    store32(image + IGD_OPREGION_CLID, 1); /* lid open */
    if (!extended) {
        build_vbt(chip, image + IGD_OPREGION_VBT, 0);
        return;
    }
    store64(image + IGD_OPREGION_RVDA, IGD_OPREGION_SIZE); /* from the region's start */
    store32(image + IGD_OPREGION_RVDS, EXTENDED_SIZE);
    build_vbt(chip, image + IGD_OPREGION_SIZE, EXTENDED_SIZE);
}
