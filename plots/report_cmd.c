/* report_cmd.c - `sparsecast report`: a result CSV as one HTML page.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "report_cmd.h"

#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "memory_stream.h"
#include "output.h"
#include "report.h"

struct request {
    const char *results, *output;
};

static const struct sc_option options[] = {
    {"output", "FILE", 'o', "page to write, whole or not at all (default: standard output)", NULL,
     SC_FILE(struct request, output)},
    SC_OPTIONS_END,
};

const struct sc_command sc_report_manual = {
    .name = "report",
    .summary = "write one HTML page about a result CSV",
    .synopsis = "RESULTS.csv [-o FILE.html]",
    .about = "Writes one HTML page about the results that 'sparsecast estimate', 'simulate' or 'sweep' wrote with -f "
             "csv ('-': standard input): totals, figures, sortable tables, every layer with its interval, what "
             "limits it and the command to look closer, and where the numbers come from. The page needs no network "
             "and no other file.",
    .more = "It follows a light or dark screen and is usable by keyboard. Tables show the 2000 rows, and the layers' "
            "details the 200 layers, with the most cycles; a message says so. Without gnuplot(1) it has no figures "
            "and says why.",
    .options = options,
    .completion = SC_COMPLETE_FILE,
    .examples = "sparsecast estimate data/layers/alexnet.csv -m flexagon -m sigma-like -f csv -o results.csv\n"
                "sparsecast report results.csv -o report.html",
};

static int read_arguments(struct request *request, int argc, char **argv)
{
    struct sc_words words;
    int status = sc_options_read(&sc_report_manual, argc, argv, request, &words);
    return status == SC_GO_ON ? sc_take_one_word(&sc_report_manual, &words, "result file", &request->results) : status;
}

static int write_page(const struct sc_report *report, char **page, size_t *size, struct sc_error *err)
{
    struct sc_report open = *report;
    open.out = sc_memory_stream(page, size);
    if (!open.out)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a report");
    int status = sc_report_write(&open, err);
    bool failed = ferror(open.out) != 0;
    if ((fclose(open.out) != 0 || failed) && status == SC_OK)
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a report");
    return status;
}

static int make_report(const struct request *request, const char *command, struct sc_error *err)
{
    struct sc_report report = {.path = request->results, .command = command};
    struct sc_result_set set = {0};
    struct sc_frame *frame = NULL;
    char *page = NULL;
    size_t size = 0;

    if (strcmp(report.path, "-") == 0)
        report.path = "results.csv"; /* in commands to type: standard input is gone */
    int status = sc_frame_read(&frame, request->results, err);
    if (status == SC_OK)
        status = sc_result_set_make(&set, frame, err);
    if (status == SC_OK) {
        sc_report_start(&report, frame, &set);
        status = write_page(&report, &page, &size, err);
    }
    if (status == SC_OK)
        status = sc_output_text(request->output, page, size, err);
    free(page);
    sc_result_set_free(&set);
    sc_frame_free(frame);
    return status;
}

int sc_report_command(int argc, char **argv)
{
    struct request request = {0};
    struct sc_error err = {0};
    char *command = sc_command_line(argc, argv); /* before getopt reorders the words */
    int exit_status = read_arguments(&request, argc, argv);
    if (exit_status == SC_GO_ON)
        exit_status = make_report(&request, command ? command : "sparsecast report", &err) == SC_OK
                          ? 0
                          : sc_error_print(&err);
    free(command);
    return exit_status;
}
