/* fabnet_layers.c - how FABNet's engines run a butterfly, and its energy.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fabnet.h"

#include <math.h>

#include "../butterfly_counts.h"
#include "../numeric.h"

double sc_fabnet_energy(const struct sc_fabnet *fabnet, double seconds)
{
    return fabnet->watts * seconds;
}

unsigned sc_fabnet_layers(struct sc_fabnet_layer layers[SC_FABNET_LAYERS_MAX], const struct sc_fabnet *fabnet,
                          const struct sc_butterfly_call *call)
{
    unsigned bits[SC_BUTTERFLY_BITS_MAX], stages = sc_log2_ceil(call->n_in);
    bool fft = call->kind == SC_BUTTERFLY_FFT;
    double points = ldexp(1, (int)stages), outputs = fft ? points : ldexp(1, (int)sc_log2_ceil(call->n_out));
    unsigned passes = sc_stage_split(stages, sc_log2_ceil(fabnet->max_length), bits);
    for (unsigned p = 0; p < passes; p++) {
        double part = ldexp(1, (int)bits[p]);
        layers[p] = (struct sc_fabnet_layer){
            .fft = fft, .stages = bits[p], .vectors = (double)call->tokens, .points = points, .outputs = outputs};
        layers[p].complex_in = fft && (p > 0 || call->complex_in);
        layers[p].complex_out = fft && (p + 1 < passes || call->complex_out);
        if (passes > 1) { /* every pass works on all stacks' points, in parts */
            layers[p].vectors *= sc_max(1, outputs / points) * (points / part);
            layers[p].points = layers[p].outputs = part;
        }
    }
    return passes;
}
