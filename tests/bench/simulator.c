/* simulator.c - the fast simulator against two yardsticks in the same binary: the naive simulator of tests/oracle, and
 * a plain SpGEMM that only computes the product's pattern.
 *
 * bench_simulator [MATRIX]: R6 and S-R3 of Flexagon's Table 6, six dataflows, both policies; with MATRIX also Gustavson
 * on MATRIX x MATRIX.  Prints a table of ratios.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "oracle.h"
#include "traces/generate.h"
#include "traces/pattern_read.h"
#include "traces/sim/simulate.h"

static double seconds_since(clock_t start)
{
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* The six dataflows on one pair by both simulators; prints their times and whether cycles agree. */
static int compare(const char *name, const struct sc_pattern *a, const struct sc_pattern *b, enum sc_timing timing,
                   struct sc_error *err)
{
    struct sc_machine machine = oracle_table5();
    struct sc_sim_result fast[SC_SPMSPM_DATAFLOWS];
    int status = SC_OK;
    bool same = true;
    machine.timing = timing;
    for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++)
        machine.supports[d] = true;
    machine.sta_fifo_bytes = 256; /* Table 5 */
    enum { REPEATS = 5 };
    clock_t start = clock();
    for (int repeat = 0; repeat < REPEATS && status == SC_OK;
         repeat++) { /* as the command does: transposes once a layer */
        struct sc_pattern a_columns = {0}, b_columns = {0};
        struct sc_sim_options options = {.a_columns = &a_columns, .b_columns = &b_columns};
        status = sc_pattern_transpose(&a_columns, a, err);
        if (status == SC_OK)
            status = sc_pattern_transpose(&b_columns, b, err);
        for (int d = 0; d < SC_SPMSPM_DATAFLOWS && status == SC_OK; d++)
            status = sc_simulate(&fast[d], &machine, (enum sc_dataflow)d, a, b, &options, err);
        sc_pattern_free(&a_columns);
        sc_pattern_free(&b_columns);
    }
    double quick = seconds_since(start) / REPEATS;
    start = clock();
    for (int d = 0; d < SC_SPMSPM_DATAFLOWS && status == SC_OK; d++) {
        struct oracle_result naive;
        status = oracle_run(&naive, a, b, &machine, (enum sc_dataflow)d, err);
        same = same && naive.cycles == fast[d].cycles;
    }
    double slow = seconds_since(start);
    if (status == SC_OK)
        printf("%-8s %-10s %12.4f %12.4f %10.1f %s\n", name, timing == SC_BLOCKING ? "blocking" : "pipelined", quick,
               slow, slow / quick, same ? "" : "  CYCLES DIFFER");
    return same ? status : 1;
}

/* Nonzeros of a x b by rows with a dense stamp per column. */
static uint64_t spgemm(const struct sc_pattern *a, const struct sc_pattern *b, uint32_t *stamp)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < b->cols; i++)
        stamp[i] = UINT32_MAX;
    for (uint64_t i = 0; i < a->rows; i++)
        for (uint64_t p = a->ptr[i]; p < a->ptr[i + 1]; p++)
            for (uint64_t q = b->ptr[a->idx[p]]; q < b->ptr[a->idx[p] + 1]; q++)
                if (stamp[b->idx[q]] != (uint32_t)i) {
                    stamp[b->idx[q]] = (uint32_t)i;
                    count++;
                }
    return count;
}

static int against_spgemm(const char *path, struct sc_error *err)
{
    struct sc_pattern a;
    int status = sc_pattern_read(&a, path, NULL, err);
    if (status != SC_OK)
        return status;
    uint32_t *stamp = malloc((a.cols + 1) * sizeof *stamp);
    if (!stamp) {
        sc_pattern_free(&a);
        return sc_fail(err, SC_NO_MEMORY, path, 0, "out of memory");
    }
    clock_t start = clock();
    uint64_t nonzeros = 0;
    for (int i = 0; i < 5; i++)
        nonzeros = spgemm(&a, &a, stamp);
    double plain = seconds_since(start) / 5;
    printf("\nGustavson, A x A of %s (nnz(C) = %" PRIu64 "): plain SpGEMM %.3f s\n", path, nonzeros, plain);
    for (int timing = SC_BLOCKING; timing <= SC_PIPELINED && status == SC_OK; timing++) {
        struct sc_machine machine = oracle_table5();
        struct sc_sim_result run;
        machine.timing = (enum sc_timing)timing;
        machine.supports[SC_GUST_M] = true;
        start = clock();
        status = sc_simulate(&run, &machine, SC_GUST_M, &a, &a, NULL, err);
        double time = seconds_since(start);
        if (status == SC_OK)
            printf("  %-10s %.3f s = %.1f x SpGEMM, %.1f million products/s\n",
                   timing == SC_BLOCKING ? "blocking" : "pipelined", time, time / plain,
                   (double)run.products / time / 1e6);
    }
    free(stamp);
    sc_pattern_free(&a);
    return status;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        uint64_t M, N, K, nnz_a, nnz_b;
    } layers[] = {{"R6", 64, 2916, 576, 4096, 790016}, {"S-R3", 64, 5329, 576, 4096, 1644032}};
    const struct sc_pattern_spec uniform = {.kind = SC_UNIFORM};
    struct sc_error err = {.status = SC_OK};
    int status = SC_OK;
    printf("%-8s %-10s %12s %12s %10s\n", "layer", "policy", "fast, s", "naive, s", "ratio");
    for (size_t i = 0; i < sizeof layers / sizeof layers[0] && status == SC_OK; i++) {
        struct sc_pattern a, b;
        double da = (double)layers[i].nnz_a / (double)(layers[i].M * layers[i].K);
        double db = (double)layers[i].nnz_b / (double)(layers[i].K * layers[i].N);
        status = sc_pattern_generate(&a, layers[i].M, layers[i].K, da, &uniform, true, 1, &err);
        if (status != SC_OK)
            break;
        status = sc_pattern_generate(&b, layers[i].K, layers[i].N, db, &uniform, false, 2, &err);
        if (status == SC_OK) {
            status = compare(layers[i].name, &a, &b, SC_BLOCKING, &err);
            if (status == SC_OK)
                status = compare(layers[i].name, &a, &b, SC_PIPELINED, &err);
            sc_pattern_free(&b);
        }
        sc_pattern_free(&a);
    }
    if (status == SC_OK && argc > 1)
        status = against_spgemm(argv[1], &err);
    return status == SC_OK ? 0 : err.status != SC_OK ? sc_error_print(&err) : 1;
}
