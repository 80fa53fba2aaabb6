/* test_linux_boot.c: what fw_cfg offers for a bzImage, and which files are refused. */
#include "base/bytes.h"         /* store32 */
#include "base/error.h"         /* struct error */
#include "devices/fw_cfg.h"     /* keys */
#include "fw_cfg_reader.h"      /* the guest's view */
#include "machine/linux_boot.h" /* what is tested */

#include <fcntl.h>    /* open */
#include <stdio.h>    /* snprintf */
#include <stdlib.h>   /* mkdtemp */
#include <sys/stat.h> /* chmod */
#include <unistd.h>   /* write */

/* clang-format off */
#include <setjmp.h> /* cmocka wants these first */
#include <stdarg.h> /* cmocka */
#include <cmocka.h> /* assertions */
/* clang-format on */

#define SETUP_SIZE  (40 * 512) /* 39 sectors and the first */
#define KERNEL_SIZE 0x8000
#define INITRD_SIZE 0x2345

struct fixture {
    struct fw_cfg_fixture *firmware;
    char directory[32], kernel[64], initrd[64];
    uint8_t image[SETUP_SIZE + KERNEL_SIZE];
};

static void write_file(const char *path, const void *data, size_t size)
{
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, size), size);
    close(fd);
}

/* A kernel of protocol 2.15 that decompresses to [16 MiB, 48 MiB). */
static void make_image(uint8_t *image)
{
    for (unsigned i = 0; i < SETUP_SIZE + KERNEL_SIZE; i++)
        image[i] = (uint8_t)(i * 7 + i / 256);
    image[0x1f1] = SETUP_SIZE / 512 - 1;
    store32(image + 0x1f4, KERNEL_SIZE / 16);
    store16(image + 0x1fa, 0xffff);
    store16(image + 0x1fe, 0xaa55);
    memcpy(image + 0x202, "HdrS", 4);
    store16(image + 0x206, 0x20f);
    image[0x211] = 1;
    store32(image + 0x22c, 0x7fffffff);
    store32(image + 0x238, 2047);
    store64(image + 0x258, 16 * MIB);
    store32(image + 0x260, 32 * MIB);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    if (!f || fw_cfg_fixture_setup((void **)&f->firmware))
        return -1;
    strcpy(f->directory, "/tmp/igdvm-linux-XXXXXX");
    if (!mkdtemp(f->directory))
        return -1;
    snprintf(f->kernel, sizeof(f->kernel), "%s/vmlinuz", f->directory);
    snprintf(f->initrd, sizeof(f->initrd), "%s/initrd", f->directory);
    make_image(f->image);
    write_file(f->kernel, f->image, sizeof(f->image));
    uint8_t initrd[INITRD_SIZE];
    memset(initrd, 0x3c, sizeof(initrd));
    write_file(f->initrd, initrd, sizeof(initrd));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    unlink(f->kernel);
    unlink(f->initrd);
    rmdir(f->directory);
    fw_cfg_fixture_teardown((void **)&f->firmware);
    free(f);
    return 0;
}

static const struct guest_memory ram_256m = {
    .count = 2,
    .blocks = { { .address = 0, .size = 256 * MIB },
                { .address = 4 * GIB, .size = 256 * MIB } },
};

/* Low RAM with a second run below 4 GiB, where the firmware's tables go. */
static const struct guest_memory ram_split = {
    .count = 2,
    .blocks = { { .address = 0, .size = 128 * MIB },
                { .address = 3 * GIB, .size = 64 * MIB } },
};

static int prepare(struct fixture *f, const struct guest_memory *memory,
                   const struct linux_boot_config *config, struct error *err)
{
    return linux_boot_prepare(f->firmware->fw_cfg, memory, config, err);
}

static void test_parts(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    const struct linux_boot_config config = { .kernel = f->kernel,
                                              .initrd = f->initrd,
                                              .command_line = "console=ttyS0 quiet" };
    assert_int_equal(prepare(f, &ram_256m, &config, &err), 0);

    assert_int_equal(fw_cfg_read_long(f->firmware, FW_CFG_KEY_KERNEL_ADDR), 0x100000);
    assert_int_equal(fw_cfg_read_long(f->firmware, FW_CFG_KEY_KERNEL_SIZE),
                     KERNEL_SIZE);
    uint8_t kernel[KERNEL_SIZE];
    fw_cfg_read_key(f->firmware, FW_CFG_KEY_KERNEL_DATA, kernel, sizeof(kernel));
    assert_memory_equal(kernel, f->image + SETUP_SIZE, KERNEL_SIZE);

    /* 16 MiB below the top for the firmware, page aligned. */
    uint32_t initrd = round_down(240 * MIB - INITRD_SIZE, 4096);
    assert_int_equal(fw_cfg_read_long(f->firmware, FW_CFG_KEY_INITRD_ADDR), initrd);
    assert_int_equal(fw_cfg_read_long(f->firmware, FW_CFG_KEY_INITRD_SIZE),
                     INITRD_SIZE);

    assert_int_equal(fw_cfg_read_long(f->firmware, FW_CFG_KEY_CMDLINE_SIZE), 20);
    assert_int_equal(fw_cfg_read_long(f->firmware, FW_CFG_KEY_CMDLINE_ADDR), 0x20000);
    char command_line[20];
    fw_cfg_read_key(f->firmware, FW_CFG_KEY_CMDLINE_DATA, command_line, 20);
    assert_string_equal(command_line, "console=ttyS0 quiet");

    /* The setup code: as in the file but for what a loader fills in. */
    uint8_t code[SETUP_SIZE];
    assert_int_equal(fw_cfg_read_long(f->firmware, FW_CFG_KEY_SETUP_ADDR), 0x10000);
    assert_int_equal(fw_cfg_read_long(f->firmware, FW_CFG_KEY_SETUP_SIZE), SETUP_SIZE);
    fw_cfg_read_key(f->firmware, FW_CFG_KEY_SETUP_DATA, code, sizeof(code));
    uint8_t *expected = f->image;
    expected[0x210] = 0xff;
    expected[0x211] = 0x81;
    store32(expected + 0x218, initrd);
    store32(expected + 0x21c, INITRD_SIZE);
    store16(expected + 0x224, 0xfdf0);
    store32(expected + 0x228, 0x20000);
    assert_memory_equal(code, expected, SETUP_SIZE);
}

static void test_rom(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    const struct linux_boot_config config = { .kernel = f->kernel };
    assert_int_equal(prepare(f, &ram_256m, &config, &err), 0);
    size_t size;
    uint8_t *rom = fw_cfg_read_file(f->firmware, LINUX_BOOT_ROM, &size);
    assert_non_null(rom);
    assert_int_equal(load16(rom), 0xaa55);
    assert_int_equal(rom[2] * 512, size);
    assert_int_equal(byte_sum(rom, size), 0);
    uint16_t header = load16(rom + 0x1a);
    assert_true(range_inside(header, 32, size));
    assert_memory_equal(rom + header, "$PnP", 4);
    assert_int_equal(byte_sum(rom + header, 32), 0);
    assert_true(load16(rom + header + 0x1a) < size);
    free(rom);
    /* Without an initrd there is none. */
    assert_int_equal(fw_cfg_read_long(f->firmware, FW_CFG_KEY_INITRD_SIZE), 0);
    assert_int_equal(fw_cfg_read_long(f->firmware, FW_CFG_KEY_CMDLINE_SIZE), 1);
}

static void test_initrd_places(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const struct guest_memory *memory;
        uint64_t limit;
        uint32_t kernel_max; /* initrd_addr_max of the kernel */
        uint64_t end;        /* expected, before page alignment of the start */
    } cases[] = {
        { &ram_split, 0, 0x7fffffff, 128 * MIB },
        { &ram_split, 100 * MIB, 0x7fffffff, 100 * MIB },
        { &ram_split, 3 * GIB + 32 * MIB, 0x7fffffff, 128 * MIB },
        { &ram_256m, 255 * MIB, 0x7fffffff, 255 * MIB },
        { &ram_256m, 0, 64 * MIB - 1, 64 * MIB },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fw_cfg_fixture *firmware;
        struct error err = { 0 };
        const struct linux_boot_config config = { .kernel = f->kernel,
                                                  .initrd = f->initrd,
                                                  .initrd_limit = cases[i].limit };
        store32(f->image + 0x22c, cases[i].kernel_max);
        write_file(f->kernel, f->image, sizeof(f->image));
        assert_int_equal(fw_cfg_fixture_setup((void **)&firmware), 0);
        assert_int_equal(
            linux_boot_prepare(firmware->fw_cfg, cases[i].memory, &config, &err), 0);
        assert_int_equal(fw_cfg_read_long(firmware, FW_CFG_KEY_INITRD_ADDR),
                         round_down(cases[i].end - INITRD_SIZE, 4096));
        fw_cfg_fixture_teardown((void **)&firmware);
    }
}

static void test_too_little_ram(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    struct linux_boot_config config = { .kernel = f->kernel, .initrd = f->initrd };
    const struct guest_memory small = { .count = 1,
                                        .blocks = { { .size = 47 * MIB } } };
    assert_int_equal(prepare(f, &small, &config, &err), -ENOSPC);
    assert_int_equal(err.kind, ERROR_IMPOSSIBLE);
    assert_non_null(strstr(err.text, "kernel "));
    /* Room for the kernel, not for the initrd. */
    const struct guest_memory tight = { .count = 1,
                                        .blocks = { { .size = 64 * MIB } } };
    assert_int_equal(prepare(f, &tight, &config, &err), -ENOSPC);
    assert_int_equal(err.kind, ERROR_IMPOSSIBLE);
    assert_non_null(strstr(err.text, "initrd "));
    config.initrd_limit = 4096;
    assert_int_equal(prepare(f, &ram_256m, &config, &err), -ENOSPC);
}

static void test_video_mode(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *command_line;
        uint16_t mode;
    } cases[] = {
        { "quiet", 0xffff },       { "vga=0x317", 0x317 }, { "a vga=791 b", 791 },
        { "vga=ask", 0xfffd },     { "vga=ext vga=1", 1 }, { "vga=", 0xffff },
        { "vga=0x10000", 0xffff }, { "vga=12x", 0xffff },  { "xvga=5", 0xffff },
        { "vga=normal", 0xffff },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fw_cfg_fixture *firmware;
        struct error err = { 0 };
        uint8_t code[0x200];
        const struct linux_boot_config config = { .kernel = f->kernel,
                                                  .command_line =
                                                      cases[i].command_line };
        assert_int_equal(fw_cfg_fixture_setup((void **)&firmware), 0);
        assert_int_equal(linux_boot_prepare(firmware->fw_cfg, &ram_256m, &config, &err),
                         0);
        fw_cfg_read_key(firmware, FW_CFG_KEY_SETUP_DATA, code, sizeof(code));
        assert_int_equal(load16(code + 0x1fa), cases[i].mode);
        fw_cfg_fixture_teardown((void **)&firmware);
    }
}

static void test_command_line_length(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    static char line[2049];
    memset(line, 'x', 2048);
    const struct linux_boot_config config = { .kernel = f->kernel,
                                              .command_line = line };
    assert_int_equal(prepare(f, &ram_256m, &config, &err), -E2BIG);
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_non_null(strstr(err.text, "2048 bytes"));
    line[2047] = 0;
    assert_int_equal(prepare(f, &ram_256m, &config, &err), 0);
}

static void test_missing_files(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    struct linux_boot_config config = { .kernel = "/no/such/vmlinuz" };
    assert_int_equal(prepare(f, &ram_256m, &config, &err), -ENOENT);
    assert_string_equal(err.text, "kernel /no/such/vmlinuz: No such file or directory");
    assert_int_equal(err.kind, ERROR_INPUT);
    config.kernel = f->kernel;
    config.initrd = "/no/such/initrd";
    assert_int_equal(prepare(f, &ram_256m, &config, &err), -ENOENT);
    assert_string_equal(err.text, "initrd /no/such/initrd: No such file or directory");
    config.initrd = f->directory;
    assert_int_equal(prepare(f, &ram_256m, &config, &err), -EINVAL);
    assert_non_null(strstr(err.text, "not a regular file"));
    write_file(f->initrd, "", 0);
    config.initrd = f->initrd;
    assert_int_equal(prepare(f, &ram_256m, &config, &err), -EINVAL);
    /* What failed left nothing behind. */
    config.initrd = NULL;
    assert_int_equal(prepare(f, &ram_256m, &config, &err), 0);
}

/* One wrong thing in an otherwise good image, and what is said of it. */
static void test_damaged_images(void **state)
{
    struct fixture *f = *state;
    static const struct {
        unsigned offset, width;
        uint64_t value;
        size_t size; /* of the file; 0: all of it */
        const char *text;
    } cases[] = {
        { 0, 0, 0, 100, "not a Linux bzImage: it has only 100 bytes" },
        { 0x1fe, 2, 0x1234, 0, "not a Linux bzImage: boot flag at 0x1fe is 0x1234" },
        { 0x202, 1, 'X', 0, "not a Linux bzImage: no \"HdrS\"" },
        { 0x206, 2, 0x201, 0, "not a Linux bzImage: boot protocol 2.01" },
        { 0x211, 1, 0, 0, "not a Linux bzImage: loadflags" },
        { 0x1f1, 1, 255, 0, "not a Linux bzImage: its setup code has 131072 bytes" },
        { 0x1f1, 1, 119, 0,
          "not a Linux bzImage: its setup code has 61440 bytes, the" },
        { 0, 0, 0, SETUP_SIZE, "not a Linux bzImage: its setup code has" },
        { 0, 0, 0, SETUP_SIZE + 100, "cut short: 100 bytes follow" },
        { 0x258, 8, UINT64_MAX, 0, "not a Linux bzImage: preferred address" },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error err = { 0 };
        const struct linux_boot_config config = { .kernel = f->kernel };
        make_image(f->image);
        store_sized(f->image + cases[i].offset, cases[i].value, cases[i].width);
        write_file(f->kernel, f->image,
                   cases[i].size ? cases[i].size : sizeof(f->image));
        assert_int_equal(prepare(f, &ram_256m, &config, &err), -EINVAL);
        assert_int_equal(err.kind, ERROR_INPUT);
        assert_non_null(strstr(err.text, cases[i].text));
        assert_non_null(strstr(err.text, f->kernel));
    }
}

/* The limits of protocol 2.02 apply where the header has no such fields. */
static void test_old_protocol(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    static char line[257];
    memset(line, 'x', 256);
    struct linux_boot_config config = { .kernel = f->kernel, .command_line = line };
    store16(f->image + 0x206, 0x202);
    store64(f->image + 0x258, UINT64_MAX); /* code, in this version */
    store32(f->image + 0x22c, 0);
    write_file(f->kernel, f->image, sizeof(f->image));
    assert_int_equal(prepare(f, &ram_256m, &config, &err), -E2BIG);
    line[255] = 0;
    const struct guest_memory large = { .count = 1, .blocks = { { .size = 2 * GIB } } };
    config.initrd = f->initrd;
    assert_int_equal(prepare(f, &large, &config, &err), 0);
    assert_int_equal(fw_cfg_read_long(f->firmware, FW_CFG_KEY_INITRD_ADDR),
                     round_down(0x38000000 - INITRD_SIZE, 4096));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define BOOT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        BOOT_TEST(test_parts),         BOOT_TEST(test_rom),
        BOOT_TEST(test_initrd_places), BOOT_TEST(test_too_little_ram),
        BOOT_TEST(test_video_mode),    BOOT_TEST(test_command_line_length),
        BOOT_TEST(test_missing_files), BOOT_TEST(test_damaged_images),
        BOOT_TEST(test_old_protocol),
    };
    return cmocka_run_group_tests_name("linux_boot", tests, NULL, NULL);
}
