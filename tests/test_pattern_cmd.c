/* test_pattern_cmd.c - `sparsecast generate` and `sparsecast profile`: exit statuses, what they write, and that other
 * commands read it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>

#include "matrix_files.h"
#include "run_program.h"
#include "traces/generate.h"
#include "traces/pattern_read.h"
#include "traces/profile_row.h"

static char a_file[560], b_file[560], output[560];
static const char captured[] = ".out", complaints[] = ".err"; /* of the last command */
static char text[64 * 1024];                                  /* the file read last */

static void set_up(void)
{
    enter_directory_for_program();
    snprintf(a_file, sizeof a_file, "%s/a.mtx", test_directory());
    snprintf(b_file, sizeof b_file, "%s/b.smtx.gz", test_directory());
    snprintf(output, sizeof output, "%s/out.csv", test_directory());
}

TestSuite(pattern_cmd, .init = set_up, .fini = leave_directory, .timeout = 100);

static const char *slurp(const char *path)
{
    char *content = get_file(path);
    snprintf(text, sizeof text, "%s", content);
    free(content);
    return text;
}

/* Runs a command line of words parted by blanks, where A, B and O stand for the files above.  Returns the exit
 * status. */
static int try(const char *line)
{
    char words[8000] = "", copy[1000];
    size_t used = 0;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word && used < sizeof words; word = strtok(NULL, " ")) {
        const char *file = strcmp(word, "A") == 0   ? a_file
                           : strcmp(word, "B") == 0 ? b_file
                           : strcmp(word, "O") == 0 ? output
                                                    : word;
        used += (size_t)snprintf(words + used, sizeof words - used, " '%s'", file);
    }
    return run(words)->status;
}

Test(pattern_cmd, generate_then_profile_then_read_as_a_list)
{
    struct sc_pattern a, b;
    struct sc_layer_reader *reader;
    struct sc_layer layer;
    struct sc_error err = {0};
    size_t extras;

    cr_assert_eq(try("generate --rows 37 --cols 61 --density 0.213 --pattern rowskew:0.8 --seed 5 -o A"), 0);
    cr_assert_eq(try("generate --rows=61 --cols=23 --pattern=nm:1:7 --operand=b --output B"), 0);
    cr_expect_str_eq(slurp(captured), "");
    cr_assert_eq(sc_pattern_read(&a, a_file, NULL, &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_pattern_read(&b, b_file, NULL, &err), SC_OK, "%s", err.message);
    cr_assert_eq(try("profile --a A --b B -o O"), 0);
    cr_expect_str_eq(slurp(captured), "");

    cr_assert_eq(sc_layer_open(&reader, output, NULL, &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_layer_next(reader, &layer, &err), SC_OK, "%s", err.message);
    cr_expect(layer.M == 37 && layer.K == 61 && layer.N == 23);
    cr_expect_eq(sc_nonzeros(layer.density_a, 37, 61), a.nnz);
    cr_expect_eq(sc_nonzeros(layer.density_b, 61, 23), b.nnz);
    cr_expect(b.nnz == 23 * 9 && a.nnz == 481);
    cr_expect_str_eq(layer.a_file, a_file, "%s", layer.a_file);
    cr_expect_str_eq(layer.b_file, b_file, "%s", layer.b_file);
    const char *const *names = sc_layer_extra_names(reader, &extras);
    cr_assert(extras > 20 && strcmp(names[0], "nnz_a") == 0, "%zu", extras);
    cr_expect_str_eq(layer.extra[0], "481");
    cr_expect_eq(sc_layer_next(reader, &layer, &err), SC_END);
    sc_layer_close(reader);
    sc_pattern_free(&a);
    sc_pattern_free(&b);
}

/* The density of a row gives back the nonzeros also where a short decimal would not. */
Test(pattern_cmd, densities_are_exact)
{
    for (int rows = 1; rows < 400; rows += 57) {
        char line[200];
        struct sc_layer_reader *reader;
        struct sc_layer layer;
        snprintf(line, sizeof line, "generate --rows %d --cols 997 --density 0.33333 -o A", rows);
        cr_assert_eq(try(line), 0);
        snprintf(line, sizeof line, "generate --rows 997 --cols %d --density 0.77777 -o B", rows);
        cr_assert_eq(try(line), 0);
        cr_assert_eq(try("profile --a A --b B -o O"), 0);
        struct sc_error err = {0};
        cr_assert_eq(sc_layer_open(&reader, output, NULL, &err), SC_OK, "%s", err.message);
        cr_assert_eq(sc_layer_next(reader, &layer, &err), SC_OK, "%s", err.message);
        cr_expect_eq(sc_nonzeros(layer.density_a, layer.M, layer.K), sc_nonzeros(0.33333, (uint64_t)rows, 997));
        cr_expect_eq(sc_nonzeros(layer.density_b, layer.K, layer.N), sc_nonzeros(0.77777, 997, (uint64_t)rows));
        sc_layer_close(reader);
    }
}

/* The same for operands larger than a test can write: 2^21 x 2^21 positions, all but one of 10^12 nonzeros. */
Test(pattern_cmd, densities_of_large_operands_are_exact)
{
    struct sc_profile profile = {.M = 0x1p21, .N = 0x1p21, .K = 0x1p21};
    struct sc_measured measured = {.products = 0};
    struct sc_profile_row row = {.layer = "l", .a = "", .b = "", .profile = &profile, .measured = &measured};
    struct sc_output *out;
    struct sc_layer_reader *reader;
    struct sc_layer layer;
    struct sc_error err = {0};

    profile.a.density = 999999999999 / 0x1p42;
    profile.b.density = 333333333333 / 0x1p42;
    cr_assert_eq(sc_output_open(&out, output, &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_profile_row_write(out, SC_FORMAT_CSV, &row, "", "", &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_output_close(out, &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_layer_open(&reader, output, NULL, &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_layer_next(reader, &layer, &err), SC_OK, "%s", err.message);
    cr_expect_eq(sc_nonzeros(layer.density_a, layer.M, layer.K), 999999999999);
    cr_expect_eq(sc_nonzeros(layer.density_b, layer.K, layer.N), 333333333333);
    sc_layer_close(reader);
}

Test(pattern_cmd, formats_of_profile)
{
    static const char *const facts[] = {"\"M\": 2", "\"nnz_a\": 3", "\"products\": 5", "\"nnz_c\": 4",
                                        "\"products_if_uniform\": 4.5", "\"a_row_max\": 2", "\"b_col_empty\": 0",
                                        "\"version\": ", "\"command\": \"sparsecast profile --a "};
    const char *small = matrix_text("2, 2, 3\n0 2 3\n0 1 0\n", false);
    rename(small, a_file);
    cr_assert_eq(try("profile --a A --b A --format json --name x"), 0);
    slurp(captured);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        cr_expect(strstr(text, facts[i]), "%s is missing in %s", facts[i], text);
    cr_assert_eq(try("profile --a A --b A -f table --name x,y\"z"), 0);
    cr_expect(strstr(slurp(captured), "effectual multiplies"));
    cr_assert_eq(try("profile --a A --b A --name x,y\"z"), 0);
    cr_expect(strstr(slurp(captured), "\n\"x,y\"\"z\",2,2,2,0.75,0.75,/"), "%s", text);
    cr_assert_eq(try("profile --a A --b A"), 0);
    const char *slash = strrchr(a_file, '/');
    char name[600];
    snprintf(name, sizeof name, "\n%.*s_x_", (int)strlen(slash + 1) - 4, slash + 1);
    cr_expect(strstr(slurp(captured), name), "%s in %s", name, text);
}

Test(pattern_cmd, options_of_the_reader)
{
    static const char duplicates[] = "%%MatrixMarket matrix coordinate real general\n2 2 3\n1 1 1\n1 1 2\n2 2 0\n";
    const char *file = matrix_text(duplicates, false);
    rename(file, a_file);
    cr_expect_eq(try("profile --a A --b A"), 1);
    cr_expect(strstr(slurp(complaints), ":4: found entry 1 1 after entry 1 1 on line 3"), "%s", text);
    cr_expect_str_eq(slurp(captured), "");
    cr_expect_eq(try("profile --a A --b A --merge-duplicates"), 0);
    cr_expect(strstr(slurp(complaints), "1 explicit zeros do not count"), "%s", text);
    cr_expect(strstr(text, "1 duplicate entries merged"), "%s", text);
    /* No file is named, since it would read differently. */
    cr_expect(strstr(slurp(captured), ",2,2,2,0.25,0.25,,,1,1,1,count,"), "%s", text);
    cr_expect_eq(try("profile --a A --b A --merge-duplicates --keep-zeros"), 0);
    cr_expect(strstr(slurp(captured), ",2,2,2,0.5,0.5,,,2,2,2,count,"), "%s", text);
}

static const struct {
    const char *line;
    int status;
    const char *complaint;
} refused[] = {
    {"profile", 2, "operand A is missing"},
    {"profile --a A", 2, "operand B is missing"},
    {"profile --a - --b -", 2, "only one operand"},
    {"profile --a A --b B C", 2, "found C"},
    {"profile --a A --b B -f xml", 2, "table, csv or json, not xml"},
    {"profile --a A --b B --products-max 0", 2, "whole number from 1 on, not 0"},
    {"profile --a A --b B --frobnicate", 2, "unknown option '--frobnicate'"},
    {"profile --a /nonexistent/x.mtx --b A", 1, "/nonexistent/x.mtx: cannot open"},
    {"profile --a A --b A", 1, "has 3 rows (3 x 4), expected as many as A = "},
    {"generate", 2, "give --rows"},
    {"generate --rows 3", 2, "give --cols"},
    {"generate --rows 3 --cols 4 --density 0.5", 2, "where to?"},
    {"generate --rows 3 --cols 4 -o A", 2, "give --density"},
    {"generate --rows -3 --cols 4 --density 0.5 -o A", 2, "--rows takes a whole number from 0 to 4294967295, not -3"},
    {"generate --rows 3 --cols 4294967296 --density 0.5 -o A", 2, "--cols takes a whole number from 0 to 4294967295"},
    {"generate --rows 3 --cols 4 --density 1.5 -o A", 2, "from 0 to 1, not 1.5"},
    {"generate --rows 3 --cols 4 --density nan -o A", 2, "from 0 to 1, not nan"},
    {"generate --rows 3 --cols 4 --density 0.5 --pattern blok:2x2 -o A", 2, "did you mean 'block'"},
    {"generate --rows 3 --cols 4 --density 0.7 --pattern nm:2:4 -o A", 2, "contradicts"},
    {"generate --rows 3 --cols 4 --density 0.5 --operand c -o A", 2, "takes a or b, not c"},
    {"generate --rows 3 --cols 4 --density 0.5 --seed -1 -o A", 2, "--seed takes"},
    {"generate --rows 3 --cols 4 --density 0.5 -o O", 2, "expected a name that ends in .mtx"},
    {"generate --rows 3 --cols 4 --density 0.5 more -o A", 2, "found more"},
    {"generate --rows 30 --cols 40 --density 0.9 --pattern banded:3 -o A", 1, "expected a density of at most"},
    {"generate --rows 3 --cols 4 --density 0.5 -o /nonexistent/x.mtx", 1, "/nonexistent"},
};

Test(pattern_cmd, refusals)
{
    static char before[sizeof text];
    cr_assert_eq(try("generate --rows 3 --cols 4 --density 0.5 -o A"), 0);
    snprintf(before, sizeof before, "%s", slurp(a_file));
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        cr_expect_eq(try(refused[i].line), refused[i].status, "%s", refused[i].line);
        cr_expect(strstr(slurp(complaints), refused[i].complaint), "%s: %s", refused[i].line, text);
        cr_expect_str_eq(slurp(captured), "", "%s: %s", refused[i].line, text);
        cr_expect_str_eq(slurp(a_file), before, "%s changed the file", refused[i].line);
    }
    cr_expect_neq(access(output, F_OK), 0);
}

Test(pattern_cmd, help_and_standard_output)
{
    cr_expect_eq(try("profile --help"), 0);
    cr_expect(strstr(slurp(captured), "  sparsecast profile --a") && strstr(text, "a_col_cv"));
    cr_expect_eq(try("generate -h"), 0);
    cr_expect(strstr(slurp(captured), "  sparsecast generate --rows") && strstr(text, "rowskew"));
    cr_expect_eq(try("profile --version"), 0);
    cr_expect(strncmp(slurp(captured), "sparsecast ", 11) == 0);
    cr_expect_eq(try("generate --rows 2 --cols 2 --density 1 --seed 3 -o -"), 0);
    cr_expect_str_eq(slurp(captured), "%%MatrixMarket matrix coordinate pattern general\n"
                                      "% sparsecast generate --rows 2 --cols 2 --density 1 --pattern uniform --seed 3 "
                                      "--operand a\n2 2 4\n1 1\n1 2\n2 1\n2 2\n");
}
