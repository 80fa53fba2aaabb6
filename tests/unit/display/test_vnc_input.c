/* test_vnc_input.c: what viewers do, by a real client's library: keys, pointer,
 * password. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"       /* errors */
#include "base/event_loop.h"  /* the server's */
#include "display/protocol.h" /* ranges */
#include "display/vnc.h"      /* under test */

#include <linux/input-event-codes.h> /* KEY_* */
#include <pthread.h>                 /* the server */
#include <rfb/rfbclient.h>           /* the client */
#include <stdio.h>                   /* snprintf */
#include <stdlib.h>                  /* mkdtemp */
#include <string.h>                  /* strdup */
#include <unistd.h>                  /* usleep */

struct fixture {
    char folder[32], path[64], address[80];
    struct event_loop *loop;
    struct vnc *vnc;
    struct input_sink sink;
    pthread_t thread;
    pthread_mutex_t lock;
    char said[512]; /* what viewers did, in words */
};

static void say(struct fixture *f, const char *format, ...)
{
    va_list arguments;
    pthread_mutex_lock(&f->lock);
    size_t used = strlen(f->said);
    va_start(arguments, format);
    vsnprintf(f->said + used, sizeof(f->said) - used, format, arguments);
    va_end(arguments);
    pthread_mutex_unlock(&f->lock);
}

/* Wait until just this was said, 2 s at most, and forget it. */
static void expect(struct fixture *f, const char *text)
{
    char said[sizeof(f->said)];
    for (unsigned i = 0; i < 200; i++) {
        pthread_mutex_lock(&f->lock);
        snprintf(said, sizeof(said), "%s", f->said);
        bool same = !strcmp(said, text);
        if (same)
            f->said[0] = '\0';
        pthread_mutex_unlock(&f->lock);
        if (same)
            return;
        usleep(10000);
    }
    assert_string_equal(said, text);
}

static void key(void *opaque, unsigned code, bool down)
{
    say(opaque, "%u%s ", code, down ? "" : "^");
}

static void pointer(void *opaque, unsigned x, unsigned y, unsigned buttons, int wheel,
                    int sideways)
{
    say(opaque, "(%u %u %u %d %d) ", x, y, buttons, wheel, sideways);
}

static void watched(void *opaque, bool by_anyone)
{
    say(opaque, by_anyone ? "watched " : "unwatched ");
}

static void *serve(void *opaque)
{
    event_loop_run(((struct fixture *)opaque)->loop);
    return NULL;
}

static void start(struct fixture *f, const char *password, bool with_input)
{
    struct error err;
    *f = (struct fixture){ .folder = "/tmp/igdvm-vnc-XXXXXX" };
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof(f->path), "%s/vnc", f->folder);
    snprintf(f->address, sizeof(f->address), "unix:%s", f->path);
    pthread_mutex_init(&f->lock, NULL);
    f->loop = event_loop_new(&err);
    f->sink = (struct input_sink){ .key = key, .pointer = pointer, .opaque = f };
    const struct vnc_options options = { .address = f->address,
                                         .title = "igdvm test",
                                         .password = password,
                                         .watched = watched,
                                         .opaque = f,
                                         .sink = with_input ? &f->sink : NULL };
    f->vnc = vnc_new(f->loop, &options, &err);
    assert_non_null(f->vnc);
    assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
}

static void end(struct fixture *f)
{
    event_loop_stop(f->loop, 0);
    pthread_join(f->thread, NULL);
    vnc_free(f->vnc);
    event_loop_free(f->loop);
    rmdir(f->folder);
}

static const char *password_given;

static char *give_password(rfbClient *client)
{
    /* An empty one would be left unfreed by the library. */
    return password_given[0] ? strdup(password_given) : NULL;
}

static void quiet(const char *format, ...)
{
}

/* A client that is let in, or NULL. */
static rfbClient *connect_client(struct fixture *f, const char *password)
{
    rfbClientLog = rfbClientErr = quiet;
    password_given = password;
    rfbClient *client = rfbGetClient(8, 3, 4);
    client->GetPassword = give_password;
    free(client->serverHost);
    client->serverHost = strdup(f->path);
    client->serverPort = 0;
    return rfbInitClient(client, NULL, NULL) ? client : NULL; /* freed if not */
}

static void leave(rfbClient *client)
{
    free(client->frameBuffer);
    client->frameBuffer = NULL;
    rfbClientCleanup(client);
}

static void test_input(void **state)
{
    struct fixture f;
    start(&f, NULL, true);
    rfbClient *client = connect_client(&f, "");
    assert_non_null(client);
    expect(&f, "watched ");
    assert_int_equal(client->width, 640);
    assert_string_equal(client->desktopName, "igdvm test");
    SendKeyEvent(client, 'a', TRUE);
    SendKeyEvent(client, 'a', FALSE);
    expect(&f, "30 30^ ");
    SendKeyEvent(client, '?', TRUE);
    SendKeyEvent(client, '?', FALSE);
    expect(&f, "42 53 53^ 42^ ");
    SendPointerEvent(client, 639, 479, 0);
    expect(&f, "(32767 32767 0 0 0) ");
    SendPointerEvent(client, 0, 0, rfbButton1Mask | rfbButton3Mask);
    expect(&f, "(0 0 3 0 0) ");
    SendPointerEvent(client, 0, 0, rfbButton4Mask); /* the wheel */
    SendPointerEvent(client, 0, 0, 0);
    SendPointerEvent(client, 0, 0, rfbButton5Mask);
    SendPointerEvent(client, 9999, 0, rfbButton2Mask);
    expect(&f, "(0 0 0 1 0) (0 0 0 0 0) (0 0 0 -1 0) (32767 0 4 0 0) ");
    /* The guest's caps lock is on: shift makes small letters. */
    vnc_set_lights(f.vnc, DISPLAY_LIGHT_CAPS);
    SendKeyEvent(client, 'z', TRUE);
    SendKeyEvent(client, 'z', FALSE);
    expect(&f, "42 44 44^ 42^ ");
    /* It leaves in the middle: with it go what it held. */
    SendKeyEvent(client, 0xffe3, TRUE); /* Control_L */
    SendKeyEvent(client, 0xffe9, TRUE); /* Alt_L */
    expect(&f, "29 56 ");
    leave(client);
    expect(&f, "29^ 56^ (32767 0 0 0 0) unwatched ");
    end(&f);
}

static void test_looking_only(void **state)
{
    struct fixture f;
    start(&f, NULL, false);
    rfbClient *client = connect_client(&f, "");
    assert_non_null(client);
    SendKeyEvent(client, 'a', TRUE);
    SendPointerEvent(client, 5, 5, 1);
    expect(&f, "watched ");
    leave(client);
    expect(&f, "unwatched ");
    end(&f);
}

static void test_password(void **state)
{
    struct fixture f;
    start(&f, "sesame!9", true);
    assert_null(connect_client(&f, "sesame!8"));
    expect(&f, "watched unwatched ");
    assert_null(connect_client(&f, ""));
    expect(&f, "watched unwatched ");
    rfbClient *client = connect_client(&f, "sesame!9");
    assert_non_null(client);
    SendKeyEvent(client, 'a', TRUE);
    expect(&f, "watched 30 ");
    leave(client);
    expect(&f, "30^ unwatched ");
    /* After five in a row not even the right one helps, for a while. */
    for (unsigned i = 0; i < 5; i++) {
        assert_null(connect_client(&f, "wrong"));
        expect(&f, "watched unwatched ");
    }
    assert_null(connect_client(&f, "sesame!9"));
    expect(&f, "");
    end(&f);
}

static void test_many(void **state)
{
    struct fixture f;
    rfbClient *clients[17];
    unsigned in = 0;
    start(&f, NULL, true);
    for (unsigned i = 0; i < 17; i++) {
        clients[i] = connect_client(&f, "");
        in += clients[i] != NULL;
    }
    assert_int_equal(in, 16);
    expect(&f, "watched ");
    SendKeyEvent(clients[3], 'b', TRUE);
    SendKeyEvent(clients[7], 'c', TRUE);
    for (unsigned i = 0; i < 200 && strlen(f.said) < 6; i++)
        usleep(10000);
    for (unsigned i = 0; i < 16; i++)
        leave(clients[i]);
    for (unsigned i = 0; i < 200 && !strstr(f.said, "unwatched"); i++)
        usleep(10000);
    assert_true(strstr(f.said, "48^") && strstr(f.said, "46^"));
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_input),
        cmocka_unit_test(test_looking_only),
        cmocka_unit_test(test_password),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
