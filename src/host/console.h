/* console.h: who draws on a host's screen, and so holds the GPU's memory. */
#ifndef HOST_CONSOLE_H
#define HOST_CONSOLE_H

#include "host/fact.h" /* enum fact */

#include <stddef.h> /* size_t */
#include <stdint.h> /* addresses */

struct host_root;

/* A line of proc/iomem or proc/ioports that lies in a range of the GPU's. */
struct host_claim {
    uint64_t start, end; /* 0 and 0 without root */
    char name[48];       /* "BOOTFB", "efifb", "vga+" */
    unsigned depth;
};

/* A framebuffer device of the firmware's: sys/bus/platform/devices/NAME. */
struct host_firmware_fb {
    char name[40];   /* "simple-framebuffer.0" */
    char driver[32]; /* "simple-framebuffer", "efi-framebuffer"; "": none */
};

struct host_connector {
    char name[32]; /* "card0-HDMI-A-1" */
    char status[16];
};

struct host_vtconsole {
    char name[48]; /* "(M) frame buffer device" */
    enum fact bound;
};

struct host_console {
    enum fact memory, ports; /* iomem and ioports were there, iomem with addresses */
    unsigned claim_count;
    struct host_claim claims[16]; /* below the GPU's BARs, and the BOOTFB anywhere */
    bool vga_ports;               /* "vga+" holds 3c0-3df */
    unsigned firmware_count;
    struct host_firmware_fb firmware[8];
    enum fact firmware_known; /* sys/bus/platform/devices was there */
    unsigned fb_count;
    char fbs[8][48]; /* names: "i915drmfb", "EFI VGA", "simpledrmdrmfb" */
    enum fact fbs_known;
    unsigned vt_count;
    struct host_vtconsole vts[4];
    unsigned connector_count;
    struct host_connector connectors[24];
};

/* Is this the name of who draws the firmware's picture, in iomem or as a driver? */
bool host_console_is_firmware(const char *name);
void host_console_read(struct host_console *console, const struct host_root *root);

/*
 * A firmware framebuffer in the way of other owners: its driver's or resource's name
 * ("efifb", "simplefb", "simpledrm", "vesafb", "BOOTFB"), or NULL.
 */
const char *host_console_firmware_fb(const struct host_console *console);

#endif
