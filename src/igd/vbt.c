/* vbt.c: checks the video BIOS table. */
#include "igd/vbt.h"

#include "base/bytes.h" /* loads, range_inside */
#include "base/error.h" /* error_set */

#define SIGNATURE_SIZE 20

bool igd_vbt_present(const uint8_t *vbt)
{
    return memcmp(vbt, "$VBT", 4) == 0;
}

/* The platform's name as text: it comes from outside and goes to a terminal. */
static void copy_signature(const uint8_t *vbt, char *text)
{
    size_t length = 0;
    for (size_t i = 0; i < SIGNATURE_SIZE; i++) {
        bool printable = vbt[i] >= ' ' && vbt[i] <= '~';
        text[i] = printable ? (char)vbt[i] : ' ';
        if (text[i] != ' ')
            length = i + 1;
    }
    text[length] = '\0';
}

int igd_vbt_parse(const uint8_t *vbt, size_t size, struct igd_vbt *info,
                  struct error *err)
{
    if (size < IGD_VBT_HEADER)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "room for %zu bytes, expected a header of %u", size,
                         IGD_VBT_HEADER);
    if (!igd_vbt_present(vbt))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "the signature is %02x %02x %02x %02x, expected \"$VBT\"",
                         vbt[0], vbt[1], vbt[2], vbt[3]);
    uint16_t table_size = load16(vbt + IGD_VBT_SIZE);
    if (table_size > size)
        return error_set(
            err, ERROR_INPUT, -EINVAL,
            "the size at +0x%x is %u bytes, expected at most the %zu there "
            "are",
            IGD_VBT_SIZE, table_size, size);
    uint32_t bdb = load32(vbt + IGD_VBT_BDB_OFFSET);
    if (!range_inside(bdb, IGD_BDB_HEADER, table_size))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "the offset of the data blocks at +0x%x is 0x%x, expected %u "
                         "bytes or more before the table's end, 0x%x",
                         IGD_VBT_BDB_OFFSET, bdb, IGD_BDB_HEADER, table_size);
    uint16_t bdb_size = load16(vbt + bdb + IGD_BDB_SIZE);
    if (!range_inside(bdb, bdb_size, table_size))
        return error_set(
            err, ERROR_INPUT, -EINVAL,
            "the size of the data blocks at +0x%x is %u bytes, expected at "
            "most the %u before the table's end",
            bdb + IGD_BDB_SIZE, bdb_size, table_size - bdb);
    *info = (struct igd_vbt){
        .size = table_size,
        .version = load16(vbt + IGD_VBT_VERSION),
        .bdb_version = load16(vbt + bdb + IGD_BDB_VERSION),
    };
    copy_signature(vbt, info->signature);
    return 0;
}
