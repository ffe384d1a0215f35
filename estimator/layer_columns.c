/* layer_columns.c - which header name means what in our own layer CSV.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer_reader.h"
#include "printable.h"
#include "text.h"

/* In which headers a name has its role, as a set of what the header must have.  Lists with gemm_M, gemm_N, gemm_K (as
 * derived from models) use M, N, K, ... for the operator's own sizes and G for the number of equal GEMMs a grouped
 * operator consists of.  Names that only convolutions, attention or transformer blocks have are left to the user, to be
 * passed through, in lists without those. */
enum when { PLAIN = 1, LOWERED = 2, ALWAYS = PLAIN | LOWERED, KINDS = 4, CONVOLUTIONS = 8, BLOCKS = 16 };

static const struct column_name {
    const char *name; /* compared without regard to case */
    enum sc_own_role role;
    unsigned when; /* any of enum when */
} column_names[] = {
    {"layer", OWN_LAYER, ALWAYS},
    {"name", OWN_LAYER, ALWAYS},
    {"layer name", OWN_LAYER, ALWAYS},
    {"model", OWN_MODEL, ALWAYS},
    {"network", OWN_MODEL, ALWAYS},
    {"M", OWN_M, PLAIN},
    {"N", OWN_N, PLAIN},
    {"K", OWN_K, PLAIN},
    {"gemm_M", OWN_M, LOWERED},
    {"gemm_N", OWN_N, LOWERED},
    {"gemm_K", OWN_K, LOWERED},
    {"G", OWN_GROUPS, LOWERED},
    {"groups", OWN_GROUPS, LOWERED | CONVOLUTIONS},
    {"density_a", OWN_DENSITY_A, ALWAYS},
    {"density_a_pct", OWN_DENSITY_A, ALWAYS},
    {"sparsity_a", OWN_DENSITY_A, ALWAYS},
    {"sparsity_a_pct", OWN_DENSITY_A, ALWAYS},
    {"density_b", OWN_DENSITY_B, ALWAYS},
    {"density_b_pct", OWN_DENSITY_B, ALWAYS},
    {"sparsity_b", OWN_DENSITY_B, ALWAYS},
    {"sparsity_b_pct", OWN_DENSITY_B, ALWAYS},
    {"pattern_a", OWN_PATTERN_A, ALWAYS},
    {"pattern_b", OWN_PATTERN_B, ALWAYS},
    {"a", OWN_FILE_A, ALWAYS},
    {"b", OWN_FILE_B, ALWAYS},
    {"kind", OWN_KIND, ALWAYS},
    {"count", OWN_COUNT, ALWAYS},
    {"in_channels", OWN_IN_CHANNELS, CONVOLUTIONS},
    {"in_height", OWN_IN_HEIGHT, CONVOLUTIONS},
    {"in_width", OWN_IN_WIDTH, CONVOLUTIONS},
    {"filters", OWN_FILTERS, CONVOLUTIONS},
    {"filter_height", OWN_FILTER_HEIGHT, CONVOLUTIONS},
    {"filter_width", OWN_FILTER_WIDTH, CONVOLUTIONS},
    {"stride", OWN_STRIDE, CONVOLUTIONS},
    {"stride_height", OWN_STRIDE_HEIGHT, CONVOLUTIONS},
    {"stride_width", OWN_STRIDE_WIDTH, CONVOLUTIONS},
    {"padding", OWN_PADDING, CONVOLUTIONS},
    {"pad_top", OWN_PAD_TOP, CONVOLUTIONS},
    {"pad_left", OWN_PAD_LEFT, CONVOLUTIONS},
    {"out_height", OWN_OUT_HEIGHT, CONVOLUTIONS},
    {"out_width", OWN_OUT_WIDTH, CONVOLUTIONS},
    {"batch", OWN_BATCH, CONVOLUTIONS | BLOCKS},
    {"heads", OWN_HEADS, KINDS},
    {"tokens", OWN_TOKENS, BLOCKS},
    {"width", OWN_WIDTH, BLOCKS},
    {"ffn_ratio", OWN_FFN_RATIO, BLOCKS},
    {"layers", OWN_LAYERS, BLOCKS},
    {"mix", OWN_MIX, BLOCKS},
};

enum { NAMES = sizeof column_names / sizeof column_names[0] };

static char lower_case(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_name(const char *a, const char *b)
{
    while (*a && lower_case(*a) == lower_case(*b)) {
        a++;
        b++;
    }
    return !*a && !*b;
}

const char *sc_own_column_name(enum sc_own_role role)
{
    size_t i = 0;
    while (i < NAMES - 1 && column_names[i].role != role)
        i++;
    return column_names[i].name;
}

bool sc_layer_csv_knows(const char *name)
{
    for (size_t i = 0; i < NAMES; i++)
        if (same_name(column_names[i].name, name))
            return true;
    return false;
}

static int fail_header(const struct sc_layer_reader *reader, const char *message, struct sc_error *err)
{
    return sc_fail(err, SC_BAD_INPUT, sc_rows_path(reader->rows), reader->header_line, "%s", message);
}

static bool has_key(const struct sc_layer_reader *reader, const char *key)
{
    for (size_t i = 0; i < reader->columns; i++)
        if (strcmp(reader->key[i].text, key) == 0)
            return true;
    return false;
}

/* What the header has, of enum when. */
static unsigned header_kind(const struct sc_layer_reader *reader)
{
    bool lowered = has_key(reader, "gemm_m") || has_key(reader, "gemm_n") || has_key(reader, "gemm_k");
    unsigned has = lowered ? LOWERED : PLAIN;

    if (!has_key(reader, "kind"))
        return has;
    has |= KINDS;
    has |= has_key(reader, "in_channels") ? CONVOLUTIONS : 0;
    return has | (has_key(reader, "tokens") && has_key(reader, "width") ? BLOCKS : 0);
}

static enum sc_own_role find_role(const char *key, unsigned has)
{
    for (size_t i = 0; i < NAMES; i++)
        if ((column_names[i].when & has) && same_name(column_names[i].name, key))
            return column_names[i].role;
    return OWN_ROLES;
}

/* The extra columns must differ by name, since results carry them under it. */
static int check_extra(const struct sc_layer_reader *reader, size_t index, struct sc_error *err)
{
    for (size_t i = 0; i < reader->extras; i++) {
        if (strcmp(reader->extra_name[i], reader->name[index]) != 0)
            continue;
        char shown[4 * SC_SHOWN + 1];
        sc_printable(shown, reader->name[index], SC_SHOWN);
        return sc_fail(err, SC_BAD_INPUT, sc_rows_path(reader->rows), reader->header_line,
                       "columns %zu and %zu are both named '%s', expected different names", reader->extra_column[i] + 1,
                       index + 1, shown);
    }
    return SC_OK;
}

/* Gives each column its role or makes it one to pass through; columns without a name are ignored. */
static int bind_columns(struct sc_layer_reader *reader, unsigned has, struct sc_error *err)
{
    int status = SC_OK;

    reader->extra_name = calloc(reader->columns, sizeof *reader->extra_name);
    reader->extra = calloc(reader->columns, sizeof *reader->extra);
    reader->extra_column = calloc(reader->columns, sizeof *reader->extra_column);
    if (!reader->extra_name || !reader->extra || !reader->extra_column)
        return sc_fail(err, SC_NO_MEMORY, sc_rows_path(reader->rows), 0, "out of memory for the header");
    for (size_t i = 0; i < reader->columns && status == SC_OK; i++) {
        enum sc_own_role role = find_role(reader->key[i].text, has);
        if (role != OWN_ROLES) {
            status = sc_reader_bind(reader, role, i, err);
        } else if (reader->name[i][0]) {
            status = check_extra(reader, i, err);
            reader->extra_column[reader->extras] = i;
            reader->extra_name[reader->extras++] = reader->name[i];
        }
    }
    return status;
}

/* The names that play `role` in such a header; returns how many. */
static size_t spellings_of(const char *spellings[NAMES], enum sc_own_role role, unsigned has)
{
    size_t count = 0;

    for (size_t i = 0; i < NAMES; i++)
        if (column_names[i].role == role && (column_names[i].when & has))
            spellings[count++] = column_names[i].name;
    return count;
}

/* A column that is passed through and looks like a slip for one of the names, or NULL; *meant is that name. */
static const char *find_slip(const struct sc_layer_reader *reader, const char *const *spellings, size_t count,
                             const char **meant)
{
    for (size_t i = 0; i < reader->extras; i++)
        if ((*meant = sc_nearest_name(reader->extra_name[i], spellings, count)))
            return reader->extra_name[i];
    return NULL;
}

/* The error for a header in which nothing plays `role`; names a column that looks like a slip. */
static int fail_missing(const struct sc_layer_reader *reader, enum sc_own_role role, unsigned has, struct sc_error *err)
{
    const char *spellings[NAMES], *meant;
    char accepted[160] = "", suggestion[4 * SC_SHOWN + 64] = "", shown[4 * SC_SHOWN + 1];
    size_t count = spellings_of(spellings, role, has), used = 0;

    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(accepted + used, sizeof accepted - used, "%s%s", i ? " or " : "", spellings[i]);
    const char *slip = find_slip(reader, spellings, count, &meant);
    if (slip) {
        sc_printable(shown, slip, SC_SHOWN);
        snprintf(suggestion, sizeof suggestion, "; found '%s': did you mean '%s'?", shown, meant);
    }
    return sc_fail(err, SC_BAD_INPUT, sc_rows_path(reader->rows), reader->header_line,
                   "column '%s' is missing, expected a column named %s%s", spellings[0], accepted, suggestion);
}

/* The first column that is passed through although its name speaks of densities, or NULL. */
static const char *stray_density(const struct sc_layer_reader *reader)
{
    for (size_t i = 0; i < reader->extras; i++) {
        const char *key = reader->key[reader->extra_column[i]].text;
        if (strstr(key, "densit") || strstr(key, "sparsit"))
            return reader->extra_name[i];
    }
    return NULL;
}

/* An operand needs densities, or a pattern or file column to get them from; a list derived from a model's shapes has
 * neither and is taken as dense, and so are operators that are no GEMM. */
static int check_density_column(struct sc_layer_reader *reader, int operand, unsigned has, struct sc_error *err)
{
    enum sc_own_role role = operand ? OWN_DENSITY_B : OWN_DENSITY_A;
    size_t column = reader->column[role];
    char shown[4 * SC_SHOWN + 1];

    if (column != SC_NO_COLUMN) {
        const char *key = reader->key[column].text;
        reader->unit[operand].percent = strstr(key, "_pct") != NULL;
        reader->unit[operand].sparsity = strncmp(key, "sparsity", 8) == 0;
        return SC_OK;
    }
    if (reader->column[operand ? OWN_PATTERN_B : OWN_PATTERN_A] != SC_NO_COLUMN ||
        reader->column[operand ? OWN_FILE_B : OWN_FILE_A] != SC_NO_COLUMN)
        return SC_OK;
    const char *stray = stray_density(reader);
    bool lowered = has & LOWERED;
    const char *spellings[NAMES], *meant;
    if ((has & KINDS) && !lowered && !stray &&
        !find_slip(reader, spellings, spellings_of(spellings, role, has), &meant))
        return SC_OK; /* rows that need a density say so */
    if (!lowered || stray) {
        int status = fail_missing(reader, role, has, err);
        if (lowered && err) {
            sc_printable(shown, stray, SC_SHOWN);
            size_t used = strlen(err->message);
            snprintf(err->message + used, sizeof err->message - used,
                     " (A is gemm_M x gemm_K; rename '%s' if it is meant)", shown);
        }
        return status;
    }
    reader->dense[operand] = true;
    if (sc_reader_should_warn(reader, operand ? SC_WARN_DENSE_B : SC_WARN_DENSE_A))
        sc_reader_warn(reader, reader->header_line, "no density column for operand %s: taken as dense (density 1)",
                       operand ? "B" : "A");
    return SC_OK;
}

/* A slip in the name of an optional column would silently change the result. */
static void warn_of_slips(struct sc_layer_reader *reader)
{
    static const char *const optional[] = {"pattern_a",     "pattern_b",  "count",       "density_a",    "density_b",
                                           "density_a_pct", "sparsity_a", "in_channels", "filter_width", "stride",
                                           "padding",       "batch",      "heads",       "ffn_ratio"};
    char shown[4 * SC_SHOWN + 1];

    for (size_t i = 0; i < reader->extras; i++) {
        const char *name = reader->extra_name[i];
        const char *meant =
            strlen(name) < 5 ? NULL : sc_nearest_name(name, optional, sizeof optional / sizeof *optional);
        if (!meant || !sc_reader_should_warn(reader, SC_WARN_NAMES))
            continue;
        sc_printable(shown, name, SC_SHOWN);
        sc_reader_warn(reader, reader->header_line,
                       "column '%s' is not known and only passed through: did you mean '%s'?", shown, meant);
    }
}

/* A header without any of the sizes is no layer list; says what it is instead where that can be told. */
static int fail_foreign(const struct sc_layer_reader *reader, struct sc_error *err)
{
    char shown[4 * SC_SHOWN + 1], message[512];
    const char *hint = "";
    uint64_t number;

    if (has_key(reader, "machine") && has_key(reader, "dataflow") && has_key(reader, "cycles"))
        return fail_header(reader,
                           "is a result file of sparsecast (columns machine, dataflow, cycles), expected a layer list: "
                           "the sizes M, N, K are not in it",
                           err);
    sc_printable(shown, reader->name[0], SC_SHOWN);
    if (strchr(reader->name[0], ';'))
        hint = "; separate the columns by commas or tabs, not semicolons";
    for (size_t i = 1; i < reader->columns && !*hint; i++)
        if (sc_parse_count(reader->name[i], strlen(reader->name[i]), &number))
            hint = "; this line looks like data without a header";
    snprintf(message, sizeof message,
             "the header (first column '%s') is that of no layer list, expected layer,M,N,K,density_a,density_b or the "
             "header "
             "of a SCALE-Sim topology%s",
             shown, hint);
    return fail_header(reader, message, err);
}

static int check_required(const struct sc_layer_reader *reader, unsigned has, struct sc_error *err)
{
    static const enum sc_own_role required[] = {OWN_LAYER, OWN_M, OWN_N, OWN_K};
    /* Convolutions and blocks can give the sizes otherwise. */
    size_t count = has & (CONVOLUTIONS | BLOCKS) ? 1 : sizeof required / sizeof required[0];

    for (size_t i = 0; i < count; i++)
        if (reader->column[required[i]] == SC_NO_COLUMN)
            return fail_missing(reader, required[i], has, err);
    return SC_OK;
}

int sc_layer_own_bind(struct sc_layer_reader *reader, struct sc_error *err)
{
    unsigned has = header_kind(reader);

    reader->lowered = has & LOWERED;
    if (!(has & (LOWERED | CONVOLUTIONS | BLOCKS)) && !has_key(reader, "m") && !has_key(reader, "n") &&
        !has_key(reader, "k"))
        return fail_foreign(reader, err);
    int status = bind_columns(reader, has, err);
    if (status == SC_OK)
        status = check_required(reader, has, err);
    for (int operand = 0; operand < 2 && status == SC_OK; operand++)
        status = check_density_column(reader, operand, has, err);
    if (status != SC_OK)
        return status;
    warn_of_slips(reader);
    reader->format =
        reader->lowered ? "layer list with lowered sizes: A is gemm_M x gemm_K (weights), B is gemm_K x gemm_N "
                          "(activations); a row stands for count x groups GEMMs"
        : has & BLOCKS  ? "sparsecast layer list: rows of transformer blocks expand to their operators; in products A "
                          "is M x K (weights), B is K x N"
                        : "sparsecast layer list: A is M x K, B is K x N";
    return SC_OK;
}
