/* user_net.c: a guest's way to the network through sockets of this process. */
#include "net/user_net.h"

#include "base/bytes.h"        /* ARRAY_SIZE */
#include "base/error.h"        /* error_set */
#include "base/frame_stream.h" /* the socket */
#include "base/log.h"          /* what the guest did wrong, for debugging */

#include <arpa/inet.h>      /* inet_ntop */
#include <poll.h>           /* poll */
#include <slirp/libslirp.h> /* the stack */
#include <stdlib.h>         /* calloc */
#include <string.h>         /* strerror */
#include <time.h>           /* clock_gettime */

#define POLL_MAX   1024 /* sockets at most; a connection is one */
#define TIMERS_MAX 4    /* libslirp 4.7 has one */

/* A timer of the stack's. */
struct timer {
    bool used, armed;
    int64_t expires; /* ms */
    SlirpTimerCb fire;
    void *opaque;
};

struct user_net {
    Slirp *slirp;
    struct timer timers[TIMERS_MAX];
    unsigned poll_count;
    struct pollfd polls[POLL_MAX];
    struct frame_stream frames;
};

static int64_t now_ns(void *opaque)
{
    struct timespec now;
    (void)opaque;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t now_ms(void)
{
    return now_ns(NULL) / 1000000;
}

/* A frame there is no room for is lost, as on a wire. */
static ssize_t send_frame(const void *frame, size_t size, void *opaque)
{
    struct user_net *net = opaque;
    uint8_t *at = frame_stream_put(&net->frames, size);
    if (at)
        memcpy(at, frame, size);
    return (ssize_t)size;
}

static void guest_error(const char *text, void *opaque)
{
    (void)opaque;
    log_debug("user network", "%s", text);
}

static void *timer_new(SlirpTimerCb fire, void *timer_opaque, void *opaque)
{
    struct user_net *net = opaque;
    for (unsigned i = 0; i < TIMERS_MAX; i++) {
        if (net->timers[i].used)
            continue;
        net->timers[i] =
            (struct timer){ .used = true, .fire = fire, .opaque = timer_opaque };
        return &net->timers[i];
    }
    abort(); /* not the library this was written for */
}

static void timer_free(void *timer, void *opaque)
{
    (void)opaque;
    *(struct timer *)timer = (struct timer){ 0 };
}

static void timer_set(void *timer, int64_t expires, void *opaque)
{
    struct timer *t = timer;
    (void)opaque;
    t->armed = true;
    t->expires = expires;
}

static void ignore_fd(int fd, void *opaque)
{
    (void)fd;
    (void)opaque;
}

static void ignore_notice(void *opaque)
{
    (void)opaque;
}

static const SlirpCb callbacks = {
    .send_packet = send_frame,
    .guest_error = guest_error,
    .clock_get_ns = now_ns,
    .timer_new = timer_new,
    .timer_free = timer_free,
    .timer_mod = timer_set,
    .register_poll_fd = ignore_fd,
    .unregister_poll_fd = ignore_fd,
    .notify = ignore_notice,
};

static const struct {
    int theirs;
    short ours;
} event_names[] = {
    { SLIRP_POLL_IN, POLLIN },   { SLIRP_POLL_OUT, POLLOUT },
    { SLIRP_POLL_PRI, POLLPRI }, { SLIRP_POLL_ERR, POLLERR },
    { SLIRP_POLL_HUP, POLLHUP },
};

static int add_poll(int fd, int events, void *opaque)
{
    struct user_net *net = opaque;
    short ours = 0;
    if (net->poll_count == POLL_MAX)
        return -1;
    for (unsigned i = 0; i < ARRAY_SIZE(event_names); i++)
        ours |= events & event_names[i].theirs ? event_names[i].ours : 0;
    net->polls[net->poll_count] = (struct pollfd){ .fd = fd, .events = ours };
    return (int)net->poll_count++;
}

static int get_events(int index, void *opaque)
{
    const struct user_net *net = opaque;
    int theirs = 0;
    if (index < 0 || (unsigned)index >= net->poll_count)
        return 0;
    for (unsigned i = 0; i < ARRAY_SIZE(event_names); i++)
        theirs |=
            net->polls[index].revents & event_names[i].ours ? event_names[i].theirs : 0;
    return theirs;
}

static void run_timers(struct user_net *net)
{
    for (unsigned i = 0; i < TIMERS_MAX; i++) {
        struct timer *timer = &net->timers[i];
        if (!timer->armed || timer->expires > now_ms())
            continue;
        timer->armed = false;
        timer->fire(timer->opaque);
    }
}

/* The milliseconds to wait at most. */
static int time_left(const struct user_net *net, uint32_t slirps)
{
    int64_t least = slirps < 1000000 ? slirps : 1000000;
    for (unsigned i = 0; i < TIMERS_MAX; i++) {
        int64_t left = net->timers[i].expires - now_ms();
        if (net->timers[i].armed && left < least)
            least = left > 0 ? left : 0;
    }
    return (int)least;
}

/* One turn. While much waits for the guest, sockets wait too: it is slower than they.
 */
static int turn(struct user_net *net)
{
    uint32_t timeout = UINT32_MAX;
    size_t waiting = frame_stream_waiting(&net->frames);
    bool room = waiting < FRAME_STREAM_BUFFER / 2;
    short events = (short)(POLLIN | (waiting ? POLLOUT : 0));

    net->polls[0] = (struct pollfd){ .fd = net->frames.fd, .events = events };
    net->poll_count = 1;
    if (room)
        slirp_pollfds_fill(net->slirp, &timeout, add_poll, net);
    int ready = poll(net->polls, net->poll_count, time_left(net, timeout));
    bool failed = ready < 0 && errno != EINTR;
    if (ready < 0)
        net->polls[0].revents = 0;
    if (room)
        slirp_pollfds_poll(net->slirp, ready < 0, get_events, net);
    run_timers(net);
    int result = failed ? -errno : 0;
    if (net->polls[0].revents & (POLLIN | POLLHUP | POLLERR)) {
        const uint8_t *frame;
        size_t size;
        result = frame_stream_read(&net->frames);
        while (result == 0 && (frame = frame_stream_next(&net->frames, &size)))
            slirp_input(net->slirp, frame, (int)size);
    }
    int written = frame_stream_write(&net->frames);
    result = result < 0 && result != -EAGAIN ? result : written;
    return result == -EAGAIN ? 0 : result;
}

int user_net_run(struct user_net *net)
{
    int result = 0;
    while (result == 0)
        result = turn(net);
    return result == -ECONNRESET || result == -EPIPE ? 0 : result;
}

static int add_forward(struct user_net *net, const struct net_forward *forward,
                       struct error *err)
{
    char address[INET_ADDRSTRLEN] = "";
    if (slirp_add_hostfwd(net->slirp, forward->udp, forward->host, forward->host_port,
                          forward->guest, forward->guest_port) == 0)
        return 0;
    int code = errno ? -errno : -EADDRINUSE;
    inet_ntop(AF_INET, &forward->host, address, sizeof(address));
    return error_set(err, ERROR_INPUT, code, "hostfwd: %s port %u of %s: %s",
                     forward->udp ? "UDP" : "TCP", forward->host_port, address,
                     strerror(-code));
}

static SlirpConfig configuration(const struct user_net_options *options)
{
    SlirpConfig config = { .version = 1,
                           .in_enabled = true,
                           .in6_enabled = true,
                           .tftp_path = options->tftp,
                           .bootfile = options->boot_file };
    inet_pton(AF_INET, "10.0.2.0", &config.vnetwork);
    inet_pton(AF_INET, "255.255.255.0", &config.vnetmask);
    inet_pton(AF_INET, "10.0.2.2", &config.vhost);
    inet_pton(AF_INET, "10.0.2.3", &config.vnameserver);
    inet_pton(AF_INET, "10.0.2.15", &config.vdhcp_start);
    inet_pton(AF_INET6, "fec0::", &config.vprefix_addr6);
    inet_pton(AF_INET6, "fec0::2", &config.vhost6);
    inet_pton(AF_INET6, "fec0::3", &config.vnameserver6);
    config.vprefix_len = 64;
    return config;
}

struct user_net *user_net_new(int fd, const struct user_net_options *options,
                              struct error *err)
{
    SlirpConfig config = configuration(options);
    struct user_net *net = calloc(1, sizeof(*net));
    if (net)
        net->slirp = slirp_new(&config, &callbacks, net);
    if (!net || !net->slirp) {
        error_system(err, -ENOMEM, "user networking");
        user_net_free(net);
        return NULL;
    }
    frame_stream_init(&net->frames, fd);
    for (unsigned i = 0; i < options->forward_count; i++) {
        if (add_forward(net, &options->forwards[i], err) < 0) {
            user_net_free(net);
            return NULL;
        }
    }
    return net;
}

void user_net_free(struct user_net *net)
{
    if (net && net->slirp)
        slirp_cleanup(net->slirp);
    free(net);
}
