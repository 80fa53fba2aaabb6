/* opregion.c: checks the OpRegion, and makes the guest's copy of it. */
#include "igd/opregion.h"

#include "igd/vbt.h" /* the tables inside */

#include "base/bytes.h" /* loads, range_inside */
#include "base/error.h" /* error_set */

#define VERSION_MINOR 0x16
#define VERSION_MAJOR 0x17

/* Where mailbox 4 ends when mailbox 5 follows it. */
#define MAILBOX_5      0x1c00
#define MBOX_ASLE_EXT  0x10
#define SIGNATURE_SIZE 16
#define LID_OPEN       3

static int check_header(const uint8_t *image, size_t size, struct igd_opregion *info,
                        struct error *err)
{
    if (size < IGD_OPREGION_SIZE || size > IGD_OPREGION_MAX)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "OpRegion: the image has %zu bytes, expected %u to %u", size,
                         IGD_OPREGION_SIZE, IGD_OPREGION_MAX);
    if (memcmp(image, IGD_OPREGION_SIGNATURE, SIGNATURE_SIZE) != 0)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "OpRegion: the signature at 0x0 begins %02x %02x %02x %02x, "
                         "expected \"" IGD_OPREGION_SIGNATURE "\"",
                         image[0], image[1], image[2], image[3]);
    uint32_t kib = load32(image + IGD_OPREGION_KIB);
    if (kib < IGD_OPREGION_SIZE / KIB || kib > size / KIB)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "OpRegion: the size at 0x%x is %u KiB, expected %u to the %zu "
                         "KiB of the image",
                         IGD_OPREGION_KIB, kib, (unsigned)(IGD_OPREGION_SIZE / KIB),
                         (size_t)(size / KIB));
    *info = (struct igd_opregion){
        .size = (uint32_t)(kib * KIB),
        .major = image[VERSION_MAJOR],
        .minor = image[VERSION_MINOR],
        .mailboxes = load32(image + IGD_OPREGION_MBOX),
    };
    return 0;
}

/*
 * RVDA and RVDS, the place of a VBT too large for mailbox 4. Linux i915
 * display/intel_opregion.c: from version 2.0 on, with mailbox 3, and when neither is
 * zero. In 2.0 RVDA is a physical address, which nobody can follow in an image; the
 * kernel's vfio region turns those into 2.1, where it is an offset.
 */
static int check_extended_vbt(const uint8_t *image, size_t size,
                              struct igd_opregion *info, struct error *err)
{
    uint64_t rvda = load64(image + IGD_OPREGION_RVDA);
    uint32_t rvds = load32(image + IGD_OPREGION_RVDS);
    info->extended_vbt =
        info->major >= 2 && (info->mailboxes & IGD_OPREGION_MBOX_ASLE) && rvda && rvds;
    if (!info->extended_vbt)
        return 0;
    if (info->major == 2 && info->minor == 0)
        return error_set(
            err, ERROR_INPUT, -EINVAL,
            "OpRegion: RVDA at 0x%x is the address 0x%llx of a version 2.0 "
            "OpRegion; expected a version 2.1 image, with the VBT appended "
            "and its offset in RVDA, as the kernel's vfio region has it",
            IGD_OPREGION_RVDA, (unsigned long long)rvda);
    if (rvda < IGD_OPREGION_SIZE || !range_inside(rvda, rvds, size))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "OpRegion: RVDA at 0x%x and RVDS at 0x%x place the VBT at "
                         "0x%llx, %u bytes; expected it between 0x%x and the image's "
                         "end, 0x%zx",
                         IGD_OPREGION_RVDA, IGD_OPREGION_RVDS, (unsigned long long)rvda,
                         rvds, IGD_OPREGION_SIZE, size);
    info->vbt_offset = rvda;
    info->vbt_size = rvds;
    return 0;
}

int igd_opregion_parse(const uint8_t *image, size_t size, struct igd_opregion *info,
                       struct error *err)
{
    int ret = check_header(image, size, info, err);
    if (ret < 0)
        return ret;
    ret = check_extended_vbt(image, size, info, err);
    if (ret < 0)
        return ret;
    if (!info->extended_vbt) {
        bool has_mailbox_5 = info->mailboxes & MBOX_ASLE_EXT;
        /* Some firmware has a VBT there and does not set the mailbox's bit. */
        if (!(info->mailboxes & IGD_OPREGION_MBOX_VBT) &&
            !igd_vbt_present(image + IGD_OPREGION_VBT))
            return 0;
        info->vbt_offset = IGD_OPREGION_VBT;
        info->vbt_size =
            (has_mailbox_5 ? MAILBOX_5 : IGD_OPREGION_SIZE) - IGD_OPREGION_VBT;
    }
    struct igd_vbt vbt;
    ret = igd_vbt_parse(image + info->vbt_offset, info->vbt_size, &vbt, err);
    if (ret < 0) {
        error_prefix(err, "OpRegion: VBT at 0x%llx",
                     (unsigned long long)info->vbt_offset);
        return ret;
    }
    info->vbt_size = vbt.size;
    memcpy(info->vbt_signature, vbt.signature, sizeof(info->vbt_signature));
    return 0;
}

/* One 32-bit field of the guest's copy: value = value & keep | set. */
static const struct {
    uint32_t offset, keep, set;
    const char *reason;
} guest_fields[] = {
    /* i915 would wait for answers that nobody gives; the rest of MBOX stays. */
    { IGD_OPREGION_MBOX, ~(uint32_t)IGD_OPREGION_MBOX_SWSCI, 0,
      "no firmware answers software SCIs in the guest" },
    /* Windows drivers keep the screen dark when it looks shut (i915 gvt/opregion.c). */
    { IGD_OPREGION_CLID, 0, LID_OPEN, "the lid counts as open" },
};

_Static_assert(ARRAY_SIZE(guest_fields) <= IGD_OPREGION_MAX_CHANGES, "changes fit");

unsigned igd_opregion_prepare(uint8_t *image, size_t size,
                              struct igd_opregion_change *changes)
{
    unsigned count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(guest_fields); i++) {
        uint32_t offset = guest_fields[i].offset;
        if (!range_inside(offset, 4, size))
            continue;
        uint32_t before = load32(image + offset);
        uint32_t after = (before & guest_fields[i].keep) | guest_fields[i].set;
        if (before == after)
            continue;
        store32(image + offset, after);
        changes[count++] = (struct igd_opregion_change){
            .offset = offset, .size = 4, .reason = guest_fields[i].reason
        };
    }
    return count;
}
