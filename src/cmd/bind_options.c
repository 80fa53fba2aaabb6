/* bind_options.c: reads the options of `igdvm bind`, `unbind` and `status`. */
#include "cmd/bind_options.h"

#include "base/bytes.h"       /* ARRAY_SIZE */
#include "base/error.h"       /* error_set */
#include "cmd/command_line.h" /* options */
#include "host/preflight.h"   /* host_address_parse */

#include <stddef.h> /* offsetof */
#include <stdlib.h> /* strtoul */
#include <string.h> /* strcmp */

#define DEFAULT_SECONDS 60

static int set_mode(void *opaque, const char *value, struct error *err)
{
    struct bind_options *options = opaque;
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

static int add_companion(void *opaque, const char *value, struct error *err)
{
    struct bind_options *options = opaque;
    if (options->companion_count == HANDOVER_COMPANIONS_MAX)
        return error_set(err, ERROR_INPUT, -E2BIG,
                         "--with %s: at most %d devices go "
                         "along",
                         value, HANDOVER_COMPANIONS_MAX);
    return host_address_parse(value, options->companions[options->companion_count++],
                              err);
}

static int set_seconds(void *opaque, const char *value, struct error *err)
{
    struct bind_options *options = opaque;
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

static int set_device(void *opaque, const char *value, struct error *err)
{
    struct bind_options *options = opaque;
    return host_address_parse(value, options->device, err);
}

#define MEMBER(name) offsetof(struct bind_options, name)

/* clang-format off */
static const struct command_option option_rows[] = {
    { "json", OPTION_FLAG, MEMBER(json) }, /* status: the first two */
    { "help", OPTION_FLAG, MEMBER(help) },
    { "device", OPTION_TAKE, 0, set_device }, /* unbind: the first five */
    { "timeout", OPTION_TAKE, 0, set_seconds },
    { "dry-run", OPTION_FLAG, MEMBER(dry_run) },
    { "for", OPTION_TAKE, 0, set_mode },
    { "with", OPTION_TAKE, 0, add_companion },
    { "with-audio", OPTION_FLAG, MEMBER(with_audio) },
    { "stop-display-manager", OPTION_FLAG, MEMBER(stop_manager) },
    { "kill-users", OPTION_FLAG, MEMBER(kill_users) },
    { "at-boot", OPTION_FLAG, MEMBER(at_boot) },
    { "remove", OPTION_FLAG, MEMBER(remove) },
    { "yes", OPTION_FLAG, MEMBER(yes) },
    { "no-initramfs", OPTION_FLAG, MEMBER(no_initramfs) },
};
/* clang-format on */

static const struct command_line command_lines[] = {
    [BIND_COMMAND] = { "bind", option_rows, ARRAY_SIZE(option_rows), 0 },
    [UNBIND_COMMAND] = { "unbind", option_rows, 5, 0 },
    [STATUS_COMMAND] = { "status", option_rows, 2, 0 },
};

int bind_options_parse(enum bind_command command, int argc, char **argv,
                       struct bind_options *options, struct error *err)
{
    *options = (struct bind_options){ .seconds = DEFAULT_SECONDS };
    int result = command_line_read(&command_lines[command], argc, argv, options, err);
    if (result == 0 && options->remove && !options->at_boot)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--remove goes with --at-boot; to put the host back now use "
                         "'igdvm unbind'");
    return result;
}
