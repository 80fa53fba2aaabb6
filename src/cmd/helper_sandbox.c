/* helper_sandbox.c: the sandbox of the programs that run beside `igdvm run`. */
#include "cmd/helper_sandbox.h"

#include "base/error.h" /* errors */

#include <sys/prctl.h> /* who may look into it */

int helper_sandbox_enter(struct sandbox *sandbox, enum sandbox_thread kind,
                         struct error *err)
{
    if (sandbox->mode == SANDBOX_OFF)
        return 0;
    sandbox->never_root = true;
    int result = sandbox_confine(sandbox, err);
    if (result == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        result = error_system(err, -errno, "sandbox: keeping others out");
    return result < 0 ? result : sandbox_enter(kind, err);
}
