/* coefficients.c - applying a calibration to result rows: weights, intervals, domain.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "coefficients.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "machine_keys.h"
#include "numeric.h"
#include "text.h"

/* ln 10^6: wider intervals say nothing more, and this keeps their ends finite. */
static const double WIDEST = 13.815510557964274;

static const struct sc_term_facts TERMS[SC_TERMS] = {
#define X(id, name, low, high, identity, meaning) {name, low, high, identity},
    SC_TERM_LIST(X)
#undef X
};

const struct sc_term_facts *sc_term_facts(enum sc_term term)
{
    return &TERMS[term];
}

const char *sc_operands_name(enum sc_operands operands)
{
    static const char *const names[SC_OPERANDS] = {
#define X(id, name, meaning) name,
        SC_OPERANDS_LIST(X)
#undef X
    };
    return names[operands];
}

enum sc_operands sc_operands_of(const struct sc_layer *layer)
{
    if (layer->a_file || layer->b_file)
        return SC_OPERANDS_MEASURED;
    return layer->pattern_a.kind == SC_UNIFORM && layer->pattern_b.kind == SC_UNIFORM ? SC_OPERANDS_UNIFORM
                                                                                      : SC_OPERANDS_STRUCTURED;
}

const char *sc_domain_name(enum sc_domain_quantity quantity)
{
    static const char *const names[SC_DOMAIN_QUANTITIES] = {
#define X(id, name) name,
        SC_DOMAIN_LIST(X)
#undef X
    };
    return names[quantity];
}

void sc_calibration_init(struct sc_calibration *c)
{
    *c = (struct sc_calibration){.machine_widening = 1};
    for (int d = 0; d < SC_DATAFLOWS; d++)
        for (int t = 0; t < SC_TERMS; t++)
            c->of[d].term[t] = TERMS[t].identity;
}

double sc_bytes_per_cycle(const struct sc_machine *machine)
{
    return machine->clock_ghz > 0 ? machine->dram_gbps / machine->clock_ghz : 0;
}

double sc_memory_cycles(const struct sc_result *row, double bytes_per_cycle)
{
    return bytes_per_cycle > 0 ? (row->dram_read_bytes + row->dram_write_bytes) / bytes_per_cycle : 0;
}

void sc_terms_of(const struct sc_result *row, double memory, double basis[SC_TERMS])
{
    double busy = row->stationary_cycles + row->stream_cycles + row->merge_cycles;
    double shorter = sc_min(busy, memory), longer = sc_max(busy, memory);
    basis[SC_TERM_STATIONARY] = row->stationary_cycles;
    basis[SC_TERM_STREAM] = row->stream_cycles;
    basis[SC_TERM_MERGE] = row->merge_cycles;
    basis[SC_TERM_STALL] = row->stall_cycles;
    basis[SC_TERM_OVERLAP] = longer > 0 ? shorter * shorter / longer : 0;
}

void sc_apply_terms(const double term[SC_TERMS], const double basis[SC_TERMS], struct sc_result *row)
{
    double before = row->cycles;
    row->stationary_cycles = term[SC_TERM_STATIONARY] * basis[SC_TERM_STATIONARY];
    row->stream_cycles = term[SC_TERM_STREAM] * basis[SC_TERM_STREAM];
    row->merge_cycles = term[SC_TERM_MERGE] * basis[SC_TERM_MERGE];
    row->stall_cycles = term[SC_TERM_STALL] * basis[SC_TERM_STALL] + term[SC_TERM_OVERLAP] * basis[SC_TERM_OVERLAP];
    row->cycles = row->stationary_cycles + row->stream_cycles + row->merge_cycles + row->stall_cycles;
    if (before > 0) {
        row->utilization = sc_min(1, row->utilization * before / row->cycles);
        row->time_s *= row->cycles / before;
        row->edp_js = row->energy_j * row->time_s;
    }
    row->cycles_low = row->cycles_high = row->cycles;
}

void sc_spread_predictors(const struct sc_layer *layer, enum sc_operands operands, const struct sc_result *row,
                          double memory, double predictor[SC_SPREAD_TERMS])
{
    enum sc_pattern_kind a = layer->pattern_a.kind, b = layer->pattern_b.kind;
    double cycles = sc_max(1, row->cycles), M = (double)layer->M, N = (double)layer->N, K = (double)layer->K;
    bool kinds = operands == SC_OPERANDS_STRUCTURED;
    predictor[0] = 1;
    predictor[1] = log(cycles);
    predictor[2] = row->stall_cycles / cycles;
    predictor[3] = row->merge_cycles / cycles;
    predictor[4] = sc_min(1, memory / cycles);
    predictor[5] = log1p(row->nnz_a / M);
    predictor[6] = log1p(row->nnz_a / K);
    predictor[7] = log1p(row->nnz_b / K);
    predictor[8] = log1p(row->nnz_b / N);
    predictor[9] = kinds * ((a == SC_ROWSKEW || a == SC_COLSKEW) + (b == SC_ROWSKEW || b == SC_COLSKEW));
    predictor[10] = kinds * ((a == SC_BLOCK) + (b == SC_BLOCK));
    predictor[11] = kinds * ((a == SC_BANDED) + (b == SC_BANDED));
    predictor[12] = kinds * ((a == SC_NM) + (b == SC_NM));
}

double sc_spread_of(const struct sc_spread *spread, const double predictor[SC_SPREAD_TERMS])
{
    double sum = 0;
    for (int i = 0; i < SC_SPREAD_TERMS; i++)
        sum += spread->coefficient[i] * predictor[i];
    return sc_min(spread->most, sc_max(spread->least, exp(sum)));
}

/* Appends to a note as far as there is room. */
static void add_note(char *note, size_t size, const char *first, const char *next, const char *name)
{
    size_t used = strlen(note);
    snprintf(note + used, size - used, "%s%s", used ? next : first, name);
}

/* Numeric value of a key of the machine, NAN when it has none of that name. */
static double key_value(const struct sc_machine *machine, const char *path)
{
    size_t count;
    const struct sc_machine_key *keys = sc_machine_keys(machine->family, &count);
    for (size_t i = 0; i < count; i++) {
        char text[SC_KEY_TEXT_SIZE];
        if (strcmp(keys[i].path, path) != 0)
            continue;
        double value = NAN;
        sc_machine_key_get(text, machine, &keys[i]);
        return sc_parse_number(text, strlen(text), &value) ? value : NAN;
    }
    return NAN;
}

void sc_corrector_init(struct sc_corrector *c, const struct sc_calibration *calibration,
                       const struct sc_machine *machine, int level)
{
    *c = (struct sc_corrector){.calibration = calibration, .widening = 1, .level = level};
    c->bytes_per_cycle = sc_bytes_per_cycle(machine);
    if (!calibration || strcmp(calibration->digest, machine->digest) == 0)
        return;
    double outside = 0;
    for (unsigned i = 0; i < calibration->varied_count; i++) {
        const struct sc_varied *v = &calibration->varied[i];
        double value = key_value(machine, v->key), slack = 1e-9 * fabs(value);
        if (value >= v->range.low - slack && value <= v->range.high + slack)
            continue;
        outside++;
        add_note(c->machine_note, sizeof c->machine_note, "", ", ", v->key);
    }
    c->widening = calibration->machine_widening * (1 + outside);
}

void sc_domain_values(double value[SC_DOMAIN_QUANTITIES], const struct sc_layer *layer, const struct sc_result *row)
{
    double M = (double)layer->M, N = (double)layer->N, K = (double)layer->K;
    value[SC_DOMAIN_M] = M;
    value[SC_DOMAIN_N] = N;
    value[SC_DOMAIN_K] = K;
    value[SC_DOMAIN_DENSITY_A] = row->nnz_a / (M * K);
    value[SC_DOMAIN_DENSITY_B] = row->nnz_b / (K * N);
    value[SC_DOMAIN_NNZ_A] = row->nnz_a;
    value[SC_DOMAIN_NNZ_B] = row->nnz_b;
    value[SC_DOMAIN_PRODUCTS] = row->products;
}

/* Decades by which a value is outside a range; at most 3, which also stands for 0. */
static double decades_outside(double value, const struct sc_range *range)
{
    double ratio = value > range->high ? value / sc_max(range->high, 1e-300) : value > 0 ? range->low / value : 1e3;
    if (value >= range->low * (1 - 1e-9) && value <= range->high * (1 + 1e-9))
        return -1;
    return sc_min(3, log10(sc_max(1, ratio)));
}

/* Names what is outside; returns by how much the interval is widened. */
static double check_domain(const struct sc_corrector *k, const struct sc_layer *layer, enum sc_operands operands,
                           const struct sc_result *row, char note[SC_NOTE_SIZE])
{
    static const char first[] = "outside the calibrated domain: ";
    const struct sc_calibration *c = k->calibration;
    double value[SC_DOMAIN_QUANTITIES], factor = 1;
    sc_domain_values(value, layer, row);
    for (int q = 0; q < SC_DOMAIN_QUANTITIES; q++) {
        double decades = decades_outside(value[q], &c->domain[q]);
        if (decades < 0)
            continue;
        factor += 1 + decades;
        add_note(note, SC_NOTE_SIZE, first, ", ", sc_domain_name((enum sc_domain_quantity)q));
    }
    if (operands != SC_OPERANDS_MEASURED &&
        (!c->pattern[layer->pattern_a.kind] || !c->pattern[layer->pattern_b.kind])) {
        factor += 1;
        add_note(note, SC_NOTE_SIZE, first, ", ", "pattern");
    }
    if (k->machine_note[0])
        add_note(note, SC_NOTE_SIZE, first, ", ", k->machine_note);
    return factor;
}

/* The scores of the stratum, or, where there are none, of the widest other one. */
static const struct sc_scores *scores_of(const struct sc_dataflow_fit *fit, enum sc_operands operands, int level)
{
    const struct sc_scores *widest = NULL;
    if (fit->scores[operands].count > 0)
        return &fit->scores[operands];
    for (int s = 0; s < SC_OPERANDS; s++)
        if (fit->scores[s].count > 0 && (!widest || fit->scores[s].high[level] > widest->high[level]))
            widest = &fit->scores[s];
    return widest;
}

bool sc_correct(const struct sc_corrector *k, const struct sc_layer *layer, enum sc_dataflow dataflow,
                enum sc_operands operands, struct sc_result *row, struct sc_remark *remark)
{
    const struct sc_dataflow_fit *fit = k->calibration ? &k->calibration->of[dataflow] : NULL;
    double basis[SC_TERMS], predictor[SC_SPREAD_TERMS], memory = sc_memory_cycles(row, k->bytes_per_cycle);
    int level = k->level - SC_LEVEL_MIN;
    remark->note[0] = '\0';
    remark->spread = 0;
    remark->scores = NULL;
    row->note = remark->note;
    if (!fit || !fit->fitted) {
        snprintf(remark->note, SC_NOTE_SIZE, "uncalibrated");
        row->cycles_low = row->cycles_high = row->cycles;
        return false;
    }
    sc_terms_of(row, memory, basis);
    sc_apply_terms(fit->term, basis, row);
    double factor = check_domain(k, layer, operands, row, remark->note) * k->widening;
    remark->scores = scores_of(fit, operands, level);
    if (remark->scores && row->cycles > 0) {
        sc_spread_predictors(layer, operands, row, memory, predictor);
        remark->spread = sc_spread_of(&fit->spread, predictor) * factor;
        double low = remark->spread * remark->scores->low[level], high = remark->spread * remark->scores->high[level];
        row->cycles_low = row->cycles * exp(sc_max(-WIDEST, sc_min(0, low)));
        row->cycles_high = row->cycles * exp(sc_min(WIDEST, sc_max(0, high)));
    }
    return remark->note[0] != '\0';
}
