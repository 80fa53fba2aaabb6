/* smbios.c: the structures of SMBIOS 2.8 (DSP0134, chapter 7), and their way to the
 * guest. */
#include "machine/smbios.h"

#include "base/bytes.h"            /* stores */
#include "base/error.h"            /* error_set */
#include "devices/fw_cfg.h"        /* the files */
#include "devices/guest_memory.h"  /* how much RAM, and where */
#include "machine/cpu_model.h"     /* how processors are arranged */
#include "machine/cpuid.h"         /* what the processor is */
#include "machine/smbios_fields.h" /* the texts */

#include <stddef.h> /* offsetof */
#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* malloc */

#define ANCHOR_SIZE   0x1f
#define TABLE_SIZE    0xffff /* at most, by the anchor */
#define HEADER_SIZE   4
#define DIMM_MOST     (16 * GIB) /* memory is told as modules of at most this size */
#define DIMM_COUNT    64
#define NO_HANDLE     0xffff
#define NO_ERROR_INFO 0xfffe

/* Handles: the type in the upper half, so that they are easy to tell. */
#define HANDLE(type, index) ((uint16_t)((type) << 8 | (index)))

/* The structures in the making. */
struct table {
    const struct smbios_options *options;
    size_t size;
    unsigned count;     /* structures */
    size_t largest;     /* bytes of the largest, its texts included */
    uint8_t *structure; /* the one that is being written */
    unsigned texts;     /* so far in it */
    bool overflow;      /* texts that found no room */
    uint8_t bytes[TABLE_SIZE];
};

/* Begin a structure; what is not stored in it is 0. */
static uint8_t *begin(struct table *table, uint8_t type, uint16_t handle,
                      uint8_t length)
{
    if (table->size + length + 2 > sizeof(table->bytes)) {
        table->overflow = true;
        table->size = 0; /* nothing of it will be used */
    }
    uint8_t *structure = table->bytes + table->size;
    memset(structure, 0, length);
    structure[0] = type;
    structure[1] = length;
    store16(structure + 2, handle);
    table->structure = structure;
    table->texts = 0;
    table->size += length;
    return structure;
}

/* A text behind the structure; its number. */
static uint8_t put_text(struct table *table, const char *text)
{
    size_t size = strlen(text) + 1;
    if (table->size + size + 2 > sizeof(table->bytes)) {
        table->overflow = true;
        return 0;
    }
    memcpy(table->bytes + table->size, text, size);
    table->size += size;
    return (uint8_t)++table->texts;
}

/* The structure's own texts, as asked for or standard, but those given otherwise. */
static void put_fields(struct table *table)
{
    for (unsigned i = 0; i < smbios_field_count; i++) {
        const struct smbios_field *field = &smbios_fields[i];
        const char *text = smbios_text(table->options, i);
        if (field->type == table->structure[0] && text &&
            !table->structure[field->offset])
            table->structure[field->offset] = put_text(table, text);
    }
}

/* Texts end with an empty one; where there are none there are two zeros. */
static void end(struct table *table)
{
    table->bytes[table->size++] = 0;
    if (!table->texts)
        table->bytes[table->size++] = 0;
    size_t size = (size_t)(table->bytes + table->size - table->structure);
    if (size > table->largest)
        table->largest = size;
    table->count++;
}

static void add_firmware(struct table *table)
{
    uint8_t *at = begin(table, 0, HANDLE(0, 0), 0x18);
    store16(at + 0x06, 0xe800); /* where it starts, as a segment */
    at[0x0a] = 0x08;            /* characteristics are not told, */
    at[0x13] = 0x14;            /* but that this is a virtual machine, for SVVP */
    at[0x16] = at[0x17] = 0xff; /* no embedded controller */
    put_fields(table);
    end(table);
}

static void add_system(struct table *table)
{
    uint8_t *at = begin(table, 1, HANDLE(1, 0), 0x1b);
    memcpy(at + 0x08, table->options->uuid, SMBIOS_UUID_SIZE);
    at[0x18] = 6; /* woken by the power switch */
    put_fields(table);
    end(table);
}

static void add_board(struct table *table)
{
    uint8_t *at = begin(table, 2, HANDLE(2, 0), 0x0f);
    at[0x09] = 0x01; /* a hosting board */
    store16(at + 0x0b, HANDLE(3, 0));
    at[0x0d] = 0x0a; /* a motherboard */
    put_fields(table);
    end(table);
}

static void add_chassis(struct table *table)
{
    uint8_t *at = begin(table, 3, HANDLE(3, 0), 0x16);
    at[0x05] = 0x01;                       /* of another kind */
    at[0x09] = at[0x0a] = at[0x0b] = 0x03; /* state, power and heat are safe */
    at[0x0c] = 0x02;                       /* security unknown */
    put_fields(table);
    end(table);
}

/* What CPUID says of its maker and its name; spaces before the name are cut off. */
struct processor_name {
    uint32_t version, features;
    char maker[13], name[49];
};

static void ask_processor(struct processor_name *processor)
{
    uint32_t words[4];

    *processor = (struct processor_name){ 0 };
    cpuid_of_host(0, words);
    store32(processor->maker, words[1]);
    store32(processor->maker + 4, words[3]);
    store32(processor->maker + 8, words[2]);
    cpuid_of_host(1, words);
    processor->version = words[0];
    processor->features = words[3];
    cpuid_of_host(0x80000000, words);
    for (unsigned i = 0; words[0] >= 0x80000004 && i < 3; i++) {
        uint32_t part[4];
        cpuid_of_host(0x80000002 + i, part);
        memcpy(processor->name + sizeof(part) * i, part, sizeof(part));
    }
    size_t spaces = strspn(processor->name, " ");
    memmove(processor->name, processor->name + spaces,
            sizeof(processor->name) - spaces);
}

static void add_processor(struct table *table, unsigned index,
                          const struct cpu_topology *topology,
                          const struct processor_name *processor)
{
    char socket[16];
    uint8_t *at = begin(table, 4, HANDLE(4, index), 0x2a);
    unsigned threads = topology->cores * topology->threads;

    at[0x05] = 0x03; /* a central processor */
    at[0x06] = 0x01; /* of another family */
    store32(at + 0x08, processor->version);
    store32(at + 0x0c, processor->features);
    at[0x18] = 0x41; /* populated, enabled */
    at[0x19] = 0x01; /* another kind of socket */
    for (unsigned cache = 0x1a; cache <= 0x1e; cache += 2)
        store16(at + cache, NO_HANDLE);
    at[0x23] = at[0x24] = (uint8_t)(topology->cores < 255 ? topology->cores : 255);
    at[0x25] = (uint8_t)(threads < 255 ? threads : 255);
    store16(at + 0x26, 0x0004 | (threads > 1 ? 0x0008 : 0)); /* 64 bits; more cores */
    store16(at + 0x28, 0x01);
    snprintf(socket, sizeof(socket), "CPU %u", index);
    at[0x04] = put_text(table, socket);
    put_fields(table);
    if (!at[0x07])
        at[0x07] = put_text(table, processor->maker);
    if (!at[0x10] && processor->name[0])
        at[0x10] = put_text(table, processor->name);
    end(table);
}

static void add_oem_strings(struct table *table)
{
    uint8_t *at = begin(table, SMBIOS_OEM_STRINGS, HANDLE(SMBIOS_OEM_STRINGS, 0), 0x05);
    for (unsigned i = 0; i < table->options->count; i++) {
        const struct smbios_value *value = &table->options->values[i];
        if (smbios_fields[value->field].type == SMBIOS_OEM_STRINGS)
            at[0x04] = put_text(table, value->text);
    }
    end(table);
}

static void add_memory_array(struct table *table, uint64_t size, unsigned modules)
{
    uint64_t kib = size / KIB;
    uint8_t *at = begin(table, 16, HANDLE(16, 0), 0x17);
    at[0x04] = 0x01; /* located elsewhere */
    at[0x05] = 0x03; /* system memory */
    at[0x06] = 0x03; /* without error correction */
    store32(at + 0x07, kib < 0x80000000u ? (uint32_t)kib : 0x80000000u);
    store16(at + 0x0b, NO_ERROR_INFO);
    store16(at + 0x0d, (uint16_t)modules);
    if (kib >= 0x80000000u)
        store64(at + 0x0f, size);
    end(table);
}

static void add_module(struct table *table, unsigned index, uint64_t size)
{
    char name[16];
    uint64_t mib = size / MIB;
    uint8_t *at = begin(table, 17, HANDLE(17, index), 0x28);
    store16(at + 0x04, HANDLE(16, 0));
    store16(at + 0x06, NO_ERROR_INFO);
    store16(at + 0x08, 0xffff); /* widths are not known */
    store16(at + 0x0a, 0xffff);
    store16(at + 0x0c, mib < 0x7fff ? (uint16_t)mib : 0x7fff);
    if (mib >= 0x7fff)
        store32(at + 0x1c, (uint32_t)mib);
    at[0x0e] = 0x09;            /* a DIMM */
    at[0x12] = 0x07;            /* RAM */
    store16(at + 0x13, 0x0002); /* of another kind */
    snprintf(name, sizeof(name), "DIMM %u", index);
    at[0x10] = put_text(table, name);
    put_fields(table);
    end(table);
}

/* Where the array's memory appears, first and last KiB, or bytes where that is too
 * much. */
static void add_mapping(struct table *table, unsigned index, uint64_t first,
                        uint64_t size)
{
    uint64_t last = first + size - 1;
    uint8_t *at = begin(table, 19, HANDLE(19, index), 0x1f);
    if (last / KIB < UINT32_MAX) {
        store32(at + 0x04, (uint32_t)(first / KIB));
        store32(at + 0x08, (uint32_t)(last / KIB));
    } else {
        store32(at + 0x04, UINT32_MAX);
        store32(at + 0x08, UINT32_MAX);
        store64(at + 0x0f, first);
        store64(at + 0x17, last);
    }
    store16(at + 0x0c, HANDLE(16, 0));
    at[0x0e] = 1; /* a row of one module */
    end(table);
}

static void add_memory(struct table *table, const struct guest_memory *memory)
{
    uint64_t size = 0;
    for (unsigned i = 0; i < memory->count; i++)
        size += memory->blocks[i].size;
    uint64_t module = DIMM_MOST;
    while ((size + module - 1) / module > DIMM_COUNT)
        module *= 2;
    unsigned modules = (unsigned)((size + module - 1) / module);

    add_memory_array(table, size, modules);
    for (unsigned i = 0; i < modules; i++)
        add_module(table, i, i + 1 < modules ? module : size - module * i);
    for (unsigned i = 0, index = 0; i < memory->count; index++) {
        uint64_t first = memory->blocks[i].address, end_of = first;
        for (; i < memory->count && memory->blocks[i].address == end_of; i++)
            end_of += memory->blocks[i].size;
        add_mapping(table, index, first, end_of - first);
    }
}

static void add_all(struct table *table, const struct guest_memory *memory,
                    const struct cpu_topology *topology)
{
    struct processor_name processor;

    if (smbios_type_asked(table->options, 0))
        add_firmware(table);
    add_system(table);
    add_board(table);
    add_chassis(table);
    ask_processor(&processor);
    for (unsigned i = 0; i < topology->sockets; i++)
        add_processor(table, i, topology, &processor);
    if (smbios_type_asked(table->options, SMBIOS_OEM_STRINGS))
        add_oem_strings(table);
    add_memory(table, memory);
    begin(table, 32, HANDLE(32, 0), 0x0b); /* the last boot had no errors */
    end(table);
    begin(table, 127, HANDLE(127, 0), HEADER_SIZE);
    end(table);
}

/* The entry point (5.2.1); the firmware stores the address and both checksums. */
static void fill_anchor(uint8_t anchor[ANCHOR_SIZE], const struct table *table)
{
    static const uint8_t start[] = { '_', 'S', 'M', '_' };
    static const uint8_t middle[] = { '_', 'D', 'M', 'I', '_' };

    memset(anchor, 0, ANCHOR_SIZE);
    memcpy(anchor, start, sizeof(start));
    anchor[0x05] = ANCHOR_SIZE;
    anchor[0x06] = 2; /* version 2.8 */
    anchor[0x07] = 8;
    store16(anchor + 0x08, (uint16_t)table->largest);
    memcpy(anchor + 0x10, middle, sizeof(middle));
    store16(anchor + 0x16, (uint16_t)table->size);
    store16(anchor + 0x1c, (uint16_t)table->count);
    anchor[0x1e] = 0x28;
}

int smbios_build(struct fw_cfg *fw_cfg, const struct smbios_options *options,
                 const struct guest_memory *memory, const struct cpu_topology *topology,
                 struct error *err)
{
    uint8_t anchor[ANCHOR_SIZE];
    struct table *table = malloc(sizeof(*table));
    if (!table)
        return error_system(err, -ENOMEM, "SMBIOS tables");
    memset(table, 0, offsetof(struct table, bytes)); /* what follows is large */
    table->options = options;
    add_all(table, memory, topology);
    int result = table->overflow
                     ? error_set(err, ERROR_INPUT, -E2BIG,
                                 "SMBIOS: the texts asked for need more than "
                                 "the %d bytes there are for all structures",
                                 TABLE_SIZE)
                     : 0;
    fill_anchor(anchor, table);
    if (result == 0) {
        result = fw_cfg_add_file(fw_cfg, "etc/smbios/smbios-tables", table->bytes,
                                 table->size);
        if (result == 0)
            result = fw_cfg_add_file(fw_cfg, "etc/smbios/smbios-anchor", anchor,
                                     sizeof(anchor));
        if (result < 0)
            error_system(err, result, "SMBIOS tables");
    }
    free(table);
    return result;
}
