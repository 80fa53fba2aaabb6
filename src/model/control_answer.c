/* control_answer.c: what the control socket's requests do, and their answers. */
#include "model/control.h"

#include "base/bytes.h"           /* ARRAY_SIZE */
#include "base/control_request.h" /* requests and answers */
#include "base/error.h"           /* errors */
#include "model/gt.h"             /* what engines did */
#include "model/scanout.h"        /* what the pipes show */
#include "model/state.h"          /* struct model */
#include "model/viewer.h"         /* screenshots */

#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* strdup */

static struct model *model_of(const struct control_request *request)
{
    const struct control_target *target = request->opaque;
    return target->model;
}

static json_object *pipe_json(struct model *model, unsigned pipe)
{
    struct scanout_pipe shown;
    json_object *object = json_object_new_object();
    char name[2] = { (char)('a' + pipe), '\0' };
    unsigned planes = 0;
    scanout_get(model, pipe, &shown);
    for (unsigned i = 0; i < shown.plane_count; i++)
        planes += shown.planes[i].enabled;
    json_object_object_add(object, "pipe", json_object_new_string(name));
    json_object_object_add(object, "running", json_object_new_boolean(shown.running));
    if (!shown.running)
        return object;
    json_object_object_add(object, "width", json_object_new_int64(shown.width));
    json_object_object_add(object, "height", json_object_new_int64(shown.height));
    json_object_object_add(object, "blanked", json_object_new_boolean(shown.blanked));
    json_object_object_add(object, "planes", json_object_new_int64(planes));
    json_object_object_add(object, "frames",
                           json_object_new_int64(scanout_frames(model, pipe)));
    json_object *connectors = json_object_new_array();
    for (unsigned i = 0; i < model->monitors.count; i++) {
        const struct model_monitor *monitor = &model->monitors.list[i];
        char text[MODEL_CONNECTOR_MAX];
        if (!(shown.ddis & 1u << monitor->port->ddi))
            continue;
        model_monitor_connector(monitor, text);
        json_object_array_add(connectors, json_object_new_string(text));
    }
    json_object_object_add(object, "connectors", connectors);
    return object;
}

static void add_counters(const struct model *model, const struct viewer *viewer,
                         json_object *to)
{
    struct model_counters counters = model_counters(model);
    json_object *object = json_object_new_object();
    const struct {
        const char *key;
        uint64_t value;
    } rows[] = {
        { "swsci_writes", counters.swsci },
        { "swsmi_writes", counters.swsmi },
        { "asle_writes", counters.asle },
        { "function_resets", counters.function_resets },
        { "frames", counters.frames },
        { "aperture_faults", counters.aperture_faults },
        { "gtt_faults", counters.gtt_faults },
        { "stray_writes", counters.stray_writes },
        { "stray_writes_refused", counters.stray_refused },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        json_object_object_add(object, rows[i].key,
                               json_object_new_uint64(rows[i].value));
    if (viewer) {
        struct viewer_counters watched = viewer_counters(viewer);
        json_object_object_add(object, "looks", json_object_new_uint64(watched.looks));
        json_object_object_add(object, "converted_bytes",
                               json_object_new_uint64(watched.converted_bytes));
    }
    json_object_object_add(to, "counters", object);
}

static void add_gt(const struct model *model, json_object *to)
{
    char *text = gt_describe(model);
    if (text)
        json_object_object_add(to, "gt", json_tokener_parse(text));
    free(text);
}

static void add_faults(const struct model *model, json_object *to)
{
    json_object *faults = json_object_new_array();
    for (unsigned i = 0; i < FAULT_COUNT; i++) {
        char text[64];
        if (!fault_is_on(model, (enum model_fault)i))
            continue;
        model_fault_text((enum model_fault)i, fault_value(model, (enum model_fault)i),
                         text, sizeof(text));
        json_object_array_add(faults, json_object_new_string(text));
    }
    json_object_object_add(to, "faults", faults);
}

static int answer_info(struct control_request *request, struct error *err)
{
    const struct control_target *target = request->opaque;
    struct model *model = target->model;
    json_object *pipes = json_object_new_array();
    json_object *monitors = json_object_new_array();
    for (unsigned pipe = 0; pipe < MODEL_PIPES; pipe++)
        json_object_array_add(pipes, pipe_json(model, pipe));
    for (unsigned i = 0; i < model->monitors.count; i++) {
        char text[128];
        model_monitor_text(&model->monitors.list[i], text, sizeof(text));
        json_object_array_add(monitors, json_object_new_string(text));
    }
    json_object_object_add(request->answer, "model",
                           json_object_new_string(model->chip->name));
    json_object_object_add(request->answer, "monitors", monitors);
    json_object_object_add(request->answer, "pipes", pipes);
    add_faults(model, request->answer);
    add_counters(model, target->viewer, request->answer);
    add_gt(model, request->answer);
    return 0;
}

static void add_file(void *opaque, const char *path)
{
    json_object_array_add(opaque, json_object_new_string(path));
}

/* The DDI of this connector as a bit; VIEWER_ALL of none. */
static int find_ddi(const struct model *model, const char *connector, unsigned *ddis,
                    struct error *err)
{
    *ddis = VIEWER_ALL;
    if (!connector)
        return 0;
    const struct model_monitor *monitor =
        model_monitor_named(&model->monitors, connector);
    if (!monitor)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%.64s: the board has no such connector", connector);
    *ddis = 1u << monitor->port->ddi;
    return 0;
}

static int answer_screenshot(struct control_request *request, struct error *err)
{
    const struct control_target *target = request->opaque;
    struct viewer *viewer = target->viewer;
    const char *path, *connector;
    unsigned ddis;
    if (control_request_optional_text(request, "file", &path, err) < 0 ||
        control_request_optional_text(request, "connector", &connector, err) < 0 ||
        find_ddi(model_of(request), connector, &ddis, err) < 0)
        return -EINVAL;
    if (!viewer)
        return error_set(err, ERROR_IMPOSSIBLE, -ENOTSUP, "nobody draws pictures here");
    json_object *files = json_object_new_array();
    int result = viewer_screenshot(viewer, path, ddis, add_file, files, err);
    if (result == 0 && json_object_array_length(files) == 0)
        result = error_set(err, ERROR_INPUT, -EINVAL,
                           "\"file\" is missing, and the model was started without "
                           "--screenshot");
    if (result == 0)
        json_object_object_add(request->answer, "files", files);
    else
        json_object_put(files);
    return result;
}

static int answer_plug(struct control_request *request, struct error *err)
{
    const char *monitor = control_request_text(request, "monitor", err);
    return monitor ? model_plug(model_of(request), monitor, err) : -EINVAL;
}

static int answer_unplug(struct control_request *request, struct error *err)
{
    const char *connector = control_request_text(request, "connector", err);
    return connector ? model_unplug(model_of(request), connector, err) : -EINVAL;
}

static int answer_fault(struct control_request *request, struct error *err)
{
    json_object *value;
    const char *name = control_request_text(request, "fault", err);
    bool on = true;
    if (!name)
        return -EINVAL;
    if (json_object_object_get_ex(request->object, "on", &value)) {
        if (!json_object_is_type(value, json_type_boolean))
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "\"on\" is neither true nor false");
        on = json_object_get_boolean(value);
    }
    return model_fault_set(model_of(request), name, on, err);
}

static const struct control_verb verbs[] = {
    { "info", answer_info },   { "screenshot", answer_screenshot },
    { "plug", answer_plug },   { "unplug", answer_unplug },
    { "fault", answer_fault }, { NULL, NULL },
};

char *control_answer(void *opaque, struct control_line *line)
{
    return control_request_answer(verbs, opaque, line);
}
