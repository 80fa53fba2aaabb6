"""Runs one scenario: prepares its folder, boots the lab PC, checks what came out."""

import dataclasses
import importlib.util
import shutil
import tempfile
import time
from pathlib import Path

from . import binary, initramfs, labpc, model, plainvm, prepare, progress
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
    """The scenario's module: SUMMARY, TIME_LIMIT, VMMS, prepare_run(run), check(run, checks)."""
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


def _set_aside(folder):
    """Keep the logs of a try that was lost beside those of the next."""
    aside = folder.with_name(folder.name + ".first-try")
    shutil.rmtree(aside, ignore_errors=True)
    folder.rename(aside)


class Run:
    """One run: its folder (shared with the lab PC as /lab), and what goes in."""

    def __init__(self, scenario, vmm, generation, build):
        suffix = "" if vmm == "igdvm" else f"-{vmm}"
        self.scenario, self.vmm, self.generation = scenario, vmm, generation
        self.build = build
        self.igdvm = find_igdvm(build)
        self.folder = build / "lab" / (scenario.NAME + suffix)
        self.share = self.folder
        self.input = self.folder / "input"
        self.console = self.folder / "lab-pc-serial.log"
        self.stolen_size = self.input / "stolen-size"
        self.initrd = self.input / "lab-pc-initrd"
        self.rom = self.opregion = self.chip = None
        self.sockets = self.monitor_socket = self.model_socket = None

    def fill(self, parts):
        """Empty the folder of an earlier run and put in what this one needs."""
        progress.say(f"results go to {self.folder}")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.input.mkdir(parents=True)
        kernel, probe = parts["kernel"], parts["probe"] / "probe"
        self.rom, self.opregion = model.write_files(self.igdvm, self.generation, self.input)
        self.chip = model.describe(self.igdvm, self.generation)
        self.stolen_size.write_bytes(self.chip["stolen_size"].to_bytes(8, "little"))
        shutil.copy(kernel / "vmlinuz", self.input / "vmlinuz")
        shutil.copy(kernel / "bios-256k.bin", self.input / "bios.bin")
        shutil.copy(self.scenario.FOLDER / "lab-pc.sh", self.input / "lab-pc.sh")
        shutil.copy(LAB / "lab-pc/functions", self.input / "functions")
        (self.input / "environment").write_text(
            f"export LAB_VMM={self.vmm} LAB_GENERATION={self.generation}\n")
        self.initrd.write_bytes(
            initramfs.build(kernel, initramfs.module_names(LAB / "lab-pc/modules"),
                            {"init": LAB / "lab-pc/init", "bin/probe": probe})
            + self._igdvm_archive())
        guest = initramfs.build(kernel, initramfs.module_names(LAB / "guest/modules"),
                                {"init": LAB / "guest/init", "bin/probe": probe})
        (self.input / "guest-initrd").write_bytes(guest)
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
            with model.serving(self.igdvm, self.generation, self.model_socket,
                               self.folder / "model.log"):
                labpc.boot(parts, self, self.scenario.TIME_LIMIT)
        if not (self.folder / "exit-status").exists():
            raise LostLabPC(f"the lab PC powered off before the scenario ended; "
                            f"see {self.console}")

    def text(self, name):
        """A file of the results as text, "" when it is not there."""
        path = self.folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    def clean(self):
        """Remove what went in; results and logs stay."""
        shutil.rmtree(self.input, ignore_errors=True)
        (self.folder / "disk.img").unlink(missing_ok=True)


@dataclasses.dataclass
class Options:
    """What a run is asked to be, beside its scenario."""

    build: Path
    vmm: str = "igdvm"
    generation: str = "skylake"
    keep: bool = False
    kernel: str = prepare.KERNEL       # the rest counts for scenarios in a plain VM
    machine: str = plainvm.MACHINES[0]
    monitors: str = ""


def _new_run(scenario, options):
    """The run of a scenario, in the lab PC or in a plain VM, and the parts it needs."""
    igdvm = find_igdvm(options.build)
    if getattr(scenario, "PLAIN", False):
        parts = {"qemu": prepare.qemu(), "kernel": prepare.kernel(options.kernel),
                 "drm": prepare.drm()}
        return plainvm.PlainRun(scenario, options, igdvm), parts
    if options.vmm not in scenario.VMMS:
        raise UsageError(f"scenario {scenario.NAME} runs with "
                         f"{' or '.join(scenario.VMMS)} only")
    run = Run(scenario, options.vmm, options.generation, options.build)
    return run, prepare.everything()


def run(name, options):
    """Run a scenario and return its result, a dictionary ready for JSON."""
    scenario = load_scenario(name)
    this, parts = _new_run(scenario, options)
    checks, start, attempts = Checks(), time.monotonic(), 0
    while True:
        attempts += 1
        this.fill(parts)
        progress.say(f"{name}: starting it ({this.generation}, {this.vmm})")
        try:
            this.boot(parts)
            break
        except LostLabPC as error:
            if attempts == ATTEMPTS:
                checks.true("it ran to the end", False, str(error))
                break
            progress.say(f"{error}; trying once more")
            _set_aside(this.folder)
    if not checks.failed:
        scenario.check(this, checks)
    if not options.keep:
        this.clean()
    return {"scenario": name, "vmm": this.vmm, "generation": this.generation,
            "passed": not checks.failed, "attempts": attempts,
            "seconds": round(time.monotonic() - start, 1), "folder": str(this.folder),
            "checks": checks.list}
