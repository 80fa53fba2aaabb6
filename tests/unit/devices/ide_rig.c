/* ide_rig.c: sends an optical drive packets and takes its answers by port accesses. */
#include "ide_rig.h"

#include "base/bytes.h"        /* loads */
#include "devices/device.h"    /* free */
#include "devices/piix3_ide.h" /* the controller */
#include "pci/regs.h"          /* configuration space */

#include <stdlib.h> /* mkstemp */
#include <unistd.h> /* write */

/* Byte `at` of the test disc. */
static uint8_t pattern(size_t at)
{
    return (uint8_t)(at * 7 + at / DISC_BLOCK * 13);
}

void ide_make_disc(char *path, size_t size)
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

uint8_t drive_in(struct ide_rig *rig, unsigned port)
{
    return (uint8_t)fake_in(rig->fake, (uint16_t)(IDE_BASE + port), 1);
}

void drive_out(struct ide_rig *rig, unsigned port, uint8_t value)
{
    fake_out(rig->fake, (uint16_t)(IDE_BASE + port), value, 1);
}

static void place(struct ide_rig *rig)
{
    fake_config_write(rig->fake, IDE_FUNCTION, PCI_BAR(4), IDE_MASTER, 4);
    fake_config_write(rig->fake, IDE_FUNCTION, 0x40, 0x80008000, 4);
    fake_config_write(rig->fake, IDE_FUNCTION, PCI_COMMAND,
                      PCI_COMMAND_IO | PCI_COMMAND_MASTER, 2);
}

static int setup_with(void **state, enum disk_engine_choice engine)
{
    struct ide_rig *rig = test_calloc(1, sizeof(*rig));
    rig->fake = fake_board_new();
    ide_make_disc(rig->path, (size_t)DISC_BLOCKS * DISC_BLOCK);
    struct piix3_ide_options options = { .count = 2,
                                         .discs = { rig->path, NULL },
                                         .engine = engine };
    rig->ide = piix3_ide_new(&rig->fake->board, &options, NULL);
    assert_non_null(rig->ide);
    place(rig);
    *state = rig;
    return 0;
}

int ide_setup(void **state)
{
    return setup_with(state, DISK_ENGINE_AUTO);
}

int ide_setup_slow(void **state)
{
    return setup_with(state, DISK_ENGINE_THREAD);
}

int ide_teardown(void **state)
{
    struct ide_rig *rig = *state;
    rig->ide->free(rig->ide);
    fake_board_free(rig->fake);
    unlink(rig->path);
    test_free(rig);
    return 0;
}

static bool not_busy(void *opaque)
{
    struct ide_rig *rig = opaque;
    return !(fake_in(rig->fake, IDE_CONTROL, 1) & IDE_BUSY);
}

uint8_t drive_wait(struct ide_rig *rig)
{
    assert_true(not_busy(rig) || fake_run_until(rig->fake, not_busy, rig, 2000));
    return drive_in(rig, 7);
}

uint8_t drive_send(struct ide_rig *rig, const uint8_t *packet, bool dma, unsigned limit)
{
    drive_out(rig, 1, dma);
    drive_out(rig, 4, (uint8_t)limit);
    drive_out(rig, 5, (uint8_t)(limit >> 8));
    drive_out(rig, 7, 0xa0);
    assert_int_equal(drive_wait(rig), IDE_READY | IDE_DRQ);
    assert_int_equal(drive_in(rig, 2), 1); /* it wants a command */
    for (unsigned i = 0; i < 12; i += 2)
        fake_out(rig->fake, IDE_BASE, load16(packet + i), 2);
    return drive_wait(rig);
}

size_t drive_take(struct ide_rig *rig, uint8_t *to, size_t room)
{
    size_t taken = 0;
    uint8_t status = drive_wait(rig);
    while (status & IDE_DRQ) {
        assert_int_equal(drive_in(rig, 2), 2); /* data for the host */
        size_t size = drive_in(rig, 4) | (size_t)drive_in(rig, 5) << 8;
        assert_true(size > 0 && taken + size <= room);
        for (size_t i = 0; i < size; i += 2) {
            uint16_t word = (uint16_t)fake_in(rig->fake, IDE_BASE, 2);
            to[taken + i] = (uint8_t)word;
            if (i + 1 < size)
                to[taken + i + 1] = (uint8_t)(word >> 8);
        }
        taken += size;
        status = drive_wait(rig);
    }
    assert_int_equal(drive_in(rig, 2), 3); /* done */
    return taken;
}

long drive_command(struct ide_rig *rig, const uint8_t *packet, uint8_t *to, size_t room)
{
    if (drive_send(rig, packet, false, 0xfffe) & IDE_ERROR)
        return -1;
    return (long)drive_take(rig, to, room);
}

uint32_t drive_sense(struct ide_rig *rig)
{
    const uint8_t packet[12] = { 0x03, 0, 0, 0, 18 };
    uint8_t answer[18];
    assert_int_equal(drive_command(rig, packet, answer, sizeof(answer)), 18);
    assert_int_equal(answer[0], 0x70);
    return (uint32_t)answer[2] << 16 | (uint32_t)answer[12] << 8 | answer[13];
}

void ide_check_pattern(const uint8_t *bytes, size_t size, size_t from)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != pattern(from + i))
            fail_msg("byte %zu is %02x, not %02x", from + i, bytes[i],
                     pattern(from + i));
    }
}
