/* host_main.c: igdvm-host: the commands about the host, which need libraries that
 * igdvm run shall not load. */
#include "cmd/host_commands.h" /* the subcommands */

#include <signal.h> /* SIGPIPE */
#include <stdio.h>  /* messages */
#include <string.h> /* strcmp */

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
#define ROW(name, summary) { #name, cmd_##name },
    HOST_COMMANDS(ROW)
#undef ROW
};

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    for (unsigned i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (!strcmp(argv[1], commands[i].name))
            return commands[i].run(argc - 1, argv + 1);
    }
    fprintf(stderr,
            "igdvm-host: a part of igdvm, which calls it; see 'igdvm --help'\n");
    return STATUS_USAGE;
}
