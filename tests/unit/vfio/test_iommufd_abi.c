/* test_iommufd_abi.c: our numbers and structs are the kernel's, where its headers have
 * them; their sizes everywhere. */
#include "vfio/iommufd_abi.h" /* what is tested */

#include <setjmp.h>  /* cmocka */
#include <stdarg.h>  /* cmocka */
#include <stdbool.h> /* bool */
#include <stddef.h>  /* offsetof */
#include <stdint.h>  /* cmocka */

#include <cmocka.h>     /* assertions; needs the headers above */
#include <linux/vfio.h> /* VFIO_DEVICE_BIND_IOMMUFD, in Linux 6.6 and later */
#if __has_include(<linux/iommufd.h>)
#include <linux/iommufd.h> /* the kernel's own */
#endif

#define SAME_SIZE(own, kernel) assert_int_equal(sizeof(struct own), sizeof(kernel))
#define SAME_PLACE(own, own_field, kernel, field) \
    assert_int_equal(offsetof(struct own, own_field), offsetof(kernel, field))

static void sizes(void **state)
{
    assert_int_equal(sizeof(struct cdev_bind_iommufd), 16);
    assert_int_equal(sizeof(struct cdev_attach_pt), 12);
    assert_int_equal(sizeof(struct iommufd_ioas_alloc), 12);
    assert_int_equal(sizeof(struct iommufd_iova_range), 16);
    assert_int_equal(sizeof(struct iommufd_ioas_iova_ranges), 32);
    assert_int_equal(sizeof(struct iommufd_ioas_map), 40);
    assert_int_equal(sizeof(struct iommufd_ioas_unmap), 24);
}

static void the_cdev_is_as_in_vfio_h(void **state)
{
#ifdef VFIO_DEVICE_BIND_IOMMUFD
    assert_int_equal(CDEV_BIND_IOMMUFD, VFIO_DEVICE_BIND_IOMMUFD);
    assert_int_equal(CDEV_ATTACH_PT, VFIO_DEVICE_ATTACH_IOMMUFD_PT);
    SAME_PLACE(cdev_bind_iommufd, iommufd, struct vfio_device_bind_iommufd, iommufd);
    SAME_PLACE(cdev_bind_iommufd, out_devid, struct vfio_device_bind_iommufd,
               out_devid);
    SAME_PLACE(cdev_attach_pt, pt_id, struct vfio_device_attach_iommufd_pt, pt_id);
#else
    skip();
#endif
}

static void iommufd_is_as_in_iommufd_h(void **state)
{
#ifdef IOMMU_IOAS_MAP
    assert_int_equal(IOMMUFD_IOAS_ALLOC, IOMMU_IOAS_ALLOC);
    assert_int_equal(IOMMUFD_IOAS_IOVA_RANGES, IOMMU_IOAS_IOVA_RANGES);
    assert_int_equal(IOMMUFD_IOAS_MAP, IOMMU_IOAS_MAP);
    assert_int_equal(IOMMUFD_IOAS_UNMAP, IOMMU_IOAS_UNMAP);
    assert_int_equal(IOMMUFD_MAP_FIXED_IOVA, IOMMU_IOAS_MAP_FIXED_IOVA);
    assert_int_equal(IOMMUFD_MAP_WRITEABLE, IOMMU_IOAS_MAP_WRITEABLE);
    assert_int_equal(IOMMUFD_MAP_READABLE, IOMMU_IOAS_MAP_READABLE);
    SAME_SIZE(iommufd_ioas_alloc, struct iommu_ioas_alloc);
    SAME_SIZE(iommufd_iova_range, struct iommu_iova_range);
    SAME_SIZE(iommufd_ioas_iova_ranges, struct iommu_ioas_iova_ranges);
    SAME_SIZE(iommufd_ioas_map, struct iommu_ioas_map);
    SAME_SIZE(iommufd_ioas_unmap, struct iommu_ioas_unmap);
    SAME_PLACE(iommufd_ioas_alloc, out_ioas_id, struct iommu_ioas_alloc, out_ioas_id);
    SAME_PLACE(iommufd_iova_range, first, struct iommu_iova_range, start);
    SAME_PLACE(iommufd_iova_range, last, struct iommu_iova_range, last);
    SAME_PLACE(iommufd_ioas_iova_ranges, num_iovas, struct iommu_ioas_iova_ranges,
               num_iovas);
    SAME_PLACE(iommufd_ioas_iova_ranges, allowed_iovas, struct iommu_ioas_iova_ranges,
               allowed_iovas);
    SAME_PLACE(iommufd_ioas_iova_ranges, out_iova_alignment,
               struct iommu_ioas_iova_ranges, out_iova_alignment);
    SAME_PLACE(iommufd_ioas_map, flags, struct iommu_ioas_map, flags);
    SAME_PLACE(iommufd_ioas_map, ioas_id, struct iommu_ioas_map, ioas_id);
    SAME_PLACE(iommufd_ioas_map, user_va, struct iommu_ioas_map, user_va);
    SAME_PLACE(iommufd_ioas_map, length, struct iommu_ioas_map, length);
    SAME_PLACE(iommufd_ioas_map, iova, struct iommu_ioas_map, iova);
    SAME_PLACE(iommufd_ioas_unmap, iova, struct iommu_ioas_unmap, iova);
    SAME_PLACE(iommufd_ioas_unmap, length, struct iommu_ioas_unmap, length);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),
        cmocka_unit_test(the_cdev_is_as_in_vfio_h),
        cmocka_unit_test(iommufd_is_as_in_iommufd_h),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
