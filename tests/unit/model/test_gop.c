/* test_gop.c: the GOP driver of firmware/gop, on a pretended UEFI, drives the model. */
#include "gop_bench.h"
#include "gop_clock.h"

#include "base/bytes.h"        /* ARRAY_SIZE, loads */
#include "igd/ggc.h"           /* register places */
#include "igd/platform.h"      /* which register */
#include "igd/rom_check.h"     /* what `igdvm rom check` finds */
#include "model/chips.h"       /* every chip */
#include "model/pipes.h"       /* which port is shown */
#include "model/ports.h"       /* ports */
#include "model/rom_image.h"   /* under test */
#include "model/state.h"       /* sinks */
#include "model/traits.h"      /* kinds of chips */
#include "model/vbios_image.h" /* its options */

#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* malloc */

static const struct efi_guid binding_guid = EFI_DRIVER_BINDING_GUID;
static const struct efi_guid name_guid = EFI_COMPONENT_NAME2_GUID;
static const struct efi_guid path_guid = EFI_DEVICE_PATH_GUID;
static const struct efi_guid output_guid = EFI_GRAPHICS_OUTPUT_GUID;
static const struct efi_guid edid_guid = EFI_EDID_ACTIVE_GUID;

/* Intel's ones that have a display the model knows and stolen memory. */
static bool has_gop(const struct model_chip *chip)
{
    const struct igd_platform *platform = igd_platform_find(chip->name);
    return platform->generation < 127 && strcmp(chip->name, "bay-trail") != 0 &&
           strcmp(chip->name, "cherryview") != 0;
}

static struct efi_graphics_output *start(struct gop_bench *bench)
{
    struct efi_driver_binding *binding = gop_bench_find(bench, &binding_guid, NULL);
    assert_non_null(binding);
    assert_int_equal(binding->supported(binding, gop_bench_device, NULL), EFI_SUCCESS);
    assert_int_equal(bench->opens, 0);
    assert_int_equal(binding->start(binding, gop_bench_device, NULL), EFI_SUCCESS);
    struct efi_graphics_output *output = gop_bench_find(bench, &output_guid, NULL);
    assert_non_null(output);
    return output;
}

static void stop(struct gop_bench *bench, struct efi_graphics_output *output)
{
    struct efi_driver_binding *binding = gop_bench_find(bench, &binding_guid, NULL);
    efi_handle child = gop_bench_handle(bench, output);
    assert_int_equal(binding->stop(binding, gop_bench_device, 1, &child), EFI_SUCCESS);
    assert_int_equal(binding->stop(binding, gop_bench_device, 0, NULL), EFI_SUCCESS);
    assert_null(gop_bench_find(bench, &output_guid, NULL));
    assert_int_equal(bench->opens, 0);
    assert_int_equal(bench->childs, 0);
    assert_int_equal(bench->pools, 0);
    assert_int_equal(bench->attributes, 0);
    assert_int_equal(gop_bench_picture(bench)->width, 0);
}

static void test_rom(void **state)
{
    const struct model_chip *chip;
    uint8_t *rom = malloc(rom_image_size());
    unsigned with = 0;
    assert_non_null(rom);
    for (size_t i = 0; (chip = model_chip_at(i)); i++) {
        const struct vbios_image_options options = { .chip = chip,
                                                     .lpc_id = 0x29188086 };
        const struct igd_platform *platform = igd_platform_find(chip->name);
        size_t size = rom_image_build(&options, rom, rom_image_size());
        struct igd_rom_report report;
        assert_int_equal(rom_image_build(&options, rom, rom_image_size() - 1), 0);
        if (!size) {
            assert_false(platform->has_vbios || has_gop(chip));
            continue;
        }
        igd_rom_check(rom, size, chip->device_id, &report);
        assert_int_equal(report.image_count, platform->has_vbios + has_gop(chip));
        assert_int_equal(report.legacy, platform->has_vbios);
        assert_int_equal(report.uefi, has_gop(chip));
        for (unsigned n = 0; n < report.finding_count; n++)
            assert_true(report.findings[n].severity < IGD_ROM_FIXABLE);
        for (unsigned n = 0; n < report.image_count; n++)
            assert_int_equal(report.images[n].device, chip->device_id);
        if (!has_gop(chip))
            continue;
        const struct igd_rom_image_facts *gop = &report.images[report.image_count - 1];
        assert_true(gop->gop);
        assert_int_equal(gop->offset + gop->size, size);
        with++;
    }
    assert_true(with > 20);
    free(rom);
}

/* A rectangle of one colour, one of a buffer, one moved: all of it on the monitor. */
static void draw(struct gop_bench *bench, struct efi_graphics_output *output)
{
    struct efi_pixel buffer[4 * 3],
        colour = { .blue = 0x30, .green = 0x20, .red = 0x10 };
    assert_int_equal(
        output->blt(output, &colour, EFI_BLT_FILL, 0, 0, 10, 20, 30, 40, 0),
        EFI_SUCCESS);
    for (unsigned i = 0; i < ARRAY_SIZE(buffer); i++)
        buffer[i] = (struct efi_pixel){ .blue = (uint8_t)i, .red = 0xff };
    /* The right two columns of the lower two rows. */
    assert_int_equal(output->blt(output, buffer, EFI_BLT_TO_VIDEO, 2, 1, 100, 100, 2, 2,
                                 4 * sizeof(buffer[0])),
                     EFI_SUCCESS);
    /* Down by one row, onto itself. */
    assert_int_equal(
        output->blt(output, NULL, EFI_BLT_VIDEO, 100, 100, 100, 101, 2, 2, 0),
        EFI_SUCCESS);
    memset(buffer, 0, sizeof(buffer));
    assert_int_equal(
        output->blt(output, buffer, EFI_BLT_FROM_VIDEO, 100, 101, 0, 0, 2, 2, 0),
        EFI_SUCCESS);
    assert_int_equal(buffer[3].blue, 11);

    const struct picture *picture = gop_bench_picture(bench);
    assert_int_equal(picture->width, output->state->info->width);
    assert_int_equal(picture->height, output->state->info->height);
    assert_int_equal(picture_row(picture, 20)[10], 0x102030);
    assert_int_equal(picture_row(picture, 59)[39], 0x102030);
    assert_int_equal(picture_row(picture, 60)[39], 0);
    assert_int_equal(picture_row(picture, 59)[40], 0);
    static const uint32_t moved[3][2] = { { 0xff0006, 0xff0007 },
                                          { 0xff0006, 0xff0007 },
                                          { 0xff000a, 0xff000b } };
    for (unsigned y = 0; y < 3; y++) {
        for (unsigned x = 0; x < 2; x++)
            assert_int_equal(picture_row(picture, 100 + y)[100 + x], moved[y][x]);
    }
}

static void test_every_chip(void **state)
{
    const struct model_chip *chip;
    for (size_t i = 0; (chip = model_chip_at(i)); i++) {
        struct gop_bench bench;
        if (!has_gop(chip))
            continue;
        gop_bench_start(&bench, chip->name, NULL);
        struct efi_graphics_output *output = start(&bench);
        /* The monitor's own mode; its EDID came by GMBUS. */
        assert_int_equal(output->state->info->width, 1920);
        assert_int_equal(output->state->info->height, 1080);
        assert_int_equal(output->state->frame_buffer, (uintptr_t)bench.aperture);
        const struct efi_edid *edid = gop_bench_find(&bench, &edid_guid, NULL);
        assert_int_equal(edid->size, 128);
        draw(&bench, output);
        assert_int_equal(output->state->mode_count, 4);
        assert_int_equal(output->set_mode(output, 4), EFI_UNSUPPORTED);
        for (uint32_t mode = 0; mode < 4; mode++) {
            struct efi_graphics_mode *info;
            size_t size;
            assert_int_equal(output->query_mode(output, mode, &size, &info),
                             EFI_SUCCESS);
            assert_int_equal(output->set_mode(output, mode), EFI_SUCCESS);
            assert_int_equal(size, output->state->info_size);
            assert_memory_equal(info, output->state->info, size);
            bench.boot.free_pool(info);
            draw(&bench, output);
        }
        stop(&bench, output);
        /* Again, as after "reconnect": stolen memory stays where it is. */
        output = start(&bench);
        draw(&bench, output);
        stop(&bench, output);
        gop_bench_stop(&bench);
    }
}

/* The port of the only HDMI monitor is on, at the clock of each mode. */
static void test_ports(void **state)
{
    static const uint32_t clocks[] = { 148500, 65000, 40000, 25175 };
    const struct model_chip *chip;
    const struct model_port *port;
    for (size_t i = 0; (chip = model_chip_at(i)); i++) {
        for (size_t j = 0; has_gop(chip) && (port = model_port_at(chip, j)); j++) {
            struct gop_bench bench;
            char monitor[] = "hdmi-?:1920x1080";
            if (!(port->kinds & 1u << MODEL_MONITOR_HDMI))
                continue;
            monitor[5] = port->letter;
            gop_bench_start(&bench, chip->name, monitor);
            struct efi_graphics_output *output = start(&bench);
            for (uint32_t mode = 0; mode < ARRAY_SIZE(clocks); mode++) {
                uint32_t clock = clocks[mode];
                output->set_mode(output, mode);
                assert_int_equal(pipes_ddi(bench.model, 0), port->ddi);
                assert_in_range(gop_clock(bench.model, port), clock - clock / 150,
                                clock + clock / 150);
            }
            stop(&bench, output);
            assert_int_equal(pipes_ddi(bench.model, 0), -1);
            assert_int_equal(gop_clock(bench.model, port), 0);
            gop_bench_stop(&bench);
        }
    }
}

/* The same of a DisplayPort monitor or panel: link and pixels. */
static void check_link(struct gop_bench *bench, const struct model_port *port,
                       uint32_t clock)
{
    struct model *model = bench->model;
    bool fdi = model->chip->traits & ON_FDI;
    uint32_t at = fdi && port->ddi ? 0x80000 /* in the PCH */
                                   : model->pipes[0].timings;
    uint64_t link = gop_clock(model, port);
    assert_int_equal(pipes_ddi(model, 0), port->ddi);
    assert_true(link >= 162000 - 500 && link <= 540000 + 500);
    uint32_t own = 0x64000 + 0x100u * port->ddi; /* the port's register */
    if (fdi) {
        own += port->ddi ? 0x80000 : 0;
        assert_int_equal(register_load(model, own) & 0x80380000, 0x80180000);
    } else {
        assert_int_equal(register_load(model, 0x60400 + at) & 0x0700000e, 0x02000006);
        assert_int_equal(register_load(model, own) & 0x8000000e, 0x80000006);
    }
    assert_int_equal(model->sinks[0].symbol_lanes, 0xf);
    uint64_t m = register_load(model, 0x60040 + at);
    uint64_t n = register_load(model, 0x60044 + at);
    assert_in_range(link * m / n, clock - clock / 200, clock + clock / 200);
    m = register_load(model, 0x60030 + at) & 0xffffff;
    n = register_load(model, 0x60034 + at) & 0xffffff;
    assert_in_range(4 * link * m / n, 3 * clock - clock / 60, 3 * clock + clock / 60);
}

static void test_links(void **state)
{
    static const uint32_t clocks[] = { 65000, 40000, 25175 };
    const struct model_chip *chip;
    const struct model_port *port;
    for (size_t i = 0; (chip = model_chip_at(i)); i++) {
        for (size_t j = 0; has_gop(chip) && (port = model_port_at(chip, j)); j++) {
            struct gop_bench bench;
            bool is_panel = port->kinds & 1u << MODEL_MONITOR_EDP;
            char monitor[24];
            snprintf(monitor, sizeof(monitor), "%s-%c:1024x768",
                     is_panel ? "edp" : "dp", port->letter);
            gop_bench_start(&bench, chip->name, monitor);
            struct efi_graphics_output *output = start(&bench);
            for (uint32_t mode = 0; mode < ARRAY_SIZE(clocks); mode++) {
                output->set_mode(output, mode);
                check_link(&bench, port, clocks[mode]);
            }
            stop(&bench, output);
            assert_int_equal(pipes_ddi(bench.model, 0), -1);
            assert_int_equal(bench.model->sinks[0].symbol_lanes, 0);
            gop_bench_stop(&bench);
        }
    }
}

static void test_stolen_memory(void **state)
{
    struct gop_bench bench;
    gop_bench_start(&bench, "skylake", NULL);
    gop_bench_opregion_size = 0x2000;
    struct efi_graphics_output *output = start(&bench);
    uint32_t bdsm = gop_bench_config(&bench, IGD_REG_BDSM32);
    uint32_t asls = gop_bench_config(&bench, IGD_REG_ASLS);
    bool stolen = false, opregion = false;
    for (unsigned i = 0; i < GOP_BENCH_BLOCKS; i++) {
        uintptr_t at = (uintptr_t)bench.pages[i].at;
        if (bench.pages[i].reserved && at == (bdsm & ~0xfffffu))
            stolen = bench.pages[i].size == 64 << 20;
        if (bench.pages[i].reserved && at == asls)
            opregion = bench.pages[i].size == 0x2000;
    }
    assert_true(stolen);
    assert_true(opregion);
    assert_int_equal(bdsm & 0xfffff, 1); /* locked by the device */
    assert_memory_equal((void *)(uintptr_t)asls, "OpRegion OpRegion", 17);
    stop(&bench, output);
    output = start(&bench);
    assert_int_equal(gop_bench_config(&bench, IGD_REG_BDSM32), bdsm);
    assert_int_equal(gop_bench_config(&bench, IGD_REG_ASLS), asls);
    stop(&bench, output);
    gop_bench_stop(&bench);
}

/* How much is set aside, and what has room in it. */
static void test_sizes(void **state)
{
    static const struct {
        const char *chip;
        uint8_t gms;
        unsigned mib, modes;
    } rows[] = {
        { "sandy-bridge", 0x01, 32, 4 }, { "broadwell", 0x10, 512, 4 },
        { "skylake", 0xf0, 4, 3 }, /* too little for 1920x1080 */
        { "skylake", 0xfe, 60, 4 },      { "tiger-lake", 0x01, 32, 4 },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct gop_bench bench;
        gop_bench_gms = rows[i].gms;
        gop_bench_start(&bench, rows[i].chip, NULL);
        struct efi_graphics_output *output = start(&bench);
        assert_int_equal(output->state->mode_count, rows[i].modes);
        assert_int_equal(bench.pages[0].size, (size_t)rows[i].mib << 20);
        assert_true(bench.pages[0].reserved);
        draw(&bench, output);
        stop(&bench, output);
        gop_bench_stop(&bench);
    }
}

static void test_monitors(void **state)
{
    struct gop_bench bench;
    static const struct {
        const char *chip, *monitors;
        uint32_t width, height, modes;
        int ddi; /* that is on */
    } rows[] = {
        { "skylake", "hdmi-b:1024x768", 1024, 768, 3, 1 },
        /* Rows are longer than shown. */
        { "skylake", "hdmi-b:1366x768", 1366, 768, 4, 1 },
        { "skylake", "none", 1024, 768, 3, 1 },
        { "alder-lake-s", "none", 1024, 768, 3, 3 },
        { "skylake", "hdmi-b:2560x1440@60", 2560, 1440, 4, 1 },
        { "skylake", "dp-c:1280x1024", 1280, 1024, 4, 2 },
        { "skylake", "hdmi-b:1920x1080,edp-a:1366x768", 1366, 768, 4, 0 },
        { "haswell", "dp-b:1280x1024", 1280, 1024, 4, 1 },
        { "haswell", "edp-a:1366x768", 1366, 768, 4, 0 },
        { "ivy-bridge", "dp-b:1280x1024", 1280, 1024, 4, 1 },
        { "sandy-bridge", "edp-a:1366x768", 1366, 768, 4, 0 },
        { "tiger-lake", "edp-a:1366x768,hdmi-b:1024x768", 1366, 768, 4, 0 },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        gop_bench_start(&bench, rows[i].chip, rows[i].monitors);
        struct efi_graphics_output *output = start(&bench);
        assert_int_equal(output->state->info->width, rows[i].width);
        assert_int_equal(output->state->info->height, rows[i].height);
        assert_int_equal(output->state->info->pixels_per_line % 16, 0);
        assert_int_equal(output->state->mode_count, rows[i].modes);
        assert_int_equal(pipes_ddi(bench.model, 0), rows[i].ddi);
        draw(&bench, output);
        stop(&bench, output);
        gop_bench_stop(&bench);
    }
}

static void test_refused(void **state)
{
    struct gop_bench bench;
    struct efi_pixel pixel = { 0 };
    static const struct {
        enum efi_blt operation;
        size_t from_x, from_y, to_x, to_y, width, height;
    } outside[] = {
        { EFI_BLT_FILL, 0, 0, 1024, 0, 1, 1 },
        { EFI_BLT_FILL, 0, 0, 0, 0, 1, 769 },
        { EFI_BLT_FILL, 0, 0, 1, 0, SIZE_MAX, 1 },
        { EFI_BLT_FILL, 0, 0, 0, 0, 0, 1 },
        { EFI_BLT_TO_VIDEO, 0, 0, 0, 768, 1, 1 },
        { EFI_BLT_FROM_VIDEO, 0, 768, 0, 0, 1, 1 },
        { EFI_BLT_VIDEO, 1000, 0, 0, 0, 25, 1 },
        { EFI_BLT_VIDEO, 0, 0, 1000, 0, 25, 1 },
        { (enum efi_blt)4, 0, 0, 0, 0, 1, 1 },
    };
    gop_bench_start(&bench, "skylake", "hdmi-b:1024x768");
    struct efi_graphics_output *output = start(&bench);
    for (unsigned i = 0; i < ARRAY_SIZE(outside); i++)
        assert_int_equal(output->blt(output, &pixel, outside[i].operation,
                                     outside[i].from_x, outside[i].from_y,
                                     outside[i].to_x, outside[i].to_y, outside[i].width,
                                     outside[i].height, 0),
                         EFI_INVALID_PARAMETER);
    assert_int_equal(output->blt(output, NULL, EFI_BLT_FILL, 0, 0, 0, 0, 1, 1, 0),
                     EFI_INVALID_PARAMETER);
    stop(&bench, output);
    gop_bench_stop(&bench);

    /* Another GPU, and one with an EDID that is none. */
    gop_bench_start(&bench, "skylake", NULL);
    struct efi_driver_binding *binding = gop_bench_find(&bench, &binding_guid, NULL);
    uint8_t edid[GOP_EDID_SIZE] = { 0 };
    struct gop_mode mode;
    gop_config.device++;
    assert_int_equal(binding->supported(binding, gop_bench_device, NULL),
                     EFI_UNSUPPORTED);
    assert_int_equal(bench.opens, 0);
    assert_false(edid_preferred(edid, &mode));
    memset(edid, 0xff, sizeof(edid));
    assert_false(edid_preferred(edid, &mode));
    gop_bench_stop(&bench);
}

static void test_words(void **state)
{
    struct gop_bench bench;
    const uint16_t *name = NULL;
    gop_bench_start(&bench, "tiger-lake", NULL);
    struct efi_component_name2 *words = gop_bench_find(&bench, &name_guid, NULL);
    assert_non_null(words);
    assert_int_equal(words->driver_name(words, "en-US", &name), EFI_SUCCESS);
    assert_memory_equal(name, u"igdvm", 10);
    assert_int_equal(words->driver_name(words, "de", &name), EFI_UNSUPPORTED);
    struct efi_graphics_output *output = start(&bench);
    /* The device's path, and the output's node behind it. */
    const uint8_t *path = gop_bench_find(&bench, &path_guid, gop_bench_device);
    assert_int_equal(path[12], 1);
    assert_int_equal(path[18], EFI_PATH_ACPI);
    assert_int_equal(path[19], EFI_PATH_ACPI_ADR);
    assert_int_equal(load32(path + 22), 0x80010100);
    assert_int_equal(path[26], EFI_PATH_END);
    stop(&bench, output);
    gop_bench_stop(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rom),           cmocka_unit_test(test_every_chip),
        cmocka_unit_test(test_ports),         cmocka_unit_test(test_links),
        cmocka_unit_test(test_stolen_memory), cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_monitors),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
