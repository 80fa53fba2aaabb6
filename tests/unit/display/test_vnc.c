/* test_vnc.c: a viewer of its own against the VNC server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"      /* loads */
#include "base/error.h"      /* errors */
#include "base/event_loop.h" /* the server's */
#include "display/vnc.h"     /* under test */

#include <arpa/inet.h>  /* network order */
#include <pthread.h>    /* the viewer */
#include <stdio.h>      /* snprintf */
#include <stdlib.h>     /* mkdtemp */
#include <sys/socket.h> /* connect */
#include <sys/un.h>     /* addresses */
#include <unistd.h>     /* read */

/* Messages of RFC 6143. */
#define SET_ENCODINGS  2
#define UPDATE_REQUEST 3
#define RAW            0
#define DESKTOP_SIZE   (-223)

struct fixture {
    char folder[32], path[64], address[80];
    struct event_loop *loop;
    struct vnc *vnc;
    struct picture picture;
    unsigned watched, unwatched;
    /* The viewer's: an error it met, NULL: none. */
    const char *error;
    int socket;
    uint16_t width, height;
    uint32_t *pixels;
    int wake[2]; /* the viewer asks the server's thread to change the picture */
    bool big;
};

static void watched(void *opaque, bool by_anyone)
{
    struct fixture *f = opaque;
    if (by_anyone)
        f->watched++;
    else
        f->unwatched++;
}

static bool receive(struct fixture *f, void *data, size_t size)
{
    uint8_t *to = data;
    while (size) {
        ssize_t got = read(f->socket, to, size);
        if (got <= 0)
            return false;
        to += got;
        size -= (size_t)got;
    }
    return true;
}

static bool say(struct fixture *f, const void *data, size_t size)
{
    return write(f->socket, data, size) == (ssize_t)size;
}

static uint16_t be16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static const char *greet(struct fixture *f)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    uint8_t bytes[256];
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", f->path);
    f->socket = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(f->socket, (struct sockaddr *)&address, sizeof(address)) < 0)
        return "connect";
    if (!receive(f, bytes, 12) || memcmp(bytes, "RFB 003.008\n", 12) != 0)
        return "version";
    say(f, "RFB 003.008\n", 12);
    if (!receive(f, bytes, 1) || !receive(f, bytes + 1, bytes[0]) ||
        !memchr(bytes + 1, 1, bytes[0]))
        return "security types";
    say(f, "\1", 1);
    if (!receive(f, bytes, 4) || load32(bytes) != 0)
        return "security";
    say(f, "\1", 1);
    if (!receive(f, bytes, 24))
        return "server init";
    f->width = be16(bytes);
    f->height = be16(bytes + 2);
    if (bytes[4] != 32 || !bytes[7] || bytes[14] != 16 || bytes[16] != 0)
        return "pixel format"; /* red in bits 23:16, blue in 7:0 */
    uint32_t name_size = ntohl(load32(bytes + 20));
    if (name_size > sizeof(bytes) || !receive(f, bytes, name_size))
        return "name";
    const uint8_t encodings[] = {
        SET_ENCODINGS, 0, 0, 2, 0, 0, 0, RAW, 0xff, 0xff, 0xff, (uint8_t)DESKTOP_SIZE
    };
    say(f, encodings, sizeof(encodings));
    f->pixels = calloc(4096u * 4096u, 4);
    return NULL;
}

static void request(struct fixture *f, bool incremental)
{
    uint8_t bytes[10] = { UPDATE_REQUEST, incremental };
    store16(bytes + 6, htons(f->width));
    store16(bytes + 8, htons(f->height));
    say(f, bytes, sizeof(bytes));
}

/* One update: rectangles into the pixels, or a new size. */
static const char *update(struct fixture *f, unsigned *painted, bool *resized)
{
    uint8_t bytes[12];
    if (!receive(f, bytes, 4) || bytes[0] != 0)
        return "update";
    unsigned count = be16(bytes + 2);
    *painted = 0;
    *resized = false;
    while (count--) {
        if (!receive(f, bytes, 12))
            return "rectangle";
        unsigned x = be16(bytes), y = be16(bytes + 2), width = be16(bytes + 4),
                 height = be16(bytes + 6);
        int32_t encoding = (int32_t)ntohl(load32(bytes + 8));
        if (encoding == DESKTOP_SIZE) {
            f->width = (uint16_t)width;
            f->height = (uint16_t)height;
            *resized = true;
            continue;
        }
        if (encoding != RAW || x + width > f->width || y + height > f->height)
            return "encoding or place";
        for (unsigned row = 0; row < height; row++) {
            if (!receive(f, f->pixels + (size_t)(y + row) * f->width + x,
                         (size_t)width * 4))
                return "pixels";
        }
        *painted += width * height;
    }
    return NULL;
}

static const char *converse(struct fixture *f)
{
    unsigned painted;
    bool resized;
    const char *error = greet(f);
    if (error)
        return error;
    if (f->width != 64 || f->height != 48)
        return "size";
    request(f, false);
    if ((error = update(f, &painted, &resized)))
        return error;
    if (painted != 64 * 48 || f->pixels[5 * 64 + 7] != 0x123456)
        return "first picture";
    /* A change of some lines comes alone. */
    request(f, true);
    if (write(f->wake[1], "c", 1) != 1)
        return "wake";
    if ((error = update(f, &painted, &resized)))
        return error;
    if (painted >= 64 * 48 || f->pixels[20 * 64 + 7] != 0xabcdef)
        return "changed lines";
    /* A mode set changes the window. */
    request(f, true);
    if (write(f->wake[1], "r", 1) != 1)
        return "wake";
    if ((error = update(f, &painted, &resized)))
        return error;
    if (!resized || f->width != 100 || f->height != 70)
        return "resize";
    request(f, false);
    if ((error = update(f, &painted, &resized)))
        return error;
    return painted == 100 * 70 && f->pixels[69 * 100 + 99] == 0x778899 ? NULL
                                                                       : "new picture";
}

static void *viewer(void *opaque)
{
    struct fixture *f = opaque;
    f->error = converse(f);
    close(f->socket);
    usleep(50000);
    if (write(f->wake[1], "q", 1) != 1)
        f->error = "quit";
    return NULL;
}

static void show_all(struct fixture *f)
{
    static struct damage damage;
    damage_clear(&damage, f->picture.width, f->picture.height);
    damage_add(&damage, (struct area){ 0, 16, f->picture.width, 32 });
    vnc_show(f->vnc, &f->picture);
    vnc_changed(f->vnc, &damage);
}

static void wake_event(void *opaque, uint32_t events)
{
    struct fixture *f = opaque;
    char what;
    if (read(f->wake[0], &what, 1) != 1)
        return;
    if (what == 'q') {
        event_loop_stop(f->loop, 0);
        return;
    }
    if (what == 'r')
        picture_resize(&f->picture, 100, 70);
    for (unsigned i = 0; i < f->picture.width * f->picture.height; i++)
        f->picture.pixels[i] = what == 'r' ? 0x778899 : 0xabcdef;
    show_all(f);
}

static void test_viewer(void **state)
{
    struct fixture f = { .folder = "/tmp/igdvm-vnc-XXXXXX" };
    struct error err;
    pthread_t thread;
    assert_non_null(mkdtemp(f.folder));
    snprintf(f.path, sizeof(f.path), "%s/vnc", f.folder);
    snprintf(f.address, sizeof(f.address), "unix:%s", f.path);
    f.loop = event_loop_new(&err);
    assert_non_null(f.loop);
    assert_int_equal(pipe(f.wake), 0);
    event_loop_add(f.loop, f.wake[0], EPOLLIN, wake_event, &f);
    const struct vnc_options options = {
        .address = f.address, .title = "test", .watched = watched, .opaque = &f
    };
    f.vnc = vnc_new(f.loop, &options, &err);
    if (!f.vnc && err.code == -ENOTSUP)
        skip();
    assert_non_null(f.vnc);
    assert_int_equal(picture_resize(&f.picture, 64, 48), 0);
    for (unsigned i = 0; i < 64 * 48; i++)
        f.picture.pixels[i] = 0x123456;
    vnc_show(f.vnc, &f.picture);
    assert_int_equal(pthread_create(&thread, NULL, viewer, &f), 0);
    event_loop_run(f.loop);
    pthread_join(thread, NULL);
    if (f.error)
        fail_msg("the viewer met an error: %s", f.error);
    assert_int_equal(f.watched, 1);
    assert_int_equal(f.unwatched, 1);
    vnc_free(f.vnc);
    assert_int_equal(access(f.path, F_OK), -1);
    event_loop_free(f.loop);
    picture_free(&f.picture);
    free(f.pixels);
    close(f.wake[0]);
    close(f.wake[1]);
    rmdir(f.folder);
}

static void test_addresses(void **state)
{
    static const char *const wrong[] = { "",
                                         "here",
                                         "localhost:",
                                         "host:0",
                                         ":70000",
                                         "1.2.3.4:x",
                                         "no.such.host.invalid:5900" };
    struct error err;
    struct event_loop *loop = event_loop_new(&err);
    struct vnc_options options = { .address = "127.0.0.1:59871",
                                   .title = "test",
                                   .watched = watched };
    struct vnc *vnc = vnc_new(loop, &options, &err);
    if (!vnc && err.code == -ENOTSUP)
        skip();
    vnc_free(vnc);
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        options.address = wrong[i];
        assert_null(vnc_new(loop, &options, &err));
        assert_int_equal(err.kind, ERROR_INPUT);
    }
    event_loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_viewer),
        cmocka_unit_test(test_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
