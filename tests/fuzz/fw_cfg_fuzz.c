/* fw_cfg_fuzz.c: a guest that does anything to the firmware configuration device. */
#include "fuzz.h" /* must */

#include "devices/fw_cfg.h" /* the target */

#include "base/bytes.h"           /* load32 */
#include "base/error.h"           /* struct error */
#include "devices/board.h"        /* struct board */
#include "devices/guest_memory.h" /* DMA targets */
#include "pci/space.h"            /* ports */

#define LOW_SIZE  8192
#define HIGH_BASE 0xfffff000
#define HIGH_SIZE 8192 /* reaches across 4 GiB */

#define READ_ONLY_TEXT "nobody changes this"

/* A step: one byte of kind, 8 of address or port, 4 of value, 1 of size. */
#define STEP_SIZE 14

static void access_port(struct board *board, const uint8_t *step)
{
    uint64_t port = 0x50c + step[1] % 20;
    unsigned size = 1u << step[13] % 4;
    if (step[0] & 1)
        space_read(board->ports, port, size);
    else
        space_write(board->ports, port, load32(step + 9), size);
}

/* Put bytes of the step where a request could be: at the start of either block. */
static void fill_memory(struct board *board, const uint8_t *step)
{
    uint64_t base = step[0] & 1 ? 0 : HIGH_BASE;
    must(guest_memory_write(board->ram, base + step[13], step + 1, 12) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guest_memory ram = {
        .count = 2,
        .blocks = { { 0, LOW_SIZE, calloc(1, LOW_SIZE), -1, 0 },
                    { HIGH_BASE, HIGH_SIZE, calloc(1, HIGH_SIZE), -1, 0 } },
    };
    struct board board = { .ram = &ram, .ports = space_new(64 * KIB) };
    struct error err;
    struct fw_cfg *fw_cfg = fw_cfg_new(&board, &err);
    must(fw_cfg != NULL);
    must(fw_cfg_add_file(fw_cfg, "a", READ_ONLY_TEXT, sizeof(READ_ONLY_TEXT)) == 0);
    must(fw_cfg_add_file(fw_cfg, "b", NULL, 0) == 0);
    must(fw_cfg_add_writable_file(fw_cfg, "c", "0123456789", 10) == 0);

    for (; size >= STEP_SIZE; data += STEP_SIZE, size -= STEP_SIZE) {
        switch (data[0] >> 1 & 3) {
        case 0:
            fill_memory(&board, data);
            break;
        case 1:
            fw_cfg_reset(fw_cfg);
            break;
        default:
            access_port(&board, data);
        }
    }

    space_write(board.ports, 0x510, FW_CFG_KEY_FILE_FIRST, 2);
    for (size_t i = 0; i < sizeof(READ_ONLY_TEXT); i++)
        must(space_read(board.ports, 0x511, 1) == (uint8_t)READ_ONLY_TEXT[i]);
    fw_cfg_free(fw_cfg);
    space_free(board.ports);
    free(ram.blocks[0].host);
    free(ram.blocks[1].host);
    return 0;
}
