/* onnx.c - reads an ONNX model layer by layer, and keeps account of what is no layer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "onnx.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "layer_reader.h"
#include "operators.h"
#include "products.h"
#include "text.h"

enum {
    KINDS = 256,  /* kinds of operators that are told apart; further ones count as "others" */
    SHOWN = 3,    /* layers named in a note */
    NOTE = 16384, /* bytes of a note */
    NAME = SC_ONNX_TEXT + 16
};

#define LARGEST_FILE ((size_t)1 << 31) /* bytes; the format's own limit */

const char *const sc_onnx_extra[1] = {"sparsity_source"};

/* Nodes of one operator that are no layers. */
struct others {
    char name[SC_ONNX_TEXT];
    bool known;              /* an operator of the table */
    uint64_t count, unknown; /* nodes, and those whose work is not known */
    double work;
};

struct sc_onnx {
    const char *path;
    unsigned char *bytes;
    struct sc_onnx_graph graph;
    size_t next; /* node */
    struct sc_onnx_products products;
    size_t part; /* of products, the next to hand out */

    double work; /* of the layers, multiply-accumulates */
    uint64_t layers, measured, no_geometry;
    struct others kind[KINDS];
    size_t kinds;
    uint64_t refused; /* products that are no layers, and the first few of them */
    char refusal[SHOWN][2 * SC_ONNX_TEXT + 200];
    char assumed[SC_ONNX_TEXT]; /* the first layer whose weights the file does not hold */
    uint64_t assumed_count;

    char format[512], model[SC_ONNX_TEXT], name[NAME];
    const char *source; /* the extra cell */
};

/* ---- opening ---- */

static void describe(struct sc_onnx *model)
{
    const struct sc_onnx_graph *graph = &model->graph;
    const char *slash = strrchr(model->path, '/'), *stem = slash ? slash + 1 : model->path;
    char producer[SC_ONNX_TEXT];

    sc_span_text(model->model, (struct sc_span){(const unsigned char *)stem, strcspn(stem, ".")});
    sc_span_text(producer, graph->producer);
    snprintf(model->format, sizeof model->format,
             "ONNX model (IR version %" PRId64 ", operator set %" PRId64 "%s%.60s, %zu nodes): A = weights, or the "
             "second operand of a product of activations (M = outputs), B = activations (N = pixels, tokens, batch)",
             graph->ir_version, graph->opset, producer[0] ? ", by " : "", producer, graph->nodes);
}

int sc_onnx_open(struct sc_onnx **model, const char *path, const struct sc_onnx_dim *dim, size_t dims,
                 struct sc_error *err)
{
    struct sc_onnx *opened = calloc(1, sizeof *opened);
    size_t size;

    *model = NULL;
    if (!opened)
        return sc_fail(err, SC_NO_MEMORY, path, 0, "out of memory for reading a model");
    opened->path = path;
    int status = sc_file_read(&opened->bytes, &size, path, LARGEST_FILE, err);
    if (status == SC_OK)
        status = sc_onnx_graph_load(&opened->graph, path, (struct sc_span){opened->bytes, size}, dim, dims, err);
    if (status != SC_OK) {
        sc_onnx_close(opened);
        return status;
    }
    describe(opened);
    *model = opened;
    return SC_OK;
}

const char *sc_onnx_format(const struct sc_onnx *model)
{
    return model->format;
}

void sc_onnx_close(struct sc_onnx *model)
{
    if (!model)
        return;
    sc_onnx_graph_free(&model->graph);
    free(model->bytes);
    free(model);
}

/* ---- layers ---- */

/* A node's name, or that of its output, or its operator and place. */
static void name_node(const struct sc_onnx *model, const struct sc_onnx_node *node, char name[SC_ONNX_TEXT])
{
    const struct sc_onnx_value *output = sc_onnx_output(&model->graph, node, 0);

    sc_span_text(name, node->name);
    if (!name[strspn(name, " ")] && output)
        sc_span_text(name, output->name);
    if (!name[strspn(name, " ")]) {
        char op[SC_ONNX_TEXT];
        sc_span_text(op, node->op);
        snprintf(name, SC_ONNX_TEXT, "%.60s_%zu", op, (size_t)(node - model->graph.node) + 1);
    }
}

static void count_other(struct sc_onnx *model, const struct sc_onnx_node *node)
{
    char name[SC_ONNX_TEXT];
    size_t i = 0;

    sc_span_text(name, node->op);
    while (i < model->kinds && strcmp(model->kind[i].name, name) != 0)
        i++;
    if (i == KINDS) {
        i--;
        strcpy(model->kind[i].name, "others");
    } else if (i == model->kinds) {
        memcpy(model->kind[i].name, name, sizeof name);
        model->kind[i].known = sc_onnx_operator(node) != NULL;
        model->kinds++;
    }
    double work = sc_onnx_work(&model->graph, node);
    model->kind[i].count++;
    model->kind[i].unknown += isnan(work);
    model->kind[i].work += isnan(work) ? 0 : work;
}

static void note_refusal(struct sc_onnx *model, const struct sc_onnx_node *node, const char *why)
{
    char name[SC_ONNX_TEXT], op[SC_ONNX_TEXT];

    if (model->refused++ >= SHOWN)
        return;
    name_node(model, node, name);
    sc_span_text(op, node->op);
    snprintf(model->refusal[model->refused - 1], sizeof model->refusal[0], "%.60s '%s': %s", op, name, why);
}

/* Works through nodes up to one that is a layer. */
static int find_products(struct sc_onnx *model, struct sc_error *err)
{
    struct sc_onnx_graph *graph = &model->graph;

    for (; model->next < graph->nodes; model->next++) {
        const struct sc_onnx_node *node = &graph->node[model->next];
        sc_onnx_infer(graph, node);
        if (graph->no_memory)
            return sc_fail(err, SC_NO_MEMORY, model->path, 0, "out of memory for the constants of this model");
        if (!sc_onnx_is_product(node)) {
            count_other(model, node);
            continue;
        }
        sc_onnx_products(graph, node, &model->products);
        model->part = 0;
        if (model->products.count > 0)
            return SC_OK;
        note_refusal(model, node, model->products.why);
    }
    return SC_END;
}

/* Fills the densities of a layer from its weights. */
static void measure(struct sc_onnx *model, struct sc_layer *layer, size_t part)
{
    const struct sc_onnx_value *weights = model->products.weights[part];
    double density = weights ? sc_onnx_density(&model->graph, weights, model->products.zero[part]) : -1;

    layer->density_a = density >= 0 ? density : 1;
    layer->density_b = 1;
    model->source = density >= 0 ? "measured" : "assumed";
    model->measured += density >= 0;
    if (density < 0 && weights && model->assumed_count++ == 0)
        snprintf(model->assumed, sizeof model->assumed, "%s", layer->name);
}

int sc_onnx_next(struct sc_onnx *model, struct sc_layer *layer, struct sc_error *err)
{
    char name[SC_ONNX_TEXT];

    if (model->part == model->products.count) {
        int status = find_products(model, err);
        if (status == SC_END && model->layers == 0)
            return sc_fail(err, SC_BAD_INPUT, model->path, 0,
                           "no node of this model became a layer, expected a convolution or product whose shapes can "
                           "be worked out; %s%s",
                           model->refused > 0 ? "the first that did not: " : "there is none among its nodes",
                           model->refusal[0]);
        if (status != SC_OK)
            return status;
        model->next++;
    }
    const struct sc_onnx_node *node = &model->graph.node[model->next - 1];
    size_t part = model->part++;
    name_node(model, node, name);
    snprintf(model->name, sizeof model->name, "%s%s", name, model->products.suffix[part]);
    *layer = model->products.layer[part];
    layer->name = model->name;
    layer->model = model->model;
    layer->line = model->next;
    measure(model, layer, part);
    layer->extra = &model->source;
    layer->extras = 1;
    model->layers++;
    model->no_geometry += layer->op.kind == SC_CONV && !sc_operator_has_geometry(&layer->op);
    model->work += (double)layer->M * (double)layer->N * (double)layer->K * (double)layer->count;
    return sc_layer_check_sizes(layer, model->path, 0, err);
}

/* ---- the account ---- */

/* Text that grows up to a limit; what is beyond is cut. */
struct note {
    char text[NOTE];
    size_t used;
};

static void append(struct note *note, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

static void append(struct note *note, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int wanted = vsnprintf(note->text + note->used, sizeof note->text - note->used, format, args);
    va_end(args);
    size_t room = sizeof note->text - note->used;
    if (wanted > 0)
        note->used += (size_t)wanted < room ? (size_t)wanted : room - 1;
}

static int by_work(const void *a, const void *b)
{
    const struct others *p = a, *q = b;

    return p->work != q->work ? (p->work < q->work) - (p->work > q->work) : strcmp(p->name, q->name);
}

enum class { WORKING, UNKNOWN, MOVING };

static enum class class_of(const struct others *kind) {
    return kind->work > 0                      ? WORKING
           : kind->unknown > 0 || !kind->known ? UNKNOWN
                                               : MOVING;
}

/* "Relu 49 (0.23 %), ..." for the kinds of one class; how many there are. */
static size_t list_kinds(const struct others *kind, size_t kinds, enum class class, double all, struct note *note)
{
    size_t listed = 0;

    for (size_t i = 0; i < kinds; i++) {
        if (class_of(&kind[i]) != class)
            continue;
        append(note, "%s%s %" PRIu64, listed++ ? ", " : "", kind[i].name, kind[i].count);
        if (class == WORKING)
            append(note, " (%.2g %%%s)", 100 * kind[i].work / all, kind[i].unknown > 0 ? " at least" : "");
    }
    return listed;
}

static void tell_others(const struct sc_onnx *model, void (*tell)(void *, const char *), void *context,
                        struct note *note)
{
    static const char *const ends[] = {[UNKNOWN] = "not imported, their work unknown: ",
                                       [MOVING] = "not imported, since they only move or name data: "};
    struct others sorted[KINDS];
    double work = 0;

    memcpy(sorted, model->kind, model->kinds * sizeof sorted[0]);
    qsort(sorted, model->kinds, sizeof sorted[0], by_work);
    for (size_t i = 0; i < model->kinds; i++)
        work += sorted[i].work;
    double all = model->work + work;
    if (work > 0) {
        note->used = 0;
        append(note, "not imported: %.3g %% of all operations (one per element; a multiply-accumulate is one): ",
               100 * work / all);
        list_kinds(sorted, model->kinds, WORKING, all, note);
        tell(context, note->text);
    }
    for (enum class class = UNKNOWN; class <= MOVING; class ++) {
        note->used = 0;
        append(note, "%s", ends[class]);
        if (list_kinds(sorted, model->kinds, class, all, note) > 0)
            tell(context, note->text);
    }
}

static void tell_refused(const struct sc_onnx *model, void (*tell)(void *, const char *), void *context,
                         struct note *note)
{
    if (model->refused == 0)
        return;
    note->used = 0;
    append(note, "%" PRIu64 " of the convolutions and products became no layer: ", model->refused);
    for (size_t i = 0; i < SHOWN && i < model->refused; i++)
        append(note, "%s%s", i ? "; " : "", model->refusal[i]);
    append(note, "%s", model->refused > SHOWN ? "; ..." : "");
    tell(context, note->text);
}

void sc_onnx_notes(const struct sc_onnx *model, void (*tell)(void *context, const char *note), void *context)
{
    const struct sc_onnx_graph *graph = &model->graph;
    struct note *note = calloc(1, sizeof *note);

    if (!note) {
        tell(context, "out of memory for the account of what was not imported");
        return;
    }
    tell_others(model, tell, context, note);
    tell_refused(model, tell, context, note);
    note->used = 0;
    append(note,
           "density of A measured for %" PRIu64 " of %" PRIu64 " layers, else taken as 1; density of B taken as 1, "
           "since no ONNX file holds activations: put yours into the columns",
           model->measured, model->layers);
    tell(context, note->text);
    note->used = 0;
    append(note,
           "the weights of %" PRIu64 " layers are not in this file (external, computed or left out), the first is '%s'",
           model->assumed_count, model->assumed);
    if (model->assumed_count > 0)
        tell(context, note->text);
    note->used = 0;
    append(note,
           "convolutions with dilation, three axes or other things that no column holds: %" PRIu64 "; their M, N and K "
           "are exact, their geometry is blank",
           model->no_geometry);
    if (model->no_geometry > 0)
        tell(context, note->text);
    if (graph->conflicts > 0) {
        char name[SC_ONNX_TEXT];
        name_node(model, graph->conflict, name);
        note->used = 0;
        append(note,
               "shapes that the file declares otherwise than its operators give: %" PRIu64 ", the first after '%s'; "
               "those declared are used",
               graph->conflicts, name);
        tell(context, note->text);
    }
    if (graph->functions > 0)
        tell(context, "the model defines functions of its own, which were not looked into");
    free(note);
}
