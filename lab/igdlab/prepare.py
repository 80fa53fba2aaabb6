"""Prepares the parts of the lab once: QEMU, the kernel, firmware, programs for guests."""

import re
import shutil
import subprocess
from pathlib import Path

from . import binary, cache, debian, emulation_faults, iommufd, kernels
from .errors import LabError

QEMU_OLDEST = (10, 1)  # the first with the vfio-user-pci client
QEMU = "qemu-system-x86_64"
QEMU_SUITE, QEMU_BACKPORTS = "trixie", "trixie-backports"
KERNEL_SUITE = "bookworm"
CLIENTS = ("libdrm-tests", "xserver-xorg-core", "x11-apps", "x11-xserver-utils", "xterm",
           "busybox-static")
# What no guest of the lab uses of a tree of packages.
NEEDLESS = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/perl",
            "usr/share/mime", "usr/lib/gcc", "usr/lib/x86_64-linux-gnu/dri",
            "usr/lib/x86_64-linux-gnu/perl")
LAB = Path(__file__).resolve().parent.parent

# What QEMU loads by name from its data folders for the machines of the lab.
FIRMWARE = ("bios-256k.bin", "kvmvapic.bin", "linuxboot_dma.bin", "linuxboot.bin",
            "vgabios-stdvga.bin", "vgabios-bochs-display.bin")

# Kernel modules kept in the cache: folders of the kernel's module tree.
KERNEL_MODULES = ("arch/x86", "crypto", "drivers/acpi", "drivers/ata", "drivers/block",
                  "drivers/cdrom", "drivers/char/hw_random", "drivers/char/virtio_console.ko",
                  "drivers/char/agp", "drivers/crypto/ccp", "drivers/gpu/drm", "drivers/i2c",
                  "drivers/iommu", "drivers/net/virtio_net.ko",
                  "drivers/net/net_failover.ko", "drivers/net/tun.ko", "drivers/net/tap.ko",
                  "block", "drivers/nvme", "drivers/platform/x86",
                  "drivers/scsi/scsi_common.ko", "drivers/scsi/scsi_mod.ko",
                  "drivers/scsi/sr_mod.ko", "drivers/vfio", "drivers/video", "drivers/virtio",
                  "drivers/vhost", "drivers/cec", "drivers/media/cec",
                  "drivers/media/rc/rc-core.ko", "drivers/input/evdev.ko",
                  "drivers/input/misc/uinput.ko", "drivers/input/mouse/psmouse.ko", "fs/9p",
                  "fs/efivarfs", "fs/ext4", "fs/fscache", "fs/isofs", "fs/jbd2", "fs/netfs",
                  "fs/mbcache.ko", "lib",
                  "net/9p", "net/core", "net/packet", "virt")


def _version(command):
    try:
        done = subprocess.run([*command, "--version"], capture_output=True, text=True)
    except OSError:
        return (0, 0)
    found = re.search(r"version (\d+)\.(\d+)", done.stdout)
    return (int(found.group(1)), int(found.group(2))) if found else (0, 0)


def _installed_qemu():
    """The installed QEMU, when it is new enough and has the vfio-user client."""
    program = shutil.which(QEMU)
    if not program or _version([program]) < QEMU_OLDEST:
        return None
    done = subprocess.run([program, "-device", "vfio-user-pci,help"], capture_output=True)
    return Path(program) if done.returncode == 0 else None


def _copy_firmware(places, folder):
    folder.mkdir()
    for name in FIRMWARE:
        for place in places:
            if (place / name).exists():
                shutil.copy(place / name, folder / name)
                break
    if not (folder / "bios-256k.bin").exists():
        raise LabError(f"no bios-256k.bin in {', '.join(map(str, places))}")


def qemu():
    """A folder with bin/, lib/ and firmware/ of a QEMU new enough for the lab."""
    installed = _installed_qemu()
    if installed:
        version = subprocess.run([installed, "--version"], capture_output=True, text=True)
        recipe = cache.hash_of("installed", str(installed), version.stdout, *FIRMWARE, "3")
        what = f"copying the installed {installed}"
    else:
        recipe = cache.hash_of(QEMU_SUITE, QEMU_BACKPORTS, *FIRMWARE, "4")
        what = f"fetching it from {QEMU_BACKPORTS} (about 45 MB)"

    def build(folder):
        if installed:
            tree, program = Path("/"), installed
            shown = subprocess.run([installed, "-L", "help"], capture_output=True, text=True)
            places = [Path(line) for line in shown.stdout.split()]
        else:
            tree = folder / "tree"
            suite = debian.Suite(folder / "apt", (QEMU_SUITE, QEMU_BACKPORTS))
            suite.unpack(tree, ("qemu-system-x86", "seabios"), dependencies=True)
            program = tree / "usr/bin" / QEMU
            places = [tree / "usr/share/qemu", tree / "usr/share/seabios"]
        binary.copy_with_libraries(program, tree, folder)
        _copy_firmware(places, folder / "firmware")
        if not installed:
            shutil.rmtree(tree)
            shutil.rmtree(folder / "apt")
        found = _version(binary.command(folder, QEMU))
        if found < QEMU_OLDEST:
            raise LabError(f"QEMU {found[0]}.{found[1]} was found, at least "
                           f"{QEMU_OLDEST[0]}.{QEMU_OLDEST[1]} is needed")
        for fault in emulation_faults.mend(folder / "bin" / QEMU):
            progress.say(f"QEMU {found[0]}.{found[1]}: its emulation is not one that can be "
                         f"mended (lab/igdlab/emulation_faults.py). {fault}")

    return cache.part("qemu", recipe, what, build)


def kernel(name=kernels.DEFAULT):
    """A folder with vmlinuz, modules/, busybox and bios-256k.bin for one of kernels.KERNELS.

    busybox and firmware are the default kernel's release's, whatever the kernel.
    """
    if name != kernels.DEFAULT:
        return _another_kernel(name)
    packages = ("linux-image-amd64", "busybox-static", "seabios")
    recipe = cache.hash_of(KERNEL_SUITE, *packages, *KERNEL_MODULES, "2")

    def build(folder):
        suite = debian.Suite(folder / "apt", kernels.find(name).suites)
        tree = kernels.unpack(suite, name, folder, KERNEL_MODULES, "busybox-static",
                              "seabios")
        shutil.copy(tree / "bin/busybox", folder / "busybox")
        shutil.copy(tree / "usr/share/seabios/bios-256k.bin", folder / "bios-256k.bin")
        shutil.rmtree(tree)
        shutil.rmtree(folder / "apt")

    return cache.part("kernel", recipe,
                      f"fetching Debian's {KERNEL_SUITE} kernel (about 75 MB)", build)


def _another_kernel(name):
    chosen, default = kernels.find(name), kernel()
    wanted = (*KERNEL_MODULES, *kernels.NEWER_MODULES)
    recipe = cache.hash_of(*chosen.suites, default.name, *wanted, "1",
                           *([Path(iommufd.__file__)] if chosen.iommufd else []))

    def build(folder):
        suite = debian.Suite(folder / "apt", chosen.suites)
        shutil.rmtree(kernels.unpack(suite, name, folder, wanted))
        shutil.rmtree(folder / "apt")
        for file in ("busybox", "bios-256k.bin"):
            shutil.copy(default / file, folder / file)

    size = 275 if chosen.iommufd else 120
    return cache.part(f"{name}-kernel", recipe,
                      f"fetching {chosen.summary} (about {size} MB)", build)


def _tree(name, suite, packages, what):
    """A folder with tree/, packages of a Debian suite and all they need, unpacked."""
    recipe = cache.hash_of(suite, *packages, *NEEDLESS, "2")

    def build(folder):
        tree = folder / "tree"
        debian.Suite(folder / "apt", (suite,)).unpack(tree, packages, dependencies=True)
        for place in ("dev", "proc", "sys", "tmp", "run", "lab", "root", "var/log"):
            (tree / place).mkdir(parents=True, exist_ok=True)
        for place in ("bin", "sbin", "lib", "lib64"):  # else done by base-files
            if not (tree / place).exists():
                (tree / place).symlink_to(f"usr/{place}")
        for place in NEEDLESS:
            shutil.rmtree(tree / place, ignore_errors=True)
        for library in tree.glob("usr/lib/x86_64-linux-gnu/libLLVM*"):
            library.unlink()
        if not (tree / "bin/sh").exists():
            (tree / "bin/sh").symlink_to("busybox")
        shutil.rmtree(folder / "apt")

    return cache.part(name, recipe, what, build)


def clients():
    """A tree with programs of Debian that use a display, to be run inside a guest."""
    return _tree("clients", "bookworm", CLIENTS, "fetching clients of Debian 12 (90 MB)")


def igt():
    """A tree with igt-gpu-tools and its tests, which Debian 12 does not package."""
    return _tree("igt", "forky", ("igt-gpu-tools-tests", "busybox-static"),
                 "fetching igt-gpu-tools' tests of Debian 14 (60 MB)")


# Files of packages that a PC can boot from; programs that read DMI and open trays.
SYSTEMS = (("grub-efi-amd64-bin", "usr/lib/grub/x86_64-efi/monolithic/grubx64.efi"),
           ("grub-rescue-pc", "usr/lib/grub-rescue/grub-rescue-cdrom.iso"),
           ("ipxe", "usr/lib/ipxe/ipxe.iso"),
           ("ipxe-qemu", "usr/lib/ipxe/qemu/efi-virtio.rom"),
           ("memtest86+", "boot/memtest86+x64.bin"),
           ("xen-hypervisor-4.17-amd64", "boot/xen-4.17-amd64.gz"))
SYSTEM_PROGRAMS = (("dmidecode", "usr/sbin/dmidecode"), ("eject", "usr/bin/eject"))


def systems():
    """A folder with what is to be booted that is not Linux, and bin/ with programs."""
    packages = [name for name, _ in SYSTEMS + SYSTEM_PROGRAMS]

    def build(folder):
        tree = folder / "tree"
        debian.Suite(folder / "apt", (KERNEL_SUITE,)).unpack(tree, packages, dependencies=False)
        for _, place in SYSTEMS:
            shutil.copy(tree / place, folder / Path(place).name)
        for _, place in SYSTEM_PROGRAMS:
            binary.copy_with_libraries(tree / place, Path("/"), folder)
        shutil.rmtree(tree)
        shutil.rmtree(folder / "apt")

    return cache.part("systems", cache.hash_of(KERNEL_SUITE, *packages, "1"),
                      "fetching GRUB, iPXE, memtest86+, Xen and dmidecode (8 MB)", build)


def stress():
    """A folder with bin/stress-ng and lib/, what it needs."""
    def build(folder):
        tree = folder / "tree"
        debian.Suite(folder / "apt", (KERNEL_SUITE,)).unpack(tree, ("stress-ng",),
                                                             dependencies=True)
        binary.copy_with_libraries(tree / "usr/bin/stress-ng", tree, folder)
        shutil.rmtree(tree)
        shutil.rmtree(folder / "apt")

    return cache.part("stress", cache.hash_of(KERNEL_SUITE, "stress-ng", "1"),
                      "fetching stress-ng (25 MB)", build)


def compile_source(arguments, name):
    """Run the C compiler; LabError with its first complaint when it fails."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        raise LabError("no C compiler; run scripts/install-dependencies")
    done = subprocess.run([compiler, *arguments], capture_output=True, text=True)
    if done.returncode:
        first = next((line for line in done.stderr.splitlines() if "error" in line),
                     done.stderr.strip())
        raise LabError(f"{name} does not build: {first}")


def probe():
    """The folder with the static program that tells what it sees, `probe`."""
    sources = sorted((LAB / "probe").glob("*.c"))
    headers = sorted((LAB / "probe").glob("*.h"))
    flags = ["-std=gnu17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-static"]

    def build(folder):
        compile_source([*flags, "-o", str(folder / "probe"), *map(str, sources)], "lab/probe")

    return cache.part("probe", cache.hash_of(*flags, *sources, *headers),
                      "compiling the probe", build)


def drm():
    """The folder with the static program that drives a GPU through the kernel, `drm`."""
    sources = sorted((LAB / "drm").glob("*.c")) + [LAB / "probe/json.c"]
    headers = sorted((LAB / "drm").glob("*.h")) + [LAB / "probe/probe.h"]
    flags = ["-std=gnu17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-static",
             f"-I{LAB / 'drm'}", f"-I{LAB / 'probe'}"]

    def build(folder):
        compile_source([*flags, "-o", str(folder / "drm"), *map(str, sources)], "lab/drm")

    return cache.part("drm", cache.hash_of(*flags[:6], *sources, *headers),
                      "compiling the program that drives it", build)


def hands():
    """The folder with the static program that is a keyboard and a mouse, `hands`."""
    source = LAB / "hands/hands.c"
    flags = ["-std=gnu17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-static"]

    def build(folder):
        compile_source([*flags, "-o", str(folder / "hands"), str(source)], "lab/hands")

    return cache.part("hands", cache.hash_of(*flags, source),
                      "compiling a keyboard and a mouse", build)


# Guests in C run in long mode, on start.S; without what a kernel would have to set up.
C_FLAGS = ["-m64", "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-ffreestanding",
           "-fno-pic", "-fno-stack-protector", "-fno-asynchronous-unwind-tables",
           "-fcf-protection=none", "-mno-red-zone", "-mgeneral-regs-only", "-mcmodel=small"]
BINARY_FLAGS = ["-nostdlib", "-static", "-no-pie"]
FLAT_BYTES = 1 << 20       # of a guest's disk
PARAMETERS = 64 * 512      # where a guest in C finds its parameters on it


# What every guest in C is made of beside its own source.
C_GUEST_PARTS = [LAB / "guests" / name for name in
                 ("start.S", "guest.h", "guest.lds", "internet.h", "random.h", "time_stamp.h",
                  "virtio.h", "virtio_disk.h", "virtio_nic.h")]


def c_guest_arguments(source, *defines):
    """The compiler's arguments that make a flat guest of a source in C, but for -o."""
    start, header, script = C_GUEST_PARTS[:3]
    return [*C_FLAGS, *BINARY_FLAGS, f"-I{header.parent}",
            f"-Wl,--oformat=binary,-T,{script},--build-id=none",
            *(f"-D{define}" for define in defines), str(start), str(source)]


def flat_guest(name, *defines):
    """The program assembled or compiled from lab/guests/NAME.S or .c, one file."""
    source = LAB / "guests" / f"{name}.c"
    if source.exists():
        sources, arguments = [*C_GUEST_PARTS, source], c_guest_arguments(source, *defines)
    else:
        source = LAB / "guests" / f"{name}.S"
        link = "-Wl,--oformat=binary,-Ttext=0x7c00,--build-id=none"
        sources = [source, LAB / "guests" / "pc16.inc"]
        arguments = ["-m16", *BINARY_FLAGS, link, *(f"-D{define}" for define in defines),
                     str(source)]
    part = "-".join(["guest", name, *defines]).lower().replace("_", "-")

    def build(folder):
        compile_source(["-o", str(folder / f"{name}.bin"), *arguments], source.name)

    recipe = cache.hash_of(*(word for word in arguments if str(LAB) not in word), *sources)
    return cache.part(part, recipe, "assembling it", build) / f"{name}.bin"


def flat_disk(name, *defines, parameters=b""):
    """The guest as the bytes of a disk, with its parameters when it is one in C."""
    image = flat_guest(name, *defines).read_bytes()
    if parameters and len(image) > PARAMETERS:
        raise LabError(f"lab/guests/{name}: {len(image)} bytes, {PARAMETERS} at most")
    image = image.ljust(PARAMETERS, b"\0") + parameters if parameters else image
    return image.ljust(FLAT_BYTES, b"\0")


def everything(kernel_name=kernels.DEFAULT, guest_kernel_name=kernels.DEFAULT):
    """Prepare all parts; what is there already is kept."""
    return {"qemu": qemu(), "kernel": kernel(kernel_name),
            "guest_kernel": kernel(guest_kernel_name), "probe": probe()}
