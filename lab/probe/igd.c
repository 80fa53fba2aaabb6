/* igd.c: what firmware left for the Intel GPU: OpRegion, stolen memory, BAR0 registers.
 */
#include <errno.h>    /* errno */
#include <fcntl.h>    /* open */
#include <stdio.h>    /* sscanf */
#include <string.h>   /* memcmp, strerror */
#include <sys/mman.h> /* mmap */
#include <time.h>     /* clock_gettime */
#include <unistd.h>   /* close */

#include "probe.h"

#define IGD          PCI_DEVICES "/0000:00:02.0"
#define GGC          0x50
#define BDSM         0x5c
#define BDSM_64      0xc0
#define ASLS         0xfc
#define OPREGION     0x2000
#define OPREGION_MAX 0x14000

/* Registers of BAR0 that mirror config space (facts are i915's and QEMU's). */
static const struct {
    const char *name;
    uint32_t offset;
} MIRRORS[] = {
    { "108040", 0x108040 },
    { "1080c0", 0x1080c0 },
    { "1080c4", 0x1080c4 },
    { "1082c0", 0x1082c0 },
};

static uint32_t config_dword(uint32_t offset)
{
    uint8_t bytes[256];
    uint32_t value;

    if (read_bytes(IGD "/config", bytes, sizeof(bytes)) < (int)sizeof(bytes))
        return 0;
    memcpy(&value, bytes + offset, sizeof(value));
    return value;
}

void probe_opregion(void)
{
    static uint8_t content[OPREGION_MAX];
    uint32_t address = config_dword(ASLS), kib, rvds;
    uint64_t rvda;
    size_t size = OPREGION;
    char type[64];

    json_open("opregion", '{');
    json_format("address", "%#x", address);
    if (address && address != UINT32_MAX) {
        firmware_type(address, OPREGION, type, sizeof(type));
        json_string("memory_type", type);
        if (copy_physical(address, content, OPREGION)) {
            memcpy(&kib, content + 0x10, sizeof(kib));
            memcpy(&rvda, content + 0x3ba, sizeof(rvda));
            memcpy(&rvds, content + 0x3c2, sizeof(rvds));
            json_bool("signature", !memcmp(content, "IntelGraphicsMem", 16));
            json_number("size_kib", kib);
            json_format("version", "%u.%u", content[0x17], content[0x16]);
            json_format("rvda", "%#llx", (unsigned long long)rvda);
            json_number("rvds", rvds);
            /* A version 2.1 extended VBT follows the region. */
            if (rvda == OPREGION && rvds && rvds <= OPREGION_MAX - OPREGION) {
                size_t more = (rvds + 3) & ~3U;

                if (copy_physical(address + OPREGION, content + OPREGION, more))
                    size += more;
            }
            json_hex("content", content, size);
        } else {
            json_string("error", strerror(errno));
        }
    }
    json_close('}');
}

/* Size of BAR0, by the kernel's word; 0 when it cannot be had. */
static uint64_t bar0_size(void)
{
    unsigned long long start, end;
    char line[80];

    read_line(IGD "/resource", line, sizeof(line));
    if (sscanf(line, "%llx %llx", &start, &end) != 2 || end <= start)
        return 0;
    return end - start + 1;
}

/* Gen6 and Gen7, whose BAR0 has 4 MiB, have GTT entries of 4 bytes. */
static bool narrow(void)
{
    return bar0_size() == 4u << 20;
}

/* They and Cherryview have GMS in bits 7:3; later ones in 15:8, F0h on in 4 MiB. */
static uint64_t stolen_size(uint32_t ggc)
{
    bool cherryview = (config_dword(0) >> 16 & 0xfffc) == 0x22b0;
    uint32_t field = ggc >> 8 & 0xff;

    if (narrow() || cherryview)
        return (ggc >> 3 & 0x1f) * (32ULL << 20);
    if (field >= 0xf0)
        return (field - 0xf0 + 1) * (4ULL << 20);
    return field * (32ULL << 20);
}

/* Write a pattern to a page, read it back, restore. */
static bool try_page(uint64_t address)
{
    volatile uint8_t *map = map_physical(address, 0x1000, true);
    bool good = true;

    if (!map)
        return false;
    for (unsigned i = 0; i < 0x1000; i += 0x100) {
        volatile uint32_t *word = (volatile uint32_t *)(uintptr_t)(map + i);
        uint32_t before = *word, pattern = 0xa5c30000U ^ (uint32_t)(address + i);

        *word = pattern;
        good = good && *word == pattern;
        *word = before;
        good = good && *word == before;
    }
    munmap((void *)(uintptr_t)map, 0x1000);
    return good;
}

void probe_stolen(bool write)
{
    uint32_t ggc = config_dword(GGC) & 0xffff;
    uint64_t base = config_dword(BDSM) & 0xfff00000, size = stolen_size(ggc);
    char type[64];

    json_open("stolen", '{');
    json_format("ggc", "%#x", ggc);
    json_format("bdsm", "%#x", config_dword(BDSM));
    json_format("bdsm_64", "%#x%08x", config_dword(BDSM_64 + 4), config_dword(BDSM_64));
    json_number("size", (double)size);
    if (base && size) {
        const uint64_t pages[] = { base, base + size / 2, base + size - 0x1000 };

        firmware_type(base, size, type, sizeof(type));
        json_string("memory_type", type);
        if (write) {
            json_open("writable", '[');
            for (size_t i = 0; i < 3; i++)
                json_bool(NULL, try_page(pages[i]));
            json_close(']');
        }
    }
    json_close('}');
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void probe_bar0(unsigned long reads)
{
    /* A render-ring page: nothing in it mirrors config space. */
    const uint32_t plain = 0x2000;
    const size_t size = (size_t)bar0_size(), gtt = size / 2;
    volatile uint8_t *bar;
    uint32_t command = config_dword(4) & 0xffff;
    int fd;

    json_open("bar0", '{');
    json_format("command", "%#x", command);
    fd = open(IGD "/enable", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        if (!(command & 2) && write(fd, "1", 1) != 1)
            json_string("enable_error", strerror(errno));
        close(fd);
    }
    fd = open(IGD "/resource0", O_RDWR | O_CLOEXEC);
    bar = fd < 0 ? MAP_FAILED
                 : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (bar == MAP_FAILED) {
        json_string("error", strerror(errno));
    } else {
        for (size_t i = 0; i < sizeof(MIRRORS) / sizeof(MIRRORS[0]); i++)
            json_format(MIRRORS[i].name, "%#x",
                        *(volatile uint32_t *)(uintptr_t)(bar + MIRRORS[i].offset));
        json_open("gtt", '[');
        for (unsigned i = 0; i < 16; i++)
            json_format(
                NULL, "%#llx",
                narrow()
                    ? *(volatile uint32_t *)(uintptr_t)(bar + gtt + i * 4)
                    : *(volatile unsigned long long *)(uintptr_t)(bar + gtt + i * 8));
        json_close(']');
        if (reads) {
            volatile uint32_t *word = (volatile uint32_t *)(uintptr_t)(bar + plain);
            double start = seconds();

            for (unsigned long i = 0; i < reads; i++)
                (void)word[i & 0xff];
            json_open("reads", '{');
            json_number("count", (double)reads);
            json_number("seconds", seconds() - start);
            json_close('}');
        }
        munmap((void *)(uintptr_t)bar, size);
    }
    if (fd >= 0)
        close(fd);
    json_close('}');
}
