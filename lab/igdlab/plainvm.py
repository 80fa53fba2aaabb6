"""A plain VM: QEMU in software emulation, the GPU model at 00:02.0, a Linux guest."""

import json
import shutil
import tempfile
import time
from pathlib import Path

from . import (firmware, initramfs, kernels, labpc, model, model_vm, monitors, processes,
               progress)
from .asks import Asks
from .errors import LostLabPC
from .qmp import Heartbeat

MEMORY = "1G"
CPU = "Skylake-Client"
MACHINES = ("pc", "q35")
# From Alder Lake on i915 submits through firmware, which the model does not run.
DRIVER_OPTIONS = {name: "enable_guc=0" for name in
                  ("alder-lake-s", "alder-lake-p", "alder-lake-n", "raptor-lake-s",
                   "raptor-lake-p")}
PLACE = Path(__file__).resolve().parent.parent / "plain-vm"


def command(parts, run):
    """The command line that starts the VM for a run."""
    arguments = [
        *model_vm.machine(parts, run, run.machine, getattr(run.scenario, "MEMORY", MEMORY)),
        "-accel", "tcg,thread=multi", "-cpu", getattr(run.scenario, "CPU", CPU),
        *model_vm.gpu(run), *model_vm.share("lab", run.share, 6),
    ]
    if not run.is_operated:
        arguments += model_vm.linux(parts, run, "console=tty0", run.append)
    for slot, name in enumerate(getattr(run.scenario, "SHARES", ()), 7):
        arguments += model_vm.share(name, parts[name] / "tree", slot, readonly=True)
    return model_vm.command(parts, arguments)


def _operate(run, monitor, heartbeat):
    """The scenario does from outside what a guest's script would, and ends the VM."""
    try:
        run.scenario.operate(run, monitor)
    finally:
        heartbeat.stop()
        monitor.close()


def boot(parts, run, time_limit):
    """Run the VM until it powers off. LostLabPC when it does not in time."""
    with open(run.folder / "qemu.log", "wb") as log, \
            processes.running(command(parts, run), log, "QEMU") as process:
        monitor = labpc.open_monitor(run, process, "qemu.log")
        heartbeat = Heartbeat(monitor)
        heartbeat.start()
        if run.is_operated:
            _operate(run, monitor, heartbeat)
            return
        marks, asks = labpc.Marks(run.console), Asks(run, monitor)
        deadline = time.monotonic() + time_limit
        try:
            while process.poll() is None:
                for line in marks.new():
                    progress.say(f"  {line}")
                asks.serve()
                if run.server.poll() is not None:
                    raise LostLabPC(f"the model ended with status {run.server.returncode}; see "
                                    f"{run.folder / 'model.log'}")
                if time.monotonic() > deadline:
                    labpc.write_state(monitor, heartbeat, run.folder / "state.log")
                    raise LostLabPC(f"the VM did not finish within {time_limit} s; see "
                                    f"{run.console}")
                time.sleep(0.05)
            for line in marks.new():
                progress.say(f"  {line}")
        finally:
            heartbeat.stop()
            monitor.close()
    if process.returncode:
        raise LostLabPC(f"QEMU ended with status {process.returncode}; "
                        f"see {run.folder / 'qemu.log'}")


def environment(run, **more):
    """What a guest's script is told, as lines for its shell."""
    told = {"LAB_GENERATION": run.generation,
            "LAB_DRIVER_OPTIONS": DRIVER_OPTIONS.get(run.generation, ""),
            "LAB_PORTS": " ".join(monitors.ports(run.monitors)), **more}
    return "".join(f"export {name}='{value}'\n" for name, value in told.items())


def initrd(kernel, drm, module_names, inputs=()):
    """The initramfs of a guest that drives the GPU.

    inputs are files for a guest without the shared folder: it finds them in
    /lab/input, and leaves its results on its disk.
    """
    names = initramfs.module_names(PLACE / "modules") + list(module_names)
    files = {"init": PLACE / "init", "etc/lab/functions": PLACE / "functions",
             "bin/ask": PLACE / "ask", "bin/pictures": PLACE / "pictures",
             "bin/drm": drm / "drm"}
    files |= {f"etc/lab/input/{path.name}": path for path in inputs}
    return initramfs.build(kernel, names, files)


class PlainRun:
    """One run of a scenario in a plain VM: its folder (the guest's /lab), what goes in."""

    def __init__(self, scenario, options, igdvm):
        self.scenario, self.options, self.igdvm = scenario, options, igdvm
        self.vmm, self.generation = "QEMU", options.generation
        self.kernel, self.machine = options.kernel, options.machine
        self.build, self.monitors = options.build, options.monitors
        names = [scenario.NAME, self.generation]
        names += [self.kernel] if self.kernel != kernels.DEFAULT else []
        names += [self.machine] if self.machine != MACHINES[0] else []
        names += [options.firmware] if options.firmware != firmware.DEFAULT else []
        self.folder = self.share = options.build / "lab" / "-".join(names)
        self.input = self.folder / "input"
        self.console = self.folder / "guest-serial.log"
        self.stolen_size = self.input / "stolen-size"
        self.initrd = self.input / "initrd"
        self.append = getattr(scenario, "APPEND", "")
        self.is_operated = hasattr(scenario, "operate")  # no kernel, nor a script in it
        self.rom = self.opregion = self.chip = self.parts = self.server = None
        self.monitor_socket = self.model_socket = self.control_socket = self.vnc_socket = None

    def fill(self, parts):
        """Empty the folder of an earlier run and put in what this one needs."""
        self.parts = parts
        progress.say(f"results go to {self.folder}")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.input.mkdir(parents=True)
        self.opregion = self.input / "opregion.bin"
        model.write_opregion(self.igdvm, self.generation, self.monitors, self.opregion)
        if self.options.firmware == firmware.OVMF:
            self.rom = model.write_rom(self.igdvm, self.generation, self.input / "gop.rom")
        self.chip = model.describe(self.igdvm, self.generation)
        self.stolen_size.write_bytes(self.chip["stolen_size"].to_bytes(8, "little"))
        if not self.is_operated:
            self._fill_guest(parts)
        if hasattr(self.scenario, "prepare_run"):
            self.scenario.prepare_run(self)

    def _fill_guest(self, parts):
        script = self.scenario.FOLDER.parent / getattr(self.scenario, "GUEST", self.scenario.NAME)
        shutil.copy(script / "guest.sh", self.input / "guest.sh")
        (self.input / "environment").write_text(environment(
            self, **getattr(self.scenario, "environment", lambda run: {})(self)))
        self.initrd.write_bytes(initrd(parts["kernel"], parts["drm"],
                                       getattr(self.scenario, "MODULES", ["i915"])))

    def boot(self, parts):
        """One try: model server and VM, until the scenario's script ended."""
        with tempfile.TemporaryDirectory(prefix="igdvm-lab-") as sockets:
            self.monitor_socket = Path(sockets) / "monitor"
            self.model_socket = Path(sockets) / "model"
            self.control_socket = Path(sockets) / "control"
            arguments = [*getattr(self.scenario, "MODEL", ()),
                         *getattr(self.scenario, "model_options", lambda run: ())(self),
                         *model.monitor_arguments(self.monitors),
                         "--control", str(self.control_socket)]
            if getattr(self.scenario, "VNC", False):
                self.vnc_socket = Path(sockets) / "vnc"
                arguments += ["--vnc", f"unix:{self.vnc_socket}"]
            with model.serving(self.igdvm, self.generation, self.model_socket,
                               self.folder / "model.log", arguments) as server:
                self.server = server
                boot(parts, self, self.scenario.TIME_LIMIT)
        if not self.is_operated and not (self.folder / "exit-status").exists():
            raise LostLabPC(f"the VM powered off before the scenario ended; see "
                            f"{self.console}")

    def text(self, name):
        """A file of the results as text, "" when it is not there."""
        path = self.folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    def json(self, name):
        """What a program of the guest told, {} when it told nothing."""
        try:
            return json.loads(self.text(f"{name}.json"))
        except ValueError:
            return {}

    def clean(self):
        """Remove what went in; results and logs stay."""
        shutil.rmtree(self.input, ignore_errors=True)
        shutil.rmtree(self.folder / "asks", ignore_errors=True)
