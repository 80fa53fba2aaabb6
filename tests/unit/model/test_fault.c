/* test_fault.c: each fault does what its text says, and no more when it is off; that
 * engines hang is in test_execlists.c. */
#include "fixture.h" /* the model */

#include "base/bytes.h"    /* ARRAY_SIZE */
#include "base/error.h"    /* errors */
#include "model/fault.h"   /* under test */
#include "model/monitor.h" /* struct model_monitors */
#include "model/state.h"   /* the monitors */

static struct fixture f;

static int start(void **state)
{
    fixture_start_monitors(&f, "skylake", "hdmi-b:1024x768,dp-c");
    return 0;
}

static int stop(void **state)
{
    fixture_stop(&f);
    return 0;
}

static void fault(const char *name, bool on)
{
    struct error err;
    if (model_fault_set(f.model, name, on, &err) < 0)
        fail_msg("%s", err.text);
}

/* Let the time pass until this long from now, ringing as the model asked. */
static void pass(uint64_t nanoseconds)
{
    uint64_t end = f.now + nanoseconds;
    while (f.model->armed && f.model->armed <= end) {
        if (f.now < f.model->armed)
            f.now = f.model->armed;
        model_frame(f.model);
    }
    f.now = end;
}

static void assert_refused(const char *list, const char *because)
{
    struct model_faults faults = { 0 };
    struct error err;
    assert_int_equal(model_faults_parse(&faults, list, &err), -EINVAL);
    assert_int_equal(err.kind, ERROR_INPUT);
    if (!strstr(err.text, because))
        fail_msg("%s: \"%s\" does not say \"%s\"", list, err.text, because);
}

static void test_list(void **state)
{
    struct model_faults faults = { 0 };
    struct error err;
    assert_int_equal(
        model_faults_parse(&faults, "edid-nak,irq-lost=3,dma-stray=0x1000", &err), 0);
    assert_int_equal(faults.on, 1u << FAULT_EDID_NAK | 1u << FAULT_IRQ_LOST |
                                    1u << FAULT_DMA_STRAY);
    assert_int_equal(faults.values[FAULT_IRQ_LOST], 3);
    assert_int_equal(faults.values[FAULT_DMA_STRAY], 0x1000);
    assert_refused("", "no such fault; known are: forcewake-stuck, ");
    assert_refused("nonsense", "nonsense: no such fault");
    assert_refused("edid-nak,", "no such fault");
    assert_refused("edid-nak=1", "takes no value");
    assert_refused("irq-lost=0", "expected a number (one in so many (1: all)), 1 to");
    assert_refused("irq-lost=", "expected a number");
    assert_refused("irq-storm=-1", "expected a number");
    assert_refused("dma-stray=99999999999999999999999", "expected a number");
    for (unsigned i = 0; i < FAULT_COUNT; i++) {
        const struct model_fault_row *row = model_fault_row((enum model_fault)i);
        assert_true(row->name && row->text);
        assert_true(row->value >= row->least && row->value <= row->most);
    }
}

/* Request and answer registers: what is read after the request, without and with. */
static void test_registers(void **state)
{
    static const struct {
        const char *name;
        uint32_t request, value, answer, mask, good, bad;
    } rows[] = {
        { "forcewake-stuck", 0xa188, 0x10001, 0x130044, 1, 1, 0 },
        { "forcewake-stuck", 0xa278, 0x10001, 0x0d84, 1, 1, 0 },
        { "power-well-stuck", 0x45404, 0x20000000, 0x45404, 0x30000000, 0x30000000,
          0x20000000 },
        { "pll-unlocked", 0x46014, 0x80000000, 0x6c060, 0x100, 0x100, 0 },
        { "pll-unlocked", 0x46010, 0x80000000, 0x46010, 0xc0000000, 0xc0000000,
          0x80000000 },
        { "pcode-busy", 0x138124, 0x80000006, 0x138124, 0x80000000, 0, 0x80000000 },
        { "reset-stuck", 0x941c, 2, 0x941c, 2, 0, 2 },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        mmio_put(&f, rows[i].request, rows[i].value);
        assert_int_equal(mmio_get(&f, rows[i].answer) & rows[i].mask, rows[i].good);
        fault(rows[i].name, true);
        mmio_put(&f, rows[i].request, rows[i].value);
        assert_int_equal(mmio_get(&f, rows[i].answer) & rows[i].mask, rows[i].bad);
        fault(rows[i].name, false);
        assert_int_equal(mmio_get(&f, rows[i].answer) & rows[i].mask, rows[i].good);
    }
}

/* Of a read of 128 bytes at 0x50 on port B: the status. */
static uint32_t read_edid(uint8_t *edid)
{
    mmio_put(&f, 0xc5100, 5);
    mmio_put(&f, 0xc5104, 0x80000000);
    mmio_put(&f, 0xc5104, 0);
    mmio_put(&f, 0xc5104, 0x46000000 | 128 << 16 | 0 << 8 | 0x50 << 1 | 1);
    uint32_t status = (uint32_t)mmio_get(&f, 0xc5108);
    for (unsigned at = 0; at < 128 && !(status & 0x400); at += 4)
        store32(edid + at, (uint32_t)mmio_get(&f, 0xc510c));
    return status;
}

static void test_edid(void **state)
{
    uint8_t edid[128];
    assert_int_equal(read_edid(edid) & 0x400, 0);
    assert_int_equal(byte_sum(edid, 128), 0);
    fault("edid-corrupt", true);
    assert_int_equal(read_edid(edid) & 0x400, 0);
    assert_int_not_equal(byte_sum(edid, 128), 0);
    assert_int_equal(edid[1], 0xff); /* a header all right: a driver gets that far */
    fault("edid-corrupt", false);
    fault("edid-nak", true);
    assert_int_equal(read_edid(edid) & 0x400, 0x400);
    fault("edid-nak", false);
    assert_int_equal(read_edid(edid) & 0x400, 0);
    assert_int_equal(byte_sum(edid, 128), 0);
}

/* One byte of port C's DPCD; -1: the channel timed out. */
static int dpcd_get(unsigned address)
{
    mmio_put(&f, 0x64214, 0x90000000 | address << 8);
    mmio_put(&f, 0x64210, 0x80000000 | 4 << 20 | 0x023f);
    uint32_t status = (uint32_t)mmio_get(&f, 0x64210);
    mmio_put(&f, 0x64210, 0x52000000);
    return status & 0x10000000 ? -1 : (int)(mmio_get(&f, 0x64214) >> 16 & 0xff);
}

static void dpcd_put(unsigned address, uint8_t value)
{
    mmio_put(&f, 0x64214, 0x80000000 | address << 8);
    mmio_put(&f, 0x64218, (uint32_t)value << 24);
    mmio_put(&f, 0x64210, 0x80000000 | 5 << 20 | 0x023f);
    mmio_put(&f, 0x64210, 0x52000000);
}

static void train(void)
{
    dpcd_put(0x100, 0x0a);
    dpcd_put(0x101, 0x04);
    dpcd_put(0x102, 1);
    dpcd_put(0x102, 2);
}

static void test_displayport(void **state)
{
    train();
    assert_int_equal(dpcd_get(0x202), 0x77);
    fault("link-training", true);
    train();
    assert_int_equal(dpcd_get(0x202), 0);
    assert_int_equal(dpcd_get(0x204), 0);
    assert_int_equal(dpcd_get(0), 0x12);
    fault("link-training", false);
    fault("aux-timeout", true);
    assert_int_equal(dpcd_get(0), -1);
    fault("aux-timeout", false);
    assert_int_equal(dpcd_get(0), 0x12);
}

/* Pipe A at 1024x768, its vertical blanks interrupting. */
static void start_pipe(void)
{
    mmio_put(&f, 0x60000, 1343u << 16 | 1023);
    mmio_put(&f, 0x6000c, 805u << 16 | 767);
    mmio_put(&f, 0x44404, ~1u);
    mmio_put(&f, 0x4440c, 1);
    mmio_put(&f, 0x44200, 0x80000000);
    mmio_put(&f, 0x70008, 0x80000000);
}

/* As a handler does: acknowledge and enable again. */
static void acknowledge(void)
{
    mmio_put(&f, 0x44200, 0);
    mmio_put(&f, 0x44408, ~0u);
    mmio_put(&f, 0x44200, 0x80000000);
}

static void frames(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        pass(17000000);
        acknowledge();
    }
}

static void test_vblank(void **state)
{
    start_pipe();
    frames(10);
    uint64_t frame = mmio_get(&f, 0x70040);
    unsigned messages = f.messages;
    assert_true(frame > 5 && messages > 5);
    fault("vblank-stop", true);
    frames(10);
    assert_int_equal(mmio_get(&f, 0x70040), frame);
    assert_int_equal(f.messages, messages);
    fault("vblank-stop", false);
    frames(10);
    assert_true(mmio_get(&f, 0x70040) > frame && f.messages > messages);
}

static void test_lost(void **state)
{
    start_pipe();
    frames(4);
    fault("irq-lost", true);
    unsigned before = f.messages;
    frames(30);
    assert_int_equal(f.messages, before);
    assert_int_not_equal(mmio_get(&f, 0x70040), 0);
    /* One in three. */
    fault("irq-lost=3", true);
    f.model->fault_interrupts = 0;
    frames(30);
    assert_in_range(f.messages - before, 19, 22);
    fault("irq-lost", false);
    before = f.messages;
    frames(10);
    assert_in_range(f.messages - before, 9, 11);
}

static void test_storm(void **state)
{
    fault("irq-storm=5000", true);
    pass(100000000);
    assert_in_range(f.messages, 450, 550);
    assert_false(f.condition);
    fault("irq-storm", false);
    unsigned before = f.messages;
    pass(100000000);
    assert_int_equal(f.messages, before);
}

static void test_stray(void **state)
{
    fault("dma-stray", true);
    pass(1000000000);
    assert_in_range(model_counters(f.model).stray_writes, 95, 101);
    assert_int_equal(model_counters(f.model).stray_refused,
                     model_counters(f.model).stray_writes);
    fault("dma-stray=0x1234010", true);
    pass(100000000);
    assert_int_equal(load32(f.memory + 0x10), 0xdeadbeef);
    /* It goes on after a reset. */
    model_reset(f.model);
    store32(f.memory + 0x10, 0);
    pass(100000000);
    assert_int_equal(load32(f.memory + 0x10), 0xdeadbeef);
}

static void test_hotplug(void **state)
{
    const struct model_monitor *monitor = &f.model->monitors.list[0];
    bool connected = monitor->connected;
    unsigned changes = 0;
    fault("hotplug-storm=10", true);
    for (unsigned i = 0; i < 100; i++) {
        pass(10000000);
        changes += monitor->connected != connected;
        connected = monitor->connected;
        assert_int_equal(mmio_get(&f, 0xc4000) >> 21 & 1, connected);
    }
    assert_in_range(changes, 9, 11);
}

static void test_lost_device(void **state)
{
    assert_int_equal(config_get(&f, 0, 4), 0x19128086);
    fault("device-lost", true);
    assert_int_equal(config_get(&f, 0, 4), 0xffffffff);
    assert_int_equal(mmio_get(&f, 0x46010), 0xffffffff);
    mmio_put(&f, 0x60000, 0x12345678);
    assert_int_equal(get(&f, MODEL_REGION_BAR2, 0, 8), UINT64_MAX);
    fault("device-lost", false);
    assert_int_equal(config_get(&f, 0, 4), 0x19128086);
    assert_int_equal(mmio_get(&f, 0x60000), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_list),        TEST(test_registers), TEST(test_edid),
        TEST(test_displayport), TEST(test_vblank),    TEST(test_lost),
        TEST(test_storm),       TEST(test_stray),     TEST(test_hotplug),
        TEST(test_lost_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
