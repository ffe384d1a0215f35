/* formats_cmd.c - `sparsecast formats`: arguments, lists, pairs of files, output.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats_cmd.h"

#include <inttypes.h>
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
#include "shared_options.h"
#include "text.h"

typedef struct {
    const char *list, *a, *b, *output;
    struct sc_formats_request request;
    enum sc_format format;
} asked; /* on the command line */

static int take_kernel(void *request, const char *text, struct sc_error *err)
{
    struct sc_formats_request *r = request;
    size_t length = strcspn(text, "xX");
    if (text[length] && sc_parse_count(text, length, &r->kernel_height) &&
        sc_parse_count(text + length + 1, strlen(text + length + 1), &r->kernel_width) && r->kernel_height >= 1 &&
        r->kernel_width >= 1 && r->kernel_height <= 65536 && r->kernel_width <= 65536)
        return SC_OK;
    return sc_fail(err, SC_BAD_USAGE, NULL, 0, "--kernel takes two sizes from 1 to 65536 as in 3x3, not %.200s", text);
}

/* Widths that a machine implies. */
static int take_widths(void *widths, const char *name, struct sc_error *err)
{
    struct sc_format_widths *w = widths;
    struct sc_machine *machine = malloc(sizeof *machine);
    int status = machine ? sc_machine_read(machine, name, NULL, err)
                         : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a machine");
    if (status != SC_OK) {
        free(machine);
        return status;
    }
    if (machine->family == &sc_family_systolic) {
        *w = machine->systolic.widths;
        w->value_bits = machine->systolic.weight_bits;
        w->table_rows = machine->systolic.table_per_row ? machine->systolic.rows : 0;
        w->phase_bits = machine->systolic.phase_bits;
    } else if (machine->energy_request.value_bits > 0 && machine->energy_request.coordinate_bits > 0) {
        w->value_bits = machine->energy_request.value_bits;
        w->field_bits = machine->energy_request.coordinate_bits;
    } else {
        status = sc_fail(err, SC_BAD_USAGE, NULL, 0, "this machine has no widths of values and indices: %.200s; give "
                         "--value-bits and --field-bits", name);
    }
    free(machine);
    return status;
}

static bool name_format(size_t i, const char **name, const char **rule)
{
    if (i >= SC_WEIGHT_FORMATS)
        return false;
    *name = sc_weight_format_name((enum sc_weight_format)i);
    *rule = sc_weight_format_rule((enum sc_weight_format)i);
    return true;
}

static const struct sc_option options[] = {
    {"a", "FILE", 0, NULL, NULL, SC_FILE(asked, a)},
    {"b", "FILE", 0, "pattern files (Matrix Market, .smtx) instead of a list: counted, not expected", NULL,
     SC_FILE(asked, b)},
    {"kernel", "HxW", 0, "kernel of a convolution whose weights are A (default with --a: 1x1, a plain matrix)", NULL,
     SC_CALL(asked, request, take_kernel)},
    {"machine", "NAME", 'm', "take widths from a machine: its values and coordinates, or its weights and indices",
     NULL, SC_CALL(asked, request.widths, take_widths), .completion = SC_COMPLETE_MACHINE},
    {"value-bits", "W", 0, "bits of a value (default: 8)", NULL, SC_COUNT(asked, request.widths.value_bits, 1, 512)},
    {"field-bits", "F", 0, "bits of an index of the -fixed formats (default: 16)", NULL,
     SC_COUNT(asked, request.widths.field_bits, 1, 64)},
    {"pointer-bits", "P", 0, "bits of a pointer of the -fixed formats (default: 32)", NULL,
     SC_COUNT(asked, request.widths.pointer_bits, 1, 64)},
    {"run-bits", "B", 0, "bits of a run of the run-length format (default: 4)", NULL,
     SC_COUNT(asked, request.widths.run_bits, 1, 32)},
    {"table-rows", "T", 0, "rows of the periodic table (default: 0, one per slot of the period)", NULL,
     SC_COUNT(asked, request.widths.table_rows, 0, 65536)},
    {"phase-bits", "N", 0, "stored with a periodic table (default: 0)", NULL,
     SC_COUNT(asked, request.widths.phase_bits, 0, 64)},
    {"measure", NULL, 0, "draw every pattern and walk it field by field (default: closed forms)",
     "Pattern files are always walked.", SC_FLAG(asked, request.measure)},
    SC_OPTION_SEED(asked, request.seed, "for --measure (default: 1)"),
    SC_OPTION_FORMAT(asked),
    SC_OPTION_OUTPUT(asked),
    SC_OPTIONS_END,
};

const struct sc_command sc_formats_manual = {
    .name = "formats",
    .summary = "bits of operands in storage formats",
    .synopsis = "LAYERS.csv [OPTION]...\n--a=A.mtx --b=B.mtx [OPTION]...",
    .about = "Prints how many bits each operand of each layer takes in every storage format, values and indices "
             "apart, the smallest marked, with the sums of the list below.",
    .more = "Sizes are closed forms of shape, density and pattern kind.",
    .options = options,
    .notes = "Totals take the dense format for layers that a periodic one does not apply to.",
    .items_title = "Formats and their index bits (K fibers of C channels of A positions, N nonzeros, lg: bits that "
                   "tell so many apart):",
    .items = name_format,
    .completion = SC_COMPLETE_FILE,
    .examples = "sparsecast formats data/layers/vgg16-32x32.csv -m sps -f csv -o sizes.csv",
};

static int parse_arguments(asked *a, int argc, char **argv)
{
    struct sc_words words;
    int status = sc_options_read(&sc_formats_manual, argc, argv, a, &words);
    if (status == SC_GO_ON)
        status = sc_take_list_or_pair(&sc_formats_manual, &words, a->a, a->b, &a->list);
    return status;
}

static int list_rows(struct sc_grid *grid, const asked *a, struct sc_error *err)
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
static int pair_rows(struct sc_grid *grid, const asked *a, struct sc_error *err)
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

static int run(const asked *a, const char *command, struct sc_error *err)
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
    asked arguments = {
        .request = {.widths = {.value_bits = 8, .field_bits = 16, .pointer_bits = 32, .run_bits = 4},
                    .kernel_height = 1,
                    .kernel_width = 1,
                    .seed = SC_DEFAULT_SEED}};
    struct sc_error err = {0};
    char *command = sc_command_line(argc, argv); /* before getopt reorders the words */
    int exit_status = parse_arguments(&arguments, argc, argv);
    if (exit_status == SC_GO_ON) {
        int status = run(&arguments, command ? command : "sparsecast formats", &err);
        exit_status = status == SC_OK ? 0 : sc_error_print(&err);
    }
    free(command);
    return exit_status;
}
