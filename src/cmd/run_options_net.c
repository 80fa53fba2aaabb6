/* run_options_net.c: options of `igdvm run` about the network. */
#include "base/bytes.h"      /* ARRAY_SIZE */
#include "base/error.h"      /* errno values */
#include "cmd/run_net.h"     /* struct run_nic */
#include "cmd/run_options.h" /* struct run_option */
#include "cmd/run_values.h"  /* what values may be */

#include <stdio.h>  /* sscanf */
#include <stdlib.h> /* strtol */
#include <string.h> /* strcmp */

#define MTU_LEAST     68
#define MTU_MOST      65535
#define QUEUES_MOST   8
#define INTERFACE_MAX 15  /* the kernel's IFNAMSIZ, without the end */
#define BOOT_FILE_MAX 127 /* what DHCP has room for, without the end (RFC 2131) */

enum kind { KIND_TAP = 1, KIND_USER = 2, KIND_STREAM = 4 };

static int take_interface(struct run_nic *nic, char *value, struct error *err)
{
    if (!*value || strlen(value) > INTERFACE_MAX || strchr(value, '/'))
        return run_value_bad(err, "net ifname", value, "an interface's name");
    nic->nic.interface = value;
    return 0;
}

static int take_fd(struct run_nic *nic, char *value, struct error *err)
{
    unsigned fd;
    int result = run_value_number("net fd", value, 0, 1 << 20, &fd, err);
    if (result == 0)
        nic->nic.fd = (int)fd;
    return result;
}

static int take_mac(struct run_nic *nic, char *value, struct error *err)
{
    uint8_t *mac = nic->nic.mac;
    int used = 0;
    if (sscanf(value, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1],
               &mac[2], &mac[3], &mac[4], &mac[5], &used) != 6 ||
        value[used] || used != 17 || mac[0] & 1)
        return run_value_bad(err, "net mac", value,
                             "an address of one station, such as 02:00:00:00:00:01");
    nic->nic.has_mac = true;
    return 0;
}

static int take_queues(struct run_nic *nic, char *value, struct error *err)
{
    return run_value_number("net queues", value, 1, QUEUES_MOST, &nic->nic.queues, err);
}

static int take_mtu(struct run_nic *nic, char *value, struct error *err)
{
    unsigned mtu;
    int result = run_value_number("net mtu", value, MTU_LEAST, MTU_MOST, &mtu, err);
    if (result == 0)
        nic->nic.mtu = (uint16_t)mtu;
    return result;
}

static int take_vhost(struct run_nic *nic, char *value, struct error *err)
{
    static const struct {
        const char *name;
        enum machine_vhost vhost;
    } names[] = { { "auto", MACHINE_VHOST_AUTO },
                  { "on", MACHINE_VHOST_ON },
                  { "off", MACHINE_VHOST_OFF } };
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(value, names[i].name)) {
            nic->nic.vhost = names[i].vhost;
            return 0;
        }
    }
    return run_value_bad(err, "net vhost", value, "auto, on or off");
}

static int take_rom(struct run_nic *nic, char *value, struct error *err)
{
    if (!*value)
        return run_value_bad(err, "net rom", value, "a file, or none");
    nic->nic.no_rom = !strcmp(value, "none");
    nic->nic.rom = nic->nic.no_rom ? NULL : value;
    return 0;
}

/* igdvm-net reads the words, and says what is wrong with them. */
static int take_forward(struct run_nic *nic, char *value, struct error *err)
{
    if (nic->forward_count == RUN_NET_FORWARDS)
        return run_value_bad(err, "net hostfwd", value, "at most 32 forwards");
    nic->forwards[nic->forward_count++] = value;
    return 0;
}

static int take_tftp(struct run_nic *nic, char *value, struct error *err)
{
    if (!*value)
        return run_value_bad(err, "net tftp", value, "a folder");
    nic->tftp = value;
    return 0;
}

static int take_boot_file(struct run_nic *nic, char *value, struct error *err)
{
    if (!*value || strlen(value) > BOOT_FILE_MAX)
        return run_value_bad(err, "net bootfile", value,
                             "a name of 1 to 127 characters");
    nic->boot_file = value;
    return 0;
}

/* The words behind a kind. */
static const struct {
    const char *name;
    unsigned kinds;
    int (*take)(struct run_nic *nic, char *value, struct error *err);
} words[] = {
    { "ifname", KIND_TAP, take_interface },
    { "fd", KIND_TAP, take_fd },
    { "queues", KIND_TAP, take_queues },
    { "vhost", KIND_TAP, take_vhost },
    { "hostfwd", KIND_USER, take_forward },
    { "tftp", KIND_USER, take_tftp },
    { "bootfile", KIND_USER, take_boot_file },
    { "mac", KIND_TAP | KIND_USER | KIND_STREAM, take_mac },
    { "mtu", KIND_TAP | KIND_USER | KIND_STREAM, take_mtu },
    { "rom", KIND_TAP | KIND_USER | KIND_STREAM, take_rom },
};

static int take_word(struct run_nic *nic, enum kind kind, char *word, struct error *err)
{
    char *value = strchr(word, '=');
    if (value)
        *value++ = '\0';
    for (unsigned i = 0; value && i < ARRAY_SIZE(words); i++) {
        if (words[i].kinds & kind && !strcmp(word, words[i].name))
            return words[i].take(nic, value, err);
    }
    return run_value_bad(
        err, "net", word,
        kind == KIND_TAP    ? "ifname=, fd=, queues=, vhost=, mac=, mtu= or rom="
        : kind == KIND_USER ? "hostfwd=, tftp=, bootfile=, mac=, mtu= or rom="
                            : "mac=, mtu= or rom=");
}

int run_net_parse(char *value, struct run_nic *nic, struct error *err)
{
    char *rest = value, *word = strsep(&rest, ",");
    enum kind kind;

    *nic = (struct run_nic){ .nic = { .fd = -1, .queues = 1 } };
    if (!strcmp(word, "tap")) {
        kind = KIND_TAP;
        nic->nic.tap = true;
    } else if (!strcmp(word, "user")) {
        kind = KIND_USER;
        nic->user = true;
    } else if (!strncmp(word, "stream:unix:", 12) && word[12]) {
        kind = KIND_STREAM;
        nic->socket = word + 12;
    } else {
        return run_value_bad(err, "net", word, "tap, user or stream:unix:SOCKET");
    }
    while ((word = strsep(&rest, ","))) {
        int result = take_word(nic, kind, word, err);
        if (result < 0)
            return result;
    }
    if (nic->nic.fd >= 0 && (nic->nic.interface || nic->nic.queues > 1))
        return run_value_bad(err, "net", "tap,fd=", "no ifname= or queues= beside it");
    return 0;
}

static int take_net(struct run_options *options, char *value, struct error *err)
{
    if (options->nic_count == MACHINE_MAX_NICS)
        return run_value_bad(err, "net", value, "at most 4 NICs");
    return run_net_parse(value, &options->nics[options->nic_count++], err);
}

const struct run_option run_net_options[] = {
    { "net", "KIND[,...]", true,
      "a virtio NIC on tap, user (a network of its own\n"
      "behind this computer's) or stream:unix:SOCKET\n"
      "(passt); see igdvm-run(1)",
      take_net },
    { NULL, NULL, false, NULL, NULL },
};
