/* run_host_device.h: reading the value of --device vfio:... */
#ifndef CMD_RUN_HOST_DEVICE_H
#define CMD_RUN_HOST_DEVICE_H

struct error;
struct machine_host_device;

/*
 * "ADDRESS[,address=SLOT[.FUNCTION]][,rom=FILE|none]", what follows "vfio:", into
 * device, whose strings point into value, which is changed. 0, or -EINVAL with err
 * naming what is wrong.
 */
int run_host_device_read(struct machine_host_device *device, char *value,
                         struct error *err);

#endif
