/* helper_facts.h: what the kernel says of the programs beside `igdvm run`. */
#ifndef CMD_HELPER_FACTS_H
#define CMD_HELPER_FACTS_H

#include "machine/machine.h" /* how many NICs there can be */

#include <stdbool.h>   /* bool */
#include <stdint.h>    /* capabilities */
#include <sys/types.h> /* pid_t */

#define HELPERS_MAX (MACHINE_MAX_NICS + 1) /* a network each, one display */

struct helper_facts {
    const char *program;
    pid_t process;
    unsigned user; /* effective */
    uint64_t capabilities;
    bool no_new_privileges;
    bool filter; /* of system calls */
};

struct helper_list {
    unsigned count;
    struct helper_facts list[HELPERS_MAX];
};

/*
 * Read /proc/PROCESS/status; a process of which nothing can be read is left out.
 * program: constant.
 */
void helper_facts_add(struct helper_list *helpers, const char *program, pid_t process);

#endif
