/* firmware_dump_fuzz.c: any bytes as a dump of UEFI firmware. */
#include "fuzz.h" /* must */

#include "host/firmware_dump.h" /* the target */

#include "base/error.h" /* struct error */

#include <string.h> /* strlen */

static int take(void *opaque, const struct firmware_section *section)
{
    unsigned *sum = opaque;
    must(strlen(section->file_guid) == FIRMWARE_GUID_SIZE - 1);
    must(strlen(section->name) < sizeof(section->name));
    for (size_t i = 0; i < section->size; i++)
        *sum += section->bytes[i];
    *sum += firmware_section_part(section);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned sum = 0;
    struct firmware_walk walk = { .section = take, .opaque = &sum };
    struct error err = { 0 };
    int ret = firmware_dump_walk(data, size, &walk, &err);
    must(ret == 0 || (ret == -EINVAL && err.text[0] && !walk.volumes) ||
         ret == -ENOMEM);
    return 0;
}
