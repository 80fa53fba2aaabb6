/* boot_config.h: the configuration that gives a GPU to vfio-pci at every boot. */
#ifndef HOST_BOOT_CONFIG_H
#define HOST_BOOT_CONFIG_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* identifiers */

struct error;

#define BOOT_CHANGES_MAX 2
#define BOOT_IDS_MAX     9

struct boot_wishes {
    const char *root; /* file system: "" is this host's */
    unsigned id_count;
    uint32_t ids[BOOT_IDS_MAX]; /* vendor << 16 | device, of all that go along */
    bool with_audio;            /* one of them is served by snd_hda_intel */
    bool remove;                /* take it away */
};

/* One file: what it says now and what it is to say. */
struct boot_change {
    char path[256]; /* without root */
    char *before;   /* NULL: there is no such file */
    char *after;    /* NULL: it goes */
    bool shared;    /* the distribution's: a copy is kept beside it */
};

struct boot_plan {
    const char *maker;          /* "initramfs-tools", "dracut", "mkinitcpio" */
    const char *const *command; /* makes the initramfs anew; ends with NULL */
    unsigned count;
    struct boot_change changes[BOOT_CHANGES_MAX]; /* only files that change */
};

/*
 * What to change on this distribution. 0 and `plan`, to be freed with boot_plan_free;
 * or a negative errno with err set: -ENOTSUP no maker of initramfs that is known is
 * installed, or vfio-pci is built in (the text says what to configure by hand).
 */
int boot_plan_make(const struct boot_wishes *wishes, struct boot_plan *plan,
                   struct error *err);
void boot_plan_free(struct boot_plan *plan);

/*
 * Write the files: whole or not at all, each; a copy of a shared file as it was before
 * the first change is kept as PATH.igdvm-before. 0, or a negative errno with err set.
 */
int boot_plan_apply(const char *root, const struct boot_plan *plan, struct error *err);

/* Is igdvm's file of modprobe there? */
bool boot_config_present(const char *root);

#endif
