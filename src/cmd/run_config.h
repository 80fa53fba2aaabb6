/* run_config.h: options of `igdvm run` in a file. */
#ifndef CMD_RUN_CONFIG_H
#define CMD_RUN_CONFIG_H

struct error;
struct run_settings;

/*
 * A configuration is a JSON object whose keys are names of options: true for those
 * without a value, a text or number for those with one, an array of them for those that
 * may be given again. Relative paths (values that --help calls FILE, and those after
 * file:, unix: and vfio-user:) are relative to the file's folder.
 */

/*
 * Read a file. The settings' values are the caller's: run_config_free. 0, or negative
 * errno with err naming file, line and key.
 */
int run_config_read(struct run_settings *settings, const char *path, struct error *err);
/* The same of a text that is in memory; path and folder are what it is called. */
int run_config_parse(struct run_settings *settings, const char *path,
                     const char *folder, const char *text, struct error *err);
void run_config_free(struct run_settings *settings);

/*
 * The text of the configuration that has these settings, to be freed; relative paths
 * are relative to the current folder and become absolute. NULL with err.
 */
char *run_config_text(const struct run_settings *settings, struct error *err);

#endif
