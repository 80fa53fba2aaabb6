"""interrupts: the GPU's vertical blank through vfio-pci's INTx and MSI into a guest."""

import json
import re

from igdlab import prepare

SUMMARY = "a guest takes the GPU's interrupts by INTx, MSI and INTx again, through vfio-pci"
TIME_LIMIT = 600
VMMS = ("igdvm", "qemu")

COUNT = 50
PHASES = [f"INTx {COUNT} ok", f"MSI {COUNT} ok", f"INTx again {COUNT} ok", "quiet ok"]


def prepare_run(run):
    """Put the flat guest in, on a disk of 1 MiB."""
    image = prepare.flat_guest("interrupts").read_bytes()
    (run.input / "interrupts.img").write_bytes(image.ljust(1 << 20, b"\0"))


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    lines = run.text("flat-serial.log").splitlines()
    for phase in PHASES:
        checks.true(phase, phase in lines)
    checks.equal("nothing else was said", [line for line in lines if line not in PHASES], [])
    checks.equal("exit status after power-off", run.text("flat-status").strip(), "0")
    checks.equal("the GPU could be taken back", run.text("unbind-status").strip(), "0")
    frames = re.findall(r"(\d+) frames", run.text("model.log"))
    checks.true("the model's pipe ran for each of them",
                frames and int(frames[-1]) >= 3 * COUNT, ", ".join(frames))
    if run.vmm != "igdvm":
        return
    try:
        stats = json.loads(run.text("flat-stats.json"))
        device = stats["device"]
    except (ValueError, KeyError) as error:
        checks.true("igdvm wrote its counters", False, repr(error))
        return
    run.check_backend(checks, stats)
    checks.true("interrupts were set up for INTx, MSI and INTx",
                device["interrupts_set_up"] >= 3, device["interrupts_set_up"])
    reads = device["bars"][4]["trapped_reads"]
    checks.true("each was acknowledged through the I/O BAR", reads >= 3 * COUNT, reads)
