/* test_display_server.c: what igdvm-display answers to igdvm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/event_loop.h"        /* runs it */
#include "display/display_server.h" /* under test */
#include "display/picture.h"        /* the size of a display that is off */
#include "display/protocol.h"       /* messages */

#include <errno.h>      /* ENOSPC */
#include <fcntl.h>      /* seals */
#include <png.h>        /* reads screenshots */
#include <stdio.h>      /* fdopen */
#include <sys/mman.h>   /* memfd_create */
#include <sys/socket.h> /* socketpair */
#include <unistd.h>     /* ftruncate */

#define MEMORY (1u << 20)

static void tell(int socket, struct display_message message, int fd)
{
    assert_int_equal(display_send(socket, &message, fd), 0);
}

/* A screenshot in `file` of what `view` shows; the error it is answered with. */
static int take(const struct vga_view *view, int file)
{
    int sockets[2], fd;
    struct display_message answer;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
    struct event_loop *loop = event_loop_new(NULL);
    const struct display_server_options options = { .socket = sockets[1] };
    struct display_server *server = display_server_new(loop, &options, NULL);
    assert_non_null(server);

    int memory = memfd_create("vga", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_int_equal(ftruncate(memory, MEMORY), 0);
    assert_int_equal(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    tell(sockets[0],
         (struct display_message){ .kind = DISPLAY_MEMORY, .memory.size = MEMORY },
         memory);
    tell(sockets[0], (struct display_message){ .kind = DISPLAY_VIEW, .view = *view },
         -1);
    tell(sockets[0],
         (struct display_message){ .kind = DISPLAY_SCREENSHOT, .screenshot.id = 5 },
         file);
    shutdown(sockets[0], SHUT_WR); /* ends the loop behind these */
    assert_int_equal(event_loop_run(loop), 0);
    assert_int_equal(
        display_receive(sockets[0], DISPLAY_SIDE_DISPLAY, &answer, &fd, NULL), 1);
    assert_int_equal(answer.kind, DISPLAY_DONE);
    assert_int_equal(answer.done.id, 5);

    display_server_free(server);
    event_loop_free(loop);
    close(memory);
    close(sockets[0]);
    close(sockets[1]);
    return answer.done.error;
}

/* As at power-on, before firmware has set a mode: viewers see black, and so does this.
 */
static void screenshot_of_a_display_that_is_off(void **state)
{
    const struct vga_view off = { .kind = VGA_VIEW_BLANK };
    int file = memfd_create("png", MFD_CLOEXEC);
    (void)state;
    assert_int_equal(take(&off, file), 0);
    lseek(file, 0, SEEK_SET);
    FILE *stream = fdopen(file, "r");
    png_image image = { .version = PNG_IMAGE_VERSION };
    assert_true(png_image_begin_read_from_stdio(&image, stream));
    assert_int_equal(image.width, PICTURE_OFF_WIDTH);
    assert_int_equal(image.height, PICTURE_OFF_HEIGHT);
    png_image_free(&image);
    fclose(stream);
}

static void screenshot_without_room(void **state)
{
    const struct vga_view off = { .kind = VGA_VIEW_BLANK };
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    (void)state;
    assert_int_equal(take(&off, full), ENOSPC);
    close(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(screenshot_of_a_display_that_is_off),
        cmocka_unit_test(screenshot_without_room),
    };
    return cmocka_run_group_tests_name("display/display_server", tests, NULL, NULL);
}
