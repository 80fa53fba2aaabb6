/* run.c: the machine's life: start, park, reset, power off. */
#include "base/event_loop.h"          /* the loop the machine runs on */
#include "base/log.h"                 /* resets are worth a line */
#include "base/sandbox.h"             /* confining the threads */
#include "devices/device.h"           /* resetting devices */
#include "devices/piix4_pm.h"         /* the power button */
#include "machine/chip_state.h"       /* interrupt controllers */
#include "machine/machine_internal.h" /* struct machine */
#include "machine/power_on.h"         /* what a reset restores */
#include "pci/bus.h"                  /* resetting the bus */

#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* free */
#include <time.h>   /* time to the first instruction */

void machine_request(struct machine *machine, enum machine_request request)
{
    atomic_fetch_or(&machine->requests, request);
    /* The vCPU that asked must not run on before the answer. */
    if (request != REQUEST_STOP)
        machine->attention = 1;
    event_loop_wake(machine->board.loop);
}

static void on_shutdown(void *opaque)
{
    machine_request(opaque, REQUEST_RESET);
}

void machine_fail(struct machine *machine, const char *who, const char *reason)
{
    pthread_mutex_lock(&machine->park_lock);
    if (!machine->failure.code)
        error_set(&machine->failure, ERROR_SYSTEM, -EIO, "%s: %s", who, reason);
    pthread_mutex_unlock(&machine->park_lock);
    machine_request(machine, REQUEST_FAIL);
}

static void on_failed(void *opaque, const char *who, const char *reason)
{
    machine_fail(opaque, who, reason);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* A vCPU's thread begins; the guest does not before all threads are confined. */
static bool on_first_entry(void *opaque)
{
    struct machine *machine = opaque;
    struct error err;
    uint64_t nobody = 0;

    if (sandbox_enter(SANDBOX_VCPU, &err) < 0) {
        machine_fail(machine, "vCPU", err.text);
        return false;
    }
    pthread_mutex_lock(&machine->park_lock);
    bool go_on = !machine->ending;
    pthread_mutex_unlock(&machine->park_lock);
    atomic_compare_exchange_strong(&machine->first_entry_ns, &nobody, now_ns());
    return go_on;
}

/* A vCPU waits here while the machine is reset; false: its thread shall end. */
static bool on_parked(void *opaque)
{
    struct machine *machine = opaque;

    pthread_mutex_lock(&machine->park_lock);
    machine->parked++;
    pthread_cond_broadcast(&machine->park_changed);
    while (machine->attention && !machine->ending)
        pthread_cond_wait(&machine->park_changed, &machine->park_lock);
    machine->parked--;
    bool go_on = !machine->ending;
    pthread_mutex_unlock(&machine->park_lock);
    return go_on;
}

static void kick_all(struct machine *machine)
{
    for (unsigned i = 0; i < machine->vcpu_count; i++)
        vcpu_kick(&machine->vcpus[i]);
}

/* Returns with every vCPU outside the guest, waiting. */
static void park_all(struct machine *machine)
{
    machine->attention = 1;
    kick_all(machine);
    pthread_mutex_lock(&machine->park_lock);
    while (machine->parked < machine->vcpu_count)
        pthread_cond_wait(&machine->park_changed, &machine->park_lock);
    pthread_mutex_unlock(&machine->park_lock);
}

static void resume_all(struct machine *machine)
{
    pthread_mutex_lock(&machine->park_lock);
    machine->attention = 0;
    pthread_cond_broadcast(&machine->park_changed);
    pthread_mutex_unlock(&machine->park_lock);
}

static void take_sample(struct machine *machine)
{
    if (machine->config.sampling && machine->sample_count < MACHINE_MAX_SAMPLES)
        machine->samples[machine->sample_count++] = machine_take_sample(machine);
}

static int reset_machine(struct machine *machine)
{
    int result = 0;

    gathered_deliver(&machine->gathered); /* what was written before the reset */
    pthread_mutex_lock(&machine->board.lock);
    for (unsigned i = 0; i < machine->device_count; i++) {
        struct device *device = machine->devices[i];
        if (device->reset)
            device->reset(device);
    }
    pci_bus_reset(machine->board.pci);
    machine_fill_opregion(machine);
    pthread_mutex_unlock(&machine->board.lock);
    if (!machine->chips)
        result =
            power_on_read(&machine->kvm, machine->vcpus, machine->vcpu_count,
                          &machine->config.cpu, &machine->chips, &machine->failure);
    if (result == 0)
        result =
            chip_state_restore(machine->chips, machine->kvm.vm_fd, &machine->failure);
    for (unsigned i = 0; result == 0 && i < machine->vcpu_count; i++)
        result = vcpu_reset(&machine->vcpus[i], &machine->failure);
    machine->resets++;
    take_sample(machine);
    log_info(NULL, "guest reset %u", machine->resets);
    return result;
}

static void on_requests(void *opaque)
{
    struct machine *machine = opaque;
    int requests = atomic_exchange(&machine->requests, 0);
    if (requests & REQUEST_FAIL)
        event_loop_stop(machine->board.loop, MACHINE_FAILED);
    else if (requests & REQUEST_POWER_OFF)
        event_loop_stop(machine->board.loop, MACHINE_POWER_OFF);
    else if (requests & REQUEST_STOP)
        event_loop_stop(machine->board.loop, MACHINE_STOPPED);
    else if (requests & REQUEST_RESET && machine->config.no_reboot)
        event_loop_stop(machine->board.loop, MACHINE_POWER_OFF);
    else if (requests & REQUEST_RESET) {
        park_all(machine);
        /* What several vCPUs asked for at once is one reset. */
        atomic_fetch_and(&machine->requests, ~REQUEST_RESET);
        if (reset_machine(machine) < 0)
            event_loop_stop(machine->board.loop, MACHINE_FAILED);
        else
            resume_all(machine);
    }
}

void machine_run_init(struct machine *machine)
{
    pthread_mutex_init(&machine->park_lock, NULL);
    pthread_cond_init(&machine->park_changed, NULL);
    event_loop_on_wake(machine->board.loop, on_requests, machine);
    machine->owner = (struct vcpu_owner){
        .ports = machine->board.ports,
        .memory = machine->board.memory,
        .gathered = &machine->gathered,
        .shutdown = on_shutdown,
        .failed = on_failed,
        .first_entry = on_first_entry,
        .opaque = machine,
        .attention = &machine->attention,
        .parked = on_parked,
    };
}

static void end_all(struct machine *machine)
{
    pthread_mutex_lock(&machine->park_lock);
    machine->ending = true;
    machine->attention = 1;
    pthread_cond_broadcast(&machine->park_changed);
    pthread_mutex_unlock(&machine->park_lock);
    kick_all(machine);
    for (unsigned i = 0; i < machine->vcpu_count; i++)
        vcpu_join(&machine->vcpus[i]);
}

enum machine_end machine_run(struct machine *machine, struct error *err)
{
    int result = 0;

    take_sample(machine);
    if (machine->config.sandbox)
        result = sandbox_confine(machine->config.sandbox, err);
    /* Each thread enters the sandbox by itself, or vCPUs would have two filters. */
    pthread_mutex_lock(&machine->park_lock);
    for (unsigned i = 0; result == 0 && i < machine->vcpu_count; i++)
        result = vcpu_start(&machine->vcpus[i], err);
    if (result == 0)
        result = sandbox_enter(SANDBOX_MAIN, err);
    machine->ending = result < 0;
    pthread_mutex_unlock(&machine->park_lock);
    if (result == 0)
        result = event_loop_run(machine->board.loop);
    else
        result = MACHINE_FAILED;
    end_all(machine);
    if (result < 0) {
        error_system(err, result, "event loop");
        return MACHINE_FAILED;
    }
    if (result == MACHINE_FAILED && machine->failure.code)
        *err = machine->failure;
    return (enum machine_end)result;
}

bool machine_has_begun(const struct machine *machine)
{
    return machine->first_entry_ns != 0;
}

void machine_stop(struct machine *machine)
{
    machine_request(machine, REQUEST_STOP);
}

bool machine_power_button(struct machine *machine)
{
    return piix4_pm_power_button(machine->power_management) == 1;
}

void machine_reset(struct machine *machine)
{
    machine_request(machine, REQUEST_RESET);
}
