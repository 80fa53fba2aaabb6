/* vga.h: a standard VGA (1234:1111), as QEMU's -vga std: the emulated display. */
#ifndef DEVICES_VGA_H
#define DEVICES_VGA_H

#include "display/vga_view.h" /* struct vga_view */

#include <stdint.h> /* devfn */

struct board;
struct device;
struct error;
struct vga;

struct vga_config {
    const uint8_t *rom; /* the video BIOS, copied; NULL: none */
    uint32_t rom_size;  /* bytes, at most 64 KiB */
    /*
     * What vga_get_view gives may be different now. Called with the board's lock held,
     * on a vCPU's thread, and not again before the next vga_get_view. NULL: nobody
     * asks.
     */
    void (*changed)(void *opaque);
    void *opaque;
};

/*
 * The adapter at devfn, with its BARs, its ROM, the ports 3B0 to 3DF and the memory
 * A0000 to BFFFF. NULL with err on failure.
 */
struct vga *vga_new(struct board *board, uint8_t devfn, const struct vga_config *config,
                    struct error *err);

/* As a device of the machine's list, which frees it. */
struct device *vga_device(struct vga *vga);

/*
 * The memory a view leads into: a memfd that cannot shrink or grow, and its size in
 * bytes. The fd stays the device's.
 */
int vga_memory_fd(const struct vga *vga);
uint64_t vga_memory_size(const struct vga *vga);

/* What is to be drawn now. With the board's lock held. Passes vga_view_check. */
void vga_get_view(struct vga *vga, struct vga_view *view);

#endif
