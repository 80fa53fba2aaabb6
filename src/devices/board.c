/* board.c: the spaces, lock, bus and event loop that every board has. */
#include "devices/board.h"

#include "base/bytes.h"      /* KIB */
#include "base/error.h"      /* error_system */
#include "base/event_loop.h" /* the loop */
#include "pci/bus.h"         /* the root bus */
#include "pci/space.h"       /* ports and memory */

#define PORT_SPACE   (64 * KIB)
#define MEMORY_SPACE (1ull << 52) /* the most an x86 CPU can address */

int board_init(struct board *board, const struct board_ops *ops, void *opaque,
               struct guest_memory *ram, struct error *err)
{
    *board = (struct board){ .ops = ops, .opaque = opaque, .ram = ram };
    pthread_mutex_init(&board->lock, NULL);
    board->loop = event_loop_new(err);
    if (!board->loop)
        return err ? err->code : -ENOMEM;
    board->ports = space_new(PORT_SPACE);
    board->memory = space_new(MEMORY_SPACE);
    if (!board->ports || !board->memory)
        return error_system(err, -ENOMEM, "address spaces");
    space_set_lock(board->ports, &board->lock);
    space_set_lock(board->memory, &board->lock);
    board->pci = pci_bus_new(board->ports, board->memory);
    return board->pci ? 0 : error_system(err, -ENOMEM, "PCI bus");
}

void board_finish(struct board *board)
{
    pci_bus_free(board->pci);
    space_free(board->ports);
    space_free(board->memory);
    event_loop_free(board->loop);
    pthread_mutex_destroy(&board->lock);
}
