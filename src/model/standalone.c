/* standalone.c: the subcommand "model" alone, until igdvm's main takes it up. */
#include "cmd/commands.h" /* cmd_model */

#include <signal.h> /* SIGPIPE */

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    return cmd_model(argc, argv);
}
