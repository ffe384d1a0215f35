/* derive_layers.c - writes the layer lists of data/layers from the definitions of the networks.
 *
 *   derive_layers OUTDIR      writes every list into OUTDIR
 *   derive_layers --summary   prints the tables of data/layers/README.md
 *
 * Shapes come from the walkers (networks_*.c); this file adds densities.
 *
 * Lists of the Flexagon paper (Munoz-Martinez et al., ASPLOS 2023, arXiv 2301.10852).  Table 6 prints compressed sizes
 * in KiB of 4-byte words, so nonzeros = size x 256, rounded.  Exceptions, both derived from Fig. 14: V0 (which prints
 * the sizes of another layer) has 261 nonzero weights, because the outer product has 12,863,005 products, 261 x 49284
 * less 0.001 %, and a dense image; V7 has 122,708 nonzero activations, because the inner product reads them 512 times.
 * The list "printed" keeps Table 6 as it stands: there V0 is 128 x 12100 x 576, which is layer 1 of VGG.  Other layers
 * have the average sparsities of their model in Table 2, except that B is dense where the definition leaves no zeros in
 * it (the image; averages over a map).
 *
 * Framework lists carry assumed densities: 0.3 for the weights of CNNs, 0.5 for activations after ReLU (round numbers
 * near the averages of Table 2: 0.1 to 0.3 and 0.2 to 0.7), 2:4 for the weights of transformer layers (the structured
 * sparsity that today's GPUs run), everything else dense.
 *
 * Lists with convolutions have columns for their geometry.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "derive_layers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALEXNET, SQUEEZENET, VGG, RESNET50, SSD_RESNET, SSD_MOBILENET, DISTILBERT, MOBILEBERT };

const struct paper_model paper_models[PAPER_MODELS] = {
    [ALEXNET] = {"AlexNet", "alexnet", nw_alexnet, 0, 7, 70, 48, 0, 5,
                 {0.56, 0.02, 1.01}, {13.6, 0.18, 63.41}},
    [SQUEEZENET] = {"SqueezeNet", "squeezenet", nw_squeezenet, 0, 26, 70, 31, 0, 26,
                    {0.05, 0.001, 0.58}, {1.54, 0.02, 26.6}},
    [VGG] = {"VGG-16", "vgg16", nw_vgg, 0, 8, 90, 80, 1, 8,
             {0.55, 0.02, 0.90}, {2.90, 0.15, 10.42}},
    [RESNET50] = {"ResNet-50", "resnet50", nw_resnet50, 0, 54, 89, 52, 0, 54,
                  {0.19, 0.001, 1.0}, {1.30, 0.007, 26.64}},
    [SSD_RESNET] = {"SSD-ResNet34", "ssd-resnet34", nw_ssd_resnet34, 1, 37, 89, 49, 0, 37,
                    {0.12, 0.003, 0.50}, {3.60, 0.003, 10.1}},
    [SSD_MOBILENET] = {"SSD-MobileNetV1", "ssd-mobilenetv1", nw_ssd_mobilenet, 0, 29, 74, 35, 0, 29,
                       {0.16, 0.002, 1.0}, {0.31, 0.0004, 1.65}},
    [DISTILBERT] = {"DistilBERT", "distilbert", nw_distilbert, 0, 36, 50, 0.04, 0, 36,
                    {2.25, 1.12, 4.5}, {0.35, 0.23, 0.94}},
    [MOBILEBERT] = {"MobileBERT", "mobilebert", nw_mobilebert, 0, 316, 50, 11, 1, 316,
                    {0.10, 0.03, 0.125}, {0.07, 0.003, 0.01}},
};

/* Multiply-accumulates and parameters as published: torchvision's model pages; the ONNX model zoo's AlexNet; half the
 * operations per image of the MLPerf inference paper (Reddi et al. 2020: 433 and 2.47 G); Touvron et al.; for 32 x 32
 * the result figures of Kundu et al., IEEE TC 2020, arXiv 2001.10710 (read off, within 0.003).  0 where no published
 * figure counts the same layers. */
const struct framework_model framework_models[FRAMEWORK_MODELS] = {
    {"AlexNet", "alexnet", nw_alexnet, false, 0.714, 61.1},
    {"AlexNet-grouped", "alexnet-grouped", nw_alexnet_grouped, false, 0.655, 0},
    {"SqueezeNet-1.1", "squeezenet1_1", nw_squeezenet, false, 0.349, 1.235},
    {"VGG-16", "vgg16", nw_vgg, false, 15.47, 138.4},
    {"ResNet-50", "resnet50", nw_resnet50, false, 4.089, 25.6},
    {"ResNet-18", "resnet18", nw_resnet18, false, 1.814, 11.69},
    {"VGG-16-32x32", "vgg16-32x32", nw_vgg_32x32, false, 0.314, 0},
    {"ResNet-18-32x32", "resnet18-32x32", nw_resnet18_32x32, false, 0.559, 0},
    {"SSD-ResNet34", "ssd-resnet34", nw_ssd_resnet34, false, 216.5, 0},
    {"SSD-MobileNetV1", "ssd-mobilenetv1", nw_ssd_mobilenet, false, 1.235, 0},
    {"BERT-base", "bert-base", nw_bert_base, true, 0, 0},
    {"DistilBERT", "distilbert", nw_distilbert, true, 0, 0},
    {"ViT-B/16", "vit-b16", nw_vit_b16, true, 17.56, 86.6},
    {"Llama-2-7B-prefill", "llama2-7b-prefill", nw_llama2_7b_prefill, true, 0, 6738},
    {"Llama-2-7B-decode", "llama2-7b-decode", nw_llama2_7b_decode, true, 0, 6738},
};

/* A row of Table 6: which layer it is, and its printed sizes in KiB; a count of nonzeros replaces a size (0: dense). */
struct representative {
    const char *name;
    int model;
    size_t index;
    double cs_a, cs_b;
    const char *group, *source;
};

static const struct representative corrected[] = {
    {"SQ5", SQUEEZENET, 5, 1.2, 162, "IP", "table6"},
    {"SQ11", SQUEEZENET, 11, 4.8, 82, "IP", "table6"},
    {"R4", RESNET50, 4, 7.6, 709, "IP", "table6"},
    {"R6", RESNET50, 6, 16, 3086, "OP", "table6"},
    {"S-R3", SSD_RESNET, 3, 16, 6422, "OP", "table6"},
    {"V0", VGG, 0, 261 / 256.0, 49284 * 27 / 256.0, "OP", "table6-corrected"},
    {"MB215", MOBILEBERT, 215, 128, 16, "Gust", "table6"},
    {"V7", VGG, 7, 921, 122708 / 256.0, "Gust", "table6-corrected"},
    {"A2", ALEXNET, 2, 777, 373, "Gust", "table6"},
};
enum { REPRESENTATIVES = sizeof corrected / sizeof *corrected };

static const struct representative printed[] = {
    {"V0", VGG, 1, 29, 21357, "OP", "table6-printed"},
    {"V7", VGG, 7, 921, 177, "Gust", "table6-printed"},
};

/* VGG's layer 1 from the printed row V0, with half of its csB: 21357 KiB is twice the 10.42 MiB of Table 2, and only
 * the half agrees with the row's own sparsity of 61 %. */
static const struct representative vgg_layer_1 = {"V1", VGG, 1, 29, 21357 / 2.0, "OP", "table6-printed"};

static double density_of(double cs_kib, uint64_t rows, uint64_t cols)
{
    double nonzeros = (double)(uint64_t)(cs_kib * 256 + 0.5);
    return nonzeros / ((double)rows * (double)cols);
}

static void set_representative(struct nw_layer *row, const struct representative *r)
{
    row->density_a = density_of(r->cs_a, row->M, row->K);
    row->density_b = density_of(r->cs_b, row->K, row->N);
    row->source = r->source;
}

/* Puts a representative layer in place; layers with the same input tensor get the same density of B. */
static void apply_representative(struct nw_list *list, const struct representative *r)
{
    if (r->index >= list->n)
        return;
    struct nw_layer *known = &list->rows[r->index];
    set_representative(known, r);
    for (size_t i = 0; i < list->n; i++) {
        struct nw_layer *row = &list->rows[i];
        if (row != known && row->tensor == known->tensor && !row->dense_b) {
            row->density_b = known->density_b;
            row->source = "table6-same-input";
        }
    }
}

void derive_paper_model(struct nw_list *list, size_t model)
{
    const struct paper_model *m = &paper_models[model];
    *list = (struct nw_list){0};
    m->walk(list, NW_PAPER);
    nw_slice(list, m->first, m->layers);
    for (size_t i = 0; i < list->n; i++) {
        struct nw_layer *row = &list->rows[i];
        row->density_a = 1 - m->sparsity_a / 100;
        row->density_b = row->dense_b ? 1 : 1 - m->sparsity_b / 100;
        row->source = row->dense_b ? "definition" : "table2-average";
    }
    if (model == VGG)
        apply_representative(list, &vgg_layer_1);
    for (size_t i = 0; i < REPRESENTATIVES; i++)
        if ((size_t)corrected[i].model == model)
            apply_representative(list, &corrected[i]);
}

void derive_framework_model(struct nw_list *list, size_t model)
{
    const struct framework_model *m = &framework_models[model];
    *list = (struct nw_list){0};
    m->walk(list, NW_FRAMEWORK);
    for (size_t i = 0; i < list->n; i++) {
        struct nw_layer *row = &list->rows[i];
        row->source = "assumed";
        if (!m->transformer) {
            row->density_a = 0.3;
            row->density_b = row->dense_b ? 1 : 0.5;
        } else if (row->role == NW_BLOCK) {
            row->density_a = 0.5;
            row->pattern_a = "nm:2:4";
        }
    }
}

/* The nine layers; the printed form replaces the rows that Table 6 prints differently. */
static bool derive_table6(struct nw_list *list, struct nw_list *scratch, bool as_printed)
{
    *list = (struct nw_list){0};
    for (size_t i = 0; i < REPRESENTATIVES; i++) {
        const struct representative *r = &corrected[i];
        for (size_t p = 0; as_printed && p < sizeof printed / sizeof *printed; p++)
            if (strcmp(r->name, printed[p].name) == 0)
                r = &printed[p];
        derive_paper_model(scratch, (size_t)r->model);
        if (r->index >= scratch->n)
            return false;
        struct nw_layer *row = &list->rows[list->n++];
        *row = scratch->rows[r->index];
        set_representative(row, r);
        row->group = r->group;
        snprintf(row->name, sizeof row->name, "%s", r->name);
    }
    return true;
}

/* Columns of the geometry of convolutions; blank in other rows. */
static const char geometry_columns[] =
    ",in_channels,in_height,in_width,filter_height,filter_width,stride,padding,out_height,out_width,groups";

static void write_geometry(FILE *out, const struct nw_layer *row)
{
    const struct nw_geometry *g = &row->geometry;
    const uint64_t cells[] = {g->channels, g->in,  g->in,  g->kernel, g->kernel,
                              g->stride,   g->pad, g->out, g->out,    g->groups};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        if (row->convolution)
            fprintf(out, ",%" PRIu64, cells[i]);
        else
            fputc(',', out);
}

static bool has_convolutions(const struct nw_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->rows[i].convolution)
            return true;
    return false;
}

static void write_rows(FILE *out, const struct nw_list *list, const char *model, bool with_geometry)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct nw_layer *row = &list->rows[i];
        fprintf(out, "%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.12g,%.12g,", row->name, model, row->M, row->N, row->K,
                row->density_a, row->density_b);
        fprintf(out, "%s,uniform,%s,%" PRIu64 ",%s", row->pattern_a, row->convolution ? "conv" : "gemm", row->count,
                row->source);
        if (with_geometry)
            write_geometry(out, row);
        if (row->group)
            fprintf(out, ",%s", row->group);
        fputc('\n', out);
    }
}

static FILE *create(const char *directory, const char *prefix, const char *name, bool with_geometry, bool grouped,
                    char *path, size_t size)
{
    int length = snprintf(path, size, "%s/%s%s.csv", directory, prefix, name);
    FILE *out = length > 0 && (size_t)length < size ? fopen(path, "wb") : NULL;
    if (out)
        fprintf(out, "layer,model,M,N,K,density_a,density_b,pattern_a,pattern_b,kind,count,sparsity_source%s%s\n",
                with_geometry ? geometry_columns : "", grouped ? ",group" : "");
    return out;
}

/* Closes `out` and tells whether all of it was written. */
static bool finish(FILE *out)
{
    bool good = !ferror(out);
    return fclose(out) == 0 && good;
}

/* Writes one list to one file; `path` says which in case of failure. */
static bool write_list(const char *directory, const char *prefix, const char *name, const struct nw_list *list,
                       const char *model, char *path, size_t size)
{
    bool grouped = list->n > 0 && list->rows[0].group;
    bool with_geometry = has_convolutions(list);
    FILE *out = create(directory, prefix, name, with_geometry, grouped, path, size);
    if (!out)
        return false;
    write_rows(out, list, model, with_geometry);
    return finish(out);
}

static bool write_paper(const char *directory, struct nw_list *list, struct nw_list *scratch, char *path, size_t size)
{
    bool good = derive_table6(list, scratch, false) &&
                write_list(directory, "flexagon-", "table6", list, "Flexagon-Table-6", path, size) &&
                derive_table6(list, scratch, true) &&
                write_list(directory, "flexagon-", "table6-printed", list, "Flexagon-Table-6-printed", path, size);
    for (size_t m = 0; good && m < PAPER_MODELS; m++) {
        derive_paper_model(list, m);
        good = write_list(directory, "flexagon-", paper_models[m].file, list, paper_models[m].name, path, size);
    }
    FILE *all = good ? create(directory, "flexagon-", "models", true, false, path, size) : NULL;
    if (!all)
        return false;
    for (size_t m = 0; m < PAPER_MODELS; m++) {
        derive_paper_model(list, m);
        write_rows(all, list, paper_models[m].name, true);
    }
    return finish(all);
}

static int write_all(const char *directory)
{
    char path[4096] = "";
    struct nw_list *lists = calloc(2, sizeof *lists);
    bool good = lists && write_paper(directory, &lists[0], &lists[1], path, sizeof path);
    for (size_t m = 0; good && m < FRAMEWORK_MODELS; m++) {
        derive_framework_model(&lists[0], m);
        good = write_list(directory, "", framework_models[m].file, &lists[0], framework_models[m].name, path,
                          sizeof path);
    }
    free(lists);
    if (!good)
        fprintf(stderr, "derive_layers: cannot write %s: %s; expected a writable directory\n",
                path[0] ? path : directory, strerror(errno));
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--summary") == 0)
        return derive_summary(stdout);
    if (argc != 2 || argv[1][0] == '-') {
        fputs("usage: derive_layers OUTDIR | --summary\n", stderr);
        return 2;
    }
    return write_all(argv[1]);
}
