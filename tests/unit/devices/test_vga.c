/* test_vga.c: the standard VGA on the bus, its ports, and the VBE extensions. */
#include "vga_rig.h"

#include "base/bytes.h"     /* ARRAY_SIZE */
#include "base/error.h"     /* struct error */
#include "devices/device.h" /* reset */
#include "pci/regs.h"       /* configuration */

#include <fcntl.h>  /* seals */
#include <time.h>   /* waiting for the beam */
#include <unistd.h> /* ftruncate */

static void the_function_is_qemus(void **state)
{
    struct vga_rig *rig = *state;
    static const struct {
        uint8_t offset, size;
        uint32_t value;
    } rows[] = {
        { 0x00, 4, 0x11111234 }, { 0x08, 4, 0x03000002 },
        { 0x2c, 4, 0x11001af4 }, { 0x10, 4, FRAME_BUFFER | PCI_BAR_PREFETCH },
        { 0x18, 4, REGISTERS },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(fake_config_read(rig->fake, VGA, rows[i].offset, rows[i].size),
                         rows[i].value);
    fake_config_write(rig->fake, VGA, PCI_BAR(0), UINT32_MAX, 4);
    assert_int_equal(fake_config_read(rig->fake, VGA, PCI_BAR(0), 4), 0xff000008);
    fake_config_write(rig->fake, VGA, PCI_ROM, UINT32_MAX, 4);
    assert_int_equal(fake_config_read(rig->fake, VGA, PCI_ROM, 4), 0xffffe001);
}

static void memory_and_rom_are_mapped(void **state)
{
    struct vga_rig *rig = *state;
    const struct fake_map *map = fake_map_at(rig->fake, FRAME_BUFFER);
    assert_non_null(map);
    assert_int_equal(map->size, 16 << 20);
    map->host[12345] = 0x5a;
    assert_int_equal(rig->memory[12345], 0x5a);

    assert_null(fake_map_at(rig->fake, ROM_BASE));
    fake_config_write(rig->fake, VGA, PCI_ROM, ROM_BASE | PCI_ROM_ENABLE, 4);
    map = fake_map_at(rig->fake, ROM_BASE);
    assert_non_null(map);
    assert_int_equal(map->flags, BOARD_MAP_READ_ONLY);
    assert_int_equal(map->size, 0x2000);
    assert_int_equal(map->host[0], 0x55);
    assert_int_equal(map->host[0x11ff], 0x77);
    assert_int_equal(map->host[0x1200], 0xff);
    fake_config_write(rig->fake, VGA, PCI_COMMAND, 0, 2);
    assert_int_equal(fake_map_count(rig->fake), 0);
}

/* Nobody can make the file shorter under a program that draws it. */
static void the_file_keeps_its_size(void **state)
{
    struct vga_rig *rig = *state;
    int fd = vga_memory_fd(rig->vga);
    assert_int_equal(fcntl(fd, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    assert_int_not_equal(ftruncate(fd, 4096), 0);
}

static void a_rom_too_large_is_refused(void **state)
{
    struct vga_rig *rig = *state;
    static const uint8_t large[65537];
    const struct vga_config config = { .rom = large, .rom_size = sizeof(large) };
    struct error err = { 0 };
    assert_null(vga_new(&rig->fake->board, PCI_DEVFN(9, 0), &config, &err));
    assert_int_equal(err.kind, ERROR_INPUT);
}

static void what_is_not_decoded_is_not_there(void **state)
{
    struct vga_rig *rig = *state;
    rig_mode(rig, &vga_mode_12);
    fake_config_write(rig->fake, VGA, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    assert_int_equal(fake_in(rig->fake, 0x3cc, 1), 0xff);
    assert_int_equal(fake_in(rig->fake, 0x1ce, 2), 0xffff);
    rig_seq(rig, 1, 0x20); /* a driver of another GPU switches VGA off */
    fake_config_write(rig->fake, VGA, PCI_COMMAND, PCI_COMMAND_IO, 2);
    fake_out(rig->fake, 0x3c4, 1, 1);
    assert_int_equal(fake_in(rig->fake, 0x3c5, 1), 0x01);
    assert_int_equal(fake_in(rig->fake, 0x3cc, 1), 0xe3);
    assert_int_equal(fake_read(rig->fake, 0xa0000, 4), 0xffffffff);
}

static void registers_keep_what_they_have(void **state)
{
    struct vga_rig *rig = *state;
    static const struct {
        uint16_t port;
        uint8_t index, kept;
    } rows[] = {
        { 0x3c4, 0, 0x03 }, { 0x3c4, 1, 0x3d }, { 0x3c4, 2, 0x0f },
        { 0x3c4, 3, 0x3f }, { 0x3c4, 4, 0x0e }, { 0x3ce, 0, 0x0f },
        { 0x3ce, 1, 0x0f }, { 0x3ce, 2, 0x0f }, { 0x3ce, 3, 0x1f },
        { 0x3ce, 4, 0x03 }, { 0x3ce, 5, 0x7b }, { 0x3ce, 6, 0x0f },
        { 0x3ce, 7, 0x0f }, { 0x3ce, 8, 0xff }, { 0x3d4, 0x13, 0xff },
    };
    fake_out(rig->fake, 0x3c2, 1, 1);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        fake_out(rig->fake, rows[i].port, rows[i].index | 0xff00, 2);
        assert_int_equal(fake_in(rig->fake, rows[i].port, 1), rows[i].index);
        assert_int_equal(fake_in(rig->fake, (uint16_t)(rows[i].port + 1), 1),
                         rows[i].kept);
    }
    rig_crtc(rig, 0x40, 0x55);
    assert_int_equal(fake_in(rig->fake, 0x3d5, 1), 0);
}

static void locked_timings_stay(void **state)
{
    struct vga_rig *rig = *state;
    rig_mode(rig, &vga_mode_03);
    rig_crtc(rig, 0, 0x11); /* mode 3 ends with them locked */
    fake_out(rig->fake, 0x3d4, 0, 1);
    assert_int_equal(fake_in(rig->fake, 0x3d5, 1), 0x5f);
    rig_crtc(rig, 7, 0xef);
    assert_int_equal(fake_in(rig->fake, 0x3d5, 1), 0x0f); /* line compare is not */
}

static void colour_and_monochrome_have_their_ports(void **state)
{
    struct vga_rig *rig = *state;
    fake_out(rig->fake, 0x3c2, 0, 1);
    fake_out(rig->fake, 0x3b4, 0x0a, 1);
    assert_int_equal(fake_in(rig->fake, 0x3b4, 1), 0x0a);
    assert_int_equal(fake_in(rig->fake, 0x3d4, 1), 0xff);
    fake_out(rig->fake, 0x3c2, 1, 1);
    assert_int_equal(fake_in(rig->fake, 0x3b4, 1), 0xff);
    assert_int_equal(fake_in(rig->fake, 0x3d4, 1), 0x0a);
}

static void attributes_share_a_port(void **state)
{
    struct vga_rig *rig = *state;
    fake_out(rig->fake, 0x3c2, 1, 1);
    rig_attr(rig, 0x10, 0xff);
    rig_attr(rig, 0x14, 0xff);
    fake_out(rig->fake, 0x3c0, 0x30, 1);
    assert_int_equal(fake_in(rig->fake, 0x3c1, 1), 0xef);
    fake_in(rig->fake, 0x3da, 1);
    fake_out(rig->fake, 0x3c0, 0x34, 1);
    assert_int_equal(fake_in(rig->fake, 0x3c1, 1), 0x0f);
    fake_in(rig->fake, 0x3da, 1);
    assert_int_equal(fake_in(rig->fake, 0x3c0, 1), 0x34);
}

static void colours_are_read_as_written(void **state)
{
    struct vga_rig *rig = *state;
    rig_colour(rig, 255, 0xff, 0x15, 0x2a); /* 6 bits; the next is 0 */
    fake_out(rig->fake, 0x3c9, 0x01, 1);
    fake_out(rig->fake, 0x3c7, 255, 1);
    assert_int_equal(fake_in(rig->fake, 0x3c7, 1), 3);
    assert_int_equal(fake_in(rig->fake, 0x3c9, 1), 0x3f);
    assert_int_equal(fake_in(rig->fake, 0x3c9, 1), 0x15);
    assert_int_equal(fake_in(rig->fake, 0x3c9, 1), 0x2a);
    assert_int_equal(fake_in(rig->fake, 0x3c9, 1), 0x01);
    rig_vbe(rig, 4, 0x20);
    rig_colour(rig, 3, 0xff, 0x80, 0x7f);
    assert_int_equal(fake_in(rig->fake, 0x3c7, 1), 0);
    fake_out(rig->fake, 0x3c7, 3, 1);
    assert_int_equal(fake_in(rig->fake, 0x3c9, 1), 0xff);
}

/* A program that waits for the picture's end and for its beginning goes on. */
static void the_beam_flies_back(void **state)
{
    struct vga_rig *rig = *state;
    unsigned seen = 0;
    rig_mode(rig, &vga_mode_03);
    for (unsigned i = 0; i < 200 && seen != 15; i++) {
        const struct timespec pause = { .tv_nsec = 257000 };
        uint8_t status = (uint8_t)fake_in(rig->fake, 0x3da, 1);
        assert_int_equal(status & ~9, 0);
        seen |= status & 1 ? 1 : 2;
        seen |= status & 8 ? 4 : 8;
        nanosleep(&pause, NULL);
    }
    assert_int_equal(seen, 15);
}

static void vbe_has_its_registers(void **state)
{
    struct vga_rig *rig = *state;
    assert_int_equal(rig_vbe_read(rig, 0), 0xb0c5);
    rig_vbe(rig, 0, 0xb0c2);
    assert_int_equal(rig_vbe_read(rig, 0), 0xb0c2);
    rig_vbe(rig, 0, 0x1234);
    assert_int_equal(rig_vbe_read(rig, 0), 0xb0c2);
    assert_int_equal(rig_vbe_read(rig, 10), 256); /* 64 KiB each */
    rig_vbe(rig, 4, 2);
    assert_int_equal(rig_vbe_read(rig, 1), 8192);
    assert_int_equal(rig_vbe_read(rig, 3), 32);
    rig_vbe_mode(rig, 1024, 768, 32);
    assert_int_equal(rig_vbe_read(rig, 4), 0x41);
    assert_int_equal(rig_vbe_read(rig, 6), 1024);
    assert_int_equal(rig_vbe_read(rig, 7), 4096);
    assert_int_equal(rig_vbe_read(rig, 11), 0);
}

/* What does not fit is made smaller, and read back so. */
static void vbe_modes_fit_memory(void **state)
{
    struct vga_rig *rig = *state;
    static const struct {
        uint16_t width, height, bits;
        uint16_t got_width, got_height, got_bits;
    } rows[] = {
        { 0, 0, 0, 8, 1, 8 },
        { 1367, 768, 32, 1360, 768, 32 },
        { 65535, 65535, 32, 8192, 512, 32 },
        { 65535, 65535, 8, 8192, 2048, 8 },
        { 65535, 65535, 4, 8192, 2048, 4 },
        { 64, 65535, 8, 64, 8192, 8 },
        { 800, 600, 17, 800, 600, 8 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct vga_view view;
        rig_vbe_mode(rig, rows[i].width, rows[i].height, rows[i].bits);
        assert_int_equal(rig_vbe_read(rig, 1), rows[i].got_width);
        assert_int_equal(rig_vbe_read(rig, 2), rows[i].got_height);
        assert_int_equal(rig_vbe_read(rig, 3), rows[i].got_bits);
        rig_vbe(rig, 9, 65535);
        rig_vbe(rig, 8, 65535);
        vga_get_view(rig->vga, &view);
        assert_int_equal(vga_view_check(&view, vga_memory_size(rig->vga), NULL), 0);
        assert_true(view.start + (uint64_t)view.pitch * view.height <= 16u << 20);
    }
}

static void registers_are_in_a_bar_too(void **state)
{
    struct vga_rig *rig = *state;
    uint8_t sum = 0;
    for (unsigned i = 0; i < 128; i++)
        sum = (uint8_t)(sum + fake_read(rig->fake, REGISTERS + i, 1));
    assert_int_equal(sum, 0);
    assert_int_equal(fake_read(rig->fake, REGISTERS, 8), 0x00ffffffffffff00);
    assert_int_equal(fake_read(rig->fake, REGISTERS + 128, 4), 0);

    fake_write(rig->fake, REGISTERS + 0x402, 0x01, 1); /* 3C2 */
    assert_int_equal(fake_in(rig->fake, 0x3cc, 1), 0x01);
    assert_int_equal(fake_read(rig->fake, REGISTERS + 0x40c, 1), 0x01);

    fake_write(rig->fake, VBE_REGISTERS + 2, 640, 2);
    fake_write(rig->fake, VBE_REGISTERS + 4, 480 | 16 << 16, 4);
    fake_write(rig->fake, VBE_REGISTERS + 8, 0x41, 2);
    assert_int_equal(rig_vbe_read(rig, 1), 640);
    assert_int_equal(rig_vbe_read(rig, 2), 480);
    assert_int_equal(rig_vbe_read(rig, 3), 16);
    assert_int_equal(fake_read(rig->fake, VBE_REGISTERS, 2), 0xb0c5);
    assert_int_equal(fake_read(rig->fake, VBE_REGISTERS + 20, 2), 256);

    assert_int_equal(fake_read(rig->fake, REGISTERS + 0x600, 4), 8);
    assert_int_equal(fake_read(rig->fake, REGISTERS + 0x604, 4), 0x1e1e1e1e);
    assert_int_equal(fake_read(rig->fake, REGISTERS + 0x700, 4), 0xffffffff);
}

static void changes_are_told_once_until_asked(void **state)
{
    struct vga_rig *rig = *state;
    struct vga_view view;
    rig_mode(rig, &vga_mode_03);
    assert_int_equal(rig->changes, 1);
    vga_get_view(rig->vga, &view);
    rig_crtc(rig, 0x0f, 7);
    rig_crtc(rig, 0x0f, 8);
    assert_int_equal(rig->changes, 2);
    vga_get_view(rig->vga, &view);
    assert_int_equal(view.cursor, 4 * 8);
    fake_in(rig->fake, 0x3da, 1);
    assert_int_equal(rig->changes, 2);
}

static void a_reset_shows_nothing(void **state)
{
    struct vga_rig *rig = *state;
    struct vga_view view;
    rig_mode(rig, &vga_mode_13);
    assert_non_null(fake_map_at(rig->fake, 0xa0000));
    fake_reset(rig->fake, vga_device(rig->vga));
    assert_null(fake_map_at(rig->fake, 0xa0000));
    vga_get_view(rig->vga, &view);
    assert_int_equal(view.kind, VGA_VIEW_BLANK);
    assert_int_equal(fake_in(rig->fake, 0x3cc, 1), 0);
    assert_int_equal(fake_in(rig->fake, 0x3c6, 1), 0xff);
}

int main(void)
{
#define VGA_TEST(name) \
    cmocka_unit_test_setup_teardown(name, vga_rig_set_up, vga_rig_tear_down)
    const struct CMUnitTest tests[] = {
        VGA_TEST(the_function_is_qemus),
        VGA_TEST(memory_and_rom_are_mapped),
        VGA_TEST(the_file_keeps_its_size),
        VGA_TEST(a_rom_too_large_is_refused),
        VGA_TEST(what_is_not_decoded_is_not_there),
        VGA_TEST(registers_keep_what_they_have),
        VGA_TEST(locked_timings_stay),
        VGA_TEST(colour_and_monochrome_have_their_ports),
        VGA_TEST(attributes_share_a_port),
        VGA_TEST(colours_are_read_as_written),
        VGA_TEST(the_beam_flies_back),
        VGA_TEST(vbe_has_its_registers),
        VGA_TEST(vbe_modes_fit_memory),
        VGA_TEST(registers_are_in_a_bar_too),
        VGA_TEST(changes_are_told_once_until_asked),
        VGA_TEST(a_reset_shows_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
