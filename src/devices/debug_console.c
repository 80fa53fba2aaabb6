/* debug_console.c: the firmware's debug port 0x402. */
#include "devices/debug_console.h"

#include "base/error.h"           /* error_system */
#include "base/log.h"             /* dropped bytes */
#include "devices/board.h"        /* the event loop */
#include "devices/byte_ports.h"   /* the port */
#include "devices/device.h"       /* struct device */
#include "devices/output_queue.h" /* output */

#include <stdlib.h> /* calloc */

#define DEBUG_PORT     0x402
#define DEBUG_PRESENT  0xe9
#define DEBUG_DELAY_NS 5000000 /* how long a line may gather */

struct debug_console {
    struct device device;
    struct byte_ports ports;
    struct output_queue *output;
    bool dropping;
};

static uint8_t debug_read(void *opaque, unsigned offset)
{
    return DEBUG_PRESENT;
}

static void debug_write(void *opaque, unsigned offset, uint8_t value)
{
    struct debug_console *console = opaque;
    bool taken = output_queue_put(console->output, value);
    if (!taken && !console->dropping)
        log_warning("debug console", "output is not read, bytes are dropped");
    console->dropping = !taken;
}

static void debug_console_free(struct device *device)
{
    struct debug_console *console = (struct debug_console *)device;
    space_remove(&console->ports.range);
    output_queue_free(console->output);
    free(console);
}

struct device *debug_console_new(struct board *board, int fd, struct error *err)
{
    struct debug_console *console = calloc(1, sizeof(*console));
    if (!console) {
        error_system(err, -ENOMEM, "debug console");
        return NULL;
    }
    console->device = (struct device){ "debug-console", NULL, debug_console_free };
    console->ports.read = debug_read;
    console->ports.write = debug_write;
    console->ports.opaque = console;
    console->output =
        output_queue_new(board->loop, "debug console", fd, DEBUG_DELAY_NS, true, err);
    if (!console->output || byte_ports_add(board, &console->ports, "debug-console",
                                           DEBUG_PORT, 1, err) < 0) {
        debug_console_free(&console->device);
        return NULL;
    }
    return &console->device;
}
