/* machine.c: the virtual PC, put together and taken apart. */
#include "machine/machine.h"

#include "base/bytes.h"               /* GIB */
#include "devices/device.h"           /* freeing devices */
#include "devices/serial_line.h"      /* freeing them */
#include "machine/machine_internal.h" /* struct machine */

#include <stdlib.h> /* calloc */

#define LOW_RAM_TOP 0xc0000000ull /* RAM below 4 GiB without an assigned device */
#define LEAST_RAM   (32 * MIB)

static int open_spaces(struct machine *machine, struct error *err)
{
    const struct board *board = &machine->board;
    int result = machine_board_init(machine, err);
    if (result < 0)
        return result;
    machine->gathered = (struct gathered_writes){ .memory = board->memory,
                                                  .ports = board->ports,
                                                  .loop = board->loop };
    return 0;
}

/* The server of a vfio-user device is gone: the guest has lost its GPU for good. */
static void device_gone(void *opaque)
{
    struct machine *machine = opaque;
    machine_fail(machine, vfio_device_name(machine->vfio),
                 "the device's server went away");
}

static int open_device(struct machine *machine, struct igd_plan **refused,
                       struct error *err)
{
    if (!machine->config.device)
        return host_devices_open(machine, err);
    machine->vfio = vfio_device_open_by(
        machine->config.device, machine->config.vfio_backend, machine->kvm.vm_fd, err);
    if (!machine->vfio)
        return err->code;
    machine_dma_add(machine, machine->vfio);
    int result =
        vfio_device_watch(machine->vfio, machine->board.loop, device_gone, machine);
    if (result < 0)
        return error_system(err, result, "%s", machine->config.device);
    result = host_devices_open(machine, err);
    if (result < 0)
        return result;
    return machine_plan_device(machine, refused, err);
}

/* Does another process get guest RAM: a device's server, or a disk's? */
static bool is_shared(const struct machine *machine)
{
    bool shared = false;
    for (unsigned i = 0; i < machine->dma_count; i++)
        shared |= !vfio_device_is_kernel(machine->dma[i].vfio);
    for (unsigned i = 0; i < machine->config.disk_count; i++)
        shared |=
            machine->config.disks[i].vhost_user || machine->config.disks[i].format;
    return shared;
}

static int make_memory(struct machine *machine, struct error *err)
{
    struct memory_layout layout = { .size = machine->config.memory,
                                    .low_top = LOW_RAM_TOP,
                                    .page_size = machine->config.huge_page_size,
                                    .populate = machine->config.populate,
                                    .shared = is_shared(machine) };
    if (machine->plan && machine->plan->stolen.at_host_base) {
        layout.stolen_base = machine->plan->stolen.host_base;
        layout.stolen_top = machine->plan->stolen.ram_top;
    }
    struct firmware_image *image = &machine->firmware;
    int result = firmware_image_load(image, FIRMWARE_IMAGE_PC, machine->config.firmware,
                                     IGDVM_FIRMWARE_PATH, err);
    if (result == 0)
        result = machine_open_variables(machine, err);
    if (result < 0)
        return result;
    size_t size;
    uint8_t *code = machine_firmware_code(machine, &size);
    return memory_init(&machine->memory, &machine->kvm, &layout, code, size, err);
}

static int make_vcpus(struct machine *machine, struct error *err)
{
    unsigned count = machine->config.cpus;

    machine->vcpus = calloc(count, sizeof(*machine->vcpus));
    if (!machine->vcpus)
        return error_system(err, -ENOMEM, "vCPUs");
    for (unsigned i = 0; i < count; i++) {
        int result = vcpu_init(&machine->vcpus[i], &machine->kvm, &machine->config.cpu,
                               i, &machine->owner, err);
        if (result < 0)
            return result;
        machine->vcpu_count = i + 1;
    }
    gathered_start(&machine->gathered, &machine->kvm, &machine->vcpus[0]);
    return 0;
}

static int check_config(const struct machine_config *config, struct error *err)
{
    if (config->memory < LEAST_RAM || config->memory % MIB)
        return error_set(
            err, ERROR_INPUT, -EINVAL,
            "memory of %llu bytes: expected at least %llu MiB, in whole MiB",
            (unsigned long long)config->memory, LEAST_RAM / MIB);
    if (config->cpus < 1 || config->cpus > MACHINE_MAX_CPUS)
        return error_set(err, ERROR_INPUT, -EINVAL, "%u CPUs: expected 1 to %d",
                         config->cpus, MACHINE_MAX_CPUS);
    return 0;
}

struct machine *machine_new(const struct machine_config *config,
                            struct igd_plan **refused, struct error *err)
{
    *refused = NULL;
    if (check_config(config, err) < 0)
        return NULL;
    struct machine *machine = calloc(1, sizeof(*machine));
    if (!machine) {
        error_system(err, -ENOMEM, "machine");
        return NULL;
    }
    machine->config = *config;
    if (!config->cpu.topology.sockets)
        machine->config.cpu.topology = (struct cpu_topology){ 1, config->cpus, 1 };
    int result = open_spaces(machine, err);
    if (result == 0) {
        machine_run_init(machine);
        result = kvm_open(&machine->kvm, err);
    }
    machine->kvm_open = result == 0;
    if (result == 0)
        result = open_device(machine, refused, err);
    if (result == 0)
        result = make_memory(machine, err);
    if (result == 0)
        result = machine_reserve_opregion(machine, err);
    if (result == 0)
        result = machine_add_devices(machine, err);
    if (result == 0)
        result = machine_map_dma(machine, err);
    if (result == 0)
        result = make_vcpus(machine, err);
    if (result < 0) {
        machine_free(machine);
        return NULL;
    }
    return machine;
}

void machine_free(struct machine *machine)
{
    if (!machine)
        return;
    gathered_end(&machine->gathered);
    for (unsigned i = 0; i < machine->vcpu_count; i++)
        vcpu_free(&machine->vcpus[i]);
    free(machine->vcpus);
    free(machine->chips);
    machine_close_display(machine);
    while (machine->device_count) {
        struct device *device = machine->devices[--machine->device_count];
        device->free(device);
    }
    serial_line_free(machine->console_line);
    for (unsigned i = 0; i < MACHINE_MAX_SERIALS; i++)
        serial_line_free(machine->lines[i]);
    machine_unmap_dma(machine);
    host_devices_close(machine);
    vfio_device_close(machine->vfio);
    igd_plan_free(machine->plan);
    if (machine->kvm_open) {
        memory_free(&machine->memory);
        kvm_close(&machine->kvm);
    }
    variable_store_close(&machine->variables);
    firmware_image_free(&machine->firmware);
    board_finish(&machine->board);
    free(machine);
}

const struct vfio_device *machine_vfio(const struct machine *machine)
{
    return machine->vfio;
}

const struct igd_plan *machine_plan(const struct machine *machine)
{
    return machine->plan;
}

const char *machine_device_name(const struct machine *machine, unsigned index)
{
    return index < machine->device_count ? machine->devices[index]->name : NULL;
}

uint64_t machine_memory_end(const struct machine *machine)
{
    const struct guest_memory *ram = &machine->memory.ram;
    uint64_t end = 0;
    for (unsigned i = 0; i < ram->count; i++) {
        uint64_t block_end = ram->blocks[i].address + ram->blocks[i].size;
        end = block_end > end ? block_end : end;
    }
    return end;
}

struct event_loop *machine_event_loop(struct machine *machine)
{
    return machine->board.loop;
}

static struct machine_device_stats device_stats(const struct vfio_device *vfio,
                                                const struct assigned *assigned)
{
    return (struct machine_device_stats){ .name = vfio_device_name(vfio),
                                          .vfio_backend = vfio_device_backend(vfio),
                                          .counters = assigned_counters(assigned),
                                          .vfio = vfio_device_counters(vfio) };
}

void machine_stats(struct machine *machine, struct machine_stats *stats)
{
    *stats = (struct machine_stats){ .slot_calls = machine->kvm.slot_calls,
                                     .slots_used = kvm_slots_used(&machine->kvm),
                                     .resets = machine->resets,
                                     .sample_count = machine->sample_count };
    for (unsigned i = 0; i < machine->vcpu_count; i++) {
        for (unsigned kind = 0; kind < EXIT_KINDS; kind++)
            stats->exits[kind] += machine->vcpus[i].exits[kind];
    }
    if (machine->first_entry_ns > machine->config.start_time)
        stats->first_instruction_ns =
            machine->first_entry_ns - machine->config.start_time;
    memcpy(stats->samples, machine->samples, sizeof(stats->samples));
    stats->has_device = machine->assigned != NULL;
    if (machine->assigned)
        stats->device = device_stats(machine->vfio, machine->assigned);
    stats->host_device_count = machine->host_device_count;
    for (unsigned i = 0; i < machine->host_device_count; i++)
        stats->host_devices[i] = device_stats(machine->host_devices[i].vfio,
                                              machine->host_devices[i].assigned);
}
