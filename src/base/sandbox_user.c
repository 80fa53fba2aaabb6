/* sandbox_user.c: another user, and no capabilities. */
#include "base/sandbox_internal.h"

#include "base/error.h" /* errors */

#include <fcntl.h>            /* open */
#include <grp.h>              /* setgroups */
#include <linux/capability.h> /* the kernel's interface */
#include <stdio.h>            /* sscanf */
#include <string.h>           /* strlen */
#include <sys/auxv.h>         /* getauxval */
#include <sys/syscall.h>      /* SYS_capset */
#include <unistd.h>           /* setresuid */

#define USERS     "/etc/passwd"
#define USERS_MAX 65535
#define NOBODY    65534 /* Debian's user nobody, and its group */

/* The line of this user in the text of USERS, behind the name; NULL: there is none. */
static const char *find_line(const char *text, const char *name)
{
    size_t length = strlen(name);
    while (text && (strncmp(text, name, length) != 0 || text[length] != ':')) {
        text = strchr(text, '\n');
        text += text != NULL;
    }
    return text ? text + length + 1 : NULL;
}

/*
 * Of /etc/passwd alone: what else may know users would have the C library load modules
 * and talk to services. false: no such user in its first USERS_MAX bytes.
 */
static bool find_user(const char *name, uid_t *uid, gid_t *gid)
{
    char text[USERS_MAX + 1];
    int fd = open(USERS, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t got = read(fd, text, USERS_MAX);
    close(fd);
    text[got > 0 ? got : 0] = '\0';
    const char *password = find_line(text, name);
    const char *numbers = password ? strchr(password, ':') : NULL;
    return numbers && sscanf(numbers, ":%u:%u:", uid, gid) == 2;
}

int sandbox_change_user(struct sandbox *sandbox, struct error *err)
{
    const char *name = sandbox->user ? sandbox->user : SANDBOX_USER;
    uid_t uid;
    gid_t gid;

    sandbox->uid = (uid_t)getauxval(AT_EUID); /* without a system call */
    if (sandbox->uid != 0 && !sandbox->user)
        return 0;
    if (!find_user(name, &uid, &gid)) {
        if (sandbox->user)
            return error_set(err, ERROR_INPUT, -ENOENT,
                             "--user %s: no such user in " USERS, name);
        if (!sandbox->never_root)
            return 0;
        uid = gid = NOBODY;
    }
    if (uid == sandbox->uid)
        return 0;
    if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 ||
        setresuid(uid, uid, uid) < 0)
        return error_set(err, ERROR_IMPOSSIBLE, -errno,
                         "--user %s: %s; only root becomes another user", name,
                         strerror(errno));
    sandbox->uid = uid;
    return 0;
}

int sandbox_drop_capabilities(struct error *err)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };
    if (syscall(SYS_capset, &header, none) == 0)
        return 0;
    return error_system(err, -errno, "sandbox: giving up capabilities");
}
