/* test_explain.c - explanations add up: terms to cycles, coefficients to corrected cycles, events to joules, parts to
 * area, for every machine, dataflow and kind of layer; what-ifs are those
 * of changed machine files; the command.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <math.h>
#include <sys/wait.h>

#include "estimate.h"
#include "explain.h"
#include "machine_list.h"
#include "traces/operands.h"

static char directory[256];

static void set_up(void)
{
    use_source_data();
    snprintf(directory, sizeof directory, "/tmp/sparsecast-explain-XXXXXX");
    cr_assert_not_null(mkdtemp(directory));
    cr_assert_eq(chdir(directory), 0);
}

static void tear_down(void)
{
    char command[512];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    if (directory[0])
        cr_assert_eq(system(command), 0);
}

TestSuite(explain, .init = set_up, .fini = tear_down, .timeout = 100);

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(name, "wb");
    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
}

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
            sum += x->at[i].total;
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
    double cycles = sum_of(x, SC_SECTION_CYCLES, NULL), energy = sum_of(x, SC_SECTION_ENERGY, NULL) * 1e-12;
    cr_expect(near(cycles, bare->cycles), "%s: terms are %.12g cycles, the closed form says %.12g", what, cycles,
              bare->cycles);
    for (int p = 0; p < SC_PHASES; p++) {
        const char *name = sc_phase_name((enum sc_phase)p);
        double sum = sum_of(x, SC_SECTION_CYCLES, name);
        cr_expect(near(sum, phase[p]) || fabs(sum - phase[p]) < 1e-9 * bare->cycles,
                  "%s: %s terms are %.12g cycles, the closed form says %.12g", what, name, sum, phase[p]);
    }
    cr_expect(near(energy * 1e12, bare->energy_j * 1e12), "%s: events are %.12g J, the row says %.12g", what, energy,
              bare->energy_j);
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
    write_file("layers.csv", layers);
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

static int run(const char *arguments, const char *out)
{
    char command[2000];
    if (!getenv("SPARSECAST_PROGRAM"))
        cr_skip_test("SPARSECAST_PROGRAM does not name the program");
    snprintf(command, sizeof command, "\"$SPARSECAST_PROGRAM\" %s > %s 2> err < /dev/null", arguments, out);
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static const char *text_of(const char *name)
{
    static char text[100000];
    FILE *f = fopen(name, "rb");
    cr_assert_not_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

/* The number in the last column that the command line `filter` prints. */
static double number_of(const char *filter)
{
    cr_assert_eq(system(filter), 0, "%s", filter);
    return atof(text_of("number"));
}

Test(explain, cycles_are_those_of_estimate)
{
    write_file("layers.csv", layers);
    cr_assert_eq(run("estimate layers.csv -m flexagon -m dstc-v100 -d gust-m -d bitmap-op -f csv", "e.csv"), 1,
                 "operators are refused");
    cr_assert_eq(system("head -11 layers.csv > gemm.csv"), 0);
    cr_assert_eq(run("estimate gemm.csv -m flexagon -m dstc-v100 -d gust-m -d bitmap-op -f csv", "e.csv"), 0);
    cr_assert_eq(run("explain gemm.csv -m flexagon -m dstc-v100 -d gust-m -d bitmap-op -f csv", "x.csv"), 0);
    /* layer, machine, cycles, low, high, joules of both, side by side */
    cr_assert_eq(system("awk -F, 'NR > 1 { print $1, $3, $6, $7, $8, $26 }' e.csv > a"), 0);
    cr_assert_eq(system("sed 's/\"cycles, lower end of the interval\"/low/; s/\"cycles, upper end of the interval\"/high/'"
                        " x.csv | awk -F, '$5 == \"result\" { v[$7] = $11 } $5 == \"profile\" && $7 == \"M\" { print $1, "
                        "$3, v[\"cycles\"], v[\"low\"], v[\"high\"], v[\"energy\"] }' > b"), 0);
    cr_expect_eq(system("cmp a b"), 0, "estimate and explain differ");
    cr_expect_eq(number_of("wc -l < b > number"), 20);
}

Test(explain, what_ifs_are_those_of_changed_machines)
{
    static const struct {
        const char *machine, *dataflow, *group, *key, *value;
    } rows[] = {
        {"flexagon", "gust-m", "dram", "latency_ns", "0"},
        {"flexagon", "op-n", "array", "multipliers", "128"},
        {"flexagon", "ip-m", "networks", "dn_elements_per_cycle", "65536"},
        {"dstc-v100", "bitmap-op", "gpu", "sms", "160"},
        {"sps", "periodic", "array", "cols", "64"},
    };
    write_file("one.csv", "layer,M,N,K,density_a,density_b\none,200,900,576,0.3,0.4\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char command[500];
        snprintf(command, sizeof command, "explain one.csv -m %s -d %s --calibration none -f csv", rows[i].machine,
                 rows[i].dataflow);
        cr_assert_eq(run(command, "x.csv"), 0);
        snprintf(command, sizeof command, "grep -F '%s.%s=%s' x.csv | cut -d, -f11 > number", rows[i].group,
                 rows[i].key, rows[i].value);
        double ours = number_of(command);
        snprintf(command, sizeof command, "name: changed\nbase: %s\n%s: {%s: %s}\n", rows[i].machine, rows[i].group,
                 rows[i].key, rows[i].value);
        write_file("changed.yaml", command);
        snprintf(command, sizeof command, "estimate one.csv -m ./changed.yaml -d %s --calibration none -f csv",
                 rows[i].dataflow);
        int status = run(command, "s.csv");
        cr_assert_eq(status, 0, "%s: %s", command, text_of("err"));
        double changed = number_of("tail -1 s.csv | cut -d, -f6 > number");
        cr_expect(changed > 0 && fabs(ours - changed) < 1e-6 * changed, "%s %s=%s: %.10g, the changed machine %.10g",
                  rows[i].machine, rows[i].key, rows[i].value, ours, changed);
    }
}

Test(explain, layers_are_picked_by_name)
{
    write_file("list.csv", "layer,M,N,K,density_a,density_b\nconv1,64,100,64,0.3,0.4\nconv2,64,100,64,0.3,0.4\n"
                           "conv1,8,10,64,0.3,0.4\n");
    cr_expect_eq(run("explain list.csv conv1", "out"), 0);
    cr_expect_eq(number_of("grep -c '^conv1 on flexagon' out > number"), 2);
    cr_expect_eq(run("explain list.csv --layer=conv2 --all", "out"), 0);
    cr_expect_eq(number_of("grep -c '^conv2 on flexagon, ' out > number"), 6);
    cr_expect_not_null(strstr(text_of("out"), "  limited by "));
    cr_expect_eq(run("explain list.csv conv11", "out"), 1);
    cr_expect_str_eq(text_of("err"), "sparsecast: list.csv: no layer is called \"conv11\"; did you mean \"conv1\"?\n");
    cr_expect_str_eq(text_of("out"), "");
}

Test(explain, wrong_usage)
{
    static const char *const commands[] = {"explain", "explain x.csv --all -d ip-m", "explain x.csv -f xml",
                                           "explain x.csv -d nonsense", "explain x.csv --level 5", "explain --nonsense",
                                           "explain x.csv --energy dear"};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        cr_expect_eq(run(commands[i], "out"), 2, "%s", commands[i]);
        cr_expect_not_null(strstr(text_of("err"), "--help"), "%s", commands[i]);
    }
    cr_expect_eq(run("explain --help", "out"), 0);
    cr_expect_not_null(strstr(text_of("out"), "Example: sparsecast explain "));
    cr_expect_eq(run("explain missing.csv -o kept", "out"), 1);
    cr_expect_neq(access("kept", F_OK), 0);
}

Test(explain, json_is_json)
{
    write_file("list.csv", "layer,M,N,K,density_a,density_b\n\"quote \"\" , \",64,100,64,0.3,0.4\nb,64,100,64,0,0.4\n");
    cr_assert_eq(run("explain list.csv --all -f json", "out"), 0);
    if (system("command -v python3 > /dev/null") != 0)
        cr_skip_test("python3 is missing");
    cr_expect_eq(system("python3 -c \"import json, math; d = json.load(open('out')); e = d['explanations']; "
                        "assert len(e) == 12, len(e); assert e[0]['layer'] == 'quote \\\" ,'; "
                        "assert all(math.isclose(sum(r['total'] for r in x['cycles']), x['result'][0]['total'], "
                        "rel_tol=1e-8) for x in e)\""), 0);
}
