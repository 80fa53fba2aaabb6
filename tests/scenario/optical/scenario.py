"""optical: GRUB boots from the optical drive; Linux reads the disc by DMA and by PIO.

GRUB's shell is typed at through the pseudo-terminal of the first serial port.
"""

import base64
import hashlib
import random
import re
import subprocess

from igdlab import binary, initramfs, iso9660, prepare

SUMMARY = "GRUB boots from a disc, Linux reads it by DMA and PIO; what DMI says"
TIME_LIMIT = 600
QUIET_LIMIT = 240
VMMS = ("igdvm",)

DISC = "grub-rescue-cdrom.iso"
MODULES = ("virtio_pci", "virtio_blk", "libata", "ata_piix", "sr_mod", "isofs")
DATA = random.Random(1).randbytes(1 << 20)
# What dmidecode says where something is damaged.
COMPLAINTS = re.compile(r"Wrong|Invalid|TRUNCATED|checksum|Broken|Warning|BAD INDEX", re.I)


def prepare_run(run):
    """The disc as the package has it; a disk with the kernel and the guest's programs."""
    disc = prepare.systems() / DISC
    (run.input / DISC).write_bytes(disc.read_bytes())
    initrd = initramfs.build(run.parts["guest_kernel"], MODULES,
                             {"init": run.scenario.FOLDER / "guest-init"})
    initrd += initramfs.programs(prepare.systems())
    (run.input / "data.iso").write_bytes(iso9660.image({
        "VMLINUZ": (run.input / "vmlinuz").read_bytes(), "INITRD": initrd, "DATA.BIN": DATA}))


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    screen = run.words_on("screen.log")
    said = [line.strip().partition("optical: ")[2]
            for line in screen.splitlines() if "optical: " in line]
    firmware = run.text("firmware.log")
    checks.contains("the firmware passed over the disk that does not boot", firmware,
                    "Booting from Hard Disk")
    checks.contains("and booted the disc", firmware, "Booting from DVD/CD")
    checks.contains("GRUB's prompt came through the pseudo-terminal", screen, "grub>")
    if not checks.true("Linux told all", "end" in said, said[-1:] or "nothing"):
        return

    def told(what):
        return next((line[len(what):].strip() for line in said if line.startswith(what)), "")

    digest = hashlib.sha256((prepare.systems() / DISC).read_bytes()).hexdigest()
    checks.equal("drives Linux found", told("drives"), "2")
    for way, mode in (("dma", "XFER_MW_DMA_2"), ("pio", "XFER_PIO_4")):
        checks.equal(f"the driver's mode, {way}", told(f"{way} mode"), mode)
        checks.equal(f"the disc's checksum by {way}", told(f"{way} disc").split()[:1], [digest])
        checks.true(f"files on the disc by {way}", int(told(f"{way} files") or 0) > 100,
                    told(f"{way} files"))
        checks.equal(f"errors of the driver's by {way}", told(f"{way} errors"), "0")
    checks.equal("the disk's checksum", told("disk").split()[:1],
                 [hashlib.sha256(DATA).hexdigest()])
    checks.true("the empty drive says so", "No medium found" in told("empty drive"),
                told("empty drive"))
    checks.true("the guest can eject", "No medium found" in told("ejected"), told("ejected"))
    for port in (1, 2, 3):
        checks.equal(f"COM{port + 1} of four", run.text(f"com{port + 1}.log").strip(),
                     f"hello from ttyS{port}")
    checks.equal("the exit status of igdvm", run.text("vmm-status").strip(), "0")
    checks.equal("product", told("product_name"), "Desk PC")
    checks.equal("UUID", told("product_uuid"), "00112233-4455-6677-8899-aabbccddeeff")
    checks.equal("the board's maker", told("board_vendor"), "Boards")
    checks.equal("the maker by itself", told("sys_vendor"), "igdvm")
    checks.equal("processors", told("processors"), "4")
    checks.equal("processors of a socket", told("siblings"), "2")
    checks.equal("cores of a socket", told("cpu cores"), "2")
    flags = set(told("flags").split())
    checks.true("features every model has", {"apic", "sse2", "x2apic"} <= flags)
    checks.equal("features that x86-64-v1 has not", flags & {"sse4_2", "avx", "popcnt", "aes"},
                 set())
    checks.true("KVM's clock", "kvm-clock" in told("clock"), told("clock"))
    _check_dmi(run, checks, told)


def _check_dmi(run, checks, told):
    """dmidecode reads the tables as Linux saw them."""
    entry, tables = (base64.b64decode(told(name)) for name in ("smbios_entry_point", "DMI "))
    # Its own format: the entry point, pointing to the tables behind it.
    dump = bytearray(entry.ljust(32, b"\0") + tables)
    dump[0x18:0x1c] = (32).to_bytes(4, "little")
    dump[0x15] = (dump[0x15] - sum(dump[0x10:0x1f])) & 0xff
    dump[0x04] = (dump[0x04] - sum(dump[:len(entry)])) & 0xff
    path = run.folder / "dmi.bin"
    path.write_bytes(dump)
    done = subprocess.run([*binary.command(prepare.systems(), "dmidecode"), "--from-dump", path],
                          capture_output=True, text=True, check=False)
    text = done.stdout + done.stderr
    (run.folder / "dmidecode.txt").write_text(text)
    checks.equal("dmidecode's exit status", done.returncode, 0)
    complaints = [line for line in text.splitlines() if COMPLAINTS.search(line)]
    checks.equal("its complaints", complaints, [])
    checks.contains("it reads the version", text, "SMBIOS 2.8 present")
    found = {int(number) for number in re.findall(r"DMI type (\d+)", text)}
    checks.true("structures it found", {0, 1, 2, 3, 4, 11, 16, 17, 19, 32, 127} <= found,
                sorted(found))
    for words in ("String 1: one", "String 2: two", "Size: 256 MB", "Core Count: 2", "Socket Designation: CPU 1"):
        checks.contains(f"it says {words}", text, words)
