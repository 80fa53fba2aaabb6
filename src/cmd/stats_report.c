/* stats_report.c: the counters of a run, for people and as JSON. */
#include "cmd/stats_report.h"

#include "base/error.h"         /* error_set */
#include "cmd/sandbox_report.h" /* what the sandbox left */
#include "machine/machine.h"    /* struct machine_stats */

#include <inttypes.h> /* PRIu64 */
#include <stdio.h>    /* fprintf */
#include <string.h>   /* strerror */

static uint64_t all_exits(const struct machine_stats *stats)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < EXIT_KINDS; i++)
        sum += stats->exits[i];
    return sum;
}

static void device_text(const struct machine_device_stats *stats, FILE *to)
{
    const struct assigned_counters *device = &stats->counters;
    fprintf(to, "%s: VFIO backend %s; DMA calls: %" PRIu64 " map, %" PRIu64 " unmap\n",
            stats->name, stats->vfio_backend, stats->vfio.dma_maps,
            stats->vfio.dma_unmaps);
    for (unsigned i = 0; i < 6; i++) {
        if (!device->mapped_pages[i] && !device->trapped_pages[i])
            continue;
        fprintf(to,
                "BAR%u: %" PRIu64 " pages direct, %" PRIu64
                " trapped; trapped accesses: "
                "%" PRIu64 " reads, %" PRIu64 " writes\n",
                i, device->mapped_pages[i], device->trapped_pages[i],
                device->bar_reads[i], device->bar_writes[i]);
    }
}

void stats_report_text(const struct machine_stats *stats, const struct sandbox *sandbox,
                       const struct helper_list *helpers)
{
    FILE *to = stderr;

    fprintf(to, "first guest instruction after %.1f ms, %u reset%s\n",
            (double)stats->first_instruction_ns / 1e6, stats->resets,
            stats->resets == 1 ? "" : "s");
    fprintf(to, "exits to igdvm: %" PRIu64 "\n", all_exits(stats));
    for (unsigned i = 0; i < EXIT_KINDS; i++)
        fprintf(to, "  %-12s %" PRIu64 "\n", exit_kind_name((enum exit_kind)i),
                stats->exits[i]);
    fprintf(to, "memory slots: %u in use, %" PRIu64 " calls\n", stats->slots_used,
            stats->slot_calls);
    sandbox_report_text(sandbox, helpers);
    if (stats->has_device) {
        device_text(&stats->device, to);
        fprintf(to, "VGA accesses: %" PRIu64 " reads, %" PRIu64 " writes\n",
                stats->device.counters.vga_reads, stats->device.counters.vga_writes);
    }
    for (unsigned i = 0; i < stats->host_device_count; i++)
        device_text(&stats->host_devices[i], to);
}

static void add_number(json_object *to, const char *key, uint64_t value)
{
    json_object_object_add(to, key, json_object_new_uint64(value));
}

static json_object *exits_json(const struct machine_stats *stats)
{
    json_object *object = json_object_new_object();
    for (unsigned i = 0; i < EXIT_KINDS; i++)
        add_number(object, exit_kind_name((enum exit_kind)i), stats->exits[i]);
    add_number(object, "total", all_exits(stats));
    return object;
}

static json_object *device_json(const struct machine_device_stats *stats)
{
    const struct assigned_counters *device = &stats->counters;
    json_object *object = json_object_new_object();
    json_object *bars = json_object_new_array();

    for (unsigned i = 0; i < 6; i++) {
        json_object *bar = json_object_new_object();
        add_number(bar, "mapped_pages", device->mapped_pages[i]);
        add_number(bar, "trapped_pages", device->trapped_pages[i]);
        add_number(bar, "trapped_reads", device->bar_reads[i]);
        add_number(bar, "trapped_writes", device->bar_writes[i]);
        json_object_array_add(bars, bar);
    }
    json_object_object_add(object, "bars", bars);
    add_number(object, "vga_reads", device->vga_reads);
    add_number(object, "vga_writes", device->vga_writes);
    add_number(object, "config_reads", device->config_reads);
    add_number(object, "config_writes", device->config_writes);
    add_number(object, "interrupts_set_up", device->interrupts_set_up);
    add_number(object, "bdsm", device->bdsm);
    add_number(object, "asls", device->asls);
    json_object_object_add(object, "vfio_backend",
                           json_object_new_string(stats->vfio_backend));
    add_number(object, "dma_maps", stats->vfio.dma_maps);
    add_number(object, "dma_unmaps", stats->vfio.dma_unmaps);
    add_number(object, "region_reads", stats->vfio.region_reads);
    add_number(object, "region_writes", stats->vfio.region_writes);
    return object;
}

static json_object *host_devices_json(const struct machine_stats *stats)
{
    json_object *list = json_object_new_array();
    for (unsigned i = 0; i < stats->host_device_count; i++) {
        json_object *device = device_json(&stats->host_devices[i]);
        json_object_object_add(device, "address",
                               json_object_new_string(stats->host_devices[i].name));
        json_object_array_add(list, device);
    }
    return list;
}

static json_object *samples_json(const struct machine_stats *stats)
{
    json_object *list = json_object_new_array();
    for (unsigned i = 0; i < stats->sample_count; i++) {
        json_object *sample = json_object_new_object();
        add_number(sample, "fds", stats->samples[i].fds);
        add_number(sample, "slots", stats->samples[i].slots);
        add_number(sample, "resident_kib", stats->samples[i].resident_kib);
        json_object_array_add(list, sample);
    }
    return list;
}

json_object *stats_report_object(const struct machine_stats *stats)
{
    json_object *root = json_object_new_object();

    json_object_object_add(root, "exits", exits_json(stats));
    add_number(root, "memory_slots", stats->slots_used);
    add_number(root, "memory_slot_calls", stats->slot_calls);
    add_number(root, "first_instruction_ns", stats->first_instruction_ns);
    add_number(root, "resets", stats->resets);
    if (stats->has_device)
        json_object_object_add(root, "device", device_json(&stats->device));
    if (stats->host_device_count)
        json_object_object_add(root, "host_devices", host_devices_json(stats));
    json_object_object_add(root, "samples", samples_json(stats));
    return root;
}

int stats_report_json(const struct machine_stats *stats, const struct sandbox *sandbox,
                      const struct helper_list *helpers, int fd, struct error *err)
{
    json_object *root = stats_report_object(stats);
    int result = 0;

    json_object_object_add(root, "sandbox", sandbox_report_object(sandbox, helpers));
    if (json_object_to_fd(fd, root, JSON_C_TO_STRING_PRETTY) < 0)
        result =
            error_set(err, ERROR_INPUT, -EIO, "--stats: %s", json_util_get_last_err());
    json_object_put(root);
    return result;
}
