/* scrub.c: takes out of a text what tells whose computer it is from. */
#include "host/scrub.h"

#include <ctype.h>   /* isxdigit */
#include <stdbool.h> /* bool */
#include <stdlib.h>  /* memory */
#include <string.h>  /* text */
#include <strings.h> /* strncasecmp */

#define UUID_LENGTH 36
#define MAX_PASSES  16

/* What stands before a value that is to go, up to the end of the word or the quote. */
static const struct {
    const char *before;
    enum scrub_kind kind;
    const char *stop; /* characters that end the value */
    bool word;        /* only where a word begins */
} values[] = {
#define WORD    " \t\n\"',;<>"
#define LINE    "\n"
#define ELEMENT "<\n"
    { "root=", SCRUB_NAME, WORD, true },
    { "resume=", SCRUB_NAME, WORD, true },
    { "cryptdevice=", SCRUB_NAME, WORD, true },
    { "cryptopts=", SCRUB_NAME, WORD, true },
    { "rd.luks.uuid=", SCRUB_UUID, WORD, true },
    { "rd.luks.name=", SCRUB_UUID, WORD, true },
    { "rd.lvm.lv=", SCRUB_NAME, WORD, true },
    { "rd.lvm.vg=", SCRUB_NAME, WORD, true },
    { "rd.md.uuid=", SCRUB_UUID, WORD, true },
    { "zfs=", SCRUB_NAME, WORD, true },
    { "hostname=", SCRUB_NAME, WORD, true },
    { "systemd.hostname=", SCRUB_NAME, WORD, true },
    { "hostname: ", SCRUB_NAME, WORD, false },
    { "Hostname set to ", SCRUB_NAME, LINE, false },
    { "Set hostname to ", SCRUB_NAME, LINE, false },
    { "ip=", SCRUB_ADDRESS, WORD, true },
    { "nfsroot=", SCRUB_ADDRESS, WORD, true },
    { "netconsole=", SCRUB_ADDRESS, WORD, true },
    { "UUID=", SCRUB_UUID, WORD, false },
    { "LABEL=", SCRUB_NAME, WORD, false },
    { "/dev/mapper/", SCRUB_NAME, WORD, false },
    { "/dev/disk/", SCRUB_SERIAL, WORD, false },
    { "/home/", SCRUB_NAME, " \t\n\"',;<>/", false },
    { "/media/", SCRUB_NAME, " \t\n\"',;<>/", false },
    { "/Users/", SCRUB_NAME, " \t\n\"',;<>/", false },
    { "serial=", SCRUB_SERIAL, WORD, false },
    { "SerialNumber: ", SCRUB_SERIAL, LINE, false },
    { "SerialNumber=", SCRUB_SERIAL, WORD, false },
    { "Serial Number: ", SCRUB_SERIAL, LINE, false },
    { "<serial>", SCRUB_SERIAL, ELEMENT, false },
    { "<wwn>", SCRUB_SERIAL, ELEMENT, false },
    { "name='serial'>", SCRUB_SERIAL, ELEMENT, false },
    { "name=\"serial\">", SCRUB_SERIAL, ELEMENT, false },
    { "name='asset'>", SCRUB_SERIAL, ELEMENT, false },
    { "name='uuid'>", SCRUB_UUID, ELEMENT, false },
    { "<description>", SCRUB_NAME, ELEMENT, false },
    { "<title>", SCRUB_NAME, ELEMENT, false },
    { "wwn-", SCRUB_SERIAL, WORD, true },
    { "wwn=", SCRUB_SERIAL, WORD, false },
    { "wwid=", SCRUB_SERIAL, WORD, false },
    { "naa.", SCRUB_SERIAL, WORD, true },
    { "eui.", SCRUB_SERIAL, WORD, true },
    { "iqn.", SCRUB_NAME, WORD, true },
    { "passwd='", SCRUB_SECRET, "'\n", false },
    { "passwd=\"", SCRUB_SECRET, "\"\n", false },
    { "password=", SCRUB_SECRET, WORD, false },
    { "password_pbkdf2 ", SCRUB_SECRET, LINE, false },
    { "password ", SCRUB_SECRET, LINE, true },
    { "psk=", SCRUB_SECRET, WORD, false },
    { "osk=", SCRUB_SECRET, " \t\n,'", false },
    { "secret=", SCRUB_SECRET, WORD, false },
    { "type=11", SCRUB_SECRET, WORD, false }, /* SMBIOS strings: credentials */
    { "\nname: ", SCRUB_NAME, LINE, false },  /* of a guest, by Proxmox */
    { "\ndescription: ", SCRUB_NAME, LINE, false },
    { "searchdomain: ", SCRUB_NAME, LINE, false },
    { "cipassword: ", SCRUB_SECRET, LINE, false },
    { "ciuser: ", SCRUB_NAME, LINE, false },
    { "sshkeys: ", SCRUB_SECRET, LINE, false },
    { "tags: ", SCRUB_NAME, LINE, false },
};

const char *scrub_kind_name(enum scrub_kind kind)
{
    static const char *const names[] = { "UUIDs", "MAC and IP addresses",
                                         "serial numbers and disk identifiers",
                                         "names of host, users and volumes",
                                         "passwords and keys" };
    return names[kind];
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* Replace letters and digits; the rest keeps the form of what was there. Was there any?
 */
static bool blank(char *at, size_t length, char with)
{
    bool changed = false;
    for (size_t i = 0; i < length; i++) {
        if (at[i] == with ||
            (!isalnum((unsigned char)at[i]) && (unsigned char)at[i] < 0x80))
            continue;
        at[i] = with;
        changed = true;
    }
    return changed;
}

/* The length of a UUID here, or 0. */
static size_t uuid_at(const char *at)
{
    for (unsigned i = 0; i < UUID_LENGTH; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? at[i] != '-' : !isxdigit((unsigned char)at[i]))
            return 0;
    }
    return isxdigit((unsigned char)at[UUID_LENGTH]) ? 0 : UUID_LENGTH;
}

/* The length of a MAC address here, or 0: "00:1a:2b:3c:4d:5e", also with dashes. */
static size_t mac_at(const char *at)
{
    char separator = 0;
    for (unsigned i = 0; i < 17; i++) {
        if (i % 3 == 2) {
            separator = separator ? separator : at[i];
            if (at[i] != separator || (separator != ':' && separator != '-'))
                return 0;
        } else if (!isxdigit((unsigned char)at[i])) {
            return 0;
        }
    }
    return isxdigit((unsigned char)at[17]) || at[17] == separator ? 0 : 17;
}

/* The length of an IPv4 address here, or 0; "5.14.21.1" is one, too, which does no
 * harm. */
static size_t ip_at(const char *at)
{
    size_t length = 0;
    for (unsigned part = 0; part < 4; part++) {
        size_t digits = strspn(at + length, "0123456789");
        if (!digits || digits > 3)
            return 0;
        length += digits;
        if (part < 3 && at[length++] != '.')
            return 0;
    }
    return is_word(at[length]) ||
                   (at[length] == '.' && isdigit((unsigned char)at[length + 1]))
               ? 0
               : length;
}

/* An IPv6 address with a double colon: "fe80::1". */
static size_t ip6_at(const char *at)
{
    size_t length = strspn(at, "0123456789abcdefABCDEF:");
    const char *twice = strstr(at, "::");
    return length >= 4 && twice && (size_t)(twice - at) < length && twice > at &&
                   !is_word(at[length])
               ? length
               : 0;
}

/* "user@host" from where the name begins. */
static size_t mail_at(const char *at)
{
    size_t name = 0, host = 0;
    while (is_word(at[name]) || (name && at[name] == '.'))
        name++;
    if (!name || at[name] != '@')
        return 0;
    while (is_word(at[name + 1 + host]) || (host && at[name + 1 + host] == '.'))
        host++;
    return host ? name + 1 + host : 0;
}

static size_t host_name_at(const struct scrubber *scrubber, const char *at)
{
    size_t length = strlen(scrubber->host_name);
    return length && !strncasecmp(at, scrubber->host_name, length) &&
                   !is_word(at[length])
               ? length
               : 0;
}

static void take_out(struct scrubber *scrubber, enum scrub_kind kind, char *at,
                     size_t length, char with)
{
    scrubber->counts[kind] += blank(at, length, with);
}

/* A UUID or another identifier as one long number: "CRYPT-LUKS2-0123..."; its length.
 */
static size_t long_number_at(const char *at)
{
    size_t length = strspn(at, "0123456789abcdefABCDEF");
    return length >= 32 ? length : 0;
}

/* What may stand inside of a word: "luks-UUID". */
static size_t scrub_numbers(struct scrubber *scrubber, char *at)
{
    size_t length;
    if ((length = uuid_at(at)) || (length = long_number_at(at)))
        take_out(scrubber, SCRUB_UUID, at, length, 'X');
    else if ((length = mac_at(at)))
        take_out(scrubber, SCRUB_ADDRESS, at, length, 'X');
    return length;
}

/* Things known by their form, where a word begins; how much was dealt with. */
static size_t scrub_forms(struct scrubber *scrubber, char *at)
{
    size_t length;
    if ((length = ip6_at(at)) || (length = ip_at(at)))
        take_out(scrubber, SCRUB_ADDRESS, at, length, 'X');
    else if ((length = mail_at(at)) || (length = host_name_at(scrubber, at)))
        take_out(scrubber, SCRUB_NAME, at, length, 'X');
    return length;
}

/* Values known by what stands before them; how much was dealt with. */
static size_t scrub_values(struct scrubber *scrubber, char *at, bool word_begins)
{
    for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        size_t before = strlen(values[i].before);
        if ((values[i].word && !word_begins) ||
            strncmp(at, values[i].before, before) != 0)
            continue;
        size_t length = strcspn(at + before, values[i].stop);
        if (length)
            take_out(scrubber, values[i].kind, at + before, length, 'X');
        return before + length;
    }
    return 0;
}

static unsigned total(const struct scrubber *scrubber)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < SCRUB_KINDS; i++)
        sum += scrubber->counts[i];
    return sum;
}

/* Go through a text once; did anything change? */
static bool scrub_once(struct scrubber *scrubber, char *text, size_t length)
{
    unsigned before = total(scrubber);
    for (size_t at = 0; at < length;) {
        bool word_begins = at == 0 || !is_word(text[at - 1]);
        bool number_begins = at == 0 || !isxdigit((unsigned char)text[at - 1]);
        size_t done = scrub_values(scrubber, text + at, word_begins);
        if (!done && number_begins)
            done = scrub_numbers(scrubber, text + at);
        if (!done && word_begins)
            done = scrub_forms(scrubber, text + at);
        at += done ? done : 1;
    }
    return total(scrubber) != before;
}

char *scrub(struct scrubber *scrubber, const char *text, size_t *size)
{
    char *copy = strdup(text);
    *size = copy ? strlen(copy) : 0;
    /* What is gone may have hidden what is beside it. */
    for (unsigned i = 0; copy && i < MAX_PASSES; i++) {
        if (!scrub_once(scrubber, copy, *size))
            break;
    }
    return copy;
}

void scrub_path(struct scrubber *scrubber, char *path)
{
    for (char *at = path; *at; at++) {
        size_t length = at == path || at[-1] == '/' ? uuid_at(at) : 0;
        /* Two of a kind stay two. */
        if (length)
            take_out(scrubber, SCRUB_UUID, at, length - 1, 'X');
    }
}
