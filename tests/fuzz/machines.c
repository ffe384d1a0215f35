/* machines.c - fuzz targets for what describes a machine: its file, its calibration, energy tables, Accelergy's tables.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coefficients.h"
#include "energy_data.h"
#include "energy_tables.h"
#include "fuzz.h"

void fuzz_machine(const uint8_t *bytes, size_t size)
{
    static struct sc_machine machine;
    struct sc_error err;
    int status = sc_machine_read(&machine, fuzz_file("machine.yaml", bytes, size), NULL, &err);

    if (status == SC_OK)
        fuzz_run_machine(&machine);
    else
        fuzz_error(status, &err, FUZZ_LINE);
}

static struct sc_machine shipped(const char *name)
{
    struct sc_machine machine;
    struct sc_error err;

    FUZZ_CHECK(sc_machine_read(&machine, name, NULL, &err) == SC_OK, "%s", err.message);
    return machine;
}

/* A row as a closed form leaves it, corrected by a calibration that was accepted, stays sane. */
static void check_correction(const struct sc_calibration *c)
{
    static const struct sc_layer layer = {.name = "l", .model = "", .M = 64, .N = 196, .K = 1152, .count = 1,
                                          .density_a = 0.3, .density_b = 0.5};
    static struct sc_machine machine;
    static struct sc_corrector corrector;
    static struct sc_remark remark;

    if (!machine.family)
        machine = shipped("flexagon");
    sc_corrector_init(&corrector, c, &machine, SC_LEVEL_DEFAULT);
    for (int d = 0; d < SC_DATAFLOWS; d++)
        for (int operands = 0; operands < SC_OPERANDS; operands++) {
            struct sc_result row = {.layer = "l", .cycles = 106e3, .cycles_low = 106e3, .cycles_high = 106e3,
                                    .stationary_cycles = 1e3, .stream_cycles = 90e3, .merge_cycles = 5e3,
                                    .stall_cycles = 10e3, .utilization = 0.3, .products = 2e6, .nnz_a = 22118,
                                    .nnz_b = 112896, .nnz_c = 12544, .l1_reads = 2e6, .dram_read_bytes = 6e5,
                                    .dram_write_bytes = 5e4, .time_s = 132e-6, .energy_j = 1e-4, .edp_js = 1e-8};
            sc_correct(&corrector, &layer, (enum sc_dataflow)d, (enum sc_operands)operands, &row, &remark);
            fuzz_row(&row, "corrected row");
        }
}

void fuzz_calibration(const uint8_t *bytes, size_t size)
{
    static struct sc_calibration c, back;
    struct sc_error err;
    int status = sc_calibration_read(&c, fuzz_file("calibration.yaml", bytes, size), &err);

    if (status != SC_OK) {
        fuzz_error(status, &err, FUZZ_LINE);
        return;
    }
    check_correction(&c);
    const char *path = fuzz_file("rewritten.yaml", "", 0);
    FUZZ_CHECK(sc_calibration_write(&c, path, &err) == SC_OK, "%s", err.message);
    FUZZ_CHECK(sc_calibration_read(&back, path, &err) == SC_OK, "a calibration that we wrote is refused, line %u: %s",
               (unsigned)err.line, err.message);
    FUZZ_CHECK(strcmp(c.machine, back.machine) == 0 && strcmp(c.digest, back.digest) == 0 && c.seed == back.seed &&
                   c.layers == back.layers && c.varied_count == back.varied_count &&
                   memcmp(c.pattern, back.pattern, sizeof c.pattern) == 0,
               "a calibration changed when written");
}

/* The text up to a line "---8<---" is the ERT, the rest an ART. */
void fuzz_ert(const uint8_t *bytes, size_t size)
{
    static const char cut[] = "---8<---\n";
    static struct sc_machine machine;
    char *text = fuzz_text(bytes, size), *art = strstr(text, cut), table[1200];
    struct sc_error err;

    snprintf(table, sizeof table, "%s", fuzz_file("ert.yaml", text, art ? (size_t)(art - text) : size));
    if (art) {
        size_t used = strlen(table);
        snprintf(table + used, sizeof table - used, ",%s",
                 fuzz_file("art.yaml", art + sizeof cut - 1, strlen(art + sizeof cut - 1)));
    }
    free(text);
    int status = sc_machine_read(&machine, "flexagon", table, &err);
    if (status == SC_OK)
        fuzz_machine_energy(&machine);
    else
        fuzz_error(status, &err, FUZZ_LINE);
}

static const char *const tables[] = {"sets", "logic", "sram", "dram", "nodes", "rules"};
enum { TABLES = sizeof tables / sizeof tables[0], ROOM = 4096 };

/* A data directory of links to the real one, but for energy/<table>.csv; its name in `directory`. */
static void make_directory(char directory[ROOM], const char *table, const uint8_t *bytes, size_t size)
{
    char path[2 * ROOM], real[2 * ROOM];
    const char *data = getenv("SPARSECAST_DATA"), *input = fuzz_file("table.csv", bytes, size);

    snprintf(directory, ROOM, "%s.data", input);
    mkdir(directory, 0700);
    snprintf(path, sizeof path, "%s/energy", directory);
    mkdir(path, 0700);
    for (int i = 0; i < TABLES; i++) {
        snprintf(path, sizeof path, "%s/energy/%s.csv", directory, tables[i]);
        snprintf(real, sizeof real, "%s/energy/%s.csv", data, tables[i]);
        FUZZ_CHECK(symlink(strcmp(tables[i], table) == 0 ? input : real, path) == 0, "%s: cannot be made", path);
    }
}

static void remove_directory(const char *directory)
{
    char path[2 * ROOM];

    for (int i = 0; i < TABLES; i++) {
        snprintf(path, sizeof path, "%s/energy/%s.csv", directory, tables[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/energy", directory);
    rmdir(path);
    rmdir(directory);
}

static void check_pj(int status, const double pj[SC_ENERGY_CASES], const struct sc_error *err)
{
    if (status != SC_OK && status != SC_END)
        fuzz_error(status, err, FUZZ_ANYWHERE);
    for (int i = 0; status == SC_OK && i < SC_ENERGY_CASES; i++)
        FUZZ_CHECK(isfinite(pj[i]) && pj[i] >= 0, "an energy of %g pJ", pj[i]);
}

static void look_up(const struct sc_energy_data *data)
{
    struct sc_energy_set set;
    struct sc_error err;
    double pj[SC_ENERGY_CASES], bytes[] = {100, 16384, 1 << 20};

    int status = sc_energy_set_find(&set, data, "nm28-cacti", &err);
    if (status != SC_OK) {
        fuzz_error(status, &err, FUZZ_ANYWHERE);
        return;
    }
    check_pj(sc_energy_logic(pj, data, &set, "fp_mul", 16, 28, 0.9, &err), pj, &err);
    check_pj(sc_energy_logic(pj, data, &set, "compare", 7, 40, 1, &err), pj, &err);
    check_pj(sc_energy_dram(pj, data, "HBM2", &err), pj, &err);
    for (int i = 0; i < 3; i++)
        check_pj(sc_energy_sram(pj, data, &set, bytes[i], 32, 28, i == 1), pj, &err);
}

/* The first byte picks a table, the others are its text. */
void fuzz_energy(const uint8_t *bytes, size_t size)
{
    char directory[ROOM];
    struct sc_energy_data *data;
    struct sc_error err;
    const char *real = getenv("SPARSECAST_DATA");

    if (size == 0)
        return;
    FUZZ_CHECK(real, "SPARSECAST_DATA is not set");
    char *kept = strdup(real);
    make_directory(directory, tables[bytes[0] % TABLES], bytes + 1, size - 1);
    setenv("SPARSECAST_DATA", directory, 1);
    int status = sc_energy_data_open(&data, &err);
    setenv("SPARSECAST_DATA", kept, 1);
    remove_directory(directory);
    free(kept);
    if (status == SC_OK)
        look_up(data);
    else
        fuzz_error(status, &err, FUZZ_LINE);
    sc_energy_data_close(status == SC_OK ? data : NULL);
}
