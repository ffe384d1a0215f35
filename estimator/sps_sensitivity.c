/* sps_sensitivity.c - one assumption of a set at a time changed, and what becomes of the factors.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "sps_target.h"

/* The table being filled; after a failure in `status` the rest is skipped. */
struct study {
    struct sc_sps_change *change;
    unsigned count;
    const struct sc_sps_set *base;
    struct sc_error *err;
    int status;
};

/* Computes the set with one thing changed.  `from` and `to` say what. */
static void try_set(struct study *s, const struct sc_sps_set *set, const char *assumption, const char *from,
                    const char *to)
{
    if (s->status != SC_OK || s->count == SC_SPS_SENSITIVITIES || strcmp(from, to) == 0)
        return;
    struct sc_sps_change *c = &s->change[s->count++];
    snprintf(c->assumption, sizeof c->assumption, "%s", assumption);
    snprintf(c->base, sizeof c->base, "%s", from);
    snprintf(c->changed, sizeof c->changed, "%s", to);
    s->status = sc_sps_compute(&c->factors, set, s->err);
}

static void label(char out[40], double value, const char *unit)
{
    snprintf(out, 40, "%g%s%s", value, unit[0] ? " " : "", unit);
}

/* Changes a whole number of the set; `field` lies in `set`, a copy of the base. */
static void try_counts(struct study *s, struct sc_sps_set *set, uint32_t *field, const char *assumption,
                       const char *unit, const uint32_t *values, size_t count)
{
    char from[40], to[40];
    uint32_t kept = *field;
    label(from, kept, unit);
    for (size_t i = 0; i < count; i++) {
        *field = values[i];
        label(to, values[i], unit);
        try_set(s, set, assumption, from, to);
    }
    *field = kept;
}

static void try_bytes(struct study *s, struct sc_sps_set *set, uint64_t *field, const char *assumption,
                      const uint64_t *kilobytes, size_t count)
{
    char from[40], to[40];
    uint64_t kept = *field;
    label(from, (double)kept / 1024, "KiB");
    for (size_t i = 0; i < count; i++) {
        *field = kilobytes[i] * 1024;
        label(to, (double)kilobytes[i], "KiB");
        try_set(s, set, assumption, from, to);
    }
    *field = kept;
}

static void try_numbers(struct study *s, struct sc_sps_set *set, double *field, const char *assumption,
                        const char *unit, const double *values, size_t count)
{
    char from[40], to[40];
    double kept = *field;
    label(from, kept, unit);
    for (size_t i = 0; i < count; i++) {
        *field = values[i];
        label(to, values[i], unit);
        try_set(s, set, assumption, from, to);
    }
    *field = kept;
}

#define COUNT(list) (list), sizeof(list) / sizeof *(list)

static void try_network(struct study *s)
{
    static const char *const networks[] = {"vgg16", "resnet18", "resnet50"};
    struct sc_sps_set set = *s->base;
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        set.network = networks[i];
        try_set(s, &set, "network", s->base->network, networks[i]);
    }
}

static void format_names(char out[40], const struct sc_sps_set *set)
{
    snprintf(out, 40, "%s", set->formats > 1 ? "mean of csr-, csc-, coo-fixed" : sc_weight_format_name(set->format[0]));
}

static void try_formats(struct study *s)
{
    char from[40];
    struct sc_sps_set set = *s->base;
    static const uint32_t fields[] = {12, 16, 24, 32}, runs[] = {3, 5, 8};
    format_names(from, s->base);
    for (int f = SC_FORMAT_BITMAP; f < SC_FORMAT_PERIODIC; f++) {
        set.formats = 1;
        set.format[0] = (enum sc_weight_format)f;
        try_set(s, &set, "compared format", from, sc_weight_format_name(set.format[0]));
    }
    set = *s->base;
    if (set.format[0] == SC_FORMAT_CSR_FIXED || set.format[0] == SC_FORMAT_COO_FIXED)
        try_counts(s, &set, &set.widths.field_bits, "index field", "bits", COUNT(fields));
    if (set.format[0] == SC_FORMAT_RUN_LENGTH)
        try_counts(s, &set, &set.widths.run_bits, "run field", "bits", COUNT(runs));
}

static void try_pattern(struct study *s)
{
    static const char *const patterns[] = {"PS4_P4", "PS2_P6", "PS1_P9", "PSD4_P8", "PSD2_P8"};
    char from[40];
    sc_periodic_format(from, sizeof from, &s->base->pattern);
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        struct sc_sps_set set = *s->base;
        char to[40];
        sc_periodic_parse(&set.pattern, patterns[i]);
        set.pattern.height = set.pattern.width = 3;
        sc_periodic_format(to, sizeof to, &set.pattern);
        try_set(s, &set, "pattern n:P", from, to);
    }
}

static void try_table(struct study *s)
{
    static const uint32_t rows[] = {4, 8, 16, 64}, phase[] = {0};
    struct sc_sps_set set = *s->base;
    try_counts(s, &set, &set.widths.table_rows, "table rows T", "", COUNT(rows));
    try_counts(s, &set, &set.widths.phase_bits, "phase bits", "", COUNT(phase));
    set.bitmap_entries = !set.bitmap_entries;
    try_set(s, &set, "table entry", set.bitmap_entries ? "positions" : "bitmap",
            set.bitmap_entries ? "bitmap" : "positions");
    set.bitmap_entries = s->base->bitmap_entries;
    set.table_per_network = true;
    try_set(s, &set, "table per", "layer", "network");
}

static void try_energy(struct study *s)
{
    static const uint32_t widths[] = {4, 16, 32}, uses[] = {2, 4, 16}, cols[] = {16, 64};
    static const uint64_t gather[] = {32, 128, 512}, weight[] = {32, 128}, line[] = {64, 256};
    static const double decode[] = {0, 0.3}, registers[] = {0, 0.02}, mac[] = {0.15, 0.6};
    struct sc_sps_set set = *s->base;
    struct sc_systolic *a = &set.array;
    try_counts(s, &set, &set.widths.value_bits, "weight bits w", "", COUNT(widths));
    try_bytes(s, &set, &a->gather_bank_bytes, "gather store S_g (fitted)", COUNT(gather));
    try_counts(s, &set, &a->weight_uses, "weight uses U_w", "", COUNT(uses));
    try_bytes(s, &set, &a->weight_bank_bytes, "weight bank S_w", COUNT(weight));
    try_bytes(s, &set, &a->line_bank_bytes, "line bank S_lb", COUNT(line));
    try_counts(s, &set, &a->cols, "array columns C_a", "", COUNT(cols));
    try_numbers(s, &set, &a->decode_pj, "decode energy", "pJ", COUNT(decode));
    try_numbers(s, &set, &a->register_pj, "register energy", "pJ/bit", COUNT(registers));
    try_numbers(s, &set, &a->mac_pj, "MAC energy", "pJ", COUNT(mac));
}

static void try_dram(struct study *s)
{
    struct sc_sps_set set = *s->base;
    char small[40];
    set.weight_dram = true;
    try_set(s, &set, "energy scope", "on chip", "+ weights, 224 x 224");
    snprintf(small, sizeof small, "%.20s-32x32", s->base->network);
    set.network = small;
    try_set(s, &set, "energy scope", "on chip", "+ weights, 32 x 32");
}

int sc_sps_sensitivity(struct sc_sps_change change[SC_SPS_SENSITIVITIES], unsigned *count, const struct sc_sps_set *set,
                       struct sc_error *err)
{
    struct study s = {.change = change, .base = set, .err = err};
    try_network(&s);
    try_formats(&s);
    try_pattern(&s);
    try_table(&s);
    try_energy(&s);
    try_dram(&s);
    *count = s.count;
    return s.status;
}
