/* test_forward.c: the words of port forwards. */
#include "net/forward.h" /* under test */

#include "base/error.h" /* struct error */

#include <arpa/inet.h> /* inet_addr */
#include <stdarg.h>    /* cmocka wants these four before it */
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h> /* the tests' own */

static void test_good(void **state)
{
    static const struct {
        const char *text, *host, *guest;
        uint16_t host_port, guest_port;
        bool udp;
    } rows[] = {
        { "tcp:2222-:22", "127.0.0.1", "0.0.0.0", 2222, 22, false },
        { "tcp::80-:8080", "127.0.0.1", "0.0.0.0", 80, 8080, false },
        { "udp:0.0.0.0:53-10.0.2.16:65535", "0.0.0.0", "10.0.2.16", 53, 65535, true },
    };
    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct net_forward forward;
        assert_int_equal(net_forward_parse(rows[i].text, &forward, NULL), 0);
        assert_int_equal(forward.udp, rows[i].udp);
        assert_int_equal(forward.host.s_addr, inet_addr(rows[i].host));
        assert_int_equal(forward.guest.s_addr, inet_addr(rows[i].guest));
        assert_int_equal(forward.host_port, rows[i].host_port);
        assert_int_equal(forward.guest_port, rows[i].guest_port);
    }
}

static void test_bad(void **state)
{
    static const char *const texts[] = {
        "",
        "tcp",
        "tcp:",
        "tcp:-",
        "tcp:22",
        "tcp:22-22",
        "tcp:-:22",
        "tcp:0-:22",
        "tcp:65536-:22",
        "tcp:22-:0",
        "sctp:1-:1",
        "tcp:22-:22x",
        "tcp:a:22-:22",
        "tcp:1.2.3:1-:1",
        "tcp: 1-:1",
        "tcp:+1-:1",
        "tcp:1-:-1",
        "-",
        "tcp-:22",
        "udp:1-1.2.3.4",
        "tcp:255.255.255.2555:1-:1",
    };
    (void)state;
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct net_forward forward;
        struct error err = { 0 };
        assert_int_equal(net_forward_parse(texts[i], &forward, &err), -EINVAL);
        assert_int_equal(err.kind, ERROR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
