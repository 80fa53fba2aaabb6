/* control_client.c: asks a running program over its control socket. */
#include "cmd/control_client.h"

#include "base/error.h"             /* errors */
#include "base/passed_descriptor.h" /* requests with a file */

#include <limits.h>     /* PATH_MAX */
#include <stdbool.h>    /* bool */
#include <stdio.h>      /* the report */
#include <string.h>     /* strcmp */
#include <sys/socket.h> /* connect */
#include <sys/time.h>   /* patience */
#include <sys/un.h>     /* addresses */
#include <unistd.h>     /* close */

#define ANSWER_MAX 65536
#define PATIENCE   60 /* seconds for an answer */

/* Paths go as the program sees them: it may run in another folder. */
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

static json_object *make_request(const struct control_command *command, int argc,
                                 char **argv, struct error *err)
{
    json_object *request = json_object_new_object();
    json_object_object_add(request, "do", json_object_new_string(argv[0]));
    for (int i = 1; i < argc; i++) {
        const char *key = command->keys[i - 1];
        json_object *value = argument_json(key, argv[i], err);
        if (!value) {
            json_object_put(request);
            return NULL;
        }
        json_object_object_add(request, key, value);
    }
    return request;
}

json_object *control_client_request(const struct control_command *commands,
                                    const char *who, int argc, char **argv,
                                    struct error *err)
{
    unsigned given = (unsigned)argc - 1;
    for (const struct control_command *command = commands; command->name; command++) {
        if (strcmp(command->name, argv[0]) != 0)
            continue;
        if (given >= command->least && given <= command->most)
            return make_request(command, argc, argv, err);
        char most[24] = "";
        if (command->most > command->least)
            snprintf(most, sizeof(most), " to %u", command->most);
        error_set(err, ERROR_INPUT, -EINVAL,
                  "%s: %u argument%s, expected %u%s; see 'igdvm %s --help'", argv[0],
                  given, given == 1 ? "" : "s", command->least, most, who);
        return NULL;
    }
    error_set(err, ERROR_INPUT, -EINVAL, "%s: no such command; see 'igdvm %s --help'",
              argv[0], who);
    return NULL;
}

static int connect_to(const char *path, struct error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct timeval patience = { .tv_sec = PATIENCE };
    if (strlen(path) >= sizeof(address.sun_path))
        return error_set(err, ERROR_INPUT, -ENAMETOOLONG,
                         "%s: the path is longer than the %zu characters of a socket's",
                         path, sizeof(address.sun_path) - 1);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_system(err, -errno, "socket");
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
        int result = error_system(err, -errno, "%s", path);
        close(fd);
        return result;
    }
    return fd;
}

/* Send the request, read one line. */
static int converse(int fd, json_object *request, int passed, char *answer, size_t size,
                    struct error *err)
{
    const char *text = json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN);
    size_t used = 0, length = strlen(text);
    if (passed_descriptor_send(fd, text, length, passed, 0) != (ssize_t)length ||
        send(fd, "\n", 1, MSG_NOSIGNAL) != 1)
        return error_system(err, -EIO, "control socket: sending the request");
    while (used < size - 1 && !memchr(answer, '\n', used)) {
        ssize_t got = recv(fd, answer + used, size - 1 - used, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, ERROR_SYSTEM, -ETIMEDOUT,
                             "control socket: no answer within %d s", PATIENCE);
        if (got == 0)
            return error_set(err, ERROR_SYSTEM, -EPROTO,
                             "the connection was ended without an answer");
        used += (size_t)got;
    }
    answer[used] = '\0';
    answer[strcspn(answer, "\n")] = '\0';
    return 0;
}

int control_client_ask(const char *path, json_object *request, int fd,
                       json_object **answer, struct error *err)
{
    static char text[ANSWER_MAX];
    *answer = NULL;
    int socket = connect_to(path, err);
    if (socket < 0)
        return socket;
    int result = converse(socket, request, fd, text, sizeof(text), err);
    close(socket);
    if (result < 0)
        return result;
    *answer = json_tokener_parse(text);
    if (json_object_is_type(*answer, json_type_object))
        return 0;
    json_object_put(*answer);
    *answer = NULL;
    return error_set(err, ERROR_SYSTEM, -EPROTO, "the answer is no JSON object");
}

int control_client_done(json_object *answer, struct error *err)
{
    json_object *value, *kind;
    if (json_object_object_get_ex(answer, "ok", &value) &&
        json_object_get_boolean(value))
        return 0;
    int status = ERROR_INPUT;
    if (json_object_object_get_ex(answer, "status", &kind) &&
        json_object_get_int(kind) >= ERROR_IMPOSSIBLE &&
        json_object_get_int(kind) <= ERROR_SYSTEM)
        status = json_object_get_int(kind);
    bool told = json_object_object_get_ex(answer, "error", &value);
    return error_set(err, (enum error_kind)status, -EINVAL, "%s",
                     told ? json_object_get_string(value) : "not done");
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

void control_client_print(json_object *answer, int as_json)
{
    if (as_json) {
        puts(json_object_to_json_string_ext(answer, JSON_C_TO_STRING_PLAIN));
        return;
    }
    json_object_object_foreach(answer, key, value)
    {
        if (strcmp(key, "ok") != 0)
            print_value(key, value, 0);
    }
}
