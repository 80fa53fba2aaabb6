/* remedy.c: how this host's kernel command line is changed: a table by distribution and
 * boot loader. */
#include "doctor/remedy.h"

#include "doctor/check.h" /* advise */
#include "host/lines.h"   /* words */

#include <string.h> /* distributions */

#define ANY LOADER_UNKNOWN

/* One way to change the kernel command line; %s is the parameter. */
struct way {
    const char *distribution; /* ID, a part of ID_LIKE, or VARIANT_ID; NULL: any */
    enum boot_loader loader;  /* ANY: whichever */
    const char *add, *remove;
};

#define GRUB_FILE "GRUB_CMDLINE_LINUX_DEFAULT in /etc/default/grub"
#define GRUB(distribution, command)                                                \
    {                                                                              \
        distribution, LOADER_GRUB,                                                 \
            "add %s to " GRUB_FILE ", then as root run: " command ", and reboot",  \
            "take %s out of GRUB_CMDLINE_LINUX_DEFAULT and GRUB_CMDLINE_LINUX in " \
            "/etc/default/grub, then as root run: " command ", and reboot"         \
    }
#define OSTREE                                                          \
    "as root run: rpm-ostree kargs --append-if-missing=%s, and reboot", \
        "as root run: rpm-ostree kargs --delete-if-present=%s, and reboot"
#define TRUENAS \
    "as root run: midclt call system.advanced.update '{\"kernel_extra_options\": "
#define GRUBBY                                                                       \
    "as root run: grubby --update-kernel=ALL --args=\"%s\", and reboot",             \
        "as root run: grubby --update-kernel=ALL --remove-args=\"%s\" (and take it " \
        "out of /etc/default/grub), and reboot"

/* The first that fits is taken. */
static const struct way ways[] = {
    { "nixos", ANY,
      "put \"%s\" into boot.kernelParams in /etc/nixos/configuration.nix, then as root "
      "run: nixos-rebuild boot, and reboot",
      "take \"%s\" out of boot.kernelParams in /etc/nixos/configuration.nix, then as "
      "root run: nixos-rebuild boot, and reboot" },
    { NULL, LOADER_OSTREE, OSTREE },
    { "silverblue", ANY, OSTREE },
    { "kinoite", ANY, OSTREE },
    { "sericea", ANY, OSTREE },
    { "coreos", ANY, OSTREE },
    { "bazzite", ANY, OSTREE },
    { "iot", ANY, OSTREE },
    { "talos", ANY,
      "put %s into machine.install.extraKernelArgs (or the image's schematic) and run: "
      "talosctl upgrade",
      "take %s out of machine.install.extraKernelArgs (or the image's schematic) and "
      "run: talosctl upgrade" },
    { "slackware", LOADER_SYSLINUX,
      "add %s to the append line of /boot/syslinux/syslinux.cfg (Main, Flash, Syslinux "
      "configuration), and reboot",
      "take %s out of the append line of /boot/syslinux/syslinux.cfg (Main, Flash, "
      "Syslinux configuration), and reboot" },
    { "slackware", LOADER_LIMINE,
      "add %s to the cmdline line of /boot/limine.conf, and reboot",
      "take %s out of the cmdline line of /boot/limine.conf, and reboot" },
    { "truenas", ANY,
      TRUENAS "\"...%s\"}', with the options that are there already in place of the "
              "dots, and reboot",
      TRUENAS "\"...\"}', with the options that are there already but %s in place of "
              "the dots, and reboot" },
    { NULL, LOADER_EXTLINUX,
      "add %s to default_kernel_opts in /etc/update-extlinux.conf, then as root run: "
      "update-extlinux, and reboot",
      "take %s out of default_kernel_opts in /etc/update-extlinux.conf, then as root "
      "run: update-extlinux, and reboot" },
    { NULL, LOADER_LILO,
      "add %s to append= in /etc/lilo.conf, then as root run: lilo, and reboot",
      "take %s out of append= in /etc/lilo.conf, then as root run: lilo, and reboot" },
    { "cachyos", LOADER_LIMINE,
      "add %s to KERNEL_CMDLINE[default] in /etc/default/limine, then as root run: "
      "limine-mkinitcpio, and reboot",
      "take %s out of KERNEL_CMDLINE[default] in /etc/default/limine, then as root run: "
      "limine-mkinitcpio, and reboot" },
    { NULL, LOADER_LIMINE,
      "add %s to the cmdline line of the entry in limine.conf (in /boot or the EFI "
      "partition), and reboot",
      "take %s out of the cmdline line of the entry in limine.conf (in /boot or the EFI "
      "partition), and reboot" },
    { NULL, LOADER_REFIND,
      "add %s to the options in /boot/refind_linux.conf, and reboot",
      "take %s out of the options in /boot/refind_linux.conf, and reboot" },
    { NULL, LOADER_SYSLINUX,
      "add %s to the append line of the syslinux configuration, and reboot",
      "take %s out of the append line of the syslinux configuration, and reboot" },
    { NULL, LOADER_PROXMOX,
      "add %s to the one line of /etc/kernel/cmdline, then as root run: "
      "proxmox-boot-tool refresh, and reboot",
      "take %s out of the line of /etc/kernel/cmdline, then as root run: "
      "proxmox-boot-tool refresh, and reboot" },
    { "pop", ANY, "as root run: kernelstub -a \"%s\", and reboot",
      "as root run: kernelstub -d \"%s\", and reboot" },
    { "clear-linux-os", ANY,
      "write %s to /etc/kernel/cmdline.d/igdvm.conf, then as root run: "
      "clr-boot-manager update, and reboot",
      "take %s out of the files in /etc/kernel/cmdline.d, then as root run: "
      "clr-boot-manager update, and reboot" },
    { "fedora", ANY, GRUBBY },
    { "rhel", ANY, GRUBBY },
    { "centos", ANY, GRUBBY },
    GRUB("opensuse-microos", "transactional-update grub.cfg"),
    GRUB("sle-micro", "transactional-update grub.cfg"),
    GRUB("suse", "grub2-mkconfig -o /boot/grub2/grub.cfg"),
    GRUB("opensuse", "grub2-mkconfig -o /boot/grub2/grub.cfg"),
    GRUB("debian", "update-grub"),
    GRUB("ubuntu", "update-grub"),
    GRUB("arch", "grub-mkconfig -o /boot/grub/grub.cfg"),
    GRUB("gentoo", "grub-mkconfig -o /boot/grub/grub.cfg"),
    GRUB("void", "update-grub"),
    GRUB("alpine", "grub-mkconfig -o /boot/grub/grub.cfg"),
    GRUB("artix", "grub-mkconfig -o /boot/grub/grub.cfg"),
    GRUB(NULL, "grub-mkconfig -o /boot/grub/grub.cfg (grub2-mkconfig on some)"),
    { "suse", ANY,
      "add %s to /etc/kernel/cmdline, then as root run: sdbootutil update-all-entries, "
      "and reboot",
      "take %s out of /etc/kernel/cmdline, then as root run: sdbootutil "
      "update-all-entries, and reboot" },
    { "endeavouros", LOADER_KERNEL_CMDLINE,
      "add %s to /etc/kernel/cmdline, then as root run: reinstall-kernels, and reboot",
      "take %s out of /etc/kernel/cmdline, then as root run: reinstall-kernels, and "
      "reboot" },
    { "cachyos", LOADER_SYSTEMD_BOOT,
      "add %s to LINUX_OPTIONS in /etc/sdboot-manage.conf, then as root run: "
      "sdboot-manage gen, and reboot",
      "take %s out of LINUX_OPTIONS in /etc/sdboot-manage.conf, then as root run: "
      "sdboot-manage gen, and reboot" },
    { "debian", LOADER_KERNEL_CMDLINE,
      "add %s to /etc/kernel/cmdline, then as root run: kernel-install add $(uname -r) "
      "/boot/vmlinuz-$(uname -r), and reboot",
      "take %s out of /etc/kernel/cmdline, then as root run: kernel-install add "
      "$(uname -r) /boot/vmlinuz-$(uname -r), and reboot" },
    { "arch", LOADER_KERNEL_CMDLINE,
      "add %s to /etc/kernel/cmdline, then as root run: mkinitcpio -P, and reboot",
      "take %s out of /etc/kernel/cmdline, then as root run: mkinitcpio -P, and "
      "reboot" },
    { NULL, LOADER_KERNEL_CMDLINE,
      "add %s to /etc/kernel/cmdline, then as root run: kernel-install add $(uname -r) "
      "/lib/modules/$(uname -r)/vmlinuz, and reboot",
      "take %s out of /etc/kernel/cmdline, then as root run: kernel-install add "
      "$(uname -r) /lib/modules/$(uname -r)/vmlinuz, and reboot" },
    { NULL, LOADER_SYSTEMD_BOOT,
      "add %s to the options line of the entry in loader/entries of the EFI partition "
      "(/boot, /efi or /boot/efi), and reboot",
      "take %s out of the options line of the entry in loader/entries of the EFI "
      "partition (/boot, /efi or /boot/efi), and reboot" },
    GRUB("slackware", "grub-mkconfig -o /boot/grub/grub.cfg"),
    { NULL, ANY,
      "add %s to the kernel command line in the boot loader's settings, and reboot",
      "take %s off the kernel command line in the boot loader's settings, and reboot" },
};

bool remedy_is_for(const struct host_platform *platform, const char *id)
{
    if (!strcmp(platform->variant, id))
        return true;
    /* "opensuse-tumbleweed", "opensuse-leap" */
    size_t length = strlen(id);
    return host_platform_is(platform, id) ||
           (!strncmp(platform->id, id, length) && platform->id[length] == '-');
}

static const struct way *find_way(const struct host_platform *platform)
{
    for (unsigned i = 0;; i++) {
        const struct way *way = &ways[i];
        bool last = !way->distribution && way->loader == ANY;
        if (last ||
            ((!way->distribution || remedy_is_for(platform, way->distribution)) &&
             (way->loader == ANY || way->loader == platform->loader)))
            return way;
    }
}

/* The table's formats take the parameter once. */
static void advise_way(struct finding *finding, const char *format,
                       const char *parameter)
{
    const char *place = strstr(format, "%s");
    advise(finding, "%.*s%s%s", (int)(place - format), format, parameter, place + 2);
}

/* Is the parameter in the boot loader's file already, though this boot went without? */
static bool is_written(const struct host_platform *platform, const char *parameter)
{
    char word[LINE_SIZE];
    const char *file =
        platform->loader == LOADER_GRUB ? platform->grub : platform->kernel_cmdline;
    char line[LINE_SIZE];
    for (const char *cursor = file; next_line(&cursor, line, sizeof(line));) {
        const char *value = strchr(line, '=');
        bool grub = platform->loader == LOADER_GRUB;
        if (line[0] == '#' ||
            (grub && (!value || strncmp(line, "GRUB_CMDLINE", 12) != 0)))
            continue;
        /* The quotes around GRUB's value are no part of its words. */
        char *text = line + (grub ? value + 1 - line : 0);
        for (char *at = text; *at; at++)
            *at = *at == '"' || *at == '\'' ? ' ' : *at;
        for (const char *at = text; next_word(&at, word, sizeof(word));) {
            if (!strcmp(word, parameter))
                return true;
        }
    }
    return false;
}

void advise_add_parameter(struct finding *finding, const struct host_facts *facts,
                          const char *parameter)
{
    if (is_written(&facts->platform, parameter))
        advise(finding,
               "%s is in %s already, but this kernel was booted without it: the "
               "boot loader was not told, or another entry was booted. To be "
               "sure, ",
               parameter,
               facts->platform.loader == LOADER_GRUB ? "/etc/default/grub"
                                                     : "/etc/kernel/cmdline");
    advise_way(finding, find_way(&facts->platform)->add, parameter);
}

void advise_remove_parameter(struct finding *finding, const struct host_facts *facts,
                             const char *parameter)
{
    advise_way(finding, find_way(&facts->platform)->remove, parameter);
}

void advise_firmware(struct finding *finding, const struct host_facts *facts,
                     const char *what)
{
    const char *board = facts->platform.board;
    advise(finding, "in the firmware's setup%s%s: %s", board[0] ? " of " : "", board,
           what);
}
