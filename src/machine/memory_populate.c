/* memory_populate.c: has the host give all pages of guest RAM before the guest runs. */
#include "machine/memory_populate.h"

#include "base/bytes.h" /* MIB */
#include "base/error.h" /* error_system */
#include "base/log.h"   /* progress */

#include <pthread.h>   /* threads */
#include <signal.h>    /* somebody wants it to end */
#include <stdatomic.h> /* who does which step */
#include <stdbool.h>   /* bool */
#include <sys/mman.h>  /* madvise */
#include <time.h>      /* once a second */
#include <unistd.h>    /* sysconf */

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

#define STEP         (64 * MIB)
#define MOST_THREADS 8
#define PAGE         4096
#define POLL_NS      100000000 /* how often it is looked whether it is done */

struct population {
    uint8_t *host;
    uint64_t size;
    atomic_ullong next, done; /* bytes given out, and populated */
    atomic_int error;         /* negative errno of the first failure */
    atomic_uint running;
};

/* Older kernels: a write to each page. Nothing is there yet, so that zeros change
 * nothing.
 */
static void touch(volatile uint8_t *at, uint64_t size)
{
    for (uint64_t i = 0; i < size; i += PAGE)
        at[i] = 0;
}

static int populate_step(uint8_t *at, uint64_t size)
{
    if (madvise(at, size, MADV_POPULATE_WRITE) == 0)
        return 0;
    if (errno != EINVAL)
        return errno == EFAULT ? -ENOMEM : -errno; /* EFAULT: SIGBUS if touched */
    touch(at, size);
    return 0;
}

static void *work(void *opaque)
{
    struct population *population = opaque;

    while (!population->error) {
        uint64_t at = atomic_fetch_add(&population->next, STEP);
        if (at >= population->size)
            break;
        uint64_t size = population->size - at < STEP ? population->size - at : STEP;
        int result = populate_step(population->host + at, size);
        if (result < 0) {
            int nobody = 0;
            atomic_compare_exchange_strong(&population->error, &nobody, result);
        } else {
            atomic_fetch_add(&population->done, size);
        }
    }
    atomic_fetch_sub(&population->running, 1);
    return NULL;
}

/* The signals that end igdvm are blocked, and wait. */
static bool shall_end(void)
{
    sigset_t waiting;
    sigpending(&waiting);
    return sigismember(&waiting, SIGINT) || sigismember(&waiting, SIGTERM) ||
           sigismember(&waiting, SIGHUP);
}

static void wait_and_tell(struct population *population)
{
    const struct timespec pause = { .tv_nsec = POLL_NS };
    for (unsigned polls = 1; population->running; polls++) {
        nanosleep(&pause, NULL);
        if (shall_end()) {
            int nobody = 0;
            atomic_compare_exchange_strong(&population->error, &nobody, -EINTR);
        }
        if (polls % (1000000000 / POLL_NS) == 0)
            log_info(NULL, "guest RAM: %llu of %llu MiB are there",
                     (unsigned long long)(population->done / MIB),
                     (unsigned long long)(population->size / MIB));
    }
}

static unsigned threads_for(uint64_t size)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t steps = (size + STEP - 1) / STEP;
    uint64_t threads = processors > 0 ? (uint64_t)processors : 1;
    if (threads > MOST_THREADS)
        threads = MOST_THREADS;
    return (unsigned)(threads < steps ? threads : steps);
}

int memory_populate(uint8_t *host, uint64_t size, struct error *err)
{
    struct population population = { .host = host, .size = size };
    pthread_t threads[MOST_THREADS];
    unsigned count = threads_for(size), started = 0;

    population.running = count;
    while (started < count &&
           pthread_create(&threads[started], NULL, work, &population) == 0)
        started++;
    atomic_fetch_sub(&population.running, count - started);
    if (started)
        wait_and_tell(&population);
    else
        population.error = -EAGAIN;
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    if (!population.error)
        return 0;
    if (population.error == -EINTR)
        return error_set(err, ERROR_IMPOSSIBLE, -EINTR,
                         "stopped by a signal while guest RAM was being allocated");
    return error_system(
        err, population.error,
        "guest RAM: the host gave %llu of %llu MiB; give the guest less "
        "memory",
        (unsigned long long)(population.done / MIB), (unsigned long long)(size / MIB));
}
