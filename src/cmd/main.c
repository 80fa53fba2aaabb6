/* main.c: igdvm: finds the subcommand and calls it. */
#include "base/bytes.h"        /* ARRAY_SIZE */
#include "cmd/commands.h"      /* the subcommands */
#include "cmd/host_commands.h" /* those of igdvm-host */
#include "cmd/programs.h"      /* becoming another program */

#include <malloc.h> /* mallopt */
#include <signal.h> /* SIGPIPE */
#include <stdio.h>  /* help */
#include <string.h> /* strcmp */

/* The heap grows by so much: a start asks for it once. */
#define HEAP_STEP (512 * 1024)

/* What is not the monitor is a program of its own, so that the monitor stays small. */
static const struct {
    const char *name;
    int (*run)(int argc, char **argv); /* NULL: program does it */
    const char *program;
    const char *summary;
} commands[] = {
    { "run", cmd_run, NULL, "start a virtual machine with the Intel GPU" },
    { "ctl", NULL, "igdvm-ctl", "ask a running virtual machine, or end it" },
    { "model", NULL, "igdvm-model",
      "serve a software model of an Intel GPU over vfio-user" },
    { "opregion", NULL, "igdvm-model", "show, extract and build OpRegions" },
    { "vbt", NULL, "igdvm-model", "show what a VBT says of a GPU's outputs" },
#define ROW(name, summary) { #name, NULL, "igdvm-host", summary },
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

static int run_command(int argc, char **argv)
{
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
        if (!commands[i].run)
            return program_become(commands[i].program, argc - 1, argv + 1);
        return commands[i].run(argc - 1, argv + 1);
    }
    fprintf(stderr, "igdvm: no command '%s'; 'igdvm --help' lists them\n", name);
    return STATUS_USAGE;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    mallopt(M_TOP_PAD, HEAP_STEP);
    mallopt(M_ARENA_MAX, 1); /* no thread allocates often enough for one of its own */
    return program_end(run_command(argc, argv));
}
