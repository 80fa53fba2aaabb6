/* model.c: igdvm model: serves the GPU model, or writes its ROM and OpRegion. */
#include "cmd/commands.h"

#include "base/error.h"           /* errors */
#include "base/event_loop.h"      /* the server's loop */
#include "base/log.h"             /* what is served */
#include "cmd/command_line.h"     /* ending with an error */
#include "cmd/model_ctl.h"        /* its subcommand */
#include "cmd/model_options.h"    /* the command line */
#include "cmd/output_file.h"      /* images */
#include "model/chips.h"          /* the chip's name */
#include "model/model.h"          /* --describe */
#include "model/opregion_image.h" /* --write-opregion */
#include "model/rom_image.h"      /* --write-rom */
#include "model/model_server.h"   /* --socket */
#include "model/vbios_image.h"    /* what it is told */

#include <signal.h>       /* how it ends */
#include <stdio.h>        /* the description */
#include <stdlib.h>       /* malloc */
#include <string.h>       /* strcmp */
#include <sys/signalfd.h> /* signals as events */
#include <unistd.h>       /* close */

/* How much clients can make the model say. */
#define CLIENT_LINES          500
#define CLIENT_LINES_A_MINUTE 60

/* What the signal handler's event needs. */
struct running {
    struct event_loop *loop;
    struct model_server *server;
    int signals;
};

static int write_rom(const char *path, const struct model_options *model,
                     struct error *err)
{
    const struct vbios_image_options options = {
        .chip = model->chip,
        .lpc_id = model->lpc_id,
    };
    size_t capacity = rom_image_size();
    uint8_t *rom = malloc(capacity);
    if (!rom)
        return error_system(err, -ENOMEM, "option ROM");
    size_t size = rom_image_build(&options, rom, capacity);
    int result =
        size ? output_file_write(path, rom, size, err)
             : error_set(err, ERROR_IMPOSSIBLE, -ENOTSUP,
                         "--write-rom %s: no VBIOS and no UEFI driver exists for %s; "
                         "Gen6 to Gen9 have a VBIOS, chips up to Raptor Lake a UEFI "
                         "driver",
                         path, model->chip->name);
    free(rom);
    return result;
}

static int write_opregion(const char *path, const struct model_options *model,
                          struct error *err)
{
    const struct opregion_image_options options = {
        .chip = model->chip,
        .monitors = model->monitors,
        .host = true,
    };
    uint32_t size = opregion_image_size(model->chip);
    uint8_t *image = malloc(size);
    if (!image)
        return error_system(err, -ENOMEM, "OpRegion image");
    opregion_image_build(&options, image);
    int result = output_file_write(path, image, size, err);
    free(image);
    return result;
}

static int describe(const struct model_options *options, struct error *err)
{
    struct model *model = model_new(options, NULL, NULL, err);
    if (!model)
        return -EINVAL;
    char *text = model_describe(model);
    model_free(model);
    if (!text)
        return error_system(err, -ENOMEM, "description");
    puts(text);
    free(text);
    return 0;
}

static int write_outputs(const struct model_arguments *arguments, struct error *err)
{
    const struct model_options *model = &arguments->server.model;
    int result = 0;
    if (arguments->write_rom)
        result = write_rom(arguments->write_rom, model, err);
    if (result == 0 && arguments->write_opregion)
        result = write_opregion(arguments->write_opregion, model, err);
    if (result == 0 && arguments->describe)
        result = describe(model, err);
    return result;
}

static void signal_event(void *opaque, uint32_t events)
{
    struct running *running = opaque;
    struct signalfd_siginfo info;
    if (read(running->signals, &info, sizeof(info)) != sizeof(info))
        return;
    if (info.ssi_signo == SIGUSR1) {
        model_server_write_text(running->server);
        model_server_write_screenshot(running->server);
    } else {
        event_loop_stop(running->loop, 0);
    }
}

static int open_signals(struct error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? error_system(err, -errno, "signals") : fd;
}

static int serve(const struct model_arguments *arguments, struct error *err)
{
    struct running running = { .signals = open_signals(err) };
    int result = running.signals;
    if (result < 0)
        return result;
    running.loop = event_loop_new(err);
    if (running.loop)
        running.server = model_server_new(running.loop, &arguments->server, err);
    if (running.server) {
        result = event_loop_add(running.loop, running.signals, EPOLLIN, signal_event,
                                &running);
        log_info("model", "%s (8086:%04x) on %s", arguments->server.model.chip->name,
                 arguments->server.model.chip->device_id, arguments->server.path);
        log_set_limit(CLIENT_LINES, CLIENT_LINES_A_MINUTE);
        if (result == 0)
            result = event_loop_run(running.loop);
        log_set_limit(0, 0);
        if (result < 0)
            error_system(err, result, "event loop");
    } else {
        result = -EINVAL;
    }
    model_server_free(running.server);
    event_loop_free(running.loop);
    close(running.signals);
    return result;
}

int cmd_model(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "ctl") == 0)
        return model_ctl(argc - 1, argv + 1);
    struct model_arguments arguments;
    struct error err = { 0 };
    int result = model_options_parse(&arguments, argc, argv, &err);
    if (result == 0 && arguments.fault_help) {
        model_options_fault_help();
        return STATUS_DONE;
    }
    if (result == 0 && arguments.help) {
        model_options_help();
        return STATUS_DONE;
    }
    if (result == 0)
        result = write_outputs(&arguments, &err);
    if (result == 0 && arguments.server.path)
        result = serve(&arguments, &err);
    return result == 0 ? STATUS_DONE : command_fail("model", &err);
}
