"""Mends faults of QEMU's software emulation in the lab's own copy of the program.

Both were seen in QEMU 11.1. A program in which a fault's place is not found, once, stays
as it is.
"""

import re

# mov exception_index, reg; cmp $-1, reg; jne; movl $EXCP_INTERRUPT, exception_index
_RACE = re.compile(rb"\x8b[\x80-\xbf](....)\x83[\xf8-\xff]\xff(\x0f\x85....)"
                   rb"\xc7[\x80-\x87]\1\x00\x00\x01\x00", re.DOTALL)
_NOTHING = b"\x66\x0f\x1f\x44\x00\x00"  # nopw of six bytes, as long as the jump

# cpu_set_interrupt: endbr64; lock or %esi, interrupt_request; ... ret
# cpu_interrupt: endbr64; sub $8, %rsp; call bql_locked; test %al, %al; je
_RAISE = re.compile(rb"\xf3\x0f\x1e\xfa\xf0\x09\xb7....\x31\xf6\x31\xff\xc3"
                    rb"(\xf3\x0f\x1e\xfa\x48\x83\xec\x08\xe8....\x84\xc0\x74)", re.DOTALL)
# mov $CPU_INTERRUPT_VIRQ, %esi; pop %rbx; pop %rbp; jmp
_VIRTUAL = re.compile(rb"\xbe\x00\x01\x00\x00\x5b\x5d\xe9(....)", re.DOTALL)


def _lose_the_jump(code):
    """An injected interrupt that is delivered twice: guests may stop, rarely.

    VMRUN that injects an interrupt leaves the vector in `exception_index` (helper_vmrun in
    target/i386/tcg/system/svm_helper.c). The emulation's loop looks at pending interrupts
    first and at the request to leave the loop next (cpu_handle_interrupt in
    accel/tcg/cpu-exec.c). When a device raises an interrupt between the two, and the guest
    has not left since, that vector is taken for an exception and delivered once more, to a
    guest whose interrupts are off by now, which then waits for ever for a lock that it
    holds.

    At that place nothing else leaves an exception behind, so the request can always win:
    the jump of `if (cpu->exception_index == -1)` goes.
    """
    places = list(_RACE.finditer(code))
    if len(places) != 1:
        return None
    start, end = places[0].span(2)
    return code[:start] + _NOTHING + code[end:]


def _raise_without_the_lock(code):
    """A nested guest's CR8 that lets a virtual interrupt in: QEMU ends, as OVMF writes it.

    helper_write_crN (target/i386/tcg/system/misc_helper.c) raises CPU_INTERRUPT_VIRQ by
    cpu_interrupt, which wants the big lock held, and it is not: "assertion failed:
    (bql_locked())". The emulation looks at pending interrupts after every write to CR8, so
    cpu_set_interrupt suffices, by which VMRUN raises the same one: its jump goes there.
    """
    pairs = list(_RAISE.finditer(code))
    if len(pairs) != 1:
        return None
    sets, raises = pairs[0].start(), pairs[0].start(1)

    def target(jump):
        return jump.end() + int.from_bytes(jump[1], "little", signed=True)

    jumps = [jump for jump in _VIRTUAL.finditer(code) if target(jump) == raises]
    if len(jumps) != 1:
        return None
    start, end = jumps[0].span(1)
    return code[:start] + (sets - end).to_bytes(4, "little", signed=True) + code[end:]


_MENDS = (_lose_the_jump, _raise_without_the_lock)


def mend(program):
    """Mend a QEMU program (a Path); what remains is returned, a line for each fault."""
    before = code = program.read_bytes()
    remaining = []
    for mend_one in _MENDS:
        mended = mend_one(code)
        if mended is None:
            remaining.append(mend_one.__doc__.splitlines()[0])
        else:
            code = mended
    if code != before:
        program.write_bytes(code)
    return remaining
