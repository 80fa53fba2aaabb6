/*
 * sandbox_calls.c: the system calls a confined program may make, a row each, with the
 * reason. What a new device needs while the guest runs is a row here; docs/sandbox.md
 * tells how to find out. The first rows are the frequent ones.
 */
#include "base/sandbox_calls.h"

#include "base/bytes.h" /* ARRAY_SIZE */

#include <fcntl.h>        /* open's flags */
#include <linux/if_tun.h> /* TUNSETOFFLOAD */
#include <sys/ioctl.h>    /* terminals */
#include <sys/mman.h>     /* PROT_EXEC */
#include <sys/prctl.h>    /* PR_SET_NAME */
#include <sys/syscall.h>  /* numbers */

#define CALL(name, threads, reason)             \
    {                                           \
        SYS_##name, threads, 0, 0, 0, 0, reason \
    }
#define USE(name, threads, argument, mask, value, reason)     \
    {                                                         \
        SYS_##name, threads, 0, argument, mask, value, reason \
    }
#define NEEDED(name, threads, needs, reason)        \
    {                                               \
        SYS_##name, threads, needs, 0, 0, 0, reason \
    }
/* ioctls of one kind share a byte, of one driver. */
#define IOCTLS(threads, type, reason) \
    USE(ioctl, threads, 1, 0xff00, (type) << 8, reason)
#define IOCTL(threads, request, reason) \
    USE(ioctl, threads, 1, 0xffffffff, (uint32_t)(request), reason)

#define WRITES (O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))

const struct sandbox_call sandbox_calls[] = {
    IOCTLS(CALL_BOTH, 0xae, "KVM: the guest runs; its memory, interrupts and state"),
    CALL(epoll_wait, CALL_MAIN, "the event loop"),
    CALL(read, CALL_ALL, "events, consoles, the device's regions"),
    CALL(write, CALL_ALL, "events, consoles, the log"),
    CALL(futex, CALL_ALL, "locks and conditions"),
    CALL(pread64, CALL_ALL, "registers of an assigned device; disks"),
    CALL(pwrite64, CALL_ALL, "registers of an assigned device; disks"),
    CALL(io_uring_enter, CALL_ALL, "disk transfers"),
    CALL(recvmsg, CALL_BOTH, "vfio-user and vhost-user servers, the display"),
    CALL(sendmsg, CALL_BOTH, "vfio-user and vhost-user servers, the display"),
    CALL(recvfrom, CALL_BOTH, "servers, control clients, networking"),
    CALL(sendto, CALL_BOTH, "servers, control clients, networking"),
    CALL(timerfd_settime, CALL_BOTH, "timers of devices"),
    CALL(timerfd_gettime, CALL_BOTH, "timers of devices"),
    CALL(poll, CALL_BOTH, "a server's answer, with a limit"),
    CALL(ppoll, CALL_BOTH, "a server's answer, with a limit"),
    CALL(readv, CALL_ALL, "disks, network packets"),
    CALL(writev, CALL_ALL, "disks, network packets, the C library's last words"),
    CALL(preadv, CALL_ALL, "disks"),
    CALL(pwritev, CALL_ALL, "disks"),
    CALL(preadv2, CALL_ALL, "disks"),
    CALL(pwritev2, CALL_ALL, "disks that are durable at once"),
    CALL(fdatasync, CALL_ALL, "the guest's flushes"),
    CALL(fsync, CALL_ALL, "the guest's flushes"),
    CALL(fallocate, CALL_ALL, "discarded blocks"),
    CALL(lseek, CALL_ALL, "sizes of files"),
    CALL(fstat, CALL_ALL, "sizes of files"),
    CALL(newfstatat, CALL_ALL, "sizes of files, of the C library's, too"),
    CALL(fcntl, CALL_BOTH, "whether a descriptor waits; locks of disks"),
    CALL(close, CALL_BOTH, "connections that end"),
    CALL(epoll_ctl, CALL_BOTH, "what the event loop waits for"),
    CALL(epoll_pwait, CALL_MAIN, "the event loop"),
    CALL(accept4, CALL_MAIN, "clients of control sockets and serial ports"),
    CALL(getsockopt, CALL_MAIN, "who a client is"),
    CALL(setsockopt, CALL_MAIN, "clients' time limits"),
    CALL(shutdown, CALL_MAIN, "connections that end"),
    CALL(eventfd2, CALL_BOTH, "interrupts and kicks the guest sets up"),
    CALL(timerfd_create, CALL_BOTH, "time limits that begin"),
    CALL(memfd_create, CALL_BOTH, "memory shared with a server"),
    CALL(ftruncate, CALL_BOTH, "its size"),
    CALL(brk, CALL_ALL, "the heap"),
    USE(mmap, CALL_ALL, 2, PROT_EXEC, 0,
        "the heap, BARs of devices; nothing to execute"),
    USE(mprotect, CALL_ALL, 2, PROT_EXEC, 0, "the heap, stacks; nothing to execute"),
    CALL(munmap, CALL_ALL, "the heap, BARs of devices"),
    CALL(mremap, CALL_ALL, "the heap"),
    CALL(madvise, CALL_ALL, "stacks of threads that end, memory given back"),
    IOCTLS(CALL_BOTH, ';', "VFIO and iommufd: DMA, interrupts, resets"),
    IOCTLS(CALL_BOTH, 0xaf, "vhost: rings of network devices"),
    IOCTL(CALL_BOTH, TUNSETOFFLOAD, "what a network interface's packets may be"),
    IOCTL(CALL_MAIN, TUNGETIFF, "whether a network interface is still there"),
    IOCTL(CALL_BOTH, TUNSETQUEUE, "the queues the guest uses"),
    IOCTLS(CALL_ALL, 0x12, "block devices: discarded and zeroed blocks"),
    IOCTLS(CALL_BOTH, 'E', "input devices handed to the guest"),
    IOCTL(CALL_ALL, TCGETS, "terminals as they were"),
    IOCTL(CALL_ALL, TCSETS, "terminals as they were"),
    IOCTL(CALL_BOTH, TCSETSW, "terminals as they were"),
    IOCTL(CALL_BOTH, TCFLSH, "a pseudo-terminal nobody reads"),
    IOCTL(CALL_BOTH, TIOCOUTQ, "what a client has not yet read"),
    IOCTL(CALL_BOTH, FIONREAD, "how much there is to read"),
    CALL(rt_sigreturn, CALL_ALL, "kicks of vCPUs end"),
    CALL(rt_sigprocmask, CALL_ALL, "threads begin and end"),
    CALL(clock_gettime, CALL_ALL, "time, where the kernel does not map it"),
    CALL(gettimeofday, CALL_ALL, "time, where the kernel does not map it"),
    CALL(clock_nanosleep, CALL_ALL, "short waits"),
    CALL(nanosleep, CALL_ALL, "short waits"),
    CALL(restart_syscall, CALL_ALL, "a stopped program goes on"),
    CALL(sched_yield, CALL_ALL, "a full queue"),
    CALL(getrandom, CALL_BOTH, "the guest's random numbers"),
    CALL(getpid, CALL_ALL, "abort(), information about a machine"),
    CALL(gettid, CALL_ALL, "abort()"),
    CALL(tgkill, CALL_ALL, "kicks of vCPUs, abort()"),
    USE(prctl, CALL_ALL, 0, 0xffffffff, PR_SET_NAME, "names of threads"),
    CALL(clone3, CALL_BOTH, "threads for disks, at the first transfer"),
    CALL(clone, CALL_BOTH, "the same, of other C libraries"),
    CALL(seccomp, CALL_BOTH, "which are confined further"),
    CALL(set_robust_list, CALL_ALL, "a thread begins"),
    CALL(rseq, CALL_ALL, "a thread begins"),
    CALL(exit, CALL_ALL, "a thread ends"),
    CALL(exit_group, CALL_ALL, "the program ends"),
    CALL(unlink, CALL_MAIN, "the paths of sockets, at the end"),
    CALL(kill, CALL_MAIN, "programs started for the machine, at the end"),
    CALL(wait4, CALL_MAIN, "the same"),
    { SYS_openat, CALL_BOTH, CALL_FOR_READING, 2, WRITES, 0,
      "files named at the start, to read" },
    NEEDED(getdents64, CALL_MAIN, CALL_FOR_READING, "open files are counted"),
    NEEDED(io_uring_setup, CALL_MAIN, CALL_FOR_DISCS, "another disc in a drive"),
    NEEDED(io_uring_register, CALL_MAIN, CALL_FOR_DISCS, "another disc in a drive"),
    NEEDED(openat, CALL_MAIN, CALL_FOR_WRITING, "screenshots, to write"),
    NEEDED(rename, CALL_MAIN, CALL_FOR_WRITING, "screenshots that are whole"),
};

const unsigned sandbox_call_rows = ARRAY_SIZE(sandbox_calls);

unsigned sandbox_call_count(enum sandbox_thread kind, unsigned needs)
{
    unsigned count = 0;
    for (unsigned i = 0; i < sandbox_call_rows; i++) {
        const struct sandbox_call *call = &sandbox_calls[i];
        bool counted = false;
        if (!(call->threads & 1u << kind) || (call->needs & ~needs))
            continue;
        for (unsigned before = 0; before < i && !counted; before++)
            counted = sandbox_calls[before].number == call->number &&
                      (sandbox_calls[before].threads & 1u << kind);
        count += !counted;
    }
    return count;
}
