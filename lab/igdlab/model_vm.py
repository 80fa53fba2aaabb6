"""What QEMU is told of any VM that has the GPU model at 00:02.0: the lab PC and plain VMs."""

import json

from . import binary, firmware, kernels, prepare


def machine(parts, run, machine_type, memory):
    """Arguments: firmware, memory that the model's server shares, console and monitor.

    What they share with a `run` is named as in `Run` of runner.py. machine_type may have
    further properties behind commas.
    """
    return [
        "-L", parts["qemu"] / "firmware", *firmware.arguments(parts), "-m", memory,
        "-M", f"{machine_type},memory-backend=mem",
        "-object", f"memory-backend-memfd,id=mem,size={memory},share=on",
        # Not -nographic: it would keep SeaBIOS from running the video BIOS.
        "-display", "none", "-nodefaults", "-no-reboot",
        "-serial", f"file:{run.console}",
        "-qmp", f"unix:{run.monitor_socket},server=on,wait=off",
    ]


def gpu(run, bus=None):
    """Arguments: the GPU, and what firmware is told of it. bus: needed where there are several.

    As on a real PC, firmware places OpRegion and stolen memory: SeaBIOS, or the model's own
    driver for UEFI.
    """
    device = {"driver": "vfio-user-pci", "addr": "2.0",
              "socket": {"type": "unix", "path": str(run.model_socket)}}
    if bus:
        device["bus"] = bus
    if run.rom:
        device["romfile"] = str(run.rom)
    return [
        "-fw_cfg", f"name=etc/igd-opregion,file={run.opregion}",
        "-fw_cfg", f"name=etc/igd-bdsm-size,file={run.stolen_size}",
        "-device", json.dumps(device),
    ]


def share(name, path, slot, readonly=False):
    """Arguments: a folder, which the VM mounts over 9p by this name."""
    return ["-fsdev", f"local,id={name},path={path},security_model=none,multidevs=remap"
                      + (",readonly=on" if readonly else ""),
            "-device", f"virtio-9p-pci,fsdev={name},mount_tag={name},addr={slot}.0"]


def linux(parts, run, *options):
    """Arguments: the kernel it boots with these options, and the run's initramfs."""
    return ["-kernel", parts["kernel"] / "vmlinuz", "-initrd", run.initrd,
            "-append", " ".join([kernels.EMULATED, *options]).strip()]


def command(parts, arguments):
    """The command line of the prepared QEMU."""
    return binary.command(parts["qemu"], prepare.QEMU) + [str(word) for word in arguments]
