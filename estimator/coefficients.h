/* coefficients.h - what calibration knows of a machine: weights of the closed forms' terms, how wrong they are, and
 * where that holds.
 *
 * A calibration corrects a result row in place, whatever family of machines filled it: the four cycle components are
 * weighted, an imperfect overlap of compute and DRAM is added, and an interval that holds a stated share of simulations
 * is put around the sum.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_COEFFICIENTS_H
#define SC_COEFFICIENTS_H

#include "layer.h"
#include "machine.h"
#include "result.h"

/* Coefficients of a dataflow: X(identifier, name in files, lowest, highest, identity, meaning).
 * Weights stay within a factor of two: a mechanism that is off by more is missing from the closed form and belongs
 * there. overlap: cycles added per cycle of min^2 / max of (on-chip cycles, cycles of DRAM transfer), which is the
 * share of the shorter that the longer does not hide, greatest where both are equal and gone where one rules. */
#define SC_TERM_LIST(X)                                                                                                \
    X(SC_TERM_STATIONARY, "stationary", 0.5, 2, 1, "weight of loading stationary operands")                            \
    X(SC_TERM_STREAM, "stream", 0.5, 2, 1, "weight of streaming")                                                      \
    X(SC_TERM_MERGE, "merge", 0.5, 2, 1, "weight of the merging phase")                                                \
    X(SC_TERM_STALL, "stall", 0.5, 2, 1, "weight of waiting for DRAM")                                                 \
    X(SC_TERM_OVERLAP, "overlap", 0, 0.5, 0, "share of the shorter of compute and DRAM time left exposed")

enum sc_term {
#define X(id, name, low, high, identity, meaning) id,
    SC_TERM_LIST(X)
#undef X
    SC_TERMS
};

struct sc_term_facts {
    const char *name;
    double low, high, identity;
};
const struct sc_term_facts *sc_term_facts(enum sc_term term);

/* How much is known of the operands: the strata of the intervals. */
#define SC_OPERANDS_LIST(X)                                                                                            \
    X(SC_OPERANDS_UNIFORM, "uniform", "densities alone, both uniform")                                                 \
    X(SC_OPERANDS_STRUCTURED, "structured", "densities and pattern kinds, at least one not uniform")                   \
    X(SC_OPERANDS_MEASURED, "measured", "lengths measured from pattern files")

enum sc_operands {
#define X(id, name, meaning) id,
    SC_OPERANDS_LIST(X)
#undef X
    SC_OPERANDS
};
const char *sc_operands_name(enum sc_operands operands);
enum sc_operands sc_operands_of(const struct sc_layer *layer);

/* The intervals' shares, percent. */
enum { SC_LEVEL_MIN = 50, SC_LEVEL_MAX = 99, SC_LEVEL_DEFAULT = 90, SC_LEVELS = SC_LEVEL_MAX - SC_LEVEL_MIN + 1 };

/* Split-conformal scores of one stratum (Vovk et al. 2005; Lei et al. 2018): signed ln(simulated / estimated) / spread
 * of layers that the fit has not seen.  low[i], high[i] bound the share SC_LEVEL_MIN + i percent of them, with (n + 1)
 * in place of n so that the share holds for the next layer. */
struct sc_scores {
    unsigned count; /* 0: none */
    double low[SC_LEVELS], high[SC_LEVELS];
};

/* Spread of the residuals: exp(sum of coefficient x predictor), kept within [least, most].  Predictors: 1; ln cycles;
 * the shares of stall, merge and DRAM transfer in the cycles; ln of 1 + nonzeros per row of A, column of A, row of B
 * and column of B; and, where only the kinds of the patterns are known, 1 for either operand that is skewed, blocks,
 * banded, N:M.  It only shapes intervals, never the estimate. */
enum { SC_SPREAD_TERMS = 13 };
struct sc_spread {
    double coefficient[SC_SPREAD_TERMS];
    double least, most;
};

struct sc_dataflow_fit {
    bool fitted;
    double term[SC_TERMS];
    double covariance[SC_TERMS][SC_TERMS]; /* of term[], from the curvature of the loss at its minimum */
    struct sc_spread spread;
    struct sc_scores scores[SC_OPERANDS];
};

/* Where a calibration holds, per quantity of a layer: X(identifier, name).  Bounds are those of the training layers. */
#define SC_DOMAIN_LIST(X)                                                                                              \
    X(SC_DOMAIN_M, "M")                                                                                                \
    X(SC_DOMAIN_N, "N") X(SC_DOMAIN_K, "K") X(SC_DOMAIN_DENSITY_A, "density_a") X(SC_DOMAIN_DENSITY_B, "density_b")    \
        X(SC_DOMAIN_NNZ_A, "nnz_a") X(SC_DOMAIN_NNZ_B, "nnz_b") X(SC_DOMAIN_PRODUCTS, "products")

enum sc_domain_quantity {
#define X(id, name) id,
    SC_DOMAIN_LIST(X)
#undef X
    SC_DOMAIN_QUANTITIES
};
const char *sc_domain_name(enum sc_domain_quantity quantity);

/* The quantities of a layer whose nonzeros and products are those of `row`. */
void sc_domain_values(double value[SC_DOMAIN_QUANTITIES], const struct sc_layer *layer, const struct sc_result *row);

struct sc_range {
    double low, high;
};

enum {
    SC_PATTERN_KINDS = 0
#define X(id, name, parameters, distribution) +1
    SC_PATTERN_LIST(X)
#undef X
};

/* A machine parameter that was varied, by its key. */
enum { SC_VARIED_MAX = 48, SC_VARIED_NAME = 64 };
struct sc_varied {
    char key[SC_VARIED_NAME];
    struct sc_range range;
};

struct sc_calibration {
    char file[SC_PATH_SIZE]; /* read from, "" for a fresh one */
    char machine[SC_NAME_SIZE];
    char digest[17];   /* of the machine file it was fitted for */
    char training[17]; /* digest of the training layers and their simulated cycles */
    uint64_t seed;
    uint64_t layers;  /* of the training set */
    double fit_share; /* of them used for coefficients; the others gave the scores */
    struct sc_range domain[SC_DOMAIN_QUANTITIES];
    bool pattern[SC_PATTERN_KINDS];
    unsigned varied_count;
    struct sc_varied varied[SC_VARIED_MAX];
    double machine_widening; /* of intervals of a machine with other parameters, >= 1 */
    struct sc_dataflow_fit of[SC_DATAFLOWS];
};

/* Identity coefficients and nothing else. */
void sc_calibration_init(struct sc_calibration *c);

/* Reads a calibration file; errors carry the line. */
int sc_calibration_read(struct sc_calibration *c, const char *path, struct sc_error *err);

/* Writes one, whole or not at all; numbers have seven digits. */
int sc_calibration_write(const struct sc_calibration *c, const char *path, struct sc_error *err);

/* Finds the calibration of a machine.  `choice` NULL: the shipped file of the machine's name if it was fitted for this
 * very machine, else that of its base; "none": none; else the file of that path, SC_BAD_INPUT when it is for neither
 * the machine nor its base.  *found is NULL when there is none, else to be freed.  `reason` receives "" or one sentence
 * on why a file that is there was not used. */
int sc_calibration_find(struct sc_calibration **found, const struct sc_machine *machine, const char *choice,
                        char reason[256], struct sc_error *err);

/* What an interval and a note need to know of a machine, worked out once. */
struct sc_corrector {
    const struct sc_calibration *calibration; /* NULL: rows stay as they are */
    double bytes_per_cycle;                   /* of DRAM */
    double widening;                          /* of the machine's parameters, >= 1 */
    int level;                                /* percent */
    char machine_note[160];                   /* "" or what is to be said about the machine */
};

/* Binds a calibration (borrowed, NULL: none) to a machine.  When the digest is not the one it was fitted for (the
 * caller has made sure that the machine is derived from it), the machine's keys are compared with those varied in
 * training: intervals are widened by machine_widening, once more for every key outside, and the note names these. */
void sc_corrector_init(struct sc_corrector *corrector, const struct sc_calibration *calibration,
                       const struct sc_machine *machine, int level);

enum { SC_NOTE_SIZE = 512 };

/* What is to be said beside a corrected row: simulations are distributed as cycles x exp(spread x score). */
struct sc_remark {
    char note[SC_NOTE_SIZE];
    double spread;                  /* 0: uncalibrated */
    const struct sc_scores *scores; /* NULL: uncalibrated */
};

/* Corrects a row that a closed form has filled, and puts its interval around it.  The note in the remark, which
 * row->note points to, is "" when all is well, "uncalibrated", or names what lies outside the calibrated domain.  The
 * interval's logarithmic half widths are multiplied by 1 + the sum over quantities outside of (1 + decades outside, at
 * most 3), and end at a factor of a million.  Returns whether the layer is outside. */
bool sc_correct(const struct sc_corrector *corrector, const struct sc_layer *layer, enum sc_dataflow dataflow,
                enum sc_operands operands, struct sc_result *row, struct sc_remark *remark);

/* The parts of sc_correct() that fitting uses.  Bytes that DRAM moves in a cycle; 0 when the machine says nothing of
 * it. */
double sc_bytes_per_cycle(const struct sc_machine *machine);

/* Cycles that DRAM needs for the row's bytes. */
double sc_memory_cycles(const struct sc_result *row, double bytes_per_cycle);

/* What each coefficient multiplies in an uncorrected row. */
void sc_terms_of(const struct sc_result *row, double memory, double basis[SC_TERMS]);

double sc_spread_of(const struct sc_spread *spread, const double predictor[SC_SPREAD_TERMS]);

/* Predictors of the spread from a corrected row. */
void sc_spread_predictors(const struct sc_layer *layer, enum sc_operands operands, const struct sc_result *row,
                          double memory, double predictor[SC_SPREAD_TERMS]);

/* Weighs the components and recomputes what depends on cycles. */
void sc_apply_terms(const double term[SC_TERMS], const double basis[SC_TERMS], struct sc_result *row);

#endif
