/* bind_at_boot.h: `igdvm bind --at-boot`. */
#ifndef CMD_BIND_AT_BOOT_H
#define CMD_BIND_AT_BOOT_H

struct bind_options;

/* Show what would change, ask, do it. options->device is set. The exit status. */
int bind_at_boot(const struct bind_options *options);

#endif
