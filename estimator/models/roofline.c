/* roofline.c - time of an operator on a machine that is known by its peaks only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "roofline.h"

#include <math.h>

#include "../butterfly_counts.h"
#include "../numeric.h"

enum { SOFTMAX_FLOP = 5 }; /* per score: maximum, subtraction, exponential, sum, division */

static void count_butterfly(struct sc_roofline_cost *c, const struct sc_roofline *r,
                            const struct sc_butterfly_call *call)
{
    bool fft = call->kind == SC_BUTTERFLY_FFT;
    double tokens = (double)call->tokens, e = r->element_bytes;
    double stages = sc_log2_ceil(call->n_in), points = ldexp(1, (int)stages);
    double all = fft ? points : points * ceil((double)call->n_out / points); /* of all stacks */
    double weights = (fft ? points : 2 * all * stages) * e;
    c->multiplies = tokens * 2 * all * stages;
    c->flop = tokens * (fft ? 5 : 3) * all * stages;
    c->kernels = 1;
    c->read_bytes = tokens * (double)call->n_in * e * (fft && call->complex_in ? 2 : 1) + weights;
    c->write_bytes = tokens * (double)call->n_out * e * (fft && call->complex_out ? 2 : 1);
    if (!r->fused_butterflies) { /* all points of all stacks, once in and once out for every layer */
        double bytes = tokens * all * e * (fft ? 2 : 1);
        c->kernels = sc_max(1, stages);
        c->read_bytes = bytes * c->kernels + weights;
        c->write_bytes = bytes * c->kernels;
    }
}

static void count_dense(struct sc_roofline_cost *c, const struct sc_roofline *r, const struct sc_butterfly_call *call)
{
    double tokens = (double)call->tokens, in = (double)call->n_in, out = (double)call->n_out, e = r->element_bytes;
    c->multiplies = tokens * in * out;
    c->kernels = 1;
    c->read_bytes = (tokens * in + in * out) * e;
    c->write_bytes = tokens * out * e;
    if (call->kind == SC_BUTTERFLY_ATTENTION) {
        double scores = tokens * in * (double)call->heads * e;
        c->multiplies *= 2;
        c->kernels = r->fused_attention ? 1 : 3; /* QK^T, softmax, PV */
        c->read_bytes = (tokens * out + 2 * in * out) * e + (r->fused_attention ? 0 : 2 * scores);
        c->write_bytes = tokens * out * e + (r->fused_attention ? 0 : 2 * scores);
    }
    c->flop = 2 * c->multiplies;
}

void sc_roofline_estimate(struct sc_roofline_cost *cost, const struct sc_roofline *roofline, double dram_gbps,
                          const struct sc_butterfly_call *call)
{
    bool dense = call->kind == SC_BUTTERFLY_DENSE || call->kind == SC_BUTTERFLY_ATTENTION;
    double vector = roofline->vector_tflops * 1e12, peak = dense ? roofline->tensor_tflops * 1e12 : vector;
    double efficiency = dense ? roofline->tensor_efficiency : roofline->vector_efficiency;
    *cost = (struct sc_roofline_cost){0};
    if (dense)
        count_dense(cost, roofline, call);
    else
        count_butterfly(cost, roofline, call);
    cost->peak_seconds = cost->flop / peak;
    cost->compute_seconds = cost->peak_seconds / efficiency;
    if (call->kind == SC_BUTTERFLY_ATTENTION)
        cost->compute_seconds += SOFTMAX_FLOP * (double)call->tokens * (double)call->n_in * (double)call->heads /
                                 (vector * roofline->vector_efficiency);
    cost->memory_seconds = (cost->read_bytes + cost->write_bytes) / (dram_gbps * 1e9 * roofline->memory_efficiency);
    cost->launch_seconds = cost->kernels * roofline->launch_us * 1e-6;
    cost->seconds = sc_max(cost->compute_seconds, cost->memory_seconds) + cost->launch_seconds;
    cost->bound = cost->compute_seconds >= cost->memory_seconds ? SC_BOUND_COMPUTE : SC_BOUND_DRAM;
    if (cost->launch_seconds > sc_max(cost->compute_seconds, cost->memory_seconds))
        cost->bound = SC_BOUND_LAUNCH;
}
