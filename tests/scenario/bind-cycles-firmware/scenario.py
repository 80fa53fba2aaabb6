"""bind-cycles-firmware: bind-cycles with the console on the firmware's frame buffer.

The lab PC's firmware sets a mode of the model's VBIOS; Linux draws on it with vesafb.
Debian 11's kernel lets go of it and takes it back; from Linux 6.0 on vfio-pci removes it
for good, and igdvm has to say so.
"""

from igdlab import bind_cycles

SUMMARY = "bind-cycles with the console on the firmware's frame buffer"
TIME_LIMIT, LONG_TIME_LIMIT = 1800, 14400
VMMS = ("igdvm",)
PROGRAMS = ("igdvm-host",)
SCRIPT = "bind-cycles"
KERNEL = "bullseye"
APPEND = "vga=0x318"  # 1024 by 768, 32 bits a pixel
MEMORY = "2G"         # with more the GPU's BARs are above 4 GiB, where no VBIOS draws
SIZE = 1024, 768

FRAME_CONSOLE = "console (M) frame buffer device: 1"
CONSOLE = bind_cycles.Console(
    "", FRAME_CONSOLE,
    ("take the virtual terminals from the frame buffer device",
     "unbind vesa-framebuffer.0 from vesa-framebuffer"), 6,
    removed=(FRAME_CONSOLE, "console (S) dummy device: 0",
             "vesa-framebuffer.0 driver=vesa-framebuffer", "0 VESA VGA"))


def prepare_run(run):
    """What the script needs."""
    bind_cycles.prepare_run(run, CONSOLE)


def check(run, checks):
    """Judge one run."""
    bind_cycles.check(run, checks, CONSOLE)
    bind_cycles.check_picture(run, checks, "before", SIZE)
    if bind_cycles.keeps(run, CONSOLE):
        bind_cycles.check_picture(run, checks, "after", SIZE)
