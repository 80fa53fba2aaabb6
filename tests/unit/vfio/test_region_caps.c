/* test_region_caps.c: region and IOMMU infos, their capability chains hostile or not.
 */
#include "base/bytes.h"       /* store32 */
#include "base/error.h"       /* struct error */
#include "vfio/iova_ranges.h" /* tested */
#include "vfio/region_caps.h" /* tested */

#include <linux/vfio.h> /* the layouts */
#include <setjmp.h>     /* cmocka */
#include <stdarg.h>     /* cmocka */
#include <stddef.h>     /* cmocka */
#include <stdlib.h>     /* malloc */

#include <cmocka.h> /* assertions; needs the headers above */

#define INFO 32 /* struct vfio_region_info */

/* An info being built, and where its next capability goes. */
struct built {
    uint8_t bytes[4096];
    size_t size;
    size_t link; /* where the offset of the next capability is written */
};

static void start(struct built *built, uint32_t flags, uint64_t size, uint64_t offset)
{
    memset(built, 0, sizeof(*built));
    struct vfio_region_info info = {
        .argsz = INFO, .flags = flags, .index = 2, .size = size, .offset = offset
    };
    memcpy(built->bytes, &info, sizeof(info));
    built->size = INFO;
    built->link = offsetof(struct vfio_region_info, cap_offset);
}

/* The body of a new capability of this id. */
static uint8_t *add_cap(struct built *built, uint16_t id, size_t body)
{
    uint8_t *cap = built->bytes + built->size;
    store32(built->bytes + built->link, (uint32_t)built->size);
    store16(cap, id);
    store16(cap + 2, 1);
    built->link = built->size + 4;
    built->size += 8 + body;
    return cap + 8;
}

/* From memory of exactly this size, so that a read past the end is caught. */
static int parse(const struct built *built, struct vfio_region *region,
                 unsigned *left_out, struct error *err)
{
    uint64_t map_offset;
    uint8_t *exact = malloc(built->size);
    memcpy(exact, built->bytes, built->size);
    int status =
        region_from_info(exact, built->size, 2, region, &map_offset, left_out, err);
    free(exact);
    return status;
}

static void assert_refused(const struct built *built, const char *words)
{
    struct vfio_region region;
    struct error err = { 0 };
    assert_int_equal(parse(built, &region, NULL, &err), -EPROTO);
    if (!strstr(err.text, words) || !strstr(err.text, "region 2"))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
    assert_int_equal(region.size, 0);
    assert_int_equal(region.area_count, 0);
}

#define READ  VFIO_REGION_INFO_FLAG_READ
#define WRITE VFIO_REGION_INFO_FLAG_WRITE
#define MMAP  VFIO_REGION_INFO_FLAG_MMAP
#define CAPS  VFIO_REGION_INFO_FLAG_CAPS

static void plain_regions(void **state)
{
    struct built built;
    struct vfio_region region;
    struct error err;
    start(&built, READ | WRITE | MMAP, 0x1000000, 0x20000000000);
    assert_int_equal(parse(&built, &region, NULL, &err), 0);
    assert_int_equal(region.index, 2);
    assert_int_equal(region.size, 0x1000000);
    assert_int_equal(region.area_count, 1);
    assert_int_equal(region.areas[0].size, 0x1000000);
    assert_int_equal(region.flags, VFIO_REGION_READABLE | VFIO_REGION_WRITEABLE |
                                       VFIO_REGION_MAPPABLE);

    start(&built, READ | WRITE, 0x1000, 0);
    assert_int_equal(parse(&built, &region, NULL, &err), 0);
    assert_int_equal(region.area_count, 0);

    /* Smaller than a page, not a whole number of pages, or askew in its file. */
    start(&built, READ | MMAP, 0x100, 0);
    assert_int_equal(parse(&built, &region, NULL, &err), 0);
    assert_false(region.flags & VFIO_REGION_MAPPABLE);
    start(&built, READ | MMAP, 0x2100, 0);
    assert_int_equal(parse(&built, &region, NULL, &err), 0);
    assert_int_equal(region.areas[0].size, 0x2000);
    start(&built, READ | MMAP, 0x2000, 0x10);
    assert_int_equal(parse(&built, &region, NULL, &err), 0);
    assert_int_equal(region.area_count, 0);

    start(&built, READ | MMAP | CAPS, 0, 0); /* empty: nothing else is looked at */
    store32(built.bytes + 12, 0xffffffff);
    assert_int_equal(parse(&built, &region, NULL, &err), 0);
    assert_int_equal(region.flags, 0);
}

static void type_and_sparse(void **state)
{
    struct built built;
    struct vfio_region region;
    struct error err;
    unsigned left_out;
    start(&built, READ | WRITE | MMAP | CAPS, 0x100000, 0x1000);
    add_cap(&built, VFIO_REGION_INFO_CAP_MSIX_MAPPABLE, 0);
    uint8_t *body = add_cap(&built, VFIO_REGION_INFO_CAP_SPARSE_MMAP, 8 + 3 * 16);
    store32(body, 3);
    store64(body + 8, 0x1000);
    store64(body + 16, 0x2000);
    store64(body + 24, 0x8000); /* empty: skipped */
    store64(body + 40, 0xff000);
    store64(body + 48, 0x1000);
    body = add_cap(&built, VFIO_REGION_INFO_CAP_TYPE, 8);
    store32(body, 0x80008086);
    store32(body + 4, VFIO_REGION_SUBTYPE_INTEL_IGD_OPREGION);
    assert_int_equal(parse(&built, &region, &left_out, &err), 0);
    assert_int_equal(region.type, 0x80008086);
    assert_int_equal(region.subtype, 1);
    assert_int_equal(region.area_count, 2);
    assert_int_equal(region.areas[0].offset, 0x1000);
    assert_int_equal(region.areas[1].offset, 0xff000);
    assert_int_equal(left_out, 0);

    /* No area at all: nothing can be mapped. */
    start(&built, READ | MMAP | CAPS, 0x100000, 0);
    add_cap(&built, VFIO_REGION_INFO_CAP_SPARSE_MMAP, 8);
    assert_int_equal(parse(&built, &region, NULL, &err), 0);
    assert_int_equal(region.area_count, 0);
    assert_false(region.flags & VFIO_REGION_MAPPABLE);
}

static void too_many_areas_are_left_out(void **state)
{
    struct built built;
    struct vfio_region region;
    struct error err;
    unsigned left_out;
    start(&built, READ | MMAP | CAPS, 0x100000, 0);
    uint8_t *body = add_cap(&built, VFIO_REGION_INFO_CAP_SPARSE_MMAP, 8 + 20 * 16);
    store32(body, 20);
    for (unsigned i = 0; i < 20; i++) {
        store64(body + 8 + (size_t)i * 16, i * 0x2000ULL);
        store64(body + 16 + (size_t)i * 16, 0x1000);
    }
    assert_int_equal(parse(&built, &region, &left_out, &err), 0);
    assert_int_equal(region.area_count, VFIO_MAX_AREAS);
    assert_int_equal(left_out, 20 - VFIO_MAX_AREAS);
}

static void hostile_chains_are_refused(void **state)
{
    struct built built;
    /* To itself, and round two. */
    start(&built, READ | CAPS, 0x1000, 0);
    add_cap(&built, 77, 0);
    store32(built.bytes + built.link, INFO);
    assert_refused(&built, "loops");
    add_cap(&built, 78, 0);
    store32(built.bytes + built.link, INFO);
    assert_refused(&built, "loops");
    /* Into the info itself, past the end, across the end, far away. */
    static const uint32_t bad[] = { 1,          8,         INFO - 1,  INFO + 9,
                                    INFO + 8,   INFO + 15, INFO + 16, 0x7fffffff,
                                    0xffffffff, 0xfffffff8 };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        start(&built, READ | CAPS, 0x1000, 0);
        add_cap(&built, 77, 0);
        store32(built.bytes + built.link, bad[i]);
        assert_refused(&built, "capability at offset");
        start(&built, READ | CAPS, 0x1000, 0);
        store32(built.bytes + 12, bad[i]);
        assert_refused(&built, "capability at offset");
    }
}

static void hostile_bodies_are_refused(void **state)
{
    struct built built;
    uint8_t *body;
    start(&built, READ | CAPS, 0x1000, 0);
    add_cap(&built, VFIO_REGION_INFO_CAP_TYPE, 7);
    assert_refused(&built, "type capability is cut off");
    start(&built, READ | MMAP | CAPS, 0x1000, 0);
    add_cap(&built, VFIO_REGION_INFO_CAP_SPARSE_MMAP, 7);
    assert_refused(&built, "sparse mmap capability is cut off");
    start(&built, READ | MMAP | CAPS, 0x1000, 0);
    body = add_cap(&built, VFIO_REGION_INFO_CAP_SPARSE_MMAP, 8 + 16);
    store32(body, 2);
    assert_refused(&built, "names 2 areas, there is room for 1");
    store32(body, UINT32_MAX);
    assert_refused(&built, "names 4294967295 areas");

    static const struct vfio_area areas[] = {
        { 0, 0x3000 },
        { 0x2000, 0x1000 },
        { 0x10, 0x1000 },
        { 0, 0x800 },
        { 0xfffffffffffff000, 0x1000 },
        { 0x1000, 0xfffffffffffff000 },
        { 0x1000, UINT64_MAX },
    };
    for (size_t i = 0; i < ARRAY_SIZE(areas); i++) {
        start(&built, READ | MMAP | CAPS, 0x2000, 0);
        body = add_cap(&built, VFIO_REGION_INFO_CAP_SPARSE_MMAP, 8 + 16);
        store32(body, 1);
        store64(body + 8, areas[i].offset);
        store64(body + 16, areas[i].size);
        assert_refused(&built, "mappable area 0");
    }
}

static void hostile_infos_are_refused(void **state)
{
    struct built built;
    start(&built, READ, 0x1000, 0);
    built.size = INFO - 1;
    assert_refused(&built, "31 bytes");
    start(&built, READ, 0x1000, 0);
    store32(built.bytes + 8, 3);
    assert_refused(&built, "that of region 3");
    start(&built, READ, 0x2000, INT64_MAX - 0xfff);
    assert_refused(&built, "exceed a file offset");
    start(&built, READ, UINT64_MAX, 0x1000);
    assert_refused(&built, "exceed a file offset");
}

/* Any bytes at all: no crash, no read outside, and areas inside the region. */
static void random_infos(void **state)
{
    struct built built;
    srandom(4711);
    unsigned taken = 0;
    for (unsigned round = 0; round < 20000; round++) {
        start(&built, READ | MMAP | CAPS, 0x10000, 0);
        built.size = INFO + (size_t)(random() % 96);
        for (size_t i = INFO; i < built.size; i++)
            built.bytes[i] = (uint8_t)(random() % 8 ? 0 : random() % 4);
        store32(built.bytes + 12, (uint32_t)(INFO + random() % 24));
        struct vfio_region region;
        struct error err;
        if (parse(&built, &region, NULL, &err) < 0)
            continue;
        taken++;
        assert_true(region.area_count <= VFIO_MAX_AREAS);
        for (unsigned i = 0; i < region.area_count; i++)
            assert_true(
                range_inside(region.areas[i].offset, region.areas[i].size, 0x10000));
    }
    assert_true(taken > 100);
}

#define IOMMU_INFO 24 /* struct vfio_iommu_type1_info, padded */

static size_t build_iommu(uint8_t *bytes, unsigned count, const uint64_t (*ranges)[2])
{
    memset(bytes, 0, 4096);
    store32(bytes + 4, VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS);
    store64(bytes + 8, 0xfffffffffffff000);
    store32(bytes + 16, IOMMU_INFO);
    uint8_t *cap = bytes + IOMMU_INFO;
    store16(cap, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE);
    store32(cap + 8, count);
    for (unsigned i = 0; i < count; i++) {
        store64(cap + 16 + (size_t)i * 16, ranges[i][0]);
        store64(cap + 24 + (size_t)i * 16, ranges[i][1]);
    }
    size_t at = IOMMU_INFO + 16 + (size_t)count * 16;
    store32(cap + 4, (uint32_t)at);
    store16(bytes + at, VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL);
    store32(bytes + at + 8, 65535);
    return at + 16;
}

static void iova_ranges(void **state)
{
    static const uint64_t intel[][2] = { { 0, 0xfedfffff },
                                         { 0xfef00000, 0x7fffffffff } };
    uint8_t bytes[4096];
    struct iova_ranges ranges;
    struct error err;
    size_t size = build_iommu(bytes, 2, intel);
    assert_int_equal(iova_ranges_read(bytes, size, &ranges, &err), 0);
    assert_int_equal(ranges.count, 2);
    assert_int_equal(ranges.maps_available, 65535);
    assert_int_equal(iova_ranges_check(&ranges, 0, 0xa0000, &err), 0);
    assert_int_equal(iova_ranges_check(&ranges, 0x100000000, 0x7f00000000, &err), 0);
    assert_int_equal(iova_ranges_check(&ranges, 0x100000000, 0x7f00001000, &err),
                     -EINVAL);
    assert_non_null(strstr(err.text, "0x100000000-0x8000000fff"));
    assert_non_null(strstr(err.text, "less memory"));
    assert_non_null(strstr(err.text, "0xfef00000-0x7fffffffff"));
    assert_int_equal(iova_ranges_check(&ranges, 0xfed00000, 0x400000, &err), -EINVAL);
    assert_non_null(strstr(err.text, "reserves"));
    assert_int_equal(iova_ranges_check(&ranges, 0x800, 0x1000, &err), -EINVAL);
    assert_non_null(strstr(err.text, "page of 0x1000"));
    assert_int_equal(iova_ranges_check(&ranges, 0, 0, &err), -EINVAL);
    assert_int_equal(iova_ranges_check(&ranges, 0xfffffffffffff000, 0x2000, &err),
                     -EINVAL);
}

static void hostile_iommu_infos(void **state)
{
    static const uint64_t one[][2] = { { 0, 0xffff } };
    uint8_t bytes[4096];
    struct iova_ranges ranges;
    struct error err;
    size_t size = build_iommu(bytes, 1, one);
    assert_int_equal(iova_ranges_read(bytes, 15, &ranges, &err), -EPROTO);
    assert_int_equal(iova_ranges_read(bytes, IOMMU_INFO + 10, &ranges, &err), -EPROTO);
    store32(bytes + IOMMU_INFO + 8, 0x10000000);
    assert_int_equal(iova_ranges_read(bytes, size, &ranges, &err), -EPROTO);
    assert_non_null(strstr(err.text, "IOMMU info"));
    store32(bytes + IOMMU_INFO + 8, 1);
    store32(bytes + IOMMU_INFO + 4, IOMMU_INFO);
    assert_int_equal(iova_ranges_read(bytes, size, &ranges, &err), -EPROTO);
    /* Old kernels say nothing of ranges: all is tried. */
    store32(bytes + 4, VFIO_IOMMU_INFO_PGSIZES);
    assert_int_equal(iova_ranges_read(bytes, 16, &ranges, &err), 0);
    assert_int_equal(iova_ranges_check(&ranges, 0, 1ULL << 60, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_regions),
        cmocka_unit_test(type_and_sparse),
        cmocka_unit_test(too_many_areas_are_left_out),
        cmocka_unit_test(hostile_chains_are_refused),
        cmocka_unit_test(hostile_bodies_are_refused),
        cmocka_unit_test(hostile_infos_are_refused),
        cmocka_unit_test(random_infos),
        cmocka_unit_test(iova_ranges),
        cmocka_unit_test(hostile_iommu_infos),
    };
    return cmocka_run_group_tests_name("vfio/region_caps", tests, NULL, NULL);
}
