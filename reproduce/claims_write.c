/* claims_write.c - published values beside ours as a table for people, CSV or JSON.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "claims.h"
#include "memory_stream.h"
#include "output.h"
#include "printable.h"
#include "text.h"

enum { DIGITS = 6, CELL_MOST = 1024 };

/* "" for what is absent. */
static const char *number(char out[SC_NUMBER_SIZE], double value, int digits)
{
    out[0] = '\0';
    if (!isnan(value))
        sc_format_number(out, value, digits);
    return out;
}

static double ratio(const struct sc_claim *c, double ours)
{
    return c->summary || c->named || c->published == 0 ? NAN : ours / c->published;
}

/* The value of a claim as its cells show it. */
static const char *value(char out[SC_NUMBER_SIZE], const struct sc_claim *c, double ours, const char *name, int digits)
{
    return c->named ? name : number(out, ours, digits);
}

static void put_quoted(FILE *out, char *(*quote)(char *out, const char *text), const char *text)
{
    char quoted[6 * CELL_MOST + 2];
    char shortened[CELL_MOST + 1];
    snprintf(shortened, sizeof shortened, "%s", text);
    fwrite(quoted, 1, (size_t)(quote(quoted, shortened) - quoted), out);
}

static void csv_row(FILE *out, const char *paper, const struct sc_claim *c)
{
    char text[6][SC_NUMBER_SIZE];
    const char *cells[] = {
        paper,
        c->figure,
        c->item,
        c->quantity,
        c->unit,
        value(text[0], c, c->published, c->published_name, DIGITS),
        c->confidence,
        value(text[1], c, c->simulated, c->simulated_name, DIGITS),
        number(text[2], ratio(c, c->simulated), DIGITS),
        value(text[3], c, c->estimated, c->estimated_name, DIGITS),
        number(text[4], ratio(c, c->estimated), DIGITS),
        number(text[5], c->limit < 0 || c->summary || c->named || c->absolute ? NAN : 100 * c->limit, DIGITS),
        sc_claim_verdict(c)};
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        if (i > 0)
            fputc(',', out);
        put_quoted(out, sc_csv_text, cells[i]);
    }
    fputc('\n', out);
}

static void write_csv(FILE *out, const struct sc_claims *const *papers, size_t count)
{
    fputs("paper,figure,item,quantity,unit,published,confidence,simulated,simulated_ratio,estimated,estimated_ratio,"
          "limit_pct,verdict\n", out);
    for (size_t p = 0; p < count; p++)
        for (size_t i = 0; i < papers[p]->count; i++)
            csv_row(out, papers[p]->paper, &papers[p]->claim[i]);
}

static void put_string(FILE *out, const char *key, const char *text, const char *after)
{
    fprintf(out, "\"%s\": ", key);
    put_quoted(out, sc_json_text, text);
    fputs(after, out);
}

static void put_number(FILE *out, const char *key, double value)
{
    char text[SC_NUMBER_SIZE];
    fprintf(out, "\"%s\": %s, ", key, isnan(value) ? "null" : number(text, value, DIGITS));
}

static void json_row(FILE *out, const char *paper, const struct sc_claim *c, bool last)
{
    fputs("    {", out);
    put_string(out, "paper", paper, ", ");
    put_string(out, "figure", c->figure, ", ");
    put_string(out, "item", c->item, ", ");
    put_string(out, "quantity", c->quantity, ", ");
    put_string(out, "unit", c->unit, ", ");
    put_string(out, "confidence", c->confidence, ", ");
    if (c->named) {
        put_string(out, "published", c->published_name, ", ");
        put_string(out, "simulated", c->simulated_name, ", ");
        put_string(out, "estimated", c->estimated_name, ", ");
    } else {
        put_number(out, "published", c->published);
        put_number(out, "simulated", c->simulated);
        put_number(out, "estimated", c->estimated);
    }
    put_number(out, "simulated_ratio", ratio(c, c->simulated));
    put_number(out, "estimated_ratio", ratio(c, c->estimated));
    put_string(out, "verdict", sc_claim_verdict(c), last ? "}\n" : "},\n");
}

static void write_json(FILE *out, const struct sc_claims *const *papers, size_t count, const struct sc_meta *meta,
                       size_t metas)
{
    fputs("{\n  \"meta\": {", out);
    for (size_t i = 0; i < metas; i++)
        put_string(out, meta[i].name, meta[i].value, i + 1 < metas ? ", " : "");
    fputs("},\n  \"results\": [\n", out);
    for (size_t p = 0; p < count; p++)
        for (size_t i = 0; i < papers[p]->count; i++)
            json_row(out, papers[p]->paper, &papers[p]->claim[i], p + 1 == count && i + 1 == papers[p]->count);
    fputs("  ]\n}\n", out);
}

static void table_row(FILE *out, const struct sc_claim *c)
{
    char text[5][SC_NUMBER_SIZE];
    fprintf(out, "  %-18.40s %-44.64s %9s %9s %6s %9s %6s  %s\n", c->item, c->quantity,
            value(text[0], c, c->published, c->published_name, 4),
            value(text[1], c, c->simulated, c->simulated_name, 4), number(text[2], ratio(c, c->simulated), 3),
            value(text[3], c, c->estimated, c->estimated_name, 4), number(text[4], ratio(c, c->estimated), 3),
            sc_claim_verdict(c));
}

static void write_table(FILE *out, const struct sc_claims *const *papers, size_t count)
{
    for (size_t p = 0; p < count; p++) {
        size_t judged, met;
        for (size_t i = 0; i < papers[p]->count; i++) {
            const struct sc_claim *c = &papers[p]->claim[i];
            if (i == 0 || strcmp(c->figure, c[-1].figure) != 0)
                fprintf(out, "%s%s, %s\n  %-18s %-44s %9s %9s %6s %9s %6s  %s\n", p + i > 0 ? "\n" : "",
                        papers[p]->paper, c->figure, "item", "quantity", "published", "simulated", "ratio", "estimated",
                        "ratio", "verdict");
            table_row(out, c);
        }
        sc_claims_tally(papers[p], &judged, &met);
        fprintf(out, "\n%s: %zu of %zu verdicts met\n", papers[p]->paper, met, judged);
    }
}

int sc_claims_write(const struct sc_claims *const *papers, size_t count, const char *path, enum sc_format format,
                    const struct sc_meta *meta, size_t metas, struct sc_error *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = sc_memory_stream(&text, &size);
    if (!out)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the comparison");
    if (format == SC_FORMAT_CSV)
        write_csv(out, papers, count);
    else if (format == SC_FORMAT_JSON)
        write_json(out, papers, count, meta, metas);
    else
        write_table(out, papers, count);
    int status = format == SC_FORMAT_TABLE ? sc_claims_summary(out, papers, count, err) : SC_OK;
    if (fclose(out) != 0 && status == SC_OK)
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the comparison");
    if (status == SC_OK)
        status = sc_output_text(path, text, size, err);
    free(text);
    return status;
}
