/* test_assigned_bars.c: BARs and ROM of an assigned GPU: mapped, trapped, decoded. */
#include "assigned_rig.h" /* the model, assigned */

#include "base/bytes.h"     /* loads */
#include "base/error.h"     /* struct error */
#include "base/log.h"       /* quiet */
#include "devices/device.h" /* free */
#include "fake_vfio.h"      /* a device that can be mapped as a whole */
#include "igd/ggc.h"        /* mirrors */

#include <signal.h> /* SIGPIPE */

#define DECODE (PCI_COMMAND_IO | PCI_COMMAND_MEMORY)
#define RAM_AT FAKE_HIGH_RAM /* guest RAM lies here */

static void test_sizing(void **state)
{
    struct rig *rig = *state;
    static const struct {
        unsigned offset;
        uint32_t mask;
    } rows[] = {
        { PCI_BAR(0), 0xff000004 }, { PCI_BAR(1), 0xffffffff },
        { PCI_BAR(2), 0xf000000c }, { PCI_BAR(3), 0xffffffff },
        { PCI_BAR(4), 0xffffffc1 }, { PCI_BAR(5), 0 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        gpu_put(rig, rows[i].offset, 4, 0xffffffff);
        uint32_t mask = gpu_get(rig, rows[i].offset, 4);
        assert_int_equal(mask, rows[i].mask);
        gpu_put(rig, rows[i].offset, 4, 0);
    }
    gpu_put(rig, PCI_ROM, 4, 0xffffffff);
    uint32_t rom = ~((uint32_t)rig->plan->rom_size - 1) | PCI_ROM_ENABLE;
    assert_int_equal(gpu_get(rig, PCI_ROM, 4), rom);
    assert_int_equal(fake_map_count(rig->board), 0);
}

/* While the guest has a mapping, the hardware decodes memory. */
static void check_decoding(void *opaque, const struct fake_map *map, bool made)
{
    struct rig *rig = opaque;
    if (!(map->flags & BOARD_MAP_READ_ONLY)) /* the ROM is our own memory */
        assert_true(hardware_get(rig, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY);
}

static void test_command(void **state)
{
    struct rig *rig = *state;

    rig->board->mapping = check_decoding;
    rig->board->mapping_opaque = rig;
    rig_place(rig, 0);
    assert_int_equal(fake_map_count(rig->board), 0);
    gpu_put(rig, PCI_COMMAND, 1, PCI_COMMAND_MEMORY);
    assert_int_equal(fake_map_count(rig->board), 1);
    assert_int_equal(fake_in(rig->board, BAR4_AT, 4), 0xffffffff);
    /* One write takes memory away and gives I/O. */
    gpu_put(rig, PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MASTER);
    assert_int_equal(fake_map_count(rig->board), 0);
    assert_int_equal(hardware_get(rig, PCI_COMMAND, 2),
                     PCI_COMMAND_IO | PCI_COMMAND_MASTER);
    assert_int_equal(fake_in(rig->board, BAR4_AT, 4), 0);
    gpu_put(rig, PCI_COMMAND, 4, PCI_COMMAND_MEMORY);
    assert_int_equal(fake_map_count(rig->board), 1);
    assert_int_equal(fake_in(rig->board, BAR4_AT, 4), 0xffffffff);
    /* The upper byte on its own reaches the hardware too. */
    gpu_put(rig, PCI_COMMAND + 1, 1, PCI_COMMAND_INTX_OFF >> 8);
    assert_int_equal(hardware_get(rig, PCI_COMMAND, 2),
                     PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_OFF);
    assert_int_equal(gpu_get(rig, PCI_COMMAND, 2),
                     PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_OFF);
    assert_int_equal(fake_map_count(rig->board), 1);
    gpu_put(rig, PCI_COMMAND, 2, 0);
    assert_int_equal(fake_map_count(rig->board), 0);
    assert_int_equal(hardware_get(rig, PCI_COMMAND, 2), 0);
    rig->board->mapping = NULL;
}

static void test_bar_pieces(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, DECODE);
    /* The GTT goes straight to the guest, and is the model's. */
    assert_null(fake_map_at(rig->board, BAR0_AT));
    const struct fake_map *gtt = fake_map_at(rig->board, BAR0_AT + GTT_OFFSET);
    assert_non_null(gtt);
    assert_int_equal(gtt->address, BAR0_AT + GTT_OFFSET);
    assert_int_equal(gtt->size, BAR0_SIZE - GTT_OFFSET);
    assert_int_equal(gtt->flags, 0);
    store32(gtt->host + 0x40, 0xabcd0001);
    assert_int_equal(mmio_get(rig, GTT_OFFSET + 0x40), 0xabcd0001);
    struct assigned_counters counters = assigned_counters(rig->assigned);
    assert_int_equal(counters.mapped_pages[0], (BAR0_SIZE - GTT_OFFSET) / 4096);
    assert_int_equal(counters.trapped_pages[0], GTT_OFFSET / 4096);
    assert_int_equal(counters.mapped_pages[2], 0);
    assert_int_equal(counters.trapped_pages[2], BAR2_SIZE / 4096);
    assert_int_equal(counters.bar_reads[0], 1);
    /* The I/O BAR's index and data registers reach the same entry. */
    fake_out(rig->board, BAR4_AT, 0x40 | 1, 4);
    assert_int_equal(fake_in(rig->board, BAR4_AT + 4, 4), 0xabcd0001);
    counters = assigned_counters(rig->assigned);
    assert_int_equal(counters.bar_writes[4], 1);
    assert_int_equal(counters.bar_reads[4], 1);
    /* It moves with the BAR, above 4 GiB too. */
    gpu_put(rig, PCI_BAR(1), 4, 0x20);
    assert_null(fake_map_at(rig->board, BAR0_AT + GTT_OFFSET));
    assert_non_null(fake_map_at(rig->board, 0x2000000000ull + BAR0_AT + GTT_OFFSET));
    assert_int_equal(fake_map_count(rig->board), 1);
}

/* Writes to the index register may come late, where it is decoded and nowhere else. */
static void test_gathered_index(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, PCI_COMMAND_MEMORY);
    assert_false(fake_gathers(rig->board, BAR4_AT, 4, true));
    gpu_put(rig, PCI_COMMAND, 2, DECODE);
    assert_true(fake_gathers(rig->board, BAR4_AT, 4, true));
    gpu_put(rig, PCI_BAR(4), 4, BAR4_AT + 0x1000);
    assert_false(fake_gathers(rig->board, BAR4_AT, 4, true));
    assert_true(fake_gathers(rig->board, BAR4_AT + 0x1000, 4, true));
    gpu_put(rig, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    assert_false(fake_gathers(rig->board, BAR4_AT + 0x1000, 4, true));
    /* What is shown, always. */
    assert_true(fake_gathers(rig->board, 0xa0000, 0x20000, false));
    assert_true(fake_gathers(rig->board, 0x3c8, 2, true));
}

/* Where RAM or another BAR is mapped already, accesses stay trapped, and work. */
static void test_overlaps(void **state)
{
    struct fake_vfio *fake = fake_vfio_new(0);
    struct fake_board *board = fake_board_new();
    struct error err = { 0 };
    struct assigned *assigned =
        assigned_new(&board->board, &fake->device, GPU, NULL, &err);

    assert_non_null(assigned);
    fake_config_write(board, GPU, PCI_BAR(0), BAR0_AT, 4);
    fake_config_write(board, GPU, PCI_BAR(2), BAR2_AT, 4);
    fake_config_write(board, GPU, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    assert_int_equal(fake_map_count(board), 2);
    fake_config_write(board, GPU, PCI_BAR(2), 0, 4);
    fake_config_write(board, GPU, PCI_BAR(3), RAM_AT >> 32, 4);
    assert_int_equal(fake_map_count(board), 1);
    fake_write(board, RAM_AT + 0x10, 0x5a, 1);
    assert_int_equal(fake->bars[1][0x10], 0x5a);
    fake_config_write(board, GPU, PCI_BAR(3), 0, 4);
    fake_config_write(board, GPU, PCI_BAR(2), BAR0_AT + FAKE_BAR2_SIZE, 4);
    assert_int_equal(fake_map_count(board), 1);
    assert_int_equal(fake_map_at(board, BAR0_AT)->size, FAKE_BAR0_SIZE);
    fake_config_write(board, GPU, PCI_BAR(2), BAR2_AT, 4);
    assert_int_equal(fake_map_count(board), 2);
    fake_config_write(board, GPU, PCI_COMMAND, 0, 2);
    assert_int_equal(fake_map_count(board), 0);
    assigned_device(assigned)->free(assigned_device(assigned));
    fake_board_free(board);
    fake_vfio_free(fake);
}

/* Of a device that is no Intel GPU: any ROM, in a window that is a power of two. */
static void test_plain_rom(void **state)
{
    static uint8_t bytes[5000] = { 0x55, 0xaa };
    struct fake_vfio *fake = fake_vfio_new(0);
    struct fake_board *board = fake_board_new();
    struct error err = { 0 };
    fake->config[PCI_HEADER_TYPE] = PCI_HEADER_MULTI;
    bytes[4999] = 0x77;
    struct assigned *assigned = assigned_new_plain(
        &board->board, &fake->device, PCI_DEVFN(0x17, 1), bytes, sizeof(bytes), &err);

    assert_non_null(assigned);
    bytes[0] = 0; /* it has a copy */
    uint8_t devfn = PCI_DEVFN(0x17, 1);
    /* Whether the slot has more functions is not the hardware's to say. */
    assert_int_equal(fake_config_read(board, devfn, PCI_HEADER_TYPE, 1), 0);
    fake_config_write(board, devfn, PCI_ROM, 0xfffff800, 4);
    assert_int_equal(fake_config_read(board, devfn, PCI_ROM, 4), 0xffffe000);
    fake_config_write(board, devfn, PCI_ROM, ROM_AT | PCI_ROM_ENABLE, 4);
    fake_config_write(board, devfn, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    const struct fake_map *rom = fake_map_at(board, ROM_AT);
    assert_non_null(rom);
    assert_int_equal(rom->size, 8192);
    assert_int_equal(load16(rom->host), 0xaa55);
    assert_int_equal(rom->host[4999], 0x77);
    assert_int_equal(rom->host[5000], 0xff);
    assigned_device(assigned)->free(assigned_device(assigned));
    fake_board_free(board);
    fake_vfio_free(fake);
}

static void test_rom(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, PCI_COMMAND_MEMORY);
    gpu_put(rig, PCI_ROM, 4, ROM_AT);
    assert_null(fake_map_at(rig->board, ROM_AT));
    assert_int_equal(fake_read(rig->board, ROM_AT, 2), 0xffff);
    gpu_put(rig, PCI_ROM, 4, ROM_AT | PCI_ROM_ENABLE);
    const struct fake_map *rom = fake_map_at(rig->board, ROM_AT);
    assert_non_null(rom);
    assert_int_equal(rom->flags, BOARD_MAP_READ_ONLY);
    assert_int_equal(rom->size, rig->plan->rom_size);
    assert_memory_equal(rom->host, rig->plan->rom, rig->plan->rom_size);
    assert_int_equal(fake_read(rig->board, ROM_AT, 2), 0xaa55);
    fake_write(rig->board, ROM_AT, 0, 2);
    assert_int_equal(fake_read(rig->board, ROM_AT, 2), 0xaa55);
    /* The register is ours: the hardware's ROM stays off. */
    assert_int_equal(hardware_get(rig, PCI_ROM, 4), 0);
    gpu_put(rig, PCI_ROM, 1, 0);
    assert_null(fake_map_at(rig->board, ROM_AT));
}

/* Where all of BAR0 can be mapped, only the pages with a mirror are left out. */
static void test_holes(void **state)
{
    struct fake_vfio *fake = fake_vfio_new(0);
    struct fake_board *board = fake_board_new();
    struct error err = { 0 };
    struct igd_plan plan = { .overlay = { .count = 1 } };

    plan.overlay.registers[0] = (struct igd_overlay_register){ .name = "BDSM",
                                                               .offset = 0x5c,
                                                               .size = 4,
                                                               .mirror = IGD_MMIO_BDSM,
                                                               .mirror_size = 4 };
    struct assigned *assigned =
        assigned_new(&board->board, &fake->device, GPU, &plan, &err);
    if (!assigned)
        fail_msg("%s", err.text);
    fake_config_write(board, GPU, PCI_BAR(0), BAR0_AT, 4);
    fake_config_write(board, GPU, PCI_BAR(2), BAR2_AT, 4);
    fake_config_write(board, GPU, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    assert_int_equal(fake_map_count(board), 3);
    const uint64_t hole = BAR0_AT + (IGD_MMIO_BDSM & ~0xfffu);
    assert_null(fake_map_at(board, hole));
    assert_null(fake_map_at(board, hole + 0xfff));
    assert_int_equal(fake_map_at(board, hole - 1)->address, BAR0_AT);
    const struct fake_map *after = fake_map_at(board, hole + 0x1000);
    assert_int_equal(after->address, hole + 0x1000);
    assert_int_equal(after->address + after->size, BAR0_AT + FAKE_BAR0_SIZE);
    fake->bars[0][(IGD_MMIO_BDSM & ~0xfffu) + 0x1234] = 0x5a;
    assert_int_equal(after->host[0x234], 0x5a);
    assert_int_equal(fake_map_at(board, BAR2_AT)->size, FAKE_BAR2_SIZE);
    struct assigned_counters counters = assigned_counters(assigned);
    assert_int_equal(counters.trapped_pages[0], 1);
    /* In the hole the overlay answers, and the rest of it is the hardware's. */
    fake_write(board, BAR0_AT + IGD_MMIO_BDSM, 0x7c000001, 4);
    assert_int_equal(fake_config_read(board, GPU, 0x5c, 4), 0x7c000001);
    assert_int_equal(load32(fake->bars[0] + IGD_MMIO_BDSM), 0);
    fake_write(board, BAR0_AT + IGD_MMIO_BDSM + 2, 0x1122334455667788, 8);
    assert_int_equal(load32(fake->bars[0] + IGD_MMIO_BDSM), 0);
    assert_int_equal(load32(fake->bars[0] + IGD_MMIO_BDSM + 4), 0x33445566);
    assert_int_equal(fake_config_read(board, GPU, 0x5c, 4), 0x77880001);
    assigned_device(assigned)->free(assigned_device(assigned));
    assert_int_equal(fake_map_count(board), 0);
    /* Nothing can be mapped: all of it is trapped, and works. */
    fake->refuse_maps = true;
    assigned = assigned_new(&board->board, &fake->device, GPU, &plan, &err);
    fake_config_write(board, GPU, PCI_BAR(0), BAR0_AT, 4);
    fake_config_write(board, GPU, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    assert_int_equal(fake_map_count(board), 0);
    fake_write(board, BAR0_AT + 0x100, 0xcafe, 2);
    assert_int_equal(load16(fake->bars[0] + 0x100), 0xcafe);
    assigned_device(assigned)->free(assigned_device(assigned));
    fake_board_free(board);
    fake_vfio_free(fake);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_start, rig_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sizing),
        TEST(test_command),
        TEST(test_bar_pieces),
        cmocka_unit_test(test_overlaps),
        cmocka_unit_test(test_plain_rom),
        TEST(test_rom),
        cmocka_unit_test(test_holes),
        TEST(test_gathered_index),
    };
    signal(SIGPIPE, SIG_IGN);
    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
