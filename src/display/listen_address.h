/* listen_address.h: listens at an address a person gave: a UNIX socket or TCP. */
#ifndef DISPLAY_LISTEN_ADDRESS_H
#define DISPLAY_LISTEN_ADDRESS_H

struct error;
struct event_loop;
struct listen_address;

/*
 * Addresses: "unix:PATH", "HOST:PORT", "[IPV6]:PORT", ":PORT" or "PORT"; without a host
 * only this computer is answered. connected is called with each connection, a
 * descriptor it owns. NULL with err. Free it before the loop; that removes the path.
 */
struct listen_address *listen_address_new(struct event_loop *loop, const char *address,
                                          void (*connected)(void *opaque, int fd),
                                          void *opaque, struct error *err);
void listen_address_free(struct listen_address *listener);

#endif
