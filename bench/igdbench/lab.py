"""The deterministic lab PC: time in it is the number of emulated instructions.

One instruction takes 2^shift virtual nanoseconds, there is one processor, everything is
in RAM from the start, and nothing outside of the lab PC acts on its own account. So a
figure is the same to the last digit in every run, however busy the computer.
"""

import contextlib
import json
import re
import tempfile
import time
from pathlib import Path

from igdlab import binary, cpio, initramfs, model, prepare, processes, progress
from igdlab.errors import LabError

from . import guests

BENCH = guests.BENCH
TIME_LIMIT = 900
APPEND = "console=ttyS0 panic=-1 quiet nokaslr norandmaps"

# The lab PCs, by what their kernel is told. With slabs of the usual size a ping costs 0.2 % more
# or less by how the frames on their way lie in them, which what ran before decides.
BOOTS = {"plain": "", "net": " slub_min_order=5 slub_max_order=5",
         "gpu": " intel_iommu=on iomem=relaxed"}


def _archive(parts, igdvm, names, kind):
    """The lab PC's whole world."""
    files = {"init": BENCH / "lab-pc/init", "bench/measure": BENCH / "lab-pc/measure",
             "bench/vmm": BENCH / "lab-pc/vmm", "usr/bin/floor": parts["bench"] / "floor",
             "bench/bios.bin": parts["kernel"] / "bios-256k.bin"}
    for image in parts["bench"].glob("*.bin"):
        files[f"bench/{image.name}"] = image
    for image in (parts["qemu"] / "firmware").iterdir():
        files[f"usr/share/qemu/{image.name}"] = image
    if Path("/sbin/ldconfig").exists():
        files["sbin/ldconfig"] = Path("/sbin/ldconfig")
    lines = (BENCH / "lab-pc/modules").read_text().splitlines()
    modules = [line for line in lines if line and not line.startswith("#")]
    more = cpio.Archive()
    more.data("bench/environment", f"export MEASURE='{' '.join(names)}'\n"
                                   f"export WITH_GPU={'yes' if kind == 'gpu' else ''}\n".encode())
    with tempfile.TemporaryDirectory() as folder:
        binary.copy_with_libraries(igdvm, Path("/"), Path(folder))
        own = initramfs.programs(Path(folder))
    # QEMU's libraries last: they may be newer, and each takes programs of an older one.
    return (initramfs.build(parts["kernel"], modules, files) + more.bytes() + own +
            initramfs.programs(parts["qemu"]))


def _command(parts, folder, shift, kind):
    arguments = [
        "-L", parts["qemu"] / "firmware",
        "-accel", "tcg,thread=single",
        "-icount", f"shift={shift},align=off,sleep=off",
        "-rtc", "base=2026-01-01T00:00:00,clock=vm", "-seed", "1",
        "-cpu", "EPYC", "-smp", "1", "-m", "2G",
        "-display", "none", "-nodefaults", "-no-user-config", "-no-reboot",
        "-serial", f"file:{folder / 'console.log'}",
        "-serial", f"file:{folder / 'results.log'}",
        "-kernel", parts["kernel"] / "vmlinuz", "-initrd", folder / "initrd",
        "-append", APPEND + BOOTS[kind],
    ]
    if kind != "gpu":
        arguments += ["-M", "q35"]
    else:  # as labpc.py's, without the folders it shares
        device = {"driver": "vfio-user-pci", "addr": "2.0",
                  "romfile": str(folder / "vbios.rom"),
                  "socket": {"type": "unix", "path": str(folder / "model")}}
        arguments += [
            "-M", "q35,memory-backend=mem,kernel-irqchip=off",
            "-object", "memory-backend-memfd,id=mem,size=2G,share=on",
            "-device", "intel-iommu,intremap=on,eim=off,caching-mode=on",
            "-device", "VGA,addr=5.0",
            "-fw_cfg", f"name=etc/igd-opregion,file={folder / 'opregion.bin'}",
            "-fw_cfg", f"name=etc/igd-bdsm-size,file={folder / 'stolen-size'}",
            "-device", json.dumps(device)]
    return binary.command(parts["qemu"], prepare.QEMU) + [str(word) for word in arguments]


def boot(parts, igdvm, names, shift, kind, logs):
    """Run measurements in one boot; {name: {vmm: [rounds]}}. Logs go to a folder."""
    logs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="igdvm-bench-") as name, \
            contextlib.ExitStack() as stack:
        folder = Path(name)
        (folder / "initrd").write_bytes(_archive(parts, igdvm, names, kind))
        if kind == "gpu":
            model.write_files(igdvm, "skylake", folder)
            (folder / "stolen-size").write_bytes(model.STOLEN_BYTES.to_bytes(8, "little"))
            stack.enter_context(model.serving(igdvm, "skylake", folder / "model",
                                              logs / "model.log"))
        log = stack.enter_context(open(logs / "qemu.log", "wb"))
        progress.say(f"lab PC, 1 instruction = {1 << shift} ns"
                     f"{', with GPU' if kind == 'gpu' else ''}: {' '.join(names)}")
        process = stack.enter_context(
            processes.running(_command(parts, folder, shift, kind), log, "QEMU"))
        deadline = time.monotonic() + TIME_LIMIT
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.2)
        text = {}
        for kind in ("console.log", "results.log"):
            path = folder / kind
            text[kind] = path.read_text(errors="replace") if path.exists() else ""
            (logs / kind).write_text(text[kind])
    lines = text["results.log"].split("\n")
    if "end" not in (line.strip() for line in lines):
        raise LabError(f"the lab PC did not finish its measurements; see {logs}")
    return _figures(lines)


def _figures(lines):
    """{name: {vmm: [rounds]}}, a list of figures each."""
    found = {}
    for line in lines:
        words = line.split()
        if len(words) > 2 and all(re.fullmatch(r"\d+", word) for word in words[2:]):
            found.setdefault(words[0], {}).setdefault(words[1], []).append(
                [int(word) for word in words[2:]])
    return found
