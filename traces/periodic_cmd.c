/* periodic_cmd.c - `sparsecast periodic`: arguments and the verbs that need no table of their own file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "periodic_cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "command.h"
#include "grid.h"
#include "pattern_read.h"
#include "periodic_compile.h"
#include "text.h"

static const char usage[] =
    "Usage: sparsecast periodic target [--set=A|B|C] [--sensitivity] [OPTION]...\n"
    "       sparsecast periodic losses LAYERS.csv [--pattern=n:P[:d]]... [-m MACHINE] [--per-layer] [OPTION]...\n"
    "       sparsecast periodic order --filters=K --pattern=n:P[:d] [OPTION]...\n"
    "       sparsecast periodic check WEIGHTS.mtx --pattern=n:P[:d][:HxW]\n"
    "\n"
    "target  storage, index and energy factors of periodic weights over other formats, under a documented assumption\n"
    "        set consistent with the abstract of arXiv 2207.00068; --sensitivity changes one assumption at a time\n"
    "losses  a network on the systolic array, dense and with each pattern, and where utilisation is lost\n"
    "order   the order that the array takes filters in: position, filter, phase\n"
    "check   whether a weight pattern is periodic, and where it is not\n"
    "\n"
    "      --set=NAME          assumption set (default: A)\n"
    "      --sensitivity       factors with one assumption changed at a time\n"
    "      --pattern=SPEC      what follows periodic: in layer lists, such as 4:4, 4:8:d, PS2_P6; losses takes "
    "several\n"
    "                          (default: 4:4, 2:6, 1:9, 4:8:d)\n"
    "  -m, --machine=MACHINE   of kind systolic (default: sps)\n"
    "      --per-layer         losses of each layer\n"
    "      --filters=K         how many filters\n"
    "  -f, --format=FORMAT     table (default), csv or json\n"
    "  -o, --output=FILE       write here, whole or not at all; '-': standard output\n"
    "  -h, --help              print this and exit\n"
    "      --version           print the version and exit\n"
    "\n"
    "Exit status: 0 success, 1 bad input, failed output or a pattern that is not periodic, 2 wrong usage.\n";

static const struct verb {
    const char *name;
    int (*run)(const struct sc_periodic_request *request, struct sc_error *err);
    bool takes_file;
} verbs[] = {
    {"target", sc_periodic_target, false},
    {"losses", sc_periodic_losses, true},
    {"order", sc_periodic_order, false},
    {"check", sc_periodic_check_file, true},
};

enum { VERBS = sizeof verbs / sizeof verbs[0] };
enum { OPT_SET = 256, OPT_SENSITIVITY, OPT_PATTERN, OPT_LAYER, OPT_FILTERS, OPT_VERSION };

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

static int take_format(struct sc_periodic_request *r, const char *text)
{
    static const char *const names[] = {"table", "csv", "json"};
    int format = sc_position(text, names, 3);
    if (format < 0)
        return sc_wrong_usage("periodic", "--format takes table, csv or json, not ", text);
    r->format = (enum sc_format)format;
    return 0;
}

static int take_pattern(struct sc_periodic_request *r, const char *text)
{
    const char *parameters = strncmp(text, "periodic:", 9) == 0 ? text + 9 : text;
    if (r->patterns == SC_PERIODIC_PATTERNS)
        return sc_wrong_usage("periodic", "at most 16 patterns; one too many is ", text);
    if (!sc_periodic_parse(&r->pattern[r->patterns], parameters))
        return sc_wrong_usage("periodic", "--pattern takes n:P[:d][:HxW] as in 4:4, 4:8:d or 2:6:3x3, or PSD4_P8, not ",
                              text);
    r->patterns++;
    return 0;
}

/* One option; returns an exit status, 0 to go on. */
static int take(struct sc_periodic_request *r, int option, const char *value)
{
    switch (option) {
    case OPT_SET:
        r->set = value;
        return 0;
    case OPT_SENSITIVITY:
        r->sensitivity = true;
        return 0;
    case OPT_PATTERN:
        return take_pattern(r, value);
    case OPT_LAYER:
        r->per_layer = true;
        return 0;
    case OPT_FILTERS:
        return sc_parse_count(value, strlen(value), &r->filters) && r->filters >= 1 && r->filters <= 1000000
                   ? 0
                   : sc_wrong_usage("periodic", "--filters takes 1 to 1000000, not ", value);
    case 'm':
        r->machine = value;
        return 0;
    case 'f':
        return take_format(r, value);
    case 'o':
        r->output = value;
        return 0;
    case 'h':
    case OPT_VERSION:
        fputs(option == 'h' ? usage : sc_version_line(), stdout);
        r->stop = true;
        return 0;
    }
    fputs("Try 'sparsecast periodic --help'.\n", stderr); /* getopt has said what is wrong */
    return sc_exit_status(SC_BAD_USAGE);
}

/* What the verb needs. */
static int check_request(struct sc_periodic_request *r, const struct verb *verb)
{
    if (verb->takes_file && !r->file)
        return sc_wrong_usage("periodic", "which file? for ", verb->name);
    if (!verb->takes_file && r->file)
        return sc_wrong_usage("periodic", "takes no file: ", r->file);
    if ((verb->run == sc_periodic_order || verb->run == sc_periodic_check_file) && r->patterns != 1)
        return sc_wrong_usage("periodic", "one --pattern is needed for ", verb->name);
    if (verb->run == sc_periodic_order && r->filters == 0)
        return sc_wrong_usage("periodic", "--filters is missing", "");
    return 0;
}

static int parse_arguments(struct sc_periodic_request *r, const struct verb **verb, int argc, char **argv)
{
    static const struct option options[] = {
        {"set", required_argument, NULL, OPT_SET},
        {"sensitivity", no_argument, NULL, OPT_SENSITIVITY},
        {"pattern", required_argument, NULL, OPT_PATTERN},
        {"per-layer", no_argument, NULL, OPT_LAYER},
        {"filters", required_argument, NULL, OPT_FILTERS},
        {"machine", required_argument, NULL, 'm'},
        {"format", required_argument, NULL, 'f'},
        {"output", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, OPT_VERSION},
        {NULL, 0, NULL, 0},
    };
    const char *names[VERBS];
    optind = 0; /* the front door or an earlier call may have used getopt */
    opterr = 1;
    for (int option; !r->stop && (option = getopt_long(argc, argv, "m:f:o:h", options, NULL)) != -1;) {
        int status = take(r, option, optarg);
        if (status != 0)
            return status;
    }
    if (r->stop)
        return 0;
    for (int i = 0; i < VERBS; i++)
        names[i] = verbs[i].name;
    int which = optind < argc ? sc_position(argv[optind], names, VERBS) : -1;
    if (which < 0)
        return sc_wrong_usage("periodic",
                              optind < argc ? "expected target, losses, order or check, found "
                                            : "what? target, losses, "
                                              "order or check",
                              optind < argc ? argv[optind] : "");
    *verb = &verbs[which];
    r->verb = names[which];
    if (optind + 1 < argc)
        r->file = argv[optind + 1];
    if (optind + 2 < argc)
        return sc_wrong_usage("periodic", "one file at a time; the second is ", argv[optind + 2]);
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
    if (exit_status == 0 && !request.stop) {
        signal(SIGPIPE, SIG_IGN); /* a closed pipe is reported as a failed write */
        if (verb->run(&request, &err) != SC_OK)
            exit_status = sc_error_print(&err);
    }
    free(command);
    return exit_status;
}
