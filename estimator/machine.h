/* machine.h - the hardware, read from YAML: array, networks, memories, DRAM, timing, area, energy.
 *
 * Every key with its unit, default and source is listed in data/machines/README.md; the schema is the table in
 * machine_keys.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MACHINE_H
#define SC_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "energy.h"
#include "error.h"
#include "families/systolic.h"
#include "families/tensor_core.h"
#include "families/butterfly.h"
#include "families/fabnet.h"
#include "families/roofline.h"

/* Dataflows by the name used on the command line: X(identifier, name, one-line meaning).  The order is the order of
 * output rows and of ties (first wins). */
#define SC_DATAFLOW_LIST(X)                                                                        \
    X(SC_IP_M, "ip-m", "inner product, M-stationary: rows of A stay, columns of B stream (SIGMA-like)") \
    X(SC_OP_M, "op-m", "outer product, M-stationary: columns of A stay, rows of B stream (SpArch-like)") \
    X(SC_GUST_M, "gust-m", "Gustavson, M-stationary: rows of A stay, their rows of B stream (GAMMA-like)") \
    X(SC_IP_N, "ip-n", "inner product, N-stationary: ip-m on the transposed problem")              \
    X(SC_OP_N, "op-n", "outer product, N-stationary: op-m on the transposed problem")              \
    X(SC_GUST_N, "gust-n", "Gustavson, N-stationary: gust-m on the transposed problem")            \
    X(SC_BITMAP_OP, "bitmap-op", "bitmap outer product: zeros of both operands skipped (dual-side sparse tensor core)") \
    X(SC_PERIODIC, "periodic", "periodic systolic: weights of periodic patterns, one index unit per row") \
    X(SC_BUTTERFLY, "butterfly", "multilayer butterfly: products with butterfly matrices and FFTs") \
    X(SC_DENSE, "dense", "dense product, zeros computed like everything else")                     \
    X(SC_DECODE, "decode", "weights in an indexed format, decoded and gathered per product")

enum sc_dataflow {
#define X(id, name, meaning) id,
    SC_DATAFLOW_LIST(X)
#undef X
    SC_DATAFLOWS /* how many */
};

enum { SC_SPMSPM_DATAFLOWS = SC_GUST_N + 1 }; /* the first of them: sparse x sparse on the Flexagon family */

struct sc_family;

/* How events become cycles.  blocking: every stream step issues its loads and waits for the slowest (as the authors'
 * simulator behind the published figures does).  pipelined: windows of steps, double-buffered, limited by networks,
 * banks and DRAM (the machine that the paper's text describes). */
enum sc_timing { SC_BLOCKING, SC_PIPELINED };

enum { SC_PARTS_MAX = 16, SC_NAME_SIZE = 64, SC_PATH_SIZE = 1024 };

/* Area and power of one part of the chip (mm2, mW). */
struct sc_part {
    char name[SC_NAME_SIZE];
    double area_mm2, power_mw;
};

/* A machine.  Fields without another word are those of the Flexagon family: linear multiplier array, distribution network,
 * merger-reduction tree, STA FIFO, STR cache, PSRAM and DRAM; element = one 32-bit word holding value and coordinate unless
 * element_bytes says otherwise.  Other families (family.h) use the common ones and their own member. */
struct sc_machine {
    const struct sc_family *family;
    char name[SC_NAME_SIZE];
    char description[256];
    char file[SC_PATH_SIZE];  /* path it was read from */
    char digest[17];          /* 16 hexadecimal digits: FNV-1a 64 of the bytes of its base file, if any, and its own */
    enum sc_timing timing;
    bool supports[SC_DATAFLOWS];
    bool candidates[SC_DATAFLOWS]; /* of these, the ones compared when none is asked for */

    double clock_ghz;
    uint32_t multipliers;     /* also the leaves of the merge tree: fibers per merge pass */
    uint32_t element_bytes;
    double dn_bandwidth;      /* distribution network, distinct elements/cycle (pipelined) */
    double rn_bandwidth;      /* reduction network towards memory, elements/cycle (pipelined) */
    uint32_t dn_levels, multiplier_latency; /* cycles; with the tree's log2(multipliers) levels they make the fill latency */

    uint64_t str_bytes;       /* STR cache */
    uint32_t str_line_bytes, str_ways, str_banks;
    uint32_t str_words_per_bank; /* words of one line a bank serves in a cycle (pipelined); 1 = word-wide banks */
    uint64_t psram_bytes;     /* 0: no PSRAM, partial sums go to DRAM (pipelined) */
    uint32_t psram_block_bytes;
    uint32_t psram_sets;      /* 0: one pool; else output row mod sets picks the set */
    uint32_t sta_fifo_bytes;

    double dram_latency_ns, dram_gbps;

    /* Blocking policy, cycles. */
    double step_fixed;        /* of a step with loads (H) */
    double stationary_fixed;  /* added to each stationary load (STA_FIX) */
    double drain;             /* per stationary tile and merge pass (DRAIN) */
    double empty_step;        /* a step without loads (EMPTY_STEP) */
    double empty_row;         /* an outer-product merge row without fibers (EMPTY_ROW) */
    double miss_fixed;        /* added to the DRAM latency of a missing line */
    uint32_t line_cycles;     /* between lines at memory, whose loads are replayed; 0: a step waits latency, then bandwidth */
    double inner_drain;       /* drain of an inner-product tile, without the tree levels of its largest cluster; 0: drain */
    double outer_drain;       /* drain of an outer-product tile; 0: drain */
    bool stores;              /* sums of folded rows and Gustavson's rows go to C through the cache and its banks */
    double last_store;        /* from the last output to the end of the run, and but for the inner product a miss; 0: neither */

    /* Pipelined policy. */
    uint32_t window_steps;    /* stream steps per double-buffered window (W) */
    uint32_t window_buffers;  /* windows the STR filler may run ahead (NBUF) */
    bool count_pointers;      /* output traffic includes 4 bytes per row pointer */

    /* Between layers: an explicit format conversion moves this many times the matrix's bytes through DRAM. */
    double ec_bytes_factor;

    struct sc_systolic systolic;
    struct sc_butterfly_array butterfly;
    struct sc_fabnet fabnet;
    struct sc_roofline roofline;

    struct sc_part parts[SC_PARTS_MAX];
    unsigned part_count;
    double area_mm2, power_mw; /* sums over parts; area 0 when no part gives one */

    struct sc_energy_request energy_request;
    struct sc_energy energy;   /* pJ per event, bound from the energy table */

    struct sc_tensor_core tensor; /* of the family "tensor-core" */
};

/* Reads machine NAME from the shipped files, or the YAML file when `name` is a path (contains '/' or ends in .yaml/.yml).
 * `energy_table` overrides the table that the machine names (NULL: keep).  Errors carry file, line, key, the value found,
 * what was expected, and for an unknown key or machine the nearest known name. */
int sc_machine_read(struct sc_machine *machine, const char *name, const char *energy_table, struct sc_error *err);

/* A key of a machine file with another value than the file's. */
struct sc_machine_change {
    const char *key, *value;
};

/* The same with some keys changed, as if the file said so; the digest covers the changes, and areas and powers of parts follow
 * the sizes as the family says (family.h).  SC_BAD_USAGE for a key that the machine does not have or a value it cannot take. */
int sc_machine_read_changed(struct sc_machine *machine, const char *name, const char *energy_table,
                            const struct sc_machine_change *change, size_t changes, struct sc_error *err);

/* Names of the shipped machines, sorted; *names is one allocation to free(). */
int sc_machine_list(char ***names, unsigned *count, struct sc_error *err);

const char *sc_dataflow_name(enum sc_dataflow dataflow);
const char *sc_dataflow_meaning(enum sc_dataflow dataflow);

/* The dataflow called `text`; SC_BAD_USAGE with the nearest name otherwise. */
int sc_dataflow_parse(enum sc_dataflow *dataflow, const char *text, struct sc_error *err);

#endif
