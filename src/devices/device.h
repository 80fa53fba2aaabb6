/* device.h: what every emulated device has in common for the machine that holds it. */
#ifndef DEVICES_DEVICE_H
#define DEVICES_DEVICE_H

/*
 * The first member of each device's own struct. The machine keeps a list, resets
 * all of them (board lock held, vCPUs stopped) and frees them in reverse order.
 */
struct device {
    const char *name;
    void (*reset)(struct device *device); /* power-on state; may be NULL */
    void (*free)(struct device *device);  /* also releases its ranges and fds */
};

#endif
