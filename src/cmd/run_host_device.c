/* run_host_device.c: reading the value of --device vfio:... */
#include "cmd/run_host_device.h"

#include "base/error.h"      /* error_set */
#include "cmd/run_values.h"  /* run_value_place */
#include "cmd/value_parts.h" /* parts */
#include "machine/machine.h" /* struct machine_host_device */

#include <string.h> /* strcmp */

static int take_key(struct machine_host_device *device, char *part, struct error *err)
{
    const char *text = value_part_text(part);
    bool address = !strcmp(part, "address"), rom = !strcmp(part, "rom");
    if ((address || rom) && (!text || !*text))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--device vfio:%s: '%s' needs a value: %s=VALUE",
                         device->where, part, part);
    if (address) {
        device->placed = true;
        return run_value_place("device vfio: address", text, &device->devfn, err);
    }
    if (rom) {
        device->no_rom = !strcmp(text, "none");
        device->rom = device->no_rom ? NULL : text;
        return 0;
    }
    return error_set(err, ERROR_INPUT, -EINVAL,
                     "--device vfio:%s: no key '%s': there are address= and rom=; a "
                     "comma of a file's name is written twice",
                     device->where, part);
}

int run_host_device_read(struct machine_host_device *device, char *value,
                         struct error *err)
{
    char *rest = value;
    *device = (struct machine_host_device){ .where = value_part_next(&rest) };
    if (!device->where || !device->where[0])
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--device vfio: needs the address of a host device, such as "
                         "vfio:00:1f.3");
    for (char *part; (part = value_part_next(&rest));) {
        int result = take_key(device, part, err);
        if (result < 0)
            return result;
    }
    return 0;
}
