#!/usr/bin/env python3
"""test_surroundings.py: commands where something around them is not as usual: no room for what
they print, an installation that was moved, a journal that only another user may read, a GPU that
is gone, one that the host's own driver has, a user who may not make a tap interface.

usage: test_surroundings.py BUILD
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "lab"))

from found import tell  # noqa: E402
from igdlab import runner  # noqa: E402  (the path must be set first)

PRINTING = (["--help"], ["doctor"], ["doctor", "--json"], ["run", "--help"], ["ctl", "--help"],
            ["run", "--memory", "1G", "--print-config"], ["status"],
            ["model", "--gen", "skylake", "--describe"])


def check_output(igdvm):
    """What is printed and does not get out is told of; a reader that leaves is no failure."""
    found = []
    for words in PRINTING:
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([igdvm, *words], stdout=full, stderr=subprocess.PIPE, text=True,
                                  check=False)
        if done.returncode != 3 or "igdvm: standard output: " not in done.stderr:
            found.append(f"{words} on a full disk: status {done.returncode}, {done.stderr}")
        usual = subprocess.run([igdvm, *words], capture_output=True, check=False).returncode
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([igdvm, *words], stdout=writer, stderr=subprocess.PIPE, text=True,
                              check=False)
        os.close(writer)
        if done.returncode != usual or done.stderr:
            found.append(f"{words} without a reader: status {done.returncode}, {done.stderr}")
    return found


def check_moved(igdvm, folder):
    """An installation finds its programs where it was moved to, and below DESTDIR."""
    libexec = folder / "else where/libexec/igdvm"
    libexec.mkdir(parents=True)
    moved = folder / "else where/bin/igdvm"
    moved.parent.mkdir()
    shutil.copy(igdvm, moved)
    for program in ("igdvm-host", "igdvm-model", "igdvm-ctl"):
        shutil.copy(Path(igdvm).parent / program, libexec)
    found = []
    for words in (["doctor", "--help"], ["model", "--help"], ["ctl", "list"]):
        done = subprocess.run([moved, *words], capture_output=True, text=True, check=False)
        if done.returncode:
            found.append(f"moved, {words}: {done.stderr}")
    return found


def in_a_namespace(script, igdvm):
    """Run a shell script that may mount what it likes; $0 is igdvm."""
    return subprocess.run(["unshare", "-m", "sh", "-ec", script, igdvm], capture_output=True,
                          text=True, check=False)


def check_hidden_journal(igdvm):
    """Who may not read the journal is shown the rest."""
    script = ("mount -t tmpfs none /run; mkdir -m 700 /run/igdvm; chown 1 /run/igdvm; exec "
              "setpriv --bounding-set=-dac_override,-dac_read_search \"$0\" status %s")
    done = in_a_namespace(script % "", igdvm)
    found = []
    if done.returncode or "only root may read" not in done.stdout:
        found.append(f"a journal that is hidden: {done.stdout}{done.stderr}")
    done = in_a_namespace(script % "--json", igdvm)
    if done.returncode or not {"devices", "at_boot"} == set(json.loads(done.stdout)):
        found.append(f"a journal that is hidden: {done.stdout}{done.stderr}")
    done = in_a_namespace(script.replace("status %s", "unbind"), igdvm)
    if done.returncode != 3 or "Permission denied: run as root" not in done.stderr:
        found.append(f"unbind with a journal that is hidden: {done.stderr}")
    return found


def check_tap(igdvm):
    """Who may not make a tap interface is told what root can do, and how to do without."""
    found = []
    for caps, words in (("-net_admin", "ip tuntap add igdvm0 mode tap user NAME, and take it by "
                         "ifname=igdvm0; --net user"),
                        ("-net_admin,-dac_override", "may not open /dev/net/tun; as root: chmod")):
        script = ("mount -t tmpfs none /dev/net; mknod /dev/net/tun c 10 200; "
                  f"[ {caps} = -net_admin ] || chown 1 /dev/net/tun; chmod 600 /dev/net/tun; exec "
                  f"setpriv --bounding-set={caps} \"$0\" run --memory 64M --net tap")
        done = in_a_namespace(script, igdvm)
        if done.returncode != 1 or words not in done.stderr:
            found.append(f"tap without {caps}: {done.returncode}, {done.stderr}")
    return found


def check_damaged_journal(igdvm):
    """What cannot be read any more is left alone, and what helps is said."""
    found = []
    for command in ("bind --device 00:00.0", "unbind"):
        done = in_a_namespace("mount -t tmpfs none /run; mkdir /run/igdvm; "
                              f"echo x >/run/igdvm/handover; exec \"$0\" {command}", igdvm)
        if done.returncode != 2 or "line 1: not a line" not in done.stderr or \
                "reboot" not in done.stderr:
            found.append(f"{command} with a damaged journal: {done.returncode}, {done.stderr}")
    return found


def check_gone_gpu(igdvm):
    """What --at-boot wrote is taken away without the GPU it was for."""
    script = ("mkdir -p /etc/modprobe.d; mount -t tmpfs none /etc/modprobe.d; "
              "mount -t tmpfs none /sys/bus/pci; "
              "echo options vfio-pci ids=8086:1912 >/etc/modprobe.d/igdvm.conf; "
              "\"$0\" bind --at-boot --remove --yes --no-initramfs; ls /etc/modprobe.d")
    done = in_a_namespace(script, igdvm)
    if done.returncode or "igdvm.conf" in done.stdout.splitlines() or \
            "taken away" not in done.stdout:
        return [f"--remove without a GPU: {done.stdout}{done.stderr}"]
    return []


def check_driver_tables(igdvm, folder):
    """The OpRegion and VBT of a GPU that i915 has, as debugfs shows them: without a VBT that is
    elsewhere in memory, which 2.0 tells by an address and 2.1 by an offset."""
    found = []
    made, region, vbt = folder / "made", folder / "i915_opregion", folder / "i915_vbt"
    for name, chip, old in (("inside", "skylake", False), ("2.1", "tiger-lake", False),
                            ("2.0", "tiger-lake", True)):
        subprocess.run([igdvm, "opregion", "build", "--gen", chip, "-o", made], check=True,
                       capture_output=True)
        image = bytearray(made.read_bytes())
        inside = image[0x400:0x1c00]
        vbt.write_bytes(image[0x2000:] or inside)
        if old:
            image[0x16] = 0
            image[0x3ba:0x3c2] = (0x7b000000).to_bytes(8, "little")
        region.write_bytes(image[:0x2000])
        script = ("mount -t tmpfs none /sys; d=/sys/bus/pci/devices/0000:00:02.0; "
                  "mkdir -p $d /sys/bus/pci/drivers/i915 /sys/kernel/debug/dri/1; "
                  "echo 0x8086 >$d/vendor; echo 0x9a49 >$d/device; echo 0x030000 >$d/class; "
                  "ln -s ../../drivers/i915 $d/driver; "
                  "echo i915 dev=0000:00:02.0 unique=0000:00:02.0 >/sys/kernel/debug/dri/1/name; "
                  f"cp {region} {vbt} /sys/kernel/debug/dri/1; "
                  f"\"$0\" opregion extract -o {folder}/got >/dev/null; \"$0\" vbt show; "
                  "\"$0\" opregion show")
        done = in_a_namespace(script, igdvm)
        expected = subprocess.run([igdvm, "vbt", "show", made], capture_output=True, text=True,
                                  check=False).stdout
        got = (folder / "got").read_bytes() if (folder / "got").exists() else b""
        if done.returncode or not done.stdout.startswith(expected) or \
                "0000:00:02.0, its OpRegion by i915" not in done.stdout or \
                got != made.read_bytes():
            found.append(f"tables of i915, {name}: {done.stdout}{done.stderr}")
    return found


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    igdvm = runner.find_igdvm(Path(sys.argv[1]).resolve())
    found = check_output(igdvm)
    with tempfile.TemporaryDirectory() as folder:
        found += check_moved(igdvm, Path(folder))
    if in_a_namespace("mount -t tmpfs none /run", igdvm).returncode == 0:
        found += check_hidden_journal(igdvm) + check_damaged_journal(igdvm)
        found += check_gone_gpu(igdvm)
        if Path("/dev/net/tun").exists():
            found += check_tap(igdvm)
        with tempfile.TemporaryDirectory() as folder:
            found += check_driver_tables(igdvm, Path(folder))
    else:
        print("no mount namespace is to be had (for root): the journal and the GPU were not tried")
    return tell(found)


if __name__ == "__main__":
    sys.exit(main())
