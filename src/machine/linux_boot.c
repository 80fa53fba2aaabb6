/* linux_boot.c: reads a bzImage and lays out what the option ROM will load where. */
#include "machine/linux_boot.h"

#include "base/bytes.h"           /* load32, MIB */
#include "base/error.h"           /* error_set */
#include "devices/fw_cfg.h"       /* keys */
#include "devices/guest_memory.h" /* where RAM is */
#include "linuxboot_rom.h"        /* the option ROM, made by the build */

#include <fcntl.h>    /* open */
#include <stdbool.h>  /* bool */
#include <stdlib.h>   /* strtoul */
#include <string.h>   /* strlen */
#include <sys/stat.h> /* fstat */
#include <unistd.h>   /* pread */

/*
 * Where things go. The setup code owns the 64 KiB behind its address: code, then
 * heap, then stack from SETUP_STACK down (firmware/linuxboot/linuxboot.S).
 */
#define SETUP_ADDRESS   0x10000
#define SETUP_STACK     0xfff0
#define SETUP_MAX       0xf000 /* leaves 4 KiB for heap and stack */
#define COMMAND_ADDRESS 0x20000
#define COMMAND_MAX     0xffff
#define KERNEL_ADDRESS  0x100000

#define FIRMWARE_TABLES (16 * MIB) /* SeaBIOS's tables and tables' scratch space */

/* The setup header: offset and size of each field used (Linux boot.rst). */
enum setup_field {
    SETUP_SECTS = 0x1f1,       /* u8: sectors of setup code after the first */
    SETUP_SYSSIZE = 0x1f4,     /* u32: protected-mode code, in 16 bytes */
    SETUP_VID_MODE = 0x1fa,    /* u16 */
    SETUP_BOOT_FLAG = 0x1fe,   /* u16: 0xaa55 */
    SETUP_MAGIC = 0x202,       /* "HdrS" */
    SETUP_VERSION = 0x206,     /* u16 */
    SETUP_LOADER = 0x210,      /* u8 */
    SETUP_LOADFLAGS = 0x211,   /* u8 */
    SETUP_INITRD = 0x218,      /* u32 */
    SETUP_INITRD_SIZE = 0x21c, /* u32 */
    SETUP_HEAP_END = 0x224,    /* u16: minus 0x200 */
    SETUP_COMMAND = 0x228,     /* u32 */
    SETUP_INITRD_MAX = 0x22c,  /* u32: highest byte of the initrd; 2.03 */
    SETUP_COMMAND_MAX = 0x238, /* u32: without the zero; 2.06 */
    SETUP_PREFERRED = 0x258,   /* u64: where it will decompress to; 2.10 */
    SETUP_INIT_SIZE = 0x260,   /* u32: how much it needs there; 2.10 */
    SETUP_HEADER_END = 0x264,
};

#define LOADED_HIGH       0x01 /* loadflags */
#define CAN_USE_HEAP      0x80
#define LOADER_UNASSIGNED 0xff

/* Without the field (protocol 2.02): what boot.rst says. */
#define OLD_INITRD_MAX  0x37ffffff
#define OLD_COMMAND_MAX 255

struct file {
    const char *what; /* "kernel" or "initrd" */
    const char *path;
    int fd; /* -1: none, or fw_cfg has it now */
    size_t size;
};

struct kernel {
    struct file file;
    uint8_t setup[SETUP_MAX]; /* the file's beginning, zeros behind its end */
    unsigned version;         /* of the boot protocol */
    size_t setup_size;
    uint64_t size;        /* protected-mode code */
    uint64_t end;         /* RAM it needs from KERNEL_ADDRESS ends here */
    uint64_t initrd_end;  /* the initrd must end here at the latest */
    uint32_t command_max; /* longest command line, without the zero */
};

/* errno as a negative number, which an error is whatever errno says. */
static int last_error(void)
{
    return errno > 0 ? -errno : -EIO;
}

static int check_file(struct file *file, struct error *err)
{
    struct stat stat;
    if (fstat(file->fd, &stat) < 0)
        return error_system(err, last_error(), "%s %s", file->what, file->path);
    if (!S_ISREG(stat.st_mode))
        return error_set(err, ERROR_INPUT, -EINVAL, "%s %s: not a regular file",
                         file->what, file->path);
    if (stat.st_size == 0 || stat.st_size >= (off_t)(2 * GIB))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%s %s: it has %lld bytes; expected more than none and less "
                         "than 2 GiB",
                         file->what, file->path, (long long)stat.st_size);
    file->size = (size_t)stat.st_size;
    return 0;
}

static int open_file(struct file *file, struct error *err)
{
    file->fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->fd < 0) {
        int code = last_error();
        return error_set(err, ERROR_INPUT, code, "%s %s: %s", file->what, file->path,
                         strerror(-code));
    }
    return check_file(file, err);
}

static void close_file(struct file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

static int read_setup(struct kernel *kernel, struct error *err)
{
    ssize_t size = pread(kernel->file.fd, kernel->setup, SETUP_MAX, 0);
    return size >= 0 ? 0
                     : error_system(err, last_error(), "kernel %s", kernel->file.path);
}

#define NOT_BZIMAGE(kernel, format, ...)                                            \
    error_set(err, ERROR_INPUT, -EINVAL, "kernel %s: not a Linux bzImage: " format, \
              (kernel)->file.path, __VA_ARGS__)

/* Check the setup header and take from it what decides the layout. */
static int read_header(struct kernel *kernel, struct error *err)
{
    const uint8_t *setup = kernel->setup;
    size_t file_size = kernel->file.size;
    if (file_size < SETUP_HEADER_END)
        return NOT_BZIMAGE(kernel, "it has only %zu bytes", file_size);
    if (load16(setup + SETUP_BOOT_FLAG) != 0xaa55)
        return NOT_BZIMAGE(kernel, "boot flag at 0x1fe is 0x%04x, expected 0xaa55",
                           load16(setup + SETUP_BOOT_FLAG));
    if (memcmp(setup + SETUP_MAGIC, "HdrS", 4) != 0)
        return NOT_BZIMAGE(kernel, "no \"HdrS\" at 0x%x", SETUP_MAGIC);
    kernel->version = load16(setup + SETUP_VERSION);
    if (kernel->version < 0x202)
        return NOT_BZIMAGE(kernel, "boot protocol %u.%02u, expected 2.02 or newer",
                           kernel->version >> 8, kernel->version & 0xff);
    if (!(setup[SETUP_LOADFLAGS] & LOADED_HIGH))
        return NOT_BZIMAGE(kernel, "loadflags at 0x211 is 0x%02x: a zImage, loaded low",
                           setup[SETUP_LOADFLAGS]);

    unsigned sectors = setup[SETUP_SECTS] ? setup[SETUP_SECTS] : 4;
    kernel->setup_size = ((size_t)sectors + 1) * 512;
    if (kernel->setup_size > SETUP_MAX)
        return NOT_BZIMAGE(kernel, "its setup code has %zu bytes, at most %u have room",
                           kernel->setup_size, SETUP_MAX);
    if (kernel->setup_size >= file_size)
        return NOT_BZIMAGE(kernel,
                           "its setup code has %zu bytes, the whole file only %zu",
                           kernel->setup_size, file_size);
    kernel->size = file_size - kernel->setup_size;
    uint64_t expected = (uint64_t)load32(setup + SETUP_SYSSIZE) * 16;
    if (kernel->size + 15 < expected)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "kernel %s: cut short: %llu bytes follow the setup code, the "
                         "header says %llu",
                         kernel->file.path, (unsigned long long)kernel->size,
                         (unsigned long long)expected);

    kernel->initrd_end = (uint64_t)OLD_INITRD_MAX + 1;
    kernel->command_max = OLD_COMMAND_MAX;
    kernel->end = KERNEL_ADDRESS + kernel->size;
    if (kernel->version >= 0x203)
        kernel->initrd_end = (uint64_t)load32(setup + SETUP_INITRD_MAX) + 1;
    if (kernel->version >= 0x206)
        kernel->command_max = load32(setup + SETUP_COMMAND_MAX);
    if (kernel->command_max > COMMAND_MAX)
        kernel->command_max = COMMAND_MAX;
    if (kernel->version >= 0x20a) {
        uint64_t at = load64(setup + SETUP_PREFERRED);
        uint32_t size = load32(setup + SETUP_INIT_SIZE);
        if (at >= 4 * GIB)
            return NOT_BZIMAGE(kernel, "preferred address at 0x%x is above 4 GiB",
                               SETUP_PREFERRED);
        if (at + size > kernel->end)
            kernel->end = at + size;
    }
    return 0;
}

/* The end of the RAM that holds the kernel; *last: no more of it below 4 GiB. */
static uint64_t low_ram_end(const struct guest_memory *memory, bool *last)
{
    uint64_t end = 0;
    *last = true;
    for (unsigned i = 0; i < memory->count; i++) {
        const struct guest_memory_block *block = &memory->blocks[i];
        if (block->address == end)
            end += block->size;
        else if (block->address < 4 * GIB)
            *last = false;
    }
    return end < 4 * GIB ? end : 4 * GIB;
}

/* Where the initrd goes; checks also that the kernel has room. */
static int place(const struct kernel *kernel, const struct file *initrd,
                 const struct guest_memory *memory, uint64_t initrd_limit,
                 uint64_t *address, struct error *err)
{
    bool last;
    uint64_t ram_end = low_ram_end(memory, &last);
    if (kernel->end > ram_end)
        return error_set(err, ERROR_IMPOSSIBLE, -ENOSPC,
                         "kernel %s: it needs RAM up to 0x%llx, the guest has it up to "
                         "0x%llx; give the guest more memory",
                         kernel->file.path, (unsigned long long)kernel->end,
                         (unsigned long long)ram_end);
    *address = 0;
    if (!initrd->size)
        return 0;

    uint64_t end = ram_end;
    if (!initrd_limit && last)
        end = ram_end > FIRMWARE_TABLES ? ram_end - FIRMWARE_TABLES : 0;
    if (initrd_limit && end > initrd_limit)
        end = initrd_limit;
    if (end > kernel->initrd_end)
        end = kernel->initrd_end;
    if (end >= initrd->size)
        *address = round_down(end - initrd->size, 4 * KIB);
    if (end < initrd->size || *address < kernel->end)
        return error_set(err, ERROR_IMPOSSIBLE, -ENOSPC,
                         "initrd %s: its %zu bytes do not fit between the kernel's end "
                         "at 0x%llx and 0x%llx; give the guest more memory",
                         initrd->path, initrd->size, (unsigned long long)kernel->end,
                         (unsigned long long)end);
    return 0;
}

/* The value of the last vga= on the command line, as boot.rst defines it. */
static bool video_mode(const char *command_line, uint16_t *mode)
{
    static const struct {
        const char *name;
        uint16_t mode;
    } names[] = { { "normal", 0xffff }, { "ext", 0xfffe }, { "ask", 0xfffd } };
    bool found = false;
    for (const char *word = command_line; *word;) {
        word += strspn(word, " \t\n");
        size_t length = strcspn(word, " \t\n");
        if (length > 4 && strncmp(word, "vga=", 4) == 0) {
            const char *value = word + 4;
            size_t size = length - 4;
            char *end;
            unsigned long number = strtoul(value, &end, 0);
            if (end == value + size && number <= UINT16_MAX) {
                *mode = (uint16_t)number;
                found = true;
            }
            for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
                if (strlen(names[i].name) == size &&
                    strncmp(names[i].name, value, size) == 0) {
                    *mode = names[i].mode;
                    found = true;
                }
            }
        }
        word += length;
    }
    return found;
}

/* Fill in what a boot loader fills in. */
static void patch_setup(uint8_t *setup, uint64_t initrd_address, size_t initrd_size,
                        const char *command_line)
{
    setup[SETUP_LOADER] = LOADER_UNASSIGNED;
    setup[SETUP_LOADFLAGS] |= CAN_USE_HEAP;
    store16(setup + SETUP_HEAP_END, SETUP_STACK - 0x200);
    store32(setup + SETUP_COMMAND, COMMAND_ADDRESS);
    store32(setup + SETUP_INITRD, (uint32_t)initrd_address);
    store32(setup + SETUP_INITRD_SIZE, (uint32_t)initrd_size);
    uint16_t mode;
    if (video_mode(command_line, &mode))
        store16(setup + SETUP_VID_MODE, mode);
}

/* One part as the ROM finds it: a size, an address, the bytes. */
struct part {
    uint16_t address_key, size_key, data_key;
    struct file *file; /* the bytes from `offset` on; NULL: they are at data */
    uint64_t address;
    const void *data;
    size_t offset, size;
};

static int add_part(struct fw_cfg *fw_cfg, const struct part *part)
{
    uint8_t address[4], size[4];
    store32(address, (uint32_t)part->address);
    store32(size, (uint32_t)part->size);
    int error = fw_cfg_add_key(fw_cfg, part->address_key, address, sizeof(address));
    if (!error)
        error = fw_cfg_add_key(fw_cfg, part->size_key, size, sizeof(size));
    if (error)
        return error;
    if (!part->file)
        return fw_cfg_add_key(fw_cfg, part->data_key, part->data, part->size);
    error = fw_cfg_add_key_in_file(fw_cfg, part->data_key, part->file->fd,
                                   part->file->path, part->offset, part->size);
    if (!error)
        part->file->fd = -1;
    return error;
}

static int add_parts(struct fw_cfg *fw_cfg, struct kernel *kernel, struct file *initrd,
                     uint64_t initrd_address, const char *command_line)
{
    int error = 0;
    patch_setup(kernel->setup, initrd_address, initrd->size, command_line);
    const struct part parts[] = {
        { FW_CFG_KEY_SETUP_ADDR, FW_CFG_KEY_SETUP_SIZE, FW_CFG_KEY_SETUP_DATA, NULL,
          SETUP_ADDRESS, kernel->setup, 0, kernel->setup_size },
        { FW_CFG_KEY_CMDLINE_ADDR, FW_CFG_KEY_CMDLINE_SIZE, FW_CFG_KEY_CMDLINE_DATA,
          NULL, COMMAND_ADDRESS, command_line, 0, strlen(command_line) + 1 },
        { FW_CFG_KEY_KERNEL_ADDR, FW_CFG_KEY_KERNEL_SIZE, FW_CFG_KEY_KERNEL_DATA,
          &kernel->file, KERNEL_ADDRESS, NULL, kernel->setup_size, kernel->size },
        { FW_CFG_KEY_INITRD_ADDR, FW_CFG_KEY_INITRD_SIZE, FW_CFG_KEY_INITRD_DATA,
          initrd, initrd_address, NULL, 0, initrd->size },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(parts) && !error; i++) {
        if (parts[i].size)
            error = add_part(fw_cfg, &parts[i]);
    }
    if (!error)
        error = fw_cfg_add_file(fw_cfg, LINUX_BOOT_ROM, linuxboot_rom,
                                sizeof(linuxboot_rom));
    return error;
}

int linux_boot_prepare(struct fw_cfg *fw_cfg, const struct guest_memory *memory,
                       const struct linux_boot_config *config, struct error *err)
{
    struct kernel kernel = { .file = {
                                 .what = "kernel", .path = config->kernel, .fd = -1 } };
    struct file initrd = { .what = "initrd", .path = config->initrd, .fd = -1 };
    const char *command_line = config->command_line ? config->command_line : "";
    uint64_t initrd_address = 0;

    int error = open_file(&kernel.file, err);
    if (!error)
        error = read_setup(&kernel, err);
    if (!error)
        error = read_header(&kernel, err);
    if (!error && strlen(command_line) > kernel.command_max)
        error = error_set(err, ERROR_INPUT, -E2BIG,
                          "kernel command line: it has %zu bytes, kernel %s takes %u",
                          strlen(command_line), kernel.file.path, kernel.command_max);
    if (!error && initrd.path)
        error = open_file(&initrd, err);
    if (!error)
        error =
            place(&kernel, &initrd, memory, config->initrd_limit, &initrd_address, err);
    if (!error) {
        error = add_parts(fw_cfg, &kernel, &initrd, initrd_address, command_line);
        if (error)
            error_system(err, error, "kernel %s: giving it to the firmware",
                         kernel.file.path);
    }
    close_file(&kernel.file);
    close_file(&initrd);
    return error;
}
