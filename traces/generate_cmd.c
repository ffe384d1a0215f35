/* generate_cmd.c - `sparsecast generate`: a seeded random pattern, written as a matrix file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "generate_cmd.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "command.h"
#include "generate.h"
#include "operands.h"
#include "pattern_write.h"
#include "shared_options.h"
#include "text.h"

static const uint64_t NOT_GIVEN = UINT64_MAX;

typedef struct {
    uint64_t rows, cols, seed; /* sizes may be NOT_GIVEN */
    double density;            /* -1: not given */
    struct sc_pattern_spec pattern;
    int operand;               /* of operands[] */
    const char *output;
    struct sc_write_format format;
} asked; /* on the command line */

enum { OPERAND_A, OPERAND_B };
static const char *const operands[] = {"a", "b", NULL};

static int take_pattern(void *pattern, const char *text, struct sc_error *err)
{
    struct sc_error why;
    return sc_pattern_parse(pattern, text, &why) == SC_OK
               ? SC_OK
               : sc_fail(err, SC_BAD_USAGE, NULL, 0, "--pattern: %s", why.message);
}

#define X(id, name, parameters, distribution) name,
static const char *const kinds[] = {SC_PATTERN_LIST(X) NULL};
#undef X

static bool name_kind(size_t i, const char **name, const char **distribution)
{
#define X(id, name, parameters, distribution) {parameters[0] ? name ":" parameters : name, distribution},
    const char *const kind[][2] = {SC_PATTERN_LIST(X)};
#undef X
    if (i >= sizeof kind / sizeof kind[0])
        return false;
    *name = kind[i][0];
    *distribution = kind[i][1];
    return true;
}

static const struct sc_option options[] = {
    {"rows", "R", 0, NULL, NULL, SC_COUNT(asked, rows, 0, SC_PATTERN_DIMENSION_MAX)},
    {"cols", "C", 0, "size, each from 0 to 4294967295", NULL, SC_COUNT(asked, cols, 0, SC_PATTERN_DIMENSION_MAX)},
    {"density", "D", 0, "fraction of nonzeros, 0 to 1: exactly round(D x R x C); nm and periodic need none", NULL,
     SC_NUMBER(asked, density, 0, 1)},
    {"pattern", "KIND", 0, "how they are placed (default: uniform), see below", NULL,
     SC_CALL(asked, pattern, take_pattern), .words = kinds},
    SC_OPTION_SEED(asked, seed, "another pattern of the same kind (default: 1)"),
    {"operand", "a|b", 0,
     "along which axis groups of nm and kernels of periodic lie: columns (a, default), rows (b)", NULL,
     SC_WORD(asked, operand, operands)},
    {"output", "FILE", 'o',
     ".mtx (Matrix Market) or .smtx (text CSR), compressed with a further .gz; written whole or not at all; '-': "
     "standard output, as .mtx",
     NULL, SC_FILE(asked, output)},
    SC_OPTIONS_END,
};

const struct sc_command sc_generate_manual = {
    .name = "generate",
    .summary = "write a pattern file of a given kind and density",
    .synopsis = "--rows=R --cols=C --density=D [--pattern=KIND] -o FILE [OPTION]...",
    .about = "Draws a random sparsity pattern and writes it; the same arguments give the same file on every machine.",
    .options = options,
    .items_title = "Kinds:",
    .items = name_kind,
    .examples = "sparsecast generate --rows 512 --cols 1024 --density 0.1 --pattern rowskew:0.8 --seed 7 -o a.smtx.gz",
};

/* The density that a periodic pattern has, which --density may repeat. */
static int check_periodic(asked *arguments)
{
    struct sc_periodic table;
    struct sc_error err;
    uint64_t channels, k = arguments->operand == OPERAND_B ? arguments->rows : arguments->cols;
    uint64_t filters = arguments->operand == OPERAND_B ? arguments->cols : arguments->rows;

    if (sc_periodic_for(&table, &channels, &arguments->pattern.periodic, k, &err) != SC_OK)
        return sc_wrong_usage("generate", err.message, "");
    double positions = (double)filters * (double)k;
    double implied = positions > 0 ? (double)sc_periodic_nonzeros(&table, filters, channels) / positions : 0;
    if (arguments->density >= 0 && fabs(arguments->density - implied) > 1e-3) /* as in layer lists */
        return sc_wrong_usage("generate", "--density contradicts --pattern periodic, which implies it", "");
    arguments->density = implied;
    return SC_GO_ON;
}

/* What the options must be together. */
static int check_arguments(asked *arguments)
{
    const struct sc_pattern_spec *pattern = &arguments->pattern;
    struct sc_error err;

    if (arguments->rows == NOT_GIVEN || arguments->cols == NOT_GIVEN)
        return sc_wrong_usage("generate", "the size is missing: give ",
                              arguments->rows == NOT_GIVEN ? "--rows" : "--cols");
    if (!arguments->output)
        return sc_wrong_usage("generate", "where to? give -o FILE ('-': standard output)", "");
    if (sc_write_format_of(&arguments->format, arguments->output, &err) != SC_OK)
        return sc_wrong_usage("generate", err.message, "");
    if (pattern->kind == SC_PERIODIC_KERNELS)
        return check_periodic(arguments);
    if (pattern->kind != SC_NM)
        return arguments->density >= 0
                   ? SC_GO_ON
                   : sc_wrong_usage("generate", "the density is missing: give --density", "");
    double implied = (double)pattern->nm_n / (double)pattern->nm_m;
    if (arguments->density >= 0 && fabs(arguments->density - implied) > 1e-3) /* as in layer lists */
        return sc_wrong_usage("generate", "--density contradicts --pattern nm:N:M, whose density is N/M", "");
    arguments->density = implied;
    return SC_GO_ON;
}

static int parse_arguments(asked *arguments, int argc, char **argv)
{
    struct sc_words words;
    int status = sc_options_read(&sc_generate_manual, argc, argv, arguments, &words);
    if (status == SC_GO_ON && words.count > 0)
        return sc_wrong_usage("generate", "everything is given by options; found ", words.word[0]);
    return status == SC_GO_ON ? check_arguments(arguments) : status;
}

/* How to draw the pattern again, for the head of the file. */
static void describe(char *out, size_t size, const asked *arguments)
{
    char kind[128], density[SC_NUMBER_SIZE];

    sc_pattern_format(kind, sizeof kind, &arguments->pattern);
    sc_format_exact(density, arguments->density);
    snprintf(out, size,
             "sparsecast generate --rows %" PRIu64 " --cols %" PRIu64 " --density %s --pattern %s --seed %" PRIu64
             " --operand %s",
             arguments->rows, arguments->cols, density, kind, arguments->seed,
             operands[arguments->operand]);
}

int sc_generate_command(int argc, char **argv)
{
    asked arguments = {.rows = NOT_GIVEN, .cols = NOT_GIVEN, .density = -1, .seed = SC_DEFAULT_SEED};
    struct sc_pattern pattern = {0};
    struct sc_error err = {0};
    char comment[512];
    int exit_status = parse_arguments(&arguments, argc, argv);

    if (exit_status != SC_GO_ON)
        return exit_status;
    describe(comment, sizeof comment, &arguments);
    int status = sc_pattern_generate(&pattern, arguments.rows, arguments.cols, arguments.density, &arguments.pattern,
                                     arguments.operand == OPERAND_A, arguments.seed, &err);
    if (status == SC_OK)
        status = sc_pattern_write(&pattern, arguments.output, &arguments.format, comment, &err);
    sc_pattern_free(&pattern);
    return status == SC_OK ? 0 : sc_error_print(&err);
}
