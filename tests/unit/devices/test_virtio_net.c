/* test_virtio_net.c: a virtio NIC, its frames and commands, with a socket behind it. */
#include "virtio_driver.h"

#include "base/bytes.h"          /* loads, stores */
#include "devices/device.h"      /* free */
#include "devices/net_backend.h" /* features */
#include "devices/net_stream.h"  /* the backend */
#include "devices/virtio_net.h"  /* under test */
#include "devices/virtio_pci.h"  /* feature bits */

#include <sys/socket.h> /* socketpair */
#include <unistd.h>     /* close */

#define DEVFN          PCI_DEVFN(12, 0)
#define FEATURES       (TRANSPORT_F_VERSION_1 | NET_F_MAC | NET_F_STATUS)
#define RECEIVE        0
#define TRANSMIT       1
#define CONTROL        2
#define QUEUES         3
#define BUFFERS        0x20000u /* receive buffers, from here in guest RAM */
#define SENT           0x80000u /* what the guest sends */
#define FRAME_TOO_LONG (NET_FRAME_MAX + 1)

static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 7 };

struct fixture {
    struct fake_board *fake;
    struct device *net;
    int peer; /* the other end of the cable */
    struct ring_driver rings[QUEUES];
};

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    struct virtio_net_options options = { .mtu = 1400 };
    int ends[2];
    f->fake = fake_board_new();
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    f->peer = ends[0];
    options.backend = net_stream_new(ends[1], "the test", NULL);
    memcpy(options.mac, mac, sizeof(mac));
    f->net = virtio_net_new(&f->fake->board, DEVFN, &options, NULL);
    assert_non_null(f->net);
    virtio_driver_place(f->fake, DEVFN);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->net->free(f->net);
    if (f->peer >= 0)
        close(f->peer);
    fake_board_free(f->fake);
    test_free(f);
    return 0;
}

/* Rings of 16 entries for all three queues, and DRIVER_OK. */
static void start(struct fixture *f, uint64_t features)
{
    memset(fake_ram(f->fake, 0x1000), 0, 0x1000 * QUEUES);
    virtio_driver_begin(f->fake, &f->rings[0], 16, 0x1000, FEATURES | features);
    for (unsigned i = 1; i < QUEUES; i++)
        virtio_driver_queue(f->fake, &f->rings[i], i, 16, 0x1000 + 0x1000 * i);
    assert_int_equal(virtio_driver_status(f->fake), 0x0b);
    fake_write(f->fake, COMMON + 0x14, 0x0f, 1);
    fake_run(f->fake, 2);
}

static void kick(struct fixture *f, unsigned queue)
{
    fake_write(f->fake, NOTIFY + 4 * queue, queue, 2);
    fake_run(f->fake, 5);
}

/* Buffers for frames to come: `count` of this size, described from 0 on. */
static void offer_buffers(struct fixture *f, unsigned count, uint32_t size)
{
    for (unsigned i = 0; i < count; i++) {
        ring_describe(&f->rings[RECEIVE], i, BUFFERS + 0x1000 * i, size, DESC_WRITE, 0);
        ring_offer(&f->rings[RECEIVE], (uint16_t)i);
    }
    kick(f, RECEIVE);
}

/* A frame to `to` that is `size` bytes long, with bytes that follow from `seed`. */
static void make_frame(uint8_t *frame, size_t size, const uint8_t *to, uint8_t seed)
{
    for (size_t i = 0; i < size; i++)
        frame[i] = (uint8_t)(seed + i * 7);
    memcpy(frame, to, 6);
    frame[12] = 0x08;
    frame[13] = 0x00;
}

static void put_frame(struct fixture *f, const uint8_t *frame, uint32_t size)
{
    uint32_t length = __builtin_bswap32(size);
    assert_int_equal(send(f->peer, &length, 4, 0), 4);
    assert_int_equal(send(f->peer, frame, size, 0), size);
    fake_run(f->fake, 5);
}

/* What the guest sent, or 0 when nothing came. */
static uint32_t get_frame(struct fixture *f, uint8_t *frame, size_t room)
{
    uint32_t length;
    if (recv(f->peer, &length, 4, MSG_DONTWAIT) != 4)
        return 0;
    length = __builtin_bswap32(length);
    assert_in_range(length, 1, room);
    for (uint32_t done = 0; done < length;) {
        ssize_t got = recv(f->peer, frame + done, length - done, MSG_DONTWAIT);
        done += got > 0 ? (uint32_t)got : 0;
        fake_run(f->fake, 1); /* what is not yet out */
    }
    return length;
}

static void test_identity(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(fake_config_read(f->fake, DEVFN, 0, 4), 0x10411af4);
    assert_int_equal(fake_config_read(f->fake, DEVFN, 8, 4) >> 8, 0x020000);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(fake_read(f->fake, DEVICE + i, 1), mac[i]);
    assert_int_equal(fake_read(f->fake, DEVICE + 6, 2), 1);
    assert_int_equal(fake_read(f->fake, DEVICE + 8, 2), 1);
    assert_int_equal(fake_read(f->fake, DEVICE + 10, 2), 1400);
    fake_write(f->fake, DEVICE, 0xff, 1); /* read-only */
    assert_int_equal(fake_read(f->fake, DEVICE, 1), 2);
    assert_int_equal(fake_read(f->fake, COMMON + 0x12, 2), 3);
    /* A socket computes no checksums. */
    assert_false(fake_read(f->fake, COMMON + 0x04, 4) &
                 (NET_F_CSUM | NET_F_GUEST_CSUM));
}

static void test_transmit(void **state)
{
    struct fixture *f = *state;
    uint8_t frame[60], found[2048];
    struct ring_driver *ring = &f->rings[TRANSMIT];
    start(f, 0);
    make_frame(frame, sizeof(frame), mac, 1);
    memset(fake_ram(f->fake, SENT), 0, NET_HEADER_SIZE);
    memcpy(fake_ram(f->fake, SENT + 0x100), frame, sizeof(frame));
    /* Header and frame apart, then the frame in two parts. */
    ring_describe(ring, 0, SENT, NET_HEADER_SIZE, DESC_NEXT, 1);
    ring_describe(ring, 1, SENT + 0x100, 20, DESC_NEXT, 2);
    ring_describe(ring, 2, SENT + 0x114, 40, 0, 0);
    ring_offer(ring, 0);
    kick(f, TRANSMIT);
    assert_int_equal(ring_returned(ring), 1);
    assert_int_equal(get_frame(f, found, sizeof(found)), sizeof(frame));
    assert_memory_equal(found, frame, sizeof(frame));
    /* One too short to be a frame is lost, and given back. */
    ring_describe(ring, 3, SENT, NET_HEADER_SIZE + 13, 0, 0);
    ring_offer(ring, 3);
    kick(f, TRANSMIT);
    assert_int_equal(ring_returned(ring), 2);
    assert_int_equal(get_frame(f, found, sizeof(found)), 0);
    /* One without a header breaks the rules. */
    ring_describe(ring, 4, SENT, NET_HEADER_SIZE - 1, 0, 0);
    ring_offer(ring, 4);
    kick(f, TRANSMIT);
    assert_int_equal(virtio_driver_status(f->fake), 0x4f);
}

/* A slow reader: the ring waits and nothing is lost. */
static void test_backpressure(void **state)
{
    struct fixture *f = *state;
    static uint8_t frame[60000], found[60000];
    struct ring_driver *ring = &f->rings[TRANSMIT];
    unsigned sent = 0, got = 0;
    start(f, 0);
    ring_describe(ring, 0, SENT, NET_HEADER_SIZE + sizeof(frame), 0, 0);
    while (sent < 100 && ring_returned(ring) == sent) {
        make_frame(frame, sizeof(frame), mac, (uint8_t)sent++);
        memcpy(fake_ram(f->fake, SENT + NET_HEADER_SIZE), frame, sizeof(frame));
        ring_offer(ring, 0);
        kick(f, TRANSMIT);
    }
    assert_in_range(sent, 4, 99); /* the last one was not taken */
    for (unsigned i = 0; i < 1000 && got < sent; i++) {
        if (get_frame(f, found, sizeof(found))) {
            make_frame(frame, sizeof(frame), mac, (uint8_t)got++);
            assert_memory_equal(found, frame, sizeof(frame));
        }
        fake_run(f->fake, 1);
    }
    assert_int_equal(got, sent);
    assert_int_equal(ring_returned(ring), sent);
}

static void test_receive(void **state)
{
    struct fixture *f = *state;
    uint8_t frame[1000];
    uint32_t written;
    start(f, 0);
    make_frame(frame, sizeof(frame), mac, 3);
    put_frame(f, frame, 60); /* it waits for buffers */
    assert_int_equal(ring_returned(&f->rings[RECEIVE]), 0);
    offer_buffers(f, 2, 1526);
    assert_int_equal(ring_returned(&f->rings[RECEIVE]), 1);
    assert_int_equal(ring_take_used(&f->rings[RECEIVE], &written), 0);
    assert_int_equal(written, NET_HEADER_SIZE + 60);
    const uint8_t *at = fake_ram(f->fake, BUFFERS);
    assert_int_equal(load64(at), 0);
    assert_int_equal(load16(at + NET_HEADER_COUNT), 1);
    assert_memory_equal(at + NET_HEADER_SIZE, frame, 60);
    /* In two pieces, as a stream may bring it. */
    uint32_t length = __builtin_bswap32(sizeof(frame));
    assert_int_equal(send(f->peer, &length, 3, 0), 3);
    fake_run(f->fake, 5);
    assert_int_equal(send(f->peer, (uint8_t *)&length + 3, 1, 0), 1);
    assert_int_equal(send(f->peer, frame, 500, 0), 500);
    fake_run(f->fake, 5);
    assert_int_equal(ring_returned(&f->rings[RECEIVE]), 0);
    assert_int_equal(send(f->peer, frame + 500, 500, 0), 500);
    fake_run(f->fake, 5);
    assert_int_equal(ring_take_used(&f->rings[RECEIVE], &written), 1);
    assert_memory_equal(fake_ram(f->fake, BUFFERS + 0x1000 + NET_HEADER_SIZE), frame,
                        sizeof(frame));
}

/* A frame over several buffers comes as a whole, also when they come late. */
static void test_merged(void **state)
{
    struct fixture *f = *state;
    uint8_t frame[2500], found[3000];
    uint32_t written;
    start(f, NET_F_MRG_RXBUF);
    make_frame(frame, sizeof(frame), mac, 9);
    offer_buffers(f, 2, 1000);
    put_frame(f, frame, sizeof(frame));
    assert_int_equal(ring_returned(&f->rings[RECEIVE]), 0);
    ring_describe(&f->rings[RECEIVE], 2, BUFFERS + 0x2000, 1000, DESC_WRITE, 0);
    ring_offer(&f->rings[RECEIVE], 2);
    kick(f, RECEIVE);
    assert_int_equal(ring_returned(&f->rings[RECEIVE]), 3);
    assert_int_equal(load16(fake_ram(f->fake, BUFFERS + NET_HEADER_COUNT)), 3);
    size_t size = 0;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(ring_take_used(&f->rings[RECEIVE], &written), i);
        memcpy(found + size, fake_ram(f->fake, BUFFERS + 0x1000 * i), written);
        size += written;
    }
    assert_int_equal(size, NET_HEADER_SIZE + sizeof(frame));
    assert_memory_equal(found + NET_HEADER_SIZE, frame, sizeof(frame));
    /* The next one finds the three buffers it needs at once. */
    offer_buffers(f, 4, 1000);
    put_frame(f, frame, sizeof(frame));
    assert_int_equal(ring_returned(&f->rings[RECEIVE]), 3);
    /* A driver that does not merge loses what does not fit, and gets the next. */
    start(f, 0);
    offer_buffers(f, 2, 1000);
    put_frame(f, frame, sizeof(frame));
    assert_int_equal(ring_returned(&f->rings[RECEIVE]), 0);
    put_frame(f, frame, 100);
    assert_int_equal(ring_returned(&f->rings[RECEIVE]), 1);
}

/* Run a command; the device's answer. */
static uint8_t command(struct fixture *f, uint8_t class, uint8_t number,
                       const void *data, uint32_t size)
{
    struct ring_driver *ring = &f->rings[CONTROL];
    uint8_t *at = fake_ram(f->fake, SENT);
    at[0] = class;
    at[1] = number;
    memcpy(at + 2, data, size);
    at[size + 2] = 0xee;
    ring_describe(ring, 0, SENT, 2, DESC_NEXT, 1);
    ring_describe(ring, 1, SENT + 2, size, DESC_NEXT, 2);
    ring_describe(ring, 2, SENT + 2 + size, 1, DESC_WRITE, 0);
    ring_offer(ring, 0);
    kick(f, CONTROL);
    assert_int_equal(ring_returned(ring), 1);
    ring_take_used(ring, NULL);
    return at[size + 2];
}

static bool comes_in(struct fixture *f, const uint8_t *frame, uint32_t size)
{
    unsigned before = ring_returned(&f->rings[RECEIVE]);
    put_frame(f, frame, size);
    return ring_returned(&f->rings[RECEIVE]) == before + 1;
}

static void test_filters(void **state)
{
    struct fixture *f = *state;
    static const uint8_t other[6] = { 2, 0, 0, 0, 0, 8 }, group[6] = { 1, 0, 0x5e, 1 },
                         all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    uint8_t frame[64], off = 0, on = 1;
    start(f, NET_F_CTRL_VQ | NET_F_CTRL_RX | NET_F_CTRL_VLAN | NET_F_CTRL_MAC);
    offer_buffers(f, 15, 1526);
    make_frame(frame, sizeof(frame), other, 0);
    assert_true(comes_in(f, frame, sizeof(frame))); /* promiscuous at first */
    assert_int_equal(command(f, 0, 0, &off, 1), 0);
    assert_false(comes_in(f, frame, sizeof(frame)));
    uint8_t table[8 + 6] = { 1 };
    memcpy(table + 4, other, 6);
    assert_int_equal(command(f, 1, 0, table, sizeof(table)), 0);
    assert_true(comes_in(f, frame, sizeof(frame)));
    make_frame(frame, sizeof(frame), group, 0);
    assert_false(comes_in(f, frame, sizeof(frame)));
    assert_int_equal(command(f, 0, 1, &on, 1), 0);
    assert_true(comes_in(f, frame, sizeof(frame)));
    make_frame(frame, sizeof(frame), all, 0);
    assert_true(comes_in(f, frame, sizeof(frame)));
    assert_int_equal(command(f, 0, 5, &on, 1), 0);
    assert_false(comes_in(f, frame, sizeof(frame)));
    /* VLAN 5. */
    make_frame(frame, sizeof(frame), mac, 0);
    frame[12] = 0x81;
    frame[13] = 0;
    frame[14] = 0;
    frame[15] = 5;
    assert_false(comes_in(f, frame, sizeof(frame)));
    uint16_t vlan = 5;
    assert_int_equal(command(f, 2, 0, &vlan, 2), 0);
    assert_true(comes_in(f, frame, sizeof(frame)));
    assert_int_equal(command(f, 2, 1, &vlan, 2), 0);
    assert_false(comes_in(f, frame, sizeof(frame)));
    /* Another address of its own. */
    static const uint8_t mine[6] = { 2, 9, 9, 9, 9, 9 };
    assert_int_equal(command(f, 1, 1, mine, 6), 0);
    make_frame(frame, sizeof(frame), mine, 0);
    assert_true(comes_in(f, frame, sizeof(frame)));
    assert_int_equal(fake_read(f->fake, DEVICE + 1, 1), 9);
    /* What makes no sense is refused. */
    static const uint8_t huge[8] = { 0xff, 0xff, 0xff, 0xff };
    vlan = 4096;
    assert_int_equal(command(f, 1, 0, huge, sizeof(huge)), 1);
    assert_int_equal(command(f, 2, 0, &vlan, 2), 1);
    assert_int_equal(command(f, 0, 6, &on, 1), 1);
    assert_int_equal(command(f, 1, 2, mine, 6), 1);
    assert_int_equal(command(f, 4, 0, &vlan, 2), 1); /* there is one pair only */
    assert_int_equal(command(f, 9, 0, &on, 1), 1);
    assert_int_equal(command(f, 1, 1, mine, 5), 1);
    /* A reset forgets all of it. */
    start(f, 0);
    assert_int_equal(fake_read(f->fake, DEVICE + 1, 1), 0);
    offer_buffers(f, 1, 1526);
    make_frame(frame, sizeof(frame), other, 0);
    assert_true(comes_in(f, frame, sizeof(frame)));
}

static void set_link(struct fixture *f, bool up)
{
    pthread_mutex_lock(&f->fake->board.lock);
    virtio_net_set_link(f->net, up);
    pthread_mutex_unlock(&f->fake->board.lock);
}

static void test_link(void **state)
{
    struct fixture *f = *state;
    uint8_t frame[64], generation;
    start(f, 0);
    offer_buffers(f, 4, 1526);
    make_frame(frame, sizeof(frame), mac, 0);
    generation = (uint8_t)fake_read(f->fake, COMMON + 0x15, 1);
    set_link(f, false);
    assert_int_equal(fake_read(f->fake, DEVICE + 6, 2), 0);
    assert_int_equal(fake_read(f->fake, ISR, 1) & 2, 2);
    assert_int_not_equal(fake_read(f->fake, COMMON + 0x15, 1), generation);
    assert_false(comes_in(f, frame, sizeof(frame)));
    set_link(f, true);
    assert_true(comes_in(f, frame, sizeof(frame)));
    /* The other side goes: pulled for good; sending goes on, into nothing. */
    close(f->peer);
    f->peer = -1;
    fake_run(f->fake, 5);
    assert_int_equal(fake_read(f->fake, DEVICE + 6, 2), 0);
    set_link(f, true);
    assert_int_equal(fake_read(f->fake, DEVICE + 6, 2), 0);
    ring_describe(&f->rings[TRANSMIT], 0, SENT, NET_HEADER_SIZE + 60, 0, 0);
    ring_offer(&f->rings[TRANSMIT], 0);
    kick(f, TRANSMIT);
    assert_int_equal(ring_returned(&f->rings[TRANSMIT]), 1);
    start(f, 0); /* and again after a reset */
    ring_describe(&f->rings[TRANSMIT], 0, SENT, NET_HEADER_SIZE + 60, 0, 0);
    ring_offer(&f->rings[TRANSMIT], 0);
    kick(f, TRANSMIT);
    assert_int_equal(ring_returned(&f->rings[TRANSMIT]), 1);
}

/* A peer that sends what is no frame is as good as gone. */
static void test_bad_peer(void **state)
{
    struct fixture *f = *state;
    uint32_t length = __builtin_bswap32(FRAME_TOO_LONG);
    start(f, 0);
    offer_buffers(f, 1, 1526);
    assert_int_equal(send(f->peer, &length, 4, 0), 4);
    fake_run(f->fake, 5);
    assert_int_equal(fake_read(f->fake, DEVICE + 6, 2), 0);
}

/* A peer that goes is noticed before there is a driver, with what it sent unread. */
static void test_no_driver(void **state)
{
    struct fixture *f = *state;
    uint8_t frame[64];
    make_frame(frame, sizeof(frame), mac, 0);
    put_frame(f, frame, sizeof(frame));
    assert_int_equal(fake_read(f->fake, DEVICE + 6, 2), 1);
    close(f->peer);
    f->peer = -1;
    fake_run(f->fake, 1);
    assert_int_equal(fake_read(f->fake, DEVICE + 6, 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_identity, setup, teardown),
        cmocka_unit_test_setup_teardown(test_transmit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_backpressure, setup, teardown),
        cmocka_unit_test_setup_teardown(test_receive, setup, teardown),
        cmocka_unit_test_setup_teardown(test_merged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_filters, setup, teardown),
        cmocka_unit_test_setup_teardown(test_link, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_peer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_driver, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
