/* assigned_rig.c: the model of the GPU assigned to the fake board, for tests. */
#include "assigned_rig.h"

#include "base/bytes.h"     /* KIB */
#include "base/error.h"     /* struct error */
#include "devices/device.h" /* free */
#include "devices/piix3.h"  /* routes */
#include "model/display.h"  /* registers */

#include <dirent.h> /* open files */
#include <poll.h>   /* waiting for events */
#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* calloc */
#include <unistd.h> /* read */

/* linux/vfio.h: Intel's own regions. */
#define INTEL_REGIONS (0x80000000u | 0x8086)
enum { OPREGION = 1, HOST_BRIDGE = 2, LPC_BRIDGE = 3 };

static void read_region(struct rig *rig, const struct vfio_region *region, void *bytes,
                        size_t size)
{
    assert_non_null(region);
    assert_true(region->size >= size);
    assert_int_equal(vfio_device_read(rig->vfio, region->index, 0, bytes, size), 0);
}

static void make_plan(struct rig *rig)
{
    static uint8_t gpu[256], host[256], lpc[256], opregion[8 * KIB], rom[128 * KIB];
    struct vfio_device *vfio = rig->vfio;
    struct error err = { 0 };

    read_region(rig, vfio_device_region(vfio, VFIO_REGION_CONFIG), gpu, sizeof(gpu));
    read_region(rig, vfio_device_find_region(vfio, INTEL_REGIONS, HOST_BRIDGE), host,
                sizeof(host));
    read_region(rig, vfio_device_find_region(vfio, INTEL_REGIONS, LPC_BRIDGE), lpc,
                sizeof(lpc));
    read_region(rig, vfio_device_find_region(vfio, INTEL_REGIONS, OPREGION), opregion,
                sizeof(opregion));
    read_region(rig, vfio_device_region(vfio, VFIO_REGION_ROM), rom, sizeof(rom));
    static const char firmware[] = "etc/igd-opregion etc/igd-bdsm-size";
    struct igd_facts facts = {
        .firmware = (const uint8_t *)firmware,
        .firmware_size = sizeof(firmware),
        .address = vfio_device_name(vfio),
        .gpu_config = gpu,
        .host_config = host,
        .lpc_config = lpc,
        .opregion = opregion,
        .opregion_size = sizeof(opregion),
        .rom = rom,
        .rom_size = sizeof(rom),
        .has_vga_region = true,
    };
    for (unsigned i = 0; i < PCI_BAR_COUNT; i++)
        facts.bar_sizes[i] = vfio_device_region(vfio, i)->size;
    const struct igd_request request = { .mode = IGD_MODE_LEGACY,
                                         .guest_devfn = GPU,
                                         .upt_devfn = GPU,
                                         .machine_is_i440fx = true,
                                         .lpc_place_free = true,
                                         .rom_bar = true,
                                         .low_ram_limit = 0xc0000000,
                                         .ram_size = 2 * GIB };
    rig->plan = igd_plan(&facts, &request, &err);
    if (!rig->plan)
        fail_msg("%s", err.text);
    assert_true(rig->plan->possible);
}

int rig_start(void **state)
{
    struct rig *rig = calloc(1, sizeof(*rig));
    struct error err = { 0 };
    char where[140];

    assert_non_null(rig);
    serving_start(&rig->serving, true);
    snprintf(where, sizeof(where), "vfio-user:%s", rig->serving.path);
    rig->vfio = vfio_device_open(where, -1, &err);
    if (!rig->vfio)
        fail_msg("%s", err.text);
    make_plan(rig);
    rig->board = fake_board_new();
    rig->bridge = piix3_new(&rig->board->board, &err);
    rig->assigned = assigned_new(&rig->board->board, rig->vfio, GPU, rig->plan, &err);
    if (!rig->bridge || !rig->assigned)
        fail_msg("%s", err.text);
    *state = rig;
    return 0;
}

/* At the end nothing of the device may be left on the board. */
int rig_stop(void **state)
{
    struct rig *rig = *state;
    struct device *device = assigned_device(rig->assigned);

    device->free(device);
    assert_int_equal(fake_map_count(rig->board), 0);
    assert_int_equal(fake_irqfd_count(rig->board), 0);
    rig->bridge->free(rig->bridge);
    fake_board_free(rig->board);
    igd_plan_free(rig->plan);
    vfio_device_close(rig->vfio);
    serving_stop(&rig->serving);
    free(rig);
    return 0;
}

uint32_t gpu_get(struct rig *rig, unsigned offset, unsigned size)
{
    return fake_config_read(rig->board, GPU, offset, size);
}

void gpu_put(struct rig *rig, unsigned offset, unsigned size, uint32_t value)
{
    fake_config_write(rig->board, GPU, offset, value, size);
}

uint32_t hardware_get(struct rig *rig, unsigned offset, unsigned size)
{
    uint32_t value = 0;
    assert_int_equal(
        vfio_device_read(rig->vfio, VFIO_REGION_CONFIG, offset, &value, size), 0);
    return value;
}

uint32_t mmio_get(struct rig *rig, uint32_t offset)
{
    return (uint32_t)fake_read(rig->board, BAR0_AT + offset, 4);
}

void mmio_put(struct rig *rig, uint32_t offset, uint32_t value)
{
    fake_write(rig->board, BAR0_AT + offset, value, 4);
}

void rig_place(struct rig *rig, uint16_t command)
{
    gpu_put(rig, PCI_BAR(0), 4, BAR0_AT);
    gpu_put(rig, PCI_BAR(1), 4, 0);
    gpu_put(rig, PCI_BAR(2), 4, BAR2_AT);
    gpu_put(rig, PCI_BAR(3), 4, 0);
    gpu_put(rig, PCI_BAR(4), 4, BAR4_AT);
    gpu_put(rig, PCI_COMMAND, 2, command);
}

void rig_route(struct rig *rig, uint8_t irq)
{
    unsigned line = pci_bus_pirq(GPU, gpu_get(rig, PCI_INTERRUPT_PIN, 1));
    fake_config_write(rig->board, PIC, 0x60 + line, irq, 1);
}

void rig_vblank_on(struct rig *rig)
{
    mmio_put(rig, PIPE_A_IMR, ~PIPE_VBLANK);
    mmio_put(rig, PIPE_A_IER, PIPE_VBLANK);
    mmio_put(rig, MASTER_CONTROL, MASTER_ENABLE);
    mmio_put(rig, PIPE_A_CONF, PIPE_ENABLE);
}

void rig_acknowledge(struct rig *rig)
{
    mmio_put(rig, PIPE_A_IIR, PIPE_VBLANK);
}

bool signalled(int fd, int milliseconds)
{
    struct pollfd ready = { .fd = fd, .events = POLLIN };
    uint64_t count;
    return poll(&ready, 1, milliseconds) == 1 &&
           read(fd, &count, sizeof(count)) == sizeof(count);
}

unsigned open_fds(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}
