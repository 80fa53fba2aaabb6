/* fw_cfg_reader.h: reads fw_cfg as a guest does, through its ports, for tests. */
#ifndef TESTS_FW_CFG_READER_H
#define TESTS_FW_CFG_READER_H

#include "devices/board.h"        /* struct board */
#include "devices/guest_memory.h" /* struct guest_memory */

struct fw_cfg;

/* A board with nothing but ports and the fw_cfg on them. */
struct fw_cfg_fixture {
    struct board board;
    struct guest_memory ram;
    struct fw_cfg *fw_cfg;
};

/* cmocka setup and teardown: *state is a struct fw_cfg_fixture. */
int fw_cfg_fixture_setup(void **state);
int fw_cfg_fixture_teardown(void **state);

/* size bytes of the item with this key. */
void fw_cfg_read_key(struct fw_cfg_fixture *fixture, unsigned key, void *to,
                     size_t size);
uint32_t fw_cfg_read_long(struct fw_cfg_fixture *fixture, unsigned key);

/* A file's contents, to be freed; NULL when the directory does not name it. */
uint8_t *fw_cfg_read_file(struct fw_cfg_fixture *fixture, const char *name,
                          size_t *size);

#endif
