/* main.c: igdvm: finds the subcommand and calls it. */
#include "base/bytes.h"        /* ARRAY_SIZE */
#include "cmd/commands.h"      /* the subcommands */
#include "cmd/host_commands.h" /* those of igdvm-host */

#include <malloc.h> /* mallopt */
#include <signal.h> /* SIGPIPE */
#include <stdio.h>  /* help */
#include <string.h> /* strcmp */

/* The heap grows by so much: a start asks for it once. */
#define HEAP_STEP (512 * 1024)

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    { "run", cmd_run, "start a virtual machine with the Intel GPU" },
    { "model", cmd_model, "serve a software model of an Intel GPU over vfio-user" },
#define ROW(name, summary) { #name, NULL, summary }, /* NULL: igdvm-host's */
    HOST_COMMANDS(ROW)
#undef ROW
};

static void print_help(FILE *to)
{
    fputs("usage: igdvm COMMAND [OPTIONS]\n\n"
          "Hands the Intel GPU of this computer to a virtual machine.\n\n",
          to);
    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].summary);
    fputs("\n'igdvm COMMAND --help' tells a command's options; see also igdvm(1).\n"
          "Exit status: 0 done, 1 not possible as asked, 2 bad usage or input, 3 the "
          "host "
          "failed.\n",
          to);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    mallopt(M_TOP_PAD, HEAP_STEP);
    mallopt(M_ARENA_MAX, 1); /* no thread allocates often enough for one of its own */
    if (argc < 2) {
        print_help(stderr);
        return STATUS_USAGE;
    }
    const char *name = argv[1];
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
        print_help(stdout);
        return STATUS_DONE;
    }
    if (!strcmp(name, "--version")) {
        puts("igdvm " IGDVM_VERSION);
        return STATUS_DONE;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
        if (strcmp(name, commands[i].name) != 0)
            continue;
        return commands[i].run ? commands[i].run(argc - 1, argv + 1)
                               : host_commands_exec(argv);
    }
    fprintf(stderr, "igdvm: no command '%s'; 'igdvm --help' lists them\n", name);
    return STATUS_USAGE;
}
