/* test_optical.c: what the optical drive answers, and discs that come and go. */
#include "ide_rig.h"

#include "base/error.h"             /* struct error */
#include "devices/optical_medium.h" /* discs */
#include "devices/piix3_ide.h"      /* piix3_ide_change */

#include <fcntl.h>  /* open */
#include <string.h> /* strstr */
#include <unistd.h> /* unlink */

static void test_inquiry(void **state)
{
    struct ide_rig *rig = *state;
    const uint8_t inquiry[12] = { 0x12, 0, 0, 0, 36 };
    const uint8_t short_one[12] = { 0x12, 0, 0, 0, 5 };
    const uint8_t capacity[12] = { 0x25 };
    uint8_t answer[64];
    assert_int_equal(drive_command(rig, inquiry, answer, sizeof(answer)), 36);
    assert_int_equal(answer[0], 5);
    assert_int_equal(answer[1], 0x80);
    assert_memory_equal(answer + 8, "IGDVM   DVD-ROM ", 16);
    assert_int_equal(drive_command(rig, short_one, answer, sizeof(answer)), 5);
    assert_int_equal(drive_command(rig, capacity, answer, sizeof(answer)), 8);
    assert_memory_equal(answer, ((uint8_t[]){ 0, 0, 0, DISC_BLOCKS - 1, 0, 0, 8, 0 }),
                        8);
    const uint8_t unknown[12] = { 0xf1 };
    assert_int_equal(drive_command(rig, unknown, answer, sizeof(answer)), -1);
    assert_int_equal(drive_in(rig, 1), 0x54);
    assert_int_equal(drive_sense(rig), 0x052000);
    assert_int_equal(drive_sense(rig), 0);
}

static void test_empty_drive(void **state)
{
    struct ide_rig *rig = *state;
    const uint8_t ready[12] = { 0x00 };
    const uint8_t event[12] = { 0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8 };
    uint8_t answer[64];
    struct error err = { 0 };
    drive_out(rig, 6, 0xb0);
    assert_int_equal(drive_command(rig, ready, answer, sizeof(answer)), -1);
    assert_int_equal(drive_sense(rig), 0x023a01);
    /* A disc is put in: the guest is told once. */
    char path[64];
    ide_make_disc(path, 4 * DISC_BLOCK);
    struct optical_image disc = { .name = "/nowhere/x.iso", .fd = -1 };
    assert_int_equal(piix3_ide_change(rig->ide, 1, &disc, false, &err), -EIO);
    assert_non_null(strstr(err.text, "/nowhere/x.iso"));
    disc.name = path;
    assert_int_equal(piix3_ide_change(rig->ide, 1, &disc, false, &err), 0);
    assert_int_equal(drive_command(rig, event, answer, sizeof(answer)), 8);
    assert_memory_equal(answer, ((uint8_t[]){ 0, 6, 4, 0x10, 2, 2, 0, 0 }), 8);
    assert_int_equal(drive_command(rig, ready, answer, sizeof(answer)), -1);
    assert_int_equal(drive_sense(rig), 0x062800);
    assert_int_equal(drive_command(rig, ready, answer, sizeof(answer)), 0);
    assert_int_equal(piix3_ide_change(rig->ide, 2, &disc, false, &err), -EINVAL);
    assert_int_equal(piix3_ide_change(rig->ide, 1, NULL, false, &err), 0);
    assert_int_equal(drive_command(rig, ready, answer, sizeof(answer)), -1);
    assert_int_equal(drive_command(rig, ready, answer, sizeof(answer)), -1);
    assert_int_equal(drive_sense(rig), 0x023a02);
    unlink(path);
}

/* A disc that somebody else opened, and gave away. */
static void test_open_disc(void **state)
{
    struct ide_rig *rig = *state;
    const uint8_t ready[12] = { 0x00 };
    const uint8_t read[12] = { 0x28, 0, 0, 0, 0, 3, 0, 0, 1 };
    uint8_t data[DISC_BLOCK];
    char path[64];
    struct error err = { 0 };
    struct optical_image disc = { .name = "given", .fd = open("/dev/null", O_RDONLY) };
    drive_out(rig, 6, 0xb0);
    assert_int_equal(piix3_ide_change(rig->ide, 1, &disc, false, &err), -EIO);
    assert_non_null(strstr(err.text, "given"));
    assert_int_equal(close(disc.fd), 0); /* it was not kept */
    ide_make_disc(path, 4 * DISC_BLOCK);
    disc.fd = open(path, O_RDONLY);
    unlink(path); /* there is no path any more */
    assert_int_equal(piix3_ide_change(rig->ide, 1, &disc, false, &err), 0);
    assert_int_equal(drive_command(rig, ready, data, sizeof(data)), -1); /* changed */
    assert_int_equal(drive_command(rig, read, data, sizeof(data)), DISC_BLOCK);
    ide_check_pattern(data, DISC_BLOCK, (size_t)3 * DISC_BLOCK);
    assert_int_equal(piix3_ide_change(rig->ide, 1, NULL, false, &err), 0);
    assert_int_equal(fcntl(disc.fd, F_GETFD), -1); /* closed with the tray's opening */
}

static void test_eject(void **state)
{
    struct ide_rig *rig = *state;
    const uint8_t ready[12] = { 0x00 };
    const uint8_t lock[12] = { 0x1e, 0, 0, 0, 1 }, unlock[12] = { 0x1e };
    const uint8_t eject[12] = { 0x1b, 0, 0, 0, 2 }, load[12] = { 0x1b, 0, 0, 0, 3 };
    const uint8_t event[12] = { 0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8 };
    uint8_t answer[64];
    struct error err = { 0 };
    assert_int_equal(drive_command(rig, lock, answer, sizeof(answer)), 0);
    assert_int_equal(drive_command(rig, eject, answer, sizeof(answer)), -1);
    assert_int_equal(drive_sense(rig), 0x055302);
    assert_int_equal(piix3_ide_change(rig->ide, 0, NULL, false, &err), -EBUSY);
    assert_int_equal(drive_command(rig, event, answer, sizeof(answer)), 8);
    assert_int_equal(answer[4], 1);
    assert_int_equal(drive_command(rig, unlock, answer, sizeof(answer)), 0);
    assert_int_equal(drive_command(rig, eject, answer, sizeof(answer)), 0);
    assert_int_equal(drive_command(rig, event, answer, sizeof(answer)), 8);
    assert_int_equal(answer[4], 3);
    assert_int_equal(answer[5], 1);
    assert_int_equal(drive_command(rig, ready, answer, sizeof(answer)), -1);
    assert_int_equal(drive_sense(rig), 0x023a02);
    fake_reset(rig->fake, rig->ide); /* the tray stays open: it must not boot again */
    assert_int_equal(drive_command(rig, ready, answer, sizeof(answer)), -1);
    assert_int_equal(drive_command(rig, load, answer, sizeof(answer)), 0);
    assert_int_equal(drive_command(rig, ready, answer, sizeof(answer)), 0);
}

/* The disc goes while the host takes data: the command ends, and nothing else does. */
static void test_disc_gone_while_reading(void **state)
{
    struct ide_rig *rig = *state;
    const uint8_t read[12] = { 0x28, 0, 0, 0, 0, 0, 0, 0, 64 };
    static uint8_t data[64 * DISC_BLOCK];
    assert_int_equal(drive_send(rig, read, false, DISC_BLOCK),
                     IDE_READY | IDE_SEEK | IDE_DRQ);
    assert_int_equal(piix3_ide_change(rig->ide, 0, NULL, true, NULL), 0);
    assert_int_equal(drive_take(rig, data, sizeof(data)), 32 * DISC_BLOCK);
    assert_true(drive_in(rig, 7) & IDE_ERROR);
    assert_int_equal(drive_sense(rig), 0x031100);
}

static void test_contents(void **state)
{
    struct ide_rig *rig = *state;
    uint8_t answer[4096];
    const uint8_t toc[12] = { 0x43, 0, 0, 0, 0, 0, 0, 1, 0 };
    assert_int_equal(drive_command(rig, toc, answer, sizeof(answer)), 20);
    assert_memory_equal(
        answer, ((uint8_t[]){ 0, 18, 1, 1,    0,    0x14, 1, 0, 0, 0,
                              0, 0,  0, 0x14, 0xaa, 0,    0, 0, 0, DISC_BLOCKS }),
        20);
    const uint8_t minutes[12] = { 0x43, 2, 0, 0, 0, 0, 0xaa, 1, 0 };
    assert_int_equal(drive_command(rig, minutes, answer, sizeof(answer)), 12);
    assert_memory_equal(answer + 8, ((uint8_t[]){ 0, 0, 3, DISC_BLOCKS - 75 }), 4);
    const uint8_t full[12] = { 0x43, 0, 2, 0, 0, 0, 0, 1, 0 };
    assert_int_equal(drive_command(rig, full, answer, sizeof(answer)), 48);
    const uint8_t configuration[12] = { 0x46, 0, 0, 0, 0, 0, 0, 8, 0 };
    long size = drive_command(rig, configuration, answer, sizeof(answer));
    assert_true(size > 8);
    assert_int_equal(answer[3], size - 4);
    assert_int_equal(answer[7], 0x08); /* a CD */
    const uint8_t one[12] = { 0x46, 2, 0, 3, 0, 0, 0, 8, 0 };
    assert_int_equal(drive_command(rig, one, answer, sizeof(answer)), 16);
    assert_memory_equal(answer + 8, ((uint8_t[]){ 0, 3, 3, 4, 0x29 }), 5);
    const uint8_t mode[12] = { 0x5a, 0, 0x2a, 0, 0, 0, 0, 1, 0 };
    assert_int_equal(drive_command(rig, mode, answer, sizeof(answer)), 30);
    assert_int_equal(answer[8], 0x2a);
    const uint8_t pages[12] = { 0x5a, 0, 0x3f, 0, 0, 0, 0, 1, 0 };
    assert_int_equal(drive_command(rig, pages, answer, sizeof(answer)),
                     8 + 8 + 16 + 22);
    const uint8_t information[12] = { 0x51, 0, 0, 0, 0, 0, 0, 1, 0 };
    assert_int_equal(drive_command(rig, information, answer, sizeof(answer)), 34);
    const uint8_t track[12] = { 0x52, 1, 0, 0, 0, 1, 0, 1, 0 };
    assert_int_equal(drive_command(rig, track, answer, sizeof(answer)), 36);
    assert_int_equal(answer[27], DISC_BLOCKS);
    const uint8_t mechanism[12] = { 0xbd, 0, 0, 0, 0, 0, 0, 0, 1, 0 };
    assert_int_equal(drive_command(rig, mechanism, answer, sizeof(answer)), 8);
    const uint8_t structure[12] = { 0xad, 0, 0, 0, 0, 0, 0, 0, 1, 0 };
    assert_int_equal(drive_command(rig, structure, answer, sizeof(answer)), -1);
    assert_int_equal(drive_sense(rig), 0x053002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_inquiry, ide_setup, ide_teardown),
        cmocka_unit_test_setup_teardown(test_empty_drive, ide_setup, ide_teardown),
        cmocka_unit_test_setup_teardown(test_open_disc, ide_setup, ide_teardown),
        cmocka_unit_test_setup_teardown(test_eject, ide_setup, ide_teardown),
        cmocka_unit_test_setup_teardown(test_disc_gone_while_reading, ide_setup,
                                        ide_teardown),
        cmocka_unit_test_setup_teardown(test_contents, ide_setup, ide_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
