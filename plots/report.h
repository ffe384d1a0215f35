/* report.h - one self-contained HTML page about a result list: cards, figures, tables, every layer, how to reproduce.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_REPORT_H
#define SC_REPORT_H

#include <stdio.h>

#include "frame.h"
#include "result_set.h"

/* What a page stays usable with: rows of the table, and layers shown one by one. */
enum { SC_REPORT_ROWS = 2000, SC_REPORT_LAYERS = 200 };

/* The columns a report shows; SC_NO_COLUMN where the file lacks one. */
struct sc_report_columns {
    int layer, model, machine, dataflow, best, cycles, low, high, part[4], utilization, products, l1_reads, psum_writes,
        psum_reads, spill, dram_read, dram_write, time, energy, area, source, config, note, bound,
        count;
};

struct sc_report {
    const struct sc_frame *frame;
    const struct sc_result_set *set;
    struct sc_report_columns at;
    bool shapes;                     /* the file is a layer list too: it has M, N, K */
    int pareto; /* column of a sweep */
    const char *path;    /* of the results, as commands should name them */
    const char *command; /* the command line that makes this page */
    FILE *out;           /* memory: write failures show at its end */
};

/* Finds the columns. */
void sc_report_start(struct sc_report *report, const struct sc_frame *frame, const struct sc_result_set *set);

/* The page's parts, in order.  Figures that cannot be drawn are named with the reason. */
int sc_report_write(const struct sc_report *report, struct sc_error *err);
void sc_report_cards(const struct sc_report *report);
int sc_report_figures(const struct sc_report *report, struct sc_error *err);
int sc_report_networks(const struct sc_report *report, struct sc_error *err);
int sc_report_rows(const struct sc_report *report, struct sc_error *err);
int sc_report_layers(const struct sc_report *report, struct sc_error *err);
void sc_report_origin(const struct sc_report *report);

/* Text as HTML, safe in elements and in quoted attributes; what is no UTF-8 or a control character becomes U+FFFD. */
void sc_html(FILE *out, const char *text);

/* The same as a word of a POSIX shell, quoted where needed. */
void sc_html_shell(FILE *out, const char *text);

/* A table cell with a number: at most `digits` digits to see, all of the file's to sort by and to copy; empty for what
 * is no number. */
void sc_html_number(FILE *out, double value, int digits);

/* The bound that a row names, else "waiting for DRAM" ...: the largest of the four parts of its cycles. */
const char *sc_report_limit(const struct sc_report *report, size_t row);

/* "KEY=VALUE, ..." of a row of a sweep as HTML; nothing for other rows. */
void sc_report_keys(const struct sc_report *report, size_t row);

/* Simulations within the intervals of their estimates, and all whose estimate has one (more than a point). */
void sc_report_coverage(const struct sc_report *report, size_t *covered, size_t *pairs);

#endif
