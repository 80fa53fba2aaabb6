"""A Linux kernel as a bzImage that is not packed.

Most of a guest's boot in the lab is its kernel's unpacking itself. This takes the kernel out
of a bzImage and puts it behind lab/unpacked-kernel/start.S instead: the same kernel, at the
same virtual addresses, in the same kind of file.
"""

import lzma
import struct

from . import cache, prepare
from .errors import LabError

START = prepare.LAB / "unpacked-kernel/start.S"
START_ADDRESS = 0x100000   # where a bzImage is loaded
KERNEL_ADDRESS = 0x200000  # where start.S expects the kernel
# Of the setup header (Linux boot.rst).
SETUP_SECTS, SYSSIZE, PAYLOAD_OFFSET, PREFERRED_ADDRESS = 0x1f1, 0x1f4, 0x248, 0x258
XZ = b"\xfd7zXZ\0"
LOAD = 1  # type of an ELF segment that is loaded


def _unpack(image):
    """The ELF file in a bzImage."""
    offset, length = struct.unpack_from("<II", image, PAYLOAD_OFFSET)
    payload = memoryview(image)[(image[SETUP_SECTS] + 1) * 512 + offset:][:length]
    if payload[:len(XZ)] != XZ:
        raise LabError(f"the kernel is packed by {bytes(payload[:4]).hex()}..., not by xz")
    return lzma.LZMADecompressor().decompress(payload)


def _memory(elf):
    """What is in memory, from its lowest physical address, once the file is loaded."""
    table, = struct.unpack_from("<Q", elf, 32)
    count, = struct.unpack_from("<H", elf, 56)
    segments = [struct.unpack_from("<IIQQQQ", elf, table + 56 * number)
                for number in range(count)]
    loaded = [(offset, address, size) for kind, _, offset, _, address, size in segments
              if kind == LOAD]
    start = min(address for _, address, _ in loaded)
    memory = bytearray(max(address + size for _, address, size in loaded) - start)
    for offset, address, size in loaded:
        memory[address - start:address - start + size] = elf[offset:offset + size]
    return memory


def path(kernel):
    """The file made of the vmlinuz of a prepared kernel."""
    vmlinuz = kernel / "vmlinuz"

    def build(folder):
        start = folder / "start"
        prepare.compile_source([*prepare.BINARY_FLAGS, "-Wl,--oformat=binary,"
                                f"-Ttext={START_ADDRESS:#x},--build-id=none",
                                "-o", str(start), str(START)], START.name)
        image = vmlinuz.read_bytes()
        setup = bytearray(image[:(image[SETUP_SECTS] + 1) * 512])
        code = start.read_bytes().ljust(KERNEL_ADDRESS - START_ADDRESS, b"\0")
        code += _memory(_unpack(image))
        code += bytes(-len(code) % 16)
        struct.pack_into("<I", setup, SYSSIZE, len(code) // 16)
        struct.pack_into("<Q", setup, PREFERRED_ADDRESS, KERNEL_ADDRESS)
        (folder / "vmlinuz").write_bytes(setup + code)
        start.unlink()

    return cache.part("unpacked-kernel", cache.hash_of(vmlinuz, START, "1"),
                      "unpacking a kernel", build) / "vmlinuz"
