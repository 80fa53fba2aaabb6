/* session.h: one vfio-user client: its requests, its memory, its interrupts. */
#ifndef MODEL_SESSION_H
#define MODEL_SESSION_H

#include "model/irqs.h"        /* struct irqs */
#include "vfio/user_message.h" /* struct vfio_user_message */

struct dma_map;
struct error;
struct model;

struct session {
    int socket;
    struct model *model;
    struct dma_map *dma;
    struct irqs irqs;
    bool greeted;                      /* VERSION was agreed upon */
    void (*on_greeting)(void *opaque); /* called then */
    void *opaque;
    uint8_t *request; /* VFIO_USER_MAX_PAYLOAD bytes each */
    uint8_t *reply;
    int reply_fd;               /* goes with the reply; the model's */
    uint64_t messages, refused; /* for the log */
};

/* Take socket over. NULL on failure, socket closed. Free with session_free. */
struct session *session_new(int socket, struct model *model, struct event_loop *loop,
                            struct error *err);
void session_free(struct session *session);

/*
 * Receive one message and answer it. 0, also when the request was refused; -ENOTCONN
 * when the client is gone; another negative errno with err set when it broke the
 * protocol: then the session must end.
 */
int session_handle(struct session *session, struct error *err);

#endif
