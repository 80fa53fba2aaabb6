/* forward.c: a port of the host's that leads into the guest, in words. */
#include "net/forward.h"

#include "base/error.h" /* error_set */

#include <arpa/inet.h> /* inet_pton */
#include <stdlib.h>    /* strtoul */
#include <string.h>    /* strchr */

#define ADDRESS_TEXT 16 /* "255.255.255.255" and its end */

/* "[ADDRESS]:PORT", or "PORT" alone where that is allowed, up to `end`. */
static bool read_place(const char *text, const char *end, bool port_alone,
                       struct in_addr *address, uint16_t *port)
{
    char copy[ADDRESS_TEXT] = "", *stop;
    const char *colon = memchr(text, ':', (size_t)(end - text));
    if (!colon && !port_alone)
        return false;
    if (colon) {
        size_t size = (size_t)(colon - text);
        if (size >= sizeof(copy))
            return false;
        memcpy(copy, text, size);
        if (size && inet_pton(AF_INET, copy, address) != 1)
            return false;
        text = colon + 1;
    }
    if (*text < '0' || *text > '9')
        return false;
    unsigned long value = strtoul(text, &stop, 10);
    *port = (uint16_t)value;
    return stop == end && value >= 1 && value <= UINT16_MAX;
}

int net_forward_parse(const char *text, struct net_forward *forward, struct error *err)
{
    const char *host = text + 4, *dash = strchr(text, '-');
    bool udp = !strncmp(text, "udp:", 4);

    *forward = (struct net_forward){ .udp = udp };
    forward->host.s_addr = htonl(INADDR_LOOPBACK);
    if ((udp || !strncmp(text, "tcp:", 4)) && dash && dash >= host &&
        read_place(host, dash, true, &forward->host, &forward->host_port) &&
        read_place(dash + 1, text + strlen(text), false, &forward->guest,
                   &forward->guest_port))
        return 0;
    return error_set(err, ERROR_INPUT, -EINVAL,
                     "hostfwd=%s: expected tcp:[ADDRESS:]PORT-[ADDRESS]:PORT, such as "
                     "tcp:2222-:22, or udp:",
                     text);
}
