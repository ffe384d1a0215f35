/* terms.h - the terms of each family's closed forms, for explanations (explain.h), and what takes their limits away.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FAMILIES_TERMS_H
#define SC_FAMILIES_TERMS_H

#include "../explain.h"

void sc_flexagon_explain(const struct sc_explained *e, struct sc_explanation *x);
void sc_tensor_core_explain(const struct sc_explained *e, struct sc_explanation *x);
void sc_systolic_explain(const struct sc_explained *e, struct sc_explanation *x);
void sc_butterfly_explain(const struct sc_explained *e, struct sc_explanation *x);
void sc_fabnet_explain(const struct sc_explained *e, struct sc_explanation *x);
void sc_roofline_explain(const struct sc_explained *e, struct sc_explanation *x);

/* Ended by a row without name. */
extern const struct sc_remedy sc_flexagon_remedies[], sc_tensor_core_remedies[], sc_systolic_remedies[],
    sc_butterfly_remedies[], sc_fabnet_remedies[], sc_roofline_remedies[];

/* Remedies that several families have; the values are as good as none, and within what keys can hold. */
#define SC_REMEDY_DRAM {"DRAM bandwidth", "without limit", {{"dram.bandwidth_gbps", "x1000"}}}

#endif
