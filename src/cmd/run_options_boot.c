/* run_options_boot.c: options of `igdvm run` about what the PC boots from, and who it
 * is.
 */
#include "base/error.h"      /* error_prefix */
#include "cmd/run_options.h" /* struct run_option */
#include "cmd/run_values.h"  /* what values may be */

#include <string.h> /* strcmp */

#define MOST_SECONDS 3600

static int take_cdrom(struct run_options *options, char *value, struct error *err)
{
    struct machine_config *machine = &options->machine;
    if (machine->cdrom_count >= MACHINE_MAX_CDROMS)
        return run_value_bad(err, "cdrom", value, "at most 4 optical drives");
    machine->cdroms[machine->cdrom_count++] = strcmp(value, "none") ? value : NULL;
    return 0;
}

static int take_boot(struct run_options *options, char *value, struct error *err)
{
    int result = boot_order_parse(&options->machine.boot, value, err);
    if (result < 0)
        error_prefix(err, "--boot %s", value);
    return result;
}

static int take_boot_menu(struct run_options *options, char *value, struct error *err)
{
    unsigned seconds = 0;
    if (value &&
        run_value_number("boot-menu", value, 1, MOST_SECONDS, &seconds, err) < 0)
        return -EINVAL;
    options->machine.boot.menu = true;
    options->machine.boot.menu_wait = seconds * 1000;
    return 0;
}

static int take_boot_retry(struct run_options *options, char *value, struct error *err)
{
    struct boot_options *boot = &options->machine.boot;
    unsigned seconds = 0;
    boot->retry = true;
    boot->retry_wait = BOOT_RETRY_NEVER;
    if (!strcmp(value, "never"))
        return 0;
    if (run_value_number("boot-retry", value, 0, MOST_SECONDS, &seconds, err) < 0)
        return -EINVAL;
    boot->retry_wait = seconds * 1000;
    return 0;
}

static int take_serial_screen(struct run_options *options, char *value,
                              struct error *err)
{
    (void)value;
    (void)err;
    options->machine.boot.serial_screen = true;
    return 0;
}

static int take_smbios(struct run_options *options, char *value, struct error *err)
{
    int result = smbios_set(&options->machine.smbios, value, err);
    if (result < 0)
        error_prefix(err, "--smbios %s", value);
    return result;
}

static int take_uuid(struct run_options *options, char *value, struct error *err)
{
    int result = smbios_set_uuid(&options->machine.smbios, value, err);
    if (result < 0)
        error_prefix(err, "--uuid %s", value);
    return result;
}

const struct run_option run_boot_options[] = {
    { "cdrom", "FILE|none", true, "optical drive with this image, or an empty one",
      take_cdrom },
    { "boot", "LIST", false,
      "from what, in this order: disk, cdrom, network, or\n"
      "one of them such as cdrom2 (default\n"
      "disk,cdrom,network)",
      take_boot },
    { "boot-menu", "=SECONDS", false, "offer the firmware's boot menu for so long",
      take_boot_menu },
    { "boot-retry", "SECONDS|never", false,
      "when nothing boots: start again after so long\n"
      "(default 60)",
      take_boot_retry },
    { "serial-screen", NULL, false,
      "the BIOS screen, and so that of boot loaders, on the\n"
      "first serial port",
      take_serial_screen },
    { "smbios", "TYPE.FIELD=TEXT", true,
      "what DMI tells the guest, such as\n"
      "1.product=PC or 11.value=TEXT",
      take_smbios },
    { "uuid", "UUID", false, "the machine's UUID", take_uuid },
    { NULL, NULL, false, NULL, NULL },
};
