/* test_scalesim.c - SCALE-Sim topologies: header spellings, lowering, warnings, and every list of the shared workloads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <glob.h>
#include <inttypes.h>

#include "lists.h"

#define CONV "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n"
#define LOWER "\xef\xbb\xbfLayer name,Ifmap height,ifmap width,filter height,filter width,"
#define NB "\xc2\xa0"

static const struct sc_layer_options same = {.same_padding = true};
static const struct sc_layer_options split = {.split_depthwise = true};

static struct outcome read_with(const char *text, const struct sc_layer_options *options)
{
    return read_bytes(text, strlen(text), options);
}

/* The spellings found among the topology files that SCALE-Sim ships. */
Test(scalesim, header_spellings)
{
    static const char row[] = "Conv1,224,220,11,7,3,96,4";
    static const char *const headers[] = {
        CONV,
        "Layer, IFMAP Width, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n",
        "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides\n",
        LOWER "channels,num filters,strides,\n",
        LOWER "channel,num filters,strides,\n",
        LOWER "channels,num filters,strides,batch size,\n",
        "\xef\xbb\xbfLayer name," NB "IFMAP Height," NB "IFMAP Width," NB "Filter Height," NB "Filter Width," NB
        "Channels," NB "Num Filter," NB "Strides,\n",
        "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides, \n",
        "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides, \r\n",
        "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides, "
        "Sparsity,\n",
        "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides, Batch "
        "Size,\n",
        "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
        "Strides,,,Eh,Ew,e2\n",
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        for (int trailing = 0; trailing < 2; trailing++) {
            char text[400];
            snprintf(text, sizeof text, "%s%s%s\n", headers[i], row, trailing ? "," : "");
            struct outcome got = read_text(text);
            cr_assert_eq(got.status, SC_END, "%s: %s", headers[i], got.err.message);
            cr_expect_eq(got.last.M, 96);
            cr_expect_eq(got.last.K, 3 * 11 * 7);
            cr_expect_eq(got.last.N, 55 * 55, "ceil((224 - 11 + 4) / 4) x ceil((220 - 7 + 4) / 4), got %" PRIu64,
                         got.last.N);
            cr_expect_eq(got.last.op.kind, SC_CONV);
            cr_expect_eq(got.extras, 0);
            cr_expect(strstr(got.format, "A = filters"));
        }
    }
    struct outcome got =
        read_text("Layer name\t IFMAP Height\t IFMAP Width\t Filter Height\t Filter Width\t Channels\t Num Filter\t "
                  "Strides\t \nConv1\t224\t220\t11\t7\t3\t96\t4\t\n");
    cr_assert_eq(got.status, SC_END, "tabs: %s", got.err.message);
    cr_expect_eq(got.last.N, 55 * 55);
}

Test(scalesim, gemm_spellings)
{
    static const char *const headers[] = {"Layer,M,N,K,\n", "Layer,M,N,K,\r\n", "Layer Name, M, N, K,\n",
                                          "Layer Name, M, N, K, Sparsity,\n", "L,M,N,K,\n"};
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        char text[200];
        snprintf(text, sizeof text, "%sGEMM_1, 3, 5, 16,\n", headers[i]);
        struct outcome got = read_text(text);
        cr_assert_eq(got.status, SC_END, "%s: %s", headers[i], got.err.message);
        cr_expect(got.last.M == 3 && got.last.N == 5 && got.last.K == 16 && got.last.op.kind == SC_GEMM);
        cr_expect(got.last.density_a == 1 && got.last.density_b == 1);
        cr_expect(strstr(got.format, "applies to B"));
    }
}

Test(scalesim, sparsity)
{
    struct outcome got = read_text("Layer Name, M, N, K, Sparsity,\nGEMM_1, 3, 5, 16, 3:4,\n");
    cr_expect(got.last.pattern_b.kind == SC_NM && got.last.pattern_b.nm_n == 3 && got.last.pattern_b.nm_m == 4);
    cr_expect_eq(got.last.density_b, 0.75);
    cr_expect(got.last.pattern_a.kind == SC_UNIFORM && got.last.density_a == 1, "A stays dense");

    got = read_text(
        "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides, Sparsity,\n"
        "Conv1, 5, 5, 3, 3, 2, 6, 1, 1:4,\n");
    cr_expect(got.last.pattern_a.kind == SC_NM && got.last.density_a == 0.25 && got.last.density_b == 1,
              "filters are A");

    static const char *const bad[] = {"0.5", "5:4", "0:4", "2:", "a:b", "1:1:1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[200];
        snprintf(text, sizeof text, "Layer Name, M, N, K, Sparsity,\nok, 3, 5, 16, 1:1,\nGEMM_1, 3, 5, 16, %s,\n",
                 bad[i]);
        got = read_text(text);
        cr_expect_eq(got.status, SC_BAD_INPUT, "%s", bad[i]);
        cr_expect_eq(got.err.line, 3);
        cr_expect(strstr(got.err.message, "column 'Sparsity': found") && strstr(got.err.message, "expected N:M"), "%s",
                  got.err.message);
    }
}

Test(scalesim, batch_multiplies_the_pixels)
{
    struct outcome got =
        read_text("Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides, "
                  "Batch Size,\nConv1, 8, 8, 3, 3, 2, 6, 1, 4,\n");
    cr_assert_eq(got.status, SC_END, "%s", got.err.message);
    cr_expect_eq(got.last.N, 6 * 6 * 4);
}

Test(scalesim, padding)
{
    struct outcome got = read_text(
        CONV "One, 56, 56, 1, 1, 64, 64, 1,\nThree, 56, 56, 3, 3, 64, 64, 1,\nAgain, 56, 56, 3, 3, 64, 64, 1,\n");
    cr_expect_eq(got.last.N, 54 * 54);
    cr_expect_eq(got.warnings, 1, "once: %s", got.warning);
    cr_expect_eq(got.warned_line, 3, "where it first matters");
    cr_expect(strstr(got.warning, "no padding is added (output 54 where \"same\" padding gives 56"), "%s", got.warning);
    got = read_with(CONV "Three, 56, 56, 3, 3, 64, 64, 2,\n", &same);
    cr_expect_eq(got.last.N, 28 * 28);
    cr_expect_eq(got.warnings, 0);
    got = read_with(CONV "FC6, 6, 6, 6, 6, 256, 4096, 1,\n", &same);
    cr_expect_eq(got.last.N, 1, "a filter that spans its input is a fully connected layer");
    got = read_text(CONV "Big, 2, 8, 3, 3, 64, 64, 1,\n");
    cr_expect_eq(got.status, SC_BAD_INPUT);
    cr_expect(strstr(got.err.message, "column 'IFMAP Height': found '2', expected at least the filter's 3"), "%s",
              got.err.message);
    got = read_with(CONV "Big, 2, 8, 3, 3, 64, 64, 1,\n", &same);
    cr_expect_eq(got.last.N, 2 * 8, "padded, it fits");
}

Test(scalesim, depthwise)
{
    struct outcome got = read_text(CONV "A_dw, 112, 112, 3, 3, 1, 1, 1,#dw\nB_dw, 112, 112, 3, 3, 1, 1, 1, #dw ,\n");
    cr_assert_eq(got.status, SC_END, "%s", got.err.message);
    cr_expect(strstr(got.warning, "marked #dw") && strstr(got.warning, "understated"), "%s", got.warning);
    cr_expect(got.last.M == 1 && got.last.K == 9 && got.last.count == 1);

    static const char one_filter[] = CONV "Conv2, 12, 12, 3, 3, 32, 1, 1,\n";
    got = read_text(one_filter);
    cr_expect(strstr(got.warning, "one filter over 32 channels") && strstr(got.warning, "--split-depthwise"), "%s",
              got.warning);
    cr_expect(got.last.M == 1 && got.last.K == 288 && got.last.count == 1, "as written");
    got = read_with(one_filter, &split);
    cr_expect(got.last.M == 1 && got.last.K == 9 && got.last.N == 100 && got.last.count == 32);
    cr_expect_null(strstr(got.warning, "one filter"));

    got = read_with(CONV "DPT_block, 12, 12, 3, 3, 32, 64, 1,\nFC, 1, 1, 1, 1, 256, 1, 1,\n", &split);
    cr_expect(got.last.K == 256 && got.last.count == 1,
              "a 1x1 filter over all channels is a dot product, names mean nothing");
}

Test(scalesim, titles_and_comments)
{
    struct outcome got = read_text(CONV "\nAlphaGoZero,\nConv, 19, 19, 3, 3, 17, 256, 1,\n\nAlexnet,\n# note\nConv1, "
                                        "227, 227, 11, 11, 3, 64, 4, # x\n");
    cr_assert_eq(got.status, SC_END, "%s", got.err.message);
    cr_expect_eq(got.rows, 2);
    cr_expect_str_eq(got.model, "Alexnet");
    cr_expect_eq(got.last.line, 8);
    cr_expect_eq(read_text(CONV).rows, 0, "a list without rows");
}

Test(scalesim, bad_rows)
{
    static const struct {
        const char *text;
        uint64_t line;
        const char *fragment;
    } cases[] = {
        {CONV "LSTM, 1, B, 1, 1, H, H, 1,\n", 2,
         "column 'IFMAP Width': found 'B', expected a number, not a symbol; this is a template"},
        {CONV "FC, 1, 1, 1, ,1 2, 2, 1,\n", 2, "column 'Filter Width' is empty"},
        {CONV "FC, 1, 1, 1, 1,1 2, 2, 1,\n", 2, "column 'Channels': found '1 2'"},
        {CONV "Conv1, 224, 224, 7, 7, 3, 64, 2, 5,\n", 2, "the row has 9 cells, expected 8 (Layer name to Strides)"},
        {CONV "Conv1, 224, 224, 7, 7, 3, 64\n", 2, "the row has 7 cells, expected 8"},
        {CONV "Conv1, 224, 224, 0, 7, 3, 64, 2,\n", 2, "column 'Filter Height': found '0'"},
        {CONV "Conv1, 224, 224, 7, 7, 3, 64, 0,\n", 2, "column 'Strides': found '0'"},
        {CONV "Conv1, 224, 224, 7, 7, 3.5, 64, 1,\n", 2, "column 'Channels': found '3.5'"},
        {CONV ", 224, 224, 7, 7, 3, 64, 1,\n", 2, "column 'Layer name' is empty"},
        {CONV "x, 10000000000, 10000000000, 1, 1, 1, 1, 1,\n", 2, "output pixels x batch, overflow"},
        {CONV "x, 10000, 10000, 10000, 10000, 1000000000000, 1, 1,\n", 2, "Filter Height x Filter Width"},
        {CONV "x, 100000, 100000, 1, 1, 100000, 1000000, 1,\n", 2, "overflows"},
        {"Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter,\n", 1,
         "column 'Strides' of a SCALE-Sim"},
        {"Layer name, IFMAP Heigth, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n", 1,
         "found 'IFMAP Heigth': did you mean 'IFMAP Height'?"},
        {"Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Channels, Num Filter, "
         "Strides,\n",
         1, "columns 6 ('Channels') and 7 ('Channels')"},
        {"Layer,M,N,K,\nx,1,2\n", 2, "the row has 3 cells, expected 4 (Layer to K)"},
        {"Layer,M,N,K,\nx,1,2,3,4\n", 2, "the row has 5 cells, expected 4"},
        {"Layer,M,N,K,\nx,1,H,3\n", 2, "this is a template"},
        {"Layer,M,N,K,\nx,0,2,3\n", 2, "column 'M': found '0'"},
        {"Layer,M,N,N,K,\n", 1, "columns 3 ('N') and 4 ('N')"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct outcome got = read_text(cases[i].text);
        cr_expect_eq(got.status, SC_BAD_INPUT, "%s", cases[i].text);
        cr_expect_eq(got.err.line, cases[i].line, "line %" PRIu64 ": %s", got.err.line, got.err.message);
        cr_expect(strstr(got.err.message, cases[i].fragment), "'%s' lacks '%s'", got.err.message, cases[i].fragment);
    }
}

/* Every topology under shared workloads/layers/scalesim: rows and M x N x K summed over them, up to the line refused
 * (0: none).  Rows and sums come from a separate script of ten lines that splits at commas and applies SCALE-Sim's
 * formulas. */
static const struct {
    const char *file;
    uint64_t rows, macs, line;
    const char *fragment;
} topologies[] = {
    {"CSV/DeepBench.csv", 107, UINT64_C(26034473280), 0, NULL},
    {"CSV/DeepBenchLSTM.csv", 25, 59136, 0, NULL},
    {"CSV/DeepBench_DenseMatrixMultiplication.csv", 84, UINT64_C(900943458304), 0, NULL},
    {"CSV/FasterRCNN.csv", 46, UINT64_C(3560764160), 0, NULL},
    {"CSV/LSTM.csv", 0, 0, 2, "column 'IFMAP Width': found 'B', expected a number, not a symbol; this is a template"},
    {"CSV/MLPERF.csv", 203, UINT64_C(12460319684), 219, "column 'Filter Width' is empty"},
    {"GEMM_mnk/NCF.csv", 12, 655097856, 0, NULL},
    {"GEMM_mnk/gnmt.csv", 17, UINT64_C(189608886272), 0, NULL},
    {"GEMM_mnk/gpt2.csv", 6, UINT64_C(20686307328), 0, NULL},
    {"GEMM_mnk/test_mnk_input.csv", 1, 8388608, 0, NULL},
    {"GEMM_mnk/transformer_partial.csv", 6, 807403520, 0, NULL},
    {"GEMM_mnk/unet2d.csv", 19, UINT64_C(2608061360384), 0, NULL},
    {"GEMM_mnk/vit_l.csv", 5, 1761378304, 0, NULL},
    {"GEMM_mnk/vit_l_last.csv", 1, 822083584, 0, NULL},
    {"GEMM_mnk/vit_s.csv", 5, 275165184, 0, NULL},
    {"conv_nets/FasterRCNN.csv", 46, UINT64_C(3560764160), 0, NULL},
    {"conv_nets/Googlenet.csv", 58, 1352365952, 0, NULL},
    {"conv_nets/MobileNet_4k_non_dw.csv", 15, UINT64_C(96938205184), 0, NULL},
    {"conv_nets/Resnet18.csv", 21, 1471181568, 0, NULL},
    {"conv_nets/Resnet50.csv", 54, UINT64_C(3479536384), 0, NULL},
    {"conv_nets/Resnet50_4k_no_pool.csv", 54, UINT64_C(2648044076800), 0, NULL},
    {"conv_nets/Resnet_test.csv", 1, 113836800, 0, NULL},
    {"conv_nets/UNet_2d.csv", 19, UINT64_C(2608061360384), 0, NULL},
    {"conv_nets/UNet_maestro.csv", 23, UINT64_C(151583856896), 0, NULL},
    {"conv_nets/alexnet.csv", 5, 805118496, 0, NULL},
    {"conv_nets/alexnet_full.csv", 5, UINT64_C(25798910496), 0, NULL},
    {"conv_nets/alexnet_part.csv", 1, 105415200, 0, NULL},
    {"conv_nets/mobilenet.csv", 27, 565519488, 0, NULL},
    {"conv_nets/mobilnet_4k.csv", 28, UINT64_C(96972382342), 0, NULL},
    {"conv_nets/mobilnet_paper.csv", 28, 551539642, 0, NULL},
    {"conv_nets/mobilnet_reduce_run.csv", 11, UINT64_C(60699418624), 0, NULL},
    {"conv_nets/test.csv", 1, 16588800, 0, NULL},
    {"conv_nets/yolo.csv", 22, UINT64_C(203935729536), 0, NULL},
    {"conv_nets/yolo_tiny.csv", 9, 1753649072, 0, NULL},
    {"conv_nets/yolo_tiny_layer1.csv", 1, 74043072, 0, NULL},
    {"legacy/Alexnet.csv", 8, 550119104, 0, NULL},
    {"legacy/Googlenet.csv", 58, 1352365952, 0, NULL},
    {"resnet/resnet_fwd.csv", 54, UINT64_C(5826038528), 0, NULL},
    {"resnet/resnet_input_grad.csv", 54, UINT64_C(4089184256), 0, NULL},
    {"resnet/resnet_weight_grad.csv", 54, UINT64_C(4089184256), 0, NULL},
    {"sparsity/alexnet_part.csv", 1, 105415200, 0, NULL},
    {"sparsity/conv.csv", 1, 972, 0, NULL},
    {"sparsity/gemm.csv", 2, 320, 0, NULL},
    {"transformer/transformer_fwd.csv", 54, UINT64_C(5826038528), 0, NULL},
    {"transformer/transformer_inpgrad.csv", 54, UINT64_C(4089184256), 0, NULL},
    {"transformer/transformer_weightgrad.csv", 11, UINT64_C(1733462130688), 0, NULL},
};

enum { TOPOLOGIES = sizeof topologies / sizeof topologies[0] };

Test(scalesim, every_shared_list)
{
    const char *shared = shared_workloads();
    char path[2048];
    glob_t found;

    if (!shared)
        cr_skip_test("the shared workloads are not here (set SPARSECAST_SHARED)");
    snprintf(path, sizeof path, "%s/layers/scalesim/*/*.csv", shared);
    cr_assert_eq(glob(path, 0, NULL, &found), 0);
    cr_expect_eq(found.gl_pathc, TOPOLOGIES, "the table lists every file: %zu there, %d listed", found.gl_pathc,
                 TOPOLOGIES);
    globfree(&found);
    for (size_t i = 0; i < TOPOLOGIES; i++) {
        snprintf(path, sizeof path, "%s/layers/scalesim/%s", shared, topologies[i].file);
        struct outcome got = read_path(path, NULL);
        cr_expect_eq(got.rows, topologies[i].rows, "%s: %" PRIu64 " rows", path, got.rows);
        cr_expect_eq(got.macs, topologies[i].macs, "%s: %" PRIu64 " MACs", path, got.macs);
        if (!topologies[i].fragment) {
            cr_expect_eq(got.status, SC_END, "%s:%" PRIu64 ": %s", path, got.err.line, got.err.message);
            continue;
        }
        cr_expect_eq(got.status, SC_BAD_INPUT, "%s", path);
        cr_expect_eq(got.err.line, topologies[i].line, "%s: line %" PRIu64, path, got.err.line);
        cr_expect(strstr(got.err.message, topologies[i].fragment), "%s: %s", path, got.err.message);
    }
}

/* The list derived from model definitions carries its own multiply counts: M x N x K x count x G. */
Test(scalesim, shared_derived_list_has_the_macs_it_states)
{
    const char *shared = shared_workloads();
    struct sc_layer_reader *reader;
    struct sc_layer layer;
    struct sc_error err;
    char path[2048];
    int status, rows = 0;

    if (!shared)
        cr_skip_test("the shared workloads are not here (set SPARSECAST_SHARED)");
    snprintf(path, sizeof path, "%s/layers/derived_layers.csv", shared);
    cr_assert_eq(sc_layer_open(&reader, path, NULL, &err), SC_OK, "%s", err.message);
    size_t extras, macs = SIZE_MAX;
    const char *const *names = sc_layer_extra_names(reader, &extras);
    for (size_t i = 0; i < extras; i++)
        if (strcmp(names[i], "macs") == 0)
            macs = i;
    cr_assert_neq(macs, SIZE_MAX);
    for (; (status = sc_layer_next(reader, &layer, &err)) == SC_OK; rows++)
        cr_assert_eq(layer.M * layer.N * layer.K * layer.count, strtoull(layer.extra[macs], NULL, 10),
                     "line %" PRIu64 ": %s", layer.line, layer.name);
    cr_expect_eq(status, SC_END, "%s", err.message);
    cr_expect_eq(rows, 490);
    sc_layer_close(reader);
}
