/* sandbox.c: confines this program, step by step. */
#include "base/sandbox.h"

#include "base/bytes.h"            /* ARRAY_SIZE */
#include "base/error.h"            /* errors */
#include "base/sandbox_calls.h"    /* what paths need */
#include "base/sandbox_internal.h" /* the steps */

#include <dirent.h>       /* open files */
#include <stdio.h>        /* snprintf */
#include <string.h>       /* strcmp */
#include <sys/prctl.h>    /* no new privileges */
#include <sys/resource.h> /* RLIMIT_MEMLOCK */
#include <unistd.h>       /* readlink */

/* Of the process, as the sandbox itself is: what threads enter. */
static struct {
    bool on, only_log;
    unsigned needs;
} process;

static const char *const mode_names[] = {
    [SANDBOX_ON] = "on",
    [SANDBOX_OFF] = "off",
    [SANDBOX_LOG] = "log",
};

const char *sandbox_mode_name(enum sandbox_mode mode)
{
    return mode_names[mode];
}

bool sandbox_mode_parse(const char *word, enum sandbox_mode *mode)
{
    for (unsigned i = 0; i < ARRAY_SIZE(mode_names); i++) {
        if (strcmp(word, mode_names[i]) == 0) {
            *mode = (enum sandbox_mode)i;
            return true;
        }
    }
    return false;
}

void sandbox_add_path(struct sandbox *sandbox, const char *path,
                      enum sandbox_access access)
{
    static const unsigned needs[] = {
        [SANDBOX_READ] = CALL_FOR_READING,
        [SANDBOX_REMOVE] = 0,
        [SANDBOX_WRITE] = CALL_FOR_WRITING,
    };
    if (sandbox->path_count == SANDBOX_MAX_PATHS)
        return;
    sandbox->paths[sandbox->path_count++] = (struct sandbox_path){ path, access };
    sandbox->needs |= needs[access];
}

/* "anon_inode:[eventfd]" to "eventfd", "/dev/kvm" to "kvm", "socket:[1]" to "socket".
 */
static void kind_of(const char *link, char kind[SANDBOX_KIND_LENGTH])
{
    const char *name = link;
    if (!strncmp(link, "anon_inode:", 11)) {
        name = link + 11 + (link[11] == '[');
    } else if (!strncmp(link, "/dev/", 5)) {
        name = link + 5;
    } else if (link[0] == '/') {
        name = !strncmp(link, "/memfd:", 7) ? "memory" : "file";
    }
    snprintf(kind, SANDBOX_KIND_LENGTH, "%.*s", (int)strcspn(name, ":]/"), name);
}

static void count_file(struct sandbox *sandbox, const char *link)
{
    char kind[SANDBOX_KIND_LENGTH];
    unsigned i = 0;
    kind_of(link, kind);
    while (i < sandbox->file_kinds && strcmp(sandbox->files[i].kind, kind) != 0)
        i++;
    if (i == SANDBOX_MAX_FILES)
        return;
    if (i == sandbox->file_kinds) {
        memcpy(sandbox->files[i].kind, kind, sizeof(kind));
        sandbox->file_kinds++;
    }
    sandbox->files[i].count++;
}

static void count_files(struct sandbox *sandbox)
{
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry;
    while (folder && (entry = readdir(folder)) != NULL) {
        char link[256];
        ssize_t size = readlinkat(dirfd(folder), entry->d_name, link, sizeof(link) - 1);
        if (size <= 0)
            continue;
        link[size] = '\0';
        if (!strstr(link, "/proc/")) /* not the folder itself */
            count_file(sandbox, link);
    }
    if (folder)
        closedir(folder);
}

/* What a device maps later counts against a limit that only capabilities lift. */
static void raise_memory_limit(void)
{
    const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
    /* Who may not lives with the limit, as before. */
    setrlimit(RLIMIT_MEMLOCK, &none);
}

int sandbox_confine(struct sandbox *sandbox, struct error *err)
{
    int ruleset;

    if (sandbox->mode == SANDBOX_OFF)
        return 0;
    if (sandbox->tells)
        count_files(sandbox);
    if (sandbox->locks_memory)
        raise_memory_limit();
    int result = sandbox_landlock_make(sandbox, &ruleset, err);
    if (result == 0)
        result = sandbox_change_user(sandbox, err);
    if (result == 0)
        result = sandbox_drop_capabilities(err);
    if (result == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        result = error_system(err, -errno, "sandbox: no new privileges");
    if (result == 0)
        result = sandbox_landlock_enter(ruleset, err);
    if (result == 0)
        result = sandbox_catch(sandbox->terminal, err);
    if (result < 0)
        return result;
    sandbox->confined = process.on = true;
    process.only_log = sandbox->mode == SANDBOX_LOG;
    process.needs = sandbox->needs;
    return 0;
}

int sandbox_enter(enum sandbox_thread kind, struct error *err)
{
    return process.on ? sandbox_filter(kind, process.needs, process.only_log, err) : 0;
}
