"""Mends a race of QEMU's software emulation in the lab's own copy of the program.

VMRUN that injects an interrupt leaves the vector in `exception_index` (helper_vmrun in
target/i386/tcg/system/svm_helper.c). The emulation's loop looks at pending interrupts
first and at the request to leave the loop next (cpu_handle_interrupt in
accel/tcg/cpu-exec.c). When a device raises an interrupt between the two, and the guest
has not left since, that vector is taken for an exception and delivered once more, to a
guest whose interrupts are off by now, which then waits for ever for a lock that it holds.

At that place nothing else leaves an exception behind, so the request can always win: the
jump of `if (cpu->exception_index == -1)` goes. Seen in QEMU 11.1.
"""

import re

# mov exception_index, reg; cmp $-1, reg; jne; movl $EXCP_INTERRUPT, exception_index
_PLACE = re.compile(rb"\x8b[\x80-\xbf](....)\x83[\xf8-\xff]\xff(\x0f\x85....)"
                    rb"\xc7[\x80-\x87]\1\x00\x00\x01\x00", re.DOTALL)
_NOTHING = b"\x66\x0f\x1f\x44\x00\x00"  # nopw of six bytes, as long as the jump


def mend(program):
    """Take the jump out of a QEMU program (a Path); whether its place was found, once."""
    code = program.read_bytes()
    places = list(_PLACE.finditer(code))
    if len(places) != 1:
        return False
    start, end = places[0].span(2)
    program.write_bytes(code[:start] + _NOTHING + code[end:])
    return True
