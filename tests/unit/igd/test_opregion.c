/* test_opregion.c: OpRegions and VBTs, whole, prepared and damaged. */
#include "igd/opregion.h" /* under test */
#include "igd/vbt.h"      /* under test */

#include "samples.h" /* valid images */

#include "base/bytes.h" /* stores */
#include "base/error.h" /* struct error */

#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */
#include <stdlib.h> /* malloc */

#include <cmocka.h> /* the framework */

#define VBT   IGD_OPREGION_VBT
#define BDB   (VBT + IGD_VBT_HEADER)
#define RVDS  0x1800U
#define WHOLE (IGD_OPREGION_SIZE + RVDS)

/* Parse a copy that has not a byte more than size: the sanitizer watches its ends. */
static int parse_exact(const uint8_t *image, size_t size, struct igd_opregion *info,
                       struct error *err)
{
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, image, size);
    int ret = igd_opregion_parse(copy, size, info, err);
    free(copy);
    return ret;
}

static void test_classic(void **state)
{
    uint8_t image[IGD_OPREGION_SIZE];
    struct igd_opregion info;
    sample_opregion(image);
    assert_int_equal(parse_exact(image, sizeof(image), &info, NULL), 0);
    assert_int_equal(info.size, 0x2000);
    assert_int_equal(info.major, 2);
    assert_int_equal(info.minor, 0);
    assert_int_equal(info.mailboxes, 0x0f);
    assert_false(info.extended_vbt);
    assert_int_equal(info.vbt_offset, VBT);
    assert_int_equal(info.vbt_size, SAMPLE_VBT_SIZE);
    assert_string_equal(info.vbt_signature, "$VBT SKYLAKE");
}

static void test_extended(void **state)
{
    uint8_t image[WHOLE];
    struct igd_opregion info;
    sample_opregion_extended(image, RVDS);
    assert_int_equal(parse_exact(image, sizeof(image), &info, NULL), 0);
    assert_true(info.extended_vbt);
    assert_int_equal(info.minor, 1);
    assert_int_equal(info.vbt_offset, 0x2000);
    assert_int_equal(info.vbt_size, SAMPLE_VBT_SIZE);
}

/* When RVDA counts: not before 2.0, not without mailbox 3, not half. */
static void test_not_extended(void **state)
{
    static const struct {
        uint32_t offset, size, value;
    } cases[] = {
        { IGD_OPREGION_VERSION, 4, 0x01000000 },
        { IGD_OPREGION_MBOX, 4, 0x0f & ~IGD_OPREGION_MBOX_ASLE },
        { IGD_OPREGION_RVDA, 8, 0 },
        { IGD_OPREGION_RVDS, 4, 0 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t image[WHOLE];
        struct igd_opregion info;
        sample_opregion_extended(image, RVDS);
        sample_vbt(image + VBT);
        store_sized(image + cases[i].offset, cases[i].value, cases[i].size);
        assert_int_equal(parse_exact(image, sizeof(image), &info, NULL), 0);
        assert_false(info.extended_vbt);
        assert_int_equal(info.vbt_offset, VBT);
    }
}

static void test_no_vbt(void **state)
{
    uint8_t image[IGD_OPREGION_SIZE];
    struct igd_opregion info;
    struct error err = { 0 };
    sample_opregion(image);
    memset(image + VBT, 0, 4);
    store32(image + IGD_OPREGION_MBOX, 0x05);
    assert_int_equal(parse_exact(image, sizeof(image), &info, &err), 0);
    assert_int_equal(info.vbt_offset, 0);
    assert_int_equal(info.vbt_size, 0);
    assert_string_equal(info.vbt_signature, "");
    /* A header that claims one is believed. */
    store32(image + IGD_OPREGION_MBOX, 0x0f);
    assert_int_equal(parse_exact(image, sizeof(image), &info, &err), -EINVAL);
    assert_non_null(strstr(err.text, "VBT at 0x400"));
    /* One that nobody claims is found. */
    sample_opregion(image);
    store32(image + IGD_OPREGION_MBOX, 0x05);
    assert_int_equal(parse_exact(image, sizeof(image), &info, NULL), 0);
    assert_int_equal(info.vbt_offset, VBT);
}

/* Mailbox 5 takes the last KiB from the VBT. */
static void test_mailbox_5(void **state)
{
    uint8_t image[IGD_OPREGION_SIZE];
    struct igd_opregion info;
    sample_opregion(image);
    store16(image + VBT + IGD_VBT_SIZE, 0x1c00);
    assert_int_equal(parse_exact(image, sizeof(image), &info, NULL), 0);
    assert_int_equal(info.vbt_size, 0x1c00);
    store32(image + IGD_OPREGION_MBOX, 0x1f);
    assert_int_equal(parse_exact(image, sizeof(image), &info, NULL), -EINVAL);
    store16(image + VBT + IGD_VBT_SIZE, 0x1800);
    assert_int_equal(parse_exact(image, sizeof(image), &info, NULL), 0);
}

static void test_signature_text(void **state)
{
    uint8_t vbt[SAMPLE_VBT_SIZE];
    struct igd_vbt info;
    sample_vbt(vbt);
    memcpy(vbt + 4, " A\x1b[31m\n\x80Z         ", 16);
    assert_int_equal(igd_vbt_parse(vbt, sizeof(vbt), &info, NULL), 0);
    assert_string_equal(info.signature, "$VBT A [31m  Z");
    memset(vbt + 4, 'X', 16);
    assert_int_equal(igd_vbt_parse(vbt, sizeof(vbt), &info, NULL), 0);
    assert_string_equal(info.signature, "$VBTXXXXXXXXXXXXXXXX");
    assert_int_equal(info.version, 100);
    assert_int_equal(info.bdb_version, 209);
    assert_int_equal(igd_vbt_parse(vbt, IGD_VBT_HEADER - 1, &info, NULL), -EINVAL);
}

static void test_damage(void **state)
{
    static const struct {
        bool extended;
        uint32_t offset, size;
        uint64_t value;
        const char *says;
    } cases[] = {
        { false, 0x00, 1, 'i', "signature at 0x0 begins 69 6e 74 65" },
        { false, 0x0f, 1, 'n', "signature" },
        { false, IGD_OPREGION_KIB, 4, 0, "size at 0x10 is 0 KiB" },
        { false, IGD_OPREGION_KIB, 4, 7, "size at 0x10 is 7 KiB" },
        { false, IGD_OPREGION_KIB, 4, 9, "expected 8 to the 8 KiB" },
        { false, IGD_OPREGION_KIB, 4, 0xffffffff, "4294967295 KiB" },
        { false, VBT, 1, '#', "VBT at 0x400: the signature is 23 56 42 54" },
        { false, VBT + IGD_VBT_SIZE, 2, 0xffff,
          "+0x18 is 65535 bytes, expected at most" },
        { false, VBT + IGD_VBT_SIZE, 2, 60, "data blocks at +0x1c is 0x30" },
        { false, VBT + IGD_VBT_SIZE, 2, 0, "data blocks" },
        { false, VBT + IGD_VBT_BDB_OFFSET, 4, 0xffffffff, "is 0xffffffff" },
        { false, VBT + IGD_VBT_BDB_OFFSET, 4, 103, "is 0x67" },
        { false, BDB + IGD_BDB_SIZE, 2, 77,
          "+0x44 is 77 bytes, expected at most the 76" },
        { true, IGD_OPREGION_VERSION, 4, 0x02000000, "version 2.0 OpRegion" },
        { true, IGD_OPREGION_RVDA, 8, 0x1fff, "place the VBT at 0x1fff" },
        { true, IGD_OPREGION_RVDA, 8, 0x2001, "place the VBT at 0x2001" },
        { true, IGD_OPREGION_RVDA, 8, UINT64_MAX,
          "place the VBT at 0xffffffffffffffff" },
        { true, IGD_OPREGION_RVDS, 4, RVDS + 1, "6145 bytes" },
        { true, IGD_OPREGION_RVDS, 4, UINT32_MAX, "4294967295 bytes" },
        { true, IGD_OPREGION_RVDS, 4, 47, "VBT at 0x2000: room for 47 bytes" },
        { true, IGD_OPREGION_RVDS, 4, 100, "VBT at 0x2000: the size at +0x18" },
        { true, IGD_OPREGION_SIZE, 1, 0, "VBT at 0x2000: the signature" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t image[WHOLE];
        struct igd_opregion info;
        struct error err = { 0 };
        size_t size = cases[i].extended ? WHOLE : IGD_OPREGION_SIZE;
        if (cases[i].extended)
            sample_opregion_extended(image, RVDS);
        else
            sample_opregion(image);
        store_sized(image + cases[i].offset, cases[i].value, cases[i].size);
        assert_int_equal(parse_exact(image, size, &info, &err), -EINVAL);
        assert_int_equal(err.kind, ERROR_INPUT);
        assert_int_equal(strncmp(err.text, "OpRegion: ", 10), 0);
        assert_null(strchr(err.text, '\n'));
        if (!strstr(err.text, cases[i].says))
            fail_msg("case %zu: \"%s\" does not say \"%s\"", i, err.text,
                     cases[i].says);
    }
}

/* From 2.1 on an offset is an offset, whatever comes later. */
static void test_later_versions(void **state)
{
    uint8_t image[WHOLE];
    struct igd_opregion info;
    sample_opregion_extended(image, RVDS);
    store32(image + IGD_OPREGION_VERSION, 0x03000000);
    assert_int_equal(parse_exact(image, sizeof(image), &info, NULL), 0);
    assert_true(info.extended_vbt);
}

static void test_every_length(void **state)
{
    static uint8_t image[IGD_OPREGION_MAX + 1];
    struct igd_opregion info;
    sample_opregion_extended(image, RVDS);
    for (size_t size = 0; size <= WHOLE; size++)
        assert_int_equal(parse_exact(image, size, &info, NULL),
                         size < WHOLE ? -EINVAL : 0);
    assert_int_equal(parse_exact(image, IGD_OPREGION_MAX, &info, NULL), 0);
    assert_int_equal(parse_exact(image, IGD_OPREGION_MAX + 1, &info, NULL), -EINVAL);
}

/* Any value in any field that places or sizes something: no read outside. */
static void test_every_field(void **state)
{
    static const uint32_t fields[] = {
        IGD_OPREGION_KIB,
        IGD_OPREGION_VERSION,
        IGD_OPREGION_MBOX,
        IGD_OPREGION_RVDA,
        IGD_OPREGION_RVDA + 4,
        IGD_OPREGION_RVDS,
        IGD_OPREGION_SIZE + IGD_VBT_SIZE,
        IGD_OPREGION_SIZE + IGD_VBT_BDB_OFFSET,
        IGD_OPREGION_SIZE + IGD_VBT_HEADER + IGD_BDB_SIZE,
        VBT + IGD_VBT_SIZE,
        VBT + IGD_VBT_BDB_OFFSET,
        BDB + IGD_BDB_SIZE,
    };
    static const uint32_t values[] = { 0,      1,          7,          8,      0x1fff,
                                       0x2000, 0x37ff,     0x3800,     0x7fff, 0xffff,
                                       0x8000, 0x7fffffff, 0x80000000, ~0u };
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(values); j++) {
            uint8_t image[WHOLE];
            struct igd_opregion info;
            sample_opregion_extended(image, RVDS);
            sample_vbt(image + VBT);
            store32(image + fields[i], values[j]);
            if (parse_exact(image, sizeof(image), &info, NULL) == 0 && info.vbt_offset)
                assert_true(
                    range_inside(info.vbt_offset, info.vbt_size, sizeof(image)));
        }
    }
}

static void test_prepare(void **state)
{
    uint8_t image[IGD_OPREGION_SIZE], before[IGD_OPREGION_SIZE];
    struct igd_opregion_change changes[IGD_OPREGION_MAX_CHANGES];
    struct igd_opregion info;
    sample_opregion(image);
    memcpy(before, image, sizeof(image));
    assert_int_equal(igd_opregion_prepare(image, sizeof(image), changes), 2);
    assert_int_equal(changes[0].offset, IGD_OPREGION_MBOX);
    assert_int_equal(changes[0].size, 4);
    assert_non_null(changes[0].reason);
    assert_int_equal(changes[1].offset, IGD_OPREGION_CLID);
    assert_int_equal(load32(image + IGD_OPREGION_MBOX), 0x0d);
    assert_int_equal(load32(image + IGD_OPREGION_CLID), 3);
    /* Nothing else changed. */
    store32(before + IGD_OPREGION_MBOX, 0x0d);
    store32(before + IGD_OPREGION_CLID, 3);
    assert_memory_equal(image, before, sizeof(image));
    assert_int_equal(igd_opregion_parse(image, sizeof(image), &info, NULL), 0);
    /* Once is enough; too small an image has no fields to change. */
    assert_int_equal(igd_opregion_prepare(image, sizeof(image), changes), 0);
    sample_opregion(image);
    assert_int_equal(igd_opregion_prepare(image, IGD_OPREGION_MBOX + 3, changes), 0);
    assert_int_equal(igd_opregion_prepare(image, IGD_OPREGION_CLID, changes), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classic),      cmocka_unit_test(test_extended),
        cmocka_unit_test(test_not_extended), cmocka_unit_test(test_no_vbt),
        cmocka_unit_test(test_mailbox_5),    cmocka_unit_test(test_signature_text),
        cmocka_unit_test(test_damage),       cmocka_unit_test(test_later_versions),
        cmocka_unit_test(test_every_length), cmocka_unit_test(test_every_field),
        cmocka_unit_test(test_prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
