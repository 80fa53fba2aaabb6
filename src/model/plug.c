/* plug.c: monitors plugged in and pulled out while the model runs. */
#include "model/state.h"

#include "base/error.h"    /* errors */
#include "model/hotplug.h" /* tells the guest */

#include <stdio.h>  /* snprintf */
#include <string.h> /* strcspn */

/* "hdmi-b, dp-c": what the board has. */
static const char *list_connectors(const struct model *model, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < model->monitors.count && used < size; i++) {
        const struct model_monitor *monitor = &model->monitors.list[i];
        int more =
            snprintf(text + used, size - used, "%s%s-%c", i ? ", " : "",
                     model_monitor_kind_name(monitor->kind), monitor->port->letter);
        used += more > 0 ? (size_t)more : 0;
    }
    return text;
}

/* Read one monitor and find its connector. */
static struct model_monitor *find_connector(struct model *model, const char *text,
                                            struct model_monitors *parsed,
                                            struct error *err)
{
    char known[64];
    if (!*text || strcmp(text, "none") == 0)
        text = "?"; /* these mean something in a list only */
    if (model_monitors_parse(parsed, model->chip, text, err) < 0)
        return NULL;
    struct model_monitor *monitor =
        model_monitor_on(&model->monitors, parsed->list[0].port);
    if (parsed->count != 1 || !monitor || monitor->kind != parsed->list[0].kind) {
        error_set(err, ERROR_INPUT, -EINVAL,
                  "%s: the board has no such connector, but %s; name one, and give the "
                  "others to --monitor (an empty one as hdmi-c:none)",
                  text, list_connectors(model, known, sizeof(known)));
        return NULL;
    }
    if (monitor->kind == MODEL_MONITOR_EDP) {
        error_set(err, ERROR_INPUT, -EINVAL,
                  "%s: a panel is soldered in and cannot be plugged", text);
        return NULL;
    }
    return monitor;
}

static void set_connected(struct model *model, struct model_monitor *monitor, bool now)
{
    if (monitor->connected == now)
        return;
    monitor->connected = now;
    hotplug_changed(model, monitor);
}

int model_plug(struct model *model, const char *text, struct error *err)
{
    struct model_monitors parsed;
    struct model_monitor *monitor = find_connector(model, text, &parsed, err);
    if (!monitor)
        return -EINVAL;
    if (strchr(text, ':')) {
        set_connected(model, monitor, false); /* of what was there before */
        bool now = parsed.list[0].connected;
        parsed.list[0].faults = monitor->faults;
        *monitor = parsed.list[0];
        monitor->connected = false;
        set_connected(model, monitor, now);
        return 0;
    }
    set_connected(model, monitor, true);
    return 0;
}

int model_unplug(struct model *model, const char *connector, struct error *err)
{
    struct model_monitors parsed;
    struct model_monitor *monitor = find_connector(model, connector, &parsed, err);
    if (!monitor)
        return -EINVAL;
    set_connected(model, monitor, false);
    return 0;
}
