/* run_options_control.c: options of `igdvm run` about how a machine is asked and ended.
 */
#include "base/bytes.h"        /* ARRAY_SIZE */
#include "base/error.h"        /* struct error */
#include "cmd/control_place.h" /* names */
#include "cmd/run_options.h"   /* struct run_option */
#include "cmd/run_values.h"    /* what values may be */

#include <string.h> /* strncmp */

#define UNIX_PREFIX "unix:"

static int take_name(struct run_options *options, char *value, struct error *err)
{
    options->name = value;
    if (control_name_ok(value))
        return 0;
    return run_value_bad(err, "name", value,
                         "1 to 64 letters, digits, dots, dashes and underscores, the "
                         "first a letter or digit");
}

static int take_control(struct run_options *options, char *value, struct error *err)
{
    size_t prefix = strlen(UNIX_PREFIX);
    if (strncmp(value, UNIX_PREFIX, prefix) != 0 || !value[prefix])
        return run_value_bad(err, "control", value, "unix:PATH");
    options->control = value + prefix;
    return 0;
}

static int take_stop_timeout(struct run_options *options, char *value,
                             struct error *err)
{
    return run_value_number("stop-timeout", value, 0, 3600, &options->stop_timeout,
                            err);
}

static int take_sandbox(struct run_options *options, char *value, struct error *err)
{
    if (sandbox_mode_parse(value, &options->sandbox.mode))
        return 0;
    return run_value_bad(err, "sandbox", value, "on, off or log");
}

static int take_user(struct run_options *options, char *value, struct error *err)
{
    options->sandbox.user = value;
    return *value ? 0 : run_value_bad(err, "user", value, "the name of a user");
}

const struct run_option run_control_options[] = {
    { "name", "NAME", false,
      "what 'igdvm ctl' calls the machine; it answers on a\n"
      "socket of that name",
      take_name },
    { "control", "unix:PATH", false, "answer 'igdvm ctl' on a socket here",
      take_control },
    { "stop-timeout", "SECONDS", false,
      "time a guest has to power off when SIGTERM or\n"
      "SIGHUP asks it to (default 30; 0: do not ask)",
      take_stop_timeout },
    { "sandbox", "on|off|log", false,
      "let igdvm do only what a running machine needs\n"
      "(default on); log: but do the rest, too, and log it",
      take_sandbox },
    { "user", "NAME", false,
      "become this user before the guest runs (default of\n"
      "root: user igdvm, if there is one)",
      take_user },
    { NULL, NULL, false, NULL, NULL },
};
