/* vbt.c: checks the video BIOS table. */
#include "igd/vbt.h"

#include "base/bytes.h" /* loads, range_inside */
#include "base/error.h" /* error_set */

#define SIGNATURE_SIZE  20
#define BDB_HEADER_SIZE 18 /* u16 in the header of the data blocks */
#define BLOCK_HEADER    3  /* u8 identifier, u16 size */
#define MIPI_SEQUENCE   53 /* from version 3 of it on its size is elsewhere */
#define CHILD_LEAST     33 /* bytes; older child devices say less than is read here */

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
        .bdb_offset = bdb,
        .bdb_size = bdb_size,
        .version = load16(vbt + IGD_VBT_VERSION),
        .bdb_version = load16(vbt + bdb + IGD_BDB_VERSION),
    };
    copy_signature(vbt, info->signature);
    return 0;
}

const uint8_t *igd_vbt_block(const uint8_t *vbt, const struct igd_vbt *info,
                             unsigned id, uint32_t *size)
{
    const uint8_t *bdb = vbt + info->bdb_offset;
    if (info->bdb_size < IGD_BDB_HEADER)
        return NULL;
    uint32_t at = load16(bdb + BDB_HEADER_SIZE);
    while (range_inside(at, BLOCK_HEADER, info->bdb_size)) {
        const uint8_t *block = bdb + at;
        uint32_t length = load16(block + 1);
        uint32_t data = at + BLOCK_HEADER;
        /* u8 version, then u32: bytes after these five. */
        if (block[0] == MIPI_SEQUENCE && range_inside(data, 5, info->bdb_size) &&
            bdb[data] >= 3)
            length = load32(bdb + data + 1);
        if (!range_inside(data, length, info->bdb_size))
            return NULL;
        if (block[0] == id) {
            *size = length;
            return bdb + data;
        }
        at = data + length;
    }
    return NULL;
}

bool igd_vbt_child_at(const uint8_t *vbt, const struct igd_vbt *info, unsigned index,
                      struct igd_vbt_child *child)
{
    uint32_t size;
    const uint8_t *data = igd_vbt_block(vbt, info, IGD_VBT_GENERAL_DEFINITIONS, &size);
    if (!data || size < IGD_VBT_CHILDREN)
        return false;
    uint32_t each = data[IGD_VBT_CHILDREN_SIZE];
    if (each < CHILD_LEAST || index >= (size - IGD_VBT_CHILDREN) / each)
        return false;
    const uint8_t *at = data + IGD_VBT_CHILDREN + (size_t)index * each;
    *child = (struct igd_vbt_child){
        .handle = load16(at + IGD_VBT_CHILD_HANDLE),
        .type = load16(at + IGD_VBT_CHILD_TYPE),
        .port = at[IGD_VBT_CHILD_PORT],
        .ddc_pin = at[IGD_VBT_CHILD_DDC_PIN],
        .supports = at[IGD_VBT_CHILD_SUPPORTS],
        .aux_channel = at[IGD_VBT_CHILD_AUX],
    };
    return true;
}

unsigned igd_vbt_child_size(unsigned bdb_version)
{
    static const struct {
        uint16_t below;
        uint8_t size;
    } rows[] = { { 106, 22 }, { 111, 27 }, { 195, 33 },
                 { 196, 37 }, { 216, 38 }, { 256, 39 } };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (bdb_version < rows[i].below)
            return rows[i].size;
    }
    return 40;
}

uint8_t igd_vbt_port(char letter, bool displayport)
{
    static const uint8_t hdmi[] = { 0, 1, 2, 3, 12, 14, 16, 18, 20 };
    static const uint8_t dp[] = { 10, 7, 8, 9, 11, 13, 15, 17, 19 };
    size_t index = (size_t)(letter - 'a') % ARRAY_SIZE(dp);
    return displayport ? dp[index] : hdmi[index];
}

uint8_t igd_vbt_aux_channel(char letter)
{
    static const uint8_t channels[] = { 0x40, 0x10, 0x20, 0x30, 0x50,
                                        0x60, 0x70, 0x80, 0x90 };
    return channels[(size_t)(letter - 'a') % ARRAY_SIZE(channels)];
}
