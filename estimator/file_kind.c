/* file_kind.c - says what a file looks like that was given in place of a table.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdbool.h>
#include <string.h>

#include "rows.h"

/* Leading bytes of the kinds users mix up with tables; signatures from the formats' own specifications. */
static const struct {
    const char *bytes;
    size_t length;
    const char *kind;
} signatures[] = {
#define SIGNATURE(bytes, kind)                                                                                         \
    {                                                                                                                  \
        bytes, sizeof bytes - 1, kind                                                                                  \
    }
    SIGNATURE("\x89PNG\r\n", "a PNG image"),
    SIGNATURE("\xff\xd8\xff", "a JPEG image"),
    SIGNATURE("GIF8", "a GIF image"),
    SIGNATURE("%PDF-", "a PDF document"),
    SIGNATURE("\x7f"
              "ELF",
              "a compiled program or library"),
    SIGNATURE("\x1f\x8b", "gzip-compressed data (decompress it first)"),
    SIGNATURE("\xfd"
              "7zXZ",
              "xz-compressed data (decompress it first)"),
    SIGNATURE("\x28\xb5\x2f\xfd", "zstd-compressed data (decompress it first)"),
    SIGNATURE("BZh", "bzip2-compressed data (decompress it first)"),
    SIGNATURE("PK\x03\x04", "a ZIP archive, such as a spreadsheet (export it as CSV)"),
    SIGNATURE("\xd0\xcf\x11\xe0", "an old spreadsheet (export it as CSV)"),
    SIGNATURE("\x89HDF\r\n", "an HDF5 file"),
    SIGNATURE("\x93NUMPY", "a NumPy array"),
    SIGNATURE("SQLite format 3", "an SQLite database"),
    SIGNATURE("PAR1", "a Parquet file"),
    SIGNATURE("\xff\xfe", "UTF-16 text (save it as UTF-8)"),
    SIGNATURE("\xfe\xff", "UTF-16 text (save it as UTF-8)"),
    SIGNATURE("%%MatrixMarket", "a Matrix Market file"),
    SIGNATURE("%MatrixMarket", "a Matrix Market file"),
    SIGNATURE("#!", "a script"),
    SIGNATURE("<", "HTML or XML"),
    SIGNATURE("{", "JSON"),
#undef SIGNATURE
};

static const char *line_end(const char *at, const char *end)
{
    while (at < end && *at != '\n' && *at != '\r')
        at++;
    return at;
}

static const char *skip_blank(const char *at, const char *end)
{
    while (at < end && strchr(" \t\r\n", *at) && *at)
        at++;
    return at;
}

static bool contains(const char *at, const char *end, const char *any)
{
    for (; at < end; at++)
        if (*at && strchr(any, *at))
            return true;
    return false;
}

/* "key:", "key: value" or "- item": a line of YAML. */
static bool is_yaml(const char *at, const char *end)
{
    if (end - at >= 3 && memcmp(at, "---", 3) == 0)
        return true;
    if (contains(at, end, ",\t;"))
        return false;
    if (end - at >= 2 && at[0] == '-' && at[1] == ' ')
        return true;
    const char *colon = memchr(at, ':', (size_t)(end - at));
    return colon && colon > at && (colon + 1 == end || colon[1] == ' ');
}

/* "rows, cols, nonzeros" and nothing else: the first line of text CSR. */
static bool is_smtx(const char *at, const char *end)
{
    int numbers = 0;
    bool within = false;

    for (; at < end; at++) {
        bool digit = *at >= '0' && *at <= '9';
        if (!digit && *at != ' ' && *at != ',')
            return false;
        numbers += digit && !within;
        within = digit;
    }
    return numbers == 3;
}

static bool is_binary(const char *at, const char *end)
{
    for (; at < end; at++)
        if ((unsigned char)*at < 0x20 && *at != '\t' && *at != '\f')
            return true;
    return false;
}

bool sc_is_onnx(const char *head, size_t length)
{
    /* Fields 2 to 8 and 14 follow field 1, the IR version: producer, domain, versions, graph, operator sets, metadata.
     */
    static const char tags[] = {0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72};

    return length >= 3 && head[0] == 0x08 && head[1] > 0 && head[1] < 32 && memchr(tags, head[2], sizeof tags);
}

const char *sc_file_kind(const char *head, size_t length)
{
    const char *end = head + length;

    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++)
        if (length >= signatures[i].length && memcmp(head, signatures[i].bytes, signatures[i].length) == 0)
            return signatures[i].kind;
    if (sc_is_onnx(head, length))
        return "an ONNX model (make it a list with 'sparsecast import MODEL.onnx -o LAYERS.csv')";
    const char *line = skip_blank(head, end), *stop = line_end(line, end);
    while (line < end && *line == '#' && !contains(line, stop, ",\t")) { /* comments precede YAML keys */
        line = skip_blank(stop, end);
        stop = line_end(line, end);
    }
    if (line < end && *line == '[')
        return stop[-1] == ']' && !contains(line, stop, ",\"{") ? "an INI file" : "JSON";
    if (is_binary(line, stop))
        return "binary data";
    if (is_yaml(line, stop))
        return "YAML";
    if (is_smtx(line, stop))
        return "a .smtx sparse matrix";
    return NULL;
}
