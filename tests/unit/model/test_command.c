/* test_command.c: commands the streamer executes that move and change values. */
#include "command_bench.h" /* the streamer */

static int start(void **state)
{
    set_up(90, COMMAND_RENDER, RENDER);
    return 0;
}

static void test_ring_wraps(void **state)
{
    uint32_t noops[RING_SIZE / 4 - 8] = { 0 };
    assert_int_equal(run_ring(noops, ARRAY_SIZE(noops)), COMMAND_IDLE);
    /* A store that lies across the ring's end. */
    RUN(0, 0, 0, 0, 0, 0, 0x10400002, 0x100, 0, 0xcafe);
    assert_int_equal(global(0x100), 0xcafe);
    assert_int_equal(b.streamer.head, b.streamer.tail);
    assert_int_equal(b.streamer.head, 8);
}

static void test_store_immediate(void **state)
{
    RUN(0x10400002, 0x100, 0, 0x11111111);             /* GGTT */
    RUN(0x10000002, 0x104, 0, 0x22222222);             /* own space */
    RUN(0x10600003, 0x108, 0, 0x33333333, 0x44444444); /* a qword */
    assert_int_equal(global(0x100), 0x11111111);
    assert_int_equal(own(0x104), 0x22222222);
    assert_int_equal(global(0x104), 0);
    assert_int_equal(global(0x108), 0x33333333);
    assert_int_equal(global(0x10c), 0x44444444);
    RUN(0x10800001, 0x40, 0x55);       /* MI_STORE_DATA_INDEX */
    RUN(0x10a00002, 0x48, 0x66, 0x77); /* in the own page, a qword */
    assert_int_equal(global(STATUS + 0x40), 0x55);
    assert_int_equal(global(OWN_STATUS + 0x48), 0x66);
    assert_int_equal(global(OWN_STATUS + 0x4c), 0x77);
    assert_int_equal(b.statistics.executed, 5);
}

static void test_store_immediate_7(void **state)
{
    set_up(75, COMMAND_RENDER, RENDER);
    RUN(0x10400002, 0, 0x100, 0x11111111);
    RUN(0x10400003, 0, 0x108, 0x22222222, 0x33333333);
    assert_int_equal(global(0x100), 0x11111111);
    assert_int_equal(global(0x10c), 0x33333333);
}

static void test_registers(void **state)
{
    RUN(0x11000003, GPR(0), 5, GPR(1), 6); /* two pairs */
    assert_int_equal(bus_load(NULL, GPR(0)), 5);
    assert_int_equal(bus_load(NULL, GPR(1)), 6);
    RUN(0x12400002, GPR(1), 0x100, 0); /* to memory */
    assert_int_equal(global(0x100), 6);
    store32(b.memory[COMMAND_PPGTT] + 0x200, 0x1234);
    RUN(0x14800002, GPR(2), 0x200, 0); /* from memory */
    RUN(0x15000001, GPR(2), GPR(3));   /* to a register */
    assert_int_equal(bus_load(NULL, GPR(3)), 0x1234);
    RUN(0x17400003, 0x204, 0, 0x100, 0); /* from the GGTT to the own space */
    assert_int_equal(own(0x204), 6);
}

static void test_relative_registers(void **state)
{
    set_up(120, COMMAND_BLITTER, 0x22000);
    RUN(0x11080001, 0x600, 7); /* from the engine's base */
    assert_int_equal(bus_load(NULL, 0x22600), 7);
    RUN(0x11020001, GPR(1), 8); /* the render engine's, remapped */
    assert_int_equal(bus_load(NULL, 0x22608), 8);
    RUN(0x15040001, 0x600, 0x2700);
    assert_int_equal(bus_load(NULL, 0x2700), 7);
}

static void test_math(void **state)
{
    store64(b.registers + GPR(0), 0xffffffffffffffffULL);
    store64(b.registers + GPR(1), 2);
    RUN(0x0d000006, 0x08008000, 0x08008401, 0x10000000, /* A = R0, B = R1, add */
        0x18000831, 0x18000c33, 0x18001032, /* R2 = result, R3 = CF, R4 = ZF */
        0x58001431);                        /* R5 = ~result */
    assert_true(load64(b.registers + GPR(2)) == 1);
    assert_true(load64(b.registers + GPR(3)) == UINT64_MAX);
    assert_true(load64(b.registers + GPR(4)) == 0);
    assert_true(load64(b.registers + GPR(5)) == ~1ULL);
    RUN(0x0d000003, 0x48108000, 0x08108400, 0x10100000, 0x18001831); /* ~0 - 0 */
    RUN(0x0d000003, 0x08008001, 0x08008401, 0x10100000, 0x18001c32); /* R1 - R1: ZF */
    assert_true(load64(b.registers + GPR(7)) == UINT64_MAX);
}

static void test_atomic(void **state)
{
    /* Operation, what memory holds, first operand, second, what it holds then. */
    static const struct {
        uint8_t operation;
        uint32_t memory, first, second, result;
    } rows[] = {
        { 0x1, 0xff, 0x0f, 0, 0x0f },
        { 0x2, 0xf0, 0x0f, 0, 0xff },
        { 0x3, 0xff, 0x0f, 0, 0xf0 },
        { 0x4, 1, 9, 0, 9 },
        { 0x5, 1, 9, 0, 2 },
        { 0x6, 1, 9, 0, 0 },
        { 0x7, 1, 9, 0, 10 },
        { 0x8, 9, 1, 0, 8 },
        { 0x9, 1, 9, 0, 8 },
        { 0xa, 0xffffffff, 1, 0, 1 },
        { 0xb, 0xffffffff, 1, 0, 0xffffffff },
        { 0xc, 0xffffffff, 1, 0, 0xffffffff },
        { 0xd, 0xffffffff, 1, 0, 1 },
        { 0xe, 5, 9, 5, 9 },
        { 0xe, 5, 9, 4, 5 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        store32(b.memory[COMMAND_GGTT] + 0x100, rows[i].memory);
        store32(b.memory[COMMAND_GGTT] + 0x104, 0x77777777);
        RUN(0x17c40009u | (uint32_t)rows[i].operation << 8, 0x100, 0, rows[i].first,
            rows[i].second, 0, 0, 0, 0, 0, 0);
        assert_int_equal(global(0x100), rows[i].result);
        assert_int_equal(global(0x104), 0x77777777);
    }
    /* Eight bytes, operands in registers, the old value kept. */
    store64(b.memory[COMMAND_GGTT] + 0x108, 0xffffffff);
    store64(b.registers + GPR(0), 1);
    RUN(0x17c12701, 0x108, 0);
    assert_true(load64(b.memory[COMMAND_GGTT] + 0x108) == 0x100000000ULL);
    assert_int_equal(bus_load(NULL, GPR(4)), 0xffffffff);
}

static void test_flush(void **state)
{
    store32(b.memory[COMMAND_GGTT] + 0x104, 0x77777777);
    RUN(0x13004002, 0x104 & ~7u, 0, 1); /* own space: bit 2 is the GGTT's */
    RUN(0x13004002, 0x100 | 4, 0, 0xabcd);
    assert_int_equal(global(0x100), 0xabcd);
    assert_int_equal(global(0x104), 0x77777777); /* one dword in, one dword out */
    assert_int_equal(own(0x100), 1);
    RUN(0x13204003, 0xd0, 0, 0x11, 0x22);
    assert_int_equal(global(OWN_STATUS + 0xd0), 0x11);
    assert_int_equal(global(OWN_STATUS + 0xd4), 0x22);
    assert_int_equal(b.invalidations, 0);
    /* Bit 7 is a flag of the video engine and no part of the length. */
    RUN(0x1304c182, 0x108 | 4, 0, 0);
    assert_int_equal(global(0x108), 0x3456789a);
    assert_int_equal(global(0x10c), 0x12);
    assert_int_equal(b.invalidations, 1);
    assert_int_equal(b.interrupts, ENGINE_FLUSH_NOTIFY);
}

static void test_pipe_control(void **state)
{
    RUN(0x7a000004, 0x01104000, 0x100, 0, 0x1111, 0x2222);
    assert_int_equal(global(0x100), 0x1111);
    assert_int_equal(global(0x104), 0x2222);
    RUN(0x7a000004, 0x0010c100, 0x108, 0, 0, 0); /* a timestamp, and tell */
    assert_int_equal(own(0x108), 0x3456789a);
    assert_int_equal(b.interrupts, ENGINE_FLUSH_NOTIFY);
    RUN(0x7a000004, 0x00244000, 0xd0, 0, 5, 6);
    assert_int_equal(global(OWN_STATUS + 0xd0), 5);
    assert_int_equal(b.invalidations, 1);
    RUN(0x7a000004, 0x00100000, 0x108, 0, 9, 9); /* only a stall */
    assert_int_equal(own(0x108), 0x3456789a);
    RUN(0x7a000004, 0x00804000, GPR(0), 0, 77, 0); /* a register */
    assert_int_equal(bus_load(NULL, GPR(0)), 77);
    bus_store(NULL, 0x2350, 42);
    RUN(0x7a000004, 0x01008000, 0x110, 0, 0, 0); /* the depth count */
    assert_int_equal(global(0x110), 42);
}

static void test_pipe_control_7(void **state)
{
    set_up(75, COMMAND_RENDER, RENDER);
    store32(b.memory[COMMAND_GGTT] + 0x104, 0x77777777);
    RUN(0x7a000002, 0x01104000, 0x100, 0x1111);
    assert_int_equal(global(0x100), 0x1111);
    assert_int_equal(global(0x104), 0x77777777);
    set_up(60, COMMAND_RENDER, RENDER);
    RUN(0x7a000003, 0x00104000, 0x108 | 4, 0x1111, 0x2222);
    assert_int_equal(global(0x10c), 0x2222);
}

#define TEST(test) cmocka_unit_test_setup(test, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ring_wraps),
        TEST(test_store_immediate),
        TEST(test_store_immediate_7),
        TEST(test_registers),
        TEST(test_relative_registers),
        TEST(test_math),
        TEST(test_atomic),
        TEST(test_flush),
        TEST(test_pipe_control),
        TEST(test_pipe_control_7),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
