/* viewer.c: keeps pictures of the pipes for those who watch. */
#include "model/viewer.h"

#include "base/error.h"        /* errors */
#include "base/event_loop.h"   /* the time to look */
#include "base/log.h"          /* what could not be drawn */
#include "model/gtt.h"         /* graphics memory */
#include "model/pipes.h"       /* MODEL_PIPES */
#include "display/png_file.h"  /* screenshots */
#include "model/scanout.h"     /* what the pipes show */
#include "model/screen.h"      /* draws it */
#include "model/vga_picture.h" /* what shows before there is a driver */
#include "display/vnc.h"       /* viewers */

#include <stdio.h>       /* asprintf */
#include <stdlib.h>      /* calloc */
#include <string.h>      /* strrchr */
#include <sys/timerfd.h> /* the time to look */
#include <unistd.h>      /* close */

/*
 * While somebody watches, the picture is looked at this often: as long as it changes,
 * then less and less.
 */
#define SHORTEST_PAUSE 33333333 /* nanoseconds */
#define LONGEST_PAUSE  200000000

#define BLACK_WIDTH  640
#define BLACK_HEIGHT 480

struct viewer {
    struct event_loop *loop;
    struct model *model;
    const struct viewer_options *options;
    struct vnc *vnc;
    int timer_fd;
    uint64_t pause;        /* nanoseconds; 0: nobody watches */
    struct screen *screen; /* for VNC */
    unsigned pipe;         /* it shows */
    uint64_t serial;       /* of the pipe when last looked at */
    uint32_t frames;
    struct viewer_counters counters;
    struct picture vga[2]; /* for VNC: the text screen now and before */
    unsigned vga_shown;    /* which of them the viewers see */
    struct damage vga_damage;
};

static int read_memory(void *opaque, uint64_t address, void *data, size_t size)
{
    return gtt_read_memory(opaque, address, data, size);
}

struct viewer_counters viewer_counters(const struct viewer *viewer)
{
    return viewer->counters;
}

static const struct damage *draw(struct viewer *viewer, struct screen *screen,
                                 unsigned pipe)
{
    const struct surface_memory memory = { read_memory, viewer->model };
    struct scanout_pipe shown;
    scanout_get(viewer->model, pipe, &shown);
    const struct damage *damage = screen_update(screen, &shown, &memory);
    struct area area;
    viewer->counters.looks++;
    for (uint32_t band = 0; damage_next(damage, &band, &area);)
        viewer->counters.converted_bytes +=
            4ull * (area.x1 - area.x0) * (area.y1 - area.y0);
    return damage;
}

static bool goes_to(struct viewer *viewer, unsigned pipe, unsigned ddis)
{
    struct scanout_pipe shown;
    scanout_get(viewer->model, pipe, &shown);
    return shown.running && (ddis == VIEWER_ALL || shown.ddis & ddis);
}

/* The pipe VNC shows. */
static unsigned choose_pipe(struct viewer *viewer)
{
    if (viewer->options->vnc_pipe)
        return (unsigned)(viewer->options->vnc_pipe - 'a') % MODEL_PIPES;
    for (unsigned pipe = 0; pipe < MODEL_PIPES; pipe++) {
        if (goes_to(viewer, pipe, VIEWER_ALL))
            return pipe;
    }
    return viewer->pipe;
}

static void set_timer(struct viewer *viewer)
{
    const struct itimerspec times = { .it_value.tv_nsec = (long)viewer->pause };
    timerfd_settime(viewer->timer_fd, 0, &times, NULL);
}

/* While no pipe runs: VGA's text. */
static bool look_at_vga(struct viewer *viewer)
{
    struct picture *now = &viewer->vga[viewer->vga_shown ^ 1];
    const struct picture *before = &viewer->vga[viewer->vga_shown];
    if (!vga_picture_draw(viewer->model, now)) {
        vnc_show(viewer->vnc, NULL);
        return false;
    }
    size_t size = (size_t)now->width * now->height * sizeof(*now->pixels);
    bool same = before->width && memcmp(now->pixels, before->pixels, size) == 0;
    if (!same)
        viewer->vga_shown ^= 1;
    damage_clear(&viewer->vga_damage, now->width, now->height);
    if (!same)
        damage_add(&viewer->vga_damage, (struct area){ 0, 0, now->width, now->height });
    vnc_show(viewer->vnc, &viewer->vga[viewer->vga_shown]);
    vnc_changed(viewer->vnc, &viewer->vga_damage);
    viewer->serial = UINT64_MAX; /* a pipe that starts is looked at anew */
    return !same;
}

/* Bring VNC's picture up to date; false: nothing changed. */
static bool look(struct viewer *viewer)
{
    unsigned pipe = choose_pipe(viewer);
    if (!goes_to(viewer, pipe, VIEWER_ALL) && !screen_picture(viewer->screen)->width)
        return look_at_vga(viewer);
    uint64_t serial = scanout_serial(viewer->model, pipe);
    uint32_t frames = scanout_frames(viewer->model, pipe);
    bool same = pipe == viewer->pipe && serial == viewer->serial;
    if (same && frames == viewer->frames)
        return false; /* not even a vertical blank has passed */
    viewer->pipe = pipe;
    viewer->serial = serial;
    viewer->frames = frames;
    const struct damage *damage = draw(viewer, viewer->screen, pipe);
    vnc_show(viewer->vnc, screen_picture(viewer->screen));
    vnc_changed(viewer->vnc, damage);
    return damage->any || !same;
}

static void timer_event(void *opaque, uint32_t events)
{
    struct viewer *viewer = opaque;
    uint64_t ticks;
    if (read(viewer->timer_fd, &ticks, sizeof(ticks)) != sizeof(ticks))
        return;
    bool changed = look(viewer);
    if (!viewer->pause)
        return; /* the last viewer went meanwhile */
    viewer->pause = changed ? SHORTEST_PAUSE : viewer->pause * 3 / 2;
    if (viewer->pause > LONGEST_PAUSE)
        viewer->pause = LONGEST_PAUSE;
    set_timer(viewer);
}

static void watched(void *opaque, bool by_anyone)
{
    struct viewer *viewer = opaque;
    viewer->pause = by_anyone ? SHORTEST_PAUSE : 0;
    viewer->serial = UINT64_MAX;
    if (by_anyone)
        look(viewer);
    else
        screen_rest(viewer->screen);
    set_timer(viewer);
}

static int start(struct viewer *viewer, struct error *err)
{
    viewer->screen = screen_new();
    if (!viewer->screen)
        return error_system(err, -ENOMEM, "viewer");
    if (!viewer->options->vnc)
        return 0;
    viewer->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (viewer->timer_fd < 0)
        return error_system(err, -errno, "VNC's clock");
    int result =
        event_loop_add(viewer->loop, viewer->timer_fd, EPOLLIN, timer_event, viewer);
    if (result < 0)
        return error_system(err, result, "event loop");
    const struct vnc_options vnc = { .address = viewer->options->vnc,
                                     .title = "igdvm model",
                                     .watched = watched,
                                     .opaque = viewer };
    viewer->vnc = vnc_new(viewer->loop, &vnc, err);
    return viewer->vnc ? 0 : -EINVAL;
}

struct viewer *viewer_new(struct event_loop *loop, struct model *model,
                          const struct viewer_options *options, struct error *err)
{
    struct viewer *viewer = calloc(1, sizeof(*viewer));
    if (!viewer) {
        error_system(err, -ENOMEM, "viewer");
        return NULL;
    }
    viewer->loop = loop;
    viewer->model = model;
    viewer->options = options;
    viewer->timer_fd = -1;
    if (start(viewer, err) < 0) {
        viewer_free(viewer);
        return NULL;
    }
    return viewer;
}

void viewer_free(struct viewer *viewer)
{
    if (!viewer)
        return;
    vnc_free(viewer->vnc);
    if (viewer->timer_fd >= 0) {
        event_loop_remove(viewer->loop, viewer->timer_fd);
        close(viewer->timer_fd);
    }
    screen_free(viewer->screen);
    picture_free(&viewer->vga[0]);
    picture_free(&viewer->vga[1]);
    free(viewer);
}

/* "screen.png" of pipe B to "screen-b.png". Free it. */
static char *name_of(const char *path, unsigned pipe, bool first)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    int length = (int)(dot && dot > (slash ? slash + 1 : path) ? dot - path
                                                               : (long)strlen(path));
    char *name;
    if (first)
        return strdup(path);
    if (asprintf(&name, "%.*s-%c%s", length, path, (char)('a' + pipe), path + length) <
        0)
        return NULL;
    return name;
}

static int write_picture(const char *path, unsigned pipe, bool first,
                         const struct picture *picture, viewer_file *written,
                         void *opaque, struct error *err)
{
    char *name = name_of(path, pipe, first);
    if (!name)
        return error_system(err, -ENOMEM, "%s", path);
    int result = png_file_write(name, picture, err);
    if (result == 0)
        log_debug("model", "pipe %c: wrote %s", (char)('A' + pipe), name);
    if (result == 0 && written)
        written(opaque, name);
    free(name);
    return result;
}

/* No pipe runs: VGA's picture, or black. */
static int write_idle(struct viewer *viewer, const char *path, unsigned ddis,
                      viewer_file *written, void *opaque, struct error *err)
{
    struct picture picture = { 0 };
    bool vga = ddis == VIEWER_ALL && vga_picture_draw(viewer->model, &picture);
    if (!vga && picture_resize(&picture, BLACK_WIDTH, BLACK_HEIGHT) < 0)
        return error_system(err, -ENOMEM, "%s", path);
    int result = write_picture(path, 0, true, &picture, written, opaque, err);
    picture_free(&picture);
    return result;
}

int viewer_screenshot(struct viewer *viewer, const char *path, unsigned ddis,
                      viewer_file *written, void *opaque, struct error *err)
{
    if (!path)
        path = viewer->options->screenshot;
    if (!path)
        return 0;
    bool first = true;
    int result = 0;
    for (unsigned pipe = 0; pipe < MODEL_PIPES && result == 0; pipe++) {
        if (!goes_to(viewer, pipe, ddis))
            continue;
        struct screen *screen = screen_new();
        if (!screen)
            return error_system(err, -ENOMEM, "%s", path);
        draw(viewer, screen, pipe);
        result = write_picture(path, pipe, first, screen_picture(screen), written,
                               opaque, err);
        first = false;
        screen_free(screen);
    }
    return first ? write_idle(viewer, path, ddis, written, opaque, err) : result;
}
