/* host_commands.h: the subcommands of the host tool, which igdvm-host carries out. */
#ifndef CMD_HOST_COMMANDS_H
#define CMD_HOST_COMMANDS_H

#include "cmd/commands.h" /* exit statuses */

/*
 * One row a command: name, what it does. Both programs read this list: igdvm to name
 * them in its help and to hand them on, igdvm-host to run cmd_NAME.
 */
#define HOST_COMMANDS(X)                                                  \
    X(doctor, "say what this computer can do and what stands in the way") \
    X(bind, "hand the GPU to vfio-pci, now or at every boot")             \
    X(unbind, "put the host back as it was before bind")                  \
    X(status, "show who has the GPU and what bind changed")               \
    X(watch, "follow the kernel log for DMA faults of the GPU")           \
    X(rom, "show, check, fix and extract video BIOSes and GOP drivers")   \
    X(snapshot, "write what doctor reads to a file safe to post")         \
    X(diff, "compare two snapshots in words")

#define DECLARE_COMMAND(name, summary) int cmd_##name(int argc, char **argv);
HOST_COMMANDS(DECLARE_COMMAND)
#undef DECLARE_COMMAND

#endif
