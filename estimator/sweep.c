/* sweep.c - the axes of a sweep and the Pareto front.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "text.h"

enum { VALUES_MOST = 100000 };

static int add_value(struct sc_sweep_axis *axis, const char *text, size_t length, struct sc_error *err)
{
    if (axis->values == VALUES_MOST)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "%s takes more than %d values, expected fewer", axis->key,
                       VALUES_MOST);
    char **more = sc_grow(axis->value, axis->values, &axis->room, sizeof *more);
    char *copy = more ? strndup(text, length) : NULL;
    axis->value = more ? more : axis->value;
    if (!copy)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the values of %s", axis->key);
    axis->value[axis->values++] = copy;
    return SC_OK;
}

/* Reads "A:B:STEP" or "A:B:*FACTOR". */
static bool parse_range(const char *text, size_t length, double *first, double *last, double *step, bool *factor)
{
    const char *end = text + length, *one = memchr(text, ':', length);
    const char *two = one ? memchr(one + 1, ':', (size_t)(end - one - 1)) : NULL;
    if (!two)
        return false;
    *factor = two + 1 < end && two[1] == '*';
    const char *by = two + 1 + *factor;
    return sc_parse_number(text, (size_t)(one - text), first) &&
           sc_parse_number(one + 1, (size_t)(two - one - 1), last) && sc_parse_number(by, (size_t)(end - by), step);
}

static int add_range(struct sc_sweep_axis *axis, double first, double last, double step, bool factor,
                     struct sc_error *err)
{
    char text[SC_NUMBER_SIZE];
    int status = SC_OK;
    if (factor ? !(first > 0 && step > 1) : !(step > 0))
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "%s: a range needs %s", axis->key,
                       factor ? "a first value above 0 and a factor above 1" : "a step above 0");
    if (last < first)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "%s: the range ends before it begins", axis->key);
    double steps = factor ? log(last / first) / log(step) : (last - first) / step;
    if (steps >= VALUES_MOST)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "%s: the range has more than %d values", axis->key, VALUES_MOST);
    for (double i = 0; i <= floor(steps + 1e-9) && status == SC_OK; i++) {
        double value = factor ? first * pow(step, i) : first + i * step;
        status = add_value(axis, text, sc_format_number(text, value, 12), err);
    }
    return status;
}

static int add_values(struct sc_sweep_axis *axis, const char *text, struct sc_error *err)
{
    int status = SC_OK;
    for (bool more = true; more && status == SC_OK;) {
        double first, last, step;
        bool factor;
        size_t length = strcspn(text, ",");
        if (length == 0)
            return sc_fail(err, SC_BAD_USAGE, NULL, 0, "%s: an empty value in the list", axis->key);
        status = parse_range(text, length, &first, &last, &step, &factor)
                     ? add_range(axis, first, last, step, factor, err)
                     : add_value(axis, text, length, err);
        more = text[length] == ',';
        text += length + more;
    }
    return status;
}

int sc_sweep_add(struct sc_sweep *sweep, const char *text, struct sc_error *err)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "found '%.80s', expected KEY=VALUE,... or KEY=FIRST:LAST:STEP",
                       text);
    if (sweep->axes == SC_AXES_MAX)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "more than %d keys to sweep, the next is '%.80s'", SC_AXES_MAX,
                       text);
    for (unsigned a = 0; a < sweep->axes; a++)
        if (strlen(sweep->axis[a].key) == (size_t)(equals - text) &&
            strncmp(sweep->axis[a].key, text, (size_t)(equals - text)) == 0)
            return sc_fail(err, SC_BAD_USAGE, NULL, 0, "key '%s' is swept twice", sweep->axis[a].key);
    struct sc_sweep_axis *axis = &sweep->axis[sweep->axes];
    *axis = (struct sc_sweep_axis){.key = strndup(text, (size_t)(equals - text))};
    if (!axis->key)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a key to sweep");
    sweep->axes++;
    return add_values(axis, equals + 1, err);
}

void sc_sweep_free(struct sc_sweep *sweep)
{
    for (unsigned a = 0; a < sweep->axes; a++) {
        for (size_t v = 0; v < sweep->axis[a].values; v++)
            free(sweep->axis[a].value[v]);
        free(sweep->axis[a].value);
        free(sweep->axis[a].key);
    }
    sweep->axes = 0;
}

int sc_sweep_count(const struct sc_sweep *sweep, size_t most, size_t *count, struct sc_error *err)
{
    *count = 1;
    for (unsigned a = 0; a < sweep->axes; a++) {
        if (*count > most / sweep->axis[a].values)
            return sc_fail(err, SC_BAD_USAGE, NULL, 0, "more than %zu combinations, expected fewer", most);
        *count *= sweep->axis[a].values;
    }
    return SC_OK;
}

const char *sc_sweep_value(const struct sc_sweep *sweep, size_t index, unsigned axis)
{
    for (unsigned a = sweep->axes; --a > axis;)
        index /= sweep->axis[a].values;
    return sweep->axis[axis].value[index % sweep->axis[axis].values];
}

struct candidate {
    struct sc_cost cost;
    size_t index;
};

/* By cycles, then energy, then area: whoever beats a candidate comes before it. */
static int by_cost(const void *a, const void *b)
{
    const struct sc_cost *x = &((const struct candidate *)a)->cost, *y = &((const struct candidate *)b)->cost;
    if (x->cycles != y->cycles)
        return x->cycles < y->cycles ? -1 : 1;
    if (x->energy != y->energy)
        return x->energy < y->energy ? -1 : 1;
    return (x->area > y->area) - (x->area < y->area);
}

static bool equal(const struct sc_cost *x, const struct sc_cost *y)
{
    return x->cycles == y->cycles && x->energy == y->energy && x->area == y->area;
}

int sc_pareto(const struct sc_cost *cost, size_t count, bool *unbeaten, struct sc_error *err)
{
    struct candidate *sorted = malloc((count + 1) * sizeof *sorted);
    size_t *front = malloc((count + 1) * sizeof *front), size = 0;
    if (!sorted || !front) {
        free(sorted);
        free(front);
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu candidates", count);
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct candidate){cost[i], i};
    qsort(sorted, count, sizeof *sorted, by_cost);
    for (size_t i = 0; i < count; i++) {
        bool beaten = false;
        for (size_t f = 0; f < size && !beaten; f++) {
            const struct sc_cost *other = &sorted[front[f]].cost;
            beaten = other->energy <= sorted[i].cost.energy && other->area <= sorted[i].cost.area &&
                     !equal(other, &sorted[i].cost);
        }
        unbeaten[sorted[i].index] = !beaten;
        if (!beaten)
            front[size++] = i;
    }
    free(sorted);
    free(front);
    return SC_OK;
}
