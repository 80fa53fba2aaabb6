/* show.c: shows the known picture, with a cursor if asked, and power states. */
#include "card.h"
#include "probe.h" /* JSON */

#include <string.h>   /* memset */
#include <stdlib.h>   /* system */
#include <sys/mman.h> /* mmap */
#include <unistd.h>   /* close */

#define CURSOR_SIZE 64
#define MAX_OUTPUTS 4

/*
 * The cursor: an opaque red square in the upper left quarter, half-transparent green
 * (premultiplied) in the lower right, the rest transparent. Placed at (100, 60).
 */
static bool cursor_show(const struct card *card, const struct output *output,
                        struct buffer *buffer)
{
    struct drm_mode_cursor2 cursor = {
        .flags = DRM_MODE_CURSOR_BO | DRM_MODE_CURSOR_MOVE,
        .crtc_id = output->crtc,
        .x = 100,
        .y = 60,
        .width = CURSOR_SIZE,
        .height = CURSOR_SIZE,
    };

    buffer_make(card, CURSOR_SIZE, CURSOR_SIZE, buffer);
    memset(buffer->pixels, 0, buffer->size);
    for (unsigned y = 0; y < CURSOR_SIZE / 2; y++) {
        for (unsigned x = 0; x < CURSOR_SIZE / 2; x++) {
            uint32_t *row = buffer->pixels + (size_t)y * (buffer->pitch / 4);
            uint32_t *low = row + (size_t)CURSOR_SIZE / 2 * (buffer->pitch / 4);

            row[x] = 0xffff0000;
            low[x + CURSOR_SIZE / 2] = 0x80008000;
        }
    }
    cursor.handle = buffer->handle;
    return drm_ioctl(card->fd, DRM_IOCTL_MODE_CURSOR2, &cursor) == 0;
}

static void cursor_hide(const struct card *card, const struct output *output)
{
    struct drm_mode_cursor2 cursor = { .flags = DRM_MODE_CURSOR_BO,
                                       .crtc_id = output->crtc };

    drm_ioctl(card->fd, DRM_IOCTL_MODE_CURSOR2, &cursor);
}

static void tell_output(const struct output *output, bool shown, bool cursor)
{
    json_open(output->connector.name, '{');
    json_bool("shown", shown);
    json_bool("cursor", cursor);
    json_number("pipe", output->pipe);
    json_number("width", output->mode.hdisplay);
    json_number("height", output->mode.vdisplay);
    json_close('}');
}

bool command_show(const struct request *request)
{
    struct card card;
    struct output outputs[MAX_OUTPUTS];
    struct buffer buffers[MAX_OUTPUTS], cursors[MAX_OUTPUTS];
    bool good = true, with_cursor[MAX_OUTPUTS] = { false };

    card_open(&card, request->card);
    unsigned count = outputs_find(&card, request, outputs, MAX_OUTPUTS);
    json_open("outputs", '{');
    for (unsigned i = 0; i < count; i++) {
        const struct drm_mode_modeinfo *mode = &outputs[i].mode;

        buffer_make(&card, mode->hdisplay, mode->vdisplay, &buffers[i]);
        buffer_draw(&buffers[i], i);
        bool shown = output_show(&card, &outputs[i], &buffers[i]);
        if (request->cursor)
            with_cursor[i] = cursor_show(&card, &outputs[i], &cursors[i]);
        tell_output(&outputs[i], shown, with_cursor[i]);
        good = good && shown && with_cursor[i] == request->cursor;
    }
    json_close('}');
    if (request->during) {
        fflush(stdout);
        json_number("during_status", system(request->during));
    }
    for (unsigned i = 0; i < count; i++) {
        if (request->cursor) {
            cursor_hide(&card, &outputs[i]);
            buffer_free(&card, &cursors[i]);
        }
        buffer_free(&card, &buffers[i]);
        connector_release(&outputs[i].connector);
    }
    close(card.fd);
    return good && count > 0;
}

/* Set the DPMS property of each output off, run the command, and on again. */
bool command_power(const struct request *request)
{
    static const uint64_t off = 3, on = 0;
    struct card card;
    struct output outputs[MAX_OUTPUTS];
    struct buffer buffers[MAX_OUTPUTS];
    bool good = true;

    card_open(&card, request->card);
    unsigned count = outputs_find(&card, request, outputs, MAX_OUTPUTS);
    for (unsigned i = 0; i < count; i++) {
        const struct output *output = &outputs[i];

        buffer_make(&card, output->mode.hdisplay, output->mode.vdisplay, &buffers[i]);
        buffer_draw(&buffers[i], i);
        good = output_show(&card, output, &buffers[i]) && good;
    }
    for (unsigned step = 0; step < 2; step++) {
        for (unsigned i = 0; i < count; i++) {
            struct drm_mode_connector_set_property set = {
                .value = step ? on : off,
                .connector_id = outputs[i].connector.id,
            };

            connector_property(&card, set.connector_id, "DPMS", &set.prop_id);
            good = drm_ioctl(card.fd, DRM_IOCTL_MODE_SETPROPERTY, &set) == 0 && good;
        }
        if (step == 0 && request->during) {
            fflush(stdout);
            json_number("during_status", system(request->during));
        }
    }
    json_bool("set", good);
    json_number("outputs", count);
    for (unsigned i = 0; i < count; i++) {
        json_number(
            outputs[i].connector.name,
            (double)connector_property(&card, outputs[i].connector.id, "DPMS", NULL));
        buffer_free(&card, &buffers[i]);
        connector_release(&outputs[i].connector);
    }
    close(card.fd);
    return good && count > 0;
}
