/* operands.c - where the patterns of a layer's operands come from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "operands.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "file.h"
#include "generate.h"
#include "measure.h"
#include "pattern_read.h"
#include "periodic_compile.h"

uint64_t sc_operand_seed(const struct sc_layer *layer, uint64_t seed, char operand)
{
    unsigned char tail[9];
    /* The NUL after each text is part of it, so that (ab, c) and (a, bc) differ. */
    uint64_t state = sc_digest(SC_DIGEST_START, (const unsigned char *)layer->model, strlen(layer->model) + 1);

    state = sc_digest(state, (const unsigned char *)layer->name, strlen(layer->name) + 1);
    tail[0] = (unsigned char)operand;
    for (int i = 0; i < 8; i++)
        tail[1 + i] = (unsigned char)(seed >> (8 * i));
    return sc_digest(state, tail, sizeof tail);
}

/* Reads an operand that must be rows x cols. */
static int read_operand(struct sc_pattern *out, const char *file, uint64_t rows, uint64_t cols, bool is_a,
                        struct sc_error *err)
{
    int status = sc_pattern_read(out, file, NULL, err);

    if (status != SC_OK || (out->rows == rows && out->cols == cols))
        return status;
    sc_fail(err, SC_BAD_INPUT, file, 0,
            "is a matrix of %" PRIu64 " x %" PRIu64 ", expected %s = %" PRIu64 " x %" PRIu64, out->rows, out->cols,
            is_a ? "M x K" : "K x N", rows, cols);
    sc_pattern_free(out);
    return SC_BAD_INPUT;
}

/* A file whose layer says that it is periodic must be so. */
static int check_periodic(struct sc_pattern *p, const struct sc_pattern_spec *spec, bool is_a, struct sc_error *err)
{
    struct sc_periodic table;
    struct sc_pattern turned = {0};
    uint64_t channels;
    if (spec->kind != SC_PERIODIC_KERNELS)
        return SC_OK;
    int status = sc_periodic_for(&table, &channels, &spec->periodic, is_a ? p->cols : p->rows, err);
    if (status == SC_OK && !is_a)
        status = sc_pattern_transpose(&turned, p, err);
    if (status == SC_OK)
        status = sc_periodic_check(is_a ? p : &turned, &table, NULL, err);
    sc_pattern_free(&turned);
    if (status != SC_OK)
        sc_pattern_free(p);
    return status;
}

void sc_profile_label(struct sc_profile *profile, const struct sc_layer *layer)
{
    profile->op = layer->op;
    profile->a.periodic = layer->pattern_a.periodic;
    profile->b.periodic = layer->pattern_b.periodic;
}

/* One operand from where the layer says. */
static int fill_operand(struct sc_pattern *out, const struct sc_layer *layer, uint64_t seed, bool is_a,
                        struct sc_error *err)
{
    const char *file = is_a ? layer->a_file : layer->b_file;
    uint64_t rows = is_a ? layer->M : layer->K, cols = is_a ? layer->K : layer->N;
    struct sc_error inner = {0};
    int status = file ? read_operand(out, file, rows, cols, is_a, &inner)
                      : sc_pattern_generate(out, rows, cols, is_a ? layer->density_a : layer->density_b,
                                            is_a ? &layer->pattern_a : &layer->pattern_b, is_a,
                                            sc_operand_seed(layer, seed, is_a ? 'a' : 'b'), &inner);

    if (status == SC_OK && file)
        status = check_periodic(out, is_a ? &layer->pattern_a : &layer->pattern_b, is_a, &inner);
    if (status == SC_OK || !err)
        return status;
    if (inner.line > 0)
        *err = inner;
    else
        sc_fail(err, inner.status, NULL, 0, "operand %s: %.400s%s%.500s", is_a ? "A" : "B", file ? file : "",
                file ? ": " : "", inner.message);
    return status;
}

int sc_layer_patterns(const struct sc_layer *layer, uint64_t seed, struct sc_pattern *a, struct sc_pattern *b,
                      struct sc_error *err)
{
    *a = *b = (struct sc_pattern){0};
    if (!sc_operator_is_gemm(&layer->op))
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0,
                       "is of kind '%s', which has no operands with patterns; expected gemm or conv",
                       sc_layer_kind_name(layer->op.kind));
    int status = fill_operand(a, layer, seed, true, err);

    if (status == SC_OK)
        status = fill_operand(b, layer, seed, false, err);
    if (status != SC_OK)
        sc_pattern_free(a);
    return status;
}

int sc_profile_layer(struct sc_profile *profile, const struct sc_layer *layer, struct sc_error *err)
{
    struct sc_pattern a, b;

    if (!layer->a_file && !layer->b_file)
        return sc_profile_from_layer(profile, layer, err);
    int status = sc_layer_patterns(layer, SC_DEFAULT_SEED, &a, &b, err);
    if (status == SC_OK)
        status = sc_profile_measure(profile, &a, &b, NULL, NULL, err);
    sc_profile_label(profile, layer);
    sc_pattern_free(&a);
    sc_pattern_free(&b);
    return status;
}
