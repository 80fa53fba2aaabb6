/* run_settings.h: options of `igdvm run` that were given, before they are taken. */
#ifndef CMD_RUN_SETTINGS_H
#define CMD_RUN_SETTINGS_H

#define RUN_SETTINGS_MAX 256

struct run_option;

struct run_setting {
    const struct run_option *option;
    char *value;   /* NULL: none was given */
    unsigned line; /* of the configuration file; 0: not known, or the command line */
};

struct run_settings {
    unsigned count;
    struct run_setting list[RUN_SETTINGS_MAX];
};

#endif
