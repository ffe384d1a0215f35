/* test_block.c - operators that are no GEMM, and transformer blocks that expand to operators.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>

#include "traces/operands.h"
#include "profile.h"
#include "round_trip.h"

#define BLOCKS "layer,kind,tokens,width,ffn_ratio,heads,layers,batch,mix,count,model\n"

static double power_of_two(double x)
{
    return exp2(ceil(log2(x)));
}

/* Operations of one occurrence, counted as in the literature on butterfly sparsity: a multiply and an add are two, a
 * butterfly of n points takes 3 n log2 n on a real vector and 5 n log2 n as a complex transform. */
static double operations(const struct sc_layer *l)
{
    double M = (double)l->M, N = (double)l->N, K = (double)l->K, points = power_of_two(K);
    switch (l->op.kind) {
    case SC_BPMM:
        return ceil(M / points) * 3 * points * log2(points) * N;
    case SC_FFT:
        return 5 * points * log2(points) * N;
    case SC_FFT2D:
        return 5 * points * power_of_two(N) * (log2(points) + log2(power_of_two(N)));
    case SC_ATTENTION:
        return 4 * M * N * K;
    default:
        return 2 * M * N * K;
    }
}

/* Sums over the layers whose names end in one of up to three endings; NULL: over all. */
static double total(const struct sc_held_layers *held, const char *const *endings, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < held->layers; i++) {
        const char *slash = strrchr(held->layer[i].name, '/');
        bool counted = count == 0;
        for (size_t e = 0; e < count && slash; e++)
            counted = counted || strcmp(slash + 1, endings[e]) == 0;
        if (counted)
            sum += operations(&held->layer[i]) * (double)held->layer[i].count;
    }
    return sum;
}

/* Holds the operators of one row of blocks, having sent them through a result and back. */
static void expand(struct sc_held_layers *held, const char *row)
{
    char text[400];
    snprintf(text, sizeof text, BLOCKS "%s\n", row);
    char *path = strdup(list_file(text, strlen(text)));
    cr_assert_not_null(path);
    expect_round_trip(held, path, NULL);
    unlink(path);
    free(path);
}

static double total_of(const char *row, const char *const *endings, size_t count)
{
    struct sc_held_layers held = {0};
    expand(&held, row);
    double sum = total(&held, endings, count);
    sc_held_layers_free(&held);
    return sum;
}

/* Operations of a block in 10^9, as printed (feed-forward ratio 4; one layer): arithmetic on the formulas of MLX (ISCA
 * 2026) and FABNet (MICRO 2022).  `unit` is the last digit printed. */
Test(block, totals_are_the_published_arithmetic)
{
    static const char *const projections[] = {"qkv", "out"}, *const ffn[] = {"ffn_up", "ffn_down"};
    static const char *const attention[] = {"attention"}, *const fft[] = {"fft"};
    static const struct {
        unsigned tokens, width;
        double projections, attention, ffn, fft, butterfly_ffn, abfly;
        double unit, butterfly_unit, abfly_unit;
    } cases[] = {
        {1024, 512, 2.147, 2.147, 4.295, .0498, .1258, 2.330, .001, .0001, .001},
        {196, 1024, 1.644, .157, 3.288, .0236, .0530, .234, .001, .0001, .001},
        {128, 768, .604, .050, 1.208, .0111, .0307, .097, .001, .0001, .001},
        {1024, 768, 4.83, 3.22, 9.66, .105, .245, 3.59, .01, .001, .01},
        {512, 1024, 4.29, 1.07, 8.59, .0498, .1384, 1.275, .01, .0001, .001},
        {1024, 1024, 8.59, 4.29, 17.18, .105, .277, 4.70, .01, .001, .01},
        {8192, 1024, 68.7, 274.9, 137.4, .965, 2.215, 278.1, .1, .001, .1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char vanilla[64], fbfly[64], abfly[64];
        snprintf(vanilla, sizeof vanilla, "T,vanilla,%u,%u,4,8,1,1,,1,", cases[i].tokens, cases[i].width);
        snprintf(fbfly, sizeof fbfly, "T,fbfly,%u,%u,4,,1,1,,1,", cases[i].tokens, cases[i].width);
        snprintf(abfly, sizeof abfly, "T,abfly,%u,%u,4,8,1,1,,1,", cases[i].tokens, cases[i].width);
        double half = .5 * cases[i].unit + 1e-9, butterfly_half = .5 * cases[i].butterfly_unit + 1e-9;
        cr_expect_float_eq(total_of(vanilla, projections, 2) / 1e9, cases[i].projections, half, "%s", vanilla);
        cr_expect_float_eq(total_of(vanilla, attention, 1) / 1e9, cases[i].attention, half, "%s", vanilla);
        cr_expect_float_eq(total_of(vanilla, ffn, 2) / 1e9, cases[i].ffn, half, "%s", vanilla);
        cr_expect_float_eq(total_of(fbfly, fft, 1) / 1e9, cases[i].fft, butterfly_half, "%s", fbfly);
        cr_expect_float_eq(total_of(fbfly, ffn, 2) / 1e9, cases[i].butterfly_ffn, butterfly_half, "%s", fbfly);
        cr_expect_float_eq(total_of(abfly, NULL, 0) / 1e9, cases[i].abfly, .5 * cases[i].abfly_unit + 1e-9, "%s",
                           abfly);
    }
}

struct expected {
    const char *name;
    enum sc_layer_kind kind;
    uint64_t M, N, K, count, heads;
};

static void expect_operators(const char *row, const struct expected *expected, size_t count)
{
    struct sc_held_layers held = {0};

    expand(&held, row);
    cr_assert_eq(held.layers, count, "%s: %zu operators", row, held.layers);
    for (size_t i = 0; i < count; i++) {
        const struct sc_layer *l = &held.layer[i];
        cr_expect_str_eq(l->name, expected[i].name, "%s", row);
        cr_expect_eq(l->op.kind, expected[i].kind, "%s", l->name);
        cr_expect(l->M == expected[i].M && l->N == expected[i].N && l->K == expected[i].K, "%s", l->name);
        cr_expect_eq(l->count, expected[i].count, "%s: %" PRIu64, l->name, l->count);
        cr_expect_eq(l->op.heads, expected[i].heads, "%s", l->name);
        cr_expect(l->density_a == 1 && l->density_b == 1);
        cr_expect_str_eq(l->model, "T", "the name of the row");
    }
    sc_held_layers_free(&held);
}

/* Layers and occurrences multiply counts; a batch is further vectors of projections and nets, further occurrences of
 * transforms and attention. */
Test(block, operators_in_running_order)
{
    static const struct expected vanilla[] = {{"T/qkv", SC_GEMM, 1536, 3072, 512, 24, 0},
                                              {"T/attention", SC_ATTENTION, 512, 1024, 1024, 72, 8},
                                              {"T/out", SC_GEMM, 512, 3072, 512, 24, 0},
                                              {"T/ffn_up", SC_GEMM, 2048, 3072, 512, 24, 0},
                                              {"T/ffn_down", SC_GEMM, 512, 3072, 2048, 24, 0}};
    static const struct expected fbfly[] = {{"T/fft", SC_FFT2D, 768, 128, 768, 24, 0},
                                            {"T/ffn_up", SC_BPMM, 1152, 256, 768, 12, 0},
                                            {"T/ffn_down", SC_BPMM, 768, 256, 1152, 12, 0}};
    static const struct expected abfly[] = {{"T/qkv", SC_BPMM, 512, 64, 512, 3, 0},
                                            {"T/attention", SC_ATTENTION, 512, 64, 64, 1, 0},
                                            {"T/out", SC_BPMM, 512, 64, 512, 1, 0},
                                            {"T/ffn_up", SC_BPMM, 2048, 64, 512, 1, 0},
                                            {"T/ffn_down", SC_BPMM, 512, 64, 2048, 1, 0}};
    static const struct expected hybrid[] = {{"T/fb/fft", SC_FFT2D, 512, 64, 512, 16, 0},
                                             {"T/fb/ffn_up", SC_BPMM, 2048, 64, 512, 16, 0},
                                             {"T/fb/ffn_down", SC_BPMM, 512, 64, 2048, 16, 0},
                                             {"T/ab/qkv", SC_BPMM, 512, 64, 512, 24, 0},
                                             {"T/ab/attention", SC_ATTENTION, 512, 64, 64, 8, 16},
                                             {"T/ab/out", SC_BPMM, 512, 64, 512, 8, 0},
                                             {"T/ab/ffn_up", SC_BPMM, 2048, 64, 512, 8, 0},
                                             {"T/ab/ffn_down", SC_BPMM, 512, 64, 2048, 8, 0}};
    expect_operators("T,vanilla,1024,512,4,8,12,3,,2,", vanilla, 5);
    expect_operators("T,fbfly,128,768,1.5,,12,2,,,", fbfly, 3);
    expect_operators("T,abfly,64,512,,,,,,,", abfly, 5);
    expect_operators("T,hybrid,64,512,4,16,12,1,8:4,2,", hybrid, 8);
    expect_operators("T,hybrid,64,512,4,16,,1,0:4,2,", hybrid + 3, 5);
    expect_operators("T,hybrid,64,512,4,16,,1,8:0,2,", hybrid, 3);
}

Test(block, densities_and_models)
{
    struct outcome got = read_text("layer,model,kind,tokens,width,density_a,density_b,pattern_a\n"
                                   "x,net,vanilla,4,8,,0.5,nm:2:4\n");
    cr_assert_eq(got.status, SC_END, "%s", got.err.message);
    cr_expect_eq(got.rows, 5u);
    cr_expect_str_eq(got.model, "net");
    cr_expect_str_eq(got.name, "x/ffn_down");
    cr_expect(got.last.density_a == 0.5 && got.last.density_b == 0.5 && got.last.pattern_a.kind == SC_NM);
    cr_expect_eq(got.last.line, 2u);
    got = read_text("layer,M,N,K,density_a,density_b,kind,tokens,width,note\n"
                    "x,,,,,,vanilla,4,8,n\ny,4,4,4,0.5,0.5,gemm,,,m\nz,,,,,,fbfly,4,8,n\n");
    cr_assert_eq(got.status, SC_END, "rows of both sorts: %s", got.err.message);
    cr_expect_eq(got.rows, 9u);
    cr_expect_str_eq(got.extra, "n");
}

Test(block, bad_rows)
{
    static const struct {
        const char *row, *fragment;
    } cases[] = {
        {"x,vanilla,,512,4,8,1,1,,1,", "column 'tokens' is empty"},
        {"x,vanilla,1024,0,4,8,1,1,,1,", "column 'width': found '0'"},
        {"x,vanilla,1024,512,0,8,1,1,,1,", "column 'ffn_ratio': found '0', expected a number above 0"},
        {"x,vanilla,1024,512,1.001,8,1,1,,1,", "ffn_ratio x width = 512.512 a whole number"},
        {"x,vanilla,1024,512,four,8,1,1,,1,", "column 'ffn_ratio': found 'four'"},
        {"x,vanilla,1024,512,4,7,1,1,,1,",
         "column 'heads': found '7', expected a number of heads that divides the width 512"},
        {"x,vanilla,1024,512,4,8,0,1,,1,", "column 'layers': found '0'"},
        {"x,vanilla,1024,512,4,8,1,x,,1,", "column 'batch': found 'x'"},
        {"x,vanilla,1024,512,4,8,4294967296,1,,4294967296,",
         "column 'count': found '4294967296', expected count x layers"},
        {"x,vanilla,4294967296,512,4,8,1,4294967296,,1,", "overflow"},
        {"x,abfly,1,512,4,8,9223372036854775808,1,,1,", "overflow"},
        {"x,vanilla,4294967296,4294967296,4,8,1,1,,1,", "overflow"},
        {"x,hybrid,1024,512,4,8,12,1,,1,", "column 'mix' is empty, expected FB:AB"},
        {"x,hybrid,1024,512,4,8,12,1,8,1,", "column 'mix': found '8', expected FB:AB"},
        {"x,hybrid,1024,512,4,8,,1,0:0,1,", "column 'mix': found '0:0'"},
        {"x,hybrid,1024,512,4,8,12,1,8:3,1,",
         "column 'layers': found '12', expected 11, as the mix 8:3 has, or nothing"},
        {"x,gemm,1024,512,4,8,12,1,8:3,1,", "the list has no column 'M', which a row of kind gemm needs"},
        {"x,transformer,1024,512,4,8,12,1,8:3,1,", "expected gemm, conv, bpmm, fft, fft2d, attention, vanilla"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[400];
        snprintf(text, sizeof text, BLOCKS "%s\n", cases[i].row);
        struct outcome got = read_text(text);
        cr_expect_eq(got.status, SC_BAD_INPUT, "%s", cases[i].row);
        cr_expect_eq(got.err.line, 2u, "%s", cases[i].row);
        cr_expect(strstr(got.err.message, cases[i].fragment), "%s: '%s' lacks '%s'", cases[i].row, got.err.message,
                  cases[i].fragment);
    }
    struct outcome got = read_text("layer,M,N,K,kind,tokens,width,a\nx,,3,,fbfly,4,8,\n");
    cr_expect(strstr(got.err.message, "column 'N': found '3', expected nothing in a row of kind fbfly"), "%s",
              got.err.message);
    got = read_text("layer,M,N,K,kind,tokens,width,a\nx,,,,fbfly,4,8,w.mtx\n");
    cr_expect(strstr(got.err.message, "column 'a': found 'w.mtx', expected nothing in a row of kind fbfly"), "%s",
              got.err.message);
    got = read_text("layer,M,N,K,density_a,density_b,kind\nx,4,4,4,1,1,vanilla\n");
    cr_expect(strstr(got.err.message, "a row of kind vanilla needs the columns tokens and width"), "%s",
              got.err.message);
    got = read_text("layer,kind,tokens,width\nx,hybrid,4,4\n");
    cr_expect(strstr(got.err.message, "a row of kind hybrid needs the column mix"), "%s", got.err.message);
    got = read_text("layer,kind,tokens,width,density_a\nx,abfly,4,4,0.5\n");
    cr_expect(strstr(got.err.message, "column 'density_a': found '0.5', expected nothing in a row of kind abfly"), "%s",
              got.err.message);
}

Test(block, operator_rows)
{
    struct outcome got = read_text("layer,M,N,K,kind,heads\n"
                                   "a,512,8,,fft,\nb,512,8,512,fft2d,\nc,100,8,60,bpmm,\nd,512,8,16,attention,8\n");
    cr_assert_eq(got.status, SC_END, "%s", got.err.message);
    cr_expect_eq(got.rows, 4u);
    cr_expect(got.last.op.kind == SC_ATTENTION && got.last.op.heads == 8 && got.last.density_a == 1);
    cr_expect_eq(got.warnings, 0, "%s", got.warning);
    static const struct {
        const char *row, *fragment;
    } cases[] = {
        {"512,8,256,1,1,uniform,fft,,", "column 'K': found '256', expected 512: M = K are the points of a transform"},
        {"512,8,256,1,1,uniform,fft2d,,", "column 'K': found '256', expected 512"},
        {"512,8,,1,1,uniform,bpmm,,", "column 'K' is empty"},
        {"512,8,8,1,1,uniform,attention,7,",
         "column 'heads': found '7', expected a number of heads that divides M = 512"},
        {"512,8,8,0.5,1,uniform,bpmm,,", "column 'density_a': found '0.5', expected nothing in a row of kind bpmm"},
        {"512,8,8,1,0.5,uniform,bpmm,,", "column 'density_b': found '0.5'"},
        {"512,8,8,,1,nm:2:4,attention,,", "column 'pattern_a': found 'nm:2:4', expected nothing"},
        {"512,8,8,,1,uniform,attention,,x.mtx", "column 'b': found 'x.mtx', expected nothing"},
        {"512,8,8,,1,uniform,gemm,,", "column 'density_a' is empty"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[300];
        snprintf(text, sizeof text, "layer,M,N,K,density_a,density_b,pattern_a,kind,heads,b\nx,%s\n", cases[i].row);
        got = read_text(text);
        cr_expect_eq(got.status, SC_BAD_INPUT, "%s", cases[i].row);
        cr_expect(strstr(got.err.message, cases[i].fragment), "%s: '%s' lacks '%s'", cases[i].row, got.err.message,
                  cases[i].fragment);
    }
    got = read_text("layer,M,N,K,kind\nx,4,4,4,gemm\n");
    cr_expect(strstr(got.err.message, "operand A has no density"), "%s", got.err.message);
    got = read_text("layer,M,N,K,densty_a,density_b,kind\nx,4,4,4,1,1,gemm\n");
    cr_expect(strstr(got.err.message, "did you mean 'density_a'"), "%s", got.err.message);
}

/* An operator that is no GEMM has sizes and no operands. */
Test(block, profiles_of_operators)
{
    struct sc_layer layer = {.name = "x",
                             .model = "",
                             .M = 512,
                             .N = 16,
                             .K = 32,
                             .count = 1,
                             .density_a = 1,
                             .density_b = 1,
                             .op = {.kind = SC_ATTENTION, .heads = 8}};
    struct sc_profile profile;
    struct sc_pattern a, b;
    struct sc_error err;

    cr_assert_eq(sc_profile_layer(&profile, &layer, &err), SC_OK);
    cr_expect(profile.op.kind == SC_ATTENTION && profile.op.heads == 8);
    cr_expect(profile.M == 512 && profile.N == 16 && profile.K == 32);
    cr_expect(profile.products == 0 && profile.a.nnz == 0);
    cr_expect_eq(sc_layer_patterns(&layer, 1, &a, &b, &err), SC_UNSUPPORTED);
    cr_expect(strstr(err.message, "is of kind 'attention'"), "%s", err.message);
    cr_expect(!a.ptr && !b.ptr, "both are empty after a failure");
}
