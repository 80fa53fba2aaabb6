"""guests.py: guests' configurations and QEMU logs for captures, as the tools write them."""

IGD_XML = """    <hostdev mode='subsystem' type='pci' managed='yes'>
      <driver name='vfio'/>
      <source>
        <address domain='0x0000' bus='0x00' slot='0x02' function='0x{function:x}'/>
      </source>
      {rom}
      <address type='pci' domain='0x0000' bus='0x{bus:02x}' slot='0x{slot:02x}' function='0x0'/>
    </hostdev>
"""


def xml(name, machine="pc-i440fx-7.2", slot=2, bus=0, function=0, uefi=False, video=None,
        rom="", arguments=(), audio=False, cpu="", properties=()):
    """A domain's XML, as in /etc/libvirt/qemu."""
    loader = ("    <loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd"
              "</loader>\n" if uefi else "")
    video_xml = (f"    <video>\n      <model type='{video}' vram='16384' heads='1'/>\n"
                 "    </video>\n" if video else "")
    audio_xml = ("    <hostdev mode='subsystem' type='pci' managed='yes'>\n      <source>\n"
                 "        <address domain='0x0000' bus='0x00' slot='0x1f' function='0x3'/>\n"
                 "      </source>\n    </hostdev>\n" if audio else "")
    commandline = ("  <qemu:commandline>\n" + "".join(
        f"    <qemu:arg value='{a}'/>\n" for a in arguments) + "  </qemu:commandline>\n"
        if arguments else "")
    override = ("  <qemu:override>\n    <qemu:device alias='hostdev0'>\n"
                "      <qemu:frontend>\n" + "".join(
                    f"        <qemu:property name='{n}' type='string' value='{v}'/>\n"
                    for n, v in properties) +
                "      </qemu:frontend>\n    </qemu:device>\n  </qemu:override>\n"
                if properties else "")
    return {f"etc/libvirt/qemu/{name}.xml": f"""<!--
WARNING: THIS IS AN AUTO-GENERATED FILE.
-->
<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>{name}</name>
  <uuid>XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX</uuid>
  <memory unit='KiB'>8388608</memory>
  <os>
    <type arch='x86_64' machine='{machine}'>hvm</type>
{loader}  </os>
  <cpu mode='host-passthrough'>{cpu}</cpu>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
{video_xml}{IGD_XML.format(function=function, rom=rom, bus=bus, slot=slot)}{audio_xml}  </devices>
{commandline}{override}</domain>
"""}


def log(name, messages, machine="pc-i440fx-7.2", device="vfio-pci,host=0000:00:02.0,"
        "id=hostdev0,bus=pci.0,addr=0x2", version="7.2.9", uefi=False, extra=()):
    """A guest's log, as in /var/log/libvirt/qemu: an older start, then the last one."""
    lines = ["2024-03-01 10:00:00.000+0000: starting up libvirt version: 9.0.0, package: 4, "
             f"qemu version: {version}Debian 1:{version}+dfsg-2, kernel: 6.1, hostname: host",
             "LC_ALL=C \\",
             "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin \\",
             "/usr/bin/qemu-system-x86_64 \\",
             f"-name guest={name},debug-threads=on \\",
             f"-machine {machine},usb=off,dump-guest-core=off \\",
             "-accel kvm \\", "-cpu host \\", "-m 8192 \\", "-nodefaults \\"]
    if uefi:
        lines.append("-blockdev '{\"driver\":\"file\",\"filename\":"
                     "\"/usr/share/OVMF/OVMF_CODE_4M.fd\"}' \\")
    lines += [f"-device {e} \\" for e in extra]
    lines += [f"-device {device} \\", "-msg timestamp=on"]
    lines += [f"2024-03-01T10:00:01.000000Z qemu-system-x86_64: {m}" for m in messages]
    return {f"var/log/libvirt/qemu/{name}.log": "\n".join(lines) + "\n"}


def proxmox(number, hostpci, machine="pc-i440fx-9.0", bios=None, vga="none", args="",
            more=()):
    """A guest of Proxmox, as in /etc/pve/qemu-server."""
    lines = ["agent: 1", "boot: order=scsi0", "cores: 4", "cpu: host"]
    if args:
        lines.append(f"args: {args}")
    if bios:
        lines.append(f"bios: {bios}")
    lines += [f"hostpci0: {hostpci}", *more]
    if machine:
        lines.append(f"machine: {machine}")
    lines += ["memory: 8192", "name: win11", "net0: virtio=XX:XX:XX:XX:XX:XX,bridge=vmbr0",
              "ostype: win11", f"vga: {vga}"]
    return {f"etc/pve/qemu-server/{number}.conf": "\n".join(lines) + "\n"}
