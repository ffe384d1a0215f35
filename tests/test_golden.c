/* test_golden.c - today's results are those of tests/golden/: estimates within 1e-6, simulations exactly.
 *
 * A change detector and no proof: the files hold what the program printed when they were written, right or wrong.  What
 * shows that results are right are the comparisons with the naive simulator (test_simulate, test_models), hand-worked
 * layers (test_oracle, test_inner), conservation laws (test_conserve) and published figures (test_published).  After a
 * change of results that is meant, `make golden` writes the files anew; their difference then belongs to that commit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <math.h>

#include "golden/golden.h"

TestSuite(golden, .init = use_source_data);

enum { LINE_BYTES = 8192 };

struct comparison {
    enum golden_set set;
    FILE *file;
    unsigned long rows, different;
    double worst;           /* relative */
    char first[LINE_BYTES]; /* what differs first */
};

static bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* Counts and cycles of simulations are exact; sums of energies may be rounded in another order.  Sums that cancel in a
 * closed form leave a rest of the size of the last digits of the cycles. */
static double allowed(const struct comparison *c, const struct golden_row *row, unsigned column, double golden)
{
    const char *name = row->name[column];
    bool si = ends_in(name, "_j") || ends_in(name, "_js") || ends_in(name, "_s") || ends_in(name, "utilization");
    if (c->set == GOLDEN_SIMULATED)
        return ends_in(name, "_j") || ends_in(name, "_js") ? 1e-12 * fabs(golden) : 0;
    if (si)
        return 1e-6 * fabs(golden);
    return 1e-6 * fabs(golden) + 1e-9 * (ends_in(name, "cycles") ? fmax(1, row->value[0]) : 1);
}

static void note(struct comparison *c, const struct golden_row *row, const char *what, const char *found,
                 double expected)
{
    if (c->different++ == 0)
        snprintf(c->first, sizeof c->first, "row %lu, %s on %s, %s: %s is %s, was %.10g", c->rows, row->layer,
                 row->machine, row->dataflow, what, found, expected);
}

static void compare_cells(struct comparison *c, const struct golden_row *row, char *cells)
{
    char found[64], *rest = cells;
    for (unsigned i = 0; i < row->count; i++) {
        double golden = rest && *rest == ',' ? strtod(rest + 1, &rest) : NAN;
        double error = fabs(row->value[i] - golden);
        if (error <= allowed(c, row, i, golden))
            continue;
        snprintf(found, sizeof found, "%.10g", row->value[i]);
        note(c, row, row->name[i], found, golden);
        c->worst = fmax(c->worst, error / fmax(fabs(golden), 1e-300));
        return;
    }
    if (*rest != '\n')
        note(c, row, "the number of columns", "too small", NAN);
}

static int compare_row(const struct golden_row *row, void *context)
{
    struct comparison *c = context;
    char line[LINE_BYTES], names[LINE_BYTES];
    c->rows++;
    int length = snprintf(names, sizeof names, "%s,%s,%s", row->layer, row->machine, row->dataflow);
    if (!fgets(line, sizeof line, c->file))
        note(c, row, "the row", "new", NAN);
    else if (strncmp(line, names, (size_t)length) != 0 || line[length] != ',')
        note(c, row, "the row", "not the one of the file", NAN);
    else
        compare_cells(c, row, line + length);
    return SC_OK;
}

static void check(enum golden_set set)
{
    char path[TEST_PATH], directory[TEST_PATH], line[LINE_BYTES], name[64];
    struct comparison c = {.set = set};
    struct sc_error err = {.status = SC_OK};
    snprintf(name, sizeof name, "tests/golden/%s", golden_results(set));
    c.file = fopen(in_source(path, name), "r");
    cr_assert(c.file && fgets(line, sizeof line, c.file), "%s cannot be read", path);
    int status = golden_rows(set, in_source(directory, "tests/golden"), compare_row, &c, &err);
    cr_assert_eq(status, SC_OK, "%s", err.message);
    cr_assert(c.rows > 500 && !fgets(line, sizeof line, c.file), "%s has other rows", path);
    cr_assert_eq(c.different, 0, "%lu of %lu rows differ from %s, most by %.2g of their value; %s", c.different, c.rows,
                 golden_results(set), c.worst, c.first);
    fclose(c.file);
}

Test(golden, closed_forms_on_expected_statistics)
{
    check(GOLDEN_ESTIMATED);
}

Test(golden, closed_forms_on_measured_statistics)
{
    check(GOLDEN_MEASURED);
}

Test(golden, simulators)
{
    check(GOLDEN_SIMULATED);
}
