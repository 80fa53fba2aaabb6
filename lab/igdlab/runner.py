"""Runs one scenario: prepares its folder, boots the lab PC, checks what came out."""

import contextlib
import dataclasses
import importlib.util
import shutil
import tempfile
import time
from pathlib import Path

from . import (binary, debian_image, firmware, initramfs, kernels, labpc, model, plainvm, prepare,
               progress, terminal)
from .checks import Checks
from .errors import LabError, LostLabPC, UsageError

LAB = Path(__file__).resolve().parent.parent
VGA_BIOS = "vgabios-stdvga.bin"
SCENARIOS = LAB.parent / "tests" / "scenario"
ATTEMPTS = 2
VFIO_BACKENDS = ("auto", "iommufd", "group")
PROGRAM_PLACES = ("igdvm", "src/cmd/igdvm", "src/igdvm")


def scenario_names():
    """Names of all scenarios, sorted."""
    return sorted(path.parent.name for path in SCENARIOS.glob("*/scenario.py"))


def load_scenario(name):
    """The scenario's module: SUMMARY, TIME_LIMIT, VMMS, check(run, checks), and if it has
    them cards(run), prepare_run(run), LONG_TIME_LIMIT, KERNEL and GUEST_KERNEL, the
    kernels it runs with when none is chosen, FIRMWARE, likewise, MODULES, more kernel modules of the lab PC,
    PROGRAMS, those beside igdvm that it needs, APPEND, more options of the lab PC's
    kernel, MEMORY, how much the lab PC has, SCRIPT, whose lab-pc.sh it runs, and
    DEBIAN_DISK: the lab PC's /dev/vda has a Debian 12 on it (igdlab/debian_image.py).
    """
    path = SCENARIOS / name / "scenario.py"
    if name not in scenario_names():
        raise UsageError(f"no scenario {name!r}; there are: {', '.join(scenario_names())}")
    spec = importlib.util.spec_from_file_location(f"scenario_{name.replace('-', '_')}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.PLAIN = getattr(module, "PLAIN", False)  # in a plain VM, not in the lab PC
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


@dataclasses.dataclass
class Options:
    """What a run is asked to be, beside its scenario."""

    build: Path
    vmm: str = "igdvm"
    generation: str = "skylake"
    keep: bool = False
    kernel: str = ""        # of the lab PC; "": the scenario's, or the default
    guest_kernel: str = ""  # likewise
    vfio_backend: str = "auto"
    machine: str = plainvm.MACHINES[0]  # of a plain VM
    monitors: str = ""  # of the model; "": the scenario's, or its usual one
    is_long: bool = False  # the long form of a scenario that has one
    firmware: str = ""  # one of firmware.NAMES; "": the scenario's, or the default
    only: str = ""  # a pattern of names of igt-gpu-tools' tests; "": all of the scenario's

    def of(self, scenario):
        """The same, with what is not chosen taken from the scenario."""
        return dataclasses.replace(
            self, kernel=self.kernel or getattr(scenario, "KERNEL", kernels.DEFAULT),
            guest_kernel=self.guest_kernel or getattr(scenario, "GUEST_KERNEL",
                                                      kernels.DEFAULT),
            monitors=self.monitors or getattr(scenario, "MONITORS", ""),
            firmware=self.firmware or getattr(scenario, "FIRMWARE", firmware.DEFAULT))

    @property
    def suffix(self):
        """What tells a run apart from one with the defaults, for its folder."""
        parts = [self.vmm if self.vmm != "igdvm" else "",
                 self.kernel if self.kernel != kernels.DEFAULT else "",
                 f"guest-{self.guest_kernel}" if self.guest_kernel != kernels.DEFAULT else "",
                 self.vfio_backend if self.vfio_backend != "auto" else "",
                 self.firmware if self.firmware != firmware.DEFAULT else ""]
        return "".join(f"-{part}" for part in parts if part)

    @property
    def expected_backend(self):
        """The VFIO backend that igdvm must have used."""
        if self.vfio_backend != "auto":
            return self.vfio_backend
        return "iommufd" if kernels.find(self.kernel).iommufd else "group"


class Run:
    """One run: its folder (shared with the lab PC as /lab), and what goes in."""

    def __init__(self, scenario, options):
        self.scenario, self.options = scenario, options
        self.vmm, self.generation = options.vmm, options.generation
        self.build, self.is_long = options.build, options.is_long
        self.monitors = options.monitors
        self.igdvm = find_igdvm(options.build)
        self.folder = options.build / "lab" / (scenario.NAME + options.suffix)
        self.share = self.folder
        self.input = self.folder / "input"
        self.console = self.folder / "lab-pc-serial.log"
        self.stolen_size = self.input / "stolen-size"
        self.initrd = self.input / "lab-pc-initrd"
        self.rom = self.opregion = self.chip = None
        self.cards = []
        self.sockets = self.monitor_socket = self.model_socket = None
        self.control_socket = self.server = self.parts = None

    def fill(self, parts):
        """Empty the folder of an earlier run and put in what this one needs."""
        self.parts = parts
        progress.say(f"results go to {self.folder}")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.input.mkdir(parents=True)
        kernel, guest_kernel = parts["kernel"], parts["guest_kernel"]
        probe = parts["probe"] / "probe"
        self.chip = model.describe(self.igdvm, self.generation)
        # OVMF runs the other image of the ROM, which more chips have.
        has_rom = self.chip["has_vbios"] or self.options.firmware == firmware.OVMF
        self.rom, self.opregion = model.write_files(self.igdvm, self.generation, self.input,
                                                    has_rom, self.monitors)
        self.stolen_size.write_bytes(self.chip["stolen_size"].to_bytes(8, "little"))
        shutil.copy(guest_kernel / "vmlinuz", self.input / "vmlinuz")
        shutil.copy(kernel / "bios-256k.bin", self.input / "bios.bin")
        script = self.scenario.FOLDER.parent / getattr(self.scenario, "SCRIPT",
                                                       self.scenario.NAME)
        shutil.copy(script / "lab-pc.sh", self.input / "lab-pc.sh")
        shutil.copy(LAB / "lab-pc/functions", self.input / "functions")
        (self.input / "environment").write_text(
            f"export LAB_VMM={self.vmm} LAB_GENERATION={self.generation} "
            f"LAB_VFIO_BACKEND={self.options.vfio_backend} "
            f"LAB_LONG={int(self.is_long)}\n")
        self.initrd.write_bytes(
            initramfs.build(kernel, initramfs.module_names(LAB / "lab-pc/modules")
                            + list(getattr(self.scenario, "MODULES", ())),
                            {"init": LAB / "lab-pc/init", "bin/probe": probe,
                             "usr/share/seabios/" + VGA_BIOS:
                                 parts["qemu"] / "firmware" / VGA_BIOS}
                            | getattr(self.scenario, "files", dict)())
            + self._igdvm_archive())
        guest = initramfs.build(guest_kernel, initramfs.module_names(LAB / "guest/modules"),
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
        programs = [self.igdvm] + [self.igdvm.parent / name for name in
                                   getattr(self.scenario, "PROGRAMS", ())]
        with tempfile.TemporaryDirectory() as folder:
            for program in programs:
                binary.copy_with_libraries(program, Path("/"), Path(folder))
            return initramfs.programs(Path(folder))

    def boot(self, parts):
        """One try: model server and lab PC, until the scenario's script ended."""
        with tempfile.TemporaryDirectory(prefix="igdvm-lab-") as sockets:
            self.monitor_socket = Path(sockets) / "monitor"
            self.model_socket = Path(sockets) / "model"
            self.control_socket = Path(sockets) / "control"
            arguments = [*getattr(self.scenario, "MODEL", ()),
                         *model.monitor_arguments(self.monitors),
                         "--control", str(self.control_socket)]
            with contextlib.ExitStack() as servers:
                self.server = servers.enter_context(model.serving(
                    self.igdvm, self.generation, self.model_socket,
                    self.folder / "model.log", arguments))
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

    def check_backend(self, checks, stats, log):
        """Record that igdvm, whose counters and log these are, reached the device as it must."""
        backend = self.options.expected_backend
        checks.equal("the device was reached through", stats["device"].get("vfio_backend"),
                     backend)
        said = {"iommufd": "VFIO backend: iommufd, /dev/vfio/devices/vfio",
                "group": "VFIO backend: IOMMU group "}[backend]
        checks.contains("igdvm says so", log, said)
        if backend == "group" and self.options.vfio_backend == "auto":
            checks.contains("and why not iommufd", log, "not iommufd: there is no /dev/iommu")

    json = plainvm.PlainRun.json

    def text(self, name):
        """A file of the results as text, "" when it is not there."""
        path = self.folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    def words_on(self, name):
        """The text alone of what a guest sent to a terminal, kept in a file of the results."""
        path = self.folder / name
        return terminal.words(path.read_bytes().decode(errors="replace")) if path.exists() else ""

    def clean(self):
        """Remove what went in; results and logs stay."""
        shutil.rmtree(self.input, ignore_errors=True)
        (self.folder / "disk.img").unlink(missing_ok=True)


def _in_plain_vm(scenario, options):
    """The run of a scenario in a plain VM, and the parts it needs."""
    parts = {"qemu": prepare.qemu(), "kernel": prepare.kernel(options.kernel),
             "drm": prepare.drm(), **firmware.parts(options.firmware)}
    for name in getattr(scenario, "SHARES", ()):
        parts[name] = getattr(prepare, name)()
    return plainvm.PlainRun(scenario, options, find_igdvm(options.build)), parts


def _in_lab_pc(scenario, options):
    """The run of a scenario in the lab PC, and the parts it needs."""
    if options.vmm not in scenario.VMMS:
        raise UsageError(f"scenario {scenario.NAME} runs with {' or '.join(scenario.VMMS)} only")
    if options.vfio_backend != "auto" and options.vmm != "igdvm":
        raise UsageError("--vfio-backend is for igdvm only")
    parts = prepare.everything(options.kernel, options.guest_kernel)
    parts |= {"drm": prepare.drm(), **firmware.parts(options.firmware)}
    if getattr(scenario, "DEBIAN_DISK", False):
        parts["debian_image"] = debian_image.path()
    return Run(scenario, options), parts


def run(name, options):
    """Run a scenario and return its result, a dictionary ready for JSON."""
    scenario = load_scenario(name)
    options = options.of(scenario)
    if options.only and "igt" not in getattr(scenario, "SHARES", ()):
        raise UsageError(f"scenario {name} has no tests of igt-gpu-tools to pick --only some of")
    this, parts = (_in_plain_vm if scenario.PLAIN else _in_lab_pc)(scenario, options)
    checks, start, attempts = Checks(), time.monotonic(), 0
    while True:
        attempts += 1
        this.fill(parts)
        progress.say(f"{name}: starting it ({this.generation}, {this.vmm}, kernel "
                     f"{(parts['kernel'] / 'release').read_text().strip()})")
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
            "kernel": options.kernel, "guest_kernel": options.guest_kernel,
            "vfio_backend": options.vfio_backend, "firmware": options.firmware,
            "passed": not checks.failed, "attempts": attempts,
            "seconds": round(time.monotonic() - start, 1), "folder": str(this.folder),
            "checks": checks.list}
