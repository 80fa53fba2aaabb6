/* byte_ports.c: I/O ports of a device that answers byte by byte. */
#include "devices/byte_ports.h"

#include "base/error.h"    /* error_system */
#include "devices/board.h" /* the port space */

static uint64_t read_bytes(void *opaque, uint64_t offset, unsigned size)
{
    struct byte_ports *ports = opaque;
    uint64_t value = 0;
    if (size == 1 && ports->read)
        return ports->read(ports->opaque, (unsigned)offset);
    for (unsigned i = 0; i < size; i++) {
        uint64_t byte =
            ports->read ? ports->read(ports->opaque, (unsigned)offset + i) : 0xff;
        value |= byte << (8 * i);
    }
    return value;
}

static void write_bytes(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct byte_ports *ports = opaque;
    if (!ports->write)
        return;
    for (unsigned i = 0; i < size; i++)
        ports->write(ports->opaque, (unsigned)offset + i, (uint8_t)(value >> (8 * i)));
}

static const struct range_ops byte_ports_ops = { read_bytes, write_bytes };

int board_add_ports(struct board *board, struct range *range, uint32_t base,
                    uint32_t count, struct error *err)
{
    int result = space_add(board->ports, range, base, count);
    if (result < 0)
        return error_system(err, result, "%s: I/O ports 0x%x to 0x%x", range->name,
                            base, base + count - 1);
    return 0;
}

void byte_ports_init(struct byte_ports *ports, const char *name)
{
    ports->range.name = name;
    ports->range.ops = &byte_ports_ops;
    ports->range.opaque = ports;
}

int byte_ports_add(struct board *board, struct byte_ports *ports, const char *name,
                   uint32_t base, uint32_t count, struct error *err)
{
    byte_ports_init(ports, name);
    return board_add_ports(board, &ports->range, base, count, err);
}
