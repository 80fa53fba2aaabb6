/* session.c: answers a vfio-user client's requests, trusting none of them. */
#include "model/session.h"

#include "base/bytes.h"        /* ARRAY_SIZE */
#include "base/error.h"        /* errors */
#include "base/log.h"          /* refusals */
#include "model/dma_map.h"     /* the client's memory */
#include "model/model.h"       /* the device */
#include "model/region_info.h" /* descriptions of regions */
#include "vfio/user_version.h" /* capabilities */

#include <stdlib.h> /* calloc */
#include <unistd.h> /* close */

struct request {
    struct vfio_user_message *message;
    const uint8_t *payload;
    size_t size;
    struct vfio_user_outgoing *reply;
};

static const struct vfio_user_limits own_limits = {
    .major = VFIO_USER_MAJOR,
    .minor = VFIO_USER_MINOR,
    .max_fds = VFIO_USER_MAX_FDS,
    .max_data = VFIO_USER_MAX_DATA,
    /* QEMU takes no larger number than the default; the map itself has no such limit.
     */
    .max_maps = VFIO_USER_DEFAULT_MAX_MAPS,
    .page_sizes = VFIO_USER_DEFAULT_PAGES,
};

/* Handlers: 0 or a negative errno for the client. size is at least the row's minimum.
 */

static int handle_version(struct session *session, struct request *request)
{
    struct vfio_user_limits theirs;
    struct error err;
    if (session->greeted)
        return -EINVAL;
    int result = vfio_user_version_read(request->payload, request->size, &theirs, &err);
    if (result < 0) {
        log_warning("vfio-user", "%s", err.text);
        return -EINVAL;
    }
    if (theirs.major != VFIO_USER_MAJOR) {
        log_warning("vfio-user", "client speaks version %u.%u, expected %u.x",
                    theirs.major, theirs.minor, VFIO_USER_MAJOR);
        return -EINVAL;
    }
    size_t size =
        vfio_user_version_write(session->reply, VFIO_USER_VERSION_SIZE, &own_limits);
    if (!size)
        return -ENOMEM;
    request->reply->head = session->reply;
    request->reply->head_size = size;
    session->greeted = true;
    if (session->on_greeting)
        session->on_greeting(session->opaque);
    return 0;
}

static int handle_dma_map(struct session *session, struct request *request)
{
    struct vfio_user_dma_map map;
    memcpy(&map, request->payload, sizeof(map));
    struct vfio_user_message *message = request->message;
    int fd = -1;
    if (message->fd_count) {
        fd = message->fds[0];
        message->fds[0] = -1;
    }
    bool writeable = map.flags & VFIO_USER_DMA_WRITEABLE;
    return dma_map_add(session->dma, map.address, map.size, fd, map.offset, writeable);
}

#define UNMAP_DIRTY_BITMAP 1u
#define UNMAP_ALL          2u

static int handle_dma_unmap(struct session *session, struct request *request)
{
    struct vfio_user_dma_unmap *answer = (void *)session->reply;
    struct vfio_user_dma_unmap unmap;
    memcpy(&unmap, request->payload, sizeof(unmap));
    if (unmap.flags & ~UNMAP_ALL)
        return unmap.flags & UNMAP_DIRTY_BITMAP ? -ENOTSUP : -EINVAL;
    uint64_t removed = 0;
    if (unmap.flags & UNMAP_ALL) {
        dma_map_clear(session->dma);
    } else {
        int result = dma_map_remove(session->dma, unmap.address, unmap.size, &removed);
        if (result < 0)
            return result;
    }
    unmap.size = removed;
    memcpy(answer, &unmap, sizeof(unmap));
    request->reply->head = answer;
    request->reply->head_size = sizeof(*answer);
    return 0;
}

static int handle_device_info(struct session *session, struct request *request)
{
    uint32_t count = region_info_count(session->model);
    const struct vfio_user_device_info info = {
        .argsz = sizeof(info),
        .flags = VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI,
        .region_count = count,
        .irq_count = IRQS_INDEXES,
    };
    memcpy(session->reply, &info, sizeof(info));
    request->reply->head = session->reply;
    request->reply->head_size = sizeof(info);
    return 0;
}

static int handle_region_info(struct session *session, struct request *request)
{
    struct vfio_user_region_info asked;
    memcpy(&asked, request->payload, sizeof(asked));
    size_t size = region_info_write(session->model, asked.index, asked.argsz,
                                    session->reply, &session->reply_fd);
    if (!size)
        return -EINVAL;
    request->reply->head = session->reply;
    request->reply->head_size = size;
    if (session->reply_fd >= 0) {
        request->reply->fds = &session->reply_fd;
        request->reply->fd_count = 1;
    }
    return 0;
}

static int handle_irq_info(struct session *session, struct request *request)
{
    struct vfio_user_irq_info info;
    memcpy(&info, request->payload, sizeof(info));
    info.argsz = sizeof(info);
    int result = irqs_info(&info);
    if (result < 0)
        return result;
    memcpy(session->reply, &info, sizeof(info));
    request->reply->head = session->reply;
    request->reply->head_size = sizeof(info);
    return 0;
}

static int handle_set_irqs(struct session *session, struct request *request)
{
    struct vfio_user_irq_set set;
    memcpy(&set, request->payload, sizeof(set));
    int result = irqs_set(&session->irqs, &set, request->payload + sizeof(set),
                          (uint32_t)(request->size - sizeof(set)), request->message);
    if (result == 0 && set.index == VFIO_PCI_MSI_IRQ_INDEX)
        model_set_msi(session->model, session->irqs.msi_fd >= 0);
    return result;
}

static int handle_region_read(struct session *session, struct request *request)
{
    struct vfio_user_region_access access;
    memcpy(&access, request->payload, sizeof(access));
    if (access.count > VFIO_USER_MAX_DATA)
        return -EINVAL;
    uint8_t *data = session->reply + sizeof(access);
    int result =
        model_read(session->model, access.region, access.offset, data, access.count);
    if (result < 0)
        return result;
    memcpy(session->reply, &access, sizeof(access));
    request->reply->head = session->reply;
    request->reply->head_size = sizeof(access) + access.count;
    return 0;
}

static int handle_region_write(struct session *session, struct request *request)
{
    struct vfio_user_region_access access;
    memcpy(&access, request->payload, sizeof(access));
    if (access.count > request->size - sizeof(access))
        return -EINVAL;
    int result = model_write(session->model, access.region, access.offset,
                             request->payload + sizeof(access), access.count);
    if (result < 0)
        return result;
    memcpy(session->reply, &access, sizeof(access));
    request->reply->head = session->reply;
    request->reply->head_size = sizeof(access);
    return 0;
}

static int handle_reset(struct session *session, struct request *request)
{
    model_reset(session->model);
    return 0;
}

/* What a client may ask; everything else is not supported. */
static const struct {
    uint16_t command;
    uint16_t minimum; /* bytes of payload */
    int (*handle)(struct session *session, struct request *request);
} handlers[] = {
    { VFIO_USER_VERSION, sizeof(struct vfio_user_version), handle_version },
    { VFIO_USER_DMA_MAP, sizeof(struct vfio_user_dma_map), handle_dma_map },
    { VFIO_USER_DMA_UNMAP, sizeof(struct vfio_user_dma_unmap), handle_dma_unmap },
    { VFIO_USER_DEVICE_GET_INFO, 4, handle_device_info },
    { VFIO_USER_DEVICE_GET_REGION_INFO, sizeof(struct vfio_user_region_info),
      handle_region_info },
    { VFIO_USER_DEVICE_GET_IRQ_INFO, sizeof(struct vfio_user_irq_info),
      handle_irq_info },
    { VFIO_USER_DEVICE_SET_IRQS, sizeof(struct vfio_user_irq_set), handle_set_irqs },
    { VFIO_USER_REGION_READ, sizeof(struct vfio_user_region_access),
      handle_region_read },
    { VFIO_USER_REGION_WRITE, sizeof(struct vfio_user_region_access),
      handle_region_write },
    { VFIO_USER_DEVICE_RESET, 0, handle_reset },
};

static int handle(struct session *session, struct request *request)
{
    uint16_t command = request->message->header.command;
    if (!session->greeted && command != VFIO_USER_VERSION)
        return -EINVAL;
    for (size_t i = 0; i < ARRAY_SIZE(handlers); i++) {
        if (handlers[i].command != command)
            continue;
        if (request->size < handlers[i].minimum)
            return -EINVAL;
        return handlers[i].handle(session, request);
    }
    return -ENOTSUP;
}

struct session *session_new(int socket, struct model *model, struct event_loop *loop,
                            struct error *err)
{
    struct session *session = calloc(1, sizeof(*session));
    if (!session) {
        close(socket);
        error_system(err, -ENOMEM, "vfio-user client");
        return NULL;
    }
    session->socket = socket;
    session->model = model;
    irqs_init(&session->irqs, loop);
    session->dma = dma_map_new();
    session->request = malloc(VFIO_USER_MAX_PAYLOAD);
    session->reply = malloc(VFIO_USER_MAX_PAYLOAD);
    if (!session->dma || !session->request || !session->reply) {
        session_free(session);
        error_system(err, -ENOMEM, "vfio-user client");
        return NULL;
    }
    return session;
}

void session_free(struct session *session)
{
    if (!session)
        return;
    irqs_release(&session->irqs);
    dma_map_free(session->dma);
    close(session->socket);
    free(session->request);
    free(session->reply);
    free(session);
}

static void log_refusal(struct session *session,
                        const struct vfio_user_message *message, int result)
{
    session->refused++;
    const char *name = vfio_user_command_name(message->header.command);
    /* A client can send any number of these: only the first ones at this level. */
    if (session->refused <= 10)
        log_info("vfio-user", "refused %s (command %u, %zu bytes): %s", name,
                 message->header.command, message->size, strerror(-result));
    else
        log_debug("vfio-user", "refused %s: %s", name, strerror(-result));
}

int session_handle(struct session *session, struct error *err)
{
    struct vfio_user_message message = { .payload = session->request,
                                         .capacity = VFIO_USER_MAX_PAYLOAD };
    int result = vfio_user_receive(session->socket, &message, -1, err);
    if (result < 0)
        return result;
    session->messages++;
    const uint32_t flags = message.header.flags;
    if ((flags & VFIO_USER_TYPE_MASK) != VFIO_USER_TYPE_COMMAND) {
        vfio_user_message_close_fds(&message);
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "client sent a message of type %u, expected a command",
                         flags & VFIO_USER_TYPE_MASK);
    }
    struct vfio_user_outgoing reply = { 0 };
    struct request request = {
        .message = &message,
        .payload = session->request,
        .size = message.size,
        .reply = &reply,
    };
    result = handle(session, &request);
    vfio_user_message_close_fds(&message);
    if (result < 0)
        log_refusal(session, &message, result);
    if (flags & VFIO_USER_NO_REPLY)
        return 0;
    return vfio_user_reply(session->socket, &message.header, -result, &reply, err);
}
