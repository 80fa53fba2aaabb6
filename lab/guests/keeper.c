/*
 * keeper.c: a guest that writes blocks of the virtio disk at 00:05.0 in rounds, flushes
 * the disk after each and tells the round on the serial line, until somebody kills it.
 * A block it writes holds, in every 16 bytes, the number of the round and its own. What
 * a round writes follows from its number alone. With READS defined it reads the last
 * block of the disk after each round, and tells when it cannot.
 */
#include "virtio_disk.h"

#define BLOCKS 1024u /* of the disk */
#define WRITES 8u    /* in a round, each to another 128 blocks */

struct parameters {
    uint32_t first_round;
};

/* The block that write number `write` of a round goes to. */
static uint32_t block_of(uint32_t round, uint32_t write)
{
    uint32_t mixed = (round * WRITES + write) * 2654435761u;
    return write * (BLOCKS / WRITES) + (mixed >> 16) % (BLOCKS / WRITES);
}

static void fill(unsigned slot, uint32_t round, uint32_t block)
{
    for (unsigned i = 0; i < BLOCK; i += 16) {
        write64((uint64_t)(uintptr_t)buffer_of(slot) + i, round);
        write64((uint64_t)(uintptr_t)buffer_of(slot) + i + 8, block);
    }
}

/* Wait for so many requests; were all of them good? */
static int finish(unsigned count)
{
    uint8_t status, worst = 0;
    kick();
    while (count) {
        wait();
        for (; take(&status) >= 0; count--)
            worst |= status;
    }
    return worst == 0;
}

static int run_round(uint32_t round)
{
    for (uint32_t write = 0; write < WRITES; write++) {
        uint32_t block = block_of(round, write);
        fill(write, round, block);
        offer(write, WRITE, block);
    }
    if (!finish(WRITES))
        return 0;
    offer(0, FLUSH, 0);
    return finish(1);
}

#ifdef READS
static void read_last(uint32_t round)
{
    offer(0, READ, BLOCKS - 1);
    if (finish(1))
        return;
    print("unread ");
    print_hex(round, 8);
    print("\n");
}
#else
static void read_last(uint32_t round)
{
    (void)round;
}
#endif

void guest_main(void)
{
    const struct parameters *parameters = (const void *)(uintptr_t)PARAMETERS;
    start_driver();
    for (uint32_t round = parameters->first_round;; round++) {
        print(run_round(round) ? "flushed " : "failed ");
        print_hex(round, 8);
        print("\n");
        read_last(round);
    }
}
