/* host_main.c: igdvm-host: the commands about this computer. */
#include "cmd/commands.h" /* the commands */
#include "cmd/programs.h" /* finding the one that is asked for */

#include <stddef.h> /* NULL */

static const struct command commands[] = {
    { "bind", cmd_bind },
    { "unbind", cmd_unbind },
    { "status", cmd_status },
    { NULL, NULL },
};

int main(int argc, char **argv)
{
    return program_main(commands, argc, argv);
}
