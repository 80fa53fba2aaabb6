/* memory.c: RAM, the firmware image and what PAM makes of 0xc0000 to 0xfffff. */
#include "machine/memory.h"

#include "base/bytes.h"              /* GIB */
#include "base/error.h"              /* error_system */
#include "base/log.h"                /* log_warning */
#include "machine/kvm.h"             /* kvm_map */
#include "machine/memory_populate.h" /* all pages at once */

#include <linux/memfd.h> /* sizes of huge pages */
#include <string.h>      /* memcpy */
#include <sys/mman.h>    /* memfd_create, mmap */
#include <unistd.h>      /* close, ftruncate */

#define VGA_START    0xa0000ull
#define SHADOW_START 0xc0000ull
#define SHADOW_END   0x100000ull
#define SEGMENT      0x4000ull
#define HUGE_PAGE    (2 * MIB)
#define LAST_SEGMENT 0xf0000ull
#define ROM_COPY     0x20000ull /* of the image's end, seen below 1 MiB */

static void add_block(struct guest_memory *ram, uint64_t address, uint64_t size,
                      uint64_t offset)
{
    if (size)
        ram->blocks[ram->count++] = (struct guest_memory_block){
            .address = address, .size = size, .fd = -1, .offset = offset
        };
}

/* Cut the RAM into blocks: low, the one that steers stolen memory, above 4 GiB. */
static uint64_t lay_out(struct guest_memory *ram, const struct memory_layout *layout)
{
    uint64_t left = layout->size, offset = 0;
    uint64_t low = layout->low_top;
    uint64_t apart = 0;

    if (layout->stolen_top) {
        apart = layout->stolen_top - layout->stolen_base;
        low = layout->stolen_base;
        left -= apart;
    }
    uint64_t here = left < low ? left : low;
    left -= here;
    if (here == low)
        here += apart, apart = 0; /* the block touches low RAM: they are one */
    add_block(ram, 0, here, offset);
    offset += here;
    add_block(ram, layout->stolen_base, apart, offset);
    offset += apart;
    add_block(ram, 4 * GIB, left, offset);
    return offset + left;
}

static int make_file(uint64_t total, uint64_t page_size, struct error *err)
{
    unsigned flags = MFD_CLOEXEC;
    if (page_size)
        flags |= MFD_HUGETLB | (page_size == GIB ? MFD_HUGE_1GB : MFD_HUGE_2MB);
    int fd = memfd_create("guest-ram", flags);
    if (fd < 0)
        return error_system(err, -errno, "guest RAM: memfd_create");
    if (ftruncate(fd, (off_t)total) < 0) {
        int code = -errno;
        close(fd);
        return error_system(err, code, "guest RAM of %llu MiB",
                            (unsigned long long)(total / MIB));
    }
    return fd;
}

static int map_failed(int code, uint64_t total, const struct memory_layout *layout,
                      struct error *err)
{
    return error_system(err, code, "guest RAM of %llu MiB%s: cannot be mapped",
                        (unsigned long long)(total / MIB),
                        layout->page_size ? " in huge pages" : "");
}

/*
 * One mapping for all, begun at a huge page. A file only if a vfio-user server is to be
 * given every block, or for huge pages that were reserved: hosts rarely give shared
 * memory transparent huge pages, and without them the device's DMA is mapped page by
 * page.
 */
static int allocate(struct memory *memory, uint64_t total,
                    const struct memory_layout *layout, struct error *err)
{
    struct guest_memory *ram = &memory->ram;
    bool from_file = layout->shared || layout->page_size;
    uint64_t alignment = layout->page_size ? layout->page_size : HUGE_PAGE;
    int fd = -1;

    total = round_up(total, layout->page_size ? layout->page_size : 1);
    if (from_file) {
        fd = make_file(total, layout->page_size, err);
        if (fd < 0)
            return fd;
    }
    memory->mapping_size = total + alignment;
    memory->mapping = mmap(NULL, memory->mapping_size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    uint8_t *host = memory->mapping;
    if (memory->mapping != MAP_FAILED) {
        host += -(uintptr_t)host % alignment;
        if (from_file)
            host = mmap(host, total, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
                        0);
    }
    if (memory->mapping == MAP_FAILED || host == MAP_FAILED) {
        int code = -errno;
        if (memory->mapping != MAP_FAILED)
            munmap(memory->mapping, memory->mapping_size);
        memory->mapping = NULL;
        if (fd >= 0)
            close(fd);
        return map_failed(code, total, layout, err);
    }
    if (!layout->page_size)
        madvise(memory->mapping, memory->mapping_size, MADV_HUGEPAGE);
    madvise(memory->mapping, memory->mapping_size, MADV_DONTDUMP);
    for (unsigned i = 0; i < ram->count; i++) {
        ram->blocks[i].host = host + ram->blocks[i].offset;
        ram->blocks[i].fd = fd;
    }
    return layout->populate ? memory_populate(host, total, err) : 0;
}

static int map_ram(struct memory *memory, struct error *err)
{
    for (unsigned i = 0; i < memory->ram.count; i++) {
        const struct guest_memory_block *block = &memory->ram.blocks[i];
        int result;
        if (block->address == 0) {
            /* Below 1 MiB: no RAM shows in the VGA range, PAM rules what follows. */
            result = kvm_map(memory->kvm, 0, block->host, VGA_START, false);
            if (result == 0)
                result = kvm_map(memory->kvm, SHADOW_END, block->host + SHADOW_END,
                                 block->size - SHADOW_END, false);
        } else {
            result =
                kvm_map(memory->kvm, block->address, block->host, block->size, false);
        }
        if (result < 0)
            return error_system(err, result, "guest RAM at 0x%llx",
                                (unsigned long long)block->address);
    }
    return 0;
}

static int map_firmware(struct memory *memory, struct error *err)
{
    uint64_t size = memory->firmware_size;
    int result = kvm_map(memory->kvm, 4 * GIB - size, memory->firmware, size, true);
    return result < 0 ? error_system(err, result, "firmware image") : 0;
}

int memory_init(struct memory *memory, struct kvm *kvm,
                const struct memory_layout *layout, void *firmware,
                uint64_t firmware_size, struct error *err)
{
    memset(memory, 0, sizeof(*memory));
    memory->kvm = kvm;
    memory->firmware = firmware;
    memory->firmware_size = firmware_size;
    uint64_t total = lay_out(&memory->ram, layout);
    int result = allocate(memory, total, layout, err);
    if (result < 0) {
        if (memory->mapping)
            memory_free(memory);
        memory->ram.count = 0;
        return result;
    }
    result = map_ram(memory, err);
    if (result == 0)
        result = map_firmware(memory, err);
    if (result == 0) {
        uint8_t power_on[PAM_SEGMENTS] = { PAM_ROM };
        memory_set_pam(memory, power_on);
    } else {
        memory_free(memory);
    }
    return result;
}

void memory_free(struct memory *memory)
{
    if (memory->ram.count) {
        if (memory->ram.blocks[0].fd >= 0)
            close(memory->ram.blocks[0].fd);
        munmap(memory->mapping, memory->mapping_size);
        memory->ram.count = 0;
    }
}

/* What the guest finds at a segment: host memory, or NULL where nobody answers. */
static struct memory_piece piece_of(const struct memory *memory, unsigned segment,
                                    uint8_t mode)
{
    uint64_t address = SHADOW_START + segment * SEGMENT;
    struct memory_piece piece = { .address = address, .size = SEGMENT };
    if (address == LAST_SEGMENT)
        piece.size = SHADOW_END - LAST_SEGMENT;
    uint64_t copied =
        memory->firmware_size < ROM_COPY ? memory->firmware_size : ROM_COPY;

    if (mode & PAM_READ_RAM) {
        piece.host = memory->ram.blocks[0].host + address;
        piece.read_only = !(mode & PAM_WRITE_RAM);
    } else if (address >= SHADOW_END - copied) {
        piece.host = memory->firmware + memory->firmware_size - (SHADOW_END - address);
        piece.read_only = 1;
    }
    return piece;
}

static int same_piece(const struct memory_piece *a, const struct memory_piece *b)
{
    return a->address == b->address && a->size == b->size && a->host == b->host &&
           a->read_only == b->read_only;
}

static int find_piece(const struct memory_piece *list, unsigned count,
                      const struct memory_piece *wanted)
{
    for (unsigned i = 0; i < count; i++) {
        if (same_piece(&list[i], wanted))
            return 1;
    }
    return 0;
}

void memory_set_pam(void *opaque, const uint8_t modes[PAM_SEGMENTS])
{
    struct memory *memory = opaque;
    struct memory_piece now[MEMORY_MAX_PIECES];
    unsigned count = 0;

    /* Segments alike become one slot: fewer calls, and fewer slots for KVM to walk. */
    for (unsigned segment = 0; segment < PAM_SEGMENTS; segment++) {
        struct memory_piece piece = piece_of(memory, segment, modes[segment]);
        if (!piece.host)
            continue;
        struct memory_piece *last = count ? &now[count - 1] : NULL;
        if (last && last->address + last->size == piece.address &&
            last->host + last->size == piece.host && last->read_only == piece.read_only)
            last->size += piece.size;
        else
            now[count++] = piece;
    }
    for (unsigned i = 0; i < memory->piece_count; i++) {
        const struct memory_piece *old = &memory->pieces[i];
        if (!find_piece(now, count, old))
            kvm_unmap(memory->kvm, old->address, old->size);
    }
    for (unsigned i = 0; i < count; i++) {
        if (find_piece(memory->pieces, memory->piece_count, &now[i]))
            continue;
        int result = kvm_map(memory->kvm, now[i].address, now[i].host, now[i].size,
                             now[i].read_only);
        if (result < 0)
            log_warning("memory", "shadow RAM at 0x%llx cannot be mapped: %s",
                        (unsigned long long)now[i].address, strerror(-result));
    }
    memcpy(memory->pieces, now, sizeof(now));
    memory->piece_count = count;
}

uint64_t memory_low_end(const struct memory *memory)
{
    uint64_t end = 0;
    for (unsigned i = 0; i < memory->ram.count; i++) {
        const struct guest_memory_block *block = &memory->ram.blocks[i];
        if (block->address < 4 * GIB)
            end = block->address + block->size;
    }
    return end;
}

uint64_t memory_high_size(const struct memory *memory)
{
    uint64_t size = 0;
    for (unsigned i = 0; i < memory->ram.count; i++) {
        if (memory->ram.blocks[i].address >= 4 * GIB)
            size += memory->ram.blocks[i].size;
    }
    return size;
}
