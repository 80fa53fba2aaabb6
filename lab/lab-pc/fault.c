/* fault.c: preloaded into igdvm: its Nth write to the kernel or to the journal fails,
 * or igdvm and its writing child are killed before or after it. */
#include <dlfcn.h>    /* the real write */
#include <errno.h>    /* EIO */
#include <signal.h>   /* kill */
#include <stdio.h>    /* snprintf */
#include <stdlib.h>   /* getenv */
#include <string.h>   /* strncmp */
#include <sys/mman.h> /* a count that children share */
#include <unistd.h>   /* readlink */

struct shared {
    int count, first; /* writes so far; the process that is igdvm */
};

static struct shared *shared;

__attribute__((constructor)) static void start(void)
{
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared->first = getpid();
}

/* Is it one of the files whose writes change the host? */
static int counts(int fd)
{
    char link[64], path[256];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof(path) - 1);
    if (length <= 0)
        return 0;
    path[length] = '\0';
    return strncmp(path, "/sys/", 5) == 0 || strncmp(path, "/run/igdvm/", 11) == 0;
}

static void die(void)
{
    if (getpid() != shared->first)
        kill(shared->first, SIGKILL);
    kill(getpid(), SIGKILL);
}

ssize_t write(int fd, const void *data, size_t size)
{
    static ssize_t (*real)(int, const void *, size_t);
    if (!real)
        real = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    const char *at = getenv("FAULT_AT"), *way = getenv("FAULT_WAY");
    if (!at || !way || !counts(fd) ||
        __atomic_add_fetch(&shared->count, 1, __ATOMIC_SEQ_CST) != atoi(at))
        return real(fd, data, size);
    if (strcmp(way, "fail") == 0) {
        errno = EIO;
        return -1;
    }
    if (strcmp(way, "kill-before") == 0)
        die();
    ssize_t done = real(fd, data, size);
    die();
    return done;
}
