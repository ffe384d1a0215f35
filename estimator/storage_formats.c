/* storage_formats.c - bits of an operand in each storage format, in closed form.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "storage_formats.h"

#include <math.h>
#include <string.h>

#include "numeric.h"
#include "text.h"

static const struct {
    const char *name, *rule;
} formats[] = {
#define X(id, name, rule) [id] = {name, rule},
    SC_WEIGHT_FORMAT_LIST(X)
#undef X
};

const char *sc_weight_format_name(enum sc_weight_format format)
{
    return formats[format].name;
}

const char *sc_weight_format_rule(enum sc_weight_format format)
{
    return formats[format].rule;
}

int sc_weight_format_parse(enum sc_weight_format *format, const char *text, struct sc_error *err)
{
    const char *names[SC_WEIGHT_FORMATS];
    for (int i = 0; i < SC_WEIGHT_FORMATS; i++) {
        names[i] = formats[i].name;
        if (strcmp(text, names[i]) == 0) {
            *format = (enum sc_weight_format)i;
            return SC_OK;
        }
    }
    const char *near = sc_nearest_name(text, names, SC_WEIGHT_FORMATS);
    return sc_fail(err, SC_BAD_USAGE, NULL, 0,
                   "found storage format '%.40s', expected dense, bitmap, coo, csr, csc, coo-fixed, "
                   "csr-fixed, csc-fixed, run-length, pattern-id, periodic or periodic-bitmap%s%s%s",
                   text, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

uint32_t sc_field_width(uint64_t count)
{
    uint32_t width = 0;
    for (uint64_t rest = count > 1 ? count - 1 : 0; rest > 0; rest >>= 1)
        width++;
    return width;
}

/* ceil(log2 (count + 1)) of a count that may be expected. */
static double pointer_width(double count)
{
    return count < 0x1p63 ? sc_field_width((uint64_t)count + 1) : 64;
}

/* Position entries: dense slots take a flag and no entries. */
static double table_bits(const struct sc_periodic *t, uint32_t rows)
{
    double bits = t->dense_slot ? rows : 0, width = sc_field_width(sc_periodic_area(t));
    for (uint32_t row = 0; row < rows; row++)
        bits += sc_periodic_is_dense(t, row % t->period) ? 0 : t->kss * width;
    return bits;
}

static double index_bits(enum sc_weight_format format, const struct sc_format_widths *w,
                         const struct sc_format_facts *f)
{
    double area = (double)f->height * (double)f->width, columns = (double)f->channels * area,
           fibers = (double)f->fibers;
    double minimum = sc_field_width(f->channels * f->height * f->width), pointer = pointer_width(f->nnz);
    uint32_t rows = !f->table ? 0 : w->table_rows ? w->table_rows : f->table->period;
    switch (format) {
    case SC_FORMAT_DENSE:
        return 0;
    case SC_FORMAT_BITMAP:
        return columns * fibers;
    case SC_FORMAT_COO:
        return f->nnz * (sc_field_width(f->channels) + sc_field_width(f->fibers) + sc_field_width(f->height) +
                         sc_field_width(f->width));
    case SC_FORMAT_CSR:
        return f->nnz * minimum + (fibers + 1) * pointer;
    case SC_FORMAT_CSC:
        return f->nnz * sc_field_width(f->fibers) + (columns + 1) * pointer;
    case SC_FORMAT_COO_FIXED:
        return f->nnz * 2 * w->field_bits;
    case SC_FORMAT_CSR_FIXED:
        return f->nnz * w->field_bits + (fibers + 1) * w->pointer_bits;
    case SC_FORMAT_CSC_FIXED:
        return f->nnz * w->field_bits + (columns + 1) * w->pointer_bits;
    case SC_FORMAT_RUN_LENGTH:
        return f->nnz * w->run_bits + f->stored_zeros * (w->run_bits + w->value_bits);
    case SC_FORMAT_PATTERN_ID:
        return (double)f->channels * fibers * (pointer_width(f->distinct - 1)) + f->distinct * area;
    case SC_FORMAT_PERIODIC:
        return table_bits(f->table, rows) + w->phase_bits;
    case SC_FORMAT_PERIODIC_BITMAP:
        return rows * area + w->phase_bits;
    case SC_WEIGHT_FORMATS:
        break;
    }
    return 0;
}

bool sc_format_size(struct sc_format_size *size, enum sc_weight_format format, const struct sc_format_widths *widths,
                    const struct sc_format_facts *f)
{
    bool periodic = format == SC_FORMAT_PERIODIC || format == SC_FORMAT_PERIODIC_BITMAP;
    if (periodic && !f->table)
        return false;
    double positions = (double)f->fibers * (double)f->channels * (double)f->height * (double)f->width;
    size->value_bits = (format == SC_FORMAT_DENSE ? positions : f->nnz) * widths->value_bits;
    size->index_bits = index_bits(format, widths, f);
    return true;
}

/* C(n, k) */
static double choose(double n, double k)
{
    return k < 0 || k > n ? 0 : floor(exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)) + 0.5);
}

enum { AREA_MAX = 1024 };

/* Expected distinct supports of `kernels` kernels of `area` positions each, a share d of them nonzero. */
static double expected_distinct(double kernels, double area, double d)
{
    double sum = 0;
    if (kernels <= 0)
        return 0;
    if (d <= 0 || d >= 1)
        return 1;
    if (area > AREA_MAX) /* supports outnumber kernels by far */
        return kernels;
    for (double k = 0; k <= area; k++) {
        double one = exp(k * log(d) + (area - k) * log1p(-d));
        sum += choose(area, k) * -expm1(kernels * log1p(-sc_min(one, 1 - 1e-12)));
    }
    return sc_min(sc_max(1, sum), kernels);
}

/* A nonzero after a gap of g zeros needs floor(g / 2^b) stored zeros; with geometric gaps P(g >= j 2^b) = (1-d)^(j
 * 2^b), so the expected number per nonzero is q / (1 - q), q = (1-d)^(2^b).  Zeros after the last nonzero are not
 * stored. */
static double expected_stored_zeros(double nnz, double d, uint32_t run_bits)
{
    if (d <= 0 || d >= 1 || nnz <= 0)
        return 0;
    double q = exp(ldexp(1, (int)run_bits) * log1p(-d));
    return sc_min(nnz * q / (1 - q), nnz / d / ldexp(1, (int)run_bits));
}

void sc_format_facts_uniform(struct sc_format_facts *f, uint64_t fibers, uint64_t channels, uint64_t height,
                             uint64_t width, double nnz, uint32_t run_bits)
{
    double kernels = (double)fibers * (double)channels, area = (double)height * (double)width;
    double d = kernels > 0 ? sc_min(1, nnz / (kernels * area)) : 0;
    *f = (struct sc_format_facts){.fibers = fibers, .channels = channels, .height = height, .width = width, .nnz = nnz};
    f->distinct = expected_distinct(kernels, area, d);
    f->stored_zeros = expected_stored_zeros(nnz, d, run_bits);
}

/* Stored zeros of the filters in order, exact: gaps inside a filter depend on its phase alone and repeat every P
 * channels, so whole periods are counted once. */
struct gaps {
    uint64_t run, limit; /* zeros since the last nonzero; zeros that a stored zero stands for, itself included */
    double stored;
};

static void scan_channel(struct gaps *g, const struct sc_periodic *t, uint64_t phase, uint64_t channel)
{
    uint32_t slot = sc_periodic_slot(t, phase, channel);
    for (uint64_t p = 0; p < sc_periodic_area(t); p++) {
        if (!sc_periodic_has(t, slot, p)) {
            g->run++;
            continue;
        }
        g->stored += (double)(g->run / g->limit);
        g->run = 0;
    }
}

/* One filter of phase `phase`, entered with g->run zeros behind it.  After one period every further one begins alike.
 */
static void scan_filter(struct gaps *g, const struct sc_periodic *t, uint64_t phase, uint64_t channels)
{
    uint64_t channel = 0, whole = channels / t->period;
    for (; channel < channels && channel < t->period; channel++)
        scan_channel(g, t, phase, channel);
    if (whole > 1) {
        double before = g->stored;
        for (; channel < 2 * (uint64_t)t->period; channel++)
            scan_channel(g, t, phase, channel);
        g->stored += (g->stored - before) * (double)(whole - 2);
        channel = whole * t->period;
    }
    for (; channel < channels; channel++)
        scan_channel(g, t, phase, channel);
}

static double periodic_stored_zeros(const struct sc_periodic *t, uint64_t fibers, uint64_t channels, uint32_t run_bits)
{
    struct gaps g = {.limit = run_bits < 63 ? UINT64_C(1) << run_bits : UINT64_MAX};
    double first = 0;
    uint64_t filter = 0, rounds = fibers / t->period;
    for (; filter < fibers && filter < t->period; filter++)
        scan_filter(&g, t, filter, channels);
    if (rounds > 1) { /* from here on each round of P filters begins alike */
        first = g.stored;
        for (; filter < 2 * (uint64_t)t->period; filter++)
            scan_filter(&g, t, filter, channels);
        g.stored += (g.stored - first) * (double)(rounds - 2);
        filter = rounds * t->period;
    }
    for (; filter < fibers; filter++)
        scan_filter(&g, t, filter, channels);
    return g.stored;
}

void sc_format_facts_periodic(struct sc_format_facts *f, const struct sc_periodic *t, uint64_t fibers,
                              uint64_t channels, uint32_t run_bits)
{
    *f = (struct sc_format_facts){.fibers = fibers,
                                  .channels = channels,
                                  .height = t->height,
                                  .width = t->width,
                                  .nnz = (double)sc_periodic_nonzeros(t, fibers, channels),
                                  .table = t,
                                  .distinct = sc_periodic_distinct(t, fibers, channels)};
    f->stored_zeros = periodic_stored_zeros(t, fibers, channels, run_bits);
}
