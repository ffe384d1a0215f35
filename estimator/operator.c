/* operator.c - names and classes of operators.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "operator.h"

const char *sc_layer_kind_name(enum sc_layer_kind kind)
{
    static const char *const names[] = {
#define X(id, name, meaning) [id] = name,
        SC_LAYER_KIND_LIST(X)
#undef X
    };
    return names[kind];
}

bool sc_operator_is_gemm(const struct sc_operator *op)
{
    return op->kind == SC_GEMM || op->kind == SC_CONV;
}

bool sc_operator_has_geometry(const struct sc_operator *op)
{
    return op->kind == SC_CONV && op->in_channels > 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void sc_operator_outputs(uint64_t in, uint64_t pad, uint64_t filter, uint64_t stride, uint64_t *least, uint64_t *most,
                         uint64_t *even)
{
    uint64_t padded = in + pad;

    *least = padded < filter ? 1 : (padded - filter) / stride + 1;
    *even = padded + pad < filter ? 0 : (padded + pad - filter) / stride + 1;
    *most = larger((padded - 1) / stride + 1, *even);
    if (padded >= filter && (padded - filter) % stride != 0)
        *most = larger(*most, *least + 1);
}
