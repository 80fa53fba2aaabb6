/* watch.c: igdvm watch: follows the kernel log for DMA faults of the GPU. */
#include "cmd/host_commands.h"

#include "base/bytes.h"       /* ARRAY_SIZE */
#include "base/error.h"       /* errors */
#include "cmd/command_line.h" /* options */
#include "cmd/fault_words.h"  /* what is told */
#include "host/facts.h"       /* the host */
#include "host/fault_watch.h" /* burst or stream */
#include "host/kernel_log.h"  /* the log */
#include "host/log_time.h"    /* when a line was written */
#include "host/preflight.h"   /* host_address_parse */
#include "host/root.h"        /* the host's files */

#include <inttypes.h>     /* PRIx64 */
#include <json-c/json.h>  /* the twin */
#include <poll.h>         /* poll */
#include <signal.h>       /* how it ends */
#include <stddef.h>       /* offsetof */
#include <stdio.h>        /* output */
#include <stdlib.h>       /* strtod */
#include <string.h>       /* lines */
#include <sys/signalfd.h> /* signals as events */
#include <time.h>         /* clock_gettime */
#include <unistd.h>       /* read */

#define RECORDS 256 /* read at once */

static const char help_text[] =
    "usage: igdvm watch [OPTIONS]\n"
    "\n"
    "Follows the kernel log for DMA faults of the GPU, until it is interrupted. Tells "
    "the\n"
    "harmless burst that comes with a reset or a handover from a stream that matters, "
    "and\n"
    "what the address points at.\n"
    "\n"
    "  --device 00:02.0   whose faults (default: the Intel GPU)\n"
    "  --log FILE         read a saved kernel log in place of following /dev/kmsg\n"
    "  --seconds N        end after so long\n"
    "  --json             one JSON object a line for each event\n"
    "  --help             this text\n"
    "\n"
    "Exit status: 0 no stream was seen, 1 one was, 2 bad usage or input, 3 the host "
    "failed.\n";

struct watching {
    char device[VFIO_ADDRESS_SIZE];
    const char *log;
    double seconds; /* 0: no end */
    bool json, help;
    bool seen, stream_seen;
    struct fault_places places;
    struct fault_watch watch;
};

static int set_device(void *opaque, const char *value, struct error *err)
{
    struct watching *watching = opaque;
    return host_address_parse(value, watching->device, err);
}

static int set_seconds(void *opaque, const char *value, struct error *err)
{
    struct watching *watching = opaque;
    char *end;
    watching->seconds = strtod(value, &end);
    if (end == value || *end || !(watching->seconds > 0))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--seconds %s: expected a number above 0", value);
    return 0;
}

#define MEMBER(name) offsetof(struct watching, name)

/* clang-format off */
static const struct command_option option_rows[] = {
    { "device", OPTION_TAKE, 0, set_device },
    { "log", OPTION_TEXT, MEMBER(log) },
    { "seconds", OPTION_TAKE, 0, set_seconds },
    { "json", OPTION_FLAG, MEMBER(json) },
    { "help", OPTION_FLAG, MEMBER(help) },
};
/* clang-format on */

static const struct command_line command_line = { "watch", option_rows,
                                                  ARRAY_SIZE(option_rows), 0 };

static int read_places(struct watching *watching, struct error *err)
{
    struct host_root *root = NULL;
    int result = host_root_open(&root, NULL, err);
    if (result < 0)
        return result;
    struct host_facts *facts = host_facts_read(root);
    const struct host_pci_device *device =
        facts ? host_pci_find(&facts->pci, watching->device) : NULL;
    if (device)
        fault_places_read(&watching->places, &facts->pci, &facts->console, device);
    if (device && device->config_size < sizeof(device->config))
        fputs("igdvm watch: without root the host's stolen memory and OpRegion are not "
              "known, and their addresses get no name\n",
              stderr);
    if (!device && !watching->log)
        result =
            error_set(err, ERROR_IMPOSSIBLE, -ENODEV,
                      "there is no PCI device %s on this computer", watching->device);
    host_facts_free(facts);
    host_root_close(root);
    return result;
}

static const char *event_name(enum fault_event event)
{
    static const char *const names[] = {
        [FAULT_EVENT_FIRST] = "first",
        [FAULT_EVENT_STREAM] = "stream",
        [FAULT_EVENT_BURST] = "burst",
        [FAULT_EVENT_END] = "end",
    };
    return names[event];
}

static void tell_json(const struct watching *watching, enum fault_event event)
{
    const struct fault_watch *watch = &watching->watch;
    struct fault_place found;
    const struct fault_place *place =
        fault_places_find(&watching->places, watch->address, &found);
    enum fault_cause cause = fault_watch_cause(watch);
    struct json_object *object = json_object_new_object();
    char address[24];
    snprintf(address, sizeof(address), "0x%" PRIx64, watch->address);
#define ADD(key, value) json_object_object_add(object, key, value)
    ADD("event", json_object_new_string(event_name(event)));
    ADD("device", json_object_new_string(watch->device));
    ADD("faults", json_object_new_int((int)watch->count));
    ADD("not_printed", json_object_new_int((int)watch->dropped));
    ADD("seconds", json_object_new_double(watch->last - watch->begun));
    ADD("address", json_object_new_string(address));
    ADD("access", json_object_new_string(watch->write ? "write" : "read"));
    ADD("reason", json_object_new_int((int)watch->reason));
    ADD("place", json_object_new_string(place->name));
    ADD("cause", json_object_new_string(fault_cause_name(cause)));
    ADD("harmless", json_object_new_boolean(event == FAULT_EVENT_BURST));
    ADD("meaning", json_object_new_string(fault_cause_meaning(cause)));
    ADD("remedy", event == FAULT_EVENT_STREAM
                      ? json_object_new_string(fault_cause_remedy(cause))
                      : NULL);
#undef ADD
    puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
    json_object_put(object);
}

static void tell_text(const struct watching *watching, enum fault_event event)
{
    char text[FAULT_WORDS_SIZE];
    fault_words(&watching->watch, event, text, sizeof(text));
    printf("%s: %s\n", watching->watch.device, text);
}

static void take_event(struct watching *watching, enum fault_event event)
{
    if (event == FAULT_EVENT_NONE)
        return;
    watching->seen = true;
    watching->stream_seen |= event == FAULT_EVENT_STREAM;
    (watching->json ? tell_json : tell_text)(watching, event);
    fflush(stdout);
    if (event == FAULT_EVENT_BURST || event == FAULT_EVENT_END)
        fault_watch_forget(&watching->watch);
}

static void take_line(struct watching *watching, const char *line, double now)
{
    take_event(watching, fault_watch_time(&watching->watch, now));
    take_event(watching, fault_watch_line(&watching->watch, line, now));
}

/* A saved log has its own time, in the shape of dmesg or a journal. */
static int read_saved(struct watching *watching, struct error *err)
{
    FILE *file = fopen(watching->log, "re");
    char line[1024];
    double now = 0, time = 0, set_back = 0;
    if (!file)
        return error_set(err, ERROR_INPUT, -errno, "%s: %s", watching->log,
                         strerror(errno));
    errno = 0;
    while (fgets(line, sizeof(line), file)) {
        host_log_after_time(line, &time);
        if (time + set_back < now) /* the next boot, the next month */
            set_back = now - time;
        now = time + set_back;
        take_line(watching, line, now);
    }
    int code = ferror(file) ? errno : 0;
    fclose(file);
    if (code)
        return error_set(err, ERROR_INPUT, -code, "%s: %s", watching->log,
                         strerror(code));
    /* A stream may have gone on after the log ends; a burst has not been one. */
    if (!watching->watch.stream)
        take_event(watching,
                   fault_watch_time(&watching->watch, now + LOG_FAULT_PAUSE_SECONDS));
    if (!watching->seen && !watching->json)
        printf("%s: no DMA faults of %s in it\n", watching->log, watching->device);
    return 0;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static void take_record(void *opaque, const char *text)
{
    take_line(opaque, text, seconds_now());
}

static int follow(struct watching *watching, struct error *err)
{
    struct pollfd events[2] = { { .events = POLLIN }, { .events = POLLIN } };
    double end = seconds_now() + watching->seconds;
    int result = 0;
    events[0].fd = kernel_log_open(err);
    if (events[0].fd < 0)
        return events[0].fd;
    events[1].fd = open_signals();
    if (!watching->json)
        printf("%s: following the kernel log; Ctrl-C ends it\n", watching->device);
    fflush(stdout);
    while (result == 0 && !events[1].revents &&
           (watching->seconds <= 0 || seconds_now() < end)) {
        int ready = poll(events, 2, 250);
        if (ready > 0 && events[0].revents)
            result = kernel_log_read(events[0].fd, RECORDS, take_record, watching);
        take_event(watching, fault_watch_time(&watching->watch, seconds_now()));
    }
    if (result < 0)
        error_system(err, result, "/dev/kmsg");
    close(events[0].fd);
    close(events[1].fd);
    return result;
}

int cmd_watch(int argc, char **argv)
{
    struct watching watching = { .device = HOST_IGD_ADDRESS };
    struct error err = { 0 };
    int result = command_line_read(&command_line, argc, argv, &watching, &err);
    if (result == 0 && watching.help) {
        fputs(help_text, stdout);
        return STATUS_DONE;
    }
    if (result == 0)
        result = read_places(&watching, &err);
    if (result == 0) {
        fault_watch_start(&watching.watch, watching.device, &watching.places);
        result = watching.log ? read_saved(&watching, &err) : follow(&watching, &err);
    }
    if (result == 0)
        return watching.stream_seen ? STATUS_IMPOSSIBLE : STATUS_DONE;
    return command_fail("watch", &err);
}
