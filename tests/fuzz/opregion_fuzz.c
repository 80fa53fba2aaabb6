/* opregion_fuzz.c: any bytes as an OpRegion image. */
#include "fuzz.h" /* must */

#include "igd/opregion.h" /* the target */
#include "igd/vbt.h"      /* and the table in it */

#include "base/bytes.h" /* loads, range_inside */
#include "base/error.h" /* struct error */

/* Blocks and child devices lie inside the table. */
static void read_vbt(const uint8_t *table, uint32_t size)
{
    struct igd_vbt vbt;
    struct igd_vbt_child child;
    must(igd_vbt_parse(table, size, &vbt, NULL) == 0);
    for (unsigned id = 0; id < 256; id++) {
        uint32_t length;
        const uint8_t *block = igd_vbt_block(table, &vbt, id, &length);
        must(!block || (block >= table &&
                        range_inside((uint64_t)(block - table), length, vbt.size)));
    }
    unsigned children = 0;
    while (igd_vbt_child_at(table, &vbt, children, &child))
        must(children++ < UINT16_MAX);
}

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

    if (info.vbt_offset)
        read_vbt(data + info.vbt_offset, info.vbt_size);

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
