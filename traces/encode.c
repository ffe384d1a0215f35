/* encode.c - walks patterns the way encoders of storage formats do.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "encode.h"

#include <inttypes.h>
#include <stdlib.h>

#include "file.h"

static int check_columns(const struct sc_pattern *p, uint64_t height, uint64_t width, struct sc_error *err)
{
    if (height >= 1 && width >= 1 && p->cols % (height * width) == 0)
        return SC_OK;
    return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                   "found %" PRIu64 " positions per filter, expected a multiple of %" PRIu64 " x %" PRIu64, p->cols,
                   height, width);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Fingerprints of the supports of all kernels, filter by filter. */
static void fingerprint(uint64_t *print, const struct sc_pattern *p, uint64_t area)
{
    for (uint64_t i = 0; i < p->rows; i++) {
        uint64_t q = p->ptr[i];
        for (uint64_t j = 0; j < p->cols / area; j++) {
            uint64_t state = SC_DIGEST_START;
            for (; q < p->ptr[i + 1] && p->idx[q] < (j + 1) * area; q++) {
                uint64_t position = p->idx[q] - j * area;
                state = sc_digest(state, (const unsigned char *)&position, sizeof position);
            }
            *print++ = state;
        }
    }
}

/* How many different kernel supports there are. */
static int count_distinct(uint64_t *distinct, const struct sc_pattern *p, uint64_t area, struct sc_error *err)
{
    uint64_t kernels = p->rows * (p->cols / area);
    *distinct = (p->nnz > 0) + (p->nnz < kernels);
    if (area == 1 || kernels == 0)
        return SC_OK;
    uint64_t *print = calloc((size_t)kernels, sizeof *print);
    if (!print)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the supports of %" PRIu64 " kernels", kernels);
    fingerprint(print, p, area);
    qsort(print, (size_t)kernels, sizeof *print, by_value);
    *distinct = 1;
    for (uint64_t i = 1; i < kernels; i++)
        *distinct += print[i] != print[i - 1];
    free(print);
    return SC_OK;
}

/* Zeros stored because a run holds at most 2^run_bits - 1: each stands for 2^run_bits zeros.  Runs go on from filter to
 * filter. */
static uint64_t count_stored_zeros(const struct sc_pattern *p, uint32_t run_bits)
{
    uint64_t stored = 0, next = 0; /* place behind the last nonzero, filters one after the other */
    for (uint64_t i = 0; i < p->rows; i++)
        for (uint64_t q = p->ptr[i]; q < p->ptr[i + 1]; q++) {
            uint64_t place = i * p->cols + p->idx[q];
            stored += run_bits < 64 ? (place - next) >> run_bits : 0;
            next = place + 1;
        }
    return stored;
}

int sc_format_facts_measure(struct sc_format_facts *f, const struct sc_pattern *p, uint64_t height, uint64_t width,
                            uint32_t run_bits, struct sc_error *err)
{
    uint64_t distinct = 0;
    int status = check_columns(p, height, width, err);
    if (status == SC_OK)
        status = count_distinct(&distinct, p, height * width, err);
    if (status != SC_OK)
        return status;
    *f = (struct sc_format_facts){.fibers = p->rows,
                                  .channels = p->cols / (height * width),
                                  .height = height,
                                  .width = width,
                                  .nnz = (double)p->nnz,
                                  .distinct = (double)distinct,
                                  .stored_zeros = (double)count_stored_zeros(p, run_bits)};
    return SC_OK;
}

/* Bits that tell `count` things apart. */
static uint64_t bits_for(uint64_t count)
{
    uint64_t bits = 0;
    while (bits < 64 && (UINT64_C(1) << bits) < count)
        bits++;
    return bits;
}

/* Index bits that go with one nonzero. */
static uint64_t per_nonzero(enum sc_weight_format format, const struct sc_format_widths *w, const struct sc_pattern *p,
                            uint64_t height, uint64_t width)
{
    switch (format) {
    case SC_FORMAT_COO:
        return bits_for(p->cols / (height * width)) + bits_for(p->rows) + bits_for(height) + bits_for(width);
    case SC_FORMAT_CSR:
        return bits_for(p->cols);
    case SC_FORMAT_CSC:
        return bits_for(p->rows);
    case SC_FORMAT_COO_FIXED:
        return 2 * (uint64_t)w->field_bits;
    case SC_FORMAT_CSR_FIXED:
    case SC_FORMAT_CSC_FIXED:
        return w->field_bits;
    case SC_FORMAT_RUN_LENGTH:
        return w->run_bits;
    default:
        return 0;
    }
}

/* One row of the periodic table. */
static uint64_t table_row(enum sc_weight_format format, const struct sc_periodic *t, uint32_t slot)
{
    uint64_t bits = t->dense_slot ? 1 : 0, area = sc_periodic_area(t);
    if (format == SC_FORMAT_PERIODIC_BITMAP)
        return area;
    for (uint64_t position = 0; position < area && !sc_periodic_is_dense(t, slot); position++)
        bits += sc_periodic_has(t, slot, position) ? bits_for(area) : 0;
    return bits;
}

/* What a format stores once, per filter, per column or per kernel. */
static uint64_t fixed_part(enum sc_weight_format format, const struct sc_format_widths *w, const struct sc_pattern *p,
                           uint64_t area, uint64_t distinct, const struct sc_periodic *table)
{
    uint64_t bits = 0, rows;
    switch (format) {
    case SC_FORMAT_BITMAP:
        return p->rows * p->cols;
    case SC_FORMAT_CSR:
        return (p->rows + 1) * bits_for(p->nnz + 1);
    case SC_FORMAT_CSC:
        return (p->cols + 1) * bits_for(p->nnz + 1);
    case SC_FORMAT_CSR_FIXED:
        return (p->rows + 1) * w->pointer_bits;
    case SC_FORMAT_CSC_FIXED:
        return (p->cols + 1) * w->pointer_bits;
    case SC_FORMAT_RUN_LENGTH:
        return count_stored_zeros(p, w->run_bits) * ((uint64_t)w->run_bits + w->value_bits);
    case SC_FORMAT_PATTERN_ID:
        return p->rows * (p->cols / area) * bits_for(distinct) + distinct * area;
    case SC_FORMAT_PERIODIC:
    case SC_FORMAT_PERIODIC_BITMAP:
        rows = w->table_rows ? w->table_rows : table->period;
        for (uint64_t row = 0; row < rows; row++)
            bits += table_row(format, table, (uint32_t)(row % table->period));
        return bits + w->phase_bits;
    default:
        return 0;
    }
}

int sc_format_encode(struct sc_format_size *size, enum sc_weight_format format, const struct sc_format_widths *widths,
                     const struct sc_pattern *p, uint64_t height, uint64_t width, const struct sc_periodic *table,
                     struct sc_error *err)
{
    uint64_t distinct = 0, values = 0, indices = 0, each = per_nonzero(format, widths, p, height, width);
    bool periodic = format == SC_FORMAT_PERIODIC || format == SC_FORMAT_PERIODIC_BITMAP;
    int status = check_columns(p, height, width, err);
    if (status == SC_OK && periodic && !table)
        status = sc_fail(err, SC_UNSUPPORTED, NULL, 0, "format %s stores periodic weights only",
                         sc_weight_format_name(format));
    if (status == SC_OK && format == SC_FORMAT_PATTERN_ID)
        status = count_distinct(&distinct, p, height * width, err);
    if (status != SC_OK)
        return status;
    for (uint64_t i = 0; i < p->rows; i++)
        for (uint64_t q = p->ptr[i]; q < p->ptr[i + 1]; q++) {
            values += widths->value_bits;
            indices += each;
        }
    if (format == SC_FORMAT_DENSE)
        values = p->rows * p->cols * widths->value_bits;
    indices += fixed_part(format, widths, p, height * width, distinct, table);
    *size = (struct sc_format_size){(double)values, (double)indices};
    return SC_OK;
}
