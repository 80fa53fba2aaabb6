/* monitor.c: reads which monitors there are, and makes them. */
#include "model/monitor.h"

#include "base/bytes.h"  /* ARRAY_SIZE */
#include "base/error.h"  /* errors */
#include "model/chips.h" /* the chip's name */
#include "model/edid.h"  /* edid_build */

#include <ctype.h>  /* isdigit, toupper */
#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* strtoul */
#include <string.h> /* strings */

#define DEFAULT_REFRESH 60
#define PART_MAX        128 /* characters of one monitor's text */

/* What a monitor shows when nothing is said of it, the preferred mode first. */
static const char *const usual_modes[] = {
    [MODEL_MONITOR_HDMI] = "1920x1080+1280x720+1024x768+800x600+640x480",
    [MODEL_MONITOR_DP] = "1920x1080+1280x720+1024x768+800x600+640x480",
    [MODEL_MONITOR_EDP] = "1920x1080",
};

#define USUAL_KIND MODEL_MONITOR_HDMI
#define USUAL_PORT 'b' /* which all chips have */

/* "edp-a, hdmi-b, dp-b": what there is to choose from. */
static const char *list_connectors(const struct model_chip *chip, char *text,
                                   size_t size)
{
    const struct model_port *port;
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; (port = model_port_at(chip, i)); i++) {
        for (unsigned kind = 0; kind <= MODEL_MONITOR_EDP && used < size; kind++) {
            if (!(port->kinds & 1u << kind))
                continue;
            int more = snprintf(text + used, size - used, "%s%s-%c", used ? ", " : "",
                                model_monitor_kind_name((enum model_monitor_kind)kind),
                                port->letter);
            used += more > 0 ? (size_t)more : 0;
        }
    }
    return text;
}

/* "hdmi-b" to kind and port. */
static int parse_connector(struct model_monitor *monitor, const struct model_chip *chip,
                           const char *name, struct error *err)
{
    char known[256];
    for (unsigned kind = 0; kind <= MODEL_MONITOR_EDP; kind++) {
        const char *word = model_monitor_kind_name((enum model_monitor_kind)kind);
        size_t length = strlen(word);
        if (strncasecmp(name, word, length) != 0 || name[length] != '-' ||
            !name[length + 1] || name[length + 2])
            continue;
        monitor->kind = (enum model_monitor_kind)kind;
        monitor->port = model_port_find(chip, name[length + 1]);
        if (monitor->port && monitor->port->kinds & 1u << kind)
            return 0;
    }
    error_set(err, ERROR_INPUT, -EINVAL, "%s: %s has no such connector, but %s", name,
              chip->name, list_connectors(chip, known, sizeof(known)));
    return -EINVAL;
}

/* A decimal number without sign; 0 when there is none. Moves *text past it. */
static unsigned take_number(const char **text)
{
    if (!isdigit((unsigned char)**text))
        return 0;
    char *end;
    unsigned long value = strtoul(*text, &end, 10);
    *text = end;
    return value > UINT16_MAX ? UINT16_MAX : (unsigned)value;
}

/* "1920x1080@60" or "1920x1080", up to a '+' or the end, which *text then is at. */
static int parse_mode(struct model_monitor *monitor, const char **text,
                      struct error *err)
{
    const char *start = *text;
    unsigned height = 0, refresh = DEFAULT_REFRESH;
    unsigned width = take_number(text);
    if (**text == 'x') {
        (*text)++;
        height = take_number(text);
    }
    if (**text == '@') {
        (*text)++;
        refresh = take_number(text);
    }
    int length = (int)strcspn(start, "+");
    if (*text != start + length || !width || !height)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%.*s: expected WIDTHxHEIGHT or WIDTHxHEIGHT@HERTZ, as "
                         "1920x1080@60",
                         length, start);
    struct model_timing *timing = &monitor->modes[monitor->mode_count];
    if (!model_timing_of(width, height, refresh, timing))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%.*s: expected %ux%u to %ux%u at 24 to 240 Hz and %u to "
                         "%u MHz, which is what an EDID can say",
                         length, start, MODEL_TIMING_MIN_WIDTH, MODEL_TIMING_MIN_HEIGHT,
                         MODEL_TIMING_MAX_WIDTH, MODEL_TIMING_MAX_HEIGHT,
                         MODEL_TIMING_MIN_CLOCK / 1000, MODEL_TIMING_MAX_CLOCK / 1000);
    if (monitor->kind == MODEL_MONITOR_HDMI && timing->clock > MODEL_HDMI_MAX_CLOCK)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%.*s: needs a clock of %u MHz, and HDMI 1.4 has at most %u; "
                         "take a lower refresh or dp",
                         length, start, timing->clock / 1000,
                         MODEL_HDMI_MAX_CLOCK / 1000);
    monitor->mode_count++;
    return 0;
}

static int parse_modes(struct model_monitor *monitor, const char *text,
                       struct error *err)
{
    monitor->mode_count = 0;
    unsigned most =
        monitor->kind == MODEL_MONITOR_EDP ? MODEL_PANEL_MODES_MAX : MODEL_MODES_MAX;
    for (;;) {
        if (monitor->mode_count == most)
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "more than %u modes, which is what its EDID has room for",
                             most);
        if (parse_mode(monitor, &text, err) < 0)
            return -EINVAL;
        if (!*text)
            return 0;
        text++;
    }
}

static void name_monitor(struct model_monitor *monitor)
{
    static const char *const names[] = {
        [MODEL_MONITOR_HDMI] = "igdvm HDMI-",
        [MODEL_MONITOR_DP] = "igdvm DP-",
        [MODEL_MONITOR_EDP] = "igdvm eDP-",
    };
    size_t length = strlen(names[monitor->kind]);
    memcpy(monitor->name, names[monitor->kind], length);
    monitor->name[length] = (char)toupper((unsigned char)monitor->port->letter);
    monitor->name[length + 1] = '\0';
}

/* What follows "hdmi-b:", NULL when nothing does. */
static int set_modes(struct model_monitor *monitor, const char *text, struct error *err)
{
    monitor->connected = !text || strcmp(text, "none") != 0;
    if (!monitor->connected && monitor->kind == MODEL_MONITOR_EDP)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "a panel cannot be unplugged; leave it out");
    if (!text || !monitor->connected)
        text = usual_modes[monitor->kind];
    if (parse_modes(monitor, text, err) < 0)
        return -EINVAL;
    name_monitor(monitor);
    edid_build(monitor);
    return 0;
}

/* One part of the list; changes it. */
static int parse_part(struct model_monitors *monitors, const struct model_chip *chip,
                      char *part, struct error *err)
{
    if (monitors->count == MODEL_MONITORS_MAX)
        return error_set(err, ERROR_INPUT, -EINVAL, "more than %u connectors",
                         MODEL_MONITORS_MAX);
    struct model_monitor *monitor = &monitors->list[monitors->count];
    char *colon = strchr(part, ':');
    if (colon)
        *colon = '\0';
    *monitor = (struct model_monitor){ 0 };
    if (parse_connector(monitor, chip, part, err) < 0)
        return -EINVAL;
    if (model_monitor_on(monitors, monitor->port))
        return error_set(err, ERROR_INPUT, -EINVAL, "%s: port %c is taken already",
                         part, monitor->port->letter);
    if (set_modes(monitor, colon ? colon + 1 : NULL, err) < 0) {
        error_prefix(err, "%s", part);
        return -EINVAL;
    }
    monitors->count++;
    return 0;
}

int model_monitors_parse(struct model_monitors *monitors, const struct model_chip *chip,
                         const char *text, struct error *err)
{
    char usual[16];
    bool none = text && strcmp(text, "none") == 0;
    if (!text || !*text || none) {
        snprintf(usual, sizeof(usual), "%s-%c%s", model_monitor_kind_name(USUAL_KIND),
                 USUAL_PORT, none ? ":none" : "");
        text = usual;
    }
    monitors->count = 0;
    for (;;) {
        char part[PART_MAX];
        size_t length = strcspn(text, ",");
        if (length >= sizeof(part))
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "a part of %zu characters, expected KIND-PORT:MODES, as "
                             "hdmi-b:1920x1080",
                             length);
        memcpy(part, text, length);
        part[length] = '\0';
        if (parse_part(monitors, chip, part, err) < 0)
            return -EINVAL;
        if (!text[length])
            return 0;
        text += length + 1;
    }
}

struct model_monitor *model_monitor_on(struct model_monitors *monitors,
                                       const struct model_port *port)
{
    for (unsigned i = 0; i < monitors->count; i++) {
        if (monitors->list[i].port == port)
            return &monitors->list[i];
    }
    return NULL;
}

const char *model_monitor_connector(const struct model_monitor *monitor,
                                    char buffer[MODEL_CONNECTOR_MAX])
{
    snprintf(buffer, MODEL_CONNECTOR_MAX, "%s-%c",
             model_monitor_kind_name(monitor->kind), monitor->port->letter);
    return buffer;
}

const struct model_monitor *model_monitor_named(const struct model_monitors *monitors,
                                                const char *name)
{
    for (unsigned i = 0; i < monitors->count; i++) {
        char connector[MODEL_CONNECTOR_MAX];
        model_monitor_connector(&monitors->list[i], connector);
        if (strcasecmp(connector, name) == 0)
            return &monitors->list[i];
    }
    return NULL;
}

const char *model_monitor_text(const struct model_monitor *monitor, char *buffer,
                               size_t size)
{
    int used = snprintf(buffer, size, "%s-%c", model_monitor_kind_name(monitor->kind),
                        monitor->port->letter);
    if (!monitor->connected) {
        snprintf(buffer + used, size - (size_t)used, ":none");
        return buffer;
    }
    for (unsigned i = 0; i < monitor->mode_count; i++) {
        const struct model_timing *mode = &monitor->modes[i];
        if (used < 0 || (size_t)used >= size)
            break;
        used +=
            snprintf(buffer + used, size - (size_t)used, "%c%ux%u@%u", i ? '+' : ':',
                     mode->horizontal.active, mode->vertical.active, mode->refresh);
    }
    return buffer;
}
