/* test_assigned.c: config space, VGA ranges, resets of an assigned GPU; the bridges. */
#include "assigned_rig.h" /* the model, assigned */

#include "base/bytes.h"          /* loads */
#include "base/error.h"          /* struct error */
#include "base/log.h"            /* quiet */
#include "devices/device.h"      /* free */
#include "devices/i440fx.h"      /* a host bridge to dress up */
#include "devices/igd_bridges.h" /* under test */
#include "fake_vfio.h"           /* a device that can be mapped as a whole */
#include "igd/ggc.h"             /* registers */

#include <signal.h> /* SIGPIPE */

#define DECODE (PCI_COMMAND_IO | PCI_COMMAND_MEMORY)

static void test_config_sources(void **state)
{
    struct rig *rig = *state;

    /* Every width shows the same bytes. */
    for (unsigned offset = 0; offset < PCI_CONFIG_SIZE; offset += 4) {
        uint32_t dword = gpu_get(rig, offset, 4);
        for (unsigned i = 0; i < 4; i++)
            assert_int_equal(gpu_get(rig, offset + i, 1), dword >> (8 * i) & 0xff);
        assert_int_equal(gpu_get(rig, offset, 2), dword & 0xffff);
        assert_int_equal(gpu_get(rig, offset + 2, 2), dword >> 16);
    }
    /* The hardware's: identity and capabilities. */
    assert_int_equal(gpu_get(rig, 0, 4), 0x19128086);
    assert_int_equal(gpu_get(rig, 0x70, 4), hardware_get(rig, 0x70, 4));
    /* Emulated: nothing decoded, the line not known yet. */
    assert_int_equal(gpu_get(rig, PCI_COMMAND, 2), 0);
    assert_int_equal(gpu_get(rig, PCI_INTERRUPT_LINE, 2), 0x100);
    gpu_put(rig, PCI_INTERRUPT_LINE, 4, 0x0b);
    assert_int_equal(gpu_get(rig, PCI_INTERRUPT_LINE, 4), 0x10b);
    assert_int_equal(hardware_get(rig, PCI_INTERRUPT_LINE, 1), 0);
    /* The overlay: the host's addresses are not shown. */
    assert_int_equal(hardware_get(rig, IGD_REG_BDSM32, 4), BDSM_HOST | 1);
    assert_int_equal(gpu_get(rig, IGD_REG_BDSM32, 4), 0);
    assert_int_not_equal(hardware_get(rig, IGD_REG_ASLS, 4), 0);
    assert_int_equal(gpu_get(rig, IGD_REG_ASLS, 4), 0);
    /* A write across both: the overlay's half stays, the hardware gets its own. */
    gpu_put(rig, IGD_REG_GGC, 4, 0xffffffff);
    assert_int_equal(gpu_get(rig, IGD_REG_GGC, 4), 0x02c1);
    /* Past the end. */
    assert_int_equal(gpu_get(rig, PCI_CONFIG_SIZE - 2, 4), 0xffffffff);
    gpu_put(rig, PCI_CONFIG_SIZE - 2, 4, 0);
}

static void test_overlay(void **state)
{
    struct rig *rig = *state;
    uint32_t asls = hardware_get(rig, IGD_REG_ASLS, 4);

    rig_place(rig, DECODE);
    gpu_put(rig, IGD_REG_BDSM32, 4, 0x7c000001);
    gpu_put(rig, IGD_REG_ASLS + 2, 2, 0x7bff);
    gpu_put(rig, IGD_REG_ASLS, 1, 0x18);
    assert_int_equal(gpu_get(rig, IGD_REG_BDSM32, 4), 0x7c000001);
    assert_int_equal(gpu_get(rig, IGD_REG_ASLS, 4), 0x7bff0018);
    assert_int_equal(hardware_get(rig, IGD_REG_BDSM32, 4), BDSM_HOST | 1);
    assert_int_equal(hardware_get(rig, IGD_REG_ASLS, 4), asls);
    struct assigned_counters counters = assigned_counters(rig->assigned);
    assert_int_equal(counters.bdsm, 0x7c000000);
    assert_int_equal(counters.asls, 0x7bff0018);
    /* The mirrors in BAR0 follow, in any width. */
    assert_int_equal(mmio_get(rig, IGD_MMIO_BDSM), 0x7c000001);
    assert_int_equal(fake_read(rig->board, BAR0_AT + IGD_MMIO_BDSM + 3, 1), 0x7c);
    assert_int_equal(fake_read(rig->board, BAR0_AT + IGD_MMIO_BDSM, 8), 0x7c000001);
    assert_int_equal(mmio_get(rig, IGD_MMIO_GGC) & 0xffff, 0x02c1);
    /* So does what the I/O BAR's pair reaches. */
    fake_out(rig->board, BAR4_AT, IGD_MMIO_BDSM, 4);
    assert_int_equal(fake_in(rig->board, BAR4_AT + 4, 4), 0x7c000001);
    assert_int_equal(fake_in(rig->board, BAR4_AT + 6, 1), 0x00);
    fake_out(rig->board, BAR4_AT + 4, 0x7e000001, 4);
    assert_int_equal(gpu_get(rig, IGD_REG_BDSM32, 4), 0x7e000001);
    mmio_put(rig, IGD_MMIO_BDSM, 0x7d000001);
    assert_int_equal(gpu_get(rig, IGD_REG_BDSM32, 4), 0x7d000001);
    mmio_put(rig, IGD_MMIO_GGC, 0);
    assert_int_equal(mmio_get(rig, IGD_MMIO_GGC) & 0xffff, 0x02c1);
    /* The registers around them are the hardware's: a scratch one takes what is put. */
    mmio_put(rig, IGD_MMIO_BDSM + 0x10, 0x12345678);
    assert_int_equal(mmio_get(rig, IGD_MMIO_BDSM + 0x10), 0x12345678);
}

static void test_doorbells(void **state)
{
    struct rig *rig = *state;

    for (unsigned size = 1; size <= 4; size *= 2) {
        gpu_put(rig, IGD_REG_SWSCI, size, 0xffffffff);
        gpu_put(rig, IGD_REG_SWSMI, size, 0xffffffff);
    }
    gpu_put(rig, IGD_REG_SWSCI + 1, 1, 0xff);
    gpu_put(rig, IGD_REG_SWSMI + 1, 1, 0xff);
    hardware_get(rig, 0, 4); /* the server has done what came before */
    struct model_counters counters =
        model_counters(model_server_model(rig->serving.server));
    assert_int_equal(counters.swsci, 0);
    assert_int_equal(counters.swsmi, 0);
    assert_int_equal(hardware_get(rig, IGD_REG_SWSCI, 2), 0);
    assert_int_equal(hardware_get(rig, IGD_REG_SWSMI, 2), 0);
    /* The neighbour in the same dwords is not held back. */
    gpu_put(rig, IGD_REG_ASLE, 4, 1);
    hardware_get(rig, 0, 4);
    counters = model_counters(model_server_model(rig->serving.server));
    assert_int_equal(counters.asle, 1);
}

static void test_vga(void **state)
{
    struct rig *rig = *state;
    struct fake_board *board = rig->board;

    gpu_put(rig, PCI_COMMAND, 2, 0);
    assert_int_equal(fake_in(board, 0x3cc, 1), 0xff);
    assert_int_equal(fake_read(board, 0xb8000, 4), 0xffffffff);
    fake_write(board, 0xb8000, 0x07410742, 4);
    assert_int_equal(assigned_counters(rig->assigned).vga_writes, 0);
    gpu_put(rig, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    assert_int_equal(fake_read(board, 0xb8000, 4), 0);
    fake_write(board, 0xb8000, 0x0741074207430744, 8);
    assert_int_equal(fake_read(board, 0xb8000, 8), 0x0741074207430744);
    assert_int_equal(fake_read(board, 0xb8006, 2), 0x0741);
    assert_int_equal(fake_in(board, 0x3cc, 1), 0xff);
    gpu_put(rig, PCI_COMMAND, 2, PCI_COMMAND_IO);
    assert_int_equal(fake_read(board, 0xb8000, 4), 0xffffffff);
    fake_out(board, 0x3c2, 0x67, 1);
    assert_int_equal(fake_in(board, 0x3cc, 1), 0x67);
    fake_out(board, 0x3d4, 0x5a0e, 2); /* index and data in one */
    fake_out(board, 0x3d4, 0x0e, 1);
    assert_int_equal(fake_in(board, 0x3d5, 1), 0x5a);
    assert_int_not_equal(fake_in(board, 0x3ba, 1), 0xff);
}

static void no_pam(void *opaque, const uint8_t modes[PAM_SEGMENTS])
{
    (void)opaque;
    (void)modes;
}

static void test_bridges(void **state)
{
    struct rig *rig = *state;
    struct board *board = &rig->board->board;
    struct error err = { 0 };

    struct device *host = i440fx_new(board, no_pam, NULL, &err);
    struct device *lpc = igd_lpc_bridge_new(board, &rig->plan->lpc_bridge, &err);
    assert_true(host && lpc);
    struct pci_function *function = pci_bus_function(board->pci, PCI_DEVFN(0, 0));
    uint32_t before = fake_config_read(rig->board, 0, 0, 4);
    igd_identity_apply(function, &rig->plan->host_bridge);
    assert_int_equal(fake_config_read(rig->board, 0, 0, 4), before);
    assert_int_equal(fake_config_read(rig->board, 0, PCI_SUBSYSTEM_VENDOR, 4),
                     0x22128086);
    assert_int_equal(fake_config_read(rig->board, PCI_DEVFN(31, 0), 0, 4), 0x29188086);
    assert_int_equal(fake_config_read(rig->board, PCI_DEVFN(31, 0), 8, 4), 0x06010002);
    /* A guest can change nothing of it, and a reset keeps it. */
    for (unsigned offset = 0; offset < PCI_CONFIG_SIZE; offset += 4)
        fake_config_write(rig->board, PCI_DEVFN(31, 0), offset, 0, 4);
    pci_bus_reset(board->pci);
    assert_int_equal(fake_config_read(rig->board, PCI_DEVFN(31, 0), 0, 4), 0x29188086);
    assert_int_equal(fake_config_read(rig->board, 0, PCI_SUBSYSTEM_VENDOR, 4),
                     0x22128086);
    /* An identity that reaches past the end is left out. */
    const struct igd_identity bad = { 1, { { PCI_CONFIG_SIZE - 1, 2, 0xffff } } };
    igd_identity_apply(function, &bad);
    assert_null(igd_lpc_bridge_new(board, &bad, &err));
    assert_int_equal(err.code, -EBUSY);
    lpc->free(lpc);
    host->free(host);
}

static void test_reset(void **state)
{
    struct rig *rig = *state;
    struct model *model = model_server_model(rig->serving.server);

    rig_place(rig, DECODE | PCI_COMMAND_MASTER);
    gpu_put(rig, PCI_ROM, 4, ROM_AT | PCI_ROM_ENABLE);
    gpu_put(rig, IGD_REG_BDSM32, 4, 0x7c000001);
    gpu_put(rig, IGD_REG_ASLS, 4, 0x7bff0018);
    gpu_put(rig, PCI_INTERRUPT_LINE, 1, 11);
    mmio_put(rig, 0x2080, 0x1234);
    uint64_t resets = model_counters(model).function_resets;
    pci_bus_reset(rig->board->board.pci);
    assert_int_equal(model_counters(model).function_resets, resets + 1);
    assert_int_equal(fake_map_count(rig->board), 0);
    assert_int_equal(gpu_get(rig, PCI_COMMAND, 2), 0);
    assert_int_equal(gpu_get(rig, PCI_BAR(0), 4), PCI_BAR_64);
    assert_int_equal(gpu_get(rig, PCI_ROM, 4), 0);
    assert_int_equal(gpu_get(rig, PCI_INTERRUPT_LINE, 1), 0);
    assert_int_equal(gpu_get(rig, IGD_REG_BDSM32, 4), 0);
    assert_int_equal(gpu_get(rig, IGD_REG_ASLS, 4), 0);
    assert_int_equal(hardware_get(rig, PCI_COMMAND, 2), 0);
    assert_int_equal(fake_read(rig->board, 0xb8000, 4), 0xffffffff);
    /* As new: firmware starts over. */
    rig_place(rig, DECODE);
    assert_int_equal(mmio_get(rig, 0x2080), 0);
    assert_int_equal(fake_map_count(rig->board), 1);
    /* A function level reset of the guest's is the hardware's business. */
    mmio_put(rig, 0x2080, 0x1234);
    gpu_put(rig, 0x78, 2, 0x8000);
    assert_int_equal(mmio_get(rig, 0x2080), 0);
    assert_int_equal(model_counters(model).function_resets, resets + 2);
}

/* DMA ends before the reset, which not every device can do. */
static void test_reset_order(void **state)
{
    struct fake_vfio *fake = fake_vfio_new(0);
    struct fake_board *board = fake_board_new();
    struct error err = { 0 };
    struct assigned *assigned =
        assigned_new(&board->board, &fake->device, GPU, NULL, &err);

    assert_non_null(assigned);
    fake_config_write(board, GPU, PCI_COMMAND, 7, 2);
    assert_int_equal(load16(fake->config + PCI_COMMAND), 7);
    pci_bus_reset(board->board.pci);
    assert_int_equal(fake->resets, 1);
    assert_int_equal(fake->reset_command, 0);
    fake->device.can_reset = false;
    fake_config_write(board, GPU, PCI_COMMAND, 7, 2);
    pci_bus_reset(board->board.pci);
    assert_int_equal(fake->resets, 1);
    assert_int_equal(load16(fake->config + PCI_COMMAND), 0);
    assigned_device(assigned)->free(assigned_device(assigned));
    fake_board_free(board);
    fake_vfio_free(fake);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* A guest that writes anything anywhere, and routes and resets as it likes. */
static void test_hostile(void **state)
{
    struct rig *rig = *state;
    uint32_t seed = 0x1912, identity = gpu_get(rig, 0, 4);

    rig_place(rig, DECODE);
    gpu_put(rig, PCI_COMMAND, 2, 0);
    unsigned fds = open_fds();
    for (unsigned i = 0; i < 6000; i++) {
        unsigned size = 1u << next_random(&seed) % 3;
        unsigned offset = (next_random(&seed) % PCI_CONFIG_SIZE) & ~(size - 1);
        uint32_t value = next_random(&seed);
        if (i % 4 == 0) /* more often where something happens */
            offset = i % 8 ? PCI_COMMAND : 0xac + (offset & 8);
        if (i % 4 == 0)
            size = 4;
        gpu_put(rig, offset, size, value);
        if (i % 7 == 0)
            assert_int_equal(gpu_get(rig, 0, 4), identity);
        if (i % 31 == 0)
            fake_read(rig->board, next_random(&seed), 4);
        if (i % 50 == 0)
            rig_route(rig, (uint8_t)(value & 0x8f));
        if (i % 500 == 499)
            pci_bus_reset(rig->board->board.pci);
        assert_in_range(fake_map_count(rig->board), 0, 2);
        assert_in_range(fake_irqfd_count(rig->board), 0, 1);
        assert_in_range(rig->board->msi_gsis, 0, 1);
    }
    pci_bus_reset(rig->board->board.pci);
    assert_int_equal(fake_map_count(rig->board), 0);
    assert_int_equal(fake_irqfd_count(rig->board), 0);
    assert_int_equal(open_fds(), fds);
    hardware_get(rig, 0, 4);
    struct model_counters counters =
        model_counters(model_server_model(rig->serving.server));
    assert_int_equal(counters.swsci, 0);
    assert_int_equal(counters.swsmi, 0);
    /* It is none the worse for it. */
    rig_place(rig, DECODE);
    assert_int_equal(fake_map_count(rig->board), 1);
    mmio_put(rig, 0x2080, 0x1234);
    assert_int_equal(mmio_get(rig, 0x2080), 0x1234);
}

/* What cannot be made leaves nothing behind. */
static void test_no_place(void **state)
{
    struct rig *rig = *state;
    struct error err = { 0 };
    struct fake_vfio *fake = fake_vfio_new(0);
    unsigned fds = open_fds();

    assert_null(assigned_new(&rig->board->board, &fake->device, GPU, NULL, &err));
    assert_int_equal(err.code, -EBUSY);
    assert_non_null(strstr(err.text, "0000:00:02.0"));
    fake->device.regions[VFIO_REGION_VGA].size = 0;
    assert_null(assigned_new(&rig->board->board, &fake->device, 0x20, rig->plan, &err));
    assert_non_null(strstr(err.text, "VGA region"));
    assert_int_equal(open_fds(), fds);
    fake_vfio_free(fake);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_start, rig_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_config_sources),
        TEST(test_overlay),
        TEST(test_doorbells),
        TEST(test_vga),
        TEST(test_bridges),
        TEST(test_reset),
        cmocka_unit_test(test_reset_order),
        TEST(test_hostile),
        TEST(test_no_place),
    };
    signal(SIGPIPE, SIG_IGN);
    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
