/*
 * floor.c: the smallest program that runs the benchmarks' guests: what nobody can do
 * with less.
 *
 * usage: floor FIRMWARE MEMORY_MIB [GROUP DEVICE]
 *
 * The firmware image goes below 4 GiB. What the guest writes to the serial port appears
 * on standard output. With an IOMMU group and a device of it (as in
 * /sys/bus/pci/devices), the device is opened, looked at, and RAM mapped for its DMA.
 */
#include <errno.h>      /* errno */
#include <fcntl.h>      /* open */
#include <linux/kvm.h>  /* the KVM ABI */
#include <linux/vfio.h> /* the VFIO ABI */
#include <stdint.h>     /* uintptr_t */
#include <stdio.h>      /* perror */
#include <stdlib.h>     /* exit */
#include <string.h>     /* memset */
#include <sys/ioctl.h>  /* ioctl */
#include <sys/mman.h>   /* mmap */
#include <sys/stat.h>   /* fstat */
#include <unistd.h>     /* write */

#define SERIAL     0x3f8
#define LINE_READY 0x60
#define IDENTITY   0x12378086u
#define FOUR_GIB   0x100000000ull

static int check(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(3);
    }
    return result;
}

static void *map(size_t size, int flags, int fd)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (at == MAP_FAILED)
        check(-1, "mmap");
    return at;
}

static void add_slot(int vm, unsigned slot, uint64_t address, void *host, uint64_t size)
{
    struct kvm_userspace_memory_region region = {
        .slot = slot,
        .guest_phys_addr = address,
        .memory_size = size,
        .userspace_addr = (uintptr_t)host,
    };
    check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "memory slot");
}

static void look_at(int device)
{
    struct vfio_device_info info = { .argsz = sizeof(info) };
    uint32_t config[64];

    check(ioctl(device, VFIO_DEVICE_GET_INFO, &info), "device info");
    for (unsigned i = 0; i < info.num_regions; i++) {
        struct vfio_region_info region = { .argsz = sizeof(region), .index = i };
        if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &region) < 0)
            continue;
        if (i != VFIO_PCI_CONFIG_REGION_INDEX)
            continue;
        for (unsigned at = 0; at < sizeof(config); at += 4)
            check((int)pread(device, &config[at / 4], 4, (off_t)(region.offset + at)),
                  "config space");
    }
}

static void assign(const char *group_path, const char *name, void *ram, uint64_t size)
{
    int container = check(open("/dev/vfio/vfio", O_RDWR), "/dev/vfio/vfio");
    int group = check(open(group_path, O_RDWR), group_path);

    check(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container), "container");
    check(ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU), "IOMMU");
    look_at(check(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, name), name));
    struct vfio_iommu_type1_dma_map dma = {
        .argsz = sizeof(dma),
        .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
        .vaddr = (uintptr_t)ram,
        .size = size,
    };
    check(ioctl(container, VFIO_IOMMU_MAP_DMA, &dma), "DMA map");
}

static void handle_port(struct kvm_run *run)
{
    void *data = (char *)run + run->io.data_offset;

    if (run->io.direction == KVM_EXIT_IO_IN) {
        uint32_t value = run->io.port == SERIAL + 5 ? LINE_READY : IDENTITY;
        memcpy(data, &value, run->io.size);
    } else if (run->io.port == SERIAL) {
        check((int)write(STDOUT_FILENO, data, 1), "standard output");
    }
}

static void run_guest(int vcpu, struct kvm_run *run)
{
    for (;;) {
        if (ioctl(vcpu, KVM_RUN, 0) < 0 && errno != EINTR)
            check(-1, "KVM_RUN");
        switch (run->exit_reason) {
        case KVM_EXIT_IO:
            handle_port(run);
            break;
        case KVM_EXIT_MMIO:
            if (!run->mmio.is_write)
                memset(run->mmio.data, 0xff, sizeof(run->mmio.data));
            break;
        case KVM_EXIT_HLT:
            pause();
            break;
        default:
            return;
        }
    }
}

int main(int argc, char **argv)
{
    struct stat status;

    if (argc != 3 && argc != 5)
        return 2;
    uint64_t size = strtoull(argv[2], NULL, 10) << 20;
    int kvm = check(open("/dev/kvm", O_RDWR), "/dev/kvm");
    int vm = check(ioctl(kvm, KVM_CREATE_VM, 0), "VM");
    void *ram = map(size, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    madvise(ram, size, MADV_HUGEPAGE);
    int image = check(open(argv[1], O_RDONLY), argv[1]);
    check(fstat(image, &status), argv[1]);
    void *firmware = map((size_t)status.st_size, MAP_PRIVATE, image);
    if (argc == 5)
        assign(argv[3], argv[4], ram, size);
    add_slot(vm, 0, 0, ram, size);
    add_slot(vm, 1, FOUR_GIB - (uint64_t)status.st_size, firmware,
             (uint64_t)status.st_size);
    int vcpu = check(ioctl(vm, KVM_CREATE_VCPU, 0), "vCPU");
    size_t length =
        (size_t)check(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "run page's size");
    run_guest(vcpu, map(length, MAP_SHARED, vcpu));
    return 0;
}
