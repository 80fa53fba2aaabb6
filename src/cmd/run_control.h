/* run_control.h: the control socket of a machine of `igdvm run`. */
#ifndef CMD_RUN_CONTROL_H
#define CMD_RUN_CONTROL_H

struct error;
struct machine;
struct run_control;
struct run_options;

/*
 * Answer requests (docs/control.md) on the machine's event loop, where --name and
 * --control say. NULL with err. Both must live until run_control_free, which comes
 * before machine_free.
 */
struct run_control *run_control_new(struct machine *machine,
                                    const struct run_options *options,
                                    struct error *err);
/* Where it listens; lives as long. */
const char *run_control_path(const struct run_control *control);

void run_control_free(struct run_control *control);

#endif
