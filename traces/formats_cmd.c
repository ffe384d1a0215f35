/* formats_cmd.c - `sparsecast formats`: arguments, lists, pairs of files, output.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats_cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "command.h"
#include "family.h"
#include "formats_rows.h"
#include "operands.h"
#include "pair_name.h"
#include "pattern_read.h"
#include "text.h"

static const char usage[] =
    "Usage: sparsecast formats LAYERS.csv [OPTION]...\n"
    "       sparsecast formats --a=A.mtx --b=B.mtx [OPTION]...\n"
    "Prints how many bits each operand of each layer takes in every storage format, values and indices apart.\n"
    "\n"
    "      --a=FILE, --b=FILE   pattern files (Matrix Market, .smtx) instead of a list: counted, not expected\n"
    "      --kernel=HxW         kernel of a convolution whose weights are A (default with --a: 1x1, a plain matrix)\n"
    "  -m, --machine=NAME       take widths from a machine: its values and coordinates, or its weights and indices\n"
    "      --value-bits=W       bits of a value (default: 8)\n"
    "      --field-bits=F       bits of an index of the -fixed formats (default: 16)\n"
    "      --pointer-bits=P     bits of a pointer of the -fixed formats (default: 32)\n"
    "      --run-bits=B         bits of a run of the run-length format (default: 4)\n"
    "      --table-rows=T       rows of the periodic table (default: 0, one per slot of the period)\n"
    "      --phase-bits=N       stored with a periodic table (default: 0)\n"
    "      --measure            draw every pattern and walk it field by field (default: closed forms)\n"
    "      --seed=N             for --measure (default: 1)\n"
    "  -f, --format=FORMAT      table (default), csv or json\n"
    "  -o, --output=FILE        write here, whole or not at all; '-': standard output\n"
    "  -h, --help               print this and exit\n"
    "      --version            print the version and exit\n"
    "\n"
    "Totals take the dense format for layers that a periodic one does not apply to.\n"
    "Example: sparsecast formats layers.csv -m sps -f csv -o sizes.csv\n"
    "Exit status: 0 success, 1 bad input or failed output, 2 wrong usage.\n"
    "\n"
    "Formats and their index bits (K fibers of C channels of A positions, N nonzeros, lg: bits that tell so many "
    "apart):\n";

struct arguments {
    const char *list, *a, *b, *output, *machine;
    struct sc_formats_request request;
    enum sc_format format;
    bool stop;
};

enum {
    OPT_A = 256,
    OPT_B,
    OPT_KERNEL,
    OPT_VALUE,
    OPT_FIELD,
    OPT_POINTER,
    OPT_RUN,
    OPT_ROWS,
    OPT_PHASE,
    OPT_MEASURE,
    OPT_SEED,
    OPT_VERSION
};

static void print_usage(void)
{
    fputs(usage, stdout);
    for (int f = 0; f < SC_WEIGHT_FORMATS; f++)
        printf("  %-16s %s\n", sc_weight_format_name((enum sc_weight_format)f),
               sc_weight_format_rule((enum sc_weight_format)f));
}

static int take_bits(uint32_t *bits, uint64_t low, uint64_t high, const char *complaint, const char *text)
{
    uint64_t value;
    if (!sc_parse_count(text, strlen(text), &value) || value < low || value > high)
        return sc_wrong_usage("formats", complaint, text);
    *bits = (uint32_t)value;
    return 0;
}

static int take_kernel(struct sc_formats_request *r, const char *text)
{
    size_t length = strcspn(text, "xX");
    if (text[length] && sc_parse_count(text, length, &r->kernel_height) &&
        sc_parse_count(text + length + 1, strlen(text + length + 1), &r->kernel_width) && r->kernel_height >= 1 &&
        r->kernel_width >= 1 && r->kernel_height <= 65536 && r->kernel_width <= 65536)
        return 0;
    return sc_wrong_usage("formats", "--kernel takes two sizes from 1 to 65536 as in 3x3, not ", text);
}

static int take_format(struct arguments *a, const char *text)
{
    static const char *const names[] = {"table", "csv", "json"};
    int format = sc_position(text, names, 3);
    if (format < 0)
        return sc_wrong_usage("formats", "--format takes table, csv or json, not ", text);
    a->format = (enum sc_format)format;
    return 0;
}

/* Widths that a machine implies. */
static int take_machine(struct arguments *a, const char *name)
{
    struct sc_format_widths *w = &a->request.widths;
    struct sc_machine *machine = malloc(sizeof *machine);
    struct sc_error err;
    int exit_status = 0;
    if (!machine || sc_machine_read(machine, name, NULL, &err) != SC_OK) {
        exit_status = machine ? sc_error_print(&err) : 1;
    } else if (machine->family == &sc_family_systolic) {
        *w = machine->systolic.widths;
        w->value_bits = machine->systolic.weight_bits;
        w->table_rows = machine->systolic.table_per_row ? machine->systolic.rows : 0;
        w->phase_bits = machine->systolic.phase_bits;
    } else if (machine->energy_request.value_bits > 0 && machine->energy_request.coordinate_bits > 0) {
        w->value_bits = machine->energy_request.value_bits;
        w->field_bits = machine->energy_request.coordinate_bits;
    } else {
        exit_status = sc_wrong_usage("formats", "this machine has no widths of values and indices: ", name);
    }
    free(machine);
    return exit_status;
}

/* One option; returns an exit status, 0 to go on. */
static int take(struct arguments *a, int option, const char *value)
{
    struct sc_format_widths *w = &a->request.widths;
    switch (option) {
    case OPT_A:
        a->a = value;
        return 0;
    case OPT_B:
        a->b = value;
        return 0;
    case OPT_KERNEL:
        return take_kernel(&a->request, value);
    case 'm':
        return take_machine(a, value);
    case OPT_VALUE:
        return take_bits(&w->value_bits, 1, 512, "--value-bits takes 1 to 512, not ", value);
    case OPT_FIELD:
        return take_bits(&w->field_bits, 1, 64, "--field-bits takes 1 to 64, not ", value);
    case OPT_POINTER:
        return take_bits(&w->pointer_bits, 1, 64, "--pointer-bits takes 1 to 64, not ", value);
    case OPT_RUN:
        return take_bits(&w->run_bits, 1, 32, "--run-bits takes 1 to 32, not ", value);
    case OPT_ROWS:
        return take_bits(&w->table_rows, 0, 65536, "--table-rows takes 0 to 65536, not ", value);
    case OPT_PHASE:
        return take_bits(&w->phase_bits, 0, 64, "--phase-bits takes 0 to 64, not ", value);
    case OPT_MEASURE:
        a->request.measure = true;
        return 0;
    case OPT_SEED:
        return sc_parse_count(value, strlen(value), &a->request.seed)
                   ? 0
                   : sc_wrong_usage("formats", "--seed takes a whole number below 2^64, not ", value);
    case 'f':
        return take_format(a, value);
    case 'o':
        a->output = value;
        return 0;
    case 'h':
        print_usage();
        a->stop = true;
        return 0;
    case OPT_VERSION:
        fputs(sc_version_line(), stdout);
        a->stop = true;
        return 0;
    }
    fputs("Try 'sparsecast formats --help'.\n", stderr); /* getopt has said what is wrong */
    return sc_exit_status(SC_BAD_USAGE);
}

static int parse_arguments(struct arguments *a, int argc, char **argv)
{
    static const struct option options[] = {
        {"a", required_argument, NULL, OPT_A},
        {"b", required_argument, NULL, OPT_B},
        {"kernel", required_argument, NULL, OPT_KERNEL},
        {"machine", required_argument, NULL, 'm'},
        {"value-bits", required_argument, NULL, OPT_VALUE},
        {"field-bits", required_argument, NULL, OPT_FIELD},
        {"pointer-bits", required_argument, NULL, OPT_POINTER},
        {"run-bits", required_argument, NULL, OPT_RUN},
        {"table-rows", required_argument, NULL, OPT_ROWS},
        {"phase-bits", required_argument, NULL, OPT_PHASE},
        {"measure", no_argument, NULL, OPT_MEASURE},
        {"seed", required_argument, NULL, OPT_SEED},
        {"format", required_argument, NULL, 'f'},
        {"output", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, OPT_VERSION},
        {NULL, 0, NULL, 0},
    };
    optind = 0; /* the front door or an earlier call may have used getopt */
    opterr = 1;
    for (int option; !a->stop && (option = getopt_long(argc, argv, "m:f:o:h", options, NULL)) != -1;) {
        int status = take(a, option, optarg);
        if (status != 0)
            return status;
    }
    if (a->stop)
        return 0;
    if (optind < argc)
        a->list = argv[optind++];
    if (optind < argc)
        return sc_wrong_usage("formats", "one layer list at a time; the second is ", argv[optind]);
    if (a->list && (a->a || a->b))
        return sc_wrong_usage("formats", "give a layer list or --a and --b, not both", "");
    if (!a->list && (!a->a || !a->b))
        return sc_wrong_usage("formats", a->a || a->b ? "--a and --b go together" : "which layer list?", "");
    return 0;
}

static int list_rows(struct sc_grid *grid, const struct arguments *a, struct sc_error *err)
{
    const struct sc_layer_options reading = {.warn = sc_print_warning};
    struct sc_layer_reader *reader = NULL;
    struct sc_formats_totals totals = {0};
    struct sc_layer layer;
    int status = sc_layer_open(&reader, a->list, &reading, err);
    while (status == SC_OK && (status = sc_layer_next(reader, &layer, err)) == SC_OK) {
        status = sc_formats_layer(grid, &totals, &layer, &a->request, err);
        if (status != SC_OK)
            status = sc_fail_layer(err, a->list, &layer);
    }
    sc_layer_close(reader);
    if (status == SC_END)
        status = totals.layers > 1 ? sc_formats_total_rows(grid, &totals, err) : SC_OK;
    return status;
}

/* A pair of files as a layer of convolutions with kernels of the size asked for. */
static int pair_rows(struct sc_grid *grid, const struct arguments *a, struct sc_error *err)
{
    const struct sc_formats_request *r = &a->request;
    struct sc_pattern left = {0}, right = {0};
    struct sc_formats_totals totals = {0};
    char name[SC_PAIR_NAME];
    int status = sc_pattern_read(&left, a->a, NULL, err);
    if (status == SC_OK)
        status = sc_pattern_read(&right, a->b, NULL, err);
    if (status == SC_OK && left.cols != right.rows)
        status = sc_fail(err, SC_BAD_INPUT, a->b, 0,
                         "has %" PRIu64 " rows, expected as many as A = %s has columns: %" PRIu64, right.rows, a->a,
                         left.cols);
    if (status == SC_OK && left.cols % (r->kernel_height * r->kernel_width) != 0)
        status =
            sc_fail(err, SC_BAD_INPUT, a->a, 0,
                    "has %" PRIu64 " columns, expected a multiple of the %" PRIu64 " x %" PRIu64 " kernel positions",
                    left.cols, r->kernel_height, r->kernel_width);
    if (status == SC_OK) {
        sc_pair_name(name, a->a, a->b);
        struct sc_layer layer = {.name = name,
                                 .model = "",
                                 .count = 1,
                                 .M = left.rows,
                                 .N = right.cols,
                                 .K = left.cols,
                                 .density_a = -1,
                                 .density_b = -1,
                                 .a_file = a->a,
                                 .b_file = a->b,
                                 .op = {.kind = SC_CONV,
                                        .in_channels = left.cols / (r->kernel_height * r->kernel_width),
                                        .filter_height = r->kernel_height,
                                        .filter_width = r->kernel_width}};
        status = sc_formats_layer(grid, &totals, &layer, r, err);
    }
    sc_pattern_free(&left);
    sc_pattern_free(&right);
    return status;
}

static int run(const struct arguments *a, const char *command, struct sc_error *err)
{
    const struct sc_format_widths *w = &a->request.widths;
    const struct sc_meta meta[] = {{"version", sc_version()}, {"command", command}};
    struct sc_grid grid;
    char note[200];
    sc_grid_start(&grid, sc_formats_columns, sc_formats_column_count, a->format);
    snprintf(
        note, sizeof note,
        "widths in bits: value %u, field %u, pointer %u, run %u; periodic table rows %u (0: the period), phase bits %u",
        (unsigned)w->value_bits, (unsigned)w->field_bits, (unsigned)w->pointer_bits, (unsigned)w->run_bits,
        (unsigned)w->table_rows, (unsigned)w->phase_bits);
    int status = a->list ? list_rows(&grid, a, err) : pair_rows(&grid, a, err);
    if (status == SC_OK)
        status = sc_grid_write(&grid, a->output, a->format, note, meta, sizeof meta / sizeof meta[0], err);
    sc_grid_free(&grid);
    return status;
}

int sc_formats_command(int argc, char **argv)
{
    struct arguments arguments = {
        .request = {.widths = {.value_bits = 8, .field_bits = 16, .pointer_bits = 32, .run_bits = 4},
                    .kernel_height = 1,
                    .kernel_width = 1,
                    .seed = SC_DEFAULT_SEED}};
    struct sc_error err = {0};
    char *command = sc_command_line(argc, argv); /* before getopt reorders the words */
    int exit_status = parse_arguments(&arguments, argc, argv);
    if (exit_status == 0 && !arguments.stop) {
        signal(SIGPIPE, SIG_IGN); /* a closed pipe is reported as a failed write */
        if (run(&arguments, command ? command : "sparsecast formats", &err) != SC_OK)
            exit_status = sc_error_print(&err);
    }
    free(command);
    return exit_status;
}
