/* helper_sandbox.h: the sandbox of the programs that run beside `igdvm run`. */
#ifndef CMD_HELPER_SANDBOX_H
#define CMD_HELPER_SANDBOX_H

#include "base/sandbox.h" /* struct sandbox */

struct error;

/*
 * Confine this program, which has one thread, once all is open: what sandbox_confine
 * and sandbox_enter do, and nobody of the same user may look into it. As root it
 * becomes sandbox->user, user SANDBOX_USER, or nobody. 0, or negative errno with err.
 */
int helper_sandbox_enter(struct sandbox *sandbox, enum sandbox_thread kind,
                         struct error *err);

#endif
