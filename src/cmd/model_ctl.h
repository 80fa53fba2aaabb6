/* model_ctl.h: igdvm model ctl. */
#ifndef CMD_MODEL_CTL_H
#define CMD_MODEL_CTL_H

/* argv[0] is "ctl". Returns the exit status. */
int model_ctl(int argc, char **argv);

#endif
