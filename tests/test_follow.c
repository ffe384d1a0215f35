/* test_follow.c - closed forms on measured statistics against the simulators, which share no code with them: a thousand
 * small layers on machines of all kinds and odd sizes (tests/golden/), column by column.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <math.h>

#include "golden/golden.h"

TestSuite(follow, .init = use_source_data);

enum { ROWS_MAX = 4096, NAME_BYTES = 48 };

/* How far off a column may be: |ln(estimate / simulation)| of half of the rows, and of nine in ten.  Limits are today's
 * figures rounded up, so that they catch what gets worse; the README says what the errors of whole layers are.  Rows of
 * dataflow `d` (both orientations) on machines of the Flexagon family with that policy, or of other families. */
static const struct limit {
    const char *dataflow, *policy, *column;
    double half, most;
} LIMITS[] = {
    {"ip", "blocking", "cycles", 0.016, 0.2},
    {"ip", "blocking", "l1_misses", 1e-9, 0.2},
    {"ip", "pipelined", "cycles", 0.007, 0.055},
    {"ip", "pipelined", "l1_misses", 1e-6, 0.11},
    {"ip", "pipelined", "psum_writes", 1e-6, 0.26},
    {"ip", "pipelined", "dram_read_bytes", 1e-6, 0.065},
    {"op", "blocking", "cycles", 0.027, 0.13},
    {"op", "blocking", "l1_misses", 1e-9, 0.17},
    {"op", "blocking", "merge_cycles", 1e-3, 0.045},
    {"op", "blocking", "psum_writes", 1e-9, 1e-9},
    {"op", "pipelined", "cycles", 0.02, 0.175},
    {"op", "pipelined", "l1_misses", 1e-3, 0.05},
    {"op", "pipelined", "merge_cycles", 1e-3, 0.04},
    {"op", "pipelined", "psum_writes", 1e-9, 0.03},
    {"op", "pipelined", "dram_read_bytes", 0.008, 0.7},
    {"gust", "blocking", "cycles", 0.055, 0.27},
    {"gust", "blocking", "l1_misses", 0.008, 0.5},
    {"gust", "blocking", "merge_cycles", 1e-3, 0.03},
    {"gust", "blocking", "psum_writes", 0.017, 0.22},
    {"gust", "pipelined", "cycles", 0.025, 0.115},
    {"gust", "pipelined", "l1_misses", 1e-3, 0.21},
    {"gust", "pipelined", "merge_cycles", 0.016, 0.46},
    {"gust", "pipelined", "psum_writes", 0.047, 0.28},
    {"bitmap-op", "", "cycles", 0.001, 0.26},
    {"bitmap-op", "", "dram_read_bytes", 1e-9, 1e-9},
    {"bitmap-op", "", "psum_writes", 1e-9, 1e-9},
    {"decode", "", "cycles", 0.03, 0.65},
    {"decode", "", "dram_read_bytes", 1e-9, 1e-3},
    {"decode", "", "l1_misses", 1e-9, 1e-9},
    {"periodic", "", "cycles", 1e-9, 1e-9},
    {"periodic", "", "dram_read_bytes", 1e-9, 1e-9},
    {"periodic", "", "dram_write_bytes", 1e-9, 1e-9},
    {"periodic", "", "energy_j", 1e-9, 1e-9},
    {"butterfly", "", "cycles", 0.002, 0.1},
    {"butterfly", "", "products", 1e-9, 1e-9},
    {"butterfly", "", "dram_read_bytes", 1e-9, 1e-9},
    {"butterfly", "", "dram_write_bytes", 1e-9, 1e-9},
    {"dense", "", "cycles", 1e-3, 0.065},
    {"dense", "", "dram_read_bytes", 1e-9, 1e-9},
};

struct kept {
    char layer[NAME_BYTES], machine[NAME_BYTES], dataflow[NAME_BYTES];
    double value[GOLDEN_VALUES_MAX];
};

struct rows {
    unsigned count, columns;
    const char *name[GOLDEN_VALUES_MAX];
    struct kept *of;
};

static int keep(const struct golden_row *row, void *context)
{
    struct rows *rows = context;
    cr_assert(rows->count < ROWS_MAX);
    struct kept *k = &rows->of[rows->count++];
    snprintf(k->layer, sizeof k->layer, "%s", row->layer);
    snprintf(k->machine, sizeof k->machine, "%s", row->machine);
    snprintf(k->dataflow, sizeof k->dataflow, "%s", row->dataflow);
    memcpy(k->value, row->value, sizeof k->value);
    memcpy(rows->name, row->name, sizeof rows->name);
    rows->columns = row->count;
    return SC_OK;
}

static struct rows rows_of(enum golden_set set)
{
    char directory[TEST_PATH];
    struct rows rows = {.of = calloc(ROWS_MAX, sizeof *rows.of)};
    struct sc_error err = {.status = SC_OK};
    cr_assert(rows.of);
    int status = golden_rows(set, in_source(directory, "tests/golden"), keep, &rows, &err);
    cr_assert_eq(status, SC_OK, "%s", err.message);
    return rows;
}

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* "blocking" and "pipelined" in the Flexagon family, "" elsewhere. */
static const char *policy_of(const char *machine)
{
    static const char *const pipelined[] = {"fx", "sigma", "sparch", "gamma"};
    for (unsigned i = 0; i < 4; i++)
        if (begins(machine, pipelined[i]))
            return "pipelined";
    return begins(machine, "as") || begins(machine, "tfm") ? "blocking" : "";
}

static bool meant(const struct limit *limit, const struct kept *row)
{
    size_t length = strlen(limit->dataflow);
    const char *rest = row->dataflow + length;
    return begins(row->dataflow, limit->dataflow) &&
           (*rest == '\0' || strcmp(rest, "-m") == 0 || strcmp(rest, "-n") == 0) &&
           strcmp(policy_of(row->machine), limit->policy) == 0;
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static void compare(const struct limit *limit, const struct rows *estimated, const struct rows *simulated)
{
    static double error[ROWS_MAX];
    unsigned n = 0, column = 0;
    while (strcmp(estimated->name[column], limit->column) != 0)
        column++;
    for (unsigned i = 0; i < estimated->count; i++) {
        double e = estimated->of[i].value[column], s = simulated->of[i].value[column];
        if (meant(limit, &estimated->of[i]) && (e > 0 || s > 0))
            error[n++] = e > 0 && s > 0 ? fabs(log(e / s)) : HUGE_VAL;
    }
    cr_assert(n >= 10, "%s: %u rows", limit->dataflow, n);
    qsort(error, n, sizeof error[0], by_size);
    fprintf(stderr, "%-10s %-9s %-16s %4u rows: median %.4f, 9 in 10 within %.4f\n", limit->dataflow, limit->policy,
            limit->column, n, error[n / 2], error[n * 9 / 10]);
    cr_expect(error[n / 2] <= limit->half, "%s %s, %s: half of %u rows are off by up to %g, expected %g",
              limit->dataflow, limit->policy, limit->column, n, error[n / 2], limit->half);
    cr_expect(error[n * 9 / 10] <= limit->most, "%s %s, %s: nine in ten of %u rows are off by up to %g, expected %g",
              limit->dataflow, limit->policy, limit->column, n, error[n * 9 / 10], limit->most);
}

Test(follow, closed_forms_follow_the_simulators)
{
    struct rows estimated = rows_of(GOLDEN_MEASURED), simulated = rows_of(GOLDEN_SIMULATED);
    cr_assert_eq(estimated.count, simulated.count);
    for (unsigned i = 0; i < estimated.count; i++)
        cr_assert(strcmp(estimated.of[i].layer, simulated.of[i].layer) == 0 &&
                  strcmp(estimated.of[i].dataflow, simulated.of[i].dataflow) == 0);
    for (size_t i = 0; i < sizeof LIMITS / sizeof LIMITS[0]; i++)
        compare(&LIMITS[i], &estimated, &simulated);
    free(estimated.of);
    free(simulated.of);
}
