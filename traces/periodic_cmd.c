/* periodic_cmd.c - `sparsecast periodic`: arguments and the verbs that need no table of their own file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "periodic_cmd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "command.h"
#include "grid.h"
#include "pattern_read.h"
#include "periodic_compile.h"
#include "shared_options.h"

static const struct verb {
    const char *name, *meaning;
    int (*run)(const struct sc_periodic_request *request, struct sc_error *err);
    bool takes_file;
} verbs[] = {
    {"target",
     "storage, index and energy factors of periodic weights over other formats, under a documented assumption set "
     "consistent with the abstract of arXiv 2207.00068; --sensitivity changes one assumption at a time",
     sc_periodic_target, false},
    {"losses", "a network on the systolic array, dense and with each pattern, and where utilisation is lost",
     sc_periodic_losses, true},
    {"order", "the order that the array takes filters in: position, filter, phase", sc_periodic_order, false},
    {"check", "whether a weight pattern is periodic, and where it is not", sc_periodic_check_file, true},
};

enum { VERBS = sizeof verbs / sizeof verbs[0] };

static bool name_verb(size_t i, const char **name, const char **meaning)
{
    if (i >= VERBS)
        return false;
    *name = verbs[i].name;
    *meaning = verbs[i].meaning;
    return true;
}

int sc_periodic_order(const struct sc_periodic_request *r, struct sc_error *err)
{
    static const struct sc_grid_column columns[] = {{"position", true, 12}, {"filter", true, 12}, {"phase", true, 12}};
    const struct sc_meta meta[] = {{"version", sc_version()}, {"command", r->command}};
    struct sc_periodic_program program;
    struct sc_periodic table;
    struct sc_grid grid;
    sc_grid_start(&grid, columns, 3, r->format);
    int status = sc_periodic_init(&table, &r->pattern[0], err);
    if (status != SC_OK)
        return status;
    status = sc_periodic_compile(&program, &table, r->filters, 0, 1, 1, err);
    for (uint64_t i = 0; i < r->filters && status == SC_OK; i++) {
        status = sc_grid_row(&grid, err);
        if (status == SC_OK)
            status = sc_grid_number(&grid, 0, (double)i, err);
        if (status == SC_OK)
            status = sc_grid_number(&grid, 1, program.order[i], err);
        if (status == SC_OK)
            status = sc_grid_number(&grid, 2, program.order[i] % table.period, err);
    }
    if (status == SC_OK)
        status = sc_grid_write(&grid, r->output, r->format, NULL, meta, 2, err);
    sc_grid_free(&grid);
    sc_periodic_program_free(&program);
    return status;
}

int sc_periodic_check_file(const struct sc_periodic_request *r, struct sc_error *err)
{
    struct sc_pattern pattern = {0};
    struct sc_periodic table;
    struct sc_error inner = {0};
    uint64_t channels = 0;
    int status = sc_pattern_read(&pattern, r->file, NULL, err);
    if (status != SC_OK)
        return status;
    status = sc_periodic_for(&table, &channels, &r->pattern[0], pattern.cols, &inner);
    if (status == SC_OK)
        status = sc_periodic_check(&pattern, &table, NULL, &inner);
    if (status != SC_OK)
        sc_fail(err, inner.status, r->file, 0, "%s", inner.message);
    else
        printf("%s: periodic, %" PRIu64 " filters of %" PRIu64 " channels, %" PRIu64 " nonzeros\n", r->file,
               pattern.rows, channels, pattern.nnz);
    sc_pattern_free(&pattern);
    return status;
}

typedef struct sc_periodic_request asked; /* on the command line */

static int take_pattern(void *request, const char *text, struct sc_error *err)
{
    asked *r = request;
    const char *parameters = strncmp(text, "periodic:", 9) == 0 ? text + 9 : text;
    if (r->patterns == SC_PERIODIC_PATTERNS)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "at most 16 patterns; one too many is %.200s", text);
    if (!sc_periodic_parse(&r->pattern[r->patterns], parameters))
        return sc_fail(err, SC_BAD_USAGE, NULL, 0,
                       "--pattern takes n:P[:d][:HxW] as in 4:4, 4:8:d or 2:6:3x3, or PSD4_P8, not %.200s", text);
    r->patterns++;
    return SC_OK;
}

static const char *const sets[] = {"A", "B", "C", NULL};

static const struct sc_option options[] = {
    {"set", "NAME", 0, "assumption set A, B or C (default: A)", NULL, SC_TEXT(asked, set), .words = sets},
    {"sensitivity", NULL, 0, "factors with one assumption changed at a time", "'sparsecast plot' draws them.",
     SC_FLAG(asked, sensitivity)},
    {"pattern", "SPEC", 0,
     "what follows periodic: in layer lists, such as 4:4, 4:8:d, PS2_P6; losses takes several (default: 4:4, 2:6, 1:9, "
     "4:8:d)",
     NULL, SC_TAKE(take_pattern)},
    {"machine", "MACHINE", 'm', "of kind systolic (default: sps)", NULL, SC_TEXT(asked, machine),
     .completion = SC_COMPLETE_MACHINE},
    {"per-layer", NULL, 0, "losses of each layer", NULL, SC_FLAG(asked, per_layer)},
    {"filters", "K", 0, "how many filters", NULL, SC_COUNT(asked, filters, 1, 1000000)},
    SC_OPTION_FORMAT(asked),
    SC_OPTION_OUTPUT(asked),
    SC_OPTIONS_END,
};

const struct sc_command sc_periodic_manual = {
    .name = "periodic",
    .summary = "periodic weights: storage and energy factors, utilisation losses, filter order",
    .synopsis = "target [--set=A|B|C] [--sensitivity] [OPTION]...\n"
                "losses LAYERS.csv [--pattern=n:P[:d]]... [-m MACHINE] [--per-layer] [OPTION]...\n"
                "order --filters=K --pattern=n:P[:d] [OPTION]...\n"
                "check WEIGHTS.mtx --pattern=n:P[:d][:HxW]",
    .about = "Tells what periodic weights cost and gain; what to tell is the first word, one of those below.",
    .more = "The abstract of arXiv 2207.00068 names no network, format or width: the assumption sets are consistent "
            "with it, and the gather store is fitted to its energy factor; factors stand beside the published ones.",
    .options = options,
    .items_title = "Verbs:",
    .items = name_verb,
    .items_are_words = true,
    .completion = SC_COMPLETE_FILE,
    .examples = "sparsecast periodic target\n"
                "sparsecast periodic losses data/layers/vgg16-32x32.csv --pattern=2:6\n"
                "sparsecast periodic order --filters 8 --pattern 4:4\n"
                "sparsecast generate --rows 12 --cols 144 --pattern periodic:2:6 -o w.mtx\n"
                "sparsecast periodic check w.mtx --pattern 2:6",
    .failures = "bad input, failed output or a pattern that is not periodic",
};

/* What the verb needs. */
static int check_request(struct sc_periodic_request *r, const struct verb *verb)
{
    if (verb->takes_file && !r->file)
        return sc_wrong_usage("periodic", "which file? name it behind ", verb->name);
    if (!verb->takes_file && r->file)
        return sc_wrong_usage("periodic", "this needs no file; leave out ", r->file);
    if ((verb->run == sc_periodic_order || verb->run == sc_periodic_check_file) && r->patterns != 1)
        return sc_wrong_usage("periodic", "one pattern is needed, give --pattern=n:P for ", verb->name);
    if (verb->run == sc_periodic_order && r->filters == 0)
        return sc_wrong_usage("periodic", "how many filters? give --filters=K", "");
    return SC_GO_ON;
}

static int parse_arguments(struct sc_periodic_request *r, const struct verb **verb, int argc, char **argv)
{
    struct sc_words words;
    const char *names[VERBS];
    int status = sc_options_read(&sc_periodic_manual, argc, argv, r, &words);
    if (status != SC_GO_ON)
        return status;
    if (words.count == 0)
        return sc_wrong_usage("periodic", "what? target, losses, order or check", "");
    for (int i = 0; i < VERBS; i++)
        names[i] = verbs[i].name;
    int which = sc_position(words.word[0], names, VERBS);
    if (which < 0)
        return sc_wrong_usage("periodic", "expected target, losses, order or check, found ", words.word[0]);
    *verb = &verbs[which];
    r->verb = names[which];
    if (words.count > 1)
        r->file = words.word[1];
    if (words.count > 2)
        return sc_wrong_usage("periodic", "one file at a time; the second is ", words.word[2]);
    return check_request(r, *verb);
}

int sc_periodic_command(int argc, char **argv)
{
    struct sc_periodic_request request = {.set = "A", .machine = "sps"};
    struct sc_error err = {0};
    const struct verb *verb = NULL;
    char *command = sc_command_line(argc, argv); /* before getopt reorders the words */
    int exit_status = parse_arguments(&request, &verb, argc, argv);
    request.command = command ? command : "sparsecast periodic";
    if (exit_status == SC_GO_ON) {
        exit_status = verb->run(&request, &err) == SC_OK ? 0 : sc_error_print(&err);
    }
    free(command);
    return exit_status;
}
