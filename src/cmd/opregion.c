/* opregion.c: igdvm opregion: finds the subcommand and calls it. */
#include "cmd/opregion.h" /* the subcommands */

#include "base/bytes.h"       /* ARRAY_SIZE */
#include "cmd/command_line.h" /* --help */
#include "cmd/commands.h"     /* exit statuses */

#include <stdio.h>  /* help */
#include <string.h> /* strcmp */

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} subcommands[] = {
    { "show", opregion_show, "show what one holds, and the outputs of its VBT" },
    { "extract", opregion_extract, "write a device's to a file" },
    { "build", opregion_build, "make one for a modelled GPU and its monitors" },
};

static void print_help(FILE *to)
{
    fputs(
        "usage: igdvm opregion SUBCOMMAND [OPTIONS]\n\n"
        "The OpRegion is the table in which firmware tells the drivers of an Intel GPU "
        "what\nis wired to it.\n\n",
        to);
    for (unsigned i = 0; i < ARRAY_SIZE(subcommands); i++)
        fprintf(to, "  %-8s %s\n", subcommands[i].name, subcommands[i].summary);
    fputs("\n'igdvm opregion SUBCOMMAND --help' tells its options; see also "
          "igdvm-opregion(1).\n",
          to);
}

int cmd_opregion(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return STATUS_USAGE;
    }
    if (command_asks_help(argv[1]) || !strcmp(argv[1], "help")) {
        print_help(stdout);
        return STATUS_DONE;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(subcommands); i++) {
        if (!strcmp(argv[1], subcommands[i].name))
            return subcommands[i].run(argc - 1, argv + 1);
    }
    fprintf(stderr,
            "igdvm opregion: no subcommand '%s'; 'igdvm opregion --help' lists them\n",
            argv[1]);
    return STATUS_USAGE;
}
