/* control_client.h: asks a running program over its control socket. */
#ifndef CMD_CONTROL_CLIENT_H
#define CMD_CONTROL_CLIENT_H

#include <json-c/json.h> /* requests and answers */

struct error;

/* Whether a command's file goes along open, and how. */
enum control_file {
    CONTROL_FILE_NAMED, /* no: who is asked opens it */
    CONTROL_FILE_OPEN,  /* to be read */
    CONTROL_FILE_NEW,   /* to be written; it appears when the answer says it is whole */
};

/* How a command's arguments become a request. Tables end with a row without a name. */
struct control_command {
    const char *name;
    unsigned least, most; /* arguments */
    /* What the request calls them: "file" is a path, "on" is on or off. */
    const char *keys[2];
    enum control_file file;
};

/*
 * The request that argv (a command and its arguments) means; to be put. who is the
 * program's command, as "model ctl". NULL with err.
 */
json_object *control_client_request(const struct control_command *commands,
                                    const char *who, int argc, char **argv,
                                    struct error *err);

/*
 * Ask the program that listens at path, with a descriptor beside the request (-1:
 * none), which stays the caller's; *answer is what came back, to be put, whether or not
 * what was asked was done. 0, or negative errno with err: -ENOENT or -ECONNREFUSED when
 * nobody listens there.
 */
int control_client_ask(const char *path, json_object *request, int fd,
                       json_object **answer, struct error *err);

/* Was it done? 0, or negative with err saying what the program said. */
int control_client_done(json_object *answer, struct error *err);

/* Print an answer to standard output: for a person, or as it came. */
void control_client_print(json_object *answer, int as_json);

#endif
