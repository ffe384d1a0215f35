/* plot_cmd.c - `sparsecast plot`: a figure from a CSV of ours, or one of a paper.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "command.h"
#include "picture.h"
#include "plot_cmd.h"
#include "sensitivity.h"
#include "sniff.h"

static const char usage[] =
    "Usage: sparsecast plot FILE.csv [-o FILE.png|.svg|.pdf] [OPTION]...\n"
    "       sparsecast plot FIGURE FILE.csv [-o FILE.png|.svg|.pdf] [OPTION]...\n"
    "       sparsecast plot PAPERS-FIGURE [-o FILE.png|.svg|.pdf]\n"
    "\n"
    "Draws what a CSV of ours holds ('-': standard input): results that 'estimate', 'simulate' or 'sweep' wrote with\n"
    "-f csv, a timeline from 'simulate --trace', comparisons from 'reproduce -f csv', sizes from 'formats -f csv', "
    "moves\n"
    "of factors from 'periodic target --sensitivity -f csv'.\n"
    "Without FIGURE the content decides.  A figure of a paper, such as fig13 or flexagon/fig12, sets published\n"
    "values as markers over our estimates; with the CSV of 'reproduce', over our simulations.\n"
    "\n"
    "  -o, --output=FILE       picture to write; its ending says which kind (default: FILE.png here)\n"
    "      --figure=FIGURE     the same as the word FIGURE\n"
    "      --baseline=MACHINE  what speed-ups refer to (default: the slowest machine in geometric mean)\n"
    "  -h, --help              print this and exit\n"
    "      --version           print the version and exit\n"
    "\n"
    "Example: sparsecast estimate layers.csv -m flexagon -m sigma-like -f csv -o r.csv && sparsecast plot phases "
    "r.csv\n"
    "Exit status: 0 success, 1 bad input or failed output, 2 wrong usage.\n"
    "\n"
    "Figures:\n";

static const char *const formats[] = {"png", "svg", "pdf"};

enum { BASELINE = 256, FIGURE, PRINT_VERSION };

struct request {
    const char *results, *output, *baseline, *figure;
    bool timeline, sensitivity, residuals;
    bool stop; /* --help or --version: all is done */
};

static void print_help(void)
{
    fputs(usage, stdout);
    for (size_t k = 0; k < sc_kind_count(); k++)
        printf("  %-10s %s\n", sc_kinds[k].name, sc_kinds[k].meaning);
    printf("  %-10s %s\n", "residuals", "estimates against simulations and their errors, from 'calibrate --rows'");
    printf("  %-10s %s\n", "sensitivity", "how far factors move with each assumption of 'periodic target'");
    printf("  %-10s %s\n", "timeline", "a lane of phases for each run that 'sparsecast simulate --trace' wrote");
}

static int take_option(struct request *request, int option, char **argv, struct sc_error *err)
{
    switch (option) {
    case 'o':
        request->output = optarg;
        return SC_OK;
    case BASELINE:
        request->baseline = optarg;
        return SC_OK;
    case FIGURE:
        request->figure = optarg;
        return SC_OK;
    case 'h':
        print_help();
        request->stop = true;
        return SC_OK;
    case PRINT_VERSION:
        fputs(sc_version_line(), stdout);
        request->stop = true;
        return SC_OK;
    case ':':
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "option '%s' needs a value; see 'sparsecast plot --help'",
                       argv[optind - 1]);
    default:
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "unknown option '%s'; see 'sparsecast plot --help'",
                       argv[optind - 1]);
    }
}

/* Whether a word names a figure of a paper: it has a digit, and is no file. */
static bool is_published(const char *word)
{
    return strpbrk(word, "0123456789") && !strstr(word, ".csv") && access(word, F_OK) != 0;
}

static int take_words(struct request *request, int words, char **word, struct sc_error *err)
{
    if (words == 2 && !request->figure)
        request->figure = *word++, words--;
    if (words == 1 && !request->figure && is_published(word[0])) {
        request->figure = word[0];
        return SC_OK;
    }
    if (words == 0 && request->figure && is_published(request->figure))
        return SC_OK;
    if (words != 1)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "%s; see 'sparsecast plot --help'",
                       words == 0 ? "no result file is named" : "expected one result file");
    request->results = word[0];
    enum sc_table_kind kind = SC_TABLE_RESULTS;
    int status = request->figure ? SC_OK : sc_sniff(request->results, &kind, err);
    if (status != SC_OK)
        return status;
    request->timeline = request->figure ? strcmp(request->figure, "timeline") == 0 : kind == SC_TABLE_TIMELINE;
    request->sensitivity = request->figure ? strcmp(request->figure, "sensitivity") == 0 : kind == SC_TABLE_SENSITIVITY;
    request->residuals = request->figure ? strcmp(request->figure, "residuals") == 0 : kind == SC_TABLE_RESIDUALS;
    if ((request->timeline || request->sensitivity || request->residuals) && request->baseline)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "a %s has no baseline; see 'sparsecast plot --help'",
                       request->timeline      ? "timeline"
                       : request->sensitivity ? "table of sensitivities"
                                              : "figure of residuals");
    return SC_OK;
}

static int read_arguments(struct request *request, int argc, char **argv, struct sc_error *err)
{
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'},      {"baseline", required_argument, NULL, BASELINE},
        {"figure", required_argument, NULL, FIGURE},   {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, PRINT_VERSION}, {NULL, 0, NULL, 0},
    };
    int option;

    optind = 0; /* the front door may have read options already */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
        int status = take_option(request, option, argv, err);
        if (status != SC_OK || request->stop)
            return status;
    }
    return take_words(request, argc - optind, argv + optind, err);
}

/* "dir/results.csv" becomes "results.png". */
static void default_output(char out[PATH_MAX], const char *results)
{
    const char *slash = strrchr(results, '/'), *name = slash ? slash + 1 : results;
    if (strcmp(results, "-") == 0)
        name = "results";
    const char *dot = strrchr(name, '.');
    int length = dot && dot > name ? (int)(dot - name) : (int)strlen(name);
    snprintf(out, PATH_MAX, "%.*s.png", length, name);
}

/* The picture format that the ending of `output` names, NULL when it names none; standard output gets PNG. */
static const char *find_format(const char *output)
{
    const char *dot = strcmp(output, "-") == 0 ? ".png" : strrchr(output, '.');
    for (size_t i = 0; dot && i < sizeof formats / sizeof formats[0]; i++)
        if (strcasecmp(dot + 1, formats[i]) == 0)
            return formats[i];
    return NULL;
}

/* The kind of figure that a request names, or that the content asks for; *set is filled for result lists. */
static int choose_kind(const struct sc_kind **kind, const struct request *request, const struct sc_frame *frame,
                       struct sc_result_set *set, struct sc_plot_options *options, struct sc_error *err)
{
    struct sc_error why;
    int status = SC_OK;

    *kind = NULL;
    if (request->figure && sc_has_published(frame, NULL) && strpbrk(request->figure, "0123456789")) {
        options->figure = request->figure;
        return sc_kind_find(kind, "published", err);
    }
    if (request->figure)
        status = sc_kind_find(kind, request->figure, err);
    if (status != SC_OK || (*kind && !(*kind)->results))
        return status;
    bool plain = !*kind && (sc_has_published(frame, NULL) || sc_has_formats(frame, NULL));
    if (!plain && (status = sc_result_set_make(set, frame, &why)) != SC_OK) {
        *err = why;
        return status;
    }
    if (!*kind)
        *kind = sc_kind_default(frame, plain ? NULL : set);
    return SC_OK;
}

static int plot_results(const struct request *request, const char *path, const struct sc_picture_target *target,
                        struct sc_error *err)
{
    struct sc_plot_options options = {.baseline = request->baseline};
    struct sc_result_set set = {0};
    struct sc_frame *frame = NULL;
    const struct sc_kind *kind;

    int status = sc_frame_read(&frame, path, err);
    if (status == SC_OK)
        status = choose_kind(&kind, request, frame, &set, &options, err);
    if (status == SC_OK)
        status = sc_picture_of_kind(kind, frame, &set, &options, target, err);
    sc_result_set_free(&set);
    sc_frame_free(frame);
    return status;
}

static int plot_timeline(const struct request *request, const struct sc_picture_target *target, struct sc_error *err)
{
    static struct sc_timeline timeline; /* of this process's one figure; too large for the stack */

    int status = sc_timeline_read(&timeline, request->results, err);
    if (status == SC_OK)
        status = sc_picture_draw(&(struct sc_picture){.timeline = &timeline}, target->format, target->output, err);
    sc_timeline_free(&timeline);
    return status;
}

static int plot_residuals(const struct request *request, const struct sc_picture_target *target, struct sc_error *err)
{
    struct sc_residuals residuals;

    int status = sc_residuals_read(&residuals, request->results, err);
    if (status == SC_OK)
        status = sc_picture_draw(&(struct sc_picture){.residuals = &residuals}, target->format, target->output, err);
    sc_residuals_free(&residuals);
    return status;
}

static int plot_sensitivity(const struct request *request, const struct sc_picture_target *target, struct sc_error *err)
{
    return sc_picture_draw(&(struct sc_picture){.sensitivity = request->results}, target->format, target->output, err);
}

/* Has our estimates set beside all published values, and draws the figure asked for. */
static int plot_published(const struct request *request, const struct sc_picture_target *target,
                          int (*reproduce)(int argc, char **argv), struct sc_error *err)
{
    char path[] = "/tmp/sparsecast-figure-XXXXXX",
         *words[] = {"reproduce", "--estimate-only", "-f", "csv", "-o", path, NULL};
    int file = mkstemp(path);
    if (file < 0)
        return sc_fail(err, SC_IO, path, 0, "cannot make a temporary file: %s", strerror(errno));
    close(file);
    optind = 0; /* it reads its words from the first */
    int status = reproduce(6, words) == 0
                     ? plot_results(request, path, target, err)
                     : sc_fail(err, SC_BAD_INPUT, NULL, 0, "the published figures cannot be set beside ours");
    unlink(path);
    return status;
}

static int plot(const struct request *request, int (*reproduce)(int argc, char **argv), struct sc_error *err)
{
    char derived[PATH_MAX];
    struct sc_picture_target target = {.output = request->output};

    if (!target.output) {
        default_output(derived, request->results ? request->results : request->figure);
        target.output = derived;
    }
    target.format = find_format(target.output);
    if (!target.format)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "the picture '%s' ends in none of .png, .svg, .pdf", target.output);
    int status = !request->results      ? plot_published(request, &target, reproduce, err)
                 : request->timeline    ? plot_timeline(request, &target, err)
                 : request->sensitivity ? plot_sensitivity(request, &target, err)
                 : request->residuals   ? plot_residuals(request, &target, err)
                                        : plot_results(request, request->results, &target, err);
    if (status == SC_OK && !request->output)
        fprintf(stderr, "sparsecast: wrote %s\n", target.output);
    return status;
}

int sc_plot_command(int argc, char **argv, int (*reproduce)(int argc, char **argv))
{
    struct request request = {0};
    struct sc_error err = {0};

    int status = read_arguments(&request, argc, argv, &err);
    if (status == SC_OK && !request.stop)
        status = plot(&request, reproduce, &err);
    return status == SC_OK ? 0 : sc_error_print(&err);
}
