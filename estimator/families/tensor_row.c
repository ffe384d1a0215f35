/* tensor_row.c - from what a layer makes a tensor-core GPU do to a result row: bits, traffic, memory bound, energy.
 *
 * The formulas are the machine's, for closed forms and simulators alike; only what goes into them is expected or
 * counted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "../machine.h"
#include "../numeric.h"
#include "../operator.h"
#include "../result.h"

struct sc_tensor_bits sc_tensor_encoded(const struct sc_tensor_core *core, double nonzeros, double tiles, double stored)
{
    double elements = (double)core->tile * core->tile_k;
    return (struct sc_tensor_bits){.values = nonzeros * core->value_bits,
                                   .format = (core->empty_bitmaps ? tiles : stored) * elements +
                                             tiles * (1 + core->pointer_bits)};
}

double sc_tensor_tile_slots(const struct sc_tensor_core *core, const struct sc_operator *op)
{
    double slots = core->popcount_slots;
    bool strided = op->stride_height > 1 || op->stride_width > 1;
    if (sc_operator_has_geometry(op) && (strided || op->filter_height * op->filter_width > 1))
        slots += core->im2col_slots + (strided ? core->stride_slots : 0);
    return slots;
}

/* Bits moved, by level. */
struct traffic {
    struct sc_tensor_bits l2, dram; /* operands */
    double output;                  /* C */
};

/* How often the operands are read from DRAM.  The thread blocks that run together cover a square of C; operands stay
 * in L2 when both fit, or when one fits into half of it while the other streams past. */
static void passes(const struct sc_tensor_core *core, const struct sc_tensor_run *run, double a_bytes, double b_bytes,
                   double *of_a, double *of_b)
{
    double l2 = (double)core->l2_bytes, side = floor(sqrt((double)core->sms * core->subcores)) * core->tile;
    bool stay = a_bytes + b_bytes <= l2 || sc_min(a_bytes, b_bytes) <= l2 / 2;
    *of_a = stay ? 1 : ceil(run->N / side);
    *of_b = stay ? 1 : ceil(run->M / side);
}

static double bytes(struct sc_tensor_bits bits)
{
    return (bits.values + bits.format) / 8;
}

/* The activations of a convolution in memory: the map itself, lowered on the fly, not the matrix that it lowers to.
 * One bit per element, a pointer per row of each channel; all values when dense. */
static struct sc_tensor_bits map_bits(const struct sc_tensor_core *core, const struct sc_operator *op, double density,
                                      bool dense)
{
    double channels = (double)op->in_channels / sc_max(1, (double)op->groups), images = sc_max(1, (double)op->batch);
    double rows = channels * (double)op->in_height * images, elements = rows * (double)op->in_width;
    if (dense)
        return (struct sc_tensor_bits){.values = elements * core->value_bits};
    return (struct sc_tensor_bits){.values = elements * density * core->value_bits,
                                   .format = elements + rows * core->pointer_bits};
}

/* Share of the map that a thread block with `pixels` output pixels reads: whole input rows, each once. */
static double map_share(const struct sc_operator *op, double pixels)
{
    double out_rows = ceil(pixels / sc_max(1, (double)op->out_width)), height = sc_max(1, (double)op->in_height);
    double rows = (out_rows - 1) * (double)op->stride_height + (double)op->filter_height;
    return sc_min(1, rows / height) / sc_max(1, (double)op->batch);
}

static struct sc_tensor_bits times(struct sc_tensor_bits bits, double factor)
{
    return (struct sc_tensor_bits){bits.values * factor, bits.format * factor};
}

static struct sc_tensor_bits sum(struct sc_tensor_bits a, struct sc_tensor_bits b)
{
    return (struct sc_tensor_bits){a.values + b.values, a.format + b.format};
}

/* L2: each thread block of block_m x block_n reads its rows of A and columns of B. */
static struct traffic move(const struct sc_tensor_core *core, const struct sc_operator *op, bool dense,
                           const struct sc_tensor_run *run)
{
    struct traffic t = {.output = run->M * run->N * core->output_bits};
    struct sc_tensor_bits a = run->a, b = run->b;
    double of_a, of_b, down = ceil(run->M / core->block_m), across = ceil(run->N / core->block_n);
    struct sc_tensor_bits a_l2 = times(a, across), b_l2 = times(b, down);
    if (sc_operator_has_geometry(op) && core->activations_are_b) {
        b = map_bits(core, op, run->K * run->N > 0 ? run->nnz_b / (run->K * run->N) : 0, dense);
        b_l2 = times(b, down * across * map_share(op, sc_min(core->block_n, run->N)));
    }
    passes(core, run, bytes(a), bytes(b), &of_a, &of_b);
    t.l2 = sum(a_l2, b_l2);
    t.dram = sum(times(a, of_a), times(b, of_b));
    return t;
}

/* How often each event happens.  The dense path adds up four products in a tensor core before a sum is read and
 * written, and sends 32 values for 64 products (shape 4 x 4 x 4 of the V100 tensor core); every lane works. */
static void count_events(double count[SC_TENSOR_EVENT_COUNT], const struct sc_tensor_core *core, bool dense,
                         const struct sc_tensor_run *run, const struct traffic *t)
{
    double lanes = (double)core->quantum_activation * core->quantum_weight, macs = run->ohmma * lanes;
    double multiplied = dense ? macs : run->products, sums = dense ? macs / 4 : run->products;
    double operands = dense ? macs / 2 : run->ohmma * (core->quantum_activation + core->quantum_weight);
    count[SC_TENSOR_mac] = multiplied;
    count[SC_TENSOR_gated] = macs - multiplied;
    count[SC_TENSOR_sum_read] = sums;
    count[SC_TENSOR_sum_write] = sums;
    count[SC_TENSOR_scatter] = dense ? 0 : run->products;
    count[SC_TENSOR_operand] = operands;
    count[SC_TENSOR_bitmap] = dense ? 0 : run->bitmaps * 2 * core->tile / 4;
    count[SC_TENSOR_shared] = t->l2.values / 256;
    count[SC_TENSOR_shared_bitmap] = t->l2.format / 64;
    count[SC_TENSOR_dram] = (t->dram.values + t->dram.format + t->output) / 64;
}

static double energy(const struct sc_tensor_core *core, bool dense, const struct sc_tensor_run *run,
                     const struct traffic *t, enum sc_energy_case which)
{
    double count[SC_TENSOR_EVENT_COUNT], pj = 0;
    count_events(count, core, dense, run, t);
    for (int e = 0; e < SC_TENSOR_EVENT_COUNT; e++)
        pj += count[e] * core->pj[e][which];
    return pj;
}

/* Cycles that DRAM and L2 need for their bytes. */
static double dram_cycles(const struct sc_machine *machine, const struct traffic *t)
{
    return (bytes(t->dram) + t->output / 8) / (machine->dram_gbps / machine->clock_ghz);
}

static double l2_cycles(const struct sc_machine *machine, const struct traffic *t)
{
    return (bytes(t->l2) + t->output / 8) / machine->tensor.l2_bytes_per_cycle;
}

/* Memory where it takes longer than computing, else the largest part of the latter. */
static const char *bound_of(const struct sc_tensor_run *run, const struct sc_result *row, double dram, double l2)
{
    double busy = row->stationary_cycles + row->stream_cycles + row->merge_cycles, most = row->stream_cycles;
    const char *name = "compute";
    if (sc_max(dram, l2) > run->compute)
        return dram >= l2 ? "DRAM" : "L2";
    if (row->stationary_cycles > most) {
        name = "launch";
        most = row->stationary_cycles;
    }
    if (row->merge_cycles > most) {
        name = "banks";
        most = row->merge_cycles;
    }
    return row->cycles - busy > most ? "imbalance" : name;
}

/* Cycles of a layer: computing and memory overlap. */
static void fill_cycles(const struct sc_machine *machine, const struct sc_tensor_run *run, const struct traffic *t,
                        struct sc_result *row)
{
    const struct sc_tensor_core *core = &machine->tensor;
    double subcores = (double)core->sms * core->subcores;
    double dram = dram_cycles(machine, t), l2 = l2_cycles(machine, t), memory = sc_max(dram, l2);
    row->stationary_cycles = core->launch_cycles + run->tiles * core->drain_cycles / subcores;
    row->stream_cycles = run->slots / subcores;
    row->merge_cycles = run->waits / subcores;
    double busy = row->stationary_cycles + row->stream_cycles + row->merge_cycles;
    row->stall_cycles = sc_max(0, sc_max(run->compute, memory) + core->launch_cycles - busy);
    row->cycles = busy + row->stall_cycles;
    row->bound = bound_of(run, row, dram, l2);
}

void sc_tensor_row(const struct sc_machine *machine, const struct sc_operator *op, bool dense,
                   const struct sc_tensor_run *run, enum sc_energy_case which, struct sc_result *row)
{
    const struct sc_tensor_core *core = &machine->tensor;
    struct traffic t = move(core, op, dense, run);
    double lanes = (double)core->quantum_activation * core->quantum_weight, all = lanes * core->sms * core->subcores;
    fill_cycles(machine, run, &t, row);
    row->cycles_low = row->cycles_high = row->cycles;
    row->utilization = row->cycles > 0 ? sc_min(1, run->products / (all * row->cycles)) : 0;
    row->products = run->products;
    row->nnz_a = run->nnz_a;
    row->nnz_b = run->nnz_b;
    row->nnz_c = run->nnz_c;
    row->l1_reads = dense ? run->ohmma * lanes / 2 : run->ohmma * (core->quantum_activation + core->quantum_weight);
    row->l1_misses = 0;
    row->psum_writes = row->psum_reads = dense ? run->ohmma * lanes / 4 : run->products;
    row->spill_bytes = 0;
    row->dram_read_bytes = bytes(t.dram);
    row->dram_write_bytes = t.output / 8;
    row->time_s = row->cycles / (machine->clock_ghz * 1e9);
    row->energy_j = energy(core, dense, run, &t, which) * 1e-12;
    row->edp_js = row->energy_j * row->time_s;
    row->area_mm2 = machine->area_mm2 > 0 ? machine->area_mm2 : -1;
}

void sc_tensor_account(struct sc_tensor_account *account, const struct sc_machine *machine,
                       const struct sc_operator *op, bool dense, const struct sc_tensor_run *run)
{
    struct traffic t = move(&machine->tensor, op, dense, run);
    count_events(account->count, &machine->tensor, dense, run, &t);
    account->l2_bytes = bytes(t.l2) + t.output / 8;
    account->dram_bytes = bytes(t.dram) + t.output / 8;
    account->l2_cycles = l2_cycles(machine, &t);
    account->dram_cycles = dram_cycles(machine, &t);
}
