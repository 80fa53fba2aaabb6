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

const struct run_option run_telling_options[] = {
    { "stats", "=FILE", false,
      "at the end: exits, trapped pages, slots, DMA\n"
      "calls; with FILE as JSON",
      take_stats },
    { "verbose", NULL, false, "say more", take_verbose },
    { "quiet", NULL, false, "say only warnings", take_quiet },
    { "help", NULL, false, "this text", take_help },
    { NULL, NULL, false, NULL, NULL },
};
