/* test_peers.c - wrong numbers that public tools are known to print, as tests that this program cannot print the like.
 *
 * Each test names the tool and the number.  What is tested at its source already is named where it is: energy tables
 * (test_energy), parts of areas (test_machine), stored words of random pairs (test_conserve).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result.h"
#include "run_program.h"

TestSuite(peers, .init = enter_directory_for_program, .fini = leave_directory, .timeout = 100);

/* ---- results as a table of text ---- */

enum { COLUMNS = 96, ROWS = 1200 };

struct sheet {
    char *text;
    const char *cell[ROWS][COLUMNS]; /* row 0: the header */
    int rows, columns;
};

static struct sheet sheet; /* of the last read(): every test is a process of its own */

/* Ends the cell at `at` with a NUL and returns what follows its comma, NULL at the end of the line; quotes stay. */
static char *end_cell(char *at)
{
    bool quoted = false;

    for (; *at && (quoted || *at != ','); at++)
        quoted ^= *at == '"';
    if (!*at)
        return NULL;
    *at = '\0';
    return at + 1;
}

/* Cuts CSV into cells. */
static void cut(const char *csv)
{
    free(sheet.text);
    sheet.rows = 0;
    sheet.text = strdup(csv);
    cr_assert_not_null(sheet.text);
    for (char *line = sheet.text, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        int column = 0;
        cr_assert_lt(sheet.rows, ROWS);
        for (char *at = line; at; column++) {
            cr_assert_lt(column, COLUMNS);
            sheet.cell[sheet.rows][column] = at;
            at = end_cell(at);
        }
        if (sheet.rows == 0)
            sheet.columns = column;
        cr_assert_eq(column, sheet.columns, "line %d has %d cells", sheet.rows + 1, column);
        sheet.rows++;
    }
}

static void read_results(const char *arguments)
{
    const struct program_run *r = run(arguments);
    cr_assert_eq(r->status, 0, "%s: %s", arguments, r->err);
    cut(r->out);
    cr_assert_gt(sheet.rows, 1, "%s", arguments);
}

static int column_of(const char *name)
{
    for (int i = 0; i < sheet.columns; i++)
        if (strcmp(sheet.cell[0][i], name) == 0)
            return i;
    cr_assert(false, "no column '%s'", name);
    return 0;
}

static const char *text_of(int row, const char *name)
{
    return sheet.cell[row][column_of(name)];
}

static double number_of(int row, const char *name)
{
    const char *text = text_of(row, name);
    char *end;
    double number = strtod(text, &end);
    cr_assert(*text && !*end, "row %d, column %s: '%s' is no number", row, name, text);
    return number;
}

/* ---- layers and machines ---- */

/* Sizes at and around tiles, nothing and everything nonzero, one that folds and one that spills its caches. */
struct shape {
    const char *name;
    double M, N, K, a, b;
};

static const struct shape shapes[] = {
    {"scalesim", 3, 5, 16, 1, 0.75}, {"one", 1, 1, 1, 1, 1},        {"empty", 7, 9, 11, 0, 0.5},
    {"row", 1, 65, 130, 0.5, 1},     {"column", 65, 1, 33, 1, 0.1}, {"mid", 40, 33, 70, 0.3, 0.6},
    {"deep", 4, 6, 900, 0.5, 0.4},   {"dense", 64, 64, 64, 1, 1},   {"wide", 96, 120, 64, 0.05, 0.02},
};

enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static const struct shape *shape_of(int row)
{
    for (size_t i = 0; i < SHAPES; i++)
        if (strcmp(shapes[i].name, text_of(row, "layer")) == 0)
            return &shapes[i];
    cr_assert(false, "a row of layer '%s'", text_of(row, "layer"));
    return NULL;
}

static void put_shapes(void)
{
    char text[1024];
    int used = sprintf(text, "layer,M,N,K,density_a,density_b,count\n");
    for (size_t i = 0; i < SHAPES; i++)
        used += sprintf(text + used, "%s,%g,%g,%g,%g,%g,%zu\n", shapes[i].name, shapes[i].M, shapes[i].N, shapes[i].K,
                        shapes[i].a, shapes[i].b, i + 1);
    put_file("l.csv", text);
}

#define MACHINES "-m flexagon -m flexagon-asplos23 -m sigma-like -m dstc-v100 -m v100 -m sps -m sps-csr"
#define SIX "-d ip-m -d op-m -d gust-m -d ip-n -d op-n -d gust-n"

/* Every way of making rows; results of both are told apart by their column `source`. */
static const char *const runs[] = {
    "estimate l.csv -f csv " MACHINES " -m xavier-nx",
    "simulate l.csv -f csv " MACHINES,
};

static void rows_of(const char *arguments, void (*check)(int row))
{
    put_shapes();
    read_results(arguments);
    for (int row = 1; row < sheet.rows; row++)
        check(row);
    cr_expect_geq(sheet.rows, 100, "rows were checked: %d", sheet.rows);
}

/* Calls check() on every row of all runs. */
static void all_rows(void (*check)(int row))
{
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++)
        rows_of(runs[i], check);
}

#define WHERE                                                                                                          \
    "%s, %s %s %s", text_of(row, "source"), text_of(row, "layer"), text_of(row, "machine"), text_of(row, "dataflow")

static double padded(double size)
{
    return 16 * ceil(size / 16); /* tensor cores run whole tiles */
}

/* ---- SCALE-Sim ---- */

/* Its sparse GEMM of 3 x 5 x 16 reads 133,120 words of an operand of 48, at 346 words per cycle. */
static void reads_are_bounded(int row)
{
    const struct shape *s = shape_of(row);
    bool flexagon = strstr(text_of(row, "machine"), "flexagon") || strstr(text_of(row, "machine"), "sigma");
    double reads = number_of(row, "l1_reads"), cycles = number_of(row, "cycles");

    /* two operands of every product of a dense machine, whole tiles at most */
    cr_expect_leq(reads, 2 * padded(s->M) * padded(s->N) * padded(s->K), WHERE);
    /* 16 banks of 32 words; of the others, two words a multiplier */
    double products = number_of(row, "products"), utilisation = number_of(row, "utilization");
    double width = flexagon ? 16 * 32 : products > 0 ? 2 * products / (utilisation * cycles) : 1e9;
    cr_expect_leq(reads, width * cycles * (1 + 1e-9), WHERE);
}

Test(peers, scalesim_reads_more_than_there_is)
{
    all_rows(reads_are_bounded);
}

/* Its 3:4 and 1:4 rows have the same compressed size. */
Test(peers, scalesim_sizes_do_not_fall_with_density)
{
    static const char *const formats[] = {"bitmap", "coo", "csr", "csc", "csr-fixed", "run-length"};

    put_file("l.csv",
             "layer,M,N,K,density_a,density_b,pattern_a\nfull,64,5,64,1,1,uniform\nthree,64,5,64,0.75,1,nm:3:4\n"
             "two,64,5,64,0.5,1,nm:2:4\none,64,5,64,0.25,1,nm:1:4\n");
    for (size_t f = 0; f < sizeof formats / sizeof formats[0]; f++) {
        double last = INFINITY;
        int found = 0;
        read_results("formats l.csv -f csv");
        for (int row = 1; row < sheet.rows; row++) {
            if (strcmp(text_of(row, "format"), formats[f]) != 0 || strcmp(text_of(row, "operand"), "a") != 0 ||
                strncmp(text_of(row, "layer"), "total", 5) == 0)
                continue;
            cr_expect_lt(number_of(row, "total_bits"), last, "%s of '%s'", formats[f], text_of(row, "layer"));
            last = number_of(row, "total_bits");
            found++;
        }
        cr_expect_eq(found, 4);
    }
}

/* Its page demands N <= M / 2 of N:M, its own example is 3:4: here what is documented (1 <= N <= M) is enforced. */
Test(peers, scalesim_documents_other_limits_than_it_has)
{
    static const struct {
        const char *pattern;
        int status;
    } cases[] = {{"nm:3:4", 0}, {"nm:4:4", 0}, {"nm:1:16", 0}, {"nm:5:4", 1}, {"nm:0:4", 1}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char list[200];
        double n, m;
        cr_assert_eq(sscanf(cases[i].pattern, "nm:%lf:%lf", &n, &m), 2);
        snprintf(list, sizeof list, "layer,M,N,K,density_a,density_b,pattern_a\nx,16,16,16,%g,1,%s\n",
                 n > m ? 1 : n / m, cases[i].pattern);
        put_file("l.csv", list);
        const struct program_run *r = run("estimate l.csv -f csv");
        cr_expect_eq(r->status, cases[i].status, "%s: %s", cases[i].pattern, r->err);
        cr_expect(r->status == 0 || strstr(r->err, "1 <= N <= M"), "%s", r->err);
    }
}

/* Its partial sums are written twelve times and never read back; 31 words of C appear from nowhere. */
static void sums_are_accounted_for(int row)
{
    double writes = number_of(row, "psum_writes"), reads = number_of(row, "psum_reads");
    double c = number_of(row, "nnz_c"), out = number_of(row, "dram_write_bytes"),
           spills = number_of(row, "spill_bytes");
    const struct shape *s = shape_of(row);
    bool bytes = strncmp(text_of(row, "machine"), "sps", 3) == 0,
         exact = strcmp(text_of(row, "source"), "simulation") == 0;
    bool xavier = strcmp(text_of(row, "machine"), "xavier-nx") == 0;
    bool dense = bytes || strncmp(text_of(row, "machine"), "dstc", 4) == 0 ||
                 strcmp(text_of(row, "machine"), "v100") == 0;

    cr_expect_float_eq(writes, reads, 1e-6 * (1 + writes), WHERE); /* outputs leave for DRAM, not for this store */
    if (xavier)
        return; /* rooflines give no nonzeros of C */
    /* C leaves in words of 4 bytes (sps: 1), its nonzeros or, from dense machines, all of it; and half of all spills */
    double words = (out - spills / 2) / (bytes ? 1 : 4), all = dense ? s->M * s->N : c;
    cr_expect_leq(fabs(words - all), (exact ? 1e-9 : 1e-3) * (1 + all), WHERE);
}

Test(peers, scalesim_sums_come_and_go)
{
    all_rows(sums_are_accounted_for);
}

/* DRAM accesses that begin before cycle 0. */
Test(peers, scalesim_cycles_before_the_beginning)
{
    put_file("l.csv", "layer,M,N,K,density_a,density_b\nmid,20,13,40,0.3,0.6\nempty,7,9,11,0,0.5\n");
    read_results("simulate l.csv -f csv -m flexagon -m flexagon-asplos23 --trace t.csv");
    char *trace = get_file("t.csv");
    cut(trace);
    free(trace);
    cr_expect_gt(sheet.rows, 20, "%d rows", sheet.rows);
    for (int row = 1; row < sheet.rows; row++) {
        cr_expect_geq(number_of(row, "start"), 0, "row %d", row);
        cr_expect_geq(number_of(row, "end"), number_of(row, "start"), "row %d", row);
        cr_expect_geq(number_of(row, "events"), 0, "row %d", row);
    }
}

/* Stall cycles that are negative; a total that leaves out its prefetch. */
static void phases_add_up(int row)
{
    static const char *const phases[] = {"stationary_cycles", "stream_cycles", "merge_cycles", "stall_cycles"};
    double cycles = number_of(row, "cycles"), sum = 0;

    for (int i = 0; i < 4; i++) {
        cr_expect_geq(number_of(row, phases[i]), 0, WHERE);
        sum += number_of(row, phases[i]);
    }
    cr_expect_float_eq(sum, cycles, 1e-6 * cycles + 1e-9, WHERE);
    cr_expect_leq(number_of(row, "cycles_low"), cycles * (1 + 1e-9), WHERE);
    cr_expect_geq(number_of(row, "cycles_high"), cycles * (1 - 1e-9), WHERE);
}

Test(peers, scalesim_stalls_below_zero)
{
    all_rows(phases_add_up);
}

/* Multiply-accumulates that count the filters twice, or the groups not at all. */
Test(peers, scalesim_counts_of_multiplies)
{
    put_file("l.csv",
             "layer,kind,filters,in_channels,in_height,in_width,filter_height,filter_width,stride,padding,groups,"
             "density_a,density_b\nplain,conv,24,12,10,8,3,2,1,1,1,1,1\ngrouped,conv,24,12,10,8,3,2,1,1,4,1,1\n"
             "depthwise,conv,12,12,10,8,3,2,1,1,12,1,1\n");
    /* 10 x 9 outputs; 24 filters of 12 x 3 x 2; 4 groups of 6 filters of 3 x 3 x 2; 12 of 1 x 3 x 2 */
    static const double macs[] = {90.0 * 24 * 72, 90.0 * 24 * 18, 90.0 * 12 * 6};
    for (int i = 0; i < 2; i++) {
        read_results(i ? "simulate l.csv -f csv -m sps -d dense" : "estimate l.csv -f csv -m flexagon -d gust-m");
        cr_assert_eq(sheet.rows, 4);
        for (int row = 1; row < sheet.rows; row++) {
            double count = number_of(row, "groups");
            cr_expect_eq(number_of(row, "products") * count, macs[row - 1], WHERE);
            cr_expect_eq(number_of(row, "M") * number_of(row, "N") * number_of(row, "K") * count, macs[row - 1], WHERE);
        }
    }
}

/* Output-stationary without the drain, and all three dataflows one cycle short.  By hand, 32 x 32 elements: a tile of
 * 32 channels x 32 filters takes N cycles of pixels after 31 of skew between rows, and 31 more between columns. */
Test(peers, scalesim_off_by_the_drain)
{
    static const struct {
        const char *row;
        double cycles;
    } cases[] = {
        {"x,10,2,4,1,1", 2 + 31 + 31},            /* one tile */
        {"x,32,100,32,1,1", 100 + 62},            /* one full tile */
        {"x,33,100,32,1,1", 2 * (100 + 31 + 31)}, /* two tiles of filters */
        {"x,32,100,65,1,1", 3 * (100 + 31 + 31)}, /* three tiles of channels, each drained before the next */
    };
    char list[200];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int simulated = 0; simulated < 2; simulated++) {
            snprintf(list, sizeof list, "layer,M,N,K,density_a,density_b\n%s\n", cases[i].row);
            put_file("l.csv", list);
            read_results(simulated ? "simulate l.csv -f csv -m sps -d dense" : "estimate l.csv -f csv -m sps -d dense");
            cr_expect_float_eq(number_of(1, "cycles"), cases[i].cycles, 1e-6, "%s: %s", cases[i].row,
                               text_of(1, "cycles"));
        }
}

/* 1.1 GB of traces with saving switched off. */
Test(peers, scalesim_traces_nobody_asked_for)
{
    put_shapes();
    cr_expect_eq(run("--version > results")->status, 0);
    cr_assert_eq(run_shell("touch before && ls -A | sort > before"), 0);
    cr_expect_eq(run("simulate l.csv -f csv -m flexagon -m dstc-v100 -m sps > results")->status, 0);
    cr_expect_eq(run("estimate l.csv -f csv -m flexagon > results")->status, 0);
    cr_expect_eq(run_shell("ls -A | sort | cmp - before"), 0, "only what was asked for is written");
}

/* ---- Timeloop, Sparseloop ---- */

/* Fills of 18446744073709551600 words, 1.6e17 pJ per product: counts below zero, wrapped. */
static void counts_are_sane(int row)
{
    const struct shape *s = shape_of(row);
    double dense = padded(s->M) * padded(s->N) * padded(s->K);

    for (int column = 0; column < sheet.columns; column++) {
        const char *text = sheet.cell[row][column];
        char *end;
        double number = strtod(text, &end);
        if (!*text || *end)
            continue; /* text */
        cr_expect(isfinite(number) && number >= 0 && number < 1e12, "%s %s: %s = %s", text_of(row, "layer"),
                  text_of(row, "machine"), sheet.cell[0][column], text);
    }
    cr_expect_leq(number_of(row, "products"), s->M * s->N * s->K, WHERE);
    cr_expect_leq(number_of(row, "nnz_c"), s->M * s->N * (1 + 1e-9), WHERE);
    cr_expect_leq(number_of(row, "psum_writes"), 2 * dense, WHERE);
    cr_expect_leq(number_of(row, "utilization"), 1 + 1e-9, WHERE);
    /* at most 10,000 pJ a product of the dense layer, which DRAM's 8 pJ/bit x 32 bit and all caches do not reach */
    cr_expect_leq(number_of(row, "energy_j"), 1e-8 * dense, WHERE);
    cr_expect_float_eq(number_of(row, "edp_js"), number_of(row, "energy_j") * number_of(row, "time_s"),
                       1e-6 * number_of(row, "edp_js"), WHERE);
}

Test(peers, timeloop_counts_that_wrapped)
{
    all_rows(counts_are_sane);
}

/* An area of 0.00 mm2 beside levels of 217,363 um2: an unknown area is blank, never 0 (its parts: test_machine). */
static void area_is_known_or_blank(int row)
{
    cr_expect(!*text_of(row, "area_mm2") || number_of(row, "area_mm2") > 0.1, WHERE);
    bool known = !strstr(text_of(row, "machine"), "sps") && !strstr(text_of(row, "machine"), "xavier");
    cr_expect_eq(*text_of(row, "area_mm2") != '\0', known, WHERE);
}

Test(peers, timeloop_areas_of_zero)
{
    rows_of(runs[0], area_is_known_or_blank);
}

/* A free search that ends worse than a constrained one: the best of more dataflows or keys is never slower. */
Test(peers, timeloop_more_choice_is_worse)
{
    double few[SHAPES];

    put_shapes();
    read_results("estimate l.csv -f csv --best -m flexagon -d op-m -d ip-m");
    cr_assert_eq(sheet.rows, SHAPES + 1);
    for (int row = 1; row < sheet.rows; row++)
        few[row - 1] = number_of(row, "cycles");
    read_results("estimate l.csv -f csv --best -m flexagon " SIX);
    cr_assert_eq(sheet.rows, SHAPES + 1);
    for (int row = 1; row < sheet.rows; row++)
        cr_expect_leq(number_of(row, "cycles"), few[row - 1], WHERE);
}

/* Actual, gated and skipped computes that add up to less than all: here nothing is gated, products are the actual ones,
 * and those skipped are what is left of M x N x K; all dataflows of a pair have the same. */
static void same_products_everywhere(int row)
{
    static char layer[64];
    static double products, nonzeros;
    const struct shape *s = shape_of(row);
    bool exact = strcmp(text_of(row, "source"), "simulation") == 0;

    double skipped = s->M * s->N * s->K - number_of(row, "products");
    cr_expect_geq(skipped, 0, WHERE);
    if (strcmp(layer, text_of(row, "layer")) == 0 && row > 1) {
        cr_expect_leq(fabs(number_of(row, "products") - products), exact ? 0 : 1e-6 * products, WHERE);
        if (strcmp(text_of(row, "machine"), "xavier-nx") != 0)
            cr_expect_leq(fabs(number_of(row, "nnz_c") - nonzeros), exact ? 0 : 1e-6 * nonzeros, WHERE);
    }
    snprintf(layer, sizeof layer, "%s", text_of(row, "layer"));
    products = number_of(row, "products");
    nonzeros = number_of(row, "nnz_c");
}

Test(peers, sparseloop_products_that_vanish)
{
    all_rows(same_products_everywhere);
}

/* Counts divided by a typed 0.76; placeholders of 3, 2 and 1 pJ as data: every row of every table has its source. */
Test(peers, sparseloop_numbers_without_a_source)
{
    static const char *const tables[] = {"logic", "sram", "dram", "nodes", "rules", "sets"};

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/energy/%s.csv", getenv("SPARSECAST_DATA"), tables[i]);
        char *text = get_file(path), *line = strtok(text, "\n");
        int rows = 0;
        cr_expect(strstr(line, ",source") && strcmp(strstr(line, ",source"), ",source") == 0, "%s: %s", tables[i],
                  line);
        while ((line = strtok(NULL, "\n"))) {
            const char *source = strrchr(line, ',');
            cr_expect(source && strlen(source) > 10, "%s: %s", tables[i], line);
            rows++;
        }
        cr_expect_gt(rows, 0, "%s", tables[i]);
        free(text);
    }
}

/* ---- MAESTRO, STONNE, and everyone ---- */

/* A title used for two columns; tables without units. */
Test(peers, maestro_and_stonne_columns)
{
    static const struct {
        const char *name, *unit, *meaning;
        bool text;
    } columns[] = {
#define IS_TEXT true
#define IS_FLAG false
#define IS_NUMBER false
#define X(name, kind, unit, meaning) {#name, unit, meaning, IS_##kind},
        SC_RESULT_COLUMNS(X)
#undef X
    };
    enum { KNOWN = sizeof columns / sizeof columns[0] };

    for (size_t i = 0; i < KNOWN; i++) {
        cr_expect(columns[i].text || *columns[i].unit, "column %s has no unit", columns[i].name);
        cr_expect(*columns[i].meaning, "column %s has no meaning", columns[i].name);
    }
    put_shapes();
    for (size_t i = 0; i < 2; i++) {
        read_results(runs[i]);
        for (int p = 0; p < sheet.columns; p++)
            for (int q = 0; q < p; q++)
                cr_expect_str_neq(sheet.cell[0][p], sheet.cell[0][q]);
    }
}

/* Less memory or bandwidth that makes a machine faster.  Calibrated estimates of v100 miss it: the overlap that its
 * calibration adds is greatest where DRAM and arithmetic take the same time, also where the busiest core decides and
 * hides both, and grows there by 2e-5 of all cycles with bandwidth. */
Test(peers, zigzag_less_is_faster)
{
    static const struct {
        const char *words;
        double allowed;
    } sweeps[] = {
        {"-m flexagon --set dram.bandwidth_gbps=16:1024:*4", 1e-9},
        {"-m flexagon-asplos23 --set dram.bandwidth_gbps=16:1024:*4", 1e-9},
        {"-m flexagon --set psram.bytes=4096:1048576:*4", 1e-9},
        {"-m dstc-v100 --set dram.bandwidth_gbps=50:3200:*4", 1e-9},
        {"-m v100 --set dram.bandwidth_gbps=50:3200:*4", 3e-5},
        {"-m sps --set dram.bandwidth_gbps=1:256:*4", 1e-9},
    };

    put_file("l.csv", "layer,M,N,K,density_a,density_b\nmid,140,133,70,0.3,0.6\nbig,96,128,256,0.2,0.5\n");
    for (size_t i = 0; i < sizeof sweeps / sizeof sweeps[0]; i++) {
        char arguments[200];
        double last = INFINITY;
        snprintf(arguments, sizeof arguments, "sweep l.csv %s -f csv", sweeps[i].words);
        read_results(arguments);
        cr_assert_geq(sheet.rows, 4);
        for (int row = 1; row < sheet.rows; row++) {
            cr_expect_leq(number_of(row, "cycles"), last * (1 + sweeps[i].allowed), "%s, row %d", sweeps[i].words, row);
            last = number_of(row, "cycles");
        }
    }
}

/* Denser operands never have fewer products, and move no fewer bytes. */
Test(peers, denser_is_never_less)
{
    char list[2048];
    int used = sprintf(list, "layer,M,N,K,density_a,density_b\n");

    for (int step = 0; step <= 20; step++)
        used += sprintf(list + used, "d%02d,60,50,80,%g,%g\n", step, step / 20.0, 0.5 + step / 40.0);
    put_file("l.csv", list);
    for (int simulated = 0; simulated < 2; simulated++) {
        char arguments[100];
        snprintf(arguments, sizeof arguments, "%s l.csv -f csv -m flexagon -d gust-m",
                 simulated ? "simulate" : "estimate");
        read_results(arguments);
        for (int row = 2; row < sheet.rows; row++) {
            cr_expect_geq(number_of(row, "products"), number_of(row - 1, "products"), WHERE);
            cr_expect_geq(number_of(row, "nnz_a"), number_of(row - 1, "nnz_a"), WHERE);
            cr_expect_geq(number_of(row, "dram_read_bytes"), number_of(row - 1, "dram_read_bytes"), WHERE);
        }
    }
}

/* Power that is not energy over time, and time that is not cycles over the clock that `machines -v` states. */
static void time_is_cycles_over_clock(int row)
{
    static const struct {
        const char *machine;
        double hertz;
    } clocks[] = {{"flexagon", 1e9}, {"sigma-like", 1e9}, {"sps", 200e6}};

    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++)
        if (strncmp(text_of(row, "machine"), clocks[i].machine, strlen(clocks[i].machine)) == 0)
            cr_expect_float_eq(number_of(row, "time_s") * clocks[i].hertz, number_of(row, "cycles"),
                               1e-6 * number_of(row, "cycles"), WHERE);
    if (number_of(row, "time_s") > 0) /* 400 W is more than any of these machines takes */
        cr_expect_leq(number_of(row, "energy_j") / number_of(row, "time_s"), 400, WHERE);
}

Test(peers, dramsim_energy_power_and_time)
{
    rows_of(runs[1], time_is_cycles_over_clock);
}

/* Totals are sums over rows x count. */
Test(peers, totals_are_sums)
{
    double sum = 0, energy = 0;

    put_shapes();
    read_results("estimate l.csv -f csv -m sigma-like");
    for (int row = 1; row < sheet.rows; row++) {
        sum += number_of(row, "cycles") * number_of(row, "count");
        energy += number_of(row, "energy_j") * number_of(row, "count");
    }
    read_results("sweep l.csv -m sigma-like --set array.multipliers=64 -f csv");
    cr_assert_eq(sheet.rows, 2);
    cr_expect_float_eq(number_of(1, "cycles"), sum, 1e-6 * sum, "%g of %g", number_of(1, "cycles"), sum);
    cr_expect_float_eq(number_of(1, "energy_j"), energy, 1e-6 * energy);
}

/* The same seed gives the same bytes; another seed other operands. */
Test(peers, zigzag_results_that_change)
{
    put_shapes();
    cr_expect_eq(run("simulate l.csv -f csv -m flexagon --seed 3 -j 1 > one")->status, 0);
    cr_expect_eq(run("simulate l.csv -f csv -m flexagon --seed 3 -j 2 > two")->status, 0);
    cr_expect_eq(run("simulate l.csv -f csv -m flexagon --seed 4 > three")->status, 0);
    cr_expect_eq(run_shell("cmp one two && ! cmp -s one three"), 0);
}
