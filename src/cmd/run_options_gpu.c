/* run_options_gpu.c: options of `igdvm run` about assigned devices. */
#include "base/bytes.h"          /* ARRAY_SIZE */
#include "base/error.h"          /* error_set */
#include "cmd/run_host_device.h" /* devices beside the GPU */
#include "cmd/run_options.h"     /* struct run_option */
#include "cmd/run_values.h"      /* what values may be */

#include <string.h> /* strcmp */

#define HOST_DEVICE "vfio:"

static int take_device(struct run_options *options, char *value, struct error *err)
{
    struct machine_config *machine = &options->machine;
    if (strncmp(value, HOST_DEVICE, strlen(HOST_DEVICE)) != 0) {
        if (machine->device)
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "--device %s: the GPU is %s already; another device is "
                             "given as " HOST_DEVICE "%s",
                             value, machine->device, value);
        machine->device = value;
        return 0;
    }
    if (machine->host_device_count == MACHINE_MAX_HOST_DEVICES)
        return error_set(err, ERROR_INPUT, -ENOSPC,
                         "--device %s: more than %d devices beside the GPU", value,
                         MACHINE_MAX_HOST_DEVICES);
    struct machine_host_device *device =
        &machine->host_devices[machine->host_device_count++];
    return run_host_device_read(device, value + strlen(HOST_DEVICE), err);
}

static int take_mode(struct run_options *options, char *value, struct error *err)
{
    static const enum igd_mode modes[] = { IGD_MODE_AUTO, IGD_MODE_LEGACY,
                                           IGD_MODE_UPT };
    for (unsigned i = 0; i < ARRAY_SIZE(modes); i++) {
        if (!strcmp(value, igd_mode_name(modes[i]))) {
            options->machine.mode = modes[i];
            return 0;
        }
    }
    return run_value_bad(err, "mode", value, "auto, legacy or upt");
}

/* There is one bus only; another is refused with all else that is in the way. */
static int take_address(struct run_options *options, char *value, struct error *err)
{
    options->machine.address_given = true;
    return run_value_address("address", value, &options->machine.bus,
                             &options->machine.devfn, err);
}

static int take_opregion(struct run_options *options, char *value, struct error *err)
{
    static const char *const words[] = { [IGD_OPREGION_AUTO] = "auto",
                                         [IGD_OPREGION_ON] = "on",
                                         [IGD_OPREGION_OFF] = "off",
                                         [IGD_OPREGION_WITHHELD] = "withheld" };
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
        if (!strcmp(value, words[i])) {
            options->machine.opregion = (enum igd_opregion_use)i;
            return 0;
        }
    }
    return run_value_bad(err, "opregion", value, "auto, on, off or withheld");
}

static int take_vfio_backend(struct run_options *options, char *value,
                             struct error *err)
{
    static const enum vfio_kernel_backend backends[] = { VFIO_KERNEL_AUTO,
                                                         VFIO_KERNEL_IOMMUFD,
                                                         VFIO_KERNEL_GROUP };
    for (unsigned i = 0; i < ARRAY_SIZE(backends); i++) {
        if (!strcmp(value, vfio_kernel_backend_name(backends[i]))) {
            options->machine.vfio_backend = backends[i];
            return 0;
        }
    }
    return run_value_bad(err, "vfio-backend", value, "auto, iommufd or group");
}

static int take_rom(struct run_options *options, char *value, struct error *err)
{
    (void)err;
    options->machine.no_rom = !strcmp(value, "none");
    options->machine.rom = options->machine.no_rom ? NULL : value;
    return 0;
}

const struct run_option run_gpu_options[] = {
    { "device", "00:02.0", true,
      "assign this Intel GPU (bound to vfio-pci); or\n"
      "vfio-user:SOCKET for one served in software;\n"
      "vfio:00:1f.3[,address=SLOT.FN][,rom=FILE|none] for\n"
      "another host device beside it",
      take_device },
    { "mode", "auto|legacy|upt", false,
      "legacy: primary display with VBIOS, VGA and\n"
      "OpRegion; upt: beside another display; auto\n"
      "(default): legacy when all it needs is there,\n"
      "else upt",
      take_mode },
    { "address", "00:02.0", false,
      "where the guest sees it (default: 00:02.0, in UPT\n"
      "mode 00:10.0)",
      take_address },
    { "opregion", "auto|on|off|withheld", false,
      "in UPT mode: with it the guest has outputs, but may\n"
      "stop accelerating without a monitor; auto\n"
      "(default): unless no monitor is plugged in; off:\n"
      "its display looks fused off; withheld: it does not",
      take_opregion },
    { "vfio-backend", "auto|iommufd|group", false,
      "how the kernel hands the device over; auto\n"
      "(default): iommufd where it can be used, else the\n"
      "IOMMU group",
      take_vfio_backend },
    { "rom", "FILE|none", false,
      "use this video BIOS instead of the device's, or\n"
      "none",
      take_rom },
    { NULL, NULL, false, NULL, NULL },
};
