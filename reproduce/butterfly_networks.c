/* butterfly_networks.c - attention workloads on the multilayer butterfly array beside the abstract of arXiv 2411.00734.
 *
 * The abstract says neither which networks it means, nor in which mix of FFT and butterfly blocks, nor how the Jetson
 * ran them: every figure of ours stands with the assumptions that produced it, and none has a verdict.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "traces/attention.h"
#include "butterfly.h"

static const char paper[] = "arXiv 2411.00734 abstract";

/* How the Jetson runs: the same network with a kernel per butterfly layer or per butterfly, or the dense network. */
enum baseline { LAYERED, FUSED, DENSE, BASELINES };
static const char *const BASELINE_NAMES[BASELINES] = {"NX kernel per layer", "NX kernel per butterfly",
                                                      "NX dense on tensor cores"};

/* Mixes: shares of fbfly blocks in quarters. */
enum { QUARTERS = 4 };
static const char *const MIX_NAMES[QUARTERS + 1] = {"abfly", "1/4 fbfly", "1/2 fbfly", "3/4 fbfly", "fbfly"};

struct machines {
    struct sc_machine array, small, nx[BASELINES];
};

/* One network on the array, by closed form [0] and simulated [1], and what it is set beside. */
struct comparison {
    struct sc_attention_cost array[2], nx[BASELINES], dense[2];
};

static int read_machines(struct machines *m, struct sc_error *err)
{
    int status = sc_machine_read(&m->array, "butterfly-array", NULL, err);
    if (status == SC_OK)
        status = sc_machine_read(&m->small, "butterfly-array-simd8", NULL, err);
    if (status == SC_OK)
        status = sc_machine_read(&m->nx[LAYERED], "xavier-nx", NULL, err);
    m->nx[FUSED] = m->nx[DENSE] = m->nx[LAYERED];
    m->nx[LAYERED].roofline.fused_butterflies = false;
    m->nx[FUSED].roofline.fused_butterflies = true;
    return status;
}

static int compare(struct comparison *c, const struct machines *m, const struct sc_attention_workload *w,
                   uint64_t tokens, unsigned quarters, bool simulate, struct sc_error *err)
{
    struct sc_block block = sc_attention_network(w, tokens, w->layers * quarters / QUARTERS);
    struct sc_block dense = sc_attention_dense(w, tokens);
    int status = SC_OK;
    c->array[1] = c->dense[1] = (struct sc_attention_cost){NAN, NAN};
    for (int s = 0; s <= (simulate ? 1 : 0) && status == SC_OK; s++) {
        status = sc_attention_run(&c->array[s], &m->array, &block, s, err);
        if (status == SC_OK)
            status = sc_attention_run(&c->dense[s], &m->array, &dense, s, err);
    }
    for (int b = 0; b < BASELINES && status == SC_OK; b++)
        status = sc_attention_run(&c->nx[b], &m->nx[b], b == DENSE ? &dense : &block, false, err);
    return status;
}

static int add(struct sc_claims *claims, const char *figure, const char *item, const char *quantity, const char *unit,
               const double value[2], struct sc_error *err)
{
    struct sc_claim claim = sc_claim_of(figure, item, quantity, unit, "", -1);
    claim.estimated = value[0];
    claim.simulated = value[1];
    return sc_claims_add(claims, &claim, err);
}

/* The rows of one network. */
static int add_network(struct sc_claims *claims, const char *item, const struct comparison *c, struct sc_error *err)
{
    double ms[2], layered[2], same[2], energy[2];
    for (int s = 0; s < 2; s++) {
        ms[s] = 1e3 * c->array[s].seconds;
        layered[s] = c->nx[LAYERED].seconds / c->array[s].seconds;
        same[s] = c->dense[s].seconds / c->array[s].seconds;
        energy[s] = c->nx[LAYERED].joules / c->array[s].joules;
    }
    int status = add(claims, "workloads", item, "latency", "ms", ms, err);
    if (status == SC_OK)
        status = add(claims, "workloads", item, "speed-up over NX with a kernel per layer", "", layered, err);
    if (status == SC_OK)
        status = add(claims, "workloads", item, "speed-up over dense on the same array", "", same, err);
    return status == SC_OK ? add(claims, "workloads", item, "energy of NX over ours", "", energy, err) : status;
}

/* Sums over the workloads at the lengths that MLX Table III names, by baseline and mix. */
struct tally {
    unsigned count;
    double sum[2], most[2], energy[2], energy_most[2];
};

static void count_in(struct tally *t, const struct comparison *c, int baseline)
{
    t->count++;
    for (int s = 0; s < 2; s++) {
        double speedup = c->nx[baseline].seconds / c->array[s].seconds,
               energy = c->nx[baseline].joules / c->array[s].joules;
        t->sum[s] += speedup;
        t->energy[s] += energy;
        t->most[s] = isnan(speedup) ? NAN : fmax(t->most[s], speedup);
        t->energy_most[s] = isnan(energy) ? NAN : fmax(t->energy_most[s], energy);
    }
}

/* MLX Table III: T 1K, ViT 196, FABNet 128 to 1K, BERT 512 and 8K. */
static bool is_published(const struct sc_attention_workload *w, uint64_t tokens)
{
    if (strncmp(w->name, "FABNet", 6) == 0)
        return tokens <= w->tokens;
    return tokens == w->tokens || (strcmp(w->name, "BERT") == 0 && tokens == 512);
}

static int add_workloads(struct sc_claims *claims, struct tally tally[BASELINES][QUARTERS + 1],
                         const struct machines *m, bool simulate, struct sc_error *err)
{
    int status = SC_OK;
    for (const struct sc_attention_workload *w = sc_attention_workloads();
         w < sc_attention_workloads() + SC_ATTENTION_WORKLOADS; w++)
        for (uint64_t tokens = w->tokens < 256 ? w->tokens : 128; tokens <= 8192 && status == SC_OK; tokens *= 2)
            for (unsigned q = 0; q <= QUARTERS && status == SC_OK; q++) {
                struct comparison c;
                char item[SC_CLAIM_TEXT];
                if (w->tokens < 256 && tokens != w->tokens)
                    continue; /* images come in one size */
                if (q % 2 != 0 && strcmp(w->name, "BERT") != 0)
                    continue;
                snprintf(item, sizeof item, "%s %u tokens %s", w->name, (unsigned)tokens, MIX_NAMES[q]);
                status = compare(&c, m, w, tokens, q, simulate, err);
                for (int b = 0; b < BASELINES && status == SC_OK && is_published(w, tokens); b++)
                    count_in(&tally[b][q], &c, b);
                if (status == SC_OK)
                    status = add_network(claims, item, &c, err);
            }
    return status;
}

/* A published value of the abstract beside ours. */
static int add_beside(struct sc_claims *claims, const char *name, const char *item, const char *quantity,
                      const double value[2], struct sc_error *err)
{
    static const char *const columns[] = {"claim", "value", "confidence"};
    struct sc_claim claim = sc_claim_of(paper, item, quantity, "", "", -1);
    claim.alternative = true;
    struct sc_table *table;
    int status = sc_papers_open(&table, "butterfly-claims.csv", columns, 3, err);
    if (status != SC_OK)
        return status;
    for (size_t row = 0; row < sc_table_rows(table) && status == SC_OK; row++)
        if (strcmp(sc_table_text(table, row, 0), name) == 0) {
            snprintf(claim.confidence, sizeof claim.confidence, "%s", sc_table_text(table, row, 2));
            status = sc_table_positive(table, row, 1, &claim.published, err);
        }
    sc_table_close(table);
    claim.estimated = value[0];
    claim.simulated = value[1];
    return status == SC_OK ? sc_claims_add(claims, &claim, err) : status;
}

static int add_headlines(struct sc_claims *claims, struct tally tally[BASELINES][QUARTERS + 1], struct sc_error *err)
{
    int status = SC_OK;
    for (int b = 0; b < BASELINES; b++)
        for (int q = 0; q <= QUARTERS && status == SC_OK; q += 2) {
            const struct tally *t = &tally[b][q];
            char item[SC_CLAIM_TEXT];
            double mean[2], energy[2];
            for (int s = 0; s < 2; s++) {
                mean[s] = t->sum[s] / t->count;
                energy[s] = t->energy[s] / t->count;
            }
            snprintf(item, sizeof item, "%s; %s", BASELINE_NAMES[b], MIX_NAMES[q]);
            status = add_beside(claims, "speedup_max", item, "most speed-up over NX", t->most, err);
            if (status == SC_OK)
                status = add_beside(claims, "speedup_mean", item, "mean speed-up over NX", mean, err);
            if (status == SC_OK)
                status = add_beside(claims, "energy_nx", item, "mean energy of NX over ours", energy, err);
            if (status == SC_OK)
                status = add_beside(claims, "energy_nx", item, "most energy of NX over ours", t->energy_most, err);
        }
    return status;
}

/* Ratios to the accelerators whose latency on one vanilla layer is known, all at 256 GOP/s: the least and the most. */
struct spread {
    double least[2], most[2];
};

static void widen(struct spread *s, int i, double value)
{
    s->least[i] = fmin(s->least[i], value);
    s->most[i] = fmax(s->most[i], value);
}

static int add_accelerators(struct sc_claims *claims, const struct machines *m, unsigned fourier, bool simulate,
                            struct sc_error *err)
{
    static const char *const columns[] = {"accelerator", "latency_ms", "power_w", "power_divisor"};
    const struct sc_attention_workload *w = sc_attention_workloads(); /* the vanilla transformer, one layer */
    struct sc_block block = sc_attention_network(w, w->tokens, 0);
    struct spread speed = {{INFINITY, INFINITY}, {0, 0}}, raw = speed, scaled = speed;
    struct sc_attention_cost cost[2] = {{0, 0}, {NAN, NAN}};
    struct sc_table *table;
    char item[SC_CLAIM_TEXT];
    block.fourier = fourier;
    block.attention = 1 - fourier;
    int status = sc_papers_open(&table, "butterfly-accelerators.csv", columns, 4, err);
    if (status != SC_OK)
        return status;
    for (int s = 0; s <= (simulate ? 1 : 0) && status == SC_OK; s++)
        status = sc_attention_run(&cost[s], &m->small, &block, s, err);
    for (size_t row = 0; row < sc_table_rows(table) && status == SC_OK; row++) {
        double ms, watts, divisor;
        status = sc_table_positive(table, row, 1, &ms, err);
        if (status == SC_OK)
            status = sc_table_positive(table, row, 2, &watts, err);
        if (status == SC_OK)
            status = sc_table_positive(table, row, 3, &divisor, err);
        for (int s = 0; s < 2 && status == SC_OK; s++) {
            widen(&speed, s, ms * 1e-3 / cost[s].seconds);
            widen(&raw, s, ms * 1e-3 * watts / cost[s].joules);
            widen(&scaled, s, ms * 1e-3 * watts / divisor / cost[s].joules);
        }
    }
    sc_table_close(table);
    for (int s = 0; s < 2; s++)
        if (isnan(cost[s].seconds))
            speed.least[s] = speed.most[s] = raw.least[s] = raw.most[s] = scaled.least[s] = scaled.most[s] = NAN;
    snprintf(item, sizeof item, "T as %s; SpAtten, Sanger, DOTA", fourier ? "fbfly" : "abfly");
    const struct {
        const char *name, *quantity;
        const double *value;
    } rows[] = {
        {"accelerator_low", "least speed-up over accelerators of equal peak", speed.least},
        {"accelerator_high", "most speed-up over accelerators of equal peak", speed.most},
        {"accelerator_energy_low", "least energy ratio, powers as published", raw.least},
        {"accelerator_energy_high", "most energy ratio, powers as published", raw.most},
        {"accelerator_energy_low", "least energy ratio, powers scaled to 12 nm", scaled.least},
        {"accelerator_energy_high", "most energy ratio, powers scaled to 12 nm", scaled.most},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && status == SC_OK; i++)
        status = add_beside(claims, rows[i].name, item, rows[i].quantity, rows[i].value, err);
    return status;
}

/* FABNet of the same peak, 256 GOP/s, on its own networks. */
static int add_against_fabnet(struct sc_claims *claims, const struct machines *m, bool simulate, struct sc_error *err)
{
    struct sc_machine fabnet;
    int status = sc_machine_read(&fabnet, "fabnet-be40", NULL, err);
    for (uint64_t tokens = 128; tokens <= 1024 && status == SC_OK; tokens *= 2) {
        const struct sc_attention_workload *w = sc_attention_workloads() + 3;
        struct sc_block block = sc_attention_network(w, tokens, w->layers);
        double speed[2] = {NAN, NAN}, energy[2] = {NAN, NAN};
        char item[SC_CLAIM_TEXT];
        snprintf(item, sizeof item, "%s %u tokens fbfly, 256 GOP/s", w->name, (unsigned)tokens);
        for (int s = 0; s <= (simulate ? 1 : 0) && status == SC_OK; s++) {
            struct sc_attention_cost ours, theirs;
            status = sc_attention_run(&ours, &m->small, &block, s, err);
            if (status == SC_OK)
                status = sc_attention_run(&theirs, &fabnet, &block, s, err);
            speed[s] = theirs.seconds / ours.seconds;
            energy[s] = theirs.joules / ours.joules;
        }
        if (status == SC_OK)
            status = add(claims, "equal peak", item, "speed-up over fabnet-be40", "", speed, err);
        if (status == SC_OK)
            status = add(claims, "equal peak", item, "energy of fabnet-be40 over ours", "", energy, err);
    }
    return status;
}

int sc_butterfly_networks(struct sc_claims *claims, bool simulate, struct sc_error *err)
{
    struct machines m;
    struct tally tally[BASELINES][QUARTERS + 1];
    memset(tally, 0, sizeof tally);
    int status = read_machines(&m, err);
    if (status == SC_OK)
        status = add_workloads(claims, tally, &m, simulate, err);
    if (status == SC_OK)
        status = add_headlines(claims, tally, err);
    for (unsigned fourier = 0; fourier < 2 && status == SC_OK; fourier++)
        status = add_accelerators(claims, &m, fourier, simulate, err);
    return status == SC_OK ? add_against_fabnet(claims, &m, simulate, err) : status;
}
