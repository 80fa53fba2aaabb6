/* port92.c: system control port A: fast A20 and fast reset. */
#include "devices/port92.h"

#include "base/error.h"         /* error_system */
#include "devices/board.h"      /* reset */
#include "devices/byte_ports.h" /* the port */
#include "devices/device.h"     /* struct device */

#include <stdlib.h> /* calloc */

#define PORT92_RESET 0x01
#define PORT92_A20   0x02

struct port92 {
    struct device device;
    struct board *board;
    struct byte_ports ports;
    uint8_t value;
};

static uint8_t port92_read(void *opaque, unsigned offset)
{
    const struct port92 *port = opaque;
    return port->value;
}

static void port92_write(void *opaque, unsigned offset, uint8_t value)
{
    struct port92 *port = opaque;
    if (value & PORT92_RESET & ~port->value)
        board_request_reset(port->board);
    port->value = value & (PORT92_RESET | PORT92_A20);
}

static void port92_reset(struct device *device)
{
    struct port92 *port = (struct port92 *)device;
    port->value = PORT92_A20;
}

static void port92_free(struct device *device)
{
    struct port92 *port = (struct port92 *)device;
    space_remove(&port->ports.range);
    free(port);
}

struct device *port92_new(struct board *board, struct error *err)
{
    struct port92 *port = calloc(1, sizeof(*port));
    if (!port) {
        error_system(err, -ENOMEM, "port 0x92");
        return NULL;
    }
    port->device = (struct device){ "port92", port92_reset, port92_free };
    port->board = board;
    port->ports.read = port92_read;
    port->ports.write = port92_write;
    port->ports.opaque = port;
    port92_reset(&port->device);
    if (byte_ports_add(board, &port->ports, "port92", 0x92, 1, err) < 0) {
        port92_free(&port->device);
        return NULL;
    }
    return &port->device;
}
