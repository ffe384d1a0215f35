/* matrices.c - fuzz targets for pattern files: Matrix Market, .smtx, and both behind gzip.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "fuzz.h"
#include "traces/measure.h"
#include "traces/pattern_read.h"
#include "traces/pattern_write.h"

enum { MEASURED_EDGE = 4096, WRITTEN_EDGE = 65536, GZIP_ROOM = 1 << 16 };

static bool same(const struct sc_pattern *a, const struct sc_pattern *b)
{
    return a->rows == b->rows && a->cols == b->cols && a->nnz == b->nnz &&
           memcmp(a->ptr, b->ptr, (a->rows + 1) * sizeof *a->ptr) == 0 &&
           (a->nnz == 0 || memcmp(a->idx, b->idx, a->nnz * sizeof *a->idx) == 0);
}

static void check_written(const struct sc_pattern *p, bool smtx, bool gzip)
{
    const struct sc_write_format format = {.smtx = smtx, .gzip = gzip};
    const char *path = fuzz_file("rewritten", "", 0);
    struct sc_pattern back;
    struct sc_error err;

    FUZZ_CHECK(sc_pattern_write(p, path, &format, "%% comment", &err) == SC_OK, "%s", err.message);
    FUZZ_CHECK(sc_pattern_read(&back, path, NULL, &err) == SC_OK, "a pattern that we wrote is refused: %s",
               err.message);
    FUZZ_CHECK(same(p, &back), "a pattern changed on its way through a file");
    sc_pattern_free(&back);
}

/* Products of the pattern with itself or its transpose, counted. */
static void check_measured(const struct sc_pattern *p)
{
    struct sc_pattern turned;
    struct sc_profile profile;
    struct sc_measured measured;
    struct sc_error err;

    FUZZ_CHECK(sc_pattern_transpose(&turned, p, &err) == SC_OK, "%s", err.message);
    int status = sc_profile_measure(&profile, p, &turned, NULL, &measured, &err);
    FUZZ_CHECK(status == SC_OK, "%s", err.message);
    FUZZ_CHECK(measured.nnz_c <= measured.products && measured.products <= p->nnz * p->rows, "%llu products",
               (unsigned long long)measured.products);
    sc_pattern_free(&turned);
}

void fuzz_pattern_holds(const struct sc_pattern *p)
{
    struct sc_error err;

    FUZZ_CHECK(sc_pattern_check(p, &err) == SC_OK, "an invalid pattern was accepted: %s", err.message);
    if (p->rows <= WRITTEN_EDGE)
        check_written(p, p->nnz % 2, p->rows % 2);
    if (p->rows <= MEASURED_EDGE && p->cols <= MEASURED_EDGE)
        check_measured(p);
}

void fuzz_matrix_file(const char *path)
{
    for (unsigned i = 0; i < 4; i++) {
        struct sc_read_info info;
        const struct sc_read_options options = {.keep_zeros = i & 1, .merge_duplicates = i & 2, .info = &info};
        struct sc_pattern pattern;
        struct sc_error err;
        int status = sc_pattern_read(&pattern, path, &options, &err);
        if (status != SC_OK) {
            fuzz_error(status, &err, FUZZ_LINE);
            FUZZ_CHECK(!pattern.ptr && !pattern.idx, "a pattern left behind by an error: %s", err.message);
            continue;
        }
        FUZZ_CHECK(pattern.nnz <= 2 * info.entries, "%llu nonzeros from %llu entries", (unsigned long long)pattern.nnz,
                   (unsigned long long)info.entries);
        if (i == 0 || i == 3)
            fuzz_pattern_holds(&pattern);
        sc_pattern_free(&pattern);
    }
}

void fuzz_matrix_market(const uint8_t *bytes, size_t size)
{
    fuzz_matrix_file(fuzz_file("matrix", bytes, size));
}

void fuzz_smtx(const uint8_t *bytes, size_t size)
{
    fuzz_matrix_file(fuzz_file("matrix", bytes, size));
}

/* Compresses into out[0..GZIP_ROOM) as one gzip member; returns the bytes it took. */
static size_t compress_text(uint8_t *out, const uint8_t *text, size_t size)
{
    z_stream stream = {.next_in = (uint8_t *)text, .avail_in = (unsigned)size, .next_out = out, .avail_out = GZIP_ROOM};

    FUZZ_CHECK(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib");
    FUZZ_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END, "no room for %zu bytes", size);
    size_t used = GZIP_ROOM - stream.avail_out;
    deflateEnd(&stream);
    return used;
}

/* Raw bytes that begin like gzip go in as they are; else the first byte says what becomes of the others, a text:
 * compressed whole, in two members, cut short, with a byte changed, or followed by other bytes. */
void fuzz_gzip(const uint8_t *bytes, size_t size)
{
    uint8_t *out = malloc(2 * GZIP_ROOM + size);
    size_t used = 0;

    FUZZ_CHECK(out, "out of memory");
    if (size < 3 || bytes[0] == 0x1f || size > GZIP_ROOM / 2) {
        if (size > 0)
            memcpy(out, bytes, size);
        used = size;
    } else {
        size_t length = size - 2, half = bytes[0] == '1' ? length * bytes[1] / 256 : length;
        used = compress_text(out, bytes + 2, half);
        if (bytes[0] == '1')
            used += compress_text(out + used, bytes + 2 + half, length - half);
        else if (bytes[0] == '2')
            used = used * bytes[1] / 256;
        else if (bytes[0] == '3')
            out[used * bytes[1] / 256] ^= 0x41;
        else if (bytes[0] == '4') {
            memcpy(out + used, bytes + 1, 1 + bytes[1] % length);
            used += 1 + bytes[1] % length;
        }
    }
    fuzz_matrix_file(fuzz_file("matrix.gz", out, used));
    free(out);
}
