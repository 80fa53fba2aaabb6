/* main.c: drives a GPU through the kernel's DRM interface and tells as JSON what came
 * of it. */
#include "card.h"
#include "probe.h" /* JSON */

#include <getopt.h> /* options */
#include <stdio.h>  /* usage */
#include <stdlib.h> /* strtoul */
#include <string.h> /* strcmp */

static const struct {
    const char *name;
    bool (*run)(const struct request *request);
    const char *what;
} COMMANDS[] = {
    { "describe", command_describe, "connectors, modes, EDID, framebuffer console" },
    { "show", command_show, "show the known picture while a command runs" },
    { "flips", command_flips, "flip pages and count the events" },
    { "power", command_power, "displays off, run a command, on again" },
    { "batches", command_batches, "batches on every engine, results read back" },
    { "blits", command_blits, "the blitter's fill and copies, every pixel read back" },
    { "hang", command_hang, "hang engines and see them recover" },
    { "font", command_font, "write the console's font to a file" },
};

#define COUNT (sizeof(COMMANDS) / sizeof(COMMANDS[0]))

static int usage(FILE *out)
{
    fputs("usage: drm [OPTIONS] COMMAND\n"
          "  --card PATH       default /dev/dri/card0\n"
          "  --connector NAME  may be repeated; default: all that are connected\n"
          "  --mode WxH        default: the preferred one\n"
          "  --count N         flips, batches or engines; default 10\n"
          "  --cursor          show a cursor, too\n"
          "  --during COMMAND  run while the picture is shown, or the display is off\n"
          "  --file PATH       where to write\n"
          "commands:\n",
          out);
    for (unsigned i = 0; i < COUNT; i++)
        fprintf(out, "  %-9s %s\n", COMMANDS[i].name, COMMANDS[i].what);
    return out == stderr ? 2 : 0;
}

static bool take_option(struct request *request, int option)
{
    switch (option) {
    case 'd':
        request->card = optarg;
        return true;
    case 'c':
        if (request->connector_count == 4)
            return false;
        request->connectors[request->connector_count++] = optarg;
        return true;
    case 'm':
        return sscanf(optarg, "%ux%u", &request->width, &request->height) == 2;
    case 'n':
        request->count = (unsigned)strtoul(optarg, NULL, 0);
        return true;
    case 'u':
        request->cursor = true;
        return true;
    case 'w':
        request->during = optarg;
        return true;
    case 'f':
        request->file = optarg;
        return true;
    default:
        return false;
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        { "card", required_argument, NULL, 'd' },
        { "connector", required_argument, NULL, 'c' },
        { "mode", required_argument, NULL, 'm' },
        { "count", required_argument, NULL, 'n' },
        { "cursor", no_argument, NULL, 'u' },
        { "during", required_argument, NULL, 'w' },
        { "file", required_argument, NULL, 'f' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    struct request request = { .card = "/dev/dri/card0", .count = 10 };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return usage(stdout);
        if (!take_option(&request, option))
            return usage(stderr);
    }
    if (optind + 1 != argc)
        return usage(stderr);
    for (unsigned i = 0; i < COUNT; i++) {
        if (strcmp(COMMANDS[i].name, argv[optind]) != 0)
            continue;
        json_open(NULL, '{');
        bool good = COMMANDS[i].run(&request);
        json_bool("good", good);
        json_close('}');
        putchar('\n');
        return fflush(stdout) || ferror(stdout) ? 3 : !good;
    }
    return usage(stderr);
}
