#!/usr/bin/env python3
"""test_remedies.py: remedies are in the words of each host's distribution, do something on
its kernel, and never harm; useless and harmful settings are named.

usage: test_remedies.py BUILD
"""

import json
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
HOSTS = TOP / "tests/data/hosts"
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "lab"))

from igdlab import runner  # noqa: E402  (the path must be set first)

# capture, check, what its remedy has to say
SAYS = [
    ("ivybridge-laptop-iommu-off", "iommu-off", r"grubby --update-kernel=ALL --args"),
    ("cometlake-proxmox-zfs-iommu-off", "iommu-off",
     r"intel_iommu=on .*/etc/kernel/cmdline.*proxmox-boot-tool refresh"),
    ("geminilake-nixos-iommu-off", "iommu-off", r"boot\.kernelParams.*nixos-rebuild boot"),
    ("skylake-amd-parameter-on-intel", "iommu-off", r"options line of the entry"),
    ("tigerlake-silverblue-iommu-off", "iommu-off", r"rpm-ostree kargs --append-if-missing"),
    ("coffeelake-iommu-off-by-user", "iommu-off",
     r"take intel_iommu=off out .*update-grub.*add intel_iommu=on"),
    ("haswell-igfx-off", "igfx-off", r"take igfx_off out .*/etc/default/grub.*update-grub"),
    ("sandybridge-vtd-off", "vt-d", r"VT-d.*Enabled"),
    ("sandybridge-2500k-without-vtd", "vt-d", r"has no VT-d"),
    ("n100-talos-simpledrm", "framebuffer",
     r"igdvm bind.*initcall_blacklist=sysfb_init.*talosctl.*video=efifb:off does nothing"),
    ("coffeelake-efifb", "framebuffer", r"video=efifb:off .*update-grub"),
    ("skylake-leap-bootfb", "framebuffer", r"sysfb_init .*grub2-mkconfig"),
    ("ivybridge-vesafb", "framebuffer", r"video=vesafb:off"),
    ("rocky-without-vfio-igd", "vfio-igd", r"CONFIG_VFIO_PCI_IGD=y.*ELRepo"),
    ("raptorlake-0380-beside-nvidia", "kernel-0380", r"Linux 6\.15.*HWE|primary display"),
    ("sandybridge-no-interrupt-remapping", "interrupt-remapping",
     r"here it is needed.*allow_unsafe_interrupts=1"),
    ("sandybridge-laptop-intremap-off", "interrupt-remapping",
     r"remove-args=.intremap=off"),
    ("kabylake-proxmox-disable-vga", "disable-vga", r"take disable_vga=1 out of /etc/modprobe"),
    ("coffeelake-bound-too-late", "host-driver", r"softdep i915 pre: vfio-pci.*initramfs"),
    ("raptorlake-address-width", "address-width", r"limit='39'.*host-phys-bits-limit=39"),
    ("alderlake-virtual-functions-on", "virtual-functions-on", r"sriov_numvfs"),
    ("coffeelake-f-processor", "igd-absent", r"no graphics"),
    ("gentoo-without-vfio-vga", "vfio-vga", r"your own kernel"),
]

# capture, setting that has to be named
NAMES = [
    ("kabylake-proxmox-disable-vga", "setting-acs-override"),
    ("kabylake-proxmox-disable-vga", "setting-unsafe-interrupts"),
    ("kabylake-proxmox-disable-vga", "setting-disable-vga"),
    ("kabylake-proxmox-disable-vga", "setting-ignore-msrs"),
    ("skylake-amd-parameter-on-intel", "setting-amd-iommu"),
    ("skylake-amd-parameter-on-intel", "setting-iommu-on"),
    ("n100-talos-simpledrm", "setting-video-off"),
    ("skylake-leap-bootfb", "setting-video-off"),
    ("alderlake-virtual-functions-on", "setting-max-vfs"),
    ("whiskeylake-gvt-mediated", "setting-gvt"),
    ("tigerlake-laptop-copied-settings", "setting-ids-spelling"),
    ("ivybridge-vesafb", "setting-nomodeset"),
]

# Advice that may stand in a remedy only after these words.
HARMFUL = [
    (r"disable_vga=1", r"take |without |out of |vfio-pci\.disable_vga=1 (?:out|off)"),
    (r"pcie_acs_override", r"never |take |off the"),
    (r"igfx_off", r"take "),
    (r"/dev/mem", r"never "),
    (r"devices/0000:00:02\.0/rom", r"never "),
    (r"enable_unsafe_noiommu_mode", r"take "),
]


def examine(igdvm, name):
    """Every check of a capture, by name."""
    done = subprocess.run([igdvm, "doctor", "--json", "--snapshot", HOSTS / f"{name}.tar.gz"],
                          capture_output=True, text=True, check=False)
    checks = {}
    for mode in json.loads(done.stdout)["modes"].values():
        for check in mode["checks"]:
            checks.setdefault(check["id"], check)
    return checks


def check_harm(name, checks):
    """Remedies that would harm this host, or do nothing on it."""
    found = []
    for identifier, check in checks.items():
        remedy = check["remedy"]
        for advice, allowed in HARMFUL:
            if re.search(advice, remedy) and not re.search(allowed, remedy):
                found.append(f"{name}: {identifier} advises {advice}: {remedy}")
        if "allow_unsafe_interrupts=1" in remedy and identifier != "interrupt-remapping" \
                and "take " not in remedy:
            found.append(f"{name}: {identifier} advises unsafe interrupts")
        if check["status"] == "failed" and not remedy:
            found.append(f"{name}: {identifier} failed and has no remedy")
        if check["status"] in ("ok", "unknown") and remedy:
            found.append(f"{name}: {identifier} has a remedy for nothing")
        if len(remedy) > 1100:
            found.append(f"{name}: {identifier} has a remedy that may be cut off")
    return found


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    igdvm = runner.find_igdvm(Path(sys.argv[1]).resolve())
    hosts = {p.name[:-7]: examine(igdvm, p.name[:-7]) for p in sorted(HOSTS.glob("*.tar.gz"))}
    found = [problem for name, checks in hosts.items() for problem in check_harm(name, checks)]
    for name, identifier, words in SAYS:
        check = hosts[name].get(identifier, {"status": "absent", "remedy": ""})
        if check["status"] != "failed" or not re.search(words, check["remedy"]):
            found.append(f"{name}: {identifier} {check['status']}, \"{check['remedy']}\" does "
                         f"not say {words}")
    for name, identifier in NAMES:
        if hosts[name].get(identifier, {}).get("status") != "warning":
            found.append(f"{name}: {identifier} is not named")
    for line in found:
        print(line)
    print(f"{len(found)} wrong" if found else "all as expected")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
