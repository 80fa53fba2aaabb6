/* vga_rig.c: a VGA on the fake board, as firmware leaves it, and what a driver does. */
#include "vga_rig.h"

#include "devices/device.h"   /* free */
#include "display/vga_draw.h" /* drawing */
#include "pci/regs.h"         /* configuration */

#include <stdlib.h>   /* calloc */
#include <sys/mman.h> /* mmap */

static uint8_t rom[0x1200] = { 0x55, 0xaa, 9 };

static void changed(void *opaque)
{
    ((struct vga_rig *)opaque)->changes++;
}

int vga_rig_set_up(void **state)
{
    struct vga_rig *rig = test_calloc(1, sizeof(*rig));
    rom[sizeof(rom) - 1] = 0x77;
    const struct vga_config config = {
        .rom = rom, .rom_size = sizeof(rom), .changed = changed, .opaque = rig
    };
    rig->fake = fake_board_new();
    rig->vga = vga_new(&rig->fake->board, VGA, &config, NULL);
    assert_non_null(rig->vga);
    void *memory = mmap(NULL, vga_memory_size(rig->vga), PROT_READ, MAP_SHARED,
                        vga_memory_fd(rig->vga), 0);
    assert_true(memory != MAP_FAILED);
    rig->memory = memory;
    fake_config_write(rig->fake, VGA, PCI_BAR(0), FRAME_BUFFER, 4);
    fake_config_write(rig->fake, VGA, PCI_BAR(2), REGISTERS, 4);
    fake_config_write(rig->fake, VGA, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY,
                      2);
    *state = rig;
    return 0;
}

int vga_rig_tear_down(void **state)
{
    struct vga_rig *rig = *state;
    munmap((void *)rig->memory, vga_memory_size(rig->vga));
    struct device *device = vga_device(rig->vga);
    device->free(device);
    assert_int_equal(fake_map_count(rig->fake), 0);
    fake_board_free(rig->fake);
    picture_free(&rig->picture);
    test_free(rig);
    return 0;
}

void rig_seq(struct vga_rig *rig, uint8_t index, uint8_t value)
{
    fake_out(rig->fake, 0x3c4, index | value << 8, 2);
}

void rig_gfx(struct vga_rig *rig, uint8_t index, uint8_t value)
{
    fake_out(rig->fake, 0x3ce, index | value << 8, 2);
}

void rig_crtc(struct vga_rig *rig, uint8_t index, uint8_t value)
{
    fake_out(rig->fake, 0x3d4, index | value << 8, 2);
}

void rig_attr(struct vga_rig *rig, uint8_t index, uint8_t value)
{
    fake_in(rig->fake, 0x3da, 1);
    fake_out(rig->fake, 0x3c0, index, 1);
    fake_out(rig->fake, 0x3c0, value, 1);
}

void rig_vbe(struct vga_rig *rig, uint16_t index, uint16_t value)
{
    fake_out(rig->fake, 0x1ce, index, 2);
    fake_out(rig->fake, 0x1cf, value, 2);
}

uint16_t rig_vbe_read(struct vga_rig *rig, uint16_t index)
{
    fake_out(rig->fake, 0x1ce, index, 2);
    return (uint16_t)fake_in(rig->fake, 0x1cf, 2);
}

void rig_colour(struct vga_rig *rig, uint8_t index, uint8_t r, uint8_t g, uint8_t b)
{
    fake_out(rig->fake, 0x3c8, index, 1);
    fake_out(rig->fake, 0x3c9, r, 1);
    fake_out(rig->fake, 0x3c9, g, 1);
    fake_out(rig->fake, 0x3c9, b, 1);
}

void rig_mode(struct vga_rig *rig, const struct vga_mode *mode)
{
    fake_out(rig->fake, 0x3c2, mode->misc, 1);
    for (unsigned i = 0; i < 4; i++)
        rig_seq(rig, (uint8_t)(i + 1), mode->seq[i]);
    rig_crtc(rig, 0x11, 0);
    for (unsigned i = 0; i < 0x19; i++)
        rig_crtc(rig, (uint8_t)i, mode->crtc[i]);
    for (unsigned i = 0; i < 9; i++)
        rig_gfx(rig, (uint8_t)i, mode->gfx[i]);
    for (unsigned i = 0; i < 0x14; i++)
        rig_attr(rig, (uint8_t)i, mode->attr[i]);
    for (unsigned i = 0; i < 64; i++)
        rig_colour(rig, (uint8_t)i, (uint8_t)i, (uint8_t)(2 * i), (uint8_t)(3 * i));
    fake_in(rig->fake, 0x3da, 1);
    fake_out(rig->fake, 0x3c0, 0x20, 1);
}

void rig_vbe_mode(struct vga_rig *rig, uint16_t width, uint16_t height, uint16_t bits)
{
    rig_vbe(rig, 4, 0);
    rig_vbe(rig, 1, width);
    rig_vbe(rig, 2, height);
    rig_vbe(rig, 3, bits);
    rig_vbe(rig, 4, 0x41);
    fake_in(rig->fake, 0x3da, 1);
    fake_out(rig->fake, 0x3c0, 0x20, 1);
}

void rig_poke(struct vga_rig *rig, uint64_t address, uint8_t value)
{
    const struct fake_map *map = fake_map_at(rig->fake, address);
    if (map)
        map->host[address - map->address] = value;
    else
        fake_write(rig->fake, address, value, 1);
}

uint8_t rig_peek(struct vga_rig *rig, uint64_t address)
{
    const struct fake_map *map = fake_map_at(rig->fake, address);
    return map ? map->host[address - map->address]
               : (uint8_t)fake_read(rig->fake, address, 1);
}

void rig_draw(struct vga_rig *rig, struct vga_view *view)
{
    static struct damage damage;
    struct vga_drawing *drawing = vga_drawing_new();
    assert_non_null(drawing);
    vga_get_view(rig->vga, view);
    assert_int_equal(vga_view_check(view, vga_memory_size(rig->vga), NULL), 0);
    vga_draw(drawing, view, rig->memory, vga_memory_size(rig->vga), 0, &rig->picture,
             &damage);
    vga_drawing_free(drawing);
}

uint32_t rig_pixel(const struct vga_rig *rig, uint32_t x, uint32_t y)
{
    assert_true(x < rig->picture.width && y < rig->picture.height);
    return picture_row(&rig->picture, y)[x];
}
