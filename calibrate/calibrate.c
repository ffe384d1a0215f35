/* calibrate.c - learning a calibration from a training set.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "file.h"
#include "fit.h"
#include "machine_keys.h"
#include "numeric.h"
#include "text.h"

/* Pattern files hold what nobody has drawn: their intervals leave out half as much as those of drawn layers would. */
static const double CAUTION = 0.5;

/* Room for every estimate of one dataflow. */
struct workspace {
    struct sc_fit_point *point;
    struct sc_residual *residual;
    double *score,
        *all; /* of one stratum; |score| of the layers on other machines and, behind them, on the given one */
    size_t others, given;
};

static const struct sc_machine *machine_of(const struct sc_training *t, size_t layer)
{
    return &t->plan[t->variant[layer]].machine;
}

static bool is_usable(const struct sc_trial *run, int knowledge)
{
    return run->done && run->estimated[knowledge] && run->simulated.cycles > 0 && run->estimate[knowledge].cycles > 0;
}

/* ln(simulated / corrected) of a run, with the predictors of its spread. */
static struct sc_residual residual_of(const struct sc_training *t, const struct sc_trial *run, int knowledge,
                                      const struct sc_dataflow_fit *fit)
{
    struct sc_residual r;
    struct sc_result row = run->estimate[knowledge];
    double basis[SC_TERMS], memory = sc_memory_cycles(&row, sc_bytes_per_cycle(machine_of(t, run->layer)));
    sc_terms_of(&row, memory, basis);
    sc_apply_terms(fit->term, basis, &row);
    const struct sc_layer *layer = &t->runs.layer[run->layer];
    sc_spread_predictors(layer, knowledge == SC_KNOW_LENGTHS ? SC_OPERANDS_MEASURED : sc_operands_of(layer), &row,
                         memory, r.predictor);
    r.value = log(run->simulated.cycles / row.cycles);
    return r;
}

/* The stratum that an estimate's scores count for, or -1: of measured operands only those that are not uniform, as real
 * ones are. */
static int stratum_of(const struct sc_layer *layer, int knowledge)
{
    enum sc_operands operands = sc_operands_of(layer);
    if (knowledge == SC_KNOW_DENSITIES)
        return (int)operands;
    return operands == SC_OPERANDS_UNIFORM ? -1 : SC_OPERANDS_MEASURED;
}

/* Calls for every usable estimate of a dataflow whose layer has the role. */
#define EACH_ESTIMATE(t, d, wanted)                                                                                    \
    for (size_t i = 0; i < (t)->runs.layers * (t)->runs.per_layer; i++)                                                \
        for (int k = 0; k < SC_KNOWLEDGE; k++)                                                                         \
            if ((t)->runs.run[i].dataflow == (d) && role[(t)->runs.run[i].layer] == (wanted) &&                        \
                is_usable(&(t)->runs.run[i], k))

static int fit_dataflow(const struct sc_training *t, const enum sc_role *role, enum sc_dataflow d, struct workspace *w,
                        struct sc_dataflow_fit *fit, struct sc_error *err)
{
    size_t points = 0, residuals = 0;
    EACH_ESTIMATE (t, d, SC_ROLE_FIT) {
        const struct sc_result *row = &t->runs.run[i].estimate[k];
        double memory = sc_memory_cycles(row, sc_bytes_per_cycle(machine_of(t, t->runs.run[i].layer)));
        sc_terms_of(row, memory, w->point[points].basis);
        w->point[points++].cycles = t->runs.run[i].simulated.cycles;
    }
    int status = sc_fit_terms(fit, w->point, points, err);
    EACH_ESTIMATE (t, d, SC_ROLE_FIT)
        w->residual[residuals++] = residual_of(t, &t->runs.run[i], k, fit);
    if (status == SC_OK)
        status = sc_fit_spread(&fit->spread, w->residual, residuals, err);
    fit->fitted = status == SC_OK && points > 0;
    return status;
}

static void score_dataflow(const struct sc_training *t, const enum sc_role *role, enum sc_dataflow d,
                           struct workspace *w, struct sc_dataflow_fit *fit)
{
    for (int s = 0; s < SC_OPERANDS; s++) {
        size_t scores = 0;
        EACH_ESTIMATE (t, d, SC_ROLE_SCORES) {
            const struct sc_trial *run = &t->runs.run[i];
            if (stratum_of(&t->runs.layer[run->layer], k) != s)
                continue;
            struct sc_residual r = residual_of(t, run, k, fit);
            double score = r.value / sc_spread_of(&fit->spread, r.predictor);
            if (t->variant[run->layer] == 0)
                w->score[scores++] = score;
            if (t->variant[run->layer] == 0)
                w->all[t->runs.layers * t->runs.per_layer * SC_KNOWLEDGE + w->given++] = fabs(score);
            else
                w->all[w->others++] = fabs(score);
        }
        sc_fit_scores(&fit->scores[s], w->score, scores, s == SC_OPERANDS_MEASURED ? CAUTION : 1);
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double ninetieth(double *value, size_t count)
{
    qsort(value, count, sizeof *value, ascending);
    return value[(size_t)(0.9 * (double)(count - 1))];
}

/* How much further off estimates of the varied machines are. */
static double widening(const struct sc_training *t, struct workspace *w)
{
    if (w->others == 0 || w->given == 0)
        return 1;
    double others = ninetieth(w->all, w->others);
    double given = ninetieth(w->all + t->runs.layers * t->runs.per_layer * SC_KNOWLEDGE, w->given);
    return given > 0 ? sc_max(1, others / given) : 1;
}

static void stretch(struct sc_range *range, double value, bool first)
{
    range->low = first ? value : sc_min(range->low, value);
    range->high = first ? value : sc_max(range->high, value);
}

static void find_domain(const struct sc_training *t, struct sc_calibration *c)
{
    for (size_t l = 0; l < t->runs.layers && t->runs.per_layer > 0; l++) {
        const struct sc_layer *layer = &t->runs.layer[l];
        const struct sc_result *row = &t->runs.run[l * t->runs.per_layer].simulated;
        double value[SC_DOMAIN_QUANTITIES];
        sc_domain_values(value, layer, row);
        for (int q = 0; q < SC_DOMAIN_QUANTITIES; q++)
            stretch(&c->domain[q], value[q], l == 0);
        if (!layer->a_file && !layer->b_file)
            c->pattern[layer->pattern_a.kind] = c->pattern[layer->pattern_b.kind] = true;
    }
}

/* The range of every varied key over the machines simulated. */
static void find_machine_domain(const struct sc_training *t, struct sc_calibration *c)
{
    size_t count;
    const struct sc_machine_key *keys = sc_machine_keys(t->plan[0].machine.family, &count);
    for (size_t i = 0; i < count && c->varied_count < SC_VARIED_MAX; i++) {
        struct sc_varied *v = &c->varied[c->varied_count];
        if (!sc_draw_varies(&keys[i]))
            continue;
        snprintf(v->key, sizeof v->key, "%s", keys[i].path);
        for (unsigned p = 0; p < t->plans; p++) {
            char text[SC_KEY_TEXT_SIZE];
            double value = 0;
            sc_machine_key_get(text, &t->plan[p].machine, &keys[i]);
            sc_parse_number(text, strlen(text), &value);
            stretch(&v->range, value, p == 0);
        }
        c->varied_count++;
    }
}

/* Of all layers and all cycles, in order. */
static void digest_training(const struct sc_training *t, char out[17])
{
    uint64_t state = SC_DIGEST_START;
    for (size_t i = 0; i < t->runs.layers * t->runs.per_layer; i++) {
        const struct sc_layer *l = &t->runs.layer[t->runs.run[i].layer];
        char number[SC_NUMBER_SIZE], text[256];
        sc_format_exact(number, t->runs.run[i].simulated.cycles);
        snprintf(text, sizeof text, "%llu %llu %llu %u %s\n", (unsigned long long)l->M, (unsigned long long)l->N,
                 (unsigned long long)l->K, (unsigned)t->runs.run[i].dataflow, number);
        state = sc_digest(state, (const unsigned char *)l->name, strlen(l->name) + 1);
        state = sc_digest(state, (const unsigned char *)text, strlen(text));
    }
    sc_digest_text(out, state);
}

int sc_training_learn(const struct sc_training *t, const enum sc_role *role, struct sc_calibration *out,
                      struct sc_error *err)
{
    size_t room = t->runs.layers * t->runs.per_layer * SC_KNOWLEDGE + 1;
    struct workspace w = {.point = malloc(room * sizeof *w.point),
                          .residual = malloc(room * sizeof *w.residual),
                          .score = malloc(room * sizeof *w.score),
                          .all = malloc(2 * room * sizeof *w.all)};
    const struct sc_machine *machine = &t->plan[0].machine;
    int status = w.point && w.residual && w.score && w.all
                     ? SC_OK
                     : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a fit");
    sc_calibration_init(out);
    memcpy(out->machine, machine->name, sizeof out->machine);
    memcpy(out->digest, machine->digest, sizeof out->digest);
    out->seed = t->seed;
    out->layers = t->runs.layers;
    out->fit_share = SC_FIT_SHARE;
    for (unsigned i = 0; i < t->runs.per_layer && status == SC_OK; i++) {
        enum sc_dataflow d = t->runs.dataflow[i];
        status = fit_dataflow(t, role, d, &w, &out->of[d], err);
        if (status == SC_OK)
            score_dataflow(t, role, d, &w, &out->of[d]);
    }
    if (status == SC_OK) {
        out->machine_widening = widening(t, &w);
        find_domain(t, out);
        find_machine_domain(t, out);
        digest_training(t, out->training);
    }
    free(w.point);
    free(w.residual);
    free(w.score);
    free(w.all);
    return status;
}
