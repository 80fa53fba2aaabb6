/* rom_firmware.c: finds the GOP driver or the VBT in a dump of a PC's firmware. */
#include "cmd/rom_firmware.h"

#include "base/error.h"         /* errors */
#include "cmd/rom_report.h"     /* what is told */
#include "cmd/output_file.h"    /* results */
#include "cmd/source_bytes.h"   /* files */
#include "host/firmware_dump.h" /* the dump */

#include <stdio.h>  /* notes */
#include <stdlib.h> /* malloc */
#include <string.h> /* memcpy */

struct search {
    enum firmware_part wanted;
    unsigned count;
    uint8_t *bytes; /* of the first */
    size_t size;
    char name[128];
};

static int take_section(void *opaque, const struct firmware_section *section)
{
    struct search *search = opaque;
    if (firmware_section_part(section) != search->wanted)
        return 0;
    if (search->count++)
        return 0;
    search->bytes = malloc(section->size);
    if (!search->bytes)
        return -ENOMEM;
    memcpy(search->bytes, section->bytes, section->size);
    search->size = section->size;
    snprintf(search->name, sizeof(search->name), "%s%s%s", section->file_guid,
             section->name[0] ? " " : "", section->name);
    return 0;
}

static int nothing_found(const struct rom_arguments *arguments,
                         const struct firmware_walk *walk, struct error *err)
{
    return error_set(
        err, ERROR_IMPOSSIBLE, -ENOENT, "%s: no %s in its %u file%s of %u volume%s%s",
        arguments->firmware, arguments->vbt ? "VBT" : "GOP driver", walk->files,
        walk->files == 1 ? "" : "s", walk->volumes, walk->volumes == 1 ? "" : "s",
        walk->unreadable
            ? "; parts of it are compressed or signed in a way that is not "
              "read: unpack them with the vendor's or another tool first"
            : "");
}

int rom_extract_from_firmware(const struct rom_arguments *arguments, struct error *err)
{
    struct source_bytes dump;
    struct search search = { .wanted = arguments->vbt ? FIRMWARE_VBT : FIRMWARE_GOP };
    struct firmware_walk walk = { .section = take_section, .opaque = &search };
    int result = source_bytes_read(&dump, arguments->firmware, SOURCE_ROM,
                                   FIRMWARE_DUMP_MAX, err);
    if (result < 0)
        return result;
    result = firmware_dump_walk(dump.bytes, dump.size, &walk, err);
    if (result == -EINVAL)
        error_prefix(err, "%s", arguments->firmware);
    else if (result < 0)
        error_system(err, result, "%s", arguments->firmware);
    else if (!search.count)
        result = nothing_found(arguments, &walk, err);
    if (result == 0)
        result = output_file_write(arguments->output, search.bytes, search.size, err);
    if (result == 0) {
        if (search.count > 1)
            fprintf(stderr, "igdvm rom: %u were found, the first was taken\n",
                    search.count);
        rom_report_written(arguments, search.name, search.size,
                           arguments->vbt ? "VBT" : "GOP driver");
    }
    free(search.bytes);
    source_bytes_free(&dump);
    return result;
}
