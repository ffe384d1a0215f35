/* coefficients_write.c - a calibration as a YAML file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "coefficients.h"
#include "memory_stream.h"
#include "output.h"
#include "text.h"

enum { DIGITS = 7, PER_LINE = 10 };

static void put_number(FILE *out, double value)
{
    char text[SC_NUMBER_SIZE];
    sc_format_number(text, value, DIGITS);
    fputs(text, out);
}

static void put_list(FILE *out, const char *key, const double *value, unsigned count)
{
    fprintf(out, "%s: [", key);
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            fputs(i % PER_LINE ? ", " : ",\n      ", out);
        put_number(out, value[i]);
    }
    fputs("]\n", out);
}

static void put_range(FILE *out, const char *key, const struct sc_range *range)
{
    put_list(out, key, (const double[]){range->low, range->high}, 2);
}

static void put_domain(FILE *out, const struct sc_calibration *c)
{
    static const char *const kinds[SC_PATTERN_KINDS] = {
#define X(id, name, parameters, distribution) name,
        SC_PATTERN_LIST(X)
#undef X
    };
    bool any = false;
    fputs("domain:\n", out);
    for (int q = 0; q < SC_DOMAIN_QUANTITIES; q++) {
        fputs("  ", out);
        put_range(out, sc_domain_name((enum sc_domain_quantity)q), &c->domain[q]);
    }
    fputs("  patterns: [", out);
    for (int k = 0; k < SC_PATTERN_KINDS; k++) {
        if (c->pattern[k])
            fprintf(out, "%s%s", any ? ", " : "", kinds[k]);
        any = any || c->pattern[k];
    }
    fputs("]\nmachine_widening: ", out);
    put_number(out, c->machine_widening);
    fputs("\nmachine_domain:\n", out);
    for (unsigned i = 0; i < c->varied_count; i++) {
        fprintf(out, "  - {key: %s, low: ", c->varied[i].key);
        put_number(out, c->varied[i].range.low);
        fputs(", high: ", out);
        put_number(out, c->varied[i].range.high);
        fputs("}\n", out);
    }
}

static void put_fit(FILE *out, enum sc_dataflow dataflow, const struct sc_dataflow_fit *fit)
{
    double triangle[SC_TERMS * (SC_TERMS + 1) / 2];
    unsigned count = 0;
    fprintf(out, "  %s:\n", sc_dataflow_name(dataflow));
    for (int t = 0; t < SC_TERMS; t++) {
        fprintf(out, "    %s: ", sc_term_facts((enum sc_term)t)->name);
        put_number(out, fit->term[t]);
        fputc('\n', out);
        for (int u = 0; u <= t; u++)
            triangle[count++] = fit->covariance[t][u];
    }
    put_list(out, "    covariance", triangle, count);
    put_list(out, "    spread", fit->spread.coefficient, SC_SPREAD_TERMS);
    put_range(out, "    spread_range", &(struct sc_range){fit->spread.least, fit->spread.most});
    for (int s = 0; s < SC_OPERANDS; s++) {
        if (fit->scores[s].count == 0)
            continue;
        fprintf(out, "    %s_scores: %u\n", sc_operands_name((enum sc_operands)s), fit->scores[s].count);
        fprintf(out, "    %s", sc_operands_name((enum sc_operands)s));
        put_list(out, "_low", fit->scores[s].low, SC_LEVELS);
        fprintf(out, "    %s", sc_operands_name((enum sc_operands)s));
        put_list(out, "_high", fit->scores[s].high, SC_LEVELS);
    }
}

static void put_all(FILE *out, const struct sc_calibration *c)
{
    fputs("# Written by `sparsecast calibrate`, which fitted it to simulations; data/calibration/README.md tells what "
          "the keys mean.\n"
          "calibration: 1\n",
          out);
    fprintf(out,
            "machine: %s\nmachine_digest: %s\nseed: %" PRIu64 "\ntraining_layers: %" PRIu64
            "\ntraining_digest: %s\nfit_share: ",
            c->machine, c->digest, c->seed, c->layers, c->training);
    put_number(out, c->fit_share);
    fputc('\n', out);
    put_domain(out, c);
    fputs("dataflows:\n", out);
    for (int d = 0; d < SC_DATAFLOWS; d++)
        if (c->of[d].fitted)
            put_fit(out, (enum sc_dataflow)d, &c->of[d]);
}

int sc_calibration_write(const struct sc_calibration *c, const char *path, struct sc_error *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = sc_memory_stream(&text, &size);
    int status = SC_OK;
    if (out)
        put_all(out, c);
    if (!out || fclose(out) != 0)
        status = sc_fail(err, SC_NO_MEMORY, path, 0, "out of memory for a calibration");
    if (status == SC_OK)
        status = sc_output_text(path, text, size, err);
    free(text);
    return status;
}
