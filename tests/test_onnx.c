/* test_onnx.c - ONNX models as layers: the models of tests/onnx (make_models.py says what is in them), models of the
 * shared workloads, every number type, symbolic sizes, damage.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>

#include "file.h"
#include "lists.h"
#include "onnx/onnx.h"
#include "run_program.h"

static char output[512], captured[512];

static void set_up(void)
{
    const char *directory = getenv("TMPDIR");
    if (!directory)
        directory = "/tmp";
    snprintf(output, sizeof output, "%s/sparsecast-onnx-%ld.csv", directory, (long)getpid());
    snprintf(captured, sizeof captured, "%s/sparsecast-onnx-%ld.txt", directory, (long)getpid());
}

static void tear_down(void)
{
    unlink(output);
    unlink(captured);
}

TestSuite(onnx, .init = set_up, .fini = tear_down);

static const char *model_path(const char *name)
{
    static char path[1024];
    const char *source = getenv("SPARSECAST_SRCDIR");
    snprintf(path, sizeof path, "%s/tests/onnx/%s", source ? source : ".", name);
    return path;
}

/* Runs import with words separated by blanks after the path; what it prints ends up in `captured`. */
static int import(const char *path, const char *words)
{
    char text[512], *argv[16] = {"import", (char *)path};
    int argc = 2;

    snprintf(text, sizeof text, "%s", words);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    return run_words(captured, argv);
}

static const char *read_text_file(const char *path)
{
    static char text[2][16384];
    static int turn;
    char *into = text[turn ^= 1];
    FILE *file = fopen(path, "r");
    size_t size = file ? fread(into, 1, sizeof text[0] - 1, file) : 0;
    into[size] = '\0';
    if (file)
        fclose(file);
    return into;
}

/* Rows without header; geometry: in_channels, in height and width, filter, stride, pad, out, batch, groups. */
static const struct {
    const char *file, *words, *rows;
    const char *told[4];
} models[] = {
    {"cnn.onnx",
     "--dim N=2",
     /* 16 = (32 + 0 + 1 - 3) / 2 + 1; 72 weights of 216 are 0 */
     "first,cnn,8,512,27,0.6666666666666666,1,uniform,uniform,conv,1,,,3,32,32,3,3,2,2,0,0,16,16,2,1,measured\n"
     "depthwise,cnn,1,512,9,0.8888888888888888,1,uniform,uniform,conv,8,,,8,16,16,3,3,1,1,1,1,16,16,2,8,measured\n"
     "grouped,cnn,3,512,2,0.75,1,uniform,uniform,conv,4,,,8,16,16,1,1,1,1,0,0,16,16,2,4,measured\n"
     "dilated,cnn,6,512,108,0.5,1,uniform,uniform,conv,1,,,,,,,,,,,,,,,,measured\n"
     "y,cnn,10,2,4,0.8,1,uniform,uniform,gemm,1,,,,,,,,,,,,,,,,measured\n",
     /* pooled up: (16 - 3) / 2 rounds up to 7, + 1 = 8; 2 x 6 x 8 x 8 inputs meet 4 x 2 x 2 weights each:
      * 12288 of 534,356 operations */
     {"ConvTranspose 1 (2.3 %)", "Flatten 1", "no column holds: 1;", "MaxPool 1"}},
    {"mlp.onnx",
     "",
     "half,mlp,16,5,8,0.75,1,uniform,uniform,gemm,1,,,,,,,,,,,,,,,,measured\n"
     "floats,mlp,12,5,16,0.6666666666666666,1,uniform,uniform,gemm,1,,,,,,,,,,,,,,,,measured\n"
     "sparse,mlp,6,5,12,0.041666666666666664,1,uniform,uniform,gemm,1,,,,,,,,,,,,,,,,measured\n"
     "left,mlp,7,6,5,0.8571428571428571,1,uniform,uniform,gemm,1,,,,,,,,,,,,,,,,measured\n",
     {"measured for 4 of 4", "no ONNX file holds activations", "4 layers written"}},
    {"block.onnx",
     "--dim=tokens=10",
     "block/q,block,16,10,16,0.5,1,uniform,uniform,gemm,1,,,,,,,,,,,,,,,,measured\n"
     "block/k,block,16,10,16,0.75,1,uniform,uniform,gemm,1,,,,,,,,,,,,,,,,measured\n"
     "block/v,block,16,10,16,1,1,uniform,uniform,gemm,1,,,,,,,,,,,,,,,,measured\n"
     "block/scores,block,10,10,4,1,1,uniform,uniform,gemm,4,,,,,,,,,,,,,,,,assumed\n"
     "block/context,block,4,10,10,1,1,uniform,uniform,gemm,4,,,,,,,,,,,,,,,,assumed\n"
     "block/out,block,16,10,16,0.875,1,uniform,uniform,gemm,1,,,,,,,,,,,,,,,,measured\n"
     "block/up,block,32,10,16,0.5,1,uniform,uniform,gemm,1,,,,,,,,,,,,,,,,measured\n"
     "block/down,block,16,10,32,0.75,1,uniform,uniform,gemm,1,,,,,,,,,,,,,,,,measured\n",
     {"Softmax 1", "Add 4", "ReduceMean 1", "Concat 2, Gather 1, Reshape 4"}},
    {"quantised.onnx",
     "",
     "qconv,quantised,4,16,18,0.8055555555555556,1,uniform,uniform,conv,1,,,2,6,6,3,3,1,1,0,0,4,4,1,1,measured\n"
     "iconv,quantised,4,16,4,0.5,1,uniform,uniform,conv,1,,,4,4,4,1,1,1,1,0,0,4,4,1,1,measured\n"
     "behind,quantised,2,16,4,0.75,1,uniform,uniform,conv,1,,,4,4,4,1,1,1,1,0,0,4,4,1,1,measured\n"
     "product,quantised,3,1,32,0.8020833333333334,1,uniform,uniform,gemm,1,,,,,,,,,,,,,,,,measured\n",
     {"DynamicQuantizeLinear 1"}},
    {"lstm.onnx",
     "",
     "lstm/input,lstm,12,14,5,0.6666666666666666,1,uniform,uniform,gemm,2,,,,,,,,,,,,,,,,measured\n"
     "lstm/state,lstm,12,2,3,0.5,1,uniform,uniform,gemm,14,,,,,,,,,,,,,,,,measured\n",
     {"2 layers written"}},
    {"external.onnx",
     "--dim batch=3",
     "outside,external,4,3,8,1,1,uniform,uniform,gemm,1,,,,,,,,,,,,,,,,assumed\n"
     "made,external,3,3,4,1,1,uniform,uniform,gemm,1,,,,,,,,,,,,,,,,assumed\n",
     {"measured for 0 of 2", "weights of 2 layers are not in this file", "first is 'outside'"}},
    {"odd.onnx",
     "",
     "kept,odd,2,9,6,1,1,uniform,uniform,gemm,1,,,,,,,,,,,,,,,,measured\n"
     "\"declared, \"\"so\"\"\",odd,2,5,6,1,1,uniform,uniform,gemm,1,,,,,,,,,,,,,,,,measured\n",
     {"their work unknown: If 1, NonZero 1, Wonder 1", "MatMul 'lost': the shape of an operand is unknown",
      "1, the first after 'wrong'"}},
};

Test(onnx, models)
{
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        char words[640];
        snprintf(words, sizeof words, "%s -o %s", models[i].words, output);
        cr_assert_eq(import(model_path(models[i].file), words), 0, "%s: %s", models[i].file, read_text_file(captured));
        const char *rows = strchr(read_text_file(output), '\n'), *told = read_text_file(captured);
        cr_assert_not_null(rows);
        cr_expect_str_eq(rows + 1, models[i].rows, "%s: %s", models[i].file, rows);
        for (size_t k = 0; k < 4 && models[i].told[k]; k++)
            cr_expect(strstr(told, models[i].told[k]), "%s: '%s' not in %s", models[i].file, models[i].told[k], told);
        struct outcome back = read_path(output, NULL);
        cr_expect_eq(back.status, SC_END, "%s reads back: %s", models[i].file, back.err.message);
        cr_expect_eq(back.warnings, 0, "%s", back.warning);
    }
}

/* What each machine runs: systolic and tensor-core machines take the geometry, or the GEMM where there is none. */
Test(onnx, layers_run_on_machines)
{
    char command[2048], words[640];

    if (!getenv("SPARSECAST_PROGRAM"))
        cr_skip_test("SPARSECAST_PROGRAM does not name the program");
    snprintf(words, sizeof words, "--dim N=2 -o %s", output);
    cr_assert_eq(import(model_path("cnn.onnx"), words), 0);
    snprintf(command, sizeof command,
             "\"$SPARSECAST_PROGRAM\" estimate %s -m sps -m dstc-v100 -m flexagon --best -f csv > %s 2> /dev/null",
             output, captured);
    cr_assert_eq(system(command), 0);
    int rows = 0;
    for (const char *at = read_text_file(captured); (at = strchr(at, '\n')); at++)
        rows++;
    cr_expect_geq(rows, 1 + 5 * 3, "header, five layers on three machines: %d lines", rows);
}

/* Expected sizes: ../shared/workloads/onnx/expected_layers.csv. */
Test(onnx, shared_models)
{
    const char *shared = shared_workloads();
    char path[1200], line[512], current[64] = "";
    struct sc_onnx *model = NULL;
    struct sc_layer layer;
    struct sc_error err;
    int layers = 0, models_read = 0;

    snprintf(path, sizeof path, "%s/onnx/expected_layers.csv", shared ? shared : "");
    FILE *expected = shared ? fopen(path, "r") : NULL;
    if (!expected)
        cr_skip_test("../shared/workloads/onnx is absent");
    cr_assert_not_null(fgets(line, sizeof line, expected));
    while (fgets(line, sizeof line, expected)) {
        char name[64], label[128], kind[16];
        uint64_t groups, m, k, n, macs;
        cr_assert_eq(sscanf(line,
                            "%63[^,],%*[^,],%127[^,],%15[^,],%" SCNu64 ",%*[^,],%*[^,],%*[^,],%*[^,],%*[^,],%*[^,],"
                            "%*[^,],%*[^,],%*[^,],%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64,
                            name, label, kind, &groups, &m, &k, &n, &macs),
                     8, "%s", line);
        if (strcmp(name, current) != 0) {
            cr_expect(!model || sc_onnx_next(model, &layer, &err) == SC_END, "%s has more layers", current);
            sc_onnx_close(model);
            snprintf(path, sizeof path, "%s/onnx/%s.onnx", shared, name);
            cr_assert_eq(sc_onnx_open(&model, path, NULL, 0, &err), SC_OK, "%s", err.message);
            strcpy(current, name);
            models_read++;
        }
        cr_assert_eq(sc_onnx_next(model, &layer, &err), SC_OK, "%s, %s: %s", name, label, err.message);
        cr_expect(layer.M == m && layer.K == k && layer.N == n && layer.count == groups &&
                      layer.M * layer.N * layer.K * layer.count == macs && strcmp(layer.name, label) == 0 &&
                      strcmp(sc_layer_kind_name(layer.op.kind), kind) == 0,
                  "%s: %s %" PRIu64 " x %" PRIu64 " x %" PRIu64 " x %" PRIu64, line, layer.name, layer.M, layer.K,
                  layer.N, layer.count);
        cr_expect_eq(sc_operator_has_geometry(&layer.op), layer.op.kind == SC_CONV);
        layers++;
    }
    cr_expect(model && sc_onnx_next(model, &layer, &err) == SC_END);
    sc_onnx_close(model);
    fclose(expected);
    cr_expect_eq(models_read, 6);
    fprintf(stderr, "shared ONNX models: %d layers of %d models as expected\n", layers, models_read);
}

Test(onnx, symbolic_sizes)
{
    static const struct {
        const char *file, *words, *told;
        int status;
    } cases[] = {
        {"cnn.onnx", "", "have symbolic dimensions, expected sizes for them: --dim 'N=SIZE'", 1},
        {"cnn.onnx", "--dim M=2", "--dim 'N=SIZE'", 1},
        {"cnn.onnx", "--dim N=2 --dim M=3", "no shape of this model has the symbolic dimension 'M'", 1},
        {"mlp.onnx", "--dim N=2", "no shape of this model has the symbolic dimension 'N'", 1},
        {"cnn.onnx", "--dim x:0=2", "5 layers written", 0},
        {"cnn.onnx", "--dim N=0", "expected NAME=SIZE with a size from 1 to 2^40", 2},
        {"cnn.onnx", "--dim N", "expected NAME=SIZE with a size from 1 to 2^40", 2},
        {"cnn.onnx", "--dim N=1e3", "expected NAME=SIZE with a size from 1 to 2^40", 2},
        {"cnn.onnx", "--dim N=1099511627777", "expected NAME=SIZE with a size from 1 to 2^40", 2},
        {"make_models.py", "--dim N=2", "this file is none", 2},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_eq(import(model_path(cases[i].file), cases[i].words), cases[i].status, "%s %s: %s", cases[i].file,
                     cases[i].words, read_text_file(captured));
        cr_expect(strstr(read_text_file(captured), cases[i].told), "%s %s: %s", cases[i].file, cases[i].words,
                  read_text_file(captured));
    }
    struct sc_layer_reader *reader;
    struct sc_error err;
    cr_expect_eq(sc_layer_open(&reader, model_path("cnn.onnx"), NULL, &err), SC_BAD_INPUT);
    cr_expect(strstr(err.message, "sparsecast import"), "a list is expected, the message says how to get one: %s",
              err.message);
}

/* ---- number types: a model of one product is written here, byte by byte ---- */

struct bytes {
    unsigned char at[4096];
    size_t size;
};

static void put_varint(struct bytes *b, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        b->at[b->size++] = (unsigned char)(value | 0x80);
    b->at[b->size++] = (unsigned char)value;
}

static void put_number(struct bytes *b, unsigned field, uint64_t value)
{
    put_varint(b, field << 3);
    put_varint(b, value);
}

static void put_bytes(struct bytes *b, unsigned field, const void *bytes, size_t size)
{
    put_varint(b, field << 3 | 2);
    put_varint(b, size);
    memcpy(b->at + b->size, bytes, size);
    b->size += size;
}

static void put_text(struct bytes *b, unsigned field, const char *text)
{
    put_bytes(b, field, text, strlen(text));
}

/* Where the elements of w lie: raw_data, a field that packs them, a field for each. */
enum lie { RAW, PACKED, SINGLE };

/* y = MatMul(x, w) with x of 1 x 2, w of 2 x columns and its elements in a field of the tensor. */
static struct bytes one_product(uint64_t type, unsigned columns, bool packed_dims, unsigned field, enum lie how,
                                const void *elements, size_t size)
{
    struct bytes dim = {.size = 0}, shape = {.size = 0}, tensor = {.size = 0}, info = {.size = 0}, node = {.size = 0};
    struct bytes weights = {.size = 0}, graph = {.size = 0}, model = {.size = 0}, kind = {.size = 0};

    for (unsigned i = 1; i <= 2; i++) {
        dim.size = 0;
        put_number(&dim, 1, i);
        put_bytes(&shape, 1, dim.at, dim.size);
    }
    put_number(&tensor, 1, 1);
    put_bytes(&tensor, 2, shape.at, shape.size);
    put_bytes(&kind, 1, tensor.at, tensor.size);
    put_text(&info, 1, "x");
    put_bytes(&info, 2, kind.at, kind.size);
    if (packed_dims) {
        unsigned char dims[] = {2, (unsigned char)columns};
        put_bytes(&weights, 1, dims, sizeof dims);
    } else {
        put_number(&weights, 1, 2);
        put_number(&weights, 1, columns);
    }
    put_number(&weights, 2, type);
    put_text(&weights, 8, "w");
    if (how == SINGLE)
        for (size_t i = 0; i < size; i++)
            put_number(&weights, field, ((const unsigned char *)elements)[i]);
    else
        put_bytes(&weights, field, elements, size);
    put_text(&node, 1, "x");
    put_text(&node, 1, "w");
    put_text(&node, 2, "y");
    put_text(&node, 4, "MatMul");
    put_bytes(&graph, 1, node.at, node.size);
    put_bytes(&graph, 5, weights.at, weights.size);
    put_bytes(&graph, 11, info.at, info.size);
    put_number(&model, 1, 8);
    put_bytes(&model, 7, graph.at, graph.size);
    return model;
}

/* Opens bytes as a model and reads its first layer. */
static int first_layer(const void *bytes, size_t size, struct sc_layer *layer, struct sc_error *err)
{
    const char *path = list_file(bytes, size);
    struct sc_onnx *model = NULL;
    int status = sc_onnx_open(&model, path, NULL, 0, err);

    if (status == SC_OK)
        status = sc_onnx_next(model, layer, err);
    sc_onnx_close(model);
    unlink(path);
    return status;
}

Test(onnx, number_types)
{
    static const struct {
        const char *name;
        uint64_t type;
        unsigned columns, field;
        enum lie how;
        size_t size;
        unsigned char elements[48];
        double density;
    } cases[] = {
        {"float32, -0 is 0, 1e-45 is not", 1, 2, 9, RAW, 16, {0, 0, 0, 0x80, 1, 0, 0, 0, 0, 0, 128, 63}, 0.5},
        {"float32 packed", 1, 2, 4, PACKED, 16, {0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 128, 63, 0, 0, 0, 0x80}, 0.5},
        {"uint8", 2, 3, 9, RAW, 6, {0, 1, 0, 0x80, 255, 0}, 0.5},
        {"uint8 one by one", 2, 3, 5, SINGLE, 6, {0, 1, 0, 5, 100, 0}, 0.5},
        {"int8", 3, 2, 9, RAW, 4, {0x80, 0, 1, 255}, 0.75},
        {"int16", 5, 2, 9, RAW, 8, {0, 0x80, 0, 0, 0, 0, 0, 0}, 0.25},
        {"int32 packed", 6, 2, 5, PACKED, 4, {0, 1, 2, 0}, 0.5},
        {"int64 packed", 7, 2, 7, PACKED, 4, {0, 1, 2, 3}, 0.75},
        {"int64 raw", 7, 1, 9, RAW, 16, {0, 0, 0, 0, 0, 0, 0, 0x80}, 0.5},
        {"bool", 9, 2, 9, RAW, 4, {0, 1, 1, 1}, 0.75},
        {"float16 packed as numbers", 10, 2, 5, PACKED, 6, {0, 0x80, 0x80, 2, 1, 0}, 0.25},
        {"float64", 11, 1, 9, RAW, 16, {0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f}, 0.5},
        {"float64 packed", 11, 1, 10, PACKED, 16, {0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f}, 0.5},
        {"uint64 packed", 13, 2, 11, PACKED, 4, {0, 1, 0, 1}, 0.5},
        {"bfloat16", 16, 2, 9, RAW, 8, {0, 0x80, 0x80, 0x3f, 0, 0, 1, 0}, 0.5},
        {"float8e4m3fn, 0x80 is -0", 17, 2, 9, RAW, 4, {0, 0x80, 1, 0x81}, 0.5},
        {"float8e4m3fnuz, 0x80 is no number", 18, 2, 9, RAW, 4, {0, 0x80, 1, 0x81}, 0.75},
        {"float8e5m2", 19, 2, 9, RAW, 4, {0, 0x80, 1, 2}, 0.5},
        {"uint4, the low half first, the last half unused", 21, 1, 9, RAW, 1, {0x30}, 0.5},
        {"int4", 22, 2, 9, RAW, 2, {0x0f, 0x10}, 0.5},
        {"float4e2m1, 8 is -0", 23, 2, 9, RAW, 2, {0x81, 0x01}, 0.5},
        {"text counts as unknown", 8, 2, 6, RAW, 4, "abcd", -1},
        {"complex counts as unknown", 14, 1, 9, RAW, 16, {0}, -1},
        {"a later type counts as unknown", 99, 1, 9, RAW, 16, {0}, -1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int packed = 0; packed < 2; packed++) {
            struct bytes model = one_product(cases[i].type, cases[i].columns, packed, cases[i].field, cases[i].how,
                                             cases[i].elements, cases[i].size);
            struct sc_layer layer;
            struct sc_error err;
            cr_assert_eq(first_layer(model.at, model.size, &layer, &err), SC_OK, "%s: %s", cases[i].name, err.message);
            cr_expect_eq(layer.M, cases[i].columns);
            cr_expect_float_eq(layer.density_a, cases[i].density < 0 ? 1 : cases[i].density, 0, "%s: %g", cases[i].name,
                               layer.density_a);
        }
}

Test(onnx, wrong_sizes)
{
    struct sc_layer layer;
    struct sc_error err;
    struct bytes model = one_product(1, 2, true, 9, RAW, "abc", 3);
    cr_expect_eq(first_layer(model.at, model.size, &layer, &err), SC_BAD_INPUT);
    cr_expect(strstr(err.message, "3 bytes of raw_data, expected 16 for 4 elements of float32"), "%s", err.message);
    model = one_product(6, 2, true, 5, PACKED, "\1\2\3", 3);
    cr_expect_eq(first_layer(model.at, model.size, &layer, &err), SC_BAD_INPUT);
    cr_expect(strstr(err.message, "3 elements of int32, expected the 4"), "%s", err.message);
    model = one_product(1, 0, true, 9, RAW, "", 0);
    cr_expect_eq(first_layer(model.at, model.size, &layer, &err), SC_BAD_INPUT);
    cr_expect(strstr(err.message, "no node of this model became a layer"), "%s", err.message);
    model = one_product(1, 2, true, 4, PACKED, "", 0); /* weights stripped */
    cr_expect_eq(first_layer(model.at, model.size, &layer, &err), SC_OK, "%s", err.message);
    cr_expect_eq(layer.density_a, 1);
}

/* ---- damage ---- */

Test(onnx, damaged_beginnings)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *told;
    } cases[] = {
        {"", 0, "has no graph"},
        {"hello, world", 12, "byte 2: found a wire type that ONNX does not use"},
        {"\x08\x08", 2, "has no graph"},
        {"\x08\x08\x3a\x05\x0a", 5, "byte 2: found a field that runs past the end"},
        {"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 13, "byte 0: found a field that runs past"},
        {"\x08\x08\x3b", 3, "a wire type that ONNX does not use"},
        {"\x08\x08\x38\x01", 4, "field 7 (graph) holds a varint, expected bytes with a length"},
        {"\x08\x08\x00\x01", 4, "byte 2: found no field number"},
        {"\x3a\x00", 2, "has no IR version"},
        {"\x08\x08\x3a\x02\x0a\x00", 6, "node 1 has no operator"},
        {"\x08\x08\x3a\x06\x0a\x04\x22\x02"
         "Ab",
         10, "there is none among its nodes"},
        {"\x08\x08\x3a\x03\x0a\x01\x08", 7, "byte 6: found a field that runs past the end"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_layer layer;
        struct sc_error err = {.message = ""};
        int status = first_layer(cases[i].bytes, cases[i].size, &layer, &err);
        cr_expect_eq(status, SC_BAD_INPUT, "case %zu: %d", i, status);
        cr_expect(strstr(err.message, cases[i].told), "case %zu: %s", i, err.message);
    }
}

static void silent(void *context, const char *note)
{
    *(size_t *)context += strlen(note);
}

/* Reads bytes through to the end; every status is fine that says what happened. */
static bool read_through(const char *path)
{
    static const struct sc_onnx_dim dim[] = {{"N", 2}, {"tokens", 10}, {"batch", 3}};
    struct sc_onnx *model = NULL;
    struct sc_layer layer;
    struct sc_error err = {.message = ""};
    size_t told = 0;
    const char *file = strrchr(path, '/');
    size_t from = file && strstr(file, "block") ? 1 : file && strstr(file, "external") ? 2 : 0;
    int status = sc_onnx_open(&model, path, dim + from, 1, &err);

    if (status == SC_OK)
        while ((status = sc_onnx_next(model, &layer, &err)) == SC_OK)
            cr_assert(layer.M > 0 && layer.N > 0 && layer.K > 0 && layer.count > 0 && layer.density_a >= 0 &&
                      layer.density_a <= 1 && layer.density_b == 1 && *layer.name);
    if (status == SC_END)
        sc_onnx_notes(model, silent, &told);
    else
        cr_assert((status == SC_BAD_INPUT || status == SC_UNSUPPORTED) && *err.message, "%d: %s", status, err.message);
    sc_onnx_close(model);
    return status == SC_END;
}

/* Every model cut short at many places, and with single bytes changed: no crash, no layer without sense. */
Test(onnx, damage)
{
    static const char *const names[] = {"cnn.onnx", "block.onnx", "quantised.onnx", "external.onnx", "odd.onnx"};
    uint64_t state = 7;
    int read = 0, all = 0;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unsigned char *bytes;
        size_t size;
        struct sc_error err;
        char path[600];
        cr_assert_eq(sc_file_read(&bytes, &size, model_path(names[i]), 1 << 20, &err), SC_OK);
        snprintf(path, sizeof path, "%s.%s", output, names[i]);
        for (size_t trial = 0; trial < 700; trial++, all++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407); /* Knuth's LCG */
            size_t place = (state >> 33) % size;
            unsigned char kept = bytes[place];
            FILE *file = fopen(path, "wb");
            bytes[place] = (unsigned char)(trial % 3 == 0 ? kept ^ 1u << (state >> 30 & 7) : state >> 24);
            fwrite(bytes, 1, trial % 5 == 0 ? place : size, file);
            fclose(file);
            bytes[place] = kept;
            read += read_through(path);
        }
        unlink(path);
        free(bytes);
    }
    cr_expect(read > all / 4 && read < all, "%d of %d damaged models were read as others", read, all);
    fprintf(stderr, "damaged ONNX models: %d of %d refused with a message\n", all - read, all);
}
