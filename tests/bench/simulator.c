/* simulator.c - the fast simulator against two yardsticks in the same binary: the naive simulator of tests/oracle, and
 * a plain SpGEMM that only computes the product's pattern.
 *
 * bench_simulator naive FRACTION: that fraction of the columns of R6 and S-R3 of Flexagon's Table 6, six dataflows,
 * both policies; prints layer, policy, seconds of the fast and of the naive simulator, and 1 when all cycles agree.
 * bench_simulator spgemm ROWS|FILE: Gustavson on a matrix with itself, a file or ROWS rows of 20 nonzeros each on
 * average; prints policy, products per second of the simulator and of the SpGEMM.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "oracle.h"
#include "traces/generate.h"
#include "traces/pattern_read.h"
#include "traces/sim/simulate.h"

static double seconds_since(clock_t start)
{
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* The six dataflows on one pair by both simulators. */
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
    enum { REPEATS = 3 };
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
        printf("%s %s %.6f %.6f %d\n", name, timing == SC_BLOCKING ? "blocking" : "pipelined", quick, slow, same);
    return status;
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

static int against_spgemm(const char *matrix, struct sc_error *err)
{
    enum { REPEATS = 3, PER_ROW = 20 };
    const struct sc_pattern_spec uniform = {.kind = SC_UNIFORM};
    struct sc_pattern a;
    char *end;
    unsigned long long rows = strtoull(matrix, &end, 10);
    int status;
    if (*end == '\0' && rows > 0)
        status = sc_pattern_generate(&a, rows, rows, fmin(1, PER_ROW / (double)rows), &uniform, true, 1, err);
    else
        status = sc_pattern_read(&a, matrix, NULL, err);
    if (status != SC_OK)
        return status;
    uint32_t *stamp = malloc((a.cols + 1) * sizeof *stamp);
    if (!stamp) {
        sc_pattern_free(&a);
        return sc_fail(err, SC_NO_MEMORY, matrix, 0, "out of memory");
    }
    clock_t start = clock();
    uint64_t nonzeros = 0;
    for (int i = 0; i < REPEATS; i++)
        nonzeros += spgemm(&a, &a, stamp);
    double plain = seconds_since(start) / REPEATS;
    fprintf(stderr, "nonzeros of the product: %" PRIu64 "\n", nonzeros / REPEATS);
    for (int timing = SC_BLOCKING; timing <= SC_PIPELINED && status == SC_OK; timing++) {
        struct sc_machine machine = oracle_table5();
        struct sc_sim_result run;
        machine.timing = (enum sc_timing)timing;
        machine.supports[SC_GUST_M] = true;
        start = clock();
        for (int i = 0; i < REPEATS && status == SC_OK; i++)
            status = sc_simulate(&run, &machine, SC_GUST_M, &a, &a, NULL, err);
        double time = seconds_since(start) / REPEATS;
        if (status == SC_OK)
            printf("%s %.6g %.6g\n", timing == SC_BLOCKING ? "blocking" : "pipelined",
                   (double)run.products / fmax(time, 1e-9), (double)run.products / fmax(plain, 1e-9));
    }
    free(stamp);
    sc_pattern_free(&a);
    return status;
}

static int against_naive(double fraction, struct sc_error *err)
{
    static const struct {
        const char *name;
        uint64_t M, N, K, nnz_a, nnz_b;
    } layers[] = {{"R6", 64, 2916, 576, 4096, 790016}, {"S-R3", 64, 5329, 576, 4096, 1644032}};
    const struct sc_pattern_spec uniform = {.kind = SC_UNIFORM};
    int status = SC_OK;
    for (size_t i = 0; i < sizeof layers / sizeof layers[0] && status == SC_OK; i++) {
        struct sc_pattern a, b;
        double da = (double)layers[i].nnz_a / (double)(layers[i].M * layers[i].K);
        double db = (double)layers[i].nnz_b / (double)(layers[i].K * layers[i].N);
        uint64_t columns = (uint64_t)fmax(1, fraction * (double)layers[i].N);
        status = sc_pattern_generate(&a, layers[i].M, layers[i].K, da, &uniform, true, 1, err);
        if (status != SC_OK)
            break;
        status = sc_pattern_generate(&b, layers[i].K, columns, db, &uniform, false, 2, err);
        if (status == SC_OK) {
            status = compare(layers[i].name, &a, &b, SC_BLOCKING, err);
            if (status == SC_OK)
                status = compare(layers[i].name, &a, &b, SC_PIPELINED, err);
            sc_pattern_free(&b);
        }
        sc_pattern_free(&a);
    }
    return status;
}

int main(int argc, char **argv)
{
    struct sc_error err = {.status = SC_OK};
    if (argc == 3 && strcmp(argv[1], "naive") == 0)
        return against_naive(strtod(argv[2], NULL), &err) == SC_OK ? 0 : sc_error_print(&err);
    if (argc == 3 && strcmp(argv[1], "spgemm") == 0)
        return against_spgemm(argv[2], &err) == SC_OK ? 0 : sc_error_print(&err);
    fputs("usage: bench_simulator naive FRACTION | spgemm ROWS|FILE\n", stderr);
    return 2;
}
