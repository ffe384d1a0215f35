/* test_attention.c - transformer networks on the butterfly array, FABNet and the Jetson: lists, rooflines, mixes,
 * figures set beside.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>

#include "estimate.h"
#include "families/bound.h"
#include "family.h"
#include "file.h"
#include "machine.h"
#include "machine_keys.h"
#include "models/roofline.h"
#include "reproduce/papers.h"
#include "traces/attention.h"

TestSuite(attention, .init = use_source_data);

static struct sc_machine machine_of(const char *name)
{
    struct sc_machine machine;
    struct sc_error err;
    cr_assert_eq(sc_machine_read(&machine, name, NULL, &err), SC_OK, "%s", err.message);
    return machine;
}

static struct sc_attention_cost cost_of(const struct sc_machine *m, struct sc_block block, bool simulate)
{
    struct sc_attention_cost cost;
    struct sc_error err;
    cr_assert_eq(sc_attention_run(&cost, m, &block, simulate, &err), SC_OK, "%s", err.message);
    return cost;
}

/* The shipped lists say what the library's workloads say. */
Test(attention, lists_hold_the_workloads)
{
    for (const struct sc_attention_workload *w = sc_attention_workloads();
         w < sc_attention_workloads() + SC_ATTENTION_WORKLOADS; w++) {
        char relative[64] = "data/layers/attention-", path[TEST_PATH], line[128];
        size_t used = strlen(relative), size;
        unsigned char *text;
        for (const char *c = w->name; *c; c++)
            relative[used++] = (char)tolower(*c);
        snprintf(relative + used, sizeof relative - used, ".csv");
        cr_assert_eq(sc_file_read(&text, &size, in_source(path, relative), 1 << 20, NULL), SC_OK, "%s", path);
        for (uint64_t tokens = w->tokens < 256 ? w->tokens : 128; tokens <= 8192; tokens *= 2) {
            if (w->tokens < 256 && tokens != w->tokens)
                continue;
            snprintf(line, sizeof line,
                     "\n%" PRIu64 "-fbfly,%s-%" PRIu64 "-fbfly,fbfly,%" PRIu64 ",%" PRIu64 ",4,,%" PRIu64 ",1,\n",
                     tokens, w->name, tokens, tokens, w->width, w->layers);
            cr_expect_not_null(strstr((char *)text, line), "%s lacks: %s", relative, line);
            snprintf(line, sizeof line,
                     "hybrid,%" PRIu64 ",%" PRIu64 ",4,%" PRIu64 ",%" PRIu64 ",1,%" PRIu64 ":%" PRIu64 "\n", tokens,
                     w->width, w->heads, w->layers, w->layers / 2, w->layers / 2);
            cr_expect(strncmp(w->name, "FABNet", 6) == 0 || strstr((char *)text, line), "%s lacks: %s", relative, line);
        }
        free(text);
    }
}

/* The README's row of each key: "| `key` | unit | default | ...". */
Test(attention, readme_lists_every_key_with_its_unit_and_default)
{
    const struct sc_family *const families[] = {&sc_family_butterfly, &sc_family_fabnet, &sc_family_roofline};
    char path[TEST_PATH], row[256];
    unsigned char *text;
    size_t size;
    cr_assert_eq(sc_file_read(&text, &size, in_source(path, "data/machines/README.md"), 1 << 20, NULL), SC_OK);
    for (int f = 0; f < 3; f++)
        for (size_t i = 2; i < families[f]->key_count; i++) { /* name and description stand with the first family */
            const struct sc_machine_key *key = &families[f]->keys[i];
            snprintf(row, sizeof row, "| `%s` |%s%s | %s | %s |", key->path, key->unit[0] ? " " : "", key->unit,
                     key->initial ? key->initial : "required", key->meaning);
            cr_expect_not_null(strstr((char *)text, row), "missing or different: %s", row);
        }
    free(text);
}

/* Estimate against simulation, network by network, within 2 %. */
Test(attention, estimates_agree_with_simulations)
{
    static const char *const names[] = {"butterfly-array", "butterfly-array-simd8"};
    double worst = 0;
    for (int i = 0; i < 2; i++) {
        struct sc_machine m = machine_of(names[i]);
        for (int k = 0; k < SC_ATTENTION_WORKLOADS; k++) {
            const struct sc_attention_workload *w = &sc_attention_workloads()[k];
            for (uint64_t tokens = 128; tokens <= 1024; tokens *= 8) /* keeps the suite short */
                for (uint64_t fourier = 0; fourier <= w->layers; fourier += w->layers / 2) {
                    struct sc_block block = sc_attention_network(w, k == 1 ? w->tokens : tokens, fourier);
                    double e = cost_of(&m, block, false).seconds, s = cost_of(&m, block, true).seconds;
                    worst = fmax(worst, fabs(e / s - 1));
                    cr_expect_float_eq(e / s, 1, .02,
                                       "%s %" PRIu64 " tokens, %" PRIu64 " fbfly: %g s estimated, %g s simulated",
                                       w->name, tokens, fourier, e, s);
                }
        }
    }
    fprintf(stderr, "networks on the array: worst error of an estimate %.2f %%\n", 100 * worst);
}

/* A butterfly layer as a kernel of its own does 3 n FLOP on 4 n bytes: 38.4 GFLOP/s at 51.2 GB/s, 44.8 at 59.7; fused
 * 384 at n = 1024. */
Test(attention, the_jetson_is_a_roofline)
{
    struct sc_machine nx = machine_of("xavier-nx");
    struct sc_butterfly_call call = {.kind = SC_BUTTERFLY_BPMM, .tokens = 1 << 20, .n_in = 1024, .n_out = 1024};
    struct sc_butterfly_call dense = {.kind = SC_BUTTERFLY_DENSE, .tokens = 1 << 20, .n_in = 1024, .n_out = 1024};
    struct sc_roofline_cost cost;
    sc_roofline_estimate(&cost, &nx.roofline, 51.2, &call);
    cr_expect_float_eq(cost.flop / cost.seconds / 1e9, 38.4, .01);
    cr_expect_eq(cost.bound, SC_BOUND_DRAM);
    sc_roofline_estimate(&cost, &nx.roofline, 59.7, &call);
    cr_expect_float_eq(cost.flop / cost.seconds / 1e9, 44.8, .05);
    nx.roofline.fused_butterflies = true;
    sc_roofline_estimate(&cost, &nx.roofline, 51.2, &call);
    cr_expect_float_eq(cost.flop / cost.seconds / 1e9, 384, .1);
    sc_roofline_estimate(&cost, &nx.roofline, 51.2, &dense);
    cr_expect_eq(cost.bound, SC_BOUND_COMPUTE);
    cr_expect_float_eq(cost.flop / cost.seconds / 1e12, 6, 1e-9);
    nx.roofline.launch_us = 1e6;
    sc_roofline_estimate(&cost, &nx.roofline, 51.2, &dense);
    cr_expect_eq(cost.bound, SC_BOUND_LAUNCH);
    struct sc_block block = sc_attention_network(sc_attention_workloads(), 128, 6);
    struct sc_attention_cost unused;
    struct sc_error err;
    cr_expect_eq(sc_attention_run(&unused, &nx, &block, true, &err), SC_UNSUPPORTED, "a roofline has no simulator");
}

/* More FFT blocks and longer sequences: the trade-off of the figure runs the way it must. */
Test(attention, mixes_and_lengths_trade_off)
{
    struct sc_machine array = machine_of("butterfly-array");
    const struct sc_attention_workload *bert = &sc_attention_workloads()[2];
    double before = INFINITY;
    for (uint64_t tokens = 128; tokens <= 8192; tokens *= 2) {
        double last = INFINITY, dense = cost_of(&array, sc_attention_dense(bert, tokens), false).seconds;
        for (uint64_t fourier = 0; fourier <= 24; fourier += 6) {
            double now = cost_of(&array, sc_attention_network(bert, tokens, fourier), false).seconds;
            cr_expect_lt(now, last, "an fbfly block costs less than an abfly block");
            cr_expect_lt(now, dense, "and either less than a dense one");
            last = now;
        }
        double abfly = dense / cost_of(&array, sc_attention_network(bert, tokens, 0), false).seconds;
        cr_expect_lt(abfly, before, "attention eats up the gain of butterfly projections as sequences grow");
        before = abfly;
    }
}

Test(attention, fabnet_refuses_attention)
{
    struct sc_machine fabnet = machine_of("fabnet-be40");
    struct sc_block block = sc_attention_network(&sc_attention_workloads()[3], 128, 0);
    struct sc_attention_cost cost;
    struct sc_error err;
    cr_expect_eq(sc_attention_run(&cost, &fabnet, &block, false, &err), SC_UNSUPPORTED);
    cr_expect_not_null(strstr(err.message, "attention"), "%s", err.message);
}

/* What limits an operator, by name, for whoever explains a result. */
Test(attention, bounds_of_operators_are_named)
{
    static const struct {
        const char *machine;
        enum sc_dataflow dataflow;
        enum sc_layer_kind kind;
        uint64_t M, N, K;
        const char *bound;
    } cases[] = {
        {"butterfly-array", SC_BUTTERFLY, SC_BPMM, 1024, 1024, 1024, "DRAM"},
        {"butterfly-array-simd8", SC_BUTTERFLY, SC_BPMM, 1024, 1024, 1024, "compute"},
        {"butterfly-array", SC_BUTTERFLY, SC_BPMM, 64, 1, 64, "launch"},
        {"butterfly-array", SC_BUTTERFLY, SC_FFT2D, 1024, 1024, 1024, "DRAM"},
        {"butterfly-array", SC_DENSE, SC_GEMM, 1024, 1024, 1024, "compute"},
        {"fabnet-be40", SC_BUTTERFLY, SC_BPMM, 1024, 1024, 1024, "compute"},
        {"fabnet-be20-ddr", SC_BUTTERFLY, SC_BPMM, 1024, 1024, 1024, "load"},
        {"xavier-nx", SC_BUTTERFLY, SC_FFT2D, 1024, 1024, 1024, "DRAM"},
        {"xavier-nx", SC_DENSE, SC_GEMM, 1024, 1024, 1024, "compute"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_machine m = machine_of(cases[i].machine);
        struct sc_layer layer = {.name = "l", .M = cases[i].M, .N = cases[i].N, .K = cases[i].K, .density_a = 1,
                                 .density_b = 1, .op = {.kind = cases[i].kind}};
        struct sc_plan plan;
        struct sc_profile profile;
        struct sc_estimates estimates;
        struct sc_result row;
        struct sc_error err;
        bool wanted[SC_DATAFLOWS] = {false};
        wanted[cases[i].dataflow] = true;
        cr_assert_eq(sc_plan_init(&plan, &m, &err), SC_OK, "%s", err.message);
        cr_assert_eq(sc_profile_from_layer(&profile, &layer, &err), SC_OK, "%s", err.message);
        sc_estimate_profile(&plan, &profile, wanted, &estimates);
        cr_assert_eq(estimates.count, 1);
        sc_estimate_result(&plan, &profile, &estimates.of[0], SC_ENERGY_NOMINAL, &row);
        cr_expect_str_eq(row.bound, cases[i].bound, "case %zu: %s", i, row.bound);
        cr_expect_not_null(sc_bound_meaning(row.bound));
        sc_plan_free(&plan);
    }
}

/* The claims: figures with a verdict are met but for the three that are known, what the abstract says stands beside
 * ours without one. */
Test(attention, reproduced_claims)
{
    struct sc_claims claims = {.paper = "butterfly"};
    struct sc_reproduce_options options = {.seeds = 0}; /* closed forms: simulations of the same take seconds */
    struct sc_error err;
    size_t judged, met, abstract = 0, workloads = 0;
    cr_assert_eq(sc_reproduce_butterfly(&claims, &options, &err), SC_OK, "%s", err.message);
    for (size_t i = 0; i < claims.count; i++) {
        const struct sc_claim *c = &claims.claim[i];
        cr_expect(isfinite(c->estimated) && c->estimated > 0, "%s, %s, %s", c->figure, c->item, c->quantity);
        if (strstr(c->figure, "2411.00734")) {
            abstract++;
            cr_expect_lt(c->limit, 0, "the abstract's figures are printed, not judged");
            cr_expect(isfinite(c->published));
        }
        workloads += strcmp(c->figure, "workloads") == 0;
        if (c->limit >= 0 && isfinite(c->published) && strstr(c->figure, "FABNet"))
            cr_expect_str_eq(sc_claim_verdict(c), "met", "%s", c->item);
    }
    sc_claims_tally(&claims, &judged, &met);
    fprintf(stderr, "butterfly: %zu of %zu verdicts met, %zu rows beside the abstract, %zu of workloads\n", met, judged,
            abstract, workloads);
    cr_expect_geq(met + 3, judged,
                  "load of 1024 points, compute and transfer of FFTs of 64 points are off by more than .05");
    cr_expect_geq(abstract, 40);
    cr_expect_geq(workloads, 300);
    sc_claims_free(&claims);
}
