"""Runs one scenario: prepares its folder, boots the lab PC, checks what came out."""

import contextlib
import importlib.util
import shutil
import tempfile
import time
from pathlib import Path

from . import binary, initramfs, labpc, model, prepare, progress
from .checks import Checks
from .errors import LabError, LostLabPC, UsageError

LAB = Path(__file__).resolve().parent.parent
SCENARIOS = LAB.parent / "tests" / "scenario"
ATTEMPTS = 2
PROGRAM_PLACES = ("igdvm", "src/cmd/igdvm", "src/igdvm")


def scenario_names():
    """Names of all scenarios, sorted."""
    return sorted(path.parent.name for path in SCENARIOS.glob("*/scenario.py"))


def load_scenario(name):
    """The scenario's module: SUMMARY, TIME_LIMIT, VMMS, check(run, checks), and if it has
    them cards(run), prepare_run(run), LONG_TIME_LIMIT."""
    path = SCENARIOS / name / "scenario.py"
    if name not in scenario_names():
        raise UsageError(f"no scenario {name!r}; there are: {', '.join(scenario_names())}")
    spec = importlib.util.spec_from_file_location(f"scenario_{name.replace('-', '_')}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.NAME, module.FOLDER = name, path.parent
    return module


def find_igdvm(build):
    """The igdvm program of a build folder."""
    for place in PROGRAM_PLACES:
        if (build / place).is_file():
            return build / place
    raise LabError(f"{build}: no igdvm in it; build it first (meson setup, ninja), or name "
                   "another build folder with --build")


def _module_names(path):
    lines = path.read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _set_aside(folder):
    """Keep the logs of a try that was lost beside those of the next."""
    aside = folder.with_name(folder.name + ".first-try")
    shutil.rmtree(aside, ignore_errors=True)
    folder.rename(aside)


class Run:
    """One run: its folder (shared with the lab PC as /lab), and what goes in."""

    def __init__(self, scenario, vmm, generation, build, is_long=False):
        suffix = "" if vmm == "igdvm" else f"-{vmm}"
        self.scenario, self.vmm, self.generation = scenario, vmm, generation
        self.build, self.is_long = build, is_long
        self.igdvm = find_igdvm(build)
        self.folder = build / "lab" / (scenario.NAME + suffix)
        self.share = self.folder
        self.input = self.folder / "input"
        self.console = self.folder / "lab-pc-serial.log"
        self.stolen_size = self.input / "stolen-size"
        self.initrd = self.input / "lab-pc-initrd"
        self.rom = self.opregion = self.chip = None
        self.cards = []
        self.sockets = self.monitor_socket = self.model_socket = None

    def fill(self, parts):
        """Empty the folder of an earlier run and put in what this one needs."""
        progress.say(f"results go to {self.folder}")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.input.mkdir(parents=True)
        kernel, probe = parts["kernel"], parts["probe"] / "probe"
        self.chip = model.describe(self.igdvm, self.generation)
        self.rom, self.opregion = model.write_files(self.igdvm, self.generation, self.input,
                                                    self.chip["has_vbios"])
        self.stolen_size.write_bytes(self.chip["stolen_size"].to_bytes(8, "little"))
        shutil.copy(kernel / "vmlinuz", self.input / "vmlinuz")
        shutil.copy(kernel / "bios-256k.bin", self.input / "bios.bin")
        shutil.copy(self.scenario.FOLDER / "lab-pc.sh", self.input / "lab-pc.sh")
        shutil.copy(LAB / "lab-pc/functions", self.input / "functions")
        (self.input / "environment").write_text(
            f"export LAB_VMM={self.vmm} LAB_GENERATION={self.generation}"
            f" LAB_LONG={int(self.is_long)}\n")
        self.initrd.write_bytes(
            initramfs.build(kernel, _module_names(LAB / "lab-pc/modules"),
                            {"init": LAB / "lab-pc/init", "bin/probe": probe})
            + self._igdvm_archive())
        guest = initramfs.build(kernel, _module_names(LAB / "guest/modules"),
                                {"init": LAB / "guest/init", "bin/probe": probe})
        (self.input / "guest-initrd").write_bytes(guest)
        self.cards = self.scenario.cards(self) if hasattr(self.scenario, "cards") else []
        for card in self.cards:
            if card.has_rom and model.describe(self.igdvm, card.generation)["has_vbios"]:
                card.rom = model.write_rom(self.igdvm, card.generation,
                                           self.input / f"vbios-{card.name}.rom")
        if hasattr(self.scenario, "prepare_run"):
            self.scenario.prepare_run(self)

    def _igdvm_archive(self):
        with tempfile.TemporaryDirectory() as folder:
            binary.copy_with_libraries(self.igdvm, Path("/"), Path(folder))
            return initramfs.program(Path(folder), self.igdvm.name)

    def boot(self, parts):
        """One try: model server and lab PC, until the scenario's script ended."""
        with tempfile.TemporaryDirectory(prefix="igdvm-lab-") as sockets:
            self.monitor_socket = Path(sockets) / "monitor"
            self.model_socket = Path(sockets) / "model"
            with contextlib.ExitStack() as servers:
                servers.enter_context(model.serving(self.igdvm, self.generation,
                                                    self.model_socket,
                                                    self.folder / "model.log"))
                for card in self.cards:
                    card.socket = Path(sockets) / card.name
                    servers.enter_context(model.serving(
                        self.igdvm, card.generation, card.socket,
                        self.folder / f"model-{card.name}.log", card.arguments))
                labpc.boot(parts, self, self.time_limit())
        if not (self.folder / "exit-status").exists():
            raise LostLabPC(f"the lab PC powered off before the scenario ended; "
                            f"see {self.console}")

    def time_limit(self):
        """Seconds the lab PC may take."""
        limit = self.scenario.TIME_LIMIT
        return getattr(self.scenario, "LONG_TIME_LIMIT", limit) if self.is_long else limit

    def text(self, name):
        """A file of the results as text, "" when it is not there."""
        path = self.folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    def clean(self):
        """Remove what went in; results and logs stay."""
        shutil.rmtree(self.input, ignore_errors=True)
        (self.folder / "disk.img").unlink(missing_ok=True)


def run(name, vmm, generation, build, keep, is_long=False):
    """Run a scenario and return its result, a dictionary ready for JSON."""
    scenario = load_scenario(name)
    if vmm not in scenario.VMMS:
        raise UsageError(f"scenario {name} runs with {' or '.join(scenario.VMMS)} only")
    parts = prepare.everything()
    this = Run(scenario, vmm, generation, build, is_long)
    checks, start, attempts = Checks(), time.monotonic(), 0
    while True:
        attempts += 1
        this.fill(parts)
        progress.say(f"{name}: starting the lab PC ({generation}, {vmm})")
        try:
            this.boot(parts)
            break
        except LostLabPC as error:
            if attempts == ATTEMPTS:
                checks.true("the lab PC ran to the end", False, str(error))
                break
            progress.say(f"{error}; trying once more")
            _set_aside(this.folder)
    if not checks.failed:
        scenario.check(this, checks)
    if not keep:
        this.clean()
    return {"scenario": name, "vmm": vmm, "generation": generation,
            "passed": not checks.failed, "attempts": attempts,
            "seconds": round(time.monotonic() - start, 1), "folder": str(this.folder),
            "checks": checks.list}
