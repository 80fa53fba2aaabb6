/* gop_bench.c: a UEFI that is just enough for the GOP driver, with a model behind it.
 */
#include "gop_bench.h"

#include "base/bytes.h"        /* stores, round_up */
#include "base/error.h"        /* struct error */
#include "model/chips.h"       /* the chip */
#include "model/gtt.h"         /* what the display reads */
#include "model/model.h"       /* the device */
#include "model/monitor.h"     /* monitors */
#include "model/rom_image.h"   /* the configuration */
#include "model/vbios_image.h" /* its options */
#include "pci/regs.h"          /* BARs */

#include <stdlib.h>   /* malloc */
#include <sys/mman.h> /* memory below 4 GiB */

#define REGISTERS    0x4010000000ULL
#define BAR_64       0x4u
#define CONFIG_IN_PE 0x1c0
#define FILE_TEXT    "OpRegion "

struct gop_config gop_config;
size_t gop_bench_opregion_size;
uint8_t gop_bench_gms;
efi_handle const gop_bench_device = &gop_config,
                 gop_bench_image = &gop_bench_opregion_size;

static struct gop_bench *running;
static size_t file_at;

/* In place of fw_cfg.c. */
uint32_t fw_cfg_open(const char *name)
{
    assert_string_equal(name, "etc/igd-opregion");
    file_at = 0;
    return (uint32_t)gop_bench_opregion_size;
}

void fw_cfg_read(void *to, size_t size)
{
    for (uint8_t *byte = to; size--; byte++)
        *byte = (uint8_t)FILE_TEXT[file_at++ % (sizeof(FILE_TEXT) - 1)];
}

static int dma_read(void *opaque, uint64_t address, void *data, size_t size)
{
    memset(data, 0, size);
    return 0;
}

static int dma_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    return 0;
}

static void no_interrupt(void *opaque, bool condition, bool pin)
{
}

static void no_timer(void *opaque, uint64_t period)
{
}

static uint64_t now(void *opaque)
{
    const struct gop_bench *bench = opaque;
    return bench->now;
}

static const struct model_bus bus = { dma_read, dma_write, no_interrupt, no_timer,
                                      now };

static uint64_t EFIAPI raise_tpl(uint64_t tpl)
{
    uint64_t before = running->tpl;
    assert_true(tpl >= before);
    running->tpl = tpl;
    return before;
}

static void EFIAPI restore_tpl(uint64_t tpl)
{
    running->tpl = tpl;
}

static efi_status EFIAPI allocate_pages(int how, int type, size_t pages,
                                        uint64_t *address)
{
    size_t size = pages * EFI_PAGE_SIZE;
    if (how == EFI_ALLOCATE_ADDRESS)
        return EFI_NOT_FOUND; /* placed by other firmware */
    for (unsigned i = 0; i < GOP_BENCH_BLOCKS; i++) {
        if (running->pages[i].size)
            continue;
        uint8_t *at =
            mmap(NULL, size, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_32BIT, -1, 0);
        assert_ptr_not_equal(at, MAP_FAILED);
        assert_true((uintptr_t)at + size <= *address);
        running->pages[i].at = at;
        running->pages[i].size = size;
        running->pages[i].reserved =
            type == EFI_RESERVED_MEMORY || type == EFI_ACPI_MEMORY_NVS;
        *address = (uintptr_t)at;
        return EFI_SUCCESS;
    }
    return EFI_OUT_OF_RESOURCES;
}

/* From either end of a block. */
static efi_status EFIAPI free_pages(uint64_t address, size_t pages)
{
    uint8_t *at = (uint8_t *)(uintptr_t)address;
    size_t size = pages * EFI_PAGE_SIZE;
    for (unsigned i = 0; i < GOP_BENCH_BLOCKS; i++) {
        uint8_t *start = running->pages[i].at;
        uint8_t *end = start + running->pages[i].size;
        if (!running->pages[i].size || at < start || at >= end)
            continue;
        assert_true(at == start || at + size == end);
        assert_true(size < running->pages[i].size);
        munmap(at, size);
        running->pages[i].size -= size;
        if (at == start)
            running->pages[i].at += size;
        return EFI_SUCCESS;
    }
    return EFI_INVALID_PARAMETER;
}

static efi_status EFIAPI allocate_pool(int type, size_t size, void **buffer)
{
    assert_int_equal(type, EFI_BOOT_SERVICES_DATA);
    *buffer = malloc(size);
    assert_non_null(*buffer);
    running->pools++;
    return EFI_SUCCESS;
}

static efi_status EFIAPI free_pool(void *buffer)
{
    assert_true(running->pools-- > 0);
    free(buffer);
    return EFI_SUCCESS;
}

static struct gop_bench_protocol *find(const struct gop_bench *bench, efi_handle handle,
                                       const struct efi_guid *guid)
{
    for (unsigned i = 0; i < GOP_BENCH_PROTOCOLS; i++) {
        const struct gop_bench_protocol *protocol = &bench->protocols[i];
        if (protocol->guid && protocol->handle == handle &&
            memcmp(protocol->guid, guid, sizeof(*guid)) == 0)
            return (struct gop_bench_protocol *)protocol;
    }
    return NULL;
}

static void add(struct gop_bench *bench, efi_handle handle, const struct efi_guid *guid,
                void *interface)
{
    assert_null(find(bench, handle, guid));
    for (unsigned i = 0; i < GOP_BENCH_PROTOCOLS; i++) {
        if (!bench->protocols[i].guid) {
            bench->protocols[i] =
                (struct gop_bench_protocol){ handle, guid, interface };
            return;
        }
    }
    fail_msg("too many protocols");
}

static void count_open(int by)
{
    struct gop_bench *bench = running;
    bench->opens += (unsigned)by;
}

static efi_status EFIAPI open_protocol(efi_handle handle, const struct efi_guid *guid,
                                       void **interface, efi_handle agent,
                                       efi_handle controller, uint32_t attributes)
{
    static const struct efi_guid pci_guid = EFI_PCI_IO_GUID;
    const struct gop_bench_protocol *protocol = find(running, handle, guid);
    assert_ptr_equal(agent, gop_bench_image);
    if (!protocol)
        return EFI_UNSUPPORTED;
    *interface = protocol->interface;
    if (memcmp(guid, &pci_guid, sizeof(*guid)) != 0)
        return EFI_SUCCESS;
    if (attributes == EFI_OPEN_BY_DRIVER)
        count_open(1);
    else if (attributes == EFI_OPEN_BY_CHILD)
        running->childs++;
    return EFI_SUCCESS;
}

static efi_status EFIAPI close_protocol(efi_handle handle, const struct efi_guid *guid,
                                        efi_handle agent, efi_handle controller)
{
    static const struct efi_guid pci_guid = EFI_PCI_IO_GUID;
    assert_non_null(find(running, handle, guid));
    if (memcmp(guid, &pci_guid, sizeof(*guid)) != 0)
        return EFI_SUCCESS;
    if (controller == handle)
        count_open(-1);
    else
        running->childs--;
    return EFI_SUCCESS;
}

static efi_status EFIAPI install(efi_handle *handle, ...)
{
    __builtin_ms_va_list list;
    __builtin_ms_va_start(list, handle);
    const struct efi_guid *guid;
    if (!*handle)
        *handle = malloc(1);
    while ((guid = __builtin_va_arg(list, const struct efi_guid *)))
        add(running, *handle, guid, __builtin_va_arg(list, void *));
    __builtin_ms_va_end(list);
    return EFI_SUCCESS;
}

static efi_status EFIAPI uninstall(efi_handle handle, ...)
{
    __builtin_ms_va_list list;
    __builtin_ms_va_start(list, handle);
    const struct efi_guid *guid;
    while ((guid = __builtin_va_arg(list, const struct efi_guid *))) {
        struct gop_bench_protocol *protocol = find(running, handle, guid);
        assert_non_null(protocol);
        assert_ptr_equal(protocol->interface, __builtin_va_arg(list, void *));
        protocol->guid = NULL;
    }
    __builtin_ms_va_end(list);
    free(handle);
    return EFI_SUCCESS;
}

static void EFIAPI copy_memory(void *to, const void *from, size_t size)
{
    memmove(to, from, size);
}

static void EFIAPI set_memory(void *to, size_t size, uint8_t value)
{
    memset(to, value, size);
}

static uint64_t register_place(uint8_t bar, uint64_t address)
{
    assert_int_equal(bar, EFI_PCI_ANY_ADDRESS);
    assert_true(running->attributes & EFI_PCI_MEMORY);
    assert_true(address >= running->registers);
    return address - running->registers;
}

static efi_status EFIAPI read_memory(struct efi_pci_io *pci, int width, uint8_t bar,
                                     uint64_t address, size_t count, void *buffer)
{
    assert_int_equal(width, EFI_WIDTH_32);
    assert_int_equal(model_read(running->model, MODEL_REGION_BAR0,
                                register_place(bar, address), buffer, 4 * count),
                     0);
    return EFI_SUCCESS;
}

static efi_status EFIAPI write_memory(struct efi_pci_io *pci, int width, uint8_t bar,
                                      uint64_t address, size_t count, void *buffer)
{
    assert_int_equal(width, EFI_WIDTH_32);
    assert_int_equal(model_write(running->model, MODEL_REGION_BAR0,
                                 register_place(bar, address), buffer, 4 * count),
                     0);
    return EFI_SUCCESS;
}

static efi_status EFIAPI read_config(struct efi_pci_io *pci, int width, uint32_t offset,
                                     size_t count, void *buffer)
{
    assert_int_equal(
        model_read(running->model, MODEL_REGION_CONFIG, offset, buffer, count << width),
        0);
    return EFI_SUCCESS;
}

static efi_status EFIAPI write_config(struct efi_pci_io *pci, int width,
                                      uint32_t offset, size_t count, void *buffer)
{
    assert_int_equal(model_write(running->model, MODEL_REGION_CONFIG, offset, buffer,
                                 count << width),
                     0);
    return EFI_SUCCESS;
}

static efi_status EFIAPI attributes(struct efi_pci_io *pci, int operation,
                                    uint64_t wanted, uint64_t *result)
{
    if (operation == EFI_PCI_ATTRIBUTES_GET)
        *result = running->attributes;
    else if (operation == EFI_PCI_ATTRIBUTES_SET)
        running->attributes = wanted;
    else
        running->attributes |= wanted;
    return EFI_SUCCESS;
}

static void make_model(struct gop_bench *bench, const char *chip, const char *monitors)
{
    struct error err;
    struct model_monitors list;
    const struct model_options options = {
        .chip = model_chip_find(chip),
        .monitors = monitors ? &list : NULL,
        .has_gms = gop_bench_gms != 0,
        .gms = gop_bench_gms,
    };
    assert_non_null(options.chip);
    if (monitors)
        assert_int_equal(model_monitors_parse(&list, options.chip, monitors, &err), 0);
    bench->model = model_new(&options, &bus, bench, &err);
    assert_non_null(bench->model);

    /* What finish.py has left room for in the image of this chip. */
    const struct vbios_image_options rom_options = { .chip = options.chip };
    uint8_t *rom = malloc(rom_image_size());
    assert_non_null(rom);
    size_t size = rom_image_build(&rom_options, rom, rom_image_size());
    const uint8_t *gop = memmem(rom, size, "IGDVMGOP", 8);
    assert_non_null(gop);
    memcpy(&gop_config, gop, sizeof(gop_config));
    free(rom);
}

/* Map the aperture as the device's BAR2 would be: on a multiple of its size. */
static void place_bars(struct gop_bench *bench)
{
    struct model_region region = model_region(bench->model, MODEL_REGION_BAR2);
    size_t size = (size_t)region.map_size;
    assert_true(size > 0);
    bench->aperture_size = size;
    bench->aperture_room = mmap(NULL, 2 * size, PROT_NONE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(bench->aperture_room, MAP_FAILED);
    uintptr_t at = ((uintptr_t)bench->aperture_room + size - 1) / size * size;
    bench->aperture = mmap((void *)at, size, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_FIXED, region.fd, 0);
    assert_ptr_not_equal(bench->aperture, MAP_FAILED);
    bench->registers = REGISTERS;
    const uint64_t bars[] = { bench->registers | BAR_64, at | BAR_64 };
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(
            model_write(bench->model, MODEL_REGION_CONFIG, PCI_BAR(2 * i), &bars[i], 8),
            0);
}

void gop_bench_start(struct gop_bench *bench, const char *chip, const char *monitors)
{
    static const struct efi_guid pci_guid = EFI_PCI_IO_GUID;
    static const struct efi_guid path_guid = EFI_DEVICE_PATH_GUID;
    /* PciRoot(0)/Pci(2,0) */
    static const uint8_t path[] = { 2, 1, 12, 0, 0xd0, 0x41, 3, 0x0a, 0,    0, 0,
                                    0, 1, 1,  6, 0,    0,    2, 0x7f, 0xff, 4, 0 };
    memset(bench, 0, sizeof(*bench));
    running = bench;
    make_model(bench, chip, monitors);
    place_bars(bench);
    bench->screen = screen_new();
    assert_non_null(bench->screen);
    bench->boot = (struct efi_boot_services){
        .raise_tpl = raise_tpl,
        .restore_tpl = restore_tpl,
        .allocate_pages = allocate_pages,
        .free_pages = free_pages,
        .allocate_pool = allocate_pool,
        .free_pool = free_pool,
        .open_protocol = open_protocol,
        .close_protocol = close_protocol,
        .install_protocols = install,
        .uninstall_protocols = uninstall,
        .copy_memory = copy_memory,
        .set_memory = set_memory,
    };
    bench->pci.read_memory = read_memory;
    bench->pci.write_memory = write_memory;
    bench->pci.read_config = read_config;
    bench->pci.write_config = write_config;
    bench->pci.attributes = attributes;
    bench->table.boot = &bench->boot;
    add(bench, gop_bench_device, &pci_guid, &bench->pci);
    add(bench, gop_bench_device, &path_guid, (void *)path);
    assert_int_equal(image_entry(gop_bench_image, &bench->table), EFI_SUCCESS);
}

void gop_bench_stop(struct gop_bench *bench)
{
    for (unsigned i = 0; i < GOP_BENCH_BLOCKS; i++) {
        if (bench->pages[i].size)
            munmap(bench->pages[i].at, bench->pages[i].size);
    }
    munmap(bench->aperture_room, 2 * bench->aperture_size);
    munmap(bench->aperture, bench->aperture_size);
    screen_free(bench->screen);
    model_free(bench->model);
    gop_bench_opregion_size = 0;
    gop_bench_gms = 0;
}

void *gop_bench_find(const struct gop_bench *bench, const struct efi_guid *guid,
                     efi_handle not_on)
{
    for (unsigned i = 0; i < GOP_BENCH_PROTOCOLS; i++) {
        const struct gop_bench_protocol *protocol = &bench->protocols[i];
        if (protocol->guid && (!not_on || protocol->handle != not_on) &&
            memcmp(protocol->guid, guid, sizeof(*guid)) == 0)
            return protocol->interface;
    }
    return NULL;
}

efi_handle gop_bench_handle(const struct gop_bench *bench, const void *interface)
{
    for (unsigned i = 0; i < GOP_BENCH_PROTOCOLS; i++) {
        if (bench->protocols[i].guid && bench->protocols[i].interface == interface)
            return bench->protocols[i].handle;
    }
    return NULL;
}

uint32_t gop_bench_config(struct gop_bench *bench, unsigned offset)
{
    uint8_t bytes[4];
    assert_int_equal(model_read(bench->model, MODEL_REGION_CONFIG, offset, bytes, 4),
                     0);
    return load32(bytes);
}

static int read_graphics_memory(void *opaque, uint64_t address, void *data, size_t size)
{
    return gtt_read_memory(opaque, address, data, size);
}

const struct picture *gop_bench_picture(struct gop_bench *bench)
{
    const struct surface_memory memory = { read_graphics_memory, bench->model };
    struct scanout_pipe shown;
    /* Two frames later: what was written is taken over at a vertical blank. */
    for (unsigned i = 0; i < 2; i++) {
        bench->now += 20000000;
        model_frame(bench->model);
    }
    scanout_get(bench->model, 0, &shown);
    screen_update(bench->screen, &shown, &memory);
    return screen_picture(bench->screen);
}
