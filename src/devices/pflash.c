/* pflash.c: a parallel flash chip: what UEFI firmware keeps its variables in. */
#include "devices/pflash.h"

#include "base/bytes.h"     /* loads, stores */
#include "base/error.h"     /* error_system */
#include "devices/board.h"  /* mapping the array */
#include "devices/device.h" /* struct device */
#include "pci/space.h"      /* the range */

#include <stdlib.h> /* calloc */
#include <string.h> /* memset */

/* Commands: one byte, at any address. (Intel StrataFlash datasheet, order 290667.) */
#define COMMAND_PROGRAM      0x10
#define COMMAND_PROGRAM_TOO  0x40
#define COMMAND_ERASE        0x20
#define COMMAND_ERASE_SURE   0xd0
#define COMMAND_CLEAR_STATUS 0x50
#define COMMAND_READ_STATUS  0x70

#define STATUS_READY       0x80
#define STATUS_ERASE_ERROR 0x20
#define STATUS_WRITE_ERROR 0x10 /* both: no such sequence of commands */

enum state {
    READS_ARRAY,
    READS_STATUS,
    AWAITS_DATA,         /* of the byte to program */
    AWAITS_CONFIRMATION, /* of erasing */
};

struct pflash {
    struct device device;
    struct board *board;
    struct pflash_config config;
    struct range range;
    enum state state;
    uint8_t status;
    bool mapped; /* the guest reads the array without exits */
};

/* Only the array can be read from memory; where mapping it fails, reads exit. */
static void enter(struct pflash *flash, enum state state)
{
    const struct pflash_config *config = &flash->config;
    flash->state = state;
    if (flash->mapped == (state == READS_ARRAY))
        return;
    if (flash->mapped) {
        board_unmap(flash->board, config->address, config->size);
        flash->mapped = false;
    } else {
        flash->mapped = board_map(flash->board, config->address, config->bytes,
                                  config->size, BOARD_MAP_READ_ONLY) == 0;
    }
}

static uint64_t flash_read(void *opaque, uint64_t offset, unsigned size)
{
    const struct pflash *flash = opaque;
    if (flash->state != READS_ARRAY)
        return flash->status;
    return load_sized(flash->config.bytes + offset, size);
}

static void written(struct pflash *flash, uint64_t offset, unsigned size)
{
    if (flash->config.written)
        flash->config.written(flash->config.opaque, (uint32_t)offset, size);
}

/* A real chip can only turn ones into zeros; QEMU's, for which OVMF is made, can all.
 */
static void program(struct pflash *flash, uint64_t offset, uint64_t value,
                    unsigned size)
{
    store_sized(flash->config.bytes + offset, value, size);
    flash->status |= STATUS_READY;
    written(flash, offset, size);
    enter(flash, READS_STATUS);
}

static void erase(struct pflash *flash, uint64_t offset)
{
    offset = round_down(offset, PFLASH_BLOCK);
    memset(flash->config.bytes + offset, 0xff, PFLASH_BLOCK);
    flash->status |= STATUS_READY;
    written(flash, offset, PFLASH_BLOCK);
    enter(flash, READS_STATUS);
}

/* What is no command here, as ff (read array), ends what was going on. */
static void command(struct pflash *flash, uint8_t code)
{
    switch (code) {
    case COMMAND_PROGRAM:
    case COMMAND_PROGRAM_TOO:
        enter(flash, AWAITS_DATA);
        break;
    case COMMAND_ERASE:
        enter(flash, AWAITS_CONFIRMATION);
        break;
    case COMMAND_CLEAR_STATUS:
        flash->status = 0;
        enter(flash, READS_ARRAY);
        break;
    case COMMAND_READ_STATUS:
        enter(flash, READS_STATUS);
        break;
    default:
        enter(flash, READS_ARRAY);
    }
}

static void flash_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct pflash *flash = opaque;
    uint8_t code = (uint8_t)value;

    if (flash->state == AWAITS_DATA) {
        program(flash, offset, value, size);
    } else if (flash->state == AWAITS_CONFIRMATION && code == COMMAND_ERASE_SURE) {
        erase(flash, offset);
    } else if (flash->state == AWAITS_CONFIRMATION) {
        flash->status |= STATUS_ERASE_ERROR | STATUS_WRITE_ERROR;
        enter(flash, READS_STATUS);
    } else {
        command(flash, code);
    }
}

static const struct range_ops flash_ops = { flash_read, flash_write, NULL };

static void pflash_reset(struct device *device)
{
    struct pflash *flash = (struct pflash *)device;
    flash->status = STATUS_READY;
    enter(flash, READS_ARRAY);
}

static void pflash_free(struct device *device)
{
    struct pflash *flash = (struct pflash *)device;
    space_remove(&flash->range);
    if (flash->mapped)
        board_unmap(flash->board, flash->config.address, flash->config.size);
    free(flash);
}

struct device *pflash_new(struct board *board, const struct pflash_config *config,
                          struct error *err)
{
    struct pflash *flash = calloc(1, sizeof(*flash));
    if (!flash) {
        error_system(err, -ENOMEM, "flash");
        return NULL;
    }
    flash->device = (struct device){ "pflash", pflash_reset, pflash_free };
    flash->board = board;
    flash->config = *config;
    flash->range =
        (struct range){ .name = "pflash", .ops = &flash_ops, .opaque = flash };
    int result = space_add(board->memory, &flash->range, config->address, config->size);
    if (result < 0) {
        error_system(err, result, "flash at 0x%llx",
                     (unsigned long long)config->address);
        free(flash);
        return NULL;
    }
    pflash_reset(&flash->device);
    return &flash->device;
}
