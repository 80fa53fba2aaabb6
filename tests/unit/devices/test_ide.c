/* test_ide.c: the IDE controller and an optical drive on it, driven as a guest does. */
#include "fake_board.h"

#include "base/bytes.h"        /* loads, stores */
#include "base/error.h"        /* struct error */
#include "devices/device.h"    /* free */
#include "devices/piix3_ide.h" /* under test */
#include "pci/regs.h"          /* configuration space */

#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* mkstemp */
#include <unistd.h> /* write */

#define IDE         PCI_DEVFN(1, 1)
#define BASE        0x1f0
#define CONTROL     0x3f6
#define MASTER      0xc000
#define GSI         14
#define BLOCKS      100
#define BLOCK       2048
#define DESCRIPTORS 0x1000 /* in guest RAM */
#define BUFFER      0x4000

enum { BUSY = 0x80, READY = 0x40, SEEK = 0x10, DRQ = 0x08, ERROR = 0x01 };

struct fixture {
    struct fake_board *fake;
    struct device *ide;
    char path[64];
};

/* Byte `at` of the test disc. */
static uint8_t pattern(size_t at)
{
    return (uint8_t)(at * 7 + at / BLOCK * 13);
}

static void make_disc(char *path, size_t size)
{
    strcpy(path, "/tmp/igdvm-test-ide-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    uint8_t *bytes = test_malloc(size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = pattern(i);
    assert_int_equal(write(fd, bytes, size), size);
    test_free(bytes);
    close(fd);
}

static uint8_t in(struct fixture *f, unsigned port)
{
    return (uint8_t)fake_in(f->fake, (uint16_t)(BASE + port), 1);
}

static void out(struct fixture *f, unsigned port, uint8_t value)
{
    fake_out(f->fake, (uint16_t)(BASE + port), value, 1);
}

static void place(struct fixture *f)
{
    fake_config_write(f->fake, IDE, PCI_BAR(4), MASTER, 4);
    fake_config_write(f->fake, IDE, 0x40, 0x80008000, 4);
    fake_config_write(f->fake, IDE, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MASTER,
                      2);
}

static int setup_with(void **state, enum disk_engine_choice engine)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    f->fake = fake_board_new();
    make_disc(f->path, (size_t)BLOCKS * BLOCK);
    struct piix3_ide_options options = { .count = 2,
                                         .discs = { f->path, NULL },
                                         .engine = engine };
    f->ide = piix3_ide_new(&f->fake->board, &options, NULL);
    assert_non_null(f->ide);
    place(f);
    *state = f;
    return 0;
}

/* Blocks that the host has in memory are there at once, or only after a while. */
static int setup(void **state)
{
    return setup_with(state, DISK_ENGINE_AUTO);
}

static int setup_slow(void **state)
{
    return setup_with(state, DISK_ENGINE_THREAD);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->ide->free(f->ide);
    fake_board_free(f->fake);
    unlink(f->path);
    test_free(f);
    return 0;
}

static bool not_busy(void *opaque)
{
    struct fixture *f = opaque;
    return !(fake_in(f->fake, CONTROL, 1) & BUSY);
}

static uint8_t wait_status(struct fixture *f)
{
    assert_true(not_busy(f) || fake_run_until(f->fake, not_busy, f, 2000));
    return in(f, 7);
}

/* Send a packet; the status after it. */
static uint8_t send(struct fixture *f, const uint8_t *packet, bool dma, unsigned limit)
{
    out(f, 1, dma);
    out(f, 4, (uint8_t)limit);
    out(f, 5, (uint8_t)(limit >> 8));
    out(f, 7, 0xa0);
    assert_int_equal(wait_status(f), READY | DRQ);
    assert_int_equal(in(f, 2), 1); /* it wants a command */
    for (unsigned i = 0; i < 12; i += 2)
        fake_out(f->fake, BASE, load16(packet + i), 2);
    return wait_status(f);
}

/* Take what the drive gives by the data register; how much it was. */
static size_t take(struct fixture *f, uint8_t *to, size_t room)
{
    size_t taken = 0;
    uint8_t status = wait_status(f);
    while (status & DRQ) {
        assert_int_equal(in(f, 2), 2); /* data for the host */
        size_t size = in(f, 4) | (size_t)in(f, 5) << 8;
        assert_true(size > 0 && taken + size <= room);
        for (size_t i = 0; i < size; i += 2) {
            uint16_t word = (uint16_t)fake_in(f->fake, BASE, 2);
            to[taken + i] = (uint8_t)word;
            if (i + 1 < size)
                to[taken + i + 1] = (uint8_t)(word >> 8);
        }
        taken += size;
        status = wait_status(f);
    }
    assert_int_equal(in(f, 2), 3); /* done */
    return taken;
}

/* A command with its data; -1 when it failed. */
static long command(struct fixture *f, const uint8_t *packet, uint8_t *to, size_t room)
{
    if (send(f, packet, false, 0xfffe) & ERROR)
        return -1;
    return (long)take(f, to, room);
}

static uint32_t sense(struct fixture *f)
{
    const uint8_t packet[12] = { 0x03, 0, 0, 0, 18 };
    uint8_t answer[18];
    assert_int_equal(command(f, packet, answer, sizeof(answer)), 18);
    assert_int_equal(answer[0], 0x70);
    return (uint32_t)answer[2] << 16 | (uint32_t)answer[12] << 8 | answer[13];
}

static void test_detection(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(fake_config_read(f->fake, IDE, 0, 4), 0x70108086);
    assert_int_equal(fake_config_read(f->fake, IDE, PCI_REVISION, 4) >> 8, 0x010180);
    fake_out(f->fake, CONTROL, 0x06, 1);
    assert_int_equal(in(f, 7), BUSY);
    fake_out(f->fake, CONTROL, 0x00, 1);
    out(f, 6, 0xa0);
    /* The signature of a packet device, and registers that hold what is written. */
    assert_int_equal(in(f, 4), 0x14);
    assert_int_equal(in(f, 5), 0xeb);
    out(f, 2, 0x55);
    out(f, 3, 0xaa);
    assert_int_equal(in(f, 2), 0x55);
    assert_int_equal(in(f, 3), 0xaa);
    out(f, 6, 0xb0);
    assert_int_equal(in(f, 6), 0xb0);
    assert_int_equal(in(f, 2), 0x55);
    /* The second channel has no drive: nobody answers. */
    assert_int_equal(fake_in(f->fake, 0x177, 1), 0xff);
    /* Without I/O decoding the first does not either. */
    fake_config_write(f->fake, IDE, PCI_COMMAND, 0, 2);
    assert_int_equal(in(f, 7), 0xff);
}

static void test_identify(void **state)
{
    struct fixture *f = *state;
    uint8_t identity[512];
    out(f, 7, 0xec); /* a disk's: aborted, with the signature */
    assert_true(in(f, 7) & ERROR);
    assert_int_equal(in(f, 1), 4);
    assert_int_equal(in(f, 5), 0xeb);
    out(f, 7, 0xa1);
    assert_true(f->fake->levels[GSI]);
    assert_int_equal(in(f, 7), READY | SEEK | DRQ);
    assert_false(f->fake->levels[GSI]);
    for (unsigned i = 0; i < sizeof(identity); i += 4)
        store32(identity + i, (uint32_t)fake_in(f->fake, BASE, 4));
    assert_int_equal(in(f, 7), READY | SEEK);
    assert_int_equal(load16(identity), 0x85c0);
    assert_memory_equal(identity + 54, "GIVD MVD-DOR M", 14);
    assert_int_equal(load16(identity + 126), 0x0007);
    /* A transfer mode is shown where it was set. */
    out(f, 1, 3);
    out(f, 2, 0x22);
    out(f, 7, 0xef);
    assert_false(in(f, 7) & ERROR);
    out(f, 7, 0xa1);
    for (unsigned i = 0; i < sizeof(identity); i += 2)
        store16(identity + i, (uint16_t)fake_in(f->fake, BASE, 2));
    assert_int_equal(load16(identity + 126), 0x0407);
    out(f, 2, 0x45);
    out(f, 7, 0xef);
    assert_true(in(f, 7) & ERROR);
}

/* Each command's end is an edge, though nobody read the status of the last. */
static void test_interrupts(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 1; i <= 3; i++) {
        out(f, 7, 0xe5); /* CHECK POWER MODE */
        assert_true(f->fake->levels[GSI]);
        assert_int_equal(f->fake->rises[GSI], i);
    }
    assert_int_equal(fake_in(f->fake, CONTROL, 1), READY | SEEK); /* without effect */
    assert_true(f->fake->levels[GSI]);
    fake_out(f->fake, CONTROL, 0x02, 1); /* not wanted now */
    assert_false(f->fake->levels[GSI]);
    fake_out(f->fake, CONTROL, 0x00, 1);
    assert_true(f->fake->levels[GSI]);
    out(f, 6, 0xb0); /* of a drive that is not selected */
    assert_false(f->fake->levels[GSI]);
}

static void test_inquiry(void **state)
{
    struct fixture *f = *state;
    const uint8_t inquiry[12] = { 0x12, 0, 0, 0, 36 };
    const uint8_t short_one[12] = { 0x12, 0, 0, 0, 5 };
    const uint8_t capacity[12] = { 0x25 };
    uint8_t answer[64];
    assert_int_equal(command(f, inquiry, answer, sizeof(answer)), 36);
    assert_int_equal(answer[0], 5);
    assert_int_equal(answer[1], 0x80);
    assert_memory_equal(answer + 8, "IGDVM   DVD-ROM ", 16);
    assert_int_equal(command(f, short_one, answer, sizeof(answer)), 5);
    assert_int_equal(command(f, capacity, answer, sizeof(answer)), 8);
    assert_memory_equal(answer, ((uint8_t[]){ 0, 0, 0, BLOCKS - 1, 0, 0, 8, 0 }), 8);
    const uint8_t unknown[12] = { 0xf1 };
    assert_int_equal(command(f, unknown, answer, sizeof(answer)), -1);
    assert_int_equal(in(f, 1), 0x54);
    assert_int_equal(sense(f), 0x052000);
    assert_int_equal(sense(f), 0);
}

static void check_pattern(const uint8_t *bytes, size_t size, size_t from)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != pattern(from + i))
            fail_msg("byte %zu is %02x, not %02x", from + i, bytes[i],
                     pattern(from + i));
    }
}

static void test_read_pio(void **state)
{
    struct fixture *f = *state;
    static uint8_t data[BLOCKS * BLOCK];
    static const unsigned limits[] = { BLOCK, 0, 0xffff, 3000, 1 };
    const uint8_t all[12] = { 0xa8, 0, 0, 0, 0, 0, 0, 0, 0, BLOCKS };
    for (unsigned i = 0; i < ARRAY_SIZE(limits); i++) {
        memset(data, 0, sizeof(data));
        assert_int_equal(send(f, all, false, limits[i]), READY | SEEK | DRQ);
        assert_int_equal(take(f, data, sizeof(data)), sizeof(data));
        check_pattern(data, sizeof(data), 0);
    }
    const uint8_t last[12] = { 0x28, 0, 0, 0, 0, BLOCKS - 1, 0, 0, 1 };
    assert_int_equal(command(f, last, data, sizeof(data)), BLOCK);
    check_pattern(data, BLOCK, (size_t)(BLOCKS - 1) * BLOCK);
    const uint8_t none[12] = { 0x28, 0, 0, 0, 0, 7, 0, 0, 0 };
    assert_int_equal(command(f, none, data, sizeof(data)), 0);
    const uint8_t past[12] = { 0x28, 0, 0, 0, 0, BLOCKS - 1, 0, 0, 2 };
    assert_int_equal(command(f, past, data, sizeof(data)), -1);
    assert_int_equal(sense(f), 0x052100);
    const uint8_t wild[12] = {
        0xa8, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
    };
    assert_int_equal(command(f, wild, data, sizeof(data)), -1);
    /* Raw sectors cannot be had, their user data can. */
    const uint8_t raw[12] = { 0xbe, 0, 0, 0, 0, 1, 0, 0, 1, 0xf8 };
    assert_int_equal(command(f, raw, data, sizeof(data)), -1);
    const uint8_t user[12] = { 0xbe, 0, 0, 0, 0, 1, 0, 0, 1, 0x10 };
    assert_int_equal(command(f, user, data, sizeof(data)), BLOCK);
    check_pattern(data, BLOCK, BLOCK);
}

/* Descriptors for `size` bytes to BUFFER, in pieces of `piece`. */
static void describe(struct fixture *f, uint32_t size, uint32_t piece)
{
    uint8_t *at = fake_ram(f->fake, DESCRIPTORS);
    for (uint32_t done = 0; done < size; done += piece, at += 8) {
        uint32_t count = size - done < piece ? size - done : piece;
        store32(at, BUFFER + done);
        store32(at + 4, (count & 0xffff) | (done + count >= size ? 0x80000000u : 0));
    }
    fake_out(f->fake, MASTER + 4, DESCRIPTORS, 4);
    fake_out(f->fake, MASTER + 2, 0x06, 1);
    fake_out(f->fake, MASTER, 0x08, 1);
}

static bool interrupted(void *opaque)
{
    struct fixture *f = opaque;
    return fake_in(f->fake, MASTER + 2, 1) & 4;
}

static void run_master(struct fixture *f)
{
    fake_out(f->fake, MASTER, 0x09, 1);
    assert_true(interrupted(f) || fake_run_until(f->fake, interrupted, f, 2000));
    assert_true(f->fake->levels[GSI]);
}

static void test_read_dma(void **state)
{
    struct fixture *f = *state;
    const uint8_t read[12] = { 0x28, 0, 0, 0, 0, 10, 0, 0, 6 };
    const uint32_t size = 6 * BLOCK;
    static const uint32_t pieces[] = { 6 * BLOCK, 4096, 510 };
    for (unsigned i = 0; i < ARRAY_SIZE(pieces); i++) {
        memset(fake_ram(f->fake, BUFFER), 0, size);
        describe(f, size, pieces[i]);
        send(f, read, true, 0);
        run_master(f);
        assert_int_equal(fake_in(f->fake, MASTER + 2, 1), 4);
        assert_int_equal(in(f, 7), READY | SEEK);
        check_pattern(fake_ram(f->fake, BUFFER), size, (size_t)10 * BLOCK);
        fake_out(f->fake, MASTER, 0x00, 1);
    }
    /* More room than data: the engine stays active, which tells so. */
    describe(f, size + BLOCK, size + BLOCK);
    send(f, read, true, 0);
    run_master(f);
    assert_int_equal(fake_in(f->fake, MASTER + 2, 1), 5);
    assert_false(in(f, 7) & ERROR);
    fake_out(f->fake, MASTER, 0x00, 1);
    /* Too little room, and descriptors that point nowhere. */
    describe(f, BLOCK, BLOCK);
    send(f, read, true, 0);
    run_master(f);
    assert_int_equal(fake_in(f->fake, MASTER + 2, 1), 6);
    assert_true(in(f, 7) & ERROR);
    assert_int_equal(sense(f), 0x0b4b00);
    describe(f, size, size);
    store32(fake_ram(f->fake, DESCRIPTORS), 0xf0000000);
    send(f, read, true, 0);
    run_master(f);
    assert_int_equal(fake_in(f->fake, MASTER + 2, 1), 6);
    assert_true(in(f, 7) & ERROR);
}

/* A table without a last descriptor ends where its 64 KiB do. */
static void test_endless_table(void **state)
{
    struct fixture *f = *state;
    const uint8_t read[12] = { 0x28, 0, 0, 0, 0, 0, 0, 0, BLOCKS };
    enum { TABLE = 0xfff0 };
    for (unsigned i = 0; i < 0x20; i += 8) {
        store32(fake_ram(f->fake, TABLE + i), BUFFER);
        store32(fake_ram(f->fake, TABLE + i + 4), 2);
    }
    fake_out(f->fake, MASTER + 4, TABLE, 4);
    fake_out(f->fake, MASTER, 0x08, 1);
    send(f, read, true, 0);
    run_master(f);
    assert_int_equal(fake_in(f->fake, MASTER + 2, 1), 6);
    assert_true(in(f, 7) & ERROR);
}

static void test_reset_while_reading(void **state)
{
    struct fixture *f = *state;
    const uint8_t read[12] = { 0x28, 0, 0, 0, 0, 10, 0, 0, 40 };
    const uint8_t other[12] = { 0x28, 0, 0, 0, 0, 3, 0, 0, 1 };
    uint8_t data[BLOCK];
    out(f, 1, 0);
    out(f, 7, 0xa0);
    for (unsigned i = 0; i < 12; i += 2)
        fake_out(f->fake, BASE, load16(read + i), 2);
    assert_true(in(f, 7) & BUSY);
    out(f, 7, 0xec); /* not heard while it is busy */
    out(f, 7, 0x08); /* DEVICE RESET is */
    assert_false(in(f, 7) & BUSY);
    assert_int_equal(command(f, other, data, sizeof(data)), BLOCK);
    check_pattern(data, BLOCK, (size_t)3 * BLOCK);
    fake_reset(f->fake, f->ide);
    assert_int_equal(in(f, 4), 0x14);
}

static void test_empty_drive(void **state)
{
    struct fixture *f = *state;
    const uint8_t ready[12] = { 0x00 };
    const uint8_t event[12] = { 0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8 };
    uint8_t answer[64];
    struct error err = { 0 };
    out(f, 6, 0xb0);
    assert_int_equal(command(f, ready, answer, sizeof(answer)), -1);
    assert_int_equal(sense(f), 0x023a01);
    /* A disc is put in: the guest is told once. */
    char path[64];
    make_disc(path, 4 * BLOCK);
    assert_int_equal(piix3_ide_change(f->ide, 1, "/nowhere/x.iso", false, &err), -EIO);
    assert_non_null(strstr(err.text, "/nowhere/x.iso"));
    assert_int_equal(piix3_ide_change(f->ide, 1, path, false, &err), 0);
    assert_int_equal(command(f, event, answer, sizeof(answer)), 8);
    assert_memory_equal(answer, ((uint8_t[]){ 0, 6, 4, 0x10, 2, 2, 0, 0 }), 8);
    assert_int_equal(command(f, ready, answer, sizeof(answer)), -1);
    assert_int_equal(sense(f), 0x062800);
    assert_int_equal(command(f, ready, answer, sizeof(answer)), 0);
    assert_int_equal(piix3_ide_change(f->ide, 2, path, false, &err), -EINVAL);
    assert_int_equal(piix3_ide_change(f->ide, 1, NULL, false, &err), 0);
    assert_int_equal(command(f, ready, answer, sizeof(answer)), -1);
    assert_int_equal(command(f, ready, answer, sizeof(answer)), -1);
    assert_int_equal(sense(f), 0x023a02);
    unlink(path);
}

static void test_eject(void **state)
{
    struct fixture *f = *state;
    const uint8_t ready[12] = { 0x00 };
    const uint8_t lock[12] = { 0x1e, 0, 0, 0, 1 }, unlock[12] = { 0x1e };
    const uint8_t eject[12] = { 0x1b, 0, 0, 0, 2 }, load[12] = { 0x1b, 0, 0, 0, 3 };
    const uint8_t event[12] = { 0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8 };
    uint8_t answer[64];
    struct error err = { 0 };
    assert_int_equal(command(f, lock, answer, sizeof(answer)), 0);
    assert_int_equal(command(f, eject, answer, sizeof(answer)), -1);
    assert_int_equal(sense(f), 0x055302);
    assert_int_equal(piix3_ide_change(f->ide, 0, NULL, false, &err), -EBUSY);
    assert_int_equal(command(f, event, answer, sizeof(answer)), 8);
    assert_int_equal(answer[4], 1);
    assert_int_equal(command(f, unlock, answer, sizeof(answer)), 0);
    assert_int_equal(command(f, eject, answer, sizeof(answer)), 0);
    assert_int_equal(command(f, event, answer, sizeof(answer)), 8);
    assert_int_equal(answer[4], 3);
    assert_int_equal(answer[5], 1);
    assert_int_equal(command(f, ready, answer, sizeof(answer)), -1);
    assert_int_equal(sense(f), 0x023a02);
    fake_reset(f->fake, f->ide); /* the tray stays open: it must not boot again */
    assert_int_equal(command(f, ready, answer, sizeof(answer)), -1);
    assert_int_equal(command(f, load, answer, sizeof(answer)), 0);
    assert_int_equal(command(f, ready, answer, sizeof(answer)), 0);
}

/* The disc goes while the host takes data: the command ends, and nothing else does. */
static void test_disc_gone_while_reading(void **state)
{
    struct fixture *f = *state;
    const uint8_t read[12] = { 0x28, 0, 0, 0, 0, 0, 0, 0, 64 };
    static uint8_t data[64 * BLOCK];
    assert_int_equal(send(f, read, false, BLOCK), READY | SEEK | DRQ);
    assert_int_equal(piix3_ide_change(f->ide, 0, NULL, true, NULL), 0);
    assert_int_equal(take(f, data, sizeof(data)), 32 * BLOCK);
    assert_true(in(f, 7) & ERROR);
    assert_int_equal(sense(f), 0x031100);
}

static void test_contents(void **state)
{
    struct fixture *f = *state;
    uint8_t answer[4096];
    const uint8_t toc[12] = { 0x43, 0, 0, 0, 0, 0, 0, 1, 0 };
    assert_int_equal(command(f, toc, answer, sizeof(answer)), 20);
    assert_memory_equal(answer,
                        ((uint8_t[]){ 0, 18, 1, 1,    0,    0x14, 1, 0, 0, 0,
                                      0, 0,  0, 0x14, 0xaa, 0,    0, 0, 0, BLOCKS }),
                        20);
    const uint8_t minutes[12] = { 0x43, 2, 0, 0, 0, 0, 0xaa, 1, 0 };
    assert_int_equal(command(f, minutes, answer, sizeof(answer)), 12);
    assert_memory_equal(answer + 8, ((uint8_t[]){ 0, 0, 3, BLOCKS - 75 }), 4);
    const uint8_t full[12] = { 0x43, 0, 2, 0, 0, 0, 0, 1, 0 };
    assert_int_equal(command(f, full, answer, sizeof(answer)), 48);
    const uint8_t configuration[12] = { 0x46, 0, 0, 0, 0, 0, 0, 8, 0 };
    long size = command(f, configuration, answer, sizeof(answer));
    assert_true(size > 8);
    assert_int_equal(answer[3], size - 4);
    assert_int_equal(answer[7], 0x08); /* a CD */
    const uint8_t one[12] = { 0x46, 2, 0, 3, 0, 0, 0, 8, 0 };
    assert_int_equal(command(f, one, answer, sizeof(answer)), 16);
    assert_memory_equal(answer + 8, ((uint8_t[]){ 0, 3, 3, 4, 0x29 }), 5);
    const uint8_t mode[12] = { 0x5a, 0, 0x2a, 0, 0, 0, 0, 1, 0 };
    assert_int_equal(command(f, mode, answer, sizeof(answer)), 30);
    assert_int_equal(answer[8], 0x2a);
    const uint8_t pages[12] = { 0x5a, 0, 0x3f, 0, 0, 0, 0, 1, 0 };
    assert_int_equal(command(f, pages, answer, sizeof(answer)), 8 + 8 + 16 + 22);
    const uint8_t information[12] = { 0x51, 0, 0, 0, 0, 0, 0, 1, 0 };
    assert_int_equal(command(f, information, answer, sizeof(answer)), 34);
    const uint8_t track[12] = { 0x52, 1, 0, 0, 0, 1, 0, 1, 0 };
    assert_int_equal(command(f, track, answer, sizeof(answer)), 36);
    assert_int_equal(answer[27], BLOCKS);
    const uint8_t mechanism[12] = { 0xbd, 0, 0, 0, 0, 0, 0, 0, 1, 0 };
    assert_int_equal(command(f, mechanism, answer, sizeof(answer)), 8);
    const uint8_t structure[12] = { 0xad, 0, 0, 0, 0, 0, 0, 0, 1, 0 };
    assert_int_equal(command(f, structure, answer, sizeof(answer)), -1);
    assert_int_equal(sense(f), 0x053002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_detection, setup, teardown),
        cmocka_unit_test_setup_teardown(test_identify, setup, teardown),
        cmocka_unit_test_setup_teardown(test_interrupts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inquiry, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_pio, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_dma, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_pio, setup_slow, teardown),
        cmocka_unit_test_setup_teardown(test_read_dma, setup_slow, teardown),
        cmocka_unit_test_setup_teardown(test_endless_table, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset_while_reading, setup_slow, teardown),
        cmocka_unit_test_setup_teardown(test_empty_drive, setup, teardown),
        cmocka_unit_test_setup_teardown(test_eject, setup, teardown),
        cmocka_unit_test_setup_teardown(test_disc_gone_while_reading, setup, teardown),
        cmocka_unit_test_setup_teardown(test_contents, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
