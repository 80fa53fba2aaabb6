/* sandbox.h: confines this program, so that who takes it over has little. */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stdbool.h>   /* bool */
#include <sys/types.h> /* uid_t */

struct error;
struct termios;

/*
 * Each kind of thread has its own list of system calls: sandbox_calls.c. The first are
 * those of `igdvm run`; then come the programs beside it, which have one thread each.
 */
enum sandbox_thread {
    SANDBOX_MAIN,
    SANDBOX_VCPU,
    SANDBOX_DISK,
    SANDBOX_OWN_THREADS,                   /* so many kinds igdvm itself has */
    SANDBOX_DISPLAY = SANDBOX_OWN_THREADS, /* igdvm-display */
    SANDBOX_NET,                           /* igdvm-net */
    SANDBOX_THREADS
};

enum sandbox_mode {
    SANDBOX_ON,
    SANDBOX_OFF,
    SANDBOX_LOG, /* what is not allowed is done, and is in the kernel's audit log */
};

enum sandbox_access {
    SANDBOX_READ,   /* this is read, and what is below it */
    SANDBOX_REMOVE, /* this is removed, as may be what is beside it */
    SANDBOX_WRITE,  /* files are made, written and renamed in the folder this is in */
};

#define SANDBOX_MAX_PATHS   16
#define SANDBOX_MAX_FILES   12 /* kinds of open files that are told apart */
#define SANDBOX_KIND_LENGTH 16

struct sandbox_path {
    const char *path;
    enum sandbox_access access;
};

struct sandbox {
    enum sandbox_mode mode;
    const char *user;  /* to become, when started as root; NULL: the one below */
    bool never_root;   /* where there is no such user, become nobody */
    bool locks_memory; /* memory is locked for devices later: needs the limit raised */
    bool tells;        /* fill in what was left, for people */
    /* To be put back on standard input when a call ends the program; NULL: nothing. */
    const struct termios *terminal;
    unsigned needs; /* CALL_FOR bits of sandbox_calls.h; paths add theirs */
    unsigned path_count;
    struct sandbox_path paths[SANDBOX_MAX_PATHS];

    /* Filled in by sandbox_confine. */
    bool confined;
    uid_t uid;
    int landlock; /* version of its interface; 0: the kernel has none */
    unsigned file_kinds;
    struct {
        char kind[SANDBOX_KIND_LENGTH];
        unsigned count;
    } files[SANDBOX_MAX_FILES];
};

/* Whom a program started as root becomes without being told, when there is such a user.
 */
#define SANDBOX_USER "igdvm"

/* "on"; the mode a word means, false: none. */
const char *sandbox_mode_name(enum sandbox_mode mode);
bool sandbox_mode_parse(const char *word, enum sandbox_mode *mode);

/*
 * Let this path, which must live until sandbox_confine, be reached later; those beyond
 * SANDBOX_MAX_PATHS are not.
 */
void sandbox_add_path(struct sandbox *sandbox, const char *path,
                      enum sandbox_access access);

/*
 * Confine the process: another user, no capabilities, no new privileges, of the file
 * system only `paths`. Threads made before are not confined: there must be none. What
 * is open stays so. 0, or negative errno with err.
 */
int sandbox_confine(struct sandbox *sandbox, struct error *err);

/*
 * Leave the calling thread the system calls of its kind, for good; threads it makes
 * inherit that. One that is not allowed ends the program with a line that names it.
 * Nothing happens unless sandbox_confine did. 0, or negative errno with err.
 */
int sandbox_enter(enum sandbox_thread kind, struct error *err);

/* "vCPU" */
const char *sandbox_thread_name(enum sandbox_thread kind);

#endif
