/* guests_xml.h: what the readers of guests' configurations share. */
#ifndef HOST_GUESTS_XML_H
#define HOST_GUESTS_XML_H

#include "host/guests.h" /* struct host_guest */

/* The value of key in QEMU's or Proxmox's "key=value,...", or in JSON. */
bool host_guest_option(const char *text, const char *key, char *value, size_t size);

/* "on", "1", ...; "off", "0", ...: of other words neither is true. */
bool host_guest_is_on(const char *value);
bool host_guest_is_off(const char *value);

/* "0000:00:02.0" or "00:02.0" of the GPU or its functions; false: another device. */
bool host_guest_take_address(struct host_guest *guest, const char *text);

/* QEMU's options, a command line's or one of them. */
void host_guest_take_command_line(struct host_guest *guest, const char *line);

/* The igd options in a -device, -set or property text. */
void host_guest_take_igd_options(struct host_guest *guest, const char *text);

/* A host's device is given to the guest; true when it is the GPU or a function of it.
 */
bool host_guest_take_device(struct host_guest *guest, unsigned domain, unsigned bus,
                            unsigned slot, unsigned function);

/* "4096", "4G", "8388608k", with the unit of a bare number; 0: it is no size. */
uint64_t host_guest_size(const char *text, char unit);

/* "pc-i440fx-8.1", "q35". */
void host_guest_take_machine(struct host_guest *guest, const char *machine);

#endif
