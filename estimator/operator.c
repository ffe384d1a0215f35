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
