/* board.c: the machine as its devices see it. */
#include "machine/machine_internal.h" /* struct machine */

static struct machine *of_board(struct board *board)
{
    return board->opaque;
}

static void set_gsi(struct board *board, unsigned gsi, bool level)
{
    kvm_set_gsi(&of_board(board)->kvm, gsi, level);
}

static void signal_msi(struct board *board, uint64_t address, uint32_t data)
{
    kvm_signal_msi(&of_board(board)->kvm, address, data);
}

static void request_reset(struct board *board)
{
    machine_request(of_board(board), REQUEST_RESET);
}

static void request_power_off(struct board *board)
{
    machine_request(of_board(board), REQUEST_POWER_OFF);
}

static int map(struct board *board, uint64_t address, void *host, uint64_t size,
               unsigned flags)
{
    return kvm_map(&of_board(board)->kvm, address, host, size,
                   flags & BOARD_MAP_READ_ONLY);
}

static int unmap(struct board *board, uint64_t address, uint64_t size)
{
    return kvm_unmap(&of_board(board)->kvm, address, size);
}

static int irqfd(struct board *board, int fd, unsigned gsi, int resample_fd, bool on)
{
    return kvm_irqfd(&of_board(board)->kvm, fd, gsi, resample_fd, on);
}

static int msi_gsi_new(struct board *board)
{
    return kvm_msi_gsi_new(&of_board(board)->kvm);
}

static int msi_gsi_set(struct board *board, unsigned gsi, uint64_t address,
                       uint32_t data)
{
    return kvm_msi_gsi_set(&of_board(board)->kvm, gsi, address, data);
}

static int ioeventfd(struct board *board, int fd, uint64_t address, unsigned size,
                     bool port, bool on)
{
    return kvm_ioeventfd(&of_board(board)->kvm, fd, address, size, port, on);
}

static int gather_writes(struct board *board, uint64_t address, uint64_t size,
                         bool port, bool on)
{
    struct gathered_writes *gathered = &of_board(board)->gathered;
    const struct gathered_zone zone = { address, size, port };
    return on ? gathered_add(gathered, &zone) : gathered_remove(gathered, &zone);
}

static const struct board_ops ops = {
    .set_gsi = set_gsi,
    .signal_msi = signal_msi,
    .request_reset = request_reset,
    .request_power_off = request_power_off,
    .map = map,
    .unmap = unmap,
    .irqfd = irqfd,
    .msi_gsi_new = msi_gsi_new,
    .msi_gsi_set = msi_gsi_set,
    .ioeventfd = ioeventfd,
    .gather_writes = gather_writes,
};

int machine_board_init(struct machine *machine, struct error *err)
{
    return board_init(&machine->board, &ops, machine, &machine->memory.ram, err);
}
