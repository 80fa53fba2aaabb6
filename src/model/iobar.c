/* iobar.c: the I/O BAR: MMIO_Index at 0 and MMIO_Data at 4 reach registers and GTT. */
#include "model/state.h"

#include "base/bytes.h" /* all_ones */

#define IO_INDEX 0u
#define IO_DATA  4u

/* Bits 1:0 of the index choose what the data register reaches. */
enum { SELECT_REGISTERS = 0, SELECT_GTT = 1 };

static uint32_t read_data(struct model *model, unsigned lane, unsigned size)
{
    uint32_t at = model->io_index & ~3u;
    switch (model->io_index & 3) {
    case SELECT_REGISTERS:
        if (at < model->registers_size)
            return registers_read(model, at + lane, size);
        break;
    case SELECT_GTT:
        if (model->platform->iobar_gtt && at < model->gtt_size)
            return gtt_read(model, at + lane, size);
        break;
    default:
        break;
    }
    return (uint32_t)all_ones(size);
}

uint32_t iobar_read(struct model *model, unsigned offset, unsigned size)
{
    unsigned lane = offset & 3;
    switch (offset & ~3u) {
    case IO_INDEX:
        return (uint32_t)((model->io_index >> (8 * lane)) & all_ones(size));
    case IO_DATA:
        return read_data(model, lane, size);
    default:
        return (uint32_t)all_ones(size);
    }
}

static void write_data(struct model *model, unsigned lane, uint32_t value,
                       unsigned size)
{
    uint32_t at = model->io_index & ~3u;
    switch (model->io_index & 3) {
    case SELECT_REGISTERS:
        if (at < model->registers_size)
            registers_write(model, at + lane, value, size);
        break;
    case SELECT_GTT:
        if (model->platform->iobar_gtt && at < model->gtt_size) {
            gtt_write(model, at + lane, value, size);
            aperture_entries_by_port(model, at + lane, size);
        }
        break;
    default:
        break;
    }
}

void iobar_write(struct model *model, unsigned offset, uint32_t value, unsigned size)
{
    unsigned lane = offset & 3;
    switch (offset & ~3u) {
    case IO_INDEX: {
        uint32_t lanes = (uint32_t)(all_ones(size) << (8 * lane));
        model->io_index = (model->io_index & ~lanes) | (value << (8 * lane) & lanes);
        break;
    }
    case IO_DATA:
        write_data(model, lane, value, size);
        break;
    default:
        break;
    }
}
