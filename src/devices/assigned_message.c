/* assigned_message.c: one vector of MSI or MSI-X, from the device's event to the guest.
 */
#include "devices/assigned_message.h"

#include "devices/board.h" /* irqfd */

#include <poll.h>        /* does a message wait? */
#include <sys/eventfd.h> /* eventfd */
#include <unistd.h>      /* close */

void assigned_message_init(struct assigned_message *message)
{
    *message = (struct assigned_message){ .fd = -1, .gsi = -1 };
}

int assigned_message_open(struct assigned_message *message)
{
    if (message->fd < 0)
        message->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return message->fd < 0 ? -errno : 0;
}

void assigned_message_close(struct assigned_message *message)
{
    if (message->fd >= 0)
        close(message->fd);
    message->fd = -1;
}

bool assigned_message_forget(struct assigned_message *message)
{
    uint64_t count;
    return message->fd >= 0 &&
           read(message->fd, &count, sizeof(count)) == sizeof(count);
}

bool assigned_message_waits(const struct assigned_message *message)
{
    struct pollfd event = { .fd = message->fd, .events = POLLIN };
    return message->fd >= 0 && !message->linked && poll(&event, 1, 0) == 1;
}

int assigned_message_set(struct assigned_message *message, struct board *board,
                         uint64_t address, uint32_t data)
{
    bool fresh = message->gsi < 0;
    if (fresh)
        message->gsi = board_msi_gsi_new(board);
    if (message->gsi < 0)
        return message->gsi;
    if (!fresh && message->set && message->address == address && message->data == data)
        return 0;
    int result = board_msi_gsi_set(board, (unsigned)message->gsi, address, data);
    message->set = result == 0;
    if (result == 0) {
        message->address = address;
        message->data = data;
    }
    return result;
}

int assigned_message_link(struct assigned_message *message, struct board *board)
{
    if (message->linked)
        return 0;
    bool waited = assigned_message_forget(message);
    int result = board_irqfd(board, message->fd, (unsigned)message->gsi, -1, true);
    message->linked = result == 0;
    const uint64_t one = 1;
    if (waited && write(message->fd, &one, sizeof(one)) < 0)
        return -errno;
    return result;
}

void assigned_message_unlink(struct assigned_message *message, struct board *board)
{
    if (message->linked)
        board_irqfd(board, message->fd, (unsigned)message->gsi, -1, false);
    message->linked = false;
}
