/* yardstick.c - the least that any tool does that turns a CSV into a CSV: parse with libcsv, print with printf.
 *
 * bench_yardstick FILE COLUMNS: reads FILE with libcsv and writes as many rows to standard output, COLUMNS values each:
 * four texts and numbers with ten significant digits.  The numbers are made up from the row's number so that printf has
 * real work; nothing is modelled.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct state {
    int columns;
    unsigned long rows, cells;
    char name[256];
};

static void cell(void *text, size_t size, void *context)
{
    struct state *s = context;
    if (s->cells++ == 0) {
        size_t keep = size < sizeof s->name - 1 ? size : sizeof s->name - 1;
        memcpy(s->name, text, keep);
        s->name[keep] = '\0';
    }
}

static void row(int end, void *context)
{
    struct state *s = context;
    (void)end;
    s->cells = 0;
    if (s->rows++ == 0)
        return; /* header */
    printf("%s,%s,%s,%s", s->name, "model", "machine", "dataflow");
    for (int i = 4; i < s->columns; i++) {
        double value = (double)(s->rows * 7919 + (unsigned long)i * 104729) * 1.0009765625;
        if (i % 3 == 0)
            printf(",%.0f", value);
        else
            printf(",%.10g", value / 977);
    }
    putchar('\n');
}

int main(int argc, char **argv)
{
    static char buffer[1 << 16];
    struct state s = {.columns = argc > 2 ? atoi(argv[2]) : 30};
    FILE *in = argc > 1 ? fopen(argv[1], "rb") : NULL;
    struct csv_parser parser;
    if (!in || csv_init(&parser, 0) != 0) {
        fprintf(stderr, "bench_yardstick: cannot read %s\n", argc > 1 ? argv[1] : "(no file)");
        return 1;
    }
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, in)) > 0;)
        if (csv_parse(&parser, buffer, got, cell, row, &s) != got)
            return 1;
    csv_fini(&parser, cell, row, &s);
    csv_free(&parser);
    fclose(in);
    return 0;
}
