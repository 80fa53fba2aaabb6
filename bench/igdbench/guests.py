"""Assembles the benchmarks' guests and compiles the floor."""

from pathlib import Path

from igdlab import cache, prepare

BENCH = Path(__file__).resolve().parent.parent
ACCESSES = ("end", "halt", "port_write", "serial_read", "config_read", "memory_read",
            "memory_write")
FRAMES = 4000  # of each pattern of pings.c


def _flat(folder, source, name, address, *defines):
    prepare.compile_source(
        ["-m16", "-nostdlib", "-static", "-no-pie",
         f"-Wl,--oformat=binary,-Ttext={address:#x},--build-id=none",
         *(f"-D{define}" for define in defines), "-o", str(folder / f"{name}.bin"),
         str(source)], source.name)


def everything():
    """A folder with all guests (NAME.bin) and the program `floor`."""
    accesses, mark = BENCH / "guests/accesses.S", BENCH / "guests/mark.S"
    floor = BENCH / "floor/floor.c"
    programs = {BENCH / "guests/disk.c": [],
                prepare.LAB / "guests/pings.c": [f"COUNT={FRAMES}"]}

    def build(folder):
        for name in ACCESSES:
            _flat(folder, accesses, name, 0xffff0000, f"TEST_{name.upper()}")
        _flat(folder, mark, "mark", 0x7c00)
        prepare.compile_source(["-std=gnu17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra",
                                "-static", "-s", "-o", str(folder / "floor"), str(floor)],
                               "bench/floor")
        for source, defines in programs.items():
            image = folder / f"{source.stem}.bin"
            prepare.compile_source(["-o", str(image), *prepare.c_guest_arguments(source, *defines)],
                                   source.name)
            image.write_bytes(image.read_bytes().ljust(prepare.FLAT_BYTES, b"\0"))

    recipe = cache.hash_of(accesses, mark, *programs, floor, *prepare.C_GUEST_PARTS,
                           Path(__file__))
    return cache.part("bench", recipe, "building guests and floor", build)
