/* butterfly.c - what estimates and simulations of a multilayer butterfly array have in common: traffic, energy, names.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "butterfly.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>

#include "../butterfly_counts.h"
#include "../numeric.h"

const char *sc_butterfly_bound_name(enum sc_butterfly_bound bound)
{
    static const char *const names[] = {
#define X(id, name) name,
        SC_BUTTERFLY_BOUNDS(X)
#undef X
    };
    return (unsigned)bound < SC_BUTTERFLY_BOUND_COUNT ? names[bound] : "unknown";
}

int sc_butterfly_call_check(const struct sc_butterfly_call *call, struct sc_error *err)
{
    const uint64_t sizes[] = {call->tokens, call->n_in, call->n_out};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (sizes[i] == 0 || sizes[i] > SC_BUTTERFLY_SIZE_MAX)
            return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "size %" PRIu64 " found, 1 to %d expected", sizes[i],
                           (int)SC_BUTTERFLY_SIZE_MAX);
    if (call->kind == SC_BUTTERFLY_ATTENTION && (call->heads == 0 || call->n_out % call->heads != 0))
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "%" PRIu64 " heads found for attention of width %" PRIu64
                       ", a divisor of it expected", call->heads, call->n_out);
    return SC_OK;
}

struct sc_butterfly_traffic sc_butterfly_dense_traffic(const struct sc_butterfly_array *array,
                                                       const struct sc_butterfly_call *call)
{
    double e = array->element_bytes, half = (double)array->spm_bytes / 2;
    double tokens = (double)call->tokens, in = (double)call->n_in, out = (double)call->n_out;
    struct sc_butterfly_traffic t;
    if (call->kind == SC_BUTTERFLY_ATTENTION) {
        /* Head by head: K and V of a head stay, or are read again for each part of the queries that stays with its outputs. */
        double keys = 2 * in * out * e, queries = tokens * out * e, heads = (double)call->heads;
        double again = keys / heads > half ? ceil(2 * queries / heads / half) : 1;
        t.in = queries + keys * again;
        t.out = queries;
    } else {
        double weights = in * out * e, inputs = tokens * in * e;
        double weights_again = sc_max(1, ceil(inputs / half)), inputs_again = sc_max(1, ceil(weights / half));
        t.in = sc_min(weights * weights_again + inputs, inputs * inputs_again + weights);
        t.out = tokens * out * e;
    }
    if (call->input_on_chip && call->kind == SC_BUTTERFLY_DENSE)
        t.in = in * out * e;
    if (call->output_on_chip)
        t.out = 0;
    return t;
}

double sc_butterfly_occupancy(const struct sc_butterfly_cost *cost)
{
    return cost->cycles > 0 ? sc_min(1, cost->busy[SC_BOUND_COMPUTE] / cost->cycles) : 0;
}

double sc_butterfly_energy(const struct sc_butterfly_array *array, const struct sc_butterfly_cost *cost, double seconds)
{
    double used = sc_butterfly_occupancy(cost);
    return (array->core_watts * (used + array->idle_fraction * (1 - used)) + array->memory_watts) * seconds;
}
