/* fault_words.h: DMA faults in words, for igdvm watch and igdvm run. */
#ifndef CMD_FAULT_WORDS_H
#define CMD_FAULT_WORDS_H

#include "host/fault_watch.h" /* what happened */

#include <stddef.h> /* size_t */

#define FAULT_WORDS_SIZE 1024

/* What event of the device means, one line without its name and a newline. */
void fault_words(const struct fault_watch *watch, enum fault_event event, char *text,
                 size_t size);

#endif
