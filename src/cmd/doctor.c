/* doctor.c: `igdvm doctor`. */
#include "cmd/host_commands.h" /* what is implemented */

int cmd_doctor(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return STATUS_SYSTEM;
}
