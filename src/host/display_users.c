/* display_users.c: looks through the open files of all processes for a GPU's nodes. */
#include "host/display_users.h"

#include "host/sysfs.h" /* directories and links */

#include <limits.h> /* PATH_MAX */
#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* strtol */
#include <string.h> /* strcmp */
#include <unistd.h> /* readlink */

#define NODES_MAX 16

struct nodes {
    unsigned count;
    char names[NODES_MAX][32]; /* below /dev */
};

static void add_nodes(struct nodes *nodes, const char *root, const char *device,
                      const char *folder, const char *below)
{
    char **names;
    if (sysfs_list(&names, root, "sys/bus/pci/devices/%s/%s", device, folder) < 0)
        return;
    for (char **name = names; *name && nodes->count < NODES_MAX; name++)
        snprintf(nodes->names[nodes->count++], sizeof(nodes->names[0]), "%s%.20s",
                 below, *name);
    sysfs_list_free(names);
}

static const char *node_of(const struct nodes *nodes, const char *target)
{
    for (unsigned i = 0; i < nodes->count; i++) {
        if (strncmp(target, "/dev/", 5) == 0 && !strcmp(target + 5, nodes->names[i]))
            return nodes->names[i];
    }
    return NULL;
}

/* The first of the nodes that process `pid` has open, or NULL. */
static const char *opened_by(const char *root, const char *pid,
                             const struct nodes *nodes)
{
    char **files, path[PATH_MAX], target[PATH_MAX];
    const char *found = NULL;
    if (sysfs_list(&files, root, "proc/%s/fd", pid) < 0)
        return NULL;
    for (char **file = files; *file && !found; file++) {
        snprintf(path, sizeof(path), "%s/proc/%s/fd/%s", root, pid, *file);
        ssize_t length = readlink(path, target, sizeof(target) - 1);
        if (length <= 0)
            continue;
        target[length] = '\0';
        found = node_of(nodes, target);
    }
    sysfs_list_free(files);
    return found;
}

unsigned display_users_find(const char *root, const char *device,
                            struct display_user users[DISPLAY_USERS_MAX])
{
    struct nodes nodes = { 0 };
    char **processes;
    unsigned count = 0;
    add_nodes(&nodes, root, device, "drm", "dri/");
    add_nodes(&nodes, root, device, "graphics", "");
    if (!nodes.count || sysfs_list(&processes, root, "proc") < 0)
        return 0;
    for (char **process = processes; *process && count < DISPLAY_USERS_MAX; process++) {
        char *end;
        long pid = strtol(*process, &end, 10);
        if (end == *process || *end || pid == (long)getpid())
            continue;
        const char *node = opened_by(root, *process, &nodes);
        if (!node)
            continue;
        struct display_user *user = &users[count++];
        user->pid = (int)pid;
        snprintf(user->node, sizeof(user->node), "%s", node);
        if (!sysfs_read_line(user->name, sizeof(user->name), root, "proc/%s/comm",
                             *process))
            snprintf(user->name, sizeof(user->name), "?");
    }
    sysfs_list_free(processes);
    return count;
}
