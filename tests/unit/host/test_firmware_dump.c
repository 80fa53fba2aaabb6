/* test_firmware_dump.c: files found in made-up firmware, plain and compressed. */
#include "base/bytes.h"         /* stores */
#include "base/error.h"         /* struct error */
#include "host/firmware_dump.h" /* what is tested */

#include <lzma.h>    /* compress */
#include <setjmp.h>  /* cmocka */
#include <stdarg.h>  /* cmocka */
#include <stdbool.h> /* bool */
#include <stddef.h>  /* cmocka */
#include <stdint.h>  /* cmocka */
#include <stdlib.h>  /* calloc */
#include <string.h>  /* memcpy */

#include <cmocka.h> /* assertions; needs the headers above */

#define DUMP 0x20000

static uint8_t dump[DUMP];
static const char driver[] = "MZ a driver of a display";
/* 5BBA83E6-F027-4CA7-BFD0-16358CC9E123 as it lies in memory */
static const uint8_t gop_guid[16] = { 0xe6, 0x83, 0xba, 0x5b, 0x27, 0xf0, 0xa7, 0x4c,
                                      0xbf, 0xd0, 0x16, 0x35, 0x8c, 0xc9, 0xe1, 0x23 };
static const uint8_t lzma_guid[16] = { 0x98, 0x58, 0x4e, 0xee, 0x14, 0x39, 0x59, 0x42,
                                       0x9d, 0x6e, 0xdc, 0x7b, 0xd7, 0x94, 0x03, 0xcf };

struct found {
    unsigned sections, gops, vbts;
    char name[64], guid[FIRMWARE_GUID_SIZE];
    int answer;
};

static int take(void *opaque, const struct firmware_section *section)
{
    struct found *found = opaque;
    enum firmware_part part = firmware_section_part(section);
    found->sections++;
    found->vbts += part == FIRMWARE_VBT;
    if (part != FIRMWARE_GOP)
        return found->answer;
    found->gops++;
    assert_int_equal(section->size, sizeof(driver));
    assert_memory_equal(section->bytes, driver, sizeof(driver));
    strcpy(found->name, section->name);
    strcpy(found->guid, section->file_guid);
    return found->answer;
}

static void store24(uint8_t *at, size_t value)
{
    store16(at, (uint16_t)value);
    at[2] = (uint8_t)(value >> 16);
}

/* A section at `at`; its size, rounded. */
static size_t put_section(uint8_t *at, uint8_t type, const void *bytes, size_t size)
{
    store24(at, size + 4);
    at[3] = type;
    memcpy(at + 4, bytes, size);
    return (size_t)round_up(size + 4, 4);
}

/* The GOP driver with its name. */
static size_t put_sections(uint8_t *at)
{
    static const char name[] = "G\0O\0P\0\0";
    size_t used = put_section(at, FIRMWARE_SECTION_PE32, driver, sizeof(driver));
    return used + put_section(at + used, 0x15, name, sizeof(name));
}

static size_t put_file(uint8_t *at, const uint8_t *guid, const void *sections,
                       size_t size)
{
    memcpy(at, guid, 16);
    at[18] = 0x07; /* a driver */
    at[19] = 0;
    store24(at + 20, size + 24);
    memcpy(at + 24, sections, size);
    return (size_t)round_up(size + 24, 8);
}

static void put_volume(uint8_t *at, size_t size)
{
    memset(at, 0xff, size);
    memset(at, 0, 56);
    store64(at + 32, size);
    memcpy(at + 40, "_FVH", 4);
    store16(at + 48, 72); /* header with a block map */
    memset(at + 56, 0, 16);
}

static int walk(struct found *found, struct firmware_walk *walk, size_t size)
{
    struct error err;
    memset(found, 0, sizeof(*found));
    *walk = (struct firmware_walk){ .section = take, .opaque = found };
    return firmware_dump_walk(dump, size, walk, &err);
}

static void a_driver_is_found_with_its_name(void **state)
{
    uint8_t sections[256];
    struct found found;
    struct firmware_walk walked;
    memset(dump, 0xff, sizeof(dump));
    put_volume(dump + 0x1000, 0x8000);
    put_file(dump + 0x1000 + 72, gop_guid, sections, put_sections(sections));
    assert_int_equal(walk(&found, &walked, sizeof(dump)), 0);
    assert_int_equal(found.gops, 1);
    assert_string_equal(found.name, "GOP");
    assert_string_equal(found.guid, "5BBA83E6-F027-4CA7-BFD0-16358CC9E123");
    assert_int_equal(walked.volumes, 1);
    assert_int_equal(walked.files, 1);
}

static void words_are_enough(void **state)
{
    static const uint8_t words[] =
        "MZ I\0n\0t\0e\0l\0(\0R\0)\0 \0G\0O\0P\0 \0D\0r\0i\0v\0"
        "e\0r\0";
    const struct firmware_section section = { .bytes = words, .size = sizeof(words) };
    assert_int_equal(firmware_section_part(&section), FIRMWARE_GOP);
    const struct firmware_section text = { .bytes = words + 1,
                                           .size = sizeof(words) - 1 };
    assert_int_equal(firmware_section_part(&text), FIRMWARE_OTHER);
}

static size_t compress(const uint8_t *from, size_t size, uint8_t *to, size_t space)
{
    lzma_options_lzma options;
    lzma_stream stream = LZMA_STREAM_INIT;
    assert_false(lzma_lzma_preset(&options, 6));
    assert_int_equal(lzma_alone_encoder(&stream, &options), LZMA_OK);
    stream.next_in = from;
    stream.avail_in = size;
    stream.next_out = to;
    stream.avail_out = space;
    assert_int_equal(lzma_code(&stream, LZMA_FINISH), LZMA_STREAM_END);
    size_t used = space - stream.avail_out;
    lzma_end(&stream);
    store64(to + 5, size); /* EDK2 states the size, the encoder does not know it */
    return used;
}

/* As firmware is built: a volume in a section, compressed, in a file of a volume. */
static size_t put_compressed(void)
{
    static uint8_t inner[0x4000], packed[0x4100], guided[0x4200];
    uint8_t sections[256];
    memset(inner, 0, sizeof(inner));
    store24(inner, 0x2004);
    inner[3] = 0x17;
    put_volume(inner + 4, 0x2000);
    put_file(inner + 4 + 72, gop_guid, sections, put_sections(sections));
    size_t size = compress(inner, 0x2004, packed, sizeof(packed));
    memcpy(guided, lzma_guid, 16);
    store16(guided + 16, 24); /* where the data begins, from the section's header */
    store16(guided + 18, 1);
    memcpy(guided + 20, packed, size);
    static uint8_t section[0x4300];
    size = put_section(section, 0x02, guided, size + 20);
    memset(dump, 0xff, sizeof(dump));
    put_volume(dump, 0x10000);
    return 72 + put_file(dump + 72, lzma_guid, section, size);
}

static void compressed_volumes_are_entered(void **state)
{
    struct found found;
    struct firmware_walk walked;
    put_compressed();
    assert_int_equal(walk(&found, &walked, sizeof(dump)), 0);
    assert_int_equal(found.gops, 1);
    assert_int_equal(walked.volumes, 2);
    assert_int_equal(walked.unreadable, 0);
}

static void damage_is_counted_and_survived(void **state)
{
    struct found found;
    struct firmware_walk walked;
    size_t end = put_compressed();
    for (size_t at = 0; at < end; at++) {
        uint8_t kept = dump[at];
        dump[at] ^= 0x5a;
        int result = walk(&found, &walked, sizeof(dump));
        assert_true(result == 0 || result == -EINVAL);
        dump[at] = kept;
    }
    memset(dump + 72 + 24 + 24 + 13, 0xee, 32); /* the stream */
    assert_int_equal(walk(&found, &walked, sizeof(dump)), 0);
    assert_int_equal(found.gops, 0);
    assert_int_equal(walked.unreadable, 1);
}

static void without_a_volume_it_is_refused(void **state)
{
    struct found found;
    struct firmware_walk walked;
    memset(dump, 0, sizeof(dump));
    assert_int_equal(walk(&found, &walked, sizeof(dump)), -EINVAL);
    assert_int_equal(walk(&found, &walked, 0), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_driver_is_found_with_its_name),
        cmocka_unit_test(words_are_enough),
        cmocka_unit_test(compressed_volumes_are_entered),
        cmocka_unit_test(damage_is_counted_and_survived),
        cmocka_unit_test(without_a_volume_it_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
