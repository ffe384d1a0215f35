/* test_monotone.c - what more of something can never make worse: random layers on pairs of machines of which one has
 * more memory, bandwidth or multipliers, and pairs of operands of which one has more nonzeros.
 *
 * Where more may cost cycles, and why, as these tests found (so no such rows below):
 *   multipliers      one more level of the tree fills the pipe later; folded rows and tiles cut the streamed
 *                    operand elsewhere, so that the cache may keep less of it.  Simulated tiles never become
 *                    more; expected ones are sums of probabilities that differ by up to 0.2 of a tile.
 *   dn bandwidth     pipelined: steps end earlier and merging outlasts them by more; the filler, which runs
 *                    window_buffers windows ahead, then hides less of DRAM (simulated +33 % for gust-m, M = 275,
 *                    N = 416, K = 33, densities 0.039 and 0.825, rn 4, dn 4 -> 64 elements per cycle, 16 KiB
 *                    cache of 4 ways).
 *   banks            pipelined: likewise (simulated +0.05 %).
 *   window_buffers   pipelined: fetches run further ahead of writes on the one DRAM channel (up to +2.4 %).
 *   psram bytes      pipelined: fewer spills, but their windows come at other times (+0.008 % of one run in 5000).
 *                    The closed form of the outer product takes the tiles before and after PSRAM is full as
 *                    fractions, each with its fraction of a wait: layers of one or two tiles that spill come out
 *                    too fast (102 cycles where simulator and a PSRAM twice as large both say 152: M = 228, N = 6,
 *                    K = 1, densities 0.0103 block:2x3 and 0.36 banded:40, 32 multipliers, 64 B of PSRAM).
 *   DRAM bandwidth   closed forms of the pipelined policy: the pace of tiles is taken from fewer of them where DRAM
 *                    is the faster (turn_of() in models/inner_flow.c; +4.5 % found from 400 to 512 GB/s at 16 GHz,
 *                    4.2 % below the simulator on one side and 3.3 % above it on the other).
 *   cache            closed forms: interpolated between what is known for few and for many lines (usually below
 *                    +0.5 %; +33 % found for a cache of one line against two, where the simulator is the judge).
 *   density          nonzeros of C, but for uniform operands: approximations within a few percent.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <math.h>

#include "estimate.h"
#include "family.h"
#include "random_cases.h"
#include "traces/operands.h"
#include "traces/sim/cache.h"
#include "traces/sim/families.h"

TestSuite(monotone, .init = use_source_data, .timeout = 120);

enum { MACHINES_EACH = 3, LAYERS = 20, ESTIMATED = 700, SIMULATED = 40, TRACES = 200, TOUCHES = 3000, PAIRS = 150 };

static void keep(struct sc_machine *m)
{
    (void)m;
}

static void double_bandwidth(struct sc_machine *m)
{
    m->dram_gbps *= 2;
    m->systolic.dram_bits_per_cycle *= 2; /* the same as bits per cycle, bound when the file was read */
}

static void halve_latency(struct sc_machine *m)
{
    m->dram_latency_ns /= 2;
}

/* As many sets as before. */
static void double_ways(struct sc_machine *m)
{
    m->str_ways *= 2;
    m->str_bytes *= 2;
}

/* Fully associative: then a larger cache holds all that a smaller one does. */
static void make_one_set(struct sc_machine *m)
{
    m->str_ways = (uint32_t)(m->str_bytes / m->str_line_bytes);
}

/* Lines that shared no bank share none of the doubled number. */
static void double_banks(struct sc_machine *m)
{
    m->str_banks *= 2;
}

static void double_words(struct sc_machine *m)
{
    if (2 * m->str_words_per_bank <= m->str_line_bytes / m->element_bytes)
        m->str_words_per_bank *= 2;
}

static void double_psram(struct sc_machine *m)
{
    m->psram_bytes *= 2;
    m->psram_sets *= 2;
}

static void double_multipliers(struct sc_machine *m)
{
    m->multipliers *= 2;
}

enum { CYCLES = 1, MISSES = 2, SPILLS = 4, TILES = 8 };

/* `change` after `prepare` makes none of these quantities larger. */
static const struct improvement {
    const char *name;
    void (*prepare)(struct sc_machine *m);
    void (*change)(struct sc_machine *m);
    unsigned estimated, simulated;
    bool all_families, blocking_only;
} improvements[] = {
    {"twice the DRAM bandwidth", keep, double_bandwidth, CYCLES | MISSES | SPILLS, CYCLES | MISSES | SPILLS, true,
     false},
    {"half the DRAM latency", keep, halve_latency, CYCLES | MISSES | SPILLS, CYCLES | MISSES | SPILLS, false, false},
    {"twice the ways", keep, double_ways, 0, CYCLES | MISSES, false, false},
    {"twice the fully associative cache", make_one_set, double_ways, 0, CYCLES | MISSES, false, false},
    {"twice the banks", keep, double_banks, 0, CYCLES | MISSES, false, true},
    {"twice the words per bank", keep, double_words, MISSES, MISSES, false, false},
    {"twice the PSRAM", keep, double_psram, SPILLS, SPILLS, false, false},
    {"twice the multipliers", keep, double_multipliers, 0, TILES, false, false},
};

/* Small arrays and memories of the Flexagon family, so that rows fold, lines are evicted and PSRAM spills. */
static void shrink(struct sc_machine *m, gsl_rng *rng, char changes[RANDOM_TEXT])
{
    size_t used = strlen(changes);

    m->multipliers = 4u << gsl_rng_uniform_int(rng, 4);
    m->str_ways = 1u << gsl_rng_uniform_int(rng, 4);
    m->str_bytes = (uint64_t)m->str_line_bytes * m->str_ways << gsl_rng_uniform_int(rng, 6);
    m->psram_bytes = (uint64_t)m->psram_block_bytes << gsl_rng_uniform_int(rng, 6);
    m->psram_sets = (uint32_t)gsl_rng_uniform_int(rng, 2);
    snprintf(changes + used, RANDOM_TEXT - used,
             " --set array.multipliers=%u --set str_cache.ways=%u --set str_cache.bytes=%u --set psram.bytes=%u --set "
             "psram.sets=%u",
             m->multipliers, m->str_ways, (unsigned)m->str_bytes, (unsigned)m->psram_bytes, m->psram_sets);
}

struct outcome {
    bool ran;
    double value[4]; /* in the order of the bits above */
};

static struct outcome estimate(const struct sc_plan *plan, const struct sc_profile *profile, int dataflow)
{
    bool wanted[SC_DATAFLOWS] = {false};
    struct sc_estimates all;
    struct sc_result row = {.cycles = 0};

    wanted[dataflow] = true;
    sc_estimate_profile(plan, profile, wanted, &all);
    if (all.count == 0)
        return (struct outcome){.ran = false};
    sc_estimate_result(plan, profile, &all.of[0], SC_ENERGY_NOMINAL, &row);
    return (struct outcome){true, {row.cycles, row.l1_misses, row.spill_bytes, all.of[0].events.tiles}};
}

static struct outcome simulate(const struct sc_machine *m, const struct sc_layer *layer, const struct sc_pattern *a,
                               const struct sc_pattern *b, int dataflow)
{
    enum sc_dataflow which = (enum sc_dataflow)dataflow;
    struct sc_result row = {.cycles = 0};
    struct sc_sim_result run = {.cycles = 0};
    struct sc_error err;

    if (!m->supports[dataflow] || !m->family->runs(m, which, &layer->op))
        return (struct outcome){.ran = false};
    if (m->family == &sc_family_flexagon) {
        cr_assert_eq(sc_simulate(&run, m, which, a, b, NULL, &err), SC_OK, "%s", err.message);
        sc_sim_to_result(&row, &run, m, which, a->nnz, b->nnz, SC_ENERGY_NOMINAL);
    } else if (sc_simulate_layer(&row, m, which, layer, a, b, SC_ENERGY_NOMINAL, NULL, &err) != SC_OK) {
        return (struct outcome){.ran = false};
    }
    return (struct outcome){true, {row.cycles, row.l1_misses, row.spill_bytes, (double)run.tiles}};
}

static void compare(const struct outcome *less, const struct outcome *more, unsigned quantities, const char *what,
                    int dataflow, const char *machine, const struct sc_layer *layer)
{
    static const char *const names[] = {"cycles", "misses", "spills", "tiles"};
    char text[RANDOM_TEXT];

    for (int q = 0; q < 4 && less->ran && more->ran; q++) {
        if (!(quantities >> q & 1) || more->value[q] <= less->value[q] * (1 + 1e-9) + 1e-9)
            continue;
        random_layer_text(text, layer);
        cr_assert(false, "%s: %s %.17g became %.17g: %s: %s: %s", what, names[q], less->value[q], more->value[q],
                  sc_dataflow_name((enum sc_dataflow)dataflow), machine, text);
    }
}

static void compare_estimates(const struct sc_machine machine[2], const struct improvement *i, const char *changes,
                              gsl_rng *rng)
{
    static struct sc_plan plan[2];
    struct sc_profile profile;
    struct sc_layer layer;
    struct sc_error err;

    bool pipelined = machine[0].family == &sc_family_flexagon && machine[0].timing == SC_PIPELINED;
    for (int m = 0; m < 2; m++)
        cr_assert_eq(sc_plan_init(&plan[m], &machine[m], &err), SC_OK, "%s", err.message);
    for (int j = 0; j < LAYERS * SC_LAYER_KINDS; j++) {
        random_layer(&layer, (enum sc_layer_kind)(j % SC_LAYER_KINDS), ESTIMATED, rng);
        bool possible = sc_profile_from_layer(&profile, &layer, &err) == SC_OK;
        for (int d = 0; d < SC_DATAFLOWS && possible; d++) {
            struct outcome less = estimate(&plan[0], &profile, d), more = estimate(&plan[1], &profile, d);
            compare(&less, &more, i->estimated & (pipelined ? ~(unsigned)CYCLES : ~0u), i->name, d, changes, &layer);
        }
    }
    for (int m = 0; m < 2; m++)
        sc_plan_free(&plan[m]);
}

static void compare_simulations(const struct sc_machine machine[2], const struct improvement *i, const char *changes,
                                gsl_rng *rng)
{
    struct sc_layer layer;
    struct sc_error err;

    for (int j = 0; j < LAYERS; j++) {
        struct sc_pattern a = {0}, b = {0};
        random_layer(&layer, (enum sc_layer_kind)(j % SC_LAYER_KINDS), SIMULATED, rng);
        bool possible = !sc_operator_is_gemm(&layer.op) || sc_layer_patterns(&layer, 1, &a, &b, &err) == SC_OK;
        for (int d = 0; d < SC_DATAFLOWS && possible; d++) {
            struct outcome less = simulate(&machine[0], &layer, &a, &b, d);
            struct outcome more = simulate(&machine[1], &layer, &a, &b, d);
            compare(&less, &more, i->simulated, i->name, d, changes, &layer);
        }
        sc_pattern_free(&a);
        sc_pattern_free(&b);
    }
}

static void run_improvement(const struct improvement *i, bool simulated)
{
    static struct sc_machine machine[2];
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    char changes[RANDOM_TEXT];

    gsl_rng_set(rng, 1121 + (unsigned long)(i - improvements));
    for (const char *const *name = random_machines; *name; name++)
        for (int k = 0; k < MACHINES_EACH; k++) {
            random_machine(&machine[0], *name, rng, changes);
            bool flexagon = machine[0].family == &sc_family_flexagon;
            if ((!flexagon && !i->all_families) || (i->blocking_only && machine[0].timing != SC_BLOCKING))
                break;
            if (flexagon)
                shrink(&machine[0], rng, changes);
            i->prepare(&machine[0]);
            machine[1] = machine[0];
            i->change(&machine[1]);
            if (simulated)
                compare_simulations(machine, i, changes, rng);
            else if (i->estimated)
                compare_estimates(machine, i, changes, rng);
        }
    gsl_rng_free(rng);
}

Test(monotone, estimates_of_better_machines)
{
    for (size_t i = 0; i < sizeof improvements / sizeof improvements[0]; i++)
        run_improvement(&improvements[i], false);
}

Test(monotone, simulations_of_better_machines)
{
    for (size_t i = 0; i < sizeof improvements / sizeof improvements[0]; i++)
        run_improvement(&improvements[i], true);
}

/* The stack property of LRU (Mattson et al., 1970): with the same sets, every access that hits w ways hits 2 w. */
Test(monotone, lru_keeps_what_fewer_ways_kept)
{
    struct sc_machine m = {.element_bytes = 4, .str_line_bytes = 16, .str_banks = 4};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    struct sc_error err;

    gsl_rng_set(rng, 1970);
    for (int t = 0; t < TRACES; t++) {
        uint64_t sets = random_size(rng, 1, 16), lines = random_size(rng, 2, 400);
        struct sc_cache few, many;
        m.str_ways = (uint32_t)random_size(rng, 1, 8);
        m.str_bytes = sets * m.str_ways * m.str_line_bytes;
        cr_assert_eq(sc_cache_init(&few, &m, 4 * lines, 4 * lines, 1, &err), SC_OK, "%s", err.message);
        m.str_ways += (uint32_t)random_size(rng, 1, 8);
        m.str_bytes = sets * m.str_ways * m.str_line_bytes;
        cr_assert_eq(sc_cache_init(&many, &m, 4 * lines, 4 * lines, 1, &err), SC_OK, "%s", err.message);
        for (int i = 0; i < TOUCHES; i++) {
            uint64_t line = gsl_rng_uniform_int(rng, 3) ? gsl_rng_uniform_int(rng, lines) : (uint64_t)i % lines;
            bool hit = sc_cache_touch(&few, line), better = sc_cache_touch(&many, line);
            cr_assert(better || !hit, "trace %d: line %d hits fewer ways only", t, (int)line);
        }
        cr_assert_leq(many.misses, few.misses);
        sc_cache_free(&few);
        sc_cache_free(&many);
    }
    gsl_rng_free(rng);
}

/* Of operands: every nonzero of a stays, or some go. */
Test(monotone, more_nonzeros_never_mean_fewer_products)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    static struct sc_machine machine;
    struct sc_error err;

    gsl_rng_set(rng, 3);
    cr_assert_eq(sc_machine_read(&machine, "flexagon", NULL, &err), SC_OK, "%s", err.message);
    for (int t = 0; t < PAIRS; t++) {
        uint64_t M = random_size(rng, 1, 60), N = random_size(rng, 1, 60), K = random_size(rng, 1, 60);
        struct sc_pattern a = random_pattern(M, K, gsl_rng_uniform(rng), NULL, rng);
        struct sc_pattern b = random_pattern(K, N, gsl_rng_uniform(rng), NULL, rng);
        struct sc_pattern less = random_pattern(M, K, gsl_rng_uniform(rng), &a, rng);
        for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++) {
            struct sc_sim_result most, least;
            cr_assert_eq(sc_simulate(&most, &machine, (enum sc_dataflow)d, &a, &b, NULL, &err), SC_OK);
            cr_assert_eq(sc_simulate(&least, &machine, (enum sc_dataflow)d, &less, &b, NULL, &err), SC_OK);
            cr_assert(least.products <= most.products && least.nnz_c <= most.nnz_c &&
                          least.stationary_words <= most.stationary_words,
                      "pair %d, %s", t, sc_dataflow_name((enum sc_dataflow)d));
        }
        sc_pattern_free(&a);
        sc_pattern_free(&b);
        sc_pattern_free(&less);
    }
    gsl_rng_free(rng);
}

/* Of densities: expected products and nonzeros of C, whatever the patterns. */
Test(monotone, denser_layers_never_have_fewer_products)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    struct sc_profile sparse, dense;
    struct sc_layer layer;
    struct sc_error err;
    char text[RANDOM_TEXT];

    gsl_rng_set(rng, 4);
    for (int t = 0; t < 20 * PAIRS; t++) {
        random_layer(&layer, t % 2 ? SC_CONV : SC_GEMM, ESTIMATED, rng);
        bool fixed = layer.pattern_a.kind == SC_NM || layer.pattern_a.kind == SC_PERIODIC_KERNELS;
        if (fixed || sc_profile_from_layer(&sparse, &layer, &err) != SC_OK)
            continue;
        layer.density_a += (1 - layer.density_a) * gsl_rng_uniform(rng);
        if (sc_profile_from_layer(&dense, &layer, &err) != SC_OK)
            continue; /* a band too narrow */
        random_layer_text(text, &layer);
        cr_assert_leq(sparse.products, dense.products * (1 + 1e-9), "%.17g products, %.17g when denser: %s",
                      sparse.products, dense.products, text);
        if (layer.pattern_a.kind == SC_UNIFORM && layer.pattern_b.kind == SC_UNIFORM)
            cr_assert_leq(sparse.nnz_c, dense.nnz_c * (1 + 1e-9), "%.17g nonzeros of C, %.17g when denser: %s",
                          sparse.nnz_c, dense.nnz_c, text);
    }
    gsl_rng_free(rng);
}
