/* report_cmd.c - `sparsecast report`: a result CSV as one HTML page.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "report_cmd.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "memory_stream.h"
#include "output.h"
#include "report.h"

static const char usage[] =
    "Usage: sparsecast report RESULTS.csv [-o FILE.html]\n"
    "Writes one HTML page about the results that 'sparsecast estimate', 'simulate' or 'sweep' wrote with -f csv ('-':\n"
    "standard input): totals, figures, sortable tables, every layer with its interval, what limits it and the command\n"
    "to look closer, and where the numbers come from.  The page needs no network and no other file.\n"
    "\n"
    "  -o, --output=FILE       page to write, whole or not at all (default: standard output)\n"
    "  -h, --help              print this and exit\n"
    "      --version           print the version and exit\n"
    "\n"
    "Example: sparsecast estimate layers.csv -m flexagon -m sigma-like -f csv -o r.csv && sparsecast report r.csv -o "
    "r.html\n"
    "Exit status: 0 success, 1 bad input or failed output, 2 wrong usage.\n";

struct request {
    const char *results, *output;
    bool stop; /* --help or --version: all is done */
};

enum { PRINT_VERSION = 256 };

static int read_arguments(struct request *request, int argc, char **argv, struct sc_error *err)
{
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, PRINT_VERSION},
        {NULL, 0, NULL, 0},
    };
    int option;

    optind = 0; /* the front door may have read options already */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
        if (option == 'o') {
            request->output = optarg;
        } else if (option == 'h' || option == PRINT_VERSION) {
            fputs(option == 'h' ? usage : sc_version_line(), stdout);
            request->stop = true;
            return SC_OK;
        } else {
            return sc_fail(err, SC_BAD_USAGE, NULL, 0, "%s option '%s'%s; see 'sparsecast report --help'",
                           option == ':' ? "the" : "unknown", argv[optind - 1], option == ':' ? " needs a value" : "");
        }
    }
    if (argc - optind != 1)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "%s; see 'sparsecast report --help'",
                       argc == optind ? "no result file is named" : "expected one result file");
    request->results = argv[optind];
    return SC_OK;
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
    char *command = sc_command_line(argc, argv);

    int status = command ? read_arguments(&request, argc, argv, &err)
                         : sc_fail(&err, SC_NO_MEMORY, NULL, 0, "out of memory for a report");
    if (status == SC_OK && !request.stop)
        status = make_report(&request, command, &err);
    free(command);
    return status == SC_OK ? 0 : sc_error_print(&err);
}
