/* memory_populate.h: has the host give all pages of guest RAM before the guest runs. */
#ifndef MACHINE_MEMORY_POPULATE_H
#define MACHINE_MEMORY_POPULATE_H

#include <stdint.h> /* sizes */

struct error;

/*
 * Populate [host, host + size) by several threads, in steps of whole huge pages, and
 * say each second how far it is. Ends early when a signal that ends igdvm is waiting.
 * 0, or a negative errno with err: -ENOMEM where the host has no more, -EINTR.
 */
int memory_populate(uint8_t *host, uint64_t size, struct error *err);

#endif
