/* rank.c - ranks from bitmaps with running counts, or by search from a guess.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rank.h"

#include <stdlib.h>

enum { DENSE = 16 /* one element in so many: 16 bytes per 64 positions are no more than 4 per element */ };

static int fill_words(struct sc_rank *r)
{
    const struct sc_pattern *p = r->rows;
    r->words = p->cols / SC_BITS + 1;
    r->word = calloc((size_t)p->rows, (size_t)r->words * 2 * sizeof *r->word);
    for (uint64_t row = 0; r->word && row < p->rows; row++) {
        uint64_t *word = r->word + 2 * row * r->words;
        sc_bits_set(word, 2, p->idx + p->ptr[row], p->ptr[row + 1] - p->ptr[row]);
        for (uint64_t w = 1; w < r->words; w++)
            word[2 * w + 1] = word[2 * w - 1] + sc_bit_count(word[2 * w - 2]);
    }
    return r->word ? SC_OK : SC_NO_MEMORY;
}

int sc_rank_init(struct sc_rank *rank, const struct sc_pattern *rows, struct sc_error *err)
{
    *rank = (struct sc_rank){.rows = rows};
    bool dense = rows->nnz > 0 && rows->rows * rows->cols / DENSE <= rows->nnz; /* dimensions are below 2^32 */
    if (!dense || fill_words(rank) == SC_OK)
        return SC_OK;
    *rank = (struct sc_rank){0};
    return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the bitmaps of an operand");
}

void sc_rank_free(struct sc_rank *rank)
{
    free(rank->word);
    *rank = (struct sc_rank){0};
}

struct sc_rank_value sc_rank_value(const struct sc_rank *rank, uint64_t value)
{
    uint64_t cols = rank->rows->cols;
    return (struct sc_rank_value){
        .value = value, .word = value / SC_BITS, .below = (UINT64_C(1) << value % SC_BITS) - 1,
        .share = value < cols ? (double)value / (double)cols : 1,
    };
}

uint64_t sc_rank_search(const struct sc_rank *rank, uint64_t row, const struct sc_rank_value *v)
{
    const uint32_t *idx = rank->rows->idx + rank->rows->ptr[row];
    uint64_t begin = 0, end = rank->rows->ptr[row + 1] - rank->rows->ptr[row], step = 1;
    uint64_t guess = (uint64_t)(v->share * (double)end);
    if (guess < end && idx[guess] < v->value) { /* steps that double, up or down, until the answer is between two */
        begin = guess + 1;
        while (step < end - begin && idx[begin + step] < v->value) {
            begin += step + 1;
            step *= 2;
        }
        end = step < end - begin ? begin + step : end;
    } else {
        end = guess;
        while (step <= end - begin && idx[end - step] >= v->value) {
            end -= step;
            step *= 2;
        }
        begin = step <= end - begin ? end - step + 1 : begin;
    }
    while (begin < end) {
        uint64_t middle = begin + (end - begin) / 2;
        if (idx[middle] < v->value)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}
