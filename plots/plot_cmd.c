/* plot_cmd.c - `sparsecast plot`: a figure from a result CSV or a timeline.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "command.h"
#include "data_dir.h"
#include "figure.h"
#include "gnuplot.h"
#include "parity.h"
#include "plot_cmd.h"
#include "timeline.h"

static const char usage[] =
    "Usage: sparsecast plot RESULTS.csv [-o FILE.png|.svg|.pdf] [--baseline=MACHINE]\n"
    "       sparsecast plot [timeline] TRACE.csv [-o FILE.png|.svg|.pdf]\n"
    "       sparsecast plot [parity] ROWS.csv [-o FILE.png|.svg|.pdf]\n"
    "\n"
    "Draws grouped bars from results that 'sparsecast estimate -f csv' or 'simulate -f csv' wrote ('-': standard\n"
    "input), or a lane of phases for each run of a timeline that 'sparsecast simulate --trace' wrote, or estimates\n"
    "against simulations and their errors from what 'sparsecast calibrate --rows' wrote.\n"
    "Several machines: the speed-up of each one's best dataflow over the baseline, with geometric means.\n"
    "One machine: the cycles of each dataflow.  More than 40 layers become one group per model, or the 40\n"
    "layers with the most cycles.\n"
    "\n"
    "  -o, --output=FILE       picture to write; its ending says which kind (default: RESULTS.png here)\n"
    "      --baseline=MACHINE  what speed-ups refer to (default: the slowest machine in geometric mean)\n"
    "  -h, --help              print this and exit\n"
    "      --version           print the version and exit\n"
    "\n"
    "Example: sparsecast estimate layers.csv -m flexagon -m sigma-like -f csv -o r.csv && sparsecast plot r.csv\n"
    "Exit status: 0 success, 1 bad input or failed output, 2 wrong usage.\n";

static const char *const formats[] = {"png", "svg", "pdf"};

struct request {
    const char *results, *output, *baseline;
    bool timeline, parity;
    bool stop; /* --help or --version: all is done */
};

static int read_arguments(struct request *request, int argc, char **argv, struct sc_error *err)
{
    enum { BASELINE = 256, PRINT_VERSION };
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'},
        {"baseline", required_argument, NULL, BASELINE},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, PRINT_VERSION},
        {NULL, 0, NULL, 0},
    };
    int option;

    optind = 0; /* the front door may have read options already */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
        switch (option) {
        case 'o':
            request->output = optarg;
            break;
        case BASELINE:
            request->baseline = optarg;
            break;
        case 'h':
        case PRINT_VERSION:
            fputs(option == 'h' ? usage : sc_version_line(), stdout);
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
    if (argc - optind == 2 && strcmp(argv[optind], "timeline") == 0) {
        request->timeline = true;
        optind++;
    }
    if (argc - optind == 2 && strcmp(argv[optind], "parity") == 0) {
        request->parity = true;
        optind++;
    }
    if (argc - optind != 1)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "%s; see 'sparsecast plot --help'",
                       argc == optind ? "no result file is named" : "expected one result file");
    request->results = argv[optind];
    request->parity = request->parity || (!request->timeline && sc_parity_is(request->results));
    request->timeline = !request->parity && (request->timeline || sc_timeline_is(request->results));
    if ((request->timeline || request->parity) && request->baseline)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "a %s has no baseline; see 'sparsecast plot --help'",
                       request->timeline ? "timeline" : "parity plot");
    return SC_OK;
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

/* What is drawn: one of the three. */
struct drawing {
    const struct sc_figure *figure;
    const struct sc_timeline *timeline;
    const struct sc_parity *parity;
};

static int draw(const struct drawing *drawing, const char *format, const char *output, struct sc_error *err)
{
    char script[PATH_MAX], *text = NULL;
    size_t length = 0;

    const char *name = drawing->figure ? "plots/layers.gp" : drawing->parity ? "plots/parity.gp" : "plots/timeline.gp";
    int status = sc_data_path(script, sizeof script, name, err);
    if (status != SC_OK)
        return status;
    FILE *out = open_memstream(&text, &length);
    if (out) {
        fprintf(out, "format = '%s'\n", format);
        if (drawing->figure)
            sc_figure_write(drawing->figure, out);
        else if (drawing->parity)
            sc_parity_write(drawing->parity, out);
        else
            sc_timeline_write(drawing->timeline, out);
    }
    if (!out || fclose(out) != 0)
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a figure");
    else
        status = sc_gnuplot(text, length, script, output, err);
    free(text);
    return status;
}

static int plot_results(const struct request *request, const char *format, const char *output, struct sc_error *err)
{
    struct sc_figure_options options = {.baseline = request->baseline};
    struct sc_result_set set = {0};
    struct sc_figure figure = {0};

    int status = sc_result_set_read(&set, request->results, err);
    if (status == SC_OK)
        status = sc_figure_build(&figure, &set, &options, err);
    if (status == SC_OK)
        status = draw(&(struct drawing){.figure = &figure}, format, output, err);
    sc_figure_free(&figure);
    sc_result_set_free(&set);
    return status;
}

static int plot_timeline(const struct request *request, const char *format, const char *output, struct sc_error *err)
{
    static struct sc_timeline timeline; /* of this process's one figure; too large for the stack */

    int status = sc_timeline_read(&timeline, request->results, err);
    if (status == SC_OK)
        status = draw(&(struct drawing){.timeline = &timeline}, format, output, err);
    sc_timeline_free(&timeline);
    return status;
}

static int plot_parity(const struct request *request, const char *format, const char *output, struct sc_error *err)
{
    struct sc_parity parity;

    int status = sc_parity_read(&parity, request->results, err);
    if (status == SC_OK)
        status = draw(&(struct drawing){.parity = &parity}, format, output, err);
    sc_parity_free(&parity);
    return status;
}

static int plot(const struct request *request, struct sc_error *err)
{
    char derived[PATH_MAX];
    const char *output = request->output;

    if (!output) {
        default_output(derived, request->results);
        output = derived;
    }
    const char *format = find_format(output);
    if (!format)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "the picture '%s' ends in none of .png, .svg, .pdf", output);
    int status = request->timeline ? plot_timeline(request, format, output, err)
                 : request->parity ? plot_parity(request, format, output, err)
                                   : plot_results(request, format, output, err);
    if (status == SC_OK && !request->output)
        fprintf(stderr, "sparsecast: wrote %s\n", output);
    return status;
}

int sc_plot_command(int argc, char **argv)
{
    struct request request = {0};
    struct sc_error err = {0};

    int status = read_arguments(&request, argc, argv, &err);
    if (status == SC_OK && !request.stop)
        status = plot(&request, &err);
    return status == SC_OK ? 0 : sc_error_print(&err);
}
