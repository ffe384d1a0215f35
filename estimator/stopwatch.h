/* stopwatch.h - a budget of seconds, and the user's interrupt, for commands that keep what they have got so far.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_STOPWATCH_H
#define SC_STOPWATCH_H

#include <signal.h>
#include <stdbool.h>

struct sc_stopwatch {
    double start;
    struct sigaction old_alarm, old_interrupt;
};

/* Starts: SIGINT raises the flag.  One stopwatch at a time; stop it with sc_stopwatch_stop(). */
void sc_stopwatch_start(struct sc_stopwatch *watch);

/* From now on there are so many seconds, at least 1, until the flag is raised; 0: no end. */
void sc_stopwatch_budget(double seconds);

/* Gives the signals back; returns the seconds since the start. */
double sc_stopwatch_stop(struct sc_stopwatch *watch);

/* Whether it was the user who stopped the last one. */
bool sc_stopwatch_interrupted(void);

/* Nonzero once it is time to stop. */
const volatile sig_atomic_t *sc_stopwatch_flag(void);

#endif
