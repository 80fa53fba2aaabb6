/* test_opregion_image.c: OpRegions of all chips, read by libigd and by i915's rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"           /* loads */
#include "base/error.h"           /* struct error */
#include "igd/opregion.h"         /* the reader */
#include "igd/platform.h"         /* generations */
#include "igd/vbt.h"              /* the other reader */
#include "model/chips.h"          /* all chips */
#include "model/monitor.h"        /* connectors */
#include "model/opregion_image.h" /* under test */

#include <stdlib.h> /* malloc */

/* An image and what libigd says of it. */
struct image {
    struct model_monitors monitors;
    uint8_t *bytes;
    uint32_t size;
    struct igd_opregion opregion;
    const uint8_t *table;
    struct igd_vbt vbt;
};

static void make(struct image *image, const char *name, const char *monitors, bool host)
{
    const struct model_chip *chip = model_chip_find(name);
    struct error err = { 0 };
    if (model_monitors_parse(&image->monitors, chip, monitors, &err) < 0)
        fail_msg("%s", err.text);
    const struct opregion_image_options options = {
        .chip = chip,
        .monitors = &image->monitors,
        .host = host,
    };
    image->size = opregion_image_size(chip);
    image->bytes = malloc(image->size);
    assert_non_null(image->bytes);
    opregion_image_build(&options, image->bytes);
    if (igd_opregion_parse(image->bytes, image->size, &image->opregion, &err) < 0)
        fail_msg("%s", err.text);
    image->table = image->bytes + image->opregion.vbt_offset;
    if (igd_vbt_parse(image->table, image->opregion.vbt_size, &image->vbt, &err) < 0)
        fail_msg("%s", err.text);
}

static void test_host(void **state)
{
    struct image image;
    make(&image, "skylake", NULL, true);
    assert_int_equal(image.opregion.size, 0x2000);
    assert_int_equal(image.opregion.major, 2);
    assert_int_equal(image.opregion.minor, 0);
    assert_int_equal(image.opregion.mailboxes, 0x0f);
    assert_false(image.opregion.extended_vbt);
    assert_int_equal(image.opregion.vbt_offset, IGD_OPREGION_VBT);
    assert_string_equal(image.opregion.vbt_signature, "$VBT SKYLAKE");
    assert_int_equal(byte_sum(image.table, image.vbt.size), 0);
    assert_int_equal(load32(image.bytes + IGD_OPREGION_CLID), 1);
    free(image.bytes);
}

/* For a guest nothing is left for libigd to change. */
static void test_guest(void **state)
{
    struct igd_opregion_change changes[IGD_OPREGION_MAX_CHANGES];
    struct image image;
    make(&image, "skylake", NULL, false);
    assert_int_equal(image.opregion.mailboxes, 0x0d);
    assert_int_equal(igd_opregion_prepare(image.bytes, image.size, changes), 0);
    free(image.bytes);
}

/* After Gen9 the VBT follows the region. */
static void test_extended(void **state)
{
    struct image image;
    make(&image, "tiger-lake", NULL, true);
    assert_true(image.size > IGD_OPREGION_SIZE);
    assert_int_equal(image.opregion.major, 2);
    assert_int_equal(image.opregion.minor, 1);
    assert_true(image.opregion.extended_vbt);
    assert_int_equal(image.opregion.vbt_offset, IGD_OPREGION_SIZE);
    assert_true(image.vbt.size > 0x1800); /* mailbox 4 would not hold it */
    assert_string_equal(image.opregion.vbt_signature, "$VBT TIGER-LAKE");
    assert_int_equal(byte_sum(image.table, image.vbt.size), 0);
    free(image.bytes);
    assert_int_equal(opregion_image_size(model_chip_find("comet-lake")),
                     IGD_OPREGION_SIZE);
}

/* Figures of i915's intel_vbt_defs.h and of dumps of real tables. */
static void test_children(void **state)
{
    struct image image;
    struct igd_vbt_child child;
    make(&image, "skylake", "hdmi-b,edp-a,dp-c,hdmi-d:none", false);
    assert_int_equal(image.vbt.bdb_version, 209);
    static const struct igd_vbt_child expected[] = {
        { 0x0004, 0x60d2, 1, 5, 0x05, 0x00 },
        { 0x0008, 0x78c6, 10, 0, 0x02, 0x40 },
        { 0x0040, 0x68c6, 8, 0, 0x02, 0x20 },
        { 0x0020, 0x60d2, 3, 6, 0x05, 0x00 },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(expected); i++) {
        assert_true(igd_vbt_child_at(image.table, &image.vbt, i, &child));
        assert_memory_equal(&child, &expected[i], sizeof(child));
    }
    assert_false(
        igd_vbt_child_at(image.table, &image.vbt, ARRAY_SIZE(expected), &child));
    free(image.bytes);
    /* Pins count anew beside each PCH. */
    static const struct {
        const char *chip;
        uint8_t pin, gmbus;
    } pins[] = { { "coffee-lake", 1, 1 }, { "ice-lake", 2, 2 },
                 { "tiger-lake", 2, 2 },  { "alder-lake-s", 2, 9 },
                 { "gemini-lake", 1, 1 }, { "haswell", 5, 5 } };
    for (unsigned i = 0; i < ARRAY_SIZE(pins); i++) {
        make(&image, pins[i].chip, "hdmi-b", false);
        assert_true(igd_vbt_child_at(image.table, &image.vbt, 0, &child));
        assert_int_equal(child.ddc_pin, pins[i].pin);
        assert_int_equal(image.monitors.list[0].port->gmbus_pin, pins[i].gmbus);
        free(image.bytes);
    }
}

/* Walk the blocks by hand: sizes add up, none comes twice. */
static void check_blocks(const struct image *image)
{
    const uint8_t *bdb = image->table + load32(image->table + 28);
    assert_memory_equal(bdb, "BIOS_DATA_BLOCK ", 16);
    const uint8_t *end = bdb + load16(bdb + 20);
    bool seen[256] = { false };
    const uint8_t *block = bdb + load16(bdb + 18);
    while (block < end) {
        uint32_t size;
        assert_false(seen[block[0]]);
        seen[block[0]] = true;
        assert_ptr_equal(igd_vbt_block(image->table, &image->vbt, block[0], &size),
                         block + 3);
        assert_int_equal(size, load16(block + 1));
        block += 3 + size;
    }
    assert_ptr_equal(block, end);
    assert_true(seen[1] && seen[2] && seen[12]);
}

/* As i915's validate_lfp_data_ptrs does, or it complains of malformed pointers. */
static void check_panel_pointers(const struct image *image)
{
    const uint8_t *bdb = image->table + image->vbt.bdb_offset;
    uint32_t pointers_size, data_size;
    const uint8_t *pointers =
        igd_vbt_block(image->table, &image->vbt, IGD_VBT_LFP_POINTERS, &pointers_size);
    const uint8_t *data =
        igd_vbt_block(image->table, &image->vbt, IGD_VBT_LFP_DATA, &data_size);
    assert_non_null(pointers);
    assert_non_null(data);
    assert_int_equal(pointers_size, 1 + 16 * 9 + 3);
    assert_int_equal(pointers[0], 3);
    unsigned start = (unsigned)(data - bdb), entry = 0;
    for (unsigned panel = 0; panel < 16; panel++) {
        const uint8_t *at = pointers + 1 + (size_t)panel * 9;
        unsigned timing = load16(at) - start, dtd = load16(at + 3) - start,
                 identity = load16(at + 6) - start;
        assert_true(at[2] >= 32);
        assert_int_equal(at[5], 18);
        assert_int_equal(at[8], 10);
        assert_int_equal(timing + at[2], dtd);
        assert_int_equal(dtd + at[5], identity);
        assert_int_equal(timing, entry);
        assert_int_equal(load16(data + timing + at[2] - 2), 0xffff);
        entry = identity + at[8];
    }
    const uint8_t *name = pointers + 1 + (size_t)16 * 9;
    assert_int_equal(load16(name) - start, entry);
    assert_int_equal(name[2], 13);
    assert_true(entry + 16u * 13 <= data_size);
}

/* The panel's mode is told in up to three places, all alike. */
static void check_panel(const struct image *image)
{
    const struct model_monitor *panel = &image->monitors.list[0];
    const struct model_timing *mode = &panel->modes[0];
    uint32_t size;
    const uint8_t *data =
        igd_vbt_block(image->table, &image->vbt, IGD_VBT_LFP_DATA, &size);
    assert_int_equal(load16(data), mode->horizontal.active);
    assert_int_equal(load16(data + 2), mode->vertical.active);
    /* What the EDID's first detailed timing says of clock, lines and pixels. */
    assert_memory_equal(data + 38, panel->edid + 54, 12);
    assert_memory_equal(data + 38 + 18, panel->edid + 8, 10);
    const uint8_t *generic =
        igd_vbt_block(image->table, &image->vbt, IGD_VBT_GENERIC_DTD, &size);
    assert_int_equal(generic != NULL, image->vbt.bdb_version >= 229);
    if (generic) {
        assert_int_equal(load16(generic), 28);
        assert_int_equal(load32(generic + 2), mode->clock);
        assert_int_equal(load16(generic + 6), mode->horizontal.active);
    }
    const uint8_t *edp = igd_vbt_block(image->table, &image->vbt, IGD_VBT_EDP, &size);
    assert_non_null(edp);
    assert_int_equal(load16(edp), 2000);        /* 200 ms to power up */
    assert_int_equal(load16(edp + 8), 5000);    /* 500 ms power cycle */
    assert_int_equal(load32(edp + 160) & 3, 1); /* 24 bits */
    const uint8_t *light =
        igd_vbt_block(image->table, &image->vbt, IGD_VBT_LFP_BACKLIGHT, &size);
    assert_non_null(light);
    assert_int_equal(light[0], 6);
    assert_int_equal(light[1] & 3, 2);
    const uint8_t *features =
        igd_vbt_block(image->table, &image->vbt, IGD_VBT_DRIVER_FEATURES, &size);
    assert_int_equal(load16(features + 7) >> 11 & 3, 3);
}

static void test_all_chips(void **state)
{
    const struct model_chip *chip;
    for (size_t i = 0; (chip = model_chip_at(i)); i++) {
        const struct model_port *a = model_port_find(chip, 'a');
        const char *panel = a ? "edp-a,hdmi-b" : "edp-c,hdmi-b";
        const char *const lists[] = { NULL, "none", "dp-b", panel };
        for (size_t j = 0; j < ARRAY_SIZE(lists); j++) {
            struct image image;
            make(&image, chip->name, lists[j], false);
            assert_int_equal(byte_sum(image.table, image.vbt.size), 0);
            check_blocks(&image);
            uint32_t size;
            const uint8_t *definitions = igd_vbt_block(
                image.table, &image.vbt, IGD_VBT_GENERAL_DEFINITIONS, &size);
            unsigned version = image.vbt.bdb_version;
            assert_int_equal(definitions[4], version < 195   ? 33
                                             : version < 216 ? 38
                                                             : 39);
            assert_int_equal((size - 5) / definitions[4], image.monitors.count);
            if (lists[j] == panel) {
                check_panel_pointers(&image);
                check_panel(&image);
            }
            free(image.bytes);
        }
    }
}

static void test_child_sizes(void **state)
{
    /* i915 logs an error for any other size. */
    static const unsigned rows[][2] = { { 105, 22 }, { 106, 27 }, { 110, 27 },
                                        { 111, 33 }, { 194, 33 }, { 195, 37 },
                                        { 196, 38 }, { 215, 38 }, { 216, 39 },
                                        { 255, 39 }, { 256, 40 } };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(igd_vbt_child_size(rows[i][0]), rows[i][1]);
}

/* Reading blocks of a damaged table ends, and inside it. */
static void test_damaged(void **state)
{
    struct image image;
    make(&image, "skylake", "edp-a", false);
    size_t size = image.vbt.size;
    uint8_t *copy = malloc(size);
    assert_non_null(copy);
    for (size_t at = IGD_VBT_HEADER; at < size; at++) {
        static const uint8_t values[] = { 0, 0xff, 53 };
        for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
            struct igd_vbt vbt;
            struct igd_vbt_child child;
            uint32_t length;
            memcpy(copy, image.table, size);
            copy[at] = values[i];
            if (igd_vbt_parse(copy, size, &vbt, NULL) < 0)
                continue;
            const uint8_t *block = igd_vbt_block(copy, &vbt, 44, &length);
            assert_true(!block || block + length <= copy + size);
            igd_vbt_child_at(copy, &vbt, 300, &child);
        }
    }
    free(copy);
    free(image.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host),      cmocka_unit_test(test_guest),
        cmocka_unit_test(test_extended),  cmocka_unit_test(test_children),
        cmocka_unit_test(test_all_chips), cmocka_unit_test(test_child_sizes),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
