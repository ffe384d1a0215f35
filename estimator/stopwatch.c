/* stopwatch.c - see stopwatch.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "stopwatch.h"

#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stop; /* signal handlers reach nothing else */

static void stop_now(int signal)
{
    stop = signal;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void sc_stopwatch_start(struct sc_stopwatch *watch)
{
    struct sigaction ring = {.sa_handler = stop_now};
    stop = 0;
    watch->start = now();
    sigaction(SIGALRM, &ring, &watch->old_alarm);
    sigaction(SIGINT, &ring, &watch->old_interrupt);
}

void sc_stopwatch_budget(double seconds)
{
    if (seconds > 0)
        alarm(seconds < 1 ? 1 : (unsigned)seconds);
}

double sc_stopwatch_stop(struct sc_stopwatch *watch)
{
    alarm(0);
    sigaction(SIGINT, &watch->old_interrupt, NULL);
    sigaction(SIGALRM, &watch->old_alarm, NULL);
    return now() - watch->start;
}

bool sc_stopwatch_interrupted(void)
{
    return stop == SIGINT;
}

const volatile sig_atomic_t *sc_stopwatch_flag(void)
{
    return &stop;
}
