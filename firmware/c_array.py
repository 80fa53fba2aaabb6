"""Writes a ROM as a C array, which a program is linked with."""


def as_c(rom, name, what, header):
    """The source that defines NAME and NAME_size, which the header declares."""
    lines = [f"/* {name}.c: {what}. */", f'#include "{header}"', "",
             f"const unsigned char {name}[] = {{"]
    for at in range(0, len(rom), 16):
        lines.append("    " + " ".join(f"0x{byte:02x}," for byte in rom[at:at + 16]))
    lines += ["};", f"const size_t {name}_size = {len(rom)};", ""]
    return "\n".join(lines)
