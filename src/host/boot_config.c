/* boot_config.c: modprobe's and the initramfs makers' files. */
#include "host/boot_config.h"

#include "base/bytes.h" /* ARRAY_SIZE */
#include "base/error.h" /* error_set */
#include "host/sysfs.h" /* sysfs_exists */

#include <fcntl.h>    /* open */
#include <limits.h>   /* PATH_MAX */
#include <stdio.h>    /* files */
#include <stdlib.h>   /* malloc */
#include <string.h>   /* strstr */
#include <sys/stat.h> /* fchmod */
#include <unistd.h>   /* fsync */

#define MODPROBE_FILE "etc/modprobe.d/igdvm.conf"
#define FILE_MAX      (1024 * 1024)
#define BEGIN         "# igdvm begin: vfio-pci before the GPU's own driver\n"
#define END           "# igdvm end\n"
#define BEFORE        ".igdvm-before"
#define NEW           ".igdvm-new"

/* Those that make an initramfs, and how each is told of modules. */
struct maker {
    const char *name;
    const char *program; /* there when it is installed */
    const char *file;
    bool shared; /* the file has other contents: ours is a block in it */
    const char *text;
    const char *command[4];
};

static const struct maker makers[] = {
    { "initramfs-tools",
      "usr/sbin/update-initramfs",
      "etc/initramfs-tools/modules",
      true,
      "vfio\nvfio_iommu_type1\nvfio_pci\n",
      { "update-initramfs", "-u", "-k", "all" } },
    { "mkinitcpio",
      "usr/bin/mkinitcpio",
      "etc/mkinitcpio.conf",
      true,
      "MODULES=(vfio_pci vfio vfio_iommu_type1 \"${MODULES[@]}\")\n",
      { "mkinitcpio", "-P" } },
    { "dracut",
      "usr/bin/dracut",
      "etc/dracut.conf.d/igdvm.conf",
      false,
      "force_drivers+=\" vfio_pci vfio vfio_iommu_type1 \"\n",
      { "dracut", "--force", "--regenerate-all" } },
};

static const char *const no_command[] = { NULL };

static char *read_whole(const char *root, const char *path)
{
    char full[PATH_MAX];
    snprintf(full, sizeof(full), "%s/%s", root, path);
    FILE *file = fopen(full, "re");
    if (!file)
        return NULL;
    char *text = malloc(FILE_MAX + 1);
    size_t size = text ? fread(text, 1, FILE_MAX, file) : 0;
    if (text)
        text[size] = '\0';
    fclose(file);
    return text;
}

/* `text` without our block; new memory, NULL when there is none left. */
static char *without_block(const char *text)
{
    char *copy = strdup(text ? text : "");
    char *begin = copy ? strstr(copy, BEGIN) : NULL;
    char *end = begin ? strstr(begin, END) : NULL;
    if (end)
        memmove(begin, end + strlen(END), strlen(end + strlen(END)) + 1);
    return copy;
}

static char *with_block(const char *text, const char *block)
{
    char *rest = without_block(text), *whole = NULL;
    if (!rest)
        return NULL;
    size_t length = strlen(rest);
    bool newline = length && rest[length - 1] != '\n';
    if (asprintf(&whole, "%s%s%s%s%s", rest, newline ? "\n" : "", BEGIN, block, END) <
        0)
        whole = NULL;
    free(rest);
    return whole;
}

static char *modprobe_text(const struct boot_wishes *wishes)
{
    char ids[BOOT_IDS_MAX * 12] = "", *text = NULL;
    size_t used = 0;
    for (unsigned i = 0; i < wishes->id_count && used < sizeof(ids); i++)
        used += (size_t)snprintf(ids + used, sizeof(ids) - used, "%s%04x:%04x",
                                 i ? "," : "", wishes->ids[i] >> 16,
                                 wishes->ids[i] & 0xffff);
    if (asprintf(
            &text,
            "# Written by 'igdvm bind --at-boot'; '--at-boot --remove' takes it away.\n"
            "options vfio-pci ids=%s\n"
            "softdep i915 pre: vfio-pci\n"
            "softdep xe pre: vfio-pci\n"
            "%s",
            ids, wishes->with_audio ? "softdep snd_hda_intel pre: vfio-pci\n" : "") < 0)
        return NULL;
    return text;
}

/* Keep the change if it is one. */
static void add_change(struct boot_plan *plan, const char *path, char *before,
                       char *after, bool shared)
{
    bool same = before && after ? !strcmp(before, after) : before == after;
    if (same) {
        free(before);
        free(after);
        return;
    }
    struct boot_change *change = &plan->changes[plan->count++];
    snprintf(change->path, sizeof(change->path), "%s", path);
    change->before = before;
    change->after = after;
    change->shared = shared;
}

static void plan_initramfs(const struct boot_wishes *wishes, const struct maker *maker,
                           struct boot_plan *plan)
{
    char *before = read_whole(wishes->root, maker->file);
    if (!maker->shared)
        add_change(plan, maker->file, before,
                   wishes->remove ? NULL : strdup(maker->text), false);
    else if (!wishes->remove)
        add_change(plan, maker->file, before, with_block(before, maker->text), true);
    else if (before)
        add_change(plan, maker->file, before, without_block(before), true);
}

/* Is vfio-pci a part of this kernel? Then it reads no options of modprobe's. */
static bool is_built_in(const char *root)
{
    char release[96], path[160];
    if (!sysfs_read_line(release, sizeof(release), root, "proc/sys/kernel/osrelease"))
        return false;
    snprintf(path, sizeof(path), "lib/modules/%s/modules.builtin", release);
    char *list = read_whole(root, path);
    bool there = list && strstr(list, "/vfio-pci.ko");
    free(list);
    return there;
}

int boot_plan_make(const struct boot_wishes *wishes, struct boot_plan *plan,
                   struct error *err)
{
    const struct maker *maker = NULL;
    memset(plan, 0, sizeof(*plan));
    for (unsigned i = 0; i < ARRAY_SIZE(makers) && !maker; i++) {
        if (sysfs_exists(wishes->root, "%s", makers[i].program))
            maker = &makers[i];
    }
    if (!wishes->remove && sysfs_exists(wishes->root, "run/ostree-booted"))
        return error_set(err, ERROR_IMPOSSIBLE, -ENOTSUP,
                         "this system is an image of ostree's, whose initramfs is made "
                         "by rpm-ostree: as root run: rpm-ostree initramfs --enable "
                         "--arg=--force-drivers --arg=vfio_pci, then rpm-ostree kargs "
                         "--append-if-missing=vfio-pci.ids=%04x:%04x, and reboot",
                         wishes->ids[0] >> 16, wishes->ids[0] & 0xffff);
    if (!wishes->remove && is_built_in(wishes->root))
        return error_set(err, ERROR_IMPOSSIBLE, -ENOTSUP,
                         "vfio-pci is built into this kernel and reads no options of "
                         "/etc/modprobe.d: put vfio-pci.ids=%04x:%04x on the kernel "
                         "command line, and reboot",
                         wishes->ids[0] >> 16, wishes->ids[0] & 0xffff);
    if (!maker && !wishes->remove)
        return error_set(
            err, ERROR_IMPOSSIBLE, -ENOTSUP,
            "none of update-initramfs, mkinitcpio and dracut is installed: "
            "have this system's initramfs load vfio_pci before i915 and xe, "
            "with the option ids=%04x:%04x for vfio-pci",
            wishes->ids[0] >> 16, wishes->ids[0] & 0xffff);
    plan->maker = maker ? maker->name : "none";
    plan->command = maker ? maker->command : no_command;
    add_change(plan, MODPROBE_FILE, read_whole(wishes->root, MODPROBE_FILE),
               wishes->remove ? NULL : modprobe_text(wishes), false);
    if (maker)
        plan_initramfs(wishes, maker, plan);
    return 0;
}

void boot_plan_free(struct boot_plan *plan)
{
    for (unsigned i = 0; i < plan->count; i++) {
        free(plan->changes[i].before);
        free(plan->changes[i].after);
    }
    plan->count = 0;
}

/* Beside it, then in its place: never half a file. */
static int write_whole(const char *path, const char *text, struct error *err)
{
    char beside[PATH_MAX + sizeof(NEW)];
    snprintf(beside, sizeof(beside), "%s" NEW, path);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return error_system(err, -errno, "%s", beside);
    size_t size = strlen(text);
    ssize_t done = write(fd, text, size);
    int result = done == (ssize_t)size ? 0 : done < 0 ? -errno : -ENOSPC;
    if (result == 0 && fsync(fd) < 0)
        result = -errno;
    close(fd);
    if (result == 0 && rename(beside, path) < 0)
        result = -errno;
    if (result < 0) {
        unlink(beside);
        return error_system(err, result, "%s", path);
    }
    return 0;
}

static int keep_copy(const char *path, const char *before, struct error *err)
{
    char copy[PATH_MAX + sizeof(BEFORE)];
    snprintf(copy, sizeof(copy), "%s" BEFORE, path);
    return access(copy, F_OK) == 0 ? 0 : write_whole(copy, before, err);
}

int boot_plan_apply(const char *root, const struct boot_plan *plan, struct error *err)
{
    char path[PATH_MAX];
    for (unsigned i = 0; i < plan->count; i++) {
        const struct boot_change *change = &plan->changes[i];
        int result = 0;
        snprintf(path, sizeof(path), "%s/%s", root, change->path);
        if (change->shared && change->before)
            result = keep_copy(path, change->before, err);
        if (result == 0 && change->after)
            result = write_whole(path, change->after, err);
        else if (result == 0 && unlink(path) < 0)
            result = error_system(err, -errno, "%s", path);
        if (result < 0)
            return result;
    }
    return 0;
}

bool boot_config_present(const char *root)
{
    return sysfs_exists(root, MODPROBE_FILE);
}
