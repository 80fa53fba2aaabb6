/* acpi_loader.h: the script by which firmware places and links ACPI tables. */
#ifndef MACHINE_ACPI_LOADER_H
#define MACHINE_ACPI_LOADER_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* offsets */

#define ACPI_LOADER_COMMAND_SIZE 128
#define ACPI_LOADER_MAX_COMMANDS 32
#define ACPI_LOADER_NAME_SIZE    56 /* a fw_cfg file's name, with its zero */

/* Where a file is put. */
enum acpi_loader_zone {
    ACPI_LOADER_HIGH = 1, /* anywhere below 4 GiB */
    ACPI_LOADER_FSEG = 2, /* 0xf0000 to 0xfffff, where the RSDP is looked for */
};

/*
 * A script in the making, contents of the fw_cfg file etc/table-loader (SeaBIOS
 * src/fw/romfile_loader.h, OVMF QemuLoader.h). count is 0 first.
 */
struct acpi_loader {
    unsigned count;
    uint8_t commands[ACPI_LOADER_MAX_COMMANDS][ACPI_LOADER_COMMAND_SIZE];
};

/*
 * Each adds one command; the firmware carries them out in order. More than
 * ACPI_LOADER_MAX_COMMANDS or too long names end the program: both are constants of
 * the caller.
 */

/* Load a file; alignment is a power of two. Before any command that names it. */
void acpi_loader_allocate(struct acpi_loader *loader, const char *file,
                          uint32_t alignment, enum acpi_loader_zone zone);

/*
 * Add the address source was put at to the `size`-byte integer at offset of file,
 * which holds the offset into source.
 */
void acpi_loader_add_pointer(struct acpi_loader *loader, const char *file,
                             const char *source, uint32_t offset, uint8_t size);

/*
 * Set the byte at offset so that the sum of [start, start + length) is 0. The byte
 * lies inside the range and is 0 before.
 */
void acpi_loader_add_checksum(struct acpi_loader *loader, const char *file,
                              uint32_t offset, uint32_t start, uint32_t length);

/* Bytes of the script. */
size_t acpi_loader_size(const struct acpi_loader *loader);

#endif
