/* layer_reader.h - what the formats of layer lists share inside the reader; private to layer_*.c and scalesim.c.
 *
 * The front (layer_csv.c) opens the file, keeps the header and hands each row to the format's `lower`.  A format
 * resolves its columns once, at the header, into column[role]; rows are then read by index.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_LAYER_READER_H
#define SC_LAYER_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "block.h"
#include "layer.h"
#include "rows.h"

#define SC_NO_COLUMN ((size_t)-1)
#define SC_SIZE_MAX (UINT64_C(1) << 53) /* of any one size: closed forms hold it exactly, and sums fit 64 bits */
#define SC_EXTENT_EXPECTED "sizes and paddings up to 2^53"

enum {
    SC_ROLES = 40,    /* room for the roles of any one format */
    SC_KEY_SIZE = 48, /* longer header names are nobody's */
    SC_SHOWN = 40     /* characters of an offending text in a message */
};

/* Kinds of warning, each given once per list. */
enum sc_layer_warning {
    SC_WARN_DENSE_A = 1 << 0,
    SC_WARN_DENSE_B = 1 << 1,
    SC_WARN_PADDING = 1 << 2,
    SC_WARN_CHANNEL_WISE = 1 << 3,
    SC_WARN_ONE_FILTER = 1 << 4,
    SC_WARN_NAMES = 1 << 5,
    SC_WARN_IGNORED = 1 << 6
};

/* A header name as matched: lower case, blanks and no-break spaces run together. */
struct sc_column_key {
    char text[SC_KEY_SIZE];
};

struct sc_layer_reader {
    struct sc_rows *rows;
    struct sc_row row; /* the row being lowered */
    struct sc_layer_options options;
    unsigned warned; /* enum sc_layer_warning given so far */
    bool stopped;    /* an error was returned */

    uint64_t header_line;
    size_t columns;    /* header cells up to the last one with a name */
    char *names;       /* owns the text of name[] */
    const char **name; /* header names as written */
    struct sc_column_key *key;
    size_t column[SC_ROLES]; /* which column plays a role, SC_NO_COLUMN: none */

    const char *format;
    /* Turns `row` into a layer: SC_OK, SC_END when the row holds no layer, or an error. */
    int (*lower)(struct sc_layer_reader *reader, struct sc_layer *layer, struct sc_error *err);

    size_t header_cells;       /* of the file, before changes */
    const char **changed_cell; /* the row's cells with those of options.change in their places */
    size_t *changed_length, *change_column;

    size_t extras; /* columns passed through */
    const char **extra_name, **extra;
    size_t *extra_column;
    char *path_text[2];      /* our CSV: resolved paths of the pattern files of A and B */
    size_t directory_length; /* of the list's path, its slash included */
    bool lowered;            /* our CSV: the header names lowered sizes, gemm_M ... */
    bool dense[2];           /* our CSV: an operand without density columns is dense */
    bool dense_row;          /* our CSV: operands of the row are dense where it does not say otherwise */
    struct {
        bool percent, sparsity;
    } unit[2];   /* our CSV: what the density columns of A and B hold */
    char *group; /* SCALE-Sim: the last title row */
    struct {
        bool active;
        struct sc_block block;
        struct sc_layer row; /* what its operators have in common */
        unsigned next;       /* the part to hand out next */
        char *name;          /* room for a row's name and a part's; allocated with the first block */
    } expansion;             /* our CSV: the row of transformer blocks being handed out */
};

/* Makes header column `index` play `role`; an error when another column does already. */
int sc_reader_bind(struct sc_layer_reader *reader, size_t role, size_t index, struct sc_error *err);

/* The error "column 'NAME': found 'TEXT', expected EXPECTED" (or "is empty") about the current row. */
int sc_reader_fail(const struct sc_layer_reader *reader, size_t column, const char *expected, struct sc_error *err);

/* Reads a whole number of at least 1 from the current row. */
int sc_reader_size(const struct sc_layer_reader *reader, size_t column, uint64_t *value, struct sc_error *err);

/* Checks that M, N, K are at most SC_SIZE_MAX and that M*K, K*N, M*N and M*N*K*count fit 64 bits; the second says so of
 * the current row. */
int sc_layer_check_sizes(const struct sc_layer *layer, const char *path, uint64_t line, struct sc_error *err);
int sc_reader_check_sizes(const struct sc_layer_reader *reader, const struct sc_layer *layer, struct sc_error *err);

/* True when the warning is wanted and was not given before; marks it as given. */
bool sc_reader_should_warn(struct sc_layer_reader *reader, enum sc_layer_warning warning);
void sc_reader_warn(const struct sc_layer_reader *reader, uint64_t line, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* True when a header name means something in our CSV (whatever its role). */
bool sc_layer_csv_knows(const char *name);

/* scalesim.c: recognition by header names, then set-up of column[], format and lower. */
bool sc_scalesim_is_convolution(const struct sc_layer_reader *reader);
bool sc_scalesim_is_gemm(const struct sc_layer_reader *reader);
int sc_scalesim_open_convolution(struct sc_layer_reader *reader, struct sc_error *err);
int sc_scalesim_open_gemm(struct sc_layer_reader *reader, struct sc_error *err);

/* What its rows have, of enum sc_layer_columns. */
unsigned sc_scalesim_columns(const struct sc_layer_reader *reader);

/* Roles of the columns of our own CSV. */
enum sc_own_role {
    OWN_LAYER,
    OWN_MODEL,
    OWN_M,
    OWN_N,
    OWN_K,
    OWN_DENSITY_A,
    OWN_DENSITY_B,
    OWN_PATTERN_A,
    OWN_PATTERN_B,
    OWN_FILE_A,
    OWN_FILE_B,
    OWN_KIND,
    OWN_COUNT,
    OWN_GROUPS,
    /* convolutions */
    OWN_IN_CHANNELS,
    OWN_IN_HEIGHT,
    OWN_IN_WIDTH,
    OWN_FILTERS,
    OWN_FILTER_HEIGHT,
    OWN_FILTER_WIDTH,
    OWN_STRIDE,
    OWN_STRIDE_HEIGHT,
    OWN_STRIDE_WIDTH,
    OWN_PADDING,
    OWN_PAD_TOP,
    OWN_PAD_LEFT,
    OWN_OUT_HEIGHT,
    OWN_OUT_WIDTH,
    OWN_BATCH,
    /* attention and transformer blocks */
    OWN_HEADS,
    OWN_TOKENS,
    OWN_WIDTH,
    OWN_FFN_RATIO,
    OWN_LAYERS,
    OWN_MIX,
    OWN_ROLES
};

/* layer_columns.c: gives the columns of our own CSV their roles; layer_own.c: the same and everything else its rows
 * need. */
int sc_layer_own_bind(struct sc_layer_reader *reader, struct sc_error *err);
int sc_layer_own_open(struct sc_layer_reader *reader, struct sc_error *err);

/* The usual name of a column that plays `role`, for messages. */
const char *sc_own_column_name(enum sc_own_role role);

/* The current row's text in the column that plays `role`; "" without one. */
const char *sc_own_cell(const struct sc_layer_reader *reader, enum sc_own_role role);

/* Reads a whole number of at least 1 that a row of this kind needs; the message for a missing column names the kind. */
int sc_own_size(const struct sc_layer_reader *reader, enum sc_own_role role, uint64_t *value, struct sc_error *err);

/* The same where a blank cell or a missing column means `otherwise`. */
int sc_own_optional(const struct sc_layer_reader *reader, enum sc_own_role role, uint64_t otherwise, uint64_t *value,
                    struct sc_error *err);

/* layer_conv.c: reads the geometry of a convolution, or leaves it unknown where the row has none; fills M, N, K where
 * their cells are blank and checks them where not. */
int sc_own_convolution(const struct sc_layer_reader *reader, struct sc_layer *layer, struct sc_error *err);

/* layer_block.c: reads a row of transformer blocks, and hands out the operators it expands to: SC_OK, or SC_END when
 * there are no more. */
int sc_own_block(struct sc_layer_reader *reader, enum sc_block_kind kind, struct sc_layer *layer, struct sc_error *err);
int sc_own_block_part(struct sc_layer_reader *reader, struct sc_layer *layer, struct sc_error *err);

#endif
