/* test_pipe.c - the double-buffer recurrence followed on expected windows, against the recurrence itself.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>

#include "estimator/models/model.h"

static struct sc_plan plan_of(unsigned buffers, unsigned steps)
{
    static struct sc_plan plan;
    memset(&plan, 0, sizeof plan);
    plan.machine.window_buffers = buffers;
    plan.machine.window_steps = steps;
    plan.machine.str_line_bytes = 128;
    plan.miss_latency = 100;
    plan.bytes_per_cycle = 256;
    return plan;
}

/* The recurrence of the machine's description, window by window. */
struct exact {
    unsigned buffers, windows;
    double dram, end, ends[4096], writes[4096];
};

static void exact_window(struct exact *x, double cycles, double needs, double writes)
{
    unsigned w = x->windows++;
    double due = w >= x->buffers ? x->writes[w - x->buffers] : 0,
           before = w >= x->buffers ? x->ends[w - x->buffers] : 0;
    x->dram = fmax(x->dram, before) + (needs + due) / 256;
    x->end = fmax(x->end, needs > 0 ? x->dram + 100 : 0) + cycles;
    x->ends[w] = x->end;
    x->writes[w] = writes;
}

static double exact_finish(const struct exact *x)
{
    double left = 0;
    for (unsigned w = x->windows > x->buffers ? x->windows - x->buffers : 0; w < x->windows; w++)
        left += x->writes[w];
    return fmax(x->end, x->dram) + left / 256;
}

/* Equal windows that all fetch: exact however many there are. */
Test(pipe, equal_windows)
{
    for (unsigned buffers = 1; buffers <= 5; buffers++)
        for (double cycles = 1; cycles < 300; cycles *= 3)
            for (double bytes = 256; bytes < 1e5; bytes *= 16)
                for (unsigned count = 1; count < 700; count *= 3) {
                    struct sc_plan plan = plan_of(buffers, 64);
                    struct sc_pipe pipe;
                    static struct exact x;
                    struct sc_fetch fetch = {1, bytes};
                    memset(&x, 0, sizeof x);
                    x.buffers = buffers;
                    sc_pipe_init(&pipe, &plan);
                    sc_pipe_windows(&pipe, count, cycles, &fetch, 64);
                    for (unsigned w = 0; w < count; w++)
                        exact_window(&x, cycles, bytes, 64);
                    double found = sc_pipe_finish(&pipe), wanted = exact_finish(&x);
                    cr_assert_float_eq(found, wanted, 1e-6 * wanted,
                                       "%u buffers, %u windows of %g cycles and %g bytes: %g, exact %g", buffers, count,
                                       cycles, bytes, found, wanted);
                }
}

/* Tiles of several windows, the last one short, with merges after every few: a wait more or less in a run. */
Test(pipe, tiles_and_merges)
{
    for (unsigned buffers = 2; buffers <= 3; buffers++)
        for (unsigned steps = 5; steps < 300; steps *= 3)
            for (unsigned per_row = 1; per_row <= 9; per_row += 2) {
                enum { TILES = 400 };
                struct sc_plan plan = plan_of(buffers, 64);
                struct sc_pipe pipe;
                static struct exact x;
                memset(&x, 0, sizeof x);
                x.buffers = buffers;
                struct sc_pipe_tile t = {.steps = steps,
                                         .load = 4,
                                         .step_cycles = 1.5,
                                         .excess = 7,
                                         .fetch_bytes = 256,
                                         .end_writes = 512,
                                         .merges = 1.0 / per_row,
                                         .merge_cycles = 20,
                                         .merge_writes = 100};
                sc_pipe_init(&pipe, &plan);
                sc_pipe_tiles(&pipe, &t, TILES, 0, 0);
                for (unsigned i = 0; i < TILES; i++) {
                    for (unsigned left = steps, first = 1; left > 0; first = 0) {
                        unsigned here = left < 64 ? left : 64;
                        left -= here;
                        exact_window(&x, 1.5 * here + 4 * first + (left ? 0 : 7), first ? 256 : 0, left ? 0 : 512);
                    }
                    if ((i + 1) % per_row == 0)
                        exact_window(&x, 20, 0, 100);
                }
                double found = sc_pipe_finish(&pipe), wanted = exact_finish(&x);
                cr_expect_float_eq(found, wanted, 0.01 * wanted + 120,
                                   "%u buffers, %u steps, a merge after %u: %g, exact %g", buffers, steps, per_row,
                                   found, wanted);
            }
}

/* Windows of two lengths in random order, some of which fetch: 64 samples against 4000 windows: 5 %. */
Test(pipe, sampled_kinds)
{
    enum { COUNT = 4000 };
    static int order[COUNT];
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int percent = 10; percent <= 90; percent += 20) {
        struct sc_plan plan = plan_of(2, 64);
        struct sc_pipe pipe;
        static struct exact x;
        double share = percent / 100.0;
        struct sc_pipe_kind kind[2] = {{1 - share, 1, 0, {0, 0}}, {share, 60, 256, {0.8, 512}}};
        memset(&x, 0, sizeof x);
        x.buffers = 2;
        sc_pipe_init(&pipe, &plan);
        sc_pipe_sample(&pipe, COUNT, kind, 2);
        for (int i = 0; i < COUNT; i++)
            order[i] = i;
        gsl_ran_shuffle(rng, order, COUNT, sizeof *order);
        for (int i = 0; i < COUNT; i++) {
            bool long_one = order[i] < share * COUNT;
            exact_window(&x, long_one ? 60 : 1, order[i] < 0.8 * share * COUNT ? 512 : 0, long_one ? 256 : 0);
        }
        double found = sc_pipe_finish(&pipe), wanted = exact_finish(&x);
        cr_expect_float_eq(found, wanted, 0.05 * wanted, "%d %% long: %g, drawn %g", percent, found, wanted);
    }
    gsl_rng_free(rng);
}
