/* test_aperture.c: BAR2 as memory of its own, and what the GPU sees of it. */
#include "gt_bench.h" /* the model */

#include "base/bytes.h"  /* loads and stores */
#include "model/gtt.h"   /* the GPU's side */
#include "model/state.h" /* where the GTT is */

#include <errno.h>    /* EFAULT */
#include <sys/mman.h> /* what a client maps */

#define FLUSH 0x101008 /* GFX_FLSH_CNTL: entries of the GGTT were changed */

static struct gt_bench b;
static uint8_t *aperture; /* the client's mapping */
static size_t aperture_size;

static int start(void **state)
{
    bench_start(&b, "skylake");
    struct model_region bar = model_region(b.model, 2);
    aperture_size = bar.map_size;
    assert_int_equal(bar.map_offset, 0);
    assert_int_equal(bar.size, bar.map_size);
    aperture = mmap(NULL, bar.map_size, PROT_READ | PROT_WRITE, MAP_SHARED, bar.fd, 0);
    assert_ptr_not_equal(aperture, MAP_FAILED);
    /* All of the test's memory is stolen. */
    uint32_t base = (uint32_t)BENCH_MEMORY;
    assert_int_equal(model_write(b.model, 7, 0x5c, &base, 4), 0);
    bench_put(&b, FLUSH, 1);
    return 0;
}

static int stop(void **state)
{
    munmap(aperture, aperture_size);
    bench_stop(&b);
    return 0;
}

static void set_entry(unsigned page, uint64_t pte)
{
    uint64_t at = b.model->registers_size + 8ULL * page;
    assert_int_equal(model_write(b.model, 0, at, &pte, 8), 0);
}

static uint32_t gpu(uint64_t address)
{
    uint32_t value = 0;
    assert_int_equal(gtt_read_memory(b.model, address, &value, 4), 0);
    return value;
}

/* A VBIOS sets entries through the I/O BAR and draws before the display looks. */
static void test_drawn_before_it_is_shown(void **state)
{
    uint32_t halves[2] = { (uint32_t)BENCH_MEMORY | 1, 0 };
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t index = (8 * 5 + 4 * i) | 1; /* bit 0: into the GTT */
        assert_int_equal(model_write(b.model, 4, 0, &index, 4), 0);
        assert_int_equal(model_write(b.model, 4, 4, &halves[i], 4), 0);
    }
    store32(aperture + 5 * 4096, 0xc0ffee00);
    assert_int_equal(gpu(5 * 4096), 0xc0ffee00);
    assert_int_equal(load32(aperture + 5 * 4096), 0xc0ffee00);
}

static void test_trapped_access(void **state)
{
    /* Who does not map finds the same bytes. */
    uint32_t value = 0x12345678;
    assert_int_equal(model_write(b.model, 2, 0x100, &value, 4), 0);
    assert_int_equal(load32(aperture + 0x100), 0x12345678);
    store32(aperture + 0x104, 0x9abcdef0);
    assert_int_equal(model_read(b.model, 2, 0x104, &value, 4), 0);
    assert_int_equal(value, 0x9abcdef0);
}

static void test_stolen(void **state)
{
    /* Content lives in the aperture, and moves with the page. */
    store32(aperture + 0x5010, 0x11);
    assert_int_equal(gpu(0x5010), 0x11);
    assert_int_equal(bench_load(&b, 0x5010), 0);
    uint64_t pte = (BENCH_MEMORY + 0x5000) | 1;
    set_entry(5, 0);
    bench_put(&b, FLUSH, 1);
    assert_int_equal(bench_load(&b, 0x5010), 0x11);
    set_entry(300, pte);
    bench_put(&b, FLUSH, 1);
    assert_int_equal(load32(aperture + 300 * 4096 + 0x10), 0x11);
    assert_int_equal(gpu(300 * 4096 + 0x10), 0x11);
    /* What the GPU writes, the CPU sees. */
    uint32_t value = 0x22;
    assert_int_equal(gtt_write_memory(b.model, 300 * 4096 + 0x10, &value, 4), 0);
    assert_int_equal(load32(aperture + 300 * 4096 + 0x10), 0x22);
}

/* A model without stolen memory. */
static void restart(const char *chip)
{
    bench_stop(&b);
    munmap(aperture, aperture_size);
    bench_start(&b, chip);
    struct model_region bar = model_region(b.model, 2);
    aperture = mmap(NULL, bar.map_size, PROT_READ | PROT_WRITE, MAP_SHARED, bar.fd, 0);
    assert_ptr_not_equal(aperture, MAP_FAILED);
}

/* Put stolen memory out of the way: the pages are ordinary memory then. */
static void no_stolen(void)
{
    restart("skylake");
}

static void test_plain(void **state)
{
    no_stolen();
    bench_store(&b, 0x5010, 0x33);
    bench_store(&b, 0x5014, 0x44);
    set_entry(5, (BENCH_MEMORY + 0x5000) | 1); /* new: the page is copied in */
    assert_int_equal(load32(aperture + 0x5010), 0x33);
    /* What the CPU changes there wins over memory, byte by byte, for the GPU. */
    aperture[0x5011] = 0x55;
    bench_store(&b, 0x5014, 0x66);
    assert_int_equal(gpu(0x5014), 0x66);
    assert_int_equal(bench_load(&b, 0x5010), 0x33);
    assert_int_equal(gpu(0x5010), 0x5533);
    /* With that it is in memory, too. */
    assert_int_equal(bench_load(&b, 0x5010), 0x5533);
    assert_int_equal(bench_load(&b, 0x5014), 0x66);
    /* What nobody read is not: the page may belong to somebody else by now. */
    aperture[0x5012] = 0x88;
    set_entry(5, 0);
    bench_put(&b, FLUSH, 1);
    assert_int_equal(bench_load(&b, 0x5010), 0x5533);
    assert_int_equal(gtt_read_memory(b.model, 0x5010, &(uint32_t){ 0 }, 4), -EFAULT);
    /* GPU writes reach both. */
    uint32_t value = 0x77;
    assert_int_equal(gtt_write_memory(b.model, 0x6000, &value, 4), 0);
    assert_int_equal(bench_load(&b, 0x6000), 0x77);
    assert_int_equal(load32(aperture + 0x6000), 0x77);
}

/* Where i915 tells that it moves a buffer, what was written goes along. */
static void test_flush(void **state)
{
    static const struct {
        const char *chip;
        uint32_t reg;
        bool flushes;
    } cases[] = {
        { "tiger-lake", 0x2030, true },
        { "ice-lake", 0x2034, true },
        { "tiger-lake", 0x22030, false }, /* another engine's */
        { "skylake", 0x2030, false },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        restart(cases[i].chip);
        bench_store(&b, 0x7010, 1);
        bench_store(&b, 0x7014, 2);
        set_entry(5, (BENCH_MEMORY + 0x7000) | 1);
        store32(aperture + 0x5010, 3);
        bench_store(&b, 0x7014, 4); /* by another way: stays */
        bench_get(&b, cases[i].reg);
        assert_int_equal(bench_load(&b, 0x7010), cases[i].flushes ? 3 : 1);
        assert_int_equal(bench_load(&b, 0x7014), 4);
        set_entry(5, 0);
        set_entry(9, (BENCH_MEMORY + 0x7000) | 1);
        assert_int_equal(gpu(0x9010), cases[i].flushes ? 3 : 1);
        /* The page's next owner has it for himself. */
        bench_store(&b, 0x7010, 5);
        bench_get(&b, cases[i].reg);
        assert_int_equal(bench_load(&b, 0x7010), 5);
    }
}

/* From Gen8 on each entry is seen when it is written, told or not. */
static void test_seen_at_once(void **state)
{
    static const char *const chips[] = { "broadwell", "skylake", "tiger-lake" };
    for (unsigned chip = 0; chip < ARRAY_SIZE(chips); chip++) {
        restart(chips[chip]);
        struct model_region table = model_region(b.model, 0);
        struct model_region bar = model_region(b.model, 2);
        /* Entries of pages outside the aperture stay mapped. */
        assert_int_equal(table.map_offset,
                         b.model->registers_size + bar.size / 4096 * 8);
        assert_int_equal(table.map_offset + table.map_size, table.size);
        bench_store(&b, 0x7010, 2);
        set_entry(5, (BENCH_MEMORY + 0x7000) | 1);
        assert_int_equal(load32(aperture + 0x5010), 2);
        store32(aperture + 0x5010, 3); /* is not lost when it is looked at */
        bench_put(&b, FLUSH, 1);
        assert_int_equal(gpu(0x5010), 3);
        /* The same page again, with other content. */
        bench_store(&b, 0x7010, 0);
        set_entry(5, (BENCH_MEMORY + 0x7000) | 1);
        assert_int_equal(load32(aperture + 0x5010), 0);
        /* Half an entry is not one. */
        uint32_t half = (uint32_t)BENCH_MEMORY + 0x8001;
        uint64_t at = b.model->registers_size + 8 * 5;
        bench_store(&b, 0x8010, 4);
        assert_int_equal(model_write(b.model, 0, at, &half, 4), 0);
        assert_int_equal(load32(aperture + 0x5010), 0);
        half = 0;
        assert_int_equal(model_write(b.model, 0, at + 4, &half, 4), 0);
        assert_int_equal(load32(aperture + 0x5010), 4);
    }
}

static void test_changed_unseen(void **state)
{
    /* An entry changed without the driver saying so is found when it is used. */
    no_stolen();
    bench_put(&b, FLUSH, 1);
    store32(aperture + 0x5010, 1);
    bench_store(&b, 0x7010, 2);
    set_entry(5, (BENCH_MEMORY + 0x7000) | 1);
    assert_int_equal(gpu(0x5010), 2);
    assert_int_equal(load32(aperture + 0x5010), 2);
}

static void test_scratch(void **state)
{
    /* Neighbours with one page are not copied. */
    no_stolen();
    bench_store(&b, 0x9000, 5);
    for (unsigned i = 1000; i < 2000; i++)
        set_entry(i, (BENCH_MEMORY + 0x9000) | 1);
    bench_put(&b, FLUSH, 1);
    assert_int_equal(load32(aperture + 1500 * 4096), 0);
    assert_int_equal(gpu(1500 * 4096), 5);
    /* But two are not scratch: what is written by either is seen. */
    set_entry(40, (BENCH_MEMORY + 0x9000) | 1);
    set_entry(41, (BENCH_MEMORY + 0x9000) | 1);
    assert_int_equal(load32(aperture + 40 * 4096), 5);
    assert_int_equal(load32(aperture + 41 * 4096), 5);
    store32(aperture + 40 * 4096, 6);
    assert_int_equal(gpu(40 * 4096), 6);
    store32(aperture + 41 * 4096 + 4, 7);
    assert_int_equal(gpu(41 * 4096 + 4), 7);
    assert_int_equal(bench_load(&b, 0x9000), 6);
    assert_int_equal(bench_load(&b, 0x9004), 7);
}

static void test_reset(void **state)
{
    store32(aperture + 0x5010, 0x11);
    model_reset(b.model);
    assert_int_equal(load32(aperture + 0x5010), 0);
}

/* 16 rows of 1024 bytes from page 16 on, X or Y tiled; the fence's registers. */
static void set_fence(uint32_t kind)
{
    bench_put(&b, 0x100000 + 8 * 3, 0);
    bench_put(&b, 0x100004 + 8 * 3, 19 * 4096 | (1024 / 128 - 1));
    bench_put(&b, 0x100000 + 8 * 3, kind ? 16 * 4096 | kind : 0);
}

#define FENCE_X 1
#define FENCE_Y 3

/* In memory of its own the aperture is seen through fences, too. */
static void test_fences_fast(void **state)
{
    no_stolen();
    const uint64_t start = 16 * 4096;
    const uint8_t *memory = b.memory;
    for (unsigned page = 16; page < 20; page++) {
        for (unsigned i = 0; i < 4096; i += 4)
            bench_store(&b, page * 4096 + i, page << 16 | i);
        set_entry(page, (BENCH_MEMORY + page * 4096) | 1);
    }
    /* Row 3, byte 600: the second tile's row 3, byte 88. */
    set_fence(FENCE_X);
    assert_int_equal(load32(aperture + start + 3 * 1024 + 600),
                     17 << 16 | (3 * 512 + 88));
    store32(aperture + start + 3 * 1024 + 600, 0xc0ffee00);
    assert_int_equal(gpu(start + 4096 + 3 * 512 + 88), 0xc0ffee00);
    assert_int_equal(load32(memory + start + 4096 + 3 * 512 + 88), 0xc0ffee00);
    /* What engines write shows where the CPU sees it. */
    uint8_t row[1024];
    memset(row, 0x5a, sizeof(row));
    assert_int_equal(gtt_write_memory(b.model, start + 2 * 4096, row, 1024), 0);
    assert_memory_equal(aperture + start + 8 * 1024, row, 512);
    assert_memory_equal(aperture + start + 9 * 1024, row, 512);
    assert_int_equal(load32(aperture + start + 8 * 1024 + 512), 19 << 16);
    /* The last pixel. */
    store32(aperture + start + 15 * 1024 + 1020, 0x11223344);
    assert_int_equal(gpu(start + 4 * 4096 - 4), 0x11223344);
    /* Without the fence, and in Y tiles; what nobody has read is in memory. */
    store32(aperture + start + 1024, 0x12345678);
    set_fence(0);
    assert_int_equal(load32(memory + start + 512), 0x12345678);
    assert_int_equal(load32(aperture + start + 512), 0x12345678);
    store32(aperture + start + 516, 0x87654321);
    set_fence(FENCE_Y);
    assert_int_equal(load32(memory + start + 516), 0x87654321);
    assert_int_equal(load32(aperture + start + 16), 0x12345678);
    assert_int_equal(load32(aperture + start + 20), 0x87654321);
    /* Beside it nothing is moved. */
    set_entry(20, (BENCH_MEMORY + 20 * 4096) | 1);
    store32(aperture + 20 * 4096 + 512, 6);
    assert_int_equal(gpu(20 * 4096 + 512), 6);
}

/* Stolen memory's content is in the aperture, where the CPU sees it. */
static void test_fences_stolen(void **state)
{
    for (unsigned page = 16; page < 20; page++)
        set_entry(page, (BENCH_MEMORY + page * 4096) | 1);
    set_fence(FENCE_X);
    store32(aperture + 16 * 4096 + 1024, 0xc0ffee00);
    assert_int_equal(gpu(16 * 4096 + 512), 0xc0ffee00);
    uint32_t value = 0x77;
    assert_int_equal(gtt_write_memory(b.model, 17 * 4096, &value, 4), 0);
    assert_int_equal(load32(aperture + 16 * 4096 + 512), 0x77);
    set_fence(0);
    assert_int_equal(load32(aperture + 16 * 4096 + 512), 0xc0ffee00);
    assert_int_equal(load32(aperture + 17 * 4096), 0x77);
    /* A surface whose rows end past its pages, and past the aperture. */
    set_entry((unsigned)(aperture_size / 4096) - 1, (BENCH_MEMORY + 21 * 4096) | 1);
    bench_put(&b, 0x100004, 0xfffff000 | 0x7ff);
    bench_put(&b, 0x100000, 16 * 4096 | FENCE_X);
    assert_int_equal(gpu(aperture_size - 4096 + 512), 0);
    bench_put(&b, 0x100000, 0);
    assert_int_equal(gpu(17 * 4096), 0x77);
}

static void test_fences_exact(void **state)
{
    /* The exact way: 16 rows of 1024 bytes, X tiled, from page 16 on. */
    bench_stop(&b);
    bench_start_exact(&b, "skylake");
    set_fence(FENCE_X);
    uint8_t rows[2048];
    for (unsigned i = 0; i < sizeof(rows); i++)
        rows[i] = (uint8_t)(i ^ i >> 8);
    assert_int_equal(model_write(b.model, 2, 16 * 4096, rows, sizeof(rows)), 0);
    assert_memory_equal(b.memory + 16 * 4096, rows, 512);
    assert_memory_equal(b.memory + 17 * 4096, rows + 512, 512);
    assert_memory_equal(b.memory + 16 * 4096 + 512, rows + 1024, 512);
    uint8_t back[sizeof(rows)];
    assert_int_equal(model_read(b.model, 2, 16 * 4096, back, sizeof(back)), 0);
    assert_memory_equal(back, rows, sizeof(rows));
    /* Y tiles; and next to the surface, none. */
    set_fence(FENCE_Y);
    assert_int_equal(model_write(b.model, 2, 16 * 4096, rows, 32), 0);
    assert_memory_equal(b.memory + 16 * 4096 + 512, rows + 16, 16);
    assert_int_equal(model_write(b.model, 2, 20 * 4096, rows, 32), 0);
    assert_memory_equal(b.memory + 20 * 4096, rows, 32);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_drawn_before_it_is_shown),
        TEST(test_trapped_access),
        TEST(test_stolen),
        TEST(test_plain),
        TEST(test_changed_unseen),
        TEST(test_flush),
        TEST(test_seen_at_once),
        TEST(test_scratch),
        TEST(test_reset),
        TEST(test_fences_fast),
        TEST(test_fences_stolen),
        TEST(test_fences_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
