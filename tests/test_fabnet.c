/* test_fabnet.c - FABNet: the published simulator's cycles and milliseconds, and ours tile by tile.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <inttypes.h>
#include <math.h>

#include "families/fabnet.h"
#include "machine.h"
#include "models/fabnet.h"
#include "traces/sim/fabnet.h"

TestSuite(fabnet, .init = use_source_data);

static struct sc_machine machine_of(const char *name)
{
    struct sc_machine machine;
    struct sc_error err;
    cr_assert_eq(sc_machine_read(&machine, name, NULL, &err), SC_OK, "%s", err.message);
    return machine;
}

/* The four layers of an FBfly block: two FFTs, both of the hidden width, and the FFN. */
static void block_calls(struct sc_butterfly_call calls[4], uint64_t tokens, uint64_t width)
{
    calls[0] = (struct sc_butterfly_call){SC_BUTTERFLY_FFT, tokens, width, width, 0, false, true, false, false};
    calls[1] = (struct sc_butterfly_call){SC_BUTTERFLY_FFT, tokens, width, width, 0, true, false, false, false};
    calls[2] = (struct sc_butterfly_call){SC_BUTTERFLY_BPMM, tokens, width, 4 * width, 0, false, false, false, false};
    calls[3] = (struct sc_butterfly_call){SC_BUTTERFLY_BPMM, tokens, 4 * width, width, 0, false, false, false, false};
}

static double both(const struct sc_fabnet *f, const struct sc_butterfly_call *call)
{
    struct sc_fabnet_cost e, s;
    struct sc_error err;
    sc_fabnet_estimate(&e, f, call);
    cr_assert_eq(sc_fabnet_simulate(&s, f, call, NULL, &err), SC_OK, "%s", err.message);
    cr_expect_eq(s.cycles, e.cycles, "%g simulated, %g estimated", s.cycles, e.cycles);
    return e.cycles;
}

Test(fabnet, cycles_of_the_published_simulator)
{
    static const struct {
        const char *machine;
        uint64_t tokens, width;
        double cycles[4];
    } rows[] = {
        {"fabnet-be128", 1024, 1024, {17920, 23296, 40960, 49152}},
        {"fabnet-be128", 512, 1024, {7680, 9984, 20480, 24576}},
        {"fabnet-be40", 512, 768, {30720, 30720, 66560, 79872}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sc_machine m = machine_of(rows[i].machine);
        struct sc_butterfly_call calls[4];
        block_calls(calls, rows[i].tokens, rows[i].width);
        for (int k = 0; k < 4; k++) {
            double cycles = both(&m.fabnet, &calls[k]);
            cr_expect_eq(cycles, rows[i].cycles[k], "row %zu layer %d: %g", i, k, cycles);
        }
    }
}

/* Whole networks in ms: sequence lengths 128 to 4096, as far as printed. */
Test(fabnet, milliseconds_of_the_published_simulator)
{
    static const struct {
        const char *machine, *digits[6];
        uint64_t width, layers;
    } rows[] = {
        {"fabnet-be40", {"4.265", "7.734", "14.673", "29.708", "59.778", "118.760"}, 768, 12},
        {"fabnet-be120", {"1.997", "3.198", "5.602", "10.409", "21.224", "41.653"}, 768, 12},
        {"fabnet-be128", {"3.289", "4.012", "8.855", "18.540", "37.912", "76.655"}, 1024, 24},
        {"fabnet-be20-ddr", {"27.09", "53.76", "111.55", "227.13", NULL, NULL}, 768, 12},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sc_machine m = machine_of(rows[i].machine);
        for (int k = 0; k < 6 && rows[i].digits[k]; k++) {
            struct sc_butterfly_call calls[4];
            char ms[32];
            double cycles = 0;
            block_calls(calls, UINT64_C(128) << k, rows[i].width);
            for (int j = 0; j < 4; j++)
                cycles += both(&m.fabnet, &calls[j]);
            const char *point = strchr(rows[i].digits[k], '.');
            snprintf(ms, sizeof ms, "%.*f", (int)strlen(point + 1),
                     (double)rows[i].layers * cycles / (m.clock_ghz * 1e6));
            fprintf(stderr, "%s N = %4u: %s ms published, %s ms\n", rows[i].machine, 128u << k, rows[i].digits[k], ms);
            cr_expect_str_eq(ms, rows[i].digits[k]);
        }
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Estimate against simulation over n = 64..8192 and 32..8192 tokens, as published and with all tiles counted. */
Test(fabnet, estimates_agree_with_simulations)
{
    static const char *const names[] = {"fabnet-be40", "fabnet-be128", "fabnet-be20-ddr"};
    static double error[2048];
    for (int drop = 0; drop < 2; drop++) {
        size_t count = 0;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            struct sc_machine m = machine_of(names[i]);
            m.fabnet.drops_tiles = drop;
            for (uint64_t n = 64; n <= 8192; n *= 2)
                for (uint64_t tokens = 32; tokens <= 8192; tokens *= 4)
                    for (int kind = 0; kind < 3; kind++) {
                        struct sc_butterfly_call call = {kind < 2 ? SC_BUTTERFLY_BPMM : SC_BUTTERFLY_FFT, tokens, n,
                                                         kind == 1 ? 4 * n : n, 0, true, false, false, false};
                        struct sc_fabnet_cost e, s;
                        struct sc_error err;
                        sc_fabnet_estimate(&e, &m.fabnet, &call);
                        cr_assert_eq(sc_fabnet_simulate(&s, &m.fabnet, &call, NULL, &err), SC_OK, "%s", err.message);
                        error[count++] = fabs(e.cycles / s.cycles - 1);
                        cr_expect_float_eq(e.dram_read_bytes, s.dram_read_bytes, 1e-9 * e.dram_read_bytes);
                        cr_expect_eq(e.multiplies, s.multiplies);
                        cr_expect_eq(e.bound, s.bound);
                    }
        }
        qsort(error, count, sizeof error[0], ascending);
        fprintf(stderr, "fabnet, %s, %zu calls: median error %.3f %%, p95 %.3f %%, worst %.3f %%\n",
                drop ? "tiles as published" : "all tiles", count, 100 * error[count / 2], 100 * error[count * 95 / 100],
                100 * error[count - 1]);
        cr_expect_leq(error[count / 2], .02);
        cr_expect_leq(error[count * 95 / 100], .06);
    }
}

/* What the published count leaves out: with many tiles little, with one most of the output. */
Test(fabnet, counting_all_tiles_costs_the_published_ones_and_more)
{
    struct sc_machine m = machine_of("fabnet-be128");
    struct sc_butterfly_call calls[4];
    for (uint64_t tokens = 128; tokens <= 8192; tokens *= 2) {
        block_calls(calls, tokens, 1024);
        for (int k = 0; k < 4; k++) {
            struct sc_fabnet_cost published, all;
            m.fabnet.drops_tiles = true;
            sc_fabnet_estimate(&published, &m.fabnet, &calls[k]);
            m.fabnet.drops_tiles = false;
            sc_fabnet_estimate(&all, &m.fabnet, &calls[k]);
            cr_expect_gt(all.cycles, published.cycles);
            cr_expect_geq(all.cycles, all.compute, "every tile's compute counts");
        }
    }
}

/* 40 vectors of 64 points, 2 bytes each, leave a tile over 1 byte a cycle: 5120 cycles, which all else hides behind but
 * the first tile's load and compute. */
Test(fabnet, a_narrow_output_limits)
{
    enum { TILES = 7, STORE = 40 * 64 * 2 };
    struct sc_machine m = machine_of("fabnet-be40");
    struct sc_butterfly_call call = {SC_BUTTERFLY_BPMM, 40 * TILES, 64, 64, 0, false, false, false, false};
    struct sc_fabnet_cost e, s;
    struct sc_error err;
    m.fabnet.out_bits = 8;
    m.fabnet.drops_tiles = false;
    sc_fabnet_estimate(&e, &m.fabnet, &call);
    cr_assert_eq(sc_fabnet_simulate(&s, &m.fabnet, &call, NULL, &err), SC_OK, "%s", err.message);
    cr_expect_eq(s.store, TILES * STORE);
    cr_expect_eq(e.store, s.store);
    cr_expect_eq(s.bound, SC_BOUND_STORE);
    cr_expect_eq(e.bound, SC_BOUND_STORE);
    double load = s.load / TILES, compute = s.compute / TILES;
    cr_expect_eq(s.cycles, s.store + load + fmax(load, compute), "%g cycles", s.cycles);
    cr_expect_eq(e.cycles, s.cycles, "%g cycles", e.cycles);
}

Test(fabnet, power_of_engine_counts_is_interpolated)
{
    cr_expect_float_eq(machine_of("fabnet-be40").fabnet.watts, 11.35, 1e-9);
    double per_engine = ((6.882 + 7.732 + 1.437) - (2.688 + 2.381 + .338)) / 80;
    cr_expect_float_eq(per_engine, .133, .0005);
    cr_expect_float_eq(machine_of("fabnet-be120").fabnet.watts, 11.35 + 80 * .133, .006);
    cr_expect_float_eq(machine_of("fabnet-be128").fabnet.watts, 11.35 + 88 * .133, .006);
}
