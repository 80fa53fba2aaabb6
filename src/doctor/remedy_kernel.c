/* remedy_kernel.c: where other kernels come from, and how an initramfs is made anew:
 * tables by distribution and tool. */
#include "doctor/remedy.h"

#include "base/bytes.h"   /* ARRAY_SIZE */
#include "doctor/check.h" /* advise */
#include "host/root.h"    /* tools that are installed */

#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* strtoul */
#include <string.h> /* versions */

#define OSTREE_INITRAMFS \
    "rpm-ostree initramfs --enable --arg=--force-drivers --arg=vfio_pci"

/* Makers of an initramfs: what is installed tells, else the distribution. */
static const struct {
    const char *program;      /* NULL: its place is no sign */
    const char *distribution; /* whose first choice it is */
    const char *command;
} makers[] = {
    { NULL, "nixos", "nixos-rebuild boot" },
    { "usr/sbin/update-initramfs", "debian", "update-initramfs -u -k all" },
    { "usr/sbin/update-initramfs", "ubuntu", "update-initramfs -u -k all" },
    { "usr/bin/mkinitcpio", "arch", "mkinitcpio -P" },
    { "usr/bin/mkinitcpio", "artix", "mkinitcpio -P" },
    { "usr/bin/booster", NULL, "/usr/lib/booster/regenerate_images" },
    { "usr/bin/dracut", "fedora", "dracut -f --regenerate-all" },
    { "usr/bin/dracut", "rhel", "dracut -f --regenerate-all" },
    { "usr/bin/dracut", "suse", "dracut -f --regenerate-all" },
    { "usr/bin/dracut", "opensuse", "dracut -f --regenerate-all" },
    { "usr/bin/dracut", "void", "dracut -f --regenerate-all" },
    { NULL, "gentoo", "dracut -f --regenerate-all (or genkernel initramfs)" },
    { NULL, "alpine", "mkinitfs" },
};

static const char *maker_of(const struct host_facts *facts)
{
    if (facts->platform.loader == LOADER_OSTREE)
        return OSTREE_INITRAMFS;
    for (unsigned i = 0; i < ARRAY_SIZE(makers); i++) {
        if (makers[i].program &&
            host_root_kind(facts->root, "%s", makers[i].program) != HOST_PATH_ABSENT)
            return makers[i].command;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(makers); i++) {
        if (makers[i].distribution &&
            remedy_is_for(&facts->platform, makers[i].distribution))
            return makers[i].command;
    }
    return "the tool that makes this distribution's initramfs";
}

void advise_rebuild_initramfs(struct finding *finding, const struct host_facts *facts)
{
    advise(finding, "as root run: %s%s, and reboot", maker_of(facts),
           facts->platform.loader == LOADER_PROXMOX ? " (and proxmox-boot-tool refresh)"
                                                    : "");
}

void advise_module_option(struct finding *finding, const struct host_facts *facts,
                          const char *module, const char *option)
{
    char plain[48], parameter[128];
    snprintf(plain, sizeof(plain), "%s", module);
    for (char *at = plain; (at = strchr(at, '-'));)
        *at = '_';
    if (host_kernel_built_in(&facts->kernel, plain)) {
        snprintf(parameter, sizeof(parameter), "%s.%s", module, option);
        advise_add_parameter(finding, facts, parameter);
        return;
    }
    advise(finding, "write \"options %s %s\" to /etc/modprobe.d/igdvm.conf; ", module,
           option);
    advise_rebuild_initramfs(finding, facts);
}

/* Systems whose initramfs is not made by files in /etc. */
static const struct {
    const char *distribution;
    const char *how;
} vfio_first[] = {
    { "nixos",
      "put \"vfio_pci\" \"vfio\" \"vfio_iommu_type1\" before i915 and xe into "
      "boot.initrd.kernelModules in /etc/nixos/configuration.nix, then as root "
      "run: nixos-rebuild boot, and reboot" },
    { "unraid", "tick the GPU in Tools, System Devices, and reboot" },
};

void advise_vfio_first(struct finding *finding, const struct host_facts *facts,
                       const char *driver)
{
    if (facts->platform.loader == LOADER_OSTREE) {
        advise(finding, "as root run: " OSTREE_INITRAMFS ", and reboot");
        return;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(vfio_first); i++) {
        if (remedy_is_for(&facts->platform, vfio_first[i].distribution)) {
            advise(finding, "%s", vfio_first[i].how);
            return;
        }
    }
    const struct host_pci_device *igd = host_pci_igd(&facts->pci);
    if (igd && host_kernel_built_in(&facts->kernel, "vfio_pci")) {
        /* modprobe's files are not asked for what is built in, and it comes first. */
        char parameter[32];
        snprintf(parameter, sizeof(parameter), "vfio-pci.ids=8086:%04x", igd->device);
        advise_add_parameter(finding, facts, parameter);
        return;
    }
    advise(finding,
           "write \"softdep %s pre: vfio-pci\" to /etc/modprobe.d/igdvm.conf and put "
           "vfio-pci into the initramfs (igdvm bind --at-boot does both); ",
           driver);
    advise_rebuild_initramfs(finding, facts);
}

/*
 * Where other kernels come from, and how new they get (as of 2026): a release of a
 * distribution stops at some version. The first row that fits is taken.
 */
struct kernel_source {
    const char *distribution; /* "proxmox" and "ostree" are such here */
    unsigned release;         /* up to which; 0: all */
    unsigned major, minor;    /* the newest; 0: whatever is new */
    const char *source, *beyond;
};

#define PROXMOX_KERNEL "Proxmox's newest kernel (apt install proxmox-default-kernel)"
#define HWE            "the HWE kernel (apt install linux-generic-hwe-"
#define NEWER_UBUNTU   "Ubuntu 24.04 or later with its HWE kernel"
#define BACKPORTS      "linux-image-amd64 of Debian's backports"
#define NEWER_DEBIAN   "Debian 13 or later with " BACKPORTS
#define ELREPO         "kernel-ml of ELRepo, as Red Hat's own kernels lack much of this"
#define TUMBLEWEED     "the package kernel-default of Tumbleweed or the Kernel repository"

static const struct kernel_source kernel_sources[] = {
    { "ostree", 0, 0, 0, "the system's newest image (rpm-ostree upgrade)", NULL },
    { "truenas", 0, 0, 0, "a newer release of TrueNAS", NULL },
    { "unraid", 0, 0, 0, "a newer release of Unraid", NULL },
    /* by the release of the Debian below */
    { "proxmox", 11, 6, 2, PROXMOX_KERNEL, "Proxmox VE 9 or later" },
    { "proxmox", 12, 6, 14, "Proxmox's newest kernel (apt install proxmox-kernel-6.14)",
      "Proxmox VE 9 or later" },
    { "proxmox", 0, 0, 0, PROXMOX_KERNEL, NULL },
    { "ubuntu", 16, 4, 15, HWE "16.04)", NEWER_UBUNTU },
    { "ubuntu", 18, 5, 4, HWE "18.04)", NEWER_UBUNTU },
    { "ubuntu", 20, 5, 15, HWE "20.04)", NEWER_UBUNTU },
    { "ubuntu", 22, 6, 8, HWE "22.04)", NEWER_UBUNTU },
    { "ubuntu", 24, 6, 17, HWE "24.04)", "a later Ubuntu" },
    { "ubuntu", 0, 0, 0, "a newer HWE kernel (linux-generic-hwe)", NULL },
    { "debian", 8, 4, 9, BACKPORTS, NEWER_DEBIAN },
    { "debian", 9, 4, 19, BACKPORTS, NEWER_DEBIAN },
    { "debian", 10, 5, 10, BACKPORTS, NEWER_DEBIAN },
    { "debian", 11, 6, 1, BACKPORTS, NEWER_DEBIAN },
    { "debian", 12, 6, 12, BACKPORTS, NEWER_DEBIAN },
    { "debian", 0, 0, 0, BACKPORTS, NULL },
    { "rhel", 0, 0, 0, ELREPO, NULL },
    { "centos", 0, 0, 0, ELREPO, NULL },
    { "fedora", 0, 0, 0, "Fedora's current kernel (dnf upgrade kernel)", NULL },
    { "arch", 0, 0, 0, "the package linux (pacman -Syu)", NULL },
    { "opensuse", 0, 0, 0, TUMBLEWEED, NULL },
    { "suse", 0, 0, 0, TUMBLEWEED, NULL },
    { "gentoo", 0, 0, 0, "your own kernel with the option set", NULL },
    { "nixos", 0, 0, 0, "boot.kernelPackages = pkgs.linuxPackages_latest", NULL },
    { "alpine", 0, 0, 0, "the package linux-stable (apk add linux-stable)", NULL },
    { "void", 0, 0, 0, "the package linux-mainline (xbps-install linux-mainline)",
      NULL },
};

static bool is_source_for(const struct kernel_source *row,
                          const struct host_platform *platform)
{
    if (!strcmp(row->distribution, "proxmox"))
        return platform->proxmox;
    if (!strcmp(row->distribution, "ostree"))
        return platform->loader == LOADER_OSTREE;
    return remedy_is_for(platform, row->distribution);
}

static const struct kernel_source *find_source(const struct host_platform *platform)
{
    unsigned release = (unsigned)strtoul(platform->version, NULL, 10);
    /* Of those that are like it, the version is their own. */
    bool own = !strcmp(platform->id, "ubuntu") || !strcmp(platform->id, "debian");
    for (unsigned i = 0; i < ARRAY_SIZE(kernel_sources); i++) {
        const struct kernel_source *row = &kernel_sources[i];
        if (is_source_for(row, platform) &&
            (!row->release || (own && release && release <= row->release)))
            return row;
    }
    return NULL;
}

void advise_kernel_with(struct finding *finding, const struct host_facts *facts,
                        const char *option)
{
    const struct kernel_source *row = find_source(&facts->platform);
    advise(finding, "boot a kernel built with %s=y: try %s", option,
           row ? row->source : "another kernel package, or your own build");
}

void advise_newer_kernel(struct finding *finding, const struct host_facts *facts,
                         unsigned major, unsigned minor)
{
    const struct kernel_source *row = find_source(&facts->platform);
    bool enough = row && (!row->major || row->major > major ||
                          (row->major == major && row->minor >= minor));
    advise(finding, "boot Linux %u.%u or later: try ", major, minor);
    if (!row)
        advise(finding, "another kernel package, or your own build");
    else if (enough)
        advise(finding, "%s", row->source);
    else
        advise(finding, "%s (this release gets Linux %u.%u at most)", row->beyond,
               row->major, row->minor);
}
