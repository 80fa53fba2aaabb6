/* root_archive.c: reads a capture into memory: bounded, and trusting no path in it. */
#include "host/root_internal.h" /* what is implemented */

#include "base/error.h" /* errors */

#include <archive.h>       /* the container */
#include <archive_entry.h> /* its entries */
#include <errno.h>         /* codes */
#include <limits.h>        /* PATH_MAX */
#include <stdlib.h>        /* memory */
#include <string.h>        /* paths */

/* Far above what a snapshot has, far below what hurts. */
#define MAX_ENTRIES 50000
#define MAX_BYTES   (64u << 20)
#define MAX_DEPTH   40
#define CHUNK       (64u << 10)

struct reader {
    struct archive *archive;
    struct archive_tree *tree;
    size_t capacity;
    size_t bytes; /* of all files so far */
    const char *name;
    struct error *err;
};

static int damaged(struct reader *reader, const char *entry, const char *what)
{
    return error_set(reader->err, ERROR_INPUT, -EINVAL, "%s: %s%s%s", reader->name,
                     entry ? entry : "", entry ? ": " : "", what);
}

/* Take "./" and "/" off the front and "/" off the end; false when it leaves the tree.
 */
static bool clean_path(char *path)
{
    char *out = path;
    unsigned depth = 0;
    for (const char *part = path; *part;) {
        size_t length = strcspn(part, "/");
        const char *next = part + length + (part[length] == '/');
        if (length == 2 && !memcmp(part, "..", 2))
            return false;
        if (length && !(length == 1 && *part == '.')) {
            if (out != path)
                *out++ = '/';
            memmove(out, part, length);
            out += length;
            if (++depth > MAX_DEPTH)
                return false;
        }
        part = next;
    }
    *out = '\0';
    return true;
}

/* A new node at path, which the tree copies; NULL: no memory or too many. */
static struct archive_node *add_node(struct reader *reader, const char *path,
                                     enum host_path_kind kind)
{
    struct archive_tree *tree = reader->tree;
    if (tree->count >= MAX_ENTRIES)
        return NULL;
    if (tree->count == reader->capacity) {
        size_t capacity = reader->capacity ? reader->capacity * 2 : 256;
        void *nodes = realloc(tree->nodes, capacity * sizeof(*tree->nodes));
        if (!nodes)
            return NULL;
        tree->nodes = nodes;
        reader->capacity = capacity;
    }
    struct archive_node *node = &tree->nodes[tree->count];
    *node = (struct archive_node){ .path = strdup(path),
                                   .kind = kind,
                                   .order = (unsigned)tree->count };
    if (!node->path)
        return NULL;
    tree->count++;
    return node;
}

static int read_data(struct reader *reader, struct archive_node *node)
{
    size_t capacity = 0;
    for (;;) {
        if (node->size + CHUNK + 1 > capacity) {
            capacity = (capacity ? capacity * 2 : CHUNK) + CHUNK + 1;
            char *data = realloc(node->data, capacity);
            if (!data)
                return damaged(reader, node->path, "no memory");
            node->data = data;
        }
        la_ssize_t got =
            archive_read_data(reader->archive, node->data + node->size, CHUNK);
        if (got < 0)
            return damaged(reader, node->path, "damaged, or cut short");
        node->data[node->size + (size_t)got] = '\0';
        if (got == 0)
            break;
        node->size += (size_t)got;
        reader->bytes += (size_t)got;
        if (node->size > HOST_ROOT_FILE_MAX || reader->bytes > MAX_BYTES)
            return damaged(reader, node->path, "too large for a capture of a host");
    }
    char *fitting = realloc(node->data, node->size + 1);
    node->data = fitting ? fitting : node->data;
    return 0;
}

static int set_target(struct reader *reader, struct archive_node *node,
                      const char *prefix, const char *target)
{
    size_t size = strlen(prefix) + strlen(target);
    if (size >= PATH_MAX)
        return damaged(reader, node->path, "a link longer than a path");
    node->data = malloc(size + 1);
    if (!node->data)
        return damaged(reader, node->path, "no memory");
    memcpy(node->data, prefix, strlen(prefix));
    memcpy(node->data + strlen(prefix), target, strlen(target) + 1);
    node->size = size;
    return 0;
}

static int add_entry(struct reader *reader, struct archive_entry *entry)
{
    char path[PATH_MAX];
    const char *given = archive_entry_pathname(entry);
    const char *hard_link = archive_entry_hardlink(entry);
    const char *link = archive_entry_symlink(entry);
    if (!given || strlen(given) >= sizeof(path))
        return damaged(reader, NULL, "an entry without a usable path");
    memcpy(path, given, strlen(given) + 1);
    if (!clean_path(path))
        return damaged(reader, given, "a path that leaves the capture");
    enum host_path_kind kind =
        hard_link || link                           ? HOST_PATH_LINK
        : archive_entry_filetype(entry) == AE_IFDIR ? HOST_PATH_DIRECTORY
        : archive_entry_filetype(entry) == AE_IFREG ? HOST_PATH_FILE
                                                    : HOST_PATH_ABSENT;
    if (kind == HOST_PATH_ABSENT)
        return 0; /* a device or a pipe: nothing to read */
    struct archive_node *node = add_node(reader, path, kind);
    if (!node)
        return damaged(reader, given, "more entries than a capture of a host has");
    if (hard_link)
        return set_target(reader, node, "/", hard_link);
    if (link)
        return set_target(reader, node, "", link);
    return kind == HOST_PATH_FILE ? read_data(reader, node) : 0;
}

static int by_path(const void *a, const void *b)
{
    const struct archive_node *left = a, *right = b;
    int order = strcmp(left->path, right->path);
    if (order)
        return order;
    return left->order < right->order ? -1 : left->order > right->order;
}

static void free_node(struct archive_node *node)
{
    free(node->path);
    free(node->data);
}

/* Sort, and keep the last of each path. */
static void sort_nodes(struct archive_tree *tree)
{
    size_t kept = 0;
    qsort(tree->nodes, tree->count, sizeof(*tree->nodes), by_path);
    for (size_t i = 0; i < tree->count; i++) {
        if (i + 1 < tree->count &&
            !strcmp(tree->nodes[i].path, tree->nodes[i + 1].path))
            free_node(&tree->nodes[i]);
        else
            tree->nodes[kept++] = tree->nodes[i];
    }
    tree->count = kept;
}

/* The directories that paths imply. */
static int add_parents(struct reader *reader)
{
    char parent[PATH_MAX], last[PATH_MAX] = "";
    size_t count = reader->tree->count;
    for (size_t i = 0; i < count; i++) {
        snprintf(parent, sizeof(parent), "%s", reader->tree->nodes[i].path);
        char *slash;
        while ((slash = strrchr(parent, '/'))) {
            *slash = '\0';
            size_t length = strlen(parent);
            if (!strncmp(last, parent, length) &&
                (last[length] == '/' || !last[length]))
                break; /* made for the one before */
            if (!archive_tree_find(&(struct archive_tree){ .nodes = reader->tree->nodes,
                                                           .count = count },
                                   parent) &&
                !add_node(reader, parent, HOST_PATH_DIRECTORY))
                return damaged(reader, parent,
                               "more entries than a capture of a host has");
        }
        snprintf(last, sizeof(last), "%s", reader->tree->nodes[i].path);
    }
    return 0;
}

/* The folder every path is in, when that is none of a host's own; else "". */
static void find_wrapper(const struct archive_tree *tree, char *wrapper, size_t size)
{
    static const char *const own[] = { "proc", "sys", "etc",   "boot",
                                       "var",  "dev", "igdvm", "usr" };
    wrapper[0] = '\0';
    for (size_t i = 0; i < tree->count; i++) {
        const char *path = tree->nodes[i].path;
        size_t length = strcspn(path, "/");
        if (!length)
            continue;
        if (!wrapper[0] && length < size)
            snprintf(wrapper, size, "%.*s", (int)length, path);
        if (strlen(wrapper) != length || memcmp(wrapper, path, length) != 0) {
            wrapper[0] = '\0';
            return;
        }
    }
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (!strcmp(wrapper, own[i]))
            wrapper[0] = '\0';
    }
}

/* A capture unpacked and packed again has all of it in one folder: look inside. */
static void unwrap(struct archive_tree *tree)
{
    char wrapper[256];
    find_wrapper(tree, wrapper, sizeof(wrapper));
    size_t length = strlen(wrapper);
    for (size_t i = 0; length && i < tree->count; i++) {
        char *path = tree->nodes[i].path;
        const char *rest = path + length + (path[length] == '/');
        memmove(path, rest, strlen(rest) + 1);
    }
}

static int read_entries(struct reader *reader)
{
    struct archive_entry *entry;
    int status;
    while ((status = archive_read_next_header(reader->archive, &entry)) == ARCHIVE_OK ||
           status == ARCHIVE_WARN) {
        int result = add_entry(reader, entry);
        if (result < 0)
            return result;
    }
    if (status != ARCHIVE_EOF)
        return damaged(reader, NULL,
                       "no capture of a host: expected a tar archive, as 'igdvm "
                       "snapshot' writes");
    if (!reader->tree->count)
        return damaged(reader, NULL, "no capture of a host: it is empty");
    unwrap(reader->tree);
    sort_nodes(reader->tree);
    int result = add_parents(reader);
    sort_nodes(reader->tree);
    return result;
}

/* The file is not to be had, or, which libarchive tells by two codes, no archive. */
static int cannot_open(struct reader *reader)
{
    int code = archive_errno(reader->archive);
    if (code > 0 && code != EINVAL && code != EILSEQ)
        return error_set(reader->err, ERROR_INPUT, -code, "%s: %s", reader->name,
                         strerror(code));
    return error_set(reader->err, ERROR_INPUT, -EINVAL,
                     "%s: no capture of a host: expected a tar archive, as 'igdvm "
                     "snapshot' writes",
                     reader->name);
}

int archive_tree_read(struct archive_tree *tree, const char *file, const void *bytes,
                      size_t size, const char *name, struct error *err)
{
    struct reader reader = { .tree = tree, .name = name, .err = err };
    *tree = (struct archive_tree){ 0 };
    reader.archive = archive_read_new();
    if (!reader.archive)
        return error_system(err, -ENOMEM, "%s", name);
    archive_read_support_filter_gzip(reader.archive);
    archive_read_support_filter_xz(reader.archive);
    archive_read_support_filter_zstd(reader.archive);
    archive_read_support_format_tar(reader.archive);
    int opened = file ? archive_read_open_filename(reader.archive, file, CHUNK)
                      : archive_read_open_memory(reader.archive, bytes, size);
    int result = opened == ARCHIVE_OK ? read_entries(&reader) : cannot_open(&reader);
    archive_read_free(reader.archive);
    if (result < 0)
        archive_tree_free(tree);
    return result;
}

void archive_tree_free(struct archive_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        free_node(&tree->nodes[i]);
    free(tree->nodes);
    *tree = (struct archive_tree){ 0 };
}

size_t archive_tree_lower_bound(const struct archive_tree *tree, const char *path)
{
    size_t low = 0, high = tree->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(tree->nodes[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct archive_node *archive_tree_find(const struct archive_tree *tree,
                                             const char *path)
{
    size_t at = archive_tree_lower_bound(tree, path);
    return at < tree->count && !strcmp(tree->nodes[at].path, path) ? &tree->nodes[at]
                                                                   : NULL;
}

char *host_root_unpack(const char *data, size_t size)
{
    struct archive *archive = archive_read_new();
    struct archive_entry *entry;
    char *text = malloc(HOST_ROOT_FILE_MAX + 1);
    size_t used = 0;
    la_ssize_t got = -1;
    if (archive && text) {
        archive_read_support_filter_gzip(archive);
        archive_read_support_format_raw(archive);
        if (archive_read_open_memory(archive, data, size) == ARCHIVE_OK &&
            archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
            while ((got = archive_read_data(archive, text + used,
                                            HOST_ROOT_FILE_MAX - used)) > 0)
                used += (size_t)got;
        }
    }
    archive_read_free(archive);
    if (got < 0 || used == HOST_ROOT_FILE_MAX) {
        free(text);
        return NULL;
    }
    text[used] = '\0';
    char *fitting = realloc(text, used + 1);
    return fitting ? fitting : text;
}
