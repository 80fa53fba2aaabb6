/* describe.c: what the kernel tells of the card: driver, connectors, modes, planes. */
#include "card.h"
#include "probe.h" /* JSON */

#include <fcntl.h>     /* open */
#include <linux/fb.h>  /* fb0 */
#include <stdlib.h>    /* free */
#include <string.h>    /* strerror */
#include <sys/ioctl.h> /* fb0 */
#include <unistd.h>    /* close */

static void describe_driver(const struct card *card)
{
    char name[64] = "";
    struct drm_version version = { .name_len = sizeof(name) - 1, .name = name };

    if (drm_ioctl(card->fd, DRM_IOCTL_VERSION, &version) == 0)
        json_string("driver", name);
}

static void describe_edid(const struct card *card, uint32_t id)
{
    static uint8_t edid[2048];
    uint64_t blob = connector_property(card, id, "EDID", NULL);
    struct drm_mode_get_blob get = { .blob_id = (uint32_t)blob };

    /* The kernel copies only into as many bytes as there are. */
    if (!blob || drm_ioctl(card->fd, DRM_IOCTL_MODE_GETPROPBLOB, &get) < 0 ||
        get.length > sizeof(edid))
        return;
    get.data = (uintptr_t)edid;
    if (drm_ioctl(card->fd, DRM_IOCTL_MODE_GETPROPBLOB, &get) == 0)
        json_hex("edid", edid, get.length);
}

static void describe_mode(const struct drm_mode_modeinfo *mode)
{
    json_open(NULL, '{');
    json_string("name", mode->name);
    json_number("width", mode->hdisplay);
    json_number("height", mode->vdisplay);
    json_number("clock_khz", mode->clock);
    json_number("htotal", mode->htotal);
    json_number("vtotal", mode->vtotal);
    json_bool("preferred", mode->type & DRM_MODE_TYPE_PREFERRED);
    json_close('}');
}

static void describe_connector(const struct card *card, uint32_t id)
{
    static const char *const states[] = { "?", "connected", "disconnected", "unknown" };
    struct connector connector;

    if (!connector_read(card, id, true, &connector))
        return;
    json_open(connector.name, '{');
    json_string("status", states[connector.status < 4 ? connector.status : 0]);
    json_number("width_mm", connector.width_mm);
    json_number("height_mm", connector.height_mm);
    json_bool("lit", connector.encoder != 0);
    json_number("dpms", (double)connector_property(card, id, "DPMS", NULL));
    describe_edid(card, id);
    json_open("modes", '[');
    for (unsigned i = 0; i < connector.mode_count; i++)
        describe_mode(&connector.modes[i]);
    json_close(']');
    json_close('}');
    connector_release(&connector);
}

static void describe_framebuffer(void)
{
    struct fb_var_screeninfo screen;
    struct fb_fix_screeninfo fixed;
    int fd = open("/dev/fb0", O_RDWR | O_CLOEXEC);

    json_open("fb0", '{');
    if (fd >= 0 && !ioctl(fd, FBIOGET_VSCREENINFO, &screen) &&
        !ioctl(fd, FBIOGET_FSCREENINFO, &fixed)) {
        json_string("id", fixed.id);
        json_number("width", screen.xres);
        json_number("height", screen.yres);
        json_number("bits", screen.bits_per_pixel);
        json_number("pitch", fixed.line_length);
    }
    json_close('}');
    if (fd >= 0)
        close(fd);
}

static void describe_crtcs(const struct card *card)
{
    json_open("crtcs", '[');
    for (unsigned i = 0; i < card->crtc_count; i++) {
        struct drm_mode_crtc crtc = { .crtc_id = card->crtcs[i] };

        if (drm_ioctl(card->fd, DRM_IOCTL_MODE_GETCRTC, &crtc) < 0)
            continue;
        json_open(NULL, '{');
        json_bool("on", crtc.mode_valid);
        json_number("width", crtc.mode_valid ? crtc.mode.hdisplay : 0);
        json_number("height", crtc.mode_valid ? crtc.mode.vdisplay : 0);
        json_close('}');
    }
    json_close(']');
}

bool command_describe(const struct request *request)
{
    struct card card;

    card_open(&card, request->card);
    describe_driver(&card);
    json_open("connectors", '{');
    for (unsigned i = 0; i < card.connector_count; i++)
        describe_connector(&card, card.connectors[i]);
    json_close('}');
    describe_crtcs(&card);
    describe_framebuffer();
    close(card.fd);
    return true;
}
