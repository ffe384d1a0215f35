/* measure.c - what a command costs: seconds of processor time and peak memory.
 *
 * bench_measure [wall] SAMPLES TIMES COMMAND [ARGUMENT]...: runs COMMAND (TIMES in a row, SAMPLES times over, its output
 * thrown away) and prints the user and system seconds of one run, or those that passed, the least of all samples, and
 * its peak resident memory in KiB.  Processor time is much steadier than wall time where others use the machine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_now(bool wall, struct rusage *use)
{
    struct timespec now = {0, 0};
    getrusage(RUSAGE_CHILDREN, use);
    if (wall) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
    }
    return (double)(use->ru_utime.tv_sec + use->ru_stime.tv_sec) +
           1e-6 * (double)(use->ru_utime.tv_usec + use->ru_stime.tv_usec);
}

/* Runs the command once; false when it cannot be run or fails. */
static int run(char **command)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0)
            _exit(126);
        execvp(command[0], command);
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv)
{
    struct rusage use;
    double best = -1;
    bool wall = argc > 1 && strcmp(argv[1], "wall") == 0;
    argv += wall;
    argc -= wall;
    if (argc < 4 || atoi(argv[1]) < 1 || atoi(argv[2]) < 1) {
        fputs("usage: bench_measure [wall] SAMPLES TIMES COMMAND [ARGUMENT]...\n", stderr);
        return 2;
    }
    int samples = atoi(argv[1]), times = atoi(argv[2]);
    for (int sample = 0; sample < samples; sample++) {
        double before = seconds_now(wall, &use);
        for (int i = 0; i < times; i++)
            if (!run(argv + 3)) {
                fprintf(stderr, "bench_measure: %s failed\n", argv[3]);
                return 1;
            }
        double took = (seconds_now(wall, &use) - before) / times;
        best = best < 0 || took < best ? took : best;
    }
    printf("%.6f %ld\n", best, use.ru_maxrss);
    return 0;
}
