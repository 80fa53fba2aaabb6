/* display_screenshots.c: pictures of the guest's display that igdvm-display writes. */
#include "base/error.h"                    /* errors */
#include "base/log.h"                      /* those that did not come */
#include "display/protocol.h"              /* messages */
#include "machine/display_link_internal.h" /* struct display_link */

#include <fcntl.h>  /* open */
#include <stdio.h>  /* rename */
#include <stdlib.h> /* free */
#include <string.h> /* strdup */
#include <unistd.h> /* close */

#define NOW_MS    5000
#define FINISH_MS 10000

static void forget_screenshot(struct screenshot *shot)
{
    free(shot->draft);
    free(shot->name);
    *shot = (struct screenshot){ 0 };
}

/* What came of a screenshot: its draft takes its name, or goes. */
static void end_screenshot(struct screenshot *shot, int result)
{
    struct error err = { 0 };
    display_link_done *done = shot->done;
    void *opaque = shot->opaque;
    if (result == 0 && shot->draft && rename(shot->draft, shot->name) < 0)
        result = -errno;
    if (result < 0 && shot->draft)
        unlink(shot->draft);
    if (result < 0)
        error_system(&err, result, "screenshot %s", shot->name);
    forget_screenshot(shot);
    done(opaque, result < 0 ? &err : NULL);
}

void display_link_screenshot_done(struct display_link *link, uint32_t id, int result)
{
    for (unsigned i = 0; i < DISPLAY_LINK_SCREENSHOTS_MAX; i++) {
        struct screenshot *shot = &link->screenshots[i];
        if (shot->used && shot->id == id) {
            end_screenshot(shot, result);
            return;
        }
    }
}

void display_link_lose_screenshots(struct display_link *link)
{
    for (unsigned i = 0; i < DISPLAY_LINK_SCREENSHOTS_MAX; i++) {
        if (link->screenshots[i].used)
            end_screenshot(&link->screenshots[i], -ECONNRESET);
    }
}

static struct screenshot *free_screenshot(struct display_link *link)
{
    for (unsigned i = 0; i < DISPLAY_LINK_SCREENSHOTS_MAX; i++) {
        if (!link->screenshots[i].used)
            return &link->screenshots[i];
    }
    return NULL;
}

/* Send the file's descriptor off, behind the view it shall show. */
static int order_screenshot(struct display_link *link, const struct screenshot *shot,
                            int fd)
{
    const struct display_message message = { .kind = DISPLAY_SCREENSHOT,
                                             .screenshot.id = shot->id };
    int result = display_link_send_view(link);
    return result == 0 ? display_link_say(link, &message, fd) : result;
}

/* The same, of a file beside the one it shall become. */
static int order_draft(struct display_link *link, struct screenshot *shot)
{
    if (asprintf(&shot->draft, "%s.%u.part", shot->name, shot->id) < 0) {
        shot->draft = NULL;
        return -ENOMEM;
    }
    int fd = open(shot->draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    int result = order_screenshot(link, shot, fd);
    close(fd);
    if (result < 0)
        unlink(shot->draft);
    return result;
}

/* A screenshot in the file that fd is, or with -1 in the one of that name. */
static int begin_screenshot(struct display_link *link, const char *name, int fd,
                            display_link_done *done, void *opaque, struct error *err)
{
    if (!link->vga)
        return error_set(err, ERROR_IMPOSSIBLE, -ENODEV,
                         "screenshot %s: the guest has no emulated display", name);
    if (link->socket < 0)
        return error_set(err, ERROR_IMPOSSIBLE, -EPIPE,
                         "screenshot %s: igdvm-display has ended", name);
    struct screenshot *shot = free_screenshot(link);
    if (!shot)
        return error_set(err, ERROR_IMPOSSIBLE, -EBUSY,
                         "screenshot %s: %d others are still being written", name,
                         DISPLAY_LINK_SCREENSHOTS_MAX);
    *shot = (struct screenshot){ .used = true,
                                 .name = strdup(name),
                                 .id = link->next_id++,
                                 .done = done,
                                 .opaque = opaque };
    int result = !shot->name ? -ENOMEM
                 : fd >= 0   ? order_screenshot(link, shot, fd)
                             : order_draft(link, shot);
    if (result == 0)
        return 0;
    forget_screenshot(shot);
    if (result == -EAGAIN)
        return error_set(err, ERROR_SYSTEM, result,
                         "screenshot %s: igdvm-display takes nothing now: it is busy, "
                         "or was stopped; try again",
                         name);
    return error_system(err, result, "screenshot %s", name);
}

int display_link_screenshot(struct display_link *link, const char *path,
                            display_link_done *done, void *opaque, struct error *err)
{
    return begin_screenshot(link, path, -1, done, opaque, err);
}

/* What a caller that waits wants to know. */
struct outcome {
    bool known;
    struct error err; /* code 0: it is written */
};

static void note_outcome(void *opaque, const struct error *err)
{
    struct outcome *outcome = opaque;
    outcome->known = true;
    if (err)
        outcome->err = *err;
}

static void nobody_waits(void *opaque, const struct error *err)
{
    (void)opaque;
    (void)err;
}

static bool is_known(const void *outcome)
{
    return ((const struct outcome *)outcome)->known;
}

int display_link_screenshot_now(struct display_link *link, int fd, const char *name,
                                struct error *err)
{
    struct outcome outcome = { 0 };
    int result = begin_screenshot(link, name, fd, note_outcome, &outcome, err);
    if (result == 0)
        result = display_link_wait_for(link, is_known, &outcome, NOW_MS, err);
    if (result == -ECONNRESET || result == -EPROTO)
        display_link_lose(link, err);
    for (unsigned i = 0; i < DISPLAY_LINK_SCREENSHOTS_MAX; i++) {
        if (link->screenshots[i].opaque == &outcome)
            link->screenshots[i].done = nobody_waits;
    }
    if (result == 0 && outcome.err.code) {
        *err = outcome.err;
        result = err->code;
    }
    return result;
}

static bool has_no_screenshots(const void *of)
{
    const struct display_link *link = of;
    for (unsigned i = 0; i < DISPLAY_LINK_SCREENSHOTS_MAX; i++) {
        if (link->screenshots[i].used)
            return false;
    }
    return true;
}

void display_link_finish(struct display_link *link)
{
    struct error err = { 0 };
    int result = display_link_wait_for(link, has_no_screenshots, link, FINISH_MS, &err);
    if (result < 0)
        log_warning(DISPLAY_LINK_WHO, "%s", err.text);
    display_link_hang_up(link);
}
