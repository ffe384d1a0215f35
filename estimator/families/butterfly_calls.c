/* butterfly_calls.c - what estimates and simulations of a multilayer butterfly array have in common: traffic, energy,
 * names.
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
        /* Head by head: K and V of a head stay, or are read again for each part of the queries that stays with its
         * outputs. */
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

unsigned sc_butterfly_calls(struct sc_butterfly_call calls[SC_BUTTERFLY_CALLS_MAX], const struct sc_operator *op,
                            uint64_t M, uint64_t N, uint64_t K, bool dense, bool same_length)
{
    struct sc_butterfly_call call = {.tokens = N, .n_in = K, .n_out = M, .heads = op->heads ? op->heads : 1};
    unsigned count = 1;
    switch (op->kind) {
    case SC_BPMM:
        call.kind = dense ? SC_BUTTERFLY_DENSE : SC_BUTTERFLY_BPMM;
        break;
    case SC_FFT:
        call.kind = SC_BUTTERFLY_FFT;
        call.complex_in = call.complex_out = true;
        break;
    case SC_FFT2D:
        call.kind = SC_BUTTERFLY_FFT;
        call.complex_out = true;
        calls[1] = call;
        calls[1].complex_in = true;
        calls[1].complex_out = false;
        if (!same_length) {
            calls[1].tokens = UINT64_C(1) << sc_log2_ceil(K);
            calls[1].n_in = calls[1].n_out = N;
        }
        count = 2;
        break;
    case SC_ATTENTION:
        call.kind = SC_BUTTERFLY_ATTENTION;
        break;
    default:
        call.kind = SC_BUTTERFLY_DENSE;
    }
    calls[0] = call;
    return count;
}

void sc_butterfly_keep(struct sc_butterfly_call calls[SC_BUTTERFLY_CALLS_MAX], unsigned count,
                       const struct sc_butterfly_array *array)
{
    if (count == 2) {
        double between = 2.0 * (double)calls[0].tokens * (double)calls[1].tokens * array->element_bytes;
        calls[0].output_on_chip = calls[1].input_on_chip = between <= (double)array->spm_bytes / 2;
    } else if (array->fuse_ffn && calls[0].kind == SC_BUTTERFLY_BPMM) {
        calls[0].output_on_chip = calls[0].n_out > calls[0].n_in;
        calls[0].input_on_chip = calls[0].n_out < calls[0].n_in;
    }
}

void sc_butterfly_cost_add(struct sc_butterfly_cost *sum, const struct sc_butterfly_cost *cost)
{
    sum->cycles += cost->cycles;
    sum->weight_cycles += cost->weight_cycles;
    sum->transfer_words += cost->transfer_words;
    sum->spm_read_bytes += cost->spm_read_bytes;
    sum->spm_write_bytes += cost->spm_write_bytes;
    sum->dram_read_bytes += cost->dram_read_bytes;
    sum->dram_write_bytes += cost->dram_write_bytes;
    sum->multiplies += cost->multiplies;
    sum->flop += cost->flop;
    sum->slots += cost->slots;
    sum->spm_passes += cost->spm_passes;
    sum->array_passes += cost->array_passes;
    sum->bound = SC_BOUND_COMPUTE;
    for (int b = 0; b < SC_BUTTERFLY_BOUND_COUNT; b++) {
        sum->busy[b] += cost->busy[b];
        if (sum->busy[b] > sum->busy[sum->bound])
            sum->bound = (enum sc_butterfly_bound)b;
    }
}

void sc_butterfly_row(struct sc_result *row, const struct sc_butterfly_array *array,
                      const struct sc_butterfly_cost *cost, double clock_ghz)
{
    double words = array->element_bytes;
    row->cycles = cost->cycles;
    row->stationary_cycles = sc_min(cost->weight_cycles, cost->cycles);
    row->stream_cycles = sc_min(cost->busy[SC_BOUND_COMPUTE], cost->cycles - row->stationary_cycles);
    row->merge_cycles = 0;
    row->stall_cycles = cost->cycles - row->stationary_cycles - row->stream_cycles;
    double slots = (double)array->mesh_x * array->mesh_y * array->simd_lanes * cost->cycles;
    row->utilization = slots > 0 ? sc_min(1, cost->slots / slots) : 0;
    row->products = cost->multiplies;
    row->l1_reads = cost->spm_read_bytes / words;
    row->l1_misses = 0;
    row->psum_writes = cost->spm_write_bytes / words;
    row->psum_reads = 0;
    row->spill_bytes = 0;
    row->dram_read_bytes = cost->dram_read_bytes;
    row->dram_write_bytes = cost->dram_write_bytes;
    row->energy_j = sc_butterfly_energy(array, cost, cost->cycles / (clock_ghz * 1e9));
    row->bound = sc_butterfly_bound_name(cost->bound);
}

void sc_butterfly_sizes(struct sc_result *row, const struct sc_operator *op, double M, double N, double K)
{
    double points = ldexp(1, (int)sc_log2_ceil((uint64_t)K));
    row->nnz_a = 0;
    if (op->kind == SC_BPMM)
        row->nnz_a = 2 * points * log2(points) * ceil(M / points);
    row->nnz_b = op->kind == SC_ATTENTION ? M * (N + 2 * K) : K * N;
    row->nnz_c = M * N;
}
