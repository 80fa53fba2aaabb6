/* bind_options.c: reads the options of `igdvm bind`, `unbind` and `status`. */
#include "cmd/bind_options.h"

#include "base/bytes.h"     /* ARRAY_SIZE */
#include "base/error.h"     /* error_set */
#include "host/preflight.h" /* host_address_parse */

#include <getopt.h> /* getopt_long */
#include <stdlib.h> /* strtoul */
#include <string.h> /* strcmp */

#define DEFAULT_SECONDS 60

enum {
    DEVICE,
    FOR,
    WITH,
    WITH_AUDIO,
    STOP_MANAGER,
    KILL_USERS,
    TIMEOUT,
    DRY_RUN,
    AT_BOOT,
    REMOVE,
    YES,
    NO_INITRAMFS,
    JSON,
    HELP
};

static const struct option bind_long[] = {
    { "device", required_argument, NULL, DEVICE },
    { "for", required_argument, NULL, FOR },
    { "with", required_argument, NULL, WITH },
    { "with-audio", no_argument, NULL, WITH_AUDIO },
    { "stop-display-manager", no_argument, NULL, STOP_MANAGER },
    { "kill-users", no_argument, NULL, KILL_USERS },
    { "timeout", required_argument, NULL, TIMEOUT },
    { "dry-run", no_argument, NULL, DRY_RUN },
    { "at-boot", no_argument, NULL, AT_BOOT },
    { "remove", no_argument, NULL, REMOVE },
    { "yes", no_argument, NULL, YES },
    { "no-initramfs", no_argument, NULL, NO_INITRAMFS },
    { "json", no_argument, NULL, JSON },
    { "help", no_argument, NULL, HELP },
    { NULL, 0, NULL, 0 },
};

static const struct option unbind_long[] = {
    { "device", required_argument, NULL, DEVICE },
    { "timeout", required_argument, NULL, TIMEOUT },
    { "dry-run", no_argument, NULL, DRY_RUN },
    { "json", no_argument, NULL, JSON },
    { "help", no_argument, NULL, HELP },
    { NULL, 0, NULL, 0 },
};

static const struct option status_long[] = {
    { "json", no_argument, NULL, JSON },
    { "help", no_argument, NULL, HELP },
    { NULL, 0, NULL, 0 },
};

static const struct {
    const char *name;
    const struct option *options;
} commands[] = {
    [BIND_COMMAND] = { "bind", bind_long },
    [UNBIND_COMMAND] = { "unbind", unbind_long },
    [STATUS_COMMAND] = { "status", status_long },
};

static int set_mode(struct bind_options *options, const char *value, struct error *err)
{
    static const char *const modes[] = { "legacy", "upt", "uefi" };
    for (unsigned i = 0; i < ARRAY_SIZE(modes); i++) {
        if (!strcmp(value, modes[i])) {
            options->mode = modes[i];
            return 0;
        }
    }
    return error_set(err, ERROR_INPUT, -EINVAL,
                     "--for %s: expected legacy, upt or uefi", value);
}

static int add_companion(struct bind_options *options, const char *value,
                         struct error *err)
{
    if (options->companion_count == HANDOVER_COMPANIONS_MAX)
        return error_set(err, ERROR_INPUT, -E2BIG,
                         "--with %s: at most %d devices go "
                         "along",
                         value, HANDOVER_COMPANIONS_MAX);
    return host_address_parse(value, options->companions[options->companion_count++],
                              err);
}

static int set_seconds(struct bind_options *options, const char *value,
                       struct error *err)
{
    char *end;
    errno = 0;
    unsigned long seconds = strtoul(value, &end, 10);
    if (errno || end == value || *end || seconds > 86400)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--timeout %s: expected seconds, 0 (no limit) to 86400",
                         value);
    options->seconds = (unsigned)seconds;
    return 0;
}

static int take(struct bind_options *options, int option, struct error *err)
{
    bool *const flags[] = {
        [WITH_AUDIO] = &options->with_audio,
        [STOP_MANAGER] = &options->stop_manager,
        [KILL_USERS] = &options->kill_users,
        [DRY_RUN] = &options->dry_run,
        [AT_BOOT] = &options->at_boot,
        [REMOVE] = &options->remove,
        [YES] = &options->yes,
        [NO_INITRAMFS] = &options->no_initramfs,
        [JSON] = &options->json,
        [HELP] = &options->help,
    };
    switch (option) {
    case DEVICE:
        return host_address_parse(optarg, options->device, err);
    case FOR:
        return set_mode(options, optarg, err);
    case WITH:
        return add_companion(options, optarg, err);
    case TIMEOUT:
        return set_seconds(options, optarg, err);
    default:
        *flags[option] = true;
        return 0;
    }
}

int bind_options_parse(enum bind_command command, int argc, char **argv,
                       struct bind_options *options, struct error *err)
{
    const char *name = commands[command].name;
    *options = (struct bind_options){ .seconds = DEFAULT_SECONDS };
    optind = 0;
    opterr = 0;
    int option;
    while ((option = getopt_long(argc, argv, "", commands[command].options, NULL)) !=
           -1) {
        if (option == '?')
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "%s: no such option, or its value is missing; see 'igdvm "
                             "%s --help'",
                             argv[optind - 1], name);
        int status = take(options, option, err);
        if (status < 0)
            return status;
    }
    if (optind < argc)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%s: unexpected argument; see 'igdvm %s --help'", argv[optind],
                         name);
    if (options->remove && !options->at_boot)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--remove goes with --at-boot; to put the host back now use "
                         "'igdvm unbind'");
    return 0;
}
