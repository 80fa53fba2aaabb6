/* test_platform.c: the tables of platforms and devices. */
#include "igd/platform.h" /* under test */

#include "base/bytes.h" /* MIB */

#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */

#include <cmocka.h> /* the framework */

static const struct igd_platform *platform_of(uint16_t device_id)
{
    const struct igd_device *device = igd_device_find(device_id);
    return device ? igd_device_platform(device) : NULL;
}

static void test_known_devices(void **state)
{
    static const struct {
        uint16_t device_id;
        const char *name;
        const char *generation;
        enum igd_ggc_layout ggc;
        enum igd_stolen_style stolen;
    } cases[] = {
        { 0x0102, "sandy-bridge", "6", IGD_GGC_GEN6, IGD_STOLEN_BDSM32 },
        { 0x016a, "ivy-bridge", "7", IGD_GGC_GEN6, IGD_STOLEN_BDSM32 },
        { 0x0f31, "bay-trail", "7", IGD_GGC_GEN6, IGD_STOLEN_BDSM32 },
        { 0x0412, "haswell", "7.5", IGD_GGC_GEN6, IGD_STOLEN_BDSM32 },
        { 0x0a2e, "haswell", "7.5", IGD_GGC_GEN6, IGD_STOLEN_BDSM32 },
        { 0x0c02, "haswell", "7.5", IGD_GGC_GEN6, IGD_STOLEN_BDSM32 },
        { 0x0d22, "haswell", "7.5", IGD_GGC_GEN6, IGD_STOLEN_BDSM32 },
        { 0x0a84, "apollo-lake", "9", IGD_GGC_GEN9, IGD_STOLEN_BDSM32 },
        { 0x1616, "broadwell", "8", IGD_GGC_GEN8, IGD_STOLEN_BDSM32 },
        { 0x22b1, "cherryview", "8", IGD_GGC_CHV, IGD_STOLEN_BDSM32 },
        { 0x1912, "skylake", "9", IGD_GGC_GEN9, IGD_STOLEN_BDSM32 },
        { 0x5a85, "apollo-lake", "9", IGD_GGC_GEN9, IGD_STOLEN_BDSM32 },
        { 0x3185, "gemini-lake", "9", IGD_GGC_GEN9, IGD_STOLEN_BDSM32 },
        { 0x5912, "kaby-lake", "9", IGD_GGC_GEN9, IGD_STOLEN_BDSM32 },
        { 0x87ca, "amber-lake", "9", IGD_GGC_GEN9, IGD_STOLEN_BDSM32 },
        { 0x3e92, "coffee-lake", "9", IGD_GGC_GEN9, IGD_STOLEN_BDSM32 },
        { 0x9bc5, "comet-lake", "9", IGD_GGC_GEN9, IGD_STOLEN_BDSM32 },
        { 0x8a52, "ice-lake", "11", IGD_GGC_GEN9, IGD_STOLEN_BDSM64 },
        { 0x4571, "elkhart-lake", "11", IGD_GGC_GEN9, IGD_STOLEN_BDSM64 },
        { 0x4e61, "jasper-lake", "11", IGD_GGC_GEN9, IGD_STOLEN_BDSM64 },
        { 0x9a49, "tiger-lake", "12", IGD_GGC_GEN9, IGD_STOLEN_BDSM64 },
        { 0x4c8a, "rocket-lake", "12", IGD_GGC_GEN9, IGD_STOLEN_BDSM64 },
        { 0x4680, "alder-lake-s", "12", IGD_GGC_GEN9, IGD_STOLEN_BDSM64 },
        { 0x4626, "alder-lake-p", "12", IGD_GGC_GEN9, IGD_STOLEN_BDSM64 },
        { 0x46d4, "alder-lake-n", "12", IGD_GGC_GEN9, IGD_STOLEN_BDSM64 },
        { 0xa78b, "raptor-lake-s", "12", IGD_GGC_GEN9, IGD_STOLEN_BDSM64 },
        { 0xa7a0, "raptor-lake-p", "12", IGD_GGC_GEN9, IGD_STOLEN_BDSM64 },
        { 0x5a52, "cannon-lake", "10", IGD_GGC_GEN9, IGD_STOLEN_BDSM32 },
        { 0x64a0, "lunar-lake", "20", IGD_GGC_MTL, IGD_STOLEN_NONE },
        { 0xb0a0, "panther-lake", "30", IGD_GGC_MTL, IGD_STOLEN_NONE },
        { 0xfd80, "wildcat-lake", "30", IGD_GGC_MTL, IGD_STOLEN_NONE },
        { 0xd740, "nova-lake-s", "30", IGD_GGC_MTL, IGD_STOLEN_NONE },
        { 0xd75f, "nova-lake-p", "35", IGD_GGC_MTL, IGD_STOLEN_NONE },
        { 0x7d55, "meteor-lake", "12.7", IGD_GGC_MTL, IGD_STOLEN_NONE },
        { 0xb640, "arrow-lake", "12.7", IGD_GGC_MTL, IGD_STOLEN_NONE },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[8];
        const struct igd_platform *platform = platform_of(cases[i].device_id);
        assert_non_null(platform);
        assert_string_equal(platform->name, cases[i].name);
        assert_string_equal(igd_generation_text(platform, text, sizeof(text)),
                            cases[i].generation);
        assert_int_equal(platform->ggc, cases[i].ggc);
        assert_int_equal(platform->stolen, cases[i].stolen);
    }
}

/* Neighbours of listed identifiers, other makes' parts and discrete GPUs. */
static void test_unknown_devices(void **state)
{
    static const uint16_t ids[] = {
        0x0000, 0xffff, 0x0100, 0x0404, 0x0a00, 0x0a85, 0x1a84 + 2,
        0x3e95, 0x3e97, 0x3e9d, 0x8a55, 0x46d5, 0x4908, 0x5690,
        0x56a0, 0x64a1, 0xb088, 0x5a43, 0xe20b, 0x674c, 0xd746,
    };
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
        assert_null(igd_device_find(ids[i]));
}

static void test_platform_rows(void **state)
{
    size_t count = 0;
    const struct igd_platform *platform;
    for (; (platform = igd_platform_at(count)); count++) {
        assert_non_null(platform->name);
        assert_ptr_equal(igd_platform_find(platform->name), platform);
        assert_non_null(platform->title);
        assert_non_null(platform->source);
        assert_true(strspn(platform->name, "abcdefghijklmnopqrstuvwxyz-") ==
                    strlen(platform->name));
        /* The GTT is the upper half of BAR0, everywhere. */
        assert_int_equal(platform->gtt_offset * 2, platform->bar0_size);
        assert_int_equal(platform->pte_size, platform->generation < 80 ? 4 : 8);
        assert_int_equal(platform->bar0_size,
                         platform->generation < 80 ? 4 * MIB : 16 * MIB);
        assert_int_equal(platform->has_vbios, platform->generation <= 90);
        assert_int_equal(platform->iobar_gtt, platform->generation <= 100);
        assert_int_equal(platform->dbuf_slices > 0, platform->generation >= 90);
        assert_true(platform->dbuf_slices <= 4);
        assert_int_equal(platform->host_blocks_iommu,
                         strcmp(platform->name, "broadwell") == 0);
    }
    assert_int_equal(count, 31);
    assert_null(igd_platform_find("pineview"));
    assert_null(igd_platform_find(""));
}

static void test_device_rows(void **state)
{
    const struct igd_device *device;
    size_t count = 0, works = 0;
    for (; (device = igd_device_at(count)); count++) {
        /* Each identifier once: the first found is this very row. */
        assert_ptr_equal(igd_device_find(device->device_id), device);
        assert_ptr_equal(igd_platform_find(igd_device_platform(device)->name),
                         igd_device_platform(device));
        /* Whoever claims something says where from. */
        assert_true(device->status == IGD_STATUS_UNKNOWN || igd_device_note(device));
        works += device->status == IGD_STATUS_WORKS;
    }
    assert_int_equal(count, 348);
    /* Those that a Linux guest was booted with, in the lab. */
    static const uint16_t tried[] = { 0x0126, 0x0166, 0x0412, 0x1616, 0x1912, 0x3e92 };
    assert_int_equal(works, ARRAY_SIZE(tried));
    for (size_t i = 0; i < ARRAY_SIZE(tried); i++)
        assert_int_equal(igd_device_find(tried[i])->status, IGD_STATUS_WORKS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_devices),
        cmocka_unit_test(test_unknown_devices),
        cmocka_unit_test(test_platform_rows),
        cmocka_unit_test(test_device_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
