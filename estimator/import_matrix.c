/* import_matrix.c - a Matrix Market or .smtx file as a layer: the file is operand A, B is dense.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "import_matrix.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "layer_reader.h"
#include "layer_write.h"
#include "traces/pattern_read.h"

static bool ends_in(const char *path, size_t length, const char *ending)
{
    size_t size = strlen(ending);
    return length >= size && strncasecmp(path + length - size, ending, size) == 0;
}

bool sc_import_is_matrix(const char *path)
{
    char head[256];
    size_t length = strlen(path);
    struct stat about;

    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode))
        return false;
    length -= ends_in(path, length, ".gz") ? 3 : 0;
    if (ends_in(path, length, ".mtx") || ends_in(path, length, ".smtx"))
        return true;
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(head, 1, sizeof head, file) : 0;
    if (file)
        fclose(file);
    const char *kind = sc_file_kind(head, size);
    return kind && (strstr(kind, "Matrix Market") || strstr(kind, ".smtx"));
}

/* "weights" of x/weights.smtx.gz. */
static void name_layer(char name[256], const char *path)
{
    const char *slash = strrchr(path, '/');

    snprintf(name, 256, "%s", slash ? slash + 1 : path);
    name[strcspn(name, ".")] = '\0';
    if (!*name)
        snprintf(name, 256, "matrix");
}

static void describe(const struct sc_pattern *a, const char *input, uint64_t columns, char name[256],
                     struct sc_layer *layer)
{
    name_layer(name, input);
    *layer = (struct sc_layer){
        .name = name,
        .model = "",
        .M = a->rows,
        .K = a->cols,
        .N = columns ? columns : 1,
        .count = 1,
        .density_a = (double)a->nnz / ((double)a->rows * (double)a->cols),
        .density_b = 1,
        .a_file = input,
    };
}

int sc_import_matrix(const char *input, const char *output, uint64_t columns, struct sc_error *err)
{
    struct sc_layer layer;
    struct sc_pattern a;
    char name[256];
    int status = sc_pattern_read(&a, input, NULL, err);

    if (status != SC_OK)
        return status;
    if (a.rows == 0 || a.cols == 0)
        status = sc_fail(err, SC_BAD_INPUT, input, 0, "the matrix has no rows or columns, expected an operand");
    if (status == SC_OK) {
        describe(&a, input, columns, name, &layer);
        status = sc_layer_check_sizes(&layer, input, 0, err);
    }
    sc_pattern_free(&a);
    if (status != SC_OK)
        return status;
    fprintf(stderr, "sparsecast: %s: matrix file: A = the matrix, B = dense, %s\n", input,
            columns ? "with the columns asked for"
                    : "a vector, since the file says nothing about it (--columns, or edit columns N, density_b, b)");
    return sc_layer_write_one(&layer, output, 0, err);
}
