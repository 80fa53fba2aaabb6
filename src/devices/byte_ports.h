/* byte_ports.h: I/O ports of a device that answers byte by byte. */
#ifndef DEVICES_BYTE_PORTS_H
#define DEVICES_BYTE_PORTS_H

#include "pci/space.h" /* struct range */

#include <stdint.h> /* bytes */

struct board;
struct error;

/*
 * Most ISA devices are eight bits wide; wider accesses reach them as bytes, the
 * lowest port first, as the bus would split them. A NULL read gives 0xff, a NULL
 * write drops the byte. offset counts from the first port.
 */
struct byte_ports {
    struct range range;
    uint8_t (*read)(void *opaque, unsigned offset);
    void (*write)(void *opaque, unsigned offset, uint8_t value);
    void *opaque;
};

/*
 * Let ports (read, write and opaque filled in, range zero) answer at [base,
 * base + count) of board->ports. 0, or a negative errno with err naming the ports.
 */
int byte_ports_add(struct board *board, struct byte_ports *ports, const char *name,
                   uint32_t base, uint32_t count, struct error *err);

/* Only fill in ports->range; for ports that are put into the space later. */
void byte_ports_init(struct byte_ports *ports, const char *name);

/* The same as byte_ports_add for a range with handlers of its own. */
int board_add_ports(struct board *board, struct range *range, uint32_t base,
                    uint32_t count, struct error *err);

#endif
