/* golden.c - binds the machines of machines.csv, runs the layers of a list on those that each names, hands out rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "estimate.h"
#include "family.h"
#include "traces/measure.h"
#include "traces/operands.h"
#include "traces/sim/families.h"

enum { MACHINES_MAX = 64, CHANGES_MAX = 40, LINE_MAX_BYTES = 4096, PATH_BYTES = 4096, NAME_BYTES = 32 };

static const char *const LISTS[] = {
#define X(id, list, results, meaning) list,
    GOLDEN_SETS(X)
#undef X
};

static const char *const RESULTS[] = {
#define X(id, list, results, meaning) results,
    GOLDEN_SETS(X)
#undef X
};

const char *golden_results(enum golden_set set)
{
    return RESULTS[set];
}

struct bound {
    char name[NAME_BYTES];
    struct sc_plan plan;
};

struct run {
    enum golden_set set;
    struct bound *bound;
    unsigned machines;
    int (*take)(const struct golden_row *row, void *context);
    void *context;
    struct sc_pattern a, b, a_columns, b_columns;
    struct golden_row row;
};

/* "name,base,key=value key=value ..."; simulations need no tables. */
static int bind_line(struct bound *bound, char *line, bool tables, struct sc_error *err)
{
    struct sc_machine_change change[CHANGES_MAX];
    struct sc_machine machine;
    size_t changes = 0;
    char *rest = NULL, *base = strchr(line, ','), *text = base ? strchr(base + 1, ',') : NULL;
    if (!text)
        return sc_fail(err, SC_BAD_INPUT, "machines.csv", 0, "found '%s'; expected name,base,changes", line);
    *base++ = *text++ = '\0';
    snprintf(bound->name, sizeof bound->name, "%.*s", NAME_BYTES - 1, line);
    for (char *word = strtok_r(text, " \n", &rest); word && changes < CHANGES_MAX;
         word = strtok_r(NULL, " \n", &rest)) {
        char *value = strchr(word, '=');
        if (!value)
            return sc_fail(err, SC_BAD_INPUT, "machines.csv", 0, "found '%s'; expected key=value", word);
        *value = '\0';
        change[changes++] = (struct sc_machine_change){word, value + 1};
    }
    int status = sc_machine_read_changed(&machine, base, NULL, change, changes, err);
    bound->plan.machine = machine;
    return status == SC_OK && tables ? sc_plan_init(&bound->plan, &machine, err) : status;
}

static int bind_machines(struct run *run, const char *directory, struct sc_error *err)
{
    char path[PATH_BYTES], line[LINE_MAX_BYTES];
    int status = SC_OK;
    snprintf(path, sizeof path, "%s/machines.csv", directory);
    FILE *file = fopen(path, "r");
    run->bound = calloc(MACHINES_MAX, sizeof *run->bound);
    if (!file || !run->bound || !fgets(line, sizeof line, file))
        status = sc_fail(err, SC_IO, path, 0, "cannot be read");
    while (status == SC_OK && run->machines < MACHINES_MAX && fgets(line, sizeof line, file)) {
        status = bind_line(&run->bound[run->machines], line, run->set != GOLDEN_SIMULATED, err);
        run->machines += status == SC_OK;
    }
    if (file)
        fclose(file);
    return status;
}

static const struct bound *find_machine(const struct run *run, const char *name)
{
    for (unsigned i = 0; i < run->machines; i++)
        if (strcmp(run->bound[i].name, name) == 0)
            return &run->bound[i];
    return NULL;
}

static void add(struct golden_row *row, const char *name, double value)
{
    row->name[row->count] = name;
    row->value[row->count++] = value;
}

static void add_result(struct golden_row *row, const struct sc_result *result)
{
#define SC_ADD_TEXT(name)
#define SC_ADD_FLAG(name)
#define SC_ADD_NUMBER(name) add(row, #name, result->name);
#define X(name, kind, unit, meaning) SC_ADD_##kind(name)
    SC_RESULT_COLUMNS(X)
#undef X
#undef SC_ADD_TEXT
#undef SC_ADD_FLAG
#undef SC_ADD_NUMBER
}

/* What the phases of a run add up to. */
struct phases {
    double count, cycles, events, last;
};

static void add_phase(const struct sc_sim_phase *phase, void *context)
{
    struct phases *p = context;
    p->count++;
    p->cycles += phase->end - phase->start;
    p->events += (double)phase->events;
    p->last = phase->end;
}

static void add_events(struct golden_row *row, const struct sc_sim_result *events, const struct phases *phases)
{
#define X(name, meaning) add(row, #name "_events", (double)events->name);
    SC_SIM_COUNTS(X)
#undef X
    add(row, "phases", phases->count);
    add(row, "phase_cycles", phases->cycles);
    add(row, "phase_events", phases->events);
    add(row, "phase_last", phases->last);
}

static int estimate(struct run *run, const struct bound *bound, const struct sc_layer *layer,
                    const struct sc_profile *profile)
{
    bool all[SC_DATAFLOWS];
    struct sc_estimates estimates;
    int status = SC_OK;
    memset(all, true, sizeof all);
    sc_estimate_profile(&bound->plan, profile, all, &estimates);
    for (unsigned i = 0; status == SC_OK && i < estimates.count; i++) {
        struct sc_result result = {.cycles = 0};
        sc_estimate_result(&bound->plan, profile, &estimates.of[i], SC_ENERGY_NOMINAL, &result);
        run->row = (struct golden_row){layer->name, bound->name, result.dataflow, 0, {NULL}, {0}};
        add_result(&run->row, &result);
        status = run->take(&run->row, run->context);
    }
    return status;
}

static int simulate_one(struct run *run, const struct bound *bound, enum sc_dataflow dataflow,
                        const struct sc_layer *layer, struct sc_error *err)
{
    const struct sc_machine *m = &bound->plan.machine;
    bool patterns = sc_simulator_reads_patterns(m, &layer->op);
    struct sc_result result = {.cycles = 0};
    struct sc_sim_result events = {.cycles = 0};
    struct phases phases = {0, 0, 0, 0};
    const struct sc_sim_options options = {
        .trace = add_phase, .context = &phases, .a_columns = &run->a_columns, .b_columns = &run->b_columns};
    int status = sc_simulate_layer(&result, m, dataflow, layer, patterns ? &run->a : NULL, patterns ? &run->b : NULL,
                                   SC_ENERGY_NOMINAL, NULL, err);
    if (status == SC_OK && m->family == &sc_family_flexagon)
        status = sc_simulate(&events, m, dataflow, &run->a, &run->b, &options, err);
    if (status != SC_OK)
        return status;
    run->row = (struct golden_row){layer->name, bound->name, result.dataflow, 0, {NULL}, {0}};
    add_result(&run->row, &result);
    add_events(&run->row, &events, &phases);
    return run->take(&run->row, run->context);
}

static int simulate(struct run *run, const struct bound *bound, const struct sc_layer *layer, struct sc_error *err)
{
    const struct sc_machine *m = &bound->plan.machine;
    int status = SC_OK;
    for (int d = 0; status == SC_OK && d < SC_DATAFLOWS; d++)
        if (m->supports[d] && m->family->runs(m, (enum sc_dataflow)d, &layer->op))
            status = simulate_one(run, bound, (enum sc_dataflow)d, layer, err);
    return status;
}

static int prepare(struct run *run, const struct sc_layer *layer, struct sc_profile *profile, struct sc_error *err)
{
    if (run->set == GOLDEN_ESTIMATED || !sc_operator_is_gemm(&layer->op))
        return sc_profile_from_layer(profile, layer, err);
    int status = sc_layer_patterns(layer, SC_DEFAULT_SEED, &run->a, &run->b, err);
    if (status == SC_OK)
        status = sc_pattern_transpose(&run->a_columns, &run->a, err);
    if (status == SC_OK)
        status = sc_pattern_transpose(&run->b_columns, &run->b, err);
    if (status == SC_OK)
        status = sc_profile_measure(profile, &run->a, &run->b, NULL, NULL, err);
    sc_profile_label(profile, layer);
    return status;
}

static int run_layer(struct run *run, const struct sc_layer *layer, struct sc_error *err)
{
    char machines[LINE_MAX_BYTES], *rest = NULL;
    struct sc_profile profile = {.M = 0};
    int status = prepare(run, layer, &profile, err);
    snprintf(machines, sizeof machines, "%s", layer->extra[0]);
    for (char *name = strtok_r(machines, " ", &rest); status == SC_OK && name; name = strtok_r(NULL, " ", &rest)) {
        const struct bound *bound = find_machine(run, name);
        if (!bound)
            status = sc_fail(err, SC_BAD_INPUT, NULL, 0, "layer %s: no machine '%s'", layer->name, name);
        else if (run->set == GOLDEN_SIMULATED)
            status = simulate(run, bound, layer, err);
        else
            status = estimate(run, bound, layer, &profile);
    }
    sc_pattern_free(&run->a);
    sc_pattern_free(&run->b);
    sc_pattern_free(&run->a_columns);
    sc_pattern_free(&run->b_columns);
    return status;
}

int golden_rows(enum golden_set set, const char *directory, int (*take)(const struct golden_row *row, void *context),
                void *context, struct sc_error *err)
{
    struct run run = {.set = set, .take = take, .context = context};
    struct sc_layer_reader *reader = NULL;
    struct sc_layer layer;
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", directory, LISTS[set]);
    int status = bind_machines(&run, directory, err);
    if (status == SC_OK)
        status = sc_layer_open(&reader, path, NULL, err);
    while (status == SC_OK && (status = sc_layer_next(reader, &layer, err)) == SC_OK)
        status = run_layer(&run, &layer, err);
    sc_layer_close(reader);
    for (unsigned i = 0; i < run.machines; i++)
        sc_plan_free(&run.bound[i].plan);
    free(run.bound);
    return status == SC_END ? SC_OK : status;
}
