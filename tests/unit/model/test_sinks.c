/* test_sinks.c: what is plugged in: EDID by GMBUS and AUX, DPCD, training, plugs. */
#include "fixture.h" /* the model */

#include "base/bytes.h"    /* ARRAY_SIZE */
#include "model/hotplug.h" /* plugs */
#include "model/state.h"   /* the monitors */

static struct fixture f;

enum { HDMI, PANEL, DP }; /* in the order given */

static int start(void **state)
{
    fixture_start_monitors(&f, "skylake", "hdmi-b:1024x768,edp-a:1366x768,dp-c");
    return 0;
}

static int stop(void **state)
{
    fixture_stop(&f);
    return 0;
}

static const struct model_monitor *monitor(unsigned index)
{
    return &f.model->monitors.list[index];
}

/* Read 128 bytes of EDID on the pin in set GMBUS0, four at a time. */
static void test_gmbus_read(void **state)
{
    mmio_put(&f, 0xc5100, 5);
    mmio_put(&f, 0xc5104, 0x46000000 | 128 << 16 | 0 << 8 | 0x50 << 1 | 1);
    assert_int_equal(mmio_get(&f, 0xc5108), 0xa00);
    for (unsigned at = 0; at < 128; at += 4)
        assert_int_equal(mmio_get(&f, 0xc510c), load32(monitor(HDMI)->edid + at));
    assert_int_equal(mmio_get(&f, 0xc5108), 0x4a00);
    mmio_put(&f, 0xc5104, 0x48000000);
    assert_int_equal(mmio_get(&f, 0xc5108), 0x800);
    /* A write sets the offset, a read goes on from there. */
    mmio_put(&f, 0xc510c, 0x08);
    mmio_put(&f, 0xc5104, 0x42000000 | 1 << 16 | 0x50 << 1);
    assert_int_equal(mmio_get(&f, 0xc5108), 0x4a00);
    mmio_put(&f, 0xc5104, 0x42000000 | 2 << 16 | 0x50 << 1 | 1);
    assert_int_equal(mmio_get(&f, 0xc510c), load16(monitor(HDMI)->edid + 8));
}

static void test_gmbus_nobody(void **state)
{
    static const uint32_t pins[] = { 6, 4 }; /* port D; C has a DisplayPort monitor */
    for (unsigned i = 0; i < ARRAY_SIZE(pins); i++) {
        mmio_put(&f, 0xc5100, pins[i]);
        mmio_put(&f, 0xc5104, 0x46000000 | 128 << 16 | 0x50 << 1 | 1);
        assert_int_equal(mmio_get(&f, 0xc5108), 0xc00);
        mmio_put(&f, 0xc5104, 0x80000000);
        mmio_put(&f, 0xc5104, 0);
        assert_int_equal(mmio_get(&f, 0xc5108), 0x800);
    }
    mmio_put(&f, 0xc5100, 5);
    mmio_put(&f, 0xc5104, 0x42000000 | 1 << 16 | 0x40 << 1 | 1); /* a level shifter */
    assert_int_equal(mmio_get(&f, 0xc5108), 0xc00);
}

/* A driver that moves the pins itself finds both lines high, and nobody there. */
static void test_pins(void **state)
{
    assert_int_equal(mmio_get(&f, 0xc5014), 0x1010);
    mmio_put(&f, 0xc5014, 0x07); /* clock: out, low */
    assert_int_equal(mmio_get(&f, 0xc5014), 0x1002);
    mmio_put(&f, 0xc5014, 0x0800); /* no masks: nothing */
    assert_int_equal(mmio_get(&f, 0xc5014), 0x1002);
    mmio_put(&f, 0xc5014, 0x0701);
    assert_int_equal(mmio_get(&f, 0xc5014), 0x0210);
    mmio_put(&f, 0xc5014, 0x0100);
    assert_int_equal(mmio_get(&f, 0xc5014), 0x1010);
}

/* One AUX request; returns the reply's size, its bytes in reply. */
static unsigned aux(unsigned channel, const uint8_t *request, unsigned size,
                    uint8_t *reply)
{
    uint32_t control = 0x64010 + 0x100 * channel;
    for (unsigned i = 0; i < size; i += 4) {
        uint32_t dword = 0;
        for (unsigned j = 0; j < 4 && i + j < size; j++)
            dword |= (uint32_t)request[i + j] << (24 - 8 * j);
        mmio_put(&f, control + 4 + i, dword);
    }
    mmio_put(&f, control, 0x80000000 | size << 20 | 0x023f);
    uint32_t status = (uint32_t)mmio_get(&f, control);
    assert_int_equal(status & 0xc0000000, 0x40000000);
    mmio_put(&f, control, 0x52000000);
    assert_int_equal(mmio_get(&f, control) & 0x50000000, 0);
    if (status & 0x10000000)
        return 0;
    unsigned answer = status >> 20 & 0x1f;
    for (unsigned i = 0; i < answer; i++)
        reply[i] =
            (uint8_t)(mmio_get(&f, control + 4 + (i & ~3u)) >> (24 - 8 * (i % 4)));
    return answer;
}

static uint8_t dpcd_get(unsigned channel, unsigned address)
{
    const uint8_t request[] = { 0x90, (uint8_t)(address >> 8), (uint8_t)address, 0 };
    uint8_t reply[20] = { 0xff };
    assert_int_equal(aux(channel, request, 4, reply), 2);
    assert_int_equal(reply[0], 0);
    return reply[1];
}

static void dpcd_put(unsigned channel, unsigned address, uint8_t value)
{
    const uint8_t request[] = { 0x80, (uint8_t)(address >> 8), (uint8_t)address, 0,
                                value };
    uint8_t reply[20];
    assert_int_equal(aux(channel, request, 5, reply), 1);
    assert_int_equal(reply[0], 0);
}

static void test_training(void **state)
{
    assert_int_equal(dpcd_get(0, 0), 0x12);
    assert_int_equal(dpcd_get(0, 0xd), 8);
    assert_int_equal(dpcd_get(2, 0xd), 0);
    mmio_put(&f, 0x64000, 0x80000000);
    assert_int_equal(mmio_get(&f, 0x64000) & 0x80, 0);
    dpcd_put(0, 0x100, 0x0a);
    dpcd_put(0, 0x101, 0x82);
    assert_int_equal(dpcd_get(0, 0x202), 0);
    dpcd_put(0, 0x102, 0x21);
    assert_int_equal(dpcd_get(0, 0x202), 0x11);
    assert_int_equal(dpcd_get(0, 0x204), 0);
    dpcd_put(0, 0x102, 0x22);
    assert_int_equal(dpcd_get(0, 0x202), 0x77);
    assert_int_equal(dpcd_get(0, 0x203), 0);
    assert_int_equal(dpcd_get(0, 0x204), 1);
    dpcd_put(0, 0x102, 0);
    assert_int_equal(dpcd_get(0, 0x202), 0x77);
    /* The link is lost with the port's buffer. */
    mmio_put(&f, 0x64000, 0);
    assert_int_equal(mmio_get(&f, 0x64000) & 0x80, 0x80);
    assert_int_equal(dpcd_get(0, 0x202), 0);
    /* What a sink says of itself cannot be written. */
    dpcd_put(0, 0, 0x77);
    assert_int_equal(dpcd_get(0, 0), 0x12);
}

static void test_edid_by_aux(void **state)
{
    static const uint8_t open[] = { 0x40, 0, 0x50 };
    static const uint8_t offset[] = { 0x40, 0, 0x50, 0, 0x10 };
    static const uint8_t read[] = { 0x50, 0, 0x50, 15 };
    static const uint8_t nobody[] = { 0x50, 0, 0x51, 0 };
    uint8_t reply[20];
    assert_int_equal(aux(2, open, 3, reply), 1);
    assert_int_equal(reply[0], 0);
    assert_int_equal(aux(2, offset, 5, reply), 1);
    assert_int_equal(aux(2, read, 4, reply), 17);
    assert_memory_equal(reply + 1, monitor(DP)->edid + 0x10, 16);
    assert_int_equal(aux(2, nobody, 4, reply), 1);
    assert_int_equal(reply[0], 0x40);
}

/* Requests of any length and content are answered or time out. */
static void test_hostile(void **state)
{
    uint8_t request[20], reply[32];
    for (unsigned size = 0; size < 32; size++) {
        for (unsigned command = 0; command < 16; command++) {
            memset(request, 0xff, sizeof(request));
            request[0] = (uint8_t)(command << 4 | 0xf);
            unsigned given = size < 20 ? size : 20;
            unsigned got = aux(2, request, given, reply);
            assert_in_range(got, 0, 20);
        }
        mmio_put(&f, 0x64210, 0x80000000 | size << 20);
    }
    uint8_t read[] = { 0x90, 0, 0, 0 };
    assert_int_equal(aux(1, read, 4, reply), 0); /* HDMI has no AUX */
    assert_int_equal(aux(3, read, 4, reply), 0);
}

static void plug(unsigned index, bool connected)
{
    f.model->monitors.list[index].connected = connected;
    hotplug_changed(f.model, monitor(index));
}

static void test_hotplug(void **state)
{
    assert_int_equal(mmio_get(&f, 0xc4000), 1 << 24 | 1 << 21 | 1 << 22);
    mmio_put(&f, 0xc4004, 0);
    mmio_put(&f, 0xc400c, 0xffffffff);
    mmio_put(&f, 0x44200, 0x80000000);
    plug(HDMI, false); /* nobody looks */
    assert_int_equal(mmio_get(&f, 0xc4000), 1 << 24 | 1 << 22);
    assert_false(f.condition);
    mmio_put(&f, 0xc4030, 0x00001010);
    plug(HDMI, true);
    assert_true(f.condition);
    assert_int_equal(mmio_get(&f, 0x44200) & (1 << 23), 1 << 23);
    assert_int_equal(mmio_get(&f, 0xc4008), 1 << 21);
    assert_int_equal(mmio_get(&f, 0xc4030), 0x00001012);
    mmio_put(&f, 0xc4030, 0x00001012);
    assert_int_equal(mmio_get(&f, 0xc4030), 0x00001010);
    mmio_put(&f, 0xc4008, 1 << 21);
    assert_false(f.condition);
    hotplug_pulse(f.model, monitor(DP));
    assert_int_equal(mmio_get(&f, 0xc4030), 0x00001110);
    /* Without a monitor nothing answers. */
    uint8_t read[] = { 0x90, 0, 0, 0 }, reply[20];
    plug(DP, false);
    assert_int_equal(aux(2, read, 4, reply), 0);
}

static void test_panel(void **state)
{
    assert_int_equal(mmio_get(&f, 0xc7200), 0);
    mmio_put(&f, 0xc7204, 1);
    assert_int_equal(mmio_get(&f, 0xc7200), 0x80000008);
    mmio_put(&f, 0xc7200, 0);
    assert_int_equal(mmio_get(&f, 0xc7200), 0x80000008);
    mmio_put(&f, 0xc7204, 0);
    assert_int_equal(mmio_get(&f, 0xc7200), 0);
    assert_int_equal(mmio_get(&f, 0xc2014), 4 | 2 | 0x40);
    assert_int_equal(mmio_get(&f, 0x64000), 0x80 | 0x10 | 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_gmbus_read),  TEST(test_gmbus_nobody), TEST(test_training),
        TEST(test_edid_by_aux), TEST(test_hostile),      TEST(test_hotplug),
        TEST(test_panel),       TEST(test_pins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
