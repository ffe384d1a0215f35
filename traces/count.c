/* count.c - counts tiles and windows along K on a pattern.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "count.h"

#include <math.h>
#include <stdlib.h>

/* One pass over the fibers for one size of tile. */
struct walk {
    const struct sc_pattern *fibers;
    const uint32_t *other;
    const uint64_t *before; /* words of the other operand at smaller k */
    uint32_t *seen;         /* per k: the last tile that had it */
    uint32_t serial;
};

/* Nonzeros [from, to) of a tile: distinct k, and words of the other operand between them and at them. */
struct reach {
    double distinct, read, matched;
};

static struct reach reach_of(struct walk *w, uint64_t from, uint64_t to)
{
    uint32_t low = UINT32_MAX, high = 0;
    uint64_t distinct = 0, matched = 0;
    w->serial++;
    for (uint64_t q = from; q < to; q++) {
        uint32_t k = w->fibers->idx[q];
        if (w->seen[k] == w->serial)
            continue;
        w->seen[k] = w->serial;
        distinct++;
        matched += w->other[k];
        low = k < low ? k : low;
        high = k > high ? k : high;
    }
    double read = distinct ? (double)(w->before[(uint64_t)high + 1] - w->before[low]) : 0;
    return (struct reach){(double)distinct, read, (double)matched};
}

static void count_chunks(struct walk *w, struct sc_tiling *t, uint64_t size, uint64_t row)
{
    uint64_t at = w->fibers->ptr[row], end = w->fibers->ptr[row + 1], chunk = size, cut = 0;
    t->folded++;
    t->chunk_words += (double)(end - at);
    for (; at < end; chunk = size - 1) {
        uint64_t to = end - at < chunk ? end : at + chunk;
        struct reach r = reach_of(w, at, to);
        t->chunks++;
        t->chunk_read += r.read;
        t->chunk_matched += r.matched;
        uint64_t behind = w->before[(uint64_t)w->fibers->idx[to - 1] + 1];
        if (chunk == size)
            t->first_read += (double)behind;
        else if (to < end)
            t->middle_read += (double)(behind - cut);
        cut = behind;
        at = to;
    }
}

static void count_tiles(struct walk *w, struct sc_tiling *t, uint64_t size)
{
    const uint64_t *ptr = w->fibers->ptr;
    *t = (struct sc_tiling){0};
    for (uint64_t row = 0, end; row < w->fibers->rows; row = end) {
        end = row + 1;
        if (ptr[end] - ptr[row] > size) {
            count_chunks(w, t, size, row);
            continue;
        }
        while (end < w->fibers->rows && ptr[end + 1] - ptr[row] <= size)
            end++;
        struct reach r = reach_of(w, ptr[row], ptr[end]);
        double words = (double)(ptr[end] - ptr[row]);
        t->tiles++;
        t->empty += words <= 0;
        t->words += words;
        t->squares += words * words;
        t->distinct += r.distinct;
        t->read += r.read;
        t->matched += r.matched;
    }
}

/* Sums of one level of windows. */
struct bins {
    double pairs[SC_WINDOW_BINS], words[SC_WINDOW_BINS], squares[SC_WINDOW_BINS];
};

static void add_window(struct bins *b, uint64_t words)
{
    unsigned bin = 0;
    for (uint64_t rest = words >> 1; rest > 0 && bin + 1 < SC_WINDOW_BINS; rest >>= 1)
        bin++;
    b->pairs[bin]++;
    b->words[bin] += (double)words;
    b->squares[bin] += (double)words * (double)words;
}

/* Runs of nonzeros in the same of 2^level windows. */
static void count_windows(struct sc_counted *c, const struct sc_pattern *p, unsigned level)
{
    struct bins b = {0};
    for (uint64_t row = 0; row < p->rows; row++) {
        uint64_t window = UINT64_MAX, words = 0;
        for (uint64_t q = p->ptr[row]; q < p->ptr[row + 1]; q++) {
            uint64_t now = ((uint64_t)p->idx[q] << level) / p->cols;
            if (now != window && words > 0) {
                add_window(&b, words);
                words = 0;
            }
            window = now;
            words++;
        }
        if (words > 0)
            add_window(&b, words);
    }
    double pairs = (double)p->rows * (double)(UINT64_C(1) << level);
    for (unsigned i = 0; i < SC_WINDOW_BINS; i++) {
        double mean = b.words[i] / fmax(1, b.pairs[i]);
        c->share[level][i] = (float)(b.pairs[i] / fmax(1, pairs));
        c->mean[level][i] = (float)mean;
        c->variance[level][i] = (float)fmax(0, b.squares[i] / fmax(1, b.pairs[i]) - mean * mean);
    }
}

int sc_count_along_k(struct sc_counted *counted, const struct sc_pattern *fibers, const uint32_t *other,
                     struct sc_error *err)
{
    size_t k = (size_t)fibers->cols;
    uint64_t *before = calloc(k + 1, sizeof *before);
    struct walk w = {.fibers = fibers, .other = other, .before = before, .seen = malloc((k + 1) * sizeof *w.seen)};
    int status = before && w.seen ? SC_OK : sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory to count tiles");
    *counted = (struct sc_counted){0};
    for (size_t i = 0; i < k && status == SC_OK; i++)
        before[i + 1] = before[i] + other[i];
    for (unsigned i = 0; i < SC_TILE_SIZES && status == SC_OK; i++) {
        for (size_t j = 0; j < k; j++)
            w.seen[j] = 0;
        w.serial = 0;
        count_tiles(&w, &counted->tiling[i], (uint64_t)SC_TILE_SMALLEST << i);
    }
    for (unsigned i = 0; i < SC_WINDOW_LEVELS && status == SC_OK; i++)
        count_windows(counted, fibers, i);
    counted->known = status == SC_OK;
    free(before);
    free(w.seen);
    return status;
}
