/* profile_cmd.c - `sparsecast profile`: two pattern files in, a layer row with measured statistics out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile_cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "pair_name.h"
#include "pattern_read.h"
#include "profile_row.h"
#include "text.h"

static const char usage[] =
    "Usage: sparsecast profile --a A.mtx --b B.mtx [OPTION]...\n"
    "Measures the operands of C = A x B and prints a layer row that 'estimate' and 'simulate' take as a layer list.\n"
    "A and B are Matrix Market or .smtx files, gzip-compressed or not; '-' is standard input.\n"
    "\n"
    "      --a=FILE, --b=FILE   the operands; both may be the same file\n"
    "      --name=NAME          name of the layer (default: made from the names of the files)\n"
    "      --keep-zeros         explicit zeros in the files count as nonzeros\n"
    "      --merge-duplicates   positions that a file gives more than once count once; otherwise they are an error\n"
    "      --products-max=N     with more products than N, estimate the nonzeros of C from a sample of its rows\n"
    "  -f, --format=FORMAT      csv (default), json or table\n"
    "  -o, --output=FILE        write here, whole or not at all (default: standard output)\n"
    "  -h, --help               print this and exit\n"
    "      --version            print the version and exit\n"
    "\n"
    "Example: sparsecast profile --a weights.smtx --b activations.mtx.gz -o layer.csv\n"
    "Exit status: 0 success, 1 bad input or failed output, 2 wrong usage.\n"
    "\n"
    "Columns:\n";

static void print_usage(void)
{
    fputs(usage, stdout);
#define X(name, kind, value, meaning) printf("  %-20s %s\n", #name, meaning);
    SC_PROFILE_COLUMNS(X)
#undef X
}

struct arguments {
    const char *a, *b, *name, *output;
    struct sc_read_options reading;
    struct sc_measure_options measuring;
    enum sc_format format;
    bool stop; /* --help or --version: all is done */
};

static int take_format(struct arguments *arguments, const char *text)
{
    static const char *const names[] = {"table", "csv", "json"};

    for (int i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            arguments->format = (enum sc_format)i;
            return 0;
        }
    return sc_wrong_usage("profile", "--format takes csv, json or table, not ", text);
}

enum { OPT_A = 256, OPT_B, OPT_NAME, OPT_ZEROS, OPT_MERGE, OPT_PRODUCTS, OPT_VERSION };

/* One option; returns an exit status, 0 to go on. */
static int take(struct arguments *arguments, int option, const char *value)
{
    switch (option) {
    case OPT_A:
        arguments->a = value;
        return 0;
    case OPT_B:
        arguments->b = value;
        return 0;
    case OPT_NAME:
        arguments->name = value;
        return *value ? 0 : sc_wrong_usage("profile", "--name takes a name, not nothing", "");
    case OPT_ZEROS:
        arguments->reading.keep_zeros = true;
        return 0;
    case OPT_MERGE:
        arguments->reading.merge_duplicates = true;
        return 0;
    case OPT_PRODUCTS:
        if (sc_parse_count(value, strlen(value), &arguments->measuring.products_max) &&
            arguments->measuring.products_max > 0)
            return 0;
        return sc_wrong_usage("profile", "--products-max takes a whole number from 1 on, not ", value);
    case 'f':
        return take_format(arguments, value);
    case 'o':
        arguments->output = value;
        return 0;
    case 'h':
        print_usage();
        arguments->stop = true;
        return 0;
    case OPT_VERSION:
        fputs(sc_version_line(), stdout);
        arguments->stop = true;
        return 0;
    }
    fputs("Try 'sparsecast profile --help'.\n", stderr); /* getopt has said what is wrong */
    return sc_exit_status(SC_BAD_USAGE);
}

/* Fills `arguments`; returns 0, or the exit status for wrong usage. */
static int parse_arguments(struct arguments *arguments, int argc, char **argv)
{
    static const struct option options[] = {
        {"a", required_argument, NULL, OPT_A},
        {"b", required_argument, NULL, OPT_B},
        {"name", required_argument, NULL, OPT_NAME},
        {"keep-zeros", no_argument, NULL, OPT_ZEROS},
        {"merge-duplicates", no_argument, NULL, OPT_MERGE},
        {"products-max", required_argument, NULL, OPT_PRODUCTS},
        {"format", required_argument, NULL, 'f'},
        {"output", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, OPT_VERSION},
        {NULL, 0, NULL, 0},
    };

    optind = 0; /* the front door or an earlier call may have used getopt */
    opterr = 1;
    for (int option; !arguments->stop && (option = getopt_long(argc, argv, "f:o:h", options, NULL)) != -1;) {
        int status = take(arguments, option, optarg);
        if (status != 0)
            return status;
    }
    if (arguments->stop)
        return 0;
    if (optind < argc)
        return sc_wrong_usage("profile", "operands are given by --a and --b; found ", argv[optind]);
    if (!arguments->a || !arguments->b)
        return sc_wrong_usage("profile", arguments->a ? "operand B is missing: give --b FILE"
                                        : "operand A is missing: give --a FILE", "");
    if (strcmp(arguments->a, "-") == 0 && strcmp(arguments->b, "-") == 0)
        return sc_wrong_usage("profile", "only one operand can come from standard input", "");
    return 0;
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

static int write_row(const struct arguments *arguments, const struct sc_profile_row *row, const char *command,
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

static int measure(const struct arguments *arguments, const struct operand *a, const struct operand *b,
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

static int run(const struct arguments *arguments, const char *command, struct sc_error *err)
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
    struct arguments arguments = {.output = "-", .format = SC_FORMAT_CSV};
    struct sc_error err = {0};
    char *command = sc_command_line(argc, argv); /* before getopt reorders the words */
    int exit_status = parse_arguments(&arguments, argc, argv);

    if (exit_status == 0 && !arguments.stop) {
        signal(SIGPIPE, SIG_IGN); /* a closed pipe is reported as a failed write */
        if (run(&arguments, command ? command : "sparsecast profile", &err) != SC_OK)
            exit_status = sc_error_print(&err);
    }
    free(command);
    return exit_status;
}
