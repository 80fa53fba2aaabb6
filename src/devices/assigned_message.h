/* assigned_message.h: one vector of MSI or MSI-X, from the device's event to the guest.
 */
#ifndef DEVICES_ASSIGNED_MESSAGE_H
#define DEVICES_ASSIGNED_MESSAGE_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* messages */

struct board;

/*
 * The device signals fd. While the vector is linked, KVM sends the message then; while
 * it is masked, what came waits in fd.
 */
struct assigned_message {
    int fd;           /* -1: not made yet */
    int gsi;          /* stands for the message, -1: none yet; never given back */
    bool linked, set; /* set: the GSI sends the message below */
    uint64_t address;
    uint32_t data;
};

void assigned_message_init(struct assigned_message *message);
/* Make fd, if there is none. 0 or a negative errno. */
int assigned_message_open(struct assigned_message *message);
/* Unlinked before. */
void assigned_message_close(struct assigned_message *message);

/* What the vector sends from now on. 0 or a negative errno: then it must not be linked.
 */
int assigned_message_set(struct assigned_message *message, struct board *board,
                         uint64_t address, uint32_t data);

/*
 * Let the device's messages through. One that came while the vector was masked goes now
 * (PCI Local Bus Specification 3.0, 6.8.1.9). 0 or a negative errno.
 */
int assigned_message_link(struct assigned_message *message, struct board *board);
void assigned_message_unlink(struct assigned_message *message, struct board *board);

/* Does one wait, the vector being masked? */
bool assigned_message_waits(const struct assigned_message *message);
/* Drop what waits; was there something? */
bool assigned_message_forget(struct assigned_message *message);

#endif
