/* user_net.h: a guest's way to the network through sockets of this process. */
#ifndef NET_USER_NET_H
#define NET_USER_NET_H

#include "net/forward.h" /* struct net_forward */

struct error;
struct user_net;

struct user_net_options {
    const struct net_forward *forwards;
    unsigned forward_count;
    const char *tftp;      /* the guest reads this folder's files by TFTP; NULL: none */
    const char *boot_file; /* what DHCP tells it to boot; NULL: nothing */
};

/*
 * A network of the guest's own behind the connected stream socket fd: 10.0.2.0/24 with
 * router, host and TFTP at 10.0.2.2, DNS at 10.0.2.3, and 10.0.2.15 given by DHCP. The
 * forwards' ports are bound; files of `tftp` are opened when they are asked for. fd
 * stays the caller's, the options need not live on. NULL with err.
 */
struct user_net *user_net_new(int fd, const struct user_net_options *options,
                              struct error *err);
void user_net_free(struct user_net *net);

/* Serve it until the other side closes the socket. 0, or a negative errno. */
int user_net_run(struct user_net *net);

#endif
