#!/usr/bin/env python3
"""test_snapshot.py: a snapshot gives nobody away; bad captures are refused in one line.

usage: test_snapshot.py BUILD
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
HOSTS = TOP / "tests/data/hosts"
READY = str(HOSTS / "skylake-ready.tar.gz")
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "lab"))

from found import tell  # noqa: E402
from igdlab import runner  # noqa: E402  (the path must be set first)

# What must not be in a snapshot, by where it stands.
SECRETS = ["3a99c6a2-d04c-47d9-94cb-21e3ebaf1df2", "bc:24:11:a0:31:29", "BC:24:11:A0:31:29",
           "WD-WX41A49H9FCF", "S3Z8NB0K", "fedora_atlantis", "192.168.77.31", "hunter2",
           "joe@atlantis", "/home/joe", "ourhardworkbythesewords", "5000c500a1b2c3d4",
           "SERIAL0815", "0123456789abcdef0123456789abcdef", "my-guest-of-proxmox",
           "atlantis", "joe", "home-network", "vault"]
FILES = {
    "proc/cmdline": "BOOT_IMAGE=/vmlinuz root=UUID=3a99c6a2-d04c-47d9-94cb-21e3ebaf1df2 "
                    "rd.lvm.lv=fedora_atlantis/root ip=192.168.77.31::: intel_iommu=on "
                    "rd.luks.uuid=luks-3a99c6a2-d04c-47d9-94cb-21e3ebaf1df2 wifi.ssid=home-network "
                    "init=/nix/store/x-nixos-system-atlantis-24.05/init user=joe "
                    "ks=http://joe:hunter2@192.168.77.31/ks luks.name=\"a vault\" vfio-pci.ids="
                    "8086:1912\n",
    "proc/version": "Linux version 6.1.0 (joe@atlantis) (gcc) #1 SMP\n",
    "etc/default/grub": 'GRUB_CMDLINE_LINUX="root=/dev/mapper/fedora_atlantis-root"\n'
                        "GRUB_DISTRIBUTOR=atlantis\npassword_pbkdf2 root hunter2\n",
    "etc/kernel/cmdline": "root=/dev/disk/by-id/ata-Samsung_S3Z8NB0K quiet\n",
    "etc/modprobe.d/a.conf": "# joe@atlantis wrote this in /home/joe\noptions vfio-pci "
                             "disable_vga=1\noptions iscsi initiator=atlantis\n",
    "etc/modules": "vfio-pci # of joe\n",
    "etc/libvirt/qemu/win.xml":
        "<domain><uuid>3a99c6a2-d04c-47d9-94cb-21e3ebaf1df2</uuid><devices>"
        "<disk><source file='/home/joe/win.img'/><serial>WD-WX41A49H9FCF</serial>"
        "<wwn>5000c500a1b2c3d4</wwn></disk><mac address='bc:24:11:a0:31:29'/>"
        "<graphics passwd='hunter2'/></devices><sysinfo><entry name='serial'>SERIAL0815"
        "</entry></sysinfo><metadata>joe</metadata><devices><disk><auth username='joe'/>"
        "<source name='vault/win'><host name='atlantis.lan'/></source></disk>"
        "<filesystem><source dir='/srv/joe'/></filesystem><hostdev type='pci'><source>"
        "<address domain='0x0000' bus='0x00' slot='0x02' function='0x0'/></source>"
        "</hostdev></devices><qemu:commandline xmlns:qemu='q'><qemu:arg value='-set'/>"
        "<qemu:arg value='device.hostdev0.x-igd-gms=2'/><qemu:arg value='-netdev'/>"
        "<qemu:arg value='user,smb=/srv/joe'/></qemu:commandline></domain>\n",
    "etc/pve/qemu-server/100.conf":
        "args: -device isa-applesmc,osk=ourhardworkbythesewords\n"
        "name: my-guest-of-proxmox\nnet0: virtio=BC:24:11:A0:31:29,bridge=vmbr0\n"
        "smbios1: uuid=3a99c6a2-d04c-47d9-94cb-21e3ebaf1df2\n"
        "scsi0: vault:vm-100,serial=WD-WX41A49H9FCF\nhostpci0: 0000:00:02.0\n#of joe\n"
        "[of-joe]\nhostpci0: 0000:00:02.0\n",
    "var/log/libvirt/qemu/win.log":
        "2024: starting up libvirt, qemu version: 7.2.9, hostname: atlantis.lan\n"
        "USER=joe \\\n/usr/bin/qemu-system-x86_64 \\\n-name guest=win \\\n"
        "-drive file=rbd:vault/win:id=joe:key=hunter2 -device vfio-pci,host=00:02.0 \\\n"
        "-device virtio-net,mac=bc:24:11:a0:31:29 \\\n"
        "LC_ALL=C /usr/bin/kvm -drive file=/srv/joe -device vfio-pci,host=00:02.0,addr=2\n"
        "2024-03-01T10:00:01Z qemu-kvm: -device vfio-pci: vfio: no iommu_group found\n",
    "var/log/kernel.log":
        "[    0.000000] Linux version 6.1.0 (joe@atlantis) (gcc) #1 SMP\n"
        "[    0.100000] pci 0000:00:02.0: [8086:1912] type 00 class 0x030000\n"
        "[    1.000000] usb 1-4: SerialNumber: SERIAL0815\n"
        "[    2.000000] e1000e 0000:00:1f.6 eth0: bc:24:11:a0:31:29\n"
        "[    3.000000] systemd[1]: Hostname set to <atlantis>.\n"
        "[    4.000000] [drm] dm-uuid-CRYPT-LUKS2-0123456789abcdef0123456789abcdef\n"
        "[    5.000000] audit: acct=\"joe\" exe=\"/home/joe/x\"\n"
        "[    6.000000] XFS (dm-0): mounted vault ROM\n"
        "Feb 11 08:12:01 atlantis kernel: DMAR: IOMMU enabled\n"
        "2024-02-11T08:12:01.1+01:00 atlantis kernel: DMAR: Host address width 39\n"
        "[    7.000000] Kernel command line: user=joe intel_iommu=on\n"
        "[    7.100000] Unknown kernel command line parameters \"user=joe intel_iommu=on\", "
        "will be passed to user space.\n"
        "[    8.000000] RIP: 0010:xe_ggtt_node_remove+0x2e/0x190 [xe]\n"
        "[    9.000000] INFO: task libvirtd:4120 blocked for more than 120 seconds.\n",
    "sys/bus/pci/devices/0000:00:02.0/vendor": "0x8086\n",
    "sys/bus/pci/devices/0000:00:02.0/device": "0x1912\n",
    "sys/bus/pci/devices/0000:00:02.0/class": "0x030000\n",
    "sys/class/dmi/id/board_name": "PRIME\n",
    "sys/class/dmi/id/board_serial": "SERIAL0815\n",
    "sys/class/dmi/id/product_uuid": "3a99c6a2-d04c-47d9-94cb-21e3ebaf1df2\n",
    "etc/shadow": "root:hunter2\n",
}


def run(igdvm, *arguments):
    """Exit status, standard output and error of a command."""
    done = subprocess.run([igdvm, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def check_secrets(igdvm, folder):
    """Nothing of SECRETS is in a snapshot; what doctor needs still is."""
    tree = folder / "tree"
    for path, text in FILES.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    mdev = tree / "sys/bus/pci/devices/0000:00:02.0" / SECRETS[0]
    mdev.mkdir()
    output = folder / "out.tar.gz"
    status, told, error = run(igdvm, "snapshot", "--root", str(tree), "-o", str(output))
    if status:
        return [f"snapshot: status {status}: {error}"]
    found = []
    with tarfile.open(output) as archive:
        names = archive.getnames()
        everything = "\n".join(names).encode()
        for member in archive.getmembers():
            if member.isfile():
                everything += archive.extractfile(member).read() + b"\n"
        manifest = json.loads(archive.extractfile("igdvm/manifest.json").read())
    found += [f"the snapshot has {s}" for s in SECRETS if s.encode() in everything]
    found += [f"the snapshot has {n}" for n in names if "serial" in n or "shadow" in n]
    found += [f"the snapshot lacks {w}" for w in (b"intel_iommu=on", b"0000:00:02.0",
                                                  b"[8086:1912]", b"qemu version: 7.2.9",
                                                  b"vfio-pci.ids=8086:1912",
                                                  b"vfio-pci disable_vga=1",
                                                  b"device.hostdev0.x-igd-gms=2",
                                                  b"vfio-pci,host=00:02.0,addr=2",
                                                  b"no iommu_group found",
                                                  b"DMAR: Host address width 39",
                                                  b"X intel_iommu=on\", will be passed",
                                                  b"xe_ggtt_node_remove",
                                                  b"libvirtd:4120 blocked for")
              if w not in everything]
    if b"eth0" in everything or b"audit" in everything:
        found.append("lines of the kernel log that do not matter are kept")
    if set(names) - set(manifest["read"]) - {"igdvm/manifest.json"}:
        found.append("the manifest does not list everything")
    if "UUIDs" not in told or "log" not in told:
        found.append(f"snapshot does not tell what is in it: {told}")
    return found


def check_refusals(igdvm, folder):
    """Bad usage and bad captures: status 2, one line that names the thing."""
    text = folder / "text.tar.gz"
    text.write_text("no archive\n")
    cut = folder / "cut.tar.gz"
    cut.write_bytes(Path(READY).read_bytes()[:2000])
    outside = folder / "outside.tar"
    with tarfile.open(outside, "w") as archive:
        archive.addfile(tarfile.TarInfo("proc/../../etc/passwd"))
    cases = [
        (["doctor", "--snapshot", str(text)], "text.tar.gz"),
        (["doctor", "--snapshot", str(cut)], "cut.tar.gz"),
        (["doctor", "--snapshot", str(outside)], "leaves the capture"),
        (["doctor", "--snapshot", "/nonexistent/x"], "/nonexistent/x"),
        (["doctor", "--root", "/nonexistent/x"], "/nonexistent/x"),
        (["doctor", "--root", "/", "--snapshot", READY], "--snapshot and --root"),
        (["doctor", "--for", "best"], "--for best"),
        (["doctor", "--vmm", "xen"], "--vmm xen"),
        (["doctor", "--frobnicate"], "--frobnicate"),
        (["doctor", "extra"], "extra"),
        (["snapshot", "-o", "/nonexistent/x.tar.gz"], "/nonexistent/x.tar.gz"),
        (["snapshot", "--frobnicate"], "--frobnicate"),
        (["diff"], "one or two captures"),
        (["diff", READY, str(text)], "text.tar.gz"),
    ]
    found = []
    for arguments, word in cases:
        status, _, error = run(igdvm, *arguments)
        if status != 2 or word not in error or error.count("\n") != 1:
            found.append(f"{' '.join(arguments)}: status {status}, \"{error.strip()}\"")
    return found


def check_hostile(igdvm, folder):
    """Texts of a hostile capture neither reach the terminal nor break the JSON."""
    tree = folder / "hostile"
    evil = b"\x1b[2J\xff\x07\xe2\x82"
    for path, text in {
            "sys/bus/pci/devices/0000:00:02.0/vendor": b"0x8086\n",
            "sys/bus/pci/devices/0000:00:02.0/device": b"0x1912\n",
            "sys/bus/pci/devices/0000:00:02.0/class": b"0x030000\n",
            "sys/class/dmi/id/board_name": evil, "proc/version": b"Linux version 6.1" + evil,
            "etc/os-release": b"ID=x\nPRETTY_NAME=" + evil, "proc/cmdline": b"vfio=" + evil,
            "var/log/libvirt/qemu/a.log": b"1 qemu-kvm: OpRegion: No such device" + evil,
            "var/log/kernel.log": b"vfio-pci 0000:00:02.0: BAR 2: can't reserve" + evil,
    }.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(text)
    (tree / "sys/bus/pci/devices/0000:00:02.0/driver").symlink_to(b"drivers/vfio" + evil)
    found = []
    for arguments in (["doctor", "--root", str(tree)], ["doctor", "--json", "--root", str(tree)],
                      ["diff", READY, str(tree)], ["diff", "--json", READY, str(tree)]):
        told = subprocess.run([igdvm, *arguments], capture_output=True, check=False).stdout
        try:
            if "\x1b" in told.decode() or "\x07" in told.decode():
                found.append(f"{arguments}: control characters")
        except UnicodeDecodeError as wrong:
            found.append(f"{arguments}: {wrong}")
    return found


def check_this_computer(igdvm, folder):
    """What a snapshot leaves out is no difference to the computer it is of."""
    snapshot = str(folder / "this.tar.gz")
    run(igdvm, "snapshot", "-o", snapshot)
    status, told, error = run(igdvm, "diff", "--json", snapshot)
    return [] if status == 0 else [f"this computer is not like its snapshot: {told}{error}"]


def check_standard_input(igdvm, folder):
    """A capture may come by a pipe; one that may not be read is told of so."""
    found = []
    with open(READY, "rb") as ready:
        done = subprocess.run([igdvm, "doctor", "--snapshot", "-"], stdin=ready, text=True,
                              capture_output=True, check=False)
    if done.returncode or not done.stdout.startswith("host: standard input, "):
        found.append(f"doctor of standard input: {done.stdout[:80]}{done.stderr}")
    done = subprocess.run([igdvm, "doctor", "--snapshot", "-"], stdin=subprocess.DEVNULL,
                          text=True, capture_output=True, check=False)
    if done.returncode != 2 or "standard input: no capture of a host" not in done.stderr:
        found.append(f"doctor of nothing: {done.returncode}, {done.stderr}")
    hidden = folder / "hidden.tar.gz"
    shutil.copy(READY, hidden)
    hidden.chmod(0)
    root = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    done = subprocess.run([*root, igdvm, "doctor", "--snapshot", hidden], text=True,
                          capture_output=True, check=False)
    if done.returncode != 2 or "hidden.tar.gz: Permission denied" not in done.stderr:
        found.append(f"a capture that may not be read: {done.returncode}, {done.stderr}")
    return found


def check_count(igdvm, folder):
    """What is in it is counted, one as one."""
    device = folder / "small/sys/bus/pci/devices/0000:00:02.0"
    device.mkdir(parents=True)
    (device / "driver").symlink_to("../../drivers/i915")
    (device / "vendor").write_text("0x8086\n")
    _, told, error = run(igdvm, "snapshot", "--root", str(folder / "small"), "-o", "/dev/null")
    if "2 files and 1 link, " not in told:  # one of them is the manifest
        return [f"a snapshot of one link: {told}{error}"]
    return []


def check_unwritable(igdvm):
    """A file that cannot be written is named, and why."""
    status, _, error = run(igdvm, "snapshot", "-o", "/dev/full")
    if status != 3 or error != "igdvm snapshot: /dev/full: No space left on device\n":
        return [f"snapshot on a full disk: status {status}, {error}"]
    return []


def check_diff(igdvm):
    """A capture is like itself; an upgrade that lost an option is named."""
    found = []
    status, told, _ = run(igdvm, "diff", "--json", READY, READY)
    if status != 0 or json.loads(told)["changes"]:
        found.append("a capture differs from itself")
    part = str(HOSTS / "whiskeylake-laptop-without-root.tar.gz")
    status, told, _ = run(igdvm, "diff", "--json", READY, part)
    told = json.loads(told)
    if not told["half_known"] or any("not known" in c["before"] + c["after"]
                                     for c in told["changes"]):
        found.append("what one capture does not tell is called a difference")
    other = str(HOSTS / "gentoo-without-vfio-vga.tar.gz")
    status, told, _ = run(igdvm, "diff", "--json", READY, other)
    changes = json.loads(told)["changes"]
    ranks = [c["rank"] for c in changes]
    if status != 1 or ranks != sorted(ranks) or changes[0]["what"] != "first cause" or \
            not any(c["what"] == "CONFIG_VFIO_PCI_VGA" and c["after"] == "no" for c in changes):
        found.append(f"diff: status {status}, {changes}")
    return found


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    igdvm = runner.find_igdvm(Path(sys.argv[1]).resolve())
    folder = Path(tempfile.mkdtemp())
    os.umask(0o022)
    found = check_secrets(igdvm, folder) + check_refusals(igdvm, folder)
    found += check_hostile(igdvm, folder) + check_diff(igdvm)
    found += check_this_computer(igdvm, folder) + check_standard_input(igdvm, folder)
    found += check_unwritable(igdvm) + check_count(igdvm, folder)
    shutil.rmtree(folder)
    return tell(found)


if __name__ == "__main__":
    sys.exit(main())
