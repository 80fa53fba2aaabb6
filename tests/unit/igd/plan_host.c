/* plan_host.c: a host, on which everything is as legacy mode wants it, and its plan. */
#include "plan_host.h"

#include "base/bytes.h" /* stores */
#include "base/error.h" /* struct error */
#include "pci/regs.h"   /* registers */

#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */
#include <stdlib.h> /* for cmocka */

#include <cmocka.h> /* the framework */

void make_host(struct host *host)
{
    memset(host, 0, sizeof(*host));
    sample_gpu_config(host->gpu);
    sample_host_config(host->bridge);
    sample_lpc_config(host->lpc);
    sample_opregion(host->opregion);
    memset(host->rom, 0xff, sizeof(host->rom));
    sample_rom(host->rom);
    sample_firmware(host->firmware);
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
        .kernel_major = 6,
        .kernel_minor = 1,
        .firmware = host->firmware,
        .firmware_size = sizeof(host->firmware),
    };
    host->request = (struct igd_request){
        .mode = IGD_MODE_AUTO,
        .guest_devfn = PCI_DEVFN(2, 0),
        .upt_devfn = PCI_DEVFN(2, 0),
        .machine_is_i440fx = true,
        .lpc_place_free = true,
        .rom_bar = true,
        .low_ram_limit = 0xc0000000,
        .ram_size = 2 * GIB,
    };
}

struct igd_plan *plan_for(struct host *host, enum igd_mode mode)
{
    struct error err = { 0 };
    host->request.mode = mode;
    struct igd_plan *plan = igd_plan(&host->facts, &host->request, &err);
    if (!plan)
        fail_msg("no plan: %s", err.text);
    return plan;
}

const struct igd_requirement *find(const struct igd_requirement *list, unsigned count,
                                   const char *id)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(list[i].id, id) == 0)
            return &list[i];
    }
    fail_msg("no requirement %s", id);
    return NULL;
}

void check_texts(const struct igd_requirement *list, unsigned count)
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
