/*
 * uefi.c: UEFI firmware in the virtual PC: its code below 4 GiB, and below that the
 * flash with its variables, as QEMU has them and OVMF expects them.
 */
#include "base/bytes.h"               /* GIB */
#include "base/error.h"               /* error_set */
#include "base/log.h"                 /* what a user should know */
#include "devices/device.h"           /* struct device */
#include "devices/pflash.h"           /* the chip */
#include "machine/machine_internal.h" /* struct machine */

#include <errno.h>  /* errno values */
#include <stdio.h>  /* asprintf */
#include <stdlib.h> /* realpath */
#include <string.h> /* strrchr */

/* What distributions' files of code and of variables that belong together are called.
 */
#define CODE "CODE"
#define VARS "VARS"

#define LEAST_RAM (128 * MIB) /* with less OVMF says nothing and stops */

/* The variables an image begins with, bytes; 0: it is code alone. */
static size_t own_variables(const struct firmware_image *image)
{
    size_t size = variable_store_volume(image->data, image->size);
    return size < image->size ? size : 0;
}

uint8_t *machine_firmware_code(const struct machine *machine, size_t *size)
{
    const struct firmware_image *image = &machine->firmware;
    size_t variables = image->uefi ? own_variables(image) : 0;
    *size = image->size - variables;
    return image->data + variables;
}

/* The file of variables that comes with one of code: OVMF_VARS.fd. NULL: no such name.
 */
static char *companion_path(const char *code)
{
    const char *base = strrchr(code, '/');
    const char *place = NULL;
    char *path;
    for (const char *at = base ? base : code; (at = strstr(at, CODE)); at++)
        place = at;
    if (!place || asprintf(&path, "%.*s" VARS "%s", (int)(place - code), code,
                           place + strlen(CODE)) < 0)
        return NULL;
    return path;
}

/* The initial variables of firmware that is code alone; without data: there are none.
 */
static int load_companion(const struct firmware_image *code,
                          struct firmware_image *variables, struct error *err)
{
    char *path = companion_path(code->path);
    *variables = (struct firmware_image){ 0 };
    int result =
        path ? firmware_image_load(variables, FIRMWARE_IMAGE_UEFI, path, "", err)
             : -ENOENT;
    free(path);
    if (result == -ENOENT)
        return 0;
    if (result == 0 &&
        variable_store_volume(variables->data, variables->size) != variables->size) {
        result = error_set(err, ERROR_INPUT, -EINVAL,
                           "firmware %s: no volume of UEFI variables", variables->path);
        firmware_image_free(variables);
    }
    return result;
}

/*
 * Firmware that keeps Secure Boot's keys by system management mode waits for ever
 * without it. Which does cannot be read in its compressed code, but distributions name
 * it so.
 */
static void look_for_secure_boot(const struct firmware_image *image)
{
    char *path = realpath(image->path, NULL);
    const char *name = path ? strrchr(path, '/') : NULL;
    if (name && strstr(name, "secboot"))
        log_warning(NULL,
                    "firmware %s: by its name it needs system management mode, which "
                    "this PC has not, and will not start; take the one without "
                    "'secboot'",
                    path);
    free(path);
}

/* What is asked of firmware that it cannot do. */
static int check(const struct machine *machine, struct error *err)
{
    const struct machine_config *config = &machine->config;
    if (!machine->firmware.uefi && config->variables)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "firmware %s: it is a BIOS, which keeps no variables; give "
                         "UEFI firmware, or leave vars= out",
                         machine->firmware.path);
    if (machine->firmware.uefi && config->memory < LEAST_RAM)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "memory of %llu MiB: UEFI firmware needs at least %llu MiB",
                         (unsigned long long)(config->memory / MIB), LEAST_RAM / MIB);
    return 0;
}

int machine_open_variables(struct machine *machine, struct error *err)
{
    const struct firmware_image *image = &machine->firmware;
    const char *path = machine->config.variables;
    struct firmware_image companion = { 0 };

    if (check(machine, err) < 0)
        return err->code;
    if (!image->uefi)
        return 0;
    look_for_secure_boot(image);
    if (!path)
        log_info(NULL, "UEFI variables are lost at the end: --firmware ...,vars=FILE "
                       "keeps them");
    size_t size = own_variables(image);
    if (size)
        return variable_store_open(&machine->variables, path, image->data, size, err);
    int result = load_companion(image, &companion, err);
    if (result == 0 && !companion.data && !path)
        result = error_set(err, ERROR_INPUT, -ENOENT,
                           "firmware %s: it is code alone, and there is no file of its "
                           "variables beside it; give one: --firmware FILE,vars=FILE",
                           image->path);
    if (result == 0)
        result = variable_store_open(&machine->variables, path, companion.data,
                                     companion.size, err);
    firmware_image_free(&companion);
    return result;
}

struct device *machine_flash_new(struct machine *machine, struct error *err)
{
    struct variable_store *store = &machine->variables;
    size_t code_size;
    machine_firmware_code(machine, &code_size);
    const struct pflash_config config = { .address = 4 * GIB - code_size - store->size,
                                          .size = (uint32_t)store->size,
                                          .bytes = store->bytes,
                                          .written = variable_store_written,
                                          .opaque = store };
    return pflash_new(&machine->board, &config, err);
}
