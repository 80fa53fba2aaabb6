/* snapshot.c: `igdvm snapshot`. */
#include "cmd/host_commands.h" /* what is implemented */

int cmd_snapshot(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return STATUS_SYSTEM;
}
