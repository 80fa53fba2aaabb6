"""test_lab.py: the parts of the lab that can be tested without starting it."""

import importlib.machinery
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "lab"))

from igdlab import cache, debian, modules, runner  # noqa: E402
from igdlab.checks import Checks  # noqa: E402
from igdlab.cpio import Archive  # noqa: E402
from igdlab.errors import LabError  # noqa: E402
from igdlab.facts import GUEST_JSON_OFFSET, Facts  # noqa: E402


def load_compare():
    """tests/scenario/compare is a program without the suffix of a module."""
    path = str(ROOT / "tests/scenario/compare")
    loader = importlib.machinery.SourceFileLoader("compare", path)
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("compare", loader))
    loader.exec_module(module)
    return module


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
            self.assertTrue(scenario.SUMMARY and scenario.TIME_LIMIT and scenario.VMMS)
            self.assertTrue((scenario.FOLDER / "lab-pc.sh").is_file())

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
