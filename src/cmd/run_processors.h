/* run_processors.h: reading the value of --cpus. */
#ifndef CMD_RUN_PROCESSORS_H
#define CMD_RUN_PROCESSORS_H

struct error;
struct machine_config;

/*
 * "N[,sockets=N][,cores=N][,threads=N]" into the config; value is changed. What is left
 * out follows from the rest: one socket, one thread a core. 0, or -EINVAL with err.
 */
int run_processors_read(struct machine_config *config, char *value, struct error *err);

#endif
