/* test_progress.c - the progress bar on a terminal of its own, and times for people.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/progress.h"

/* What four of ten pieces of equal work draw when they end at once, `waited` seconds after the start. */
static const char *drawn(bool quiet, double waited)
{
    static char text[1024];
    struct sc_progress progress;
    int terminal = posix_openpt(O_RDWR | O_NOCTTY), kept = dup(STDERR_FILENO);
    cr_assert(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    int line = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    cr_assert(line >= 0);
    fcntl(terminal, F_SETFL, O_NONBLOCK);
    fflush(stderr);
    dup2(line, STDERR_FILENO);
    sc_progress_start(&progress, quiet, 10, 10);
    progress.started -= waited;
    progress.shown -= waited;
    for (int i = 0; i < 4; i++)
        sc_progress_add(&progress, 1);
    sc_progress_end(&progress);
    fflush(stderr);
    ssize_t size = read(terminal, text, sizeof text - 1);
    text[size > 0 ? size : 0] = '\0';
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(line);
    close(terminal);
    return text;
}

Test(progress, a_bar_with_the_time_left)
{
    const char *text = drawn(false, 90);
    cr_assert_not_null(strstr(text, "10 %, 1 of 10 runs, 13 min 30 s left"), "%s", text);
    cr_expect_null(strstr(text, "2 of 10"), "at most four times a second: %s", text);
    cr_expect_not_null(strstr(text, "[=== "), "%s", text);
    cr_expect_str_eq(text + strlen(text) - 4, "\r\033[K", "wiped at the end");
}

Test(progress, nothing_at_once_or_when_asked_for_silence)
{
    cr_expect_str_empty(drawn(false, 0), "the first second is quiet");
    cr_expect_str_empty(drawn(true, 90));
}

Test(progress, times_for_people)
{
    static const struct {
        double seconds;
        const char *says;
    } rows[] = {
        {0, "0 s"},       {59.4, "59 s"},       {59.6, "1 min 0 s"}, {200, "3 min 20 s"}, {3599.4, "59 min 59 s"},
        {3600, "1 h 0 min"}, {7500, "2 h 5 min"}, {1e300, "277777 h 46 min"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[40];
        sc_progress_time(text, sizeof text, rows[i].seconds);
        cr_expect_str_eq(text, rows[i].says);
    }
}
