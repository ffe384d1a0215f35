/* texts.c - fuzz targets for the texts of options and cells: pattern kinds, and axes of a sweep.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "profile.h"
#include "sweep.h"
#include "traces/generate.h"

enum { COMBINATIONS_MOST = 100000, TRIED = 2 };

/* An operand of the kind: its statistics and a draw of it agree in their number of nonzeros. */
static void check_operand(const struct sc_pattern_spec *spec, uint64_t rows, uint64_t cols, double density)
{
    struct sc_side side;
    struct sc_pattern p;
    struct sc_error err;
    int status = sc_side_from_density(&side, rows, cols, density, spec, true, &err);

    if (status != SC_OK)
        fuzz_error(status, &err, FUZZ_ANYWHERE);
    int drawn = sc_pattern_generate(&p, rows, cols, density, spec, true, 1, &err);
    if (drawn != SC_OK)
        fuzz_error(drawn, &err, FUZZ_ANYWHERE);
    if (status == SC_OK && drawn == SC_OK)
        FUZZ_CHECK(fabs(side.nnz - (double)p.nnz) < 1e-6 * (1 + side.nnz), "%g nonzeros expected, %g drawn", side.nnz,
                   (double)p.nnz);
    if (drawn == SC_OK) {
        FUZZ_CHECK(sc_pattern_check(&p, &err) == SC_OK, "%s", err.message);
        sc_pattern_free(&p);
    }
}

void fuzz_pattern(const uint8_t *bytes, size_t size)
{
    char *text = fuzz_text(bytes, size), written[128], again[128];
    struct sc_pattern_spec spec, back;
    struct sc_error err;
    int status = sc_pattern_parse(&spec, text, &err);

    if (status != SC_OK) {
        fuzz_error(status, &err, FUZZ_ANYWHERE);
    } else {
        FUZZ_CHECK(sc_pattern_format(written, sizeof written, &spec) < sizeof written, "too long: %s", text);
        FUZZ_CHECK(sc_pattern_parse(&back, written, &err) == SC_OK, "'%s' became '%s': %s", text, written,
                   err.message);
        sc_pattern_format(again, sizeof again, &back);
        FUZZ_CHECK(strcmp(written, again) == 0, "'%s' became '%s', then '%s'", text, written, again);
        check_operand(&spec, 18, 36, 0.25);
        check_operand(&spec, 1, 9, 1);
    }
    free(text);
}

/* Machine keys take the first values of each axis. */
static void change_machine(const struct sc_sweep *sweep, const char *name, size_t count)
{
    static struct sc_machine machine;
    struct sc_machine_change change[SC_AXES_MAX];
    struct sc_error err;

    for (size_t i = 0; i < count && i < TRIED; i++) {
        size_t index = i == 0 ? 0 : count - 1;
        for (unsigned a = 0; a < sweep->axes; a++)
            change[a] = (struct sc_machine_change){sweep->axis[a].key, sc_sweep_value(sweep, index, a)};
        int status = sc_machine_read_changed(&machine, name, NULL, change, sweep->axes, &err);
        if (status == SC_OK)
            fuzz_run_machine(&machine);
        else
            fuzz_error(status, &err, FUZZ_ANYWHERE);
    }
}

/* A line per axis; the first line names a machine. */
void fuzz_sweep(const uint8_t *bytes, size_t size)
{
    static const char *const machines[] = {"flexagon", "flexagon-asplos23", "dstc-v100", "sps", "butterfly-array",
                                           "fabnet-be40", "xavier-nx"};
    char *text = fuzz_text(bytes, size), *line, *rest = NULL;
    const char *name = machines[0];
    struct sc_sweep sweep = {.axes = 0};
    struct sc_error err;
    int status = SC_OK;
    size_t count = 0;

    line = strtok_r(text, "\n", &rest);
    for (size_t i = 0; line && i < sizeof machines / sizeof machines[0]; i++)
        if (strcmp(line, machines[i]) == 0)
            name = machines[i];
    while (status == SC_OK && (line = strtok_r(NULL, "\n", &rest)))
        status = sc_sweep_add(&sweep, line, &err);
    if (status == SC_OK)
        status = sc_sweep_count(&sweep, COMBINATIONS_MOST, &count, &err);
    if (status == SC_OK)
        change_machine(&sweep, name, count);
    else
        fuzz_error(status, &err, FUZZ_ANYWHERE);
    sc_sweep_free(&sweep);
    free(text);
}
