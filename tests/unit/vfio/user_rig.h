/* user_rig.h: the vfio-user client and a server for it to talk to, for its tests. */
#ifndef USER_RIG_H
#define USER_RIG_H

#include "base/error.h"  /* struct error */
#include "fake_server.h" /* the other side */
#include "vfio/device.h" /* what is tested */

#include <setjmp.h> /* cmocka */
#include <stdarg.h> /* cmocka */

#include <cmocka.h> /* assertions; needs the headers above */

struct user_rig {
    struct fake_server *server;
    struct vfio_device *device;
    struct error err;
    unsigned fds_before;
};

/* A test's set-up: a server that does not run yet, so that a test can spoil it. */
int user_rig_set_up(void **state);

/* Start the server and open its device; without success `device` is NULL. */
void user_rig_open(struct user_rig *rig);

/* Every test ends here: nothing may be left open. */
int user_rig_tear_down(void **state);

/* The error is one line and has these words in it. */
void assert_error_names(const struct error *err, const char *words);

#define USER_TEST(name) \
    cmocka_unit_test_setup_teardown(name, user_rig_set_up, user_rig_tear_down)

#endif
