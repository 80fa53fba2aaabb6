/* test_fw_cfg.c: the firmware configuration device as a guest sees it. */
#include "base/bytes.h"           /* MIB */
#include "base/error.h"           /* struct error */
#include "devices/board.h"        /* struct board */
#include "devices/device.h"       /* reset, free */
#include "devices/fw_cfg.h"       /* what is tested */
#include "devices/guest_memory.h" /* DMA targets */
#include "pci/space.h"            /* ports */

#include <endian.h>   /* htobe32 */
#include <stdio.h>    /* snprintf */
#include <stdlib.h>   /* calloc */
#include <string.h>   /* memory */
#include <sys/mman.h> /* memfd_create */
#include <unistd.h>   /* ftruncate */

/* clang-format off */
#include <setjmp.h> /* cmocka wants these first */
#include <stdarg.h> /* cmocka */
#include <cmocka.h> /* assertions */
/* clang-format on */

#define RAM_SIZE  (1 * MIB)
#define HIGH_RAM  (3 * MIB)
#define HIGH_SIZE (64 * KIB)

#define DMA_ERROR  1u
#define DMA_READ   2u
#define DMA_SKIP   4u
#define DMA_SELECT 8u
#define DMA_WRITE  16u

struct fixture {
    struct board board;
    struct guest_memory ram;
    struct fw_cfg *fw_cfg;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->ram.count = 2;
    f->ram.blocks[0] =
        (struct guest_memory_block){ 0, RAM_SIZE, calloc(1, RAM_SIZE), -1, 0 };
    f->ram.blocks[1] =
        (struct guest_memory_block){ HIGH_RAM, HIGH_SIZE, calloc(1, HIGH_SIZE), -1, 0 };
    pthread_mutex_init(&f->board.lock, NULL);
    f->board.ports = space_new(64 * KIB);
    f->board.ram = &f->ram;
    struct error err = { 0 };
    f->fw_cfg = fw_cfg_new(&f->board, &err);
    assert_non_null(f->fw_cfg);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    struct device *device = fw_cfg_device(f->fw_cfg);
    device->free(device);
    assert_null(space_find(f->board.ports, 0x510));
    space_free(f->board.ports);
    free(f->ram.blocks[0].host);
    free(f->ram.blocks[1].host);
    free(f);
    return 0;
}

static void select_key(struct fixture *f, unsigned key)
{
    space_write(f->board.ports, 0x510, key, 2);
}

static void read_bytes(struct fixture *f, void *to, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)to)[i] = (uint8_t)space_read(f->board.ports, 0x511, 1);
}

/* Run a transfer whose request lies at `at`; the control field afterwards. */
static uint32_t dma(struct fixture *f, uint64_t at, uint32_t control, uint32_t length,
                    uint64_t address)
{
    struct {
        uint32_t control, length;
        uint64_t address;
    } request = { htobe32(control), htobe32(length), htobe64(address) };
    assert_int_equal(guest_memory_write(&f->ram, at, &request, sizeof(request)), 0);
    space_write(f->board.ports, 0x514, htobe32((uint32_t)(at >> 32)), 4);
    space_write(f->board.ports, 0x518, htobe32((uint32_t)at), 4);
    uint32_t result;
    assert_int_equal(guest_memory_read(&f->ram, at, &result, sizeof(result)), 0);
    return be32toh(result);
}

static void test_identity(void **state)
{
    struct fixture *f = *state;
    char signature[5] = "";
    uint8_t id[4];
    select_key(f, 0);
    read_bytes(f, signature, 4);
    assert_string_equal(signature, "QEMU");
    select_key(f, 1);
    read_bytes(f, id, 4);
    assert_int_equal(load32(id), 3);
    assert_int_equal(space_read(f->board.ports, 0x514, 4), load32("QEMU"));
    assert_int_equal(space_read(f->board.ports, 0x518, 4), load32(" CFG"));
    assert_int_equal(space_read(f->board.ports, 0x51b, 1), 'G');
}

static void test_past_the_end_is_zero(void **state)
{
    struct fixture *f = *state;
    uint8_t bytes[8];
    assert_int_equal(fw_cfg_add_key(f->fw_cfg, FW_CFG_KEY_NB_CPUS, "\2\3", 2), 0);
    select_key(f, FW_CFG_KEY_NB_CPUS);
    read_bytes(f, bytes, sizeof(bytes));
    assert_memory_equal(bytes, "\2\3\0\0\0\0\0\0", 8);
    /* The obsolete write bit does not matter; an absent key is all zeroes. */
    select_key(f, FW_CFG_KEY_NB_CPUS | 0x4000);
    read_bytes(f, bytes, 2);
    assert_memory_equal(bytes, "\2\3", 2);
    select_key(f, 0x3ffe);
    read_bytes(f, bytes, 4);
    assert_memory_equal(bytes, "\0\0\0\0", 4);
}

static void test_data_port_widths(void **state)
{
    struct fixture *f = *state;
    select_key(f, 0);
    /* The selector port floats; only the data port's half moves the offset. */
    assert_int_equal(space_read(f->board.ports, 0x510, 1), 0xff);
    assert_int_equal(space_read(f->board.ports, 0x510, 2), 0xff | 'Q' << 8);
    assert_int_equal(space_read(f->board.ports, 0x511, 1), 'E');
    /* A byte-wide selector write and a data write change nothing. */
    space_write(f->board.ports, 0x510, 1, 1);
    space_write(f->board.ports, 0x511, 1, 1);
    assert_int_equal(space_read(f->board.ports, 0x511, 1), 'M');
}

static void test_directory_is_sorted(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = { "etc/e820", "bootorder", "genroms/a.bin",
                                         "etc/acpi/rsdp" };
    static const char *const sorted[] = { "bootorder", "etc/acpi/rsdp", "etc/e820",
                                          "genroms/a.bin" };
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(fw_cfg_add_file(f->fw_cfg, names[i], names[i], i + 1), 0);

    uint8_t directory[4 + 4 * 64];
    select_key(f, FW_CFG_KEY_FILE_DIR);
    read_bytes(f, directory, sizeof(directory));
    assert_int_equal(be32toh(load32(directory)), 4);
    for (unsigned i = 0; i < 4; i++) {
        const uint8_t *entry = directory + 4 + i * 64;
        assert_string_equal((const char *)entry + 8, sorted[i]);
        assert_int_equal(be16toh(load16(entry + 4)), 0x20 + i);
        assert_int_equal(load16(entry + 6), 0);
        char data[8];
        size_t size = be32toh(load32(entry));
        assert_in_range(size, 1, 4);
        select_key(f, be16toh(load16(entry + 4)));
        read_bytes(f, data, size);
        assert_memory_equal(data, sorted[i], size);
    }
}

static void test_refusals(void **state)
{
    struct fixture *f = *state;
    char name[FW_CFG_NAME_SIZE + 1];
    memset(name, 'n', sizeof(name));
    name[FW_CFG_NAME_SIZE] = 0;
    assert_int_equal(fw_cfg_add_file(f->fw_cfg, name, "", 0), -ENAMETOOLONG);
    name[FW_CFG_NAME_SIZE - 1] = 0;
    assert_int_equal(fw_cfg_add_file(f->fw_cfg, name, "", 0), 0);
    assert_int_equal(fw_cfg_add_file(f->fw_cfg, name, "", 0), -EEXIST);
    assert_int_equal(fw_cfg_add_key(f->fw_cfg, FW_CFG_KEY_ID, "", 0), -EEXIST);
    assert_int_equal(fw_cfg_add_key(f->fw_cfg, FW_CFG_KEY_FILE_FIRST, "", 0), -ENOSPC);
    assert_int_equal(fw_cfg_add_key(f->fw_cfg, 0x8100, "", 0), -ENOSPC);
    assert_int_equal(fw_cfg_add_key(f->fw_cfg, 0x8002, "x", 1), 0);
    for (unsigned i = 1; i < FW_CFG_FILE_SLOTS; i++) {
        snprintf(name, sizeof(name), "file%u", i);
        assert_int_equal(fw_cfg_add_file(f->fw_cfg, name, "", 0), 0);
    }
    assert_int_equal(fw_cfg_add_file(f->fw_cfg, "more", "", 0), -ENOSPC);
}

static void test_dma_read(void **state)
{
    struct fixture *f = *state;
    uint8_t *ram = f->ram.blocks[0].host;
    assert_int_equal(fw_cfg_add_file(f->fw_cfg, "f", "0123456789", 10), 0);
    memset(ram + 0x2000, 0xee, 32);
    assert_int_equal(dma(f, 0x1000, DMA_SELECT | DMA_SKIP | 0x20 << 16, 2, 0), 0);
    assert_int_equal(dma(f, 0x1000, DMA_READ, 3, 0x2000), 0);
    assert_memory_equal(ram + 0x2000, "234\xee", 4);
    /* The rest, and zeroes after the end. */
    assert_int_equal(dma(f, 0x1000, DMA_READ, 8, 0x2000), 0);
    assert_memory_equal(ram + 0x2000, "56789\0\0\0\xee", 9);
    /* Port reads go on where DMA left off. */
    assert_int_equal(space_read(f->board.ports, 0x511, 1), 0);
    /* Into the block that ends RAM, up to its last byte and one further. */
    uint32_t control = DMA_SELECT | DMA_READ | 0x20 << 16;
    assert_int_equal(dma(f, 0x1000, control, 10, HIGH_RAM + HIGH_SIZE - 10), 0);
    assert_memory_equal(f->ram.blocks[1].host + HIGH_SIZE - 10, "0123456789", 10);
    assert_int_equal(dma(f, 0x1000, control, 10, HIGH_RAM + HIGH_SIZE - 9), DMA_ERROR);
}

static void test_dma_bounds(void **state)
{
    struct fixture *f = *state;
    uint32_t id = DMA_SELECT | 1u << 16;
    /* Lengths far beyond the item and beyond RAM end at once. */
    assert_int_equal(dma(f, 0x1000, id | DMA_SKIP, UINT32_MAX, 0), 0);
    assert_int_equal(dma(f, 0x1000, DMA_SKIP, UINT32_MAX, 0), 0);
    assert_int_equal(dma(f, 0x1000, id | DMA_READ, UINT32_MAX, 0x2000), DMA_ERROR);
    assert_int_equal(dma(f, 0x1000, id | DMA_READ, 16, UINT64_MAX - 2), DMA_ERROR);
    assert_int_equal(dma(f, 0x1000, id | DMA_READ, 0, UINT64_MAX), 0);
    /* A transfer may not spill from RAM into the hole behind it. */
    assert_int_equal(dma(f, 0x1000, id | DMA_READ, 8, RAM_SIZE - 4), DMA_ERROR);
    assert_int_equal(dma(f, 0x1000, id | DMA_READ, 4, RAM_SIZE - 4), 0);
    /* A request that is not memory is dropped; half of one is told. */
    space_write(f->board.ports, 0x518, htobe32(RAM_SIZE + 64), 4);
    space_write(f->board.ports, 0x514, UINT32_MAX, 4);
    space_write(f->board.ports, 0x518, UINT32_MAX, 4);
    space_write(f->board.ports, 0x518, htobe32(RAM_SIZE - 8), 4);
    assert_int_equal(be32toh(load32(f->ram.blocks[0].host + RAM_SIZE - 8)), DMA_ERROR);
    /* No RAM at all. */
    f->board.ram = NULL;
    space_write(f->board.ports, 0x518, htobe32(0x1000), 4);
    f->board.ram = &f->ram;
}

static void test_dma_write(void **state)
{
    struct fixture *f = *state;
    uint8_t *ram = f->ram.blocks[0].host;
    char back[5] = "";
    assert_int_equal(fw_cfg_add_file(f->fw_cfg, "a-read-only", "abcd", 4), 0);
    assert_int_equal(fw_cfg_add_writable_file(f->fw_cfg, "b-writable", "abcd", 4), 0);
    memcpy(ram + 0x2000, "wxyz", 4);
    uint32_t write = DMA_SELECT | DMA_WRITE;
    assert_int_equal(dma(f, 0x1000, write | 0x20 << 16, 4, 0x2000), DMA_ERROR);
    assert_int_equal(dma(f, 0x1000, write | 0x21 << 16, 5, 0x2000), DMA_ERROR);
    assert_int_equal(dma(f, 0x1000, write | 0x21 << 16, 4, RAM_SIZE), DMA_ERROR);
    assert_int_equal(dma(f, 0x1000, write | 0x300 << 16, 4, 0x2000), DMA_ERROR);
    assert_int_equal(dma(f, 0x1000, write | 0x21 << 16, 2, 0x2000), 0);
    select_key(f, 0x21);
    read_bytes(f, back, 4);
    assert_string_equal(back, "wxcd");

    struct device *device = fw_cfg_device(f->fw_cfg);
    device->reset(device);
    read_bytes(f, back, 4);
    assert_string_equal(back, "QEMU");
    select_key(f, 0x21);
    read_bytes(f, back, 4);
    assert_string_equal(back, "abcd");
}

/* A file stays where it is; one that is cut short reads as zeros, and ends nothing. */
static void test_item_in_file(void **state)
{
    struct fixture *f = *state;
    static uint8_t bytes[3 * 4096 + 5];
    int fd = memfd_create("kernel", MFD_CLOEXEC);
    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7 + 1);
    assert_int_equal(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
    uint32_t size = sizeof(bytes) - 5;
    uint16_t key = FW_CFG_KEY_KERNEL_DATA;
    uint32_t read = DMA_SELECT | DMA_READ | (uint32_t)key << 16;
    assert_int_equal(fw_cfg_add_key_in_file(f->fw_cfg, key, fd, "a kernel", 5, size),
                     0);
    assert_int_equal(fw_cfg_add_key_in_file(f->fw_cfg, key, fd, "again", 0, 1),
                     -EEXIST);
    char back[5] = "";
    select_key(f, key);
    read_bytes(f, back, 4);
    assert_memory_equal(back, bytes + 5, 4);
    assert_int_equal(dma(f, 0x1000, read, size + 100, 0x2000), 0);
    assert_memory_equal(guest_memory_at(&f->ram, 0x2000, size), bytes + 5, size);

    assert_int_equal(ftruncate(fd, 4096), 0);
    assert_int_equal(dma(f, 0x1000, read, size, 0x2000), 0);
    const uint8_t *got = guest_memory_at(&f->ram, 0x2000, size);
    assert_memory_equal(got, bytes + 5, 4096 - 5);
    for (unsigned i = 4096 - 5; i < size; i++)
        assert_int_equal(got[i], 0);
    assert_int_equal(dma(f, 0x1000, read, size, RAM_SIZE - 4096), DMA_ERROR);

    /* Into memory that is in two pieces. */
    f->ram.blocks[1].address = RAM_SIZE;
    assert_int_equal(pwrite(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
    assert_int_equal(dma(f, 0x1000, read, size, RAM_SIZE - 3000), 0);
    assert_memory_equal(f->ram.blocks[0].host + RAM_SIZE - 3000, bytes + 5, 3000);
    assert_memory_equal(f->ram.blocks[1].host, bytes + 5 + 3000, size - 3000);
}

/* A small generator of one's own, so that every run does the same. */
static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void test_hostile_guest(void **state)
{
    struct fixture *f = *state;
    uint32_t seed = 1;
    static const unsigned sizes[] = { 1, 2, 4, 8 };
    assert_int_equal(fw_cfg_add_file(f->fw_cfg, "small", "abc", 3), 0);
    assert_int_equal(fw_cfg_add_file(f->fw_cfg, "empty", NULL, 0), 0);
    assert_int_equal(fw_cfg_add_writable_file(f->fw_cfg, "w", "0123456789abcdef", 16),
                     0);
    for (unsigned i = 0; i < 200000; i++) {
        uint64_t port = 0x50e + next_random(&seed) % 16;
        unsigned size = sizes[next_random(&seed) % 4];
        uint32_t low = next_random(&seed) % (4 * MIB);
        switch (next_random(&seed) % 5) {
        case 0:
            space_read(f->board.ports, port, size);
            break;
        case 1:
            space_write(f->board.ports, port, (uint64_t)low << 30 | low, size);
            break;
        case 2:
            select_key(f, next_random(&seed) % 0x40);
            break;
        default: {
            uint64_t at = next_random(&seed) % (RAM_SIZE - 16);
            uint32_t length = next_random(&seed) % 64;
            if (next_random(&seed) % 8 == 0)
                length = UINT32_MAX - length;
            dma(f, at, (next_random(&seed) % 0x40) << 16 | next_random(&seed) % 32,
                length, low);
        }
        }
    }
    /* Still there, and what may not be written is as it was. */
    char back[4] = "";
    space_write(f->board.ports, 0x510, 0x21, 2);
    read_bytes(f, back, 3);
    assert_string_equal(back, "abc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define FW_CFG_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        FW_CFG_TEST(test_identity),         FW_CFG_TEST(test_past_the_end_is_zero),
        FW_CFG_TEST(test_data_port_widths), FW_CFG_TEST(test_directory_is_sorted),
        FW_CFG_TEST(test_refusals),         FW_CFG_TEST(test_dma_read),
        FW_CFG_TEST(test_dma_bounds),       FW_CFG_TEST(test_dma_write),
        FW_CFG_TEST(test_item_in_file),     FW_CFG_TEST(test_hostile_guest),
    };
    return cmocka_run_group_tests_name("fw_cfg", tests, NULL, NULL);
}
