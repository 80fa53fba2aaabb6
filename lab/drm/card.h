/* card.h: the parts of the program that drives a GPU through the kernel's DRM
 * interface.
 */
#ifndef DRM_CARD_H
#define DRM_CARD_H

#include <libdrm/drm.h>      /* the interface */
#include <libdrm/drm_mode.h> /* modes */
#include <stdbool.h>         /* bool */
#include <stddef.h>          /* size_t */
#include <stdint.h>          /* pixels */

#define MAX_OBJECTS 16

/* What a run is to do, from the command line. */
struct request {
    const char *card;
    const char *connectors[4]; /* by name; none: all that are connected */
    unsigned connector_count;
    unsigned width, height; /* 0: the preferred mode */
    unsigned count;         /* page flips, batches */
    bool cursor;
    const char *during; /* shell command to run while the picture is shown */
    const char *file;
};

/* The ids of a card's objects. */
struct card {
    int fd;
    uint32_t connectors[MAX_OBJECTS], crtcs[MAX_OBJECTS], encoders[MAX_OBJECTS];
    unsigned connector_count, crtc_count, encoder_count;
};

/* One connector as the kernel tells it; modes is released by connector_release. */
struct connector {
    uint32_t id, status, encoder, width_mm, height_mm;
    uint32_t encoders[MAX_OBJECTS];
    unsigned encoder_count;
    char name[32];
    struct drm_mode_modeinfo *modes;
    unsigned mode_count;
};

/* A buffer of pixels that can be shown. */
struct buffer {
    uint32_t handle, framebuffer, width, height, pitch;
    uint64_t size;
    uint32_t *pixels;
};

/* A connector with the mode and the CRTC it is to be shown with. */
struct output {
    struct connector connector;
    struct drm_mode_modeinfo mode;
    uint32_t crtc;
    unsigned pipe;
};

/* card.c: ioctl that repeats when interrupted; all else tell errors by exit status 3.
 */
int drm_ioctl(int fd, unsigned long number, void *argument);
void fail(const char *what) __attribute__((noreturn));
void card_open(struct card *card, const char *path);
/* probe: ask the monitor anew instead of taking what is known. */
bool connector_read(const struct card *card, uint32_t id, bool probe,
                    struct connector *connector);
void connector_release(struct connector *connector);
/* The value of a connector's property, 0 when it has none of that name. */
uint64_t connector_property(const struct card *card, uint32_t id, const char *name,
                            uint32_t *property_id);
/* The outputs a request means, each with a CRTC of its own; their number. */
unsigned outputs_find(const struct card *card, const struct request *request,
                      struct output *outputs, unsigned max);
double seconds(void);

/* buffer.c */
void buffer_make(const struct card *card, uint32_t width, uint32_t height,
                 struct buffer *buffer);
void buffer_free(const struct card *card, struct buffer *buffer);
/* The known picture; igdlab/picture.py knows it, too. */
void buffer_draw(struct buffer *buffer, unsigned number);
bool output_show(const struct card *card, const struct output *output,
                 const struct buffer *buffer);

/* One command each: a JSON object on standard output; false: something failed. */
bool command_describe(const struct request *request);
bool command_show(const struct request *request);
bool command_flips(const struct request *request);
bool command_power(const struct request *request);
bool command_batches(const struct request *request);
bool command_blits(const struct request *request);
bool command_hang(const struct request *request);
bool command_font(const struct request *request);

#endif
