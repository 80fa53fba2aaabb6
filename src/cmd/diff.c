/* diff.c: `igdvm diff`. */
#include "cmd/host_commands.h" /* what is implemented */

int cmd_diff(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return STATUS_SYSTEM;
}
