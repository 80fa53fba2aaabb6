/* run_disk.h: reading the value of --disk. */
#ifndef CMD_RUN_DISK_H
#define CMD_RUN_DISK_H

struct error;
struct machine_disk;

/*
 * "FILE[,ro][,format=raw|auto]..." into disk, whose strings point into value, which is
 * changed. 0, or -EINVAL with err naming what is wrong.
 */
int run_disk_read(struct machine_disk *disk, char *value, struct error *err);

#endif
