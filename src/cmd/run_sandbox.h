/* run_sandbox.h: what the sandbox of `igdvm run` leaves. */
#ifndef CMD_RUN_SANDBOX_H
#define CMD_RUN_SANDBOX_H

struct run_options;

/* Name in options->sandbox all that is reached by a path once the guest runs. */
void run_sandbox_prepare(struct run_options *options);

#endif
