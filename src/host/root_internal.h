/* root_internal.h: what root.c, root_path.c and the capture's reader share. */
#ifndef HOST_ROOT_INTERNAL_H
#define HOST_ROOT_INTERNAL_H

#include "host/root.h" /* kinds */

#include <limits.h> /* PATH_MAX */

/* One entry of a capture, or one implied by the path of another. */
struct archive_node {
    char *path; /* no leading slash; "" is the root */
    enum host_path_kind kind;
    char *data; /* of a file, NUL-terminated; of a link its target */
    size_t size;
    unsigned order; /* of appearance: a later entry replaces an earlier one */
};

struct archive_tree {
    struct archive_node *nodes; /* sorted by path, each path once */
    size_t count;
};

/*
 * Read a capture into tree. file or, when NULL, bytes. 0, or a negative errno with err
 * naming the entry and what is wrong with it.
 */
int archive_tree_read(struct archive_tree *tree, const char *file, const void *bytes,
                      size_t size, const char *name, struct error *err);
void archive_tree_free(struct archive_tree *tree);

/* The node at exactly this path, or NULL. */
const struct archive_node *archive_tree_find(const struct archive_tree *tree,
                                             const char *path);

/* The first node whose path is not below this one in order; for walks. */
size_t archive_tree_lower_bound(const struct archive_tree *tree, const char *path);

struct host_root {
    bool live, archived;
    char *directory; /* prefix of paths: "" for "/"; not for a capture */
    char *name;
    struct archive_tree tree;
};

/* The path below the root's directory; false when it is too long. Of no capture. */
bool root_full_path(const struct host_root *root, const char *path,
                    char full[PATH_MAX]);

/* What is at a path whose parents are no links, and where a link there points. */
enum host_path_kind root_kind_at(const struct host_root *root, const char *path);
bool root_target_at(const struct host_root *root, const char *path, char *target,
                    size_t size);

/*
 * The real path to open or look at: links are followed below the root; this computer's
 * kernel follows its own. 0, -ENOENT, -ELOOP or -ENAMETOOLONG.
 */
int root_place(const struct host_root *root, const char *path, bool follow_last,
               char found[PATH_MAX]);

/* This computer's kernel log as "[ seconds] text" lines; malloc'ed. 0 or -errno. */
int live_kernel_log(char **data, size_t *size);

#endif
