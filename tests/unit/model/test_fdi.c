/* test_fdi.c: Sandy and Ivy Bridge: ports behind the PCH, planes where they are there.
 */
#include "fixture.h" /* the model */

#include "model/scanout.h" /* what is shown */

static struct fixture f;

static int start_ivy_bridge(void **state)
{
    fixture_start_monitors(&f, "ivy-bridge", "hdmi-b:1024x768,edp-a:1366x768,dp-c");
    return 0;
}

static int start_sandy_bridge(void **state)
{
    fixture_start_monitors(&f, "sandy-bridge", "dp-b:1024x768,edp-a:1366x768");
    return 0;
}

static int stop(void **state)
{
    fixture_stop(&f);
    return 0;
}

static uint16_t shown_on(unsigned pipe)
{
    struct scanout_pipe shown;
    scanout_get(f.model, pipe, &shown);
    return shown.ddis;
}

static void test_ports(void **state)
{
    /* What the board's straps say; a driver cannot change it. */
    assert_int_equal(mmio_get(&f, 0xc2014), 0x2000 | 0x40 | 4 | 2);
    assert_int_equal(mmio_get(&f, 0xe1140), 4);
    assert_int_equal(mmio_get(&f, 0xe1150), 0);
    assert_int_equal(mmio_get(&f, 0xe4200), 4);
    assert_int_equal(mmio_get(&f, 0x64000), 4);
    mmio_put(&f, 0xe1140, 0x80000000 | 1 << 29); /* HDMI B on pipe B */
    assert_int_equal(mmio_get(&f, 0xe1140), 0xa0000004);
    mmio_put(&f, 0xe0300, 0x80000000 | 1 << 29);  /* DisplayPort C on pipe A */
    mmio_put(&f, 0x64000, 0x80000000 | 2U << 29); /* the panel on pipe C */
    assert_int_equal(shown_on(0), 1 << 2);
    assert_int_equal(shown_on(1), 1 << 1);
    assert_int_equal(shown_on(2), 1 << 0);
    mmio_put(&f, 0xe1140, 0);
    assert_int_equal(shown_on(1), 0);
}

/* The panel's pipe is one bit; beside it is what the link sends, here pixels. */
static void test_sandy_bridge_panel(void **state)
{
    assert_int_equal(mmio_get(&f, 0xe1300), 0x60000000); /* no port has transcoder B */
    assert_int_equal(mmio_get(&f, 0xe1140), 4);          /* for DisplayPort B, too */
    assert_int_equal(mmio_get(&f, 0xe4100), 4);
    mmio_put(&f, 0x64000, 0x80000000 | 3U << 28);
    assert_int_equal(shown_on(0), 1 << 0);
    assert_int_equal(shown_on(1), 0);
    mmio_put(&f, 0x64000, 0x80000000 | 1U << 30);
    assert_int_equal(shown_on(0), 0);
    assert_int_equal(shown_on(1), 1 << 0);
}

static void test_link(void **state)
{
    assert_int_equal(mmio_get(&f, 0xf1014), 0);
    mmio_put(&f, 0xf100c, 0x80000000);
    assert_int_equal(mmio_get(&f, 0xf1014), 0x300);
    mmio_put(&f, 0xf0008, 0x80000000);
    assert_int_equal(mmio_get(&f, 0xf0008), 0xc0000000);
    mmio_put(&f, 0xe1100, 0x00010000); /* no analogue monitor is found, at once */
    assert_int_equal(mmio_get(&f, 0xe1100), 0);
    assert_int_equal(mmio_get(&f, 0x41000), 0x80000000);
}

static void test_infoframes(void **state)
{
    mmio_put(&f, 0xe1200, 1 << 19);
    mmio_put(&f, 0xe1208, 0x11);
    mmio_put(&f, 0xe1208, 0x22);
    mmio_put(&f, 0xe1200, 0);
    assert_int_equal(mmio_get(&f, 0xe1208), 0); /* another kind */
    mmio_put(&f, 0xe1200, 1 << 19);
    assert_int_equal(mmio_get(&f, 0xe1208), 0x11);
    assert_int_equal(mmio_get(&f, 0xe1208), 0x22);
    mmio_put(&f, 0xe1200, 1 << 19 | 15);
    mmio_put(&f, 0xe1208, 0x33);
    assert_int_equal(mmio_get(&f, 0xe1200), 1 << 19); /* the index wraps */
}

/* Sandy Bridge: a sprite at 72180, pipe B's cursor at 700c0, offsets in bytes. */
static void test_sandy_bridge_planes(void **state)
{
    struct scanout_pipe shown;
    mmio_put(&f, 0x6101c, 1023 << 16 | 767);
    mmio_put(&f, 0x71188, 4096);
    mmio_put(&f, 0x71184, 4096 * 3 + 20);
    mmio_put(&f, 0x71180, 0x80000000 | 6 << 26);
    mmio_put(&f, 0x7119c, 0x200000);
    mmio_put(&f, 0x73190, 31 << 16 | 63);
    mmio_put(&f, 0x73180, 0x80000000 | 2 << 25);
    mmio_put(&f, 0x7319c, 0x300000);
    mmio_put(&f, 0x700c0, 0x27);
    mmio_put(&f, 0x700c4, 0x400000);
    scanout_get(f.model, 1, &shown);
    assert_int_equal(shown.plane_count, 3);
    assert_true(shown.planes[0].enabled);
    assert_int_equal(shown.planes[0].base, 0x200000);
    assert_int_equal(shown.planes[0].width, 1024);
    assert_int_equal(shown.planes[0].source_x, 5);
    assert_int_equal(shown.planes[0].source_y, 3);
    assert_int_equal(shown.planes[1].base, 0x300000);
    assert_int_equal(shown.planes[1].width, 64);
    assert_int_equal(shown.planes[1].height, 32);
    assert_int_equal(shown.planes[2].base, 0x400000);
    assert_true(shown.planes[2].cursor);
}

#define TEST(name, start) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ports, start_ivy_bridge),
        TEST(test_link, start_ivy_bridge),
        TEST(test_infoframes, start_ivy_bridge),
        TEST(test_sandy_bridge_panel, start_sandy_bridge),
        TEST(test_sandy_bridge_planes, start_sandy_bridge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
