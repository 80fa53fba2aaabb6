/* bind_for.h: whether handing the GPU over serves the mode it is meant for. */
#ifndef CMD_BIND_FOR_H
#define CMD_BIND_FOR_H

struct error;

/*
 * Examine this computer as 'igdvm doctor --for MODE' does; mode: "legacy", "upt" or
 * "uefi". 0 when the mode is ready or will be with the device in vfio-pci's hands;
 * -EPERM, with err naming the first cause and its remedy, when it will not.
 */
int bind_for_mode(const char *mode, struct error *err);

#endif
