/* run_options_telling.c: options of `igdvm run` about what it says. */
#include "base/log.h"        /* log_set_level */
#include "cmd/run_options.h" /* struct run_option */

static int take_stats(struct run_options *options, char *value, struct error *err)
{
    (void)err;
    options->stats = true;
    options->stats_file = value;
    return 0;
}

static int take_verbose(struct run_options *options, char *value, struct error *err)
{
    (void)options;
    (void)value;
    (void)err;
    log_set_level(LOG_DEBUG);
    return 0;
}

static int take_quiet(struct run_options *options, char *value, struct error *err)
{
    (void)options;
    (void)value;
    (void)err;
    log_set_level(LOG_WARNING);
    return 0;
}

static int take_help(struct run_options *options, char *value, struct error *err)
{
    (void)value;
    (void)err;
    options->help = true;
    return 0;
}

static int take_config(struct run_options *options, char *value, struct error *err)
{
    (void)err;
    options->config = value;
    return 0;
}

static int take_print_config(struct run_options *options, char *value,
                             struct error *err)
{
    (void)value;
    (void)err;
    options->print_config = true;
    return 0;
}

#define HELP_ROW                                          \
    {                                                     \
        "help", NULL, false, "this text", take_help, true \
    }

const struct run_option run_help_option = HELP_ROW;

const struct run_option run_telling_options[] = {
    { "config", "FILE", false,
      "take further options from a JSON file; those\n"
      "given here count more",
      take_config, true },
    { "print-config", NULL, false, "print these options as such a file, run nothing",
      take_print_config, true },
    { "stats", "=FILE", false,
      "at the end: exits, trapped pages, slots, DMA\n"
      "calls; with FILE as JSON",
      take_stats },
    { "verbose", NULL, false, "say more", take_verbose },
    { "quiet", NULL, false, "say only warnings", take_quiet },
    HELP_ROW,
    { NULL, NULL, false, NULL, NULL },
};
