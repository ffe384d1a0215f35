/* derive_summary.c - the tables of data/layers/README.md: the derived lists against the published figures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "derive_layers.h"

#include <inttypes.h>
#include <stdlib.h>

static double macs(const struct nw_list *list)
{
    double sum = 0;
    for (size_t i = 0; i < list->n; i++)
        sum += (double)list->rows[i].M * (double)list->rows[i].N * (double)list->rows[i].K *
               (double)list->rows[i].count;
    return sum;
}

static double weights(const struct nw_list *list)
{
    double sum = 0;
    for (size_t i = 0; i < list->n; i++)
        if (list->rows[i].role != NW_ATTENTION)
            sum += (double)list->rows[i].M * (double)list->rows[i].K * (double)list->rows[i].count;
    return sum;
}

static uint64_t gemms(const struct nw_list *list)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < list->n; i++)
        sum += list->rows[i].count;
    return sum;
}

/* Sizes of A or B over the rows [from, to). */
static struct sizes sizes(const struct nw_list *list, bool b, size_t from, size_t to)
{
    struct sizes s = {0};
    for (size_t i = from; i < to && i < list->n; i++) {
        const struct nw_layer *row = &list->rows[i];
        double other = b ? (double)row->N * row->density_b : (double)row->M * row->density_a;
        double mib = (double)row->K * other * 4 / (1024 * 1024);
        s.average += mib / (double)(to - from);
        if (i == from || mib < s.smallest)
            s.smallest = mib;
        if (mib > s.largest)
            s.largest = mib;
    }
    return s;
}

static void print_pair(FILE *out, double ours, double published)
{
    fprintf(out, " %.4g (%g) |", ours, published);
}

static void print_sizes(FILE *out, struct sizes ours, struct sizes published)
{
    print_pair(out, ours.average, published.average);
    print_pair(out, ours.smallest, published.smallest);
    print_pair(out, ours.largest, published.largest);
}

static void print_or_dash(FILE *out, double value)
{
    if (value > 0)
        fprintf(out, " %g |", value);
    else
        fputs(" - |", out);
}

static void paper_table(FILE *out, struct nw_list *list)
{
    fputs("| model | layers | sizes over | csA avg | csA min | csA max | csB avg | csB min | csB max | GMAC |\n"
          "|---|---|---|---|---|---|---|---|---|---|\n", out);
    for (size_t m = 0; m < PAPER_MODELS; m++) {
        const struct paper_model *p = &paper_models[m];
        derive_paper_model(list, m);
        fprintf(out, "| %s | %zu (%zu) | %zu-%zu |", p->name, list->n, p->layers, p->sizes_from, p->sizes_to - 1);
        print_sizes(out, sizes(list, false, p->sizes_from, p->sizes_to), p->cs_a);
        print_sizes(out, sizes(list, true, p->sizes_from, p->sizes_to), p->cs_b);
        fprintf(out, " %.3f |\n", macs(list) / 1e9);
    }
}

static void framework_table(FILE *out, struct nw_list *list)
{
    fputs("| file | rows | GEMMs | GMAC | published | weights, millions | published parameters |\n"
          "|---|---|---|---|---|---|---|\n", out);
    for (size_t m = 0; m < FRAMEWORK_MODELS; m++) {
        const struct framework_model *f = &framework_models[m];
        derive_framework_model(list, m);
        fprintf(out, "| %s.csv | %zu | %" PRIu64 " | %.4g |", f->file, list->n, gemms(list), macs(list) / 1e9);
        print_or_dash(out, f->published_gmac);
        fprintf(out, " %.4g |", weights(list) / 1e6);
        print_or_dash(out, f->published_mweights);
        fputc('\n', out);
    }
}

int derive_summary(FILE *out)
{
    struct nw_list *list = calloc(1, sizeof *list);
    if (!list)
        return 1;
    paper_table(out, list);
    fputc('\n', out);
    framework_table(out, list);
    free(list);
    return ferror(out) ? 1 : 0;
}
