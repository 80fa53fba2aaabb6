/* test_dsb.c: display state buffers: what they write, wait for and tell. */
#include "fixture.h" /* the model */

#include "base/bytes.h" /* stores */

#define AT(id)      (0x71b00u + 0x100u * (id)) /* of pipe B */
#define LIST        0x10000u                   /* GGTT addresses of two lists */
#define OTHER       0x11000u
#define ENABLE      0x80000000u
#define WAIT        0x10000000u
#define BUSY        1u
#define WRITE       (0x1fu << 20) /* all four bytes */
#define WAIT_BLANKS (0x4u << 24)
#define TELL        (0x7u << 24)
#define WRITE_MANY  (0x9u << 24)
#define MILLISECOND 1000000ULL
#define PIPE_B_IMR  0x44414
#define PIPE_B_IIR  0x44418

static struct fixture f;

static int start(void **state)
{
    fixture_start_chip(&f, "tiger-lake", false, 0);
    for (uint32_t i = 0; i < 2; i++)
        put(&f, 0, 0x800000 + 8 * (LIST / 4096 + i), 8,
            (FIXTURE_MEMORY_BASE + 4096 * i) | 1);
    f.now = 1000 * MILLISECOND;
    return 0;
}

static int stop(void **state)
{
    fixture_stop(&f);
    return 0;
}

/* One instruction after the other; where the next one goes. */
static uint8_t *add(uint8_t *to, uint32_t value, uint32_t code)
{
    store32(to, value);
    store32(to + 4, code);
    return to + 8;
}

static void run(unsigned id, uint32_t control, uint32_t head, uint32_t tail)
{
    mmio_put(&f, AT(id) + 0x08, ENABLE | control);
    mmio_put(&f, AT(id) + 0x28, 0x000f000f);
    mmio_put(&f, AT(id) + 0x00, head);
    mmio_put(&f, AT(id) + 0x04, tail);
}

static void run_pipe(void)
{
    mmio_put(&f, 0x71008, 0x80000000);
    mmio_put(&f, PIPE_B_IMR, 0);
}

static void next_frame(void)
{
    f.now += 17 * MILLISECOND;
    model_frame(f.model);
}

static void test_writes(void **state)
{
    uint8_t *to = f.memory;
    mmio_put(&f, 0x7118c, 0x11223344);
    to = add(to, 0x00050007, WRITE | 0x71190);
    to = add(to, 0xaabbccdd, 0x1u << 24 | 0x5u << 20 | 0x7118c); /* bytes 0 and 2 */
    to = add(to, 0x8000, WRITE | 0x4ac00);
    to = add(to, 3, WRITE_MANY | 0x4ac04);
    to = add(to, 0x111, 0x222);
    to = add(to, 0x333, 0xbad);            /* the last is there for the length */
    to = add(to, 0x1234, WRITE | 0x42088); /* not of a pipe */
    add(to, 0, 0);
    run(1, 0, LIST, LIST + 64);
    assert_int_equal(mmio_get(&f, AT(1) + 0x08), ENABLE);
    assert_int_equal(mmio_get(&f, AT(1) + 0x2c), LIST + 64);
    assert_int_equal(mmio_get(&f, 0x71190), 0x00050007);
    assert_int_equal(mmio_get(&f, 0x7118c), 0x11bb33dd);
    assert_int_equal(mmio_get(&f, 0x4ac00), 0x8003);
    mmio_put(&f, 0x4ac00, 0x8000);
    assert_int_equal(mmio_get(&f, 0x4ac04), 0x111);
    assert_int_equal(mmio_get(&f, 0x4ac04), 0x222);
    assert_int_equal(mmio_get(&f, 0x4ac04), 0x333);
    assert_int_equal(mmio_get(&f, 0x42088), 0);
    /* Only one that is switched on runs. */
    mmio_put(&f, 0x71190, 0);
    mmio_put(&f, AT(1) + 0x08, 0);
    mmio_put(&f, AT(1) + 0x04, LIST + 64);
    assert_int_equal(mmio_get(&f, 0x71190), 0);
}

static void test_waits(void **state)
{
    uint8_t *to = f.memory;
    run_pipe();
    to = add(to, 1, WRITE | 0x71190);
    to = add(to, 2, WAIT_BLANKS);
    to = add(to, 2, WRITE | 0x71190);
    add(to, 0, TELL);
    run(0, WAIT, LIST, LIST + 64);
    assert_int_equal(mmio_get(&f, 0x71190), 0);
    for (uint32_t frame = 0; frame < 3; frame++) {
        assert_int_equal(mmio_get(&f, AT(0) + 0x08) & BUSY, BUSY);
        assert_int_equal(mmio_get(&f, PIPE_B_IIR) & 0x2000, 0);
        next_frame();
        assert_int_equal(mmio_get(&f, 0x71190), frame < 2 ? 1 : 2);
    }
    assert_int_equal(mmio_get(&f, AT(0) + 0x08) & BUSY, 0);
    assert_int_equal(mmio_get(&f, PIPE_B_IIR) & 0x2000, 0x2000);
    assert_int_equal(mmio_get(&f, AT(0) + 0x28), 0x000f0001);
    mmio_put(&f, AT(0) + 0x28, 0x000f0001);
    assert_int_equal(mmio_get(&f, AT(0) + 0x28), 0x000f0000);
    /* One that waits can be stopped. */
    run(0, WAIT, LIST, LIST + 64);
    mmio_put(&f, AT(0) + 0x08, 0);
    assert_int_equal(mmio_get(&f, AT(0) + 0x08), 0);
    mmio_put(&f, 0x71190, 0);
    next_frame();
    assert_int_equal(mmio_get(&f, 0x71190), 0);
}

/* One starts another, which starts the first again: for ever, if it were let. */
static void test_chain(void **state)
{
    uint8_t *to = f.memory;
    to = add(to, ENABLE, WRITE | (AT(2) + 0x08));
    to = add(to, OTHER, WRITE | AT(2));
    add(to, OTHER + 64, WRITE | (AT(2) + 0x04));
    add(f.memory + 4096, 7, WRITE | 0x71190);
    run(1, 0, LIST, LIST + 64);
    assert_int_equal(mmio_get(&f, 0x71190), 7);
    assert_int_equal(mmio_get(&f, AT(2) + 0x08), ENABLE);
    to = add(f.memory + 4096, ENABLE, WRITE | (AT(1) + 0x08));
    add(to, LIST + 64, WRITE | (AT(1) + 0x04));
    run(1, 0, LIST, LIST + 64);
    assert_int_equal((mmio_get(&f, AT(1) + 0x28) | mmio_get(&f, AT(2) + 0x28)) & 8, 8);
    assert_int_equal(mmio_get(&f, AT(1) + 0x08) & BUSY, 0);
    assert_int_equal(mmio_get(&f, AT(2) + 0x08) & BUSY, 0);
}

static void test_faults(void **state)
{
    run_pipe();
    run(0, 0, 0x20000, 0x20040); /* no memory */
    assert_int_equal(mmio_get(&f, AT(0) + 0x28) & 0xf, 8);
    assert_int_equal(mmio_get(&f, PIPE_B_IIR) & 0x2000, 0x2000);
    run(0, 0, LIST, LIST - 64); /* all of the address space */
    assert_int_equal(mmio_get(&f, AT(0) + 0x28) & 0xf, 8);
    add(f.memory, 0, 0xfu << 24); /* no instruction */
    run(0, 0, LIST, LIST + 64);
    assert_int_equal(mmio_get(&f, AT(0) + 0x28) & 0xf, 8);
    add(f.memory, 0xffffffff, WRITE_MANY | 0x71190);
    run(0, 0, LIST, LIST + 64); /* the tail ends it */
    assert_int_equal(mmio_get(&f, AT(0) + 0x28) & 0xf, 0);
    assert_int_equal(mmio_get(&f, AT(0) + 0x08), ENABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_writes),
        TEST(test_waits),
        TEST(test_chain),
        TEST(test_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
