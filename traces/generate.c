/* generate.c - draws the pattern kinds of generate.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "generate.h"

#include <gsl/gsl_rng.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "periodic_compile.h"
#include "sample.h"
#include "skew.h"

struct range {
    uint64_t first, width;
};

/* The columns a row may use: all, or the band around the scaled diagonal. */
static struct range allowed_columns(const struct sc_pattern *p, const struct sc_pattern_spec *spec, uint64_t row)
{
    if (spec->kind != SC_BANDED)
        return (struct range){0, p->cols};
    /* floor((2 row + 1) cols / (2 rows)) with every intermediate below 2^64. */
    uint64_t product = row * p->cols;
    uint64_t center = product / p->rows + (2 * (product % p->rows) + p->cols) / (2 * p->rows);
    uint64_t half = spec->band / 2;
    uint64_t first = center > half ? center - half : 0;
    uint64_t clipped = half > center ? half - center : 0; /* columns of the band left of column 0 */
    uint64_t width = spec->band > clipped ? spec->band - clipped : 0;
    uint64_t room = p->cols > first ? p->cols - first : 0;
    return (struct range){first, width < room ? width : room};
}

static int fill_allowed(struct sc_pattern *p, const struct sc_pattern_spec *spec, struct sc_sample *sample,
                        struct sc_error *err)
{
    uint64_t total = 0;
    for (uint64_t row = 0; row < p->rows; row++)
        total += allowed_columns(p, spec, row).width;
    if (p->nnz > total)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "band of %" PRIu64 " columns holds %" PRIu64 " of %" PRIu64 " nonzeros: "
                       "expected a density of at most %.9g", spec->band, total, p->nnz,
                       (double)total / ((double)p->rows * (double)p->cols));
    int status = sc_sample_set(sample, total, p->nnz, err);
    if (status)
        return status;
    uint64_t position, row = 0, row_start = 0, q = 0;
    struct range columns = {0, 0};
    if (p->rows > 0)
        columns = allowed_columns(p, spec, 0);
    while (sc_sample_next(sample, &position)) {
        while (position - row_start >= columns.width) {
            row_start += columns.width;
            p->ptr[++row] = q;
            columns = allowed_columns(p, spec, row);
        }
        p->idx[q++] = (uint32_t)(columns.first + position - row_start);
    }
    while (row < p->rows)
        p->ptr[++row] = q;
    return SC_OK;
}

static void shuffle(uint64_t *values, uint64_t count, gsl_rng *rng)
{
    for (uint64_t i = count; i > 1; i--) {
        uint64_t j = sc_sample_below(rng, i), kept = values[i - 1];
        values[i - 1] = values[j];
        values[j] = kept;
    }
}

static int fill_skewed(struct sc_pattern *p, const struct sc_pattern_spec *spec, struct sc_sample *sample,
                       struct sc_error *err)
{
    uint64_t *lengths = calloc(p->rows ? (size_t)p->rows : 1, sizeof *lengths);
    if (!lengths)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the lengths of %" PRIu64 " rows", p->rows);
    int status = sc_skew_lengths(lengths, p->rows, p->cols, p->nnz, spec->skew, err);
    shuffle(lengths, p->rows, sample->rng);
    uint64_t q = 0;
    for (uint64_t row = 0; row < p->rows && !status; row++) {
        uint64_t column;
        status = sc_sample_set(sample, p->cols, lengths[row], err);
        while (!status && sc_sample_next(sample, &column))
            p->idx[q++] = (uint32_t)column;
        p->ptr[row + 1] = q;
    }
    free(lengths);
    return status;
}

/* The grid of block:RxC and its last, partly filled block. */
struct grid {
    uint64_t rows, cols;       /* of a whole block, cut to the matrix */
    uint64_t down, across;     /* blocks */
    uint64_t last, last_area;  /* block drawn last and how many of its positions are used */
};

static uint64_t extent(uint64_t index, uint64_t step, uint64_t size)
{
    return size - index * step < step ? size - index * step : step;
}

static uint64_t block_area(const struct grid *g, const struct sc_pattern *p, uint64_t block)
{
    return extent(block / g->across, g->rows, p->rows) * extent(block % g->across, g->cols, p->cols);
}

static int draw_blocks(struct grid *g, const struct sc_pattern *p, struct sc_sample *sample, struct sc_error *err)
{
    uint64_t blocks = g->down * g->across;
    uint64_t smallest = block_area(g, p, blocks - 1); /* the corner, cut both ways */
    uint64_t most = p->nnz / smallest + 1;
    int status = sc_sample_start(sample, blocks, most < blocks ? most : blocks, err);
    if (status)
        return status;
    for (uint64_t left = p->nnz; left > 0; left -= g->last_area) {
        g->last = sc_sample_draw(sample);
        g->last_area = block_area(g, p, g->last);
        if (g->last_area > left)
            g->last_area = left;
    }
    sc_sample_sort(sample);
    return SC_OK;
}

/* Positions that `block` takes in row `r` of its rows. */
static uint64_t block_row_length(const struct grid *g, const struct sc_pattern *p, uint64_t block, uint64_t r)
{
    uint64_t width = extent(block % g->across, g->cols, p->cols);
    if (block != g->last)
        return width;
    uint64_t before = r * width;
    if (before >= g->last_area)
        return 0;
    return g->last_area - before < width ? g->last_area - before : width;
}

static int fill_blocks(struct sc_pattern *p, const struct sc_pattern_spec *spec, struct sc_sample *sample,
                       struct sc_error *err)
{
    if (p->nnz == 0)
        return SC_OK;
    struct grid g = {.rows = spec->block_rows < p->rows ? spec->block_rows : p->rows,
                     .cols = spec->block_cols < p->cols ? spec->block_cols : p->cols};
    g.down = (p->rows - 1) / g.rows + 1;
    g.across = (p->cols - 1) / g.cols + 1;
    int status = draw_blocks(&g, p, sample, err);
    if (status)
        return status;
    uint64_t block;
    /* Row lengths go one slot up, so that after summing ptr[row + 1] is the start of `row`; filling moves it to
     * the end. */
    while (sc_sample_next(sample, &block)) {
        uint64_t top = block / g.across * g.rows;
        for (uint64_t r = 0; r < extent(block / g.across, g.rows, p->rows); r++)
            if (top + r + 2 <= p->rows)
                p->ptr[top + r + 2] += block_row_length(&g, p, block, r);
    }
    for (uint64_t row = 2; row <= p->rows; row++)
        p->ptr[row] += p->ptr[row - 1];
    sample->cursor = 0;
    while (sc_sample_next(sample, &block)) {
        uint64_t top = block / g.across * g.rows, left = block % g.across * g.cols;
        for (uint64_t r = 0; r < extent(block / g.across, g.rows, p->rows); r++)
            for (uint64_t c = 0; c < block_row_length(&g, p, block, r); c++)
                p->idx[p->ptr[top + r + 1]++] = (uint32_t)(left + c);
    }
    return SC_OK;
}

/* Nonzeros of nm along a K axis of `length` positions. */
static uint64_t nm_count(const struct sc_pattern_spec *spec, uint64_t length)
{
    uint64_t rest = length % spec->nm_m;
    return length / spec->nm_m * spec->nm_n + (rest < spec->nm_n ? rest : spec->nm_n);
}

static int fill_groups(struct sc_pattern *p, const struct sc_pattern_spec *spec, struct sc_sample *sample,
                       struct sc_error *err)
{
    uint64_t q = 0;
    for (uint64_t row = 0; row < p->rows; row++) {
        for (uint64_t left = 0; left < p->cols;) {
            uint64_t size = p->cols - left < spec->nm_m ? p->cols - left : spec->nm_m, position;
            int status = sc_sample_set(sample, size, size < spec->nm_n ? size : spec->nm_n, err);
            if (status)
                return status;
            while (sc_sample_next(sample, &position))
                p->idx[q++] = (uint32_t)(left + position);
            left += size;
        }
        p->ptr[row + 1] = q;
    }
    return SC_OK;
}

static int check_spec(const struct sc_pattern_spec *spec, double density, struct sc_error *err)
{
    bool good = true;
    switch (spec->kind) {
    case SC_UNIFORM:
        break;
    case SC_ROWSKEW:
    case SC_COLSKEW:
        good = isfinite(spec->skew) && spec->skew >= 0;
        break;
    case SC_BLOCK:
        good = spec->block_rows >= 1 && spec->block_cols >= 1;
        break;
    case SC_BANDED:
        good = spec->band >= 1;
        break;
    case SC_NM:
        good = spec->nm_n >= 1 && spec->nm_n <= spec->nm_m;
        break;
    case SC_PERIODIC_KERNELS: /* sc_periodic_for() checks */
        break;
    default:
        good = false;
    }
    if (!good)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "pattern kind or parameter out of range: "
                       "expected skew >= 0, block sides >= 1, band >= 1, 1 <= N <= M");
    if (spec->kind != SC_NM && spec->kind != SC_PERIODIC_KERNELS && !(density >= 0 && density <= 1))
        return sc_fail(err, SC_BAD_INPUT, NULL, 0, "density %g, expected 0 to 1", density);
    return SC_OK;
}

/* mt19937 takes 32 bits of seed; mixing (the finaliser of splitmix64, Vigna 2015, public domain) lets all 64 matter. */
static unsigned long mix_seed(uint64_t seed)
{
    seed += UINT64_C(0x9e3779b97f4a7c15);
    seed = (seed ^ (seed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    seed = (seed ^ (seed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (unsigned long)(seed >> 32);
}

static int fill(struct sc_pattern *p, const struct sc_pattern_spec *spec, struct sc_sample *sample,
                struct sc_error *err)
{
    switch (spec->kind) {
    case SC_ROWSKEW:
    case SC_COLSKEW:
        return fill_skewed(p, spec, sample, err);
    case SC_BLOCK:
        return fill_blocks(p, spec, sample, err);
    case SC_NM:
        return fill_groups(p, spec, sample, err);
    default:
        return fill_allowed(p, spec, sample, err);
    }
}

/* Nonzeros of a down x across pattern whose K axis, if it matters, runs across.  Dimensions that are refused later
 * count 0. */
static uint64_t nonzeros(const struct sc_pattern_spec *spec, double density, uint64_t down, uint64_t across)
{
    if (down > SC_PATTERN_DIMENSION_MAX || across > SC_PATTERN_DIMENSION_MAX)
        return 0;
    if (spec->kind == SC_NM)
        return down * nm_count(spec, across);
    return sc_nonzeros(density, down, across);
}

/* Nothing random about it. */
static int make_periodic(struct sc_pattern *out, uint64_t rows, uint64_t cols, const struct sc_pattern_spec *spec,
                         bool k_is_columns, struct sc_error *err)
{
    struct sc_periodic table;
    struct sc_pattern drawn = {0};
    uint64_t channels;
    int status = sc_periodic_for(&table, &channels, &spec->periodic, k_is_columns ? cols : rows, err);
    if (status)
        return status;
    if (k_is_columns)
        return sc_periodic_pattern(out, &table, rows, channels, err);
    status = sc_periodic_pattern(&drawn, &table, cols, channels, err);
    if (!status)
        status = sc_pattern_transpose(out, &drawn, err);
    sc_pattern_free(&drawn);
    return status;
}

int sc_pattern_generate(struct sc_pattern *out, uint64_t rows, uint64_t cols, double density,
                        const struct sc_pattern_spec *spec, bool k_is_columns, uint64_t seed, struct sc_error *err)
{
    *out = (struct sc_pattern){0};
    int status = check_spec(spec, density, err);
    if (status)
        return status;
    if (spec->kind == SC_PERIODIC_KERNELS)
        return make_periodic(out, rows, cols, spec, k_is_columns, err);
    bool transposed = spec->kind == SC_COLSKEW || (spec->kind == SC_NM && !k_is_columns);
    uint64_t down = transposed ? cols : rows, across = transposed ? rows : cols;

    struct sc_pattern drawn = {0};
    struct sc_sample sample = {0};
    status = sc_pattern_alloc(&drawn, down, across, nonzeros(spec, density, down, across), err);
    if (status)
        goto done;
    sample.rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (!sample.rng) {
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the random generator");
        goto done;
    }
    gsl_rng_set(sample.rng, mix_seed(seed));
    status = fill(&drawn, spec, &sample, err);
    if (status)
        goto done;
    if (transposed) {
        status = sc_pattern_transpose(out, &drawn, err);
    } else {
        *out = drawn;
        drawn = (struct sc_pattern){0};
    }
done:
    if (sample.rng)
        gsl_rng_free(sample.rng);
    sc_sample_free(&sample);
    sc_pattern_free(&drawn);
    return status;
}
