/* snapshot_select.h: the parts of a host's texts that matter to assignment. */
#ifndef HOST_SNAPSHOT_SELECT_H
#define HOST_SNAPSHOT_SELECT_H

#include <stdio.h> /* FILE */

/*
 * Each returns a copy of a text without what tells more of its owner than of the GPU,
 * in the form that the host's readers expect; selecting again changes nothing.
 * malloc'ed; NULL: no memory.
 */
char *snapshot_select_command_line(const char *text);
char *snapshot_select_grub(const char *text);     /* etc/default/grub */
char *snapshot_select_modprobe(const char *text); /* etc/modprobe.d */
char *snapshot_select_modules(const char *text);  /* etc/modules, modules-load.d */
char *snapshot_select_domain(const char *text);   /* libvirt's XML */
char *snapshot_select_proxmox(const char *text);  /* qemu-server/NUMBER.conf */
char *snapshot_select_mappings(const char *text); /* Proxmox's mapping/pci.cfg */
char *snapshot_select_guest_log(const char *text);

/* A copy of the text's lines, each as put has it. malloc'ed; NULL: no memory. */
char *snapshot_select_lines(const char *text, void (*put)(FILE *out, char *line));

/* A kernel command line, with the values of parameters that do not matter blanked. */
void snapshot_put_command_line(FILE *out, const char *line);

#endif
