/* opregion_fuzz.c: any bytes as an OpRegion image. */
#include "fuzz.h" /* must */

#include "igd/opregion.h" /* the target */

#include "base/bytes.h" /* loads, range_inside */
#include "base/error.h" /* struct error */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct igd_opregion info;
    struct igd_opregion again;
    struct igd_opregion_change changes[IGD_OPREGION_MAX_CHANGES];
    struct error err = { 0 };

    int ret = igd_opregion_parse(data, size, &info, &err);
    if (ret < 0) {
        must(ret == err.code && err.kind == ERROR_INPUT && err.text[0]);
        must(!strchr(err.text, '\n'));
        return 0;
    }
    must(size >= IGD_OPREGION_SIZE && info.size <= size);
    must(range_inside(info.vbt_offset, info.vbt_size, size));
    for (const char *c = info.vbt_signature; *c; c++)
        must(*c >= ' ' && *c <= '~');

    uint8_t *copy = malloc(size);
    memcpy(copy, data, size);
    unsigned count = igd_opregion_prepare(copy, size, changes);
    must(count <= IGD_OPREGION_MAX_CHANGES);
    for (size_t i = 0; i < size; i++) {
        int changed = 0;
        for (unsigned j = 0; j < count; j++)
            changed |= i - changes[j].offset < changes[j].size;
        must(changed || copy[i] == data[i]);
    }
    /* The guest's copy is as valid as the host's, and asks nothing of firmware. */
    must(igd_opregion_parse(copy, size, &again, NULL) == 0);
    must(!(again.mailboxes & IGD_OPREGION_MBOX_SWSCI));
    must(again.vbt_offset == info.vbt_offset && again.vbt_size == info.vbt_size);
    must(load32(copy + IGD_OPREGION_CLID) == 3);
    must(igd_opregion_prepare(copy, size, changes) == 0);
    free(copy);
    return 0;
}
