/* opregion_image.c: an OpRegion and its VBT, built field by field. */
#include "model/opregion_image.h"

#include "base/bytes.h"   /* stores, byte_sum */
#include "igd/opregion.h" /* offsets */
#include "model/chips.h"  /* the chip's name */

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

static void build_vbt(const struct model_chip *chip, uint8_t *vbt)
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
    store16(bdb + 20, (uint16_t)(end - bdb));

    uint16_t size = (uint16_t)(end - vbt);
    store16(vbt + 24, size);
    vbt[26] = (uint8_t)-byte_sum(vbt, size);
}

void opregion_image_build(const struct model_chip *chip, uint8_t *image)
{
    memset(image, 0, IGD_OPREGION_SIZE);
    put_text(image, IGD_OPREGION_SIGNATURE, 16);
    store32(image + IGD_OPREGION_KIB, IGD_OPREGION_SIZE / KIB);
    store32(image + IGD_OPREGION_VERSION, 0x02000000); /* 2.0 */
    put_text(image + 0x018, "igdvm model", 32);        /* system BIOS version */
    store32(image + IGD_OPREGION_MBOX,
            IGD_OPREGION_MBOX_ACPI | IGD_OPREGION_MBOX_SWSCI | IGD_OPREGION_MBOX_ASLE |
                IGD_OPREGION_MBOX_VBT);
    store32(image + IGD_OPREGION_CLID, 1); /* lid open */
    build_vbt(chip, image + IGD_OPREGION_VBT);
}
