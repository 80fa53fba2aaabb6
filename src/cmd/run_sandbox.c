/* run_sandbox.c: what the sandbox of `igdvm run` leaves. */
#include "cmd/run_sandbox.h"

#include "base/sandbox_calls.h" /* needs */
#include "cmd/run_options.h"    /* which paths there are */

#include <string.h> /* strncmp */

#define UNIX_PREFIX      "unix:"
#define VFIO_USER_PREFIX "vfio-user:"

void run_sandbox_prepare(struct run_options *options)
{
    struct sandbox *sandbox = &options->sandbox;
    const struct machine_config *machine = &options->machine;

    const size_t prefix = strlen(UNIX_PREFIX);

    for (unsigned i = 0; i < options->serial_count; i++) {
        const char *where = options->serials[i];
        if (!strncmp(where, UNIX_PREFIX, prefix))
            sandbox_add_path(sandbox, where + prefix, SANDBOX_REMOVE);
    }
    if (options->display.vnc && !strncmp(options->display.vnc, UNIX_PREFIX, prefix))
        sandbox_add_path(sandbox, options->display.vnc + prefix, SANDBOX_REMOVE);
    /* Discs that 'igdvm ctl insert' brings are open already, and so are screenshots. */
    if (machine->cdrom_count && (options->name || options->control))
        sandbox->needs |= CALL_FOR_DISCS;
    if (options->display.screenshot)
        sandbox_add_path(sandbox, options->display.screenshot, SANDBOX_WRITE);
    if (options->stats) /* open files and memory are counted at each reset */
        sandbox_add_path(sandbox, "/proc/self", SANDBOX_READ);
    sandbox->tells = options->stats;
    sandbox->locks_memory =
        machine->device &&
        strncmp(machine->device, VFIO_USER_PREFIX, strlen(VFIO_USER_PREFIX)) != 0;
}
