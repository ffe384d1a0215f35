/* import_cmd.c - `sparsecast import`: any layer list the reader knows, rewritten as our layer CSV.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "import_cmd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "import_foreign.h"
#include "import_matrix.h"
#include "import_onnx.h"
#include "layer.h"
#include "layer_write.h"
#include "shared_options.h"
#include "text.h"

typedef struct {
    const char *input, *output;
    struct sc_layer_options reading;
    uint64_t columns; /* of B beside a matrix; 0: not said */
    struct {
        struct sc_onnx_dim *dim; /* their names are owned */
        size_t count;
    } sizes;
} asked; /* on the command line */

/* Takes NAME=SIZE; the name may hold '=', the size does not. */
static int take_size(void *field, const char *value, struct sc_error *err)
{
    asked *arguments = field;
    const char *equals = strrchr(value, '=');
    uint64_t size;

    if (!equals || equals == value || !sc_parse_count(equals + 1, strlen(equals + 1), &size) || size < 1 ||
        size > UINT64_C(1) << 40)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "found --dim '%s', expected NAME=SIZE with a size from 1 to 2^40",
                       value);
    struct sc_onnx_dim *grown = realloc(arguments->sizes.dim, (arguments->sizes.count + 1) * sizeof *grown);
    if (!grown)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the sizes of dimensions");
    arguments->sizes.dim = grown;
    struct sc_onnx_dim *taken = &grown[arguments->sizes.count];
    taken->size = (int64_t)size;
    taken->name = strndup(value, (size_t)(equals - value));
    if (!taken->name)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the name of a dimension");
    arguments->sizes.count++;
    return SC_OK;
}

static void drop_sizes(asked *arguments)
{
    for (size_t i = 0; i < arguments->sizes.count; i++)
        free((char *)arguments->sizes.dim[i].name);
    free(arguments->sizes.dim);
}

static const struct sc_option options[] = {
    SC_OPTION_OUTPUT(asked),
    {"same-padding", NULL, 0,
     "pad SCALE-Sim and MAESTRO convolutions so that output = ceil(input / stride), except along a direction that the "
     "filter spans whole",
     "Without it they are not padded, as in those tools.", SC_FLAG(asked, reading.same_padding)},
    {"split-depthwise", NULL, 0,
     "a SCALE-Sim row with one filter over several channels is depthwise: one GEMM per channel (M = 1, count = "
     "Channels)",
     NULL, SC_FLAG(asked, reading.split_depthwise)},
    {"dim", "NAME=SIZE", 0,
     "the size of a symbolic dimension of an ONNX model, such as the batch; repeat for several",
     "INPUT:AXIS names a dimension that has no name. A model with symbolic inputs is refused until all have sizes.",
     SC_TAKE(take_size)},
    {"columns", "N", 0, "columns of the dense operand B beside a matrix file (default: 1)", NULL,
     SC_COUNT(asked, columns, 1, UINT64_C(1) << 40)},
    SC_OPTIONS_END,
};

const struct sc_command sc_import_manual = {
    .name = "import",
    .summary = "rewrite a foreign layer list as a layer CSV",
    .synopsis = "FILE [-o LAYERS.csv] [OPTION]...",
    .about = "Rewrites a layer list as a sparsecast layer CSV and says what was recognised. FILE is a SCALE-Sim "
             "topology (convolution or GEMM), told by its header, an ONNX model, a Timeloop problem (.yaml), a MAESTRO "
             "model (.m), a matrix (.smtx or Matrix Market), which becomes operand A of one layer, or a layer CSV; '-' "
             "is standard input (lists only).",
    .more = "Of an ONNX model, convolutions (quantised ones, too), Gemm, MatMul and recurrent cells become layers: A "
            "= the weights, or the second operand where both are activations, as in attention, M = outputs. Shapes "
            "follow from the operators where the model declares none. The density of A is measured in the weights "
            "that the file holds (column sparsity_source: measured), else taken as 1 (assumed); the density of "
            "activations is in no such file: put yours into column density_b. All other operators are listed on "
            "standard error with their share of all operations. Of a Timeloop problem, shape, instance and densities "
            "are read; of a MAESTRO model, layers of types CONV, DSCONV, NGCONV and GEMM.",
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

static int next_layer(void *reader, struct sc_layer *layer, struct sc_error *err)
{
    return sc_layer_next(reader, layer, err);
}

/* Writes all layers; on success *layers says how many. */
static int convert(struct sc_layer_reader *reader, const char *path, uint64_t *layers, struct sc_error *err)
{
    size_t extras;
    const char *const *extra = sc_layer_extra_names(reader, &extras);
    return sc_layer_write_all(path, sc_layer_columns(reader), extra, extras, next_layer, reader, layers, err);
}

/* Rewrites a list: SCALE-Sim's, or one of ours. */
static int import_list(const asked *arguments, uint64_t *layers, struct sc_error *err)
{
    struct sc_layer_reader *reader = NULL;

    if (arguments->columns > 0)
        return sc_fail(err, SC_BAD_USAGE, arguments->input, 0,
                       "--columns gives a matrix file its other operand, and this file is none");
    if (arguments->sizes.count > 0)
        return sc_fail(err, SC_BAD_USAGE, arguments->input, 0,
                       "--dim gives sizes to symbolic dimensions of ONNX models, and this file is none");
    int status = sc_layer_open(&reader, arguments->input, &arguments->reading, err);
    if (status == SC_OK) {
        fprintf(stderr, "sparsecast: %s: %s\n", arguments->input, sc_layer_format(reader));
        status = convert(reader, arguments->output, layers, err);
    }
    sc_layer_close(reader);
    return status;
}

static int import(const asked *arguments, uint64_t *layers, struct sc_error *err)
{
    if (sc_import_is_onnx(arguments->input))
        return sc_import_onnx(arguments->input, arguments->output, arguments->sizes.dim, arguments->sizes.count, layers,
                              err);
    if (sc_import_is_matrix(arguments->input)) {
        *layers = 1;
        return sc_import_matrix(arguments->input, arguments->output, arguments->columns, err);
    }
    if (sc_import_is_foreign(arguments->input))
        return sc_import_foreign(arguments->input, arguments->output, arguments->reading.same_padding, layers, err);
    return import_list(arguments, layers, err);
}

int sc_import_command(int argc, char **argv)
{
    asked arguments = {.output = "-", .reading = {.warn = sc_print_warning}};
    struct sc_error err;
    uint64_t layers = 0;

    int usage_status = parse_arguments(&arguments, argc, argv);
    if (usage_status != SC_GO_ON) {
        drop_sizes(&arguments);
        return usage_status;
    }
    int status = import(&arguments, &layers, &err);
    drop_sizes(&arguments);
    if (status != SC_OK)
        return sc_error_print(&err);
    fprintf(stderr, "sparsecast: %s: %" PRIu64 " layers written\n",
            strcmp(arguments.output, "-") == 0 ? "standard output" : arguments.output, layers);
    return 0;
}
