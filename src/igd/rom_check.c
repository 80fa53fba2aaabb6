/* rom_check.c: examines a ROM by the rules of the firmware that would run it. */
#include "igd/rom_check.h"

#include "base/bytes.h"     /* loads */
#include "base/error.h"     /* what the parser says */
#include "igd/rom.h"        /* IGD_ROM_MAX, igd_rom_prepare */
#include "pci/option_rom.h" /* the chain */
#include "pci/regs.h"       /* PCI_VENDOR_INTEL */

#include <stdarg.h> /* findings */
#include <stdio.h>  /* vsnprintf */
#include <stdlib.h> /* malloc */

#define CLASS_DISPLAY 0x03

/* Header of a UEFI image. */
#define EFI_SUBSYSTEM  0x08
#define EFI_MACHINE    0x0a
#define EFI_COMPRESSED 0x0c
#define EFI_IMAGE      0x16

#define SUBSYSTEM_BOOT    11
#define SUBSYSTEM_RUNTIME 12
#define MACHINE_X64       0x8664

/* "GOP Driver" in UTF-16: Intel's driver calls itself "Intel(R) GOP Driver". */
static const char gop_words[] = "G\0O\0P\0 \0D\0r\0i\0v\0e\0r";

static void find(struct igd_rom_report *report, const char *id,
                 enum igd_rom_severity severity, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void find(struct igd_rom_report *report, const char *id,
                 enum igd_rom_severity severity, const char *format, ...)
{
    if (report->finding_count == IGD_ROM_FINDINGS_MAX)
        return;
    struct igd_rom_finding *finding = &report->findings[report->finding_count++];
    va_list args;
    finding->id = id;
    finding->severity = severity;
    va_start(args, format);
    vsnprintf(finding->text, sizeof(finding->text), format, args);
    va_end(args);
}

static void read_efi(const uint8_t *rom, const struct option_rom_image *image,
                     struct igd_rom_image_facts *facts)
{
    const uint8_t *at = rom + image->offset;
    facts->subsystem = load16(at + EFI_SUBSYSTEM);
    facts->machine = load16(at + EFI_MACHINE);
    facts->compressed = load16(at + EFI_COMPRESSED) != 0;
    facts->gop = memmem(at, image->size, gop_words, sizeof(gop_words)) != NULL;
}

static int read_images(const uint8_t *rom, size_t size, struct igd_rom_report *report,
                       struct error *err)
{
    struct option_rom_image image;
    int ret = option_rom_read(rom, size, 0, &image, err);
    while (ret >= 0 && report->image_count < IGD_ROM_IMAGES_MAX) {
        struct igd_rom_image_facts *facts = &report->images[report->image_count++];
        *facts = (struct igd_rom_image_facts){
            .offset = image.offset,
            .size = image.size,
            .code_type = image.code_type,
            .vendor = image.vendor,
            .device = image.device,
        };
        if (image.code_type == OPTION_ROM_CODE_UEFI)
            read_efi(rom, &image, facts);
        else
            facts->checksum = byte_sum(rom + image.offset, image.size);
        ret = option_rom_next(rom, size, &image, err);
        if (ret == 0)
            break;
    }
    return ret;
}

static void check_identity(const struct igd_rom_image_facts *image, uint16_t device_id,
                           struct igd_rom_report *report)
{
    if (image->vendor != PCI_VENDOR_INTEL) {
        find(report, "vendor", IGD_ROM_BAD,
             "the VBIOS is for vendor %04x, expected 8086 (Intel): SeaBIOS runs no ROM "
             "of another vendor",
             image->vendor);
        report->legacy = false;
    } else if (device_id && image->device != device_id) {
        find(report, "device", IGD_ROM_FIXABLE,
             "the VBIOS says device %04x, the GPU is %04x: SeaBIOS wants the same; "
             "Intel's VBIOSes carry one for a whole family",
             image->device, device_id);
    } else {
        find(report, "device", IGD_ROM_GOOD, "the VBIOS is for device %04x%s",
             image->device, device_id ? "" : "; the GPU is not known");
    }
}

/* Prepared on a copy: what changes is what was wrong. */
static void check_preparation(const uint8_t *rom, size_t size, uint16_t device_id,
                              struct igd_rom_report *report)
{
    const struct igd_rom_image_facts *image = &report->images[0];
    struct igd_rom_changes changes;
    struct error err = { 0 };
    uint8_t *copy = malloc(size);
    if (image->checksum)
        find(report, "checksum", IGD_ROM_FIXABLE,
             "the bytes of the VBIOS add up to %02x, expected 0: SeaBIOS does not run "
             "it",
             image->checksum);
    else
        find(report, "checksum", IGD_ROM_GOOD, "the checksum of the VBIOS is right");
    if (!copy)
        return;
    memcpy(copy, rom, size);
    if (igd_rom_prepare(copy, size, device_id ? device_id : image->device, &changes,
                        &err) == 0 &&
        changes.saved_bdsm)
        find(report, "saved-bdsm", IGD_ROM_FIXABLE,
             "the VBIOS keeps the address 0x%08x of the stolen memory of the "
             "computer it ran on (at 0x%x) and would use it in a guest",
             load32(rom + changes.saved_bdsm_offset), changes.saved_bdsm_offset);
    free(copy);
}

static void check_legacy(const uint8_t *rom, size_t size, uint16_t device_id,
                         struct igd_rom_report *report)
{
    const struct igd_rom_image_facts *first = &report->images[0];
    for (unsigned i = 0; i < report->image_count; i++) {
        if (i && report->images[i].code_type == OPTION_ROM_CODE_PC_AT)
            find(
                report, "order", IGD_ROM_NOTE,
                "image %u at 0x%x is a VBIOS behind others; only the first is prepared",
                i, report->images[i].offset);
    }
    if (first->code_type != OPTION_ROM_CODE_PC_AT) {
        find(report, "vbios", IGD_ROM_NOTE,
             "the first image is no VBIOS (code type %u): not for legacy mode",
             first->code_type);
        return;
    }
    report->legacy = true;
    find(report, "vbios", IGD_ROM_GOOD, "the first image is a VBIOS of %u bytes",
         first->size);
    check_identity(first, device_id, report);
    check_preparation(rom, size, device_id, report);
}

static void check_uefi(struct igd_rom_report *report)
{
    unsigned drivers = 0;
    for (unsigned i = 0; i < report->image_count; i++) {
        const struct igd_rom_image_facts *image = &report->images[i];
        if (image->code_type != OPTION_ROM_CODE_UEFI)
            continue;
        drivers++;
        if (image->subsystem != SUBSYSTEM_BOOT && image->subsystem != SUBSYSTEM_RUNTIME)
            find(report, "subsystem", IGD_ROM_BAD,
                 "UEFI image %u has subsystem %u, expected 11 or 12 (a driver): OVMF "
                 "does not load it",
                 i, image->subsystem);
        else if (image->machine != MACHINE_X64)
            find(
                report, "machine", IGD_ROM_BAD,
                "UEFI image %u is for machine %04x, expected 8664 (x64): OVMF does not "
                "load it",
                i, image->machine);
        else
            report->uefi = true;
        if (image->gop && drivers == 1 && i + 1 < report->image_count)
            find(report, "order", IGD_ROM_NOTE,
                 "the GOP driver is the first UEFI image: the drivers it needs "
                 "(OpRegion and stolen memory first, then the platform's policy) "
                 "must stand before it");
    }
    if (!drivers)
        find(report, "uefi", IGD_ROM_NOTE,
             "there is no UEFI driver in it: a UEFI guest shows nothing before its own "
             "driver starts");
}

void igd_rom_check(const uint8_t *rom, size_t size, uint16_t device_id,
                   struct igd_rom_report *report)
{
    struct error err = { 0 };
    memset(report, 0, sizeof(*report));
    int ret = read_images(rom, size, report, &err);
    if (ret < 0)
        find(report, "images", IGD_ROM_BAD, "%.250s", err.text);
    else if (ret > 0)
        find(report, "images", IGD_ROM_NOTE,
             "more than %d images; the others were not "
             "looked at",
             IGD_ROM_IMAGES_MAX);
    if (!report->image_count)
        return;
    check_legacy(rom, size, device_id, report);
    check_uefi(report);
    const struct igd_rom_image_facts *last = &report->images[report->image_count - 1];
    if (last->offset + last->size > IGD_ROM_MAX) {
        find(report, "size", IGD_ROM_BAD, "its images take more than %u bytes",
             IGD_ROM_MAX);
        report->legacy = report->uefi = false;
    }
    /* A damaged image further on keeps a VMM that checks the chain from using any. */
    if (ret < 0)
        report->legacy = report->uefi = false;
}
