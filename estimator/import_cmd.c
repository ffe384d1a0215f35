/* import_cmd.c - `sparsecast import`: any layer list the reader knows, rewritten as our layer CSV.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "import_cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "layer.h"
#include "import_onnx.h"
#include "layer_write.h"
#include "text.h"

static const char usage[] =
    "Usage: sparsecast import FILE [-o LAYERS.csv] [OPTION]...\n"
    "Rewrites a layer list as a sparsecast layer CSV and says what was recognised.\n"
    "FILE is a SCALE-Sim topology (convolution or GEMM), an ONNX model or a layer CSV; '-' is\n"
    "standard input (not for ONNX).\n"
    "\n"
    "  -o, --output=FILE      write here, whole or not at all; '-' or nothing: standard output\n"
    "      --same-padding     pad SCALE-Sim convolutions so that output = ceil(input / stride),\n"
    "                         except along a direction that the filter spans whole\n"
    "      --split-depthwise  a SCALE-Sim row with one filter over several channels is depthwise:\n"
    "                         one GEMM per channel (M = 1, count = Channels)\n"
    "      --dim=NAME=SIZE    the size of a symbolic dimension of an ONNX model, such as the batch;\n"
    "                         INPUT:AXIS names one that has no name. May be repeated\n"
    "  -h, --help             print this and exit\n"
    "      --version          print the version and exit\n"
    "\n"
    "Exit status: 0 success, 1 bad input or failed output, 2 wrong usage.\n";

struct arguments {
    const char *input, *output;
    struct sc_layer_options options;
    struct sc_onnx_dim *dim; /* room for as many as there are words */
    size_t dims;
    bool stop; /* --help or --version: all is done */
};

/* `last` is the argument getopt_long() stopped behind; a short option may stand anywhere in its argument. */
static int unknown_option(const char *last)
{
    char letter[] = {'-', (char)optopt, '\0'};
    bool is_short = optopt > 0 && optopt <= UCHAR_MAX;
    return sc_wrong_usage("import", "unknown or ambiguous option ", is_short ? letter : last);
}

/* Takes NAME=SIZE apart, in place; false when it is something else. */
static bool take_dim(struct arguments *arguments, char *text)
{
    char *equals = strrchr(text, '=');
    uint64_t size;

    if (!equals || equals == text || !sc_parse_count(equals + 1, strlen(equals + 1), &size) || size < 1 ||
        size > UINT64_C(1) << 40)
        return false;
    *equals = '\0';
    arguments->dim[arguments->dims++] = (struct sc_onnx_dim){text, (int64_t)size};
    return true;
}

/* Fills `arguments`; returns 0, or the exit status for wrong usage. */
static int parse_arguments(struct arguments *arguments, int argc, char **argv)
{
    enum { SAME_PADDING = 256, SPLIT_DEPTHWISE, DIM, OPT_VERSION };
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'},
        {"same-padding", no_argument, NULL, SAME_PADDING},
        {"split-depthwise", no_argument, NULL, SPLIT_DEPTHWISE},
        {"dim", required_argument, NULL, DIM},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, OPT_VERSION},
        {NULL, 0, NULL, 0},
    };
    int option;

    optind = 0; /* the front door or an earlier call may have used getopt */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
        switch (option) {
        case 'o':
            arguments->output = optarg;
            break;
        case SAME_PADDING:
            arguments->options.same_padding = true;
            break;
        case SPLIT_DEPTHWISE:
            arguments->options.split_depthwise = true;
            break;
        case DIM:
            if (!take_dim(arguments, optarg))
                return sc_wrong_usage("import", "--dim takes NAME=SIZE with a size from 1 to 2^40, found ", optarg);
            break;
        case 'h':
            fputs(usage, stdout);
            arguments->stop = true;
            return 0;
        case OPT_VERSION:
            fputs(sc_version_line(), stdout);
            arguments->stop = true;
            return 0;
        case ':':
            return sc_wrong_usage("import", "an argument is missing after ", argv[optind - 1]);
        default:
            return unknown_option(argv[optind - 1]);
        }
    }
    if (argc - optind != 1)
        return sc_wrong_usage("import", argc == optind ? "no FILE given" : "more than one FILE given: ",
                           optind + 1 < argc ? argv[optind + 1] : "");
    arguments->input = argv[optind];
    return 0;
}

/* Writes all layers; on success *layers says how many. */
static int convert(struct sc_layer_reader *reader, const char *path, uint64_t *layers, struct sc_error *err)
{
    struct sc_layer_sheet sheet = {.err = err, .with = sc_layer_columns(reader)};
    struct sc_layer layer;
    size_t extras;
    const char *const *extra = sc_layer_extra_names(reader, &extras);
    int status = sc_output_open(&sheet.output, path, err);

    if (status != SC_OK)
        return status;
    *layers = 0;
    sc_layer_put_header(&sheet, extra, extras);
    while (sheet.status == SC_OK && (status = sc_layer_next(reader, &layer, err)) == SC_OK) {
        sc_layer_put(&sheet, &layer);
        ++*layers;
    }
    if (sheet.status == SC_OK && status == SC_END)
        return sc_output_close(sheet.output, err);
    sc_output_abandon(sheet.output);
    return sheet.status != SC_OK ? sheet.status : status;
}

/* Rewrites a list: SCALE-Sim's, or one of ours. */
static int import_list(const struct arguments *arguments, uint64_t *layers, struct sc_error *err)
{
    struct sc_layer_reader *reader = NULL;

    if (arguments->dims > 0)
        return sc_fail(err, SC_BAD_USAGE, arguments->input, 0,
                       "--dim gives sizes to symbolic dimensions of ONNX models, and this file is none");
    int status = sc_layer_open(&reader, arguments->input, &arguments->options, err);
    if (status == SC_OK) {
        fprintf(stderr, "sparsecast: %s: %s\n", arguments->input, sc_layer_format(reader));
        status = convert(reader, arguments->output, layers, err);
    }
    sc_layer_close(reader);
    return status;
}

int sc_import_command(int argc, char **argv)
{
    struct arguments arguments = {.output = "-", .options = {.warn = sc_print_warning}};
    struct sc_error err;
    uint64_t layers = 0;

    arguments.dim = calloc((size_t)argc + 1, sizeof *arguments.dim);
    if (!arguments.dim) {
        sc_fail(&err, SC_NO_MEMORY, NULL, 0, "out of memory for the command's words");
        return sc_error_print(&err);
    }
    int usage_status = parse_arguments(&arguments, argc, argv);
    if (usage_status != 0 || arguments.stop) {
        free(arguments.dim);
        return usage_status;
    }
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is reported as a failed write */
    int status = sc_import_is_onnx(arguments.input)
                     ? sc_import_onnx(arguments.input, arguments.output, arguments.dim, arguments.dims, &layers, &err)
                     : import_list(&arguments, &layers, &err);
    free(arguments.dim);
    if (status != SC_OK)
        return sc_error_print(&err);
    fprintf(stderr, "sparsecast: %s: %" PRIu64 " layers written\n",
            strcmp(arguments.output, "-") == 0 ? "standard output" : arguments.output, layers);
    return 0;
}
