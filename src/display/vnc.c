/* vnc.c: shows a picture to VNC viewers, with libvncserver. */
#include "display/vnc.h"

#include "base/error.h" /* errors */

#include <stddef.h> /* NULL */

#ifdef HAVE_VNC

#include "base/bytes.h"             /* ARRAY_SIZE */
#include "base/event_loop.h"        /* waits for viewers */
#include "base/log.h"               /* viewers come and go */
#include "display/listen_address.h" /* the socket */
#include "display/protocol.h"       /* ranges */
#include "display/viewer_keys.h"    /* what viewers type */

#include <rfb/rfb.h>    /* libvncserver */
#include <stdarg.h>     /* its log */
#include <stdio.h>      /* vsnprintf */
#include <stdlib.h>     /* calloc */
#include <string.h>     /* strcspn */
#include <sys/socket.h> /* accept4 */
#include <time.h>       /* how long nobody is let in */
#include <unistd.h>     /* close */

/* Milliseconds a viewer may make us wait in the middle of a message. */
#define PATIENCE     1000
#define MOST_VIEWERS 16
/* After so many wrong passwords in a row nobody is let in for some time. */
#define WRONG_PASSWORDS 5
#define LOCKED_MS       10000

struct vnc {
    struct event_loop *loop;
    struct vnc_options options;
    struct listen_address *listener;
    rfbScreenInfoPtr screen;
    uint32_t *black;
    struct viewer_socket *first; /* of the viewers */
    unsigned viewers;
    uint32_t lights;
    unsigned wrong_passwords; /* in a row */
    uint64_t locked_until;    /* milliseconds */
};

/* One viewer; its socket's handler needs both. */
struct viewer_socket {
    struct vnc *vnc;
    struct viewer_socket *next;
    rfbClientPtr client;
    int fd;
    struct viewer_keys keys;
    int buttons; /* as RFB has them */
    int x, y;    /* of its pointer */
};

static void to_log(const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    text[strcspn(text, "\n")] = '\0';
    log_debug("vnc", "%s", text);
}

/* RFC 6143, section 7.5.5: bits of buttons; a click of a wheel is one of those. */
static const struct {
    unsigned button; /* bit of protocol.h's buttons; 0: a wheel */
    int wheel, wheel_sideways;
} buttons[] = {
    { 1, 0, 0 },  { 4, 0, 0 }, { 2, 0, 0 }, { 0, 1, 0 },  { 0, -1, 0 },
    { 0, 0, -1 }, { 0, 0, 1 }, { 8, 0, 0 }, { 16, 0, 0 },
};

static unsigned scaled(int at, int size)
{
    int last = size > 1 ? size - 1 : 1;
    int clipped = at < 0 ? 0 : at > last ? last : at;
    return (unsigned)clipped * DISPLAY_POINTER_MAX / (unsigned)last;
}

static void point(struct viewer_socket *viewer, int mask, int x, int y)
{
    const struct input_sink *sink = viewer->vnc->options.sink;
    const rfbScreenInfoPtr screen = viewer->vnc->screen;
    unsigned down = 0;
    int wheel = 0, sideways = 0;
    if (mask == viewer->buttons && x == viewer->x && y == viewer->y)
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(buttons); i++) {
        if (!(mask >> i & 1))
            continue;
        down |= buttons[i].button;
        if (!(viewer->buttons >> i & 1)) {
            wheel += buttons[i].wheel;
            sideways += buttons[i].wheel_sideways;
        }
    }
    viewer->buttons = mask;
    viewer->x = x;
    viewer->y = y;
    sink->pointer(sink->opaque, scaled(x, screen->width), scaled(y, screen->height),
                  down, wheel, sideways);
}

/* The cipher's library reads its settings at the first use; later it may be forbidden.
 */
static void warm_cipher(void)
{
    unsigned char nothing[CHALLENGESIZE] = { 0 };
    char password[VNC_PASSWORD_MAX + 1] = { 0 };
    rfbEncryptBytes(nothing, password);
}

static void key_event(rfbBool down, rfbKeySym keysym, rfbClientPtr client)
{
    struct viewer_socket *viewer = client->clientData;
    if (viewer)
        viewer_keys_typed(&viewer->keys, (uint32_t)keysym, down, &viewer->vnc->lights);
}

static void pointer_event(int mask, int x, int y, rfbClientPtr client)
{
    struct viewer_socket *viewer = client->clientData;
    if (viewer)
        point(viewer, mask, x, y);
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* RFC 6143, section 7.2.2: the challenge, encrypted with the password. */
static rfbBool password_is_right(rfbClientPtr client, const char *response, int size)
{
    struct vnc *vnc = client->screen->authPasswdData;
    unsigned char expected[CHALLENGESIZE], different = 0;
    char password[VNC_PASSWORD_MAX + 1] = { 0 };
    snprintf(password, sizeof(password), "%s", vnc->options.password);
    memcpy(expected, client->authChallenge, sizeof(expected));
    rfbEncryptBytes(expected, password);
    for (int i = 0; i < size && i < CHALLENGESIZE; i++)
        different |= (unsigned char)(response[i] ^ expected[i]);
    if (size == CHALLENGESIZE && !different) {
        vnc->wrong_passwords = 0;
        return TRUE;
    }
    log_warning("vnc", "a viewer gave a wrong password");
    if (++vnc->wrong_passwords % WRONG_PASSWORDS == 0)
        vnc->locked_until = now_ms() + LOCKED_MS;
    return FALSE;
}

/* libvncserver has closed the socket, or is about to. */
static void viewer_gone(rfbClientPtr client)
{
    struct viewer_socket *viewer = client->clientData;
    if (!viewer)
        return;
    struct vnc *vnc = viewer->vnc;
    struct viewer_socket **link = &vnc->first;
    if (vnc->options.sink) {
        viewer_keys_release(&viewer->keys);
        point(viewer, 0, viewer->x, viewer->y);
    }
    while (*link != viewer)
        link = &(*link)->next;
    *link = viewer->next;
    client->clientData = NULL;
    event_loop_remove(vnc->loop, viewer->fd);
    free(viewer);
    log_info("vnc", "viewer gone, %u left", --vnc->viewers);
    if (!vnc->viewers)
        vnc->options.watched(vnc->options.opaque, false);
}

/* After anything that may have ended a viewer. true: it is still there. */
static bool alive(rfbClientPtr client)
{
    if (client->sock >= 0)
        return true;
    rfbClientConnectionGone(client);
    return false;
}

static void update(rfbClientPtr client)
{
    if (!alive(client))
        return;
    rfbUpdateClient(client);
    alive(client);
}

static void viewer_event(void *opaque, uint32_t events)
{
    struct viewer_socket *viewer = opaque;
    rfbClientPtr client = viewer->client;
    rfbProcessClientMessage(client);
    update(client);
}

/* false: the connection is closed. */
static bool add_viewer(struct vnc *vnc, int fd)
{
    struct viewer_socket *viewer = calloc(1, sizeof(*viewer));
    rfbClientPtr client = viewer ? rfbNewClient(vnc->screen, fd) : NULL;
    if (!client) {
        if (!viewer)
            close(fd);
        free(viewer);
        return false;
    }
    *viewer = (struct viewer_socket){
        .vnc = vnc, .client = client, .fd = client->sock, .keys.sink = vnc->options.sink
    };
    client->clientGoneHook = viewer_gone;
    if (event_loop_add(vnc->loop, viewer->fd, EPOLLIN, viewer_event, viewer) < 0) {
        free(viewer);
        rfbCloseClient(client);
        rfbClientConnectionGone(client);
        return false;
    }
    client->clientData = viewer;
    viewer->next = vnc->first;
    vnc->first = viewer;
    client->viewOnly = !vnc->options.sink;
    vnc->viewers++;
    log_info("vnc", "viewer connected");
    return true;
}

static void connection_event(void *opaque, int fd)
{
    struct vnc *vnc = opaque;
    bool first = vnc->viewers == 0;
    if (vnc->viewers >= MOST_VIEWERS || now_ms() < vnc->locked_until) {
        close(fd);
        return;
    }
    /* Before it is greeted: the greeting tells the picture's size. */
    if (first)
        vnc->options.watched(vnc->options.opaque, true);
    if (!add_viewer(vnc, fd) && first)
        vnc->options.watched(vnc->options.opaque, false);
}

/* Our pixels, which is how most viewers want them, too. */
static void set_format(struct vnc *vnc)
{
    vnc->screen->serverFormat.redShift = 16;
    vnc->screen->serverFormat.greenShift = 8;
    vnc->screen->serverFormat.blueShift = 0;
}

static int make_screen(struct vnc *vnc, struct error *err)
{
    rfbLog = to_log;
    rfbErr = to_log;
    vnc->black =
        calloc((size_t)PICTURE_OFF_WIDTH * PICTURE_OFF_HEIGHT, sizeof(*vnc->black));
    vnc->screen = vnc->black ? rfbGetScreen(NULL, NULL, PICTURE_OFF_WIDTH,
                                            PICTURE_OFF_HEIGHT, 8, 3, 4)
                             : NULL;
    if (!vnc->screen)
        return error_system(err, -ENOMEM, "VNC");
    rfbScreenInfoPtr screen = vnc->screen;
    screen->frameBuffer = (char *)vnc->black;
    screen->desktopName = vnc->options.title;
    screen->alwaysShared = TRUE;
    screen->deferUpdateTime = 0;
    screen->maxClientWait = PATIENCE;
    screen->cursor = NULL; /* it is in the picture */
    screen->kbdAddEvent = key_event;
    screen->ptrAddEvent = pointer_event;
    warm_cipher(); /* of passwords, and of viewers in browsers */
    if (vnc->options.password) {
        screen->authPasswdData = vnc;
        screen->passwordCheck = password_is_right;
    }
    /* We listen ourselves, so that the event loop knows. */
    screen->autoPort = FALSE;
    screen->port = 0;
    screen->ipv6port = 0;
    screen->httpPort = 0;
    rfbInitServer(screen);
    set_format(vnc);
    return 0;
}

struct vnc *vnc_new(struct event_loop *loop, const struct vnc_options *options,
                    struct error *err)
{
    struct vnc *vnc = calloc(1, sizeof(*vnc));
    if (!vnc) {
        error_system(err, -ENOMEM, "VNC");
        return NULL;
    }
    vnc->loop = loop;
    vnc->options = *options;
    if (make_screen(vnc, err) == 0)
        vnc->listener =
            listen_address_new(loop, options->address, connection_event, vnc, err);
    if (!vnc->listener) {
        error_prefix(err, "VNC");
        vnc_free(vnc);
        return NULL;
    }
    return vnc;
}

void vnc_free(struct vnc *vnc)
{
    if (!vnc)
        return;
    listen_address_free(vnc->listener);
    while (vnc->first) {
        rfbClientPtr client = vnc->first->client;
        rfbCloseClient(client);
        rfbClientConnectionGone(client);
    }
    if (vnc->screen) {
        vnc->screen->frameBuffer = NULL;
        rfbScreenCleanup(vnc->screen);
    }
    free(vnc->black);
    free(vnc);
}

void vnc_show(struct vnc *vnc, const struct picture *picture)
{
    bool empty = !picture || !picture->width;
    char *pixels = (char *)(empty ? vnc->black : picture->pixels);
    int width = (int)(empty ? PICTURE_OFF_WIDTH : picture->width);
    int height = (int)(empty ? PICTURE_OFF_HEIGHT : picture->height);
    rfbScreenInfoPtr screen = vnc->screen;
    if (screen->frameBuffer == pixels && screen->width == width &&
        screen->height == height)
        return;
    rfbNewFramebuffer(screen, pixels, width, height, 8, 3, 4);
    set_format(vnc);
    for (struct viewer_socket *viewer = vnc->first; viewer; viewer = viewer->next)
        screen->setTranslateFunction(viewer->client);
}

void vnc_set_lights(struct vnc *vnc, uint32_t lights)
{
    vnc->lights = lights;
}

void vnc_changed(struct vnc *vnc, const struct damage *damage)
{
    struct area area;
    for (uint32_t band = 0; damage_next(damage, &band, &area);)
        rfbMarkRectAsModified(vnc->screen, (int)area.x0, (int)area.y0, (int)area.x1,
                              (int)area.y1);
    struct viewer_socket *next;
    for (struct viewer_socket *viewer = vnc->first; viewer; viewer = next) {
        next = viewer->next; /* update may end this one */
        update(viewer->client);
    }
}

#else

struct vnc *vnc_new(struct event_loop *loop, const struct vnc_options *options,
                    struct error *err)
{
    error_set(err, ERROR_IMPOSSIBLE, -ENOTSUP,
              "--vnc %s: this igdvm was built without libvncserver", options->address);
    return NULL;
}

void vnc_set_lights(struct vnc *vnc, uint32_t lights)
{
}

void vnc_free(struct vnc *vnc)
{
}

void vnc_show(struct vnc *vnc, const struct picture *picture)
{
}

void vnc_changed(struct vnc *vnc, const struct damage *damage)
{
}

#endif
