/* import_onnx.c - an ONNX model as a layer CSV, with a word on everything that the list lacks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "import_onnx.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "layer_write.h"
#include "rows.h"

bool sc_import_is_onnx(const char *path)
{
    const char *dot = strrchr(path, '.');
    char head[8];
    struct stat about;

    if (dot && strcasecmp(dot, ".onnx") == 0)
        return true;
    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode))
        return false;
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(head, 1, sizeof head, file) : 0;
    if (file)
        fclose(file);
    return sc_is_onnx(head, size);
}

static void tell(void *context, const char *note)
{
    fprintf(stderr, "sparsecast: %s: %s\n", (const char *)context, note);
}

int sc_import_onnx(const char *input, const char *output, const struct sc_onnx_dim *dim, size_t dims, uint64_t *layers,
                   struct sc_error *err)
{
    struct sc_layer_sheet sheet = {.err = err, .with = SC_WITH_GEOMETRY};
    struct sc_onnx *model = NULL;
    struct sc_layer layer;
    int status = sc_onnx_open(&model, input, dim, dims, err);

    if (status == SC_OK)
        status = sc_output_open(&sheet.output, output, err);
    if (status != SC_OK) {
        sc_onnx_close(model);
        return status;
    }
    *layers = 0;
    tell((void *)input, sc_onnx_format(model));
    sc_layer_put_header(&sheet, sc_onnx_extra, sizeof sc_onnx_extra / sizeof sc_onnx_extra[0]);
    while (sheet.status == SC_OK && (status = sc_onnx_next(model, &layer, err)) == SC_OK) {
        sc_layer_put(&sheet, &layer);
        ++*layers;
    }
    if (sheet.status == SC_OK && status == SC_END) {
        status = sc_output_close(sheet.output, err);
        if (status == SC_OK)
            sc_onnx_notes(model, tell, (void *)input);
    } else {
        sc_output_abandon(sheet.output);
        status = sheet.status != SC_OK ? sheet.status : status;
    }
    sc_onnx_close(model);
    return status;
}
