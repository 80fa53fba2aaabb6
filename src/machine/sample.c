/* sample.c: what a long run must not grow: fds, memory slots, resident memory. */
#include "machine/machine_internal.h" /* struct machine */

#include <dirent.h> /* counting fds */
#include <stdio.h>  /* /proc/self/statm */
#include <unistd.h> /* sysconf */

static unsigned count_fds(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        return 0;
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count - 1; /* the folder's own */
}

static uint64_t resident_kib(void)
{
    unsigned long long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return 0;
    if (fscanf(file, "%llu %llu", &total, &resident) != 2)
        resident = 0;
    fclose(file);
    return resident * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

struct machine_sample machine_take_sample(struct machine *machine)
{
    return (struct machine_sample){ .fds = count_fds(),
                                    .slots = kvm_slots_used(&machine->kvm),
                                    .resident_kib = resident_kib() };
}
