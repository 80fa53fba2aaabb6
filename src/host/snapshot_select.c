/* snapshot_select.c: what matters of the kernel's command line and the files that make
 * it. */
#include "host/snapshot_select.h"

#include "base/bytes.h" /* ARRAY_SIZE */
#include "host/lines.h" /* lines and words */

#include <ctype.h>   /* isalnum */
#include <fnmatch.h> /* patterns */
#include <stdbool.h> /* bool */
#include <stdlib.h>  /* free */
#include <string.h>  /* text */

/* Parameters whose values are kept, '_' for '-'; of the others only the form is. */
static const char *const kept_parameters[] = {
    "BOOT_IMAGE", "initrd",      "boot",       "*iommu*",     "*intremap*",
    "vfio*",      "i915*",       "xe.*",       "kvm*",        "pci*",
    "video",      "vga",         "fbcon*",     "drm*",        "initcall_blacklist",
    "efi*",       "acpi*",       "nouveau*",   "nvidia*",     "modprobe.blacklist",
    "amdgpu*",    "radeon*",     "ast.*",      "rd.driver.*", "module_blacklist",
    "intel_*",    "*hugepage*",  "snd*",       "isolcpus",    "nohz*",
    "loglevel",   "mitigations", "console",    "mem",         "memmap",
    "lockdown",   "security",    "selinux",    "apparmor",    "lsm",
    "swiotlb",    "x2apic*",     "gfxpayload",
};

/* Modules whose options are kept, '_' for '-'. */
static const char *const kept_modules[] = {
    "vfio*",   "i915",    "xe",     "kvm*",     "snd_hda*", "nouveau",
    "nvidia*", "amdgpu*", "radeon", "pci_stub", "drm*",     "kvmgt",
};

static bool is_kept(const char *const *patterns, unsigned count, const char *name,
                    size_t length)
{
    char plain[64];
    if (length >= sizeof(plain))
        return false;
    for (size_t i = 0; i < length; i++)
        plain[i] = name[i] == '-' ? '_' : name[i];
    plain[length] = '\0';
    for (unsigned i = 0; i < count; i++) {
        if (!fnmatch(patterns[i], plain, 0))
            return true;
    }
    return false;
}

static void put_blanked(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        fputc(isalnum(c) || c >= 0x80 ? 'X' : c, out);
    }
}

/* The length of a value: a quoted one goes to its quote. */
static size_t value_length(const char *value)
{
    size_t length = 0;
    if (*value == '"' || *value == '\'') {
        length = 1 + strcspn(value + 1, *value == '"' ? "\"\n" : "'\n");
        return length + (value[length] == *value);
    }
    return strcspn(value, " \t\r\n\"'");
}

void snapshot_put_command_line(FILE *out, const char *line)
{
    while (*line) {
        size_t blank = strspn(line, " \t\r\n\"'");
        size_t name = strcspn(line + blank, "= \t\r\n\"'");
        fprintf(out, "%.*s", (int)(blank + name), line);
        bool kept =
            is_kept(kept_parameters, ARRAY_SIZE(kept_parameters), line + blank, name);
        line += blank + name;
        if (*line != '=')
            continue;
        size_t value = value_length(line + 1);
        fputc('=', out);
        if (kept)
            fprintf(out, "%.*s", (int)value, line + 1);
        else
            put_blanked(out, line + 1, value);
        line += 1 + value;
    }
}

char *snapshot_select_command_line(const char *text)
{
    char *selected = NULL;
    size_t size;
    FILE *out = open_memstream(&selected, &size);
    if (!out)
        return NULL;
    snapshot_put_command_line(out, text);
    fclose(out);
    return selected;
}

char *snapshot_select_lines(const char *text, void (*put)(FILE *out, char *line))
{
    char *selected = NULL, line[LINE_SIZE];
    size_t size;
    FILE *out = open_memstream(&selected, &size);
    if (!out)
        return NULL;
    for (const char *cursor = text; next_line(&cursor, line, sizeof(line));)
        put(out, line);
    fclose(out);
    return selected;
}

/* GRUB_CMDLINE_LINUX_DEFAULT="quiet splash": whatever the quotes, words. */
static void put_grub(FILE *out, char *line)
{
    char *value = strchr(line, '=');
    if (strncmp(line, "GRUB_CMDLINE", 12) != 0 || !value)
        return;
    fprintf(out, "%.*s=", (int)(value - line), line);
    if (value[1] == '"' || value[1] == '\'') {
        fputc(value[1], out);
        value++;
    }
    snapshot_put_command_line(out, value + 1);
    fputc('\n', out);
}

char *snapshot_select_grub(const char *text)
{
    return snapshot_select_lines(text, put_grub);
}

static void put_modprobe(FILE *out, char *line)
{
    char word[16], module[64];
    const char *cursor = trimmed(line);
    const char *whole = cursor;
    if (!next_word(&cursor, word, sizeof(word)) ||
        !next_word(&cursor, module, sizeof(module)))
        return;
    if (!strcmp(word, "blacklist") || !strcmp(word, "softdep") ||
        (!strcmp(word, "options") &&
         is_kept(kept_modules, ARRAY_SIZE(kept_modules), module, strlen(module))))
        fprintf(out, "%s\n", whole);
}

char *snapshot_select_modprobe(const char *text)
{
    return snapshot_select_lines(text, put_modprobe);
}

static void put_module(FILE *out, char *line)
{
    const char *module = trimmed(line);
    size_t length = strcspn(module, " \t\v\f\r\"");
    if (length && *module != '#' && *module != ';')
        fprintf(out, "%.*s\n", (int)length, module);
}

char *snapshot_select_modules(const char *text)
{
    return snapshot_select_lines(text, put_module);
}
