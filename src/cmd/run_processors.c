/* run_processors.c: reading the value of --cpus. */
#include "cmd/run_processors.h"

#include "base/bytes.h"      /* ARRAY_SIZE */
#include "base/error.h"      /* error_set */
#include "cmd/run_values.h"  /* numbers */
#include "cmd/value_parts.h" /* what is between commas */
#include "machine/machine.h" /* the config */

#include <string.h> /* strcmp */

static int take_part(struct cpu_topology *topology, char *part, struct error *err)
{
    const struct {
        const char *name;
        unsigned *count;
    } parts[] = {
        { "sockets", &topology->sockets },
        { "cores", &topology->cores },
        { "threads", &topology->threads },
    };
    const char *text = value_part_text(part);

    for (unsigned i = 0; i < ARRAY_SIZE(parts); i++) {
        if (text && !strcmp(part, parts[i].name))
            return run_value_number("cpus", text, 1, MACHINE_MAX_CPUS, parts[i].count,
                                    err);
    }
    return run_value_bad(err, "cpus", part, "sockets=N, cores=N or threads=N");
}

int run_processors_read(struct machine_config *config, char *value, struct error *err)
{
    struct cpu_topology *topology = &config->cpu.topology;
    char *rest = value;
    int result = run_value_number("cpus", value_part_next(&rest), 1, MACHINE_MAX_CPUS,
                                  &config->cpus, err);

    *topology = (struct cpu_topology){ 0 };
    for (char *part; result == 0 && (part = value_part_next(&rest));)
        result = take_part(topology, part, err);
    if (result < 0)
        return result;
    if (!topology->threads)
        topology->threads = 1;
    if (!topology->sockets && topology->cores)
        topology->sockets = config->cpus / (topology->cores * topology->threads);
    if (!topology->sockets)
        topology->sockets = 1;
    if (!topology->cores)
        topology->cores = config->cpus / (topology->sockets * topology->threads);
    if (cpu_topology_count(topology) == config->cpus)
        return 0;
    return error_set(
        err, ERROR_INPUT, -EINVAL,
        "--cpus %u: %u sockets of %u cores of %u threads are %u processors",
        config->cpus, topology->sockets, topology->cores, topology->threads,
        cpu_topology_count(topology));
}
