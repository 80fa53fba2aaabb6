/* examine.c: decodes the facts once, before the requirements are checked. */
#include "igd/requirement.h"

#include "base/bytes.h" /* loads */
#include "pci/regs.h"   /* config registers */

static void examine_config(struct igd_examined *examined)
{
    const uint8_t *config = examined->facts->gpu_config;
    examined->vendor = load16(config + PCI_VENDOR_ID);
    examined->device_id = load16(config + PCI_DEVICE_ID);
    examined->class_code = load16(config + PCI_SUBCLASS);
    examined->ggc_raw = load16(config + IGD_REG_GGC);
    if (examined->vendor != PCI_VENDOR_INTEL)
        return;
    examined->device = igd_device_find(examined->device_id);
    if (!examined->device)
        return;
    examined->platform = igd_device_platform(examined->device);
    examined->ggc_valid =
        igd_ggc_decode(examined->platform, examined->ggc_raw, &examined->ggc) == 0;
    examined->bdsm = igd_bdsm_decode(examined->platform, config);
}

void igd_examine(const struct igd_facts *facts, const struct igd_request *request,
                 struct igd_examined *examined)
{
    *examined = (struct igd_examined){ .facts = facts, .request = request };
    if (facts->gpu_config)
        examine_config(examined);
    if (facts->opregion)
        examined->opregion_valid =
            igd_opregion_parse(facts->opregion, facts->opregion_size,
                               &examined->opregion, &examined->opregion_error) == 0;
    if (facts->rom && facts->rom_size)
        examined->rom_valid = igd_rom_parse(facts->rom, facts->rom_size, &examined->rom,
                                            &examined->rom_error) == 0;
}

bool igd_opregion_left_out(const struct igd_examined *examined)
{
    enum igd_opregion_use use = examined->request->opregion;
    return use == IGD_OPREGION_OFF || use == IGD_OPREGION_WITHHELD;
}
