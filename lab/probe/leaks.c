/* leaks.c: what can be read of the GPU's registers, for whoever looks for addresses. */
#include <fcntl.h>    /* open */
#include <sys/mman.h> /* mmap */
#include <unistd.h>   /* close */

#include "probe.h"

#define IGD  PCI_DEVICES "/0000:00:02.0"
#define PAGE 0x1000u
/* Of other pages, one dword in so many bytes: each read takes an exit. */
#define SPARSE 64u

/*
 * Pages that hold registers known to have, or to lie beside, addresses: display buffer
 * and interrupts, pipe A, copies of config registers, stolen-memory access; also the
 * fences and the first pages of render and blitter rings.
 */
static const uint32_t DENSE[] = { 0x2000,  0x12000, 0x22000,  0x44000,  0x45000,
                                  0x70000, 0x78000, 0x100000, 0x108000, 0x138000 };

static bool is_dense(uint32_t page)
{
    for (size_t i = 0; i < sizeof(DENSE) / sizeof(DENSE[0]); i++) {
        if (DENSE[i] == page)
            return true;
    }
    return false;
}

/* Registers that do not read 0, as "offset": "value"; returns how many were read. */
static unsigned long read_registers(volatile uint8_t *bar, uint32_t size)
{
    unsigned long count = 0;

    for (uint32_t page = 0; page < size; page += PAGE) {
        uint32_t step = is_dense(page) ? 4 : SPARSE;

        for (uint32_t at = page; at < page + PAGE; at += step, count++) {
            uint32_t value = *(volatile uint32_t *)(uintptr_t)(bar + at);
            char name[16];

            if (!value)
                continue;
            snprintf(name, sizeof(name), "%06x", at);
            json_format(name, "%#x", value);
        }
    }
    return count;
}

/* Registers also to be read through the I/O BAR's index and data. */
static const uint32_t THROUGH_IO[] = { 0x108040, 0x1080c0, 0x1080c4, 0x108100,
                                       0x1082c0, 0x1082c4, 0x138914 };

static void read_through_io(void)
{
    unsigned long long base = 0, end;
    FILE *file = fopen(IGD "/resource", "r");
    char line[80];
    int fd;

    for (int bar = 0; file && bar <= 4 && fgets(line, sizeof(line), file); bar++) {
        if (sscanf(line, "%llx %llx", &base, &end) != 2)
            base = 0;
    }
    if (file)
        fclose(file);
    json_open("io", '{');
    fd = open("/dev/port", O_RDWR | O_CLOEXEC); /* a byte at a time */
    if (base && fd >= 0) {
        for (size_t i = 0; i < sizeof(THROUGH_IO) / sizeof(THROUGH_IO[0]); i++) {
            uint32_t value;
            char name[16];

            if (pwrite(fd, &THROUGH_IO[i], 4, (off_t)base) != 4 ||
                pread(fd, &value, 4, (off_t)base + 4) != 4)
                break;
            snprintf(name, sizeof(name), "%06x", THROUGH_IO[i]);
            json_format(name, "%#x", value);
        }
    }
    if (fd >= 0)
        close(fd);
    json_close('}');
}

void probe_leaks(void)
{
    unsigned long long start, end;
    volatile uint8_t *bar = MAP_FAILED;
    unsigned long count = 0;
    char line[80];
    int fd;

    json_open("leaks", '{');
    read_line(IGD "/resource", line, sizeof(line));
    fd = open(IGD "/resource0", O_RDWR | O_CLOEXEC);
    if (fd >= 0 && sscanf(line, "%llx %llx", &start, &end) == 2 && end > start) {
        /* The registers are below the GTT, each one half of BAR0. */
        uint32_t size = (uint32_t)((end - start + 1) / 2);

        bar = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
        if (bar != MAP_FAILED) {
            json_open("registers", '{');
            count = read_registers(bar, size);
            json_close('}');
            munmap((void *)(uintptr_t)bar, size);
        }
    }
    json_number("read", (double)count);
    read_through_io();
    if (fd >= 0)
        close(fd);
    json_close('}');
}
