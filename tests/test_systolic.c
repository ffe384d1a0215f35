/* test_systolic.c - the systolic family: against a register-level array, decoding baselines, networks, machines by
 * name, profiles.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data_dir.h"
#include "estimate.h"
#include "family.h"
#include "families/systolic.h"
#include "periodic_losses.h"
#include "traces/generate.h"
#include "traces/measure.h"
#include "traces/operands.h"
#include "traces/periodic_compile.h"
#include "traces/sim/families.h"
#include "traces/sim/systolic.h"

static uint64_t below(gsl_rng *rng, uint64_t n)
{
    return gsl_rng_uniform_int(rng, n);
}

static struct sc_machine machine_called(const char *name)
{
    struct sc_machine machine;
    struct sc_error err = {0};
    cr_assert_eq(sc_machine_read(&machine, name, NULL, &err), SC_OK, "%s", err.message);
    return machine;
}

static struct sc_periodic table_of(const char *text, uint32_t height, uint32_t width)
{
    struct sc_periodic_spec spec;
    struct sc_periodic table;
    struct sc_error err = {0};
    cr_assert(sc_periodic_parse(&spec, text), "%s", text);
    spec.height = height;
    spec.width = width;
    cr_assert_eq(sc_periodic_init(&table, &spec, &err), SC_OK, "%s", err.message);
    return table;
}

/* ---- registers -------------------------------------------------------------------------------------------------- */

enum { SIDE = 8 };

/* An array of registers, clocked: activations move right, partial sums move down, each element multiplies what it sees.
 */
struct registers {
    double activation[SIDE][SIDE], sum[SIDE][SIDE];
    long element[SIDE][SIDE]; /* stream element whose activation and sum are in the registers, -1: none */
};

struct tile {
    const struct sc_systolic *array;
    const struct sc_systolic_layer *layer;
    const struct sc_periodic *table;
    const double *input, *weights; /* [channel][row][column]; [filter][channel][position] */
    uint64_t phase, filters;       /* filters phase, phase + P, ... */
    long steps;                    /* elements per pixel */
};

/* Position that row r looks at for entry e, or -1 when its kernels have fewer. */
static long position(const struct tile *t, uint64_t r, long e)
{
    uint32_t slot = sc_periodic_slot(t->table, t->phase, r);
    for (uint64_t p = 0; p < sc_periodic_area(t->table); p++)
        if (sc_periodic_has(t->table, slot, p) && e-- == 0)
            return (long)p;
    return -1;
}

static double read_input(const struct tile *t, uint64_t r, long pixel, long p)
{
    const struct sc_systolic_layer *l = t->layer;
    long y = pixel / (long)l->out_width * (long)l->stride_height + p / (long)l->kernel_width - (long)l->pad_top;
    long x = pixel % (long)l->out_width * (long)l->stride_width + p % (long)l->kernel_width - (long)l->pad_left;
    bool inside = p >= 0 && y >= 0 && x >= 0 && y < (long)l->in_height && x < (long)l->in_width;
    return inside ? t->input[(r * l->in_height + (uint64_t)y) * l->in_width + (uint64_t)x] : 0;
}

static double weight(const struct tile *t, uint64_t r, uint64_t c, long e)
{
    uint64_t filter = t->phase + c * t->table->period, area = sc_periodic_area(t->table);
    long p = r < t->layer->channels ? position(t, r, e) : -1;
    return c < t->filters && p >= 0 ? t->weights[(filter * t->layer->channels + r) * area + (uint64_t)p] : 0;
}

/* One clock: every element takes its neighbours' registers of the clock before; row r takes stream element `now - r`
 * from outside. */
static void clock_once(struct registers *next, const struct registers *old, const struct tile *t, long now,
                       long elements)
{
    for (uint64_t r = 0; r < t->array->rows; r++)
        for (uint64_t c = 0; c < t->array->cols; c++) {
            long s = c ? old->element[r][c - 1] : now - (long)r;
            s = s >= 0 && s < elements ? s : -1;
            long p = s >= 0 && r < t->layer->channels ? position(t, r, s % t->steps) : -1;
            next->activation[r][c] = c ? old->activation[r][c - 1] : s < 0 ? 0 : read_input(t, r, s / t->steps, p);
            next->element[r][c] = s;
            next->sum[r][c] =
                (r ? old->sum[r - 1][c] : 0) + (s < 0 ? 0 : next->activation[r][c] * weight(t, r, c, s % t->steps));
        }
}

/* Runs the tile to the clock in which the last sum leaves; returns the clocks, adds what leaves to out[filter][pixel].
 */
static uint64_t run_registers(const struct tile *t, double *out)
{
    struct registers a, b;
    uint64_t pixels = t->layer->out_height * t->layer->out_width, bottom = t->array->rows - 1;
    long elements = (long)pixels * t->steps, now = 0;
    memset(&a, 0, sizeof a);
    for (int r = 0; r < SIDE; r++)
        for (int c = 0; c < SIDE; c++)
            a.element[r][c] = -1;
    for (bool last = false; !last; now++) {
        clock_once(&b, &a, t, now, elements);
        for (uint64_t c = 0; c < t->array->cols; c++) {
            long s = b.element[bottom][c];
            if (s >= 0 && c < t->filters)
                out[(t->phase + c * t->table->period) * pixels + (uint64_t)(s / t->steps)] += b.sum[bottom][c];
            last = last || (c + 1 == t->array->cols && s == elements - 1);
        }
        a = b;
    }
    return (uint64_t)now;
}

/* The stepwise simulator against registers: the same clocks and the same numbers. */
Test(systolic_family, simulator_is_the_array_of_registers)
{
    enum { LAYERS = 40 };
    struct sc_systolic array = machine_called("sps").systolic;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    array.dram_bits_per_cycle = 1e12;
    for (unsigned i = 0; i < LAYERS; i++) {
        struct sc_error err = {0};
        array.rows = 1 + (uint32_t)below(rng, SIDE);
        array.cols = 1 + (uint32_t)below(rng, SIDE);
        struct sc_periodic table = table_of((const char *[]){"4:4", "2:6", "1:9", "4:8:d", "3:5"}[below(rng, 5)], 3, 3);
        struct sc_systolic_layer l = {.channels = 1 + below(rng, array.rows),
                                      .filters = 1 + below(rng, array.cols * table.period),
                                      .images = 1,
                                      .in_height = 3 + below(rng, 4),
                                      .in_width = 3 + below(rng, 4),
                                      .stride_height = 1 + below(rng, 2),
                                      .stride_width = 1,
                                      .pad_top = below(rng, 2),
                                      .pad_left = below(rng, 2),
                                      .kernel_height = 3,
                                      .kernel_width = 3};
        l.out_height = (l.in_height + 2 * l.pad_top - 3) / l.stride_height + 1;
        l.out_width = l.in_width + 2 * l.pad_left - 2;
        uint64_t pixels = l.out_height * l.out_width, clocks = 0;
        double input[SIDE * 64], *weights = calloc(l.filters * l.channels * 9, sizeof *weights);
        double *registers = calloc(l.filters * pixels, sizeof *registers),
               *simulated = calloc(l.filters * pixels, sizeof *simulated);
        for (size_t v = 0; v < sizeof input / sizeof *input; v++)
            input[v] = (double)below(rng, 9) - 4;
        for (uint64_t w = 0; w < l.filters * l.channels * 9; w++)
            weights[w] = (double)below(rng, 9) - 4;
        for (uint64_t phase = 0; phase < table.period && phase < l.filters; phase++) {
            struct tile t = {&array, &l, &table, input, weights, phase, sc_periodic_share(&table, l.filters, phase), 0};
            for (uint64_t r = 0; r < l.channels; r++)
                t.steps =
                    fmax((double)t.steps, (double)sc_periodic_entries(&table, sc_periodic_slot(&table, phase, r)));
            clocks += run_registers(&t, registers);
        }
        struct sc_periodic_program program;
        struct sc_systolic_events e;
        cr_assert_eq(sc_periodic_compile(&program, &table, l.filters, l.channels, array.rows, array.cols, &err), SC_OK);
        double *stream = calloc(program.weights + 1, sizeof *stream);
        for (uint64_t w = 0; w < program.weights; w++)
            stream[w] = weights[program.stream[w]];
        struct sc_systolic_values values = {input, stream, simulated};
        cr_assert_eq(sc_systolic_simulate(&e, &array, &l, &table, &values, NULL, &err), SC_OK, "%s", err.message);
        cr_expect_eq(e.steady_cycles + e.fill_cycles, clocks, "layer %u: %llu cycles, registers take %llu clocks", i,
                     (unsigned long long)(e.steady_cycles + e.fill_cycles), (unsigned long long)clocks);
        for (uint64_t f = 0; f < l.filters; f++)
            for (uint64_t p = 0; p < pixels; p++)
                cr_expect_eq(registers[f * pixels + p], simulated[program.place[f] * pixels + p],
                             "layer %u, filter %llu, pixel %llu", i, (unsigned long long)f, (unsigned long long)p);
        free(weights), free(registers), free(simulated), free(stream);
        sc_periodic_program_free(&program);
    }
    gsl_rng_free(rng);
}

/* ---- decoding baselines ----------------------------------------------------------------------------------------- */

static void draw_layer(struct sc_systolic_layer *l, gsl_rng *rng)
{
    *l = (struct sc_systolic_layer){.channels = 1 + below(rng, 24),
                                    .filters = 1 + below(rng, 24),
                                    .images = 1 + below(rng, 2),
                                    .in_height = 3 + below(rng, 9),
                                    .in_width = 3 + below(rng, 14),
                                    .stride_height = 1 + below(rng, 2),
                                    .stride_width = 1 + below(rng, 2),
                                    .pad_top = 1,
                                    .pad_left = 1,
                                    .kernel_height = 3,
                                    .kernel_width = 3};
    l->out_height = (l->in_height + 2 - 3) / l->stride_height + 1;
    l->out_width = (l->in_width + 2 - 3) / l->stride_width + 1;
}

static void draw_array(struct sc_systolic *a, gsl_rng *rng)
{
    static const enum sc_weight_format formats[] = {SC_FORMAT_BITMAP,     SC_FORMAT_COO,       SC_FORMAT_CSR,
                                                    SC_FORMAT_CSC,        SC_FORMAT_CSR_FIXED, SC_FORMAT_CSC_FIXED,
                                                    SC_FORMAT_RUN_LENGTH, SC_FORMAT_PATTERN_ID};
    a->rows = 1 + (uint32_t)below(rng, 8);
    a->cols = 1 + (uint32_t)below(rng, 8);
    a->output_stationary = below(rng, 2);
    a->weight_uses = 1 + (uint32_t)below(rng, 9);
    a->double_buffered = below(rng, 2);
    a->gather_banks = 1 + (uint32_t)below(rng, 16);
    a->gather_multicast = below(rng, 2);
    a->format = formats[below(rng, 8)];
    a->weight_bank_bytes = 1 + below(rng, 64);
    a->line_bank_bytes = 1 + below(rng, 512);
    a->psum_bank_bytes = 8 + below(rng, 64);
    a->dram_bits_per_cycle = below(rng, 2) ? 1e9 : 16;
}

/* Periodic weights decode in a fixed time: closed form and simulation agree in every count. */
Test(systolic_family, decoding_periodic_weights_is_exact)
{
    enum { CONFIGURATIONS = 400 };
    struct sc_systolic array = machine_called("sps").systolic;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    unsigned conflicts = 0, imbalance = 0;
    for (unsigned i = 0; i < CONFIGURATIONS; i++) {
        struct sc_systolic_layer l;
        struct sc_systolic_counts c;
        struct sc_systolic_events e;
        struct sc_pattern p;
        struct sc_error err = {0};
        struct sc_periodic table =
            table_of((const char *[]){"4:4", "2:6", "1:9", "4:8:d", "3:5", "2:16:d"}[below(rng, 6)], 3, 3);
        draw_layer(&l, rng);
        draw_array(&array, rng);
        cr_assert_eq(sc_periodic_pattern(&p, &table, l.filters, l.channels, &err), SC_OK);
        sc_decode_model(&array, &l, &table, (double)p.nnz, &c);
        cr_assert_eq(sc_decode_simulate(&e, &array, &l, &p, NULL, &err), SC_OK, "%s", err.message);
#define X(name, meaning)                                                                                               \
    cr_expect_eq(c.name, (double)e.name, "configuration %u: %s: closed form %.17g, simulation %llu", i, #name, c.name, \
                 (unsigned long long)e.name);
        SC_SYSTOLIC_COUNTS(X)
#undef X
        double all = c.macs + c.idle_columns + c.idle_rows + c.idle_mixed + c.idle_conflicts + c.idle_fill +
                     c.idle_load + c.idle_stall;
        cr_expect_eq(all, sc_systolic_cycles(&c) * array.rows * array.cols);
        conflicts += c.idle_conflicts > 0;
        imbalance += c.idle_mixed > 0;
        sc_pattern_free(&p);
    }
    gsl_rng_free(rng);
    fprintf(stderr, "%u decoding configurations equal, %u with gather conflicts, %u with imbalance\n", CONFIGURATIONS,
            conflicts, imbalance);
    cr_expect(conflicts > 50 && imbalance > 50);
}

/* Uniform weights: expected against the mean of draws, with multicast. */
Test(systolic_family, decoding_uniform_weights_is_expected)
{
    static const double densities[] = {0.05, 0.1, 0.2, 0.3, 0.5, 0.7};
    enum { DRAWS = 30 };
    struct sc_systolic array = machine_called("sps-csr").systolic;
    double worst = 0, mean = 0, least_imbalance = 1e9;
    unsigned runs = 0;
    for (unsigned shape = 0; shape < 3; shape++)
        for (size_t d = 0; d < sizeof densities / sizeof *densities; d++) {
            struct sc_systolic_layer l = {.channels = (uint64_t[]){64, 32, 100}[shape],
                                          .filters = (uint64_t[]){64, 96, 40}[shape],
                                          .images = 1,
                                          .in_height = 14,
                                          .in_width = (uint64_t[]){14, 32, 28}[shape],
                                          .stride_height = 1,
                                          .stride_width = 1,
                                          .pad_top = 1,
                                          .pad_left = 1,
                                          .kernel_height = 3,
                                          .kernel_width = 3};
            struct sc_pattern_spec spec = {.kind = SC_UNIFORM};
            struct sc_systolic_counts c;
            struct sc_systolic_events e;
            struct sc_pattern p;
            struct sc_error err = {0};
            l.out_height = l.in_height;
            l.out_width = l.in_width;
            double drawn = 0;
            for (unsigned seed = 1; seed <= DRAWS; seed++) {
                cr_assert_eq(sc_pattern_generate(&p, l.filters, 9 * l.channels, densities[d], &spec, true, seed, &err),
                             SC_OK);
                sc_decode_model(&array, &l, NULL, (double)p.nnz, &c);
                cr_assert_eq(sc_decode_simulate(&e, &array, &l, &p, NULL, &err), SC_OK, "%s", err.message);
                sc_pattern_free(&p);
                drawn += (double)e.steady_cycles / DRAWS;
            }
            double error = fabs(c.steady_cycles / drawn - 1);
            worst = fmax(worst, error);
            mean += error;
            runs++;
            least_imbalance = fmin(least_imbalance, (double)(e.idle_mixed + e.macs) / (double)e.macs);
            cr_expect_eq(c.macs, (double)e.macs);
            cr_expect_eq(c.weight_read_bits, (double)e.weight_read_bits);
            cr_expect_eq(c.dram_input_bits, (double)e.dram_input_bits);
        }
    fprintf(stderr,
            "decoding uniform weights: cycles within %.2g %% on average, worst %.2g %%; longest over mean kernel at "
            "least %.2f\n",
            100 * mean / runs, 100 * worst, least_imbalance);
    cr_expect_lt(worst, 0.03);
    cr_expect_gt(least_imbalance, 1.05, "unstructured weights are never balanced");
}

/* ---- networks --------------------------------------------------------------------------------------------------- */

/* Reference: layers 2 to 13 of VGG-16 on 32 x 32 elements, steady cycles periodic and dense, MACs, utilisation. */
Test(systolic_family, vgg16_vectors)
{
    static const struct {
        const char *list, *pattern;
        double steady, dense, macs, utilisation;
    } rows[] = {{"vgg16", "4:4", 7426048, 14902272, 6782189568, .892},
                {"vgg16", "2:6", 5080320, 14902272, -1, .652},
                {"vgg16", "1:9", 2878848, 14902272, -1, .575},
                {"vgg16-32x32", "4:4", 151552, 304128, 138412032, -1}};
    struct sc_machine machine = machine_called("sps");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[1024], relative[64];
        struct sc_layer_reader *reader;
        struct sc_layer layer;
        struct sc_periodic_spec spec;
        struct sc_losses sparse, dense;
        struct sc_error err = {0};
        bool first = true;
        int status;
        memset(&sparse, 0, sizeof sparse);
        memset(&dense, 0, sizeof dense);
        cr_assert(sc_periodic_parse(&spec, rows[i].pattern));
        snprintf(relative, sizeof relative, "layers/%s.csv", rows[i].list);
        cr_assert_eq(sc_data_path(path, sizeof path, relative, &err), SC_OK, "%s", err.message);
        cr_assert_eq(sc_layer_open(&reader, path, NULL, &err), SC_OK, "%s", err.message);
        while ((status = sc_layer_next(reader, &layer, &err)) == SC_OK) {
            if (sc_losses_reason(&layer, &spec, first) == SC_IS_PERIODIC) {
                cr_assert_eq(sc_losses_add(&sparse, &machine.systolic, &layer, &spec, false, &err), SC_OK);
                cr_assert_eq(sc_losses_add(&dense, &machine.systolic, &layer, NULL, false, &err), SC_OK);
            }
            first = false;
        }
        cr_assert_eq(status, SC_END, "%s", err.message);
        sc_layer_close(reader);
        double elements = sparse.counts.steady_cycles * 1024;
        cr_expect_eq(sparse.layers, 12);
        cr_expect_eq(sparse.counts.steady_cycles, rows[i].steady, "%s %s: %.17g", rows[i].list, rows[i].pattern,
                     sparse.counts.steady_cycles);
        cr_expect_eq(dense.counts.steady_cycles, rows[i].dense, "%.17g", dense.counts.steady_cycles);
        cr_expect(rows[i].macs < 0 || sparse.counts.macs == rows[i].macs, "%.17g", sparse.counts.macs);
        cr_expect(rows[i].utilisation < 0 || fabs(sparse.counts.macs / elements - rows[i].utilisation) < 6e-4, "%g",
                  sparse.counts.macs / elements);
    }
}

/* Every layer of two networks, dense and with each support size: closed form and stepwise simulation agree in every
 * count. */
static void compare_network(const char *list, const char *pattern, double *cycles)
{
    struct sc_systolic array = machine_called("sps").systolic;
    char path[1024], relative[64];
    struct sc_layer_reader *reader;
    struct sc_layer layer;
    struct sc_periodic_spec spec = {0};
    struct sc_error err = {0};
    bool first = true;
    int status;
    cr_assert(!pattern || sc_periodic_parse(&spec, pattern));
    snprintf(relative, sizeof relative, "layers/%s.csv", list);
    cr_assert_eq(sc_data_path(path, sizeof path, relative, &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_layer_open(&reader, path, NULL, &err), SC_OK, "%s", err.message);
    for (; (status = sc_layer_next(reader, &layer, &err)) == SC_OK; first = false) {
        struct sc_periodic_spec none = {0};
        struct sc_systolic_layer lowered;
        struct sc_systolic_counts c;
        struct sc_systolic_events e;
        struct sc_periodic table;
        bool sparse = pattern && sc_losses_reason(&layer, &spec, first) == SC_IS_PERIODIC;
        sc_systolic_lower(&lowered, &table, &layer.op, layer.M, layer.N, layer.K, sparse ? &spec : &none);
        sc_systolic_model(&array, &lowered, &table, &c);
        cr_assert_eq(sc_systolic_simulate(&e, &array, &lowered, &table, NULL, NULL, &err), SC_OK, "%s", err.message);
#define X(name, meaning)                                                                      \
    cr_expect_eq(c.name, (double)e.name, "%s line %u %s: " #name, list, (unsigned)layer.line, \
                 pattern ? pattern : "dense");
        SC_SYSTOLIC_COUNTS(X)
#undef X
        *cycles += (double)layer.count * sc_systolic_cycles(&c);
    }
    cr_assert_eq(status, SC_END, "%s", err.message);
    sc_layer_close(reader);
}

Test(systolic_family, networks_layer_by_layer)
{
    static const char *const lists[] = {"vgg16-32x32", "resnet18-32x32"}, *const patterns[] = {NULL, "4:4", "2:6",
                                                                                               "1:9"};
    for (int l = 0; l < 2; l++) {
        double cycles[4] = {0};
        for (int p = 0; p < 4; p++)
            compare_network(lists[l], patterns[p], &cycles[p]);
        fprintf(stderr, "%s: dense %.0f cycles; speed-up %.3f at KSS 4, %.3f at 2, %.3f at 1\n", lists[l], cycles[0],
                cycles[0] / cycles[1], cycles[0] / cycles[2], cycles[0] / cycles[3]);
        cr_expect(cycles[0] > cycles[1] && cycles[1] > cycles[2] && cycles[2] > cycles[3]);
    }
}

/* ---- machines by name ------------------------------------------------------------------------------------------- */

/* The rows that `estimate` and `simulate` give are equal in every number that does not depend on activations. */
Test(systolic_family, estimated_and_simulated_rows_agree)
{
    static const char *const machines[] = {"sps",        "sps-csr",        "sps-csc",       "sps-coo",
                                           "sps-bitmap", "sps-run-length", "sps-pattern-id"};
    unsigned rows = 0;
    for (size_t m = 0; m < sizeof machines / sizeof *machines; m++)
        for (int pattern = 0; pattern < 3; pattern++) {
            struct sc_machine machine = machine_called(machines[m]);
            struct sc_layer layer = {.name = "x",
                                     .model = "",
                                     .count = 1,
                                     .M = 40,
                                     .N = 36,
                                     .K = 27 * 9,
                                     .density_a = 1,
                                     .density_b = 0.6,
                                     .op = {.kind = SC_CONV,
                                            .batch = 1,
                                            .groups = 1,
                                            .in_channels = 27,
                                            .filters = 40,
                                            .in_height = 6,
                                            .in_width = 6,
                                            .filter_height = 3,
                                            .filter_width = 3,
                                            .stride_height = 1,
                                            .stride_width = 1,
                                            .pad_top = 1,
                                            .pad_left = 1,
                                            .out_height = 6,
                                            .out_width = 6}};
            struct sc_plan *plan = calloc(1, sizeof *plan);
            struct sc_pattern a, b;
            struct sc_profile profile;
            struct sc_error err = {0};
            if (pattern > 0) {
                layer.pattern_a.kind = SC_PERIODIC_KERNELS;
                layer.pattern_a.periodic = (struct sc_periodic_spec){4, pattern == 1 ? 4 : 8, pattern == 2, 3, 3};
            }
            cr_assert_eq(sc_plan_init(plan, &machine, &err), SC_OK, "%s", err.message);
            cr_assert_eq(sc_layer_patterns(&layer, 3, &a, &b, &err), SC_OK, "%s", err.message);
            cr_assert_eq(sc_profile_measure(&profile, &a, &b, NULL, NULL, &err), SC_OK);
            sc_profile_label(&profile, &layer);
            for (int d = 0; d < SC_DATAFLOWS; d++) {
                struct sc_result simulated = {0}, estimated = {0};
                if (!machine.supports[d])
                    continue;
                cr_assert_eq(sc_simulate_layer(&simulated, &machine, (enum sc_dataflow)d, &layer, &a, &b,
                                               SC_ENERGY_NOMINAL, NULL, &err),
                             SC_OK, "%s", err.message);
                const struct sc_estimate own = {.dataflow = (enum sc_dataflow)d};
                sc_estimate_result(plan, &profile, &own, SC_ENERGY_NOMINAL, &estimated);
#define SAME(field)                                                                     \
    cr_expect_float_eq(estimated.field, simulated.field, 1e-12 * fabs(simulated.field), \
                       "%s %d: " #field " %.17g %.17g", machines[m], d, estimated.field, simulated.field)
                SAME(cycles);
                SAME(stationary_cycles);
                SAME(stream_cycles);
                SAME(merge_cycles);
                SAME(stall_cycles);
                SAME(products);
                SAME(nnz_a);
                SAME(utilization);
                SAME(l1_reads);
                SAME(l1_misses);
                SAME(psum_reads);
                SAME(psum_writes);
                SAME(dram_read_bytes);
                SAME(dram_write_bytes);
                SAME(energy_j);
                cr_expect_float_eq(estimated.cycles,
                                   estimated.stationary_cycles + estimated.stream_cycles + estimated.merge_cycles +
                                       estimated.stall_cycles,
                                   1e-9);
                rows++;
            }
            sc_pattern_free(&a);
            sc_pattern_free(&b);
            sc_plan_free(plan);
            free(plan);
        }
    cr_expect_eq(rows, 8 * 3);
}

/* Weights called periodic that are not are refused, with the place. */
Test(systolic_family, departures_are_refused)
{
    struct sc_machine machine = machine_called("sps");
    struct sc_layer layer = {.name = "x", .model = "", .count = 1, .M = 8, .N = 4, .K = 36, .op = {.kind = SC_CONV}};
    struct sc_pattern a, b;
    struct sc_pattern_spec uniform = {.kind = SC_UNIFORM};
    struct sc_result row = {0};
    struct sc_error err = {0};
    layer.pattern_a.kind = SC_PERIODIC_KERNELS;
    layer.pattern_a.periodic = (struct sc_periodic_spec){4, 4, false, 3, 3};
    cr_assert_eq(sc_pattern_generate(&a, 8, 36, 0.4, &uniform, true, 1, &err), SC_OK);
    cr_assert_eq(sc_pattern_generate(&b, 36, 4, 1, &uniform, false, 1, &err), SC_OK);
    cr_expect_eq(sc_simulate_layer(&row, &machine, SC_PERIODIC, &layer, &a, &b, SC_ENERGY_NOMINAL, NULL, &err),
                 SC_BAD_INPUT);
    cr_expect_not_null(strstr(err.message, "not periodic: filter "), "%s", err.message);
    machine.systolic.balanced = true;
    layer.pattern_a.kind = SC_UNIFORM;
    sc_pattern_free(&a);
    cr_assert_eq(sc_pattern_generate(&a, 8, 36, 0, &layer.pattern_a, true, 1, &err), SC_OK);
    layer.pattern_a.periodic.kss = 0;
    cr_expect_eq(sc_simulate_layer(&row, &machine, SC_PERIODIC, &layer, &a, &b, SC_ENERGY_NOMINAL, NULL, &err), SC_OK,
                 "%s", err.message);
    sc_pattern_free(&a);
    sc_pattern_free(&b);
}

/* ---- profiles of periodic operands ------------------------------------------------------------------------------ */

static double length_moment(const struct sc_lengths *l, int order)
{
    double sum = 0;
    for (unsigned i = 0; i < l->strata; i++)
        sum += l->stratum[i].share *
               (order == 1 ? l->stratum[i].mean : l->stratum[i].variance + l->stratum[i].mean * l->stratum[i].mean);
    return sum;
}

/* Expected statistics of periodic weights are those of the pattern: nonzeros, moments of lengths, products; nonzeros of
 * C close. */
Test(systolic_family, profile_of_periodic_weights)
{
    static const char *const texts[] = {"4:4", "4:8:d", "2:6", "1:9", "3:5", "2:16:d"};
    double worst_nnz_c = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (int side = 0; side < 2; side++) {
            struct sc_layer layer = {.name = "x",
                                     .model = "",
                                     .count = 1,
                                     .M = side ? 50 : 37,
                                     .N = side ? 37 : 50,
                                     .K = 9 * 13,
                                     .density_a = 0.3,
                                     .density_b = 0.3};
            struct sc_pattern_spec *spec = side ? &layer.pattern_b : &layer.pattern_a;
            struct sc_profile expected, measured;
            struct sc_pattern a, b;
            struct sc_error err = {0};
            spec->kind = SC_PERIODIC_KERNELS;
            cr_assert(sc_periodic_parse(&spec->periodic, texts[i]));
            cr_assert_eq(sc_profile_from_layer(&expected, &layer, &err), SC_OK, "%s", err.message);
            cr_assert_eq(sc_layer_patterns(&layer, 1, &a, &b, &err), SC_OK, "%s", err.message);
            cr_assert_eq(sc_profile_measure(&measured, &a, &b, NULL, NULL, &err), SC_OK);
            const struct sc_side *e = side ? &expected.b : &expected.a;
            const struct sc_pattern *p = side ? &b : &a;
            double squares[2] = {0, 0};
            uint64_t *column = calloc(p->cols, sizeof *column);
            for (uint64_t r = 0; r < p->rows; r++)
                squares[0] += (double)((p->ptr[r + 1] - p->ptr[r]) * (p->ptr[r + 1] - p->ptr[r])) / (double)p->rows;
            for (uint64_t q = 0; q < p->nnz; q++)
                column[p->idx[q]]++;
            for (uint64_t c = 0; c < p->cols; c++)
                squares[1] += (double)(column[c] * column[c]) / (double)p->cols;
            free(column);
            cr_expect_eq(e->nnz, (double)p->nnz);
            cr_expect_float_eq(length_moment(&e->row, 1), (double)p->nnz / (double)p->rows, 1e-9);
            cr_expect_float_eq(length_moment(&e->col, 1), (double)p->nnz / (double)p->cols, 1e-9);
            cr_expect_float_eq(length_moment(&e->row, 2), squares[0], 1e-9 * squares[0], "%s: rows", texts[i]);
            cr_expect_float_eq(length_moment(&e->col, 2), squares[1], 1e-9 * squares[1], "%s: columns", texts[i]);
            cr_expect_float_eq(expected.products, measured.products, 0.03 * measured.products, "%s: products",
                               texts[i]);
            worst_nnz_c = fmax(worst_nnz_c, fabs(expected.nnz_c / measured.nnz_c - 1));
            sc_pattern_free(&a);
            sc_pattern_free(&b);
        }
    fprintf(stderr, "nonzeros of C with periodic weights: within %.2g %% of one draw\n", 100 * worst_nnz_c);
    cr_expect_lt(worst_nnz_c, 0.02);
}
