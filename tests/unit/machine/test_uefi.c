/* test_uefi.c: UEFI firmware's parts: code, variables in it or beside it, the flash. */
#include "base/bytes.h"               /* stores */
#include "base/error.h"               /* struct error */
#include "base/log.h"                 /* silence */
#include "machine/machine_internal.h" /* what is tested */

#include <errno.h>  /* errno values */
#include <fcntl.h>  /* open */
#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* mkdtemp */
#include <string.h> /* memcpy */
#include <unistd.h> /* unlink */

/* clang-format off */
#include <setjmp.h> /* cmocka wants these first */
#include <stdarg.h> /* cmocka */
#include <cmocka.h> /* assertions */
/* clang-format on */

#define CODE_SIZE      0x20000u
#define VARIABLES_SIZE 0x20000u
#define PATHS          4

static char root[32], paths[PATHS][64];
static const char *const names[PATHS] = { "X_CODE.fd", "X_VARS.fd", "ALL.fd", "kept" };
enum { CODE, VARS, ALL, KEPT };

/* A volume of code, or one of variables, whose bytes are `fill`. */
static void make_volume(uint8_t *volume, size_t size, bool variables, uint8_t fill)
{
    static const uint8_t guid[16] = { 0x8d, 0x2b, 0xf1, 0xff, 0x96, 0x76, 0x8b, 0x4c,
                                      0xa9, 0x85, 0x27, 0x47, 0x07, 0x5b, 0x4f, 0x50 };
    memset(volume, fill, size);
    if (variables)
        memcpy(volume + 16, guid, sizeof(guid));
    store64(volume + 32, size);
    memcpy(volume + 40, "_FVH", 4);
}

static void write_file(const char *path, const uint8_t *bytes, size_t size)
{
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    close(fd);
}

static int setup(void **state)
{
    (void)state;
    uint8_t whole[VARIABLES_SIZE + CODE_SIZE];
    strcpy(root, "/tmp/igdvm-uefi-XXXXXX");
    if (!mkdtemp(root))
        return -1;
    for (unsigned i = 0; i < PATHS; i++)
        snprintf(paths[i], sizeof(paths[i]), "%s/%s", root, names[i]);
    make_volume(whole, VARIABLES_SIZE, true, 0xaa);
    make_volume(whole + VARIABLES_SIZE, CODE_SIZE, false, 0x55);
    write_file(paths[ALL], whole, sizeof(whole));
    whole[0x100] = 1; /* to tell them apart */
    write_file(paths[VARS], whole, VARIABLES_SIZE);
    write_file(paths[CODE], whole + VARIABLES_SIZE, CODE_SIZE);
    log_set_level(LOG_ERROR);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PATHS; i++)
        unlink(paths[i]);
    return rmdir(root);
}

/* A machine with this firmware; what machine_open_variables gives is returned. */
static int start(struct machine *machine, const char *firmware, const char *variables,
                 struct error *err)
{
    memset(machine, 0, sizeof(*machine));
    machine->config.memory = 256 * MIB;
    machine->config.variables = variables;
    assert_int_equal(
        firmware_image_load(&machine->firmware, FIRMWARE_IMAGE_PC, firmware, "", err),
        0);
    return machine_open_variables(machine, err);
}

static void end(struct machine *machine)
{
    variable_store_close(&machine->variables);
    firmware_image_free(&machine->firmware);
}

static void check_code(const struct machine *machine)
{
    size_t size;
    const uint8_t *code = machine_firmware_code(machine, &size);
    assert_int_equal(size, CODE_SIZE);
    assert_int_equal((uintptr_t)code % 4096, 0);
    assert_int_equal(code[0], 0x55);
    assert_int_equal(code[size - 1], 0x55);
}

static void test_one_image(void **state)
{
    (void)state;
    struct machine *machine = malloc(sizeof(*machine));
    struct error err = { 0 };
    assert_int_equal(start(machine, paths[ALL], NULL, &err), 0);
    check_code(machine);
    assert_int_equal(machine->variables.size, VARIABLES_SIZE);
    assert_int_equal(machine->variables.bytes[0x100], 0xaa);
    end(machine);
    free(machine);
}

static void test_code_alone(void **state)
{
    (void)state;
    struct machine *machine = malloc(sizeof(*machine));
    struct error err = { 0 };
    for (unsigned kept = 0; kept < 2; kept++) {
        assert_int_equal(start(machine, paths[CODE], kept ? paths[KEPT] : NULL, &err),
                         0);
        check_code(machine);
        assert_int_equal(machine->variables.bytes[0x100], 1);
        end(machine);
    }
    /* Without those it came with: there is a file now, or there is none. */
    unlink(paths[VARS]);
    assert_int_equal(start(machine, paths[CODE], paths[KEPT], &err), 0);
    assert_int_equal(machine->variables.bytes[0x100], 1);
    end(machine);
    assert_int_equal(start(machine, paths[CODE], NULL, &err), -ENOENT);
    assert_non_null(strstr(err.text, "no file of its variables beside it"));
    end(machine);
    unlink(paths[KEPT]);
    assert_int_equal(start(machine, paths[CODE], paths[KEPT], &err), -ENOENT);
    assert_non_null(strstr(err.text, "copy its OVMF_VARS file there"));
    end(machine);
    free(machine);
}

static void test_refused(void **state)
{
    (void)state;
    struct machine *machine = malloc(sizeof(*machine));
    struct error err = { 0 };
    uint8_t bytes[CODE_SIZE] = { 0 };
    write_file(paths[VARS], bytes, sizeof(bytes)); /* no variables */
    assert_int_equal(start(machine, paths[CODE], NULL, &err), -EINVAL);
    assert_non_null(strstr(err.text, "X_VARS.fd: no volume of UEFI variables"));
    end(machine);
    write_file(paths[ALL], bytes, sizeof(bytes)); /* a BIOS */
    assert_int_equal(start(machine, paths[ALL], NULL, &err), 0);
    assert_null(machine->variables.bytes);
    end(machine);
    assert_int_equal(start(machine, paths[ALL], paths[KEPT], &err), -EINVAL);
    assert_non_null(strstr(err.text, "it is a BIOS, which keeps no variables"));
    end(machine);
    /* Little memory. */
    assert_int_equal(firmware_image_load(&machine->firmware, FIRMWARE_IMAGE_PC,
                                         paths[CODE], "", &err),
                     0);
    machine->config.variables = NULL;
    machine->config.memory = 127 * MIB;
    assert_int_equal(machine_open_variables(machine, &err), -EINVAL);
    assert_int_equal(err.kind, ERROR_INPUT);
    end(machine);
    free(machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_image, setup, teardown),
        cmocka_unit_test_setup_teardown(test_code_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
