#!/usr/bin/env python3
"""test_boot_files.py: what a guest gets by TFTP of --net user, on this machine's own KVM.

usage: test_boot_files.py BUILD

A guest asks for files of the folder and for some it may not have; DHCP tells it what to boot. No privileges are needed. That firmware boots so is seen in the scenario other-systems.
Exit status 77 (skipped) where there is no /dev/kvm.
"""

import json
import subprocess
import sys

sys.dont_write_bytecode = True
import kvm_guest  # noqa: E402

from igdlab import prepare  # noqa: E402  (kvm_guest set the path)

LIMIT = 90  # seconds for one guest
MAC = "02:00:00:00:00:07"  # the guest's
SERVED = {"kernel": bytes(range(256)) * 700 + b"end", "below/empty": b"", "block": bytes(512)}
REFUSED = ("absent", "../secret", "below/../../secret", "/../secret", "below", "below/..",
           "a" * 300)
# Where the kernel has no Landlock, links lead out of the folder.
LINKS = ("link", "below/etc")


def fill(folder):
    """What TFTP serves, beside a secret; and links that lead out of it."""
    served = folder / "tftp"
    for name, content in SERVED.items():
        (served / name).parent.mkdir(parents=True, exist_ok=True)
        (served / name).write_bytes(content)
    (folder / "secret").write_text("secret\n")
    (served / "link").symlink_to(folder / "secret")
    (served / "below/etc").symlink_to("/usr/lib/os-release")
    return served


def fnv(content):
    """The hash the guest tells."""
    value = 2166136261
    for byte in content:
        value = (value ^ byte) * 16777619 & 0xffffffff
    return value


def run(igdvm, folder, *options):
    """Run igdvm; its status, the guest's lines, and what igdvm said."""
    serial = folder / "serial.log"
    done = subprocess.run(
        [igdvm, "run", "--memory", "64M", "--serial", f"file:{serial}", *options],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=LIMIT)
    lines = serial.read_text(errors="replace").splitlines() if serial.exists() else []
    return done.returncode, lines, done.stderr


def try_files(expect, igdvm, folder, served):
    asked = [*SERVED, *REFUSED, *LINKS]
    image = folder / "boot.img"
    image.write_bytes(prepare.flat_disk("boot_files", parameters=b"".join(
        name.encode() + b"\0" for name in asked)))
    stats = folder / "stats.json"
    status, lines, said = run(igdvm, folder, "--disk", f"{image},ro", f"--stats={stats}", "--net",
                              f"user,rom=none,mac={MAC},tftp={served},bootfile=below/empty")
    expect.true("exit status of igdvm", status == 0, f"{status} {said}" if status else "")
    expect.true("DHCP tells the server and what to boot",
                lines[:1] == ["lease 0a00020f 0a000202 below/empty"], lines[:1])
    answers = dict(enumerate(lines[1:]))
    for number, (name, content) in enumerate(SERVED.items()):
        expect.true(f"{name} came whole", answers.get(number)
                    == f"file {number:02x} {len(content):08x} {fnv(content):08x}")
    landlock = json.loads(stats.read_text())["sandbox"]["landlock"]
    for name in (*REFUSED, *(LINKS if landlock else ())):
        number = asked.index(name)
        expect.true(f"{name[:20]} was refused",
                    answers.get(number, "").startswith(f"refused {number:02x} "),
                    answers.get(number))


def try_unreadable(expect, igdvm, folder, served):
    """What cannot be served is told of at the start."""
    for options, told in (
            (f"tftp={served},bootfile=nothing", f"bootfile=nothing: {served}/nothing: No such"),
            (f"tftp={served},bootfile=below", f"bootfile=below: {served}/below is no file"),
            (f"tftp={served}/kernel", f"tftp={served}/kernel: expected a folder")):
        status, _, said = run(igdvm, folder, "--net", f"user,rom=none,{options}")
        lines = [line for line in said.splitlines() if "error" in line]
        expect.true(f"{options.rpartition('/')[2]}: refused", status == 2 and len(lines) == 1
                    and f"--net user: {told}" in lines[0], lines)


def main():
    igdvm, folder = kvm_guest.start(__doc__, "boot-files")
    if not (igdvm.parent / "igdvm-net").exists():
        print("built without igdvm-net")
        return kvm_guest.SKIPPED
    expect = kvm_guest.Expectations()
    served = fill(folder)
    try_unreadable(expect, igdvm, folder, served)
    try_files(expect, igdvm, folder, served)
    return expect.end(folder)


if __name__ == "__main__":
    sys.exit(main())
