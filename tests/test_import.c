/* test_import.c - `sparsecast import`: its output reads back as the same layers, and nothing partial is ever left.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "import_cmd.h"
#include "lists.h"

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
static int run(const char *a, const char *b, const char *c, const char *d)
{
    char *argv[] = {"import", (char *)a, (char *)b, (char *)c, (char *)d, NULL};
    int argc = 1, kept[2] = {dup(1), dup(2)};
    int file = open(captured, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600);

    while (argv[argc])
        argc++;
    fflush(NULL);
    dup2(file, 1);
    dup2(file, 2);
    int status = sc_import_command(argc, argv);
    fflush(NULL);
    dup2(kept[0], 1);
    dup2(kept[1], 2);
    close(kept[0]);
    close(kept[1]);
    close(file);
    return status;
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
    cr_assert_eq(run(input, "-o", output, NULL), 0);
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
    cr_assert_eq(run(input, "-o", output, NULL), 0);
    struct outcome first = read_path(input, NULL), second = read_path(output, NULL);
    cr_assert_eq(second.status, SC_END, "%s", second.err.message);
    cr_expect(second.last.M == 1 && second.last.K == 9 && second.last.N == 22500 && second.last.count == 64);
    cr_expect_eq(second.last.density_a, first.last.density_a, "to the last bit");
    cr_expect_eq(second.last.pattern_b.skew, 1.2);
    cr_expect_eq(second.extras, first.extras);
    cr_expect_str_eq(second.extra, "1,5");
    cr_expect_eq(second.warnings, 0, "%s", second.warning);
    snprintf(again, sizeof again, "%s.again", output);
    cr_assert_eq(run(output, "-o", again, NULL), 0);
    char once[8192];
    strcpy(once, read_file(output));
    cr_expect_str_eq(read_file(again), once, "importing twice changes nothing");
    unlink(again);
}

Test(import, options_reach_the_reader)
{
    write_input("Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n"
                "dw, 12, 12, 3, 3, 32, 1, 1,\n");
    cr_assert_eq(run(input, "--split-depthwise", "--same-padding", NULL), 0);
    const char *all = read_file(captured);
    cr_expect(strstr(all, "\ndw,,1,144,9,1,1,uniform,uniform,conv,32,,,32,12,12,3,3,1,1,1,1,12,12,1,32\n"), "%s", all);
}

Test(import, nothing_partial_on_failure)
{
    write_input("layer,M,N,K,density_a,density_b\nx,1,1,1,1,1\ny,0,1,1,1,1\n");
    cr_expect_eq(run(input, NULL, NULL, NULL), 1);
    const char *all = read_file(captured);
    cr_expect_null(strstr(all, "x,"), "no row on standard output: %s", all);
    cr_expect(strstr(all, ":3: column 'M': found '0'"), "%s", all);

    FILE *file = fopen(output, "w");
    fputs("precious\n", file);
    fclose(file);
    cr_expect_eq(run(input, "-o", output, NULL), 1);
    cr_expect_str_eq(read_file(output), "precious\n");
    cr_expect_eq(run("/nonexistent.csv", "-o", output, NULL), 1);
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
    cr_assert_eq(run(matrix, "--columns=7", "-o", output), 0, "%s", read_file(captured));
    const char *name = strrchr(input, '/') + 1;
    snprintf(expected, sizeof expected, "\n%.*s,,4,7,6,0.125,1,uniform,uniform,gemm,1,%s,\n", (int)strcspn(name, "."),
             name, matrix);
    cr_expect(strstr(read_file(output), expected), "%s lacks %s", read_file(output), expected);
    struct outcome back = read_path(output, NULL);
    cr_expect(back.status == SC_END && back.last.M == 4 && back.last.K == 6 && back.last.N == 7);
    cr_expect_eq(run(matrix, NULL, NULL, NULL), 0);
    cr_expect(strstr(read_file(captured), ",4,1,6,0.125,1,") && strstr(read_file(captured), "a vector, since"));
    cr_expect_eq(run(matrix, "--columns=0", NULL, NULL), 2);
    unlink(matrix);
    write_input("%%MatrixMarket matrix coordinate real symmetric\n3 3 2\n2 1 1.0\n3 3 0.5\n");
    cr_expect_eq(run(input, NULL, NULL, NULL), 0, "told by its first bytes");
    cr_expect(strstr(read_file(captured), ",3,1,3,0.3333333333333333,1,"), "%s", read_file(captured));
    write_input("layer,M,N,K,density_a,density_b\nx,1,1,1,1,1\n");
    cr_expect_eq(run(input, "--columns=2", NULL, NULL), 2);
    cr_expect(strstr(read_file(captured), "this file is none"));
}

Test(import, usage)
{
    cr_expect_eq(run(NULL, NULL, NULL, NULL), 2);
    cr_expect_eq(run("a.csv", "b.csv", NULL, NULL), 2);
    cr_expect_eq(run("--no-such", "a.csv", NULL, NULL), 2);
    cr_expect(strstr(read_file(captured), "--no-such"));
    cr_expect_eq(run("a.csv", "-o", NULL, NULL), 2);
    cr_expect_eq(run("a.csv", "-x", NULL, NULL), 2);
    cr_expect(strstr(read_file(captured), "-x"));
    cr_expect_eq(run("--help", NULL, NULL, NULL), 0);
    cr_expect(strstr(read_file(captured), "--same-padding"));
    cr_expect_eq(run("--version", NULL, NULL, NULL), 0);
    cr_expect(strstr(read_file(captured), "sparsecast "));
}
