/* run_faults.c: tells of DMA faults of a running machine's devices. */
#include "cmd/run_faults.h"

#include "base/error.h"      /* errors */
#include "base/event_loop.h" /* the log and the clock */
#include "base/log.h"        /* what is told */
#include "cmd/fault_words.h" /* in which words */
#include "host/kernel_log.h" /* the log */
#include "machine/machine.h" /* which devices */
#include "vfio/address.h"    /* their names in the log */

#include <stdlib.h>      /* calloc */
#include <sys/timerfd.h> /* when faults have ended */
#include <time.h>        /* clock_gettime */
#include <unistd.h>      /* close */

#define DEVICES_MAX (1 + MACHINE_MAX_HOST_DEVICES)
#define RECORDS     64 /* read at once: the loop has other work */

/* One device's. */
struct device_faults {
    struct fault_places places;
    struct fault_watch watch;
};

struct run_faults {
    struct event_loop *loop;
    int log_fd, timer_fd;
    bool ticking; /* the timer runs, once a second */
    unsigned count;
    struct device_faults devices[DEVICES_MAX];
};

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void tell(struct fault_watch *watch, enum fault_event event)
{
    char text[FAULT_WORDS_SIZE];
    if (event == FAULT_EVENT_NONE)
        return;
    fault_words(watch, event, text, sizeof(text));
    if (event == FAULT_EVENT_STREAM)
        log_warning(watch->device, "%s", text);
    else
        log_info(watch->device, "%s", text);
    if (event == FAULT_EVENT_BURST || event == FAULT_EVENT_END)
        fault_watch_forget(watch);
}

/* The clock is needed only while there are faults whose end is not known. */
static void set_timer(struct run_faults *faults)
{
    bool needed = false;
    for (unsigned i = 0; i < faults->count; i++)
        needed |= faults->devices[i].watch.count > 0;
    if (needed == faults->ticking)
        return;
    const struct itimerspec times = { .it_interval.tv_sec = needed,
                                      .it_value.tv_sec = needed };
    timerfd_settime(faults->timer_fd, 0, &times, NULL);
    faults->ticking = needed;
}

static void take_line(void *opaque, const char *text)
{
    struct run_faults *faults = opaque;
    double now = seconds_now();
    for (unsigned i = 0; i < faults->count; i++) {
        struct fault_watch *watch = &faults->devices[i].watch;
        tell(watch, fault_watch_time(watch, now));
        tell(watch, fault_watch_line(watch, text, now));
    }
}

static void on_log(void *opaque, uint32_t events)
{
    struct run_faults *faults = opaque;
    if (kernel_log_read(faults->log_fd, RECORDS, take_line, faults) < 0)
        event_loop_remove(faults->loop, faults->log_fd);
    set_timer(faults);
}

static void on_time(void *opaque, uint32_t events)
{
    struct run_faults *faults = opaque;
    uint64_t times;
    ssize_t ignored = read(faults->timer_fd, &times, sizeof(times));
    (void)ignored;
    for (unsigned i = 0; i < faults->count; i++) {
        struct fault_watch *watch = &faults->devices[i].watch;
        tell(watch, fault_watch_time(watch, seconds_now()));
    }
    set_timer(faults);
}

static void add(struct run_faults *faults, const char *where, uint64_t memory_end)
{
    char address[VFIO_ADDRESS_SIZE];
    /* A program's device has no IOMMU. */
    if (!where || vfio_address_parse(where, address) < 0)
        return;
    struct device_faults *device = &faults->devices[faults->count++];
    fault_places_sysfs(&device->places, "", address);
    device->places.guest_end = memory_end;
    fault_watch_start(&device->watch, address, &device->places);
}

struct run_faults *run_faults_start(const struct machine_config *config,
                                    struct machine *machine)
{
    struct event_loop *loop = machine_event_loop(machine);
    uint64_t memory_end = machine_memory_end(machine);
    struct error err = { 0 };
    char address[VFIO_ADDRESS_SIZE];
    bool wanted = config->device && vfio_address_parse(config->device, address) == 0;
    for (unsigned i = 0; i < config->host_device_count; i++)
        wanted |= vfio_address_parse(config->host_devices[i].where, address) == 0;
    struct run_faults *faults = wanted ? calloc(1, sizeof(*faults)) : NULL;
    if (!faults)
        return NULL;
    faults->loop = loop;
    faults->log_fd = kernel_log_open(&err);
    faults->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (faults->log_fd < 0 || faults->timer_fd < 0 ||
        event_loop_add(loop, faults->log_fd, EPOLLIN, on_log, faults) < 0 ||
        event_loop_add(loop, faults->timer_fd, EPOLLIN, on_time, faults) < 0) {
        log_debug(NULL, "DMA faults are not watched: %s", err.text);
        run_faults_end(faults);
        return NULL;
    }
    add(faults, config->device, memory_end);
    for (unsigned i = 0; i < config->host_device_count; i++)
        add(faults, config->host_devices[i].where, memory_end);
    return faults;
}

void run_faults_end(struct run_faults *faults)
{
    if (!faults)
        return;
    int fds[] = { faults->log_fd, faults->timer_fd };
    for (unsigned i = 0; i < 2; i++) {
        if (fds[i] < 0)
            continue;
        event_loop_remove(faults->loop, fds[i]);
        close(fds[i]);
    }
    free(faults);
}
