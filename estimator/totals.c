/* totals.c - sums of result rows; see totals.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "totals.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"

/* More bounds than a machine has names for. */
enum { LIMITS = 16 };

/* One sum.  The texts of `row` point at the copies kept here. */
struct sum {
    struct sc_result row;
    char *model, *machine, *dataflow, *source, *config;
    double layers;
    char title[48];
    struct {
        char *name;
        double cycles;
    } limit[LIMITS]; /* cycles of the layers that each bound limits, in the order of appearance */
};

struct sc_totals {
    struct sum **sums; /* each allocated on its own, so that rows stay where they are */
    size_t count, room;
    size_t last; /* where the row before was added */
};

struct sc_totals *sc_totals_new(void)
{
    return calloc(1, sizeof(struct sc_totals));
}

static void free_sum(struct sum *s)
{
    if (!s)
        return;
    free(s->model);
    free(s->machine);
    free(s->dataflow);
    free(s->source);
    free(s->config);
    for (int i = 0; i < LIMITS; i++)
        free(s->limit[i].name);
    free(s);
}

void sc_totals_free(struct sc_totals *totals)
{
    for (size_t i = 0; totals && i < totals->count; i++)
        free_sum(totals->sums[i]);
    if (totals)
        free(totals->sums);
    free(totals);
}

static struct sum *new_sum(const struct sc_result *row, const char *dataflow)
{
    struct sum *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->model = strdup(row->model);
    s->machine = strdup(row->machine);
    s->dataflow = strdup(dataflow);
    s->source = strdup(row->source);
    s->config = strdup(row->config);
    if (!s->model || !s->machine || !s->dataflow || !s->source || !s->config) {
        free_sum(s);
        return NULL;
    }
    s->row.layer = s->title;
    s->row.model = s->model;
    s->row.machine = s->machine;
    s->row.dataflow = s->dataflow;
    s->row.source = s->source;
    s->row.config = s->config;
    s->row.note = "";
    s->row.bound = "";
    s->row.area_mm2 = row->area_mm2;
    return s;
}

static bool same(const struct sum *s, const struct sc_result *row, const char *dataflow)
{
    return strcmp(s->dataflow, dataflow) == 0 && strcmp(s->machine, row->machine) == 0 &&
           strcmp(s->model, row->model) == 0;
}

/* The sum a row belongs to.  Rows of a list repeat in the same order, so the search begins behind the last one found.
 */
static struct sum *find_sum(struct sc_totals *t, const struct sc_result *row, const char *dataflow)
{
    for (size_t i = 0; i < t->count; i++) {
        size_t at = (t->last + 1 + i) % t->count;
        if (same(t->sums[at], row, dataflow)) {
            t->last = at;
            return t->sums[at];
        }
    }
    struct sum **sums = sc_grow(t->sums, t->count, &t->room, sizeof *sums);
    if (!sums)
        return NULL;
    t->sums = sums;
    struct sum *s = new_sum(row, dataflow);
    if (s) {
        t->sums[t->count] = s;
        t->last = t->count++;
    }
    return s;
}

/* The bound of a sum is the one that limits most of its cycles, the first on a tie.  Names beyond LIMITS do not count.
 */
static int add_bound(struct sum *s, const struct sc_result *row, double count)
{
    int i = 0, most = 0;
    while (i < LIMITS && s->limit[i].name && strcmp(s->limit[i].name, row->bound) != 0)
        i++;
    if (i == LIMITS)
        return SC_OK;
    if (!s->limit[i].name && !(s->limit[i].name = strdup(row->bound)))
        return SC_NO_MEMORY;
    s->limit[i].cycles += count * row->cycles;
    for (int k = 1; k < LIMITS && s->limit[k].name; k++)
        if (s->limit[k].cycles > s->limit[most].cycles)
            most = k;
    s->row.bound = s->limit[most].name;
    return SC_OK;
}

/* A sum of estimates and simulations is mixed. */
static int add_source(struct sum *s, const struct sc_result *row)
{
    if (strcmp(s->source, row->source) == 0 || strcmp(s->source, "mixed") == 0)
        return SC_OK;
    char *mixed = strdup("mixed");
    if (!mixed)
        return SC_NO_MEMORY;
    free(s->source);
    s->row.source = s->source = mixed;
    return SC_OK;
}

static int add(struct sum *s, const struct sc_result *row, double count)
{
    /* utilisation averages by time, that of rows without any product included */
    double busy = s->row.utilization * s->row.cycles + count * row->utilization * row->cycles;
#define SC_TEXT_SUM(name)
#define SC_FLAG_SUM(name)
#define SC_NUMBER_SUM(name) s->row.name += count * row->name;
#define X(name, kind, unit, meaning) SC_##kind##_SUM(name)
    double area = s->row.area_mm2;
    SC_RESULT_COLUMNS(X)
#undef X
#undef SC_TEXT_SUM
#undef SC_FLAG_SUM
#undef SC_NUMBER_SUM
    s->row.area_mm2 = area;
    s->row.utilization = s->row.cycles > 0 ? busy / s->row.cycles : 0;
    s->row.edp_js = s->row.energy_j * s->row.time_s;
    s->layers += count;
    snprintf(s->title, sizeof s->title, "total of %.0f layers", s->layers);
    return add_bound(s, row, count) == SC_OK ? add_source(s, row) : SC_NO_MEMORY;
}

int sc_totals_add(struct sc_totals *totals, const struct sc_result *row, double count, struct sc_error *err)
{
    struct sum *own = find_sum(totals, row, row->dataflow);
    int status = own ? add(own, row, count) : SC_NO_MEMORY;
    if (status == SC_OK && row->best) {
        own = find_sum(totals, row, "best");
        status = own ? add(own, row, count) : SC_NO_MEMORY;
        if (own)
            own->row.best = true;
    }
    return status == SC_OK ? SC_OK
                           : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the totals per network");
}

size_t sc_totals_count(const struct sc_totals *totals)
{
    return totals->count;
}

const struct sc_result *sc_totals_row(const struct sc_totals *totals, size_t i)
{
    return &totals->sums[i]->row;
}
