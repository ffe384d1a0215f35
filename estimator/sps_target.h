/* sps_target.h - three published factors of periodic sparse storage, computed under one documented set of assumptions.
 *
 * The abstract of arXiv 2207.00068 gives 3.67x less weight storage, 22,044x less index memory and 4.49x the energy
 * efficiency of "other sparsity-supporting weight storage formats", without network, formats or widths.  The sets below
 * are assumption sets consistent with that abstract, not the configuration of its paper: many others are.  Nothing here
 * reads the published factors.
 *
 *     storage = (N w + index of the format) / (N w + index of the periodic table)     index = index / index
 *     energy  = E_fmt / E_pps, pJ per MAC:
 *       E_pps = e_mac + b_ps e_reg + w e(S_w)/U_w + a e(S_lb)/C_a + a e_reg
 *       E_fmt = e_mac + b_ps e_reg + (w + idx) e(S_w)/U_w + a e(S_g) + e_dec
 *       with weights from DRAM: + w e_dram/M and + (w + idx) e_dram/M, M MACs per stored weight
 * N nonzeros over all sparse layers, idx index bits per nonzero; with several formats each factor is the mean of the
 * ratios.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SPS_TARGET_H
#define SC_SPS_TARGET_H

#include "families/systolic.h"

enum { SC_SPS_FORMATS = 3, SC_SPS_LAYERS = 128, SC_SPS_SENSITIVITIES = 64 };

#define SC_SPS_LABEL "assumption set consistent with the abstract of arXiv 2207.00068"

/* One choice of everything the abstract leaves open. */
struct sc_sps_set {
    const char *name;    /* "A", "B", "C" */
    const char *network; /* list in data/layers: its convolutions of the kernel's size but the first are sparse */
    struct sc_periodic_spec pattern;
    unsigned formats;
    enum sc_weight_format format[SC_SPS_FORMATS]; /* compared with, factors averaged */
    struct sc_format_widths widths; /* of both sides; table_rows and phase_bits are the periodic table's */
    bool bitmap_entries;            /* of the periodic table */
    bool table_per_network;         /* one table for all layers, else one each */
    bool weight_dram;               /* energy includes weights from DRAM */
    struct sc_systolic array;       /* energies, U_w, S_w, S_lb, S_g, C_a, a, b_ps: of machine sps */
};

/* What follows from a set. */
struct sc_sps_factors {
    double storage, index, energy; /* the three factors */
    double layers, nonzeros, macs; /* of the sparse layers */
    double table_bits;             /* periodic index of the network */
    double index_bits[SC_SPS_FORMATS], storage_each[SC_SPS_FORMATS], index_each[SC_SPS_FORMATS],
        energy_each[SC_SPS_FORMATS];
    double pj_periodic, pj_format[SC_SPS_FORMATS]; /* per MAC */
    /* The energy factor once more, from all events of the closed forms of `periodic` and `decode` on these layers:
     * utilisation, partial sums, buffer fills and index tables included; on chip alone, and with all DRAM traffic,
     * feature maps too. */
    double energy_events_chip, energy_events_all;
};

/* Preset `name`, "A" (the default), "B" or "C"; SC_BAD_USAGE otherwise.  Energies come from the shipped machine `sps`.
 */
int sc_sps_preset(struct sc_sps_set *set, const char *name, struct sc_error *err);

/* Computes the factors; reads the network's list. */
int sc_sps_compute(struct sc_sps_factors *factors, const struct sc_sps_set *set, struct sc_error *err);

/* One assumption changed. */
struct sc_sps_change {
    char assumption[40], base[40], changed[40];
    struct sc_sps_factors factors;
};

/* How far the factors move when one assumption of `set` at a time changes: fills change[0..*count), at most
 * SC_SPS_SENSITIVITIES. */
int sc_sps_sensitivity(struct sc_sps_change change[SC_SPS_SENSITIVITIES], unsigned *count, const struct sc_sps_set *set,
                       struct sc_error *err);

#endif
