/* test_net_tap.c: tap interfaces, in a network of the test's own. */
#include "base/bytes.h"          /* loads, stores */
#include "base/error.h"          /* struct error */
#include "devices/net_backend.h" /* what it is for a NIC */
#include "devices/net_tap.h"     /* under test */

#include <arpa/inet.h>       /* inet_addr */
#include <fcntl.h>           /* is there a tun driver? */
#include <linux/rtnetlink.h> /* deleting an interface */
#include <net/if.h>          /* struct ifreq */
#include <poll.h>            /* frames to come */
#include <sched.h>           /* unshare */
#include <setjmp.h>          /* cmocka wants these four before it */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>     /* the tests' own */
#include <sys/ioctl.h>  /* addresses */
#include <sys/socket.h> /* sockets for them */
#include <unistd.h>     /* close */

static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 7 };

/* Nothing of this computer's network is touched: false when that cannot be had. */
static bool own_network(void)
{
    return access("/dev/net/tun", R_OK | W_OK) == 0 &&
           (unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0);
}

static int setup(void **state)
{
    static bool tried, had;
    if (!tried)
        had = own_network();
    tried = true;
    *state = had ? &had : NULL;
    return 0;
}

static void set_address(const char *name, const char *address)
{
    struct ifreq request = { 0 };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in *to = (struct sockaddr_in *)&request.ifr_addr;
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    to->sin_family = AF_INET;
    to->sin_addr.s_addr = inet_addr(address);
    assert_int_equal(ioctl(fd, SIOCSIFADDR, &request), 0);
    to->sin_addr.s_addr = inet_addr("255.255.255.0");
    assert_int_equal(ioctl(fd, SIOCSIFNETMASK, &request), 0);
    close(fd);
}

static void delete_interface(const char *name)
{
    struct {
        struct nlmsghdr header;
        struct ifinfomsg info;
    } request = { .header = { .nlmsg_len = sizeof(request),
                              .nlmsg_type = RTM_DELLINK,
                              .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
                  .info = { .ifi_index = (int)if_nametoindex(name) } };
    char answer[256];
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    assert_int_equal(send(fd, &request, sizeof(request), 0), sizeof(request));
    assert_true(recv(fd, answer, sizeof(answer), 0) > 0);
    close(fd);
}

/* Ask who has 10.77.0.1. */
static int ask(struct net_backend *tap)
{
    static const uint8_t question[] = { 8, 6, 0, 1, 8, 0, 6, 4, 0, 1 };
    uint8_t frame[NET_HEADER_SIZE + 60] = { 0 }, *at = frame + NET_HEADER_SIZE;
    memset(at, 0xff, 6);
    memcpy(at + 6, mac, 6);
    memcpy(at + 12, question, sizeof(question));
    memcpy(at + 22, mac, 6);
    store32(at + 28, inet_addr("10.77.0.2"));
    store32(at + 38, inet_addr("10.77.0.1"));
    struct iovec segments[] = { { frame, NET_HEADER_SIZE }, { at, 60 } };
    return tap->ops->send(tap, 0, segments, 2);
}

/* Is the answer among the next frames, on either queue? */
static bool answered(struct net_backend *tap)
{
    static uint8_t frame[NET_HEADER_SIZE + NET_FRAME_MAX];
    struct iovec segment = { frame, sizeof(frame) };
    for (unsigned i = 0; i < 100; i++) {
        ssize_t size = tap->ops->receive(tap, i % tap->pairs, &segment, 1);
        const uint8_t *at = frame + NET_HEADER_SIZE;
        if (size >= NET_HEADER_SIZE + 42 && !memcmp(at, mac, 6) && at[12] == 8 &&
            at[13] == 6 && at[21] == 2)
            return true;
        if (size == -EAGAIN)
            poll(NULL, 0, 5);
    }
    return false;
}

static void test_frames(void **state)
{
    if (!*state)
        skip();
    for (unsigned pairs = 1; pairs <= 2; pairs++) {
        struct net_backend *tap = net_tap_open("test0", pairs, NULL);
        assert_non_null(tap);
        assert_string_equal(tap->name, "tap test0");
        assert_int_equal(tap->pairs, pairs);
        assert_true(tap->features & NET_F_GUEST_TSO4 && tap->features & NET_F_CSUM);
        assert_int_equal(tap->mtu, 0);
        tap->ops->accept(tap, NET_F_GUEST_CSUM | NET_F_GUEST_TSO4);
        assert_int_equal(tap->ops->use_pairs(tap, 1), 0);
        assert_int_equal(tap->ops->use_pairs(tap, pairs), 0);
        set_address("test0", "10.77.0.1"); /* it is up */
        assert_int_equal(ask(tap), 0);
        assert_true(answered(tap));
        delete_interface("test0");
        assert_int_equal(ask(tap), -EBADFD);
        net_backend_free(tap);
    }
}

/* News of another interface, then of its own end. */
static void test_end(void **state)
{
    char news[4096];
    if (!*state)
        skip();
    struct net_backend *tap = net_tap_open("test0", 1, NULL);
    struct net_backend *other = net_tap_open("test1", 1, NULL);
    assert_non_null(tap);
    assert_non_null(other);
    struct pollfd watch = { .fd = tap->ops->watch(tap), .events = POLLIN };
    assert_true(watch.fd >= 0);
    assert_int_equal(poll(&watch, 1, 0), 0);
    delete_interface("test1");
    assert_int_equal(poll(&watch, 1, 1000), 1);
    assert_false(tap->ops->ended(tap));
    assert_true(other->ops->ended(other));
    while (read(watch.fd, news, sizeof(news)) > 0)
        ;
    delete_interface("test0");
    assert_int_equal(poll(&watch, 1, 1000), 1);
    assert_true(tap->ops->ended(tap));
    close(watch.fd);
    net_backend_free(other);
    net_backend_free(tap);
}

static void test_taken(void **state)
{
    struct error err = { 0 };
    if (!*state)
        skip();
    assert_null(net_tap_take(open("/dev/null", O_RDWR | O_CLOEXEC), &err));
    assert_int_equal(err.kind, ERROR_INPUT);
    struct net_backend *one = net_tap_open(NULL, 1, NULL);
    assert_non_null(one);
    struct net_backend *same = net_tap_take(dup(one->fds[0]), NULL);
    assert_non_null(same);
    assert_string_equal(same->name, one->name);
    net_backend_free(same);
    /* Busy, as others name it. */
    assert_null(net_tap_open(one->name + 4, 1, &err));
    assert_int_equal(err.kind, ERROR_IMPOSSIBLE);
    net_backend_free(one);
    assert_null(net_tap_open("lo", 1, &err));
    assert_non_null(strstr(err.text, "no tap interface"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_frames, setup),
        cmocka_unit_test_setup(test_end, setup),
        cmocka_unit_test_setup(test_taken, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
