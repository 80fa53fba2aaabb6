/* host_tree.c: a made-up host's files under a temporary directory. */
#include "host_tree.h"

#include <ftw.h>      /* remove the tree */
#include <setjmp.h>   /* cmocka */
#include <stdarg.h>   /* cmocka */
#include <stddef.h>   /* cmocka */
#include <stdint.h>   /* cmocka */
#include <stdio.h>    /* files */
#include <stdlib.h>   /* mkdtemp */
#include <string.h>   /* strchr */
#include <sys/stat.h> /* mkdir */
#include <unistd.h>   /* symlink */

#include <cmocka.h> /* assertions; needs the headers above */

/* The full path, its directories made. */
static void in_tree(const struct host_tree *tree, const char *path, char full[512])
{
    snprintf(full, 512, "%s/%s", tree->root, path);
    for (char *slash = full + strlen(tree->root) + 1; (slash = strchr(slash, '/'));
         slash++) {
        *slash = '\0';
        mkdir(full, 0755);
        *slash = '/';
    }
}

void tree_make(struct host_tree *tree)
{
    snprintf(tree->root, sizeof(tree->root), "/tmp/igdvm-host-XXXXXX");
    assert_non_null(mkdtemp(tree->root));
}

static int remove_one(const char *path, const struct stat *stat, int type,
                      struct FTW *ftw)
{
    return remove(path);
}

void tree_remove(struct host_tree *tree)
{
    nftw(tree->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void tree_file(const struct host_tree *tree, const char *path, const char *text)
{
    char full[512];
    in_tree(tree, path, full);
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

void tree_link(const struct host_tree *tree, const char *path, const char *target)
{
    char full[512];
    in_tree(tree, path, full);
    unlink(full);
    assert_int_equal(symlink(target, full), 0);
}

void tree_mode(const struct host_tree *tree, const char *path, unsigned mode)
{
    char full[512];
    in_tree(tree, path, full);
    assert_int_equal(chmod(full, mode), 0);
}

void tree_take(const struct host_tree *tree, const char *path)
{
    char full[512];
    in_tree(tree, path, full);
    assert_int_equal(remove(full), 0);
}

char *tree_text(const struct host_tree *tree, const char *path)
{
    char full[512];
    in_tree(tree, path, full);
    FILE *file = fopen(full, "r");
    if (!file)
        return NULL;
    char *text = calloc(1, 65536);
    assert_non_null(text);
    size_t size = fread(text, 1, 65535, file);
    text[size] = '\0';
    fclose(file);
    return text;
}
