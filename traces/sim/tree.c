/* tree.c - unions of fibers by bitmaps (dense operands) or by the last fiber seen in each column (sparse ones).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "tree.h"

#include <stdlib.h>
#include <string.h>

#include "bits.h"

enum { DENSE = 32 /* one element in so many: a bitmap is no larger than the column indices */ };

static int fill_bitmaps(struct sc_tree *t)
{
    const struct sc_pattern *rows = t->rows;
    t->words = (rows->cols + SC_BITS - 1) / SC_BITS;
    t->bitmap = calloc((size_t)(rows->rows * t->words), sizeof *t->bitmap);
    for (uint64_t k = 0; t->bitmap && k < rows->rows; k++)
        sc_bits_set(t->bitmap + k * t->words, 1, rows->idx + rows->ptr[k], rows->ptr[k + 1] - rows->ptr[k]);
    return t->bitmap ? SC_OK : SC_NO_MEMORY;
}

int sc_tree_init(struct sc_tree *tree, const struct sc_pattern *rows, uint64_t leaves, struct sc_error *err)
{
    *tree = (struct sc_tree){.rows = rows, .leaves = leaves, .serial = 1};
    bool dense = rows->nnz > 0 && rows->rows * rows->cols / DENSE <= rows->nnz; /* dimensions are below 2^32 */
    int status;
    if (dense) {
        status = fill_bitmaps(tree);
    } else {
        tree->seen = calloc(rows->cols ? (size_t)rows->cols : 1, sizeof *tree->seen);
        status = tree->seen ? SC_OK : SC_NO_MEMORY;
    }
    if (status) {
        sc_tree_free(tree);
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the unions of the merge tree");
    }
    return SC_OK;
}

void sc_tree_free(struct sc_tree *tree)
{
    free(tree->bitmap);
    free(tree->seen);
    for (unsigned r = 0; r <= SC_TREE_ROUNDS; r++) {
        free(tree->sum[r]);
        free(tree->of[r].length);
    }
    *tree = (struct sc_tree){0};
}

static int make_room(struct sc_lengths_list *list, uint64_t room)
{
    if (room <= list->room)
        return SC_OK;
    room = room > 2 * list->room ? room : 2 * list->room;
    uint64_t *grown = realloc(list->length, (size_t)room * sizeof *grown);
    if (!grown)
        return SC_NO_MEMORY;
    list->length = grown;
    list->room = room;
    return SC_OK;
}

/* The unions being built for one output row.  Round 0 builds fibers, round r merges what round r - 1 leaves. */
struct build {
    struct sc_tree *tree;
    unsigned rounds;                       /* to build: enough when no fiber is dropped */
    uint64_t fibers;                       /* kept so far */
    uint64_t fill[SC_TREE_ROUNDS + 1];     /* fibers that went into the current union */
    uint64_t length[SC_TREE_ROUNDS + 1];   /* elements of it (not with bitmaps) */
    uint64_t start[SC_TREE_ROUNDS + 1];    /* serial of its first fiber */
};

/* Rounds that merge `fibers` fibers into one. */
static unsigned rounds_for(uint64_t fibers, uint64_t leaves)
{
    unsigned rounds = fibers > 0;
    for (uint64_t reach = leaves; reach < fibers; reach *= leaves)
        rounds++;
    return rounds;
}

static void merge_bitmap(uint64_t *sum, const uint64_t *with, uint64_t words)
{
    for (uint64_t w = 0; w < words; w++)
        sum[w] |= with[w];
}

static uint64_t bitmap_length(const uint64_t *bitmap, uint64_t words)
{
    uint64_t length = 0;
    for (uint64_t w = 0; w < words; w++)
        length += sc_bit_count(bitmap[w]);
    return length;
}

/* Ends the union of round r. */
static void end_union(struct build *b, unsigned r)
{
    struct sc_tree *t = b->tree;
    uint64_t length = t->words ? bitmap_length(t->sum[r], t->words) : b->length[r];
    if (r < b->rounds) {
        b->fill[r + 1]++;
        if (t->words)
            merge_bitmap(t->sum[r + 1], t->sum[r], t->words);
    }
    if (t->words)
        memset(t->sum[r], 0, (size_t)t->words * sizeof *t->sum[r]);
    b->fill[r] = b->length[r] = 0;
    b->start[r] = t->serial + b->fibers;
    t->of[r].length[t->of[r].count++] = length;
}

/* Ends the unions that the last fiber completes. */
static void end_full_unions(struct build *b)
{
    for (unsigned r = 1; r <= b->rounds && b->fill[r] == b->tree->leaves; r++)
        end_union(b, r);
}

/* Row k in the current fiber: its elements are new in round 0 unless the fiber had them, in round r unless the union
 * had. */
static void walk_row(struct build *b, uint64_t k)
{
    const struct sc_pattern *rows = b->tree->rows;
    uint32_t *seen = b->tree->seen, fiber = (uint32_t)(b->tree->serial + b->fibers);
    uint64_t found = 0;
    for (uint64_t q = rows->ptr[k]; q < rows->ptr[k + 1]; q++) {
        uint32_t *last = &seen[rows->idx[q]];
        found += *last != fiber;
        for (unsigned r = 1; r <= b->rounds && *last < b->start[r]; r++)
            b->length[r]++;
        *last = fiber;
    }
    b->length[0] += found;
}

static void add_row(struct build *b, uint64_t k)
{
    struct sc_tree *t = b->tree;
    if (t->words)
        merge_bitmap(t->sum[0], t->bitmap + k * t->words, t->words);
    else
        walk_row(b, k);
}

static bool is_empty(const struct sc_tree *t, const uint32_t *k, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        if (t->rows->ptr[k[i] + (uint64_t)1] > t->rows->ptr[k[i]])
            return false;
    return true;
}

/* A fiber of one row needs no union of its own. */
static void add_single(struct build *b, uint64_t k)
{
    struct sc_tree *t = b->tree;
    t->of[0].length[t->of[0].count++] = t->rows->ptr[k + 1] - t->rows->ptr[k];
    if (t->words) {
        merge_bitmap(t->sum[1], t->bitmap + k * t->words, t->words);
    } else {
        walk_row(b, k);
        b->length[0] = 0;
    }
    b->fibers++;
    b->fill[1]++;
    end_full_unions(b);
}

static void add_fiber(struct build *b, const uint32_t *k, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        add_row(b, k[i]);
    b->fibers++;
    end_union(b, 0);
    end_full_unions(b);
}

/* Room for a row of at most `fibers` fibers, merged in `rounds` rounds. */
static int begin(struct build *b, struct sc_tree *t, uint64_t fibers, unsigned rounds)
{
    *b = (struct build){.tree = t, .rounds = rounds};
    if (t->seen && t->serial + fibers > UINT32_MAX) {
        memset(t->seen, 0, (size_t)t->rows->cols * sizeof *t->seen);
        t->serial = 1;
    }
    int status = SC_OK;
    for (unsigned r = 0; r <= rounds && !status; r++) {
        b->start[r] = t->serial;
        t->of[r].count = 0;
        status = make_room(&t->of[r], fibers);
        fibers = fibers / t->leaves + (fibers % t->leaves > 0);
        if (t->words && !t->sum[r] && !(t->sum[r] = calloc((size_t)t->words, sizeof *t->sum[r])))
            status = SC_NO_MEMORY;
    }
    return status;
}

static int no_room(struct sc_error *err)
{
    return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the fibers of an output row");
}

int sc_tree_row(struct sc_tree *tree, const uint32_t *k, uint64_t count, struct sc_fibers fibers, struct sc_error *err)
{
    struct build b;
    uint64_t most = count / fibers.rows_each + (count % fibers.rows_each > 0);
    if (begin(&b, tree, most, rounds_for(most, tree->leaves)))
        return no_room(err);
    for (uint64_t i = 0; i < count;) {
        uint64_t rows = count - i < fibers.rows_each ? count - i : fibers.rows_each;
        if (fibers.drop_empty && is_empty(tree, k + i, rows))
            ;
        else if (fibers.rows_each == 1)
            add_single(&b, k[i]);
        else
            add_fiber(&b, k + i, rows);
        i += rows;
    }
    for (unsigned r = 1; r <= b.rounds; r++)
        if (b.fill[r] > 0)
            end_union(&b, r);
    tree->rounds = rounds_for(b.fibers, tree->leaves);
    tree->serial += b.fibers;
    return SC_OK;
}

int sc_tree_union(struct sc_tree *tree, const uint32_t *k, uint64_t count, uint64_t *length, struct sc_error *err)
{
    struct build b;
    if (begin(&b, tree, 1, 0))
        return no_room(err);
    add_fiber(&b, k, count);
    tree->serial++;
    *length = tree->of[0].length[0];
    return SC_OK;
}
