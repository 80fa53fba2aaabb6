/* fake_server.h: a vfio-user server on a thread, which can be told to misbehave. */
#ifndef TEST_FAKE_SERVER_H
#define TEST_FAKE_SERVER_H

#include "vfio/user_protocol.h" /* messages */

#include <pthread.h> /* the server's thread */
#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */

enum fault {
    FAULT_NONE,
    FAULT_SILENT,        /* no reply at all */
    FAULT_CLOSE,         /* closes instead of replying */
    FAULT_WRONG_ID,      /* the reply has another number */
    FAULT_WRONG_COMMAND, /* the reply is to another command */
    FAULT_WRONG_TYPE,    /* neither a command nor a reply */
    FAULT_SHORT,        /* one byte of payload less (a byte more where there is none) */
    FAULT_LONG,         /* 8 KiB of payload more */
    FAULT_HUGE,         /* a size of 4 GiB */
    FAULT_TINY,         /* a size smaller than the header */
    FAULT_TRUNCATED,    /* closes in the middle of the message */
    FAULT_STALLED,      /* stops in the middle of the message, and stays */
    FAULT_EXTRA_FDS,    /* three descriptors too many */
    FAULT_TOO_MANY_FDS, /* more descriptors than a message may carry */
    FAULT_REFUSE,       /* an error reply, EPERM */
    FAULT_REFUSE_ZERO,  /* an error reply that names no error */
    FAULT_FLOOD,        /* requests of its own without end, no reply */
};

struct fake_server {
    int socket; /* the server's end */
    int client; /* the client's end; the test gives it away */
    pthread_t thread;

    /* Set by the test before it opens the device. */
    enum fault fault;
    unsigned fault_command; /* the command it happens at */
    const char *json;       /* capabilities; NULL: none */
    uint16_t major, minor;
    unsigned region_count, irq_count, irq_vectors;
    const void *region9_info; /* replaces the info of region 9 */
    size_t region9_size;
    bool
        region0_short_file; /* the file of region 0 is smaller than its mappable area */
    bool wrong_access_echo; /* accesses are answered for another offset */

    /* What it saw; looked at after the call that made it. */
    struct vfio_user_irq_set irq_sets[16];
    unsigned irq_fds[16];
    unsigned irq_set_count;
    int trigger_fd; /* the last eventfd set for triggering vector 0 */
    int unmask_fd;
    struct vfio_user_dma_map dma_map;
    unsigned dma_map_fds, dma_maps, dma_unmaps, resets;
    uint32_t largest_access;
    uint8_t config[256];
    uint8_t bar2[3 << 20]; /* region 2: not mappable, larger than an access */

    /* Memory it asks the client for when region 2, offset 0 is written. */
    uint64_t dma_address;
    uint64_t dma_count;
    uint32_t dma_error;     /* of the client's reply */
    uint8_t dma_data[4096]; /* what DMA_READ gave; then incremented and written back */
};

/* A socket pair with the server's defaults; start runs it, stop ends and frees it. */
void fake_server_init(struct fake_server *server);
void fake_server_start(struct fake_server *server);
/* Also closes `client` unless it is -1. */
void fake_server_stop(struct fake_server *server);

#endif
