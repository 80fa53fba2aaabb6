"""other-systems: what is not Linux boots.

iPXE from a disc, and from the ROM of a virtio NIC; by that iPXE a script from a web server behind a
tap, and from the folder of --net user a script and memtest86+. In the long form also Xen, a
multiboot kernel, by GRUB, and memtest86+ as a kernel.
"""

from igdlab import iso9660, prepare

SUMMARY = "iPXE boots from a disc, memtest86+ over the network; in the long form Xen by GRUB, too"
TIME_LIMIT = 900
LONG_TIME_LIMIT = 1500
QUIET_LIMIT = 640
PROGRAMS = ("igdvm-net",)
VMMS = ("igdvm",)
MODULES = ("tun", "af_packet")  # of the lab PC

FILES = ("ipxe.iso", "efi-virtio.rom", "memtest86+x64.bin", "grub-rescue-cdrom.iso")
# What iPXE is given by a web server on its first NIC, and by TFTP on its second.
WEB_SCRIPT = """#!ipxe
echo script for net0 by ${net0/chip}, ${net0/bustype}
imgfetch memtest.bin
imgfree
ifclose net0
autoboot net1
"""
TFTP_SCRIPT = """#!ipxe
echo script for net1 from ${next-server}
imgfetch tftp://${next-server}/../www/script.ipxe || echo not from another folder
kernel below/memtest.bin console=ttyS0,115200
prompt --key s s to start it
boot
"""


def prepare_run(run):
    """The systems as their packages have them; a disk for GRUB, and a web server's folder."""
    systems = prepare.systems()
    for name in FILES:
        (run.input / name).write_bytes((systems / name).read_bytes())
    memtest = (systems / "memtest86+x64.bin").read_bytes()
    (run.input / "xen.iso").write_bytes(iso9660.image({
        "XEN.GZ": (systems / "xen-4.17-amd64.gz").read_bytes(), "MEMTEST": memtest}))
    web = run.input / "www"
    web.mkdir()
    (web / "script.ipxe").write_text(WEB_SCRIPT)
    (web / "memtest.bin").write_bytes(memtest)
    below = run.input / "tftp/below"
    below.mkdir(parents=True)
    (below.parent / "script.ipxe").write_text(TFTP_SCRIPT)
    (below / "memtest.bin").write_bytes(memtest)


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    names = ("ipxe", "network", *(("xen", "memtest") if run.is_long else ()))
    screens = {name: run.words_on(f"systems/{name}.screen") for name in names}
    checks.contains("iPXE was booted from the disc", run.text("systems/ipxe.firmware"),
                    "Booting from DVD/CD")
    checks.contains("iPXE says who it is", screens["ipxe"], "iPXE 1.")
    checks.contains("its shell does what is typed", screens["ipxe"], "at-i386-")
    _check_network(run, checks, screens["network"])
    if run.is_long:
        _check_xen(checks, screens["xen"])
    for name in {"memtest", "network"} & set(names):
        checks.true(f"memtest86+ says who it is, {name}", "Memtest86+" in screens[name],
                    screens[name][:200])
        checks.true(f"and tests memory, {name}", "Status: Testing" in screens[name],
                    screens[name][-300:])
    for name in screens:
        checks.equal(f"exit status of igdvm, {name}",
                     run.text(f"systems/{name}.status").strip(), "0")


def _check_xen(checks, screen):
    checks.contains("Xen says who it is", screen, "Xen version 4.17")
    checks.contains("and what GRUB told it", screen, "Bootloader: GRUB")
    checks.contains("it has its processor", screen, "Brought up 1 CPUs")
    checks.contains("and looked at the module GRUB read", screen, "ELF: not an ELF binary")


def _check_network(run, checks, screen):
    firmware = run.text("systems/network.firmware")
    checks.contains("the NIC's ROM was booted", firmware, "Booting from ROM")
    checks.contains("it is a virtio NIC's", screen, "script for net0 by virtio")
    asked = run.text("systems/httpd.log")
    for name in ("script.ipxe", "memtest.bin"):
        checks.true(f"the web server was asked for {name}", f"/{name}" in asked, asked[-300:])
    checks.contains("DHCP of user networking named a script", screen,
                    "script for net1 from 10.0.2.2")
    checks.contains("its TFTP refuses what is in another folder", screen,
                    "not from another folder")
