/* timeloop.c - reads the problem of a Timeloop or Sparseloop specification.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "timeloop.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "layer_reader.h"
#include "printable.h"
#include "text.h"
#include "yaml_file.h"

enum { DIMENSIONS = 16, SPACES = 3, PAIRS = 2 };
enum space { WEIGHTS, INPUTS, OUTPUTS };

struct dimension {
    const char *name;
    uint64_t size;
    bool in[SPACES]; /* whether it indexes the data space */
};

/* One axis of a convolution's input: outputs x stride + filter x dilation. */
struct axis {
    const struct dimension *out, *filter;
    uint64_t stride, dilation;
};

struct problem {
    struct sc_yaml *yaml;
    const yaml_node_t *shape, *instance;
    const char *space[SPACES]; /* their names */
    struct dimension dimension[DIMENSIONS];
    unsigned dimensions;
    struct axis axis[PAIRS];
    unsigned axes; /* of a convolution; more than PAIRS: its geometry is not told */
    bool has_axes;
};

static int fail(const struct problem *p, const yaml_node_t *node, const char *what, const char *found,
                struct sc_error *err)
{
    char shown[4 * SC_SHOWN + 1];

    sc_printable(shown, found ? found : "", SC_SHOWN);
    return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(p->yaml), node ? sc_yaml_node_line(node) : 0,
                   found ? "found '%s', expected %s" : "%sexpected %s", found ? shown : "", what);
}

/* The child with this name, words joined by '_' (version 0.4) or '-' (before). */
static const yaml_node_t *child(const struct problem *p, const yaml_node_t *node, const char *key)
{
    char hyphens[64];
    const yaml_node_t *found = sc_yaml_child(p->yaml, node, key);

    snprintf(hyphens, sizeof hyphens, "%s", key);
    for (char *at = hyphens; *at; at++)
        *at = *at == '_' ? '-' : *at;
    return found ? found : sc_yaml_child(p->yaml, node, hyphens);
}

/* A whole number of at least 1. */
static int read_size(const struct problem *p, const yaml_node_t *node, uint64_t *size, struct sc_error *err)
{
    const char *text = sc_yaml_scalar(node);

    if (text && sc_parse_count(text, strlen(text), size) && *size > 0)
        return SC_OK;
    return fail(p, node, "a whole number of at least 1", text ? text : "", err);
}

static struct dimension *find(struct problem *p, const char *name)
{
    for (unsigned i = 0; name && i < p->dimensions; i++)
        if (strcmp(p->dimension[i].name, name) == 0)
            return &p->dimension[i];
    return NULL;
}

static int read_dimensions(struct problem *p, struct sc_error *err)
{
    const yaml_node_t *list = sc_yaml_child(p->yaml, p->shape, "dimensions"), *entry;
    int status = SC_OK;

    for (unsigned i = 0; (entry = sc_yaml_entry(p->yaml, list, i)) && status == SC_OK; i++) {
        const char *name = sc_yaml_scalar(entry);
        if (!name || p->dimensions == DIMENSIONS)
            return fail(p, entry, name ? "at most 16 dimensions" : "the name of a dimension", name, err);
        struct dimension *d = &p->dimension[p->dimensions++];
        *d = (struct dimension){.name = name};
        const yaml_node_t *size = sc_yaml_child(p->yaml, p->instance, name);
        status = size ? read_size(p, size, &d->size, err)
                      : fail(p, p->instance, "the sizes of all dimensions; one lacks: ", name, err);
    }
    return status == SC_OK && p->dimensions == 0 ? fail(p, p->shape, "a list `dimensions`", NULL, err) : status;
}

/* ---- data spaces ---- */

/* The value of a coefficient such as Wstride: the instance's, or its default. */
static int coefficient(const struct problem *p, const char *name, uint64_t *value, struct sc_error *err)
{
    const yaml_node_t *list = sc_yaml_child(p->yaml, p->shape, "coefficients"), *entry;
    const yaml_node_t *given = sc_yaml_child(p->yaml, p->instance, name);

    for (unsigned i = 0; (entry = sc_yaml_entry(p->yaml, list, i)) && !given; i++) {
        const char *own = sc_yaml_scalar(sc_yaml_child(p->yaml, entry, "name"));
        if (own && strcmp(own, name) == 0)
            given = sc_yaml_child(p->yaml, entry, "default");
    }
    return given ? read_size(p, given, value, err) : fail(p, p->shape, "a coefficient with a value", name, err);
}

/* A term of a projection: a dimension and, if it has one, its coefficient. */
static int read_term(struct problem *p, const yaml_node_t *term, enum space space, struct dimension **d,
                     uint64_t *factor, struct sc_error *err)
{
    const char *name = sc_yaml_scalar(sc_yaml_entry(p->yaml, term, 0));
    const char *scale = sc_yaml_scalar(sc_yaml_entry(p->yaml, term, 1));

    *factor = 1;
    *d = find(p, name);
    if (!*d)
        return fail(p, term, "[dimension] or [dimension, coefficient] of the shape", name ? name : "", err);
    (*d)->in[space] = true;
    return scale ? coefficient(p, scale, factor, err) : SC_OK;
}

/* Two terms in an index make a convolution: which is the output's shows once all data spaces are read. */
static int read_index(struct problem *p, const yaml_node_t *index, enum space space, struct sc_error *err)
{
    struct dimension *d[2] = {NULL, NULL};
    uint64_t factor[2] = {1, 1};
    unsigned terms = 0;
    const yaml_node_t *term;
    int status = SC_OK;

    for (; (term = sc_yaml_entry(p->yaml, index, terms)) && status == SC_OK; terms++) {
        if (terms == 2)
            return fail(p, index, "one or two terms in an index", "more", err);
        status = read_term(p, term, space, &d[terms], &factor[terms], err);
    }
    if (status != SC_OK || terms < 2)
        return status;
    p->has_axes = true;
    if (p->axes < PAIRS)
        p->axis[p->axes] = (struct axis){d[0], d[1], factor[0], factor[1]};
    p->axes++;
    return SC_OK;
}

static int read_projection(struct problem *p, const yaml_node_t *data, enum space space, struct sc_error *err)
{
    const yaml_node_t *projection = sc_yaml_child(p->yaml, data, "projection"), *index;
    int status = SC_OK;

    if (!sc_yaml_entry(p->yaml, projection, 0))
        return fail(p, data, "a projection such as [ [ [M] ], [ [K] ] ]", NULL, err);
    for (unsigned i = 0; (index = sc_yaml_entry(p->yaml, projection, i)) && status == SC_OK; i++)
        status = read_index(p, index, space, err);
    return status;
}

static bool is_written(const struct problem *p, const yaml_node_t *data)
{
    const char *text = sc_yaml_scalar(child(p, data, "read_write"));
    return text && (text[0] == 't' || text[0] == 'T' || text[0] == 'y' || text[0] == 'Y');
}

static bool is_weights(const char *name)
{
    static const char *const prefixes[] = {"Weight", "weight", "Filter", "filter"};

    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

/* Weights are what is called so, else the first input. */
static int read_spaces(struct problem *p, struct sc_error *err)
{
    const yaml_node_t *list = child(p, p->shape, "data_spaces"), *data, *found[SPACES] = {NULL};
    unsigned inputs = 0;
    int status = SC_OK;

    for (unsigned i = 0; (data = sc_yaml_entry(p->yaml, list, i)); i++) {
        const char *name = sc_yaml_scalar(sc_yaml_child(p->yaml, data, "name"));
        bool written = is_written(p, data);
        if (!name || (written ? found[OUTPUTS] != NULL : inputs == 2))
            return fail(p, data, name ? "two inputs and one output (read_write: true)" : "a name", name, err);
        if (!written && inputs == 1 && is_weights(name)) {
            found[INPUTS] = found[WEIGHTS];
            found[WEIGHTS] = data;
        } else {
            found[written ? OUTPUTS : inputs == 0 ? WEIGHTS : INPUTS] = data;
        }
        inputs += !written;
    }
    if (inputs != 2 || !found[OUTPUTS])
        return fail(p, p->shape, "`data_spaces` with two inputs and one output (read_write: true)", NULL, err);
    for (enum space space = WEIGHTS; space <= OUTPUTS && status == SC_OK; space++) {
        p->space[space] = sc_yaml_scalar(sc_yaml_child(p->yaml, found[space], "name"));
        status = read_projection(p, found[space], space, err);
    }
    return status;
}

/* ---- densities ---- */

static int take_density(const struct problem *p, const yaml_node_t *node, double *density, struct sc_error *err)
{
    const char *text = sc_yaml_scalar(node);

    if (text && sc_parse_number(text, strlen(text), density) && *density >= 0 && *density <= 1)
        return SC_OK;
    return fail(p, node, "a density from 0 to 1", text ? text : "", err);
}

/* A number, or a distribution with its density: hypergeometric and fixed-structured are `uniform` here, of exactly that
 * many nonzeros in all. */
static int read_density(const struct problem *p, enum space space, double *density, struct sc_error *err)
{
    const yaml_node_t *all = sc_yaml_child(p->yaml, p->instance, "densities");
    const yaml_node_t *node = sc_yaml_child(p->yaml, all, p->space[space]);
    const yaml_node_t *common = child(p, p->instance, "commonDensity");
    static const char *const known[] = {"hypergeometric", "fixed_structured", "fixed-structured", "fixed"};

    *density = 1;
    if (!node && !common)
        return SC_OK;
    node = node ? node : common;
    const yaml_node_t *kind = sc_yaml_child(p->yaml, node, "distribution");
    if (!kind)
        return take_density(p, node, density, err);
    const char *name = sc_yaml_scalar(kind);
    for (size_t i = 0; name && i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i]) == 0)
            return take_density(p, sc_yaml_child(p->yaml, node, "density"), density, err);
    return fail(p, kind, "distribution hypergeometric or fixed_structured (others have no pattern here)",
                name ? name : "", err);
}

/* ---- the layer ---- */

/* M, N, K and the groups: products of the sizes of dimensions by the data spaces that they index. */
static int classify(const struct problem *p, struct sc_layer *layer, struct sc_error *err)
{
    bool overflow = false;

    layer->M = layer->N = layer->K = layer->count = 1;
    for (unsigned i = 0; i < p->dimensions; i++) {
        const struct dimension *d = &p->dimension[i];
        bool w = d->in[WEIGHTS], in = d->in[INPUTS], out = d->in[OUTPUTS];
        uint64_t *size = w && out && in ? &layer->count : w && out ? &layer->M : in && out ? &layer->N : &layer->K;
        if (d->size > 1 && w + in + out < 2)
            return fail(p, p->shape, "dimensions of two data spaces at least; one has fewer: ", d->name, err);
        *size = sc_multiply_checked(*size, d->size, &overflow);
    }
    return overflow ? fail(p, p->instance, "sizes whose products fit 64 bits", NULL, err) : SC_OK;
}

/* Puts outputs and filter of an axis in order: the output's dimension indexes the output. */
static struct axis ordered(const struct axis *a)
{
    if (a->out->in[OUTPUTS])
        return *a;
    return (struct axis){a->filter, a->out, a->dilation, a->stride};
}

/* The geometry of a convolution: the input that the outputs need, its padding included. */
static void describe(const struct problem *p, struct sc_layer *layer)
{
    struct sc_operator op = {.kind = SC_CONV, .batch = 1, .groups = layer->count, .filters = layer->M * layer->count};
    uint64_t *const sizes[PAIRS][4] = {{&op.in_height, &op.filter_height, &op.stride_height, &op.out_height},
                                       {&op.in_width, &op.filter_width, &op.stride_width, &op.out_width}};

    layer->op.kind = SC_CONV;
    if (p->axes != PAIRS || layer->M > UINT64_MAX / layer->count)
        return;
    for (unsigned i = 0; i < PAIRS; i++) {
        struct axis a = ordered(&p->axis[i]);
        bool sound = a.out->in[OUTPUTS] && !a.filter->in[OUTPUTS] && a.dilation == 1 && a.stride < 1 << 20 &&
                     a.out->size < 1 << 20 && a.filter->size < 1 << 20;
        if (!sound)
            return;
        *sizes[i][0] = (a.out->size - 1) * a.stride + a.filter->size;
        *sizes[i][1] = a.filter->size;
        *sizes[i][2] = a.stride;
        *sizes[i][3] = a.out->size;
    }
    uint64_t window = op.filter_height * op.filter_width, pixels = op.out_height * op.out_width;
    if (layer->K % window != 0 || layer->N % pixels != 0)
        return;
    op.in_channels = layer->K / window * layer->count;
    op.batch = layer->N / pixels;
    layer->op = op;
}

static int read_problem(struct problem *p, struct sc_layer *layer, char name[SC_TIMELOOP_NAME], struct sc_error *err)
{
    const yaml_node_t *problem = sc_yaml_child(p->yaml, sc_yaml_root(p->yaml), "problem");
    int status;

    if (!problem)
        return fail(p, sc_yaml_root(p->yaml), "a Timeloop specification with `problem`", NULL, err);
    p->shape = sc_yaml_child(p->yaml, problem, "shape");
    p->instance = sc_yaml_child(p->yaml, problem, "instance");
    p->instance = p->instance ? p->instance : problem; /* version 0.2: sizes beside the shape */
    if (!p->shape || sc_yaml_scalar(p->shape))
        return fail(p, problem, "`shape` with dimensions and data spaces (a name alone is not enough)", NULL, err);
    *layer = (struct sc_layer){.name = name, .model = "", .op = {.kind = SC_GEMM}};
    const char *title = sc_yaml_scalar(sc_yaml_child(p->yaml, p->shape, "name"));
    sc_printable(name, title ? title : "problem", SC_TIMELOOP_NAME / 4 - 1);
    if ((status = read_dimensions(p, err)) != SC_OK || (status = read_spaces(p, err)) != SC_OK ||
        (status = classify(p, layer, err)) != SC_OK ||
        (status = read_density(p, WEIGHTS, &layer->density_a, err)) != SC_OK ||
        (status = read_density(p, INPUTS, &layer->density_b, err)) != SC_OK)
        return status;
    if (p->has_axes)
        describe(p, layer);
    return sc_layer_check_sizes(layer, sc_yaml_path(p->yaml), sc_yaml_node_line(p->instance), err);
}

/* Exercises keep problems as jinja2 templates, which are no YAML yet. */
static bool is_template(const char *path)
{
    char text[4096];
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;

    if (file)
        fclose(file);
    text[size] = '\0';
    return strstr(text, "{{") || strstr(text, "{%");
}

int sc_timeloop_read(struct sc_layer *layer, char name[SC_TIMELOOP_NAME], const char *path, struct sc_error *err)
{
    struct problem problem = {.dimensions = 0};

    if (is_template(path))
        return sc_fail(err, SC_BAD_INPUT, path, 0,
                       "found '{{' or '{%%', expected plain YAML: this is a template that was not expanded");
    int status = sc_yaml_open(&problem.yaml, path, SC_YAML_FOREIGN, err);
    if (status != SC_OK)
        return status;
    status = read_problem(&problem, layer, name, err);
    sc_yaml_close(problem.yaml);
    return status;
}
