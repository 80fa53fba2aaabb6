#!/usr/bin/env python3
"""test_run_errors.py: what `igdvm run` says and returns when something is missing.

usage: test_run_errors.py BUILD
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "lab"))

from igdlab import runner  # noqa: E402  (the path must be set first)

HAVE_KVM = os.access("/dev/kvm", os.R_OK | os.W_OK)

# arguments, exit status, words of the one line, needs /dev/kvm
CASES = [
    (["--what"], 2, r"no option '--what'", False),
    (["-zq"], 2, r"no option '-z'", False),
    (["--balloon=1"], 2, r"--balloon takes no value", False),
    (["--memory"], 2, r"--memory needs a value", False),
    (["--memory", "lots"], 2, r"--memory lots: expected a size", False),
    (["--memory", "-1G"], 2, r"--memory -1G: expected a size", False),
    (["--memory", "99999999999999G"], 2, r"--memory .*: expected a size", False),
    (["--memory", "900000G", "--prealloc"], 1, r"guest RAM of 921600000 MiB has to be there", True),
    (["--cpus", "0"], 2, r"--cpus 0: expected a number from 1 to 64", False),
    (["--cpus", "two"], 2, r"--cpus two: expected", False),
    (["--hugepages=4M"], 2, r"--hugepages 4M: expected 2M or 1G", False),
    (["--hugepages=1G", "--memory", "900000G"], 1,
     r"guest RAM needs 900000 huge pages of 1024 MiB, .*reserve them|has no huge pages", True),
    (["--cpus", "4,sockets=3"], 2, r"--cpus 4: 3 sockets of 1 cores of 1 threads are 3", False),
    (["--cpus", "4,dies=2"], 2, r"--cpus dies: expected sockets=N, cores=N or threads=N", False),
    (["--cpus", "4,cores"], 2, r"--cpus cores: expected sockets=N", False),
    (["--cpu", "486"], 2, r"--cpu 486: no model 486: expected host, or x86-64-v1", False),
    (["--cpu", "host,+turbo"], 2, r"--cpu host,\+turbo: no feature turbo", False),
    (["--cpu", "host,avx"], 2, r"--cpu host,avx: 'avx': expected \+FEATURE", False),
    (["--mode", "fast", "--device", "00:02.0"], 2, r"--mode fast: expected auto, legacy or upt",
     False),
    (["--mode", "legacy"], 2, r"--mode needs --device", False),
    (["--device", "00:02.0", "--device", "00:1f.3"], 2,
     r"--device 00:1f.3: the GPU is 00:02.0 already; .* vfio:00:1f.3", False),
    (["--device", "vfio:"], 2, r"--device vfio: needs the address of a host device", False),
    (["--device", "vfio:00:1f.3,address=33"], 2, r"address 33: expected a slot from 02", False),
    (["--device", "vfio:00:1f.3,address=17.9"], 2, r"address 17.9: expected a slot", False),
    (["--device", "vfio:00:1f.3,address"], 2, r"'address' needs a value", False),
    (["--device", "vfio:00:1f.3,speed=1"], 2, r"no key 'speed': there are address= and", False),
    (["--device", "vfio:00:00.1"] * 9, 2, r"more than 8 devices beside the GPU", False),
    (["--device", "vfio:audio"], 2, r"audio.*address", True),
    (["--vfio-backend", "cdev", "--device", "00:02.0"], 2,
     r"--vfio-backend cdev: expected auto, iommufd or group", False),
    (["--vfio-backend", "iommufd"], 2, r"--vfio-backend needs a host device", False),
    (["--vfio-backend", "group", "--device", "vfio-user:/nowhere/socket"], 2,
     r"--vfio-backend needs a host device", False),
    (["--address", "1:2"], 2, r"--address 1:2: expected", False),
    (["--address", "00:20.0"], 2, r"--address 00:20.0: expected", False),
    (["--opregion", "maybe"], 2, r"--opregion maybe: expected auto, on, off or withheld", False),
    (["--opregion", "on"], 2, r"--opregion needs --device", False),
    (["--display", "cga"], 2, r"--display cga: expected vga or none", False),
    (["--initrd", "x"], 2, r"--initrd needs --kernel", False),
    (["--append", "x"], 2, r"--append needs --kernel", False),
    (["--serial", "tcp:1"], 2, r"--serial tcp:1: expected stdio, none, file:PATH, pty or",
     False),
    (["--serial", "stdio", "--serial", "none", "--serial", "stdio"], 2,
     r"--serial, --console: stdio given for 2, expected one", False),
    (["--serial", "pty"] * 4 + ["--serial", "none"], 2, r"--serial none: expected at most 4", False),
    (["--serial", "unix:/nowhere/socket"], 3, r"socket /nowhere/socket: No such file", True),
    (["--serial", "unix:/etc/passwd"], 2, r"socket /etc/passwd: something that is not a", True),
    (["--serial", "file:/nowhere/x"], 2, r"--serial file:/nowhere/x: No such file", False),
    (["--cdrom", "a", "--cdrom", "b", "--cdrom", "none", "--cdrom", "c", "--cdrom", "d"], 2,
     r"--cdrom d: expected at most 4 optical drives", False),
    (["--cdrom", "/nowhere/x.iso"], 2, r"disk /nowhere/x.iso: .*No such file", True),
    (["--cdrom", "/dev/null"], 2, r"/dev/null: neither a regular file nor", True),
    (["--screenshot", "/nowhere/x.png"], 2, r"--screenshot /nowhere/x.png: No such file", True),
    (["--screenshot", "/tmp"], 2, r"--screenshot /tmp: not a regular file", True),
    (["--cdrom", "/etc/hostname"], 2, r"/etc/hostname: ", True),
    (["--boot", "disk,floppy"], 2, r"--boot disk,floppy: 'floppy': expected disk, cdrom or", False),
    (["--boot", "cdrom"], 2, r"boot from cdrom: there are 0", True),
    (["--boot-menu=never"], 2, r"--boot-menu never: expected a number from 1", False),
    (["--boot-retry", "soon"], 2, r"--boot-retry soon: expected a number from 0", False),
    (["--uuid", "1234"], 2, r"--uuid 1234: expected a UUID such as", False),
    (["--smbios", "product=x"], 2, r"--smbios product=x: expected TYPE.FIELD=VALUE", False),
    (["--smbios", "9.product=x"], 2, r"--smbios .*: type 9 has nothing to set", False),
    (["--smbios", "1.colour=x"], 2, r"--smbios .*: type 1 has no field colour: expected manu", False),
    (["--smbios", "1.product="], 2, r"--smbios .*: expected 1 to 1024 printable", False),
    (["--vnc", ""], 2, r"--vnc : expected unix:PATH, HOST:PORT or PORT", False),
    (["--vnc", "5900", "--display", "none"], 2, r"--vnc shows the emulated display", False),
    (["--vnc-password", "/etc/hostname"], 2, r"--vnc-password needs --vnc", False),
    (["--vnc", "host:0"], 2, r"host:0: expected unix:PATH, HOST:PORT or PORT", True),
    (["--vnc", "5999", "--vnc-password", "/nowhere/password"], 2,
     r"--vnc-password /nowhere/password: No such file", True),
    (["--vnc", "5999", "--vnc-password", "/etc/hostname"], 2,
     r"--vnc-password /etc/hostname: expected a file that only its owner can read", True),
    (["--evdev", "/dev/input/event0,grab=never"], 2, r"--evdev .*: expected DEVICE\[,grab=", False),
    (["--evdev", "/dev/null"], 2, r"--evdev /dev/null: not an input device", True),
    (["--evdev", "/nowhere/event0"], 2, r"--evdev /nowhere/event0: No such file", True),
    (["--balloon", "--device", "00:02.0"], 1, r"--balloon: the DMA of an assigned device", False),
    (["--net", "wifi"], 2, r"--net wifi: expected tap, user or stream:unix:SOCKET", False),
    (["--net", "stream:unix:"], 2, r"--net stream:unix:: expected tap, user or", False),
    (["--net", "tap,hostfwd=tcp:1-:1"], 2, r"--net hostfwd: expected ifname=", False),
    (["--net", "tap,mac=01:00:00:00:00:00"], 2, r"--net mac 01:.*: expected an address", False),
    (["--net", "tap,queues=9"], 2, r"--net queues 9: expected a number from 1 to 8", False),
    (["--net", "tap,vhost=yes"], 2, r"--net vhost yes: expected auto, on or off", False),
    (["--net", "user,rom=/nowhere/rom"], 2, r"/nowhere/rom", True),
    (["--net", "user,rom=/etc/passwd"], 2, r"NIC's ROM .*/etc/passwd", True),
    (["--net", "tap,ifname="], 2, r"--net ifname : expected an interface's name", False),
    (["--net", "user,mtu=9"], 2, r"--net mtu 9: expected a number from 68", False),
    (["--net", "user,tftp="], 2, r"--net tftp : expected a folder", False),
    (["--net", "tap,tftp=/srv"], 2, r"--net tftp: expected ifname=", False),
    (["--net", "user,bootfile="], 2, r"--net bootfile : expected a name of 1 to 127", False),
    (["--net", "user,bootfile=" + "a" * 128], 2, r"--net bootfile a+: expected a name of 1", False),
    (["--net", "user,tftp=/nowhere"], 2, r"--net user: tftp=/nowhere: No such file", True),
    (["--net", "user,tftp=/usr,bootfile=nothing"], 2,
     r"--net user: bootfile=nothing: /usr/nothing: No such file", True),
    (["--net", "tap,fd=0,queues=2"], 2, r"--net tap,fd=: expected no ifname=", False),
    (["--net", "tap,fd=0"], 2, r"file descriptor 0: no open tap interface", True),
    (["--net", "stream:unix:/nowhere/socket"], 1, r"--net: socket /nowhere/socket: nobody listens",
     True),
    (["stray"], 2, r"'stray' is no option", False),
    (["--memory", "1M"], 2, r"memory of 1048576 bytes: expected at least 32 MiB", True),
    (["--kernel", "/nowhere/vmlinuz"], 2, r"kernel /nowhere/vmlinuz: No such file", True),
    (["--kernel", "/etc/passwd"], 2, r"kernel /etc/passwd: .*not a Linux", True),
    (["--kernel", "@bzimage", "--initrd", "/nowhere/initrd"], 2,
     r"initrd /nowhere/initrd: No such file", True),
    (["--disk", "/nowhere/disk.img"], 2, r"disk /nowhere/disk.img: .*No such file", True),
    (["--disk", "/etc"], 2, r"disk /etc: ", True),
    (["--disk", "/etc,ro"], 2, r"disk /etc: a directory: expected", True),
    (["--disk", "/dev/null"], 2, r"disk /dev/null: neither a regular file nor", True),
    (["--disk", ""], 2, r"--disk needs the name of a file", False),
    (["--disk", "a,,b,what=1"], 2, r"--disk a,b: no key 'what': there are ro, format=", False),
    (["--disk", "a,"], 2, r"--disk a: no key ''", False),
    (["--disk", "a,ro=1"], 2, r"--disk a: 'ro' takes no value", False),
    (["--disk", "a,queues"], 2, r"--disk a: 'queues' needs a value", False),
    (["--disk", "a,queues=9"], 2, r"--disk queues 9: expected a number from 1 to 8", False),
    (["--disk", "a,format=vmdk"], 2, r"--disk format vmdk: expected raw, qcow2 or auto", False),
    (["--disk", "vhost-user:"], 2, r"--disk needs the name of a file or socket", False),
    (["--disk", "vhost-user:/x,ro"], 2, r"--disk vhost-user:/x: ro, format= and cache=", False),
    (["--disk", "vhost-user:/nowhere/x"], 1, r"disk /nowhere/x: there is no such socket", True),
    (["--disk", "/nowhere/x.qcow2,format=qcow2"], 2,
     r"disk /nowhere/x.qcow2: Could not open .*No such file", True),
    (["--disk", "@disk,format=qcow2"], 2, r"disk .*: Image is not in qcow2 format", True),
    (["--disk", "a,cache=none"], 2, r"--disk cache none: expected writeback or direct", False),
    (["--disk", "a,discard=yes"], 2, r"--disk discard yes: expected on or off", False),
    (["--disk", "a,serial=123456789012345678901"], 2,
     r"--disk serial .*: expected 1 to 20 printable", False),
    (["--disk", "a,serial="], 2, r"--disk serial : expected 1 to 20", False),
    (["--disk", "@small"], 2, r"disk .*: smaller than one sector of 512 bytes", True),
    (["--disk", "@qcow2"], 2, r"disk .*: begins like a qcow2 image: add format=qcow2", True),
    (["--disk", "@disk", "--disk", "@disk"], 1, r"disk .*: in use \(locked\)", True),
    (["--firmware", "/nowhere/bios.bin"], 2, r"/nowhere/bios.bin", True),
    (["--firmware", "/etc/passwd"], 2, r"/etc/passwd: ", True),
    (["--firmware", "uefi,code=x"], 2, r"--firmware uefi: 'code': expected vars=FILE", False),
    (["--firmware", "uefi,vars="], 2, r"--firmware uefi: 'vars': expected vars=FILE", False),
    (["--firmware", "bios-256k.bin,vars=/nowhere/vars"], 2,
     r"bios-256k.bin: it is a BIOS, which keeps no variables; .* leave vars= out", True),
    (["--firmware", "uefi", "--memory", "127M"], 2,
     r"memory of 127 MiB: UEFI firmware needs at least 128 MiB", True),
    (["--firmware", "uefi,vars=/nowhere/vars"], 2, r"UEFI variables /nowhere/vars: No such", True),
    (["--firmware", "uefi,vars=/etc/passwd"], 2, r"UEFI variables /etc/passwd: ", True),
    (["--device", "nonsense"], 2, r"nonsense", True),
    (["--device", "0000:7f:1f.7"], 1, r"0000:7f:1f.7", True),
    (["--device", "vfio-user:/nowhere/socket"], 1, r"vfio-user:/nowhere/socket: there is no such socket",
     True),
    (["--device", "vfio-user:"], 2, r"vfio-user:", True),
]


def bzimage(folder):
    """A file with a bzImage's header and nothing behind it worth running."""
    image = bytearray(64 * 1024)
    image[0x1f1] = 4                       # setup sectors
    image[0x1fe:0x200] = b"\x55\xaa"
    image[0x202:0x206] = b"HdrS"
    image[0x206:0x208] = (0x020f).to_bytes(2, "little")
    image[0x211] = 0x01                    # loaded high
    image[0x22c:0x230] = (0x7fffffff).to_bytes(4, "little")
    image[0x238:0x23c] = (2047).to_bytes(4, "little")
    path = folder / "bzimage"
    path.write_bytes(image)
    return str(path)


def made_files(folder):
    """What the names with @ in CASES stand for."""
    files = {"@bzimage": bzimage(folder)}
    for name, content in (("small", bytes(100)), ("disk", bytes(4096)),
                          ("qcow2", b"QFI\xfb\0\0\0\3" + bytes(4088))):
        files["@" + name] = folder / name
        files["@" + name].write_bytes(content)
    return files


def without_kvm(igdvm):
    """(name, command, words): hosts without /dev/kvm, or without permission for it."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        print("no mount namespace to be had (not root, or a chroot): a missing and a "
              "forbidden /dev/kvm are not tried")
        return []
    program = f"'{igdvm}' run"
    hidden = f"mount -t tmpfs none /dev && exec {program}"
    forbidden = ("mount -t tmpfs none /dev && mknod -m 600 /dev/kvm c 10 232 && "
                 f"exec setpriv --reuid 65534 --clear-groups {program}")
    return [("no /dev/kvm", ["unshare", "-m", "sh", "-c", hidden], r"/dev/kvm: .*kvm-intel"),
            ("no permission", ["unshare", "-m", "sh", "-c", forbidden],
             r"may not open /dev/kvm")]


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    igdvm = runner.find_igdvm(Path(sys.argv[1]).resolve())
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        files = made_files(Path(scratch))
        for arguments, status, words, needs_kvm in CASES:
            if needs_kvm and not HAVE_KVM:
                status, words = 1, r"/dev/kvm"
            given = [re.sub(r"^@\w+", lambda match: str(files[match[0]]), argument)
                     for argument in arguments]
            done = subprocess.run([igdvm, "run", *given], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=30, check=False)
            lines = done.stderr.strip().splitlines()
            good = (done.returncode == status and len(lines) == 1
                    and re.search(words, done.stderr) and not done.stdout)
            if not good:
                failed += 1
                print(f"igdvm run {' '.join(given)}: status {done.returncode}, expected "
                      f"{status}; said:\n{done.stderr}expected one line with: {words}")
    readable = Path("/tmp") / f"igdvm-for-nobody-{os.getpid()}"
    readable.write_bytes(igdvm.read_bytes())  # the build folder may be root's alone
    readable.chmod(0o755)
    for name, command, words in without_kvm(readable):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=30, check=False)
        lines = done.stderr.strip().splitlines()
        if done.returncode != 1 or len(lines) != 1 or not re.search(words, done.stderr):
            failed += 1
            print(f"{name}: status {done.returncode}, expected 1; said:\n{done.stderr}"
                  f"expected one line with: {words}")
    readable.unlink()
    help_text = subprocess.run([igdvm, "run", "--help"], capture_output=True, text=True,
                               check=False)
    if help_text.returncode or "--device" not in help_text.stdout or help_text.stderr:
        failed += 1
        print("igdvm run --help: expected the options on standard output and status 0")
    print(f"{failed} of {len(CASES) + 1} cases failed" if failed else "all as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
