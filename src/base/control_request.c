/* control_request.c: reads requests of a control socket, and writes the answers. */
#include "base/control_request.h"

#include "base/control_socket.h" /* lines */
#include "base/error.h"          /* errors */

#include <fcntl.h>    /* how a file is open */
#include <stdbool.h>  /* bool */
#include <stdio.h>    /* asprintf */
#include <string.h>   /* strcmp */
#include <sys/stat.h> /* what kind of file */

#define DEPTH 8 /* of nesting a request may have */

const char *control_request_text(const struct control_request *request, const char *key,
                                 struct error *err)
{
    json_object *value;
    if (json_object_object_get_ex(request->object, key, &value) &&
        json_object_is_type(value, json_type_string) &&
        strlen(json_object_get_string(value)) ==
            (size_t)json_object_get_string_len(value))
        return json_object_get_string(value);
    error_set(err, ERROR_INPUT, -EINVAL, "\"%s\" is missing or no text", key);
    return NULL;
}

int control_request_optional_text(const struct control_request *request,
                                  const char *key, const char **text, struct error *err)
{
    *text = NULL;
    if (!json_object_object_get_ex(request->object, key, NULL))
        return 0;
    *text = control_request_text(request, key, err);
    return *text ? 0 : -EINVAL;
}

/* How errors call it; what would break a line of the log is no name. */
static int read_name(const struct control_request *request, const char **name,
                     struct error *err)
{
    int result = control_request_optional_text(request, "file", name, err);
    if (!*name)
        *name = "(no name)";
    for (const char *at = *name; result == 0 && *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            result = error_set(err, ERROR_INPUT, -EINVAL,
                               "\"file\" has a control character in it");
    }
    return result;
}

int control_request_file(const struct control_request *request,
                         enum control_file_use use, const char **name,
                         struct error *err)
{
    static const char *const wanted[] = {
        [CONTROL_FILE_READ] = "a regular file or a block device, open for reading "
                              "alone",
        [CONTROL_FILE_WRITE] = "a regular file, open for writing",
    };
    struct stat facts;
    if (read_name(request, name, err) < 0)
        return -EINVAL;
    if (request->fd < 0)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "no descriptor came with the request: expected that of %s",
                         wanted[use]);
    int flags = fcntl(request->fd, F_GETFL);
    if (flags < 0 || fstat(request->fd, &facts) < 0)
        return error_system(err, -errno, "%s", *name);
    int way = flags & O_PATH ? -1 : flags & O_ACCMODE;
    bool good =
        use == CONTROL_FILE_READ
            ? (S_ISREG(facts.st_mode) || S_ISBLK(facts.st_mode)) && way == O_RDONLY
            : S_ISREG(facts.st_mode) && (way == O_WRONLY || way == O_RDWR);
    if (good)
        return request->fd;
    return error_set(err, ERROR_INPUT, -EINVAL,
                     "%s: the descriptor that came with the request is not that of %s",
                     *name, wanted[use]);
}

static int carry_out(struct control_request *request, const struct control_verb *verbs,
                     struct error *err)
{
    char known[128] = "";
    if (!request->object)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "expected a JSON object, as {\"do\": \"info\"}");
    const char *name = control_request_text(request, "do", err);
    if (!name)
        return -EINVAL;
    for (const struct control_verb *verb = verbs; verb->name; verb++) {
        if (strcmp(name, verb->name) == 0)
            return verb->carry_out(request, err);
        size_t used = strlen(known);
        snprintf(known + used, sizeof(known) - used, "%s%s", used ? ", " : "",
                 verb->name);
    }
    return error_set(err, ERROR_INPUT, -EINVAL, "%.64s: no such command; known are: %s",
                     name, known);
}

/* The object a line is; NULL: none, or something else. */
static json_object *parse(const char *line, size_t size)
{
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH);
    if (!tokener)
        return NULL;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    json_object *object = json_tokener_parse_ex(tokener, line, (int)size);
    bool whole = json_tokener_get_error(tokener) == json_tokener_success &&
                 json_tokener_get_parse_end(tokener) == size &&
                 json_object_is_type(object, json_type_object);
    json_tokener_free(tokener);
    if (!whole) {
        json_object_put(object);
        return NULL;
    }
    return object;
}

char *control_request_answer(const struct control_verb *verbs, void *opaque,
                             struct control_line *line)
{
    struct error err = { .kind = ERROR_SYSTEM };
    struct control_request request = {
        .opaque = opaque,
        .object = parse(line->text, line->size),
        .answer = json_object_new_object(),
        .fd = line->fd,
    };
    json_object *id;
    char *text = NULL;
    if (request.object && json_object_object_get_ex(request.object, "id", &id))
        json_object_object_add(request.answer, "id", json_object_get(id));
    int result = line->several
                     ? error_set(&err, ERROR_INPUT, -EINVAL,
                                 "more than one descriptor came with the request")
                     : carry_out(&request, verbs, &err);
    bool ok = result >= 0;
    line->fd = request.fd;
    json_object_object_add(request.answer, "ok", json_object_new_boolean(ok));
    if (!ok) {
        json_object_object_add(request.answer, "status",
                               json_object_new_int((int)err.kind));
        json_object_object_add(request.answer, "error",
                               json_object_new_string(err.text));
    }
    const char *answer =
        json_object_to_json_string_ext(request.answer, JSON_C_TO_STRING_PLAIN);
    if (!answer || asprintf(&text, "%s\n", answer) < 0)
        text = NULL;
    json_object_put(request.answer);
    json_object_put(request.object);
    return text;
}
