/* platform.c: the computer and its distribution: how its settings are changed. */
#include "host/platform.h"

#include "host/kernel.h"    /* the release names Proxmox */
#include "host/lines.h"     /* lines */
#include "host/printable.h" /* names */
#include "host/root.h"      /* the files */

#include <stdio.h>  /* sscanf */
#include <stdlib.h> /* strtoul */
#include <string.h> /* text */

static void take(char *to, size_t size, const char *value)
{
    size_t length = strlen(value);
    if (length >= 2 && (*value == '"' || *value == '\'')) {
        value++;
        length -= 2;
    }
    snprintf(to, size, "%.*s", (int)length, value);
    make_printable(to);
}

static void read_os(struct host_platform *platform, const struct host_root *root)
{
    char *text, line[LINE_SIZE];
    size_t size;
    if (host_root_read(root, &text, &size, "etc/os-release") < 0 &&
        host_root_read(root, &text, &size, "usr/lib/os-release") < 0)
        return;
    for (const char *cursor = text; next_line(&cursor, line, sizeof(line));) {
        char *value = strchr(line, '=');
        if (!value)
            continue;
        *value++ = '\0';
        value = trimmed(value);
        if (!strcmp(line, "ID"))
            take(platform->id, sizeof(platform->id), value);
        else if (!strcmp(line, "ID_LIKE"))
            take(platform->id_like, sizeof(platform->id_like), value);
        else if (!strcmp(line, "VARIANT_ID"))
            take(platform->variant, sizeof(platform->variant), value);
        else if (!strcmp(line, "VERSION_ID"))
            take(platform->version, sizeof(platform->version), value);
        else if (!strcmp(line, "PRETTY_NAME"))
            take(platform->name, sizeof(platform->name), value);
    }
    free(text);
}

static bool holds_word(const char *words, const char *word)
{
    char one[LINE_SIZE];
    for (const char *cursor = words; next_word(&cursor, one, sizeof(one));) {
        if (!strcmp(one, word))
            return true;
    }
    return false;
}

/* Fewer flags than any processor with VMX has: somebody left some out. */
#define WHOLE_FLAGS 40

static void take_flags(struct host_platform *platform, const char *flags)
{
    char word[64];
    unsigned count = 0;
    for (const char *cursor = flags; next_word(&cursor, word, sizeof(word));)
        count++;
    if (holds_word(flags, "vmx") || holds_word(flags, "svm"))
        platform->vmx = FACT_YES;
    else if (count >= WHOLE_FLAGS)
        platform->vmx = FACT_NO;
    platform->hypervisor = fact_from(holds_word(flags, "hypervisor"));
}

/* What a key of proc/cpuinfo gives away that PCs' have not; NULL: nothing. */
static const char *other_architecture(const char *key)
{
    static const struct {
        const char *key, *name;
    } keys[] = {
        { "CPU implementer", "Arm" },
        { "isa", "RISC-V" },
        { "revision", "POWER" },
    };
    for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (!strcmp(key, keys[i].key))
            return keys[i].name;
    }
    return NULL;
}

static void read_cpu(struct host_platform *platform, const struct host_root *root)
{
    char *text, line[LINE_SIZE];
    size_t size;
    if (host_root_read(root, &text, &size, "proc/cpuinfo") < 0)
        return;
    for (const char *cursor = text; next_line(&cursor, line, sizeof(line));) {
        char *value = strchr(line, ':');
        if (!value || !*trimmed(line))
            continue;
        *value++ = '\0';
        const char *key = trimmed(line);
        value = trimmed(value);
        if (!strcmp(key, "vendor_id") && !platform->cpu_vendor[0]) {
            snprintf(platform->cpu_vendor, sizeof(platform->cpu_vendor), "%.15s",
                     value);
        } else if (!platform->cpu_vendor[0] && other_architecture(key)) {
            snprintf(platform->cpu_vendor, sizeof(platform->cpu_vendor), "%s",
                     other_architecture(key));
        } else if (!strcmp(key, "model name") && !platform->cpu_name[0]) {
            snprintf(platform->cpu_name, sizeof(platform->cpu_name), "%.95s", value);
        } else if (!strcmp(key, "flags") && !platform->vmx) {
            take_flags(platform, value);
        } else if (!strcmp(key, "address sizes") && !platform->physical_bits) {
            platform->physical_bits = (unsigned)strtoul(value, NULL, 10);
        }
    }
    free(text);
}

static void read_dmi(struct host_platform *platform, const struct host_root *root)
{
    char vendor[64] = "", name[64] = "", version[64] = "", date[32] = "";
    host_root_line(root, vendor, sizeof(vendor), "sys/class/dmi/id/board_vendor");
    host_root_line(root, name, sizeof(name), "sys/class/dmi/id/board_name");
    if (!name[0])
        host_root_line(root, name, sizeof(name), "sys/class/dmi/id/product_name");
    host_root_line(root, version, sizeof(version), "sys/class/dmi/id/bios_version");
    host_root_line(root, date, sizeof(date), "sys/class/dmi/id/bios_date");
    host_root_line(root, platform->chassis, sizeof(platform->chassis),
                   "sys/class/dmi/id/chassis_type");
    snprintf(platform->board, sizeof(platform->board), "%.44s%s%.48s", vendor,
             vendor[0] && name[0] ? " " : "", name);
    snprintf(platform->bios, sizeof(platform->bios), "%.60s%s%.30s", version,
             version[0] && date[0] ? " of " : "", date);
}

/* Booted by UEFI? The folder tells; so do the log, what loaded the kernel and the
 * firmware's framebuffer. */
static void read_efi(struct host_platform *platform, const struct host_root *root,
                     const struct host_kernel *kernel, const char *log)
{
    const char *command_line = kernel->command_line ? kernel->command_line : "";
    if (host_root_kind(root, "sys/firmware/efi") != HOST_PATH_ABSENT ||
        strstr(command_line, "initrd=\\") || /* a path of UEFI's */
        host_root_kind(root, "sys/bus/platform/devices/efi-framebuffer.0") !=
            HOST_PATH_ABSENT ||
        (log && (strstr(log, "efi: EFI v") || strstr(log, "EFI v1.") ||
                 strstr(log, "EFI v2.") || strstr(log, "EFI Secure Boot"))))
        platform->efi = FACT_YES;
    else if (host_root_kind(root, "sys/firmware") == HOST_PATH_DIRECTORY ||
             (log && strstr(log, "Linux version ") && strstr(log, "BIOS-e820")))
        platform->efi = FACT_NO;
}

/* Boot loaders that leave a file of their own, which is there. */
static enum boot_loader loader_of_files(const struct host_root *root)
{
    static const struct {
        const char *path;
        enum boot_loader loader;
    } files[] = {
        { "boot/limine.conf", LOADER_LIMINE },
        { "boot/limine/limine.conf", LOADER_LIMINE },
        { "etc/default/limine", LOADER_LIMINE },
        { "boot/refind_linux.conf", LOADER_REFIND },
        { "boot/loader", LOADER_SYSTEMD_BOOT },
    };
    for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (host_root_kind(root, "%s", files[i].path) != HOST_PATH_ABSENT)
            return files[i].loader;
    }
    return LOADER_UNKNOWN;
}

/* By what follows BOOT_IMAGE=: GRUB writes a path, the others a label or a name. */
static enum boot_loader loader_of_image(const struct host_platform *platform,
                                        const char *line, const char *image)
{
    if (!strncmp(image, "/bzimage", 8) || !strncmp(image, "/bzroot", 7))
        return LOADER_SYSLINUX;
    if (*image == '/' || *image == '(')
        return LOADER_GRUB;
    if (!strncmp(line, "auto ", 5))
        return LOADER_LILO;
    return host_platform_is(platform, "alpine") ? LOADER_EXTLINUX : LOADER_SYSLINUX;
}

/*
 * The boot loader, by what it writes on the command line; what is installed only tells
 * when that does not.
 */
static void find_loader(struct host_platform *platform, const struct host_root *root,
                        const struct host_kernel *kernel)
{
    const char *line = kernel->command_line ? kernel->command_line : "";
    const char *image = strstr(line, "BOOT_IMAGE=");
    bool efi_line = strncmp(line, "initrd=\\", 8) == 0 || strstr(line, " initrd=\\");
    enum boot_loader installed = loader_of_files(root);
    if (host_kernel_parameter(kernel, "ostree", NULL, 0))
        platform->loader = LOADER_OSTREE;
    else if (image)
        platform->loader = loader_of_image(platform, line, image + 11);
    else if (platform->proxmox && (efi_line || platform->kernel_cmdline))
        platform->loader = LOADER_PROXMOX;
    else if (installed == LOADER_LIMINE || installed == LOADER_REFIND)
        platform->loader = installed;
    else if (platform->kernel_cmdline)
        platform->loader = LOADER_KERNEL_CMDLINE;
    else if (efi_line || installed)
        platform->loader = LOADER_SYSTEMD_BOOT;
    else if (platform->grub)
        platform->loader = LOADER_GRUB;
}

void host_platform_read(struct host_platform *platform, const struct host_root *root,
                        const struct host_kernel *kernel, const char *log)
{
    size_t size;
    *platform = (struct host_platform){ 0 };
    read_os(platform, root);
    read_cpu(platform, root);
    read_dmi(platform, root);
    read_efi(platform, root, kernel, log);
    platform->proxmox = strstr(kernel->release, "-pve") != NULL ||
                        host_root_kind(root, "etc/pve") != HOST_PATH_ABSENT;
    if (strstr(kernel->release, "truenas"))
        snprintf(platform->variant, sizeof(platform->variant), "truenas");
    if (strstr(kernel->release, "Unraid"))
        snprintf(platform->variant, sizeof(platform->variant), "unraid");
    if (host_root_read(root, &platform->grub, &size, "etc/default/grub") < 0)
        platform->grub = NULL;
    if (host_root_read(root, &platform->kernel_cmdline, &size, "etc/kernel/cmdline") <
        0)
        platform->kernel_cmdline = NULL;
    find_loader(platform, root, kernel);
    if (platform->hypervisor == FACT_UNKNOWN && log &&
        strstr(log, "Hypervisor detected: "))
        platform->hypervisor = FACT_YES;
}

void host_platform_free(struct host_platform *platform)
{
    free(platform->grub);
    free(platform->kernel_cmdline);
}

enum fact host_platform_laptop(const struct host_platform *platform)
{
    /* SMBIOS 7.4.1: portable, laptop, notebook, sub notebook, tablet, convertible,
     * detachable */
    static const char *const portable[] = { "8", "9", "10", "14", "30", "31", "32" };
    if (!platform->chassis[0])
        return FACT_UNKNOWN;
    for (unsigned i = 0; i < sizeof(portable) / sizeof(portable[0]); i++) {
        if (!strcmp(platform->chassis, portable[i]))
            return FACT_YES;
    }
    return FACT_NO;
}

bool host_platform_is(const struct host_platform *platform, const char *id)
{
    return !strcmp(platform->id, id) || holds_word(platform->id_like, id);
}
