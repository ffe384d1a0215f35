/* sample.c - draws without replacement: a bitmap when dense, a hash table in value order when sparse.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sample.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

uint64_t sc_sample_below(gsl_rng *rng, uint64_t n)
{
    uint64_t value;
    if (n <= UINT64_C(1) << 32) {
        uint64_t share = (UINT64_C(1) << 32) / n;
        do
            value = gsl_rng_get(rng) / share;
        while (value >= n);
        return value;
    }
    uint64_t share = UINT64_MAX / n;
    do {
        value = (uint64_t)gsl_rng_get(rng) << 32;
        value = (value | gsl_rng_get(rng)) / share;
    } while (value >= n);
    return value;
}

static int reserve(struct sc_sample *sample, uint64_t words, struct sc_error *err)
{
    if (words > sample->capacity) {
        uint64_t *table = words <= SIZE_MAX / sizeof *table ? malloc((size_t)words * sizeof *table) : NULL;
        if (!table)
            return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for %" PRIu64 " random draws", words);
        free(sample->table);
        sample->table = table;
        sample->capacity = words;
    }
    if (words)
        memset(sample->table, 0, (size_t)words * sizeof *sample->table);
    sample->words = words;
    return SC_OK;
}

int sc_sample_start(struct sc_sample *sample, uint64_t total, uint64_t most, struct sc_error *err)
{
    sample->total = total;
    sample->cursor = 0;
    sample->complement = false;
    /* A bitmap of total bits takes at most 8 bytes per draw here. */
    sample->bits = total / 64 <= most;
    if (sample->bits)
        return reserve(sample, total / 64 + (total % 64 != 0), err);
    if (most > UINT64_MAX / 8)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for %" PRIu64 " random draws", most);
    /* Two home slots per draw and, behind the last home, room for any run of displaced values. */
    sample->stride = total / (2 * most + 1) + 1;
    return reserve(sample, 3 * most + 1, err);
}

/* Values are uniform, so their high part is already a hash; a value goes to its home slot or the first free one behind.
 * Returns false when it is there already. */
static bool hash_insert(struct sc_sample *sample, uint64_t value)
{
    uint64_t slot = value / sample->stride;
    while (sample->table[slot] && sample->table[slot] != value + 1)
        slot++;
    if (sample->table[slot])
        return false;
    sample->table[slot] = value + 1;
    return true;
}

static bool bit_insert(struct sc_sample *sample, uint64_t value)
{
    uint64_t mask = UINT64_C(1) << (value % 64);
    if (sample->table[value / 64] & mask)
        return false;
    sample->table[value / 64] |= mask;
    return true;
}

uint64_t sc_sample_draw(struct sc_sample *sample)
{
    for (;;) {
        uint64_t value = sc_sample_below(sample->rng, sample->total);
        if (sample->bits ? bit_insert(sample, value) : hash_insert(sample, value))
            return value;
    }
}

int sc_sample_set(struct sc_sample *sample, uint64_t total, uint64_t count, struct sc_error *err)
{
    int status = sc_sample_start(sample, total, count, err);
    if (status)
        return status;
    uint64_t draws = count;
    if (count > total / 2) { /* dense enough for a bitmap: draw what is left out instead */
        sample->complement = true;
        draws = total - count;
    }
    while (draws--)
        sc_sample_draw(sample);
    sc_sample_sort(sample);
    return SC_OK;
}

void sc_sample_sort(struct sc_sample *sample)
{
    if (sample->bits)
        return;
    uint64_t count = 0;
    for (uint64_t slot = 0; slot < sample->words; slot++)
        if (sample->table[slot])
            sample->table[count++] = sample->table[slot];
    sample->words = count;
    /* Slots follow the values up to short displacements, so insertion takes linear time. */
    for (uint64_t i = 1; i < count; i++) {
        uint64_t value = sample->table[i], j = i;
        for (; j > 0 && sample->table[j - 1] > value; j--)
            sample->table[j] = sample->table[j - 1];
        sample->table[j] = value;
    }
}

bool sc_sample_next(struct sc_sample *sample, uint64_t *value)
{
    if (!sample->bits) {
        if (sample->cursor == sample->words)
            return false;
        *value = sample->table[sample->cursor++] - 1;
        return true;
    }
    for (; sample->cursor < sample->total; sample->cursor++) {
        uint64_t word = sample->table[sample->cursor / 64] >> (sample->cursor % 64);
        if (word == 0 && !sample->complement) { /* skip to the next word */
            sample->cursor |= 63;
            continue;
        }
        if ((word & 1) != sample->complement) {
            *value = sample->cursor++;
            return true;
        }
    }
    return false;
}

void sc_sample_free(struct sc_sample *sample)
{
    free(sample->table);
    sample->table = NULL;
    sample->capacity = 0;
    sample->words = 0;
}
