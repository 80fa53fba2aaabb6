/* memory.c: the firmware's memory map, and physical memory through /dev/mem. */
#include <fcntl.h>    /* open */
#include <stdlib.h>   /* strtoull */
#include <string.h>   /* memcpy */
#include <sys/mman.h> /* mmap */
#include <unistd.h>   /* close */

#include "probe.h"

#define MEMORY_MAP "/sys/firmware/memmap"
#define MAX_RANGES 128

struct range {
    uint64_t start, end; /* both included */
    char type[64];
};

volatile uint8_t *map_physical(uint64_t address, size_t size, bool writable)
{
    int fd = open("/dev/mem", (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    void *map;

    if (fd < 0)
        return NULL;
    map = mmap(NULL, size, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd,
               (off_t)address);
    close(fd);
    return map == MAP_FAILED ? NULL : map;
}

bool copy_physical(uint64_t address, void *bytes, size_t size)
{
    uint64_t page = address & ~0xfffULL;
    size_t mapped = (size_t)(((address + size + 0xfff) & ~0xfffULL) - page);
    volatile uint8_t *map = map_physical(page, mapped, false);

    if (!map)
        return false;
    for (size_t i = 0; i < size; i += 4) {
        uint32_t value = *(volatile uint32_t *)(uintptr_t)(map + (address - page) + i);

        memcpy((uint8_t *)bytes + i, &value, 4);
    }
    munmap((void *)(uintptr_t)map, mapped);
    return true;
}

static bool read_range(unsigned index, struct range *range)
{
    char path[128], text[64];

    snprintf(path, sizeof(path), MEMORY_MAP "/%u/start", index);
    read_line(path, text, sizeof(text));
    if (!text[0])
        return false;
    range->start = strtoull(text, NULL, 16);
    snprintf(path, sizeof(path), MEMORY_MAP "/%u/end", index);
    read_line(path, text, sizeof(text));
    range->end = strtoull(text, NULL, 16);
    snprintf(path, sizeof(path), MEMORY_MAP "/%u/type", index);
    read_line(path, range->type, sizeof(range->type));
    return true;
}

void firmware_type(uint64_t address, uint64_t size, char *type, size_t type_size)
{
    struct range range;

    type[0] = '\0';
    for (unsigned i = 0; i < MAX_RANGES && read_range(i, &range); i++)
        if (address >= range.start && address <= range.end &&
            size - 1 <= range.end - address)
            snprintf(type, type_size, "%s", range.type);
}

void probe_memory_map(void)
{
    struct range range;

    json_open("firmware_memory_map", '[');
    for (unsigned i = 0; i < MAX_RANGES && read_range(i, &range); i++) {
        json_open(NULL, '{');
        json_format("start", "%#llx", (unsigned long long)range.start);
        json_format("end", "%#llx", (unsigned long long)range.end);
        json_string("type", range.type);
        json_close('}');
    }
    json_close(']');
}
