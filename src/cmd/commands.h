/* commands.h: the subcommands; each returns the exit status. */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

/* Exit statuses. */
enum {
    STATUS_DONE = 0,
    STATUS_IMPOSSIBLE = 1, /* not possible as asked */
    STATUS_USAGE = 2,      /* bad usage or bad input */
    STATUS_SYSTEM = 3,     /* the host or the kernel failed */
};

/* argv[0] is the subcommand's name. */
int cmd_run(int argc, char **argv);
int cmd_ctl(int argc, char **argv);
int cmd_model(int argc, char **argv);
int cmd_opregion(int argc, char **argv);
int cmd_vbt(int argc, char **argv);

#endif
