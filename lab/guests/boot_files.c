/*
 * boot_files.c: a guest that asks DHCP for an address and what to boot, and then TFTP
 * for files, on the virtio NIC at 00:0c.0. The names, each ended by a zero, are in the
 * parameters. It tells on the serial line, numbers in hexadecimal:
 *
 *     lease ADDRESS SERVER NAME
 *     file NUMBER SIZE HASH       the hash is FNV-1a's, 32 bits
 *     refused NUMBER ERROR        of TFTP
 *
 * and powers the PC off.
 */
#include "internet.h"

#define UDP          8u
#define UDP_PROTOCOL 17u
#define BLOCK        512u /* of TFTP (RFC 1350) */
#define NAMES_MAX    512u

/* Of DHCP (RFC 2131). */
#define DHCP_FIXED   236u
#define DHCP_ADDRESS 16u
#define DHCP_SERVER  20u
#define DHCP_MAC     28u
#define DHCP_FILE    108u

enum { READ_REQUEST = 1, DATA = 3, ACKNOWLEDGEMENT = 4, ERROR = 5 };

static const uint8_t guest_mac[6] = { 2, 0, 0, 0, 0, 7 };
static uint8_t server_mac[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static uint8_t guest_ip[4], server_ip[4] = { 0xff, 0xff, 0xff, 0xff };

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* Where the words of the next packet go. */
static uint8_t *words_to_send(void)
{
    return to_send(0) + HEADER + ETHERNET + IP + UDP;
}

static void send_words(unsigned from, unsigned to, unsigned size)
{
    uint32_t length;
    uint8_t *at = begin_frame(0, guest_mac, server_mac, 0x0800);
    begin_ip(at, guest_ip, server_ip, UDP_PROTOCOL, IP + UDP + size);
    put16(at + IP, from);
    put16(at + IP + 2, to);
    put16(at + IP + 4, UDP + size);
    put16(at + IP + 6, 0); /* no checksum */
    send(0, ETHERNET + IP + UDP + size);
    kick(&queues[TRANSMIT], TRANSMIT);
    while (take(&queues[TRANSMIT], &length) < 0)
        ;
}

/*
 * The next packet to one of our ports, which stays until give_buffer(*head): its IP
 * header; *size: of its words.
 */
static const uint8_t *receive_words(unsigned port, int *head, unsigned *size)
{
    uint32_t length;
    for (;;) {
        wait(&queues[RECEIVE]);
        while ((*head = take(&queues[RECEIVE], &length)) >= 0) {
            const uint8_t *frame = received(*head) + HEADER, *ip = frame + ETHERNET;
            if (length >= HEADER + ETHERNET + IP + UDP && get16(frame + 12) == 0x0800 &&
                ip[9] == UDP_PROTOCOL && get16(ip + IP + 2) == port) {
                *size = get16(ip + IP + 4) - UDP;
                copy(server_mac, frame + 6, 6);
                return ip;
            }
            give_buffer(*head);
        }
        kick(&queues[RECEIVE], RECEIVE);
    }
}

static void done_with(int head)
{
    give_buffer(head);
    kick(&queues[RECEIVE], RECEIVE);
}

static void ask_dhcp(void)
{
    static const uint8_t discover[] = { 0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255 };
    uint8_t *words = words_to_send();
    unsigned size;
    int head;
    for (unsigned i = 0; i < DHCP_FIXED; i++)
        words[i] = 0;
    words[0] = words[1] = 1;
    words[2] = 6;
    copy(words + DHCP_MAC, guest_mac, 6);
    copy(words + DHCP_FIXED, discover, sizeof(discover));
    send_words(68, 67, DHCP_FIXED + sizeof(discover));

    const uint8_t *answer = receive_words(68, &head, &size) + IP + UDP;
    copy(guest_ip, answer + DHCP_ADDRESS, 4);
    copy(server_ip, answer + DHCP_SERVER, 4);
    print("lease ");
    for (unsigned i = 0; i < 4; i++)
        print_hex(guest_ip[i], 2);
    print(" ");
    for (unsigned i = 0; i < 4; i++)
        print_hex(server_ip[i], 2);
    print(" ");
    print((const char *)answer + DHCP_FILE);
    print("\n");
    done_with(head);
}

static void tell(const char *word, unsigned number)
{
    print(word);
    print_hex(number, 2);
    print(" ");
}

/* Ask for file `number` from a port of its own. */
static void get(unsigned number, const char *name)
{
    static const char mode[] = "octet";
    unsigned port = 2000 + number, length = 2, size;
    uint32_t bytes = 0, hash = 2166136261u;
    uint8_t *words = words_to_send();
    int head;

    put16(words, READ_REQUEST);
    do
        words[length++] = (uint8_t)*name;
    while (*name++);
    copy(words + length, (const uint8_t *)mode, sizeof(mode));
    send_words(port, 69, length + sizeof(mode));
    for (unsigned block = 1;; block++) {
        const uint8_t *ip = receive_words(port, &head, &size), *answer = ip + IP + UDP;
        unsigned kind = get16(answer), of = get16(answer + 2), from = get16(ip + IP);
        for (unsigned i = 4; kind == DATA && i < size; i++, bytes++)
            hash = (hash ^ answer[i]) * 16777619u;
        done_with(head);
        if (kind != DATA || of != (block & 0xffff)) {
            tell("refused ", number);
            print_hex(kind == ERROR ? of : 0xff, 2);
            print("\n");
            return;
        }
        put16(words, ACKNOWLEDGEMENT);
        put16(words + 2, block);
        send_words(port, from, 4);
        if (size < 4 + BLOCK)
            break;
    }
    tell("file ", number);
    print_hex(bytes, 8);
    print(" ");
    print_hex(hash, 8);
    print("\n");
}

void guest_main(void)
{
    const char *name = (const char *)(uint64_t)PARAMETERS, *end = name + NAMES_MAX;
    start_nic(0);
    ask_dhcp();
    for (unsigned number = 0; name < end && *name; number++) {
        get(number, name);
        while (*name++)
            ;
    }
    power_off();
}
