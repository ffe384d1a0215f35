/* simulate_compare.c - simulations beside the estimates on the same operands: errors, choices, a compact table.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "simulate_compare.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "output.h"
#include "printable.h"

enum { NAME = 20, DATAFLOW = 8, NOTE = 200 }; /* columns */

int sc_comparison_table(struct sc_comparison *c, const char *path, struct sc_error *err)
{
    char line[256];
    int status = sc_output_open(&c->table, path, err);
    if (status != SC_OK)
        return status;
    int length = snprintf(line, sizeof line, "%-*s %-*s %-*s %12s %12s %8s  %s\n%-*s %-*s %-*s %12s %12s %8s\n", NAME,
                          "layer", NAME, "machine", DATAFLOW, "dataflow", "simulated", "estimated", "error", "fastest",
                          NAME, "", NAME, "", DATAFLOW, "", "cycles", "cycles", "%");
    return sc_output_write(c->table, line, (size_t)length, err);
}

/* A text cut to `columns` and padded: printf counts bytes, not characters. */
static void put_name(char *out, const char *text, unsigned columns)
{
    unsigned shown = sc_printable(out, text, columns);
    size_t length = strlen(out);
    memset(out + length, ' ', columns - shown);
    out[length + columns - shown] = '\0';
}

static int write_row(struct sc_comparison *c, const struct sc_compared *run, struct sc_error *err)
{
    static const char *const fastest[] = {"", "  simulated", "  estimated", "  both"};
    char layer[4 * NAME + 1], machine[4 * NAME + 1], line[512];
    put_name(layer, run->simulated.layer, NAME);
    put_name(machine, run->simulated.machine, NAME);
    int length = snprintf(line, sizeof line, "%s %s %-*s %12.0f %12.0f %8.2f%s\n", layer, machine, DATAFLOW,
                          run->simulated.dataflow, run->simulated.cycles, run->estimated.cycles, run->error,
                          fastest[run->simulated.best + 2 * run->estimated.best]);
    return sc_output_write(c->table, line, (size_t)length, err);
}

static int add_error(struct sc_comparison *c, const struct sc_compared *run, struct sc_error *err)
{
    double size = fabs(run->error);
    double *grown = sc_grow(c->error, c->errors, &c->room, sizeof *grown);
    if (!grown)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu errors", c->errors);
    c->error = grown;
    if (c->errors == 0 || size > c->worst) {
        c->worst = size;
        snprintf(c->worst_run, sizeof c->worst_run, "%.80s on %.80s with %.40s", run->simulated.layer,
                 run->simulated.machine, run->simulated.dataflow);
    }
    c->error[c->errors++] = size;
    return SC_OK;
}

/* Of dataflows that take equally long either is a right choice. */
static void add_choice(struct sc_comparison *c, const struct sc_compared *run, unsigned runs)
{
    double best = 0, chosen = 0;
    for (unsigned i = 0; i < runs; i++) {
        best = run[i].simulated.best ? run[i].simulated.cycles : best;
        chosen = run[i].estimated.best ? run[i].simulated.cycles : chosen;
    }
    double regret = best > 0 ? chosen / best - 1 : 0;
    c->choices++;
    c->agreed += regret <= 0;
    c->regret_sum += regret;
    c->regret_worst = regret > c->regret_worst ? regret : c->regret_worst;
}

int sc_comparison_add(struct sc_comparison *c, const struct sc_compared *run, unsigned runs, int complete,
                      struct sc_error *err)
{
    int status = SC_OK;
    for (unsigned i = 0; i < runs && status == SC_OK; i++) {
        status = add_error(c, &run[i], err);
        if (status == SC_OK && c->table)
            status = write_row(c, &run[i], err);
    }
    if (complete && runs > 1)
        add_choice(c, run, runs);
    return status;
}

int sc_comparison_close(struct sc_comparison *c, const struct sc_meta *meta, size_t metas, struct sc_error *err)
{
    char name[4 * NOTE + 1], value[4 * NOTE + 1], line[2 * sizeof name + 4];
    int status = SC_OK;
    if (!c->table)
        return SC_OK;
    for (size_t i = 0; i < metas && status == SC_OK; i++) {
        sc_printable(name, meta[i].name, NOTE);
        sc_printable(value, meta[i].value, NOTE);
        int length = snprintf(line, sizeof line, "%s%s: %s\n", i ? "" : "\n", name, value);
        status = sc_output_write(c->table, line, (size_t)length, err);
    }
    if (status != SC_OK)
        return status;
    struct sc_output *table = c->table;
    c->table = NULL;
    return sc_output_close(table, err);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The smallest error that at least `share` of the runs do not exceed. */
static double percentile(const struct sc_comparison *c, double share)
{
    size_t rank = (size_t)ceil(share * (double)c->errors);
    return c->error[rank > 0 ? rank - 1 : 0];
}

void sc_comparison_summary(struct sc_comparison *c, FILE *out)
{
    char worst[4 * sizeof c->worst_run + 1];
    if (c->errors == 0)
        return;
    qsort(c->error, c->errors, sizeof *c->error, ascending);
    sc_printable(worst, c->worst_run, sizeof c->worst_run);
    fprintf(
        out,
        "sparsecast: estimate against simulation, %zu runs: |error| median %.2f %%, p95 %.2f %%, worst %.2f %% (%s)",
        c->errors, percentile(c, 0.5), percentile(c, 0.95), c->worst, worst);
    if (c->choices > 0)
        fprintf(out,
                "; fastest dataflow chosen in %" PRIu64 " of %" PRIu64 " cases, regret mean %.2f %%, worst %.2f %%",
                c->agreed, c->choices, 100 * c->regret_sum / (double)c->choices, 100 * c->regret_worst);
    fputc('\n', out);
}

void sc_comparison_free(struct sc_comparison *c)
{
    sc_output_abandon(c->table);
    free(c->error);
    *c = (struct sc_comparison){0};
}
