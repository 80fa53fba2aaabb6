/* ctl_main.c: igdvm-ctl: asks running machines. */
#include "cmd/commands.h" /* the command */
#include "cmd/programs.h" /* finding it */

#include <stddef.h> /* NULL */

static const struct command commands[] = {
    { "ctl", cmd_ctl },
    { NULL, NULL },
};

int main(int argc, char **argv)
{
    return program_main(commands, argc, argv);
}
