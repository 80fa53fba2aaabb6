/* address.c: reads the address of a PCI function. */
#include "vfio/address.h"

#include <ctype.h>   /* isxdigit */
#include <errno.h>   /* EINVAL */
#include <stdbool.h> /* bool */
#include <stdio.h>   /* snprintf */
#include <stdlib.h>  /* strtoul */

/* A field of 1 to `digits` hexadecimal digits, at most `most`; *at moves behind it. */
static bool read_field(const char **at, unsigned digits, unsigned most, unsigned *value)
{
    unsigned length = 0;
    while (isxdigit((unsigned char)(*at)[length]))
        length++;
    if (!length || length > digits)
        return false;
    *value = (unsigned)strtoul(*at, NULL, 16);
    *at += length;
    return *value <= most;
}

int vfio_address_parse(const char *text, char address[VFIO_ADDRESS_SIZE])
{
    unsigned domain = 0, bus, device, function;
    const char *at = text;
    unsigned colons = 0;
    for (const char *c = text; *c; c++)
        colons += *c == ':';
    if (colons == 2 && (!read_field(&at, 4, 0xffff, &domain) || *at++ != ':'))
        return -EINVAL;
    if (!read_field(&at, 2, 0xff, &bus) || *at++ != ':' ||
        !read_field(&at, 2, 0x1f, &device) || *at++ != '.' ||
        !read_field(&at, 1, 7, &function) || *at)
        return -EINVAL;
    snprintf(address, VFIO_ADDRESS_SIZE, "%04x:%02x:%02x.%x", domain & 0xffff,
             bus & 0xff, device & 0x1f, function & 7);
    return 0;
}
