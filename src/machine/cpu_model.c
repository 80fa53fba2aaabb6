/* cpu_model.c: which processor the guest sees: features and topology asked for. */
#include "machine/cpu_model.h"

#include "base/bytes.h" /* ARRAY_SIZE */
#include "base/error.h" /* error_set */

#include <linux/kvm.h> /* struct kvm_cpuid2 */
#include <stdbool.h>   /* bool */
#include <stdio.h>     /* snprintf */
#include <string.h>    /* strchrnul */

static const struct {
    const char *name;
    uint8_t level;
} models[] = {
    { "host", 0 },      { "x86-64-v1", 1 }, { "x86-64-v2", 2 },
    { "x86-64-v3", 3 }, { "x86-64-v4", 4 },
};

/* Registers whose bits are features: in models with a level only known ones stay. */
static const struct {
    uint32_t leaf, subleaf;
    uint8_t word;
} feature_words[] = {
    { 0x1, 0, CPUID_ECX }, { 0x1, 0, CPUID_EDX },        { 0x7, 0, CPUID_EBX },
    { 0x7, 0, CPUID_ECX }, { 0x7, 0, CPUID_EDX },        { 0x7, 1, CPUID_EAX },
    { 0x7, 1, CPUID_EBX }, { 0x7, 1, CPUID_ECX },        { 0x7, 1, CPUID_EDX },
    { 0x7, 2, CPUID_EDX }, { 0x80000001, 0, CPUID_ECX }, { 0x80000001, 0, CPUID_EDX },
};

/*
 * Leaves with performance counters (Intel 64 SDM, volume 2: 0xa; AMD 24594, appendix E:
 * 0x80000022): no model with a level has any. KVM counts nothing for a guest whose leaf
 * says version 0.
 */
static const uint32_t counter_leaves[] = { 0xa, 0x80000022 };

/* State components of XSAVE (leaf 0xd) and the feature each belongs to. */
static const struct {
    uint8_t first, count;
    const char *feature;
} components[] = {
    { 2, 1, "avx" },
    { 5, 3, "avx512f" },
    { 9, 1, "pku" },
    { 17, 2, "amx_tile" },
};

/* Up to the comma or the end. */
static size_t part_length(const char *text)
{
    return (size_t)(strchrnul(text, ',') - text);
}

int cpu_model_parse(struct cpu_model *model, const char *text, struct error *err)
{
    size_t length = part_length(text);
    unsigned i = 0;

    *model = (struct cpu_model){ 0 };
    while (i < ARRAY_SIZE(models) && (strlen(models[i].name) != length ||
                                      memcmp(models[i].name, text, length) != 0))
        i++;
    if (i == ARRAY_SIZE(models))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "no model %.*s: expected host, or x86-64-v1 to x86-64-v4",
                         (int)length, text);
    model->level = models[i].level;
    for (text += length; *text; text += length) {
        text++; /* the comma */
        length = part_length(text);
        if (*text != '+' && *text != '-')
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "'%.*s': expected +FEATURE or -FEATURE", (int)length,
                             text);
        unsigned feature = cpu_feature_find(text + 1, (unsigned)length - 1);
        if (feature == cpu_feature_count)
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "no feature %.*s; names are those of /proc/cpuinfo",
                             (int)length - 1, text + 1);
        model->choices[feature] = *text == '+' ? CPU_WITH : CPU_WITHOUT;
    }
    return 0;
}

static uint32_t *find_word(struct kvm_cpuid2 *cpuid, uint32_t leaf, uint32_t subleaf,
                           uint8_t word)
{
    for (unsigned i = 0; i < cpuid->nent; i++) {
        struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];
        if (entry->function != leaf || entry->index != subleaf)
            continue;
        uint32_t *const words[] = { &entry->eax, &entry->ebx, &entry->ecx,
                                    &entry->edx };
        return words[word];
    }
    return NULL;
}

static bool has(struct kvm_cpuid2 *cpuid, const struct cpu_feature *feature)
{
    const uint32_t *word =
        find_word(cpuid, feature->leaf, feature->subleaf, feature->word);
    return word && (*word >> feature->bit & 1);
}

/* Is it to be there, if it can be had? */
static bool wanted(const struct cpu_model *model, unsigned feature)
{
    if (model->choices[feature] != CPU_AS_MODEL)
        return model->choices[feature] == CPU_WITH;
    uint8_t level = cpu_features[feature].level;
    return !model->level || level == LEVEL_ANY || level <= model->level;
}

/* Must it be there? */
static bool needed(const struct cpu_model *model, unsigned feature)
{
    uint8_t level = cpu_features[feature].level;
    return model->choices[feature] == CPU_WITH ||
           (model->choices[feature] == CPU_AS_MODEL && level != LEVEL_ANY &&
            level <= model->level);
}

static int check_needed(const struct cpu_model *model, struct kvm_cpuid2 *cpuid,
                        struct error *err)
{
    char missing[512] = "";
    size_t used = 0;

    for (unsigned i = 0; i < cpu_feature_count && used < sizeof(missing); i++) {
        if (needed(model, i) && !has(cpuid, &cpu_features[i]))
            used += (size_t)snprintf(missing + used, sizeof(missing) - used, " %s",
                                     cpu_features[i].name);
    }
    if (!used)
        return 0;
    return error_set(
        err, ERROR_IMPOSSIBLE, -ENOTSUP,
        "processor features that this host's processor or its KVM does not "
        "have:%s; take them away with --cpu MODEL,-FEATURE",
        missing);
}

/* What a level leaves of a register: the features it knows. */
static void keep_known(const struct cpu_model *model, struct kvm_cpuid2 *cpuid)
{
    for (unsigned i = 0; model->level && i < ARRAY_SIZE(feature_words); i++) {
        uint32_t known = 0;
        for (unsigned f = 0; f < cpu_feature_count; f++) {
            const struct cpu_feature *feature = &cpu_features[f];
            if (feature->leaf == feature_words[i].leaf &&
                feature->subleaf == feature_words[i].subleaf &&
                feature->word == feature_words[i].word)
                known |= 1u << feature->bit;
        }
        uint32_t *word = find_word(cpuid, feature_words[i].leaf,
                                   feature_words[i].subleaf, feature_words[i].word);
        if (word)
            *word &= known;
    }
    for (unsigned i = 0; model->level && i < cpuid->nent; i++) {
        struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];
        for (unsigned leaf = 0; leaf < ARRAY_SIZE(counter_leaves); leaf++) {
            if (entry->function == counter_leaves[leaf])
                entry->eax = entry->ebx = entry->ecx = entry->edx = 0;
        }
    }
}

/* State that no feature uses any more is not told of. */
static void cut_components(struct kvm_cpuid2 *cpuid)
{
    uint32_t *mask = find_word(cpuid, 0xd, 0, CPUID_EAX);
    for (unsigned i = 0; mask && i < ARRAY_SIZE(components); i++) {
        const char *name = components[i].feature;
        unsigned feature = cpu_feature_find(name, (unsigned)strlen(name));
        if (!has(cpuid, &cpu_features[feature]))
            *mask &= ~(((1u << components[i].count) - 1) << components[i].first);
    }
}

int cpu_model_apply(const struct cpu_model *model, struct kvm_cpuid2 *cpuid,
                    struct error *err)
{
    int result = check_needed(model, cpuid, err);
    if (result < 0)
        return result;
    keep_known(model, cpuid);
    bool cut = false;
    for (unsigned i = 0; i < cpu_feature_count; i++) {
        const struct cpu_feature *feature = &cpu_features[i];
        if (wanted(model, i))
            continue;
        uint32_t *word =
            find_word(cpuid, feature->leaf, feature->subleaf, feature->word);
        if (!word || !(*word >> feature->bit & 1))
            continue;
        *word &= ~(1u << feature->bit);
        cut = true;
    }
    if (cut)
        cut_components(cpuid);
    return 0;
}

/* Bits needed to tell `count` things apart. */
static unsigned bits_for(unsigned count)
{
    unsigned bits = 0;
    while (1u << bits < count)
        bits++;
    return bits;
}

unsigned cpu_topology_thread_bits(const struct cpu_topology *topology)
{
    return bits_for(topology->threads);
}

unsigned cpu_topology_core_bits(const struct cpu_topology *topology)
{
    return bits_for(topology->cores);
}

unsigned cpu_topology_apic_id(const struct cpu_topology *topology, unsigned index)
{
    unsigned thread = index % topology->threads;
    unsigned core = index / topology->threads % topology->cores;
    unsigned socket = index / topology->threads / topology->cores;
    unsigned thread_bits = cpu_topology_thread_bits(topology);

    return thread | core << thread_bits |
           socket << (thread_bits + cpu_topology_core_bits(topology));
}
