/* model_main.c: igdvm-model: the commands about the software model of the GPU. */
#include "cmd/commands.h" /* the commands */
#include "cmd/programs.h" /* finding the one that is asked for */

#include <signal.h> /* SIGPIPE */

static const struct command commands[] = {
    { "model", cmd_model },
    { "opregion", cmd_opregion },
    { NULL, NULL },
};

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a client that left is an error of its write */
    return program_main(commands, argc, argv);
}
