/* judge.c - verdicts on estimates, and figures over them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "judge.h"

#include <math.h>
#include <stdlib.h>

#include "grow.h"
#include "numeric.h"

static int add(struct sc_verdicts *v, const struct sc_verdict *verdict, struct sc_error *err)
{
    struct sc_verdict *grown = sc_grow(v->of, v->count, &v->room, sizeof *grown);
    if (!grown)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu verdicts", v->count);
    v->of = grown;
    v->of[v->count++] = *verdict;
    return SC_OK;
}

int sc_judge(struct sc_verdicts *v, const char *set, const struct sc_trials *runs, const struct sc_corrector *corrector,
             struct sc_error *err)
{
    struct sc_remark remark;
    for (size_t l = 0; l < runs->layers; l++)
        for (int k = 0; k < SC_KNOWLEDGE; k++)
            for (unsigned i = 0; i < runs->per_layer; i++) {
                const struct sc_trial *run = &runs->run[l * runs->per_layer + i];
                if (!run->done || !run->estimated[k])
                    continue;
                struct sc_verdict verdict = {.set = set,
                                             .layer = &runs->layer[l],
                                             .machine = runs->plan[0].machine.name,
                                             .dataflow = run->dataflow,
                                             .knowledge = (enum sc_knowledge)k,
                                             .simulated = run->simulated,
                                             .estimated = run->estimate[k],
                                             .uncorrected = run->estimate[k].cycles};
                verdict.operands = k == SC_KNOW_LENGTHS ? SC_OPERANDS_MEASURED : sc_operands_of(&runs->layer[l]);
                verdict.outside = sc_correct(corrector, &runs->layer[l], run->dataflow, verdict.operands,
                                             &verdict.estimated, &remark);
                verdict.estimated.note = NULL; /* was on the stack */
                if (add(v, &verdict, err) != SC_OK)
                    return SC_NO_MEMORY;
            }
    return SC_OK;
}

void sc_verdicts_free(struct sc_verdicts *v)
{
    free(v->of);
    *v = (struct sc_verdicts){0};
}

double sc_relative_error(double estimated, double simulated)
{
    return simulated > 0 ? fabs(estimated / simulated - 1) : estimated > 0 ? 1 : 0;
}

const char *sc_pattern_label(const struct sc_layer *layer)
{
    static const char *const names[] = {
#define X(id, name, parameters, distribution) name,
        SC_PATTERN_LIST(X)
#undef X
    };
    enum sc_pattern_kind a = layer->pattern_a.kind, b = layer->pattern_b.kind;
    if (layer->a_file || layer->b_file)
        return "file";
    return a == b || b == SC_UNIFORM ? names[a] : a == SC_UNIFORM ? names[b] : "mixed";
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The smallest value that at least `share` of the sorted values do not exceed. */
static double percentile(const double *value, size_t count, double share)
{
    size_t rank = (size_t)ceil(share * (double)count);
    return count ? value[rank > 0 ? rank - 1 : 0] : 0;
}

static double cycles_of(const struct sc_verdict *v, bool corrected)
{
    return corrected ? v->estimated.cycles : v->uncorrected;
}

/* Verdicts of one layer, machine and knowledge stand together: the end of those that begin at `from`. */
static size_t case_end(const struct sc_verdicts *v, size_t from)
{
    size_t to = from + 1;
    while (to < v->count && v->of[to].layer == v->of[from].layer && v->of[to].knowledge == v->of[from].knowledge &&
           v->of[to].set == v->of[from].set && v->of[to].machine == v->of[from].machine)
        to++;
    return to;
}

static void judge_choice(struct sc_figures *f, const struct sc_verdict *v, size_t count, bool corrected)
{
    size_t chosen = 0, best = 0;
    for (size_t i = 1; i < count; i++) {
        chosen = cycles_of(&v[i], corrected) < cycles_of(&v[chosen], corrected) ? i : chosen;
        best = v[i].simulated.cycles < v[best].simulated.cycles ? i : best;
    }
    if (count < 2)
        return;
    double least = v[best].simulated.cycles, regret = least > 0 ? v[chosen].simulated.cycles / least - 1 : 0;
    f->cases++;
    f->right += regret <= 0;
    f->regret += 100 * regret;
}

static void judge_one(struct sc_figures *f, const struct sc_verdict *v, bool corrected, double *const column[4],
                      size_t at)
{
    const struct sc_result *e = &v->estimated, *s = &v->simulated;
    double error = 100 * sc_relative_error(cycles_of(v, corrected), s->cycles), slack = 1e-9 * s->cycles;
    column[0][at] = error;
    column[1][at] = 100 * sc_relative_error(e->l1_reads, s->l1_reads);
    column[2][at] =
        100 * sc_relative_error(e->dram_read_bytes + e->dram_write_bytes, s->dram_read_bytes + s->dram_write_bytes);
    column[3][at] = e->cycles_low > 0 ? e->cycles_high / e->cycles_low : 1;
    f->coverage += s->cycles >= e->cycles_low - slack && s->cycles <= e->cycles_high + slack;
    f->outside += v->outside;
    if (!f->worst_verdict || error > f->worst) {
        f->worst = error;
        f->worst_verdict = v;
    }
}

int sc_figures_of(struct sc_figures *f, const struct sc_verdicts *v, sc_verdict_filter *filter, const void *context,
                  bool corrected, struct sc_error *err)
{
    double *column[4], *all = malloc((4 * v->count + 1) * sizeof *all);
    *f = (struct sc_figures){0};
    if (!all)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu verdicts", v->count);
    for (int c = 0; c < 4; c++)
        column[c] = all + (size_t)c * v->count;
    for (size_t from = 0, to; from < v->count; from = to) {
        size_t before = f->count;
        to = case_end(v, from);
        for (size_t i = from; i < to; i++)
            if (filter(&v->of[i], context))
                judge_one(f, &v->of[i], corrected, column, f->count++);
        if (f->count - before == to - from)
            judge_choice(f, &v->of[from], to - from, corrected);
    }
    for (int c = 0; c < 4; c++)
        qsort(column[c], f->count, sizeof *all, ascending);
    f->median = percentile(column[0], f->count, 0.5);
    f->p95 = percentile(column[0], f->count, 0.95);
    f->str_reads = percentile(column[1], f->count, 0.5);
    f->dram_bytes = percentile(column[2], f->count, 0.5);
    f->width = percentile(column[3], f->count, 0.5);
    f->coverage *= f->count ? 100 / (double)f->count : 0;
    f->right *= f->cases ? 100 / (double)f->cases : 0;
    f->regret /= f->cases ? (double)f->cases : 1;
    free(all);
    return SC_OK;
}
