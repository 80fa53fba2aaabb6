/* batches.c: batches on every engine: stores, contexts, many, and one that hangs. */
#include "card.h"
#include "gem.h"
#include "probe.h" /* JSON */

#include <errno.h>  /* error numbers */
#include <string.h> /* strerror */
#include <unistd.h> /* close */

#define MI_BATCH_BUFFER_START (0x31 << 23)

/* One store on an engine in a context; the problem, or NULL. */
static const char *store_once(int fd, unsigned generation, const struct engine *engine,
                              uint32_t context, uint32_t value)
{
    struct object target = gem_create(fd, 4096);
    struct batch batch;

    batch_begin(fd, &batch);
    batch_store(&batch, generation, &target, 64, value);
    int result = batch_submit(fd, &batch, engine, context);
    if (result == 0)
        result = gem_wait(fd, &target);
    const char *problem = result < 0 ? strerror(-result) : NULL;
    if (!problem && target.dwords[16] != value)
        problem = "the value is not in memory";
    if (!problem && (target.dwords[15] || target.dwords[17]))
        problem = "something beside the value was written";
    gem_free(fd, &batch.object);
    gem_free(fd, &target);
    return problem;
}

static bool engine_batches(int fd, unsigned generation, const struct engine *engine,
                           unsigned count)
{
    unsigned done = 0;
    const char *problem = NULL;
    double start = seconds();
    uint32_t context = gem_context(fd);

    json_open(engine->name, '{');
    for (; done < count && !problem; done++)
        problem = store_once(fd, generation, engine, 0, 0xc0de0000 + done);
    if (problem)
        done--;
    json_number("asked", count);
    json_number("batches", done);
    json_number("seconds", seconds() - start);
    if (!problem && context) {
        problem = store_once(fd, generation, engine, context, 0xfeed0001);
        json_bool("own_context", !problem);
    }
    if (context)
        gem_context_free(fd, context);
    if (problem)
        json_string("problem", problem);
    json_close('}');
    return !problem;
}

bool command_batches(const struct request *request)
{
    struct engine engines[MAX_ENGINES];
    struct card card;
    bool good = true;

    card_open(&card, request->card);
    unsigned generation = gem_generation(card.fd);
    unsigned count = gem_engines(card.fd, engines);
    json_number("generation", generation);
    json_open("engines", '{');
    for (unsigned i = 0; i < count; i++)
        good = engine_batches(card.fd, generation, &engines[i], request->count) && good;
    json_close('}');
    close(card.fd);
    return good && count > 0;
}

/* A batch that jumps to itself for ever, and what the kernel then says of its context.
 */
static bool engine_hang(int fd, unsigned generation, const struct engine *engine)
{
    struct batch batch;
    uint32_t context = gem_context(fd);
    double start = seconds();

    json_open(engine->name, '{');
    batch_begin(fd, &batch);
    /* No MI_ARB_CHECK: where it can be preempted, heartbeats pass and find no hang. */
    batch_emit(&batch, 0);
    batch_emit(&batch, 0);
    batch_emit(&batch, MI_BATCH_BUFFER_START | 1 << 8 | (generation >= 8 ? 1 : 0));
    batch_address(&batch, generation, &batch.object, 0, false);
    int result = batch_submit(fd, &batch, engine, context);
    if (result == 0)
        result = gem_wait(fd, &batch.object);
    json_string("wait", result < 0 ? strerror(-result) : "ended");
    json_number("seconds", seconds() - start);
    struct drm_i915_reset_stats stats = { .ctx_id = context };
    if (drm_ioctl(fd, DRM_IOCTL_I915_GET_RESET_STATS, &stats) == 0)
        json_number("batch_active", stats.batch_active);
    gem_context_free(fd, context);
    const char *problem = store_once(fd, generation, engine, 0, 0x600d600d);
    json_bool("works_after", !problem);
    if (problem)
        json_string("problem", problem);
    json_close('}');
    gem_free(fd, &batch.object);
    return !problem && result == 0 && stats.batch_active > 0;
}

bool command_hang(const struct request *request)
{
    struct engine engines[MAX_ENGINES];
    struct card card;
    bool good = true;

    card_open(&card, request->card);
    unsigned generation = gem_generation(card.fd);
    unsigned count = gem_engines(card.fd, engines);
    json_open("engines", '{');
    for (unsigned i = 0; i < count && i < request->count; i++)
        good = engine_hang(card.fd, generation, &engines[i]) && good;
    json_close('}');
    close(card.fd);
    return good && count > 0;
}
