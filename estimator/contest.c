/* contest.c - deciding between the dataflows of one layer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "estimate_refine.h"
#include "text.h"

/* The score that a share p of the scores stays below: quantiles at (1 -+ level) / 2, straight lines between, constant
 * beyond. */
static double quantile(const struct sc_scores *s, double p)
{
    double level = 100 * fabs(2 * p - 1) - SC_LEVEL_MIN; /* in steps of the table */
    const double *side = p < 0.5 ? s->low : s->high;
    if (level <= 0) { /* the middle half */
        double share = (p - 0.25) / 0.5;
        return s->low[0] + share * (s->high[0] - s->low[0]);
    }
    int at = (int)level;
    if (at >= SC_LEVELS - 1)
        return side[SC_LEVELS - 1];
    return side[at] + (level - at) * (side[at + 1] - side[at]);
}

void sc_grid_fill(struct sc_grid *grid, const struct sc_scores *scores)
{
    for (int g = 0; g < SC_GRID; g++)
        grid->score[g] = scores && scores->count > 0 ? quantile(scores, (g + 0.5) / SC_GRID) : 0;
}

void sc_grids_fill(struct sc_grids *grids, const struct sc_calibration *calibration)
{
    for (int d = 0; d < SC_DATAFLOWS; d++)
        for (int s = 0; s < SC_OPERANDS; s++)
            sc_grid_fill(&grids->of[d][s], calibration ? &calibration->of[d].scores[s] : NULL);
}

void sc_contest_open(struct sc_contest *c, size_t layer, unsigned machine, const struct sc_forecast *f,
                     const struct sc_calibration *calibration, const struct sc_grids *grids)
{
    *c = (struct sc_contest){.layer = layer, .machine = machine, .count = f->count, .first = f->best};
    for (unsigned i = 0; i < f->count; i++) {
        enum sc_dataflow d = f->dataflow[i];
        const struct sc_scores *used = f->remark[i].scores;
        c->of[i] = (struct sc_contender){.dataflow = d, .cycles = f->row[i].cycles, .spread = f->remark[i].spread,
                                         .grid = &grids->of[d][calibration && used ? used - calibration->of[d].scores
                                                                                   : 0]};
    }
    sc_contest_weigh(c);
}

void sc_contest_merge(const struct sc_contest *c, const char *config, struct sc_forecast *f)
{
    for (unsigned i = 0; i < f->count; i++) {
        struct sc_result names = f->row[i];
        if (c->of[i].simulated) {
            f->row[i] = c->row[i];
            f->row[i].layer = names.layer;
            f->row[i].model = names.model;
            f->row[i].machine = names.machine;
            f->row[i].config = config;
            f->row[i].note = "";
        }
        f->row[i].best = i == sc_contest_best(c);
    }
    f->best = f->count > 0 ? sc_contest_best(c) : 0;
}

unsigned sc_contest_best(const struct sc_contest *c)
{
    unsigned best = 0;
    for (unsigned i = 1; i < c->count; i++)
        if (c->of[i].cycles < c->of[best].cycles)
            best = i;
    return best;
}

double sc_contender_beats(const struct sc_contender *rival, const struct sc_contender *choice, double *gain)
{
    double lead = choice->cycles > 0 && rival->cycles > 0 ? log(rival->cycles / choice->cycles) : 0, below = 0, sum = 0,
           won = 0;
    unsigned h = 0, wins = 0;
    for (int g = 0; g < SC_GRID; g++) { /* both ascend, so what lies below only grows */
        double x = choice->spread * choice->grid->score[g] - lead;
        for (; h < SC_GRID && rival->spread * rival->grid->score[h] < x; h++)
            below += rival->spread * rival->grid->score[h];
        wins += h;
        sum = h * x - below;
        won += sum > 0 ? sum : 0;
    }
    if (gain)
        *gain = won / (SC_GRID * SC_GRID);
    return (double)wins / (SC_GRID * SC_GRID);
}

void sc_contest_weigh(struct sc_contest *c)
{
    unsigned best = sc_contest_best(c);
    double safe = 1, gain;
    c->regret = 0;
    for (unsigned i = 0; i < c->count; i++) {
        if (i == best)
            continue;
        safe *= 1 - sc_contender_beats(&c->of[i], &c->of[best], &gain);
        c->regret += gain;
    }
    c->doubt = 1 - safe;
}

/* How wide the middle nine tenths are. */
static double width(const struct sc_contender *c)
{
    return c->spread * (c->grid->score[SC_GRID * 95 / 100] - c->grid->score[SC_GRID * 5 / 100]);
}

int sc_contest_next(const struct sc_contest *c)
{
    unsigned best = sc_contest_best(c), rival = best;
    double most = 0, second = 0;
    for (unsigned i = 0; i < c->count; i++) {
        double chance = i == best ? 0 : sc_contender_beats(&c->of[i], &c->of[best], NULL);
        if (chance > most) {
            second = most;
            most = chance;
            rival = i;
        } else if (chance > second) {
            second = chance;
        }
    }
    if (rival == best)
        return -1;
    if (c->of[best].simulated)
        return (int)rival;
    return c->of[rival].simulated || 2 * second > most || width(&c->of[best]) >= width(&c->of[rival]) ? (int)best
                                                                                                      : (int)rival;
}

int sc_contest_simulate(struct sc_contest *c, unsigned index, const struct sc_layer *layer,
                        const struct sc_refine_tools *tools, struct sc_error *err)
{
    struct sc_contender *s = &c->of[index];
    struct sc_result rows[SC_DATAFLOWS];
    bool wanted[SC_DATAFLOWS] = {false};
    wanted[s->dataflow] = true;
    if (!c->row)
        c->row = calloc(c->count, sizeof *c->row);
    int status = c->row ? SC_OK : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a simulation");
    if (status == SC_OK)
        status = tools->simulator(&tools->bound->plan.machine, layer, wanted, tools->which, tools->cancel, rows, err);
    c->stuck = status != SC_OK && status != SC_END;
    if (status != SC_OK)
        return status;
    c->row[index] = rows[s->dataflow];
    s->cycles = rows[s->dataflow].cycles;
    s->spread = 0;
    s->simulated = true;
    c->simulations++;
    sc_contest_weigh(c);
    return SC_OK;
}

bool sc_refine_budget_parse(struct sc_refine_budget *budget, const char *text)
{
    size_t length = strlen(text);
    budget->seconds = 0;
    budget->pairs = 0;
    if (length > 1 && text[length - 1] == 's')
        return sc_parse_number(text, length - 1, &budget->seconds) && budget->seconds > 0 && budget->seconds <= 1e6;
    return sc_parse_count(text, length, &budget->pairs) && budget->pairs > 0;
}
