/* derive_layers.h - the lists that derive_layers writes: which networks, with which densities.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DERIVE_LAYERS_H
#define DERIVE_LAYERS_H

#include <stdio.h>

#include "networks.h"

enum { PAPER_MODELS = 8, FRAMEWORK_MODELS = 15 };

/* Average, smallest and largest compressed size of an operand over the layers of a model, MiB of 4-byte words. */
struct sizes {
    double average, smallest, largest;
};

/* A model as the Flexagon paper runs it; numbers of its Table 2 with the exchanged maxima of VGG and SSD-ResNets put
 * right. */
struct paper_model {
    const char *name, *file;
    nw_walk *walk;
    size_t first, layers;             /* layers kept of the walk */
    double sparsity_a, sparsity_b;    /* average, percent of zeros */
    size_t sizes_from, sizes_to;      /* layers that the published sizes can cover: [from, to) */
    struct sizes cs_a, cs_b;
};

/* A model as its framework defines it; published totals, 0 when unknown. */
struct framework_model {
    const char *name, *file;
    nw_walk *walk;
    bool transformer;
    double published_gmac, published_mweights;
};

extern const struct paper_model paper_models[PAPER_MODELS];
extern const struct framework_model framework_models[FRAMEWORK_MODELS];

/* Fill `list` with the rows of a model, densities included. */
void derive_paper_model(struct nw_list *list, size_t model);
void derive_framework_model(struct nw_list *list, size_t model);

/* Prints the Markdown tables of data/layers/README.md: ours against the published figures.  Returns the exit status. */
int derive_summary(FILE *out);

#endif
