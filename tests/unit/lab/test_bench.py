"""test_bench.py: what bench/run makes of the figures the lab PC wrote."""

import contextlib
import io
import json
import sys
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "lab")]

from igdbench import cli, guests, lab, measure, table  # noqa: E402
from igdlab import prepare, runner  # noqa: E402

# The names of docs and issues: nobody may rename them unseen.
NAMES = ("A B1 B2 B3 B4 B5 C C2 D D2 E E2 E3 F1 F2 F3 F4 F4b G1 G2 G3 G4 G5 G6 G7 G8 "
         "H1 H2 H3 H4 H5 H6 H7 H8 H9 H10").split()

# What the lab PC writes of each measurement, in its own units.
RESULTS = """\
A {vmm} {a}
B1 {vmm} 14000000
B2 {vmm} 15000000
B3 {vmm} 15000000
B4 {vmm} 25000000
B5 {vmm} 22000000
C {vmm} 82400000
C2 {vmm} 1229
D {vmm} 10000000 150000000 20000000
D2 {vmm} 450000000
E {vmm} 80000000 280000000
E2 {vmm} 1 2
E3 {vmm} 20 7
F1 {vmm} 280
F2 {vmm} 2000
F4 {vmm} 2
F3 {vmm} 99
""" + "".join(f"G{number} {{vmm}} {number}00000000\n" for number in range(1, 9)) + "".join(
    f"H{number} {{vmm}} {number * guests.FRAMES}0000\n" for number in range(1, 11))


def fake_boot(_parts, _igdvm, names, shift, boot, _logs):
    """The figures of a boot of the lab PC: those asked for, and what comes with them."""
    lines = []
    for vmm in table.VMMS:
        for line in RESULTS.format(vmm=vmm, a=1000 * 2**shift + 77).splitlines():
            name = line.split()[0]
            row = table.ROWS[name]
            without_floor = vmm == "floor" and name.startswith(("C", "E", "G", "H"))
            if row.source in names and row.boot == boot and not without_floor:
                lines.append(line)
    return lab._figures(lines + ["end", "noise from the kernel", ""])


class BenchTest(unittest.TestCase):
    """bench/run with the lab PC replaced by what it would write."""

    def run_bench(self, *arguments):
        output = io.StringIO()
        with mock.patch.object(lab, "boot", fake_boot), \
                mock.patch.object(prepare, "everything", lambda: {}), \
                mock.patch.object(guests, "everything", lambda: Path("/bench")), \
                mock.patch.object(runner, "find_igdvm", lambda build: build / "igdvm"), \
                mock.patch.object(measure, "_from_host",
                                  lambda parts, igdvm: {vmm: [[335112]] for vmm in table.VMMS}), \
                contextlib.redirect_stdout(output):
            status = cli.main(list(arguments))
        return status, output.getvalue()

    def test_json_has_every_name(self):
        status, text = self.run_bench("--json")
        results = json.loads(text)
        self.assertEqual(list(results), NAMES)
        for name, result in results.items():
            self.assertEqual(sorted(result), ["floor", "goal", "igdvm", "level", "met", "qemu"],
                             name)
            self.assertIsInstance(result["met"], bool)
            for key in ("igdvm", "qemu", "goal"):
                self.assertIsInstance(result[key], (int, float), name)
        self.assertEqual(status, 0 if all(r["met"] for r in results.values()) else 1)

    def test_figures(self):
        results = json.loads(self.run_bench("--json")[1])
        self.assertEqual(results["A"]["igdvm"], 1000)  # the wait of 77 is no instruction
        self.assertEqual(results["B1"]["igdvm"], 14000)
        self.assertEqual(results["B1"]["goal"], 15400)
        self.assertEqual(results["C"]["igdvm"], 0.0824)
        self.assertIsNone(results["C"]["floor"])
        self.assertEqual(results["D"]["igdvm"], 120)
        self.assertEqual(results["D"]["goal"], 131)
        self.assertEqual(results["E"]["igdvm"], 0.2)
        self.assertTrue(results["E"]["met"])
        self.assertEqual(results["E2"]["igdvm"], 2)
        self.assertEqual(results["E3"]["igdvm"], 27)
        self.assertEqual(results["F4b"]["igdvm"], 0.3351)

    def test_some_names(self):
        status, text = self.run_bench("F2", "B1", "--json")
        self.assertEqual(list(json.loads(text)), ["B1", "F2"])
        self.assertEqual(status, 0)

    def test_group(self):
        results = json.loads(self.run_bench("disk", "--json")[1])
        self.assertEqual(list(results), [f"G{number}" for number in range(1, 9)])
        self.assertEqual(results["G2"]["igdvm"], 200000)
        self.assertEqual(results["G2"]["goal"], results["G2"]["qemu"])
        self.assertTrue(results["G2"]["met"])
        results = json.loads(self.run_bench("net", "--json")[1])
        self.assertEqual(list(results), [f"H{number}" for number in range(1, 11)])
        self.assertEqual(results["H10"]["igdvm"], 100000)

    def test_median_of_several_rounds(self):
        with mock.patch(f"{__name__}.RESULTS",
                        "H6 {vmm} 900000000\nH6 {vmm} 300000000\nH6 {vmm} 400000000\n"):
            results = json.loads(self.run_bench("H6", "--json")[1])
        self.assertEqual(results["H6"]["igdvm"], 100000)

    def test_level_within_the_rounds_of_the_other(self):
        def judged(ours):
            told = measure._judge("H6", {"igdvm": [[ours * guests.FRAMES]],
                                         "qemu": [[100 * guests.FRAMES], [90 * guests.FRAMES],
                                                  [103 * guests.FRAMES]]})
            self.assertEqual(told["goal"], 100)
            return told["met"], told["level"]
        self.assertEqual(judged(100), (True, False))
        self.assertEqual(judged(103), (True, True))
        self.assertEqual(judged(104), (False, False))

    def test_table(self):
        lines = self.run_bench("C", "D2")[1].splitlines()
        self.assertEqual(lines[2], "| C. exec to boot sector on virtio-blk | s | 0.082 | 0.082 "
                                   "| - | ≤ 0.3 | yes |")
        self.assertEqual(len(lines), 4)

    def test_missing_figure_is_not_met(self):
        with mock.patch(f"{__name__}.RESULTS", "B2 floor 15000000\n"):
            status, text = self.run_bench("B2", "--json")
        self.assertEqual(json.loads(text)["B2"], {"igdvm": None, "qemu": None,
                                                  "floor": 15000, "goal": 16500,
                                                  "met": False, "level": False})
        self.assertEqual(status, 1)

    def test_unknown_name(self):
        with contextlib.redirect_stderr(io.StringIO()) as said, \
                self.assertRaises(SystemExit) as end:
            self.run_bench("Z1")
        self.assertEqual(end.exception.code, 2)
        self.assertIn("no figure 'Z1'", said.getvalue())


if __name__ == "__main__":
    unittest.main()
