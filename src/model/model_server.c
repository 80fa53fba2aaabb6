/* model_server.c: the socket, its clients one at a time, and the model's clock. */
#include "model/model_server.h"

#include "base/bytes.h"          /* bounds */
#include "base/control_socket.h" /* the control socket */
#include "base/error.h"          /* errors */
#include "base/event_loop.h"     /* waits */
#include "base/log.h"            /* clients come and go */
#include "model/control.h"       /* the control socket's requests */
#include "model/dma_map.h"       /* bus-master accesses */
#include "model/session.h"       /* a client */
#include "base/unix_socket.h"    /* where it listens */

#include <stdio.h>       /* the text file */
#include <stdlib.h>      /* calloc */
#include <sys/socket.h>  /* listen */
#include <sys/timerfd.h> /* the frame clock */
#include <time.h>        /* clock_gettime */
#include <unistd.h>      /* close, unlink */

struct model_server {
    struct event_loop *loop;
    const struct model_server_options *options;
    struct model *model;
    struct viewer *viewer;
    struct control_target control_target;
    struct control_socket *control;
    int listen_fd;
    int timer_fd;
    struct session *session;
};

static int bus_read(void *opaque, uint64_t address, void *data, size_t size)
{
    struct model_server *server = opaque;
    if (!server->session)
        return -EFAULT;
    return dma_map_read(server->session->dma, address, data, size);
}

static int bus_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    struct model_server *server = opaque;
    if (!server->session)
        return -EFAULT;
    return dma_map_write(server->session->dma, address, data, size);
}

static void bus_interrupt(void *opaque, bool condition, bool pin)
{
    struct model_server *server = opaque;
    if (server->session)
        irqs_changed(&server->session->irqs, condition, pin);
}

static void bus_frame_timer(void *opaque, uint64_t delay)
{
    struct model_server *server = opaque;
    const struct itimerspec times = {
        .it_value = { .tv_sec = (time_t)(delay / 1000000000),
                      .tv_nsec = (long)(delay % 1000000000) },
    };
    timerfd_settime(server->timer_fd, 0, &times, NULL);
}

static uint64_t bus_now(void *opaque)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static const struct model_bus bus = {
    .dma_read = bus_read,
    .dma_write = bus_write,
    .interrupt = bus_interrupt,
    .frame_timer = bus_frame_timer,
    .now = bus_now,
};

static void timer_event(void *opaque, uint32_t events)
{
    struct model_server *server = opaque;
    uint64_t ticks = 0;
    if (read(server->timer_fd, &ticks, sizeof(ticks)) == sizeof(ticks))
        model_frame(server->model);
}

static void connection_event(void *opaque, uint32_t events);

static void end_session(struct model_server *server, const char *why)
{
    struct session *session = server->session;
    struct model_counters counters = model_counters(server->model);
    event_loop_remove(server->loop, session->socket);
    log_info(
        "vfio-user",
        "client gone (%s) after %llu messages, %llu refused; so far SWSCI %llu, SWSMI "
        "%llu, ASLE %llu writes, %llu resets, %llu frames",
        why, (unsigned long long)session->messages,
        (unsigned long long)session->refused, (unsigned long long)counters.swsci,
        (unsigned long long)counters.swsmi, (unsigned long long)counters.asle,
        (unsigned long long)counters.function_resets,
        (unsigned long long)counters.frames);
    model_server_write_text(server);
    model_server_write_screenshot(server); /* while its memory can be read */
    server->session = NULL;
    session_free(session);
    /* vfio-pci resets a device when it is closed; and nothing may run on. */
    model_reset(server->model);
    event_loop_add(server->loop, server->listen_fd, EPOLLIN, connection_event, server);
}

static void session_event(void *opaque, uint32_t events)
{
    struct model_server *server = opaque;
    struct error err;
    int result = session_handle(server->session, &err);
    if (result < 0)
        end_session(server, result == -ENOTCONN ? "closed" : err.text);
}

/* A client of a bare device is a PC being switched on; a host stays on. */
static void client_greeted(void *opaque)
{
    struct model_server *server = opaque;
    if (!server->options->model.host_regions)
        model_power_on(server->model);
}

static void connection_event(void *opaque, uint32_t events)
{
    struct model_server *server = opaque;
    struct error err;
    int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    struct session *session = session_new(fd, server->model, server->loop, &err);
    if (!session) {
        log_error("vfio-user", "%s", err.text);
        return;
    }
    session->on_greeting = client_greeted;
    session->opaque = server;
    if (event_loop_add(server->loop, fd, EPOLLIN, session_event, server) < 0) {
        session_free(session);
        return;
    }
    server->session = session;
    log_info("vfio-user", "client connected");
    /* The next one waits in the listen queue. */
    event_loop_remove(server->loop, server->listen_fd);
}

static int start_control(struct model_server *server, struct error *err)
{
    if (!server->options->control)
        return 0;
    server->control_target =
        (struct control_target){ .model = server->model, .viewer = server->viewer };
    server->control = control_socket_new(server->loop, server->options->control,
                                         control_answer, &server->control_target, err);
    return server->control ? 0 : -EINVAL;
}

static int start(struct model_server *server, struct error *err)
{
    server->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (server->timer_fd < 0)
        return error_system(err, -errno, "frame clock");
    server->model = model_new(&server->options->model, &bus, server, err);
    if (!server->model)
        return -ENOMEM;
    server->viewer =
        viewer_new(server->loop, server->model, &server->options->viewer, err);
    if (!server->viewer)
        return -EINVAL;
    if (start_control(server, err) < 0)
        return -EINVAL;
    server->listen_fd = unix_socket_listen(server->options->path, 0, err);
    if (server->listen_fd < 0)
        return server->listen_fd;
    int result =
        event_loop_add(server->loop, server->timer_fd, EPOLLIN, timer_event, server);
    if (result == 0)
        result = event_loop_add(server->loop, server->listen_fd, EPOLLIN,
                                connection_event, server);
    return result < 0 ? error_system(err, result, "event loop") : 0;
}

struct model_server *model_server_new(struct event_loop *loop,
                                      const struct model_server_options *options,
                                      struct error *err)
{
    struct model_server *server = calloc(1, sizeof(*server));
    if (!server) {
        error_system(err, -ENOMEM, "vfio-user server");
        return NULL;
    }
    server->loop = loop;
    server->options = options;
    server->listen_fd = -1;
    server->timer_fd = -1;
    if (start(server, err) < 0) {
        model_server_free(server);
        return NULL;
    }
    return server;
}

void model_server_free(struct model_server *server)
{
    if (!server)
        return;
    control_socket_free(server->control);
    if (server->session) {
        model_server_write_text(server);
        model_server_write_screenshot(server);
        event_loop_remove(server->loop, server->session->socket);
        session_free(server->session);
        server->session = NULL;
    }
    viewer_free(server->viewer);
    if (server->timer_fd >= 0) {
        event_loop_remove(server->loop, server->timer_fd);
        close(server->timer_fd);
    }
    if (server->listen_fd >= 0) {
        event_loop_remove(server->loop, server->listen_fd);
        close(server->listen_fd);
        unlink(server->options->path);
    }
    model_free(server->model);
    free(server);
}

int model_server_write_text(struct model_server *server)
{
    const char *path = server->options->vga_text;
    char *text = path ? model_vga_text(server->model) : NULL;
    if (!text)
        return 0;
    FILE *file = fopen(path, "we");
    bool ok = file && fputs(text, file) >= 0;
    int code = errno;
    if (file && fclose(file) != 0 && ok) {
        ok = false;
        code = errno;
    }
    free(text);
    if (ok)
        return 0;
    log_warning("vfio-user", "%s: the text screen could not be written: %s", path,
                strerror(code));
    return -code;
}

int model_server_write_screenshot(struct model_server *server)
{
    struct error err;
    if (!server->viewer)
        return 0;
    int result = viewer_screenshot(server->viewer, NULL, VIEWER_ALL, NULL, NULL, &err);
    if (result < 0)
        log_warning("model", "screenshot: %s", err.text);
    return result;
}

struct model *model_server_model(struct model_server *server)
{
    return server->model;
}

uint64_t model_server_dma_count(const struct model_server *server)
{
    return server->session ? dma_map_count(server->session->dma) : 0;
}
