/* test_sweep_refine.c - fronts of costs within bounds, and `sweep --refine` against simulating everything.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <fcntl.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "calibrate/trials.h"
#include "choice.h"
#include "file.h"
#include "front.h"
#include "sweep.h"
#include "sweep_cmd.h"
#include "table.h"
#include "traces/operands.h"

TestSuite(sweep_refine, .init = use_source_data);

static double between(gsl_rng *rng, double low, double high)
{
    return low + (high - low) * (double)gsl_rng_uniform_int(rng, 5) / 4; /* the ends included */
}

/* Whatever the true costs are: who is on the front is on it, who is off is off; and open candidates have company that
 * would help. */
Test(sweep_refine, places_hold_for_all_costs_within_bounds)
{
    enum { MOST = 12, DRAWS = 30 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    unsigned seen[3] = {0};
    for (int round = 0; round < 400; round++) {
        struct sc_span span[MOST];
        struct sc_cost cost[MOST];
        enum sc_place place[MOST];
        size_t weight[MOST], n = 1 + gsl_rng_uniform_int(rng, MOST), helped = 0, open = 0;
        bool unbeaten[MOST];
        struct sc_error err;
        for (size_t i = 0; i < n; i++) {
            double c = (double)gsl_rng_uniform_int(rng, 8), e = (double)gsl_rng_uniform_int(rng, 8);
            double wide = round % 4 ? (double)gsl_rng_uniform_int(rng, 3) : 0;
            span[i] = (struct sc_span){c, c + wide, e, e + wide,
                                       round % 3 ? (double)gsl_rng_uniform_int(rng, 3) : -1};
        }
        sc_front_judge(span, n, place, weight);
        for (size_t i = 0; i < n; i++) {
            seen[place[i]]++;
            open += place[i] == SC_PLACE_OPEN;
            helped += weight[i] > 0;
            cr_assert(place[i] != SC_PLACE_OPEN || weight[i] > 0, "round %d: nothing would decide %zu", round, i);
            cr_assert(place[i] != SC_PLACE_OPEN || round % 4, "round %d: open without any doubt", round);
        }
        cr_assert((open > 0) == (helped > 0));
        for (int draw = 0; draw < DRAWS; draw++) {
            for (size_t i = 0; i < n; i++)
                cost[i] = (struct sc_cost){between(rng, span[i].cycles_low, span[i].cycles_high),
                                           between(rng, span[i].energy_low, span[i].energy_high), span[i].area};
            cr_assert_eq(sc_pareto(cost, n, unbeaten, &err), SC_OK);
            for (size_t i = 0; i < n; i++)
                cr_assert(place[i] == SC_PLACE_OPEN || unbeaten[i] == (place[i] == SC_PLACE_ON),
                          "round %d, candidate %zu: place %d", round, i, (int)place[i]);
        }
    }
    for (int p = 0; p < 3; p++)
        cr_expect_gt(seen[p], 100, "place %d came up %u times", p, seen[p]);
    gsl_rng_free(rng);
}

static const char layers[] = "layer,model,M,N,K,density_a,density_b,count\n"
                             "a,net,64,150,200,0.2,0.4,1\nb,net,100,80,300,0.1,0.7,3\nc,net,32,300,128,0.5,0.3,1\n"
                             "d,other,80,120,90,0.3,0.3,2\n";
enum { LAYERS = 4, NETWORKS = 2, COMBINATIONS = 12, ROWS = COMBINATIONS * NETWORKS };
static const char *const multipliers[] = {"60", "62", "64", "66"}, *const delivered[] = {"14", "16", "18"};
#define SWEEP "--set=array.multipliers=60,62,64,66", "--set=networks.dn_elements_per_cycle=14,16,18", "-fcsv"

/* The sweep with everything simulated: best dataflow of each layer, sums per network. */
static void simulate_all(const char *list, struct sc_cost cost[COMBINATIONS][NETWORKS])
{
    for (int c = 0; c < COMBINATIONS; c++) {
        struct sc_machine_change change[] = {{"array.multipliers", multipliers[c / 3]},
                                             {"networks.dn_elements_per_cycle", delivered[c % 3]}};
        struct sc_choice choice = {.machine = {"flexagon"}, .machines = 1, .energy_case = SC_ENERGY_NOMINAL,
                                   .change = change, .changes = 2};
        struct sc_layer_options options = {.warn = NULL};
        struct sc_layer_reader *reader;
        struct sc_bound *bound;
        struct sc_layer layer;
        struct sc_error err;
        unsigned count;
        cr_assert_eq(sc_bind_machines(&bound, &count, &choice, &err), SC_OK, "%s", err.message);
        cr_assert_eq(sc_layer_open(&reader, list, &options, &err), SC_OK, "%s", err.message);
        for (int n = 0; n < NETWORKS; n++)
            cost[c][n] = (struct sc_cost){0, 0, bound->plan.machine.area_mm2};
        while (sc_layer_next(reader, &layer, &err) == SC_OK) {
            struct sc_result row[SC_DATAFLOWS];
            int best = -1, n = strcmp(layer.model, "net") != 0;
            cr_assert_eq(sc_simulate_rows(&bound->plan.machine, &layer, bound->wanted, SC_ENERGY_NOMINAL, NULL, row,
                                          &err),
                         SC_OK, "%s", err.message);
            for (int d = 0; d < SC_DATAFLOWS; d++)
                if (bound->wanted[d] && bound->plan.machine.supports[d] &&
                    (best < 0 || row[d].cycles < row[best].cycles))
                    best = d;
            cost[c][n].cycles += (double)layer.count * row[best].cycles;
            cost[c][n].energy += (double)layer.count * row[best].energy_j;
        }
        sc_layer_close(reader);
        sc_bound_free(bound, count);
    }
}

static int run(const char *log, char **argv)
{
    int argc = 0, kept[2] = {dup(1), dup(2)}, file = open(log, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600);
    while (argv[argc])
        argc++;
    fflush(NULL);
    dup2(file, 1);
    dup2(file, 2);
    int status = sc_sweep_command(argc, argv, sc_profile_layer, sc_simulate_rows);
    fflush(NULL);
    dup2(kept[0], 1);
    dup2(kept[1], 2);
    close(kept[0]);
    close(kept[1]);
    close(file);
    return status;
}

static char *text_of(const char *path)
{
    unsigned char *bytes;
    size_t size;
    cr_assert_eq(sc_file_read(&bytes, &size, path, 1 << 20, NULL), SC_OK, "%s", path);
    return (char *)bytes; /* sc_file_read() puts a NUL behind */
}

/* Rows of a sweep whose place on the front is not that of the simulations. */
static unsigned misplaced(const char *path, struct sc_cost cost[COMBINATIONS][NETWORKS], bool decided)
{
    static const char *const columns[] = {"model", "pareto", "decided"};
    struct sc_table *table;
    struct sc_error err;
    unsigned wrong = 0;
    cr_assert_eq(sc_table_open(&table, path, columns, decided ? 3 : 2, &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_table_rows(table), ROWS);
    for (int n = 0; n < NETWORKS; n++) {
        struct sc_cost of[COMBINATIONS];
        bool unbeaten[COMBINATIONS];
        for (int c = 0; c < COMBINATIONS; c++)
            of[c] = cost[c][n];
        cr_assert_eq(sc_pareto(of, COMBINATIONS, unbeaten, &err), SC_OK);
        for (int c = 0; c < COMBINATIONS; c++) {
            size_t row = (size_t)(c * NETWORKS + n);
            cr_expect_str_eq(sc_table_text(table, row, 0), n ? "other" : "net");
            cr_expect(!decided || sc_table_text(table, row, 2)[0] == '1', "row %zu is not decided", row);
            wrong += (sc_table_text(table, row, 1)[0] == '1') != unbeaten[c];
        }
    }
    sc_table_close(table);
    return wrong;
}

/* The number before " simulations (". */
static unsigned long simulations_said(const char *log)
{
    const char *end = strstr(log, " simulations ("), *start = end;
    while (start && start > log && start[-1] != ' ')
        start--;
    return start ? strtoul(start, NULL, 10) : 0;
}

/* Forecasts alone misplace some rows; once refined, all are where simulating everything puts them, with fewer
 * simulations than that takes. */
Test(sweep_refine, decided_front_is_that_of_simulating_everything)
{
    struct sc_cost cost[COMBINATIONS][NETWORKS];
    char list[TEST_PATH], out[TEST_PATH], log[TEST_PATH];
    write_temporary(list, ".csv", layers, sizeof layers - 1);
    write_temporary(out, ".csv", "", 0);
    write_temporary(log, ".txt", "", 0);
    simulate_all(list, cost);
    char *plain[] = {"sweep", list, SWEEP, "-o", out, NULL};
    cr_assert_eq(run(log, plain), 0, "%s", text_of(log));
    unsigned before = misplaced(out, cost, false);
    char *refined[] = {"sweep", list, SWEEP, "--refine", "-o", out, NULL};
    cr_assert_eq(run(log, refined), 0, "%s", text_of(log));
    unsigned after = misplaced(out, cost, true);
    char *said = text_of(log);
    unsigned long simulations = simulations_said(said), all = COMBINATIONS * LAYERS * 6;
    fprintf(stderr, "sweep --refine: %lu of %lu simulations; rows misplaced: %u before, %u after\n", simulations, all,
            before, after);
    cr_expect_not_null(strstr(said, "all are decided"), "%s", said);
    cr_expect_gt(before, 0, "the forecasts are right already");
    cr_expect_eq(after, 0);
    cr_expect(simulations > 0 && simulations < all, "%lu simulations", simulations);
    free(said);
    unlink(list);
    unlink(out);
    unlink(log);
}

Test(sweep_refine, budget_is_kept_and_jobs_do_not_matter)
{
    char list[TEST_PATH], out[2][TEST_PATH], log[TEST_PATH];
    write_temporary(list, ".csv", layers, sizeof layers - 1);
    write_temporary(log, ".txt", "", 0);
    for (int i = 0; i < 2; i++)
        write_temporary(out[i], ".csv", "", 0);
    /* The command is part of no CSV, so equal bytes can be asked for. */
    char *one[] = {"sweep", list, SWEEP, "--refine=21", "-j1", "-o", out[0], NULL};
    char *two[] = {"sweep", list, SWEEP, "--refine=21", "-j3", "-o", out[1], NULL};
    cr_assert_eq(run(log, one), 0, "%s", text_of(log));
    char *said = text_of(log);
    cr_expect_not_null(strstr(said, "; 21 simulations ("), "%s", said);
    cr_expect_not_null(strstr(said, "stay in doubt"), "%s", said);
    cr_assert_eq(run(log, two), 0);
    char *a = text_of(out[0]), *b = text_of(out[1]);
    cr_expect_str_eq(a, b, "results depend on the number of threads");
    cr_expect_not_null(strstr(a, ",mixed,"));
    cr_expect_not_null(strstr(a, ",pareto,simulated_layers,decided\n"));
    free(said);
    free(a);
    free(b);
    /* One layer per row: simulated or not. */
    char *each[] = {"sweep", list, SWEEP, "--refine", "--each-layer", "-o", out[0], NULL};
    cr_assert_eq(run(log, each), 0);
    a = text_of(out[0]);
    cr_expect_not_null(strstr(a, ",simulation,"));
    cr_expect_null(strstr(a, ",mixed,"));
    free(a);
    unlink(list);
    unlink(log);
    unlink(out[0]);
    unlink(out[1]);
}

Test(sweep_refine, says_what_it_cannot_refine)
{
    char list[TEST_PATH], log[TEST_PATH];
    const struct {
        char *words[8];
        int status;
        const char *says;
    } rows[] = {
        {{"sweep", list, "--set=dram.bandwidth_gbps=64,256", "-m", "xavier-nx", "--refine", NULL}, 1,
         "no calibration of dataflow dense"},
        {{"sweep", list, "--set=dram.bandwidth_gbps=1:2000:1", "--refine", NULL}, 2, "1024"},
        {{"sweep", list, "--set=dram.bandwidth_gbps=64", "--refine=soon", NULL}, 2, "--refine takes"},
    };
    write_temporary(list, ".csv", layers, sizeof layers - 1);
    write_temporary(log, ".txt", "", 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_eq(run(log, (char **)rows[i].words), rows[i].status, "row %zu", i);
        char *said = text_of(log);
        cr_expect_not_null(strstr(said, rows[i].says), "row %zu: %s", i, said);
        free(said);
    }
    unlink(list);
    unlink(log);
}
