/* test_requirement.c: every requirement, met, failed and unknown. */
#include "igd/plan.h" /* under test */

#include "plan_host.h" /* a host to break */

#include "base/bytes.h"     /* stores */
#include "base/error.h"     /* struct error */
#include "pci/option_rom.h" /* offsets */
#include "pci/regs.h"       /* registers */

#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */
#include <stdlib.h> /* for cmocka */

#include <cmocka.h> /* the framework */

/* What can be wrong with a host, a request or a device, one at a time. */
static void break_display(struct host *host)
{
    host->gpu[PCI_CLASS] = 0x02;
}
static void break_vendor(struct host *host)
{
    store16(host->gpu + PCI_VENDOR_ID, 0x1002);
}
static void break_hot_plug(struct host *host)
{
    host->facts.hot_plugged = true;
}
static void break_listed(struct host *host)
{
    store16(host->gpu + PCI_DEVICE_ID, 0x1900);
}
static void break_generation(struct host *host)
{
    store16(host->gpu + PCI_DEVICE_ID, 0x9a49);
    store64(host->gpu + IGD_REG_BDSM64, SAMPLE_BDSM);
}
static void break_class(struct host *host)
{
    host->gpu[PCI_SUBCLASS] = 0x80;
}
static void break_ivd(struct host *host)
{
    host->gpu[IGD_REG_GGC] |= IGD_GGC_IVD;
}
static void break_ggc_reserved(struct host *host)
{
    host->gpu[IGD_REG_GGC + 1] = 0xff;
}
static void break_ggc_zero(struct host *host)
{
    host->gpu[IGD_REG_GGC + 1] = 0;
}
static void break_bdsm(struct host *host)
{
    store32(host->gpu + IGD_REG_BDSM32, 1);
}
static void break_opregion_absent(struct host *host)
{
    host->facts.opregion = NULL;
}
static void break_opregion_damaged(struct host *host)
{
    host->opregion[0] = 0;
}
static void break_host_bridge(struct host *host)
{
    host->facts.host_config = NULL;
}
static void break_host_bridge_vendor(struct host *host)
{
    store16(host->bridge, 0x1022);
}
static void break_lpc(struct host *host)
{
    host->facts.lpc_config = NULL;
}
static void break_lpc_vendor(struct host *host)
{
    store16(host->lpc, 0xffff);
}
static void break_vga(struct host *host)
{
    host->facts.has_vga_region = false;
}
static void break_rom_absent(struct host *host)
{
    host->facts.rom = NULL;
}
static void break_rom_empty(struct host *host)
{
    host->facts.rom_size = 0;
}
static void break_rom_damaged(struct host *host)
{
    host->rom[0] = 0xff;
}
static void break_rom_vendor(struct host *host)
{
    store16(host->rom + SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_VENDOR, 0x10de);
}
static void break_rom_uefi(struct host *host)
{
    host->rom[SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_CODE_TYPE] = OPTION_ROM_CODE_UEFI;
    store16(host->rom + OPTION_ROM_SIZE, SAMPLE_ROM_SIZE / 512);
}
static void break_rom_code_type(struct host *host)
{
    host->rom[SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_CODE_TYPE] = 9;
}
static void break_rom_bar(struct host *host)
{
    host->request.rom_bar = false;
}
static void break_address(struct host *host)
{
    host->request.guest_devfn = PCI_DEVFN(5, 1);
}
static void break_video(struct host *host)
{
    host->request.other_vga = true;
}
static void break_machine(struct host *host)
{
    host->request.machine_is_i440fx = false;
}
static void break_lpc_place(struct host *host)
{
    host->request.lpc_place_free = false;
}
static void break_disable_vga(struct host *host)
{
    host->facts.has_vga_region = false;
    host->facts.vga_disabled = true;
}
static void break_bus(struct host *host)
{
    host->request.guest_bus = 1;
}
static void break_broadwell(struct host *host)
{
    store16(host->gpu + PCI_DEVICE_ID, 0x1616);
    host->facts.regions_unknown = true;
}
static void break_kernel(struct host *host)
{
    host->facts.kernel_major = 4;
    host->facts.kernel_minor = 5;
    host->facts.opregion = NULL;
}
static void break_kernel_more(struct host *host)
{
    host->facts.kernel_major = 3;
    host->facts.kernel_minor = 19;
    host->facts.lpc_config = NULL;
}
static void break_firmware(struct host *host)
{
    memset(host->firmware, 0, sizeof(host->firmware));
}
static void break_firmware_opregion(struct host *host)
{
    host->firmware[SAMPLE_FIRMWARE_OPREGION] = 'E';
}
/* The last character is cut off: the search must not go past the end. */
static void break_firmware_stolen(struct host *host)
{
    host->facts.firmware_size = SAMPLE_FIRMWARE_SIZE - 2;
}
static void break_firmware_uefi(struct host *host)
{
    memcpy(host->firmware + 40, "_FVH", 4);
}
static void break_ram(struct host *host)
{
    host->request.ram_size = 128 * MIB - 1;
}
static void break_ram_more(struct host *host)
{
    host->request.ram_size = 64 * MIB - 1;
}

static const struct {
    void (*break_it)(struct host *host);
    const char *id;
    const char *found;
    bool upt_too; /* UPT mode is impossible as well */
    bool others;  /* other requirements hang on it */
} breaks[] = {
    { break_display, "intel-display", "vendor 8086, class 0200", true, true },
    { break_vendor, "intel-display", "vendor 1002", true, true },
    { break_hot_plug, "cold-plugged", "running guest", true },
    { break_listed, "listed", "8086:1900 is not in the table", false, true },
    { break_generation, "vbios-generation", "Tiger Lake is Gen12" },
    { break_class, "vga-class", "class 0380" },
    { break_ivd, "ivd", "GGC is 0x02c3, IVD 1" },
    { break_ggc_reserved, "ggc", "0xffc1, a reserved value" },
    { break_ggc_zero, "ggc", "0 MiB of stolen memory, 8 MiB of GTT" },
    { break_bdsm, "bdsm", "BDSM is 0x0" },
    { break_opregion_absent, "opregion", "OpRegion: none" },
    { break_opregion_damaged, "opregion", "the signature at 0x0" },
    { break_host_bridge, "host-bridge-region", "none" },
    { break_host_bridge_vendor, "host-bridge-region", "1022:191f" },
    { break_lpc, "lpc-bridge-region", "none" },
    { break_lpc_vendor, "lpc-bridge-region", "ffff:a145" },
    { break_vga, "vga-region", "VGA region: none" },
    { break_disable_vga, "vga-region", "disable_vga=1" },
    { break_bus, "root-bus", "bus 01" },
    { break_broadwell, "host-iommu", "Broadwell", true },
    { break_kernel, "kernel", "Linux 4.5", false, true },
    { break_kernel_more, "kernel", "Linux 3.19", false, true },
    { break_firmware, "firmware", "etc/igd-opregion and etc/igd-bdsm-size" },
    { break_firmware_opregion, "firmware", "not name etc/igd-opregion" },
    { break_firmware_stolen, "firmware", "not name etc/igd-bdsm-size" },
    { break_firmware_uefi, "firmware", "UEFI" },
    { break_rom_absent, "rom", "ROM: none" },
    { break_rom_empty, "rom", "ROM: none" },
    { break_rom_damaged, "rom", "signature is ff aa" },
    { break_rom_vendor, "rom", "PC-AT image for 10de:0406, 2 KiB" },
    { break_rom_uefi, "rom", "UEFI image for 8086:0406" },
    { break_rom_code_type, "rom", "unknown image" },
    { break_rom_bar, "rom-bar", "off" },
    { break_video, "guest-video", "emulated VGA" },
    { break_address, "guest-address", "00:05.1" },
    { break_machine, "i440fx", "no i440FX" },
    { break_lpc_place, "lpc-place", "taken" },
    { break_ram, "guest-ram", "127 MiB of guest RAM for 64 MiB" },
    { break_ram_more, "guest-ram", "63 MiB of guest RAM" },
};

static void test_each_failure(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(breaks); i++) {
        struct host host;
        make_host(&host);
        breaks[i].break_it(&host);
        struct igd_plan *plan = plan_for(&host, IGD_MODE_LEGACY);
        assert_false(plan->possible);
        assert_false(plan->fell_back);
        assert_int_equal(plan->mode, IGD_MODE_LEGACY);
        const struct igd_requirement *failed =
            find(plan->legacy, plan->legacy_count, breaks[i].id);
        assert_int_equal(failed->verdict, IGD_FAILED);
        if (!strstr(failed->found, breaks[i].found))
            fail_msg("%s: found \"%s\", not \"%s\"", failed->id, failed->found,
                     breaks[i].found);
        check_texts(plan->legacy, plan->legacy_count);
        for (unsigned j = 0; j < plan->legacy_count && !breaks[i].others; j++)
            assert_int_equal(plan->legacy[j].verdict == IGD_MET,
                             &plan->legacy[j] != failed);
        /* Nothing is half done. */
        assert_null(plan->rom);
        assert_null(plan->opregion);
        assert_int_equal(plan->file_count, 0);
        assert_int_equal(plan->overlay.count, 0);
        assert_false(plan->vga);
        igd_plan_free(plan);

        plan = plan_for(&host, IGD_MODE_AUTO);
        bool asked =
            breaks[i].break_it == break_firmware_uefi; /* for UPT mode, so to say */
        assert_int_equal(plan->fell_back, !asked);
        assert_int_equal(plan->mode, IGD_MODE_UPT);
        assert_int_equal(plan->possible, !breaks[i].upt_too);
        igd_plan_free(plan);
    }
}

static void test_several_failures(void **state)
{
    static const char *const ids[] = { "ivd",     "vga-region",    "rom",
                                       "i440fx",  "guest-address", "opregion",
                                       "rom-bar", "lpc-place" };
    struct host host;
    unsigned failed = 0;
    make_host(&host);
    break_ivd(&host);
    break_vga(&host);
    break_rom_absent(&host);
    break_machine(&host);
    break_address(&host);
    break_opregion_damaged(&host);
    break_rom_bar(&host);
    break_lpc_place(&host);
    struct igd_plan *plan = plan_for(&host, IGD_MODE_LEGACY);
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
        assert_int_equal(find(plan->legacy, plan->legacy_count, ids[i])->verdict,
                         IGD_FAILED);
    for (unsigned i = 0; i < plan->legacy_count; i++)
        failed += plan->legacy[i].verdict == IGD_FAILED;
    assert_int_equal(failed, ARRAY_SIZE(ids));
    igd_plan_free(plan);
}

static void test_no_bdsm_register(void **state)
{
    struct host host;
    make_host(&host);
    store16(host.gpu + PCI_DEVICE_ID, 0x7d55);
    struct igd_plan *plan = plan_for(&host, IGD_MODE_LEGACY);
    const struct igd_requirement *bdsm = find(plan->legacy, plan->legacy_count, "bdsm");
    assert_int_equal(bdsm->verdict, IGD_FAILED);
    assert_string_equal(bdsm->found, "Meteor Lake has no BDSM register");
    igd_plan_free(plan);
}

/* What nobody looked at is unknown, and that is not fine. */
static void test_unknown(void **state)
{
    static const char *const ids[] = { "intel-display", "listed",   "vbios-generation",
                                       "vga-class",     "ivd",      "ggc",
                                       "bdsm",          "guest-ram" };
    static const char *const regions[] = { "opregion", "host-bridge-region",
                                           "lpc-bridge-region", "vga-region", "rom" };
    struct host host;
    make_host(&host);
    host.facts.gpu_config = NULL;
    struct igd_plan *plan = plan_for(&host, IGD_MODE_AUTO);
    assert_false(plan->possible);
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
        assert_int_equal(find(plan->legacy, plan->legacy_count, ids[i])->verdict,
                         IGD_UNKNOWN);
    check_texts(plan->legacy, plan->legacy_count);
    igd_plan_free(plan);

    make_host(&host);
    break_opregion_absent(&host);
    break_host_bridge(&host);
    break_lpc(&host);
    break_vga(&host);
    break_rom_absent(&host);
    host.facts.regions_unknown = true;
    host.request.ram_size = 0;
    plan = plan_for(&host, IGD_MODE_LEGACY);
    assert_false(plan->possible);
    for (size_t i = 0; i < ARRAY_SIZE(regions); i++)
        assert_int_equal(find(plan->legacy, plan->legacy_count, regions[i])->verdict,
                         IGD_UNKNOWN);
    assert_int_equal(find(plan->legacy, plan->legacy_count, "guest-ram")->verdict,
                     IGD_UNKNOWN);
    for (unsigned i = 0; i < plan->legacy_count; i++)
        assert_int_not_equal(plan->legacy[i].verdict, IGD_FAILED);
    igd_plan_free(plan);
}

/* One that is new enough by its first number; and one that is not, by its second. */
static void test_kernel_numbers(void **state)
{
    static const struct {
        unsigned major, minor;
        bool met;
    } cases[] = { { 4, 6, true }, { 4, 20, true }, { 5, 0, true }, { 4, 5, false } };
    struct host host;
    make_host(&host);
    break_opregion_absent(&host); /* what is there shows not what the kernel can do */
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        host.facts.kernel_major = cases[i].major;
        host.facts.kernel_minor = cases[i].minor;
        struct igd_plan *plan = plan_for(&host, IGD_MODE_LEGACY);
        enum igd_verdict verdict =
            find(plan->legacy, plan->legacy_count, "kernel")->verdict;
        assert_int_equal(verdict, cases[i].met ? IGD_MET : IGD_FAILED);
        igd_plan_free(plan);
    }
}

/* What a kernel too old cannot have, a device shows it has; others are not asked. */
static void test_kernel(void **state)
{
    struct host host;
    make_host(&host);
    host.facts.kernel_major = 4;
    host.facts.kernel_minor = 5;
    struct igd_plan *plan = plan_for(&host, IGD_MODE_LEGACY);
    assert_true(plan->possible);
    igd_plan_free(plan);
    host.facts.kernel_major = 0;
    plan = plan_for(&host, IGD_MODE_LEGACY);
    assert_true(plan->possible);
    igd_plan_free(plan);
    break_opregion_absent(&host);
    plan = plan_for(&host, IGD_MODE_LEGACY);
    assert_int_equal(find(plan->legacy, plan->legacy_count, "kernel")->verdict,
                     IGD_UNKNOWN);
    igd_plan_free(plan);
}

/* An OpRegion is missing for several reasons, and what helps differs. */
static void test_opregion_causes(void **state)
{
    static const struct {
        uint32_t asls;
        uint8_t subclass;
        const char *found, *remedy;
    } causes[] = {
        { 0, 0, "ASLS is 0x0: the host's firmware made none", "firmware setup" },
        { 0xffffffff, 0, "ASLS is 0xffffffff: the host's firmware", "firmware setup" },
        { 0x7b7fd018, 0x80, "Linux 6.1 offers it not for class 0380", "later kernel" },
        { 0x7b7fd018, 0, "though ASLS is 0x7b7fd018: the kernel",
          "CONFIG_VFIO_PCI_IGD" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
        struct host host;
        make_host(&host);
        store32(host.gpu + IGD_REG_ASLS, causes[i].asls);
        host.gpu[PCI_SUBCLASS] = causes[i].subclass;
        host.facts.opregion = NULL;
        host.facts.host_config = host.facts.lpc_config = NULL;
        struct igd_plan *plan = plan_for(&host, IGD_MODE_LEGACY);
        const struct igd_requirement *list = plan->legacy;
        const struct igd_requirement *one = find(list, plan->legacy_count, "opregion");
        assert_int_equal(one->verdict, IGD_FAILED);
        assert_non_null(strstr(one->found, causes[i].found));
        assert_non_null(strstr(one->remedy, causes[i].remedy));
        one = find(list, plan->legacy_count, "host-bridge-region");
        assert_non_null(strstr(one->found, "as there is no OpRegion"));
        assert_non_null(strstr(one->remedy, "see to the OpRegion"));
        one = find(list, plan->legacy_count, "kernel-0380");
        assert_int_equal(one->verdict, causes[i].subclass ? IGD_FAILED : IGD_MET);
        one = find(list, plan->legacy_count, "kernel");
        assert_int_equal(one->verdict, IGD_MET);
        check_texts(plan->legacy, plan->legacy_count);
        igd_plan_free(plan);
    }
}

/* A Broadwell that was opened has an IOMMU, whatever its name. */
static void test_broadwell_opened(void **state)
{
    struct host host;
    make_host(&host);
    store16(host.gpu + PCI_DEVICE_ID, 0x1616);
    struct igd_plan *plan = plan_for(&host, IGD_MODE_LEGACY);
    assert_true(plan->possible);
    assert_non_null(strstr(find(plan->legacy, plan->legacy_count, "host-iommu")->found,
                           "could be opened"));
    igd_plan_free(plan);
}

static void test_firmware_unknown(void **state)
{
    struct host host;
    make_host(&host);
    host.facts.firmware = NULL;
    struct igd_plan *plan = plan_for(&host, IGD_MODE_LEGACY);
    assert_false(plan->possible);
    assert_int_equal(find(plan->legacy, plan->legacy_count, "firmware")->verdict,
                     IGD_UNKNOWN);
    igd_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_failure),
        cmocka_unit_test(test_several_failures),
        cmocka_unit_test(test_no_bdsm_register),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_kernel),
        cmocka_unit_test(test_kernel_numbers),
        cmocka_unit_test(test_opregion_causes),
        cmocka_unit_test(test_broadwell_opened),
        cmocka_unit_test(test_firmware_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
