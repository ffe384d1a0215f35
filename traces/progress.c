/* progress.c - a bar with the time left on standard error, for work that takes longer than a second.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { BAR_COLUMNS = 30 };

static const double first_after = 1, every = 0.25; /* seconds */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void sc_progress_start(struct sc_progress *progress, bool quiet, double total, uint64_t count)
{
    *progress = (struct sc_progress){.on = !quiet && isatty(STDERR_FILENO), .total = total, .count = count};
    progress->started = now();
    progress->shown = progress->started + first_after - every;
}

void sc_progress_time(char *out, unsigned size, double seconds)
{
    uint64_t s = seconds < 1e9 ? (uint64_t)(seconds + 0.5) : UINT64_C(1000000000);
    if (s < 60)
        snprintf(out, size, "%" PRIu64 " s", s);
    else if (s < 3600)
        snprintf(out, size, "%" PRIu64 " min %" PRIu64 " s", s / 60, s % 60);
    else
        snprintf(out, size, "%" PRIu64 " h %" PRIu64 " min", s / 3600, s % 3600 / 60);
}

static void draw(struct sc_progress *progress, double at)
{
    char bar[BAR_COLUMNS + 1], left[40] = "";
    double share = progress->total > 0 ? progress->done / progress->total : 0;
    share = share > 1 ? 1 : share;
    for (int i = 0; i < BAR_COLUMNS; i++)
        bar[i] = i < (int)(share * BAR_COLUMNS) ? '=' : ' ';
    bar[BAR_COLUMNS] = '\0';
    if (share > 0)
        sc_progress_time(left, sizeof left, (at - progress->started) * (1 - share) / share);
    fprintf(stderr, "\r\033[K[%s] %2d %%, %" PRIu64 " of %" PRIu64 " runs, %s left", bar, (int)(100 * share),
            progress->finished, progress->count, left);
    fflush(stderr);
    progress->drawn = true;
}

void sc_progress_add(struct sc_progress *progress, double weight)
{
    progress->done += weight;
    progress->finished++;
    if (!progress->on)
        return;
    double at = now();
    if (at < progress->shown + every)
        return;
    progress->shown = at;
    draw(progress, at);
}

void sc_progress_end(struct sc_progress *progress)
{
    if (!progress->drawn)
        return;
    fputs("\r\033[K", stderr);
    progress->drawn = false;
}
