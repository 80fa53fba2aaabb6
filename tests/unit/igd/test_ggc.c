/* test_ggc.c: every GMS and GGMS code of every layout, and BDSM. */
#include "igd/ggc.h" /* under test */

#include "base/bytes.h" /* stores, MIB */

#include <errno.h>  /* EINVAL */
#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */

#include <cmocka.h> /* the framework */

#define RESERVED (-1)

/* The sizes in MiB as the documents word them, one layout each, apart from the table.
 */
static int gen6_gms(unsigned code)
{
    return code <= 16 ? (int)code * 32 : RESERVED;
}

static int cherryview_gms(unsigned code)
{
    if (code <= 0x10)
        return (int)code * 32;
    if (code <= 0x16)
        return ((int)code - 0x11) * 4 + 8;
    if (code <= 0x1d)
        return ((int)code - 0x17) * 4 + 36;
    return RESERVED;
}

static int gen8_gms(unsigned code)
{
    return (int)code * 32;
}

static int gen9_gms(unsigned code)
{
    if (code < 0xf0)
        return (int)code * 32;
    return code < 0xff ? ((int)code - 0xf0 + 1) * 4 : RESERVED;
}

static int meteor_lake_gms(unsigned code)
{
    return code > 4 && code < 0xf0 ? RESERVED : gen9_gms(code);
}

static const struct {
    const char *platform;
    int (*gms)(unsigned code);
    int ggms[4];
    unsigned gms_shift, gms_codes, ggms_shift;
} layouts[] = {
    { "sandy-bridge", gen6_gms, { 0, 1, 2, RESERVED }, 3, 0x20, 8 },
    { "haswell", gen6_gms, { 0, 1, 2, RESERVED }, 3, 0x20, 8 },
    { "cherryview", cherryview_gms, { 0, 2, 4, 8 }, 3, 0x20, 8 },
    { "broadwell", gen8_gms, { 0, 2, 4, 8 }, 8, 0x100, 6 },
    { "skylake", gen9_gms, { 0, 2, 4, 8 }, 8, 0x100, 6 },
    { "tiger-lake", gen9_gms, { 0, 2, 4, 8 }, 8, 0x100, 6 },
    { "meteor-lake", meteor_lake_gms, { 0, 2, 4, 8 }, 8, 0x100, 6 },
};

static void test_every_code(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
        const struct igd_platform *platform = igd_platform_find(layouts[i].platform);
        for (unsigned gms = 0; gms < layouts[i].gms_codes; gms++) {
            for (unsigned ggms = 0; ggms < 4; ggms++) {
                for (unsigned low = 0; low < 4; low++) {
                    uint16_t raw = (uint16_t)(gms << layouts[i].gms_shift |
                                              ggms << layouts[i].ggms_shift | low);
                    struct igd_ggc ggc;
                    int stolen = layouts[i].gms(gms), gtt = layouts[i].ggms[ggms];
                    int ret = igd_ggc_decode(platform, raw, &ggc);
                    assert_int_equal(ggc.vga_disabled, low >> 1);
                    assert_int_equal(ggc.locked, low & 1);
                    if (stolen == RESERVED || gtt == RESERVED) {
                        assert_int_equal(ret, -EINVAL);
                        assert_int_equal(ggc.stolen_size, 0);
                        assert_int_equal(ggc.gtt_size, 0);
                        continue;
                    }
                    assert_int_equal(ret, 0);
                    assert_int_equal(ggc.stolen_size, (uint64_t)stolen * MIB);
                    assert_int_equal(ggc.gtt_size, (uint64_t)gtt * MIB);
                }
            }
        }
    }
}

static void test_with_gms(void **state)
{
    static const struct {
        const char *platform;
        uint16_t raw;
        uint8_t gms;
        uint16_t expected;
    } cases[] = {
        { "skylake", 0x02c1, 0x00, 0x00c1 },
        { "skylake", 0x02c1, 0xf0, 0xf0c1 },
        { "sandy-bridge", 0xffff, 0x00, 0xff07 },
        { "sandy-bridge", 0x0211, 0x1f, 0x02f9 },
        { "cherryview", 0x0311, 0x11, 0x0389 },
        { "sandy-bridge", 0x0000, 0xff, 0x00f8 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct igd_platform *platform = igd_platform_find(cases[i].platform);
        assert_int_equal(igd_ggc_with_gms(platform, cases[i].raw, cases[i].gms),
                         cases[i].expected);
    }
}

static void test_bdsm(void **state)
{
    uint8_t config[256] = { 0 };
    store32(config + IGD_REG_BDSM32, 0x8b800001);
    store64(config + IGD_REG_BDSM64, 0x123456789abcdef1);
    assert_int_equal(igd_bdsm_decode(igd_platform_find("skylake"), config), 0x8b800000);
    assert_int_equal(igd_bdsm_decode(igd_platform_find("tiger-lake"), config),
                     0x123456789ab00000);
    assert_int_equal(igd_bdsm_decode(igd_platform_find("meteor-lake"), config), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code),
        cmocka_unit_test(test_with_gms),
        cmocka_unit_test(test_bdsm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
