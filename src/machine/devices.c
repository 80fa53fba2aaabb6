/* devices.c: the devices of the virtual PC, and what its firmware is told. */
#include "base/bytes.h"               /* GIB */
#include "base/log.h"                 /* where serial ports are */
#include "devices/debug_console.h"    /* port 0x402 */
#include "devices/device.h"           /* struct device */
#include "devices/fw_cfg.h"           /* files for the firmware */
#include "devices/i440fx.h"           /* host bridge */
#include "devices/i8042.h"            /* keyboard controller */
#include "devices/igd_bridges.h"      /* LPC bridge, host bridge identity */
#include "devices/isa_misc.h"         /* ports nobody needs */
#include "devices/piix3.h"            /* ISA bridge */
#include "devices/piix3_ide.h"        /* optical drives */
#include "devices/piix4_pm.h"         /* power management */
#include "devices/port92.h"           /* fast reset */
#include "devices/rtc.h"              /* clock and CMOS */
#include "devices/serial.h"           /* COM1 to COM4 */
#include "devices/serial_line.h"      /* their other ends */
#include "devices/vga.h"              /* the emulated display */
#include "devices/virtio_balloon.h"   /* memory given back */
#include "devices/virtio_blk.h"       /* disks */
#include "devices/virtio_console.h"   /* hvc0 */
#include "devices/virtio_input.h"     /* keyboard and tablet */
#include "devices/virtio_rng.h"       /* random numbers */
#include "machine/acpi.h"             /* ACPI tables */
#include "machine/e820.h"             /* memory map */
#include "machine/linux_boot.h"       /* --kernel */
#include "machine/machine_internal.h" /* struct machine */
#include "machine/slots.h"            /* places on the bus */
#include "pci/bus.h"                  /* the host bridge's function */

/* COM1 to COM4; the last two share the interrupts of the first two. */
static const struct {
    uint16_t port;
    uint8_t gsi;
} serial_places[MACHINE_MAX_SERIALS] = {
    { 0x3f8, 4 }, { 0x2f8, 3 }, { 0x3e8, 4 }, { 0x2e8, 3 }
};

/* Where SeaBIOS (src/fw/pciinit.c) begins to place BARs, by the end of low RAM. */
static const struct {
    uint64_t ram_end;
    uint32_t hole;
} hole_starts[] = {
    { 0x80000000u, 0x80000000u },
    { 0xc0000000u, 0xc0000000u },
    { 4 * GIB, 0xe0000000u },
};

#include <stdio.h> /* snprintf */

#define HOLE_END        0xfec00000u /* the IOAPIC */
#define OVMF_LEAST_HOLE 0x80000000u

/* Take a new device into the list; NULL means its constructor failed. */
static int keep(struct machine *machine, struct device *device, struct error *err)
{
    if (!device)
        return err->code;
    if (machine->device_count == MACHINE_MAX_DEVICES) {
        device->free(device);
        return error_set(err, ERROR_INPUT, -ENOSPC, "more than %d devices",
                         MACHINE_MAX_DEVICES);
    }
    machine->devices[machine->device_count++] = device;
    return 0;
}

static int add_chipset(struct machine *machine, struct error *err)
{
    struct board *board = &machine->board;
    struct rtc_config rtc = { .low_ram = memory_low_end(&machine->memory),
                              .high_ram = memory_high_size(&machine->memory),
                              .cpus = machine->config.cpus };
    int result =
        keep(machine, i440fx_new(board, memory_set_pam, &machine->memory, err), err);
    if (result == 0)
        result = keep(machine, piix3_new(board, err), err);
    if (result == 0)
        result = keep(machine,
                      machine->power_management =
                          piix4_pm_new(board, machine->firmware.uefi, err),
                      err);
    if (result == 0)
        result = keep(machine, rtc_new(board, &rtc, err), err);
    if (result == 0)
        result = keep(machine, isa_misc_new(board, err), err);
    if (result == 0)
        result = keep(machine, port92_new(board, err), err);
    if (result == 0)
        result = keep(machine, machine->inputs.i8042 = i8042_new(board, err), err);
    return result;
}

/* The fds of what a port is connected to; a line that clients come to goes to *line. */
static int open_line(struct machine *machine, const struct machine_serial *serial,
                     struct serial_line **line, const char *name, int *in, int *out,
                     struct error *err)
{
    *in = serial->in;
    *out = serial->out;
    if (serial->kind == MACHINE_SERIAL_FDS)
        return 0;
    *line = serial_line_new(machine->board.loop,
                            serial->kind == MACHINE_SERIAL_SOCKET ? serial->path : NULL,
                            err);
    if (!*line)
        return err->code;
    *in = *out = serial_line_port(*line);
    log_info(NULL, "%s: %s", name, serial_line_path(*line));
    return 0;
}

static int add_serial(struct machine *machine, unsigned number, struct device **port,
                      struct error *err)
{
    int in, out;
    char name[32];

    snprintf(name, sizeof(name), "serial port COM%u", number + 1);
    int result = open_line(machine, &machine->config.serials[number],
                           &machine->lines[number], name, &in, &out, err);
    if (result < 0)
        return result;
    *port = serial_new(&machine->board, serial_places[number].port,
                       serial_places[number].gsi, in, out, err);
    return keep(machine, *port, err);
}

static int add_consoles(struct machine *machine, struct error *err)
{
    const struct machine_config *config = &machine->config;
    struct device *ports[MACHINE_MAX_SERIALS] = { NULL };
    int result = 0;

    for (unsigned i = 0; result == 0 && i < config->serial_count; i++) {
        result = add_serial(machine, i, &ports[i], err);
        if (result == 0 && i >= 2)
            serial_share_interrupt(ports[i - 2], ports[i]);
    }
    if (result == 0 && config->debug_out >= 0)
        result = keep(machine,
                      debug_console_new(&machine->board, config->debug_out, err), err);
    return result;
}

static int add_optical_drives(struct machine *machine, struct error *err)
{
    const struct machine_config *config = &machine->config;
    struct piix3_ide_options options = { .count = config->cdrom_count };

    _Static_assert(MACHINE_MAX_CDROMS == PIIX3_IDE_DRIVES, "one drive a disc");
    if (!config->cdrom_count)
        return 0;
    memcpy(options.discs, config->cdroms, sizeof(options.discs));
    machine->ide = piix3_ide_new(&machine->board, &options, err);
    return keep(machine, machine->ide, err);
}

int machine_change_disc(struct machine *machine, unsigned drive,
                        const struct optical_image *disc, bool force, struct error *err)
{
    if (!machine->ide)
        return error_set(err, ERROR_IMPOSSIBLE, -ENODEV,
                         "the machine was started without an optical drive");
    pthread_mutex_lock(&machine->board.lock);
    int result = piix3_ide_change(machine->ide, drive, disc, force, err);
    pthread_mutex_unlock(&machine->board.lock);
    return result;
}

static int add_virtio_console(struct machine *machine, struct error *err)
{
    int in, out;
    if (!machine->config.has_console)
        return 0;
    int result = open_line(machine, &machine->config.console, &machine->console_line,
                           "virtio console", &in, &out, err);
    if (result < 0)
        return result;
    return keep(
        machine,
        virtio_console_new(&machine->board, PCI_DEVFN(SLOT_CONSOLE, 0), in, out, err),
        err);
}

bool machine_balloon_set(struct machine *machine, uint64_t bytes)
{
    pthread_mutex_lock(&machine->board.lock);
    if (machine->balloon)
        virtio_balloon_set_target(machine->balloon, bytes);
    pthread_mutex_unlock(&machine->board.lock);
    return machine->balloon;
}

bool machine_balloon_ask(struct machine *machine, struct virtio_balloon_state *state)
{
    pthread_mutex_lock(&machine->board.lock);
    if (machine->balloon)
        virtio_balloon_ask(machine->balloon, state);
    pthread_mutex_unlock(&machine->board.lock);
    return machine->balloon;
}

static int add_disk(struct machine *machine, unsigned number, struct error *err)
{
    const struct machine_disk *disk = &machine->config.disks[number];
    unsigned queues = disk->queues ? disk->queues : machine->config.cpus;
    struct virtio_blk_options options = {
        .file = { .path = disk->path,
                  .read_only = disk->read_only,
                  .raw = disk->raw,
                  .direct = disk->direct },
        .socket = disk->vhost_user ? disk->path : NULL,
        .format = disk->format,
        .serial = disk->serial,
        .no_discard = disk->no_discard,
        .queues = queues < VIRTIO_BLK_QUEUES_MAX ? queues : VIRTIO_BLK_QUEUES_MAX,
    };
    return keep(machine,
                virtio_blk_new(&machine->board, PCI_DEVFN(SLOT_DISK + number, 0),
                               &options, err),
                err);
}

static int add_display(struct machine *machine, struct error *err)
{
    if (!machine_has_display(machine))
        return 0;
    int result = machine_make_vga(machine, err);
    return result < 0 ? result : keep(machine, vga_device(machine->vga), err);
}

static int add_virtio(struct machine *machine, struct error *err)
{
    int result = keep(
        machine, virtio_rng_new(&machine->board, PCI_DEVFN(SLOT_RNG, 0), err), err);
    for (unsigned i = 0; result == 0 && i < machine->config.disk_count; i++)
        result = add_disk(machine, i, err);
    for (unsigned i = 0; result == 0 && i < machine->config.nic_count; i++)
        result = keep(machine, machine_nic_new(machine, i, err), err);
    if (result == 0)
        result = add_virtio_console(machine, err);
    if (result == 0 && machine->config.balloon) {
        machine->balloon =
            virtio_balloon_new(&machine->board, PCI_DEVFN(SLOT_BALLOON, 0), err);
        result = keep(machine, machine->balloon, err);
    }
    return result;
}

/* The GPU, with the bridges its firmware and drivers look at. */
static int add_assigned(struct machine *machine, struct error *err)
{
    if (!machine->vfio)
        return 0;
    const struct igd_plan *plan = machine->plan;
    machine->assigned =
        assigned_new(&machine->board, machine->vfio, plan->guest_devfn, plan, err);
    if (!machine->assigned)
        return err->code;
    int result = keep(machine, assigned_device(machine->assigned), err);
    if (result == 0 && plan->lpc_bridge.count)
        result = keep(machine,
                      igd_lpc_bridge_new(&machine->board, &plan->lpc_bridge, err), err);
    if (result == 0)
        igd_identity_apply(pci_bus_function(machine->board.pci, PCI_DEVFN(0, 0)),
                           &plan->host_bridge);
    return result;
}

static uint32_t hole_start(uint64_t low_end)
{
    unsigned i = 0;
    while (i + 1 < ARRAY_SIZE(hole_starts) && low_end > hole_starts[i].ram_end)
        i++;
    return hole_starts[i].hole;
}

/*
 * Where firmware may place BARs. OVMF (OvmfPkg/Library/PlatformInitLib) begins below 4
 * GiB where RAM ends, at 2 GiB at the earliest; above it has a window whose place
 * depends on its version.
 */
static void describe_holes(const struct machine *machine, struct acpi_config *acpi)
{
    uint64_t low_end = memory_low_end(&machine->memory);
    acpi->pci_hole_start = hole_start(low_end);
    acpi->pci_hole_end = HOLE_END;
    if (!machine->firmware.uefi)
        return;
    acpi->pci_hole_start =
        low_end > OVMF_LEAST_HOLE ? (uint32_t)low_end : OVMF_LEAST_HOLE;
    acpi->pci_hole64_start = 4 * GIB + memory_high_size(&machine->memory);
    acpi->pci_hole64_end = cpuid_address_end();
}

static int add_igd_files(struct machine *machine, struct error *err)
{
    const struct igd_plan *plan = machine->plan;

    for (unsigned i = 0; plan && i < plan->file_count; i++) {
        int result = fw_cfg_add_file(machine->fw_cfg, plan->files[i].name,
                                     plan->files[i].data, plan->files[i].size);
        if (result < 0)
            return error_system(err, result, "fw_cfg file %s", plan->files[i].name);
    }
    return 0;
}

static int add_cpu_counts(struct machine *machine, struct error *err)
{
    const struct cpu_topology *topology = &machine->config.cpu.topology;
    unsigned count = machine->config.cpus;
    uint8_t cpus[2], ids[2];
    store16(cpus, (uint16_t)count);
    /* SeaBIOS takes it for the number of APIC ids it has to look through. */
    store16(ids, (uint16_t)(cpu_topology_apic_id(topology, count - 1) + 1));
    int result =
        fw_cfg_add_key(machine->fw_cfg, FW_CFG_KEY_NB_CPUS, cpus, sizeof(cpus));
    if (result == 0)
        result = fw_cfg_add_key(machine->fw_cfg, FW_CFG_KEY_MAX_CPUS, ids, sizeof(ids));
    return result < 0 ? error_system(err, result, "fw_cfg: number of CPUs") : 0;
}

/*
 * An initrd may not end where stolen memory or the firmware's own tables go: with a
 * RAM block apart for them below 4 GiB there is no such limit.
 */
static uint64_t initrd_limit(const struct machine *machine)
{
    const struct igd_plan *plan = machine->plan;
    const struct guest_memory_block *low = &machine->memory.ram.blocks[0];
    uint64_t end = low->address + low->size;

    if (memory_low_end(&machine->memory) != end || !plan)
        return 0;
    uint64_t firmware = 16 * MIB + plan->stolen.size + MIB;
    return end > 2 * firmware ? end - firmware : 0;
}

static int add_firmware_files(struct machine *machine, struct error *err)
{
    const struct machine_config *config = &machine->config;

    machine->fw_cfg = fw_cfg_new(&machine->board, err);
    if (!machine->fw_cfg)
        return err->code;
    int result = keep(machine, fw_cfg_device(machine->fw_cfg), err);
    if (result == 0)
        result = add_cpu_counts(machine, err);
    if (result == 0)
        result = e820_build(machine->fw_cfg, &machine->memory.ram, &machine->opregion,
                            1, err);
    struct acpi_config acpi = { .topology = config->cpu.topology,
                                .serial_ports = config->serial_count };
    describe_holes(machine, &acpi);
    if (result == 0)
        result = acpi_build(machine->fw_cfg, &acpi, err);
    if (result == 0)
        result = smbios_build(machine->fw_cfg, &config->smbios, &machine->memory.ram,
                              &config->cpu.topology, err);
    if (result == 0)
        result = add_igd_files(machine, err);
    if (result == 0 && config->kernel) {
        struct linux_boot_config boot = { .kernel = config->kernel,
                                          .initrd = config->initrd,
                                          .command_line = config->command_line,
                                          .initrd_limit = initrd_limit(machine) };
        result = linux_boot_prepare(machine->fw_cfg, &machine->memory.ram, &boot, err);
    }
    struct boot_devices devices = { .disks = config->disk_count,
                                    .cdroms = config->cdrom_count,
                                    .rom = config->kernel ? LINUX_BOOT_ROM : NULL,
                                    .uefi = machine->firmware.uefi };
    if (result == 0)
        result = boot_order_add(machine->fw_cfg, &config->boot, &devices, err);
    return result;
}

/* Beside the PS/2 ones: a tablet's pointer is where the viewer's is. */
static int add_input(struct machine *machine, struct error *err)
{
    struct board *board = &machine->board;
    struct input_devices *inputs = &machine->inputs;
    if (!machine->link)
        return 0;
    inputs->keyboard =
        virtio_input_new(board, PCI_DEVFN(SLOT_INPUT, 0), VIRTIO_INPUT_KEYBOARD, err);
    int result = keep(machine, inputs->keyboard, err);
    if (result < 0)
        return result;
    inputs->tablet =
        virtio_input_new(board, PCI_DEVFN(SLOT_INPUT + 1, 0), VIRTIO_INPUT_TABLET, err);
    return keep(machine, inputs->tablet, err);
}

static int add_flash(struct machine *machine, struct error *err)
{
    return machine->firmware.uefi ? keep(machine, machine_flash_new(machine, err), err)
                                  : 0;
}

static int add_host_devices(struct machine *machine, struct error *err)
{
    int result = 0;
    for (unsigned i = 0; result == 0 && i < machine->host_device_count; i++)
        result = keep(machine, host_device_new(machine, i, err), err);
    return result == 0 ? host_devices_tell_functions(machine, err) : result;
}

int machine_add_devices(struct machine *machine, struct error *err)
{
    int result = machine_open_display(machine, err);
    if (result == 0)
        result = add_chipset(machine, err);
    if (result == 0)
        result = add_flash(machine, err);
    if (result == 0)
        result = add_consoles(machine, err);
    if (result == 0)
        result = add_firmware_files(machine, err);
    if (result == 0)
        result = add_display(machine, err);
    if (result == 0)
        result = add_assigned(machine, err);
    if (result == 0)
        result = add_virtio(machine, err);
    if (result == 0)
        result = add_optical_drives(machine, err);
    if (result == 0)
        result = add_input(machine, err);
    if (result == 0)
        result = machine_connect_display(machine, err);
    if (result == 0)
        result = add_host_devices(machine, err);
    return result;
}
