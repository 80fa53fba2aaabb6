"""net: a Linux guest's network: a tap with and without vhost, and user networking."""

import re

from igdlab import initramfs

SUMMARY = "virtio-net: Linux sends and receives files by a tap, by vhost and by user networking"
TIME_LIMIT = 900
QUIET_LIMIT = 240
VMMS = ("igdvm",)
MODULES = ("tun", "vhost_net", "af_packet")  # of the lab PC
PROGRAMS = ("igdvm-net",)
GUEST_MODULES = ("virtio_pci", "virtio_net", "virtio_console", "virtio_balloon", "af_packet")
NETS = ("tap", "vhost", "user")

# Bits of the device's features (VIRTIO 1.2, 5.1.3 and 6) as Linux lists them.
CSUM, GUEST_CSUM, MAC, GUEST_TSO4, HOST_TSO4, MRG_RXBUF, STATUS, CTRL_VQ, EVENT_IDX = (
    0, 1, 5, 7, 11, 15, 16, 17, 29)
ALL = (MAC, MRG_RXBUF, STATUS, CTRL_VQ, EVENT_IDX)
OFFLOADS = (CSUM, GUEST_CSUM, GUEST_TSO4, HOST_TSO4)


def prepare_run(run):
    """The initramfs of the guests."""
    init = run.scenario.FOLDER / "guest-init"
    (run.input / "net-initrd").write_bytes(
        initramfs.build(run.parts["guest_kernel"], GUEST_MODULES, {"init": init}))


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    for net in NETS:
        _check_guest(run, checks, net)
    checks.contains("igdvm says that vhost serves the rings", run.text("vhost-vmm.log"),
                    "served by vhost-net")
    checks.true("it does so by itself, and not with vhost=off", "vhost-net" not in run.text("tap-vmm.log"))
    _check_more(run, checks)
    checks.true("the program for user networking has not root's rights",
                re.match(r"Uid:\s+65534\s+65534\s+65534", run.text("user-rights")),
                run.text("user-rights").strip())


def _check_more(run, checks):
    """The console and the balloon of the first guest."""
    checks.equal("what the guest wrote to hvc0", run.text("tap-hvc0.log").split(),
                 ["igdvm-guest:", "by", "hvc0"])
    resident = [int(word) for word in run.text("tap-resident").split()]
    checks.true("igdvm's memory shrinks by 40 MiB when the guest frees 64",
                len(resident) == 2 and resident[0] - resident[1] >= 40960, resident)


def _check_guest(run, checks, net):
    told = re.findall(r"^igdvm-guest: (\w+) ?([^\r\n]*)", run.text(f"{net}-serial.log"), re.M)
    facts = {}
    for key, value in told:
        facts.setdefault(key, []).append(value)

    def fact(key):
        return facts.get(key, [""])[-1]

    checks.equal(f"{net}: nothing failed in the guest", facts.get("failed", []), [])
    checks.equal(f"{net}: igdvm's exit status", run.text(f"{net}-status").strip(), "0")
    checks.equal(f"{net}: ping", fact("ping"), "ok")
    sums = run.text(f"{net}-sums").split()
    checks.equal(f"{net}: both files are what was sent", [fact("sent"), fact("received")], sums)
    checks.equal(f"{net}: the carrier, before and after", facts.get("carrier"), ["1", "0"])
    said = [line for line in run.text(f"{net}-vmm.log").splitlines() if "is gone" in line]
    checks.equal(f"{net}: lines about what is gone", len(said), 1)
    bits = [index for index, bit in enumerate(fact("features")) if bit == "1"]
    expected = ALL if net == "user" else ALL + OFFLOADS
    checks.equal(f"{net}: features that are missing", [b for b in expected if b not in bits], [])
    if net == "user":
        checks.equal("user: the address DHCP gave", fact("address"), "10.0.2.15/24")
        checks.true("user: DNS", fact("dns").startswith("10.0.2.3"), fact("dns"))
        checks.true("user: the NIC's address is a local one of one station",
                    int(fact("mac")[:2] or "0", 16) & 3 == 2, fact("mac"))
    else:
        checks.equal(f"{net}: the NIC's address", fact("mac"), "02:00:00:00:00:07")
