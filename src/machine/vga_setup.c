/* vga_setup.c: the emulated display, where the PC has one. */
#include "devices/vga.h"              /* the device */
#include "machine/display_link.h"     /* who looks at it */
#include "machine/firmware_image.h"   /* its BIOS */
#include "machine/machine_internal.h" /* struct machine */
#include "machine/slots.h"            /* its place */
#include "pci/regs.h"                 /* PCI_DEVFN */

bool machine_display_asked(const struct machine_config *config)
{
    return config->display == MACHINE_DISPLAY_VGA ||
           (config->display == MACHINE_DISPLAY_AUTO && config->picture);
}

bool machine_has_display(const struct machine *machine)
{
    const struct igd_plan *plan = machine->plan;

    return machine_display_asked(&machine->config) ||
           (machine->config.display == MACHINE_DISPLAY_AUTO && plan &&
            plan->mode == IGD_MODE_UPT);
}

int machine_make_vga(struct machine *machine, struct error *err)
{
    struct firmware_image bios = { 0 };
    int result = 0;
    if (!machine->firmware.uefi) /* UEFI firmware has a driver of its own for it */
        result = firmware_image_load(&bios, FIRMWARE_IMAGE_VGA, NULL,
                                     IGDVM_FIRMWARE_PATH, err);
    if (result < 0)
        return result;
    const struct vga_config config = { .rom = bios.data,
                                       .rom_size = (uint32_t)bios.size,
                                       .changed =
                                           machine->link ? display_link_changed : NULL,
                                       .opaque = machine->link };
    machine->vga = vga_new(&machine->board, PCI_DEVFN(SLOT_DISPLAY, 0), &config, err);
    firmware_image_free(&bios);
    return machine->vga ? 0 : err->code;
}
