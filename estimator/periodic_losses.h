/* periodic_losses.h - a network on the systolic array, dense against periodic, with every loss of utilisation named.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PERIODIC_LOSSES_H
#define SC_PERIODIC_LOSSES_H

#include "families/systolic.h"
#include "layer.h"

/* Why a layer keeps dense weights. */
enum sc_dense_reason {
    SC_IS_PERIODIC,
    SC_DENSE_FIRST,
    SC_DENSE_POINTWISE,
    SC_DENSE_KERNEL,
    SC_DENSE_CONNECTED,
    SC_DENSE_REASONS
};

/* "kernels of the pattern", "first layer", "1x1 kernels", "other kernels", "fully connected". */
const char *sc_dense_reason_name(enum sc_dense_reason reason);

/* A network, or one layer. */
struct sc_losses {
    double layers;                      /* counts of the list included */
    double cycles_of[SC_DENSE_REASONS]; /* by what the layers are */
    double energy;                      /* J, nominal */
    double positions, nonzeros;         /* of all weights */
    struct sc_systolic_counts counts;   /* added up */
};

/* Which weights of a layer a pattern applies to: kernels of its size, not those of the first convolution of the list.
 */
enum sc_dense_reason sc_losses_reason(const struct sc_layer *layer, const struct sc_periodic_spec *spec, bool first);

/* Adds a layer, `count` times, to `sum`: periodic where the pattern applies, else dense; `spec` NULL: dense throughout.
 */
int sc_losses_add(struct sc_losses *sum, const struct sc_systolic *array, const struct sc_layer *layer,
                  const struct sc_periodic_spec *spec, bool first, struct sc_error *err);

#endif
