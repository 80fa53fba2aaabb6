/* test_register_map.c: rules of registers in tables, and what each rule does. */
#include "fixture.h" /* the model */

#include "base/bytes.h"  /* ARRAY_SIZE */
#include "base/error.h"  /* struct error */
#include "model/chips.h" /* every chip */

#include "model/registers.h" /* under test */
#include "model/state.h"     /* its map is replaced */
#include "model/traits.h"    /* which chips */

static struct fixture f;
static struct register_access seen;
static unsigned calls;

static void written(struct model *model, const struct register_access *access)
{
    calls++;
    seen = *access;
    if (access->written == 0x99)
        register_set(model, access->offset, 0x1234);
}

static uint32_t doubled(struct model *model, const struct register_access *access)
{
    return access->stored * 2 + access->index;
}

static const struct register_rule rules[] = {
    { .name = "reset", .offset = 0x100, .reset = 0x11223344 },
    { .name = "fixed", .offset = 0x104, .reset = 0x55, .fixed = 0xff },
    { .name = "clear", .offset = 0x108, .reset = 0xff, .clear = 0xf0, .fixed = 0x0f },
    { .name = "masked", .offset = 0x10c, .masked = true, .written = written },
    { .name = "read", .offset = 0x200, .count = 3, .stride = 16, .read = doubled },
    { .name = "written", .offset = 0x204, .count = 2, .written = written },
    { .name = "elsewhere", .offset = 0x100, .on = ON_HASWELL, .reset = 1 },
    { .name = "except", .offset = 0x110, .except = ON_SKYLAKE, .reset = 1 },
};
/* Haswell would have 0x100 twice. */
static const struct register_table table = { "test", rules, ARRAY_SIZE(rules), NULL };
static const struct register_table *const tables[] = { &table, NULL };

static int start(void **state)
{
    struct error err;
    fixture_start(&f, false, 0);
    register_map_free(f.model->map);
    f.model->map = register_map_new(f.model->chip, 0x1000, tables, &err);
    assert_non_null(f.model->map);
    f.model->registers_size = 0x1000;
    registers_reset(f.model);
    calls = 0;
    return 0;
}

static int stop(void **state)
{
    f.model->registers_size = 0x800000; /* as it is unmapped */
    fixture_stop(&f);
    return 0;
}

static void test_masks(void **state)
{
    assert_int_equal(mmio_get(&f, 0x100), 0x11223344);
    mmio_put(&f, 0x100, 0);
    assert_int_equal(mmio_get(&f, 0x100), 0);
    mmio_put(&f, 0x104, 0xaabbccdd);
    assert_int_equal(mmio_get(&f, 0x104), 0xaabbcc55);
    mmio_put(&f, 0x108, 0xffffff35);
    assert_int_equal(mmio_get(&f, 0x108), 0xffffffcf);
    put(&f, 0, 0x10b, 1, 0);
    assert_int_equal(mmio_get(&f, 0x108), 0x00ffffcf);
    registers_reset(f.model);
    assert_int_equal(mmio_get(&f, 0x100), 0x11223344);
    assert_int_equal(mmio_get(&f, 0x110), 0); /* not on this chip */
}

static void test_masked(void **state)
{
    mmio_put(&f, 0x10c, 0x00ff1234);
    assert_int_equal(mmio_get(&f, 0x10c), 0x34);
    mmio_put(&f, 0x10c, 0x0f000f00);
    assert_int_equal(mmio_get(&f, 0x10c), 0xf34);
    mmio_put(&f, 0x10c, 0x0000ffff);
    assert_int_equal(mmio_get(&f, 0x10c), 0xf34);
    assert_int_equal(seen.written, 0x0000ffff);
    assert_int_equal(calls, 3);
}

static void test_functions(void **state)
{
    mmio_put(&f, 0x220, 5);
    assert_int_equal(mmio_get(&f, 0x220), 12);
    assert_int_equal(get(&f, 0, 0x220, 1), 12);
    mmio_put(&f, 0x208, 7);
    put(&f, 0, 0x209, 1, 0xab);
    assert_int_equal(calls, 2);
    assert_int_equal(seen.offset, 0x208);
    assert_int_equal(seen.index, 1);
    assert_int_equal(seen.before, 7);
    assert_int_equal(seen.stored, 0xab07);
    assert_int_equal(seen.written, 0xab00);
    mmio_put(&f, 0x204, 0x99);
    assert_int_equal(mmio_get(&f, 0x204), 0x1234);
    register_store(f.model, 0x204, 0x99);
    assert_int_equal(calls, 4);
    assert_int_equal(register_load(f.model, 0x204), 0x1234);
    /* A command may name any offset. */
    register_store(f.model, 0x1000, 1);
    register_store(f.model, 0x205, 1);
    assert_int_equal(register_load(f.model, 0xfffffffc), 0);
    assert_int_equal(calls, 4);
}

static void expect_refusal(const struct register_rule *rule, const char *text)
{
    const struct register_table bad = { "bad", rule, 1, NULL };
    const struct register_table *const both[] = { &table, &bad, NULL };
    struct error err = { 0 };
    assert_null(register_map_new(model_chip_find("skylake"), 0x1000, both, &err));
    assert_non_null(strstr(err.text, text));
    assert_non_null(strstr(err.text, rule->name));
}

static void test_refusals(void **state)
{
    expect_refusal(&(struct register_rule){ .name = "twice", .offset = 0x210 }, "210");
    expect_refusal(&(struct register_rule){ .name = "askew", .offset = 0x306 }, "306");
    expect_refusal(&(struct register_rule){ .name = "past", .offset = 0x1000 }, "1000");
    expect_refusal(
        &(struct register_rule){ .name = "row", .offset = 0xff8, .count = 3 }, "1000");
    struct error err = { 0 };
    assert_null(register_map_new(model_chip_find("haswell"), 0x1000, tables, &err));
    assert_non_null(strstr(err.text, "elsewhere"));
}

/* Of the model's own tables no two claim one register of any chip. */
static void test_every_chip(void **state)
{
    for (size_t i = 0; model_chip_at(i); i++) {
        struct error err = { 0 };
        const struct model_chip *chip = model_chip_at(i);
        const struct igd_platform *platform = igd_platform_find(chip->name);
        struct register_map *map =
            register_map_new(chip, platform->gtt_offset, register_tables, &err);
        if (!map)
            fail_msg("%s: %s", chip->name, err.text);
        register_map_free(map);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_masks),
        TEST(test_masked),
        TEST(test_functions),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_every_chip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
