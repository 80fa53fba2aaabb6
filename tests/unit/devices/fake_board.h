/* fake_board.h: a machine without KVM for unit tests of devices: it records. */
#ifndef TESTS_FAKE_BOARD_H
#define TESTS_FAKE_BOARD_H

#include "base/event_loop.h"      /* the loop */
#include "devices/board.h"        /* what devices see */
#include "devices/guest_memory.h" /* RAM */
#include "pci/bus.h"              /* the root bus */
#include "pci/space.h"            /* ports and memory */

#include <stdarg.h> /* cmocka wants these four before it */
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h> /* the tests' own */

#define FAKE_GSIS     24
#define FAKE_MESSAGES 64
#define FAKE_EVENTS   16
#define FAKE_MAPS     32
#define FAKE_IRQFDS   8
#define FAKE_ZONES    4
#define FAKE_MSI_GSIS 4 /* FAKE_GSIS and up stand for messages */

/* RAM: two runs of this size, at 0 and at 4 GiB. */
#define FAKE_RAM_SIZE (1u << 20)
#define FAKE_HIGH_RAM (1ull << 32)

struct fake_event {
    int fd;
    uint64_t address;
    unsigned size;
};

/* Memory a device let the guest have: board_map. */
struct fake_map {
    uint64_t address, size; /* size 0: free */
    uint8_t *host;
    unsigned flags;
};

/* An eventfd that raises a GSI; fd -1: free. */
struct fake_irqfd {
    int fd, resample_fd;
    unsigned gsi;
};

/* Addresses whose writes may be gathered; size 0: free. */
struct fake_zone {
    uint64_t address, size;
    bool port;
};

struct fake_board {
    struct board board;
    struct guest_memory ram;
    bool levels[FAKE_GSIS];
    unsigned rises[FAKE_GSIS]; /* how often each GSI went from low to high */
    unsigned resets, power_offs;
    struct {
        uint64_t address;
        uint32_t data;
    } messages[FAKE_MESSAGES];
    unsigned message_count;
    struct fake_event events[FAKE_EVENTS]; /* ioeventfds; fd -1: free */
    bool refuse_ioeventfd;
    struct fake_map maps[FAKE_MAPS];
    struct fake_irqfd irqfds[FAKE_IRQFDS];
    struct fake_zone zones[FAKE_ZONES];
    unsigned msi_gsis; /* given out so far */
    struct {
        uint64_t address;
        uint32_t data;
        unsigned times; /* how often it was set */
    } msi[FAKE_MSI_GSIS];
    /* Called before a mapping is made and before one is taken away; may be NULL. */
    void (*mapping)(void *opaque, const struct fake_map *map, bool made);
    void *mapping_opaque;
};

/* Zeroed RAM, empty bus, everything unlocked. Fails the test when it cannot be made. */
struct fake_board *fake_board_new(void);
void fake_board_free(struct fake_board *fake);

/* As a vCPU would: with the board's lock around handlers; ioeventfds are honoured. */
uint64_t fake_in(struct fake_board *fake, uint16_t port, unsigned size);
void fake_out(struct fake_board *fake, uint16_t port, uint64_t value, unsigned size);
uint64_t fake_read(struct fake_board *fake, uint64_t address, unsigned size);
void fake_write(struct fake_board *fake, uint64_t address, uint64_t value,
                unsigned size);

/* Configuration accesses straight on the bus. */
uint32_t fake_config_read(struct fake_board *fake, uint8_t devfn, unsigned offset,
                          unsigned size);
void fake_config_write(struct fake_board *fake, uint8_t devfn, unsigned offset,
                       uint32_t value, unsigned size);

/* The mapping that holds address, or NULL; and how many there are. */
const struct fake_map *fake_map_at(const struct fake_board *fake, uint64_t address);
unsigned fake_map_count(const struct fake_board *fake);

/* May writes to these addresses be gathered? */
bool fake_gathers(const struct fake_board *fake, uint64_t address, uint64_t size,
                  bool port);

/* The irqfd on this GSI, or NULL; and how many there are. */
const struct fake_irqfd *fake_irqfd_of(const struct fake_board *fake, unsigned gsi);
unsigned fake_irqfd_count(const struct fake_board *fake);

/* Pointer to guest RAM. */
uint8_t *fake_ram(struct fake_board *fake, uint64_t address);

/* Handle events for this long. */
void fake_run(struct fake_board *fake, unsigned milliseconds);

/* Handle events until condition(opaque), at most this long. Did it come true? */
bool fake_run_until(struct fake_board *fake, bool (*condition)(void *opaque),
                    void *opaque, unsigned milliseconds);

/* A device's reset, with the lock as the machine does it. */
struct device;
void fake_reset(struct fake_board *fake, struct device *device);

#endif
