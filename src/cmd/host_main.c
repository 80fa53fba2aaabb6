/* host_main.c: igdvm-host: the commands about this computer, whose libraries the
 * monitor shall not load. */
#include "cmd/host_commands.h" /* the commands */
#include "cmd/programs.h"      /* finding the one that is asked for */

#include <signal.h> /* SIGPIPE */
#include <stddef.h> /* NULL */

static const struct command commands[] = {
#define ROW(name, summary) { #name, cmd_##name },
    HOST_COMMANDS(ROW)
#undef ROW
        { NULL, NULL },
};

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    return program_main(commands, argc, argv);
}
