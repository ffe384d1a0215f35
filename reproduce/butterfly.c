/* butterfly.c - operators of the multilayer butterfly array and of FABNet beside what MLX and FABNet publish.
 *
 * The array is parameterised from MLX and FABNet and consistent with the abstract of arXiv 2411.00734; it reproduces no
 * table of that paper, none of which is public.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "butterfly.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "traces/attention.h"
#include "butterfly_counts.h"
#include "models/butterfly.h"
#include "traces/sim/butterfly.h"

/* Utilisations were digitised to about +-.02 of the axis and jitter by as much between sizes; scaling factors are read
 * off bars; the public simulator prints three decimals; Table IV two digits. */
static const double utilisation_limit = .05, scale_limit = .1, fabnet_limit = .001, saving_limit = .08;
static const double plenty = 1e6; /* bytes per cycle: compute bound, as the published kernels are */

enum { STREAM_TOKENS = 8192, SCALE_WIDTH = 512, SCALE_BATCH = 8 };

/* A call by closed form, and simulated where asked for: NAN cycles otherwise. */
static int run_both(struct sc_butterfly_cost cost[2], const struct sc_butterfly_array *array, double rate,
                    const struct sc_butterfly_call *call, bool simulate, struct sc_error *err)
{
    sc_butterfly_estimate(&cost[0], array, rate, call);
    cost[1] = (struct sc_butterfly_cost){.cycles = NAN};
    return simulate ? sc_butterfly_simulate(&cost[1], array, rate, call, NULL, err) : SC_OK;
}

static bool pipe_of(enum sc_butterfly_bound *pipe, const char *name)
{
    for (int b = 0; b < SC_BUTTERFLY_BOUND_COUNT; b++)
        if (strcmp(name, sc_butterfly_bound_name((enum sc_butterfly_bound)b)) == 0) {
            *pipe = (enum sc_butterfly_bound)b;
            return true;
        }
    return false;
}

static int add_fig22(struct sc_claims *claims, const struct sc_machine *m, bool simulate, struct sc_error *err)
{
    static const char *const columns[] = {"kernel", "points", "pipe", "utilisation", "confidence"};
    struct sc_table *table;
    int status = sc_papers_open(&table, "butterfly-utilisation.csv", columns, 5, err);
    if (status != SC_OK)
        return status;
    for (size_t row = 0; row < sc_table_rows(table) && status == SC_OK; row++) {
        bool fft = strcmp(sc_table_text(table, row, 0), "fft") == 0;
        enum sc_butterfly_bound pipe;
        struct sc_butterfly_cost cost[2];
        double points;
        char item[SC_CLAIM_TEXT], quantity[SC_CLAIM_TEXT];
        status = sc_table_positive(table, row, 1, &points, err);
        if (status != SC_OK || !pipe_of(&pipe, sc_table_text(table, row, 2)))
            continue;
        snprintf(item, sizeof item, "%s of %g points", fft ? "FFT" : "BPMM", points);
        snprintf(quantity, sizeof quantity, "occupancy of the %s pipe", sc_table_text(table, row, 2));
        struct sc_claim claim =
            sc_claim_of("MLX Fig. 22", item, quantity, "", sc_table_text(table, row, 4), utilisation_limit);
        struct sc_butterfly_call call = {
            .kind = fft ? SC_BUTTERFLY_FFT : SC_BUTTERFLY_BPMM, .tokens = STREAM_TOKENS, .n_in = (uint64_t)points,
            .n_out = (uint64_t)points, .complex_in = true, .complex_out = true};
        claim.absolute = true;
        status = sc_table_number(table, row, 3, &claim.published, err);
        if (status == SC_OK)
            status = run_both(cost, &m->butterfly, plenty, &call, simulate, err);
        claim.estimated = cost[0].busy[pipe] / cost[0].cycles;
        claim.simulated = simulate ? cost[1].busy[pipe] / cost[1].cycles : NAN;
        if (status == SC_OK)
            status = sc_claims_add(claims, &claim, err);
    }
    sc_table_close(table);
    return status;
}

/* The value and provenance of a named claim. */
static int published(struct sc_claim *claim, const char *name, struct sc_error *err)
{
    static const char *const columns[] = {"claim", "value", "confidence"};
    struct sc_table *table;
    int status = sc_papers_open(&table, "butterfly-claims.csv", columns, 3, err);
    if (status != SC_OK)
        return status;
    status = sc_fail(err, SC_BAD_INPUT, "butterfly-claims.csv", 0, "claim \"%s\" is missing", name);
    for (size_t row = 0; row < sc_table_rows(table); row++)
        if (strcmp(sc_table_text(table, row, 0), name) == 0) {
            snprintf(claim->confidence, sizeof claim->confidence, "%s", sc_table_text(table, row, 2));
            status = sc_table_positive(table, row, 1, &claim->published, err);
        }
    sc_table_close(table);
    return status;
}

/* Mean speed-up of one array over another for butterflies of 512 points and batches of 8 sequences of 512 to 8K. */
static int mean_speedup(double mean[2], const struct sc_butterfly_array *slow, const struct sc_butterfly_array *fast,
                        bool simulate, struct sc_error *err)
{
    int status = SC_OK, lengths = 0;
    mean[0] = mean[1] = 0;
    for (uint64_t n = 512; n <= 8192 && status == SC_OK; n *= 2, lengths++) {
        struct sc_butterfly_call call = {
            .kind = SC_BUTTERFLY_BPMM, .tokens = SCALE_BATCH * n, .n_in = SCALE_WIDTH, .n_out = SCALE_WIDTH};
        struct sc_butterfly_cost before[2], after[2];
        status = run_both(before, slow, plenty, &call, simulate, err);
        if (status == SC_OK)
            status = run_both(after, fast, plenty, &call, simulate, err);
        for (int i = 0; i < 2; i++)
            mean[i] += before[i].cycles / after[i].cycles;
    }
    mean[0] /= lengths;
    mean[1] /= lengths;
    return status;
}

/* Four times the PEs with as many points and scratchpad words each. */
static struct sc_butterfly_array wider_mesh(struct sc_butterfly_array a)
{
    a.mesh_x *= 2;
    a.mesh_y *= 2;
    a.spm_bytes_per_cycle *= 4;
    a.stage_points_bpmm *= 4;
    a.stage_points_fft *= 4;
    return a;
}

static int add_fig23(struct sc_claims *claims, const struct sc_machine *full, bool simulate, struct sc_error *err)
{
    struct sc_machine small;
    int status = sc_machine_read(&small, "butterfly-array-simd8", NULL, err);
    if (status != SC_OK)
        return status;
    struct sc_butterfly_array mesh = wider_mesh(small.butterfly), both = wider_mesh(full->butterfly);
    const struct {
        const char *name, *item;
        const struct sc_butterfly_array *fast;
    } rows[] = {{"scale_simd", "SIMD 8 to 32", &full->butterfly},
                {"scale_mesh", "mesh 4x4 to 8x8", &mesh},
                {"scale_both", "both", &both}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && status == SC_OK; i++) {
        struct sc_claim claim = sc_claim_of("MLX Fig. 23", rows[i].item,
                                            "mean speed-up, D = 512, N = 512 to 8K, batch 8", "", "", scale_limit);
        double mean[2];
        status = published(&claim, rows[i].name, err);
        if (status == SC_OK)
            status = mean_speedup(mean, &small.butterfly, rows[i].fast, simulate, err);
        if (status == SC_OK) {
            claim.estimated = mean[0];
            claim.simulated = mean[1];
            status = sc_claims_add(claims, &claim, err);
        }
    }
    return status;
}

static int add_table4(struct sc_claims *claims, struct sc_error *err)
{
    static const struct {
        const char *name, *item;
        double kept;
    } rows[] = {{"saving_75", "vanilla T, 3/4 of the sequence kept", .75},
                {"saving_50", "vanilla T, half of the sequence kept", .5}};
    const struct sc_block_shape shape = {1024, 512, 4};
    int status = SC_OK;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && status == SC_OK; i++) {
        struct sc_claim claim =
            sc_claim_of("MLX Table IV", rows[i].item, "FLOP saved, blocks of 64", "", "", saving_limit);
        struct sc_block_flop dense, less;
        sc_dense_block_flop(&dense, &shape);
        sc_compressed_block_flop(&less, &shape, 64, rows[i].kept, 0);
        status = published(&claim, rows[i].name, err);
        claim.estimated = dense.total / less.total;
        if (status == SC_OK)
            status = sc_claims_add(claims, &claim, err);
    }
    return status;
}

static int add_fabnet(struct sc_claims *claims, bool simulate, struct sc_error *err)
{
    static const char *const columns[] = {"model", "machine", "tokens", "latency_ms", "confidence"};
    struct sc_table *table;
    int status = sc_papers_open(&table, "butterfly-fabnet-latency.csv", columns, 5, err);
    if (status != SC_OK)
        return status;
    for (size_t row = 0; row < sc_table_rows(table) && status == SC_OK; row++) {
        const struct sc_attention_workload *w = sc_attention_workloads();
        struct sc_attention_cost estimated = {0}, simulated = {NAN, NAN};
        struct sc_machine machine;
        char item[SC_CLAIM_TEXT];
        double tokens = 1;
        while (strcmp(w->name, sc_table_text(table, row, 0)) != 0 &&
               w < sc_attention_workloads() + SC_ATTENTION_WORKLOADS - 1)
            w++;
        status = sc_table_positive(table, row, 2, &tokens, err);
        snprintf(item, sizeof item, "%s %g tokens, %s", w->name, tokens, sc_table_text(table, row, 1));
        struct sc_claim claim =
            sc_claim_of("FABNet simulator", item, "latency", "ms", sc_table_text(table, row, 4), fabnet_limit);
        struct sc_block block = sc_attention_network(w, (uint64_t)tokens, w->layers);
        if (status == SC_OK)
            status = sc_table_positive(table, row, 3, &claim.published, err);
        if (status == SC_OK)
            status = sc_machine_read(&machine, sc_table_text(table, row, 1), NULL, err);
        if (status == SC_OK)
            status = sc_attention_run(&estimated, &machine, &block, false, err);
        if (status == SC_OK && simulate)
            status = sc_attention_run(&simulated, &machine, &block, true, err);
        claim.estimated = 1e3 * estimated.seconds;
        claim.simulated = 1e3 * simulated.seconds;
        if (status == SC_OK)
            status = sc_claims_add(claims, &claim, err);
    }
    sc_table_close(table);
    return status;
}

int sc_butterfly_operators(struct sc_claims *claims, bool simulate, struct sc_error *err)
{
    struct sc_machine full;
    int status = sc_machine_read(&full, "butterfly-array", NULL, err);
    if (status == SC_OK)
        status = add_fig22(claims, &full, simulate, err);
    if (status == SC_OK)
        status = add_fig23(claims, &full, simulate, err);
    if (status == SC_OK)
        status = add_table4(claims, err);
    return status == SC_OK ? add_fabnet(claims, simulate, err) : status;
}

int sc_reproduce_butterfly(struct sc_claims *claims, const struct sc_reproduce_options *options, struct sc_error *err)
{
    bool simulate = options->seeds > 0;
    int status = sc_butterfly_operators(claims, simulate, err);
    return status == SC_OK ? sc_butterfly_networks(claims, simulate, err) : status;
}
