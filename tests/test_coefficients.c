/* test_coefficients.c - calibration files and what they do to a row.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "coefficients.h"
#include "machine_files.h"
#include "run_program.h"

TestSuite(coefficients, .init = enter_directory, .fini = leave_directory, .timeout = 60);

static void fill_fit(struct sc_dataflow_fit *f)
{
    *f = (struct sc_dataflow_fit){.fitted = true,
                                  .term = {1.25, 0.8, 1, 1.5, 0.125},
                                  .spread = {{-3, -0.0625, 0.5, 0, 1, 0.25, -0.125}, 0.01, 0.25}};
    for (int t = 0; t < SC_TERMS; t++)
        for (int u = 0; u <= t; u++)
            f->covariance[t][u] = f->covariance[u][t] = 0.5 * (t + 1) * (u + 1);
    for (int s = 0; s < SC_OPERANDS; s++) {
        f->scores[s].count = 40 + (unsigned)s;
        for (int i = 0; i < SC_LEVELS; i++) {
            f->scores[s].low[i] = -0.5 - 0.03125 * i;
            f->scores[s].high[i] = 0.25 + 0.0625 * i + s;
        }
    }
}

/* A calibration of flexagon for two dataflows. */
static struct sc_calibration *sample(void)
{
    static struct sc_calibration c;
    struct sc_machine m;
    struct sc_error err;
    cr_assert_eq(sc_machine_read(&m, "flexagon", NULL, &err), SC_OK);
    sc_calibration_init(&c);
    snprintf(c.machine, sizeof c.machine, "flexagon");
    memcpy(c.digest, m.digest, sizeof c.digest);
    snprintf(c.training, sizeof c.training, "0123456789abcdef");
    c.seed = 7;
    c.layers = 100;
    c.fit_share = 0.4;
    for (int q = 0; q < SC_DOMAIN_QUANTITIES; q++)
        c.domain[q] = (struct sc_range){10, 1000};
    c.domain[SC_DOMAIN_DENSITY_A] = c.domain[SC_DOMAIN_DENSITY_B] = (struct sc_range){0.01, 1};
    c.domain[SC_DOMAIN_NNZ_A] = c.domain[SC_DOMAIN_NNZ_B] = c.domain[SC_DOMAIN_PRODUCTS] = (struct sc_range){10, 1e6};
    c.pattern[SC_UNIFORM] = c.pattern[SC_BLOCK] = true;
    c.varied_count = 2;
    c.varied[0] = (struct sc_varied){"array.multipliers", {32, 128}};
    c.varied[1] = (struct sc_varied){"dram.latency_ns", {50, 200}};
    c.machine_widening = 1.5;
    fill_fit(&c.of[SC_IP_M]);
    fill_fit(&c.of[SC_GUST_N]);
    return &c;
}

static struct sc_result row_of(double stationary, double stream, double merge, double stall, double bytes)
{
    struct sc_result r = {
        .stationary_cycles = stationary, .stream_cycles = stream, .merge_cycles = merge, .stall_cycles = stall};
    r.cycles = r.cycles_low = r.cycles_high = stationary + stream + merge + stall;
    r.dram_read_bytes = bytes;
    r.products = 5000;
    r.nnz_a = r.nnz_b = 1000;
    r.utilization = 0.5;
    r.time_s = r.cycles * 1e-9;
    r.energy_j = 2;
    r.edp_js = r.energy_j * r.time_s;
    return r;
}

static const struct sc_layer LAYER = {
    .name = "l", .model = "", .M = 100, .N = 100, .K = 100, .count = 1, .density_a = 0.1, .density_b = 0.1};

Test(coefficients, file_round_trip)
{
    const struct sc_calibration *c = sample();
    static struct sc_calibration back;
    struct sc_error err;
    cr_assert_eq(sc_calibration_write(c, "c.yaml", &err), SC_OK);
    cr_assert_eq(sc_calibration_read(&back, "c.yaml", &err), SC_OK, "%s", err.message);
    cr_expect_str_eq(back.file, "c.yaml");
    memset(back.file, 0, sizeof back.file);
    cr_expect_arr_eq(&back, c, sizeof back, "all values have at most seven digits, so all come back");
}

Test(coefficients, identity_without_a_calibration)
{
    struct sc_machine m;
    struct sc_corrector k;
    struct sc_remark remark;
    struct sc_result row = row_of(1, 2, 3, 4, 100);
    cr_assert_eq(sc_machine_read(&m, "flexagon", NULL, NULL), SC_OK);
    sc_corrector_init(&k, NULL, &m, 90);
    cr_expect_not(sc_correct(&k, &LAYER, SC_IP_M, SC_OPERANDS_UNIFORM, &row, &remark));
    cr_expect_str_eq(row.note, "uncalibrated");
    cr_expect_eq(row.cycles, 10);
    cr_expect_eq(row.cycles_low, 10);
    cr_expect_eq(row.cycles_high, 10);
    sc_corrector_init(&k, sample(), &m, 90); /* which knows nothing of op-m */
    cr_expect_not(sc_correct(&k, &LAYER, SC_OP_M, SC_OPERANDS_UNIFORM, &row, &remark));
    cr_expect_str_eq(row.note, "uncalibrated");
}

Test(coefficients, weights_overlap_and_interval)
{
    struct sc_machine m;
    struct sc_corrector k;
    struct sc_remark remark;
    cr_assert_eq(sc_machine_read(&m, "flexagon", NULL, NULL), SC_OK);
    sc_corrector_init(&k, sample(), &m, 90);
    /* DRAM: 256 bytes per cycle, so 25600 bytes are 100 cycles; on chip 200: 100 x 100 / 200 = 50 of overlap. */
    struct sc_result row = row_of(40, 100, 60, 10, 25600);
    cr_expect_not(sc_correct(&k, &LAYER, SC_IP_M, SC_OPERANDS_UNIFORM, &row, &remark));
    cr_expect_str_eq(row.note, "");
    cr_expect_float_eq(row.stationary_cycles, 50, 1e-9);
    cr_expect_float_eq(row.stream_cycles, 80, 1e-9);
    cr_expect_float_eq(row.merge_cycles, 60, 1e-9);
    cr_expect_float_eq(row.stall_cycles, 15 + 0.125 * 50, 1e-9);
    double cycles = 50 + 80 + 60 + 15 + 6.25;
    cr_expect_float_eq(row.cycles, cycles, 1e-9);
    cr_expect_float_eq(row.time_s, cycles * 1e-9, 1e-18);
    cr_expect_float_eq(row.edp_js, 2 * cycles * 1e-9, 1e-18);
    cr_expect_float_eq(row.utilization, 0.5 * 210 / cycles, 1e-9);
    double stall = row.stall_cycles / cycles,
           spread = exp(-3 - 0.0625 * log(cycles) + 0.5 * stall + 100 / cycles + 0.125 * log1p(10)); /* 10 per row */
    cr_expect_float_eq(row.cycles_low, cycles * exp(spread * (-0.5 - 0.03125 * 40)), 1e-9);
    cr_expect_float_eq(row.cycles_high, cycles * exp(spread * (0.25 + 0.0625 * 40)), 1e-9);
}

Test(coefficients, wider_at_higher_levels_and_for_less_known_operands)
{
    struct sc_machine m;
    struct sc_remark remark;
    double low = HUGE_VAL, high = 0;
    cr_assert_eq(sc_machine_read(&m, "flexagon", NULL, NULL), SC_OK);
    for (int level = SC_LEVEL_MIN; level <= SC_LEVEL_MAX; level++) {
        struct sc_corrector k;
        struct sc_result row = row_of(40, 100, 60, 10, 25600), structured = row;
        sc_corrector_init(&k, sample(), &m, level);
        sc_correct(&k, &LAYER, SC_IP_M, SC_OPERANDS_UNIFORM, &row, &remark);
        sc_correct(&k, &LAYER, SC_IP_M, SC_OPERANDS_STRUCTURED, &structured, &remark);
        cr_expect(row.cycles_low < low && row.cycles_high > high && row.cycles_low < row.cycles &&
                  row.cycles < row.cycles_high);
        cr_expect_gt(structured.cycles_high, row.cycles_high);
        low = row.cycles_low;
        high = row.cycles_high;
    }
}

Test(coefficients, domain_is_named_and_widens)
{
    static const struct {
        uint64_t M, K;
        double products;
        enum sc_pattern_kind kind;
        const char *note;
        double factor;
    } cases[] = {
        {1000, 10, 5000, SC_UNIFORM, "", 1},
        {10000, 100, 5000, SC_UNIFORM, "outside the calibrated domain: M, density_a", 1 + 2 + 2},
        {100, 1, 5000, SC_UNIFORM, "outside the calibrated domain: K, density_a, density_b", 1 + 2 + 2 + 2},
        {100, 100, 1e8, SC_UNIFORM, "outside the calibrated domain: products", 1 + 3},
        {100, 100, 0, SC_UNIFORM, "outside the calibrated domain: products", 1 + 4},
        {100, 100, 5000, SC_BLOCK, "", 1},
        {100, 100, 5000, SC_BANDED, "outside the calibrated domain: pattern", 2},
    };
    struct sc_machine m;
    struct sc_corrector k;
    struct sc_calibration *c = sample();
    c->of[SC_IP_M].spread.coefficient[5] = c->of[SC_IP_M].spread.coefficient[6] = 0; /* which vary with M and K */
    cr_assert_eq(sc_machine_read(&m, "flexagon", NULL, NULL), SC_OK);
    sc_corrector_init(&k, c, &m, 90);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sc_layer layer = LAYER;
        struct sc_remark remark;
        struct sc_result row = row_of(40, 100, 60, 10, 25600), inside = row;
        sc_correct(&k, &LAYER, SC_IP_M, SC_OPERANDS_UNIFORM, &inside, &remark);
        layer.M = cases[i].M;
        layer.K = cases[i].K;
        layer.pattern_a.kind = cases[i].kind;
        row.products = cases[i].products;
        if (cases[i].M == 10000) /* density 0.001 */
            row.nnz_a = 1000;
        if (cases[i].K == 1) /* both operands ten times too dense */
            row.nnz_a = row.nnz_b = 1000;
        bool outside = sc_correct(&k, &layer, SC_IP_M, SC_OPERANDS_UNIFORM, &row, &remark);
        cr_expect_eq(outside, cases[i].factor > 1);
        cr_expect_str_eq(remark.note, cases[i].note);
        cr_expect_float_eq(log(row.cycles_high / row.cycles), cases[i].factor * log(inside.cycles_high / inside.cycles),
                           1e-9, "case %zu", i);
        cr_expect_eq(row.cycles, inside.cycles, "the estimate itself does not depend on the domain");
    }
}

Test(coefficients, intervals_end_at_a_factor_of_a_million)
{
    struct sc_machine m;
    struct sc_corrector k;
    struct sc_remark remark;
    struct sc_calibration *c = sample();
    struct sc_result row = row_of(40, 100, 60, 10, 25600);
    cr_assert_eq(sc_machine_read(&m, "flexagon", NULL, NULL), SC_OK);
    for (int i = 0; i < SC_LEVELS; i++) {
        c->of[SC_IP_M].scores[SC_OPERANDS_UNIFORM].high[i] = 1e300;
        c->of[SC_IP_M].scores[SC_OPERANDS_UNIFORM].low[i] = -1e300;
    }
    sc_corrector_init(&k, c, &m, 90);
    sc_correct(&k, &LAYER, SC_IP_M, SC_OPERANDS_UNIFORM, &row, &remark);
    cr_expect_float_eq(row.cycles_high / row.cycles, 1e6, 1);
    cr_expect_float_eq(row.cycles / row.cycles_low, 1e6, 1);
}

static void write_text(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");
    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
}

/* The sample with the first `from` replaced by `to`; to = NULL cuts the file there. */
static void write_changed(const char *name, const char *from, const char *to)
{
    static char text[200000], changed[210000];
    struct sc_error err;
    cr_assert_eq(sc_calibration_write(sample(), name, &err), SC_OK);
    FILE *f = fopen(name, "r");
    cr_assert_not_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    char *at = strstr(text, from);
    cr_assert_not_null(at, "no '%s' in the file", from);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, to ? to : "", to ? at + strlen(from) : "");
    write_text(name, changed);
}

Test(coefficients, malformed_files)
{
    static const struct {
        const char *from, *to, *message;
    } cases[] = {
        {"calibration: 1", "calibration: 2", "calibration: found \"2\"; expected 1, the version"},
        {"calibration: 1", "calibrated: 1", "key \"calibration\" of a calibration is missing"},
        {"machine: flexagon", "machine: []", "machine: found \"a list or mapping\"; expected a text"},
        {"seed: 7", "seed: -7", "seed: found \"-7\"; expected a whole number"},
        {"stream: 0.8", "stream: nan", "stream: found \"nan\"; expected a number from 0.5 to 2"},
        {"stream: 0.8", "stream: 0.4", "stream: found \"0.4\"; expected a number from 0.5 to 2"},
        {"overlap: 0.125", "overlap: -0.1", "overlap: found \"-0.1\"; expected a number from 0 to 0.5"},
        {"M: [10, 1000]", "M: [1000, 10]", "M: found \"a list or mapping\"; expected a lower end"},
        {"M: [10, 1000]", "M: [10]", "expected a list of 2 numbers"},
        {"M: [10, 1000]", "M: [10, 1000, 1001]", "expected a list of 2 numbers"},
        {"[uniform, block]", "[uniform, blocky]", "patterns: found \"blocky\"; expected names of pattern kinds"},
        {"machine_widening: 1.5", "machine_widening: 0.5", "expected a number from 1 to 1000000"},
        {"  ip-m:", "  ip-q:", "dataflows: found \"ip-q\"; expected the name of a dataflow"},
        {"uniform_scores: 40", "uniform_scores: 0", "uniform_scores: found \"0\"; expected a whole number from 1"},
        {"-0.5, -0.53125", "-0.5, inf", "uniform_low: found \"inf\"; expected a number"},
        {"spread_range: [0.01", "spread_range: [0",
         "spread_range: found \"a list or mapping\"; expected numbers above 0"},
        {"    spread_range", NULL, "is missing; the file was cut short"},
        {"machine_domain:", NULL, "is missing; the file was cut short"},
        {"0.53125", NULL, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct sc_calibration c;
        struct sc_error err = {.line = 0};
        write_changed("bad.yaml", cases[i].from, cases[i].to);
        cr_expect_eq(sc_calibration_read(&c, "bad.yaml", &err), SC_BAD_INPUT, "case %zu", i);
        cr_expect(strstr(err.message, cases[i].message), "case %zu: %s", i, err.message);
        cr_expect_str_eq(err.file, "bad.yaml");
        cr_expect_gt(err.line, 0);
    }
}

Test(coefficients, not_a_calibration)
{
    static struct sc_calibration c;
    struct sc_error err;
    write_text("list.yaml", "- 1\n- 2\n");
    cr_expect_eq(sc_calibration_read(&c, "list.yaml", &err), SC_BAD_INPUT);
    write_text("empty.yaml", "");
    cr_expect_eq(sc_calibration_read(&c, "empty.yaml", &err), SC_BAD_INPUT);
    write_text("dataflows.yaml", "dataflows: 3\n");
    cr_expect_eq(sc_calibration_read(&c, "dataflows.yaml", &err), SC_BAD_INPUT);
    cr_expect_eq(sc_calibration_read(&c, "absent.yaml", &err), SC_IO);
}

Test(coefficients, found_by_machine_and_by_base)
{
    struct sc_calibration *found;
    struct sc_machine m;
    struct sc_error err;
    char reason[256];
    cr_assert_eq(sc_calibration_write(sample(), "c.yaml", &err), SC_OK);
    cr_assert_eq(sc_machine_read(&m, "flexagon", NULL, &err), SC_OK);
    cr_assert_eq(sc_calibration_find(&found, &m, "c.yaml", reason, &err), SC_OK);
    cr_assert_not_null(found);
    free(found);
    cr_assert_eq(sc_calibration_find(&found, &m, "none", reason, &err), SC_OK);
    cr_expect_null(found);

    write_text("mine.yaml", "name: mine\nbase: flexagon\narray: {multipliers: 256}\n");
    cr_assert_eq(sc_machine_read(&m, "./mine.yaml", NULL, &err), SC_OK);
    cr_expect_str_eq(m.base, "flexagon");
    cr_assert_eq(sc_calibration_find(&found, &m, "c.yaml", reason, &err), SC_OK, "%s", err.message);
    cr_assert_not_null(found);
    struct sc_corrector k;
    sc_corrector_init(&k, found, &m, 90);
    cr_expect_str_eq(k.machine_note, "array.multipliers");
    cr_expect_float_eq(k.widening, 1.5 * 2, 1e-12, "of other machines, and twice for a key outside");
    free(found);

    cr_assert_eq(sc_machine_read(&m, "sigma-like", NULL, &err), SC_OK);
    snprintf(m.base, sizeof m.base, "gamma-like");
    cr_expect_eq(sc_calibration_find(&found, &m, "c.yaml", reason, &err), SC_BAD_INPUT);
    cr_expect(strstr(err.message, "is the calibration of machine 'flexagon'") &&
                  strstr(err.message, "expected one of 'sigma-like'"),
              "%s", err.message);
    cr_expect_null(found);
}

Test(coefficients, shipped_but_for_another_version)
{
    struct sc_calibration *c = sample(), *found;
    struct sc_machine m;
    struct sc_error err;
    char reason[256];
    cr_assert_eq(sc_machine_read(&m, "flexagon", NULL, &err), SC_OK);
    cr_assert_eq(setenv("SPARSECAST_DATA", test_directory(), 1), 0);
    cr_assert_eq(run_shell("mkdir calibration"), 0);
    cr_assert_eq(sc_calibration_find(&found, &m, NULL, reason, &err), SC_OK);
    cr_expect_null(found);
    cr_expect_str_eq(reason, "", "none is shipped");
    cr_assert_eq(sc_calibration_write(c, "calibration/flexagon.yaml", &err), SC_OK);
    cr_assert_eq(sc_calibration_find(&found, &m, NULL, reason, &err), SC_OK);
    cr_expect_not_null(found);
    free(found);
    snprintf(c->digest, sizeof c->digest, "0000000000000000");
    cr_assert_eq(sc_calibration_write(c, "calibration/flexagon.yaml", &err), SC_OK);
    cr_assert_eq(sc_calibration_find(&found, &m, NULL, reason, &err), SC_OK);
    cr_expect_null(found);
    cr_expect(strstr(reason, "another version of its machine file"), "%s", reason);
}
