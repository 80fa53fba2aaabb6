/* test_smbios.c: the SMBIOS structures as the firmware is given them. */
#include "base/bytes.h"        /* loads */
#include "base/error.h"        /* struct error */
#include "fw_cfg_reader.h"     /* the guest's view */
#include "machine/cpu_model.h" /* topology */
#include "machine/smbios.h"    /* what is tested */

#include <stdlib.h> /* free */
#include <string.h> /* strcpy */

/* clang-format off */
#include <setjmp.h> /* cmocka wants these first */
#include <stdarg.h> /* cmocka */
#include <cmocka.h> /* assertions */
/* clang-format on */

struct tables {
    uint8_t *bytes;
    size_t size;
    uint8_t *anchor;
};

static const struct cpu_topology topology = { 2, 3, 2 };

/* Build and read back; checks that the structures fill the file as the anchor says. */
static struct tables build(struct fw_cfg_fixture *f,
                           const struct smbios_options *options,
                           const struct guest_memory *memory)
{
    struct tables t;
    size_t anchor_size = 0, at = 0, largest = 0;
    unsigned count = 0;
    assert_int_equal(smbios_build(f->fw_cfg, options, memory, &topology, NULL), 0);
    t.bytes = fw_cfg_read_file(f, "etc/smbios/smbios-tables", &t.size);
    t.anchor = fw_cfg_read_file(f, "etc/smbios/smbios-anchor", &anchor_size);
    assert_non_null(t.bytes);
    assert_int_equal(anchor_size, 0x1f);
    assert_memory_equal(t.anchor, "_SM_", 4);
    assert_memory_equal(t.anchor + 0x10, "_DMI_", 5);
    assert_int_equal(load16(t.anchor + 0x16), t.size);
    assert_int_equal(load32(t.anchor + 0x18), 0); /* or SeaBIOS takes it for placed */
    while (at < t.size) {
        size_t start = at;
        assert_true(t.bytes[at + 1] >= 4);
        at += t.bytes[at + 1];
        while (t.bytes[at] || t.bytes[at + 1]) {
            at++;
            assert_true(at + 1 < t.size);
        }
        at += 2;
        if (at - start > largest)
            largest = at - start;
        count++;
    }
    assert_int_equal(at, t.size);
    assert_int_equal(load16(t.anchor + 0x1c), count);
    assert_int_equal(load16(t.anchor + 0x08), largest);
    return t;
}

static void release(struct tables *t)
{
    free(t->bytes);
    free(t->anchor);
}

/* The n-th structure of a type, or NULL. */
static const uint8_t *find(const struct tables *t, uint8_t type, unsigned n)
{
    for (size_t at = 0; at < t->size;) {
        const uint8_t *structure = t->bytes + at;
        if (structure[0] == type && n-- == 0)
            return structure;
        at += structure[1];
        while (t->bytes[at] || t->bytes[at + 1])
            at++;
        at += 2;
    }
    return NULL;
}

static const char *text(const uint8_t *structure, unsigned offset)
{
    const char *at = (const char *)structure + structure[1];
    unsigned number = structure[offset];
    if (!number)
        return NULL;
    while (--number)
        at += strlen(at) + 1;
    return at;
}

static const struct guest_memory small = {
    .count = 2,
    .blocks = { { .size = 0x4000000 }, { .address = 0x4000000, .size = 0x4000000 } }
};

static void test_standard(void **state)
{
    const struct smbios_options options = { 0 };
    struct tables t = build(*state, &options, &small);
    static const uint8_t types[] = { 1, 2, 3, 4, 16, 17, 19, 32, 127 };
    for (unsigned i = 0; i < ARRAY_SIZE(types); i++)
        assert_non_null(find(&t, types[i], 0));
    assert_null(find(&t, 0, 0)); /* the firmware's own */
    assert_null(find(&t, 11, 0));
    assert_string_equal(text(find(&t, 1, 0), 4), "igdvm");
    assert_null(text(find(&t, 1, 0), 7));
    assert_int_equal(load64(find(&t, 1, 0) + 8), 0);
    /* Two sockets of three cores of two threads. */
    assert_non_null(find(&t, 4, 1));
    assert_null(find(&t, 4, 2));
    const uint8_t *processor = find(&t, 4, 1);
    assert_int_equal(processor[0x23], 3);
    assert_int_equal(processor[0x25], 6);
    assert_string_equal(text(processor, 4), "CPU 1");
    /* Blocks that touch are one range: 128 MiB, one module. */
    assert_int_equal(load16(find(&t, 17, 0) + 0xc), 128);
    assert_null(find(&t, 17, 1));
    assert_int_equal(load32(find(&t, 19, 0) + 4), 0);
    assert_int_equal(load32(find(&t, 19, 0) + 8), 128 * 1024 - 1);
    assert_null(find(&t, 19, 1));
    release(&t);
}

static void test_much_memory(void **state)
{
    const struct guest_memory memory = {
        .count = 2,
        .blocks = { { .size = 3 * GIB }, { .address = 4 * GIB, .size = 5000 * GIB } }
    };
    const struct smbios_options options = { 0 };
    struct tables t = build(*state, &options, &memory);
    const uint8_t *array = find(&t, 16, 0);
    assert_int_equal(load32(array + 7), 0x80000000);
    assert_int_equal(load64(array + 0xf), 5003 * GIB);
    uint64_t mib = 0;
    unsigned modules = load16(array + 0xd);
    for (unsigned i = 0; i < modules; i++) {
        const uint8_t *module = find(&t, 17, i);
        assert_non_null(module);
        mib += load16(module + 0xc) == 0x7fff ? load32(module + 0x1c)
                                              : load16(module + 0xc);
    }
    assert_null(find(&t, 17, modules));
    assert_int_equal(mib, 5003 * 1024);
    assert_int_equal(load32(find(&t, 19, 1) + 4), UINT32_MAX);
    assert_int_equal(load64(find(&t, 19, 1) + 0xf), 4 * GIB);
    assert_int_equal(load64(find(&t, 19, 1) + 0x17), 5004 * GIB - 1);
    release(&t);
}

static void set(struct smbios_options *options, char *value)
{
    struct error err = { 0 };
    if (smbios_set(options, value, &err) < 0)
        fail_msg("%s", err.text);
}

static void test_asked_for(void **state)
{
    struct smbios_options options = { 0 };
    char product[] = "1.product=Desk = PC", vendor[] = "0.vendor=Me",
         a[] = "11.value=a", b[] = "11.value=b b", serial[] = "4.serial=77",
         again[] = "1.product=Last";
    set(&options, product);
    set(&options, vendor);
    set(&options, a);
    set(&options, b);
    set(&options, serial);
    assert_int_equal(
        smbios_set_uuid(&options, "00112233-4455-6677-8899-AAbbccddeeff", NULL), 0);
    struct tables t = build(*state, &options, &small);
    assert_string_equal(text(find(&t, 1, 0), 5), "Desk = PC");
    assert_string_equal(text(find(&t, 1, 0), 4), "igdvm");
    assert_memory_equal(
        find(&t, 1, 0) + 8,
        "\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16);
    assert_string_equal(text(find(&t, 0, 0), 4), "Me");
    const uint8_t *strings = find(&t, 11, 0);
    assert_int_equal(strings[4], 2);
    assert_string_equal((const char *)strings + 5, "a");
    assert_string_equal((const char *)strings + 7, "b b");
    assert_string_equal(text(find(&t, 4, 0), 0x20), "77");
    assert_non_null(text(find(&t, 4, 0), 7)); /* the rest stays as it is */
    release(&t);
    /* The last one counts. */
    set(&options, again);
    assert_int_equal(options.count, 6);
}

static void test_bad(void **state)
{
    static const char *const bad[] = {
        "",         "1",     "1.",        "1.product",  "x.y=z",       "1.=x",
        "1.prod=x", "5.a=b", "1product=", "1.product=", "1.product=\t"
    };
    static const char *const uuids[] = { "",
                                         "00112233-4455-6677-8899-aabbccddeef",
                                         "00112233-4455-6677-8899-aabbccddeeff0",
                                         "00112233x4455-6677-8899-aabbccddeeff",
                                         "0011223g-4455-6677-8899-aabbccddeeff",
                                         "0011223\x11-4455-6677-8899-aabbccddeeff" };
    struct smbios_options options = { 0 };
    struct error err = { 0 };
    char value[2048];
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        strcpy(value, bad[i]);
        assert_int_equal(smbios_set(&options, value, &err), -EINVAL);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(uuids); i++)
        assert_int_equal(smbios_set_uuid(&options, uuids[i], &err), -EINVAL);
    strcpy(value, "11.value=");
    memset(value + 9, 'x', 1025);
    value[9 + 1025] = '\0';
    assert_int_equal(smbios_set(&options, value, &err), -EINVAL);
    value[9 + 1024] = '\0';
    /* Together they need more than there is. */
    for (unsigned i = 0; i < SMBIOS_MAX_VALUES; i++)
        set(&options, value);
    assert_int_equal(smbios_set(&options, value, &err), -EINVAL);
    struct fw_cfg_fixture *f = *state;
    assert_int_equal(smbios_build(f->fw_cfg, &options, &small, &topology, &err),
                     -E2BIG);
}

#define TEST(function)                                              \
    cmocka_unit_test_setup_teardown(function, fw_cfg_fixture_setup, \
                                    fw_cfg_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_standard),
        TEST(test_much_memory),
        TEST(test_asked_for),
        TEST(test_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
