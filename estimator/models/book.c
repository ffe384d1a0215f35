/* book.c - what closed forms book in the same way.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "book.h"

void sc_book_loads(const struct sc_plan *plan, struct sc_account *account, double loads, double n)
{
    if (!account)
        return;
    double all = loads * sc_blocking_load(plan, n);
    double fixed = (n > 0 ? plan->machine.step_fixed : plan->machine.empty_step) + plan->machine.stationary_fixed;
    sc_book(account, SC_CHARGE_LOAD_FIXED, loads, loads * fixed);
    sc_book(account, SC_CHARGE_LOAD_BANKS, loads * n, all - loads * fixed);
}

void sc_book_steps(const struct sc_plan *plan, struct sc_account *account, double steps, double banks, double tiles,
                   double drain)
{
    if (!account)
        return;
    sc_book(account, SC_CHARGE_STEP_FIXED, steps, steps * plan->machine.step_fixed);
    sc_book(account, SC_CHARGE_STEP_BANKS, steps, banks);
    sc_book(account, SC_CHARGE_DRAIN, tiles, tiles * drain);
}

void sc_book_chunks(const struct sc_plan *plan, struct sc_account *account, double chunks, double n, double steps,
                    double banks, double outputs)
{
    if (!account)
        return;
    double stall = sc_blocking_load_stall(plan, chunks, n);
    sc_book_loads(plan, account, chunks, n);
    sc_book_steps(plan, account, chunks * steps, chunks * banks, chunks, plan->machine.drain);
    sc_book(account, SC_CHARGE_TREE_OUTPUT, chunks * outputs, chunks * outputs);
    sc_book_misses(plan, account, chunks * sc_min(1, n / plan->line_words), chunks * n / plan->line_words, stall);
}

void sc_book_tiles(struct sc_account *account, double count, double load, double steps, double walk)
{
    sc_book(account, SC_CHARGE_LOAD_BEATS, count, count * load);
    sc_book(account, SC_CHARGE_STEP, count * steps, count * steps);
    sc_book(account, SC_CHARGE_STEP_WAITS, count * steps, count * (walk - steps));
}

void sc_book_merging(struct sc_account *account, double outputs, double passes, double each, double idle)
{
    sc_book(account, SC_CHARGE_MERGE_OUTPUT, outputs, outputs);
    sc_book(account, SC_CHARGE_MERGE_PASS, passes, passes * each);
    sc_book(account, SC_CHARGE_MERGE_IDLE, passes, idle);
}

void sc_book_misses(const struct sc_plan *plan, struct sc_account *account, double missing, double lines,
                    double cycles)
{
    if (!account)
        return;
    double first = sc_min(cycles, missing * plan->miss_latency);
    sc_book(account, SC_CHARGE_MISS_LATENCY, missing, first);
    sc_book(account, SC_CHARGE_MISS_LINES, sc_max(0, lines - missing), cycles - first);
}

void sc_book_stall(const struct sc_plan *plan, const struct sc_events *e, const struct sc_cycles *c, double fills)
{
    if (!c->account)
        return;
    double fill = sc_min(c->stall, fills * plan->fill_latency);
    double bytes = e->line_misses * plan->machine.str_line_bytes + e->stationary_bytes + e->spill_read_bytes +
                   e->spill_write_bytes;
    sc_book(c->account, SC_CHARGE_FILL, fills, fill);
    sc_book(c->account, SC_CHARGE_DRAM_WAIT, bytes, c->stall - fill);
}
