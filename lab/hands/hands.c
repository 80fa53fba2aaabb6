/*
 * hands.c: plugs a keyboard and a mouse into this computer (uinput) and does with them
 * as it is told, one line at a time on standard input:
 *
 *   key CODE VALUE   a key goes down (1) or up (0); codes of linux/input-event-codes.h
 *   move X Y         the mouse moves
 *   click            its left button
 *   unplug keyboard|mouse
 *   lights           prints the keyboard's lights that were asked for since: "led CODE
 * ON"
 *
 * First it prints the paths of both event devices, then "ok" after each line.
 */
#include <dirent.h>       /* scandir */
#include <errno.h>        /* errors */
#include <fcntl.h>        /* open */
#include <linux/uinput.h> /* devices of our own */
#include <stdio.h>        /* lines */
#include <stdlib.h>       /* exit */
#include <string.h>       /* strcmp */
#include <sys/ioctl.h>    /* ioctl */
#include <unistd.h>       /* write */

static int fail(const char *what)
{
    fprintf(stderr, "hands: %s: %s\n", what, strerror(errno));
    return 1;
}

static void emit(int fd, unsigned type, unsigned code, int value)
{
    const struct input_event event = { .type = (unsigned short)type,
                                       .code = (unsigned short)code,
                                       .value = value };
    if (write(fd, &event, sizeof(event)) != sizeof(event))
        exit(fail("write"));
}

/* Not faster than a program can read, or the kernel drops what nobody has read yet. */
static void report(int fd)
{
    emit(fd, EV_SYN, SYN_REPORT, 0);
    usleep(20000);
}

/* A device with these codes; prints its path. */
static int plug(const char *name, unsigned types, unsigned first_key, unsigned last_key)
{
    int fd = open("/dev/uinput", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        exit(fail("/dev/uinput"));
    for (unsigned type = 0; type < 32; type++) {
        if (types >> type & 1)
            ioctl(fd, UI_SET_EVBIT, type);
    }
    for (unsigned key = first_key; key <= last_key; key++)
        ioctl(fd, UI_SET_KEYBIT, key);
    if (types >> EV_REL & 1) {
        ioctl(fd, UI_SET_RELBIT, REL_X);
        ioctl(fd, UI_SET_RELBIT, REL_Y);
    }
    if (types >> EV_LED & 1) {
        ioctl(fd, UI_SET_LEDBIT, LED_NUML);
        ioctl(fd, UI_SET_LEDBIT, LED_CAPSL);
    }
    struct uinput_setup setup = { .id = {
                                      .bustype = BUS_USB, .vendor = 1, .product = 1 } };
    snprintf(setup.name, sizeof(setup.name), "%s", name);
    char folder[64] = "", path[128];
    if (ioctl(fd, UI_DEV_SETUP, &setup) < 0 || ioctl(fd, UI_DEV_CREATE) < 0 ||
        ioctl(fd, UI_GET_SYSNAME(sizeof(folder)), folder) < 0)
        exit(fail(name));
    usleep(300000); /* devtmpfs */
    snprintf(path, sizeof(path), "/sys/devices/virtual/input/%s", folder);
    DIR *entries = opendir(path);
    if (!entries)
        exit(fail(path));
    for (struct dirent *entry; (entry = readdir(entries));) {
        if (!strncmp(entry->d_name, "event", 5))
            printf("/dev/input/%s\n", entry->d_name);
    }
    closedir(entries);
    return fd;
}

static void tell_lights(int keyboard)
{
    struct input_event event;
    while (read(keyboard, &event, sizeof(event)) == sizeof(event)) {
        if (event.type == EV_LED)
            printf("led %u %d\n", event.code, event.value);
    }
}

static int obey(const char *line, int keyboard, int mouse)
{
    unsigned code;
    int x, y;
    if (sscanf(line, "key %u %d", &code, &x) == 2) {
        emit(keyboard, EV_KEY, code, x);
        report(keyboard);
    } else if (sscanf(line, "move %d %d", &x, &y) == 2) {
        emit(mouse, EV_REL, REL_X, x);
        emit(mouse, EV_REL, REL_Y, y);
        report(mouse);
    } else if (!strcmp(line, "click\n")) {
        for (int down = 1; down >= 0; down--) {
            emit(mouse, EV_KEY, BTN_LEFT, down);
            report(mouse);
        }
    } else if (!strcmp(line, "unplug keyboard\n")) {
        ioctl(keyboard, UI_DEV_DESTROY);
    } else if (!strcmp(line, "unplug mouse\n")) {
        ioctl(mouse, UI_DEV_DESTROY);
    } else if (!strcmp(line, "lights\n")) {
        tell_lights(keyboard);
    } else {
        return -1;
    }
    return 0;
}

int main(void)
{
    char line[128];
    setvbuf(stdout, NULL, _IOLBF, 0);
    int keyboard = plug("lab keyboard", 1u << EV_KEY | 1u << EV_REP | 1u << EV_LED,
                        KEY_ESC, KEY_COMPOSE);
    int mouse = plug("lab mouse", 1u << EV_KEY | 1u << EV_REL, BTN_LEFT, BTN_MIDDLE);
    while (fgets(line, sizeof(line), stdin))
        puts(obey(line, keyboard, mouse) == 0 ? "ok" : "error");
    return 0;
}
