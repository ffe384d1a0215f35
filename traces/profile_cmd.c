/* profile_cmd.c - `sparsecast profile`: two pattern files in, a layer row with measured statistics out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile_cmd.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "pair_name.h"
#include "pattern_read.h"
#include "profile_row.h"
#include "shared_options.h"

typedef struct {
    const char *a, *b, *name, *output;
    struct sc_read_options reading;
    struct sc_measure_options measuring;
    enum sc_format format;
} asked; /* on the command line */

static int take_name(void *name, const char *value, struct sc_error *err)
{
    *(const char **)name = value;
    return *value ? SC_OK : sc_fail(err, SC_BAD_USAGE, NULL, 0, "--name takes a name, not nothing");
}

static bool name_column(size_t i, const char **name, const char **meaning)
{
#define X(name, kind, value, meaning) {#name, meaning},
    static const char *const columns[][2] = {SC_PROFILE_COLUMNS(X)};
#undef X
    if (i >= sizeof columns / sizeof columns[0])
        return false;
    *name = columns[i][0];
    *meaning = columns[i][1];
    return true;
}

static const struct sc_option options[] = {
    {"a", "FILE", 0, NULL, NULL, SC_FILE(asked, a)},
    {"b", "FILE", 0, "the operands; both may be the same file", NULL, SC_FILE(asked, b)},
    {"name", "NAME", 0, "name of the layer (default: made from the names of the files)", NULL,
     SC_CALL(asked, name, take_name)},
    {"keep-zeros", NULL, 0, "explicit zeros in the files count as nonzeros", NULL, SC_FLAG(asked, reading.keep_zeros)},
    {"merge-duplicates", NULL, 0,
     "positions that a file gives more than once count once; otherwise they are an error", NULL,
     SC_FLAG(asked, reading.merge_duplicates)},
    {"products-max", "N", 0, "with more products than N, estimate the nonzeros of C from a sample of its rows", NULL,
     SC_COUNT(asked, measuring.products_max, 1, UINT64_MAX)},
    {"format", "FORMAT", 'f', "csv (default), json or table", NULL, SC_WORD(asked, format, sc_format_words)},
    SC_OPTION_OUTPUT(asked),
    SC_OPTIONS_END,
};

const struct sc_command sc_profile_manual = {
    .name = "profile",
    .summary = "measure a pair of pattern files as a layer",
    .synopsis = "--a=A.mtx --b=B.mtx [OPTION]...",
    .about = "Measures the operands of C = A x B and prints a layer row, with their exact statistics as further "
             "columns, that 'estimate' and 'simulate' take as a layer list. A and B are Matrix Market or .smtx "
             "files, gzip-compressed or not; '-' is standard input.",
    .options = options,
    .items_title = "Columns:",
    .items = name_column,
    .examples = "sparsecast generate --rows 64 --cols 128 --density 0.1 --seed 1 -o a.smtx.gz\n"
                "sparsecast generate --rows 128 --cols 96 --density 0.4 --seed 2 -o b.mtx\n"
                "sparsecast profile --a a.smtx.gz --b b.mtx -o layer.csv",
};

static int parse_arguments(asked *arguments, int argc, char **argv)
{
    struct sc_words words;
    int status = sc_options_read(&sc_profile_manual, argc, argv, arguments, &words);
    if (status == SC_GO_ON && words.count > 0)
        return sc_wrong_usage("profile", "operands are given by --a and --b; found ", words.word[0]);
    return status == SC_GO_ON ? sc_check_pair(&sc_profile_manual, arguments->a, arguments->b) : status;
}

/* An operand: its pattern, and the path that a layer list can name it by, "" when reading it there gives another
 * pattern. */
struct operand {
    struct sc_pattern pattern;
    const char *given;
    char *path;
};

/* Says what the reader left out or put together; true when a reader without options would see the same pattern. */
static bool report(const char *path, const struct sc_read_options *reading, const struct sc_read_info *info)
{
    bool zeros = info->zeros > 0 && info->file == SC_FILE_COORDINATE;

    if (zeros && !reading->keep_zeros)
        fprintf(stderr,
                "sparsecast: %s: %" PRIu64 " explicit zeros do not count as nonzeros (--keep-zeros counts them)\n",
                path, info->zeros);
    if (zeros && reading->keep_zeros)
        fprintf(stderr, "sparsecast: %s: %" PRIu64 " explicit zeros count as nonzeros\n", path, info->zeros);
    if (info->duplicates > 0)
        fprintf(stderr, "sparsecast: %s: %" PRIu64 " duplicate entries merged\n", path, info->duplicates);
    return info->duplicates == 0 && !(zeros && reading->keep_zeros);
}

static int read_operand(struct operand *operand, const char *path, const struct sc_read_options *reading,
                        struct sc_error *err)
{
    struct sc_read_info info;
    struct sc_read_options options = *reading;

    options.info = &info;
    operand->given = path;
    int status = sc_pattern_read(&operand->pattern, path, &options, err);
    if (status != SC_OK)
        return status;
    bool plain = report(path, reading, &info);
    if (!plain)
        fprintf(stderr, "sparsecast: %s: not named in the row, since layer lists are read without these options\n",
                path);
    return sc_absolute_path(&operand->path, plain ? path : "-", err);
}

static int write_row(const asked *arguments, const struct sc_profile_row *row, const char *command,
                     struct sc_error *err)
{
    struct sc_output *output;
    int status = sc_output_open(&output, arguments->output, err);

    if (status != SC_OK)
        return status;
    status = sc_profile_row_write(output, arguments->format, row, sc_version(), command, err);
    if (status == SC_OK)
        return sc_output_close(output, err);
    sc_output_abandon(output);
    return status;
}

static int measure(const asked *arguments, const struct operand *a, const struct operand *b,
                   const char *command, struct sc_error *err)
{
    char name[SC_PAIR_NAME];
    struct sc_profile profile;
    struct sc_measured measured;
    const struct sc_pattern *pa = &a->pattern, *pb = &b->pattern;

    if (pa->cols != pb->rows)
        return sc_fail(err, SC_BAD_INPUT, b->given, 0,
                       "has %" PRIu64 " rows (%" PRIu64 " x %" PRIu64
                       "), expected as many as A = %s has columns: %" PRIu64 " (%" PRIu64 " x %" PRIu64 ")",
                       pb->rows, pb->rows, pb->cols, a->given, pa->cols, pa->rows, pa->cols);
    int status = sc_profile_measure(&profile, pa, pb, &arguments->measuring, &measured, err);
    if (status != SC_OK)
        return status;
    sc_pair_name(name, a->given, b->given);
    struct sc_profile_row row = {.layer = arguments->name ? arguments->name : name,
                                 .a = a->path,
                                 .b = b->path,
                                 .profile = &profile,
                                 .measured = &measured};
    return write_row(arguments, &row, command, err);
}

static int run(const asked *arguments, const char *command, struct sc_error *err)
{
    struct operand a = {0}, b = {0};
    int status = read_operand(&a, arguments->a, &arguments->reading, err);

    if (status == SC_OK)
        status = read_operand(&b, arguments->b, &arguments->reading, err);
    if (status == SC_OK)
        status = measure(arguments, &a, &b, command, err);
    sc_pattern_free(&a.pattern);
    sc_pattern_free(&b.pattern);
    free(a.path);
    free(b.path);
    return status;
}

int sc_profile_command(int argc, char **argv)
{
    asked arguments = {.output = "-", .format = SC_FORMAT_CSV};
    struct sc_error err = {0};
    char *command = sc_command_line(argc, argv); /* before getopt reorders the words */
    int exit_status = parse_arguments(&arguments, argc, argv);

    if (exit_status == SC_GO_ON) {
        int status = run(&arguments, command ? command : "sparsecast profile", &err);
        exit_status = status == SC_OK ? 0 : sc_error_print(&err);
    }
    free(command);
    return exit_status;
}
