/* test_display_link.c: the machine's end of the socket to igdvm-display. */
#include "fake_board.h"

#include "base/error.h"           /* errors */
#include "devices/device.h"       /* free */
#include "devices/i8042.h"        /* keyboard, mouse */
#include "devices/vga.h"          /* what is shown */
#include "devices/virtio_input.h" /* keyboard, tablet */
#include "display/protocol.h"     /* the other end */
#include "machine/display_link.h" /* under test */
#include "machine/input.h"        /* where keys go */

#include <linux/input-event-codes.h> /* keys */
#include <stdio.h>                   /* files */
#include <stdlib.h>                  /* mkdtemp */
#include <string.h>                  /* strstr */
#include <sys/socket.h>              /* socketpair */
#include <sys/stat.h>                /* stat */
#include <unistd.h>                  /* close */

#define VGA PCI_DEVFN(2, 0)

struct fixture {
    struct fake_board *fake;
    int sockets[2]; /* ours as igdvm-display, the link's */
    struct display_link *link;
    struct vga *vga;
    struct input_devices inputs;
    struct input *input;
    unsigned done;
    int result; /* of the last screenshot */
};

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    f->fake = fake_board_new();
    struct board *board = &f->fake->board;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, f->sockets),
                     0);
    f->link = display_link_new(board, f->sockets[1], NULL);
    const struct vga_config config = { .changed = display_link_changed,
                                       .opaque = f->link };
    f->vga = vga_new(board, VGA, &config, NULL);
    f->inputs.i8042 = i8042_new(board, NULL);
    f->inputs.keyboard =
        virtio_input_new(board, PCI_DEVFN(3, 0), VIRTIO_INPUT_KEYBOARD, NULL);
    f->inputs.tablet =
        virtio_input_new(board, PCI_DEVFN(4, 0), VIRTIO_INPUT_TABLET, NULL);
    f->input = input_new(board->loop, &f->inputs, NULL);
    assert_true(f->link && f->vga && f->input);
    display_link_set_devices(f->link, f->vga, f->input);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    display_link_free(f->link);
    input_free(f->input);
    f->inputs.tablet->free(f->inputs.tablet);
    f->inputs.keyboard->free(f->inputs.keyboard);
    f->inputs.i8042->free(f->inputs.i8042);
    vga_device(f->vga)->free(vga_device(f->vga));
    close(f->sockets[0]);
    close(f->sockets[1]);
    fake_board_free(f->fake);
    test_free(f);
    return 0;
}

static void say(struct fixture *f, struct display_message message)
{
    assert_int_equal(display_send(f->sockets[0], &message, -1), 0);
}

/* What the link said next: 1, or 0 for nothing. */
static int hear(struct fixture *f, struct display_message *message, int *fd)
{
    int result = display_receive(f->sockets[0], DISPLAY_SIDE_VMM, message, fd, NULL);
    assert_in_range(result, 0, 1);
    return result;
}

static unsigned count_views(struct fixture *f)
{
    struct display_message message;
    unsigned views = 0;
    int fd;
    while (hear(f, &message, &fd)) {
        assert_int_equal(fd, -1);
        views += message.kind == DISPLAY_VIEW;
    }
    return views;
}

static void start(struct fixture *f)
{
    struct display_message message;
    int fd;
    say(f, (struct display_message){ .kind = DISPLAY_READY });
    assert_int_equal(display_link_start(f->link, NULL), 0);
    assert_int_equal(hear(f, &message, &fd), 1);
    assert_int_equal(message.kind, DISPLAY_MEMORY);
    assert_int_equal(message.memory.size, vga_memory_size(f->vga));
    assert_true(fd >= 0);
    close(fd);
}

/* The guest moves its text cursor. */
static void change(struct fixture *f, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        fake_out(f->fake, 0x3d4, 0x0f, 1);
        fake_out(f->fake, 0x3d5, i, 1);
    }
}

static void test_views(void **state)
{
    struct fixture *f = *state;
    start(f);
    fake_config_write(f->fake, VGA, PCI_COMMAND, PCI_COMMAND_IO, 2);
    fake_out(f->fake, 0x3c2, 0x67, 1); /* colour addresses */
    change(f, 50);
    fake_run(f->fake, 50);
    assert_int_equal(count_views(f), 0); /* nobody looks */
    say(f, (struct display_message){ .kind = DISPLAY_WATCHED, .watched.on = 1 });
    fake_run(f->fake, 50);
    assert_int_equal(count_views(f), 1);
    fake_run(f->fake, 50);
    assert_int_equal(count_views(f), 0); /* nothing changes */
    for (unsigned i = 0; i < 100; i++) {
        change(f, 10);
        fake_run(f->fake, 1);
    }
    fake_run(f->fake, 30);
    assert_in_range(count_views(f), 2, 60); /* of 1000 changes in some 100 ms */
    say(f, (struct display_message){ .kind = DISPLAY_WATCHED, .watched.on = 0 });
    fake_run(f->fake, 20);
    count_views(f);
    change(f, 10);
    fake_run(f->fake, 50);
    assert_int_equal(count_views(f), 0);
}

static void test_keys_and_lights(void **state)
{
    struct fixture *f = *state;
    struct display_message message;
    int fd;
    start(f);
    display_link_set_lights(f->link, DISPLAY_LIGHT_CAPS);
    display_link_set_lights(f->link, DISPLAY_LIGHT_CAPS);
    fake_run(f->fake, 20);
    assert_int_equal(hear(f, &message, &fd), 1);
    assert_int_equal(message.kind, DISPLAY_LIGHTS);
    assert_int_equal(message.lights.on, DISPLAY_LIGHT_CAPS);
    assert_int_equal(hear(f, &message, &fd), 0);
    say(f, (struct display_message){ .kind = DISPLAY_KEY, .key = { KEY_A, 1 } });
    fake_run(f->fake, 20);
    assert_int_equal(fake_in(f->fake, 0x60, 1), 0x1c);
    /* Its end lets go of what is pressed. */
    shutdown(f->sockets[0], SHUT_RDWR);
    fake_run(f->fake, 20);
    assert_int_equal(fake_in(f->fake, 0x60, 1), 0xf0);
    assert_int_equal(fake_in(f->fake, 0x60, 1), 0x1c);
}

static void done(void *opaque, const struct error *err)
{
    struct fixture *f = opaque;
    f->done++;
    f->result = err ? err->code : 0;
}

static void test_screenshots(void **state)
{
    struct fixture *f = *state;
    char folder[] = "/tmp/igdvm-link-XXXXXX", path[64];
    struct display_message message;
    struct error err;
    struct stat facts;
    int fd;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/a.png", folder);
    start(f);
    assert_int_equal(display_link_screenshot(f->link, path, done, f, &err), 0);
    assert_int_equal(hear(f, &message, &fd), 1);
    assert_int_equal(message.kind, DISPLAY_VIEW); /* also where nobody watches */
    assert_int_equal(hear(f, &message, &fd), 1);
    assert_int_equal(message.kind, DISPLAY_SCREENSHOT);
    assert_int_equal(write(fd, "picture", 7), 7);
    close(fd);
    assert_int_equal(access(path, F_OK), -1); /* not before it is whole */
    uint32_t id = message.screenshot.id;
    say(f, (struct display_message){ .kind = DISPLAY_DONE, .done = { id + 5, 0 } });
    say(f, (struct display_message){ .kind = DISPLAY_DONE, .done = { id, 0 } });
    fake_run(f->fake, 20);
    assert_int_equal(f->done, 1);
    assert_int_equal(f->result, 0);
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_size, 7);
    /* One that fails leaves what was there, and nothing else. */
    assert_int_equal(display_link_screenshot(f->link, path, done, f, &err), 0);
    say(f,
        (struct display_message){ .kind = DISPLAY_DONE, .done = { id + 1, ENOSPC } });
    fake_run(f->fake, 20);
    assert_int_equal(f->done, 2);
    assert_int_equal(f->result, -ENOSPC);
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_size, 7);
    assert_int_equal(display_link_screenshot(f->link, "/nowhere/a.png", done, f, &err),
                     -ENOENT);
    /* igdvm-display ends meanwhile. */
    assert_int_equal(display_link_screenshot(f->link, path, done, f, &err), 0);
    shutdown(f->sockets[0], SHUT_RDWR);
    fake_run(f->fake, 20);
    assert_int_equal(f->done, 3);
    assert_int_equal(f->result, -ECONNRESET);
    assert_int_equal(display_link_screenshot(f->link, path, done, f, &err), -EPIPE);
    assert_int_equal(display_link_screenshot_now(f->link, 0, path, &err), -EPIPE);
    unlink(path);
    assert_int_equal(rmdir(folder), 0); /* no drafts are left */
}

/* igdvm-display does not read: that is said, and what was begun is gone. */
static void test_screenshot_busy(void **state)
{
    struct fixture *f = *state;
    const struct display_message lights = { .kind = DISPLAY_LIGHTS };
    char folder[] = "/tmp/igdvm-link-XXXXXX", path[64];
    struct error err = { 0 };
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/a.png", folder);
    start(f);
    while (display_send(f->sockets[1], &lights, -1) == 0)
        ;
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(display_link_screenshot(f->link, path, done, f, &err),
                         -EAGAIN);
        assert_non_null(strstr(err.text, "igdvm-display takes nothing now"));
        assert_int_equal(display_link_screenshot_now(f->link, 1, path, &err), -EAGAIN);
    }
    assert_int_equal(f->done, 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(count_views(f), 0);
    fake_run(f->fake, 5);
    assert_int_equal(display_link_screenshot(f->link, path, done, f, &err), -ENOENT);
}

static void test_start_fails(void **state)
{
    struct fixture *f = *state;
    struct error err;
    shutdown(f->sockets[0], SHUT_RDWR);
    assert_int_equal(display_link_start(f->link, &err), -ECONNRESET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_views, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keys_and_lights, setup, teardown),
        cmocka_unit_test_setup_teardown(test_screenshots, setup, teardown),
        cmocka_unit_test_setup_teardown(test_screenshot_busy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_start_fails, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
