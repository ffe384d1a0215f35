/* explain.c - rows of an explanation that are alike for all families: result, layer, calibration, what-ifs, area.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "explain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "energy_bind.h"
#include "energy_data.h"
#include "estimate.h"
#include "machine_keys.h"
#include "text.h"

enum { RELIEFS_MAX = 16, TEXT_SIZE = 160 };

/* A remedy on the machine at hand. */
struct relief {
    const struct sc_remedy *remedy;
    struct sc_plan plan;
    bool shares; /* the tables of the machine's own plan */
    char item[TEXT_SIZE], settings[TEXT_SIZE];
};

struct sc_explainer {
    const struct sc_plan *plan;
    const struct sc_corrector *corrector;
    unsigned reliefs;
    struct relief *relief;
    unsigned sources;
    char source[SC_ENERGY_EVENT_COUNT][TEXT_SIZE];
};

const char *sc_section_name(enum sc_section section)
{
    static const char *const names[SC_SECTIONS] = {
#define X(id, name, meaning) name,
        SC_SECTION_LIST(X)
#undef X
    };
    return names[section];
}

const char *sc_section_meaning(enum sc_section section)
{
    static const char *const meanings[SC_SECTIONS] = {
#define X(id, name, meaning) meaning,
        SC_SECTION_LIST(X)
#undef X
    };
    return meanings[section];
}

static struct sc_explain_row *append(struct sc_explanation *x, enum sc_section section, const char *item)
{
    x->full = x->full || x->rows == SC_EXPLAIN_ROWS;
    if (x->rows < SC_EXPLAIN_ROWS)
        x->rows++;
    struct sc_explain_row *row = &x->at[x->rows - 1];
    *row = (struct sc_explain_row){.section = section, .group = "", .item = item, .unit = "", .total_unit = "",
                                   .count = NAN, .cost = NAN, .source = ""};
    return row;
}

/* count units that together are `total`. */
static struct sc_explain_row *append_product(struct sc_explanation *x, enum sc_section section, const char *item,
                                             double count, const char *unit, double total, const char *total_unit)
{
    struct sc_explain_row *row = append(x, section, item);
    row->total = total;
    row->total_unit = total_unit;
    row->unit = unit;
    row->count = count;
    row->cost = count > 0 ? total / count : NAN;
    return row;
}

void sc_explain_total(struct sc_explanation *x, enum sc_section section, const char *item, double total,
                      const char *unit)
{
    struct sc_explain_row *row = append(x, section, item);
    row->total = total;
    row->total_unit = unit;
}

void sc_explain_cycles(struct sc_explanation *x, enum sc_phase phase, const char *item, double count, const char *unit,
                       double cycles)
{
    if (fabs(cycles) <= 1e-12 * x->bare.cycles) /* nothing but rounding */
        return;
    append_product(x, SC_SECTION_CYCLES, item, count, unit, cycles, "cycles")->group = sc_phase_name(phase);
}

void sc_explain_bound(struct sc_explanation *x, const char *item, double count, const char *unit, double cycles)
{
    append_product(x, SC_SECTION_BOUNDS, item, count, unit, cycles, "cycles");
}

void sc_explain_event(struct sc_explanation *x, const struct sc_explained *e, unsigned event, double count,
                      const char *source)
{
    const char *name, *unit;
    const double *pj = e->plan->machine.family->energy(&e->plan->machine, event, &name, &unit);
    struct sc_explain_row *row = append(x, SC_SECTION_ENERGY, name);
    row->unit = unit;
    row->total_unit = "pJ";
    row->count = count;
    row->cost = pj[e->which];
    row->total = count * pj[e->which];
    row->source = source;
}

void sc_explain_power(struct sc_explanation *x, const char *item, double seconds, double watts, const char *source)
{
    struct sc_explain_row *row = append(x, SC_SECTION_ENERGY, item);
    row->unit = "s";
    row->total_unit = "J";
    row->count = seconds;
    row->cost = watts;
    row->total = seconds * watts;
    row->source = source;
}

/* Sets a key as a remedy says: to a value, or to a multiple of the present one.  `value` receives what was set. */
static bool set_key(struct sc_machine *machine, const struct sc_machine_change *change, char value[SC_KEY_TEXT_SIZE])
{
    size_t count, i = 0;
    const struct sc_machine_key *keys = sc_machine_keys(machine->family, &count);
    double factor, now;
    while (i < count && strcmp(keys[i].path, change->key) != 0)
        i++;
    if (i == count)
        return false;
    snprintf(value, SC_KEY_TEXT_SIZE, "%s", change->value);
    if (change->value[0] == 'x') {
        const char *times = change->value + 1;
        sc_machine_key_get(value, machine, &keys[i]);
        if (!sc_parse_number(value, strlen(value), &now) || !sc_parse_number(times, strlen(times), &factor))
            return false;
        sc_format_number(value, sc_min(now * factor, keys[i].high), 15);
    }
    return sc_machine_key_set(machine, &keys[i], value, NULL) == SC_OK;
}

/* Binds the machine with a remedy; SC_UNSUPPORTED when it cannot be.  Energies and areas stay those of the machine:
 * only cycles are asked for. */
static int relieve(struct relief *r, const struct sc_plan *plan, const struct sc_remedy *remedy,
                   struct sc_error *err)
{
    struct sc_machine changed = plan->machine;
    const char *related[SC_RELATED_KEYS];
    size_t used = 0;
    r->remedy = remedy;
    for (int i = 0; i < SC_REMEDY_KEYS && remedy->change[i].key; i++) {
        char value[SC_KEY_TEXT_SIZE];
        if (!set_key(&changed, &remedy->change[i], value))
            return SC_UNSUPPORTED;
        int wrote = snprintf(r->settings + used, sizeof r->settings - used, "%s%s=%s", i ? " " : "",
                             remedy->change[i].key, value);
        used = wrote > 0 && used + (size_t)wrote < sizeof r->settings ? used + (size_t)wrote : sizeof r->settings - 1;
    }
    snprintf(r->item, sizeof r->item, "%s %s", remedy->what, remedy->how);
    if (changed.family->check(&changed, related, NULL) != SC_OK)
        return SC_UNSUPPORTED;
    r->shares = sc_plan_share(&r->plan, plan, &changed);
    int status = r->shares ? SC_OK : sc_plan_init(&r->plan, &changed, err);
    return status == SC_OK || status == SC_NO_MEMORY ? status : SC_UNSUPPORTED;
}

/* Where the energies of a Flexagon-family machine come from. */
static int find_sources(struct sc_explainer *x, struct sc_error *err)
{
    const struct sc_machine *machine = &x->plan->machine;
    struct sc_energy_data *data = NULL;
    if (machine->family != &sc_family_flexagon)
        return SC_OK;
    int status = sc_energy_data_open(&data, err);
    for (; status == SC_OK && x->sources < SC_ENERGY_EVENT_COUNT; x->sources++)
        sc_energy_source(x->source[x->sources], TEXT_SIZE, machine, data, (enum sc_energy_event)x->sources);
    sc_energy_data_close(data);
    return status;
}

int sc_explainer_open(struct sc_explainer **explainer, const struct sc_plan *plan,
                      const struct sc_corrector *corrector, struct sc_error *err)
{
    struct sc_explainer *x = calloc(1, sizeof *x);
    if (x)
        x->relief = calloc(RELIEFS_MAX, sizeof *x->relief);
    if (!x || !x->relief) {
        free(x);
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the explanation of a machine");
    }
    x->plan = plan;
    x->corrector = corrector;
    int status = SC_OK;
    for (const struct sc_remedy *r = plan->machine.family->remedies;
         status != SC_NO_MEMORY && r->what && x->reliefs < RELIEFS_MAX; r++) {
        status = relieve(&x->relief[x->reliefs], plan, r, err);
        x->reliefs += status == SC_OK;
    }
    if (status != SC_NO_MEMORY)
        status = find_sources(x, err);
    if (status != SC_OK) {
        sc_explainer_close(x);
        return status;
    }
    *explainer = x;
    return SC_OK;
}

void sc_explainer_close(struct sc_explainer *x)
{
    if (!x)
        return;
    for (unsigned i = 0; i < x->reliefs; i++)
        if (!x->relief[i].shares)
            sc_plan_free(&x->relief[i].plan);
    free(x->relief);
    free(x);
}

/* The estimate and the result row of one dataflow. */
static void estimate(struct sc_estimate *out, struct sc_result *row, const struct sc_plan *plan,
                     const struct sc_profile *profile, enum sc_dataflow dataflow, enum sc_energy_case which)
{
    bool wanted[SC_DATAFLOWS] = {false};
    struct sc_estimates all = {.count = 0};
    wanted[dataflow] = true;
    sc_estimate_profile(plan, profile, wanted, &all);
    *row = (struct sc_result){.cycles = 0};
    *out = all.of[0];
    if (all.count > 0)
        sc_estimate_result(plan, profile, out, which, row);
}

/* Mean and standard deviation of the lengths of fibers. */
static void add_lengths(struct sc_explanation *x, const char *mean, const char *deviation, const struct sc_lengths *l)
{
    sc_explain_total(x, SC_SECTION_PROFILE, mean, l->mean, "nonzeros");
    sc_explain_total(x, SC_SECTION_PROFILE, deviation, sqrt(sc_max(0, l->variance)), "nonzeros");
}

static void add_profile(struct sc_explanation *x, const struct sc_profile *p)
{
    sc_explain_total(x, SC_SECTION_PROFILE, "M", p->M, "");
    sc_explain_total(x, SC_SECTION_PROFILE, "N", p->N, "");
    sc_explain_total(x, SC_SECTION_PROFILE, "K", p->K, "");
    sc_explain_total(x, SC_SECTION_PROFILE, "products", x->bare.products, "");
    sc_explain_total(x, SC_SECTION_PROFILE, "nonzeros of A", x->bare.nnz_a, "");
    sc_explain_total(x, SC_SECTION_PROFILE, "nonzeros of B", x->bare.nnz_b, "");
    sc_explain_total(x, SC_SECTION_PROFILE, "nonzeros of C", x->bare.nnz_c, "");
    if (!sc_operator_is_gemm(&p->op))
        return;
    add_lengths(x, "row of A, mean", "row of A, standard deviation", &p->a.row);
    add_lengths(x, "column of A, mean", "column of A, standard deviation", &p->a.col);
    add_lengths(x, "row of B, mean", "row of B, standard deviation", &p->b.row);
    add_lengths(x, "column of B, mean", "column of B, standard deviation", &p->b.col);
}

static void add_result(struct sc_explanation *x)
{
    sc_explain_total(x, SC_SECTION_RESULT, "cycles of the closed form", x->bare.cycles, "cycles");
    sc_explain_total(x, SC_SECTION_RESULT, "cycles", x->row.cycles, "cycles");
    sc_explain_total(x, SC_SECTION_RESULT, "cycles, lower end of the interval", x->row.cycles_low, "cycles");
    sc_explain_total(x, SC_SECTION_RESULT, "cycles, upper end of the interval", x->row.cycles_high, "cycles");
    sc_explain_total(x, SC_SECTION_RESULT, "time", x->row.time_s, "s");
    sc_explain_total(x, SC_SECTION_RESULT, "energy", x->row.energy_j, "J");
    sc_explain_total(x, SC_SECTION_RESULT, "utilization", x->row.utilization, "");
    sc_explain_total(x, SC_SECTION_RESULT, "read from DRAM", x->row.dram_read_bytes, "bytes");
    sc_explain_total(x, SC_SECTION_RESULT, "written to DRAM", x->row.dram_write_bytes, "bytes");
}

/* Coefficients times what they weigh. */
static void add_calibration(struct sc_explanation *x, const struct sc_corrector *k, enum sc_dataflow dataflow)
{
    const struct sc_dataflow_fit *fit = k && k->calibration ? &k->calibration->of[dataflow] : NULL;
    double basis[SC_TERMS];
    if (!fit || !fit->fitted)
        return;
    sc_terms_of(&x->bare, sc_memory_cycles(&x->bare, k->bytes_per_cycle), basis);
    for (int t = 0; t < SC_TERMS; t++) {
        struct sc_explain_row *row = append(x, SC_SECTION_CALIBRATION, sc_term_facts((enum sc_term)t)->name);
        row->unit = row->total_unit = "cycles";
        row->count = basis[t];
        row->cost = fit->term[t];
        row->total = fit->term[t] * basis[t];
        row->source = k->calibration->file;
    }
}

/* The cycles that a remedy leaves, corrected alike; the interval is that of another machine and left out. */
static void add_what_ifs(struct sc_explanation *x, const struct sc_explainer *explainer, const struct sc_layer *layer,
                         const struct sc_profile *profile, enum sc_dataflow dataflow, enum sc_energy_case which)
{
    double least = x->row.cycles;
    for (unsigned i = 0; i < explainer->reliefs; i++) {
        const struct relief *r = &explainer->relief[i];
        struct sc_result row;
        struct sc_remark remark;
        struct sc_estimate of;
        estimate(&of, &row, &r->plan, profile, dataflow, which);
        if (explainer->corrector) {
            struct sc_corrector corrector = *explainer->corrector;
            corrector.bytes_per_cycle = sc_bytes_per_cycle(&r->plan.machine);
            sc_correct(&corrector, layer, dataflow, sc_operands_of(layer), &row, &remark);
        }
        struct sc_explain_row *out = append(x, SC_SECTION_WHAT_IF, r->item);
        out->group = r->remedy->what;
        out->total = row.cycles;
        out->total_unit = "cycles";
        out->source = r->settings;
        if (row.cycles < least) {
            least = row.cycles;
            x->limit = (int)x->rows - 1;
        }
    }
}

static void add_area(struct sc_explanation *x, const struct sc_machine *machine)
{
    for (unsigned i = 0; i < machine->part_count; i++)
        if (machine->parts[i].area_mm2 > 0)
            sc_explain_total(x, SC_SECTION_AREA, machine->parts[i].name, machine->parts[i].area_mm2, "mm2");
}

void sc_explain(struct sc_explanation *x, const struct sc_explainer *explainer, const struct sc_layer *layer,
                const struct sc_profile *profile, enum sc_dataflow dataflow, enum sc_energy_case which)
{
    const struct sc_plan *plan = explainer->plan;
    const struct sc_explained e = {plan, dataflow, profile, which, &x->bare};
    x->rows = 0;
    x->full = false;
    x->limit = -1;
    x->remark.note[0] = '\0';
    struct sc_estimate of;
    estimate(&of, &x->bare, plan, profile, dataflow, which);
    x->row = x->bare;
    if (explainer->corrector)
        sc_correct(explainer->corrector, layer, dataflow, sc_operands_of(layer), &x->row, &x->remark);
    sc_estimate_bound(plan, &of, &x->row);
    add_result(x);
    add_profile(x, profile);
    plan->machine.family->explain(&e, x);
    for (unsigned i = 0, event = 0; i < x->rows; i++)
        if (x->at[i].section == SC_SECTION_ENERGY && event < explainer->sources)
            x->at[i].source = explainer->source[event++];
    add_calibration(x, explainer->corrector, dataflow);
    add_what_ifs(x, explainer, layer, profile, dataflow, which);
    add_area(x, &plan->machine);
}
