/* flips.c: page flips with their events, and the counter of vertical blanks. */
#include "card.h"
#include "probe.h" /* JSON */

#include <errno.h>  /* errno */
#include <poll.h>   /* wait for events */
#include <string.h> /* strerror */
#include <unistd.h> /* read */

#define EVENT_WAIT_MS 20000

struct counts {
    unsigned flips, events, backwards, foreign;
    uint32_t first, last; /* the counter at the first and last event */
    double start, end;
};

/* Take one event; false when none comes. */
static bool take_event(int fd, uint64_t wanted, struct counts *counts)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    struct drm_event_vblank event;

    if (poll(&wait, 1, EVENT_WAIT_MS) != 1 ||
        read(fd, &event, sizeof(event)) != sizeof(event))
        return false;
    if (event.base.type != DRM_EVENT_FLIP_COMPLETE || event.user_data != wanted) {
        counts->foreign++;
        return true;
    }
    if (counts->events == 0)
        counts->first = event.sequence;
    else if ((int32_t)(event.sequence - counts->last) <= 0)
        counts->backwards++;
    counts->last = event.sequence;
    counts->events++;
    return true;
}

static int flip(const struct card *card, const struct output *output,
                const struct buffer *buffer, uint64_t number)
{
    struct drm_mode_crtc_page_flip flip = {
        .crtc_id = output->crtc,
        .fb_id = buffer->framebuffer,
        .flags = DRM_MODE_PAGE_FLIP_EVENT,
        .user_data = number,
    };

    return drm_ioctl(card->fd, DRM_IOCTL_MODE_PAGE_FLIP, &flip);
}

/*
 * Ask for the counter now, or for an event when it has come to `target`. Both are
 * absolute: between a relative wait and the look before it a vertical blank may come.
 */
static bool vertical_blank(const struct card *card, const struct output *output,
                           unsigned type, uint32_t target, uint32_t *counter)
{
    union drm_wait_vblank wait = {
        .request.type = (enum drm_vblank_seq_type)(
            type | ((output->pipe << _DRM_VBLANK_HIGH_CRTC_SHIFT) &
                    _DRM_VBLANK_HIGH_CRTC_MASK)),
        .request.sequence = target,
    };

    if (drm_ioctl(card->fd, DRM_IOCTL_WAIT_VBLANK, &wait) < 0)
        return false;
    *counter = wait.reply.sequence;
    return true;
}

static bool blank_event(int fd, uint32_t *counter)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    struct drm_event_vblank event;

    if (poll(&wait, 1, EVENT_WAIT_MS) != 1 ||
        read(fd, &event, sizeof(event)) != sizeof(event) ||
        event.base.type != DRM_EVENT_VBLANK)
        return false;
    *counter = event.sequence;
    return true;
}

/* Wait for ten blanks; the counter's difference, or -1. */
static double wait_ten_blanks(const struct card *card, const struct output *output)
{
    uint32_t before = 0, after = 0;

    if (!vertical_blank(card, output, _DRM_VBLANK_RELATIVE, 0, &before) ||
        !vertical_blank(card, output, _DRM_VBLANK_ABSOLUTE | _DRM_VBLANK_EVENT,
                        before + 10, &after) ||
        !blank_event(card->fd, &after))
        return -1;
    return (double)(after - before);
}

static bool count_blanks(const struct card *card, const struct output *output)
{
    double start = seconds();
    double waited = wait_ten_blanks(card, output);
    unsigned late = 0;

    /* On a busy computer the tenth blank may be served after the eleventh. */
    while (waited > 10 && late < 2) {
        late++;
        waited = wait_ten_blanks(card, output);
    }
    json_number("vblanks_waited", waited);
    json_number("vblanks_late", late);
    json_number("vblank_seconds", seconds() - start);
    return waited >= 0;
}

static bool flip_on(const struct card *card, const struct output *output,
                    const struct request *request)
{
    struct buffer buffers[2];
    struct counts counts = { 0 };
    const char *problem = NULL;

    for (unsigned i = 0; i < 2; i++) {
        buffer_make(card, output->mode.hdisplay, output->mode.vdisplay, &buffers[i]);
        buffer_draw(&buffers[i], i);
    }
    json_open(output->connector.name, '{');
    if (!output_show(card, output, &buffers[0]))
        problem = strerror(errno);
    counts.start = seconds();
    while (!problem && counts.flips < request->count) {
        if (flip(card, output, &buffers[(counts.flips + 1) & 1], counts.flips) < 0)
            problem = strerror(errno);
        else if (!take_event(card->fd, counts.flips, &counts))
            problem = "no event came";
        else
            counts.flips++;
    }
    counts.end = seconds();
    json_number("asked", request->count);
    json_number("flips", counts.flips);
    json_number("events", counts.events);
    json_number("backwards", counts.backwards);
    json_number("foreign", counts.foreign);
    json_number("vblanks", counts.events ? (double)(counts.last - counts.first) : 0);
    json_number("seconds", counts.end - counts.start);
    if (problem)
        json_string("problem", problem);
    bool good = count_blanks(card, output) && !problem;
    json_close('}');
    for (unsigned i = 0; i < 2; i++)
        buffer_free(card, &buffers[i]);
    return good;
}

bool command_flips(const struct request *request)
{
    struct card card;
    struct output outputs[4];
    bool good = true;

    card_open(&card, request->card);
    unsigned count = outputs_find(&card, request, outputs, 4);
    for (unsigned i = 0; i < count; i++) {
        good = flip_on(&card, &outputs[i], request) && good;
        connector_release(&outputs[i].connector);
    }
    close(card.fd);
    return good && count > 0;
}
