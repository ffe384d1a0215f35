/* attention.h - whole transformer blocks on a machine: seconds and joules over all their operators.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ATTENTION_H
#define SC_ATTENTION_H

#include <stdbool.h>

#include "../estimator/block.h"
#include "../estimator/machine.h"

struct sc_attention_cost {
    double seconds, joules;
};

/* Adds up the operators of `block`, each with the dataflow `butterfly` where the machine has it for the operator, else
 * with `dense`: products with butterfly matrices and FFTs as such, other products dense.  `simulate`: by the simulator,
 * else by the closed forms.  The machine is one of kind butterfly, fabnet or roofline.  SC_UNSUPPORTED when it cannot
 * run an operator (FABNet: dense products and attention) or simulate at all, and what the simulators report. */
int sc_attention_run(struct sc_attention_cost *cost, const struct sc_machine *machine, const struct sc_block *block,
                     bool simulate, struct sc_error *err);

/* A workload of the literature.  N and D: MLX, Table III, and FABNet; heads, layers and FFN ratio 4 are the usual ones
 * of the models and no source says that the published figures used them. */
struct sc_attention_workload {
    const char *name;
    uint64_t tokens, width, heads, layers; /* tokens: as published, the longest */
};

enum { SC_ATTENTION_WORKLOADS = 5 };

/* Vanilla transformer, ViT, BERT, FABNet-Base and FABNet-Large. */
const struct sc_attention_workload *sc_attention_workloads(void);

/* All layers of a workload with so many tokens, `fourier` of them fbfly blocks and the others abfly blocks; dense:
 * vanilla blocks. */
struct sc_block sc_attention_network(const struct sc_attention_workload *workload, uint64_t tokens, uint64_t fourier);
struct sc_block sc_attention_dense(const struct sc_attention_workload *workload, uint64_t tokens);

#endif
