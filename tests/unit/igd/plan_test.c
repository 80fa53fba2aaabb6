/* plan_test.c: what is decided from which facts, and what a plan holds. */
#include "igd/plan.h" /* under test */

#include "igd/platform.h" /* rows */

#include "samples.h" /* a host */

#include "base/bytes.h"     /* stores */
#include "base/error.h"     /* struct error */
#include "pci/option_rom.h" /* offsets */
#include "pci/regs.h"       /* registers */

#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */
#include <stdlib.h> /* malloc */

#include <cmocka.h> /* the framework */

#define SHADOW_ROM_SIZE 0x20000

/* A Skylake host on which everything is as legacy mode wants it. */
struct host {
    struct igd_facts facts;
    struct igd_request request;
    uint8_t gpu[256], bridge[256], lpc[256];
    uint8_t opregion[IGD_OPREGION_SIZE];
    uint8_t rom[SHADOW_ROM_SIZE];
};

static void make_host(struct host *host)
{
    memset(host, 0, sizeof(*host));
    sample_gpu_config(host->gpu);
    sample_host_config(host->bridge);
    sample_lpc_config(host->lpc);
    sample_opregion(host->opregion);
    memset(host->rom, 0xff, sizeof(host->rom));
    sample_rom(host->rom);
    host->facts = (struct igd_facts){
        .address = "0000:00:02.0",
        .gpu_config = host->gpu,
        .host_config = host->bridge,
        .lpc_config = host->lpc,
        .opregion = host->opregion,
        .opregion_size = sizeof(host->opregion),
        .rom = host->rom,
        .rom_size = sizeof(host->rom),
        .has_vga_region = true,
    };
    host->request = (struct igd_request){
        .mode = IGD_MODE_AUTO,
        .guest_devfn = PCI_DEVFN(2, 0),
        .machine_is_i440fx = true,
        .lpc_place_free = true,
        .rom_bar = true,
        .low_ram_limit = 0xc0000000,
        .ram_size = 2 * GIB,
    };
}

static struct igd_plan *plan_for(struct host *host, enum igd_mode mode)
{
    struct error err = { 0 };
    host->request.mode = mode;
    struct igd_plan *plan = igd_plan(&host->facts, &host->request, &err);
    if (!plan)
        fail_msg("no plan: %s", err.text);
    return plan;
}

static const struct igd_requirement *find(const struct igd_requirement *list,
                                          unsigned count, const char *id)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(list[i].id, id) == 0)
            return &list[i];
    }
    fail_msg("no requirement %s", id);
    return NULL;
}

static void check_texts(const struct igd_requirement *list, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        assert_true(strlen(list[i].id) > 0);
        assert_true(strlen(list[i].found) > 0);
        assert_true(strlen(list[i].why) > 0);
        assert_true(strlen(list[i].remedy) > 0);
        assert_null(strchr(list[i].found, '\n'));
        assert_ptr_equal(find(list, count, list[i].id), &list[i]);
    }
}

static void test_legacy(void **state)
{
    for (enum igd_mode mode = IGD_MODE_AUTO; mode <= IGD_MODE_LEGACY; mode++) {
        struct host host;
        make_host(&host);
        struct igd_plan *plan = plan_for(&host, mode);
        assert_int_equal(plan->mode, IGD_MODE_LEGACY);
        assert_true(plan->possible);
        assert_false(plan->fell_back);
        assert_int_equal(plan->device->device_id, 0x1912);
        assert_string_equal(plan->platform->name, "skylake");
        assert_int_equal(plan->device_id, 0x1912);
        assert_int_equal(plan->ggc_raw, SAMPLE_GGC);
        assert_int_equal(plan->ggc.stolen_size, 64 * MIB);
        assert_int_equal(plan->ggc.gtt_size, 8 * MIB);
        assert_int_equal(plan->legacy_count, 18);
        assert_int_equal(plan->upt_count, 2);
        for (unsigned i = 0; i < plan->legacy_count; i++)
            assert_int_equal(plan->legacy[i].verdict, IGD_MET);
        check_texts(plan->legacy, plan->legacy_count);
        check_texts(plan->upt, plan->upt_count);
        assert_true(plan->vga);
        igd_plan_free(plan);
    }
}

static void test_legacy_overlay(void **state)
{
    static const struct igd_overlay_register expected[] = {
        { "GGC", NULL, 0x50, 2, IGD_OVERLAY_READ_ONLY, SAMPLE_GGC, 0x108040, 2 },
        { "BDSM", NULL, 0x5c, 4, IGD_OVERLAY_HELD, 0, 0x1080c0, 4 },
        { "SWSMI", NULL, 0xe0, 2, IGD_OVERLAY_NO_WRITE, 0, 0, 0 },
        { "SWSCI", NULL, 0xe8, 2, IGD_OVERLAY_NO_WRITE, 0, 0, 0 },
        { "ASLS", NULL, 0xfc, 4, IGD_OVERLAY_HELD, 0, 0, 0 },
    };
    struct host host;
    make_host(&host);
    for (enum igd_mode mode = IGD_MODE_LEGACY; mode <= IGD_MODE_UPT; mode++) {
        struct igd_plan *plan = plan_for(&host, mode);
        assert_int_equal(plan->overlay.count, ARRAY_SIZE(expected));
        for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
            const struct igd_overlay_register *reg = &plan->overlay.registers[i];
            assert_string_equal(reg->name, expected[i].name);
            assert_non_null(reg->reason);
            assert_int_equal(reg->offset, expected[i].offset);
            assert_int_equal(reg->size, expected[i].size);
            assert_int_equal(reg->rule, expected[i].rule);
            assert_int_equal(reg->value, expected[i].value);
            assert_int_equal(reg->mirror, expected[i].mirror);
            assert_int_equal(reg->mirror_size, expected[i].mirror_size);
        }
        igd_plan_free(plan);
    }
}

static void test_legacy_bridges(void **state)
{
    static const struct igd_identity host_bridge = {
        3, { { 0x08, 2, 0x0007 }, { 0x2c, 2, 0x1043 }, { 0x2e, 2, 0x8694 } }
    };
    static const struct igd_identity lpc_bridge = { 5,
                                                    { { 0x00, 2, 0x8086 },
                                                      { 0x02, 2, 0xa145 },
                                                      { 0x08, 2, 0x0031 },
                                                      { 0x2c, 2, 0x1043 },
                                                      { 0x2e, 2, 0x8694 } } };
    struct host host;
    make_host(&host);
    struct igd_plan *plan = plan_for(&host, IGD_MODE_LEGACY);
    const struct igd_identity *pairs[2][2] = { { &plan->host_bridge, &host_bridge },
                                               { &plan->lpc_bridge, &lpc_bridge } };
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pairs[i][0]->count, pairs[i][1]->count);
        for (unsigned j = 0; j < pairs[i][1]->count; j++) {
            assert_int_equal(pairs[i][0]->fields[j].offset,
                             pairs[i][1]->fields[j].offset);
            assert_int_equal(pairs[i][0]->fields[j].size, pairs[i][1]->fields[j].size);
            assert_int_equal(pairs[i][0]->fields[j].value,
                             pairs[i][1]->fields[j].value);
        }
    }
    igd_plan_free(plan);
}

static void test_legacy_files(void **state)
{
    struct host host;
    make_host(&host);
    struct igd_plan *plan = plan_for(&host, IGD_MODE_LEGACY);
    assert_int_equal(plan->file_count, 2);
    assert_string_equal(plan->files[0].name, "etc/igd-opregion");
    assert_int_equal(plan->files[0].size, IGD_OPREGION_SIZE);
    assert_ptr_equal(plan->files[0].data, plan->opregion);
    assert_string_equal(plan->files[1].name, "etc/igd-bdsm-size");
    assert_int_equal(plan->files[1].size, 8);
    assert_int_equal(load64(plan->files[1].data), 64 * MIB);
    assert_int_equal(plan->opregion_change_count, 2);
    assert_int_equal(load32(plan->opregion + IGD_OPREGION_MBOX), 0x0d);
    assert_string_equal(plan->opregion_info.vbt_signature, "$VBT SKYLAKE");
    /* The host's own stays as it is. */
    assert_int_equal(load32(host.opregion + IGD_OPREGION_MBOX), 0x0f);
    /* The shadow's tail is gone, the image is right for this device. */
    assert_int_equal(plan->rom_size, SAMPLE_ROM_SIZE);
    assert_int_equal(byte_sum(plan->rom, SAMPLE_ROM_SIZE), 0);
    assert_int_equal(load16(plan->rom + SAMPLE_ROM_PCIR + 6), 0x1912);
    assert_int_equal(load32(plan->rom + SAMPLE_ROM_SAVED), 0);
    assert_true(plan->rom_changes.device_id);
    assert_true(plan->rom_changes.saved_bdsm);
    assert_true(plan->rom_changes.checksum);
    assert_int_equal(load16(host.rom + SAMPLE_ROM_PCIR + 6), 0x0406);
    /* Stolen memory. */
    assert_true(plan->stolen.at_host_base);
    assert_int_equal(plan->stolen.host_base, SAMPLE_BDSM);
    assert_int_equal(plan->stolen.ram_top, SAMPLE_BDSM + 81 * MIB);
    igd_plan_free(plan);
}

/* A ROM BAR decodes a power of two; what is missing reads as an empty bus does. */
static void test_rom_padding(void **state)
{
    static const struct {
        unsigned units;
        size_t size;
    } cases[] = {
        { 1, 2048 }, { 4, 2048 }, { 5, 4096 }, { 128, 65536 }, { 129, 131072 }
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct host host;
        make_host(&host);
        memset(host.rom + 512, 0, sizeof(host.rom) - 512);
        host.rom[OPTION_ROM_SIZE] = (uint8_t)cases[i].units;
        store16(host.rom + SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_IMAGE,
                (uint16_t)cases[i].units);
        struct igd_plan *plan = plan_for(&host, IGD_MODE_LEGACY);
        assert_int_equal(plan->rom_size, cases[i].size);
        for (size_t j = cases[i].units * 512; j < plan->rom_size; j++)
            assert_int_equal(plan->rom[j], 0xff);
        assert_int_equal(plan->rom[cases[i].units * 512 - 1] == 0xff, false);
        igd_plan_free(plan);
    }
}

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
static void break_machine(struct host *host)
{
    host->request.machine_is_i440fx = false;
}
static void break_lpc_place(struct host *host)
{
    host->request.lpc_place_free = false;
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
    { break_rom_absent, "rom", "ROM: none" },
    { break_rom_empty, "rom", "ROM: none" },
    { break_rom_damaged, "rom", "signature is ff aa" },
    { break_rom_vendor, "rom", "PC-AT image for 10de:0406, 2 KiB" },
    { break_rom_uefi, "rom", "UEFI image for 8086:0406" },
    { break_rom_code_type, "rom", "unknown image" },
    { break_rom_bar, "rom-bar", "off" },
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
        assert_true(plan->fell_back);
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

static void test_upt(void **state)
{
    struct host host;
    make_host(&host);
    struct igd_plan *plan = plan_for(&host, IGD_MODE_UPT);
    assert_true(plan->possible);
    assert_false(plan->fell_back);
    assert_int_equal(plan->mode, IGD_MODE_UPT);
    assert_false(plan->vga);
    assert_int_equal(plan->host_bridge.count, 0);
    assert_int_equal(plan->lpc_bridge.count, 0);
    assert_int_equal(plan->file_count, 1);
    assert_string_equal(plan->files[0].name, "etc/igd-opregion");
    assert_null(plan->rom); /* the host's VBIOS has no VGA there */
    assert_false(plan->stolen.at_host_base);
    assert_int_equal(plan->stolen.ram_top, 0);
    assert_non_null(strstr(plan->stolen.reason, "UPT"));
    igd_plan_free(plan);

    /* Without an OpRegion, with a damaged one: the mode needs none. */
    break_opregion_damaged(&host);
    break_bdsm(&host);
    plan = plan_for(&host, IGD_MODE_UPT);
    assert_true(plan->possible);
    assert_int_equal(plan->file_count, 0);
    assert_non_null(strstr(plan->stolen.reason, "BDSM"));
    igd_plan_free(plan);
}

static void test_upt_rom_file(void **state)
{
    struct host host;
    make_host(&host);
    host.facts.rom_from_file = true;
    struct igd_plan *plan = plan_for(&host, IGD_MODE_UPT);
    assert_non_null(plan->rom);
    assert_true(plan->rom_changes.device_id);
    igd_plan_free(plan);

    /* UEFI drivers are given as they are. */
    break_rom_uefi(&host);
    plan = plan_for(&host, IGD_MODE_UPT);
    assert_non_null(plan->rom);
    assert_false(plan->rom_changes.device_id);
    assert_false(plan->rom_changes.checksum);
    assert_memory_equal(plan->rom, host.rom, SAMPLE_ROM_SIZE);
    igd_plan_free(plan);

    break_rom_bar(&host);
    plan = plan_for(&host, IGD_MODE_UPT);
    assert_null(plan->rom);
    igd_plan_free(plan);
}

/* The registers follow the platform's row; a device without one has the common ones. */
static void test_upt_overlay(void **state)
{
    static const struct {
        uint16_t device_id;
        unsigned count;
        uint16_t bdsm; /* 0: none */
        uint8_t size;
    } cases[] = {
        { 0x1912, 5, 0x5c, 4 }, { 0x0102, 5, 0x5c, 4 }, { 0x9a49, 5, 0xc0, 8 },
        { 0x7d55, 5, 0, 0 },    { 0x64a0, 3, 0, 0 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct host host;
        make_host(&host);
        store16(host.gpu + PCI_DEVICE_ID, cases[i].device_id);
        struct igd_plan *plan = plan_for(&host, IGD_MODE_UPT);
        assert_int_equal(plan->overlay.count, cases[i].count);
        const struct igd_overlay_register *bdsm =
            igd_overlay_find(&plan->overlay, "BDSM");
        assert_int_equal(bdsm != NULL, cases[i].bdsm != 0);
        if (bdsm) {
            assert_int_equal(bdsm->offset, cases[i].bdsm);
            assert_int_equal(bdsm->size, cases[i].size);
            assert_int_equal(bdsm->mirror_size, cases[i].size);
            assert_int_equal(bdsm->value, 0);
        }
        assert_non_null(igd_overlay_find(&plan->overlay, "ASLS"));
        const struct igd_overlay_register *access =
            igd_overlay_find(&plan->overlay, "STOLEN_ACCESS");
        assert_int_equal(access != NULL, cases[i].device_id == 0x7d55);
        if (access) {
            assert_int_equal(igd_overlay_mmio_read(&plan->overlay, 0x138914, 4, 1), 0);
            assert_int_equal(igd_overlay_config_read(&plan->overlay, 0, 4, 5), 5);
        }
        igd_plan_free(plan);
    }
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

static void test_damaged_file(void **state)
{
    struct host host;
    struct error err = { 0 };
    make_host(&host);
    host.facts.rom_from_file = true;
    break_rom_damaged(&host);
    assert_null(igd_plan(&host.facts, &host.request, &err));
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_int_equal(err.code, -EINVAL);
    assert_non_null(strstr(err.text, "ROM file: ROM image at 0x0: signature is ff aa"));
    break_rom_empty(&host);
    assert_null(igd_plan(&host.facts, &host.request, &err));
    assert_non_null(strstr(err.text, "it is empty"));
    /* No file is none, and no error. */
    break_rom_absent(&host);
    igd_plan_free(plan_for(&host, IGD_MODE_UPT));
}

/* Allocations of the code under test; see -Wl,--wrap in meson.build. */
static int allocations_left = -1;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static bool allocation_fails(void)
{
    return allocations_left >= 0 && allocations_left-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return allocation_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : __real_calloc(count, size);
}

static void test_no_memory(void **state)
{
    static const char *const says[] = { "the plan", "the OpRegion", "the ROM" };
    struct host host;
    make_host(&host);
    for (int i = 0; i < 3; i++) {
        struct error err = { 0 };
        allocations_left = i;
        struct igd_plan *plan = igd_plan(&host.facts, &host.request, &err);
        allocations_left = -1;
        assert_null(plan);
        assert_int_equal(err.code, -ENOMEM);
        assert_int_equal(err.kind, ERROR_SYSTEM);
        assert_non_null(strstr(err.text, says[i]));
    }
}

static void test_names(void **state)
{
    assert_string_equal(igd_mode_name(IGD_MODE_AUTO), "auto");
    assert_string_equal(igd_mode_name(IGD_MODE_LEGACY), "legacy");
    assert_string_equal(igd_mode_name(IGD_MODE_UPT), "upt");
    igd_plan_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_legacy),
        cmocka_unit_test(test_legacy_overlay),
        cmocka_unit_test(test_legacy_bridges),
        cmocka_unit_test(test_legacy_files),
        cmocka_unit_test(test_rom_padding),
        cmocka_unit_test(test_each_failure),
        cmocka_unit_test(test_several_failures),
        cmocka_unit_test(test_upt),
        cmocka_unit_test(test_upt_rom_file),
        cmocka_unit_test(test_upt_overlay),
        cmocka_unit_test(test_no_bdsm_register),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_damaged_file),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
