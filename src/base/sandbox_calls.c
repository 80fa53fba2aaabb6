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
#include <sys/socket.h>   /* families */
#include <sys/syscall.h>  /* numbers */

#define CALL(name, threads, reason)                    \
    {                                                  \
        SYS_##name, threads, false, 0, 0, 0, 0, reason \
    }
#define USE(name, threads, argument, mask, value, reason)            \
    {                                                                \
        SYS_##name, threads, false, 0, argument, mask, value, reason \
    }
#define NEEDED(name, threads, needs, reason)               \
    {                                                      \
        SYS_##name, threads, false, needs, 0, 0, 0, reason \
    }
#define DENIED(name, threads, reason)                 \
    {                                                 \
        SYS_##name, threads, true, 0, 0, 0, 0, reason \
    }
/* ioctls of one kind share a byte, of one driver. */
#define IOCTLS(threads, type, reason) \
    USE(ioctl, threads, 1, 0xff00, (type) << 8, reason)
#define IOCTL(threads, request, reason) \
    USE(ioctl, threads, 1, 0xffffffff, (uint32_t)(request), reason)

#define WRITES (O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))

const struct sandbox_call sandbox_calls[] = {
    IOCTLS(CALL_BOTH, 0xae, "KVM: the guest runs; its memory, interrupts and state"),
    CALL(epoll_wait, CALL_MAIN | CALL_DISPLAY, "the event loop"),
    CALL(read, CALL_ANY, "events, consoles, the device's regions"),
    CALL(write, CALL_ANY, "events, consoles, the log"),
    CALL(futex, CALL_ANY, "locks and conditions"),
    CALL(pread64, CALL_ALL, "registers of an assigned device; disks"),
    CALL(pwrite64, CALL_ALL, "registers of an assigned device; disks"),
    CALL(io_uring_enter, CALL_ALL, "disk transfers"),
    CALL(recvmsg, CALL_BOTH | CALL_BESIDE,
         "vfio-user and vhost-user servers, the display"),
    CALL(sendmsg, CALL_BOTH | CALL_BESIDE,
         "vfio-user and vhost-user servers, the display"),
    CALL(recvfrom, CALL_BOTH | CALL_BESIDE, "servers, control clients, networking"),
    CALL(sendto, CALL_BOTH | CALL_BESIDE, "servers, control clients, networking"),
    CALL(timerfd_settime, CALL_BOTH | CALL_DISPLAY, "timers of devices"),
    CALL(timerfd_gettime, CALL_BOTH | CALL_DISPLAY, "timers of devices"),
    CALL(poll, CALL_BOTH | CALL_BESIDE, "a server's answer, with a limit"),
    CALL(ppoll, CALL_BOTH | CALL_BESIDE, "a server's answer, with a limit"),
    CALL(readv, CALL_ANY, "disks, network packets"),
    CALL(writev, CALL_ANY, "disks, network packets, the C library's last words"),
    CALL(preadv, CALL_ALL, "disks"),
    CALL(pwritev, CALL_ALL, "disks"),
    CALL(preadv2, CALL_ALL, "disks"),
    CALL(pwritev2, CALL_ALL, "disks that are durable at once"),
    CALL(fdatasync, CALL_ALL, "the guest's flushes"),
    CALL(fsync, CALL_ALL, "the guest's flushes"),
    CALL(fallocate, CALL_ALL, "discarded blocks"),
    CALL(lseek, CALL_ANY, "sizes of files"),
    CALL(fstat, CALL_ANY, "sizes of files"),
    CALL(newfstatat, CALL_ANY, "sizes of files, of the C library's, too"),
    CALL(fcntl, CALL_BOTH | CALL_BESIDE, "whether a descriptor waits; locks of disks"),
    CALL(close, CALL_BOTH | CALL_BESIDE, "connections that end"),
    CALL(epoll_ctl, CALL_BOTH | CALL_DISPLAY, "what the event loop waits for"),
    CALL(epoll_pwait, CALL_MAIN | CALL_DISPLAY, "the event loop"),
    CALL(accept4, CALL_MAIN | CALL_BESIDE,
         "clients of control sockets and serial ports"),
    CALL(getsockopt, CALL_MAIN | CALL_BESIDE, "who a client is"),
    CALL(setsockopt, CALL_MAIN | CALL_BESIDE, "clients' time limits"),
    CALL(shutdown, CALL_MAIN | CALL_BESIDE, "connections that end"),
    CALL(eventfd2, CALL_BOTH, "interrupts and kicks the guest sets up"),
    CALL(timerfd_create, CALL_BOTH | CALL_DISPLAY, "time limits that begin"),
    CALL(memfd_create, CALL_BOTH, "memory shared with a server"),
    CALL(ftruncate, CALL_BOTH, "its size"),
    CALL(brk, CALL_ANY, "the heap"),
    USE(mmap, CALL_ANY, 2, PROT_EXEC, 0,
        "the heap, BARs of devices; nothing to execute"),
    USE(mprotect, CALL_ANY, 2, PROT_EXEC, 0, "the heap, stacks; nothing to execute"),
    CALL(munmap, CALL_ANY, "the heap, BARs of devices"),
    CALL(mremap, CALL_ANY, "the heap"),
    CALL(madvise, CALL_ANY, "stacks of threads that end, memory given back"),
    IOCTLS(CALL_BOTH, ';', "VFIO and iommufd: DMA, interrupts, resets"),
    IOCTLS(CALL_BOTH, 0xaf, "vhost: rings of network devices"),
    IOCTL(CALL_BOTH, TUNSETOFFLOAD, "what a network interface's packets may be"),
    IOCTL(CALL_MAIN, TUNGETIFF, "whether a network interface is still there"),
    IOCTL(CALL_BOTH, TUNSETQUEUE, "the queues the guest uses"),
    IOCTLS(CALL_ALL, 0x12, "block devices: discarded and zeroed blocks"),
    IOCTLS(CALL_BOTH | CALL_DISPLAY, 'E', "input devices handed to the guest"),
    IOCTL(CALL_ANY, TCGETS, "terminals as they were"),
    IOCTL(CALL_ALL, TCSETS, "terminals as they were"),
    IOCTL(CALL_BOTH, TCSETSW, "terminals as they were"),
    IOCTL(CALL_BOTH, TCFLSH, "a pseudo-terminal nobody reads"),
    IOCTL(CALL_BOTH, TIOCOUTQ, "what a client has not yet read"),
    IOCTL(CALL_BOTH | CALL_BESIDE, FIONREAD, "how much there is to read"),
    IOCTL(CALL_BESIDE, FIONBIO, "connections that do not wait"),
    CALL(rt_sigreturn, CALL_ANY, "kicks of vCPUs end"),
    CALL(rt_sigprocmask, CALL_ANY, "threads begin and end"),
    CALL(clock_gettime, CALL_ANY, "time, where the kernel does not map it"),
    CALL(gettimeofday, CALL_ANY, "time, where the kernel does not map it"),
    CALL(clock_nanosleep, CALL_ANY, "short waits"),
    CALL(nanosleep, CALL_ANY, "short waits"),
    CALL(restart_syscall, CALL_ANY, "a stopped program goes on"),
    CALL(sched_yield, CALL_ANY, "a full queue"),
    CALL(getrandom, CALL_BOTH | CALL_BESIDE, "the guest's random numbers"),
    CALL(getpid, CALL_ANY, "abort(), information about a machine"),
    CALL(gettid, CALL_ANY, "abort()"),
    CALL(tgkill, CALL_ANY, "kicks of vCPUs, abort()"),
    USE(prctl, CALL_ALL, 0, 0xffffffff, PR_SET_NAME, "names of threads"),
    CALL(clone3, CALL_BOTH, "threads for disks, at the first transfer"),
    CALL(clone, CALL_BOTH, "the same, of other C libraries"),
    CALL(seccomp, CALL_BOTH, "which are confined further"),
    CALL(set_robust_list, CALL_ALL, "a thread begins"),
    CALL(rseq, CALL_ALL, "a thread begins"),
    CALL(exit, CALL_ANY, "a thread ends"),
    CALL(exit_group, CALL_ANY, "the program ends"),
    CALL(unlink, CALL_MAIN | CALL_DISPLAY, "the paths of sockets, at the end"),
    CALL(kill, CALL_MAIN, "programs started for the machine, at the end"),
    CALL(wait4, CALL_MAIN, "the same"),
    CALL(waitid, CALL_MAIN, "whether one of them was stopped"),
    CALL(pselect6, CALL_DISPLAY, "a viewer's answer, with a limit"),
    CALL(getpeername, CALL_BESIDE, "who a viewer is, whom a connection is to"),
    CALL(getsockname, CALL_BESIDE, "at which address a connection is"),
    USE(socket, CALL_NET, 0, 0xffffffff, AF_INET, "connections of the guest's"),
    USE(socket, CALL_NET, 0, 0xffffffff, AF_INET6, "connections of the guest's"),
    CALL(connect, CALL_NET, "connections of the guest's"),
    CALL(bind, CALL_NET, "connections of the guest's, forwarded ports"),
    CALL(listen, CALL_NET, "forwarded ports"),
    CALL(accept, CALL_BESIDE, "forwarded ports, viewers"),
    DENIED(socket, CALL_BESIDE, "names of interfaces, the host's log"),
    DENIED(openat, CALL_DISPLAY, "libraries' settings, which are read at the start"),
    DENIED(access, CALL_BESIDE, "libraries' settings"),
    DENIED(readlink, CALL_BESIDE, "libraries' settings"),
    { SYS_openat, CALL_BOTH | CALL_NET, false, CALL_FOR_READING, 2, WRITES, 0,
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
        if (!(call->threads & 1u << kind) || (call->needs & ~needs) || call->denies)
            continue;
        for (unsigned before = 0; before < i && !counted; before++)
            counted = sandbox_calls[before].number == call->number &&
                      !sandbox_calls[before].denies &&
                      (sandbox_calls[before].threads & 1u << kind);
        count += !counted;
    }
    return count;
}
