/* model_ctl.c: igdvm model ctl: asks a running model, over its control socket. */
#include "cmd/model_ctl.h"

#include "base/error.h"         /* errors */
#include "cmd/command_line.h"   /* ending with an error */
#include "cmd/commands.h"       /* exit statuses */
#include "cmd/control_client.h" /* asking */

#include <stdbool.h> /* bool */
#include <stdio.h>   /* help */
#include <string.h>  /* strcmp */

static const char help_text[] =
    "usage: igdvm model ctl [--json] PATH COMMAND [ARGUMENTS]\n"
    "\n"
    "Watches or changes a model that was started with --control PATH.\n"
    "\n"
    "  info                  what the model, its monitors and its pipes do\n"
    "  screenshot [FILE.png [CONNECTOR]]\n"
    "                        write what the screen, or that of a connector, shows\n"
    "                        (default: the file of --screenshot)\n"
    "  plug MONITOR          plug in a monitor, as hdmi-b:1280x720; without modes\n"
    "                        (hdmi-b) the one that was there before\n"
    "  unplug CONNECTOR      pull it out, as hdmi-b\n"
    "  fault NAME[=VALUE] [on|off]\n"
    "                        let the model misbehave, or no more; 'igdvm model "
    "--fault\n"
    "                        help' tells the faults\n"
    "  --json                print the answer as it came\n";

static const struct control_command commands[] = {
    { "info", 0, 0, { NULL }, CONTROL_FILE_NAMED },
    { "screenshot", 0, 2, { "file", "connector" }, CONTROL_FILE_NAMED },
    { "plug", 1, 1, { "monitor" }, CONTROL_FILE_NAMED },
    { "unplug", 1, 1, { "connector" }, CONTROL_FILE_NAMED },
    { "fault", 1, 2, { "fault", "on" }, CONTROL_FILE_NAMED },
    { NULL, 0, 0, { NULL }, CONTROL_FILE_NAMED },
};

static int ask(const char *path, int argc, char **argv, bool json, struct error *err)
{
    json_object *answer = NULL;
    json_object *request =
        control_client_request(commands, "model ctl", argc, argv, err);
    if (!request)
        return -EINVAL;
    int result = control_client_ask(path, request, -1, &answer, err);
    if (result == -ENOENT || result == -ECONNREFUSED)
        error_prefix(err, "is a model running with --control %s?", path);
    if (result == 0)
        result = control_client_done(answer, err);
    if (answer && (json || result == 0))
        control_client_print(answer, json);
    json_object_put(answer);
    json_object_put(request);
    return result;
}

int model_ctl(int argc, char **argv)
{
    struct error err = { 0 };
    bool json = false;
    int first = 1;
    if (first < argc && strcmp(argv[first], "--json") == 0) {
        json = true;
        first++;
    }
    if (first < argc && command_asks_help(argv[first])) {
        fputs(help_text, stdout);
        return STATUS_DONE;
    }
    int result = argc - first < 2
                     ? error_set(&err, ERROR_INPUT, -EINVAL,
                                 "expected PATH and COMMAND; see 'igdvm model ctl "
                                 "--help'")
                     : ask(argv[first], argc - first - 1, argv + first + 1, json, &err);
    return result >= 0 ? STATUS_DONE : command_fail("model ctl", &err);
}
