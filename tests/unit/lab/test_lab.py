"""test_lab.py: the parts of the lab that can be tested without starting it."""

import importlib.machinery
import importlib.util
import io
import lzma
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "lab"))

from igdlab import (cache, debian, emulation_faults, fat, initramfs,  # noqa: E402
                    iommufd, iso9660, kernels, modules, runner)
from igdlab.checks import Checks  # noqa: E402
from igdlab.cpio import Archive  # noqa: E402
from igdlab.errors import LabError, UsageError  # noqa: E402
from igdlab.facts import GUEST_JSON_OFFSET, Facts  # noqa: E402


def load_compare():
    """tests/scenario/compare is a program without the suffix of a module."""
    path = str(ROOT / "tests/scenario/compare")
    loader = importlib.machinery.SourceFileLoader("compare", path)
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("compare", loader))
    loader.exec_module(module)
    return module


class EmulationFaultsTest(unittest.TestCase):
    """The lab's QEMU loses one jump, another goes elsewhere, or it stays as it is."""

    LOADS = bytes.fromhex("8babc0020000 83fdff")  # mov 0x2c0(%rbx),%ebp; cmp $-1,%ebp
    JUMP = bytes.fromhex("0f853fffffff")
    STORES = bytes.fromhex("c783c002000000000100")  # movl $0x10000,0x2c0(%rbx)
    RACE = LOADS + JUMP + STORES

    SETS = bytes.fromhex("f30f1efa f009b7d0000000 31f6 31ff c3")
    RAISES = bytes.fromhex("f30f1efa 4883ec08 e833f9ffff 84c0 7414")
    VIRTUAL = bytes.fromhex("be00010000 5b 5d e9")  # mov $0x100,%esi; ...; jmp

    def mended(self, code):
        """The program's bytes after `mend`, and how many faults remain."""
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "qemu"
            program.write_bytes(code)
            remaining = emulation_faults.mend(program)
            self.assertTrue(all(line.endswith(".") for line in remaining))
            return program.read_bytes(), len(remaining)

    def jump(self, start, target):
        """A jump at offset `start` to offset `target`, with the interrupt's number."""
        distance = target - (start + len(self.VIRTUAL) + 4)
        return self.VIRTUAL + distance.to_bytes(4, "little", signed=True)

    def raising(self, *targets):
        """The two functions at 16 and 32, and jumps to `targets` from 48 on."""
        code = (b"\x90" * 16 + self.SETS + self.RAISES).ljust(48, b"\x90")
        for target in targets:
            code += self.jump(len(code), target)
        return code

    def test_the_jump_goes(self):
        code, remaining = self.mended(b"\x90" * 7 + self.RACE)
        self.assertEqual(remaining, 1)
        self.assertEqual(len(code), 7 + 9 + 6 + 10)
        self.assertTrue(code.startswith(b"\x90" * 7 + self.LOADS))
        self.assertTrue(code.endswith(self.STORES))
        self.assertNotIn(self.JUMP, code)

    def test_the_interrupt_is_set_without_the_lock(self):
        self.assertEqual(self.mended(self.raising(32, 4)), (self.raising(16, 4), 1))

    def test_both(self):
        code, remaining = self.mended(self.raising(32) + self.RACE)
        self.assertEqual(remaining, 0)
        self.assertTrue(code.startswith(self.raising(16)))
        self.assertNotIn(self.JUMP, code)

    def test_others_stay(self):
        other_field = self.STORES.replace(b"\xc0\x02", b"\xc4\x02")
        for code in (b"", self.LOADS + self.JUMP, self.LOADS + self.JUMP + other_field,
                     self.RACE + self.RACE, self.raising(), self.raising(16),
                     self.raising(32, 32), self.raising(32) + self.SETS + self.RAISES,
                     self.raising(32).replace(self.SETS, b"\x90" * 16)):
            self.assertEqual(self.mended(code), (code, 2))


class FatTest(unittest.TestCase):
    """The writer of FAT16 file systems, read as Microsoft's specification says."""

    SIZE = 12 << 20
    FILES = {"EFI/BOOT/BOOTX64.EFI": bytes(range(256)) * 30, "EFI/DEBIAN/GRUB.CFG": b"boot",
             "VMLINUZ": b"k" * 2048, "EMPTY.TXT": b""}

    def read(self, image):
        """Paths and contents, both copies of the table being alike."""
        sector, cluster, reserved, copies, roots = struct.unpack_from("<HBHBH", image, 11)
        table_size, = struct.unpack_from("<H", image, 22)
        start, size = sector * reserved, sector * table_size
        table = struct.unpack_from(f"<{size // 2}H", image, start)
        self.assertEqual(image[start:start + size], image[start + size:start + 2 * size])
        root = start + copies * size
        data, unit = root + roots * 32, cluster * sector

        def chain(first):
            contents = b""
            while first and first < 0xfff8:
                contents += image[data + (first - 2) * unit:][:unit]
                first = table[first]
            return contents

        def walk(entries, itself, parent):
            found = {}
            for at in range(0, len(entries), 32):
                name, attributes, first, length = struct.unpack_from("<11sB14xHI", entries, at)
                if not name[0]:
                    break
                if name.startswith(b"."):
                    self.assertEqual(first, parent if name[1:2] == b"." else itself)
                    continue
                text = f"{name[:8].decode().rstrip()}.{name[8:].decode().rstrip()}".rstrip(".")
                if attributes & 0x10:
                    found |= {f"{text}/{path}": contents for path, contents
                              in walk(chain(first), first, itself).items()}
                else:
                    found[text] = chain(first)[:length]
            return found

        return walk(image[root:data], 0, 0)

    def test_files(self):
        image = fat.image(self.FILES, self.SIZE)
        self.assertEqual(len(image), self.SIZE)
        self.assertEqual(image[510:512], b"\x55\xaa")
        self.assertEqual(struct.unpack_from("<I", image, 32)[0], self.SIZE // 512)
        self.assertEqual(self.read(image), self.FILES)

    def test_refused(self):
        for files, size in (({"lower.txt": b""}, self.SIZE), ({"TOOLONGNAME": b""}, self.SIZE),
                            ({"A.CONF": b""}, self.SIZE), ({}, 1 << 20), ({}, 1 << 30),
                            ({"A": bytes(self.SIZE)}, self.SIZE)):
            with self.assertRaises(ValueError):
                fat.image(files, size)


class DiscTest(unittest.TestCase):
    """The writer of disc images, read as ECMA-119 says."""

    def test_files(self):
        files = {"A.TXT": b"short", "DATA.BIN": bytes(range(256)) * 20, "EMPTY": b""}
        image = iso9660.image(files)
        descriptor = image[16 * 2048:17 * 2048]
        self.assertEqual(descriptor[:7], b"\x01CD001\x01")
        self.assertEqual(int.from_bytes(descriptor[80:84], "little") * 2048, len(image))
        self.assertEqual(int.from_bytes(descriptor[84:88], "big") * 2048, len(image))
        self.assertEqual(image[17 * 2048:17 * 2048 + 7], b"\xffCD001\x01")
        block, size = (int.from_bytes(descriptor[156 + at:160 + at], "little")
                       for at in (2, 10))
        folder, at, found = image[block * 2048:block * 2048 + size], 0, {}
        while folder[at]:
            record = folder[at:at + folder[at]]
            self.assertEqual(len(record) % 2, 0)
            start, length = (int.from_bytes(record[place:place + 4], "little")
                             for place in (2, 10))
            name = record[33:33 + record[32]]
            if not record[25] & 2:
                found[name.decode()] = image[start * 2048:start * 2048 + length]
            at += len(record)
        self.assertEqual(found, {f"{name};1": data for name, data in files.items()})

    def test_bad_names(self):
        for name in ("", "lower", "MUCHTOOLONGNAME"):
            with self.assertRaises(ValueError):
                iso9660.image({name: b""})


class Folder(unittest.TestCase):
    """A test with a temporary folder."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)


class MirrorTest(Folder):
    """The Debian mirror of this computer's own configuration is used."""

    def mirror(self, name, text):
        (self.folder / "sources.list.d").mkdir()
        (self.folder / name).write_text(text)
        return debian.mirror(self.folder)

    def test_one_line_style(self):
        self.assertEqual(self.mirror("sources.list",
                                     "deb [arch=amd64] https://near.example/debian/ sid main"),
                         "https://near.example/debian")

    def test_deb822_style_past_other_archives(self):
        self.assertEqual(self.mirror("sources.list.d/x.sources",
                                     "# http://old.example/debian\n"
                                     "URIs: http://other.example/debian-security\n"
                                     "URIs: http://near.example/debian\n"),
                         "http://near.example/debian")

    def test_none(self):
        self.assertEqual(self.mirror("sources.list", "deb http://u.example/ubuntu x main"),
                         debian.DEFAULT_MIRROR)


class CacheTest(Folder):
    """A part is built once, and only a complete one counts."""

    def setUp(self):
        super().setUp()
        self.addCleanup(setattr, cache, "root", cache.root)
        cache.root = lambda: self.folder
        self.addCleanup(setattr, cache.progress, "say", cache.progress.say)
        cache.progress.say = lambda text: None

    def test_built_once(self):
        built = []

        def build(folder):
            built.append(folder)
            (folder / "file").write_text("x")

        first = cache.part("thing", "r1", "test", build)
        self.assertEqual(cache.part("thing", "r1", "test", build), first)
        self.assertEqual(len(built), 1)
        self.assertNotEqual(cache.part("thing", "r2", "test", build), first)

    def test_interrupted_build_leaves_nothing(self):
        def build(folder):
            (folder / "file").write_text("half")
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            cache.part("thing", "r1", "test", build)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["thing.lock"])


class CpioTest(Folder):
    """The archive is one that cpio can read."""

    @unittest.skipUnless(shutil.which("cpio"), "cpio is not installed")
    def test_round_trip(self):
        archive = Archive()
        archive.data("a/b/file", b"content\n", 0o755)
        archive.link("a/link", "b/file")
        done = subprocess.run(["cpio", "-i", "--quiet"], input=archive.bytes(),
                              cwd=self.folder, check=False)
        self.assertEqual(done.returncode, 0)
        self.assertEqual((self.folder / "a/link").read_bytes(), b"content\n")
        self.assertEqual((self.folder / "a/b/file").stat().st_mode & 0o777, 0o755)


class ModulesTest(Folder):
    """Modules come after those they depend on."""

    def test_order(self):
        for name, depends in (("low", ""), ("mid-dle", "low"), ("top", "mid_dle,low,built")):
            (self.folder / f"{name}.ko").write_bytes(b"ELF\0depends=%b\0" % depends.encode())
        (self.folder / "modules.builtin").write_text("kernel/built.ko\n")
        self.assertEqual([path.stem for path in modules.resolve(self.folder, ["top"])],
                         ["low", "mid-dle", "top"])
        with self.assertRaises(LabError):
            modules.resolve(self.folder, ["absent"])


    def test_compressed(self):
        """Debian 13 and later compress modules; what goes into an initramfs is not."""
        for name, content in (("low", b"ELF\0depends=\0"), ("top", b"ELF\0depends=low\0")):
            (self.folder / f"{name}.ko.xz").write_bytes(lzma.compress(content))
        (self.folder / "modules.builtin").write_text("")
        order = modules.resolve(self.folder, ["top"])
        self.assertEqual([modules.file_name(path) for path in order], ["low.ko", "top.ko"])
        self.assertEqual(modules.read(order[0]), b"ELF\0depends=\0")

        part = self.folder / "part"
        (part / "modules").mkdir(parents=True)
        for file in self.folder.glob("*.*"):
            file.rename(part / "modules" / file.name)
        (part / "busybox").write_text("")
        archive = initramfs.build(part, ["top"], {})
        self.assertIn(b"modules/top.ko\0", archive)
        self.assertIn(b"ELF\0depends=low\0", archive)
        self.assertIn(b"low.ko\ntop.ko\n", archive)


class FakeSuite:
    """A suite of Debian as kernels.py and iommufd.py see it."""

    RELEASE = "6.12.1+deb12-amd64"
    DEPENDS = {"linux-image-amd64": ["linux-base-amd64", f"linux-image-{RELEASE}"],
               f"linux-image-{RELEASE}": ["kmod", f"linux-base-{RELEASE}",
                                          f"linux-binary-{RELEASE}",
                                          f"linux-modules-{RELEASE}"],
               f"linux-headers-{RELEASE}": ["linux-headers-6.12.1+deb12-common",
                                            f"linux-image-{RELEASE}-unsigned",
                                            "linux-kbuild-6.12.1+deb12", "gcc-12"]}

    def __init__(self, files, sources=("6.12.1-1",)):
        self.files, self.sources, self.unpacked = files, list(sources), ()

    def depends(self, package):
        return self.DEPENDS[package]

    def version(self, package):
        return "6.12.1-1"

    def versions(self, package):
        return self.sources

    def unpack(self, tree, packages, dependencies):
        self.unpacked = packages
        for name in self.files:
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(name)


class KernelsTest(Folder):
    """A kernel is found in its packages, whichever way Debian cuts them."""

    RELEASE = FakeSuite.RELEASE
    WANTED = ("drivers/vfio", "drivers/net/tun.ko", "drivers/not-there")

    def unpack(self, modules_folder, image):
        place = f"{modules_folder}/{self.RELEASE}"
        suite = FakeSuite([image, *(f"{place}/{name}" for name in (
            "modules.builtin", "modules.order", "kernel/drivers/vfio/vfio.ko.xz",
            "kernel/drivers/net/tun.ko.xz", "kernel/drivers/net/tap.ko.xz"))])
        kernels.unpack(suite, "newest", self.folder, self.WANTED, "busybox-static")
        self.assertEqual((self.folder / "vmlinuz").read_text(), image)
        self.assertEqual((self.folder / "release").read_text(), self.RELEASE + "\n")
        kept = sorted(path.name for path in (self.folder / "modules").rglob("*.xz"))
        self.assertEqual(kept, ["tun.ko.xz", "vfio.ko.xz"])
        return suite

    def test_image_in_boot(self):
        suite = self.unpack("lib/modules", f"boot/vmlinuz-{self.RELEASE}")
        self.assertEqual(suite.unpacked,
                         (f"linux-image-{self.RELEASE}", f"linux-base-{self.RELEASE}",
                          f"linux-binary-{self.RELEASE}", f"linux-modules-{self.RELEASE}",
                          "busybox-static"))

    def test_image_beside_the_modules(self):
        self.unpack("usr/lib/modules", f"usr/lib/modules/{self.RELEASE}/vmlinuz")

    def test_unknown(self):
        with self.assertRaises(UsageError):
            kernels.find("bookwurm")
        self.assertIn(kernels.DEFAULT, kernels.KERNELS)

    def test_choice(self):
        scenario = type("Scenario", (), {"KERNEL": "trixie"})
        chosen = runner.Options(self.folder).of(scenario)
        self.assertEqual((chosen.kernel, chosen.guest_kernel), ("trixie", kernels.DEFAULT))
        self.assertEqual((chosen.suffix, chosen.expected_backend), ("-trixie", "group"))
        chosen = runner.Options(self.folder, kernel="iommufd", guest_kernel="newest").of(scenario)
        self.assertEqual((chosen.suffix, chosen.expected_backend),
                         ("-iommufd-guest-newest", "iommufd"))
        chosen = runner.Options(self.folder, kernel="iommufd", vfio_backend="group").of(object)
        self.assertEqual((chosen.suffix, chosen.expected_backend),
                         ("-iommufd-group", "group"))
        self.assertEqual(runner.Options(self.folder, "qemu").of(object).suffix, "-qemu")


class IommufdTest(Folder):
    """The sources of the modules with iommufd are taken from the kernel's."""

    def setUp(self):
        super().setUp()
        self.addCleanup(setattr, iommufd.shutil, "which", iommufd.shutil.which)
        iommufd.shutil.which = lambda name: f"/usr/bin/{name}"

    def test_packages(self):
        self.assertEqual(iommufd.packages(FakeSuite([]), FakeSuite.RELEASE),
                         [f"linux-headers-{FakeSuite.RELEASE}",
                          "linux-headers-6.12.1+deb12-common", "linux-kbuild-6.12.1+deb12",
                          "libelf1", "linux-source-6.12=6.12.1-1"])

    def test_source_of_another_version(self):
        with self.assertRaisesRegex(LabError, "linux-source-6.12 6.12.1-1.*6.12.2-1"):
            iommufd.packages(FakeSuite([], ["6.12.2-1"]), FakeSuite.RELEASE)

    def test_no_compiler(self):
        iommufd.shutil.which = lambda name: None
        with self.assertRaisesRegex(LabError, "gcc-12"):
            iommufd.packages(FakeSuite([]), FakeSuite.RELEASE)

    def test_extract(self):
        archive = self.folder / "linux.tar.xz"
        with tarfile.open(archive, "w:xz") as stream:
            for name in ("drivers/iommu/iommufd/main.c", "drivers/vfio/pci/x.c",
                         "drivers/net/tun.c", "lib/interval_tree.c", "lib/string.c"):
                entry = tarfile.TarInfo(f"linux-source-6.12/{name}")
                entry.size = len(name)
                stream.addfile(entry, io.BytesIO(name.encode()))
        target = self.folder / "build"
        iommufd._extract(archive, target)
        self.assertEqual(sorted(str(path.relative_to(target)) for path in
                                target.rglob("*") if path.is_file()),
                         ["interval_tree.c", "iommu/iommufd/main.c", "vfio/pci/x.c"])
        self.assertEqual((target / "interval_tree.c").read_text(), "lib/interval_tree.c")

    def test_span_iterator(self):
        text = ("#include <linux/a.h>\nint first;\nEXPORT_SYMBOL_GPL(first);\n"
                "#ifdef CONFIG_INTERVAL_TREE_SPAN_ITER\nint span;\n"
                "EXPORT_SYMBOL_GPL(span);\n#endif\nint last;\n")
        self.assertEqual(iommufd._span_iterator(text), "#include <linux/a.h>\nint span;\n")
        with self.assertRaises(LabError):
            iommufd._span_iterator("int first;\n")


class CompareTest(unittest.TestCase):
    """Differences and reasons must match one to one."""

    def test_judge(self):
        compare = load_compare()
        found = compare.differences({"config": {"00:00.0": "0011223344556677"}, "same": 1},
                                    {"config": {"00:00.0": "0011223300556677"}, "same": 1})
        path, ours, theirs = "config.00:00.0.004", "77665544", "77665500"
        self.assertEqual(found, [(path, ours, theirs)])
        self.assertEqual(compare.judge(found, []).unexplained, [(path, ours, theirs, "")])
        for entry in ([path, ours, theirs, "why"], [path, "why"]):
            verdict = compare.judge(found, [entry])
            self.assertEqual((verdict.explained, verdict.unexplained, verdict.stale),
                             ([(path, ours, theirs, "why")], [], []))
            self.assertEqual(compare.judge([], [entry]).stale, [entry])
        for entry in ([path, "00000000", theirs, "why"], [path, ours, theirs, None]):
            self.assertEqual(len(compare.judge(found, [entry]).unexplained), 1)

    def test_keyed(self):
        compare = load_compare()
        one = {"iomem": ["00000000-00000fff : Reserved", "  00000000-00000fff : x"],
               "firmware_memory_map": [{"start": "0x0", "end": "0xfff", "type": "RAM"}]}
        self.assertEqual(dict(compare.flatten(one)),
                         {"iomem.00000000-00000fff": "Reserved > x",
                          "firmware_memory_map.0x0": "to 0xfff RAM"})


class ScenarioTest(Folder):
    """Scenarios are complete, checks count, facts come off a disk."""

    def test_scenarios_load(self):
        for name in runner.scenario_names():
            scenario = runner.load_scenario(name)
            self.assertTrue(scenario.SUMMARY and scenario.TIME_LIMIT)
            self.assertTrue(scenario.PLAIN or scenario.VMMS)
            if hasattr(scenario, "operate"):
                self.assertTrue(scenario.PLAIN)
                continue
            script = "guest.sh" if scenario.PLAIN else "lab-pc.sh"
            folder = getattr(scenario, "GUEST" if scenario.PLAIN else "SCRIPT", name)
            self.assertTrue((runner.SCENARIOS / folder / script).is_file(), name)

    def test_checks(self):
        checks = Checks()
        checks.equal("one", 1, 1)
        checks.contains("two", "a\nb\n", "c")
        self.assertEqual([check["name"] for check in checks.failed], ["two"])

    def test_facts_from_disk(self):
        disk = self.folder / "disk"
        disk.write_bytes(bytes(GUEST_JSON_OFFSET) + b'{"stolen": {"bdsm": "0xba000001"}}'
                         + bytes(100))
        self.assertEqual(Facts.from_disk(disk).bdsm(), 0xba000000)
        disk.write_bytes(bytes(GUEST_JSON_OFFSET + 100))
        with self.assertRaises(ValueError):
            Facts.from_disk(disk)


if __name__ == "__main__":
    unittest.main()
