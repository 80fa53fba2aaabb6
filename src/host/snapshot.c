/* snapshot.c: writes what is known of a host to one file, safe to show. */
#include "host/snapshot.h"

#include "host/device_regions.h"  /* vfio-regions.json */
#include "host/snapshot_log.h"    /* the kernel log's lines that matter */
#include "host/snapshot_paths.h"  /* what is in it */
#include "host/snapshot_select.h" /* what matters of it */

#include "base/error.h"   /* errors */
#include "host/root.h"    /* the host's files */
#include "igd/opregion.h" /* what is in it */

#include <archive.h>       /* the container */
#include <archive_entry.h> /* its entries */
#include <errno.h>         /* codes */
#include <fnmatch.h>       /* patterns */
#include <json-c/json.h>   /* the manifest */
#include <limits.h>        /* PATH_MAX */
#include <stdio.h>         /* paths */
#include <stdlib.h>        /* memory */
#include <string.h>        /* text */
#include <time.h>          /* when */
#include <unistd.h>        /* gethostname */

#define HEADER_SIZE 64
#define MAX_NAMES   4096

struct writer {
    const struct host_facts *facts;
    const struct host_root *root;
    struct archive *archive;
    const char *name; /* of the file that is written */
    struct snapshot_summary *summary;
    json_object *read; /* paths, for the manifest */
    struct error *err;
    int result;
};

/* The file cannot be written: libarchive says why by its last error. */
static int cannot_write(const struct writer *writer)
{
    int code = archive_errno(writer->archive);
    return error_system(writer->err, code > 0 ? -code : -EIO, "%s", writer->name);
}

static void add_entry(struct writer *writer, const char *path, mode_t type,
                      const char *data, size_t size, const char *target)
{
    if (writer->result < 0)
        return;
    struct archive_entry *entry = archive_entry_new();
    if (!entry) {
        writer->result = error_system(writer->err, -ENOMEM, "snapshot");
        return;
    }
    archive_entry_set_pathname(entry, path);
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, type == AE_IFDIR ? 0755 : 0644);
    archive_entry_set_size(entry, (la_int64_t)size);
    if (target)
        archive_entry_set_symlink(entry, target);
    if (archive_write_header(writer->archive, entry) != ARCHIVE_OK ||
        (size && archive_write_data(writer->archive, data, size) < 0))
        writer->result = cannot_write(writer);
    archive_entry_free(entry);
    writer->summary->bytes += size;
    if (type == AE_IFREG)
        writer->summary->files++;
    if (type == AE_IFLNK)
        writer->summary->links++;
    json_object_array_add(writer->read, json_object_new_string(path));
}

static void note_failure(struct writer *writer, const char *path, int code)
{
    struct snapshot_summary *summary = writer->summary;
    if (code == -ENOENT || code == -ENOTDIR || code == -EISDIR ||
        summary->failure_count >= SNAPSHOT_MAX_FAILURES)
        return;
    struct snapshot_failure *failure = &summary->failures[summary->failure_count++];
    snprintf(failure->path, sizeof(failure->path), "%.127s", path);
    failure->why = code == -EACCES ? "only root may read it" : strerror(-code);
}

/* What matters of a text. */
static char *select_text(struct writer *writer, const char *text,
                         enum snapshot_treatment treatment)
{
    static char *(*const selectors[])(const char *) = {
        [SNAPSHOT_TEXT] = strdup,
        [SNAPSHOT_COMMAND_LINE] = snapshot_select_command_line,
        [SNAPSHOT_GRUB] = snapshot_select_grub,
        [SNAPSHOT_MODPROBE] = snapshot_select_modprobe,
        [SNAPSHOT_MODULES] = snapshot_select_modules,
        [SNAPSHOT_DOMAIN] = snapshot_select_domain,
        [SNAPSHOT_PROXMOX] = snapshot_select_proxmox,
        [SNAPSHOT_MAPPINGS] = snapshot_select_mappings,
        [SNAPSHOT_GUEST_LOG] = snapshot_select_guest_log,
    };
    return treatment == SNAPSHOT_LOG
               ? snapshot_log_select(text, &writer->summary->log_kept,
                                     &writer->summary->log_lines)
               : selectors[treatment](text);
}

static void add_text(struct writer *writer, const char *path, const char *text,
                     enum snapshot_treatment treatment)
{
    size_t size = strlen(text);
    if (treatment == SNAPSHOT_PLAIN) {
        add_entry(writer, path, AE_IFREG, text, size, NULL);
        return;
    }
    char *kept = select_text(writer, text, treatment);
    char *clean = kept ? scrub(&writer->summary->scrubber, kept, &size) : NULL;
    if (clean)
        add_entry(writer, path, AE_IFREG, clean, size, NULL);
    else
        writer->result = error_system(writer->err, -ENOMEM, "%s", path);
    free(clean);
    free(kept);
}

static void add_file(struct writer *writer, const char *path,
                     enum snapshot_treatment treatment)
{
    char *data;
    size_t size;
    int result = host_root_read(writer->root, &data, &size, "%s", path);
    if (result < 0) {
        note_failure(writer, path, result);
        return;
    }
    if (treatment == SNAPSHOT_BINARY || treatment == SNAPSHOT_HEADER)
        add_entry(writer, path, AE_IFREG, data,
                  treatment == SNAPSHOT_HEADER && size > HEADER_SIZE ? HEADER_SIZE
                                                                     : size,
                  NULL);
    else
        add_text(writer, path, data, treatment);
    free(data);
}

/* Where links lead, written anew: what is in a capture lies elsewhere. */
static void add_link(struct writer *writer, const char *path)
{
    static const struct {
        const char *last, *target;
    } targets[] = {
        { "driver", "../../../../bus/pci/drivers" },
        { "iommu_group", "../../../../kernel/iommu_groups" },
        { "physfn", ".." },
    };
    char name[256], target[512];
    if (!host_root_link(writer->root, name, sizeof(name), "%s", path))
        return;
    const char *slash = strrchr(path, '/');
    const char *folder = "../../../../bus/pci/devices";
    for (unsigned i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        if (slash && !strcmp(slash + 1, targets[i].last))
            folder = targets[i].target;
    }
    snprintf(target, sizeof(target), "%s/%s", folder, name);
    add_entry(writer, path, AE_IFLNK, NULL, 0, target);
}

static void add_directory(struct writer *writer, const char *path)
{
    char clean[PATH_MAX];
    if (host_root_kind(writer->root, "%s", path) == HOST_PATH_ABSENT)
        return;
    snprintf(clean, sizeof(clean), "%s", path);
    scrub_path(&writer->summary->scrubber, clean);
    add_entry(writer, clean, AE_IFDIR, NULL, 0, NULL);
}

/* Is this one of several that a more special pattern, or the log's reader, has? */
static bool is_taken(const struct writer *writer, const char *path,
                     enum snapshot_treatment treatment)
{
    bool config = !strncmp(path, "boot/config-", 12) || strstr(path, "lib/modules/") ||
                  strstr(path, "lib/kernel/");
    return (treatment == SNAPSHOT_HEADER && strstr(path, HOST_IGD_ADDRESS)) ||
           (config && strcmp(path, writer->facts->kernel.config_file) != 0);
}

static void add_path(struct writer *writer, const char *path,
                     enum snapshot_treatment treatment)
{
    if (is_taken(writer, path, treatment))
        return;
    if (treatment == SNAPSHOT_LINK)
        add_link(writer, path);
    else if (treatment == SNAPSHOT_PRESENT)
        add_directory(writer, path);
    else if (treatment == SNAPSHOT_LOG && writer->facts->log.text)
        add_text(writer, path, writer->facts->log.text, treatment);
    else
        add_file(writer, path, treatment);
}

/* Walk a pattern, part by part. */
static void expand(struct writer *writer, const char *begun, const char *rest,
                   enum snapshot_treatment treatment)
{
    char path[PATH_MAX], part[256], **names;
    size_t length = strcspn(rest, "/");
    const char *next = rest + length + (rest[length] == '/');
    snprintf(part, sizeof(part), "%.*s", (int)length, rest);
    if (!strpbrk(part, "*?")) {
        if (snprintf(path, sizeof(path), "%s%s%s", begun, *begun ? "/" : "", part) >=
            (int)sizeof(path))
            return;
        if (*next)
            expand(writer, path, next, treatment);
        else
            add_path(writer, path, treatment);
        return;
    }
    int count = host_root_list(writer->root, &names, "%s", begun);
    if (count < 0) {
        note_failure(writer, begun, count);
        return;
    }
    for (int i = 0; i < count && i < MAX_NAMES; i++) {
        if (fnmatch(part, names[i], 0) != 0 ||
            snprintf(path, sizeof(path), "%s/%s", begun, names[i]) >= (int)sizeof(path))
            continue;
        if (*next)
            expand(writer, path, next, treatment);
        else
            add_path(writer, path, treatment);
    }
    host_root_list_free(names);
}

/* The OpRegion without the panel's EDID, which has a serial number in it. */
static void add_opregion(struct writer *writer)
{
    const struct host_vfio *vfio = &writer->facts->vfio;
    char *copy = malloc(vfio->opregion_size + 1);
    if (!copy) {
        writer->result = error_system(writer->err, -ENOMEM, "igdvm/opregion.bin");
        return;
    }
    memcpy(copy, vfio->opregion, vfio->opregion_size);
    if (vfio->opregion_size >= IGD_OPREGION_BDDC + IGD_OPREGION_BDDC_SIZE)
        memset(copy + IGD_OPREGION_BDDC, 0, IGD_OPREGION_BDDC_SIZE);
    add_entry(writer, "igdvm/opregion.bin", AE_IFREG, copy, vfio->opregion_size, NULL);
    free(copy);
}

/* What was read from the device itself. */
static void add_regions(struct writer *writer)
{
    const struct host_vfio *vfio = &writer->facts->vfio;
    char *regions = host_device_regions_json(vfio);
    if (regions)
        add_entry(writer, "igdvm/vfio-regions.json", AE_IFREG, regions, strlen(regions),
                  NULL);
    if (vfio->opregion)
        add_opregion(writer);
    if (vfio->rom)
        add_entry(writer, "igdvm/rom.bin", AE_IFREG, vfio->rom, vfio->rom_bytes, NULL);
    free(regions);
}

static json_object *user_json(const struct host_user *user)
{
    static const char *const names[] = { "unknown", "absent", "denied", "usable" };
    json_object *object = json_object_new_object();
    if (user->root)
        json_object_object_add(object, "root",
                               json_object_new_boolean(user->root == FACT_YES));
    json_object_object_add(object, "dev_kvm", json_object_new_string(names[user->kvm]));
    json_object_object_add(object, "dev_vfio",
                           json_object_new_string(names[user->vfio]));
    if (user->memlock_known)
        json_object_object_add(object, "memlock",
                               json_object_new_uint64(user->memlock));
    return object;
}

static json_object *failures_json(const struct snapshot_summary *summary)
{
    json_object *list = json_object_new_array();
    for (unsigned i = 0; i < summary->failure_count; i++) {
        json_object *failure = json_object_new_object();
        json_object_object_add(failure, "path",
                               json_object_new_string(summary->failures[i].path));
        json_object_object_add(failure, "why",
                               json_object_new_string(summary->failures[i].why));
        json_object_array_add(list, failure);
    }
    return list;
}

static void add_manifest(struct writer *writer)
{
    struct snapshot_summary *summary = writer->summary;
    json_object *root = json_object_new_object();
    json_object *scrubbed = json_object_new_object();
    json_object_object_add(root, "igdvm", json_object_new_string(IGDVM_VERSION));
    json_object_object_add(root, "format", json_object_new_int(1));
    /* What a snapshot of a snapshot lacks, the first may have lacked. */
    json_object_object_add(root, "complete",
                           json_object_new_boolean(writer->facts->user.complete));
    json_object_object_add(root, "user", user_json(&writer->facts->user));
    json_object_object_add(root, "read", json_object_get(writer->read));
    json_object_object_add(root, "not_read", failures_json(summary));
    for (unsigned i = 0; i < SCRUB_KINDS; i++)
        json_object_object_add(scrubbed, scrub_kind_name(i),
                               json_object_new_int64(summary->scrubber.counts[i]));
    json_object_object_add(root, "taken_out", scrubbed);
    json_object_object_add(root, "log_lines_kept",
                           json_object_new_int64(summary->log_kept));
    json_object_object_add(root, "log_lines",
                           json_object_new_int64(summary->log_lines));
    const char *text = json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY);
    add_entry(writer, "igdvm/manifest.json", AE_IFREG, text, strlen(text), NULL);
    json_object_put(root);
}

static int open_archive(struct writer *writer, const char *path)
{
    size_t length = strlen(path);
    archive_write_set_format_pax_restricted(writer->archive);
    if (length > 3 && !strcmp(path + length - 3, ".gz"))
        archive_write_add_filter_gzip(writer->archive);
    int opened = strcmp(path, "-") == 0
                     ? archive_write_open_fd(writer->archive, STDOUT_FILENO)
                     : archive_write_open_filename(writer->archive, path);
    if (opened == ARCHIVE_OK)
        return 0;
    cannot_write(writer);
    writer->err->kind = ERROR_INPUT;
    return writer->err->code;
}

/* A host's name that is also a word of distributions and kernels cannot be looked for.
 */
static void take_host_name(struct scrubber *scrubber, const struct host_facts *facts)
{
    static const char *const common[] = { "localhost", "debian", "ubuntu", "fedora",
                                          "arch",      "pve",    "host",   "kernel" };
    char name[sizeof(scrubber->host_name)] = "";
    if (!host_root_is_live(facts->root) || gethostname(name, sizeof(name) - 1) < 0)
        return;
    name[strcspn(name, ".")] = '\0';
    for (unsigned i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        if (!strcasecmp(name, common[i]))
            return;
    }
    if (strlen(name) >= 3)
        memcpy(scrubber->host_name, name, sizeof(name));
}

int snapshot_write(const struct host_facts *facts, const char *path,
                   struct snapshot_summary *summary, struct error *err)
{
    struct writer writer = { .facts = facts,
                             .root = facts->root,
                             .archive = archive_write_new(),
                             .name = strcmp(path, "-") ? path : "standard output",
                             .summary = summary,
                             .read = json_object_new_array(),
                             .err = err };
    *summary = (struct snapshot_summary){ 0 };
    take_host_name(&summary->scrubber, facts);
    writer.result = open_archive(&writer, path);
    for (size_t i = 0; i < snapshot_path_count && writer.result == 0; i++)
        expand(&writer, "", snapshot_paths[i].pattern, snapshot_paths[i].treatment);
    if (writer.result == 0) {
        add_regions(&writer);
        add_manifest(&writer);
    }
    if (archive_write_close(writer.archive) != ARCHIVE_OK && writer.result == 0)
        writer.result = cannot_write(&writer);
    archive_write_free(writer.archive);
    json_object_put(writer.read);
    return writer.result;
}
