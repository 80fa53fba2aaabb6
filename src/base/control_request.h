/* control_request.h: what is asked on a control socket, as JSON: one object a line. */
#ifndef BASE_CONTROL_REQUEST_H
#define BASE_CONTROL_REQUEST_H

#include <json-c/json.h> /* requests and answers */

struct control_line;
struct error;

/*
 *     {"id": 1, "do": "VERB", ...}
 *     {"id": 1, "ok": true, ...}
 *     {"id": 1, "ok": false, "status": 2, "error": "..."}
 *
 * "id" may be anything or left out, and comes back as it was. "status" is the exit
 * status of a command that met with that error: 1 not possible as asked, 2 bad input, 3
 * the host failed.
 */
struct control_request {
    void *opaque;        /* what requests are about */
    json_object *object; /* the request */
    json_object *answer; /* a verb adds what was asked for */
    int fd;              /* the descriptor that came with it, -1: none */
};

/* Tables of them end with a row without a name. carry_out: 0, or negative with err. */
struct control_verb {
    const char *name;
    int (*carry_out)(struct control_request *request, struct error *err);
};

/* The answer to one line, as control_answerer wants it. */
char *control_request_answer(const struct control_verb *verbs, void *opaque,
                             struct control_line *line);

/* What a file that a descriptor stands for is wanted for. */
enum control_file_use {
    CONTROL_FILE_READ,  /* a regular file or block device, open for reading alone */
    CONTROL_FILE_WRITE, /* a regular file, open for writing */
};

/*
 * The file whose descriptor came with the request: it is open with the rights of who
 * asked. *name is what the request's "file" calls it, the request's own or constant.
 * request->fd, or -EINVAL with err saying what is wrong with it; to keep it, put -1
 * there.
 */
int control_request_file(const struct control_request *request,
                         enum control_file_use use, const char **name,
                         struct error *err);

/* The text `key` names, the request's own. NULL with err: missing, or something else.
 */
const char *control_request_text(const struct control_request *request, const char *key,
                                 struct error *err);

/* As that, but *text is NULL where the key is missing. 0, or -EINVAL with err. */
int control_request_optional_text(const struct control_request *request,
                                  const char *key, const char **text,
                                  struct error *err);

#endif
