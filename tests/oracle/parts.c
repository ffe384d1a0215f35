/* parts.c - fibers, cache, unions and inner-product tiles of the oracle.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *oracle_alloc(uint64_t count, size_t size)
{
    void *memory = calloc(count ? (size_t)count : 1, size);
    if (!memory) {
        fputs("oracle: no memory\n", stderr);
        abort();
    }
    return memory;
}

uint64_t fiber_length(const struct fibers *f, uint64_t i)
{
    return f->start[i + 1] - f->start[i];
}

uint64_t b_word(const struct problem *p, uint64_t k, uint64_t t)
{
    return p->b_rows.start[k] + t;
}

struct cache cache_new(const struct sc_machine *machine, uint64_t words)
{
    struct cache c = {.ways = machine->str_ways, .banks = machine->str_banks};
    c.line_words = machine->str_line_bytes / machine->element_bytes;
    c.sets = machine->str_bytes / ((uint64_t)machine->str_line_bytes * machine->str_ways);
    c.lines = oracle_alloc(c.sets * c.ways, sizeof *c.lines);
    c.seen = oracle_alloc(words / c.line_words + 1, sizeof *c.seen);
    return c;
}

bool cache_touch(struct cache *cache, uint64_t word, struct oracle_result *r)
{
    uint64_t line = word / cache->line_words;
    uint64_t *set = cache->lines + line % cache->sets * cache->ways;
    uint64_t way = 0;
    while (way < cache->ways && set[way] != line + 1)
        way++;
    bool hit = way < cache->ways;
    uint64_t behind = hit ? way : cache->ways - 1; /* a miss pushes the least recent one out */
    memmove(set + 1, set, behind * sizeof *set);
    set[0] = line + 1;
    r->l1_accesses++;
    r->l1_misses += !hit;
    r->lines_touched += !cache->seen[line];
    cache->seen[line] = true;
    return hit;
}

void cache_free(struct cache *cache)
{
    free(cache->lines);
    free(cache->seen);
}

struct coords coords_union(const struct coords *sets, uint64_t count, uint64_t width)
{
    bool *in = oracle_alloc(width, sizeof *in);
    struct coords u = {0};
    for (uint64_t s = 0; s < count; s++)
        for (uint64_t i = 0; i < sets[s].count; i++)
            in[sets[s].coord[i]] = true;
    for (uint64_t n = 0; n < width; n++)
        u.count += in[n];
    u.coord = oracle_alloc(u.count, sizeof *u.coord);
    uint64_t at = 0;
    for (uint64_t n = 0; n < width; n++)
        if (in[n])
            u.coord[at++] = n;
    free(in);
    return u;
}

bool ip_next_tile(const struct problem *p, struct ip_walk *walk, struct ip_tile *tile)
{
    const struct fibers *a = &p->a_rows;
    uint64_t size = p->machine->multipliers, row = walk->row, off = walk->offset;
    if (row >= p->M)
        return false;
    *tile = (struct ip_tile){.row = row, .end = row + 1, .first = a->start[row] + off, .high = p->K, .last = true};
    if (off > 0) { /* one multiplier injects the previous partial sum */
        uint64_t left = fiber_length(a, row) - off;
        tile->split = tile->fold = true;
        tile->used = left < size - 1 ? left : size - 1;
        tile->last = tile->used == left;
        tile->low = a->coord[tile->first - 1] + 1;
    } else if (fiber_length(a, row) > size) {
        tile->split = true;
        tile->used = size;
        tile->last = false;
    } else {
        uint64_t end = row;
        while (end < p->M && tile->used + fiber_length(a, end) <= size)
            tile->used += fiber_length(a, end++);
        tile->end = end;
    }
    if (!tile->last)
        tile->high = a->coord[tile->first + tile->used - 1] + 1;
    walk->row = tile->last ? tile->end : row;
    walk->offset = tile->last ? 0 : off + tile->used;
    return true;
}

struct ip_match ip_match_new(const struct problem *p)
{
    struct ip_match m = {0};
    m.first = oracle_alloc(p->K, sizeof *m.first);
    m.next = oracle_alloc(p->machine->multipliers, sizeof *m.next);
    m.row = oracle_alloc(p->machine->multipliers, sizeof *m.row);
    m.hit = oracle_alloc(p->M, sizeof *m.hit);
    m.hits = oracle_alloc(p->machine->multipliers, sizeof *m.hits);
    m.split_hit = oracle_alloc(p->N, sizeof *m.split_hit);
    return m;
}

void ip_match_load(struct ip_match *match, const struct problem *p, const struct ip_tile *tile)
{
    for (uint64_t k = 0; k < p->K; k++)
        match->first[k] = NONE;
    uint64_t row = tile->row;
    for (uint64_t j = 0; j < tile->used; j++) {
        while (tile->first + j >= p->a_rows.start[row + 1])
            row++;
        uint64_t k = p->a_rows.coord[tile->first + j];
        match->row[j] = row;
        match->next[j] = match->first[k];
        match->first[k] = j;
    }
}

void ip_match_begin(struct ip_match *match)
{
    while (match->hit_count > 0)
        match->hit[match->hits[--match->hit_count]] = false;
}

bool ip_match_element(struct ip_match *match, uint64_t k, struct oracle_result *r)
{
    for (uint64_t j = match->first[k]; j != NONE; j = match->next[j]) {
        r->products++;
        if (!match->hit[match->row[j]])
            match->hits[match->hit_count++] = match->row[j];
        match->hit[match->row[j]] = true;
    }
    return match->first[k] != NONE;
}

uint64_t ip_match_end(struct ip_match *match, const struct ip_tile *tile, uint64_t n, struct oracle_result *r)
{
    uint64_t complete = match->hit_count;
    if (tile->split) {
        bool any = match->hit_count > 0 || (tile->fold && match->split_hit[n]);
        match->split_hit[n] = any;
        complete = tile->last ? any : 0;
    }
    r->nnz_c += complete;
    return complete;
}

void ip_match_free(struct ip_match *match)
{
    free(match->first);
    free(match->next);
    free(match->row);
    free(match->hit);
    free(match->hits);
    free(match->split_hit);
}
