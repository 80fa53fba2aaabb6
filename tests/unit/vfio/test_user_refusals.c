/* test_user_refusals.c: the vfio-user client against servers that misbehave. */
#include "user_rig.h"

#include "base/bytes.h" /* ARRAY_SIZE */

#include <string.h> /* memset */

struct bad_open {
    const char *name;
    enum fault fault;
    unsigned command;
    int code; /* 0: any */
    const char *words;
};

/* A server that misbehaves while the device is opened: no device, and a line that says
 * so. */
static const struct bad_open bad_opens[] = {
    { "silent at VERSION", FAULT_SILENT, VFIO_USER_VERSION, -ETIMEDOUT,
      "did not answer VERSION" },
    { "closes at VERSION", FAULT_CLOSE, VFIO_USER_VERSION, 0, "closed it" },
    { "refuses VERSION", FAULT_REFUSE, VFIO_USER_VERSION, -EPERM, "refuses VERSION" },
    { "refuses without saying why", FAULT_REFUSE_ZERO, VFIO_USER_VERSION, -EIO,
      "refuses VERSION" },
    { "wrong id", FAULT_WRONG_ID, VFIO_USER_DEVICE_GET_INFO, -EPROTO, "number" },
    { "wrong command", FAULT_WRONG_COMMAND, VFIO_USER_DEVICE_GET_INFO, -EPROTO,
      "DEVICE_GET_REGION_INFO" },
    { "wrong type", FAULT_WRONG_TYPE, VFIO_USER_DEVICE_GET_INFO, -EPROTO, "type 5" },
    { "short reply", FAULT_SHORT, VFIO_USER_DEVICE_GET_INFO, -EPROTO,
      "15 bytes, expected 16" },
    { "long reply", FAULT_LONG, VFIO_USER_DEVICE_GET_INFO, -EPROTO, "bytes, expected" },
    { "huge size", FAULT_HUGE, VFIO_USER_DEVICE_GET_INFO, -EMSGSIZE, "4294967295" },
    { "tiny size", FAULT_TINY, VFIO_USER_DEVICE_GET_INFO, -EPROTO, "15 bytes" },
    { "truncated", FAULT_TRUNCATED, VFIO_USER_DEVICE_GET_INFO, 0, "closed it after" },
    { "stalled", FAULT_STALLED, VFIO_USER_DEVICE_GET_INFO, -ETIMEDOUT,
      "stopped after" },
    { "extra descriptors", FAULT_EXTRA_FDS, VFIO_USER_DEVICE_GET_INFO, -EPROTO,
      "3 file descriptors" },
    { "too many descriptors", FAULT_TOO_MANY_FDS, VFIO_USER_DEVICE_GET_INFO, -EPROTO,
      "more than 16" },
    { "floods with requests", FAULT_FLOOD, VFIO_USER_DEVICE_GET_INFO, -ETIMEDOUT,
      "did not answer" },
    { "region info short", FAULT_SHORT, VFIO_USER_DEVICE_GET_REGION_INFO, -EPROTO,
      "region 0" },
    { "region info with three descriptors", FAULT_EXTRA_FDS,
      VFIO_USER_DEVICE_GET_REGION_INFO, -EPROTO, "at most one" },
    { "region info refused", FAULT_REFUSE, VFIO_USER_DEVICE_GET_REGION_INFO, -EPERM,
      "refuses DEVICE_GET_REGION_INFO" },
    { "irq info short", FAULT_SHORT, VFIO_USER_DEVICE_GET_IRQ_INFO, -EPROTO,
      "15 bytes" },
};

static void bad_open_is_refused(void **state)
{
    for (unsigned i = 0; i < ARRAY_SIZE(bad_opens); i++) {
        const struct bad_open *bad = &bad_opens[i];
        void *inner;
        user_rig_set_up(&inner);
        struct user_rig *rig = inner;
        rig->server->fault = bad->fault;
        rig->server->fault_command = bad->command;
        user_rig_open(rig);
        if (rig->device)
            fail_msg("%s: opened", bad->name);
        if (bad->code && rig->err.code != bad->code)
            fail_msg("%s: code %d, expected %d", bad->name, rig->err.code, bad->code);
        assert_error_names(&rig->err, bad->words);
        assert_error_names(&rig->err, "vfio-user:test");
        if (user_rig_tear_down(&inner))
            fail_msg("%s: descriptors leak", bad->name);
    }
}

struct bad_facts {
    const char *json;
    uint16_t major, minor;
    unsigned regions, irqs, vectors;
    const char *words;
};

static void bad_facts_are_refused(void **state)
{
    static const struct bad_facts cases[] = {
        { "", 1, 0, 10, 5, 1, "1.0, expected 0.0" },
        { "", 0, 9, 10, 5, 1, "0.9, expected 0.0" },
        { "{", 0, 0, 10, 5, 1, "bad JSON" },
        { "[]", 0, 0, 10, 5, 1, "not a JSON object" },
        { "null", 0, 0, 10, 5, 1, "not a JSON object" },
        { "{} x", 0, 0, 10, 5, 1, "bad JSON" },
        { "{\"capabilities\":3}", 0, 0, 10, 5, 1, "not an object" },
        { "{\"capabilities\":{\"max_msg_fds\":\"8\"}}", 0, 0, 10, 5, 1, "max_msg_fds" },
        { "{\"capabilities\":{\"max_msg_fds\":-1}}", 0, 0, 10, 5, 1, "max_msg_fds" },
        { "{\"capabilities\":{\"max_data_xfer_size\":0}}", 0, 0, 10, 5, 1, "max_data" },
        { "{\"capabilities\":{\"pgsizes\":0}}", 0, 0, 10, 5, 1, "pgsizes" },
        { "{\"a\":[[[[[[[[[[[[1]]]]]]]]]]]]}", 0, 0, 10, 5, 1, "bad JSON" },
        { "", 0, 0, 5, 5, 1, "regions" },
        { "", 0, 0, 4000000000u, 5, 1, "regions" },
        { "", 0, 0, 10, 5, 3000000000u, "vectors" },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        void *inner;
        user_rig_set_up(&inner);
        struct user_rig *rig = inner;
        rig->server->json = cases[i].json;
        rig->server->major = cases[i].major;
        rig->server->minor = cases[i].minor;
        rig->server->region_count = cases[i].regions;
        rig->server->irq_count = cases[i].irqs;
        rig->server->irq_vectors = cases[i].vectors;
        user_rig_open(rig);
        if (rig->device)
            fail_msg("case %u: opened", i);
        assert_error_names(&rig->err, cases[i].words);
        if (user_rig_tear_down(&inner))
            fail_msg("case %u: descriptors leak", i);
    }
}

static void looping_capabilities_are_refused(void **state)
{
    struct user_rig *rig = *state;
    struct {
        struct vfio_user_region_info info;
        struct vfio_info_cap_header caps[2];
    } bytes = {
        .info = { .argsz = sizeof(bytes),
                  .index = 9,
                  .size = 0x1000,
                  .cap_offset = 32,
                  .flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_CAPS },
        .caps = { { .id = 77, .next = 40 }, { .id = 78, .next = 32 } },
    };
    rig->server->region9_info = &bytes;
    rig->server->region9_size = sizeof(bytes);
    user_rig_open(rig);
    assert_null(rig->device);
    assert_error_names(&rig->err, "loops");
    assert_error_names(&rig->err, "region 9");
}

/* A server that names more room than it is given is asked again, up to a limit. */
static void endless_info_is_refused(void **state)
{
    struct user_rig *rig = *state;
    struct vfio_user_region_info info = { .argsz = 1u << 30,
                                          .index = 9,
                                          .size = 0x1000 };
    rig->server->region9_info = &info;
    rig->server->region9_size = sizeof(info);
    user_rig_open(rig);
    assert_null(rig->device);
    assert_error_names(&rig->err, "1073741824 bytes");
}

static void short_region_file_is_refused(void **state)
{
    struct user_rig *rig = *state;
    rig->server->region0_short_file = true;
    user_rig_open(rig);
    assert_null(rig->device);
    assert_error_names(&rig->err, "the file of region 0 has 0x2000 bytes");
}

/* One fault at an access: it fails, and all that follow fail at once. */
static void faults_at_an_access(void **state)
{
    static const struct {
        enum fault fault;
        int code;
    } cases[] = {
        { FAULT_SILENT, -ETIMEDOUT },  { FAULT_CLOSE, -EIO },
        { FAULT_WRONG_ID, -EPROTO },   { FAULT_SHORT, 0 },
        { FAULT_LONG, -EPROTO },       { FAULT_TRUNCATED, -EIO },
        { FAULT_EXTRA_FDS, -EPROTO },  { FAULT_FLOOD, -ETIMEDOUT },
        { FAULT_STALLED, -ETIMEDOUT },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        void *inner;
        user_rig_set_up(&inner);
        struct user_rig *rig = inner;
        rig->server->fault = cases[i].fault;
        rig->server->fault_command = VFIO_USER_REGION_READ;
        user_rig_open(rig);
        assert_non_null(rig->device);
        uint32_t value;
        int status = vfio_device_read(rig->device, 7, 0, &value, 4);
        if (status >= 0 || (cases[i].code && status != cases[i].code))
            fail_msg("fault %d: %d, expected %d", cases[i].fault, status,
                     cases[i].code);
        assert_int_equal(vfio_device_write(rig->device, 7, 4, &value, 4), -EIO);
        assert_int_equal(vfio_device_reset(rig->device, &rig->err), -EIO);
        assert_error_names(&rig->err, "gone");
        if (user_rig_tear_down(&inner))
            fail_msg("fault %d: descriptors leak", cases[i].fault);
    }
}

/* An error reply is an answer: the connection goes on. */
static void refused_access_is_no_end(void **state)
{
    struct user_rig *rig = *state;
    rig->server->fault = FAULT_REFUSE;
    rig->server->fault_command = VFIO_USER_REGION_READ;
    user_rig_open(rig);
    uint32_t value = 5;
    assert_int_equal(vfio_device_read(rig->device, 7, 0, &value, 4), -EPERM);
    assert_int_equal(vfio_device_write(rig->device, 7, 4, &value, 4), 0);
}

static void answer_to_another_access_is_refused(void **state)
{
    struct user_rig *rig = *state;
    rig->server->wrong_access_echo = true;
    user_rig_open(rig);
    uint32_t value = 5;
    assert_int_equal(vfio_device_write(rig->device, 7, 4, &value, 4), -EIO);
    assert_int_equal(vfio_device_read(rig->device, 7, 0, &value, 4), -EIO);
}

static void open_says_what_is_wrong_with_the_name(void **state)
{
    struct error err;
    char path[300] = "vfio-user:";
    memset(path + 10, 'x', 200);
    assert_null(vfio_device_open("vfio-user:/nonexistent/socket", -1, &err));
    assert_error_names(&err, "no such socket");
    assert_null(vfio_device_open(path, -1, &err));
    assert_error_names(&err, "1 to 107 bytes");
    assert_null(vfio_device_open("vfio-user:", -1, &err));
    assert_null(vfio_device_open("gpu", -1, &err));
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_error_names(&err, "\"gpu\" is no device");
    assert_null(vfio_device_open("fffe:1f:1f.7", -1, &err));
    assert_error_names(&err, "no such PCI device");
    vfio_device_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_open_is_refused),
        cmocka_unit_test(bad_facts_are_refused),
        USER_TEST(looping_capabilities_are_refused),
        USER_TEST(endless_info_is_refused),
        USER_TEST(short_region_file_is_refused),
        cmocka_unit_test(faults_at_an_access),
        USER_TEST(refused_access_is_no_end),
        USER_TEST(answer_to_another_access_is_refused),
        cmocka_unit_test(open_says_what_is_wrong_with_the_name),
    };
    return cmocka_run_group_tests_name("vfio/user_refusals", tests, NULL, NULL);
}
