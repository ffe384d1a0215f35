/* import_cmd.c - `sparsecast import`: any layer list the reader knows, rewritten as our layer CSV.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "import_cmd.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "layer.h"
#include "layer_reader.h"
#include "output.h"
#include "shared_options.h"
#include "text.h"

typedef struct {
    const char *input, *output;
    struct sc_layer_options reading;
} asked; /* on the command line */

static const struct sc_option options[] = {
    SC_OPTION_OUTPUT(asked),
    {"same-padding", NULL, 0,
     "pad SCALE-Sim convolutions so that output = ceil(input / stride), except along a direction that the filter spans "
     "whole",
     "Without it they are not padded, as in SCALE-Sim.", SC_FLAG(asked, reading.same_padding)},
    {"split-depthwise", NULL, 0,
     "a SCALE-Sim row with one filter over several channels is depthwise: one GEMM per channel (M = 1, count = "
     "Channels)",
     NULL, SC_FLAG(asked, reading.split_depthwise)},
    SC_OPTIONS_END,
};

const struct sc_command sc_import_manual = {
    .name = "import",
    .summary = "rewrite a foreign layer list as a layer CSV",
    .synopsis = "FILE [-o LAYERS.csv] [OPTION]...",
    .about = "Rewrites a layer list as a sparsecast layer CSV and says what was recognised. FILE is a SCALE-Sim topology "
             "(convolution or GEMM), told by its header, or a layer CSV; '-' is standard input.",
    .options = options,
    .completion = SC_COMPLETE_FILE,
    .examples = "printf 'Layer,M,N,K,\\nfc1,64,16,128,\\n' > topology.csv\n"
                "sparsecast import topology.csv -o layers.csv",
};

static int parse_arguments(asked *arguments, int argc, char **argv)
{
    struct sc_words words;
    int status = sc_options_read(&sc_import_manual, argc, argv, arguments, &words);
    return status == SC_GO_ON ? sc_take_one_word(&sc_import_manual, &words, "layer list", &arguments->input) : status;
}

/* The CSV being written; after a failure in `status` the rest is skipped. */
struct sheet {
    struct sc_output *output;
    struct sc_error *err;
    int status;
    unsigned with; /* columns beyond the usual ones, of enum sc_layer_columns */
    bool in_row; /* a cell of the current row is written */
};

static void put_bytes(struct sheet *sheet, const char *bytes, size_t size)
{
    if (sheet->status == SC_OK)
        sheet->status = sc_output_write(sheet->output, bytes, size, sheet->err);
}

static void put_cell(struct sheet *sheet, const char *text)
{
    if (sheet->in_row)
        put_bytes(sheet, ",", 1);
    sheet->in_row = true;
    if (!text[strcspn(text, ",\"\r\n")]) {
        put_bytes(sheet, text, strlen(text));
        return;
    }
    put_bytes(sheet, "\"", 1);
    for (size_t part; *text; text += part) {
        part = strcspn(text, "\"");
        put_bytes(sheet, text, part);
        if (text[part] == '"') {
            put_bytes(sheet, "\"\"", 2);
            part++;
        }
    }
    put_bytes(sheet, "\"", 1);
}

static void put_count(struct sheet *sheet, uint64_t count)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, count);
    put_cell(sheet, text);
}

/* A count, or a blank cell where there is none. */
static void put_known(struct sheet *sheet, bool known, uint64_t count)
{
    if (known)
        put_count(sheet, count);
    else
        put_cell(sheet, "");
}

/* A negative density stands for "in the pattern file". */
static void put_density(struct sheet *sheet, double density)
{
    char text[SC_NUMBER_SIZE] = "";
    if (density >= 0)
        sc_format_exact(text, density);
    put_cell(sheet, text);
}

static void put_pattern(struct sheet *sheet, const struct sc_pattern_spec *pattern)
{
    char text[128];
    sc_pattern_format(text, sizeof text, pattern);
    put_cell(sheet, text);
}

/* Pattern files are relative to the list that names them; the new list may lie elsewhere. */
static void put_path(struct sheet *sheet, const char *path)
{
    char directory[PATH_MAX], absolute[PATH_MAX + SC_CELL_LIMIT];

    if (!path || path[0] == '/') {
        put_cell(sheet, path ? path : "");
        return;
    }
    if (!getcwd(directory, sizeof directory)) {
        sheet->status = sc_fail(sheet->err, SC_IO, path, 0, "cannot make this path absolute: %s", strerror(errno));
        return;
    }
    snprintf(absolute, sizeof absolute, "%s/%s", directory, path);
    put_cell(sheet, absolute);
}

static void end_row(struct sheet *sheet)
{
    put_bytes(sheet, "\n", 1);
    sheet->in_row = false;
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* A column that is only passed through must not read as one of ours, nor as another one passed through. */
static void put_extra_name(struct sheet *sheet, const char *const *names, size_t count, size_t index)
{
    char renamed[256];

    if (!sc_layer_csv_knows(names[index])) {
        put_cell(sheet, names[index]);
        return;
    }
    snprintf(renamed, sizeof renamed, "source_%s", names[index]);
    while (is_among(renamed, names, count) && strlen(renamed) + 2 < sizeof renamed)
        strcat(renamed, "_");
    put_cell(sheet, renamed);
}

static void put_header(struct sheet *sheet, const struct sc_layer_reader *reader)
{
    static const char *const ours[] = {"layer",     "model",     "M",    "N",     "K", "density_a", "density_b",
                                       "pattern_a", "pattern_b", "kind", "count", "a", "b"};
    size_t extras;
    const char *const *extra = sc_layer_extra_names(reader, &extras);

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        put_cell(sheet, ours[i]);
    if (sheet->with & SC_WITH_GEOMETRY) {
#define X(name) put_cell(sheet, #name);
        SC_GEOMETRY_LIST(X)
#undef X
    }
    if (sheet->with & SC_WITH_HEADS)
        put_cell(sheet, "heads");
    for (size_t i = 0; i < extras; i++)
        put_extra_name(sheet, extra, extras, i);
    end_row(sheet);
}

/* The geometry of a convolution and the heads of attention; blank where there are none. */
static void put_operator(struct sheet *sheet, const struct sc_operator *op)
{
    bool known = sc_operator_has_geometry(op);

    if (sheet->with & SC_WITH_GEOMETRY) {
#define X(name) put_known(sheet, known, op->name);
        SC_GEOMETRY_LIST(X)
#undef X
    }
    if (sheet->with & SC_WITH_HEADS)
        put_known(sheet, op->heads > 0, op->heads);
}

static void put_layer(struct sheet *sheet, const struct sc_layer *layer)
{
    put_cell(sheet, layer->name);
    put_cell(sheet, layer->model);
    put_count(sheet, layer->M);
    put_count(sheet, layer->N);
    put_count(sheet, layer->K);
    put_density(sheet, layer->density_a);
    put_density(sheet, layer->density_b);
    put_pattern(sheet, &layer->pattern_a);
    put_pattern(sheet, &layer->pattern_b);
    put_cell(sheet, sc_layer_kind_name(layer->op.kind));
    put_count(sheet, layer->count);
    put_path(sheet, layer->a_file);
    put_path(sheet, layer->b_file);
    put_operator(sheet, &layer->op);
    for (size_t i = 0; i < layer->extras; i++)
        put_cell(sheet, layer->extra[i]);
    end_row(sheet);
}

/* Writes all layers; on success *layers says how many. */
static int convert(struct sc_layer_reader *reader, const char *path, uint64_t *layers, struct sc_error *err)
{
    struct sheet sheet = {.err = err, .with = sc_layer_columns(reader)};
    struct sc_layer layer;
    int status = sc_output_open(&sheet.output, path, err);

    if (status != SC_OK)
        return status;
    *layers = 0;
    put_header(&sheet, reader);
    while (sheet.status == SC_OK && (status = sc_layer_next(reader, &layer, err)) == SC_OK) {
        put_layer(&sheet, &layer);
        ++*layers;
    }
    if (sheet.status == SC_OK && status == SC_END)
        return sc_output_close(sheet.output, err);
    sc_output_abandon(sheet.output);
    return sheet.status != SC_OK ? sheet.status : status;
}

int sc_import_command(int argc, char **argv)
{
    asked arguments = {.output = "-", .reading = {.warn = sc_print_warning}};
    struct sc_layer_reader *reader = NULL;
    struct sc_error err;
    uint64_t layers = 0;

    int usage_status = parse_arguments(&arguments, argc, argv);
    if (usage_status != SC_GO_ON)
        return usage_status;
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is reported as a failed write */
    int status = sc_layer_open(&reader, arguments.input, &arguments.reading, &err);
    if (status == SC_OK) {
        fprintf(stderr, "sparsecast: %s: %s\n", arguments.input, sc_layer_format(reader));
        status = convert(reader, arguments.output, &layers, &err);
    }
    sc_layer_close(reader);
    if (status != SC_OK)
        return sc_error_print(&err);
    fprintf(stderr, "sparsecast: %s: %" PRIu64 " layers written\n",
            strcmp(arguments.output, "-") == 0 ? "standard output" : arguments.output, layers);
    return 0;
}
