/* golden_write.c - writes the golden results anew: golden_write DIRECTORY; `make golden` runs it on tests/golden.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "golden.h"

struct output {
    FILE *file;
    const char *format;
    unsigned long rows;
};

static int write_row(const struct golden_row *row, void *context)
{
    struct output *out = context;
    if (out->rows++ == 0) {
        fputs("layer,machine,dataflow", out->file);
        for (unsigned i = 0; i < row->count; i++)
            fprintf(out->file, ",%s", row->name[i]);
        fputc('\n', out->file);
    }
    fprintf(out->file, "%s,%s,%s", row->layer, row->machine, row->dataflow);
    for (unsigned i = 0; i < row->count; i++)
        fprintf(out->file, out->format, row->value[i]);
    fputc('\n', out->file);
    return SC_OK;
}

static int write_set(enum golden_set set, const char *directory, struct sc_error *err)
{
    char path[4096];
    struct output out = {.format = set == GOLDEN_SIMULATED ? ",%.17g" : ",%.8g"};
    snprintf(path, sizeof path, "%s/%s", directory, golden_results(set));
    out.file = fopen(path, "w");
    if (!out.file)
        return sc_fail(err, SC_IO, path, 0, "cannot be written");
    int status = golden_rows(set, directory, write_row, &out, err);
    if (fclose(out.file) != 0 && status == SC_OK)
        status = sc_fail(err, SC_IO, path, 0, "cannot be written");
    fprintf(stderr, "%s: %lu rows\n", path, out.rows);
    return status;
}

int main(int argc, char **argv)
{
    struct sc_error err;
    if (argc != 2) {
        fputs("usage: golden_write DIRECTORY\n", stderr);
        return 2;
    }
    for (int set = 0; set < GOLDEN_SET_COUNT; set++)
        if (write_set((enum golden_set)set, argv[1], &err) != SC_OK)
            return sc_error_print(&err);
    return 0;
}
