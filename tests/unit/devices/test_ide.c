/* test_ide.c: the IDE controller: its registers, PIO and DMA, with an optical drive. */
#include "ide_rig.h"

#include "base/bytes.h" /* loads, stores */
#include "pci/regs.h"   /* configuration space */

#define DESCRIPTORS 0x1000 /* in guest RAM */
#define BUFFER      0x4000

static void test_detection(void **state)
{
    struct ide_rig *rig = *state;
    assert_int_equal(fake_config_read(rig->fake, IDE_FUNCTION, 0, 4), 0x70108086);
    assert_int_equal(fake_config_read(rig->fake, IDE_FUNCTION, PCI_REVISION, 4) >> 8,
                     0x010180);
    fake_out(rig->fake, IDE_CONTROL, 0x06, 1);
    assert_int_equal(drive_in(rig, 7), IDE_BUSY);
    fake_out(rig->fake, IDE_CONTROL, 0x00, 1);
    drive_out(rig, 6, 0xa0);
    /* The signature of a packet device, and registers that hold what is written. */
    assert_int_equal(drive_in(rig, 4), 0x14);
    assert_int_equal(drive_in(rig, 5), 0xeb);
    drive_out(rig, 2, 0x55);
    drive_out(rig, 3, 0xaa);
    assert_int_equal(drive_in(rig, 2), 0x55);
    assert_int_equal(drive_in(rig, 3), 0xaa);
    drive_out(rig, 6, 0xb0);
    assert_int_equal(drive_in(rig, 6), 0xb0);
    assert_int_equal(drive_in(rig, 2), 0x55);
    /* The second channel has no drive: nobody is busy there. */
    assert_int_equal(fake_in(rig->fake, 0x177, 1), 0);
    fake_out(rig->fake, 0x172, 0x55, 1);
    assert_int_equal(fake_in(rig->fake, 0x172, 1), 0);
    /* Without I/O decoding the first does not either. */
    fake_config_write(rig->fake, IDE_FUNCTION, PCI_COMMAND, 0, 2);
    assert_int_equal(drive_in(rig, 7), 0xff);
}

static void test_identify(void **state)
{
    struct ide_rig *rig = *state;
    uint8_t identity[512];
    drive_out(rig, 7, 0xec); /* a disk's: aborted, with the signature */
    assert_true(drive_in(rig, 7) & IDE_ERROR);
    assert_int_equal(drive_in(rig, 1), 4);
    assert_int_equal(drive_in(rig, 5), 0xeb);
    drive_out(rig, 7, 0xa1);
    assert_true(rig->fake->levels[IDE_GSI]);
    assert_int_equal(drive_in(rig, 7), IDE_READY | IDE_SEEK | IDE_DRQ);
    assert_false(rig->fake->levels[IDE_GSI]);
    for (unsigned i = 0; i < sizeof(identity); i += 4)
        store32(identity + i, (uint32_t)fake_in(rig->fake, IDE_BASE, 4));
    assert_int_equal(drive_in(rig, 7), IDE_READY | IDE_SEEK);
    assert_int_equal(load16(identity), 0x85c0);
    assert_memory_equal(identity + 54, "GIVD MVD-DOR M", 14);
    assert_int_equal(load16(identity + 126), 0x0007);
    /* A transfer mode is shown where it was set. */
    drive_out(rig, 1, 3);
    drive_out(rig, 2, 0x22);
    drive_out(rig, 7, 0xef);
    assert_false(drive_in(rig, 7) & IDE_ERROR);
    drive_out(rig, 7, 0xa1);
    for (unsigned i = 0; i < sizeof(identity); i += 2)
        store16(identity + i, (uint16_t)fake_in(rig->fake, IDE_BASE, 2));
    assert_int_equal(load16(identity + 126), 0x0407);
    drive_out(rig, 2, 0x45);
    drive_out(rig, 7, 0xef);
    assert_true(drive_in(rig, 7) & IDE_ERROR);
}

/* Each command's end is an edge, though nobody read the status of the last. */
static void test_interrupts(void **state)
{
    struct ide_rig *rig = *state;
    for (unsigned i = 1; i <= 3; i++) {
        drive_out(rig, 7, 0xe5); /* CHECK POWER MODE */
        assert_true(rig->fake->levels[IDE_GSI]);
        assert_int_equal(rig->fake->rises[IDE_GSI], i);
    }
    assert_int_equal(fake_in(rig->fake, IDE_CONTROL, 1),
                     IDE_READY | IDE_SEEK); /* without effect */
    assert_true(rig->fake->levels[IDE_GSI]);
    fake_out(rig->fake, IDE_CONTROL, 0x02, 1); /* not wanted now */
    assert_false(rig->fake->levels[IDE_GSI]);
    fake_out(rig->fake, IDE_CONTROL, 0x00, 1);
    assert_true(rig->fake->levels[IDE_GSI]);
    drive_out(rig, 6, 0xb0); /* of a drive that is not selected */
    assert_false(rig->fake->levels[IDE_GSI]);
}

static void test_read_pio(void **state)
{
    struct ide_rig *rig = *state;
    static uint8_t data[DISC_BLOCKS * DISC_BLOCK];
    static const unsigned limits[] = { DISC_BLOCK, 0, 0xffff, 3000, 1 };
    const uint8_t all[12] = { 0xa8, 0, 0, 0, 0, 0, 0, 0, 0, DISC_BLOCKS };
    for (unsigned i = 0; i < ARRAY_SIZE(limits); i++) {
        memset(data, 0, sizeof(data));
        assert_int_equal(drive_send(rig, all, false, limits[i]),
                         IDE_READY | IDE_SEEK | IDE_DRQ);
        assert_int_equal(drive_take(rig, data, sizeof(data)), sizeof(data));
        ide_check_pattern(data, sizeof(data), 0);
    }
    const uint8_t last[12] = { 0x28, 0, 0, 0, 0, DISC_BLOCKS - 1, 0, 0, 1 };
    assert_int_equal(drive_command(rig, last, data, sizeof(data)), DISC_BLOCK);
    ide_check_pattern(data, DISC_BLOCK, (size_t)(DISC_BLOCKS - 1) * DISC_BLOCK);
    const uint8_t none[12] = { 0x28, 0, 0, 0, 0, 7, 0, 0, 0 };
    assert_int_equal(drive_command(rig, none, data, sizeof(data)), 0);
    const uint8_t past[12] = { 0x28, 0, 0, 0, 0, DISC_BLOCKS - 1, 0, 0, 2 };
    assert_int_equal(drive_command(rig, past, data, sizeof(data)), -1);
    assert_int_equal(drive_sense(rig), 0x052100);
    const uint8_t wild[12] = {
        0xa8, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
    };
    assert_int_equal(drive_command(rig, wild, data, sizeof(data)), -1);
    /* Raw sectors cannot be had, their user data can. */
    const uint8_t raw[12] = { 0xbe, 0, 0, 0, 0, 1, 0, 0, 1, 0xf8 };
    assert_int_equal(drive_command(rig, raw, data, sizeof(data)), -1);
    const uint8_t user[12] = { 0xbe, 0, 0, 0, 0, 1, 0, 0, 1, 0x10 };
    assert_int_equal(drive_command(rig, user, data, sizeof(data)), DISC_BLOCK);
    ide_check_pattern(data, DISC_BLOCK, DISC_BLOCK);
}

/* Descriptors for `size` bytes to BUFFER, in pieces of `piece`. */
static void describe(struct ide_rig *rig, uint32_t size, uint32_t piece)
{
    uint8_t *at = fake_ram(rig->fake, DESCRIPTORS);
    for (uint32_t done = 0; done < size; done += piece, at += 8) {
        uint32_t count = size - done < piece ? size - done : piece;
        store32(at, BUFFER + done);
        store32(at + 4, (count & 0xffff) | (done + count >= size ? 0x80000000u : 0));
    }
    fake_out(rig->fake, IDE_MASTER + 4, DESCRIPTORS, 4);
    fake_out(rig->fake, IDE_MASTER + 2, 0x06, 1);
    fake_out(rig->fake, IDE_MASTER, 0x08, 1);
}

static bool interrupted(void *opaque)
{
    struct ide_rig *rig = opaque;
    return fake_in(rig->fake, IDE_MASTER + 2, 1) & 4;
}

static void run_master(struct ide_rig *rig)
{
    fake_out(rig->fake, IDE_MASTER, 0x09, 1);
    assert_true(interrupted(rig) || fake_run_until(rig->fake, interrupted, rig, 2000));
    assert_true(rig->fake->levels[IDE_GSI]);
}

static void test_read_dma(void **state)
{
    struct ide_rig *rig = *state;
    const uint8_t read[12] = { 0x28, 0, 0, 0, 0, 10, 0, 0, 6 };
    const uint32_t size = 6 * DISC_BLOCK;
    static const uint32_t pieces[] = { 6 * DISC_BLOCK, 4096, 510 };
    for (unsigned i = 0; i < ARRAY_SIZE(pieces); i++) {
        memset(fake_ram(rig->fake, BUFFER), 0, size);
        describe(rig, size, pieces[i]);
        drive_send(rig, read, true, 0);
        run_master(rig);
        assert_int_equal(fake_in(rig->fake, IDE_MASTER + 2, 1), 4);
        assert_int_equal(drive_in(rig, 7), IDE_READY | IDE_SEEK);
        ide_check_pattern(fake_ram(rig->fake, BUFFER), size, (size_t)10 * DISC_BLOCK);
        fake_out(rig->fake, IDE_MASTER, 0x00, 1);
    }
    /* More room than data: the engine stays active, which tells so. */
    describe(rig, size + DISC_BLOCK, size + DISC_BLOCK);
    drive_send(rig, read, true, 0);
    run_master(rig);
    assert_int_equal(fake_in(rig->fake, IDE_MASTER + 2, 1), 5);
    assert_false(drive_in(rig, 7) & IDE_ERROR);
    fake_out(rig->fake, IDE_MASTER, 0x00, 1);
    /* Too little room, and descriptors that point nowhere. */
    describe(rig, DISC_BLOCK, DISC_BLOCK);
    drive_send(rig, read, true, 0);
    run_master(rig);
    assert_int_equal(fake_in(rig->fake, IDE_MASTER + 2, 1), 6);
    assert_true(drive_in(rig, 7) & IDE_ERROR);
    assert_int_equal(drive_sense(rig), 0x0b4b00);
    describe(rig, size, size);
    store32(fake_ram(rig->fake, DESCRIPTORS), 0xf0000000);
    drive_send(rig, read, true, 0);
    run_master(rig);
    assert_int_equal(fake_in(rig->fake, IDE_MASTER + 2, 1), 6);
    assert_true(drive_in(rig, 7) & IDE_ERROR);
}

/* A table without a last descriptor ends where its 64 KiB do. */
static void test_endless_table(void **state)
{
    struct ide_rig *rig = *state;
    const uint8_t read[12] = { 0x28, 0, 0, 0, 0, 0, 0, 0, DISC_BLOCKS };
    enum { TABLE = 0xfff0 };
    for (unsigned i = 0; i < 0x20; i += 8) {
        store32(fake_ram(rig->fake, TABLE + i), BUFFER);
        store32(fake_ram(rig->fake, TABLE + i + 4), 2);
    }
    fake_out(rig->fake, IDE_MASTER + 4, TABLE, 4);
    fake_out(rig->fake, IDE_MASTER, 0x08, 1);
    drive_send(rig, read, true, 0);
    run_master(rig);
    assert_int_equal(fake_in(rig->fake, IDE_MASTER + 2, 1), 6);
    assert_true(drive_in(rig, 7) & IDE_ERROR);
}

static void test_reset_while_reading(void **state)
{
    struct ide_rig *rig = *state;
    const uint8_t read[12] = { 0x28, 0, 0, 0, 0, 10, 0, 0, 40 };
    const uint8_t other[12] = { 0x28, 0, 0, 0, 0, 3, 0, 0, 1 };
    uint8_t data[DISC_BLOCK];
    drive_out(rig, 1, 0);
    drive_out(rig, 7, 0xa0);
    for (unsigned i = 0; i < 12; i += 2)
        fake_out(rig->fake, IDE_BASE, load16(read + i), 2);
    assert_true(drive_in(rig, 7) & IDE_BUSY);
    drive_out(rig, 7, 0xec); /* not heard while it is busy */
    drive_out(rig, 7, 0x08); /* DEVICE RESET is */
    assert_false(drive_in(rig, 7) & IDE_BUSY);
    assert_int_equal(drive_command(rig, other, data, sizeof(data)), DISC_BLOCK);
    ide_check_pattern(data, DISC_BLOCK, (size_t)3 * DISC_BLOCK);
    fake_reset(rig->fake, rig->ide);
    assert_int_equal(drive_in(rig, 4), 0x14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_detection, ide_setup, ide_teardown),
        cmocka_unit_test_setup_teardown(test_identify, ide_setup, ide_teardown),
        cmocka_unit_test_setup_teardown(test_interrupts, ide_setup, ide_teardown),
        cmocka_unit_test_setup_teardown(test_read_pio, ide_setup, ide_teardown),
        cmocka_unit_test_setup_teardown(test_read_dma, ide_setup, ide_teardown),
        cmocka_unit_test_setup_teardown(test_read_pio, ide_setup_slow, ide_teardown),
        cmocka_unit_test_setup_teardown(test_read_dma, ide_setup_slow, ide_teardown),
        cmocka_unit_test_setup_teardown(test_endless_table, ide_setup, ide_teardown),
        cmocka_unit_test_setup_teardown(test_reset_while_reading, ide_setup_slow,
                                        ide_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
