/* run_faults.h: tells of DMA faults of a running machine's devices. */
#ifndef CMD_RUN_FAULTS_H
#define CMD_RUN_FAULTS_H

struct machine;
struct machine_config;
struct run_faults;

/*
 * Watch the kernel log for faults of the host devices in config, on the machine's loop,
 * and log them as igdvm watch tells them. NULL when there is nothing to watch, or when
 * this user may not read the log, which is no error. End it with run_faults_end, which
 * takes NULL.
 */
struct run_faults *run_faults_start(const struct machine_config *config,
                                    struct machine *machine);
void run_faults_end(struct run_faults *faults);

#endif
