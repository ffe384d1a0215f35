/* forecast.c - the fastest dataflow of every layer of a list on a machine, by the C API alone.
 *
 *     cc forecast.c $(pkg-config --cflags --libs sparsecast) -o forecast
 *     ./forecast layers.csv flexagon
 *
 * prints what `sparsecast estimate layers.csv -m flexagon --best` finds: cycles, and the interval that holds 90 % of
 * simulations.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include <estimator/coefficients.h>
#include <estimator/estimate.h>
#include <estimator/layer.h>
#include <estimator/machine.h>
#include <traces/operands.h>

/* A machine made ready once, for any number of layers. */
struct ready {
    struct sc_machine machine;
    struct sc_plan plan;                /* the machine's tables: sc_plan_free() */
    struct sc_calibration *calibration; /* or NULL: free() */
    struct sc_corrector corrector;      /* borrows the calibration */
};

static int make_ready(struct ready *r, const char *name, struct sc_error *err)
{
    char reason[256]; /* why there is no calibration */
    int status = sc_machine_read(&r->machine, name, NULL, err);
    if (status == SC_OK)
        status = sc_calibration_find(&r->calibration, &r->machine, NULL, reason, err);
    if (status != SC_OK)
        return status;
    sc_corrector_init(&r->corrector, r->calibration, &r->machine, SC_LEVEL_DEFAULT);
    return sc_plan_init(&r->plan, &r->machine, err);
}

/* Estimates a layer by all candidates of the machine and prints the fastest. */
static int forecast(const struct ready *r, const struct sc_layer *layer, struct sc_error *err)
{
    struct sc_profile profile;
    struct sc_estimates all;
    struct sc_result best = {.cycles = -1};
    int status = sc_estimate_check(&r->plan, &layer->op, r->machine.candidates, err);
    if (status == SC_OK)
        status = sc_profile_layer(&profile, layer, err); /* from densities, or measured on pattern files */
    if (status != SC_OK)
        return status;
    sc_estimate_profile(&r->plan, &profile, r->machine.candidates, &all);
    for (unsigned i = 0; i < all.count; i++) {
        struct sc_result row = {.layer = layer->name};
        struct sc_remark remark; /* the row's note lies in it */
        sc_estimate_result(&r->plan, &profile, &all.of[i], SC_ENERGY_NOMINAL, &row);
        sc_correct(&r->corrector, layer, all.of[i].dataflow, sc_operands_of(layer), &row, &remark);
        row.note = NULL;
        if (best.cycles < 0 || row.cycles < best.cycles)
            best = row;
    }
    printf("%s,%s,%.10g,%.10g,%.10g,%.10g\n", best.layer, best.dataflow, best.cycles, best.cycles_low, best.cycles_high,
           best.energy_j);
    return SC_OK;
}

int main(int argc, char **argv)
{
    struct ready ready = {.calibration = NULL};
    struct sc_layer_reader *reader = NULL;
    struct sc_layer layer;
    struct sc_error err;
    if (argc != 3) {
        fprintf(stderr, "Usage: %s LAYERS.csv MACHINE\n", argv[0]);
        return 2;
    }
    int status = make_ready(&ready, argv[2], &err);
    if (status == SC_OK)
        status = sc_layer_open(&reader, argv[1], NULL, &err);
    if (status == SC_OK)
        puts("layer,dataflow,cycles,cycles_low,cycles_high,energy_j");
    while (status == SC_OK && (status = sc_layer_next(reader, &layer, &err)) == SC_OK)
        status = forecast(&ready, &layer, &err);
    if (status != SC_END) /* the end of the list is no error */
        sc_error_print(&err);
    sc_layer_close(reader);
    sc_plan_free(&ready.plan);
    free(ready.calibration);
    return status == SC_END ? 0 : 1;
}
