/* opregion.h: the subcommands of igdvm opregion; each returns the exit status. */
#ifndef CMD_OPREGION_H
#define CMD_OPREGION_H

/* argv[0] is the subcommand's name. */
int opregion_build(int argc, char **argv);

#endif
