/* energy_lookup.c - look-ups in the shipped energy tables: interpolation, node scaling, running maximum.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "energy_tables.h"
#include "text.h"

#define COMMON "common" /* family of logic rows that every set falls back on */

enum { NAMES_MAX = 64 };

/* The straight line through (x0,y0) and (x1,y1) in logarithms; exact at both ends. */
static double log_log(double x, double x0, double y0, double x1, double y1)
{
    if (x <= x0 || x0 == x1)
        return y0;
    if (x >= x1)
        return y1;
    return y0 * pow(y1 / y0, log(x / x0) / log(x1 / x0));
}

/* E(node row, supply), in the units of the table. */
static double logic_energy(const struct sc_node_row *row, double supply_v)
{
    return (row->quadratic * supply_v + row->linear) * supply_v + row->constant;
}

static int out_of_range(const char *what, const char *unit, double found, double low, double high, struct sc_error *err)
{
    char texts[3][SC_NUMBER_SIZE];
    sc_format_number(texts[0], found, 6);
    sc_format_number(texts[1], low, 6);
    sc_format_number(texts[2], high, 6);
    return sc_fail(err, SC_BAD_INPUT, NULL, 0, "found a %s of %s %s; expected %s to %s, where energy can be scaled",
                   what, texts[0], unit, texts[1], texts[2]);
}

static int node_energy(double *energy, const struct sc_energy_data *data, double node_nm, double supply_v,
                       struct sc_error *err)
{
    size_t count = data->counts[SC_TABLE_NODES];
    const struct sc_node_row *rows = data->nodes;
    if (count == 0 || !(node_nm <= rows[0].node_nm && node_nm >= rows[count - 1].node_nm))
        return out_of_range("node", "nm", node_nm, count ? rows[count - 1].node_nm : 0, count ? rows[0].node_nm : 0,
                            err);
    if (!(supply_v >= data->rules.supply_min_v && supply_v <= data->rules.supply_max_v))
        return out_of_range("supply", "V", supply_v, data->rules.supply_min_v, data->rules.supply_max_v, err);
    size_t i = 1;
    while (i + 1 < count && rows[i].node_nm > node_nm)
        i++;
    const struct sc_node_row *above = &rows[i - 1], *below = &rows[count > 1 ? i : 0];
    double high = logic_energy(above, supply_v), low = logic_energy(below, supply_v);
    double share = above == below ? 0 : (node_nm - below->node_nm) / (above->node_nm - below->node_nm);
    *energy = low + share * (high - low);
    return SC_OK;
}

int sc_energy_node_factor(double *factor, const struct sc_energy_data *data, double node_nm, double supply_v,
                          struct sc_error *err)
{
    double here, reference;
    int status = node_energy(&here, data, node_nm, supply_v, err);
    if (status == SC_OK)
        status = node_energy(&reference, data, 45, 0.9, err);
    if (status == SC_OK)
        *factor = here / reference;
    return status;
}

/* The rows of `operation` in `family` whose widths bracket `bits`: both NULL when there are none, equal outside. */
static void bracket(const struct sc_energy_data *data, const char *family, const char *operation, double bits,
                    const struct sc_logic_row **below, const struct sc_logic_row **above)
{
    *below = *above = NULL;
    for (size_t i = 0; i < data->counts[SC_TABLE_LOGIC]; i++) {
        const struct sc_logic_row *row = &data->logic[i];
        if (strcmp(row->family, family) != 0 || strcmp(row->operation, operation) != 0)
            continue;
        if (row->bits <= bits && (!*below || row->bits > (*below)->bits))
            *below = row;
        if (row->bits >= bits && (!*above || row->bits < (*above)->bits))
            *above = row;
    }
    if (!*below)
        *below = *above;
    if (!*above)
        *above = *below;
}

/* SC_END when some family knows the operation (but not this one), else an error with the nearest name. */
static int no_such_operation(const struct sc_energy_data *data, const char *operation, struct sc_error *err)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < data->counts[SC_TABLE_LOGIC]; i++) {
        if (strcmp(data->logic[i].operation, operation) == 0)
            return SC_END;
        if (count < NAMES_MAX)
            names[count++] = data->logic[i].operation;
    }
    const char *near = sc_nearest_name(operation, names, count);
    return sc_fail(err, SC_BAD_INPUT, NULL, 0, "found the unknown operation \"%.40s\"; %s%s%s", operation,
                   near ? "did you mean \"" : "expected one of data/energy/logic.csv", near ? near : "",
                   near ? "\"?" : "");
}

/* Energy of one row at another width, node and supply. */
static int scale_row(double pj[SC_ENERGY_CASES], const struct sc_energy_data *data, const struct sc_logic_row *row,
                     double bits, double node_nm, double supply_v, struct sc_error *err)
{
    double to, from;
    int status = sc_energy_node_factor(&to, data, node_nm, supply_v, err);
    if (status == SC_OK)
        status = sc_energy_node_factor(&from, data, row->node_nm, row->supply_v, err);
    for (int i = 0; status == SC_OK && i < SC_ENERGY_CASES; i++)
        pj[i] = row->pj[i] * (to / from) * pow(bits / row->bits, row->bits_exponent);
    return status;
}

const char *sc_energy_logic_family(const struct sc_energy_data *data, const struct sc_energy_set *set,
                                   const char *operation)
{
    const struct sc_logic_row *below, *above;
    bracket(data, set->logic, operation, 1, &below, &above);
    return below ? set->logic : COMMON;
}

int sc_energy_logic(double pj[SC_ENERGY_CASES], const struct sc_energy_data *data, const struct sc_energy_set *set,
                    const char *operation, double bits, double node_nm, double supply_v, struct sc_error *err)
{
    const struct sc_logic_row *below, *above;
    bracket(data, set->logic, operation, bits, &below, &above);
    if (!below)
        bracket(data, COMMON, operation, bits, &below, &above);
    if (!below)
        return no_such_operation(data, operation, err);
    double low[SC_ENERGY_CASES], high[SC_ENERGY_CASES];
    int status = scale_row(low, data, below, below == above ? bits : below->bits, node_nm, supply_v, err);
    if (status == SC_OK)
        status = scale_row(high, data, above, below == above ? bits : above->bits, node_nm, supply_v, err);
    for (int i = 0; status == SC_OK && i < SC_ENERGY_CASES; i++)
        pj[i] = log_log(bits, below->bits, low[i], above->bits, high[i]);
    if (status == SC_OK && node_nm < data->rules.optimistic_below_nm)
        pj[SC_ENERGY_HIGH] = fmax(pj[SC_ENERGY_HIGH], data->rules.optimistic_high_factor * pj[SC_ENERGY_NOMINAL]);
    return status;
}

/* Running maximum at a grid point: the dearest access of any memory that is neither larger nor wider.  Where the
 * generator found no memory that small for so wide a word, the smallest one with that word counts too. */
static double grid_cell(const struct sc_energy_data *data, const char *family, double node_nm, double bytes,
                        double bits, int write, int which)
{
    double most = 0, least_bytes = INFINITY, stand_in = 0;
    for (size_t i = 0; i < data->counts[SC_TABLE_SRAM]; i++) {
        const struct sc_sram_row *row = &data->sram[i];
        if (strcmp(row->family, family) != 0 || row->node_nm != node_nm)
            continue;
        if (row->bytes <= bytes && row->bits <= bits)
            most = fmax(most, row->pj[write][which]);
        if (row->bits == bits && row->bytes >= bytes && row->bytes < least_bytes) {
            least_bytes = row->bytes;
            stand_in = row->pj[write][which];
        }
    }
    return fmax(most, stand_in);
}

/* The grid lines of one node around (bytes, bits). */
struct cell {
    double bytes[2], bits[2];
};

/* false when `bytes` lies outside the grid of this node. */
static bool find_cell(struct cell *cell, const struct sc_energy_data *data, const char *family, double node_nm,
                      double bytes, double bits)
{
    *cell = (struct cell){{0, INFINITY}, {0, INFINITY}};
    for (size_t i = 0; i < data->counts[SC_TABLE_SRAM]; i++) {
        const struct sc_sram_row *row = &data->sram[i];
        if (strcmp(row->family, family) != 0 || row->node_nm != node_nm)
            continue;
        if (row->bytes <= bytes)
            cell->bytes[0] = fmax(cell->bytes[0], row->bytes);
        if (row->bytes >= bytes)
            cell->bytes[1] = fmin(cell->bytes[1], row->bytes);
        if (row->bits <= bits)
            cell->bits[0] = fmax(cell->bits[0], row->bits);
        if (row->bits >= bits)
            cell->bits[1] = fmin(cell->bits[1], row->bits);
    }
    if (cell->bits[0] == 0) /* narrower than the narrowest word: costs like it */
        cell->bits[0] = cell->bits[1];
    return cell->bytes[0] > 0 && isfinite(cell->bytes[1]) && isfinite(cell->bits[1]);
}

static bool sram_at_node(double pj[SC_ENERGY_CASES], const struct sc_energy_data *data, const char *family,
                         double node_nm, double bytes, double bits, bool write)
{
    struct cell cell;
    if (!find_cell(&cell, data, family, node_nm, bytes, bits))
        return false;
    for (int i = 0; i < SC_ENERGY_CASES; i++) {
        double edge[2];
        for (int j = 0; j < 2; j++)
            edge[j] =
                log_log(bytes, cell.bytes[0], grid_cell(data, family, node_nm, cell.bytes[0], cell.bits[j], write, i),
                        cell.bytes[1], grid_cell(data, family, node_nm, cell.bytes[1], cell.bits[j], write, i));
        pj[i] = log_log(bits, cell.bits[0], edge[0], cell.bits[1], edge[1]);
    }
    pj[SC_ENERGY_HIGH] = fmax(pj[SC_ENERGY_HIGH], data->rules.sram_high_factor * pj[SC_ENERGY_NOMINAL]);
    return true;
}

/* Range of nodes and widths of a family. */
static void sram_range(const struct sc_energy_data *data, const char *family, double *least_node, double *below_node,
                       double *above_node, double node_nm, double *most_bits)
{
    *least_node = *above_node = INFINITY;
    *below_node = *most_bits = 0;
    for (size_t i = 0; i < data->counts[SC_TABLE_SRAM]; i++) {
        const struct sc_sram_row *row = &data->sram[i];
        if (strcmp(row->family, family) != 0)
            continue;
        *least_node = fmin(*least_node, row->node_nm);
        *most_bits = fmax(*most_bits, row->bits);
        if (row->node_nm <= node_nm)
            *below_node = fmax(*below_node, row->node_nm);
        if (row->node_nm >= node_nm)
            *above_node = fmin(*above_node, row->node_nm);
    }
}

int sc_energy_sram(double pj[SC_ENERGY_CASES], const struct sc_energy_data *data, const struct sc_energy_set *set,
                   double bytes, double bits, double node_nm, bool write)
{
    double least, below, above, most_bits, factor = 1;
    double low[SC_ENERGY_CASES], high[SC_ENERGY_CASES];
    sram_range(data, set->sram, &least, &below, &above, node_nm, &most_bits);
    if (!isfinite(above))
        return SC_END;
    if (node_nm < least) {
        factor = pow(node_nm / least, data->rules.sram_node_exponent);
        below = above = node_nm = least;
    }
    if (bits > most_bits) {
        factor *= ceil(bits / most_bits);
        bits = most_bits;
    }
    if (!sram_at_node(low, data, set->sram, below, bytes, bits, write) ||
        !sram_at_node(high, data, set->sram, above, bytes, bits, write))
        return SC_END;
    for (int i = 0; i < SC_ENERGY_CASES; i++)
        pj[i] = factor * log_log(node_nm, below, low[i], above, high[i]);
    return SC_OK;
}

double sc_energy_sram_least(const struct sc_energy_data *data, const struct sc_energy_set *set)
{
    double least = INFINITY;
    for (size_t i = 0; i < data->counts[SC_TABLE_SRAM]; i++) {
        if (strcmp(data->sram[i].family, set->sram) == 0)
            least = fmin(least, data->sram[i].bytes);
    }
    return least;
}

int sc_energy_dram(double pj[SC_ENERGY_CASES], const struct sc_energy_data *data, const char *type,
                   struct sc_error *err)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < data->counts[SC_TABLE_DRAM] && count < NAMES_MAX; i++) {
        names[count++] = data->dram[i].type;
        if (strcmp(data->dram[i].type, type) != 0)
            continue;
        for (int j = 0; j < SC_ENERGY_CASES; j++)
            pj[j] = 8 * data->dram[i].pj_per_bit[j];
        return SC_OK;
    }
    const char *near = sc_nearest_name(type, names, count);
    return sc_fail(err, SC_BAD_INPUT, NULL, 0, "found the unknown DRAM type \"%.40s\"; %s%s%s", type,
                   near ? "did you mean \"" : "expected one of data/energy/dram.csv", near ? near : "",
                   near ? "\"?" : "");
}
