/* test_butterfly_random.c - butterfly arrays of any shape on calls of any size: simulations end, work is conserved.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <gsl/gsl_rng.h>
#include <inttypes.h>
#include <math.h>

#include "machine.h"
#include "models/butterfly.h"
#include "traces/sim/butterfly.h"

TestSuite(butterfly_random, .init = use_source_data);

static uint32_t below(gsl_rng *random, uint32_t n)
{
    return (uint32_t)gsl_rng_uniform_int(random, n);
}

/* Keys drawn over more than any machine has; the scratchpad from the least that a machine file may say. */
static void draw_machine(struct sc_butterfly_array *a, gsl_rng *random)
{
    a->mesh_x = 1u << below(random, 5);
    a->mesh_y = 1u << below(random, 5);
    a->simd_lanes = 1 + below(random, 64);
    a->local_points = 2u << below(random, 4);
    a->stage_points_bpmm = 2u << below(random, 11);
    a->stage_points_fft = 2u << below(random, 11);
    a->fft_slots = 3 + below(random, 2);
    a->tags = 1 + below(random, 64);
    a->load_latency = below(random, 30);
    a->compute_latency = below(random, 30);
    a->transfer_latency = below(random, 30);
    a->skip_distance = 1u << below(random, 4);
    a->task_blocks = 1 + below(random, 20);
    a->task_handshake = below(random, 40);
    a->spm_bytes_per_cycle = 1 + below(random, 4096);
    uint64_t points = (uint64_t)a->mesh_x * a->mesh_y * a->local_points;
    points = points > a->stage_points_bpmm ? points : a->stage_points_bpmm;
    points = points > a->stage_points_fft ? points : a->stage_points_fft;
    a->spm_bytes = 8 * points * a->simd_lanes * a->element_bytes * (1 + below(random, 100));
}

static struct sc_butterfly_call draw_call(gsl_rng *random)
{
    struct sc_butterfly_call call = {
        .kind = (enum sc_butterfly_kind)below(random, 4),
        .tokens = 1 + below(random, 1u << (1 + below(random, 10))),
        .n_in = 1 + below(random, 1u << (1 + below(random, 11))),
        .n_out = 1 + below(random, 1u << (1 + below(random, 11))),
        .heads = 1,
        .complex_in = below(random, 2),
        .complex_out = below(random, 2),
        .input_on_chip = below(random, 2),
        .output_on_chip = below(random, 2),
    };
    if (call.kind == SC_BUTTERFLY_FFT)
        call.n_out = call.n_in;
    return call;
}

Test(butterfly_random, simulations_end_and_do_all_the_work)
{
    enum { DRAWS = 400 };
    struct sc_machine m;
    struct sc_error err;
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    double near = 0;
    cr_assert_eq(sc_machine_read(&m, "butterfly-array", NULL, &err), SC_OK);
    gsl_rng_set(random, 2411);
    for (int i = 0; i < DRAWS; i++) {
        struct sc_butterfly_array a = m.butterfly;
        struct sc_butterfly_cost e, s;
        draw_machine(&a, random);
        struct sc_butterfly_call call = draw_call(random);
        double rate = pow(10, below(random, 5) - 1.0), wide = (double)a.mesh_x * a.mesh_y * a.simd_lanes;
        cr_assert_eq(sc_butterfly_simulate(&s, &a, rate, &call, NULL, &err), SC_OK, "draw %d: %s", i, err.message);
        sc_butterfly_estimate(&e, &a, rate, &call);
        cr_expect(isfinite(e.cycles) && e.cycles > 0 && isfinite(s.cycles) && s.cycles > 0, "draw %d", i);
        cr_expect_eq(e.slots, s.slots, "draw %d: %g, %g", i, e.slots, s.slots);
        cr_expect_geq(s.busy[SC_BOUND_COMPUTE] * wide, s.slots, "draw %d: not all was computed", i);
        cr_expect_geq(s.cycles, s.busy[SC_BOUND_COMPUTE], "draw %d", i);
        cr_expect_geq(s.cycles + 1, s.busy[SC_BOUND_DRAM], "draw %d", i);
        double dram = e.dram_read_bytes + e.dram_write_bytes;
        cr_expect_leq(fabs(dram - s.dram_read_bytes - s.dram_write_bytes), .01 * dram + 1024, "draw %d: %g bytes, %g",
                      i, dram, s.dram_read_bytes + s.dram_write_bytes);
        near += fabs(e.cycles - s.cycles) <= .1 * s.cycles + 50;
    }
    fprintf(stderr, "%d arrays and calls at random: %.1f %% of the estimates within 10 %%\n", DRAWS,
            100 * near / DRAWS);
    cr_expect_geq(near, .85 * DRAWS);
    gsl_rng_free(random);
}

/* A butterfly of one point computes nothing, and ends. */
Test(butterfly_random, one_point)
{
    struct sc_machine m;
    struct sc_error err;
    struct sc_butterfly_call call = {.kind = SC_BUTTERFLY_BPMM, .tokens = 100, .n_in = 1, .n_out = 1};
    struct sc_butterfly_cost s;
    cr_assert_eq(sc_machine_read(&m, "butterfly-array", NULL, &err), SC_OK);
    cr_assert_eq(sc_butterfly_simulate(&s, &m.butterfly, 51.2, &call, NULL, &err), SC_OK, "%s", err.message);
    cr_expect_eq(s.multiplies, 0);
    cr_expect_eq(s.dram_write_bytes, 200);
}
