"""legacy: what the guest saw of the GPU, compared with what the host has."""

import json
import re

from igdlab import facts
from igdlab.facts import Facts

SUMMARY = "a Linux guest gets the GPU in legacy mode: firmware, VBIOS, kernel, registers"
TIME_LIMIT = 600
VMMS = ("igdvm", "qemu")

READS = 100000
# The rest of a boot causes some too; were those reads trapped, it would be 1 and more.
MOST_TRAPS_A_READ = 0.2

# What the guest's copy of the OpRegion may differ in: offset, size, value, reason.
OPREGION_CHANGES = (
    (0x58, 4, "mailbox 2 is not offered: nobody answers software SCIs in a guest",
     lambda host: host & ~2),
    (0x1ac, 4, "the lid is open", lambda host: 3),
)


# What igdvm refuses in the lab PC: name, exit status, lines, words of the first line.
REFUSALS = (
    ("absent", 1, 1, "00:09.0"),
    ("unbound", 1, 1, "vfio-pci"),
    ("firmware", 2, 1, "no-bios"),
    ("kernel", 2, 1, "/lab/input/no: No such file"),
    ("disk", 2, 1, "disk /lab/input/no"),
    ("address", 1, None, "legacy mode is not possible"),
    ("iommufd", 1, 1, "iommufd cannot be used: there is no /dev/iommu"),
    ("busy", 1, 1, "in use by another process"),
)


def check(run, checks):
    """Judge one run; also leaves guest.json in its folder."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    checks.equal("exit status of the VMM", run.text("vmm-status").strip(), "0")
    host = Facts.from_text(run.text("host.json"))
    try:
        guest = Facts.from_disk(run.folder / "disk.img")
    except (OSError, ValueError) as error:
        checks.true("the guest left what its probe told", False,
                    f"{error}; last of the serial line: "
                    f"{run.text('guest-serial.log').strip()[-200:]!r}")
        return
    facts.summarise_opregion(guest)
    facts.summarise_opregion(host)
    for name, data in (("guest", guest), ("host", host)):
        (run.folder / f"{name}.json").write_text(json.dumps(data.data, indent=1) + "\n")

    _check_firmware(run, checks, guest)
    _check_opregion(run, checks, guest, host)
    _check_stolen(run, checks, guest, host)
    _check_bridges(checks, guest, host)
    _check_devices(run, checks, guest)
    _check_after(run, checks, host)
    if run.vmm == "igdvm":
        _check_stats(run, checks, guest)
        _check_refusals(run, checks)


def _banner(guest):
    device = guest.field("00:02.0", 2, "H")
    return re.compile(rf"igdvm VBIOS: 8086:{device:04X} GGC ([0-9A-F]{{4}}) stolen (\d+) MB "
                      rf"at ([0-9A-F]{{8}}) GTT (\d+) ok")


def _check_firmware(run, checks, guest):
    log = run.text("guest-firmware.log")
    checks.contains("SeaBIOS placed the OpRegion", log, "Intel IGD OpRegion enabled at")
    checks.contains("SeaBIOS reserved stolen memory", log, "Intel IGD BDSM enabled at")
    found = _banner(guest).search(guest.screen())
    if checks.true("the VBIOS ran and wrote its line on the VGA screen", found,
                   found.group(0) if found else guest.screen().strip()[:160]):
        checks.equal("the VBIOS saw the guest's stolen memory",
                     hex(int(found.group(3), 16)), hex(guest.bdsm()))
        checks.equal("the VBIOS saw GGC as the guest does",
                     hex(int(found.group(1), 16)), hex(guest.field("00:02.0", 0x50, "H")))
    checks.equal("the ROM's checksum", guest.data["rom"].get("checksum"), 0)
    checks.equal("the ROM's device is the GPU", guest.data["rom"].get("device"),
                 f"{guest.field('00:02.0', 2, 'H'):04x}")
    checks.contains("the kernel booted", run.text("guest-serial.log"), "igdvm-guest: kernel")


def _check_opregion(run, checks, guest, host):
    address = guest.field("00:02.0", 0xfc, "I")
    checks.true("ASLS names the guest's OpRegion", address, hex(address))
    checks.equal("the OpRegion is in reserved memory",
                 guest.data["opregion"].get("memory_type"), "Reserved")
    want, found = bytearray(host.opregion()), guest.opregion()
    if not checks.true("the host has an OpRegion", want, f"{len(want)} bytes"):
        return
    if run.vmm == "igdvm":
        for offset, size, reason, change in OPREGION_CHANGES:
            before = int.from_bytes(want[offset:offset + size], "little")
            want[offset:offset + size] = change(before).to_bytes(size, "little")
            value = int.from_bytes(found[offset:offset + size], "little")
            checks.equal(f"OpRegion {offset:#x}: {reason}", hex(value), hex(change(before)))
    wrong = [hex(i) for i in range(min(len(want), len(found))) if want[i] != found[i]]
    checks.true("the rest of the OpRegion equals the host's",
                len(want) == len(found) and not wrong,
                f"{len(found)} bytes" + (f", different at {', '.join(wrong[:8])}"
                                         if wrong else ""))


def _check_stolen(run, checks, guest, host):
    base, size = guest.bdsm(), guest.stolen("size")
    where = f"{size >> 20} MiB at {base:#x}"
    checks.true("stolen memory has a place", base and size, where)
    checks.equal("its size is the host's", size, host.stolen("size"))
    checks.equal("its size is the chip's", size, run.chip["stolen_size"])
    checks.equal("it is reserved in the memory map", guest.stolen("memory_type"), "Reserved")
    checks.equal("it can be written: first, middle, last page", guest.stolen("writable"),
                 [True, True, True])
    checks.equal("BAR0's copy of BDSM (1080C0) agrees",
                 hex(guest.bar0("1080c0") & 0xfff00000), hex(base))
    checks.equal("BAR0's copy of GGC (108040) agrees", hex(guest.bar0("108040") & 0xffff),
                 hex(guest.field("00:02.0", 0x50, "H")))
    entries = [facts.number(entry) for entry in guest.data["bar0"].get("gtt", [])]
    checks.true("the VBIOS mapped the GTT to it",
                entries and entries == [base + i * 4096 | 1 for i in range(len(entries))],
                f"first entry {entries[0]:#x}" if entries else "no entries")
    checks.true("whether it is the host's own address is known", host.bdsm(),
                "it is" if base == host.bdsm() else f"the host's is {host.bdsm():#x}")
    saved = guest.data["rom"].get("saved_bdsm")
    saved = None if saved is None else facts.number(saved) & 0xfff00000
    checks.true("the VBIOS keeps the guest's stolen memory, if any", saved in (0, base),
                "nothing that looks like it" if saved is None else hex(saved))


def _check_bridges(checks, guest, host):
    for address, what, fields in (
            ("00:1f.0", "LPC bridge", ((0x00, "H", "vendor"), (0x02, "H", "device"),
                                       (0x08, "B", "revision"),
                                       (0x2c, "H", "subsystem vendor"),
                                       (0x2e, "H", "subsystem"))),
            ("00:00.0", "host bridge", ((0x08, "B", "revision"),
                                        (0x2c, "H", "subsystem vendor"),
                                        (0x2e, "H", "subsystem")))):
        if not checks.true(f"the guest has a {what}", guest.config(address), address):
            continue
        for offset, code, name in fields:
            checks.equal(f"{what}: {name} is the host's",
                         hex(guest.field(address, offset, code)),
                         hex(host.field(address, offset, code)))


def _check_devices(run, checks, guest):
    checks.equal("the guest's processors", guest.data["cpus"], 2)
    disk = guest.data.get("disk", {})
    checks.equal("the disk's first bytes",
                 bytes.fromhex(disk.get("first_bytes", "")), b"igdvm lab disk: the first bytes.")
    checks.true("the disk keeps what is written", disk.get("read_back"))
    image = (run.folder / "disk.img").read_bytes()
    checks.true("the disk image has what the guest wrote",
                image[facts.PATTERN_OFFSET:][:len(facts.PATTERN)] == facts.PATTERN)
    random = guest.data.get("rng", {}).get("bytes", "")
    checks.true("random bytes come", random.strip("0"), random)
    checks.contains("the guest powered off", run.text("guest-serial.log"),
                    "igdvm-guest: powering off")


def _check_after(run, checks, host):
    checks.equal("the GPU could be taken back", run.text("unbind-status").strip(), "0")
    after = Facts.from_text(run.text("host-after.json"))
    checks.equal("the host's BDSM is as before", hex(after.bdsm()), hex(host.bdsm()))
    checks.true("the host's OpRegion is as before", after.opregion() == host.opregion())


def _check_stats(run, checks, guest):
    try:
        stats = json.loads(run.text("stats.json"))
    except ValueError as error:
        checks.true("igdvm wrote its counters", False, str(error))
        return
    run.check_backend(checks, stats)
    reads = guest.data["bar0"].get("reads", {})
    checks.equal("reads of a plain BAR0 page", reads.get("count"), READS)
    counted = (("trapped reads of BAR0", stats["device"]["bars"][0]["trapped_reads"]),
               ("reads through vfio", stats["device"]["region_reads"]),
               ("exits for reading memory", stats["exits"]["mmio-read"]))
    for name, count in counted:
        checks.true(f"those reads caused no {name}", count < READS * MOST_TRAPS_A_READ,
                    f"{count} in the whole run")


def _check_refusals(run, checks):
    said = {line.split()[0]: line for line in run.text("refusals").splitlines()}
    for name, status, lines, words in REFUSALS:
        line = said.get(name, "")
        found = re.match(r"\S+ (\d+) (\d+): (.*)", line)
        good = (found and int(found[1]) == status and words in found[3]
                and lines in (None, int(found[2])))
        checks.true(f"refused with one clear line and status {status}: {name}", good, line)
