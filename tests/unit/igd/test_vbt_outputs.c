/* test_vbt_outputs.c: which outputs a VBT describes, and what lights them up. */
#include "base/bytes.h"      /* stores */
#include "igd/vbt_outputs.h" /* what is tested */

#include <setjmp.h>  /* cmocka */
#include <stdarg.h>  /* cmocka */
#include <stdbool.h> /* bool */
#include <stddef.h>  /* cmocka */
#include <stdint.h>  /* cmocka */
#include <string.h>  /* memcpy */

#include <cmocka.h> /* assertions; needs the headers above */

#define CHILD 38

static uint8_t vbt[1024];
static struct igd_vbt info;
static uint32_t used; /* of the data blocks */

static uint8_t *block(uint8_t id, uint16_t size)
{
    uint8_t *at = vbt + IGD_VBT_HEADER + used;
    at[0] = id;
    store16(at + 1, size);
    used += 3u + size;
    store16(vbt + IGD_VBT_HEADER + IGD_BDB_SIZE, (uint16_t)used);
    return at + 3;
}

static void begin(uint16_t bdb_version)
{
    memset(vbt, 0, sizeof(vbt));
    memcpy(vbt, "$VBT TEST           ", 20);
    store16(vbt + IGD_VBT_SIZE, sizeof(vbt));
    store32(vbt + IGD_VBT_BDB_OFFSET, IGD_VBT_HEADER);
    memcpy(vbt + IGD_VBT_HEADER, "BIOS_DATA_BLOCK ", 16);
    store16(vbt + IGD_VBT_HEADER + IGD_BDB_VERSION, bdb_version);
    store16(vbt + IGD_VBT_HEADER + 18, IGD_BDB_HEADER);
    used = IGD_BDB_HEADER;
}

/* Children with these types and ports; the rest of each is 0. */
static void children(unsigned count, const uint16_t *types, const uint8_t *numbers,
                     uint8_t aux)
{
    uint8_t *data = block(IGD_VBT_GENERAL_DEFINITIONS,
                          (uint16_t)(IGD_VBT_CHILDREN + count * CHILD));
    data[IGD_VBT_CHILDREN_SIZE] = CHILD;
    for (unsigned i = 0; i < count; i++) {
        uint8_t *child = data + IGD_VBT_CHILDREN + (size_t)i * CHILD;
        store16(child + IGD_VBT_CHILD_TYPE, types[i]);
        child[IGD_VBT_CHILD_PORT] = numbers[i];
        child[IGD_VBT_CHILD_AUX] = aux;
    }
}

static unsigned outputs_of(struct igd_output outputs[IGD_VBT_OUTPUTS_MAX])
{
    assert_int_equal(igd_vbt_parse(vbt, sizeof(vbt), &info, NULL), 0);
    return igd_vbt_outputs(vbt, &info, outputs);
}

static void each_kind(void **state)
{
    static const uint16_t types[] = { 0x60d2, 0x68c6, 0x60d6, 0x78c6, 0,
                                      0x0001, 0x1022, 0x68d2, 0x1400, 0x8000 };
    static const uint8_t numbers[] = { 1, 8, 9, 10, 0, 6, 4, 2, 21, 99 };
    static const enum igd_output_kind kinds[] = { IGD_OUTPUT_HDMI,    IGD_OUTPUT_DP,
                                                  IGD_OUTPUT_DP_DUAL, IGD_OUTPUT_EDP,
                                                  IGD_OUTPUT_ANALOG,  IGD_OUTPUT_LVDS,
                                                  IGD_OUTPUT_DVI,     IGD_OUTPUT_DSI,
                                                  IGD_OUTPUT_UNKNOWN };
    static const char letters[] = { 'B', 'C', 'D', 'A', 0, 0, 'C', 'A', 0 };
    struct igd_output outputs[IGD_VBT_OUTPUTS_MAX];
    begin(209);
    children(10, types, numbers, 0x20);
    assert_int_equal(outputs_of(outputs), 9);
    for (unsigned i = 0; i < 9; i++) {
        assert_int_equal(outputs[i].kind, kinds[i]);
        assert_int_equal(outputs[i].port, letters[i]);
        assert_false(outputs[i].type_c);
        assert_non_null(igd_output_kind_name(outputs[i].kind));
        bool known = outputs[i].kind != IGD_OUTPUT_UNKNOWN;
        assert_int_equal(igd_output_starts(&outputs[i], true),
                         known ? IGD_OUTPUT_BY_FIRMWARE : IGD_OUTPUT_BY_DRIVER);
        assert_int_equal(igd_output_starts(&outputs[i], false), IGD_OUTPUT_BY_DRIVER);
    }
    assert_int_equal(outputs[0].aux, 0);
    assert_int_equal(outputs[1].aux, 'C');
    assert_true(outputs[3].panel);
    assert_true(outputs[5].panel);
    assert_false(outputs[1].panel);
}

static void type_c_ports_wait_for_the_driver(void **state)
{
    static const uint16_t types[] = { 0x68c6, 0x68c6 };
    static const uint8_t numbers[] = { 7, 9 }; /* B, D */
    struct igd_output outputs[IGD_VBT_OUTPUTS_MAX];
    begin(237);
    children(2, types, numbers, 0xee); /* a channel that does not exist */
    assert_int_equal(outputs_of(outputs), 2);
    assert_false(outputs[0].type_c);
    assert_true(outputs[1].type_c);
    assert_int_equal(outputs[1].aux, 0);
    assert_int_equal(igd_output_starts(&outputs[1], true), IGD_OUTPUT_BY_DRIVER);
}

static void a_crowd_is_cut(void **state)
{
    uint16_t types[20];
    uint8_t numbers[20];
    struct igd_output outputs[IGD_VBT_OUTPUTS_MAX];
    for (unsigned i = 0; i < 20; i++) {
        types[i] = 0x60d2;
        numbers[i] = 1;
    }
    begin(209);
    children(20, types, numbers, 0);
    assert_int_equal(outputs_of(outputs), IGD_VBT_OUTPUTS_MAX);
}

static void without_definitions_there_is_none(void **state)
{
    struct igd_output outputs[IGD_VBT_OUTPUTS_MAX];
    begin(209);
    block(1, 5);
    assert_int_equal(outputs_of(outputs), 0);
}

static void panel_mode(void **state)
{
    begin(209);
    uint8_t *options = block(IGD_VBT_LFP_OPTIONS, 4);
    options[0] = 1; /* the second panel */
    uint8_t *pointers = block(IGD_VBT_LFP_POINTERS, 1 + 16 * 9);
    uint8_t *data = block(IGD_VBT_LFP_DATA, 64);
    store16(pointers + 1 + 9 + 3, (uint16_t)(data + 20 - (vbt + IGD_VBT_HEADER)));
    store16(data + 20, 8550);
    data[22] = 0x56; /* 1366 */
    data[24] = 0x50;
    data[25] = 0x00; /* 768 */
    data[27] = 0x30;
    assert_int_equal(igd_vbt_parse(vbt, sizeof(vbt), &info, NULL), 0);
    struct igd_panel_mode mode = igd_vbt_panel_mode(vbt, &info);
    assert_int_equal(mode.width, 1366);
    assert_int_equal(mode.height, 768);
    assert_int_equal(mode.clock_khz, 85500);
    /* Pointed outside, and a panel that no row is for. */
    store16(pointers + 1 + 9 + 3, 0xfff0);
    assert_int_equal(igd_vbt_panel_mode(vbt, &info).width, 0);
    options[0] = 200;
    assert_int_equal(igd_vbt_panel_mode(vbt, &info).width, 0);
    begin(209);
    block(IGD_VBT_LFP_OPTIONS, 0);
    block(IGD_VBT_LFP_POINTERS, 1);
    assert_int_equal(igd_vbt_parse(vbt, sizeof(vbt), &info, NULL), 0);
    assert_int_equal(igd_vbt_panel_mode(vbt, &info).width, 0);
    begin(209);
    block(IGD_VBT_LFP_OPTIONS, 4);
    assert_int_equal(igd_vbt_parse(vbt, sizeof(vbt), &info, NULL), 0);
    assert_int_equal(igd_vbt_panel_mode(vbt, &info).width, 0);
    begin(209);
    block(1, 5);
    assert_int_equal(igd_vbt_parse(vbt, sizeof(vbt), &info, NULL), 0);
    assert_int_equal(igd_vbt_panel_mode(vbt, &info).width, 0);
}

/* Block 53 is longer than two bytes can say, and has its length inside. */
static void a_long_block_is_passed_over(void **state)
{
    static const uint16_t type = 0x60d2;
    static const uint8_t port = 1;
    struct igd_output outputs[IGD_VBT_OUTPUTS_MAX];
    begin(209);
    uint8_t *long_block = block(53, 20);
    long_block[0] = 3;
    store32(long_block + 1, 20);
    children(1, &type, &port, 0);
    assert_int_equal(outputs_of(outputs), 1);
    long_block[0] = 2; /* an old one: two bytes say it */
    store32(long_block + 1, 0xffffffff);
    assert_int_equal(outputs_of(outputs), 1);
    long_block[0] = 3; /* beyond the table */
    assert_int_equal(outputs_of(outputs), 0);
    uint32_t size;
    begin(209);
    store16(vbt + IGD_VBT_HEADER + IGD_BDB_SIZE, 10); /* no header of its own */
    if (igd_vbt_parse(vbt, sizeof(vbt), &info, NULL) == 0)
        assert_null(igd_vbt_block(vbt, &info, 1, &size));
}

static void children_that_are_too_small(void **state)
{
    struct igd_output outputs[IGD_VBT_OUTPUTS_MAX];
    begin(209);
    uint8_t *data = block(IGD_VBT_GENERAL_DEFINITIONS, IGD_VBT_CHILDREN + 40);
    data[IGD_VBT_CHILDREN_SIZE] = 2;
    assert_int_equal(outputs_of(outputs), 0);
    data[IGD_VBT_CHILDREN_SIZE] = 0;
    assert_int_equal(outputs_of(outputs), 0);
    begin(209);
    block(IGD_VBT_GENERAL_DEFINITIONS, 2);
    assert_int_equal(outputs_of(outputs), 0);
}

/* Linux i915 intel_bios.c, child_device_expected_size. */
static void sizes_and_ports_by_the_tables(void **state)
{
    static const struct {
        unsigned version, size;
    } sizes[] = { { 100, 22 }, { 106, 27 }, { 111, 33 }, { 195, 37 },
                  { 196, 38 }, { 216, 39 }, { 256, 40 } };
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        assert_int_equal(igd_vbt_child_size(sizes[i].version), sizes[i].size);
    assert_int_equal(igd_vbt_port('b', false), 1);
    assert_int_equal(igd_vbt_port('b', true), 7);
    assert_int_equal(igd_vbt_port('a', true), 10);
    assert_int_equal(igd_vbt_port('e', false), 12);
    assert_int_equal(igd_vbt_aux_channel('a'), 0x40);
    assert_int_equal(igd_vbt_aux_channel('d'), 0x30);
}

static void checksum(void **state)
{
    begin(209);
    assert_int_equal(igd_vbt_parse(vbt, sizeof(vbt), &info, NULL), 0);
    assert_false(igd_vbt_checksum_right(vbt, &info));
    vbt[IGD_VBT_CHECKSUM] = (uint8_t)-byte_sum(vbt, sizeof(vbt));
    assert_true(igd_vbt_checksum_right(vbt, &info));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind),
        cmocka_unit_test(type_c_ports_wait_for_the_driver),
        cmocka_unit_test(a_crowd_is_cut),
        cmocka_unit_test(without_definitions_there_is_none),
        cmocka_unit_test(panel_mode),
        cmocka_unit_test(a_long_block_is_passed_over),
        cmocka_unit_test(children_that_are_too_small),
        cmocka_unit_test(sizes_and_ports_by_the_tables),
        cmocka_unit_test(checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
