/* plan_host.h: a host, on which everything is as legacy mode wants it, and its plan. */
#ifndef IGD_PLAN_HOST_H
#define IGD_PLAN_HOST_H

#include "igd/plan.h" /* facts, requests, plans */

#include "samples.h" /* what it is made of */

#define SHADOW_ROM_SIZE 0x20000

/* A Skylake host on which everything is as legacy mode wants it. */
struct host {
    struct igd_facts facts;
    struct igd_request request;
    uint8_t gpu[256], bridge[256], lpc[256];
    uint8_t opregion[IGD_OPREGION_SIZE];
    uint8_t rom[SHADOW_ROM_SIZE];
    uint8_t firmware[SAMPLE_FIRMWARE_SIZE];
};

void make_host(struct host *host);

/* The plan for it in this mode; the test fails when there is none. */
struct igd_plan *plan_for(struct host *host, enum igd_mode mode);

/* The requirement of this id; the test fails when there is none. */
const struct igd_requirement *find(const struct igd_requirement *list, unsigned count,
                                   const char *id);

/* Each has an id of its own and all its texts. */
void check_texts(const struct igd_requirement *list, unsigned count);

#endif
