/* system.c: kernel, processors, resources. */
#include <unistd.h> /* sysconf */

#include "probe.h"

void probe_system(void)
{
    char line[512];

    read_line("/proc/version", line, sizeof(line));
    json_string("kernel", line);
    read_line("/proc/cmdline", line, sizeof(line));
    json_string("command_line", line);
    json_number("cpus", (double)sysconf(_SC_NPROCESSORS_ONLN));
    json_number("memory_bytes",
                (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE));
    json_lines("iomem", "/proc/iomem");
}
