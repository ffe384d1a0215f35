/* contest.c - deciding between the dataflows of one layer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "estimate_refine.h"
#include "text.h"

unsigned sc_contest_best(const struct sc_contest *c)
{
    unsigned best = 0;
    for (unsigned i = 1; i < c->count; i++)
        if (c->of[i].cycles < c->of[best].cycles)
            best = i;
    return best;
}

/* ln(rival / choice), >= 0, and the half width of its interval. */
static double lead(const struct sc_contender *choice, const struct sc_contender *rival, double *half)
{
    double up = choice->cycles > 0 ? log(choice->high / choice->cycles) : 0;
    double down = rival->cycles > 0 && rival->low > 0 ? log(rival->cycles / rival->low) : 0;
    *half = hypot(up, down);
    return choice->cycles > 0 && rival->cycles > 0 ? log(rival->cycles / choice->cycles) : 0;
}

/* E[max(0, -x)] of a normal x with mean `mean` and intervals of +-half. */
static double expected_gain(double mean, double half, int level)
{
    double deviation = half / gsl_cdf_ugaussian_Pinv(0.5 + level / 200.0);
    if (!(deviation > 0))
        return 0;
    return deviation * gsl_ran_ugaussian_pdf(mean / deviation) - mean * gsl_cdf_ugaussian_Q(mean / deviation);
}

int sc_contest_rival(const struct sc_contest *c, int level)
{
    unsigned best = sc_contest_best(c);
    double most = -1;
    int rival = -1;
    for (unsigned i = 0; i < c->count; i++) {
        double half, mean = lead(&c->of[best], &c->of[i], &half);
        if (i == best || half <= 0 || mean >= half)
            continue;
        double gain = expected_gain(mean, half, level);
        if (gain > most) {
            most = gain;
            rival = (int)i;
        }
    }
    return rival;
}

double sc_contest_regret(const struct sc_contest *c, int level)
{
    unsigned best = sc_contest_best(c);
    double sum = 0;
    for (unsigned i = 0; i < c->count; i++) {
        double half, mean = lead(&c->of[best], &c->of[i], &half);
        if (i != best)
            sum += expected_gain(mean, half, level);
    }
    return sum;
}

/* Of two contenders the one with the wider interval. */
static unsigned wider(const struct sc_contest *c, unsigned choice, unsigned rival)
{
    const struct sc_contender *a = &c->of[choice], *b = &c->of[rival];
    double x = a->low > 0 ? a->high / a->low : 1, y = b->low > 0 ? b->high / b->low : 1;
    return a->simulated || (!b->simulated && y > x) ? rival : choice;
}

static int simulate(struct sc_contest *c, unsigned index, const struct sc_layer *layer, const struct sc_refine_tools *tools,
                    struct sc_error *err)
{
    struct sc_contender *s = &c->of[index];
    struct sc_result rows[SC_DATAFLOWS];
    bool wanted[SC_DATAFLOWS] = {false};
    if (!c->row)
        c->row = calloc(c->count, sizeof *c->row);
    if (!c->row)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a simulation");
    wanted[s->dataflow] = true;
    int status = tools->simulator(&tools->bound->plan.machine, layer, wanted, tools->which, tools->cancel, rows, err);
    if (status != SC_OK)
        return status;
    c->row[index] = rows[s->dataflow];
    s->cycles = s->low = s->high = rows[s->dataflow].cycles;
    s->simulated = true;
    c->simulations++;
    return SC_OK;
}

int sc_contest_settle(struct sc_contest *c, const struct sc_layer *layer, const struct sc_refine_tools *tools, struct sc_error *err)
{
    const struct sc_contest before = *c;
    int status = SC_OK, rival;
    while (status == SC_OK && (rival = sc_contest_rival(c, tools->bound->corrector.level)) >= 0)
        status = simulate(c, wider(c, sc_contest_best(c), (unsigned)rival), layer, tools, err);
    if (status != SC_OK) {
        free(c->row);
        *c = before;
        c->row = NULL;
    }
    return status;
}

bool sc_refine_budget_parse(struct sc_refine_budget *budget, const char *text)
{
    size_t length = strlen(text);
    *budget = (struct sc_refine_budget){0, 0};
    if (length > 1 && text[length - 1] == 's')
        return sc_parse_number(text, length - 1, &budget->seconds) && budget->seconds > 0 && budget->seconds <= 1e6;
    return sc_parse_count(text, length, &budget->pairs) && budget->pairs > 0;
}
