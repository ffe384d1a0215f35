/* fig21.h - Fig. 21 of the DSTC paper (data/papers/dstc-fig21.csv) against cycles per k of anything.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FIG21_H
#define TESTS_FIG21_H

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

#include "machine.h"
#include "machine_files.h"

enum { FIG21_POINTS = 10 };

struct fig21_point {
    double activation, weight, ratio, m0;
};

/* The ten points, the first of which is dense. */
static inline void fig21_read(struct fig21_point out[FIG21_POINTS])
{
    char path[TEST_PATH], line[512];
    FILE *file = fopen(in_source(path, "data/papers/dstc-fig21.csv"), "r");
    cr_assert_not_null(file, "cannot open %s", path);
    cr_assert_not_null(fgets(line, sizeof line, file));
    for (int i = 0; i < FIG21_POINTS; i++) {
        double value, rounded;
        cr_assert_not_null(fgets(line, sizeof line, file));
        cr_assert_eq(
            sscanf(line, "%lf,%lf,%lf,%lf,%lf", &out[i].activation, &out[i].weight, &value, &rounded, &out[i].m0), 5);
        out[i].ratio = value / 4600;
        cr_assert_float_eq(out[i].ratio, rounded, 1e-4);
    }
    fclose(file);
}

/* dstc-v100 with a single SM, so that small problems keep it busy. */
static inline struct sc_tensor_core fig21_core(void)
{
    struct sc_machine machine;
    struct sc_error err;
    use_source_data();
    cr_assert_eq(sc_machine_read(&machine, "dstc-v100", NULL, &err), SC_OK, "%s", err.message);
    machine.tensor.sms = 1;
    return machine.tensor;
}

/* Prints the points and returns the mean error over the nine of them that are not dense, percent. */
static inline double fig21_error(const char *name,
                                 double (*cycles)(const struct sc_tensor_core *core, double activation, double weight),
                                 const struct sc_tensor_core *core)
{
    struct fig21_point point[FIG21_POINTS];
    double dense = cycles(core, 1, 1), sum = 0, worst = 0;
    char text[512] = "";
    fig21_read(point);
    for (int i = 1; i < FIG21_POINTS; i++) {
        double error = 100 * (cycles(core, point[i].activation, point[i].weight) / dense / point[i].ratio - 1);
        snprintf(text + strlen(text), sizeof text - strlen(text), " %+.1f", error);
        sum += fabs(error);
        worst = fmax(worst, fabs(error));
    }
    fprintf(stderr, "Fig. 21, %s:%s %%; mean error %.2f %%, worst %.1f %%, dense %.2f cycles per k\n", name, text,
            sum / (FIG21_POINTS - 1), worst, dense);
    return sum / (FIG21_POINTS - 1);
}

#endif
