/* test_stolen.c: where guest RAM must end so that stolen memory lands at the host's
 * place. */
#include "igd/stolen.h" /* under test */

#include "base/bytes.h" /* MIB */

#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */

#include <cmocka.h> /* the framework */

/*
 * What SeaBIOS does with a range of RAM, told step by step: the zone for tables off the
 * top, what its own code takes (`used`), then the highest aligned place that is left.
 */
static uint64_t seabios_place(uint64_t base, uint64_t top, uint64_t used, uint64_t size)
{
    uint64_t tables = top - base >= 32 * MIB ? 16 * MIB : 256 * KIB;
    return round_down(top - tables - used - size, MIB);
}

static void test_lands_there(void **state)
{
    static const uint64_t sizes[] = { 32, 36, 64, 96, 512, 1024, 2048 };
    static const uint64_t used[] = { 1, 0x1000, 0x18000, MIB - 1, MIB };
    struct igd_request request = { .low_ram_limit = 0xe0000000, .ram_size = 4 * GIB };
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        struct igd_stolen_plan plan;
        uint64_t base = 0x40000000, size = sizes[i] * MIB;
        igd_stolen_plan(&request, base, size, &plan);
        assert_true(plan.at_host_base);
        assert_int_equal(plan.host_base, base);
        assert_int_equal(plan.size, size);
        assert_int_equal(plan.ram_top, base + size + 17 * MIB);
        assert_string_equal(plan.reason, "");
        for (size_t j = 0; j < ARRAY_SIZE(used); j++)
            assert_int_equal(seabios_place(base, plan.ram_top, used[j], size), base);
    }
}

static void test_refusals(void **state)
{
    static const struct {
        uint64_t base, size, low_ram_limit, ram_size;
        const char *reason; /* NULL: possible */
    } cases[] = {
        { 0x8b800000, 64 * MIB, 0xe0000000, 2 * GIB, NULL },
        { 0x8b800000, 0, 0xe0000000, 2 * GIB, "no stolen memory" },
        { 0, 64 * MIB, 0xe0000000, 2 * GIB, "set no BDSM" },
        { 0x123400000000, 64 * MIB, 0xe0000000, 2 * GIB, "below 4 GiB" },
        { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, "below 4 GiB" },
        { 0x8b800000, 8 * GIB, UINT64_MAX, UINT64_MAX, "below 4 GiB" },
        { 0x8b880000, 64 * MIB, 0xe0000000, 2 * GIB, "not aligned to 1 MiB" },
        { 0x8b800000, 64 * MIB + 1, 0xe0000000, 2 * GIB, "not aligned to 1 MiB" },
        { 15 * MIB, 64 * MIB, 0xe0000000, 2 * GIB, "first 16 MiB" },
        { 16 * MIB, 64 * MIB, 0xe0000000, 2 * GIB, NULL },
        { 0x8b800000, 12 * MIB, 0xe0000000, 2 * GIB, "so little (12 MiB)" },
        { 0x8b800000, 16 * MIB, 0xe0000000, 2 * GIB, NULL },
        { 0x8b800000, 64 * MIB, 0x8b800000 + 81 * MIB, 2 * GIB, NULL },
        { 0x8b800000, 64 * MIB, 0x8b800000 + 81 * MIB - 1, 2 * GIB, "past its limit" },
        { 0x8b800000, 64 * MIB, 0xe0000000, 145 * MIB, NULL },
        { 0x8b800000, 64 * MIB, 0xe0000000, 145 * MIB - 1, "145 MiB of guest RAM" },
        { 0x8b800000, 64 * MIB, 0xe0000000, 0, "and there are 0" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct igd_stolen_plan plan;
        struct igd_request request = { .low_ram_limit = cases[i].low_ram_limit,
                                       .ram_size = cases[i].ram_size };
        igd_stolen_plan(&request, cases[i].base, cases[i].size, &plan);
        assert_int_equal(plan.at_host_base, cases[i].reason == NULL);
        assert_int_equal(plan.ram_top != 0, cases[i].reason == NULL);
        if (cases[i].reason && !strstr(plan.reason, cases[i].reason))
            fail_msg("case %zu: \"%s\" does not say \"%s\"", i, plan.reason,
                     cases[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lands_there),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
