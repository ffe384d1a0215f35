/* layer.h - one row of the user's list, and the streaming reader of layer lists.
 *
 * A layer is a GEMM C[M x N] = A[M x K] * B[K x N] with a density of nonzeros and a pattern kind per operand, or
 * another operator with dimensions of the same names (operator.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_LAYER_H
#define SC_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "operator.h"
#include "periodic.h"

/* How the nonzeros of an operand are placed: X(identifier, name in files, parameters, distribution).
 * Every kind has exactly nnz = round(density x rows x cols) nonzeros unless its line says otherwise. */
#define SC_PATTERN_LIST(X)                                                                          \
    X(SC_UNIFORM, "uniform", "", "every position equally likely")                                   \
    X(SC_ROWSKEW, "rowskew", "S",                                                                   \
      "row lengths follow a power law of exponent S over randomly ordered rows, capped at the width; "\
      "uniform within a row")                                                                       \
    X(SC_COLSKEW, "colskew", "S", "rowskew of the transpose")                                       \
    X(SC_BLOCK, "block", "RxC",                                                                     \
      "whole blocks of R rows x C columns, aligned to the grid, chosen uniformly; the last one cut")\
    X(SC_BANDED, "banded", "W",                                                                     \
      "uniform over the positions whose column lies within W/2 of the scaled diagonal")             \
    X(SC_NM, "nm", "N:M", "exactly N nonzeros in every group of M positions along K; density N/M")  \
    X(SC_PERIODIC_KERNELS, "periodic", "N:P[:d][:HxW]",                                             \
      "kernels of H x W positions along K (of the layer, or else 3x3) with N nonzeros at places that repeat every P "\
      "channels and shift by one from filter to filter; d: every P-th is dense; also PS4_P4, PSD4_P8, ...")

enum sc_pattern_kind {
#define X(id, name, parameters, distribution) id,
    SC_PATTERN_LIST(X)
#undef X
};

/* A pattern kind with its parameters; unused ones are 0. */
struct sc_pattern_spec {
    enum sc_pattern_kind kind;
    double skew;                      /* rowskew, colskew: exponent S >= 0 */
    uint64_t block_rows, block_cols;  /* block: R, C >= 1 */
    uint64_t band;                    /* banded: W >= 1 columns */
    uint64_t nm_n, nm_m;              /* nm: 1 <= N <= M */
    struct sc_periodic_spec periodic; /* periodic; kss 0 with all other kinds */
};

/* One layer.  Strings belong to the reader that filled them and live until its next call; they are never NULL
 * except `a_file` and `b_file` (NULL: no pattern file). */
struct sc_layer {
    const char *name;            /* need not be unique */
    const char *model;           /* network the row belongs to; "" when absent */
    struct sc_operator op;       /* what it is, and the geometry of a convolution */
    uint64_t M, N, K;            /* as operator.h says for the kind, each >= 1; M*K, K*N, M*N and M*N*K fit 64 bits */
    uint64_t count;              /* occurrences in the network, >= 1 */
    double density_a, density_b; /* fraction of nonzeros, 0..1; -1: only the pattern file says */
    struct sc_pattern_spec pattern_a, pattern_b;
    const char *a_file, *b_file; /* pattern files, already resolved relative to the list */
    const char *const *extra;    /* values of the columns passed through, as many as extra_names */
    size_t extras;
    uint64_t line;               /* line of the list, for messages */
};

/* round(density * rows * cols), the exact nonzero count of an operand. */
uint64_t sc_nonzeros(double density, uint64_t rows, uint64_t cols);

/* Reads "uniform", "rowskew:1.2", "block:4x4", "banded:64", "nm:2:4", ... (whole text).  On failure returns
 * SC_BAD_INPUT or SC_UNSUPPORTED with a message that names the kinds (file and line left empty). */
int sc_pattern_parse(struct sc_pattern_spec *spec, const char *text, struct sc_error *err);

/* Writes the text form that sc_pattern_parse reads back; returns its length. */
size_t sc_pattern_format(char *out, size_t size, const struct sc_pattern_spec *spec);

/* A column that has the same text in every row, whatever the list says; one that the list lacks is added. */
struct sc_layer_change {
    const char *column, *value;
};

/* How a list is to be understood where its own text leaves it open. */
struct sc_layer_options {
    const struct sc_layer_change *change; /* borrowed until the reader is closed */
    size_t changes;
    bool same_padding;    /* SCALE-Sim convolutions: pad so that output = ceil(input / stride), except along a direction
                           * that the filter spans whole (fully connected layers) */
    /* SCALE-Sim rows with Num Filter = 1 and several channels are depthwise: one GEMM per channel */
    bool split_depthwise;
    /* Called with a warning about a row (once per kind of warning); NULL for silence. */
    void (*warn)(void *context, const char *file, uint64_t line, const char *message);
    void *warn_context;
};

struct sc_layer_reader;

/* Opens a layer list: our CSV, or a SCALE-Sim convolution or GEMM topology, told apart by the header.  `path` "-" is
 * standard input; `options` may be NULL.  The reader streams: its memory does not grow with the number of rows.
 * Free with sc_layer_close().  Source of the foreign formats: SCALE-Sim v3 topology files (MIT), semantics only. */
int sc_layer_open(struct sc_layer_reader **reader, const char *path, const struct sc_layer_options *options,
                  struct sc_error *err);

/* Reads the next layer.  SC_OK, SC_END after the last row, or an error that names file, line, column, the offending
 * text and what was expected; after an error the reader can only be closed. */
int sc_layer_next(struct sc_layer_reader *reader, struct sc_layer *layer, struct sc_error *err);

/* Names of the passed-through columns, in file order; valid until the reader is closed. */
const char *const *sc_layer_extra_names(const struct sc_layer_reader *reader, size_t *count);

/* What the rows of a list can have beyond M, N, K, densities, patterns, kind and count; a set of these. */
enum sc_layer_columns {
    SC_WITH_FILES = 1,    /* pattern files */
    SC_WITH_GEOMETRY = 2, /* geometry of convolutions */
    SC_WITH_HEADS = 4     /* heads of attention */
};
unsigned sc_layer_columns(const struct sc_layer_reader *reader);

/* One sentence on what format was recognised and which operand became which. */
const char *sc_layer_format(const struct sc_layer_reader *reader);

void sc_layer_close(struct sc_layer_reader *reader);

#endif
