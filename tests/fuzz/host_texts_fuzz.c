/* host_texts_fuzz.c: any text as what a host's programs write. The first byte chooses.
 */
#include "fuzz.h" /* must */

#include "host/guests.h"          /* XML, logs, Proxmox */
#include "host/log.h"             /* DMA faults */
#include "host/scrub.h"           /* what is taken out */
#include "host/snapshot_log.h"    /* lines that matter */
#include "host/snapshot_select.h" /* parts that matter */

#include <ctype.h>  /* isalnum */
#include <string.h> /* text */

/* A UUID anywhere? */
static int has_uuid(const char *text)
{
    for (; *text; text++) {
        unsigned i = 0;
        for (; i < 36; i++) {
            int dash = i == 8 || i == 13 || i == 18 || i == 23;
            if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
                break;
        }
        if (i == 36 && !isxdigit((unsigned char)text[36]))
            return 1;
    }
    return 0;
}

static void fuzz_scrub(const char *text)
{
    struct scrubber scrubber = { .host_name = "secret" };
    size_t size, again_size;
    char *clean = scrub(&scrubber, text, &size);
    must(clean && size == strlen(text) && strlen(clean) == size);
    /* Nothing is left to take out but what is spelled with an X itself. */
    must(!has_uuid(clean) || has_uuid(text));
    struct scrubber second = { .host_name = "secret" };
    char *again = scrub(&second, clean, &again_size);
    must(again && again_size == size && !strcmp(again, clean));
    free(again);
    free(clean);
}

static void fuzz_log(const char *text)
{
    struct log_fault fault;
    unsigned kept, lines;
    if (host_log_parse_fault(text, &fault))
        must(strlen(fault.device) == 12);
    char *selected = snapshot_log_select(text, &kept, &lines);
    must(selected && kept <= lines && strlen(selected) <= strlen(text) + 1);
    free(selected);
}

/* Selecting again changes nothing. */
static void fuzz_select(unsigned kind, const char *text)
{
    static char *(*const selectors[])(const char *) = {
        snapshot_select_command_line, snapshot_select_grub,
        snapshot_select_modprobe,     snapshot_select_modules,
        snapshot_select_domain,       snapshot_select_proxmox,
        snapshot_select_guest_log,    snapshot_select_mappings,
    };
    char *once = selectors[kind](text);
    must(once != NULL);
    char *twice = selectors[kind](once);
    must(twice && !strcmp(once, twice));
    free(twice);
    free(once);
}

static void fuzz_guest(uint8_t kind, const char *text, size_t size)
{
    static struct host_guest guest;
    guest = (struct host_guest){ 0 };
    int has = kind == 0   ? host_guest_parse_xml(&guest, text, size)
              : kind == 1 ? host_guest_parse_proxmox(&guest, text, text)
                          : host_guest_parse_log(&guest, text);
    if (has && guest.host_address[0])
        must(!strncmp(guest.host_address, "0000:00:02.", 11));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    char *text = malloc(size);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    uint8_t kind = data[0] % 13;
    if (kind < 3)
        fuzz_guest(kind, text, strlen(text));
    else if (kind == 3)
        fuzz_log(text);
    else if (kind == 4)
        fuzz_scrub(text);
    else
        fuzz_select(kind - 5u, text);
    free(text);
    return 0;
}
