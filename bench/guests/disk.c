/*
 * disk.c: a guest that reads and writes 4 KiB blocks of the virtio disk at 00:05.0, at
 * random places and one after the other, one request at a time and several, and tells
 * on the serial line how long each of the patterns took: time stamps in hexadecimal, a
 * line each. It sleeps until it is interrupted. Then it resets the PC.
 */
#include "time_stamp.h"  /* how long it took */
#include "virtio_disk.h" /* the disk */

#define BLOCKS   4096u /* of the disk */
#define REQUESTS 1000u
#define DEPTH    SLOTS /* of the patterns with several requests */

static uint64_t state = 0x2545f4914f6cdd1dull;

static uint32_t next_block(int sequential, uint32_t number)
{
    if (sequential)
        return number % BLOCKS;
    /* xorshift64*, by Sebastiano Vigna. */
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)(state * 0x2545f4914f6cdd1dull >> 32) % BLOCKS;
}

static uint64_t run(enum operation operation, int sequential, unsigned depth)
{
    unsigned started = 0, done = 0;
    uint64_t from = time_stamp();
    for (; started < depth; started++)
        offer(started, operation, next_block(sequential, started));
    kick();
    while (done < REQUESTS) {
        uint8_t status;
        wait();
        for (int slot; (slot = take(&status)) >= 0; done++) {
            if (status != 0)
                return 0;
            if (started < REQUESTS)
                offer((unsigned)slot, operation, next_block(sequential, started++));
        }
        kick();
    }
    return time_stamp() - from;
}

void guest_main(void)
{
    start_driver();
    run(READ, 0, DEPTH); /* what happens once is not counted */
    run(WRITE, 0, DEPTH);
    for (unsigned depth = 1; depth <= DEPTH; depth += DEPTH - 1) {
        for (int sequential = 0; sequential < 2; sequential++) {
            for (enum operation what = READ; what <= WRITE; what++)
                tell(run(what, sequential, depth));
        }
    }
    out8(0xcf9, 6);
    for (;;)
        __asm__ volatile("hlt");
}
