/* dense_tensor.c - closed form of the dense path: every product computed at the tensor cores' peak.
 *
 * ceil(tiles / sub-cores) tiles one after the other, each K padded to tile_k times tile^2 / lanes cycles (WMMA 16 x
 * 16 x 16 and OWMMA 16 x 16 x 16 both take 32 cycles on the two tensor cores of a sub-core).  Nothing varies, so this
 * is exact.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "tensor.h"

void sc_dense_tensor_run(struct sc_tensor_run *out, const struct sc_machine *machine, const struct sc_profile *profile)
{
    const struct sc_tensor_core *c = &machine->tensor;
    double lanes = (double)c->quantum_activation * c->quantum_weight, k = ceil(profile->K / c->tile_k) * c->tile_k;
    struct sc_tensor_run run = {.M = profile->M, .N = profile->N, .K = profile->K, .nnz_a = profile->a.nnz,
                                .nnz_b = profile->b.nnz, .nnz_c = profile->nnz_c, .products = profile->products};
    run.tiles = ceil(profile->M / c->tile) * ceil(profile->N / c->tile);
    double steps = ceil((double)c->tile * c->tile / lanes) * k, cycles = ceil(steps / c->dense_efficiency);
    run.ohmma = run.tiles * steps;
    run.slots = run.tiles * cycles;
    run.compute = ceil(run.tiles / ((double)c->sms * c->subcores)) * (cycles + c->drain_cycles);
    run.a.values = profile->M * profile->K * c->value_bits;
    run.b.values = profile->K * profile->N * c->value_bits;
    *out = run;
}

void sc_dense_tensor_model(const struct sc_machine *machine, const struct sc_profile *profile,
                           enum sc_energy_case which, struct sc_result *row)
{
    struct sc_tensor_run run;
    sc_dense_tensor_run(&run, machine, profile);
    sc_tensor_row(machine, &profile->op, true, &run, which, row);
}
