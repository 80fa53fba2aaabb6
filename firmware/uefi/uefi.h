/*
 * uefi.h: the part of the UEFI interfaces that is used here. (UEFI Specification 2.10:
 * 4 system table, 7 boot services, 9 loaded images, 11 drivers, 12.9 graphics
 * output, 14.4 PCI I/O, 10.3 device paths.)
 */
#ifndef UEFI_UEFI_H
#define UEFI_UEFI_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* registers */

#define EFIAPI __attribute__((ms_abi))

typedef uint64_t efi_status;
typedef void *efi_handle;

#define EFI_SUCCESS           0
#define EFI_ERROR(code)       (1ULL << 63 | (code))
#define EFI_INVALID_PARAMETER EFI_ERROR(2)
#define EFI_UNSUPPORTED       EFI_ERROR(3)
#define EFI_DEVICE_ERROR      EFI_ERROR(7)
#define EFI_OUT_OF_RESOURCES  EFI_ERROR(9)
#define EFI_NOT_FOUND         EFI_ERROR(14)

struct efi_guid {
    uint32_t first;
    uint16_t second, third;
    uint8_t rest[8];
};

#define EFI_DRIVER_BINDING_GUID                            \
    {                                                      \
        0x18a031ab, 0xb443, 0x4d1a,                        \
        {                                                  \
            0xa5, 0xc0, 0x0c, 0x09, 0x26, 0x1e, 0x9f, 0x71 \
        }                                                  \
    }
#define EFI_COMPONENT_NAME2_GUID                           \
    {                                                      \
        0x6a7a5cff, 0xe8d9, 0x4f70,                        \
        {                                                  \
            0xba, 0xda, 0x75, 0xab, 0x30, 0x25, 0xce, 0x14 \
        }                                                  \
    }
#define EFI_LOADED_IMAGE_GUID                              \
    {                                                      \
        0x5b1b31a1, 0x9562, 0x11d2,                        \
        {                                                  \
            0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b \
        }                                                  \
    }
#define EFI_PCI_IO_GUID                                    \
    {                                                      \
        0x4cf5b200, 0x68b8, 0x4ca5,                        \
        {                                                  \
            0x9e, 0xec, 0xb2, 0x3e, 0x3f, 0x50, 0x02, 0x9a \
        }                                                  \
    }
#define EFI_DEVICE_PATH_GUID                               \
    {                                                      \
        0x09576e91, 0x6d3f, 0x11d2,                        \
        {                                                  \
            0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b \
        }                                                  \
    }
#define EFI_GRAPHICS_OUTPUT_GUID                           \
    {                                                      \
        0x9042a9de, 0x23dc, 0x4a38,                        \
        {                                                  \
            0x96, 0xfb, 0x7a, 0xde, 0xd0, 0x80, 0x51, 0x6a \
        }                                                  \
    }
#define EFI_EDID_DISCOVERED_GUID                           \
    {                                                      \
        0x1c0c34f6, 0xd380, 0x41fa,                        \
        {                                                  \
            0xa0, 0x49, 0x8a, 0xd0, 0x6c, 0x1a, 0x66, 0xaa \
        }                                                  \
    }
#define EFI_EDID_ACTIVE_GUID                               \
    {                                                      \
        0xbd8c1056, 0x9f36, 0x44ec,                        \
        {                                                  \
            0x92, 0xa8, 0xa6, 0x33, 0x7f, 0x81, 0x79, 0x86 \
        }                                                  \
    }

enum {
    EFI_ALLOCATE_MAX_ADDRESS = 1,
    EFI_ALLOCATE_ADDRESS = 2,
};
enum {
    EFI_RESERVED_MEMORY = 0,
    EFI_BOOT_SERVICES_DATA = 4,
    EFI_ACPI_MEMORY_NVS = 10,
};
#define EFI_PAGE_SIZE 4096u

#define EFI_TPL_NOTIFY 16

#define EFI_OPEN_GET       0x02
#define EFI_OPEN_BY_CHILD  0x08
#define EFI_OPEN_BY_DRIVER 0x10

/* The services that are called; the others keep the places. */
struct efi_boot_services {
    uint8_t header[24];
    uint64_t(EFIAPI *raise_tpl)(uint64_t tpl);
    void(EFIAPI *restore_tpl)(uint64_t tpl);
    efi_status(EFIAPI *allocate_pages)(int how, int type, size_t pages,
                                       uint64_t *address);
    efi_status(EFIAPI *free_pages)(uint64_t address, size_t pages);
    void *get_memory_map;
    efi_status(EFIAPI *allocate_pool)(int type, size_t size, void **buffer);
    efi_status(EFIAPI *free_pool)(void *buffer);
    void *events_and_images[23];
    void *connect[2];
    efi_status(EFIAPI *open_protocol)(efi_handle handle, const struct efi_guid *guid,
                                      void **interface, efi_handle agent,
                                      efi_handle controller, uint32_t attributes);
    efi_status(EFIAPI *close_protocol)(efi_handle handle, const struct efi_guid *guid,
                                       efi_handle agent, efi_handle controller);
    void *locate[4];
    /* Pairs of identifier and interface, then NULL. */
    efi_status(EFIAPI *install_protocols)(efi_handle *handle, ...);
    efi_status(EFIAPI *uninstall_protocols)(efi_handle handle, ...);
    void *calculate_crc32;
    void(EFIAPI *copy_memory)(void *to, const void *from, size_t size);
    void(EFIAPI *set_memory)(void *to, size_t size, uint8_t value);
};
_Static_assert(offsetof(struct efi_boot_services, open_protocol) == 24 + 8 * 32,
               "EFI_BOOT_SERVICES.OpenProtocol");
_Static_assert(offsetof(struct efi_boot_services, copy_memory) == 24 + 8 * 41,
               "EFI_BOOT_SERVICES.CopyMem");

struct efi_system_table {
    uint8_t header[24];
    void *vendor;
    uint64_t revision;
    void *consoles[6];
    void *runtime_services;
    const struct efi_boot_services *boot;
};

/* Of an image that runs; what follows is left out. */
struct efi_loaded_image {
    uint32_t revision;
    efi_handle parent;
    struct efi_system_table *table;
    efi_handle device; /* that it comes from: with an option ROM the one that has it */
};

/* What images are entered by; of each there is one. */
efi_status EFIAPI image_entry(efi_handle image, struct efi_system_table *table);

struct efi_driver_binding {
    efi_status(EFIAPI *supported)(struct efi_driver_binding *this,
                                  efi_handle controller, void *remaining);
    efi_status(EFIAPI *start)(struct efi_driver_binding *this, efi_handle controller,
                              void *remaining);
    efi_status(EFIAPI *stop)(struct efi_driver_binding *this, efi_handle controller,
                             size_t count, efi_handle *children);
    uint32_t version;
    efi_handle image, handle;
};

struct efi_component_name2 {
    efi_status(EFIAPI *driver_name)(struct efi_component_name2 *this,
                                    const char *language, const uint16_t **name);
    efi_status(EFIAPI *controller_name)(struct efi_component_name2 *this,
                                        efi_handle controller, efi_handle child,
                                        const char *language, const uint16_t **name);
    const char *languages;
};

struct efi_device_path {
    uint8_t type, subtype;
    uint8_t length[2];
};
#define EFI_PATH_ACPI     2
#define EFI_PATH_ACPI_ADR 3
#define EFI_PATH_END      0x7f

enum {
    EFI_WIDTH_16 = 1,
    EFI_WIDTH_32 = 2,
};
#define EFI_PCI_ANY_ADDRESS 0xff /* in place of a BAR's number */

struct efi_pci_io;
typedef efi_status(EFIAPI *efi_pci_bar_access)(struct efi_pci_io *this, int width,
                                               uint8_t bar, uint64_t offset,
                                               size_t count, void *buffer);
typedef efi_status(EFIAPI *efi_pci_config_access)(struct efi_pci_io *this, int width,
                                                  uint32_t offset, size_t count,
                                                  void *buffer);
struct efi_pci_io {
    void *poll[2];
    efi_pci_bar_access read_memory, write_memory;
    efi_pci_bar_access read_io, write_io;
    efi_pci_config_access read_config, write_config;
    void *dma[7];
    efi_status(EFIAPI *attributes)(struct efi_pci_io *this, int operation,
                                   uint64_t attributes, uint64_t *result);
};
enum {
    EFI_PCI_ATTRIBUTES_GET = 0,
    EFI_PCI_ATTRIBUTES_SET = 1,
    EFI_PCI_ATTRIBUTES_ENABLE = 2,
};
#define EFI_PCI_IO     0x0100
#define EFI_PCI_MEMORY 0x0200
#define EFI_PCI_MASTER 0x0400

struct efi_pixel {
    uint8_t blue, green, red, reserved;
};

enum efi_pixel_format {
    EFI_PIXEL_BGRX = 1,
};

struct efi_graphics_mode {
    uint32_t version;
    uint32_t width, height;
    enum efi_pixel_format format;
    uint32_t masks[4];
    uint32_t pixels_per_line;
};

struct efi_graphics_state {
    uint32_t mode_count;
    uint32_t mode;
    struct efi_graphics_mode *info;
    size_t info_size;
    uint64_t frame_buffer;
    size_t frame_buffer_size;
};

enum efi_blt {
    EFI_BLT_FILL,
    EFI_BLT_FROM_VIDEO,
    EFI_BLT_TO_VIDEO,
    EFI_BLT_VIDEO,
};

struct efi_graphics_output {
    efi_status(EFIAPI *query_mode)(struct efi_graphics_output *this, uint32_t mode,
                                   size_t *size, struct efi_graphics_mode **info);
    efi_status(EFIAPI *set_mode)(struct efi_graphics_output *this, uint32_t mode);
    efi_status(EFIAPI *blt)(struct efi_graphics_output *this, struct efi_pixel *buffer,
                            enum efi_blt operation, size_t from_x, size_t from_y,
                            size_t to_x, size_t to_y, size_t width, size_t height,
                            size_t pitch);
    struct efi_graphics_state *state;
};

/* EDID Discovered and EDID Active have the same form. */
struct efi_edid {
    uint32_t size;
    const uint8_t *bytes;
};

#endif
