/* model_server.h: serves the model on a UNIX socket, to one vfio-user client after
 * another.
 */
#ifndef MODEL_SERVER_H
#define MODEL_SERVER_H

#include "model/model.h"  /* struct model_options */
#include "model/viewer.h" /* struct viewer_options */

struct error;
struct event_loop;
struct model_server;

struct model_server_options {
    struct model_options model;
    const char *path;     /* of the socket; made here, removed by model_server_free */
    const char *vga_text; /* file for the text screen when a client leaves, or NULL */
    struct viewer_options viewer; /* screenshots are made then, too */
    const char *control;          /* path of the control socket (control.h), or NULL */
};

/*
 * Listen. A socket left by a server that is gone is replaced. NULL with err: the path
 * is too long, in use or no socket, or the system failed. The options must stay valid.
 * Free with model_server_free, before the loop.
 */
struct model_server *model_server_new(struct event_loop *loop,
                                      const struct model_server_options *options,
                                      struct error *err);
void model_server_free(struct model_server *server);

/* Write the VGA text screen to the file of the options, if there is one. 0 or -errno.
 */
int model_server_write_text(struct model_server *server);

/* Write the screenshot of the options, if one is asked for. 0 or -errno, logged. */
int model_server_write_screenshot(struct model_server *server);

/* The device served, for tests. */
struct model *model_server_model(struct model_server *server);
/* DMA ranges the present client has mapped; 0 without a client. */
uint64_t model_server_dma_count(const struct model_server *server);

#endif
