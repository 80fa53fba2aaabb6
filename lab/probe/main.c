/* main.c: tells as JSON what this computer, host or guest, shows of its Intel GPU. */
#include <getopt.h> /* options */
#include <stdlib.h> /* strtoul */
#include <string.h> /* strcmp */

#include "probe.h"

static int usage(FILE *out)
{
    fprintf(out,
            "usage: probe [--bar-reads N] [--leaks] [--write] host|guest\n"
            "       probe old-kernel COMMAND...\n"
            "  --bar-reads N  read a BAR0 page without special registers N times\n"
            "  --leaks        read the registers of BAR0, which takes a while\n"
            "  --write        try writing to stolen memory and to the disk\n"
            "  old-kernel     run a command to which this kernel says it is 2.6\n");
    return out == stderr ? 2 : 0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        { "bar-reads", required_argument, NULL, 'b' },
        { "leaks", no_argument, NULL, 'l' },
        { "write", no_argument, NULL, 'w' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    unsigned long reads = 0;
    bool write = false, leaks = false;
    int option;

    if (argc > 1 && !strcmp(argv[1], "old-kernel"))
        return run_on_old_kernel(argv + 2);
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'b':
            reads = strtoul(optarg, NULL, 0);
            break;
        case 'l':
            leaks = true;
            break;
        case 'w':
            write = true;
            break;
        case 'h':
            return usage(stdout);
        default:
            return usage(stderr);
        }
    }
    if (optind + 1 != argc)
        return usage(stderr);

    /* The screen first: whatever the kernel prints later would change it. */
    json_open(NULL, '{');
    json_string("role", argv[optind]);
    probe_vga();
    probe_system();
    probe_memory_map();
    probe_pci();
    probe_opregion();
    probe_stolen(write);
    probe_bar0(reads);
    if (leaks)
        probe_leaks();
    probe_rom();
    if (!strcmp(argv[optind], "guest")) {
        if (write)
            probe_disk();
        probe_rng();
    }
    json_close('}');
    putchar('\n');
    return fflush(stdout) || ferror(stdout) ? 3 : 0;
}
