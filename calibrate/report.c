/* report.c - the validation report.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "printable.h"
#include "text.h"

enum { WORST = 10, NAME = 36, CELL = 400 };

/* A filter that every part which is not NULL or negative must match. */
struct part {
    const char *set, *pattern;
    int dataflow, knowledge;
};

static bool in_part(const struct sc_verdict *v, const void *context)
{
    const struct part *p = context;
    return (!p->set || strcmp(v->set, p->set) == 0) &&
           (!p->pattern || strcmp(sc_pattern_label(v->layer), p->pattern) == 0) &&
           (p->dataflow < 0 || (int)v->dataflow == p->dataflow) &&
           (p->knowledge < 0 || (int)v->knowledge == p->knowledge);
}

static const char *const KNOWN[SC_KNOWLEDGE] = {"densities", "lengths"};

static void put_head(FILE *out, const char *first)
{
    fprintf(out, "%-*s %6s %7s %7s %8s %6s %6s %6s %7s %7s %6s %6s\n", NAME, first, "n", "median", "p95", "worst",
            "cover", "width", "choice", "regret", "STR", "DRAM", "out");
    fprintf(out, "%-*s %6s %7s %7s %8s %6s %6s %6s %7s %7s %6s %6s\n", NAME, "", "", "%", "%", "%", "%", "x", "%", "%",
            "%", "%", "");
}

static void put_figures(FILE *out, const char *name, const struct sc_figures *f)
{
    fprintf(out, "%-*s %6zu %7.2f %7.2f %8.2f %6.1f %6.3f ", NAME, name, f->count, f->median, f->p95, f->worst,
            f->coverage, f->width);
    if (f->cases > 0)
        fprintf(out, "%6.1f %7.3f ", f->right, f->regret);
    else
        fprintf(out, "%6s %7s ", "-", "-");
    fprintf(out, "%7.2f %6.2f %6zu\n", f->str_reads, f->dram_bytes, f->outside);
}

/* A row, unless nothing is in it. */
static int put_part(FILE *out, const char *name, const struct sc_verdicts *v, const struct part *part,
                    struct sc_error *err)
{
    struct sc_figures f;
    int status = sc_figures_of(&f, v, in_part, part, true, err);
    if (status == SC_OK && f.count > 0)
        put_figures(out, name, &f);
    return status;
}

static int put_sets(FILE *out, const struct sc_verdicts *v, const char *const *sets, size_t count, struct sc_error *err)
{
    char name[NAME + 1];
    int status = SC_OK;
    put_head(out, "set, what the estimate knows");
    for (size_t s = 0; s < count; s++)
        for (int k = 0; k < SC_KNOWLEDGE && status == SC_OK; k++) {
            snprintf(name, sizeof name, "%.22s, %s", sets[s], KNOWN[k]);
            status = put_part(out, name, v, &(struct part){sets[s], NULL, -1, k}, err);
        }
    return status;
}

static int put_ablation(FILE *out, const struct sc_verdicts *v, const char *const *sets, size_t count,
                        struct sc_error *err)
{
    int status = SC_OK;
    fprintf(out, "\nablation: median / p95 error, right choices, %%\n%-24s %22s %22s %22s %22s\n", "set",
            "bare, densities", "calibrated, densities", "bare, lengths", "calibrated, lengths");
    for (size_t s = 0; s < count && status == SC_OK; s++) {
        fprintf(out, "%-24.24s", sets[s]);
        for (int k = 0; k < SC_KNOWLEDGE; k++)
            for (int corrected = 0; corrected < 2 && status == SC_OK; corrected++) {
                struct sc_figures f;
                status = sc_figures_of(&f, v, in_part, &(struct part){sets[s], NULL, -1, k}, corrected, err);
                if (status == SC_OK && f.count > 0)
                    fprintf(out, " %6.2f / %6.2f  %5.1f", f.median, f.p95, f.right);
                else
                    fprintf(out, " %22s", "-");
            }
        fputc('\n', out);
    }
    return status;
}

static int put_dataflows(FILE *out, const struct sc_verdicts *v, struct sc_error *err)
{
    static const char *const labels[] = {
#define X(id, name, parameters, distribution) name,
        SC_PATTERN_LIST(X)
#undef X
            "mixed",
        "file",
    };
    char name[NAME + 1];
    int status = SC_OK;
    fputc('\n', out);
    put_head(out, "dataflow, pattern, known");
    for (int d = 0; d < SC_DATAFLOWS; d++)
        for (size_t p = 0; p < sizeof labels / sizeof *labels; p++)
            for (int k = 0; k < SC_KNOWLEDGE && status == SC_OK; k++) {
                snprintf(name, sizeof name, "%s, %s, %s", sc_dataflow_name((enum sc_dataflow)d), labels[p], KNOWN[k]);
                status = put_part(out, name, v, &(struct part){NULL, labels[p], d, k}, err);
            }
    return status;
}

static double error_of(const struct sc_verdict *v)
{
    return sc_relative_error(v->estimated.cycles, v->simulated.cycles);
}

static int worse_first(const void *a, const void *b)
{
    const struct sc_verdict *x = *(const struct sc_verdict *const *)a, *y = *(const struct sc_verdict *const *)b;
    double ex = error_of(x), ey = error_of(y);
    return ex != ey ? (ex < ey) - (ex > ey) : (x > y) - (x < y);
}

static int put_worst(FILE *out, const struct sc_verdicts *v, struct sc_error *err)
{
    const struct sc_verdict **order = malloc((v->count + 1) * sizeof *order);
    const struct sc_layer *shown[WORST];
    size_t count = 0;
    if (!order)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu verdicts", v->count);
    for (size_t i = 0; i < v->count; i++)
        order[i] = &v->of[i];
    qsort(order, v->count, sizeof *order, worse_first);
    fprintf(out, "\nworst layers: error %%, cycles estimated and simulated\n");
    for (size_t i = 0; i < v->count && count < WORST; i++) {
        char name[4 * NAME + 1];
        bool again = false;
        for (size_t j = 0; j < count; j++)
            again = again || shown[j] == order[i]->layer;
        if (again)
            continue;
        shown[count++] = order[i]->layer;
        const struct sc_layer *l = order[i]->layer;
        sc_printable(name, l->name, NAME);
        fprintf(out, "%-*s %-7s %-9s %8.2f %14.0f %14.0f  M %llu N %llu K %llu, densities %.4g %.4g%s\n", NAME, name,
                sc_dataflow_name(order[i]->dataflow), KNOWN[order[i]->knowledge], 100 * error_of(order[i]),
                order[i]->estimated.cycles, order[i]->simulated.cycles, (unsigned long long)l->M,
                (unsigned long long)l->N, (unsigned long long)l->K, l->density_a, l->density_b,
                order[i]->outside ? " (outside)" : "");
    }
    free(order);
    return SC_OK;
}

int sc_verdict_report(FILE *out, const struct sc_verdicts *v, const char *const *sets, size_t count,
                      struct sc_error *err)
{
    int status = put_sets(out, v, sets, count, err);
    if (status == SC_OK)
        status = put_ablation(out, v, sets, count, err);
    if (status == SC_OK)
        status = put_dataflows(out, v, err);
    if (status == SC_OK)
        status = put_worst(out, v, err);
    return status;
}

static size_t put_cycles(char *out, double value)
{
    out[0] = ',';
    return 1 + sc_format_number(out + 1, value, 9);
}

/* A cell in quotes where CSV wants them. */
static size_t put_text(char *out, size_t size, const char *text)
{
    size_t used = 0;
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    if (quoted)
        out[used++] = '"';
    for (; *text && used + 4 < size; text++) {
        if (*text == '"')
            out[used++] = '"';
        out[used++] = *text;
    }
    if (quoted)
        out[used++] = '"';
    return used;
}

int sc_verdict_rows(const char *path, const struct sc_verdicts *v, struct sc_error *err)
{
    static const char head[] =
        "set,layer,machine,dataflow,operands,pattern,simulated_cycles,cycles,cycles_low,cycles_high,"
        "uncalibrated_cycles\n";
    struct sc_output *output;
    int status = sc_output_open(&output, path, err);
    if (status == SC_OK)
        status = sc_output_write(output, head, sizeof head - 1, err);
    for (size_t i = 0; i < v->count && status == SC_OK; i++) {
        const struct sc_verdict *w = &v->of[i];
        char line[2 * CELL + 512];
        size_t used = put_text(line, CELL, w->set);
        line[used++] = ',';
        used += put_text(line + used, CELL, w->layer->name);
        used +=
            (size_t)snprintf(line + used, sizeof line - used, ",%s,%s,%s,%s", w->machine, sc_dataflow_name(w->dataflow),
                             sc_operands_name(w->operands), sc_pattern_label(w->layer));
        const double cycles[] = {w->simulated.cycles, w->estimated.cycles, w->estimated.cycles_low,
                                 w->estimated.cycles_high, w->uncorrected};
        for (int c = 0; c < 5; c++)
            used += put_cycles(line + used, cycles[c]);
        line[used++] = '\n';
        status = sc_output_write(output, line, used, err);
    }
    if (status == SC_OK)
        return sc_output_close(output, err);
    sc_output_abandon(output);
    return status;
}
