/* pattern_write.c - patterns to text, through zlib where the name asks for it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "pattern_write.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "output.h"

enum {
    CHUNK = 64 * 1024, /* text gathered before it is compressed */
    LINE_ROOM = 256,   /* longest piece appended at once, the comment apart */
    GZIP_WINDOW = 15 + 16, /* zlib.h: the largest window, gzip wrapper */
    UNKNOWN_SYSTEM = 255   /* RFC 1952: so that every system writes the same header */
};

struct writer {
    struct sc_output *output;
    bool gzip, started;
    z_stream stream;
    struct sc_error *err;
    int status; /* of the first failure; afterwards nothing is written */
    size_t used;
    char text[CHUNK];
};

static bool ends_with(const char *text, size_t length, const char *end)
{
    size_t size = strlen(end);
    return length > size && memcmp(text + length - size, end, size) == 0;
}

int sc_write_format_of(struct sc_write_format *format, const char *path, struct sc_error *err)
{
    size_t length = strlen(path);

    *format = (struct sc_write_format){0};
    if (strcmp(path, "-") == 0)
        return SC_OK;
    if (ends_with(path, length, ".gz")) {
        format->gzip = true;
        length -= 3;
    }
    format->smtx = ends_with(path, length, ".smtx");
    if (format->smtx || ends_with(path, length, ".mtx"))
        return SC_OK;
    return sc_fail(err, SC_BAD_USAGE, NULL, 0,
                   "output file '%s': expected a name that ends in .mtx, .smtx, .mtx.gz or .smtx.gz", path);
}

/* Runs what is gathered through the compressor; Z_FINISH ends the stream. */
static void compress_text(struct writer *writer, int flush)
{
    z_stream *stream = &writer->stream;

    stream->next_in = (unsigned char *)writer->text;
    stream->avail_in = (unsigned)writer->used;
    do {
        char *room;
        writer->status = sc_output_reserve(writer->output, CHUNK, &room, writer->err);
        if (writer->status != SC_OK)
            return;
        stream->next_out = (unsigned char *)room;
        stream->avail_out = CHUNK;
        deflate(stream, flush); /* cannot fail with a valid stream and room */
        sc_output_advance(writer->output, (char *)stream->next_out);
    } while (stream->avail_out == 0);
}

static void drain(struct writer *writer, int flush)
{
    if (writer->status == SC_OK && writer->gzip)
        compress_text(writer, flush);
    else if (writer->status == SC_OK)
        writer->status = sc_output_write(writer->output, writer->text, writer->used, writer->err);
    writer->used = 0;
}

static void put_text(struct writer *writer, const char *text)
{
    for (size_t length = strlen(text); length > 0;) {
        if (writer->used == CHUNK)
            drain(writer, Z_NO_FLUSH);
        size_t part = length < CHUNK - writer->used ? length : CHUNK - writer->used;
        memcpy(writer->text + writer->used, text, part);
        writer->used += part;
        text += part;
        length -= part;
    }
}

static void put_number(struct writer *writer, uint64_t number, char after)
{
    char digits[24], *at = digits + sizeof digits;

    *--at = after;
    do
        *--at = (char)('0' + number % 10);
    while (number /= 10);
    size_t length = (size_t)(digits + sizeof digits - at);
    if (CHUNK - writer->used < length)
        drain(writer, Z_NO_FLUSH);
    memcpy(writer->text + writer->used, at, length);
    writer->used += length;
}

static void put_matrix_market(struct writer *writer, const struct sc_pattern *p, const char *comment)
{
    put_text(writer, "%%MatrixMarket matrix coordinate pattern general\n");
    if (comment) {
        put_text(writer, "% ");
        put_text(writer, comment);
        put_text(writer, "\n");
    }
    put_number(writer, p->rows, ' ');
    put_number(writer, p->cols, ' ');
    put_number(writer, p->nnz, '\n');
    for (uint64_t row = 0; row < p->rows && writer->status == SC_OK; row++)
        for (uint64_t q = p->ptr[row]; q < p->ptr[row + 1]; q++) {
            put_number(writer, row + 1, ' ');
            put_number(writer, (uint64_t)p->idx[q] + 1, '\n');
        }
}

static void put_smtx(struct writer *writer, const struct sc_pattern *p)
{
    char header[LINE_ROOM];

    snprintf(header, sizeof header, "%" PRIu64 ", %" PRIu64 ", %" PRIu64 "\n", p->rows, p->cols, p->nnz);
    put_text(writer, header);
    for (uint64_t row = 0; row <= p->rows; row++)
        put_number(writer, p->ptr[row], row < p->rows ? ' ' : '\n');
    for (uint64_t q = 0; q < p->nnz; q++)
        put_number(writer, p->idx[q], q + 1 < p->nnz ? ' ' : '\n');
    if (p->nnz == 0)
        put_text(writer, "\n"); /* three lines, always */
}

static void start_compression(struct writer *writer, gz_header *header)
{
    if (deflateInit2(&writer->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        writer->status = sc_fail(writer->err, SC_NO_MEMORY, NULL, 0, "out of memory for compression");
        return;
    }
    writer->started = true;
    deflateSetHeader(&writer->stream, header);
}

int sc_pattern_write(const struct sc_pattern *pattern, const char *path, const struct sc_write_format *format,
                     const char *comment, struct sc_error *err)
{
    struct writer writer = {.gzip = format->gzip, .err = err};
    gz_header header = {.os = UNKNOWN_SYSTEM}; /* no name, no time */

    writer.status = sc_output_open(&writer.output, path, err);
    if (writer.status == SC_OK && writer.gzip)
        start_compression(&writer, &header);
    if (writer.status == SC_OK && format->smtx)
        put_smtx(&writer, pattern);
    else if (writer.status == SC_OK)
        put_matrix_market(&writer, pattern, comment);
    if (writer.status == SC_OK)
        drain(&writer, Z_FINISH);
    if (writer.started)
        deflateEnd(&writer.stream);
    if (writer.status == SC_OK)
        return sc_output_close(writer.output, err);
    sc_output_abandon(writer.output);
    return writer.status;
}
