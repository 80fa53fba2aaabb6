/* model_ctl.c: igdvm model ctl: asks a running model, over its control socket. */
#include "cmd/model_ctl.h"

#include "base/bytes.h"   /* ARRAY_SIZE */
#include "base/error.h"   /* errors */
#include "base/log.h"     /* the error line */
#include "cmd/commands.h" /* exit statuses */

#include <json-c/json.h> /* requests and answers */
#include <limits.h>      /* PATH_MAX */
#include <stdbool.h>     /* bool */
#include <stdio.h>       /* the report */
#include <string.h>      /* strcmp */
#include <sys/socket.h>  /* connect */
#include <sys/un.h>      /* addresses */
#include <unistd.h>      /* close */

#define ANSWER_MAX 65536

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

/* How a command's arguments become the request. */
static const struct {
    const char *command;
    unsigned least, most;
    const char *keys[2];
} commands[] = {
    { "info", 0, 0, { NULL } },
    { "screenshot", 0, 2, { "file", "connector" } },
    { "plug", 1, 1, { "monitor" } },
    { "unplug", 1, 1, { "connector" } },
    { "fault", 1, 2, { "fault", "on" } },
};

/* Paths go as the model sees them: it may run in another folder. */
static json_object *argument_json(const char *key, const char *value, struct error *err)
{
    char folder[PATH_MAX], path[PATH_MAX];
    if (strcmp(key, "on") == 0) {
        if (strcmp(value, "on") == 0 || strcmp(value, "off") == 0)
            return json_object_new_boolean(strcmp(value, "on") == 0);
        error_set(err, ERROR_INPUT, -EINVAL, "%s: expected on or off", value);
        return NULL;
    }
    if (strcmp(key, "file") != 0 || value[0] == '/')
        return json_object_new_string(value);
    if (!getcwd(folder, sizeof(folder)) ||
        snprintf(path, sizeof(path), "%s/%s", folder, value) >= (int)sizeof(path)) {
        error_system(err, -ENAMETOOLONG, "%s", value);
        return NULL;
    }
    return json_object_new_string(path);
}

/* NULL with err. */
static json_object *make_request(int argc, char **argv, struct error *err)
{
    unsigned given = (unsigned)argc - 1;
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (strcmp(commands[i].command, argv[0]) != 0)
            continue;
        if (given < commands[i].least || given > commands[i].most) {
            error_set(err, ERROR_INPUT, -EINVAL,
                      "%s: %u arguments, expected %u to %u; see 'igdvm model ctl "
                      "--help'",
                      argv[0], given, commands[i].least, commands[i].most);
            return NULL;
        }
        json_object *request = json_object_new_object();
        json_object_object_add(request, "command", json_object_new_string(argv[0]));
        for (unsigned n = 0; n < given; n++) {
            json_object *value = argument_json(commands[i].keys[n], argv[n + 1], err);
            if (!value) {
                json_object_put(request);
                return NULL;
            }
            json_object_object_add(request, commands[i].keys[n], value);
        }
        return request;
    }
    error_set(err, ERROR_INPUT, -EINVAL,
              "%s: no such command; see 'igdvm model ctl --help'", argv[0]);
    return NULL;
}

static int connect_to(const char *path, struct error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof(address.sun_path))
        return error_set(err, ERROR_INPUT, -ENAMETOOLONG,
                         "%s: the path is longer than the %zu characters of a socket's",
                         path, sizeof(address.sun_path) - 1);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_system(err, -errno, "socket");
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
        int result = error_system(
            err, -errno, "%s (is a model running with --control %s?)", path, path);
        close(fd);
        return result;
    }
    return fd;
}

/* Send the request, read one line. */
static int converse(int fd, json_object *request, char *answer, size_t size,
                    struct error *err)
{
    const char *text = json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN);
    size_t used = 0, length = strlen(text);
    if (send(fd, text, length, MSG_NOSIGNAL) != (ssize_t)length ||
        send(fd, "\n", 1, MSG_NOSIGNAL) != 1)
        return error_system(err, -errno, "control socket");
    while (used < size - 1 && !memchr(answer, '\n', used)) {
        ssize_t got = recv(fd, answer + used, size - 1 - used, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_set(err, ERROR_SYSTEM, -EPROTO,
                             "the model ended the connection without an answer");
        used += (size_t)got;
    }
    answer[used] = '\0';
    answer[strcspn(answer, "\n")] = '\0';
    return 0;
}

static void print_value(const char *key, json_object *value, unsigned depth)
{
    if (json_object_is_type(value, json_type_object)) {
        printf("%*s%s:\n", (int)depth * 2, "", key);
        json_object_object_foreach(value, inner_key, inner)
            print_value(inner_key, inner, depth + 1);
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            print_value(key, json_object_array_get_idx(value, i), depth);
    } else {
        printf("%*s%s: %s\n", (int)depth * 2, "", key, json_object_get_string(value));
    }
}

/* What came back, for a person; its error. */
static int report(const char *answer, bool json, struct error *err)
{
    json_object *object = json_tokener_parse(answer), *value;
    int result = 0;
    if (!object || !json_object_is_type(object, json_type_object)) {
        json_object_put(object);
        return error_set(err, ERROR_SYSTEM, -EPROTO, "the answer is no JSON object");
    }
    bool ok = json_object_object_get_ex(object, "ok", &value) &&
              json_object_get_boolean(value);
    if (json)
        puts(answer);
    if (!ok) {
        json_object_object_get_ex(object, "error", &value);
        result =
            error_set(err, ERROR_INPUT, -EINVAL, "%s", json_object_get_string(value));
    } else if (!json) {
        json_object_object_foreach(object, key, inner)
        {
            if (strcmp(key, "ok") != 0)
                print_value(key, inner, 0);
        }
    }
    json_object_put(object);
    return result;
}

static int ask(const char *path, int argc, char **argv, bool json, struct error *err)
{
    static char answer[ANSWER_MAX];
    json_object *request = make_request(argc, argv, err);
    if (!request)
        return -EINVAL;
    int fd = connect_to(path, err);
    int result = fd;
    if (fd >= 0) {
        result = converse(fd, request, answer, sizeof(answer), err);
        close(fd);
    }
    json_object_put(request);
    return result < 0 ? result : report(answer, json, err);
}

int model_ctl(int argc, char **argv)
{
    struct error err = { .kind = ERROR_SYSTEM };
    bool json = false;
    int first = 1;
    if (first < argc && strcmp(argv[first], "--json") == 0) {
        json = true;
        first++;
    }
    if (first < argc && strcmp(argv[first], "--help") == 0) {
        fputs(help_text, stdout);
        return STATUS_DONE;
    }
    int result = argc - first < 2
                     ? error_set(&err, ERROR_INPUT, -EINVAL,
                                 "expected PATH and COMMAND; see 'igdvm model ctl "
                                 "--help'")
                     : ask(argv[first], argc - first - 1, argv + first + 1, json, &err);
    if (result >= 0)
        return STATUS_DONE;
    log_error("model ctl", "%s", err.text);
    return (int)err.kind;
}
