"""bind-cycles-vga: bind-cycles with the VGA console.

Debian 11's kernel leaves it alone; from Linux 6.0 on vfio-pci removes it for good, and
igdvm has to say so.
"""

from igdlab import bind_cycles

SUMMARY = "bind-cycles with the VGA console"
TIME_LIMIT, LONG_TIME_LIMIT = 1800, 14400
VMMS = ("igdvm",)
PROGRAMS = ("igdvm-host",)
SCRIPT = "bind-cycles"
KERNEL = "bullseye"

VGA_CONSOLE = "console (S) VGA+: 1"
CONSOLE = bind_cycles.Console("", VGA_CONSOLE, (), 3,
                              removed=(VGA_CONSOLE, "platform-framebuffer.0 driver="))


def prepare_run(run):
    """What the script needs."""
    bind_cycles.prepare_run(run, CONSOLE)


def check(run, checks):
    """Judge one run."""
    bind_cycles.check(run, checks, CONSOLE)
