/* register_map.c: one chip's rules out of every module's table, found by offset. */
#include "model/registers.h"

#include "base/bytes.h"  /* range checks */
#include "base/error.h"  /* errors */
#include "model/chips.h" /* traits */

#include <stdlib.h>   /* calloc */
#include <sys/mman.h> /* mmap */

#define MAX_PLACES UINT16_MAX /* 0 in the index means: none */

/* One register of a rule. */
struct place {
    const struct register_table *table;
    const struct register_rule *rule;
    uint16_t index;
};

struct register_map {
    uint32_t size; /* bytes of registers */
    struct place *places;
    size_t count;
    uint16_t *by_dword; /* place + 1; pages without rules are never touched */
};

static size_t by_dword_size(const struct register_map *map)
{
    return map->size / 4 * sizeof(map->by_dword[0]);
}

static unsigned rule_count(const struct register_rule *rule)
{
    return rule->count ? rule->count : 1;
}

static uint32_t rule_stride(const struct register_rule *rule)
{
    return rule->stride ? rule->stride : 4;
}

static bool rule_applies(const struct register_rule *rule,
                         const struct model_chip *chip)
{
    return (!rule->on || (rule->on & chip->traits)) && !(rule->except & chip->traits);
}

static int add_place(struct register_map *map, const struct register_table *table,
                     const struct register_rule *rule, unsigned index,
                     struct error *err)
{
    uint64_t offset = rule->offset + (uint64_t)index * rule_stride(rule);
    if (offset % 4 || !range_inside(offset, 4, map->size))
        return error_set(
            err, ERROR_SYSTEM, -EINVAL,
            "model: register %s of %s is at %llx, expected a multiple of 4 "
            "below %x",
            rule->name, table->name, (unsigned long long)offset, map->size);
    uint16_t *slot = &map->by_dword[offset / 4];
    if (*slot)
        return error_set(err, ERROR_SYSTEM, -EEXIST,
                         "model: register %llx is %s of %s and %s of %s",
                         (unsigned long long)offset, map->places[*slot - 1].rule->name,
                         map->places[*slot - 1].table->name, rule->name, table->name);
    map->places[map->count] = (struct place){ table, rule, (uint16_t)index };
    map->count++;
    *slot = (uint16_t)map->count;
    return 0;
}

static int add_table(struct register_map *map, const struct register_table *table,
                     const struct model_chip *chip, struct error *err)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct register_rule *rule = &table->rules[i];
        if (!rule_applies(rule, chip))
            continue;
        for (unsigned index = 0; index < rule_count(rule); index++) {
            int result = add_place(map, table, rule, index, err);
            if (result < 0)
                return result;
        }
    }
    return 0;
}

/* Registers with rules this chip has, or none if they are too many. */
static size_t count_places(const struct model_chip *chip,
                           const struct register_table *const *tables)
{
    size_t count = 0;
    for (size_t i = 0; tables[i]; i++) {
        for (size_t j = 0; j < tables[i]->count; j++) {
            if (rule_applies(&tables[i]->rules[j], chip))
                count += rule_count(&tables[i]->rules[j]);
        }
    }
    return count;
}

static int fill(struct register_map *map, const struct model_chip *chip,
                const struct register_table *const *tables, struct error *err)
{
    size_t count = count_places(chip, tables);
    if (count > MAX_PLACES)
        return error_set(err, ERROR_SYSTEM, -E2BIG,
                         "model: %zu registers have rules, expected at most %u", count,
                         MAX_PLACES);
    map->places = calloc(count + 1, sizeof(map->places[0]));
    void *at = mmap(NULL, by_dword_size(map), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at != MAP_FAILED)
        map->by_dword = at;
    if (!map->places || !map->by_dword)
        return error_system(err, -ENOMEM, "model: map of registers");
    for (size_t i = 0; tables[i]; i++) {
        int result = add_table(map, tables[i], chip, err);
        if (result < 0)
            return result;
    }
    return 0;
}

struct register_map *register_map_new(const struct model_chip *chip, uint32_t size,
                                      const struct register_table *const *tables,
                                      struct error *err)
{
    struct register_map *map = calloc(1, sizeof(*map));
    if (!map) {
        error_system(err, -ENOMEM, "model: map of registers");
        return NULL;
    }
    map->size = size;
    if (fill(map, chip, tables, err) < 0) {
        register_map_free(map);
        return NULL;
    }
    return map;
}

void register_map_free(struct register_map *map)
{
    if (!map)
        return;
    if (map->by_dword)
        munmap(map->by_dword, by_dword_size(map));
    free(map->places);
    free(map);
}

const struct register_rule *register_map_find(const struct register_map *map,
                                              uint32_t offset, unsigned *index)
{
    uint16_t slot = map->by_dword[offset / 4];
    if (!slot)
        return NULL;
    *index = map->places[slot - 1].index;
    return map->places[slot - 1].rule;
}

void register_map_each(const struct register_map *map, struct model *model,
                       void (*call)(struct model *model,
                                    const struct register_rule *rule, uint32_t offset))
{
    for (size_t i = 0; i < map->count; i++) {
        const struct register_rule *rule = map->places[i].rule;
        call(model, rule, rule->offset + map->places[i].index * rule_stride(rule));
    }
}
