/* user_rig.c: opens a device of the fake server, and sees that nothing stays open. */
#include "user_rig.h"

#include "vfio/backend.h" /* vfio_user_open_socket */

#include "../open_files.h" /* what leaks */

#include <stdlib.h> /* calloc */
#include <string.h> /* strstr */

/* A server at fault may leave the client to wait; one that works is slow at worst. */
#define TIMEOUT_MS      300
#define GOOD_TIMEOUT_MS 30000

int user_rig_set_up(void **state)
{
    struct user_rig *rig = calloc(1, sizeof(*rig));
    rig->fds_before = open_files();
    rig->server = calloc(1, sizeof(*rig->server));
    fake_server_init(rig->server);
    *state = rig;
    return 0;
}

void user_rig_open(struct user_rig *rig)
{
    fake_server_start(rig->server);
    rig->device = vfio_user_open_socket(
        rig->server->client, "test", rig->server->fault ? TIMEOUT_MS : GOOD_TIMEOUT_MS,
        &rig->err);
    rig->server->client = -1; /* the device's now */
}

int user_rig_tear_down(void **state)
{
    struct user_rig *rig = *state;
    vfio_device_close(rig->device);
    fake_server_stop(rig->server);
    unsigned after = open_files();
    int leaked = after != rig->fds_before;
    if (leaked)
        print_error("%u descriptors before, %u after\n", rig->fds_before, after);
    free(rig->server);
    free(rig);
    return leaked;
}

void assert_error_names(const struct error *err, const char *words)
{
    if (!strstr(err->text, words))
        fail_msg("\"%s\" does not say \"%s\"", err->text, words);
    if (strchr(err->text, '\n'))
        fail_msg("\"%s\" is more than a line", err->text);
}
