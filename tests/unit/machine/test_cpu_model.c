/* test_cpu_model.c: processor features and their arrangement. */
#include "base/bytes.h"        /* ARRAY_SIZE */
#include "base/error.h"        /* struct error */
#include "machine/cpu_model.h" /* what is tested */

#include <linux/kvm.h> /* struct kvm_cpuid2 */
#include <stdlib.h>    /* free */
#include <string.h>    /* strstr */

/* clang-format off */
#include <setjmp.h> /* cmocka wants these first */
#include <stdarg.h> /* cmocka */
#include <cmocka.h> /* assertions */
/* clang-format on */

enum {
    LEAF_1,
    LEAF_7,
    LEAF_7_1,
    LEAF_D,
    LEAF_D_1,
    LEAF_80000001,
    LEAF_6,
    LEAF_A,
    LEAVES
};

/* A processor that has everything. */
static struct kvm_cpuid2 *everything(void)
{
    static const uint32_t leaves[LEAVES][2] = {
        [LEAF_1] = { 0x1, 0 },   [LEAF_7] = { 0x7, 0 },
        [LEAF_7_1] = { 0x7, 1 }, [LEAF_D] = { 0xd, 0 },
        [LEAF_D_1] = { 0xd, 1 }, [LEAF_80000001] = { 0x80000001, 0 },
        [LEAF_6] = { 0x6, 0 },   [LEAF_A] = { 0xa, 0 },
    };
    struct kvm_cpuid2 *cpuid =
        test_calloc(1, sizeof(*cpuid) + LEAVES * sizeof(cpuid->entries[0]));
    cpuid->nent = LEAVES;
    for (unsigned i = 0; i < LEAVES; i++)
        cpuid->entries[i] = (struct kvm_cpuid_entry2){ .function = leaves[i][0],
                                                       .index = leaves[i][1],
                                                       .eax = UINT32_MAX,
                                                       .ebx = UINT32_MAX,
                                                       .ecx = UINT32_MAX,
                                                       .edx = UINT32_MAX };
    return cpuid;
}

static struct cpu_model parsed(const char *text)
{
    struct cpu_model model;
    struct error err = { 0 };
    if (cpu_model_parse(&model, text, &err) < 0)
        fail_msg("%s", err.text);
    return model;
}

/* No feature twice, by name or by place. */
static void test_table(void **state)
{
    (void)state;
    for (unsigned i = 0; i < cpu_feature_count; i++) {
        const struct cpu_feature *a = &cpu_features[i];
        assert_int_equal(cpu_feature_find(a->name, (unsigned)strlen(a->name)), i);
        for (unsigned j = 0; j < i; j++) {
            const struct cpu_feature *b = &cpu_features[j];
            assert_false(a->leaf == b->leaf && a->subleaf == b->subleaf &&
                         a->word == b->word && a->bit == b->bit);
        }
    }
}

static void test_host(void **state)
{
    (void)state;
    struct kvm_cpuid2 *cpuid = everything();
    const struct cpu_model model = parsed("host");
    assert_int_equal(cpu_model_apply(&model, cpuid, NULL), 0);
    for (unsigned i = 0; i < LEAVES; i++) {
        assert_int_equal(cpuid->entries[i].ecx, UINT32_MAX);
        assert_int_equal(cpuid->entries[i].eax, UINT32_MAX);
    }
    test_free(cpuid);
}

static void test_levels(void **state)
{
    (void)state;
    struct kvm_cpuid2 *cpuid = everything();
    struct kvm_cpuid_entry2 *entries = cpuid->entries;
    const struct cpu_model third = parsed("x86-64-v3"),
                           second = parsed("x86-64-v2,+aes,-sse4_2");
    assert_int_equal(cpu_model_apply(&third, cpuid, NULL), 0);
    assert_true(entries[LEAF_7].ebx & 1u << 5);      /* AVX2 */
    assert_false(entries[LEAF_7].ebx & 1u << 16);    /* AVX-512 */
    assert_false(entries[LEAF_7].edx & 1u << 1);     /* one nobody knows */
    assert_true(entries[LEAF_1].ecx & 1u << 21);     /* x2APIC */
    assert_false(entries[LEAF_1].ecx & 1u << 25);    /* AES */
    assert_int_equal(entries[LEAF_D].eax & 0xe4, 4); /* AVX's state, not AVX-512's */
    assert_int_equal(entries[LEAF_A].eax, 0);        /* no counters */
    assert_int_equal(entries[LEAF_6].eax, UINT32_MAX);
    test_free(cpuid);

    cpuid = everything();
    entries = cpuid->entries;
    assert_int_equal(cpu_model_apply(&second, cpuid, NULL), 0);
    assert_true(entries[LEAF_1].ecx & 1u << 25);
    assert_true(entries[LEAF_1].ecx & 1u << 19);
    assert_false(entries[LEAF_1].ecx & 1u << 20);
    assert_false(entries[LEAF_1].ecx & 1u << 28);
    assert_int_equal(entries[LEAF_D].eax & 0xe4, 0);
    test_free(cpuid);
}

static void test_missing(void **state)
{
    (void)state;
    struct kvm_cpuid2 *cpuid = everything();
    struct error err = { 0 };
    const struct cpu_model fourth = parsed("x86-64-v4"), with = parsed("host,+sha_ni"),
                           without = parsed("x86-64-v4,-avx512f,-avx512vl,-sha_ni");
    cpuid->entries[LEAF_7].ebx &= ~(1u << 16 | 1u << 29 | 1u << 31);
    assert_int_equal(cpu_model_apply(&fourth, cpuid, &err), -ENOTSUP);
    assert_int_equal(err.kind, ERROR_IMPOSSIBLE);
    assert_non_null(strstr(err.text, ": avx512f avx512vl;"));
    assert_int_equal(cpu_model_apply(&with, cpuid, &err), -ENOTSUP);
    assert_non_null(strstr(err.text, ": sha_ni;"));
    assert_int_equal(cpu_model_apply(&without, cpuid, &err), 0);
    test_free(cpuid);
}

static void test_bad(void **state)
{
    (void)state;
    static const char *const bad[] = { "",          "x86-64",      "Skylake",
                                       "host,avx",  "host,+",      "host,+avx3",
                                       "host,",     "host,-avx2x", ",+avx",
                                       "x86-64-v5", "host +avx" };
    struct cpu_model model;
    struct error err = { 0 };
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(cpu_model_parse(&model, bad[i], &err), -EINVAL);
}

static void test_topology(void **state)
{
    (void)state;
    static const struct {
        struct cpu_topology topology;
        unsigned ids[12];
    } cases[] = {
        { { 1, 4, 1 }, { 0, 1, 2, 3 } },
        { { 4, 1, 1 }, { 0, 1, 2, 3 } },
        { { 2, 3, 2 }, { 0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13 } },
        { { 2, 1, 3 }, { 0, 1, 2, 4, 5, 6 } },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        for (unsigned n = 0; n < cpu_topology_count(&cases[i].topology); n++)
            assert_int_equal(cpu_topology_apic_id(&cases[i].topology, n),
                             cases[i].ids[n]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),  cmocka_unit_test(test_host),
        cmocka_unit_test(test_levels), cmocka_unit_test(test_missing),
        cmocka_unit_test(test_bad),    cmocka_unit_test(test_topology),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
