/* random_cases.c - seeded random machines of every family and random layers of every kind.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "random_cases.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "family.h"
#include "machine_keys.h"
#include "text.h"

const char *const random_machines[] = {
    "flexagon", "flexagon-asplos23", "gamma-like", "dstc-v100", "dstc-int8", "v100", "sps", "sps-csr", "sps-bitmap",
    "sps-run-length", "butterfly-array", "fabnet-be40", "xavier-nx", NULL,
};

enum { CHANGES_MOST = 5, TRIES = 20 };

uint64_t random_size(gsl_rng *rng, uint64_t low, uint64_t high)
{
    double value = exp(log((double)low) + gsl_rng_uniform(rng) * log((double)(high + 1) / (double)low));
    return value < (double)low ? low : value >= (double)high ? high : (uint64_t)value;
}

/* Another value of a numeric key, within a factor of 16, or of a flag; false for texts and keys of energies. */
static bool other_value(char out[SC_KEY_TEXT_SIZE], const struct sc_machine *machine, const struct sc_machine_key *key,
                        gsl_rng *rng)
{
    double value;

    if (key->type == SC_KEY_FLAG) {
        strcpy(out, gsl_rng_uniform_int(rng, 2) ? "true" : "false");
        return true;
    }
    if ((key->type != SC_KEY_COUNT && key->type != SC_KEY_NUMBER) || strncmp(key->path, "energy.", 7) == 0)
        return false;
    sc_machine_key_get(out, machine, key);
    cr_assert(sc_parse_number(out, strlen(out), &value), "%s: %s", key->path, out);
    value = ldexp(value, (int)gsl_rng_uniform_int(rng, 9) - 4);
    if (key->type == SC_KEY_COUNT)
        value = floor(value);
    value = fmin(fmax(value, key->low), key->high);
    sc_format_exact(out, value);
    return true;
}

/* Changes that do not fit together are drawn again. */
void random_machine(struct sc_machine *machine, const char *name, gsl_rng *rng, char changes[RANDOM_TEXT])
{
    char value[CHANGES_MOST][SC_KEY_TEXT_SIZE];
    struct sc_machine_change change[CHANGES_MOST];
    struct sc_machine shipped;
    struct sc_error err;
    int status = SC_BAD_INPUT;

    cr_assert_eq(sc_machine_read(&shipped, name, NULL, &err), SC_OK, "%s", err.message);
    for (int t = 0; t < TRIES && status != SC_OK; t++) {
        unsigned count = 0;
        size_t used = (size_t)snprintf(changes, RANDOM_TEXT, "%s", name);
        for (int i = 0; i < CHANGES_MOST; i++) {
            const struct sc_machine_key *key =
                &shipped.family->keys[gsl_rng_uniform_int(rng, shipped.family->key_count)];
            bool again = false;
            for (unsigned c = 0; c < count; c++)
                again = again || strcmp(change[c].key, key->path) == 0;
            if (again || !other_value(value[count], &shipped, key, rng))
                continue;
            used += (size_t)snprintf(changes + used, used < RANDOM_TEXT ? RANDOM_TEXT - used : 0, " --set %s=%s",
                                     key->path, value[count]);
            change[count] = (struct sc_machine_change){key->path, value[count]};
            count++;
        }
        status = sc_machine_read_changed(machine, name, NULL, change, count, &err);
    }
    cr_assert_eq(status, SC_OK, "%s: %s", changes, err.message);
}

static void random_spec(struct sc_pattern_spec *spec, double *density, uint64_t k, gsl_rng *rng)
{
    static const char *const kinds[] = {"uniform", "uniform", "uniform", "rowskew:0.7", "rowskew:1.5", "colskew:1.1",
                                        "block:2x3", "block:8x8", "banded:40", "nm:2:4", "nm:1:3", "periodic:4:4"};
    struct sc_error err;
    const char *text = kinds[gsl_rng_uniform_int(rng, k % 9 == 0 ? 12 : 11)];

    cr_assert_eq(sc_pattern_parse(spec, text, &err), SC_OK, "%s", err.message);
    bool inside = gsl_rng_uniform_int(rng, 8) != 0;
    *density = inside ? exp(log(0.01) * gsl_rng_uniform(rng)) : (double)gsl_rng_uniform_int(rng, 2);
    if (spec->kind == SC_NM)
        *density = (double)spec->nm_n / (double)spec->nm_m;
    if (spec->kind == SC_PERIODIC_KERNELS)
        spec->periodic.height = spec->periodic.width = 3;
    if (spec->kind == SC_PERIODIC_KERNELS)
        *density = 4.0 / 9;
}

static void random_convolution(struct sc_layer *l, uint64_t most, gsl_rng *rng)
{
    struct sc_operator *op = &l->op;
    uint64_t edge = random_size(rng, 1, most < 8 ? 8 : (uint64_t)(2 * sqrt((double)most)));

    *op = (struct sc_operator){
        .kind = SC_CONV, .batch = random_size(rng, 1, 4), .in_height = edge, .in_width = edge + 1};
    op->groups = gsl_rng_uniform_int(rng, 4) ? 1 : random_size(rng, 1, 8);
    op->filter_height = op->filter_width = 1 + 2 * gsl_rng_uniform_int(rng, 3);
    op->stride_height = op->stride_width = 1 + gsl_rng_uniform_int(rng, 3);
    op->pad_top = op->pad_left = op->filter_height / 2;
    op->out_height = (op->in_height + 2 * op->pad_top - op->filter_height) / op->stride_height + 1;
    op->out_width = (op->in_width + 2 * op->pad_left - op->filter_width) / op->stride_width + 1;
    l->M = random_size(rng, 1, most);
    op->filters = l->M * op->groups;
    op->in_channels = op->groups * random_size(rng, 1, 1 + most / (op->filter_height * op->filter_width));
    l->K = op->in_channels / op->groups * op->filter_height * op->filter_width;
    l->N = op->out_height * op->out_width * op->batch;
    l->count = op->groups;
}

void random_layer(struct sc_layer *l, enum sc_layer_kind kind, uint64_t most, gsl_rng *rng)
{
    *l = (struct sc_layer){
        .name = "layer", .model = "", .op = {.kind = kind}, .count = 1, .density_a = 1, .density_b = 1};
    l->M = random_size(rng, 1, most);
    l->N = random_size(rng, 1, most);
    l->K = random_size(rng, 1, most);
    if (kind == SC_CONV)
        random_convolution(l, most, rng);
    if (kind == SC_FFT || kind == SC_FFT2D)
        l->K = l->M;
    if (kind == SC_ATTENTION) {
        l->op.heads = random_size(rng, 1, 8);
        l->M *= l->op.heads;
    }
    if (kind == SC_GEMM || kind == SC_CONV) {
        random_spec(&l->pattern_a, &l->density_a, l->K, rng);
        random_spec(&l->pattern_b, &l->density_b, 1, rng);
    }
}

void random_extreme(struct sc_layer *l, gsl_rng *rng)
{
    static const enum sc_layer_kind kinds[] = {SC_GEMM, SC_GEMM, SC_GEMM, SC_BPMM, SC_FFT, SC_FFT2D, SC_ATTENTION};
    enum sc_layer_kind kind = kinds[gsl_rng_uniform_int(rng, sizeof kinds / sizeof kinds[0])];
    uint64_t left = UINT64_C(1) << 53, size[3];

    random_layer(l, kind, 1, rng);
    for (int i = 0; i < 3; i++) { /* the product of all three stays below 2^54 */
        size[i] = random_size(rng, 1, left);
        left = left / size[i] ? left / size[i] : 1;
    }
    unsigned long turn = gsl_rng_uniform_int(rng, 3);
    l->M = size[turn];
    l->N = size[(turn + 1) % 3];
    l->K = size[(turn + 2) % 3];
    if (kind == SC_FFT || kind == SC_FFT2D)
        l->M = l->K = random_size(rng, 1, UINT64_C(1) << 17);
    if (kind == SC_ATTENTION)
        l->op.heads = 1;
    if (kind == SC_GEMM) {
        random_spec(&l->pattern_a, &l->density_a, l->K, rng);
        random_spec(&l->pattern_b, &l->density_b, 1, rng);
        if (l->pattern_a.kind != SC_NM && l->pattern_a.kind != SC_PERIODIC_KERNELS && gsl_rng_uniform_int(rng, 2))
            l->density_a = pow(10, -15 * gsl_rng_uniform(rng));
        if (l->pattern_b.kind != SC_NM && gsl_rng_uniform_int(rng, 2))
            l->density_b = pow(10, -15 * gsl_rng_uniform(rng));
    }
}

void random_layer_text(char out[RANDOM_TEXT], const struct sc_layer *l)
{
    const struct sc_operator *op = &l->op;
    char a[80], b[80];

    sc_pattern_format(a, sizeof a, &l->pattern_a);
    sc_pattern_format(b, sizeof b, &l->pattern_b);
    int used = snprintf(out, RANDOM_TEXT, "%s %" PRIu64 "x%" PRIu64 "x%" PRIu64 ", A %.17g %s, B %.17g %s",
                        sc_layer_kind_name(op->kind), l->M, l->N, l->K, l->density_a, a, l->density_b, b);
    if (op->heads)
        used += snprintf(out + used, RANDOM_TEXT - (size_t)used, ", %" PRIu64 " heads", op->heads);
    if (sc_operator_has_geometry(op)) {
#define X(name) used += snprintf(out + used, RANDOM_TEXT - (size_t)used, " " #name "=%" PRIu64, op->name);
        SC_GEOMETRY_LIST(X)
#undef X
    }
}

struct sc_pattern random_pattern(uint64_t rows, uint64_t cols, double keep, const struct sc_pattern *of, gsl_rng *rng)
{
    struct sc_pattern p;
    struct sc_error err;

    cr_assert_eq(sc_pattern_alloc(&p, rows, cols, of ? of->nnz : rows * cols, &err), SC_OK, "%s", err.message);
    p.nnz = 0;
    for (uint64_t row = 0; row < rows; row++) {
        uint64_t count = of ? of->ptr[row + 1] - of->ptr[row] : cols;
        for (uint64_t i = 0; i < count; i++)
            if (gsl_rng_uniform(rng) < keep)
                p.idx[p.nnz++] = of ? of->idx[of->ptr[row] + i] : (uint32_t)i;
        p.ptr[row + 1] = p.nnz;
    }
    return p;
}
