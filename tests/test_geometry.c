/* test_geometry.c - the geometry of convolutions: read, checked against M, N, K, kept through results; in our own
 * lists, in SCALE-Sim topologies and in the shipped lists.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <glob.h>
#include <inttypes.h>

#include "traces/operands.h"
#include "profile.h"
#include "round_trip.h"

#define SIZES "in_channels,in_height,in_width,filter_height,filter_width"

/* What the struct promises, from its own numbers alone. */
static void expect_consistent(const struct sc_layer *l, const char *where)
{
    const struct sc_operator *op = &l->op;

    cr_assert(sc_operator_has_geometry(op), "%s: %s has no geometry", where, l->name);
    cr_expect_eq(l->M * op->groups, op->filters, "%s: %s", where, l->name);
    cr_expect_eq(l->K * op->groups, op->in_channels * op->filter_height * op->filter_width, "%s: %s", where, l->name);
    cr_expect_eq(l->N, op->out_height * op->out_width * op->batch, "%s: %s", where, l->name);
    cr_expect_eq(l->count % op->groups, 0u, "%s: %s", where, l->name);
}

Test(geometry, of_our_own_lists)
{
    static const struct {
        const char *columns, *row;
        uint64_t M, N, K, count;
        struct sc_operator op;
    } cases[] = {
        {"M,N,K," SIZES ",stride,padding", "64,12544,147,3,224,224,7,7,2,3", 64, 12544, 147, 1,
         {SC_CONV, 1, 1, 3, 64, 224, 224, 7, 7, 2, 2, 3, 3, 112, 112, 0}},
        /* M, N, K follow from the geometry */
        {"filters," SIZES ",padding", "64,3,32,30,3,3,1", 64, 960, 27, 1,
         {SC_CONV, 1, 1, 3, 64, 32, 30, 3, 3, 1, 1, 1, 1, 32, 30, 0}},
        {"M,filters," SIZES ",batch", ",8,2,5,6,3,2,4", 8, 60, 12, 1,
         {SC_CONV, 4, 1, 2, 8, 5, 6, 3, 2, 1, 1, 0, 0, 3, 5, 0}},
        /* directions of their own win over the common ones */
        {"M," SIZES ",stride,stride_width,padding,pad_left", "4,1,9,9,3,5,2,1,1,2", 4, 45, 15, 1,
         {SC_CONV, 1, 1, 1, 4, 9, 9, 3, 5, 2, 1, 1, 2, 5, 9, 0}},
        /* groups: M and K of one, the count of all */
        {"M,K,groups," SIZES, "1,9,32,32,12,12,3,3", 1, 100, 9, 32,
         {SC_CONV, 1, 32, 32, 32, 12, 12, 3, 3, 1, 1, 0, 0, 10, 10, 0}},
        {"M,K,count,groups," SIZES, "128,48,6,2,96,3,3,1,1", 128, 9, 48, 6,
         {SC_CONV, 1, 2, 96, 256, 3, 3, 1, 1, 1, 1, 0, 0, 3, 3, 0}},
        {"gemm_M,gemm_N,gemm_K,count,groups," SIZES, "128,9,48,3,2,96,3,3,1,1", 128, 9, 48, 6,
         {SC_CONV, 1, 2, 96, 256, 3, 3, 1, 1, 1, 1, 0, 0, 3, 3, 0}},
        /* TensorFlow's SAME: one row more padded at the end; SCALE-Sim's rounding up; equal padding beyond a filter */
        {"M," SIZES ",stride,out_height,out_width", "32,3,300,300,3,3,2,150,150", 32, 22500, 27, 1,
         {SC_CONV, 1, 1, 3, 32, 300, 300, 3, 3, 2, 2, 0, 0, 150, 150, 0}},
        {"M," SIZES ",stride,out_height,out_width", "2,3,56,56,1,1,2,29,29", 2, 841, 3, 1,
         {SC_CONV, 1, 1, 3, 2, 56, 56, 1, 1, 2, 2, 0, 0, 29, 29, 0}},
        {"M," SIZES ",padding", "2,3,5,5,1,1,1", 2, 49, 3, 1,
         {SC_CONV, 1, 1, 3, 2, 5, 5, 1, 1, 1, 1, 1, 1, 7, 7, 0}},
        /* nothing known is fine */
        {"M,N,K," SIZES, "2,3,4,,,,,", 2, 3, 4, 1, {.kind = SC_CONV}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[400];
        snprintf(text, sizeof text, "layer,kind,density_a,density_b,%s\nx,conv,0.5,1,%s\n", cases[i].columns,
                 cases[i].row);
        struct outcome got = read_text(text);
        cr_assert_eq(got.status, SC_END, "%s: %s", cases[i].row, got.err.message);
        cr_expect(got.last.M == cases[i].M && got.last.N == cases[i].N && got.last.K == cases[i].K, "%s", cases[i].row);
        cr_expect_eq(got.last.count, cases[i].count, "%s", cases[i].row);
        cr_expect(same_operator(&got.last.op, &cases[i].op), "%s", cases[i].row);
        cr_expect_eq(got.warnings, 0, "%s: %s", cases[i].row, got.warning);
        cr_expect_eq(got.extras, 0u, "%s", cases[i].row);
    }
}

Test(geometry, contradictions_are_refused)
{
#define ALL "M,N,K,count,groups,batch,stride,padding,out_height,out_width,filters," SIZES
    static const struct {
        const char *row, *fragment;
    } cases[] = {
        {"63,12544,147,1,1,1,2,3,,,64,3,224,224,7,7", "column 'M': found '63', expected 64 = filters / groups"},
        {"64,12543,147,1,1,1,2,3,,,64,3,224,224,7,7",
         "column 'N': found '12543', expected 12544 = out_height x out_width x batch"},
        {"64,12544,148,1,1,1,2,3,,,,3,224,224,7,7",
         "column 'K': found '148', expected 147 = in_channels / groups x filter_height x filter_width"},
        {"64,12544,147,1,1,1,2,3,,,,3,,224,7,7", "column 'in_height' is empty"},
        {"64,12544,147,1,1,1,2,3,,,,,224,224,7,7", "column 'in_channels' is empty"},
        {"64,12544,147,1,1,1,2,3,,,,3,224,224,7,x", "column 'filter_width': found 'x', expected a whole number"},
        {"64,12544,147,1,1,1,0,3,,,,3,224,224,7,7", "column 'stride': found '0', expected a whole number from 1"},
        {"64,12544,147,1,1,1,2,-1,,,,3,224,224,7,7", "column 'padding': found '-1'"},
        {"64,12544,147,1,1,1,2,3,113,,,3,224,224,7,7", "expected 12656 = out_height x out_width x batch"},
        {"64,1,147,1,1,1,2,3,200,,,3,224,224,7,7",
         "column 'out_height': found '200', expected 111 to 114 for input 224, filter 7, stride 2, padding 3"},
        {"64,1,147,1,1,1,2,3,,110,,3,224,224,7,7", "column 'out_width': found '110', expected 111 to 114"},
        {"64,1,147,1,1,1,2,0,,,,3,5,224,7,7", "column 'in_height': found '5', expected at least the filter's 7"},
        {"64,1,147,1,1,1,2,20000000000000000000,,,,3,5,224,7,7", "column 'padding': found '20000000000000000000'"},
        {"64,1,147,1,1,1,2,9000000000000000000,,,,3,5,224,7,7", "up to 2^53"},
        {"64,1,,1,1,1,1,0,,,,3,9007199254740992,9000,9007199254740992,8192", "overflow"},
        {"64,1,,1,1,1,1,0,,,,3,4611686018427387903,9,4611686018427387903,8", "up to 2^53"},
        {"1,100,9,1,32,1,1,0,,,,32,12,12,3,3", "column 'count': found '1', expected a multiple of groups = 32"},
        {"1,100,9,30,30,1,1,0,,,,32,12,12,3,3", "column 'in_channels': found '32', expected a multiple of groups = 30"},
        {"1,100,9,8,8,1,1,0,,,33,32,12,12,3,3", "column 'filters': found '33', expected a multiple of groups = 8"},
        {"4611686018427387904,1,8,8,8,1,1,0,,,,8,1,1,1,1", "M x groups below 2^64"},
        {"64,12544,147,1,1,0,2,3,,,,3,224,224,7,7", "column 'batch': found '0'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[400];
        snprintf(text, sizeof text, "layer,kind,density_a,density_b," ALL "\nx,conv,1,1,%s\n", cases[i].row);
        struct outcome got = read_text(text);
        cr_expect_eq(got.status, SC_BAD_INPUT, "%s", cases[i].row);
        cr_expect_eq(got.err.line, 2u, "%s", cases[i].row);
        cr_expect(strstr(got.err.message, cases[i].fragment), "%s: '%s' lacks '%s'", cases[i].row, got.err.message,
                  cases[i].fragment);
    }
    struct outcome got = read_text("layer,kind,density_a,density_b," SIZES "\nx,conv,1,1,1,1,1,1,1\n");
    cr_expect(strstr(got.err.message, "the list has no column 'M', which a row of kind conv needs"), "%s",
              got.err.message);
    got = read_text("layer,kind,density_a,density_b," SIZES "\nx,gemm,1,1,,,,,\n");
    cr_expect(strstr(got.err.message, "the list has no column 'M', which a row of kind gemm needs"), "%s",
              got.err.message);
}

/* Columns that mean something in one row and nothing in another, or nothing at all in the list. */
Test(geometry, columns_without_use)
{
    struct outcome got = read_text("layer,M,N,K,density_a,density_b,kind,stride," SIZES "\n"
                                   "x,4,4,4,1,1,gemm,2,,,,,\ny,4,4,4,1,1,gemm,2,,,,,\n");
    cr_expect_eq(got.status, SC_END, "%s", got.err.message);
    cr_expect_eq(got.warnings, 1, "once: %s", got.warning);
    cr_expect(strstr(got.warning, "column 'stride' means nothing in a row of kind gemm and is ignored"), "%s",
              got.warning);
    got = read_text("layer,M,N,K,density_a,density_b,stride,batch,width,heads,groups\nx,4,4,4,1,1,a,b,c,d,e\n");
    cr_expect_eq(got.status, SC_END, "%s", got.err.message);
    cr_expect_eq(got.extras, 5u, "without a column kind they are the user's own");
}

Test(geometry, of_every_scale_sim_list)
{
    static const struct sc_layer_options options[] = {{.warn = NULL}, {.same_padding = true, .split_depthwise = true}};
    const char *shared = shared_workloads();
    char path[2048];
    glob_t found;
    size_t lists = 0, rows = 0;

    if (!shared)
        cr_skip_test("the shared workloads are not here (set SPARSECAST_SHARED)");
    snprintf(path, sizeof path, "%s/layers/scalesim/*/*.csv", shared);
    cr_assert_eq(glob(path, 0, NULL, &found), 0);
    for (size_t i = 0; i < 2 * found.gl_pathc; i++) {
        const char *list = found.gl_pathv[i / 2];
        struct sc_held_layers held = {0};
        struct outcome got = read_path(list, &options[i % 2]);
        if (got.status != SC_END || got.last.op.kind != SC_CONV)
            continue;
        expect_round_trip(&held, list, &options[i % 2]);
        for (size_t l = 0; l < held.layers; l++)
            expect_consistent(&held.layer[l], list);
        lists++;
        rows += held.layers;
        sc_held_layers_free(&held);
    }
    globfree(&found);
    fprintf(stderr, "SCALE-Sim: %zu readings of convolution lists, %zu layers\n", lists, rows);
    cr_expect_geq(lists, 40u);
}

Test(geometry, of_the_shipped_lists)
{
    const char *source = getenv("SPARSECAST_SRCDIR");
    char path[2048];
    glob_t found;
    size_t convolutions = 0;

    snprintf(path, sizeof path, "%s/data/layers/*.csv", source ? source : ".");
    cr_assert_eq(glob(path, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct sc_held_layers held = {0};
        struct outcome got = read_path(found.gl_pathv[i], NULL);
        cr_expect_eq(got.warnings, 0, "%s: %s", found.gl_pathv[i], got.warning);
        expect_round_trip(&held, found.gl_pathv[i], NULL);
        for (size_t l = 0; l < held.layers; l++)
            if (held.layer[l].op.kind == SC_CONV) {
                expect_consistent(&held.layer[l], found.gl_pathv[i]);
                convolutions++;
            }
        sc_held_layers_free(&held);
    }
    globfree(&found);
    cr_expect_gt(convolutions, 400u);
}

/* The 3x3 convolutions of VGG-16 after the first: multiply-accumulates and weights as the literature has them for both
 * sizes of images (15.26 G at 224 x 224, 0.311 G at 32 x 32; 14.7 M weights). */
Test(geometry, vgg16_at_both_sizes)
{
    static const struct {
        const char *file;
        uint64_t macs;
    } cases[] = {{"vgg16", UINT64_C(15259926528)}, {"vgg16-32x32", UINT64_C(311427072)}};
    const char *source = getenv("SPARSECAST_SRCDIR");

    for (size_t i = 0; i < 2; i++) {
        struct sc_held_layers held = {0};
        uint64_t macs = 0, weights = 0;
        unsigned with;
        char path[2048];
        snprintf(path, sizeof path, "%s/data/layers/%s.csv", source ? source : ".", cases[i].file);
        hold_list(&held, path, NULL, &with);
        for (size_t l = 0; l < held.layers; l++) {
            const struct sc_layer *layer = &held.layer[l];
            if (layer->op.filter_height != 3 || layer->op.in_channels == 3)
                continue;
            macs += layer->M * layer->N * layer->K;
            weights += layer->M * layer->K;
        }
        cr_expect_eq(macs, cases[i].macs, "%s: %" PRIu64, path, macs);
        cr_expect_eq(weights, 14708736u, "%" PRIu64, weights);
        sc_held_layers_free(&held);
    }
}

Test(geometry, profiles_carry_it)
{
    struct sc_layer layer = {.name = "x",
                             .model = "",
                             .M = 4,
                             .N = 9,
                             .K = 8,
                             .count = 1,
                             .density_a = 0.5,
                             .density_b = 1,
                             .op = {SC_CONV, 1, 1, 2, 4, 4, 4, 2, 2, 1, 1, 0, 0, 3, 3, 0}};
    struct sc_profile profile, transposed;
    struct sc_error err;

    cr_assert_eq(sc_profile_layer(&profile, &layer, &err), SC_OK);
    cr_expect(same_operator(&profile.op, &layer.op));
    sc_profile_transpose(&transposed, &profile);
    cr_expect(same_operator(&transposed.op, &layer.op));

    static const char text[] = "%%MatrixMarket matrix coordinate pattern general\n4 8 2\n1 1\n4 8\n";
    char path[600];
    const char *plain = list_file(text, sizeof text - 1);
    snprintf(path, sizeof path, "%s.mtx", plain);
    cr_assert_eq(rename(plain, path), 0);
    layer.a_file = path;
    cr_expect_eq(sc_profile_layer(&profile, &layer, &err), SC_OK, "%s", err.message);
    unlink(layer.a_file);
    cr_expect(same_operator(&profile.op, &layer.op), "measured");
    cr_expect_eq(profile.a.nnz, 2);
}
