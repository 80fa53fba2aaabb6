/* host_tree.h: a made-up host's files under a temporary directory. */
#ifndef TESTS_HOST_TREE_H
#define TESTS_HOST_TREE_H

struct host_tree {
    char root[64];
};

/* Paths are below the root; what is put gets its directories made. */
void tree_make(struct host_tree *tree);
void tree_remove(struct host_tree *tree);
void tree_file(const struct host_tree *tree, const char *path, const char *text);
/* Give what is there its permissions. */
void tree_mode(const struct host_tree *tree, const char *path, unsigned mode);
void tree_take(const struct host_tree *tree, const char *path);
void tree_link(const struct host_tree *tree, const char *path, const char *target);
/* The whole file, or NULL; free it. */
char *tree_text(const struct host_tree *tree, const char *path);

#endif
