/* fw_cfg_reader.c: a guest's way to the items of fw_cfg. */
#include "fw_cfg_reader.h"

#include "base/bytes.h"     /* load32 */
#include "base/error.h"     /* struct error */
#include "devices/fw_cfg.h" /* keys */
#include "pci/space.h"      /* ports */

#include <endian.h> /* be32toh */
#include <stdlib.h> /* malloc */

int fw_cfg_fixture_setup(void **state)
{
    struct fw_cfg_fixture *fixture = calloc(1, sizeof(*fixture));
    struct error err = { 0 };
    pthread_mutex_init(&fixture->board.lock, NULL);
    fixture->board.ports = space_new(64 * KIB);
    fixture->board.ram = &fixture->ram;
    fixture->fw_cfg = fw_cfg_new(&fixture->board, &err);
    *state = fixture;
    return fixture->fw_cfg ? 0 : -1;
}

int fw_cfg_fixture_teardown(void **state)
{
    struct fw_cfg_fixture *fixture = *state;
    fw_cfg_free(fixture->fw_cfg);
    space_free(fixture->board.ports);
    free(fixture);
    return 0;
}

static void read_on(struct fw_cfg_fixture *fixture, void *to, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)to)[i] = (uint8_t)space_read(fixture->board.ports, 0x511, 1);
}

void fw_cfg_read_key(struct fw_cfg_fixture *fixture, unsigned key, void *to,
                     size_t size)
{
    space_write(fixture->board.ports, 0x510, key, 2);
    read_on(fixture, to, size);
}

uint32_t fw_cfg_read_long(struct fw_cfg_fixture *fixture, unsigned key)
{
    uint8_t bytes[4];
    fw_cfg_read_key(fixture, key, bytes, sizeof(bytes));
    return load32(bytes);
}

uint8_t *fw_cfg_read_file(struct fw_cfg_fixture *fixture, const char *name,
                          size_t *size)
{
    uint8_t bytes[4];
    fw_cfg_read_key(fixture, FW_CFG_KEY_FILE_DIR, bytes, sizeof(bytes));
    uint32_t count = be32toh(load32(bytes));
    for (uint32_t i = 0; i < count; i++) {
        uint8_t entry[64];
        read_on(fixture, entry, sizeof(entry));
        if (strncmp((const char *)entry + 8, name, 56) != 0)
            continue;
        *size = be32toh(load32(entry));
        uint8_t *data = malloc(*size + 1);
        if (data)
            fw_cfg_read_key(fixture, be16toh(load16(entry + 4)), data, *size);
        return data;
    }
    return NULL;
}
