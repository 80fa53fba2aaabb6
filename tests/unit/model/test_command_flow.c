/*
 * test_command_flow.c: batches, waits, privileges and errors; how long the commands are
 * that the streamer skips.
 */
#include "command_bench.h" /* the streamer */

static int start(void **state)
{
    set_up(90, COMMAND_RENDER, RENDER);
    return 0;
}

static void test_batches(void **state)
{
    const uint32_t second[] = { 0x10000002, 0x200, 0, 2, 0x05000000 };
    const uint32_t chained[] = { 0x10000002, 0x208, 0, 4, 0x05000000 };
    place(COMMAND_PPGTT, 0x5000, second, ARRAY_SIZE(second));
    place(COMMAND_PPGTT, 0x6000, chained, ARRAY_SIZE(chained));
    BATCH_RUN(0x100, 0x18c00101, 0x5000, 0, /* call */
              0x10000002, 0x204, 0, 3,      /* goes on here */
              0x18800101, 0x6000, 0,        /* leaves for good */
              0x10000002, 0x20c, 0, 5);
    assert_int_equal(own(0x200), 2);
    assert_int_equal(own(0x204), 3);
    assert_int_equal(own(0x208), 4);
    assert_int_equal(own(0x20c), 0);
    /* In the ring the end of a batch is nothing. */
    RUN(0x05000000, 0x10400002, 0x100, 0, 1);
    assert_int_equal(global(0x100), 1);
}

static void test_privileges(void **state)
{
    BATCH_RUN(0x100, 0x10400002, 0x100, 0, 1, /* the GGTT */
              0x11000001, 0x44200, 1,         /* a display register */
              0x11000001, GPR(0), 1,          /* its own */
              0x11000001, 0x7300, 2,          /* made open below */
              0x10000002, 0x104, 0, 1);
    assert_int_equal(global(0x100), 0);
    assert_int_equal(bus_load(NULL, 0x44200), 0);
    assert_int_equal(bus_load(NULL, 0x7300), 0);
    assert_int_equal(bus_load(NULL, GPR(0)), 1);
    assert_int_equal(own(0x104), 1);
    assert_int_equal(b.statistics.denied, 3);
    bus_store(NULL, RENDER + 0x4d4, 0x7300);
    BATCH_RUN(0x100, 0x11000001, 0x7300, 2);
    assert_int_equal(bus_load(NULL, 0x7300), 2);
    /* Nor can it go where it would have privileges. */
    const uint32_t chained[] = { 0x10000002, 0x108, 0, 9, 0x05000000 };
    place(COMMAND_PPGTT, 0x5000, chained, ARRAY_SIZE(chained));
    BATCH_RUN(0x100, 0x18800001, 0x5000, 0);
    assert_int_equal(own(0x108), 9);
    /* A batch in the GGTT is the driver's own. */
    BATCH_RUN(0, 0x11000001, 0x44200, 3, 0x10400002, 0x100, 0, 1);
    assert_int_equal(bus_load(NULL, 0x44200), 3);
    assert_int_equal(global(0x100), 1);
    assert_int_equal(b.statistics.denied, 3);
}

static void test_semaphore(void **state)
{
    /* Comparison, what memory holds, the command's value, satisfied? */
    static const struct {
        uint32_t operation, memory, value;
        bool satisfied;
    } rows[] = {
        { 0, 2, 1, true }, { 0, 1, 1, false }, { 1, 1, 1, true }, { 1, 0, 1, false },
        { 2, 0, 1, true }, { 2, 1, 1, false }, { 3, 1, 1, true }, { 3, 2, 1, false },
        { 4, 1, 1, true }, { 4, 2, 1, false }, { 5, 2, 1, true }, { 5, 1, 1, false },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint32_t wait[] = { 0x0e408002 | rows[i].operation << 12, rows[i].value,
                                  0x100, 0 };
        set_up(90, COMMAND_RENDER, RENDER);
        store32(b.memory[COMMAND_GGTT] + 0x100, rows[i].memory);
        enum command_result result = run_ring(wait, 4);
        assert_int_equal(result, rows[i].satisfied ? COMMAND_IDLE : COMMAND_WAITS);
        if (rows[i].satisfied)
            continue;
        /* Tried again, it tells nobody again; satisfied, it goes on. */
        assert_int_equal(command_run(&b.streamer, 100), COMMAND_WAITS);
        assert_int_equal(b.interrupt_count, 1);
        assert_int_equal(b.interrupts, ENGINE_SEMAPHORE_WAIT);
        store32(b.memory[COMMAND_GGTT] + 0x100, rows[i].operation == 2   ? 0
                                                : rows[i].operation == 0 ? 2
                                                : rows[i].operation == 5 ? 9
                                                                         : 1);
        assert_int_equal(command_run(&b.streamer, 100), COMMAND_IDLE);
    }
}

static void test_semaphore_register(void **state)
{
    static const uint32_t wait[] = { 0x0e01c003, 0, 0x4208, 0, 0 };
    set_up(120, COMMAND_RENDER, RENDER);
    bus_store(NULL, 0x4208, 1);
    assert_int_equal(run_ring(wait, 5), COMMAND_WAITS);
    bus_store(NULL, 0x4208, 0);
    assert_int_equal(command_run(&b.streamer, 100), COMMAND_IDLE);
}

static void test_arbitration(void **state)
{
    static const uint32_t check[] = { 0x02800000, 0, 0x02800000 };
    assert_int_equal(run_ring(check, 3), COMMAND_IDLE);
    b.streamer.preempt = true;
    assert_int_equal(run_ring(check, 3), COMMAND_PREEMPTED);
    assert_int_equal(b.streamer.head, 16); /* behind the check */
    b.streamer.preempt = false;
    RUN(0x04000000); /* off */
    b.streamer.preempt = true;
    assert_int_equal(run_ring(check, 3), COMMAND_IDLE);
    RUN(0x04000001); /* on */
    /* A wait is such a place, too, and is tried again later. */
    static const uint32_t wait[] = { 0x0e40c002, 1, 0x100, 0 };
    uint32_t head = b.streamer.head;
    assert_int_equal(run_ring(wait, 4), COMMAND_PREEMPTED);
    assert_int_equal(b.streamer.head, head);
}

static void test_conditional_end(void **state)
{
    store32(b.memory[COMMAND_PPGTT] + 0x100, 5);
    BATCH_RUN(0x100, 0x1b200002, 4, 0x100, 0, 0x10000002, 0x104, 0, 1);
    assert_int_equal(own(0x104), 1); /* 5 > 4: went on */
    BATCH_RUN(0x100, 0x1b200002, 5, 0x100, 0, 0x10000002, 0x104, 0, 2);
    assert_int_equal(own(0x104), 1);
    BATCH_RUN(0x100, 0x1b204002, 5, 0x100, 0, 0x10000002, 0x104, 0, 3); /* equal */
    assert_int_equal(own(0x104), 3);
}

static void test_predicates(void **state)
{
    store64(b.registers + RENDER + 0x400, 7);
    store64(b.registers + RENDER + 0x408, 7);
    RUN(0x06000082); /* load: are the sources equal? */
    assert_int_equal(bus_load(NULL, RENDER + 0x418), 1);
    RUN(0x060000c2); /* the opposite */
    assert_int_equal(bus_load(NULL, RENDER + 0x418), 0);
    BATCH_RUN(0x8100, 0x10000002, 0x100, 0, 1); /* a batch only if so */
    assert_int_equal(own(0x100), 0);
    RUN(0x12600002, GPR(0), 0x104, 0);
    bus_store(NULL, RENDER + 0x418, 1);
    BATCH_RUN(0x8100, 0x10000002, 0x100, 0, 1);
    assert_int_equal(own(0x100), 1);
    RUN(0x00800002 - 1, 0x10400002, 0x108, 0, 1, 0x00800000, 0x10400002, 0x10c, 0, 1);
    assert_int_equal(global(0x108), 0); /* passed over while the result 2 is clear */
    assert_int_equal(global(0x10c), 1);
}

static void test_user_interrupt(void **state)
{
    RUN(0x01000000);
    assert_int_equal(b.interrupts, ENGINE_USER_INTERRUPT);
    RUN(0x03800000);
    assert_int_equal(global(STATUS + 16), 4); /* MI_REPORT_HEAD: its own place */
}

/* Each is followed by a store: had it another length, the store would be lost. */
static void test_lengths(void **state)
{
    static const struct {
        uint32_t header;
        uint16_t dwords;
        enum command_class class;
    } rows[] = {
        { 0x61010011, 19, COMMAND_RENDER },    /* STATE_BASE_ADDRESS */
        { 0x69040000, 1, COMMAND_RENDER },     /* PIPELINE_SELECT */
        { 0x680b0001, 1, COMMAND_RENDER },     /* 3DSTATE_VF_STATISTICS */
        { 0x7b000005, 7, COMMAND_RENDER },     /* 3DPRIMITIVE */
        { 0x79170101, 0x103, COMMAND_RENDER }, /* 3DSTATE_SO_DECL_LIST */
        { 0x78130003, 5, COMMAND_RENDER },
        { 0x70000007, 9, COMMAND_RENDER },     /* MEDIA_VFE_STATE */
        { 0x71050106, 8, COMMAND_RENDER },     /* GPGPU_WALKER */
        { 0x70010102, 0x104, COMMAND_RENDER }, /* MEDIA_CURBE_LOAD */
        { 0x68000100, 1, COMMAND_VIDEO },      /* MFX_WAIT */
        { 0x70000003, 5, COMMAND_VIDEO },      /* MFX_PIPE_MODE_SELECT */
        { 0x70050201, 0x203, COMMAND_VIDEO },
        { 0x74001003, 5, COMMAND_VIDEO_ENHANCE },
        { 0x54400004, 6, COMMAND_BLITTER }, /* XY_PAT_BLT */
        { 0x0c000001, 3, COMMAND_RENDER },  /* MI_SET_CONTEXT */
        { 0x0a000001, 3, COMMAND_RENDER },  /* MI_DISPLAY_FLIP */
        { 0x13800005, 7, COMMAND_RENDER },  /* MI_CLFLUSH */
        { 0x0e800000, 2, COMMAND_RENDER },  /* MI_FORCE_WAKEUP */
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint32_t dwords[0x300] = { rows[i].header };
        /* What would end in an error, if it were taken for commands. */
        for (unsigned k = 1; k < rows[i].dwords; k++)
            dwords[k] = 0xffffffff;
        const uint32_t store[] = { 0x10400002, 0x100, 0, (uint32_t)i + 1 };
        memcpy(dwords + rows[i].dwords, store, sizeof(store));
        set_up(90, rows[i].class, rows[i].class == COMMAND_RENDER ? RENDER : 0x22000);
        assert_int_equal(run_ring(dwords, rows[i].dwords + 4u), COMMAND_IDLE);
        assert_int_equal(global(0x100), i + 1);
    }
}

static void test_skipped(void **state)
{
    RUN(0x7b000005, 0, 0, 0, 0, 0, 0, 0x7b000005, 0, 0, 0, 0, 0, 0, 0x78130000, 0);
    assert_int_equal(b.statistics.skipped, 3);
    assert_int_equal(b.statistics.unknown, 1); /* one has no row, but a length */
    assert_int_equal(b.statistics.kind_count, 2);
    assert_int_equal(b.statistics.kinds[0].code, 0x7b000000);
    assert_int_equal(b.statistics.kinds[0].count, 2);
    assert_string_equal(b.statistics.kinds[0].name, "3DPRIMITIVE");
    assert_int_equal(b.statistics.kinds[1].code, 0x78130000);
    assert_null(b.statistics.kinds[1].name);
    /* More kinds than there is room for. */
    for (uint32_t i = 0; i < 600; i++)
        RUN(0x60000000 | (i & 0xff) << 16 | (i >> 8) << 24, 0);
    assert_int_equal(b.statistics.kind_count, COMMAND_SKIPPED_KINDS);
}

static void test_errors(void **state)
{
    static const uint32_t bad[] = { 0xffffffff };
    assert_int_equal(run_ring(bad, 1), COMMAND_STUCK);
    assert_int_equal(b.interrupts, ENGINE_ERROR);
    assert_int_equal(b.streamer.error, 1);
    assert_int_equal(b.streamer.header, 0xffffffff);
    assert_int_equal(b.streamer.address, RING);
    /* Longer than what is left of the ring. */
    start(NULL);
    static const uint32_t longer[] = { 0x10400002, 0x100 };
    assert_int_equal(run_ring(longer, 2), COMMAND_STUCK);
    /* Shorter than what it needs. */
    start(NULL);
    static const uint32_t shorter[] = { 0x10400000, 0x100 };
    assert_int_equal(run_ring(shorter, 2), COMMAND_STUCK);
    /* Where there is no memory. */
    start(NULL);
    static const uint32_t nowhere[] = { 0x18800101, 0x20000, 0 };
    assert_int_equal(run_ring(nowhere, 3), COMMAND_STUCK);
    assert_int_equal(b.statistics.faults, 1);
    assert_int_equal(b.streamer.address, 0x20000);
    /* Data there are not: counted, and nothing else. */
    start(NULL);
    RUN(0x10400002, 0x20000, 0, 1, 0x10400002, 0x100, 0, 1);
    assert_int_equal(global(0x100), 1);
    assert_int_equal(b.statistics.faults, 1);
}

static void test_endless(void **state)
{
    /* A batch that starts itself: turns end, and it can be preempted and left. */
    const uint32_t spin[] = { 0x02800000, 0x18800101, BATCH, 0 };
    place(COMMAND_PPGTT, BATCH, spin, ARRAY_SIZE(spin));
    const uint32_t call[] = { 0x18800101, BATCH, 0 };
    assert_int_equal(run_ring(call, 3), COMMAND_MORE);
    assert_int_equal(command_run(&b.streamer, 100000), COMMAND_MORE);
    /* Loops are dear: else a turn of one would take long. */
    assert_true(b.statistics.executed < 3000);
    b.streamer.preempt = true;
    assert_int_equal(command_run(&b.streamer, 1000), COMMAND_PREEMPTED);
    assert_int_equal(b.streamer.batch.address, BATCH + 4);
    b.streamer.preempt = false;
    static const uint32_t end = 0x05000000;
    place(COMMAND_PPGTT, BATCH, &end, 1);
    assert_int_equal(command_run(&b.streamer, 1000), COMMAND_IDLE);
}

static void test_self_change(void **state)
{
    /* A command may write one that was read ahead. */
    BATCH_RUN(0x100, 0x10000002, BATCH + 16, 0, 0x05000000, 0x10000002, 0x100, 0, 1);
    assert_int_equal(own(0x100), 0);
}

/* Haswell: which batches have privileges, and where those without go on. */
static void test_privileges_7(void **state)
{
    static const struct {
        enum command_class class;
        uint32_t flags;
        bool privileged;
    } rows[] = {
        { COMMAND_RENDER, 0, true },       { COMMAND_RENDER, 0x100, true },
        { COMMAND_RENDER, 0x2100, false }, { COMMAND_BLITTER, 0, true },
        { COMMAND_BLITTER, 0x100, false },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        set_up(75, rows[i].class, RENDER);
        enum command_space space = rows[i].flags & 0x100 ? COMMAND_PPGTT : COMMAND_GGTT;
        /* A jump that says nothing of a space, as the driver's command parser makes. */
        const uint32_t store[] = { 0x11000001, 0x44200, 7, 0x05000000 };
        place(rows[i].privileged ? COMMAND_GGTT : COMMAND_PPGTT, 0x5000, store, 4);
        const uint32_t first[] = { 0x11000001, 0x44204, 7, 0x18802000, 0x5000 };
        place(space, BATCH, first, 5);
        RUN(0x18800000 | rows[i].flags, BATCH);
        assert_int_equal(bus_load(NULL, 0x44204), rows[i].privileged ? 7 : 0);
        assert_int_equal(b.statistics.unknown, 0);
        bool jumped_privileged = rows[i].privileged && rows[i].class != COMMAND_RENDER;
        assert_int_equal(bus_load(NULL, 0x44200), jumped_privileged ? 7 : 0);
    }
}

static void test_set_context_7(void **state)
{
    set_up(75, COMMAND_RENDER, RENDER);
    RUN(0x0c000000, 0x5001 | 0x100);
    assert_int_equal(bus_load(NULL, RENDER + 0x180), 0x5000);
    RUN(0x0a000001, 0, 0x123000); /* MI_DISPLAY_FLIP, plane A */
    assert_int_equal(bus_load(NULL, 0x7019c), 0x123000);
}

#define TEST(test) cmocka_unit_test_setup(test, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_batches),       TEST(test_privileges),
        TEST(test_semaphore),     TEST(test_semaphore_register),
        TEST(test_arbitration),   TEST(test_conditional_end),
        TEST(test_predicates),    TEST(test_user_interrupt),
        TEST(test_lengths),       TEST(test_skipped),
        TEST(test_errors),        TEST(test_endless),
        TEST(test_self_change),   TEST(test_privileges_7),
        TEST(test_set_context_7),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
