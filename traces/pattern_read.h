/* pattern_read.h - sparsity patterns from Matrix Market and .smtx files, plain or gzip-compressed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PATTERN_READ_H
#define SC_PATTERN_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "../estimator/error.h"
#include "pattern.h"

/* The kinds of matrix file: X(identifier, what messages and `profile` call it). */
#define SC_FILE_LIST(X)                       \
    X(SC_FILE_COORDINATE, "Matrix Market coordinate") \
    X(SC_FILE_ARRAY, "Matrix Market array")   \
    X(SC_FILE_SMTX, ".smtx")

/* What the values of a Matrix Market file are: X(identifier, word in the banner). */
#define SC_FIELD_LIST(X)             \
    X(SC_FIELD_REAL, "real")         \
    X(SC_FIELD_INTEGER, "integer")   \
    X(SC_FIELD_COMPLEX, "complex")   \
    X(SC_FIELD_PATTERN, "pattern")

/* Which entries of a Matrix Market file imply others: X(identifier, word in the banner). */
#define SC_SYMMETRY_LIST(X)                  \
    X(SC_GENERAL, "general")                 \
    X(SC_SYMMETRIC, "symmetric")             \
    X(SC_SKEW_SYMMETRIC, "skew-symmetric")   \
    X(SC_HERMITIAN, "hermitian")

#define X(id, name) id,
enum sc_matrix_file { SC_FILE_LIST(X) };
enum sc_matrix_field { SC_FIELD_LIST(X) };
enum sc_matrix_symmetry { SC_SYMMETRY_LIST(X) };
#undef X

/* What was found in a file. */
struct sc_read_info {
    enum sc_matrix_file file;
    enum sc_matrix_field field;       /* SC_FIELD_PATTERN for .smtx */
    enum sc_matrix_symmetry symmetry; /* SC_GENERAL for .smtx */
    uint64_t entries;                 /* entries in the file, explicit zeros and duplicates included */
    uint64_t zeros;                   /* of them explicit zeros, left out unless options->keep_zeros */
    uint64_t duplicates;              /* positions left out because they were there already */
};

/* How to read what a file leaves open; all zero is the default. */
struct sc_read_options {
    bool keep_zeros;           /* explicit zeros of coordinate files count as nonzeros (never those of array files) */
    bool merge_duplicates;     /* positions given more than once count once; otherwise they are an error */
    struct sc_read_info *info; /* filled on success unless NULL */
};

/* Reads the pattern of nonzeros of `path` ("-": standard input).  The content decides which format it is, not the name.
 *
 * Matrix Market (Boisvert, Pozo, Remington, NISTIR 5935, 1996): coordinate and array; real (double), integer
 * (unsigned-integer), complex, pattern; general, symmetric, skew-symmetric, hermitian, in the combinations the format
 * allows (pattern: coordinate, general or symmetric only; hermitian: complex only).  Beyond the format, as found in
 * the wild: one '%' in the banner, comments everywhere (a line "%%GraphBLAS type ..." is one), CRLF, whole numbers
 * written 1e5 or 3.0, Fortran's 1.5d3, nan and inf (both nonzero).
 *
 * An entry off the diagonal of a symmetric, skew-symmetric or hermitian matrix stands for itself and its mirror image.
 * The format asks for the lower triangle only; entries above the diagonal are taken in the same way, so that a pair
 * (i,j), (j,i) that is given twice is a duplicate.  The diagonal of a skew-symmetric matrix is zero: an entry there is
 * an error unless it is 0.  The format does not say what duplicates mean: they are an error unless
 * options->merge_duplicates.
 *
 * .smtx (Deep Learning Matrix Collection, Gale et al., arXiv 2006.10901): a line `rows, cols, nnz`, a line of
 * rows + 1 offsets, a line of nnz column indices, all from 0; comment lines with '%' and blank lines between them are
 * skipped.  Columns of a row may come in any order, duplicates are an error.
 *
 * Memory is O(entries + rows), whatever the file promises: sizes are believed only as far as entries back them, and a
 * matrix of more than 2^20 rows must have at least one entry per 64 rows, and so for columns.  `out` is new and owned
 * by the caller, empty after a failure.  `options` may be NULL.  Errors: SC_BAD_INPUT with file, line, offending text
 * and what was expected; SC_IO, SC_NO_MEMORY, SC_UNSUPPORTED (too many rows or columns for so few entries). */
int sc_pattern_read(struct sc_pattern *out, const char *path, const struct sc_read_options *options,
                    struct sc_error *err);

/* The words of the lists above. */
const char *sc_matrix_file_name(enum sc_matrix_file file);
const char *sc_matrix_field_name(enum sc_matrix_field field);
const char *sc_matrix_symmetry_name(enum sc_matrix_symmetry symmetry);

#endif
