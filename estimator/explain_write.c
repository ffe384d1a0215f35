/* explain_write.c - explanations as text for people, CSV or JSON.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "explain_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "families/bound.h"
#include "printable.h"
#include "text.h"

enum { DIGITS = 10, SHORT_DIGITS = 6, NAME_COLUMNS = 60, ITEM_COLUMNS = 45, TEXT_MOST = 1024,
       COUNT_COLUMNS = 38 }; /* of count, unit and cost */

/* Savings below this are none, as a share of the cycles. */
static const double LEAST_SAVING = 0.01;

/* "" for what is unknown. */
static const char *number(char out[SC_NUMBER_SIZE], double value, int digits)
{
    out[0] = '\0';
    if (isfinite(value))
        sc_format_number(out, value, digits);
    return out;
}

/* The whole of which the totals of a section are parts; 0: there is none. */
static double whole_of(const struct sc_explanation *x, enum sc_section section)
{
    double sum = 0;
    if (section == SC_SECTION_CYCLES || section == SC_SECTION_BOUNDS)
        return x->bare.cycles;
    if (section == SC_SECTION_CALIBRATION || section == SC_SECTION_WHAT_IF)
        return x->row.cycles;
    if (section != SC_SECTION_ENERGY && section != SC_SECTION_AREA)
        return 0;
    for (unsigned i = 0; i < x->rows; i++)
        sum += x->at[i].section == section ? x->at[i].total : 0;
    return sum;
}

static double share_of(const struct sc_explanation *x, const struct sc_explain_row *row)
{
    double whole = whole_of(x, row->section);
    return whole > 0 ? row->total / whole : NAN;
}

/* ---- text for people ----------------------------------------------------------------------------------------------
 */

static void put_name(FILE *out, const char *name)
{
    char shown[4 * NAME_COLUMNS + 1];
    sc_printable(shown, name, NAME_COLUMNS);
    fputs(shown, out);
}

static void put_head(FILE *out, const struct sc_explain_subject *s)
{
    const struct sc_explanation *x = s->explanation;
    char cycles[SC_NUMBER_SIZE], low[SC_NUMBER_SIZE], high[SC_NUMBER_SIZE];
    put_name(out, s->layer);
    fputs(" on ", out);
    put_name(out, s->machine);
    fprintf(out, ", %s: %s cycles", sc_dataflow_name(s->dataflow), number(cycles, round(x->row.cycles), DIGITS));
    if (x->row.cycles_high > x->row.cycles_low)
        fprintf(out, ", %d %% of simulations within %s to %s", s->level,
                number(low, round(x->row.cycles_low), DIGITS), number(high, round(x->row.cycles_high), DIGITS));
    fputc('\n', out);
    if (x->remark.note[0])
        fprintf(out, "  %s\n", x->remark.note);
    for (unsigned i = 0; i < s->forecast->count; i++)
        if (s->forecast->dataflow[i] != s->dataflow)
            fprintf(out, "  %s: %s cycles%s\n", sc_dataflow_name(s->forecast->dataflow[i]),
                    number(cycles, round(s->forecast->row[i].cycles), DIGITS),
                    s->forecast->row[i].best ? ", the fastest" : "");
}

/* The busiest resource or longest phase, and the what-if that saves most, if that is worth a sentence. */
static void put_limit(FILE *out, const struct sc_explanation *x)
{
    const char *meaning = x->row.bound ? sc_bound_meaning(x->row.bound) : NULL;
    if (meaning)
        fprintf(out, "  bound: %s (%s)\n", x->row.bound, meaning);
    const struct sc_explain_row *row = x->limit >= 0 ? &x->at[x->limit] : NULL;
    double saved = row ? 1 - row->total / x->row.cycles : 0;
    char cycles[SC_NUMBER_SIZE], percent[SC_NUMBER_SIZE];
    if (!row || saved < LEAST_SAVING) {
        fputs("  limited by its own work: no resource by itself saves 1 %\n", out);
        return;
    }
    fprintf(out, "  limited by the %s: %s, at best %s cycles (-%s %%)\n", row->group,
            row->item + strlen(row->group) + 1, number(cycles, round(row->total), DIGITS),
            number(percent, 100 * saved, 3));
}

/* A what-if that changes nothing worth a line. */
static bool without_effect(const struct sc_explanation *x, const struct sc_explain_row *row)
{
    return row->section == SC_SECTION_WHAT_IF && fabs(row->total - x->row.cycles) < 5e-5 * x->row.cycles;
}

static double shown(double total)
{
    return fabs(total) >= 1e5 ? round(total) : total; /* fractions of large numbers are noise */
}

static const char *base_name(const char *text)
{
    const char *slash = strrchr(text, '/');
    return slash ? slash + 1 : text;
}

static void put_item(FILE *out, const char *text)
{
    char item[4 * ITEM_COLUMNS + 1];
    unsigned columns = sc_printable(item, text, ITEM_COLUMNS);
    fprintf(out, "    %s%*s", item, (int)(ITEM_COLUMNS - columns), "");
}

static void put_text_row(FILE *out, const struct sc_explanation *x, const struct sc_explain_row *row)
{
    char texts[3][SC_NUMBER_SIZE];
    double share = share_of(x, row);
    bool product = isfinite(row->cost);
    put_item(out, row->item);
    if (product)
        fprintf(out, " %13s %-9s x %11s =", number(texts[0], shown(row->count), SHORT_DIGITS),
                strlen(row->unit) < 10 ? row->unit : "events", number(texts[1], row->cost, SHORT_DIGITS));
    fprintf(out, " %13s%s%s", number(texts[2], shown(row->total), SHORT_DIGITS), row->total_unit[0] ? " " : "",
            row->total_unit);
    if (row->section == SC_SECTION_WHAT_IF)
        fprintf(out, " %+8.2f %%", isfinite(share) ? 100 * (share - 1) : 0.0);
    else if (isfinite(share))
        fprintf(out, " %8.2f %%", 100 * share);
    if (row->source[0])
        fprintf(out, "  %s", row->section == SC_SECTION_CALIBRATION ? base_name(row->source) : row->source);
    fputc('\n', out);
}

/* The what-ifs without effect, in one line. */
static void put_idle(FILE *out, const struct sc_explanation *x)
{
    const char *before = "    no change: ";
    for (unsigned i = 0; i < x->rows; i++)
        if (without_effect(x, &x->at[i])) {
            fprintf(out, "%s%s", before, x->at[i].item);
            before = "; ";
        }
    if (before[0] == ';')
        fputc('\n', out);
}

/* Heading of a section, and of a phase. */
static void put_headings(FILE *out, const struct sc_explain_row *row, const struct sc_explain_row *before)
{
    bool section = !before || before->section != row->section;
    if (section)
        fprintf(out, "  %s: %s\n", sc_section_name(row->section), sc_section_meaning(row->section));
    if (row->section == SC_SECTION_CYCLES && (section || strcmp(before->group, row->group) != 0))
        fprintf(out, "   %s\n", row->group);
}

static void put_sum(FILE *out, const struct sc_explanation *x, enum sc_section section)
{
    double sum = 0;
    char text[SC_NUMBER_SIZE];
    const char *unit = "";
    if (section != SC_SECTION_CYCLES && section != SC_SECTION_CALIBRATION && section != SC_SECTION_ENERGY &&
        section != SC_SECTION_AREA)
        return;
    for (unsigned i = 0; i < x->rows; i++)
        if (x->at[i].section == section) {
            sum += x->at[i].total;
            unit = x->at[i].total_unit;
        }
    put_item(out, "sum");
    if (section != SC_SECTION_AREA)
        fprintf(out, " %*s", COUNT_COLUMNS, "");
    fprintf(out, " %13s %s\n", number(text, shown(sum), SHORT_DIGITS), unit);
}

static void write_text(FILE *out, const struct sc_explain_subject *s, size_t index)
{
    const struct sc_explanation *x = s->explanation;
    if (index > 0)
        fputc('\n', out);
    put_head(out, s);
    put_limit(out, x);
    for (unsigned i = 0; i < x->rows; i++) {
        put_headings(out, &x->at[i], i > 0 ? &x->at[i - 1] : NULL);
        if (!without_effect(x, &x->at[i]))
            put_text_row(out, x, &x->at[i]);
        if (i + 1 == x->rows || x->at[i + 1].section != x->at[i].section) {
            put_sum(out, x, x->at[i].section);
            if (x->at[i].section == SC_SECTION_WHAT_IF)
                put_idle(out, x);
        }
    }
}

/* ---- CSV and JSON -------------------------------------------------------------------------------------------------
 */

static void put_quoted(FILE *out, char *(*quote)(char *out, const char *text), const char *text)
{
    char shortened[TEXT_MOST + 1], quoted[6 * TEXT_MOST + 2];
    snprintf(shortened, sizeof shortened, "%s", text);
    fwrite(quoted, 1, (size_t)(quote(quoted, shortened) - quoted), out);
}

static void write_csv(FILE *out, const struct sc_explain_subject *s)
{
    const struct sc_explanation *x = s->explanation;
    for (unsigned i = 0; i < x->rows; i++) {
        const struct sc_explain_row *row = &x->at[i];
        char texts[4][SC_NUMBER_SIZE];
        const char *cells[] = {s->layer,
                               s->model,
                               s->machine,
                               sc_dataflow_name(s->dataflow),
                               sc_section_name(row->section),
                               row->section == SC_SECTION_WHAT_IF ? "" : row->group,
                               row->item,
                               number(texts[0], row->count, DIGITS),
                               row->unit,
                               number(texts[1], row->cost, DIGITS),
                               number(texts[2], row->total, DIGITS),
                               row->total_unit,
                               number(texts[3], share_of(x, row), SHORT_DIGITS),
                               row->source};
        for (size_t c = 0; c < sizeof cells / sizeof *cells; c++) {
            if (c > 0)
                fputc(',', out);
            put_quoted(out, sc_csv_text, cells[c]);
        }
        fputc('\n', out);
    }
}

static void put_field(FILE *out, const char *key, const char *text)
{
    fprintf(out, "\"%s\": ", key);
    put_quoted(out, sc_json_text, text);
    fputs(", ", out);
}

static void put_number(FILE *out, const char *key, double value)
{
    char text[SC_NUMBER_SIZE];
    number(text, value, DIGITS);
    fprintf(out, "\"%s\": %s, ", key, text[0] ? text : "null");
}

static void put_json_row(FILE *out, const struct sc_explanation *x, const struct sc_explain_row *row)
{
    fputs("{", out);
    if (row->section == SC_SECTION_CYCLES)
        put_field(out, "phase", row->group);
    put_field(out, "item", row->item);
    if (isfinite(row->cost)) {
        put_number(out, "count", row->count);
        put_field(out, "unit", row->unit);
        put_number(out, "cost", row->cost);
    }
    put_field(out, "total_unit", row->total_unit);
    if (whole_of(x, row->section) > 0)
        put_number(out, "share", share_of(x, row));
    if (row->source[0])
        put_field(out, "source", row->source);
    char text[SC_NUMBER_SIZE];
    number(text, row->total, DIGITS);
    fprintf(out, "\"total\": %s}", text[0] ? text : "null");
}

static void write_json(FILE *out, const struct sc_explain_subject *s, size_t index)
{
    const struct sc_explanation *x = s->explanation;
    fputs(index > 0 ? ",\n    {" : "\n    {", out);
    put_field(out, "layer", s->layer);
    put_field(out, "model", s->model);
    put_field(out, "machine", s->machine);
    put_field(out, "dataflow", sc_dataflow_name(s->dataflow));
    put_field(out, "bound", x->row.bound ? x->row.bound : "");
    put_field(out, "limit", x->limit >= 0 ? x->at[x->limit].group : "");
    put_field(out, "note", x->remark.note);
    for (unsigned i = 0; i < x->rows; i++) {
        bool first = i == 0 || x->at[i - 1].section != x->at[i].section;
        if (first)
            fprintf(out, "%s\n      \"%s\": [", i > 0 ? "]," : "", sc_section_name(x->at[i].section));
        fputs(first ? "\n        " : ",\n        ", out);
        put_json_row(out, x, &x->at[i]);
    }
    fputs("]}", out);
}

void sc_explain_begin(FILE *out, enum sc_format format, const struct sc_meta *meta, size_t metas)
{
    if (format == SC_FORMAT_CSV)
        fputs("layer,model,machine,dataflow,section,group,item,count,unit,cost,total,total_unit,share,source\n", out);
    if (format != SC_FORMAT_JSON)
        return;
    fputs("{\n  \"meta\": {", out);
    for (size_t i = 0; i < metas; i++) {
        fputs(i > 0 ? ",\n    " : "\n    ", out);
        put_quoted(out, sc_json_text, meta[i].name);
        fputs(": ", out);
        put_quoted(out, sc_json_text, meta[i].value);
    }
    fputs("\n  },\n  \"explanations\": [", out);
}

void sc_explain_end(FILE *out, enum sc_format format)
{
    if (format == SC_FORMAT_JSON)
        fputs("\n  ]\n}\n", out);
}

void sc_explain_write(FILE *out, enum sc_format format, const struct sc_explain_subject *subject, size_t index)
{
    if (format == SC_FORMAT_CSV)
        write_csv(out, subject);
    else if (format == SC_FORMAT_JSON)
        write_json(out, subject, index);
    else
        write_text(out, subject, index);
}
