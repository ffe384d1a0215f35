/* oracle_run.c - runs the oracle on one generated or read pair of operands and prints every field of the result.
 *
 *   oracle_run M N K dA dB [patternA patternB] [seed] [blocking|pipelined] [DATAFLOW|all]
 *   oracle_run --mtx A.mtx B.mtx [blocking|pipelined] [DATAFLOW|all]
 *
 * dA, dB: densities, or nonzero counts when above 1.  ORACLE_SEEDS=n averages n seeds from `seed` on.  ORACLE_SET
 * changes machine parameters: "multipliers=128,psram_bytes=0,...".  The machine is oracle_table5().
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"
#include "traces/generate.h"

static const char *const dataflow_names[SC_DATAFLOWS] = {
#define X(id, name, meaning) name,
    SC_DATAFLOW_LIST(X)
#undef X
};

#define SETTABLE(X)                                                                                                   \
    X(clock_ghz) X(multipliers) X(element_bytes) X(dn_bandwidth) X(rn_bandwidth) X(dn_levels) X(multiplier_latency)   \
    X(str_bytes) X(str_line_bytes) X(str_ways) X(str_banks) X(str_words_per_bank) X(psram_bytes) X(psram_block_bytes) \
    X(psram_sets) X(dram_latency_ns) X(dram_gbps) X(step_fixed) X(stationary_fixed) X(drain) X(empty_step)            \
    X(empty_row) X(miss_fixed) X(line_cycles) X(inner_drain) X(outer_drain) X(stores) X(last_store) X(window_steps) \
    X(window_buffers) X(count_pointers)

static bool set_parameters(struct sc_machine *m, const char *text)
{
    while (*text) {
        char key[32];
        double value;
        int used = 0;
        if (sscanf(text, "%31[a-z0-9_]=%lf%n", key, &value, &used) != 2)
            return false;
        bool known = false;
#define X(field)                                                                                                      \
    if (strcmp(key, #field) == 0) {                                                                                   \
        m->field = value;                                                                                             \
        known = true;                                                                                                 \
    }
        SETTABLE(X)
#undef X
        if (!known)
            return false;
        text += used;
        text += *text == ',';
    }
    return true;
}

/* Coordinate files with one entry per line and no symmetry: all that the shipped experiments need. */
static bool read_mtx(struct sc_pattern *out, const char *path)
{
    struct sc_pattern flipped = {0};
    uint64_t rows = 0, cols = 0, nnz = 0, *entry = NULL;
    char line[256];
    bool good = false;
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file) && line[0] == '%')
        ;
    if (!file || sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64, &rows, &cols, &nnz) != 3)
        goto done;
    entry = calloc(2 * nnz + 1, sizeof *entry);
    if (!entry || sc_pattern_alloc(&flipped, cols, rows, nnz, NULL))
        goto done;
    for (uint64_t q = 0; q < nnz; q++) {
        uint64_t *row = &entry[2 * q], *col = row + 1;
        if (!fgets(line, sizeof line, file) || sscanf(line, "%" SCNu64 " %" SCNu64, row, col) != 2 || *row < 1 ||
            *row > rows || *col < 1 || *col > cols)
            goto done;
        flipped.ptr[*col]++;
    }
    for (uint64_t j = 0; j < cols; j++)
        flipped.ptr[j + 1] += flipped.ptr[j];
    for (uint64_t q = nnz; q-- > 0;) /* fills each column from its end, and takes the end back afterwards */
        flipped.idx[--flipped.ptr[entry[2 * q + 1]]] = (uint32_t)(entry[2 * q] - 1);
    memmove(flipped.ptr, flipped.ptr + 1, cols * sizeof *flipped.ptr);
    flipped.ptr[cols] = nnz;
    good = sc_pattern_transpose(out, &flipped, NULL) == SC_OK && sc_pattern_check(out, NULL) == SC_OK;
done:
    if (file)
        fclose(file);
    free(entry);
    sc_pattern_free(&flipped);
    return good;
}

struct request {
    uint64_t M, N, K, seed;
    double density_a, density_b;
    struct sc_pattern_spec a, b;
    const char *file_a, *file_b;
    struct sc_machine machine;
    bool wanted[SC_DATAFLOWS];
};

static bool parse_word(struct request *q, const char *word)
{
    char end;
    if (strcmp(word, "blocking") == 0 || strcmp(word, "pipelined") == 0) {
        q->machine.timing = word[0] == 'b' ? SC_BLOCKING : SC_PIPELINED;
        return true;
    }
    for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++)
        if (strcmp(word, dataflow_names[d]) == 0) {
            memset(q->wanted, 0, sizeof q->wanted);
            return q->wanted[d] = true;
        }
    return strcmp(word, "all") == 0 || sscanf(word, "%" SCNu64 "%c", &q->seed, &end) == 1;
}

static bool parse(struct request *q, int argc, char **argv)
{
    *q = (struct request){.seed = 1, .machine = oracle_table5()};
    memset(q->wanted, 1, sizeof q->wanted);
    int next = 6;
    if (argc >= 4 && strcmp(argv[1], "--mtx") == 0) {
        q->file_a = argv[2];
        q->file_b = argv[3];
        next = 4;
    } else if (argc < 6 || sscanf(argv[1], "%" SCNu64, &q->M) != 1 || sscanf(argv[2], "%" SCNu64, &q->N) != 1 ||
               sscanf(argv[3], "%" SCNu64, &q->K) != 1 || sscanf(argv[4], "%lf", &q->density_a) != 1 ||
               sscanf(argv[5], "%lf", &q->density_b) != 1) {
        return false;
    }
    if (next == 6 && argc >= 8 && sc_pattern_parse(&q->a, argv[6], NULL) == SC_OK &&
        sc_pattern_parse(&q->b, argv[7], NULL) == SC_OK)
        next = 8;
    for (; next < argc; next++)
        if (!parse_word(q, argv[next]))
            return false;
    if (q->density_a > 1)
        q->density_a /= (double)q->M * (double)q->K;
    if (q->density_b > 1)
        q->density_b /= (double)q->K * (double)q->N;
    const char *set = getenv("ORACLE_SET");
    return !set || set_parameters(&q->machine, set);
}

static int operands(struct sc_pattern *a, struct sc_pattern *b, const struct request *q, uint64_t seed,
                    struct sc_error *err)
{
    if (q->file_a)
        return read_mtx(a, q->file_a) && read_mtx(b, q->file_b)
                   ? SC_OK
                   : sc_fail(err, SC_BAD_INPUT, NULL, 0, "cannot read %s and %s", q->file_a, q->file_b);
    int status = sc_pattern_generate(a, q->M, q->K, q->density_a, &q->a, true, 2 * seed, err);
    return status ? status : sc_pattern_generate(b, q->K, q->N, q->density_b, &q->b, false, 2 * seed + 1, err);
}

static void print(const char *name, double sum, double count)
{
    printf(" %s=%.12g", name, sum / count);
}

int main(int argc, char **argv)
{
    enum { FIELDS = 64 };
    struct request q;
    struct sc_error err = {0};
    if (!parse(&q, argc, argv)) {
        fputs("usage: oracle_run M N K dA dB [patternA patternB] [seed] [blocking|pipelined] [dataflow|all]\n"
              "       oracle_run --mtx A.mtx B.mtx [blocking|pipelined] [dataflow|all]\n", stderr);
        return 2;
    }
    const char *text = getenv("ORACLE_SEEDS");
    uint64_t seeds = text ? strtoull(text, NULL, 10) : 1;
    static double sums[SC_SPMSPM_DATAFLOWS][FIELDS];
    double nnz_a = 0, nnz_b = 0;
    for (uint64_t s = 0; s < seeds; s++) {
        struct sc_pattern a = {0}, b = {0};
        int status = operands(&a, &b, &q, q.seed + s, &err);
        nnz_a += (double)a.nnz;
        nnz_b += (double)b.nnz;
        for (int d = 0; d < SC_SPMSPM_DATAFLOWS && !status; d++) {
            struct oracle_result r;
            if (!q.wanted[d] || (status = oracle_run(&r, &a, &b, &q.machine, (enum sc_dataflow)d, &err)))
                continue;
            double *sum = sums[d];
#define X(name, meaning) *sum++ += (double)r.name;
            ORACLE_CYCLES(X)
            ORACLE_COUNTS(X)
#undef X
        }
        sc_pattern_free(&a);
        sc_pattern_free(&b);
        if (status)
            return sc_error_print(&err);
    }
    for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++) {
        if (!q.wanted[d])
            continue;
        const double *sum = sums[d];
        printf("dataflow=%s nnz_a=%.12g nnz_b=%.12g", dataflow_names[d], nnz_a / (double)seeds, nnz_b / (double)seeds);
#define X(name, meaning) print(#name, *sum++, (double)seeds);
        ORACLE_CYCLES(X)
        ORACLE_COUNTS(X)
#undef X
        putchar('\n');
    }
    return 0;
}
