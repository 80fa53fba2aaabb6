/* run_control.c: what the control socket of a machine is asked, and its answers. */
#include "cmd/run_control.h"

#include "base/bytes.h"             /* MIB */
#include "base/control_request.h"   /* requests and answers */
#include "base/control_socket.h"    /* the socket */
#include "base/error.h"             /* errors */
#include "cmd/control_place.h"      /* where machines with names listen */
#include "cmd/run_options.h"        /* --name, --control */
#include "cmd/run_values.h"         /* sizes */
#include "cmd/stats_report.h"       /* counters */
#include "devices/optical_medium.h" /* discs */
#include "devices/virtio_balloon.h" /* how a balloon stands */
#include "machine/machine.h"        /* who is asked */

#include <inttypes.h> /* PRIu64 */
#include <stdio.h>    /* snprintf */
#include <stdlib.h>   /* calloc */
#include <string.h>   /* strlen */
#include <unistd.h>   /* getpid */

struct run_control {
    struct machine *machine;
    const struct run_options *options;
    struct control_socket *socket;
    char path[PATH_MAX];
};

static void add_text(json_object *to, const char *key, const char *text)
{
    json_object_object_add(to, key, json_object_new_string(text));
}

static int answer_info(struct control_request *request, struct error *err)
{
    static struct machine_stats stats; /* too large for the stack */
    const struct run_control *control = request->opaque;
    const struct machine_config *config = &control->options->machine;
    const struct igd_plan *plan = machine_plan(control->machine);
    json_object *answer = request->answer, *devices = json_object_new_array();
    const char *device;
    (void)err;

    if (control->options->name)
        add_text(answer, "name", control->options->name);
    add_text(answer, "state", "running");
    json_object_object_add(answer, "process", json_object_new_int(getpid()));
    json_object_object_add(answer, "cpus", json_object_new_int64(config->cpus));
    json_object_object_add(answer, "memory_mib",
                           json_object_new_uint64(config->memory >> 20));
    if (config->device) {
        add_text(answer, "device", config->device);
        add_text(answer, "mode", igd_mode_name(plan ? plan->mode : config->mode));
    }
    for (unsigned i = 0; (device = machine_device_name(control->machine, i)); i++)
        json_object_array_add(devices, json_object_new_string(device));
    json_object_object_add(answer, "devices", devices);
    machine_stats(control->machine, &stats);
    json_object_object_add(answer, "counters", stats_report_object(&stats));
    return 0;
}

static int answer_powerdown(struct control_request *request, struct error *err)
{
    const struct run_control *control = request->opaque;
    if (machine_power_button(control->machine))
        return 0;
    return error_set(err, ERROR_IMPOSSIBLE, -EOPNOTSUPP,
                     "the guest does not listen to its power button now");
}

static int answer_reset(struct control_request *request, struct error *err)
{
    const struct run_control *control = request->opaque;
    (void)err;
    machine_reset(control->machine);
    return 0;
}

static int answer_screenshot(struct control_request *request, struct error *err)
{
    const struct run_control *control = request->opaque;
    const char *name;
    int fd = control_request_file(request, CONTROL_FILE_WRITE, &name, err);
    return fd < 0 ? fd : machine_screenshot_now(control->machine, fd, name, err);
}

static int answer_stop(struct control_request *request, struct error *err)
{
    const struct run_control *control = request->opaque;
    (void)err;
    machine_stop(control->machine);
    return 0;
}

/* Which optical drive a request is about; in requests they are counted from 1. */
static int read_drive(const struct control_request *request, unsigned *drive,
                      struct error *err)
{
    const char *text = control_request_text(request, "drive", err);
    if (!text)
        return -EINVAL;
    if (text[0] < '1' || text[0] > '0' + MACHINE_MAX_CDROMS || text[1])
        return error_set(err, ERROR_INPUT, -EINVAL, "drive %s: expected 1 to %d", text,
                         MACHINE_MAX_CDROMS);
    *drive = (unsigned)(text[0] - '1');
    return 0;
}

/* Is it to be done although the guest holds the disc fast? */
static int read_force(const struct control_request *request, bool *force,
                      struct error *err)
{
    const char *how = NULL;
    int result = control_request_optional_text(request, "how", &how, err);
    *force = how != NULL;
    if (result == 0 && how && strcmp(how, "force") != 0)
        return error_set(err, ERROR_INPUT, -EINVAL, "%s: expected force", how);
    return result;
}

static int answer_eject(struct control_request *request, struct error *err)
{
    const struct run_control *control = request->opaque;
    unsigned drive = 0;
    bool force = false;
    int result = read_drive(request, &drive, err);
    if (result == 0)
        result = read_force(request, &force, err);
    return result == 0 ? machine_change_disc(control->machine, drive, NULL, force, err)
                       : result;
}

static int answer_insert(struct control_request *request, struct error *err)
{
    const struct run_control *control = request->opaque;
    unsigned drive = 0;
    int result = read_drive(request, &drive, err);
    if (result < 0)
        return result;
    struct optical_image disc;
    disc.fd = control_request_file(request, CONTROL_FILE_READ, &disc.name, err);
    if (disc.fd < 0)
        return disc.fd;
    result = machine_change_disc(control->machine, drive, &disc, false, err);
    if (result == 0)
        request->fd = -1; /* the drive's now */
    return result;
}

static void add_number(json_object *to, const char *key, uint64_t value)
{
    json_object_object_add(to, key, json_object_new_uint64(value));
}

/* What the guest's driver told of its memory, by name. */
static json_object *balloon_statistics(const struct virtio_balloon_state *state)
{
    static const char *const names[BALLOON_STATISTICS] = {
        [BALLOON_SWAPPED_IN] = "swapped_in",
        [BALLOON_SWAPPED_OUT] = "swapped_out",
        [BALLOON_MAJOR_FAULTS] = "major_faults",
        [BALLOON_MINOR_FAULTS] = "minor_faults",
        [BALLOON_FREE] = "free",
        [BALLOON_TOTAL] = "total",
        [BALLOON_AVAILABLE] = "available",
        [BALLOON_CACHES] = "caches",
    };
    json_object *object = json_object_new_object();
    for (unsigned i = 0; i < BALLOON_STATISTICS; i++) {
        if (state->statistic >> i & 1)
            add_number(object, names[i], state->statistics[i]);
    }
    return object;
}

static int answer_balloon(struct control_request *request, struct error *err)
{
    const struct run_control *control = request->opaque;
    struct virtio_balloon_state state;
    const char *text = NULL;
    uint64_t size = 0;
    int result = control_request_optional_text(request, "size", &text, err);
    if (result == 0 && text)
        result = run_value_size("balloon", text, &size, err);
    if (result < 0)
        return result;
    if (!machine_balloon_ask(control->machine, &state))
        return error_set(err, ERROR_IMPOSSIBLE, -ENODEV,
                         "the machine was started without --balloon");
    uint64_t memory = control->options->machine.memory;
    if (size > memory)
        return error_set(err, ERROR_INPUT, -ERANGE,
                         "balloon %s: more than the machine's memory of %" PRIu64
                         " MiB",
                         text, (uint64_t)(memory / MIB));
    if (text) {
        machine_balloon_set(control->machine, size);
        state.target = size;
    }
    add_number(request->answer, "target", state.target);
    add_number(request->answer, "actual", state.actual);
    add_number(request->answer, "given_back", state.inflated + state.reported);
    json_object_object_add(request->answer, "statistics", balloon_statistics(&state));
    return 0;
}

static const struct control_verb verbs[] = {
    { "balloon", answer_balloon },
    { "eject", answer_eject },
    { "info", answer_info },
    { "insert", answer_insert },
    { "powerdown", answer_powerdown },
    { "reset", answer_reset },
    { "screenshot", answer_screenshot },
    { "stop", answer_stop },
    { NULL, NULL },
};

static char *answer_line(void *opaque, struct control_line *line)
{
    return control_request_answer(verbs, opaque, line);
}

struct run_control *run_control_new(struct machine *machine,
                                    const struct run_options *options,
                                    struct error *err)
{
    struct run_control *control = calloc(1, sizeof(*control));
    int result = 0;

    if (!control) {
        error_system(err, -ENOMEM, "control socket");
        return NULL;
    }
    control->machine = machine;
    control->options = options;
    if (options->control)
        snprintf(control->path, sizeof(control->path), "%s", options->control);
    else
        result = control_place_make(control->path, options->name, err);
    if (result == 0)
        control->socket = control_socket_new(machine_event_loop(machine), control->path,
                                             answer_line, control, err);
    if (!control->socket && !options->control && err->code == -EADDRINUSE)
        error_set(err, ERROR_INPUT, -EADDRINUSE,
                  "--name %s: a machine of this name runs already ('igdvm ctl list'); "
                  "choose another name or end it",
                  options->name);
    if (!control->socket) {
        free(control);
        return NULL;
    }
    return control;
}

const char *run_control_path(const struct run_control *control)
{
    return control->path;
}

void run_control_free(struct run_control *control)
{
    if (!control)
        return;
    control_socket_free(control->socket);
    free(control);
}
