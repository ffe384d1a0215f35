/* test_explain.c - explanations add up: terms to cycles, coefficients to corrected cycles, events to joules, parts to
 * area, for every machine, dataflow and kind of layer; what-ifs are those
 * of changed machine files; the command.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <math.h>

#include "estimate.h"
#include "explain.h"
#include "machine_list.h"
#include "run_program.h"
#include "traces/operands.h"

TestSuite(explain, .init = enter_directory, .fini = leave_directory, .timeout = 100);

/* Layers that take every path: rows of all lengths, empty ones, caches that hold nothing, and operators. */
static const char layers[] =
    "layer,kind,M,N,K,density_a,density_b,pattern_a,pattern_b,heads\n"
    "uniform,gemm,128,500,256,0.2,0.4,,,\n"
    "long_rows,gemm,64,300,1200,0.6,0.3,,,\n"
    "large_b,gemm,256,4000,512,0.1,0.6,,,\n"
    "sparse,gemm,3000,700,900,0.002,0.01,,,\n"
    "dense,gemm,96,80,72,1,1,,,\n"
    "skewed,gemm,300,400,500,0.1,0.2,rowskew:1.2,colskew:0.8,\n"
    "blocks,gemm,256,256,256,0.25,0.25,block:4x4,block:8x2,\n"
    "bands,gemm,400,300,400,0.05,0.2,banded:64,,\n"
    "groups,gemm,128,196,288,0.5,0.3,nm:2:4,,\n"
    "kernels,gemm,64,196,288,,0.4,periodic:4:4,,\n"
    "no_a,gemm,50,60,70,0,0.5,,,\n"
    "no_b,gemm,50,60,70,0.5,0,,,\n"
    "one,gemm,1,1,1,1,1,,,\n"
    "product,bpmm,1024,300,768,1,1,,,\n"
    "transform,fft,4096,64,4096,1,1,,,\n"
    "two,fft2d,768,512,768,1,1,,,\n"
    "attend,attention,768,384,384,1,1,,,12\n";

static double sum_of(const struct sc_explanation *x, enum sc_section section, const char *group)
{
    double sum = 0;
    for (unsigned i = 0; i < x->rows; i++)
        if (x->at[i].section == section && (!group || strcmp(x->at[i].group, group) == 0))
            sum += x->at[i].total * (strcmp(x->at[i].total_unit, "pJ") == 0 ? 1e-12 : 1);
    return sum;
}

/* Sums of doubles in another order. */
static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b)) + 1e-9;
}

/* Whether the section has any row. */
static bool has(const struct sc_explanation *x, enum sc_section section)
{
    for (unsigned i = 0; i < x->rows; i++)
        if (x->at[i].section == section)
            return true;
    return false;
}

static void check_sums(const struct sc_explanation *x, const char *what)
{
    const struct sc_result *bare = &x->bare;
    const double phase[SC_PHASES] = {bare->stationary_cycles, bare->stream_cycles, bare->merge_cycles,
                                     bare->stall_cycles};
    double cycles = sum_of(x, SC_SECTION_CYCLES, NULL), energy = sum_of(x, SC_SECTION_ENERGY, NULL);
    cr_expect(near(cycles, bare->cycles), "%s: terms are %.12g cycles, the closed form says %.12g", what, cycles,
              bare->cycles);
    for (int p = 0; p < SC_PHASES; p++) {
        const char *name = sc_phase_name((enum sc_phase)p);
        double sum = sum_of(x, SC_SECTION_CYCLES, name);
        cr_expect(near(sum, phase[p]) || fabs(sum - phase[p]) < 1e-9 * bare->cycles,
                  "%s: %s terms are %.12g cycles, the closed form says %.12g", what, name, sum, phase[p]);
    }
    cr_expect(fabs(energy - bare->energy_j) <= 1e-9 * bare->energy_j, "%s: events are %.12g J, the row says %.12g",
              what, energy, bare->energy_j);
    if (has(x, SC_SECTION_CALIBRATION)) {
        double corrected = sum_of(x, SC_SECTION_CALIBRATION, NULL);
        cr_expect(near(corrected, x->row.cycles), "%s: corrected terms are %.12g cycles, the row says %.12g", what,
                  corrected, x->row.cycles);
    }
    if (bare->area_mm2 > 0)
        cr_expect(near(sum_of(x, SC_SECTION_AREA, NULL), bare->area_mm2), "%s: area", what);
}

static void check_rows(const struct sc_explanation *x, const char *what)
{
    cr_expect_not(x->full, "%s: rows are missing", what);
    for (unsigned i = 0; i < x->rows; i++) {
        const struct sc_explain_row *row = &x->at[i];
        cr_expect(isfinite(row->total) && row->total >= -1e-9 * x->bare.cycles, "%s: %s is %g", what, row->item,
                  row->total);
        cr_expect(!isfinite(row->cost) || near(row->count * row->cost, row->total), "%s: %s: %g x %g is not %g", what,
                  row->item, row->count, row->cost, row->total);
        cr_expect(row->section != SC_SECTION_ENERGY || row->source[0], "%s: %s has no source", what, row->item);
        cr_expect(row->section != SC_SECTION_CYCLES || row->total == 0 || row->count > 0, "%s: %s counts nothing",
                  what, row->item);
    }
    cr_expect(has(x, SC_SECTION_WHAT_IF) && has(x, SC_SECTION_BOUNDS), "%s", what);
    cr_expect(has(x, SC_SECTION_COUNTS) || x->bare.products == 0, "%s: nothing is counted", what);
}

/* All dataflows of a machine that run the layer; returns how many. */
static unsigned explain_all(const struct sc_explainer *explainer, const struct sc_plan *plan,
                            const struct sc_layer *layer)
{
    struct sc_profile profile;
    struct sc_error err;
    unsigned explained = 0;
    struct sc_explanation *x = malloc(sizeof *x);
    cr_assert_not_null(x);
    cr_assert_eq(sc_profile_layer(&profile, layer, &err), SC_OK, "%s: %s", layer->name, err.message);
    for (int d = 0; d < SC_DATAFLOWS; d++) {
        char what[200];
        const struct sc_machine *m = &plan->machine;
        if (!m->supports[d] || !m->family->runs(m, (enum sc_dataflow)d, &layer->op))
            continue;
        snprintf(what, sizeof what, "%s on %s, %s", layer->name, m->name, sc_dataflow_name((enum sc_dataflow)d));
        sc_explain(x, explainer, layer, &profile, (enum sc_dataflow)d,
                   (enum sc_energy_case)((unsigned)d % SC_ENERGY_CASES));
        check_sums(x, what);
        check_rows(x, what);
        explained++;
    }
    free(x);
    return explained;
}

/* All layers on a machine; on those that differ from another one of their family in numbers only (a '-' in the name),
 * every third, beginning with another for each. */
static unsigned explain_machine(const char *name, unsigned first)
{
    struct sc_machine machine;
    struct sc_plan plan;
    struct sc_error err;
    struct sc_calibration *calibration;
    struct sc_corrector corrector;
    struct sc_explainer *explainer;
    struct sc_layer_reader *reader;
    struct sc_layer layer;
    char reason[256];
    unsigned explained = 0, index = first;
    cr_assert_eq(sc_machine_read(&machine, name, NULL, &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_plan_init(&plan, &machine, &err), SC_OK);
    cr_assert_eq(sc_calibration_find(&calibration, &machine, NULL, reason, &err), SC_OK);
    sc_corrector_init(&corrector, calibration, &machine, SC_LEVEL_DEFAULT);
    cr_assert_eq(sc_explainer_open(&explainer, &plan, &corrector, &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_layer_open(&reader, "layers.csv", NULL, &err), SC_OK, "%s", err.message);
    int status;
    for (; (status = sc_layer_next(reader, &layer, &err)) == SC_OK; index++)
        if (!strchr(name, '-') || index % 3 == 0)
            explained += explain_all(explainer, &plan, &layer);
    cr_assert_eq(status, SC_END, "%s", err.message);
    sc_layer_close(reader);
    sc_explainer_close(explainer);
    free(calibration);
    sc_plan_free(&plan);
    return explained;
}

Test(explain, everything_adds_up)
{
    char **names;
    unsigned count, explained = 0;
    struct sc_error err;
    put_file("layers.csv", layers);
    cr_assert_eq(sc_machine_list(&names, &count, &err), SC_OK);
    for (unsigned i = 0; i < count; i++) {
        unsigned here = explain_machine(names[i], i);
        cr_expect_gt(here, 0, "%s runs none of the layers", names[i]);
        explained += here;
    }
    free(names);
    fprintf(stderr, "%u explanations on %u machines add up\n", explained, count);
}

/* ---- the command ---- */

/* The number that a command of the shell prints. */
static double number_of(const char *command)
{
    char whole[1000];
    snprintf(whole, sizeof whole, "%s > number", command);
    cr_assert_eq(run_shell(whole), 0, "%s", command);
    char *text = get_file("number");
    double number = atof(text);
    free(text);
    return number;
}

Test(explain, cycles_are_those_of_estimate)
{
    put_file("layers.csv", layers);
    cr_expect_eq(run("explain layers.csv -d gust-m -f csv -o x.csv")->status, 1, "operators are refused");
    cr_expect_neq(access("x.csv", F_OK), 0);
    cr_assert_eq(run_shell("head -11 layers.csv > gemm.csv"), 0);
    cr_assert_eq(run("estimate gemm.csv -m flexagon -m dstc-v100 -d gust-m -d bitmap-op -f csv -o e.csv")->status, 0);
    cr_assert_eq(run("explain gemm.csv -m flexagon -m dstc-v100 -d gust-m -d bitmap-op -f csv -o x.csv")->status, 0);
    /* layer, machine, cycles, ends of the interval, joules of both */
    cr_assert_eq(
        run_shell("awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR > 1 { print $1, $3, $6, $7, $8, "
                  "$at[\"energy_j\"] }' e.csv > a"),
        0);
    cr_assert_eq(run_shell("sed 's/\"cycles, lower end of the interval\"/low/; s/\"cycles, upper end of the interval\"/"
                           "high/' x.csv | awk -F, '$5 == \"result\" { v[$7] = $11 } $5 == \"profile\" && $7 == \"M\" "
                           "{ print $1, $3, v[\"cycles\"], v[\"low\"], v[\"high\"], v[\"energy\"] }' > b"), 0);
    cr_expect_eq(run_shell("cmp a b"), 0, "estimate and explain differ");
    cr_expect_eq(number_of("wc -l < b"), 20);
}

Test(explain, what_ifs_are_those_of_changed_machines)
{
    static const struct {
        const char *machine, *dataflow, *group, *key, *value;
    } rows[] = {
        {"flexagon", "gust-m", "dram", "latency_ns", "0"},
        {"flexagon", "op-n", "array", "multipliers", "128"},
        {"dstc-v100", "bitmap-op", "gpu", "sms", "160"},
        {"sps", "periodic", "array", "cols", "64"},
    };
    put_file("one.csv", "layer,M,N,K,density_a,density_b\none,200,900,576,0.3,0.4\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[500];
        snprintf(text, sizeof text, "explain one.csv -m %s -d %s --calibration none -f csv -o x.csv", rows[i].machine,
                 rows[i].dataflow);
        cr_assert_eq(run(text)->status, 0);
        snprintf(text, sizeof text, "grep -F '%s.%s=%s' x.csv | cut -d, -f11", rows[i].group, rows[i].key,
                 rows[i].value);
        double ours = number_of(text);
        snprintf(text, sizeof text, "name: changed\nbase: %s\n%s: {%s: %s}\n", rows[i].machine, rows[i].group,
                 rows[i].key, rows[i].value);
        put_file("changed.yaml", text);
        snprintf(text, sizeof text, "estimate one.csv -m ./changed.yaml -d %s --calibration none -f csv -o s.csv",
                 rows[i].dataflow);
        const struct program_run *ran = run(text);
        cr_assert_eq(ran->status, 0, "%s", ran->err);
        double changed = number_of("tail -1 s.csv | cut -d, -f6");
        cr_expect(changed > 0 && fabs(ours - changed) < 1e-6 * changed, "%s %s=%s: %.10g, the changed machine %.10g",
                  rows[i].machine, rows[i].key, rows[i].value, ours, changed);
    }
}

Test(explain, layers_are_picked_by_name)
{
    put_file("list.csv", "layer,M,N,K,density_a,density_b\nconv1,64,100,64,0.3,0.4\nconv2,64,100,64,0.3,0.4\n"
                         "conv1,8,10,64,0.3,0.4\n");
    cr_expect_eq(run("explain list.csv conv1 -o out")->status, 0);
    cr_expect_eq(number_of("grep -c '^conv1 on flexagon' out"), 2);
    cr_expect_eq(run("explain list.csv --layer=conv2 --all -o out")->status, 0);
    cr_expect_eq(number_of("grep -c '^conv2 on flexagon, ' out"), 6);
    cr_expect_eq(number_of("grep -c '^  bound: ' out"), 6);
    cr_expect_eq(number_of("grep -c '^  limited by ' out"), 6);
    const struct program_run *ran = run("explain list.csv conv11");
    cr_expect_eq(ran->status, 1);
    cr_expect_str_eq(ran->err, "sparsecast: list.csv: no layer is called \"conv11\"; did you mean \"conv1\"?\n");
    cr_expect_str_eq(ran->out, "");
}

Test(explain, energies_name_their_source)
{
    static const char *const rows[] = {
        "multiplier.multiply.* 2.5 .*  ert.yaml$",
        "dram.read .* 0 pJ .*  ert.yaml: no value, left out$",
    };
    put_file("list.csv", "layer,M,N,K,density_a,density_b\na,64,100,64,0.3,0.4\n");
    put_file("ert.yaml", "ERT:\n  version: 0.4\n  tables:\n  - name: s.multiplier\n    actions:\n"
                         "    - {name: multiply, energy: 2.5}\n");
    cr_assert_eq(run("explain list.csv --energy-table ./ert.yaml -o out")->status, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char command[300];
        snprintf(command, sizeof command, "grep -q '%s' out", rows[i]);
        cr_expect_eq(run_shell(command), 0, "%s", rows[i]);
    }
    cr_assert_eq(run("explain list.csv --energy high -o out")->status, 0);
    cr_expect_eq(run_shell("grep -q 'compare .*nm28-cacti: compare of 16 bits, common in logic.csv$' out"), 0);
}

Test(explain, wrong_usage)
{
    static const char *const commands[] = {"explain", "explain x.csv --all -d ip-m", "explain x.csv -f xml",
                                           "explain x.csv -d nonsense", "explain x.csv --level=5", "explain --nonsense",
                                           "explain x.csv --energy dear"};
    const struct program_run *ran;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        ran = run(commands[i]);
        cr_expect_eq(ran->status, 2, "%s", commands[i]);
        cr_expect_not_null(strstr(ran->err, "--help"), "%s", commands[i]);
    }
    cr_expect_eq(run("explain missing.csv -o kept")->status, 1);
    cr_expect_neq(access("kept", F_OK), 0);
}

Test(explain, json_is_json)
{
    if (run_shell("command -v python3 > /dev/null") != 0)
        cr_skip_test("python3 is missing");
    put_file("list.csv", "layer,M,N,K,density_a,density_b\n\"quote \"\" , \",64,100,64,0.3,0.4\nb,64,100,64,0,0.4\n");
    cr_assert_eq(run("explain list.csv --all -f json -o out")->status, 0);
    cr_expect_eq(run_shell("python3 -c \"import json, math; e = json.load(open('out'))['explanations']; "
                           "assert len(e) == 12, len(e); assert e[0]['layer'] == 'quote \\\" ,'; "
                           "assert all(math.isclose(sum(r['total'] for r in x['cycles']), x['result'][0]['total'], "
                           "rel_tol=1e-8) for x in e)\""), 0);
}
