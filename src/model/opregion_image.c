/* opregion_image.c: an OpRegion, built field by field. */
#include "model/opregion_image.h"

#include "base/bytes.h"      /* stores */
#include "igd/opregion.h"    /* offsets */
#include "igd/platform.h"    /* generations */
#include "model/chips.h"     /* the chip's name */
#include "model/vbt_image.h" /* the table in mailbox 4 or after the region */

#define VERSION_2_0   0x02000000u
#define VERSION_2_1   0x02010000u
#define BIOS_VERSION  0x018  /* 32 bytes of text */
#define EXTENDED_SIZE 0x2000 /* of an extended VBT: more than mailbox 4 holds */
#define LID_HOST      1
#define LID_OPEN      3 /* what drivers in guests want to see (i915 gvt/opregion.c) */

/* From here on platforms have VBTs that do not fit mailbox 4. */
static bool is_extended(const struct model_chip *chip)
{
    const struct igd_platform *platform = igd_platform_find(chip->name);
    return platform && platform->generation > 90;
}

uint32_t opregion_image_size(const struct model_chip *chip)
{
    return IGD_OPREGION_SIZE + (is_extended(chip) ? EXTENDED_SIZE : 0);
}

void opregion_image_build(const struct opregion_image_options *options, uint8_t *image)
{
    static const char bios[] = "igdvm model";
    const struct model_chip *chip = options->chip;
    bool extended = is_extended(chip);
    uint32_t mailboxes =
        IGD_OPREGION_MBOX_ACPI | IGD_OPREGION_MBOX_ASLE | IGD_OPREGION_MBOX_VBT;
    memset(image, 0, opregion_image_size(chip));
    memcpy(image, IGD_OPREGION_SIGNATURE, sizeof(IGD_OPREGION_SIGNATURE) - 1);
    store32(image + IGD_OPREGION_KIB, IGD_OPREGION_SIZE / KIB);
    store32(image + IGD_OPREGION_VERSION, extended ? VERSION_2_1 : VERSION_2_0);
    memcpy(image + BIOS_VERSION, bios, sizeof(bios) - 1);
    if (options->host)
        mailboxes |= IGD_OPREGION_MBOX_SWSCI;
    store32(image + IGD_OPREGION_MBOX, mailboxes);
    store32(image + IGD_OPREGION_CLID, options->host ? LID_HOST : LID_OPEN);
    if (!extended) {
        vbt_image_build(chip, options->monitors, 0, image + IGD_OPREGION_VBT);
        return;
    }
    store64(image + IGD_OPREGION_RVDA, IGD_OPREGION_SIZE); /* from the region's start */
    store32(image + IGD_OPREGION_RVDS, EXTENDED_SIZE);
    vbt_image_build(chip, options->monitors, EXTENDED_SIZE, image + IGD_OPREGION_SIZE);
}
