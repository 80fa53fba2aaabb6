/* board.h: what the machine gives its devices: spaces, memory, interrupts, mappings. */
#ifndef DEVICES_BOARD_H
#define DEVICES_BOARD_H

#include <errno.h>   /* ENOSYS */
#include <pthread.h> /* the lock */
#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* addresses */

struct board;
struct error;
struct event_loop;
struct guest_memory;
struct pci_bus;
struct space;

enum board_map_flags {
    BOARD_MAP_READ_ONLY = 1, /* guest writes go to the memory space instead */
};

/*
 * The machine's side. Devices call the board_* functions below, never these.
 * The first group may be called on any thread.
 */
struct board_ops {
    void (*set_gsi)(struct board *board, unsigned gsi, bool level);
    void (*signal_msi)(struct board *board, uint64_t address, uint32_t data);
    void (*request_reset)(struct board *board);
    void (*request_power_off)(struct board *board);

    int (*map)(struct board *board, uint64_t address, void *host, uint64_t size,
               unsigned flags);
    int (*unmap)(struct board *board, uint64_t address, uint64_t size);

    int (*irqfd)(struct board *board, int fd, unsigned gsi, int resample_fd, bool on);
    int (*msi_gsi_new)(struct board *board);
    int (*msi_gsi_set)(struct board *board, unsigned gsi, uint64_t address,
                       uint32_t data);
    int (*ioeventfd)(struct board *board, int fd, uint64_t address, unsigned size,
                     bool port, bool on);
    int (*gather_writes)(struct board *board, uint64_t address, uint64_t size,
                         bool port, bool on);
};

/*
 * One a machine. A device keeps a pointer to it. `lock` is held by every handler of
 * a range not marked unlocked, and by config accesses; a device's event-loop
 * handlers take it themselves before they touch state a vCPU may touch too.
 */
struct board {
    const struct board_ops *ops;
    void *opaque;
    pthread_mutex_t lock;
    struct space *ports;
    struct space *memory;
    struct guest_memory *ram;
    struct pci_bus *pci;
    struct event_loop *loop;
};

/*
 * Give a board its lock, spaces, bus and event loop. ops, opaque and ram stay the
 * caller's. 0 or a negative errno with err set; board_finish is due in both cases, once
 * the devices are freed, and may be called on a board of zeros.
 */
int board_init(struct board *board, const struct board_ops *ops, void *opaque,
               struct guest_memory *ram, struct error *err);
void board_finish(struct board *board);

/* Drive a GSI (0 to 23: ISA interrupts and the IOAPIC's pins) with this level. */
static inline void board_set_gsi(struct board *board, unsigned gsi, bool level)
{
    board->ops->set_gsi(board, gsi, level);
}

/* Send a message-signalled interrupt. */
static inline void board_signal_msi(struct board *board, uint64_t address,
                                    uint32_t data)
{
    board->ops->signal_msi(board, address, data);
}

/* Ask for a reset or the end of the machine; both return at once and act soon. */
static inline void board_request_reset(struct board *board)
{
    board->ops->request_reset(board);
}

static inline void board_request_power_off(struct board *board)
{
    board->ops->request_power_off(board);
}

/*
 * Let the guest access [host, host + size) at address without exits. All three page
 * aligned; the memory stays the caller's and must stay mapped until board_unmap with
 * the same address and size. 0 or a negative errno (-EEXIST: overlaps another).
 */
static inline int board_map(struct board *board, uint64_t address, void *host,
                            uint64_t size, unsigned flags)
{
    return board->ops->map(board, address, host, size, flags);
}

static inline int board_unmap(struct board *board, uint64_t address, uint64_t size)
{
    return board->ops->unmap(board, address, size);
}

/*
 * Have the kernel inject gsi whenever fd (an eventfd) is signalled; with a
 * resample_fd (or -1) the line is a level, and that fd is signalled at the guest's
 * end of interrupt. on = false takes it away again. 0 or a negative errno.
 */
static inline int board_irqfd(struct board *board, int fd, unsigned gsi,
                              int resample_fd, bool on)
{
    return board->ops->irqfd(board, fd, gsi, resample_fd, on);
}

/* A GSI number of one's own for an MSI by irqfd (>= 24), or -ENOSPC. Never given back.
 */
static inline int board_msi_gsi_new(struct board *board)
{
    return board->ops->msi_gsi_new(board);
}

/* What message that GSI sends. 0 or a negative errno. */
static inline int board_msi_gsi_set(struct board *board, unsigned gsi, uint64_t address,
                                    uint32_t data)
{
    return board->ops->msi_gsi_set(board, gsi, address, data);
}

/*
 * Let the guest's writes to [address, address + size), ports or memory, be gathered:
 * they arrive in order and before any other access that exits, but some time later, and
 * 32-bit writes to memory many at once (range_ops.write_words). on = false ends it.
 * Only where nothing but such accesses can tell when a write took effect. 0 or a
 * negative errno: writes go on to arrive one by one.
 */
static inline int board_gather_writes(struct board *board, uint64_t address,
                                      uint64_t size, bool port, bool on)
{
    return board->ops->gather_writes
               ? board->ops->gather_writes(board, address, size, port, on)
               : -ENOSYS;
}

/* Signal fd when the guest writes size bytes (0: any size) at address. 0 or -errno. */
static inline int board_ioeventfd(struct board *board, int fd, uint64_t address,
                                  unsigned size, bool port, bool on)
{
    return board->ops->ioeventfd(board, fd, address, size, port, on);
}

#endif
