/* explain.h - every term of an estimate with its numbers: what a layer's cycles and energy are made of, what limits it
 * and by how much.
 *
 * An explanation is a list of rows, in sections.  A row says count x cost = total where the closed form multiplies, or
 * a total alone.  The rows of the section `cycles` add up to the cycles of the closed form, those of `calibration` to
 * the corrected ones, those of `energy` to the joules, those of `area` to the square millimetres.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_EXPLAIN_H
#define SC_EXPLAIN_H

#include "account.h"
#include "coefficients.h"
#include "family.h"
#include "models/model.h"
#include "result.h"

/* X(identifier, name, what its rows are). */
#define SC_SECTION_LIST(X)                                                                                      \
    X(SC_SECTION_RESULT, "result", "what the closed form says, and what calibration makes of it")                \
    X(SC_SECTION_PROFILE, "profile", "what the closed form knows of the layer")                                 \
    X(SC_SECTION_COUNTS, "counts", "what the machine does")                                                     \
    X(SC_SECTION_CYCLES, "cycles", "terms of the closed form; they add up to its cycles")                       \
    X(SC_SECTION_CALIBRATION, "calibration", "cycles of the closed form times fitted coefficients")             \
    X(SC_SECTION_BOUNDS, "bounds", "cycles that one resource would need if nothing else took time")             \
    X(SC_SECTION_WHAT_IF, "what-if", "cycles if one resource were without limit, or twice as large")            \
    X(SC_SECTION_ENERGY, "energy", "events times energy per event")                                             \
    X(SC_SECTION_AREA, "area", "parts of the machine")

enum sc_section {
#define X(id, name, meaning) id,
    SC_SECTION_LIST(X)
#undef X
    SC_SECTIONS
};
const char *sc_section_name(enum sc_section section);
const char *sc_section_meaning(enum sc_section section);

/* One row; texts are borrowed from code, machine or explainer. */
struct sc_explain_row {
    enum sc_section section;
    const char *group; /* cycles: the phase; else "" */
    const char *item;
    const char *unit, *total_unit; /* of count; of total and, per unit, of cost */
    double count, cost;            /* NAN: the total alone is known */
    double total;
    const char *source;            /* what the cost comes from, how a what-if is set; or "" */
};

enum { SC_EXPLAIN_ROWS = 192 };

/* The explanation of one dataflow on one layer.  Must not be copied: result rows point into it. */
struct sc_explanation {
    struct sc_result bare, row; /* of the closed form, and corrected; dataflow, bound and source are the only texts */
    struct sc_remark remark;
    unsigned rows;
    bool full;                  /* rows are missing: there were more than SC_EXPLAIN_ROWS */
    struct sc_explain_row at[SC_EXPLAIN_ROWS];
    int limit;                  /* row of the what-if that saves most cycles, -1: none saves any */
};

/* A change that takes a limit away: keys of the machine file and their new values; "x4" is four times the present one,
 * at most what the key can hold. */
enum { SC_REMEDY_KEYS = 2 };
struct sc_remedy {
    const char *what; /* as in "limited by ...": the resource; NULL ends a list */
    const char *how;  /* "without limit", "twice as many" */
    struct sc_machine_change change[SC_REMEDY_KEYS]; /* key NULL: no more */
};

/* What a family appends for a dataflow that runs the profile. */
struct sc_explained {
    const struct sc_plan *plan;
    enum sc_dataflow dataflow;
    const struct sc_profile *profile;
    enum sc_energy_case which;
    const struct sc_result *bare;
};

/* Appending rows, for families. */
void sc_explain_total(struct sc_explanation *x, enum sc_section section, const char *item, double total,
                      const char *unit);
/* cycles: `count` units, together `cycles`; nothing is appended for none. */
void sc_explain_cycles(struct sc_explanation *x, enum sc_phase phase, const char *item, double count, const char *unit,
                       double cycles);
/* bounds: `count` units, together `cycles`. */
void sc_explain_bound(struct sc_explanation *x, const char *item, double count, const char *unit, double cycles);
/* energy: `count` times event number `event` of the machine's family. */
void sc_explain_event(struct sc_explanation *x, const struct sc_explained *e, unsigned event, double count,
                      const char *source);
/* energy: watts over seconds, in J; that of events is in pJ. */
void sc_explain_power(struct sc_explanation *x, const char *item, double seconds, double watts, const char *source);

/* A machine made ready: its what-ifs read and bound, the sources of its energies. */
struct sc_explainer;

/* `plan` and `corrector` (NULL: no corrections) are borrowed until close.  A what-if that the machine cannot take is
 * left out.  Free with sc_explainer_close(). */
int sc_explainer_open(struct sc_explainer **explainer, const struct sc_plan *plan,
                      const struct sc_corrector *corrector, struct sc_error *err);
void sc_explainer_close(struct sc_explainer *explainer);

/* Explains a dataflow that the machine supports and that can run the layer (sc_estimate_check()). */
void sc_explain(struct sc_explanation *x, const struct sc_explainer *explainer, const struct sc_layer *layer,
                const struct sc_profile *profile, enum sc_dataflow dataflow, enum sc_energy_case which);

#endif
