/* helper_facts.c: what the kernel says of the programs beside `igdvm run`. */
#include "cmd/helper_facts.h"

#include <fcntl.h>  /* open */
#include <stdio.h>  /* snprintf, sscanf */
#include <stdlib.h> /* strtoull */
#include <string.h> /* strstr */
#include <unistd.h> /* read */

/* proc(5); the lines that are wanted are among the first 2 KiB. */
#define STATUS_MAX 4096

/* The number behind "\nNAME:\t". */
static uint64_t value_of(const char *status, const char *name, int base)
{
    char line[32];
    int length = snprintf(line, sizeof(line), "\n%s:", name);
    const char *found = strstr(status, line);
    return found ? strtoull(found + length, NULL, base) : 0;
}

void helper_facts_add(struct helper_list *helpers, const char *program, pid_t process)
{
    char path[32], status[STATUS_MAX];
    snprintf(path, sizeof(path), "/proc/%d/status", (int)process);
    int fd = process > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    ssize_t got = read(fd, status, sizeof(status) - 1);
    close(fd);
    const char *users = NULL;
    struct helper_facts facts = { .program = program, .process = process };
    if (got > 0) {
        status[got] = '\0';
        users = strstr(status, "\nUid:");
    }
    if (!users || sscanf(users, "\nUid: %*u %u", &facts.user) != 1 ||
        helpers->count == HELPERS_MAX)
        return;
    facts.capabilities = value_of(status, "CapEff", 16);
    facts.no_new_privileges = value_of(status, "NoNewPrivs", 10) == 1;
    facts.filter = value_of(status, "Seccomp", 10) == 2;
    helpers->list[helpers->count++] = facts;
}
