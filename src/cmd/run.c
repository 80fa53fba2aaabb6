/* run.c: `igdvm run`. */
#include "base/error.h"            /* struct error */
#include "base/log.h"              /* log_error */
#include "cmd/commands.h"          /* exit statuses */
#include "cmd/display_program.h"   /* who looks and types */
#include "cmd/helper_facts.h"      /* programs beside */
#include "cmd/output_file.h"       /* can a picture be saved? */
#include "cmd/plan_report.h"       /* the plan in words */
#include "cmd/run_control.h"       /* who asks it */
#include "cmd/run_faults.h"        /* faults of the devices */
#include "cmd/run_helpers.h"       /* who stops them */
#include "cmd/run_net.h"           /* what is behind NICs */
#include "cmd/run_notify.h"        /* who waits for it */
#include "cmd/run_options.h"       /* struct run_options */
#include "cmd/run_sandbox.h"       /* what is left to it */
#include "cmd/run_screenshot.h"    /* pictures of it */
#include "cmd/run_settings.h"      /* of --config */
#include "cmd/run_signals.h"       /* what ends it */
#include "cmd/stats_report.h"      /* --stats */
#include "cmd/terminal.h"          /* the guest's console */
#include "host/handover_outputs.h" /* monitors of the device */
#include "host/memory_room.h"      /* memory for the guest */
#include "host/preflight.h"        /* what stands in the way on this host */
#include "machine/machine.h"       /* the virtual PC */

#include <fcntl.h>  /* open */
#include <string.h> /* strncmp */
#include <time.h>   /* start time */
#include <unistd.h> /* close */

/* How much a guest can make igdvm say. */
#define GUEST_LINES          200
#define GUEST_LINES_A_MINUTE 20

static int fail(const struct error *err)
{
    log_error(NULL, "%s", err->text);
    return err->kind ? (int)err->kind : STATUS_SYSTEM;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* An output: a file descriptor of our own, or -1 for none. */
static int open_output(const char *option, const char *where, int *fd,
                       struct error *err)
{
    *fd = -1;
    if (!strcmp(where, "none"))
        return 0;
    if (!strcmp(where, "stdio"))
        *fd = dup(STDOUT_FILENO);
    else
        *fd = open(where + strlen("file:"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                   0644);
    if (*fd >= 0)
        return 0;
    return error_set(err, ERROR_INPUT, -errno, "--%s %s: %s", option, where,
                     strerror(errno));
}

static int open_serial(const char *option, const char *where,
                       struct machine_serial *serial, struct error *err)
{
    *serial = (struct machine_serial){ .in = -1, .out = -1 };
    if (!strcmp(where, "pty")) {
        serial->kind = MACHINE_SERIAL_TERMINAL;
        return 0;
    }
    if (!strncmp(where, "unix:", 5)) {
        serial->kind = MACHINE_SERIAL_SOCKET;
        serial->path = where + strlen("unix:");
        return 0;
    }
    if (!strcmp(where, "stdio"))
        serial->in = STDIN_FILENO;
    return open_output(option, where, &serial->out, err);
}

static int open_consoles(struct run_options *options, struct error *err)
{
    struct machine_config *machine = &options->machine;
    int result = 0;

    machine->serial_count = options->serial_count;
    for (unsigned i = 0; result == 0 && i < options->serial_count; i++)
        result = open_serial("serial", options->serials[i], &machine->serials[i], err);
    machine->has_console = options->console != NULL;
    if (result == 0 && options->console)
        result = open_serial("console", options->console, &machine->console, err);
    if (result == 0)
        result = open_output("debug-console", options->debug_console,
                             &machine->debug_out, err);
    options->stats_fd = -1;
    if (result == 0 && options->stats_file) {
        options->stats_fd =
            open(options->stats_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (options->stats_fd < 0)
            result = error_set(err, ERROR_INPUT, -errno, "--stats=%s: %s",
                               options->stats_file, strerror(errno));
    }
    return result;
}

/* Is a serial port on the terminal igdvm was started on? */
static bool reads_terminal(const struct machine_config *machine)
{
    for (unsigned i = 0; i < machine->serial_count; i++) {
        if (machine->serials[i].in == STDIN_FILENO)
            return true;
    }
    return machine->has_console && machine->console.in == STDIN_FILENO;
}

static int run_machine(struct machine *machine, struct run_options *options,
                       pid_t display)
{
    struct error err = { 0 };
    struct terminal terminal = { 0 };
    struct run_signals signals;
    struct run_helpers helpers;
    struct run_notify notify;
    struct run_screenshot screenshot;
    struct run_control *control = NULL;
    struct run_faults *faults = NULL;

    if (options->name || options->control) {
        control = run_control_new(machine, options, &err);
        if (!control)
            return fail(&err);
    }
    if (control)
        sandbox_add_path(&options->sandbox, run_control_path(control), SANDBOX_REMOVE);
    run_notify_watch(&notify, machine);
    run_signals_watch(&signals, machine, options->stop_timeout);
    run_helpers_watch(&helpers, options, display, machine);
    run_screenshot_watch(&screenshot, machine, options->display.screenshot);
    faults = run_faults_start(&options->machine, machine);
    if (reads_terminal(&options->machine))
        terminal_take(&terminal);
    if (terminal.changed)
        options->sandbox.terminal = &terminal.before;
    log_set_limit(GUEST_LINES, GUEST_LINES_A_MINUTE);
    enum machine_end end = machine_run(machine, &err);
    terminal_give_back(&terminal);
    options->sandbox.terminal = NULL;
    run_faults_end(faults);
    run_signals_end(&signals);
    run_helpers_end(&helpers);
    run_notify_end(&notify);
    run_control_free(control);
    bool saved = run_screenshot_end(&screenshot);
    log_set_limit(0, 0);
    if (end == MACHINE_FAILED)
        return fail(&err);
    return saved ? STATUS_DONE : STATUS_SYSTEM;
}

static int report_stats(struct machine *machine, const struct run_options *options)
{
    static struct machine_stats stats; /* too large for the stack */
    struct error err = { 0 };

    machine_stats(machine, &stats);
    if (!options->stats_file)
        stats_report_text(&stats, &options->sandbox, &options->helpers);
    else if (stats_report_json(&stats, &options->sandbox, &options->helpers,
                               options->stats_fd, &err) < 0)
        return fail(&err);
    return STATUS_DONE;
}

/* Is it a device that a program serves? */
static bool is_program(const char *device)
{
    return strncmp(device, "vfio-user:", 10) == 0;
}

static int check_device(const struct host_paths *paths, const char *where,
                        const struct machine_config *config, struct error *err)
{
    int result = host_preflight_by(paths, where, config->vfio_backend, err);
    const struct host_lock_limit limit = host_lock_limit_read();
    return result == 0 ? host_check_memory_lock(&limit, config->memory, err) : result;
}

/* Is the guest's memory taken whole, before it runs? */
static bool takes_all_memory(const struct machine_config *config)
{
    bool taken = config->populate || (config->device && !is_program(config->device));
    for (unsigned i = 0; i < config->host_device_count; i++)
        taken |= !is_program(config->host_devices[i].where);
    return taken;
}

static int check_host(const struct machine_config *config, struct error *err)
{
    static const struct host_paths paths = { .sys = "/sys", .dev = "/dev" };

    bool devices = config->device || config->host_device_count;
    /* Opening it tells the same, but only after devices have been looked at. */
    int result = devices ? host_check_kvm(&paths, err) : 0;
    if (result == 0 && config->device && !is_program(config->device)) {
        result = host_preflight_gpu(&paths, config->device, err);
        if (result == 0)
            result = check_device(&paths, config->device, config, err);
    }
    for (unsigned i = 0; result == 0 && i < config->host_device_count; i++) {
        const char *where = config->host_devices[i].where;
        if (!is_program(where))
            result = check_device(&paths, where, config, err);
    }
    if (result == 0 && config->huge_page_size)
        result =
            host_check_huge_pages(&paths, config->huge_page_size, config->memory, err);
    else if (result == 0 && takes_all_memory(config))
        result = host_check_room("/proc", config->memory, err);
    if (result > 0)
        log_warning(NULL, "%s", err->text);
    return result > 0 ? 0 : result;
}

/*
 * Is a monitor plugged in? The device does not tell, but igdvm bind saw it. Asked only
 * where it is decided by that.
 */
static void recall_outputs(struct machine_config *config,
                           struct handover_outputs *outputs)
{
    char address[VFIO_ADDRESS_SIZE];
    *outputs = (struct handover_outputs){ .monitor = IGD_MONITOR_UNKNOWN };
    if (config->device && !is_program(config->device) &&
        config->mode != IGD_MODE_LEGACY && config->opregion == IGD_OPREGION_AUTO &&
        host_address_parse(config->device, address, NULL) == 0)
        handover_outputs_recall("", address, outputs);
    config->monitor = outputs->monitor;
}

static void report_plan(struct machine *machine, const char *device,
                        const struct handover_outputs *outputs)
{
    const struct igd_plan *plan = machine_plan(machine);
    if (!plan)
        return;
    if (plan->mode == IGD_MODE_UPT && outputs->monitor != IGD_MONITOR_UNKNOWN)
        log_info(device, "when igdvm bind took it, outputs with a monitor: %s",
                 outputs->names[0] ? outputs->names : "none");
    plan_report_start(plan, device);
}

/* No exit status: igdvm-display ended with one of its own, and said why. */
#define DISPLAY_ENDED (-1)

static int start_display(struct machine *machine)
{
    struct error err = { 0 };
    int result = machine_display_start(machine, &err);
    if (result == -ECONNRESET)
        return DISPLAY_ENDED;
    return result < 0 ? fail(&err) : STATUS_DONE;
}

/* The programs beside; they are confined before they say that they are ready. */
static void look_at_helpers(struct run_options *options, pid_t display)
{
    if (!options->stats)
        return;
    helper_facts_add(&options->helpers, "igdvm-display", display);
    for (unsigned i = 0; i < options->nic_count; i++)
        helper_facts_add(&options->helpers, "igdvm-net", options->nics[i].process);
}

static void look_for_boot_device(const struct machine_config *config)
{
    if (!config->firmware && !config->kernel && !config->disk_count &&
        !config->cdrom_count && !config->nic_count && !config->device &&
        !config->host_device_count)
        log_warning(NULL, "there is nothing to boot from: give --disk, --cdrom or "
                          "--kernel, or --net with something to boot from");
}

static int make_and_run(struct run_options *options,
                        const struct handover_outputs *outputs,
                        struct display_program *display)
{
    struct error err = { 0 };
    struct igd_plan *refused = NULL;
    struct machine *machine = machine_new(&options->machine, &refused, &err);
    if (!machine) {
        int status = fail(&err);
        if (refused)
            plan_report_failures(refused);
        igd_plan_free(refused);
        return status;
    }
    report_plan(machine, options->machine.device, outputs);
    if (machine_vfio(machine))
        log_info(options->machine.device, "VFIO backend: %s",
                 vfio_device_backend_text(machine_vfio(machine)));
    int status = start_display(machine);
    if (status == STATUS_DONE) {
        display->listens = true;
        look_at_helpers(options, display->pid);
        look_for_boot_device(&options->machine);
        status = run_machine(machine, options, display->pid);
        if (options->stats) {
            int told = report_stats(machine, options);
            status = status ? status : told;
        }
    }
    machine_free(machine);
    return status;
}

int cmd_run(int argc, char **argv)
{
    uint64_t start = now_ns();
    struct run_options options;
    static struct run_settings
        from_file; /* of --config; as long-lived as the options */
    struct error err = { 0 };

    run_signals_hold();
    if (run_options_parse(&options, &from_file, argc, argv, &err) < 0)
        return fail(&err);
    if (options.help) {
        run_options_help();
        return STATUS_DONE;
    }
    if (options.print_config)
        return STATUS_DONE;
    options.machine.start_time = start;
    options.machine.sampling = options.stats;
    options.machine.sandbox = &options.sandbox;
    run_sandbox_prepare(&options);
    if (open_consoles(&options, &err) < 0 || check_host(&options.machine, &err) < 0 ||
        run_net_open(&options, &err) < 0)
        return fail(&err);
    const char *screenshot = options.display.screenshot;
    if (screenshot && output_file_check("--screenshot", screenshot, &err) < 0)
        return fail(&err);
    run_screenshot_hold(screenshot);

    struct handover_outputs outputs;
    recall_outputs(&options.machine, &outputs);
    struct display_program program;
    if (display_program_start(&program, &options.display, &options.sandbox, &err) < 0)
        return fail(&err);
    options.machine.display_socket = program.socket;
    int status = make_and_run(&options, &outputs, &program);
    int ended = display_program_end(&program, &options.display);
    if (status == DISPLAY_ENDED)
        return ended ? ended : STATUS_SYSTEM;
    return status;
}
