/* command.h: a command streamer: executes what rings and batches hold, step by step. */
#ifndef MODEL_COMMAND_H
#define MODEL_COMMAND_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* commands */

/* Address spaces: the global GTT, or the context's own page tables. */
enum command_space { COMMAND_GGTT, COMMAND_PPGTT };

/* What kind of engine a streamer feeds; as bits of a command's row. */
enum command_class {
    COMMAND_RENDER = 1,
    COMMAND_BLITTER = 2,
    COMMAND_VIDEO = 4,
    COMMAND_VIDEO_ENHANCE = 8,
    COMMAND_ANY = 15,
};

/* What a streamer reaches; all calls come inside command_run. */
struct command_bus {
    /* 0 or -EFAULT; what is not memory was dealt with (counted, told the driver). */
    int (*read)(void *opaque, enum command_space space, uint64_t address, void *data,
                size_t size);
    int (*write)(void *opaque, enum command_space space, uint64_t address,
                 const void *data, size_t size);
    /* Registers by offset in BAR0: any value a guest writes. */
    uint32_t (*load)(void *opaque, uint32_t offset);
    void (*store)(void *opaque, uint32_t offset, uint32_t value);
    /* Bits of an engine's interrupt: ENGINE_USER_INTERRUPT and so on. */
    void (*interrupt)(void *opaque, uint32_t bits);
    /* Translations must be looked up anew. */
    void (*invalidate)(void *opaque);
    /* Ticks since power-on, as the timestamp register counts. */
    uint64_t (*timestamp)(void *opaque);
};

/* A place to read commands from, other than the ring. */
struct command_batch {
    bool active;
    bool privileged; /* may write any register and use the GGTT */
    enum command_space space;
    uint64_t address; /* of the next command */
};

#define COMMAND_MAX_DWORDS 260 /* of a command that is executed */
#define COMMAND_WINDOW     64  /* dwords read ahead */

/* Counters of what was not executed, by the command's bits that tell what it is. */
#define COMMAND_SKIPPED_KINDS 192
struct command_skipped {
    uint32_t code; /* first dword, without operands */
    const char *name;
    uint64_t count;
};
struct command_statistics {
    uint64_t executed, skipped, unknown;
    uint64_t denied;  /* writes a batch without privilege tried */
    uint64_t faults;  /* accesses to what is not memory */
    uint64_t blitted; /* bytes the blitter wrote */
    struct command_skipped kinds[COMMAND_SKIPPED_KINDS];
    unsigned kind_count;
};

struct command;

struct command_streamer {
    /* Set once. */
    const struct command_bus *bus;
    void *opaque;
    struct command_statistics *statistics;
    enum command_class class;
    uint16_t generation; /* graphics version times ten: 60, 75, 90, 120 */
    uint32_t base;       /* of the engine's registers in BAR0 */

    /* The ring, in the GGTT; offsets in bytes. size 0: there is none. */
    uint32_t ring_start, ring_size, head, tail;
    struct command_batch batch, second; /* a first level batch, and one it called */
    uint64_t status_page;               /* GGTT address of the global status page */
    uint64_t context_page; /* and of the context's own; equal without execlists */
    uint64_t waits_at;     /* where a wait began; UINT64_MAX: nowhere */
    bool arbitration;      /* on: another context may come in at certain commands */
    bool preempt;          /* set by the caller: one waits */
    uint8_t predicate;     /* of MI_SET_PREDICATE */

    /* For who looks at a streamer that does not get on. */
    uint32_t header;  /* first dword of the present command */
    uint64_t address; /* where it was read */
    uint32_t error;   /* bits of the error identity register */
    bool loops;       /* the last turn jumped to one place again and again */

    /* Inside: nobody else's business. */
    struct command_batch *level; /* NULL: the ring */
    unsigned budget;             /* left of the turn */
    uint64_t last_jump;
    uint32_t progress; /* of a blit that takes more than one turn */
    uint32_t clip_from, clip_to;
    struct {
        bool ring;
        enum command_space space;
        uint64_t address;
        unsigned count;
        uint32_t dwords[COMMAND_WINDOW];
    } window;
};

/* How a turn ended. */
enum command_result {
    COMMAND_IDLE,      /* the ring is empty */
    COMMAND_MORE,      /* the turn's budget is used up */
    COMMAND_WAITS,     /* for memory or a register to change */
    COMMAND_PREEMPTED, /* at a point where another context may come in */
    COMMAND_STUCK,     /* until a reset: an instruction error, or no memory there */
};

/* Forget batches and everything a context does not keep. */
void command_reset(struct command_streamer *streamer);

/*
 * Execute, until something other than the next command is to be done. Each command
 * takes one of budget, longer ones more; the turn ends when none is left, so it is
 * bounded whatever the guest wrote.
 */
enum command_result command_run(struct command_streamer *streamer, unsigned budget);

#endif
