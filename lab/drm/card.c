/* card.c: a DRM card, its connectors, and which CRTC can show on which. */
#include "card.h"

#include <errno.h>     /* errno */
#include <fcntl.h>     /* open */
#include <stdio.h>     /* messages */
#include <stdlib.h>    /* exit */
#include <string.h>    /* strcmp */
#include <sys/ioctl.h> /* the interface */
#include <time.h>      /* clock_gettime */

static const char *const type_names[] = {
    "Unknown", "VGA",  "DVI-I",     "DVI-D",   "DVI-A", "Composite",
    "SVIDEO",  "LVDS", "Component", "DIN",     "DP",    "HDMI-A",
    "HDMI-B",  "TV",   "eDP",       "Virtual", "DSI",   "DPI",
};

int drm_ioctl(int fd, unsigned long number, void *argument)
{
    int result;

    do {
        result = ioctl(fd, number, argument);
    } while (result < 0 && (errno == EINTR || errno == EAGAIN));
    return result;
}

void fail(const char *what)
{
    fflush(stdout);
    fprintf(stderr, "drm: %s: %s\n", what, strerror(errno));
    exit(3);
}

double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void card_open(struct card *card, const char *path)
{
    struct drm_mode_card_res resources = {
        .connector_id_ptr = (uintptr_t)card->connectors,
        .crtc_id_ptr = (uintptr_t)card->crtcs,
        .encoder_id_ptr = (uintptr_t)card->encoders,
        .count_connectors = MAX_OBJECTS,
        .count_crtcs = MAX_OBJECTS,
        .count_encoders = MAX_OBJECTS,
    };

    card->fd = open(path, O_RDWR | O_CLOEXEC);
    if (card->fd < 0)
        fail(path);
    if (drm_ioctl(card->fd, DRM_IOCTL_MODE_GETRESOURCES, &resources) < 0) {
        if (errno != EOPNOTSUPP)
            fail("resources");
        /* A GPU without a display renders. */
        resources = (struct drm_mode_card_res){ 0 };
    }
    if (resources.count_connectors > MAX_OBJECTS ||
        resources.count_crtcs > MAX_OBJECTS || resources.count_encoders > MAX_OBJECTS) {
        errno = E2BIG;
        fail("resources");
    }
    card->connector_count = resources.count_connectors;
    card->crtc_count = resources.count_crtcs;
    card->encoder_count = resources.count_encoders;
}

bool connector_read(const struct card *card, uint32_t id, bool probe,
                    struct connector *connector)
{
    struct drm_mode_get_connector get = { .connector_id = id };
    struct drm_mode_modeinfo one;

    *connector = (struct connector){ .id = id };
    if (!probe) { /* with room for a mode the kernel does not ask the monitor */
        get.count_modes = 1;
        get.modes_ptr = (uintptr_t)&one;
    }
    if (drm_ioctl(card->fd, DRM_IOCTL_MODE_GETCONNECTOR, &get) < 0)
        return false;
    connector->modes = calloc(get.count_modes + 1, sizeof(*connector->modes));
    if (!connector->modes)
        fail("modes");
    unsigned modes = get.count_modes;
    get = (struct drm_mode_get_connector){
        .connector_id = id,
        .count_modes = modes ? modes : 1,
        .modes_ptr = (uintptr_t)connector->modes,
        .count_encoders = MAX_OBJECTS,
        .encoders_ptr = (uintptr_t)connector->encoders,
    };
    if (drm_ioctl(card->fd, DRM_IOCTL_MODE_GETCONNECTOR, &get) < 0)
        return false;
    connector->mode_count = get.count_modes < modes ? get.count_modes : modes;
    connector->encoder_count =
        get.count_encoders < MAX_OBJECTS ? get.count_encoders : MAX_OBJECTS;
    connector->status = get.connection;
    connector->encoder = get.encoder_id;
    connector->width_mm = get.mm_width;
    connector->height_mm = get.mm_height;
    const char *type = get.connector_type < sizeof(type_names) / sizeof(type_names[0])
                           ? type_names[get.connector_type]
                           : "Other";
    snprintf(connector->name, sizeof(connector->name), "%s-%u", type,
             get.connector_type_id);
    return true;
}

void connector_release(struct connector *connector)
{
    free(connector->modes);
    connector->modes = NULL;
}

uint64_t connector_property(const struct card *card, uint32_t id, const char *name,
                            uint32_t *property_id)
{
    uint32_t ids[64];
    uint64_t values[64];
    struct drm_mode_obj_get_properties get = {
        .props_ptr = (uintptr_t)ids,
        .prop_values_ptr = (uintptr_t)values,
        .count_props = 64,
        .obj_id = id,
        .obj_type = DRM_MODE_OBJECT_CONNECTOR,
    };

    if (property_id)
        *property_id = 0;
    if (drm_ioctl(card->fd, DRM_IOCTL_MODE_OBJ_GETPROPERTIES, &get) < 0)
        return 0;
    for (unsigned i = 0; i < get.count_props && i < 64; i++) {
        struct drm_mode_get_property property = { .prop_id = ids[i] };

        if (drm_ioctl(card->fd, DRM_IOCTL_MODE_GETPROPERTY, &property) == 0 &&
            !strcmp(property.name, name)) {
            if (property_id)
                *property_id = ids[i];
            return values[i];
        }
    }
    return 0;
}

static bool wanted(const struct request *request, const struct connector *connector)
{
    if (connector->status != 1 || !connector->mode_count)
        return false;
    for (unsigned i = 0; i < request->connector_count; i++) {
        if (!strcmp(request->connectors[i], connector->name))
            return true;
    }
    return request->connector_count == 0;
}

/* Which of the CRTCs, by index, can drive the connector. */
static uint32_t possible_crtcs(const struct card *card,
                               const struct connector *connector)
{
    uint32_t possible = 0;

    for (unsigned i = 0; i < connector->encoder_count; i++) {
        struct drm_mode_get_encoder encoder = { .encoder_id = connector->encoders[i] };

        if (drm_ioctl(card->fd, DRM_IOCTL_MODE_GETENCODER, &encoder) == 0)
            possible |= encoder.possible_crtcs;
    }
    return possible;
}

static bool choose_mode(const struct request *request, struct output *output)
{
    const struct connector *connector = &output->connector;

    for (unsigned i = 0; i < connector->mode_count; i++) {
        const struct drm_mode_modeinfo *mode = &connector->modes[i];

        if (request->width
                ? mode->hdisplay == request->width && mode->vdisplay == request->height
                : i == 0) {
            output->mode = *mode;
            return true;
        }
    }
    return false;
}

unsigned outputs_find(const struct card *card, const struct request *request,
                      struct output *outputs, unsigned max)
{
    unsigned count = 0;
    uint32_t used = 0;

    for (unsigned i = 0; i < card->connector_count && count < max; i++) {
        struct output *output = &outputs[count];

        if (!connector_read(card, card->connectors[i], false, &output->connector))
            fail("connector");
        uint32_t possible = possible_crtcs(card, &output->connector) & ~used;
        if (wanted(request, &output->connector) && possible &&
            choose_mode(request, output)) {
            output->pipe = (unsigned)__builtin_ctz(possible);
            output->crtc = card->crtcs[output->pipe];
            used |= 1u << output->pipe;
            count++;
        } else {
            connector_release(&output->connector);
        }
    }
    return count;
}
