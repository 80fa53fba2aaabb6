/* ctl.c: `igdvm ctl`: asks a running machine, over its control socket. */
#include "base/error.h"         /* errors */
#include "cmd/command_line.h"   /* options */
#include "cmd/commands.h"       /* exit statuses */
#include "cmd/control_client.h" /* asking */
#include "cmd/control_passed.h" /* files that go along */
#include "cmd/control_place.h"  /* where machines listen */

#include <dirent.h>  /* the machines there are */
#include <stdbool.h> /* bool */
#include <stdio.h>   /* help */
#include <string.h>  /* strchr */

#define MOST_WORDS 8 /* of a command; it says itself how many it wants */

static const char help_text[] =
    "usage: igdvm ctl [OPTIONS] NAME|SOCKET COMMAND\n"
    "       igdvm ctl [OPTIONS] list\n"
    "\n"
    "Watches or ends a machine that was started with --name NAME or --control\n"
    "unix:SOCKET; SOCKET has a slash in it.\n"
    "\n"
    "  list         the machines with names that run\n"
    "  info         what the machine is and what it did so far\n"
    "  powerdown    press its power button: the guest is asked to power off\n"
    "  reset        press its reset button\n"
    "  screenshot FILE\n"
    "               save its emulated display as PNG, if it was started with\n"
    "               one of --vnc and --screenshot\n"
    "  stop         end it at once\n"
    "  balloon [SIZE]\n"
    "               how its balloon stands; take SIZE of its memory into it\n"
    "  eject DRIVE [force]\n"
    "               take the disc out of an optical drive, counted from 1\n"
    "  insert DRIVE FILE\n"
    "               put this disc in\n"
    "\n"
    "  --json       print the answer as it came\n"
    "  --help       this text\n"
    "\n"
    "Exit status: 0 done, 1 no such machine, or it cannot do that, 2 bad usage, 3 the\n"
    "host failed.\n";

static const struct control_command commands[] = {
    { "info", 0, 0, { NULL }, CONTROL_FILE_NAMED },
    { "powerdown", 0, 0, { NULL }, CONTROL_FILE_NAMED },
    { "reset", 0, 0, { NULL }, CONTROL_FILE_NAMED },
    { "screenshot", 1, 1, { "file" }, CONTROL_FILE_NEW },
    { "stop", 0, 0, { NULL }, CONTROL_FILE_NAMED },
    { "balloon", 0, 1, { "size" }, CONTROL_FILE_NAMED },
    { "eject", 1, 2, { "drive", "how" }, CONTROL_FILE_NAMED },
    { "insert", 2, 2, { "drive", "file" }, CONTROL_FILE_OPEN },
    { NULL, 0, 0, { NULL }, CONTROL_FILE_NAMED },
};

static bool nobody_there(int result)
{
    return result == -ENOENT || result == -ECONNREFUSED;
}

/* Ask the machine of this name, or at this path. */
static int ask_machine(const char *machine, json_object *request, int fd,
                       json_object **answer, struct error *err)
{
    char folders[CONTROL_FOLDERS][PATH_MAX], path[PATH_MAX];
    int result = -ENOENT;

    if (strchr(machine, '/')) {
        result = control_client_ask(machine, request, fd, answer, err);
    } else {
        if (!control_name_ok(machine))
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "%s: neither a machine's name nor a path with a slash",
                             machine);
        unsigned count = control_folders(folders);
        for (unsigned i = 0; i < count && nobody_there(result); i++) {
            if (control_path(path, folders[i], machine))
                result = control_client_ask(path, request, fd, answer, err);
        }
    }
    if (nobody_there(result))
        error_set(err, ERROR_IMPOSSIBLE, result,
                  "%s: no such machine is running; 'igdvm ctl list' tells which are",
                  machine);
    return result;
}

static int ask(int argc, char **argv, bool json, struct error *err)
{
    json_object *answer = NULL;
    json_object *request =
        control_client_request(commands, "ctl", argc - 1, argv + 1, err);
    if (!request)
        return -EINVAL;
    struct control_passed file;
    int result = control_passed_open(&file, commands, argc - 1, argv + 1, err);
    if (result == 0)
        result = ask_machine(argv[0], request, file.fd, &answer, err);
    if (result == 0)
        result = control_client_done(answer, err);
    result = control_passed_close(&file, result, err);
    if (answer && (json || result == 0))
        control_client_print(answer, json);
    json_object_put(answer);
    json_object_put(request);
    return result;
}

/* Add what a machine says of itself; one that is gone, or of another user, is none. */
static void list_machine(const char *folder, const char *name, json_object *machines)
{
    char path[PATH_MAX];
    struct error err;
    json_object *answer, *request = json_object_new_object();

    json_object_object_add(request, "do", json_object_new_string("info"));
    if (control_path(path, folder, name) &&
        control_client_ask(path, request, -1, &answer, &err) == 0) {
        json_object_object_add(answer, "socket", json_object_new_string(path));
        json_object_array_add(machines, answer);
    }
    json_object_put(request);
}

static void list_folder(const char *folder, json_object *machines)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    while (entries && (entry = readdir(entries)) != NULL) {
        char name[CONTROL_NAME_MAX + 1];
        size_t length = strlen(entry->d_name), suffix = strlen(CONTROL_SUFFIX);
        if (length <= suffix || length - suffix >= sizeof(name) ||
            strcmp(entry->d_name + length - suffix, CONTROL_SUFFIX) != 0)
            continue;
        memcpy(name, entry->d_name, length - suffix);
        name[length - suffix] = '\0';
        if (control_name_ok(name))
            list_machine(folder, name, machines);
    }
    if (entries)
        closedir(entries);
}

static const char *text_of(json_object *object, const char *key)
{
    json_object *value;
    return json_object_object_get_ex(object, key, &value)
               ? json_object_get_string(value)
               : "-";
}

static void list(bool json)
{
    char folders[CONTROL_FOLDERS][PATH_MAX];
    json_object *machines = json_object_new_array();
    unsigned count = control_folders(folders);

    for (unsigned i = 0; i < count; i++)
        list_folder(folders[i], machines);
    if (json) {
        puts(json_object_to_json_string_ext(machines, JSON_C_TO_STRING_PLAIN));
    } else {
        for (size_t i = 0; i < json_object_array_length(machines); i++) {
            json_object *machine = json_object_array_get_idx(machines, i);
            const char *cpus = text_of(machine, "cpus");
            printf("%-20s %s, process %s, %s vCPU%s, %s MiB\n",
                   text_of(machine, "name"), text_of(machine, "state"),
                   text_of(machine, "process"), cpus, strcmp(cpus, "1") ? "s" : "",
                   text_of(machine, "memory_mib"));
        }
    }
    json_object_put(machines);
}

static const struct command_line command_line = { "ctl", plain_options, PLAIN_OPTIONS,
                                                  MOST_WORDS };

int cmd_ctl(int argc, char **argv)
{
    struct plain_arguments arguments = { 0 };
    struct error err = { 0 };
    int words = command_line_read(&command_line, argc, argv, &arguments, &err);
    if (words >= 0 && arguments.help) {
        fputs(help_text, stdout);
        return STATUS_DONE;
    }
    if (words == 1 && !strcmp(argv[argc - 1], "list")) {
        list(arguments.json);
        return STATUS_DONE;
    }
    if (words == 0 || words == 1)
        words = error_set(&err, ERROR_INPUT, -EINVAL,
                          "expected NAME or SOCKET and a command, or list; see 'igdvm "
                          "ctl --help'");
    if (words < 0 || ask(words, argv + argc - words, arguments.json, &err) < 0)
        return command_fail("ctl", &err);
    return STATUS_DONE;
}
