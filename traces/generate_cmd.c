/* generate_cmd.c - `sparsecast generate`: a seeded random pattern, written as a matrix file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "generate_cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "generate.h"
#include "operands.h"
#include "pattern_write.h"
#include "text.h"

static const char usage[] =
    "Usage: sparsecast generate --rows=R --cols=C --density=D [--pattern=KIND] -o FILE [OPTION]...\n"
    "Draws a random sparsity pattern and writes it; the same arguments give the same file on every machine.\n"
    "\n"
    "      --rows=R, --cols=C   size, each from 0 to 4294967295\n"
    "      --density=D          fraction of nonzeros, 0 to 1: exactly round(D x R x C); nm and periodic need none\n"
    "      --pattern=KIND       how they are placed (default: uniform), see below\n"
    "      --seed=N             another pattern of the same kind (default: 1)\n"
    "      --operand=a|b        along which axis groups of nm and kernels of periodic lie: columns (a, default), rows (b)\n"
    "  -o, --output=FILE        .mtx (Matrix Market) or .smtx (text CSR), compressed with a further .gz;\n"
    "                           written whole or not at all; '-': standard output, as .mtx\n"
    "  -h, --help               print this and exit\n"
    "      --version            print the version and exit\n"
    "\n"
    "Example: sparsecast generate --rows 512 --cols 1024 --density 0.1 --pattern rowskew:0.8 --seed 7 -o a.smtx.gz\n"
    "Exit status: 0 success, 1 bad input or failed output, 2 wrong usage.\n"
    "\n"
    "Kinds:\n";

static void print_usage(void)
{
    fputs(usage, stdout);
#define X(id, name, parameters, distribution) printf("  %-8s %-4s %s\n", name, parameters, distribution);
    SC_PATTERN_LIST(X)
#undef X
}

struct arguments {
    uint64_t rows, cols, seed;
    bool have_rows, have_cols;
    double density; /* -1: not given */
    struct sc_pattern_spec pattern;
    bool is_b;
    const char *output;
    struct sc_write_format format;
    bool stop; /* --help or --version: all is done */
};

static int take_size(uint64_t *size, bool *given, const char *complaint, const char *text)
{
    *given = true;
    if (sc_parse_count(text, strlen(text), size) && *size <= SC_PATTERN_DIMENSION_MAX)
        return 0;
    return sc_wrong_usage("generate", complaint, text);
}

static int take_density(struct arguments *arguments, const char *text)
{
    if (sc_parse_number(text, strlen(text), &arguments->density) && arguments->density >= 0 && arguments->density <= 1)
        return 0;
    return sc_wrong_usage("generate", "--density takes a fraction of nonzeros from 0 to 1, not ", text);
}

static int take_pattern(struct arguments *arguments, const char *text)
{
    struct sc_error err;

    if (sc_pattern_parse(&arguments->pattern, text, &err) == SC_OK)
        return 0;
    return sc_wrong_usage("generate", "--pattern: ", err.message);
}

static int take_operand(struct arguments *arguments, const char *text)
{
    arguments->is_b = strcmp(text, "b") == 0;
    return arguments->is_b || strcmp(text, "a") == 0 ? 0 : sc_wrong_usage("generate", "--operand takes a or b, not ", text);
}

enum { OPT_ROWS = 256, OPT_COLS, OPT_DENSITY, OPT_PATTERN, OPT_SEED, OPT_OPERAND, OPT_VERSION };

/* One option; returns an exit status, 0 to go on. */
static int take(struct arguments *arguments, int option, const char *value)
{
    switch (option) {
    case OPT_ROWS:
        return take_size(&arguments->rows, &arguments->have_rows, "--rows takes 0 to 4294967295, not ", value);
    case OPT_COLS:
        return take_size(&arguments->cols, &arguments->have_cols, "--cols takes 0 to 4294967295, not ", value);
    case OPT_DENSITY:
        return take_density(arguments, value);
    case OPT_PATTERN:
        return take_pattern(arguments, value);
    case OPT_SEED:
        if (sc_parse_count(value, strlen(value), &arguments->seed))
            return 0;
        return sc_wrong_usage("generate", "--seed takes a whole number below 2^64, not ", value);
    case OPT_OPERAND:
        return take_operand(arguments, value);
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
    fputs("Try 'sparsecast generate --help'.\n", stderr); /* getopt has said what is wrong */
    return sc_exit_status(SC_BAD_USAGE);
}

/* The density that a periodic pattern has, which --density may repeat. */
static int check_periodic(struct arguments *arguments)
{
    struct sc_periodic table;
    struct sc_error err;
    uint64_t channels, k = arguments->is_b ? arguments->rows : arguments->cols;
    uint64_t filters = arguments->is_b ? arguments->cols : arguments->rows;

    if (sc_periodic_for(&table, &channels, &arguments->pattern.periodic, k, &err) != SC_OK)
        return sc_wrong_usage("generate", err.message, "");
    double positions = (double)filters * (double)k;
    double implied = positions > 0 ? (double)sc_periodic_nonzeros(&table, filters, channels) / positions : 0;
    if (arguments->density >= 0 && fabs(arguments->density - implied) > 1e-3) /* as in layer lists */
        return sc_wrong_usage("generate", "--density contradicts --pattern periodic, which implies it", "");
    arguments->density = implied;
    return 0;
}

/* What the options must be together. */
static int check_arguments(struct arguments *arguments)
{
    const struct sc_pattern_spec *pattern = &arguments->pattern;
    struct sc_error err;

    if (!arguments->have_rows || !arguments->have_cols)
        return sc_wrong_usage("generate", "the size is missing: give ", arguments->have_rows ? "--cols" : "--rows");
    if (!arguments->output)
        return sc_wrong_usage("generate", "where to? give -o FILE ('-': standard output)", "");
    if (sc_write_format_of(&arguments->format, arguments->output, &err) != SC_OK)
        return sc_wrong_usage("generate", err.message, "");
    if (pattern->kind == SC_PERIODIC_KERNELS)
        return check_periodic(arguments);
    if (pattern->kind != SC_NM)
        return arguments->density >= 0 ? 0 : sc_wrong_usage("generate", "the density is missing: give --density", "");
    double implied = (double)pattern->nm_n / (double)pattern->nm_m;
    if (arguments->density >= 0 && fabs(arguments->density - implied) > 1e-3) /* as in layer lists */
        return sc_wrong_usage("generate", "--density contradicts --pattern nm:N:M, whose density is N/M", "");
    arguments->density = implied;
    return 0;
}

/* Fills `arguments`; returns 0, or the exit status for wrong usage. */
static int parse_arguments(struct arguments *arguments, int argc, char **argv)
{
    static const struct option options[] = {
        {"rows", required_argument, NULL, OPT_ROWS},
        {"cols", required_argument, NULL, OPT_COLS},
        {"density", required_argument, NULL, OPT_DENSITY},
        {"pattern", required_argument, NULL, OPT_PATTERN},
        {"seed", required_argument, NULL, OPT_SEED},
        {"operand", required_argument, NULL, OPT_OPERAND},
        {"output", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, OPT_VERSION},
        {NULL, 0, NULL, 0},
    };

    optind = 0; /* the front door or an earlier call may have used getopt */
    opterr = 1;
    for (int option; !arguments->stop && (option = getopt_long(argc, argv, "o:h", options, NULL)) != -1;) {
        int status = take(arguments, option, optarg);
        if (status != 0)
            return status;
    }
    if (arguments->stop)
        return 0;
    if (optind < argc)
        return sc_wrong_usage("generate", "everything is given by options; found ", argv[optind]);
    return check_arguments(arguments);
}

/* How to draw the pattern again, for the head of the file. */
static void describe(char *out, size_t size, const struct arguments *arguments)
{
    char kind[128], density[SC_NUMBER_SIZE];

    sc_pattern_format(kind, sizeof kind, &arguments->pattern);
    sc_format_exact(density, arguments->density);
    snprintf(out, size,
             "sparsecast generate --rows %" PRIu64 " --cols %" PRIu64 " --density %s --pattern %s --seed %" PRIu64
             " --operand %s",
             arguments->rows, arguments->cols, density, kind, arguments->seed, arguments->is_b ? "b" : "a");
}

int sc_generate_command(int argc, char **argv)
{
    struct arguments arguments = {.density = -1, .seed = SC_DEFAULT_SEED};
    struct sc_pattern pattern = {0};
    struct sc_error err = {0};
    char comment[512];
    int exit_status = parse_arguments(&arguments, argc, argv);

    if (exit_status != 0 || arguments.stop)
        return exit_status;
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is reported as a failed write */
    describe(comment, sizeof comment, &arguments);
    int status = sc_pattern_generate(&pattern, arguments.rows, arguments.cols, arguments.density, &arguments.pattern,
                                     !arguments.is_b, arguments.seed, &err);
    if (status == SC_OK)
        status = sc_pattern_write(&pattern, arguments.output, &arguments.format, comment, &err);
    sc_pattern_free(&pattern);
    return status == SC_OK ? 0 : sc_error_print(&err);
}
