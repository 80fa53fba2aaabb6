/* acpi_loader.c: writes the commands of etc/table-loader. */
#include "machine/acpi_loader.h"

#include "base/bytes.h" /* store32 */

#include <stdlib.h> /* abort */
#include <string.h> /* strlen, memset */

enum command {
    COMMAND_ALLOCATE = 1,
    COMMAND_ADD_POINTER = 2,
    COMMAND_ADD_CHECKSUM = 3
};

/* Every command: a number, then the file it is about, then its own fields. */
#define FILE_AT   4
#define FIELDS_AT (FILE_AT + ACPI_LOADER_NAME_SIZE)

static void store_name(uint8_t *at, const char *name)
{
    size_t length = strlen(name);
    if (length >= ACPI_LOADER_NAME_SIZE)
        abort();
    for (size_t i = 0; i < length; i++)
        at[i] = (uint8_t)name[i];
}

/* A zeroed command with its number and file; the rest is the caller's. */
static uint8_t *add(struct acpi_loader *loader, enum command command, const char *file)
{
    if (loader->count == ACPI_LOADER_MAX_COMMANDS)
        abort();
    uint8_t *at = loader->commands[loader->count++];
    memset(at, 0, ACPI_LOADER_COMMAND_SIZE);
    store32(at, command);
    store_name(at + FILE_AT, file);
    return at;
}

void acpi_loader_allocate(struct acpi_loader *loader, const char *file,
                          uint32_t alignment, enum acpi_loader_zone zone)
{
    uint8_t *at = add(loader, COMMAND_ALLOCATE, file);
    store32(at + FIELDS_AT, alignment);
    at[FIELDS_AT + 4] = (uint8_t)zone;
}

void acpi_loader_add_pointer(struct acpi_loader *loader, const char *file,
                             const char *source, uint32_t offset, uint8_t size)
{
    uint8_t *at = add(loader, COMMAND_ADD_POINTER, file);
    store_name(at + FIELDS_AT, source);
    store32(at + FIELDS_AT + ACPI_LOADER_NAME_SIZE, offset);
    at[FIELDS_AT + ACPI_LOADER_NAME_SIZE + 4] = size;
}

void acpi_loader_add_checksum(struct acpi_loader *loader, const char *file,
                              uint32_t offset, uint32_t start, uint32_t length)
{
    uint8_t *at = add(loader, COMMAND_ADD_CHECKSUM, file);
    store32(at + FIELDS_AT, offset);
    store32(at + FIELDS_AT + 4, start);
    store32(at + FIELDS_AT + 8, length);
}

size_t acpi_loader_size(const struct acpi_loader *loader)
{
    return (size_t)loader->count * ACPI_LOADER_COMMAND_SIZE;
}
