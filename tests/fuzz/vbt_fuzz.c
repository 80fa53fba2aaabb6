/* vbt_fuzz.c: any bytes as a video BIOS table. */
#include "fuzz.h" /* must */

#include "igd/vbt.h" /* the target */

#include "base/bytes.h" /* loads, range_inside */
#include "base/error.h" /* struct error */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct igd_vbt info, again;
    struct error err = { 0 };

    int ret = igd_vbt_parse(data, size, &info, &err);
    if (ret < 0) {
        must(ret == err.code && err.kind == ERROR_INPUT && err.text[0]);
        must(!strchr(err.text, '\n'));
        return 0;
    }
    must(igd_vbt_present(data) && size >= IGD_VBT_HEADER && info.size <= size);
    uint32_t bdb = load32(data + IGD_VBT_BDB_OFFSET);
    must(range_inside(bdb, IGD_BDB_HEADER, info.size));
    must(range_inside(bdb, load16(data + bdb + IGD_BDB_SIZE), info.size));
    must(strlen(info.signature) < sizeof(info.signature));
    for (const char *c = info.signature; *c; c++)
        must(*c >= ' ' && *c <= '~');

    /* Nothing behind the table counts: without it the same comes out, and with less
     * of the table it is cut off. */
    if (info.size >= IGD_VBT_HEADER) {
        uint8_t *copy = malloc(info.size);
        memcpy(copy, data, info.size);
        must(igd_vbt_parse(copy, info.size, &again, NULL) == 0);
        must(again.size == info.size && again.version == info.version);
        must(again.bdb_version == info.bdb_version);
        must(strcmp(again.signature, info.signature) == 0);
        free(copy);
        must(igd_vbt_parse(data, info.size - 1, &again, NULL) < 0);
    }
    return 0;
}
