/* fuzz_board.h: a board without KVM, for targets that are devices. */
#ifndef FUZZ_BOARD_H
#define FUZZ_BOARD_H

#include "fuzz.h" /* must */

#include "devices/board.h" /* struct board */

#include <errno.h> /* ENOSYS */

static inline void fuzz_set_gsi(struct board *board, unsigned gsi, bool level)
{
    (void)board;
    (void)level;
    must(gsi < 24);
}

/* The board's opaque is where messages are counted, or NULL. */
static inline void fuzz_signal_msi(struct board *board, uint64_t address, uint32_t data)
{
    unsigned *messages = board->opaque;
    (void)address;
    (void)data;
    if (messages)
        (*messages)++;
}

static inline void fuzz_request(struct board *board)
{
    (void)board;
}

/* What could be read from memory exits. */
static inline int fuzz_no_map(struct board *board, uint64_t address, void *host,
                              uint64_t size, unsigned flags)
{
    (void)board;
    (void)address;
    (void)host;
    (void)size;
    (void)flags;
    return -ENOSYS;
}

/* Doorbells go through the range that is written. */
static inline int fuzz_no_ioeventfd(struct board *board, int fd, uint64_t address,
                                    unsigned size, bool port, bool on)
{
    (void)board;
    (void)fd;
    (void)address;
    (void)size;
    (void)port;
    (void)on;
    return -ENOSYS;
}

static const struct board_ops fuzz_board_ops = {
    .set_gsi = fuzz_set_gsi,
    .signal_msi = fuzz_signal_msi,
    .request_reset = fuzz_request,
    .request_power_off = fuzz_request,
    .map = fuzz_no_map,
    .ioeventfd = fuzz_no_ioeventfd,
};

#endif
