/* machines_cmd.c - the commands that tell what is available: machines and dataflows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machines_cmd.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "command.h"
#include "family.h"
#include "machine.h"
#include "machine_keys.h"
#include "output.h"
#include "text.h"

enum {
    LINE_BYTES = 4096,
    NAME_COLUMNS = 20,
    FLOWS_COLUMNS = 38,
    KEY_COLUMNS = 34,
    VALUE_COLUMNS = 18
};

struct machines_request {
    bool verbose;
};

static const struct sc_option machines_options[] = {
    {"verbose", NULL, 'v', "every parameter, the area and power of each part, and the energy of each event", NULL,
     SC_FLAG(struct machines_request, verbose)},
    SC_OPTIONS_END,
};

const struct sc_command sc_machines_manual = {
    .name = "machines",
    .summary = "list the machines",
    .synopsis = "[-v] [MACHINE]...",
    .about = "Lists the shipped machines, or the given ones (names or paths of YAML files), one line each.",
    .options = machines_options,
    .completion = SC_COMPLETE_MACHINE,
    .examples = "sparsecast machines\n"
                "sparsecast machines -v flexagon",
};

static const struct sc_option dataflows_options[] = {SC_OPTIONS_END};

const struct sc_command sc_dataflows_manual = {
    .name = "dataflows",
    .summary = "list the dataflows",
    .synopsis = "",
    .about = "Lists the dataflows with their meaning, in the order of output rows.",
    .options = dataflows_options,
    .examples = "sparsecast dataflows",
};

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static int print(struct sc_output *out, struct sc_error *err, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    size_t size = length < 0 ? 0 : (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;
    return sc_output_write(out, line, size, err);
}

/* "5.28" or "-" for what is unknown. */
static const char *quantity(char out[SC_NUMBER_SIZE], double value, int digits)
{
    if (value > 0)
        sc_format_number(out, value, digits);
    else
        strcpy(out, "-");
    return out;
}

/* The timing policy, "-" for families that have none. */
static const char *timing_of(const struct sc_machine *machine)
{
    size_t count;
    const struct sc_machine_key *keys = sc_machine_keys(machine->family, &count);
    for (size_t i = 0; i < count; i++)
        if (keys[i].type == SC_KEY_TIMING)
            return machine->timing == SC_BLOCKING ? "blocking" : "pipelined";
    return "-";
}

static int print_line(struct sc_output *out, const struct sc_machine *machine, struct sc_error *err)
{
    char flows[128], area[SC_NUMBER_SIZE], power[SC_NUMBER_SIZE];
    sc_supported_names(flows, sizeof flows, machine);
    return print(out, err, "%-*s  %-9s  %-*s  %8s  %8s  %s\n", NAME_COLUMNS, machine->name,
                 timing_of(machine), FLOWS_COLUMNS, flows,
                 quantity(area, machine->area_mm2, 4), quantity(power, machine->power_mw, 6), machine->description);
}

static int print_parameters(struct sc_output *out, const struct sc_machine *machine, struct sc_error *err)
{
    size_t count;
    const struct sc_machine_key *keys = sc_machine_keys(machine->family, &count);
    char value[SC_KEY_TEXT_SIZE], flows[128];
    int status = SC_OK;
    for (size_t i = 0; status == SC_OK && i < count; i++) {
        char with_unit[SC_KEY_TEXT_SIZE + 32];
        sc_machine_key_get(value, machine, &keys[i]);
        snprintf(with_unit, sizeof with_unit, "%s%s%s", value, keys[i].unit[0] ? " " : "", keys[i].unit);
        status =
            print(out, err, "  %-*s  %-*s  %s\n", KEY_COLUMNS, keys[i].path, VALUE_COLUMNS, with_unit, keys[i].meaning);
    }
    sc_supported_names(flows, sizeof flows, machine);
    return status == SC_OK ? print(out, err, "  %-*s  %s\n", KEY_COLUMNS, "dataflows", flows) : status;
}

static int print_parts(struct sc_output *out, const struct sc_machine *machine, struct sc_error *err)
{
    char area[SC_NUMBER_SIZE], power[SC_NUMBER_SIZE];
    int status = SC_OK;
    if (machine->part_count > 0)
        status = print(out, err, "  %-*s  %10s  %10s\n", KEY_COLUMNS, "area and power", "mm2", "mW");
    for (unsigned i = 0; status == SC_OK && i < machine->part_count; i++)
        status = print(out, err, "    %-*s  %10s  %10s\n", KEY_COLUMNS - 2, machine->parts[i].name,
                       quantity(area, machine->parts[i].area_mm2, 6), quantity(power, machine->parts[i].power_mw, 6));
    if (status == SC_OK && machine->part_count > 0)
        status = print(out, err, "    %-*s  %10s  %10s\n", KEY_COLUMNS - 2, "total",
                       quantity(area, machine->area_mm2, 6), quantity(power, machine->power_mw, 6));
    return status;
}

static int print_energy(struct sc_output *out, const struct sc_machine *machine, struct sc_error *err)
{
    char low[SC_NUMBER_SIZE], nominal[SC_NUMBER_SIZE], high[SC_NUMBER_SIZE];
    const struct sc_energy *energy = &machine->energy;
    const char *name, *unit;
    const double *pj;
    int status = print(out, err, "  energy from %s @ %s, pJ per event%s%s\n  %-*s  %10s  %10s  %10s\n", energy->table,
                       energy->digest, energy->missing[0] ? "; no value for " : "", energy->missing, KEY_COLUMNS, "",
                       "low", "nominal", "high");
    for (unsigned i = 0; status == SC_OK && (pj = machine->family->energy(machine, i, &name, &unit)); i++)
        status = print(out, err, "    %-*s  %10s  %10s  %10s  per %s\n", KEY_COLUMNS - 2, name,
                       quantity(low, pj[SC_ENERGY_LOW], 5), quantity(nominal, pj[SC_ENERGY_NOMINAL], 5),
                       quantity(high, pj[SC_ENERGY_HIGH], 5), unit);
    return status;
}

static int print_all(struct sc_output *out, const struct sc_machine *machine, struct sc_error *err)
{
    int status = print(out, err, "%s @ %s\n", machine->file, machine->digest);
    if (status == SC_OK)
        status = print_parameters(out, machine, err);
    if (status == SC_OK)
        status = print_parts(out, machine, err);
    if (status == SC_OK)
        status = print_energy(out, machine, err);
    return status == SC_OK ? print(out, err, "\n") : status;
}

static int print_machines(struct sc_output *out, char *const *names, unsigned count, bool verbose, struct sc_error *err)
{
    int status = SC_OK;
    if (!verbose)
        status = print(out, err, "%-*s  %-9s  %-*s  %8s  %8s  %s\n", NAME_COLUMNS, "machine", "timing", FLOWS_COLUMNS,
                       "dataflows", "mm2", "mW", "description");
    for (unsigned i = 0; status == SC_OK && i < count; i++) {
        struct sc_machine machine;
        status = sc_machine_read(&machine, names[i], NULL, err);
        if (status == SC_OK)
            status = verbose ? print_all(out, &machine, err) : print_line(out, &machine, err);
    }
    return status;
}

static int print_dataflows(struct sc_output *out, struct sc_error *err)
{
    int status = SC_OK;
    for (int i = 0; status == SC_OK && i < SC_DATAFLOWS; i++)
        status = print(out, err, "%-8s  %s\n", sc_dataflow_name((enum sc_dataflow)i),
                       sc_dataflow_meaning((enum sc_dataflow)i));
    return status;
}

/* Completes or drops the output and turns the outcome into an exit status. */
static int end(struct sc_output *out, int status, struct sc_error *err)
{
    if (status == SC_OK)
        status = sc_output_close(out, err);
    else
        sc_output_abandon(out);
    return status == SC_OK ? 0 : sc_error_print(err);
}

int sc_machines_command(int argc, char **argv)
{
    struct machines_request request = {false};
    struct sc_words words;
    struct sc_output *out = NULL;
    struct sc_error err;
    char **shipped = NULL;
    unsigned count = 0;
    int exit_status = sc_options_read(&sc_machines_manual, argc, argv, &request, &words);
    if (exit_status != SC_GO_ON)
        return exit_status;
    int status = words.count > 0 ? SC_OK : sc_machine_list(&shipped, &count, &err);
    if (status == SC_OK)
        status = sc_output_open(&out, NULL, &err);
    if (status == SC_OK)
        status = print_machines(out, words.count > 0 ? words.word : shipped,
                                words.count > 0 ? (unsigned)words.count : count, request.verbose, &err);
    free(shipped);
    return end(out, status, &err);
}

int sc_dataflows_command(int argc, char **argv)
{
    struct sc_words words;
    struct sc_output *out = NULL;
    struct sc_error err;
    int exit_status = sc_options_read(&sc_dataflows_manual, argc, argv, NULL, &words);
    if (exit_status == SC_GO_ON && words.count > 0)
        return sc_wrong_usage("dataflows", "expected no argument, found ", words.word[0]);
    if (exit_status != SC_GO_ON)
        return exit_status;
    int status = sc_output_open(&out, NULL, &err);
    if (status == SC_OK)
        status = print_dataflows(out, &err);
    return end(out, status, &err);
}
