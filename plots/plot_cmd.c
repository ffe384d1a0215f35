/* plot_cmd.c - `sparsecast plot`: a figure from a CSV of ours, or one of a paper.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "command.h"
#include "output.h"
#include "picture.h"
#include "plot_cmd.h"
#include "sensitivity.h"
#include "sniff.h"
#include "text.h"

static const char *const formats[] = {"png", "svg", "pdf"};

struct request {
    const char *results, *output, *baseline, *figure;
    bool timeline, sensitivity, residuals;
};

/* The figures of results and other tables, then those of files of their own kinds. */
static bool name_figure(size_t i, const char **name, const char **meaning)
{
    static const char *const others[][2] = {
        {"residuals", "estimates against simulations and their errors, from 'calibrate --rows'"},
        {"sensitivity", "how far factors move with each assumption of 'periodic target'"},
        {"timeline", "a lane of phases for each run that 'sparsecast simulate --trace' wrote"},
    };
    size_t kinds = sc_kind_count();
    if (i >= kinds + sizeof others / sizeof others[0])
        return false;
    *name = i < kinds ? sc_kinds[i].name : others[i - kinds][0];
    *meaning = i < kinds ? sc_kinds[i].meaning : others[i - kinds][1];
    return true;
}

static const struct sc_option options[] = {
    {"output", "FILE", 'o', "picture to write; its ending says which kind (default: FILE.png here)",
     "Endings are .png, .svg and .pdf. The default is the name of the results with the ending .png, in the current "
     "directory.",
     SC_FILE(struct request, output)},
    {"figure", "FIGURE", 0, "the same as the word FIGURE", NULL, SC_TEXT(struct request, figure),
     .completion = SC_COMPLETE_ITEM},
    {"baseline", "MACHINE", 0, "what speed-ups refer to (default: the slowest machine in geometric mean)", NULL,
     SC_TEXT(struct request, baseline), .completion = SC_COMPLETE_MACHINE},
    SC_OPTIONS_END,
};

const struct sc_command sc_plot_manual = {
    .name = "plot",
    .summary = "draw a result CSV, or a figure of a paper",
    .synopsis = "FILE.csv [-o FILE.png|.svg|.pdf] [OPTION]...\n"
                "FIGURE FILE.csv [-o FILE.png|.svg|.pdf] [OPTION]...\n"
                "PAPERS-FIGURE [-o FILE.png|.svg|.pdf]",
    .about =
        "Draws what a CSV of ours holds ('-': standard input): results that 'estimate', 'simulate' or 'sweep' wrote "
        "with -f csv, a timeline from 'simulate --trace', comparisons from 'reproduce -f csv', sizes from 'formats "
        "-f csv', terms from 'explain -f csv', moves of factors from 'periodic target --sensitivity -f csv'. Without "
        "FIGURE the content decides. "
        "A figure of a paper, such as fig13 or flexagon/fig12, sets published values as markers over our "
        "estimates; with the CSV of 'reproduce', over our simulations.",
    .more =
        "Pictures are drawn by gnuplot(1), without a display. More than 40 layers become one group per model, or the "
        "40 with the most cycles; a timeline shows at most 24 runs, phases by colour, their height being the share "
        "of the time that they take.",
    .options = options,
    .items_title = "Figures:",
    .items = name_figure,
    .items_are_words = true,
    .completion = SC_COMPLETE_FILE,
    .examples = "sparsecast estimate data/layers/alexnet.csv -m flexagon -m sigma-like -f csv -o results.csv\n"
                "sparsecast plot results.csv -o speedup.pdf\n"
                "sparsecast plot phases results.csv -o phases.svg\n"
                "sparsecast plot fig13 -o fig13.png",
};

/* Whether a word names a figure of a paper: it has a digit, and is no file. */
static bool is_published(const char *word)
{
    return strpbrk(word, "0123456789") && !strstr(word, ".csv") && access(word, F_OK) != 0;
}

/* Complains about a figure that is neither one of ours nor one of a paper. */
static int check_figure(const char *figure)
{
    enum { FIGURES_MOST = 64 };
    const char *names[FIGURES_MOST], *meaning;
    char what[200];
    size_t count = 0;
    for (; count < FIGURES_MOST && name_figure(count, &names[count], &meaning); count++)
        if (strcmp(figure, names[count]) == 0)
            return SC_GO_ON;
    if (is_published(figure))
        return SC_GO_ON;
    const char *near = sc_nearest_name(figure, names, count);
    snprintf(what, sizeof what, "there is no figure '%.100s'%s%s%s", figure, near ? ", did you mean '" : "",
             near ? near : "", near ? "'?" : "");
    return sc_wrong_usage("plot", what, "");
}

static int take_words(struct request *request, struct sc_words words)
{
    if (words.count == 2 && !request->figure) {
        request->figure = words.word[0];
        words = (struct sc_words){words.word + 1, 1};
    }
    if (request->figure && check_figure(request->figure) != SC_GO_ON)
        return sc_exit_status(SC_BAD_USAGE);
    if (words.count == 1 && !request->figure && is_published(words.word[0])) {
        request->figure = words.word[0];
        return SC_GO_ON;
    }
    if (words.count == 0 && request->figure && is_published(request->figure))
        return SC_GO_ON;
    int status = sc_take_one_word(&sc_plot_manual, &words, "result file", &request->results);
    if (status != SC_GO_ON)
        return status;
    struct sc_error err;
    enum sc_table_kind kind = SC_TABLE_RESULTS;
    if (!request->figure && sc_sniff(request->results, &kind, &err) != SC_OK)
        return sc_error_print(&err);
    request->timeline = request->figure ? strcmp(request->figure, "timeline") == 0 : kind == SC_TABLE_TIMELINE;
    request->sensitivity = request->figure ? strcmp(request->figure, "sensitivity") == 0 : kind == SC_TABLE_SENSITIVITY;
    request->residuals = request->figure ? strcmp(request->figure, "residuals") == 0 : kind == SC_TABLE_RESIDUALS;
    if ((request->timeline || request->sensitivity || request->residuals) && request->baseline)
        return sc_wrong_usage("plot", "--baseline does not go with a ",
                              request->timeline      ? "timeline, which has none"
                              : request->sensitivity ? "table of sensitivities, which has none"
                                                     : "figure of residuals, which has none");
    return SC_GO_ON;
}

static int read_arguments(struct request *request, int argc, char **argv)
{
    struct sc_words words;
    int status = sc_options_read(&sc_plot_manual, argc, argv, request, &words);
    return status == SC_GO_ON ? take_words(request, words) : status;
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
    bool plain = !*kind && (sc_has_published(frame, NULL) || sc_has_formats(frame, NULL) || sc_has_terms(frame, NULL));
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
    char path[32], *words[] = {"reproduce", "--estimate-only", "-f", "csv", "-o", path, NULL};
    int file, status = sc_output_spool(&file, err);
    if (status != SC_OK)
        return status;
    snprintf(path, sizeof path, "/dev/fd/%d", file);
    status = reproduce(6, words) == 0
                 ? plot_results(request, path, target, err)
                 : sc_fail(err, SC_BAD_INPUT, NULL, 0, "the published figures cannot be set beside ours");
    close(file);
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
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "the picture '%s' ends in none of .png, .svg, .pdf; "
                       "give such a name with -o", target.output);
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
    int exit_status = read_arguments(&request, argc, argv);
    if (exit_status == SC_GO_ON)
        exit_status = plot(&request, reproduce, &err) == SC_OK ? 0 : sc_error_print(&err);
    return exit_status;
}
