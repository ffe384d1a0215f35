/* models.c - what readers accept goes through closed forms and simulators: every number must come out sane.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "estimate.h"
#include "family.h"
#include "fuzz.h"
#include "traces/operands.h"
#include "traces/sim/families.h"

/* Shipped machines of every family and both timing policies. */
static const char *const names[] = {"flexagon",  "flexagon-asplos23", "dstc-v100",  "sps",
                                    "sps-csr",   "butterfly-array",   "fabnet-be40", "xavier-nx"};
enum { MACHINES = sizeof names / sizeof names[0], SIMULATED_EDGE = 24 };

static struct sc_plan *plans[MACHINES];

/* Bound once per process and kept to its end. */
static const struct sc_plan *plan_of(unsigned index)
{
    struct sc_error err;

    if (!plans[index]) {
        struct sc_machine machine;
        plans[index] = malloc(sizeof *plans[index]);
        FUZZ_CHECK(plans[index], "out of memory");
        FUZZ_CHECK(sc_machine_read(&machine, names[index], NULL, &err) == SC_OK, "%s: %s", names[index], err.message);
        FUZZ_CHECK(sc_plan_init(plans[index], &machine, &err) == SC_OK, "%s: %s", names[index], err.message);
    }
    return plans[index];
}

/* Where a row came from, for the sentence that fails. */
static void say_where(char *out, size_t size, const struct sc_machine *machine, const struct sc_layer *layer,
                      const char *dataflow, const char *source)
{
    char a[80], b[80];

    sc_pattern_format(a, sizeof a, &layer->pattern_a);
    sc_pattern_format(b, sizeof b, &layer->pattern_b);
    snprintf(out, size, "%s of %s on %s, %s %llux%llux%llu at %.17g %s, %.17g %s", source, dataflow, machine->name,
             sc_layer_kind_name(layer->op.kind), (unsigned long long)layer->M, (unsigned long long)layer->N,
             (unsigned long long)layer->K, layer->density_a, a, layer->density_b, b);
}

static void estimate(const struct sc_plan *plan, const struct sc_layer *layer, const struct sc_profile *profile)
{
    bool wanted[SC_DATAFLOWS];
    struct sc_estimates all;
    struct sc_result row = {.layer = layer->name};
    char where[512];

    for (int d = 0; d < SC_DATAFLOWS; d++)
        wanted[d] = true;
    sc_estimate_profile(plan, profile, wanted, &all);
    for (unsigned i = 0; i < all.count; i++) {
        say_where(where, sizeof where, &plan->machine, layer, sc_dataflow_name(all.of[i].dataflow), "estimate");
        sc_estimate_result(plan, profile, &all.of[i], SC_ENERGY_NOMINAL, &row);
        fuzz_row(&row, where);
    }
}

static void simulate(const struct sc_machine *machine, const struct sc_layer *layer)
{
    struct sc_pattern a = {0}, b = {0};
    struct sc_result row = {.layer = layer->name};
    struct sc_error err;
    char where[512];
    int status = SC_OK;

    if (sc_operator_is_gemm(&layer->op))
        status = sc_layer_patterns(layer, SC_DEFAULT_SEED, &a, &b, &err);
    if (status != SC_OK)
        fuzz_error(status, &err, FUZZ_ANYWHERE);
    for (int d = 0; d < SC_DATAFLOWS && status == SC_OK; d++) {
        enum sc_dataflow dataflow = (enum sc_dataflow)d;
        if (!machine->supports[d] || !machine->family->runs(machine, dataflow, &layer->op))
            continue;
        int run = sc_simulate_layer(&row, machine, dataflow, layer, &a, &b, SC_ENERGY_NOMINAL, NULL, &err);
        say_where(where, sizeof where, machine, layer, sc_dataflow_name(dataflow), "simulation");
        if (run == SC_OK)
            fuzz_row(&row, where);
        else
            fuzz_error(run, &err, FUZZ_ANYWHERE);
    }
    sc_pattern_free(&a);
    sc_pattern_free(&b);
}

static bool is_small(const struct sc_layer *layer)
{
    const struct sc_operator *op = &layer->op;

    return layer->M <= SIMULATED_EDGE && layer->N <= SIMULATED_EDGE && layer->K <= SIMULATED_EDGE &&
           op->in_height <= SIMULATED_EDGE && op->in_width <= SIMULATED_EDGE && op->in_channels <= SIMULATED_EDGE &&
           op->groups <= SIMULATED_EDGE && op->batch <= SIMULATED_EDGE && op->stride_height <= SIMULATED_EDGE &&
           op->stride_width <= SIMULATED_EDGE && op->pad_top <= SIMULATED_EDGE && op->pad_left <= SIMULATED_EDGE;
}

void fuzz_layer(const struct sc_layer *layer, unsigned choice)
{
    struct sc_profile profile;
    struct sc_error err;

    if (layer->a_file || layer->b_file) /* files of the user's choice are no input of ours */
        return;
    int status = sc_profile_from_layer(&profile, layer, &err);
    if (status != SC_OK) {
        fuzz_error(status, &err, FUZZ_ANYWHERE);
        return;
    }
    bool gemm = sc_operator_is_gemm(&layer->op);
    for (unsigned i = 0; i < 2; i++) {
        const struct sc_plan *plan = plan_of(gemm ? (choice + 5 * i) % MACHINES : 5 + (choice + i) % 3);
        estimate(plan, layer, &profile);
        if (is_small(layer))
            simulate(&plan->machine, layer);
    }
}

static const struct sc_layer gemm = {.name = "gemm", .model = "", .M = 12, .N = 9, .K = 20, .count = 1,
                                     .density_a = 0.4, .density_b = 0.7};
static const struct sc_layer transform = {.name = "bpmm", .model = "", .op = {.kind = SC_BPMM}, .M = 16, .N = 5,
                                          .K = 16, .count = 1, .density_a = 1, .density_b = 1};

/* Binding a plan of the Flexagon family takes as long as hundreds of other inputs, and with the 4096 multipliers that a
 * machine may have 1.2 s, twenty times as much under the fuzzer: few of its machines get that far, and no large ones. */
static bool is_chosen(const struct sc_machine *machine)
{
    enum { MULTIPLIERS_MOST = 256 };
    return machine->family != &sc_family_flexagon ||
           (machine->digest[15] == '0' && machine->multipliers <= MULTIPLIERS_MOST);
}

void fuzz_run_machine(const struct sc_machine *machine)
{
    static struct sc_plan plan; /* too large for the stack of a sanitised program */
    struct sc_profile profile;
    struct sc_error err;

    fuzz_machine_energy(machine);
    for (int i = 0; i < 2; i++)
        simulate(machine, i ? &transform : &gemm);
    if (!is_chosen(machine))
        return;
    int status = sc_plan_init(&plan, machine, &err);
    if (status != SC_OK) {
        fuzz_error(status, &err, FUZZ_ANYWHERE);
        return;
    }
    for (int i = 0; i < 2; i++) {
        FUZZ_CHECK(sc_profile_from_layer(&profile, i ? &transform : &gemm, &err) == SC_OK, "%s", err.message);
        estimate(&plan, i ? &transform : &gemm, &profile);
    }
    sc_plan_free(&plan);
}

/* All events at once, as many as a large layer has. */
void fuzz_machine_energy(const struct sc_machine *machine)
{
    static const struct sc_events events = {
        .tiles = 1e6, .steps = 1e12, .str_reads = 1e15, .folded_reads = 1e12, .line_misses = 1e12, .merge_passes = 1e9,
        .merge_inputs = 1e15, .merge_outputs = 1e15, .tree_merged = 1e15, .psum_writes = 1e15, .psum_reads = 1e15,
        .spill_write_bytes = 1e15, .spill_read_bytes = 1e15, .delivered = 1e15, .intersections = 1e15,
        .output_bytes = 1e15, .stationary_words = 1e12, .stationary_bytes = 1e13,
    };

    FUZZ_CHECK(isfinite(machine->area_mm2) && machine->area_mm2 >= 0 && isfinite(machine->power_mw) &&
                   machine->power_mw >= 0,
               "%g mm2, %g mW", machine->area_mm2, machine->power_mw);
    for (int which = 0; which < SC_ENERGY_CASES && machine->family == &sc_family_flexagon; which++) {
        double joules = sc_events_energy(machine, &events, 1e18, 1e12, (enum sc_energy_case)which);
        FUZZ_CHECK(isfinite(joules) && joules >= 0, "%g J", joules);
    }
}
