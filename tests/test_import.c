/* test_import.c - `sparsecast import`: its output reads back as the same layers, and nothing partial is ever left.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "lists.h"
#include "run_program.h"

static char input[512], output[512], captured[512];

/* Standard output goes to a file, standard error nowhere: every test runs in a process of its own. */
static void set_up(void)
{
    const char *directory = getenv("TMPDIR");
    if (!directory)
        directory = "/tmp";
    snprintf(input, sizeof input, "%s/sparsecast-import-%ld.csv", directory, (long)getpid());
    snprintf(output, sizeof output, "%s/sparsecast-import-%ld-out.csv", directory, (long)getpid());
    snprintf(captured, sizeof captured, "%s/sparsecast-import-%ld-stdout", directory, (long)getpid());
}

static void tear_down(void)
{
    unlink(input);
    unlink(output);
    unlink(captured);
}

TestSuite(import, .init = set_up, .fini = tear_down);

static void write_input(const char *text)
{
    FILE *file = fopen(input, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

/* Runs the command with up to four arguments; its standard output and standard error end up in `captured`. */
static int import(const char *a, const char *b, const char *c, const char *d)
{
    return run_words(captured, (char *[]){"import", (char *)a, (char *)b, (char *)c, (char *)d, NULL});
}

static const char *read_file(const char *path)
{
    static char text[8192];
    FILE *file = fopen(path, "r");
    size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[size] = '\0';
    if (file)
        fclose(file);
    return text;
}

Test(import, writes_our_csv)
{
    write_input("Layer Name, M, N, K, Sparsity,\nNet,\n\"a, \"\"b\"\"\", 3, 5, 16, 3:4,\nc, 1, 5, 16,,\n");
    cr_assert_eq(import(input, "-o", output, NULL), 0);
    cr_expect_str_eq(read_file(output), "layer,model,M,N,K,density_a,density_b,pattern_a,pattern_b,kind,count,a,b\n"
                                        "\"a, \"\"b\"\"\",Net,3,5,16,1,0.75,uniform,nm:3:4,gemm,1,,\n"
                                        "c,Net,1,5,16,1,1,uniform,uniform,gemm,1,,\n");
    const char *messages = read_file(captured);
    cr_expect(strstr(messages, "SCALE-Sim GEMM topology") && strstr(messages, "applies to B"), "%s", messages);
    cr_expect(strstr(messages, "2 layers written"), "%s", messages);
}

Test(import, output_reads_back_and_is_stable)
{
    char again[600];
    write_input("model,layer,kind,count,G,N,K,M,source_N,gemm_M,gemm_K,gemm_N,sparsity_a,pattern_b,density_b,b,macs\n"
                "net,x,dw,2,32,1,7,8,9,1,9,22500,0.9,rowskew:1.2,0.1,w.mtx,\"1,5\"\n");
    cr_assert_eq(import(input, "-o", output, NULL), 0);
    struct outcome first = read_path(input, NULL), second = read_path(output, NULL);
    cr_assert_eq(second.status, SC_END, "%s", second.err.message);
    cr_expect(second.last.M == 1 && second.last.K == 9 && second.last.N == 22500 && second.last.count == 64);
    cr_expect_eq(second.last.density_a, first.last.density_a, "to the last bit");
    cr_expect_eq(second.last.pattern_b.skew, 1.2);
    cr_expect_eq(second.extras, first.extras);
    cr_expect_str_eq(second.extra, "1,5");
    cr_expect_eq(second.warnings, 0, "%s", second.warning);
    snprintf(again, sizeof again, "%s.again", output);
    cr_assert_eq(import(output, "-o", again, NULL), 0);
    char once[8192];
    strcpy(once, read_file(output));
    cr_expect_str_eq(read_file(again), once, "importing twice changes nothing");
    unlink(again);
}

Test(import, options_reach_the_reader)
{
    write_input("Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n"
                "dw, 12, 12, 3, 3, 32, 1, 1,\n");
    cr_assert_eq(import(input, "--split-depthwise", "--same-padding", NULL), 0);
    const char *all = read_file(captured);
    cr_expect(strstr(all, "\ndw,,1,144,9,1,1,uniform,uniform,conv,32,,,32,12,12,3,3,1,1,1,1,12,12,1,32\n"), "%s", all);
}

Test(import, nothing_partial_on_failure)
{
    write_input("layer,M,N,K,density_a,density_b\nx,1,1,1,1,1\ny,0,1,1,1,1\n");
    cr_expect_eq(import(input, NULL, NULL, NULL), 1);
    const char *all = read_file(captured);
    cr_expect_null(strstr(all, "x,"), "no row on standard output: %s", all);
    cr_expect(strstr(all, ":3: column 'M': found '0'"), "%s", all);

    FILE *file = fopen(output, "w");
    fputs("precious\n", file);
    fclose(file);
    cr_expect_eq(import(input, "-o", output, NULL), 1);
    cr_expect_str_eq(read_file(output), "precious\n");
    cr_expect_eq(import("/nonexistent.csv", "-o", output, NULL), 1);
    cr_expect_str_eq(read_file(output), "precious\n");
}

/* A matrix file is operand A of one layer, which runs and profiles as such. */
Test(import, matrix_files)
{
    char matrix[600], expected[1400];
    snprintf(matrix, sizeof matrix, "%s.smtx", input);
    FILE *file = fopen(matrix, "w");
    cr_assert_not_null(file);
    fputs("4, 6, 3\n0 1 1 2 3\n1 4 5\n", file);
    fclose(file);
    cr_assert_eq(import(matrix, "--columns=7", "-o", output), 0, "%s", read_file(captured));
    const char *name = strrchr(input, '/') + 1;
    snprintf(expected, sizeof expected, "\n%.*s,,4,7,6,0.125,1,uniform,uniform,gemm,1,%s,\n", (int)strcspn(name, "."),
             name, matrix);
    cr_expect(strstr(read_file(output), expected), "%s lacks %s", read_file(output), expected);
    struct outcome back = read_path(output, NULL);
    cr_expect(back.status == SC_END && back.last.M == 4 && back.last.K == 6 && back.last.N == 7);
    cr_expect_eq(import(matrix, NULL, NULL, NULL), 0);
    cr_expect(strstr(read_file(captured), ",4,1,6,0.125,1,") && strstr(read_file(captured), "a vector, since"));
    cr_expect_eq(import(matrix, "--columns=0", NULL, NULL), 2);
    unlink(matrix);
    write_input("%%MatrixMarket matrix coordinate real symmetric\n3 3 2\n2 1 1.0\n3 3 0.5\n");
    cr_expect_eq(import(input, NULL, NULL, NULL), 0, "told by its first bytes");
    cr_expect(strstr(read_file(captured), ",3,1,3,0.3333333333333333,1,"), "%s", read_file(captured));
    write_input("layer,M,N,K,density_a,density_b\nx,1,1,1,1,1\n");
    cr_expect_eq(import(input, "--columns=2", NULL, NULL), 2);
    cr_expect(strstr(read_file(captured), "this file is none"));
}

/* Problems of Timeloop and Sparseloop; versions differ in '-' and '_'. */
Test(import, timeloop_problems)
{
#define GEMM_SHAPE                                                                                                     \
    "problem:\n  version: 0.4\n  shape:\n    name: MatrixMultiply\n    dimensions: [ M, N, K ]\n    data_spaces:\n"    \
    "    - { name: A, projection: [ [ [M] ], [ [K] ] ] }\n    - { name: B, projection: [ [ [N] ], [ [K] ] ] }\n"       \
    "    - { name: Z, projection: [ [ [M] ], [ [N] ] ], read_write: True }\n"
#define CONV_SHAPE                                                                                                     \
    "problem:\n  shape:\n    name: CNN\n    dimensions: [ C, M, R, S, N, P, Q ]\n    coefficients:\n"                  \
    "    - {name: Wstride, default: 1}\n    - {name: Wdilation, default: 1}\n    data-spaces:\n"                       \
    "    - name: Inputs\n      projection:\n      - [ [N] ]\n      - [ [C] ]\n"                                        \
    "      - [ [R, Wdilation], [P, Wstride] ]\n      - [ [S], [Q, Wstride] ]\n"                                        \
    "    - name: Weights\n      projection: [ [ [C] ], [ [M] ], [ [R] ], [ [S] ] ]\n"                                  \
    "    - name: Outputs\n      projection: [ [ [N] ], [ [M] ], [ [Q] ], [ [P] ] ]\n      read-write: True\n"
    static const struct {
        const char *text, *row; /* row: or the message */
        int status;
    } cases[] = {
        {GEMM_SHAPE
         "  instance: { M: 40, N: 41, K: 42, densities: { A: { distribution: hypergeometric, density: 0.25 }, "
         "B: 0.5 } }\n",
         "\nMatrixMultiply,,40,41,42,0.25,0.5,uniform,uniform,gemm,1,,\n", 0},
        {GEMM_SHAPE "  instance: { M: 40, N: 41, K: 42, commonDensity: 0.5 }\n", "40,41,42,0.5,0.5,", 0},
        /* 64 filters over 16 x 3 x 3, 27 x 27 outputs at stride 2 of 55 x 55 inputs */
        {CONV_SHAPE "  instance: {C: 16, M: 64, N: 1, P: 27, Q: 27, R: 3, S: 3, Wstride: 2}\n",
         "\nCNN,,64,729,144,1,1,uniform,uniform,conv,1,,,16,55,55,3,3,2,2,0,0,27,27,1,1\n", 0},
        {CONV_SHAPE "  instance: {C: 16, M: 64, N: 1, P: 27, Q: 27, R: 3, S: 3, Wdilation: 2}\n",
         "\nCNN,,64,729,144,1,1,uniform,uniform,conv,1,,,,,,,,,,,,,,,\n", 0},
        {GEMM_SHAPE "  instance: { M: 40, N: 41 }\n", "found 'K', expected the sizes of all dimensions", 1},
        {GEMM_SHAPE "  instance: { M: 40, N: 41, K: many }\n", "found 'many', expected a whole number", 1},
        {GEMM_SHAPE "  instance: { M: 4, N: 4, K: 4, densities: { A: { distribution: real-data } } }\n",
         "found 'real-data', expected distribution hypergeometric", 1},
        {GEMM_SHAPE "  instance: { M: 4, N: 4, K: 4, densities: { A: 1.5 } }\n", "a density from 0 to 1", 1},
        {"problem:\n  shape: cnn-layer\n  C: 3\n", "expected `shape` with dimensions", 1},
        {"{{include_text('x.yaml')}}\nproblem:\n  instance: {C: 64}\n", "a template that was not expanded", 1},
        {"architecture:\n  version: 0.4\n", "expected a Timeloop specification with `problem`", 1},
    };

    snprintf(input + strlen(input) - 4, 8, ".yaml");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_input(cases[i].text);
        cr_expect_eq(import(input, "-o", output, NULL), cases[i].status, "%zu: %s", i, read_file(captured));
        const char *all = read_file(cases[i].status ? captured : output);
        cr_expect(strstr(all, cases[i].row), "%zu: %s lacks %s", i, all, cases[i].row);
        cr_expect(cases[i].status || read_path(output, NULL).status == SC_END);
    }
}

/* Models of MAESTRO: commas and colons may be missing, dataflows are passed over, constants stand for numbers. */
Test(import, maestro_models)
{
#define MODEL                                                                                                          \
    "// a model\nConstant Tokens 128;\nNetwork net {\n  Layer c1 {\n    Type: CONV\n    Stride { X: 2, Y: 2 }\n"       \
    "    Dimensions { K 64,C: 3 R 3, S:3,Y 9, X: 11 }\n    Dataflow { Cluster(64, P); Inner { x } } }\n"               \
    "  Layer dw { Type: DSCONV Dimensions { K: 1, C: 16, R: 3, S: 3, Y: 8, X: 8 } } // depthwise\n"                    \
    "  Layer ng { Type: NGCONV Stride { X: 1, Y: 1 } Dimensions { G: 4, K: 2, C: 8, R: 1, S: 1, Y: 5, X: 5 } }\n"
    static const struct {
        const char *text, *row; /* row: or the message */
        int status;
        const char *option;
    } cases[] = {
        {MODEL "}\n", "\nc1,net,64,20,27,1,1,uniform,uniform,conv,1,,,3,9,11,3,3,2,2,0,0,4,5,1,1\n", 0, NULL},
        {MODEL "}\n", "\ndw,net,1,36,9,1,1,uniform,uniform,conv,16,,,16,8,8,3,3,1,1,0,0,6,6,1,16\n", 0, NULL},
        {MODEL "}\n", "\nng,net,2,25,2,1,1,uniform,uniform,conv,4,,,8,5,5,1,1,1,1,0,0,5,5,1,4\n", 0, NULL},
        {MODEL "}\n", "\nc1,net,64,30,27,1,1,uniform,uniform,conv,1,,,3,9,11,3,3,2,2,1,1,5,6,1,1\n", 0,
         "--same-padding"},
        {MODEL "Layer g { Type: GEMM Dimensions { K: 4, M: Tokens, N: 6 } } }\n", "\ng,net,128,6,4,", 0, NULL},
        {"Network n {\n\nLayer x { Kind: CONV } }\n", ":3: found 'Kind', expected Type, Stride", 1, NULL},
        {"Network n { Layer x { Type: CONV Dimensions { K 1, C 2 } } }\n", "has no dimension R", 1, NULL},
        {"Network n { Layer x { Type: CONV Dimensions { K Many } } }\n", "found 'Many', expected a whole number", 1,
         NULL},
        {"Network n { Layer x { Type: CONV Dimensions { K 1, C 1, R 3, S 3, Y 2, X 2 } } }\n",
         "a filter that is larger than its input", 1, NULL},
        {"Network n { Layer x { Type: CONV", "the file ends, expected", 1, NULL},
        {"function y = f(x)\n", ":1: found 'function', expected Network", 1, NULL},
    };

    snprintf(input + strlen(input) - 4, 8, ".m");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_input(cases[i].text);
        cr_expect_eq(import(input, "-o", output, cases[i].option), cases[i].status, "%zu: %s", i, read_file(captured));
        const char *all = read_file(cases[i].status ? captured : output);
        cr_expect(strstr(all, cases[i].row), "%zu: %s lacks %s", i, all, cases[i].row);
        cr_expect(cases[i].status || read_path(output, NULL).status == SC_END);
    }
    write_input("Network n { Layer up { Type: TRCONV } Layer g { Type: GEMM Dimensions { K 4 M 5 N 6 } } }");
    cr_expect_eq(import(input, NULL, NULL, NULL), 0);
    cr_expect(
        strstr(read_file(captured), "1 layers are of types that are not imported, the first is up of type TRCONV"));
}

Test(import, usage)
{
    cr_expect_eq(import(NULL, NULL, NULL, NULL), 2);
    cr_expect_eq(import("a.csv", "b.csv", NULL, NULL), 2);
    cr_expect_eq(import("--no-such", "a.csv", NULL, NULL), 2);
    cr_expect(strstr(read_file(captured), "--no-such"));
    cr_expect_eq(import("a.csv", "-o", NULL, NULL), 2);
    cr_expect_eq(import("a.csv", "-x", NULL, NULL), 2);
    cr_expect(strstr(read_file(captured), "-x"));
    cr_expect_eq(import("--help", NULL, NULL, NULL), 0);
    cr_expect(strstr(read_file(captured), "--same-padding"));
    cr_expect_eq(import("--version", NULL, NULL, NULL), 0);
    cr_expect(strstr(read_file(captured), "sparsecast "));
}
