/* models.c - how many layers per second the closed forms evaluate, reading and printing aside; and writes the list for
 * the end-to-end measurement.
 *
 * bench_models rate MACHINE LAYERS: evaluates that many distinct layers, all dataflows of MACHINE, prints layers per
 * second. bench_models list LAYERS: prints a layer list of that many distinct layers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "estimator/estimate.h"

/* Distinct layers in the range of DNN layers: a linear congruential sequence spreads shapes and densities. */
static struct sc_layer layer_number(uint64_t i)
{
    uint64_t r = (i + 1) * 6364136223846793005u + 1442695040888963407u;
    struct sc_layer l = {.name = "layer", .model = "", .count = 1};
    l.M = 16 + (r >> 33) % 2033;
    l.K = 16 + (r >> 22) % 4081;
    l.N = 16 + (r >> 12) % 4081;
    l.density_a = 0.02 + (double)((r >> 40) % 9800) / 10000;
    l.density_b = 0.02 + (double)((r >> 17) % 9800) / 10000;
    return l;
}

static void print_list(uint64_t layers)
{
    puts("layer,M,N,K,density_a,density_b,model");
    for (uint64_t i = 0; i < layers; i++) {
        struct sc_layer l = layer_number(i);
        printf("layer%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.4f,%.4f,bench\n", i, l.M, l.N, l.K, l.density_a,
               l.density_b);
    }
}

static int print_rate(const char *name, uint64_t layers)
{
    struct sc_error err;
    struct sc_machine machine;
    struct sc_plan plan;
    bool all[SC_DATAFLOWS] = {false};
    memset(all, true, sizeof all);
    if (sc_machine_read(&machine, name, NULL, &err) != SC_OK || sc_plan_init(&plan, &machine, &err) != SC_OK)
        return sc_error_print(&err);
    double sum = 0;
    clock_t start = clock();
    for (uint64_t i = 0; i < layers; i++) {
        struct sc_layer layer = layer_number(i);
        struct sc_profile profile;
        struct sc_estimates estimates;
        if (sc_profile_from_layer(&profile, &layer, &err) != SC_OK)
            return sc_error_print(&err);
        sc_estimate_profile(&plan, &profile, all, &estimates);
        sum += estimates.of[estimates.best].total_cycles;
    }
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    fprintf(stderr, "(sum of best cycles %.6g)\n", sum); /* keeps the work from being optimised away */
    printf("%.0f\n", (double)layers / seconds);
    sc_plan_free(&plan);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "list") == 0) {
        print_list(strtoull(argv[2], NULL, 10));
        return 0;
    }
    if (argc == 4 && strcmp(argv[1], "rate") == 0)
        return print_rate(argv[2], strtoull(argv[3], NULL, 10));
    fputs("usage: bench_models rate MACHINE LAYERS | list LAYERS\n", stderr);
    return 2;
}
