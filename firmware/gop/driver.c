/*
 * driver.c: where the firmware enters, and the driver binding: which device the driver
 * takes, and what it makes of it: a child with a graphics output. (UEFI Specification
 * 2.10, 11.1 and 14.4.)
 */
#include "gop.h"

#define PCI_IDENTITY    0x00
#define PCI_CLASS       0x08 /* class in bits 31:24 */
#define INTEL           0x8086u
#define DISPLAY         0x03u
#define APERTURE_BAR    2
#define BINDING_VERSION 0x10 /* from 10 to ffffffef is for drivers of device makers */
/* _ADR of a display output: here the first one, as any adapter has. */
#define OUTPUT_ADDRESS 0x80010100u

static const struct efi_guid binding_guid = EFI_DRIVER_BINDING_GUID;
static const struct efi_guid name_guid = EFI_COMPONENT_NAME2_GUID;
static const struct efi_guid pci_guid = EFI_PCI_IO_GUID;
static const struct efi_guid path_guid = EFI_DEVICE_PATH_GUID;
static const struct efi_guid output_guid = EFI_GRAPHICS_OUTPUT_GUID;
static const struct efi_guid discovered_guid = EFI_EDID_DISCOVERED_GUID;
static const struct efi_guid active_guid = EFI_EDID_ACTIVE_GUID;

extern const struct gop_config gop_config;

/* Pointers in static data would need relocations, which the image has none of. */
static const struct efi_boot_services *boot;
static struct efi_driver_binding binding;
static struct efi_component_name2 component_name;
static const char languages[] = "en";

/* The child's node of its device path: which output of the adapter it is. */
struct output_node {
    struct efi_device_path node;
    uint8_t address[4];
    struct efi_device_path end;
};

static efi_status EFIAPI supported(struct efi_driver_binding *this,
                                   efi_handle controller, void *remaining)
{
    struct efi_pci_io *pci;
    uint32_t identity = 0, class = 0;
    efi_status status =
        boot->open_protocol(controller, &pci_guid, (void **)&pci, this->handle,
                            controller, EFI_OPEN_BY_DRIVER);
    (void)remaining;
    if (status != EFI_SUCCESS)
        return status;
    pci->read_config(pci, EFI_WIDTH_32, PCI_IDENTITY, 1, &identity);
    pci->read_config(pci, EFI_WIDTH_32, PCI_CLASS, 1, &class);
    boot->close_protocol(controller, &pci_guid, this->handle, controller);
    bool ours = identity == ((uint32_t)gop_config.device << 16 | INTEL) &&
                class >> 24 == DISPLAY;
    return ours ? EFI_SUCCESS : EFI_UNSUPPORTED;
}

static size_t node_length(const struct efi_device_path *node)
{
    return node->length[0] | (size_t)node->length[1] << 8;
}

/* The controller's path with a node more, from the pool. */
static efi_status make_path(struct gop *gop)
{
    struct efi_device_path *parent;
    struct output_node last = {
        .node = { EFI_PATH_ACPI, EFI_PATH_ACPI_ADR, { 8, 0 } },
        .end = { EFI_PATH_END, 0xff, { 4, 0 } },
    };
    efi_status status =
        boot->open_protocol(gop->controller, &path_guid, (void **)&parent,
                            binding.handle, gop->controller, EFI_OPEN_BY_DRIVER);
    if (status != EFI_SUCCESS)
        return status;
    for (unsigned i = 0; i < 4; i++)
        last.address[i] = (uint8_t)(OUTPUT_ADDRESS >> (8 * i));
    size_t size = 0;
    const uint8_t *at = (const uint8_t *)parent;
    while (((const struct efi_device_path *)(at + size))->type != EFI_PATH_END)
        size += node_length((const struct efi_device_path *)(at + size));
    status = boot->allocate_pool(EFI_BOOT_SERVICES_DATA, size + sizeof(last),
                                 (void **)&gop->path);
    if (status == EFI_SUCCESS) {
        boot->copy_memory(gop->path, parent, size);
        boot->copy_memory((uint8_t *)gop->path + size, &last, sizeof(last));
    }
    boot->close_protocol(gop->controller, &path_guid, binding.handle, gop->controller);
    return status;
}

/* Have the device decode its BARs. */
static efi_status enable_device(struct gop *gop)
{
    efi_status status =
        gop->pci->attributes(gop->pci, EFI_PCI_ATTRIBUTES_GET, 0, &gop->pci_attributes);
    if (status == EFI_SUCCESS)
        status = gop->pci->attributes(gop->pci, EFI_PCI_ATTRIBUTES_ENABLE,
                                      EFI_PCI_MEMORY | EFI_PCI_MASTER, NULL);
    gop->registers = bar_address(gop, 0);
    gop->aperture = bar_address(gop, APERTURE_BAR);
    return status;
}

static efi_status show(struct gop *gop)
{
    efi_status status = enable_device(gop);
    if (status == EFI_SUCCESS && (!gop->registers || !gop->aperture))
        status = EFI_DEVICE_ERROR; /* the firmware had no room for its BARs */
    if (status == EFI_SUCCESS)
        status = platform_place_stolen(gop);
    if (status != EFI_SUCCESS)
        return status;
    platform_place_opregion(gop);
    output_prepare(gop);
    if (!gop->state.mode_count)
        return EFI_OUT_OF_RESOURCES; /* little stolen memory */
    return gop->output.set_mode(&gop->output, 0);
}

/* The child: its path, output and EDID, and the controller's tie to it. */
static efi_status install(struct gop *gop)
{
    struct efi_pci_io *pci;
    efi_status status = make_path(gop);
    if (status != EFI_SUCCESS)
        return status;
    status = boot->install_protocols(&gop->child, &path_guid, gop->path, &output_guid,
                                     &gop->output, &discovered_guid, &gop->edid,
                                     &active_guid, &gop->edid, NULL);
    if (status == EFI_SUCCESS)
        status = boot->open_protocol(gop->controller, &pci_guid, (void **)&pci,
                                     binding.handle, gop->child, EFI_OPEN_BY_CHILD);
    return status;
}

/* What is there is taken back: also of a start that went wrong. */
static efi_status release(struct gop *gop)
{
    if (gop->child) {
        boot->close_protocol(gop->controller, &pci_guid, binding.handle, gop->child);
        efi_status status = boot->uninstall_protocols(
            gop->child, &path_guid, gop->path, &output_guid, &gop->output,
            &discovered_guid, &gop->edid, &active_guid, &gop->edid, NULL);
        if (status != EFI_SUCCESS) { /* somebody uses the output */
            struct efi_pci_io *pci;
            boot->open_protocol(gop->controller, &pci_guid, (void **)&pci,
                                binding.handle, gop->child, EFI_OPEN_BY_CHILD);
            return status;
        }
    }
    if (gop->state.mode_count)
        pipe_stop(gop);
    if (gop->path)
        boot->free_pool(gop->path);
    gop->pci->attributes(gop->pci, EFI_PCI_ATTRIBUTES_SET, gop->pci_attributes, NULL);
    boot->close_protocol(gop->controller, &pci_guid, binding.handle, gop->controller);
    boot->free_pool(gop);
    return EFI_SUCCESS;
}

static efi_status EFIAPI start(struct efi_driver_binding *this, efi_handle controller,
                               void *remaining)
{
    struct efi_pci_io *pci;
    struct gop *gop = NULL;
    (void)remaining;
    efi_status status =
        boot->open_protocol(controller, &pci_guid, (void **)&pci, this->handle,
                            controller, EFI_OPEN_BY_DRIVER);
    if (status != EFI_SUCCESS)
        return status;
    status = boot->allocate_pool(EFI_BOOT_SERVICES_DATA, sizeof(*gop), (void **)&gop);
    if (status != EFI_SUCCESS) {
        boot->close_protocol(controller, &pci_guid, this->handle, controller);
        return status;
    }
    boot->set_memory(gop, sizeof(*gop), 0);
    gop->boot = boot;
    gop->config = &gop_config;
    gop->pci = pci;
    gop->controller = controller;
    status = show(gop);
    if (status == EFI_SUCCESS)
        status = install(gop);
    if (status != EFI_SUCCESS)
        release(gop);
    return status;
}

static efi_status EFIAPI stop(struct efi_driver_binding *this, efi_handle controller,
                              size_t count, efi_handle *children)
{
    struct gop *gop;
    if (!count) /* the child went before, and all else with it */
        return EFI_SUCCESS;
    efi_status status = boot->open_protocol(children[0], &output_guid, (void **)&gop,
                                            this->handle, controller, EFI_OPEN_GET);
    return status == EFI_SUCCESS ? release(gop) : status;
}

static bool is_english(const char *language)
{
    return language && language[0] == 'e' && language[1] == 'n' &&
           (!language[2] || language[2] == '-');
}

static efi_status EFIAPI driver_name(struct efi_component_name2 *this,
                                     const char *language, const uint16_t **name)
{
    (void)this;
    if (!language || !name)
        return EFI_INVALID_PARAMETER;
    if (!is_english(language))
        return EFI_UNSUPPORTED;
    *name = u"igdvm GPU model GOP Driver";
    return EFI_SUCCESS;
}

static efi_status EFIAPI controller_name(struct efi_component_name2 *this,
                                         efi_handle controller, efi_handle child,
                                         const char *language, const uint16_t **name)
{
    (void)this;
    (void)controller;
    (void)child;
    (void)language;
    (void)name;
    return EFI_UNSUPPORTED;
}

efi_status EFIAPI image_entry(efi_handle image, struct efi_system_table *table)
{
    efi_handle handle = image;
    boot = table->boot;
    /* One by one: a whole structure would be copied from static data. */
    binding.supported = supported;
    binding.start = start;
    binding.stop = stop;
    binding.version = BINDING_VERSION;
    binding.image = image;
    binding.handle = image;
    component_name.driver_name = driver_name;
    component_name.controller_name = controller_name;
    component_name.languages = languages;
    return boot->install_protocols(&handle, &binding_guid, &binding, &name_guid,
                                   &component_name, NULL);
}
