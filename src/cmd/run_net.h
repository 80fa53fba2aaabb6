/* run_net.h: what is behind a guest's NICs, before the machine is made. */
#ifndef CMD_RUN_NET_H
#define CMD_RUN_NET_H

#include "machine/machine.h" /* struct machine_nic */

#include <sys/types.h> /* pid_t */

struct error;
struct run_options;

#define RUN_NET_FORWARDS 32

/* One --net. */
struct run_nic {
    struct machine_nic nic;
    const char *socket; /* stream: connect there */
    bool user;          /* igdvm-net is started */
    pid_t process;      /* which then is this */
    int lifeline;       /* and has this (cmd/programs.h), as long as igdvm runs */
    unsigned forward_count;
    const char *forwards[RUN_NET_FORWARDS];
    const char *tftp, *boot_file; /* NULL: none */
};

/* The value of --net, taken apart; it is changed. 0, or -EINVAL with err. */
int run_net_parse(char *value, struct run_nic *nic, struct error *err);

/* Connect sockets, start programs; fills options->machine's NICs. 0 or negative errno.
 */
int run_net_open(struct run_options *options, struct error *err);

#endif
