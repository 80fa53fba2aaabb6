/* sandbox_internal.h: the parts of the sandbox. */
#ifndef BASE_SANDBOX_INTERNAL_H
#define BASE_SANDBOX_INTERNAL_H

#include "base/sandbox.h" /* struct sandbox */

#include <stdint.h> /* rights */

/* Each: 0, or negative errno with err. */

/*
 * sandbox_filter.c: what a forbidden call does, with what is put back on standard input
 * then (or NULL); the filter of the calling thread.
 */
int sandbox_catch(const struct termios *terminal, struct error *err);
int sandbox_filter(enum sandbox_thread kind, unsigned needs, bool only_log,
                   struct error *err);

/* sandbox_landlock.c: a ruleset of the paths, for sandbox_landlock_enter; -1: none. */
int sandbox_landlock_make(struct sandbox *sandbox, int *ruleset, struct error *err);
int sandbox_landlock_enter(int ruleset, struct error *err);

/* sandbox_user.c: become another user, if there is a reason; give up capabilities. */
int sandbox_change_user(struct sandbox *sandbox, struct error *err);
int sandbox_drop_capabilities(struct error *err);

#endif
