/* refine.c - lists to try `estimate --refine` on, and how good its choices are.
 *
 * bench_refine list KIND LAYERS COST: prints a layer list of held-out layers, KIND uniform, structured or mixed, none
 * dearer than COST to simulate. bench_refine judge ESTIMATES.csv SIMULATIONS.csv: prints how many choices are right and
 * what the others cost.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate/draw.h"
#include "table.h"

static int print_list(const char *kind, size_t layers, double cost)
{
    struct sc_draw_options options = {.seed = 77, .layers = layers, .cost = cost, .held_out = true};
    struct sc_held_layers held = {0};
    struct sc_error err;
    options.kind = strcmp(kind, "uniform") == 0      ? SC_DRAW_UNIFORM
                   : strcmp(kind, "structured") == 0 ? SC_DRAW_STRUCTURED
                                                     : SC_DRAW_MIXED;
    if (sc_draw_layers(&held, &options, &err) != SC_OK)
        return sc_error_print(&err);
    puts("layer,M,N,K,density_a,density_b,pattern_a,pattern_b");
    for (size_t i = 0; i < held.layers; i++) {
        const struct sc_layer *l = &held.layer[i];
        char a[80], b[80];
        sc_pattern_format(a, sizeof a, &l->pattern_a);
        sc_pattern_format(b, sizeof b, &l->pattern_b);
        printf("%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.6g,%.6g,%s,%s\n", l->name, l->M, l->N, l->K, l->density_a,
               l->density_b, a, b);
    }
    sc_held_layers_free(&held);
    return 0;
}

/* Rows of a layer stand together, and both files have the same rows in the same order. */
static int judge(const char *estimates, const char *simulations)
{
    static const char *const columns[] = {"layer", "best", "cycles", "source"};
    struct sc_table *e = NULL, *s = NULL;
    struct sc_error err;
    if (sc_table_open(&e, estimates, columns, 4, &err) != SC_OK ||
        sc_table_open(&s, simulations, columns, 4, &err) != SC_OK)
        return sc_error_print(&err);
    size_t rows = sc_table_rows(s), layers = 0, right = 0, simulated = 0;
    double regret = 0;
    for (size_t from = 0, to; from < rows && sc_table_rows(e) == rows; from = to) {
        double best = HUGE_VAL, chosen = HUGE_VAL, cycles;
        for (to = from; to < rows && strcmp(sc_table_text(s, to, 0), sc_table_text(s, from, 0)) == 0; to++) {
            if (sc_table_number(s, to, 2, &cycles, &err) != SC_OK)
                return sc_error_print(&err);
            best = fmin(best, cycles);
            chosen = sc_table_text(e, to, 1)[0] == '1' ? cycles : chosen;
            simulated += strcmp(sc_table_text(e, to, 3), "simulation") == 0;
        }
        layers++;
        right += chosen <= best;
        regret += chosen / best - 1;
    }
    printf("%zu layers: %.2f %% right choices, mean regret %.4f %%, %.2f %% of %zu pairs simulated\n", layers,
           100.0 * (double)right / (double)layers, 100 * regret / (double)layers,
           100.0 * (double)simulated / (double)rows, rows);
    sc_table_close(e);
    sc_table_close(s);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "list") == 0)
        return print_list(argv[2], strtoull(argv[3], NULL, 10), strtod(argv[4], NULL));
    if (argc == 4 && strcmp(argv[1], "judge") == 0)
        return judge(argv[2], argv[3]);
    fputs("usage: bench_refine list KIND LAYERS COST | judge ESTIMATES.csv SIMULATIONS.csv\n", stderr);
    return 2;
}
