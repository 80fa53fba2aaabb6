/* pipe_crc.h: a checksum of each picture a pipe shows, for tests of drivers. */
#ifndef MODEL_PIPE_CRC_H
#define MODEL_PIPE_CRC_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* bits */

struct model;
struct screen;

/*
 * A new picture begins: where checksums are switched on for this pipe, put the next
 * one into its registers. Returns the pipe's events, as interrupt_pipe takes them.
 */
uint32_t pipe_crc_update(struct model *model, unsigned pipe);

/* Is there a checksum that the driver has not read yet? */
bool pipe_crc_waits(const struct model *model, unsigned pipe);

/* Free what was kept of pictures. */
void pipe_crc_free(struct model *model);

#endif
