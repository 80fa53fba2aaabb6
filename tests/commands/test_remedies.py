#!/usr/bin/env python3
"""test_remedies.py: remedies are in the words of each host's distribution, do something on
its kernel, and never harm; useless and harmful settings are named.

usage: test_remedies.py BUILD
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
HOSTS = TOP / "tests/data/hosts"
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "lab"))
sys.path.insert(0, str(HOSTS))

import written  # noqa: E402  (the path must be set first)
from found import tell  # noqa: E402
from igdlab import runner  # noqa: E402

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
    ("guest-that-has-the-gpu-itself", "vt-d", r"intel-iommu,intremap=on.*viommu=intel"),
    ("cgroup-refuses-the-node", "vfio-access", r"cgroup_device_acl"),
    ("guest-wants-gms-nobody-knows", "ggc", r"take x-igd-gms out"),
    ("driver-crashed-on-the-way-back", "driver-crashed", r"restart the computer"),
    ("silverblue-bound-too-late", "host-driver", r"rpm-ostree initramfs --enable"),
    ("iommu-off-spelled-iommu", "iommu-off", r"take iommu=off out of (?!.*add intel_iommu)"),
    ("type1-module-not-loaded", "vfio-not-built", r"modprobe vfio_iommu_type1"),
    ("icelake-iommu-turned-off-on-bazzite", "iommu-off",
     r"rpm-ostree kargs --delete-if-present=intel_iommu=off"),
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


# os-release, the kernel's release, its command line, files that are there: what is to be
# done for intel_iommu=on, and for a kernel that serves class 0380
SYSTEMS = [
    ("ID=slackware", "6.12.54-Unraid", "pcie_acs_override=downstream", ["boot/limine.conf"],
     r"cmdline line of /boot/limine\.conf", r"release of Unraid"),
    ("ID=slackware", "6.1.64-Unraid", "BOOT_IMAGE=/bzimage initrd=/bzroot", [],
     r"/boot/syslinux/syslinux\.cfg", r"release of Unraid"),
    ("ID=slackware", "5.15.139", "auto BOOT_IMAGE=Linux ro root=801", [],
     r"/etc/lilo\.conf.*run: lilo", r"your own build"),
    ("ID=alpine", "6.6.14-0-lts", "BOOT_IMAGE=vmlinuz-lts quiet", [],
     r"default_kernel_opts.*update-extlinux", r"linux-stable"),
    ("ID=cachyos\nID_LIKE=arch", "6.12.1-1", "quiet rw", ["etc/default/limine"],
     r"KERNEL_CMDLINE\[default\].*limine-mkinitcpio", r"pacman"),
    ("ID=cachyos\nID_LIKE=arch", "6.12.1-1", "initrd=\\x quiet", [], r"sdboot-manage gen",
     r"pacman"),
    ("ID=endeavouros\nID_LIKE=arch", "6.12.1-arch1-1", "quiet rw", ["etc/kernel/cmdline"],
     r"/etc/kernel/cmdline.*reinstall-kernels", r"pacman"),
    ("ID=arch", "6.12.1-arch1-1", "rw initrd=\\boot\\i.img", ["boot/refind_linux.conf"],
     r"/boot/refind_linux\.conf", r"pacman"),
    ('ID="opensuse-microos"\nID_LIKE="suse opensuse"', "6.11.0-1-default",
     "BOOT_IMAGE=/boot/vmlinuz", [], r"transactional-update grub\.cfg", r"kernel-default"),
    ('ID="opensuse-leap"\nID_LIKE="suse opensuse"', "6.4.0-1-default",
     "BOOT_IMAGE=/boot/vmlinuz", [], r"grub2-mkconfig -o /boot/grub2", r"kernel-default"),
    ('ID=debian\nVERSION_ID="12"', "6.6.32-production+truenas", "BOOT_IMAGE=/ROOT/x", [],
     r"kernel_extra_options", r"release of TrueNAS"),
    ("ID=bluefin\nID_LIKE=fedora", "6.11.4", "BOOT_IMAGE=(hd0,gpt2)/x ostree=/ostree/x", [],
     r"rpm-ostree kargs --append", r"rpm-ostree upgrade"),
    ('ID=ubuntu\nVERSION_ID="22.04"', "5.15.0-91-generic", "BOOT_IMAGE=/boot/vmlinuz", [],
     r"update-grub", r"try Ubuntu 24\.04 or later"),
    ('ID=ubuntu\nVERSION_ID="24.04"', "6.8.0-60-generic", "BOOT_IMAGE=/boot/vmlinuz", [],
     r"update-grub", r"linux-generic-hwe-24\.04"),
    ('ID=debian\nVERSION_ID="12"', "6.1.0-18-amd64", "BOOT_IMAGE=/boot/vmlinuz", [],
     r"update-grub", r"try Debian 13 or later"),
    ('ID=debian\nVERSION_ID="13"', "6.12.38-amd64", "root=x", ["etc/kernel/cmdline"],
     r"kernel-install add \$\(uname -r\) /boot/vmlinuz-", r"try linux-image-amd64"),
    ('ID=debian\nVERSION_ID="12"', "6.8.12-4-pve", "BOOT_IMAGE=/boot/vmlinuz", [],
     r"update-grub", r"try Proxmox VE 9"),
    ('ID=debian\nVERSION_ID="13"', "6.14.8-2-pve", "initrd=\\EFI\\proxmox\\x", [],
     r"/etc/kernel/cmdline.*proxmox-boot-tool refresh", r"proxmox-default-kernel"),
]


def examine(igdvm, *options):
    """Every check of a capture, by name."""
    done = subprocess.run([igdvm, "doctor", "--json", *options],
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


def check_system(igdvm, system, folder):
    """A second display device without an IOMMU, on this system: what it is told to do."""
    release, kernel, cmdline, files, parameter, source = system
    tree = written.Tree()
    tree.add_device("00:02.0", "038000", "8086:1912")
    tree.directories.add("sys/kernel/iommu_groups")
    texts = {"etc/os-release": release, "proc/cmdline": cmdline,
             "proc/version": f"Linux version {kernel} (x) #1",
             f"boot/config-{kernel}": "# CONFIG_INTEL_IOMMU_DEFAULT_ON is not set",
             **dict.fromkeys(files, "x")}
    tree.files.update({path: f"{text}\n".encode() for path, text in texts.items()})
    tree.write(folder)
    checks = examine(igdvm, "--root", str(folder))
    return [f"{release!r}: {identifier}, \"{checks[identifier]['remedy']}\" does not say {words}"
            for identifier, words in (("iommu-off", parameter), ("kernel-0380", source))
            if not re.search(words, checks[identifier]["remedy"])]


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    igdvm = runner.find_igdvm(Path(sys.argv[1]).resolve())
    hosts = {p.name[:-7]: examine(igdvm, "--snapshot", str(p))
             for p in sorted(HOSTS.glob("*.tar.gz"))}
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name, _, tree in written.captures():
            tree.write(Path(folder) / name)
            hosts[name] = examine(igdvm, "--root", str(Path(folder) / name))
        for number, system in enumerate(SYSTEMS):
            found += check_system(igdvm, system, Path(folder) / str(number))
    found += [problem for name, checks in hosts.items() for problem in check_harm(name, checks)]
    for name, identifier, words in SAYS:
        check = hosts[name].get(identifier, {"status": "absent", "remedy": ""})
        if check["status"] != "failed" or not re.search(words, check["remedy"]):
            found.append(f"{name}: {identifier} {check['status']}, \"{check['remedy']}\" does "
                         f"not say {words}")
    for name, identifier in NAMES:
        if hosts[name].get(identifier, {}).get("status") != "warning":
            found.append(f"{name}: {identifier} is not named")
    return tell(found)


if __name__ == "__main__":
    sys.exit(main())
