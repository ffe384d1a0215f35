/* calibrate_cmd.c - `sparsecast calibrate`: a machine in, its calibration and a report on it out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate_cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate.h"
#include "calibrate_run.h"
#include "command.h"
#include "draw.h"
#include "memory_stream.h"
#include "output.h"
#include "report.h"

enum { SETS_MAX = SC_LISTS_MAX + 3 };

/* One set of layers to judge by. */
struct judged {
    struct sc_held_layers held;
    struct sc_trials runs;
};

struct work {
    const struct sc_calibrate_request *request;
    struct sc_bound *bound;
    unsigned machines;
    struct sc_held_layers lists;
    struct sc_training training;
    struct sc_calibration fresh;
    struct sc_verdicts verdicts;
    const char *set[SETS_MAX];
    struct judged judged[SETS_MAX];
    unsigned sets, judgeds; /* cross-validation is a set without layers of its own */
};

static int hold_list(struct sc_held_layers *held, const char *path, const struct sc_layer_options *reading,
                     struct sc_error *err)
{
    struct sc_layer_reader *reader = NULL;
    struct sc_layer layer;
    int status = sc_layer_open(&reader, path, reading, err);
    while (status == SC_OK && (status = sc_layer_next(reader, &layer, err)) == SC_OK)
        status = sc_hold_layer(held, &layer, err);
    sc_layer_close(reader);
    return status == SC_END ? SC_OK : status;
}

static int train(struct work *w, struct sc_error *err)
{
    const struct sc_calibrate_request *r = w->request;
    struct sc_calibrate_options options = {.machine = &w->bound[0].plan.machine,
                                           .seed = r->seed,
                                           .layers = r->layers,
                                           .cost = r->cost,
                                           .variants = (unsigned)r->variants,
                                           .jobs = r->jobs,
                                           .quiet = r->quiet};
    int status = SC_OK;
    for (unsigned i = 0; i < r->lists && status == SC_OK; i++)
        status = hold_list(&w->lists, r->list[i], &r->reading, err);
    if (status == SC_OK)
        status = sc_training_make(&w->training, &options, w->lists.layer, w->lists.layers, err);
    enum sc_role *role = status == SC_OK ? malloc((w->training.held.layers + 1) * sizeof *role) : NULL;
    if (status == SC_OK && !role)
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu layers", w->training.held.layers);
    if (status == SC_OK)
        status = sc_training_roles(&w->training, 0, 0, role, err);
    if (status == SC_OK)
        status = sc_training_learn(&w->training, role, &w->fresh, err);
    bool fitted = false;
    for (int d = 0; d < SC_DATAFLOWS; d++)
        fitted = fitted || w->fresh.of[d].fitted;
    if (status == SC_OK && !fitted)
        status = sc_fail(err, SC_UNSUPPORTED, NULL, 0,
                         "machine '%s': none of %zu layers could be simulated, so there is nothing to fit",
                         options.machine->name, w->training.held.layers);
    if (status == SC_OK)
        status = sc_calibration_write(&w->fresh, r->output, err);
    free(role);
    return status;
}

/* Learns without each part in turn and judges by it: only layers of the given machine. */
static int cross_validate(struct work *w, struct sc_error *err)
{
    static const char name[] = "cross-validation";
    struct sc_training *t = &w->training;
    struct sc_calibration *c = malloc(sizeof *c);
    enum sc_role *role = malloc((t->held.layers + 1) * sizeof *role);
    int status = c && role ? SC_OK : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for cross-validation");
    w->set[w->sets++] = name;
    for (unsigned fold = 0; fold < w->request->folds && status == SC_OK; fold++) {
        struct sc_corrector corrector;
        status = sc_training_roles(t, (unsigned)w->request->folds, fold, role, err);
        if (status == SC_OK)
            status = sc_training_learn(t, role, c, err);
        sc_corrector_init(&corrector, c, &t->plan[0].machine, w->bound[0].corrector.level);
        for (size_t l = 0; l < t->held.layers && status == SC_OK; l++) {
            struct sc_trials one = t->runs;
            if (role[l] != SC_ROLE_HELD_OUT || t->variant[l] != 0)
                continue;
            one.layer = &t->held.layer[l];
            one.layers = 1;
            one.run = &t->runs.run[l * t->runs.per_layer];
            status = sc_judge(&w->verdicts, name, &one, &corrector, err);
        }
    }
    free(role);
    free(c);
    return status;
}

/* Simulates a set and judges the estimates on it. */
static int judge(struct work *w, const char *name, const char *list, const struct sc_corrector *corrector,
                 struct sc_error *err)
{
    const struct sc_calibrate_request *r = w->request;
    struct judged *j = &w->judged[w->judgeds - 1];
    struct sc_trial_options options = {.seed = r->seed + 1, .jobs = r->jobs, .list = list, .quiet = r->quiet};
    memcpy(options.wanted, w->bound[0].wanted, sizeof options.wanted);
    j->runs = (struct sc_trials){.layer = j->held.layer, .layers = j->held.layers, .plan = &w->bound[0].plan};
    w->set[w->sets++] = name;
    int status = sc_trials_make(&j->runs, &options, err);
    return status == SC_OK ? sc_judge(&w->verdicts, name, &j->runs, corrector, err) : status;
}

static int judge_drawn(struct work *w, enum sc_draw_kind kind, const char *name, const struct sc_corrector *corrector,
                       struct sc_error *err)
{
    const struct sc_calibrate_request *r = w->request;
    struct sc_draw_options options = {.kind = kind,
                                      .seed = r->seed + (unsigned)kind,
                                      .layers = r->judged,
                                      .cost = r->cost,
                                      .machine = &w->bound[0].plan.machine,
                                      .held_out = true};
    int status = sc_draw_layers(&w->judged[w->judgeds++].held, &options, err);
    return status == SC_OK ? judge(w, name, NULL, corrector, err) : status;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int print_report(struct work *w, struct sc_error *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = sc_memory_stream(&text, &size);
    if (!out)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a report");
    const struct sc_bound *b = &w->bound[0];
    const struct sc_calibration *c = w->request->output ? &w->fresh : b->calibration;
    fprintf(out, "machine %s, calibration %s, seed %llu, intervals of %d %%\n\n", b->config,
            !c           ? "none"
            : c->file[0] ? c->file
                         : w->request->output,
            (unsigned long long)w->request->seed, b->corrector.level);
    int status = sc_verdict_report(out, &w->verdicts, w->set, w->sets, err);
    if (fclose(out) != 0 && status == SC_OK)
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a report");
    if (status == SC_OK)
        status = sc_output_text(w->request->report, text, size, err);
    free(text);
    return status;
}

static int report(struct work *w, struct sc_error *err)
{
    const struct sc_calibrate_request *r = w->request;
    struct sc_corrector corrector = w->bound[0].corrector;
    int status = SC_OK;
    if (r->output)
        sc_corrector_init(&corrector, &w->fresh, &w->bound[0].plan.machine, corrector.level);
    if (r->judged > 0)
        status = judge_drawn(w, SC_DRAW_UNIFORM, "uniform", &corrector, err);
    if (r->judged > 0 && status == SC_OK)
        status = judge_drawn(w, SC_DRAW_STRUCTURED, "structured", &corrector, err);
    for (unsigned i = 0; i < r->held_outs && status == SC_OK; i++) {
        status = hold_list(&w->judged[w->judgeds++].held, r->held_out[i], &r->reading, err);
        if (status == SC_OK)
            status = judge(w, base_name(r->held_out[i]), r->held_out[i], &corrector, err);
    }
    if (status == SC_OK && r->folds > 0)
        status = cross_validate(w, err);
    if (status == SC_OK && r->rows)
        status = sc_verdict_rows(r->rows, &w->verdicts, err);
    return status == SC_OK ? print_report(w, err) : status;
}

static void free_work(struct work *w)
{
    sc_verdicts_free(&w->verdicts);
    for (unsigned i = 0; i < w->judgeds; i++) {
        sc_trials_free(&w->judged[i].runs);
        sc_held_layers_free(&w->judged[i].held);
    }
    sc_training_free(&w->training);
    sc_held_layers_free(&w->lists);
    sc_bound_free(w->bound, w->machines);
    free(w);
}

int sc_calibrate_command(int argc, char **argv)
{
    struct sc_calibrate_request request;
    struct sc_error err = {.status = SC_OK};
    int exit_status = sc_calibrate_arguments(argc, argv, &request);
    if (exit_status != SC_GO_ON)
        return exit_status;
    exit_status = 0;
    struct work *w = calloc(1, sizeof *w);
    if (!w) {
        sc_fail(&err, SC_NO_MEMORY, NULL, 0, "out of memory");
        return sc_error_print(&err);
    }
    w->request = &request;
    if (request.output)
        request.choice.calibration = "none"; /* an old one neither helps nor hinders */
    int status = sc_bind_machines(&w->bound, &w->machines, &request.choice, &err);
    if (status == SC_OK && request.output)
        status = train(w, &err);
    if (status == SC_OK && request.reporting)
        status = report(w, &err);
    if (status != SC_OK)
        exit_status = sc_error_print(&err);
    free_work(w);
    return exit_status;
}
