"""strange_call: has a running thread make a system call of the test's choice.

A thread that waits does so behind a `syscall` instruction; as a debugger would, it is sent
back to that with another number. So a test sees what a filter does to a call that the
program never makes.
"""

import ctypes
import errno
import os

PTRACE_GETREGS, PTRACE_SETREGS, PTRACE_ATTACH, PTRACE_DETACH = 12, 13, 16, 17
WALL = 0x40000000  # wait for threads, too
INSTRUCTION = 2  # bytes of `syscall`
EXECVE = 59

# linux/user.h: struct user_regs_struct, all of 64 bits.
NAMES = ("r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di orig_ax ip cs flags sp ss fs_base "
         "gs_base ds es fs gs").split()


class Registers(ctypes.Structure):
    """What the kernel keeps of a stopped thread."""

    _fields_ = [(name, ctypes.c_ulonglong) for name in NAMES]


def _ptrace(request, thread, data=None):
    library = ctypes.CDLL(None, use_errno=True)
    library.ptrace.restype = ctypes.c_long
    library.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if library.ptrace(request, thread, None, data) < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"ptrace {request}: {errno.errorcode.get(code)}")


def make(thread, number=EXECVE):
    """Have that thread, which waits in a system call, make this one without arguments."""
    registers = Registers()
    _ptrace(PTRACE_ATTACH, thread)
    os.waitpid(thread, WALL)
    _ptrace(PTRACE_GETREGS, thread, ctypes.addressof(registers))
    registers.ip -= INSTRUCTION
    registers.ax = number
    registers.orig_ax = (1 << 64) - 1  # it is in no call: nothing is started again
    registers.di = registers.si = registers.dx = 0
    _ptrace(PTRACE_SETREGS, thread, ctypes.addressof(registers))
    _ptrace(PTRACE_DETACH, thread)
