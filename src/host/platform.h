/* platform.h: the computer and its distribution: how its settings are changed. */
#ifndef HOST_PLATFORM_H
#define HOST_PLATFORM_H

#include "host/fact.h" /* enum fact */

#include <stddef.h> /* size_t */

struct host_root;
struct host_kernel;

enum boot_loader {
    LOADER_UNKNOWN,
    LOADER_GRUB,
    LOADER_SYSTEMD_BOOT,
    LOADER_KERNEL_CMDLINE, /* /etc/kernel/cmdline and kernel-install or a UKI */
    LOADER_PROXMOX,        /* /etc/kernel/cmdline and proxmox-boot-tool */
    LOADER_OSTREE,         /* whichever loads: rpm-ostree keeps the command line */
    LOADER_SYSLINUX,
    LOADER_EXTLINUX, /* syslinux with update-extlinux, on Alpine */
    LOADER_LILO,
    LOADER_LIMINE,
    LOADER_REFIND,
};

struct host_platform {
    /* of os-release; "": not known. TrueNAS and Unraid are
     * variants here: they say they are Debian and Slackware. */
    char id[32], id_like[64], variant[32], version[16];
    char name[96]; /* "Debian GNU/Linux 12 (bookworm)" */
    bool proxmox;
    enum boot_loader loader;
    char *grub;           /* etc/default/grub; NULL: not known */
    char *kernel_cmdline; /* etc/kernel/cmdline likewise */
    enum fact efi;        /* booted by UEFI */
    char cpu_vendor[16];  /* "GenuineIntel" */
    char cpu_name[96];    /* "Intel(R) Core(TM) i5-7500 CPU @ 3.40GHz" */
    enum fact vmx;        /* or svm */
    enum fact hypervisor; /* this is itself a virtual machine */
    unsigned physical_bits;
    char board[96], bios[96], chassis[8]; /* of dmi; chassis is the type's number */
};

void host_platform_read(struct host_platform *platform, const struct host_root *root,
                        const struct host_kernel *kernel, const char *log);
void host_platform_free(struct host_platform *platform);

/* Is it a laptop, by its chassis? */
enum fact host_platform_laptop(const struct host_platform *platform);

/* Is the distribution this one, or like it? */
bool host_platform_is(const struct host_platform *platform, const char *id);

#endif
