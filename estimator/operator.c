/* operator.c - names and classes of operators.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "operator.h"

#include <stddef.h>

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

int sc_operator_need_gemm(const struct sc_operator *op, const char *machine, struct sc_error *err)
{
    if (sc_operator_is_gemm(op))
        return SC_OK;
    return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "is of kind '%s', which machine %.100s does not run; expected gemm or conv",
                   sc_layer_kind_name(op->kind), machine);
}

bool sc_operator_has_geometry(const struct sc_operator *op)
{
    return op->kind == SC_CONV && op->in_channels > 0;
}
