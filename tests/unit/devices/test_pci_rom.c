/* test_pci_rom.c: the expansion ROM of an emulated function. */
#include "fake_board.h"

#include "base/bytes.h"      /* stores, byte_sum */
#include "base/error.h"      /* errno values */
#include "devices/pci_rom.h" /* under test */
#include "pci/option_rom.h"  /* offsets */

#include <string.h> /* memset */

#define DEVFN   PCI_DEVFN(12, 0)
#define IMAGE   1024 /* bytes of each image */
#define PCIR    0x40
#define ADDRESS 0xc0000000u

struct fixture {
    struct fake_board *fake;
    struct pci_function function;
    struct pci_rom rom;
    uint8_t bytes[2 * IMAGE];
};

static void window_changed(struct pci_function *function, unsigned index)
{
    struct fixture *f = function->opaque;
    if (index == PCI_ROM_SLOT)
        pci_rom_window_changed(&f->rom, function);
}

static const struct pci_function_ops ops = { .window_changed = window_changed };

/* An image for another device, its sum 0 when it is a PC-AT one. */
static void make_image(uint8_t *at, uint8_t code_type, bool last)
{
    memset(at, 0x5a, IMAGE);
    store16(at, OPTION_ROM_SIGNATURE);
    at[OPTION_ROM_SIZE] = IMAGE / OPTION_ROM_UNIT;
    if (code_type == OPTION_ROM_CODE_UEFI) {
        store16(at + OPTION_ROM_SIZE, IMAGE / OPTION_ROM_UNIT);
        store32(at + 4, OPTION_ROM_EFI_SIGNATURE);
    }
    store16(at + OPTION_ROM_PCIR, PCIR);
    memset(at + PCIR, 0, 28);
    memcpy(at + PCIR, "PCIR", 4);
    store16(at + PCIR + OPTION_ROM_PCIR_VENDOR, 0x1af4);
    store16(at + PCIR + OPTION_ROM_PCIR_DEVICE, 0x1000);
    store16(at + PCIR + OPTION_ROM_PCIR_LENGTH, 28);
    store16(at + PCIR + OPTION_ROM_PCIR_IMAGE, IMAGE / OPTION_ROM_UNIT);
    at[PCIR + OPTION_ROM_PCIR_CODE_TYPE] = code_type;
    at[PCIR + OPTION_ROM_PCIR_INDICATOR] = last ? OPTION_ROM_LAST : 0;
    if (code_type == OPTION_ROM_CODE_PC_AT)
        at[6] = (uint8_t)(at[6] - byte_sum(at, IMAGE));
}

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    f->fake = fake_board_new();
    f->function.name = "test";
    f->function.ops = &ops;
    f->function.opaque = f;
    f->function.devfn = DEVFN;
    pci_function_identify(&f->function, 0x1af4, 0x1041, 1, 0x020000, 0x1af4, 0x1100);
    make_image(f->bytes, OPTION_ROM_CODE_PC_AT, false);
    make_image(f->bytes + IMAGE, OPTION_ROM_CODE_UEFI, true);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    if (f->function.bus)
        pci_bus_remove(f->fake->board.pci, &f->function);
    pci_rom_free(&f->rom);
    fake_board_free(f->fake);
    test_free(f);
    return 0;
}

static void test_identified(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(pci_rom_init(&f->rom, &f->fake->board, &f->function, f->bytes,
                                  sizeof(f->bytes), NULL),
                     0);
    assert_int_equal(f->rom.size, 4096);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(load32(f->rom.bytes + i * IMAGE + PCIR + 4), 0x10411af4);
    assert_int_equal(byte_sum(f->rom.bytes, IMAGE), 0);
}

static void test_window(void **state)
{
    struct fixture *f = *state;
    pci_rom_init(&f->rom, &f->fake->board, &f->function, f->bytes, sizeof(f->bytes),
                 NULL);
    assert_int_equal(pci_bus_add(f->fake->board.pci, &f->function, NULL), 0);
    fake_config_write(f->fake, DEVFN, PCI_ROM, 0xffffffff, 4);
    assert_int_equal(fake_config_read(f->fake, DEVFN, PCI_ROM, 4) & ~1u, 0xfffff000);
    fake_config_write(f->fake, DEVFN, PCI_ROM, ADDRESS | PCI_ROM_ENABLE, 4);
    fake_config_write(f->fake, DEVFN, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    const struct fake_map *map = fake_map_at(f->fake, ADDRESS);
    assert_non_null(map);
    assert_ptr_equal(map->host, f->rom.bytes);
    assert_int_equal(map->flags, BOARD_MAP_READ_ONLY);
    assert_int_equal(fake_read(f->fake, ADDRESS, 2), OPTION_ROM_SIGNATURE);
    fake_write(f->fake, ADDRESS, 0, 2); /* it is a ROM */
    assert_int_equal(fake_read(f->fake, ADDRESS, 2), OPTION_ROM_SIGNATURE);
    fake_config_write(f->fake, DEVFN, PCI_ROM, ADDRESS, 4);
    assert_null(fake_map_at(f->fake, ADDRESS));
    /* Over RAM it cannot be mapped; nothing else comes of it. */
    fake_config_write(f->fake, DEVFN, PCI_ROM, 0x100000 - 4096 + PCI_ROM_ENABLE, 4);
    assert_int_equal(fake_map_count(f->fake), 0);
}

static void test_bad(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    assert_int_equal(pci_rom_init(&f->rom, &f->fake->board, &f->function, f->bytes,
                                  PCI_ROM_LARGEST + 1, &err),
                     -EFBIG);
    f->bytes[0] = 0;
    assert_int_equal(pci_rom_init(&f->rom, &f->fake->board, &f->function, f->bytes,
                                  sizeof(f->bytes), &err),
                     -EINVAL);
    assert_null(f->rom.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_identified, setup, teardown),
        cmocka_unit_test_setup_teardown(test_window, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
