/* simulate_trace.c - phases of a run, recorded while it runs and written as CSV when its turn comes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "simulate_trace.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "output.h"
#include "printable.h"
#include "text.h"

enum { DIGITS = 15 }; /* of cycles: exact up to 10^9 with the fractions of the blocking policy */

struct sc_trace_file {
    struct sc_output *output;
};

void sc_trace_record(const struct sc_sim_phase *phase, void *context)
{
    struct sc_trace_log *log = context;
    struct sc_sim_phase *grown = log->overflow ? NULL : sc_grow(log->phase, log->phases, &log->room, sizeof *grown);
    log->overflow = !grown;
    if (grown) {
        log->phase = grown;
        log->phase[log->phases++] = *phase;
    }
}

void sc_trace_log_free(struct sc_trace_log *log)
{
    free(log->phase);
    *log = (struct sc_trace_log){0};
}

int sc_trace_open(struct sc_trace_file **file, const char *path, struct sc_error *err)
{
    static const char header[] = "layer,machine,dataflow,phase,start,end,events\n";
    struct sc_output *output;
    int status = sc_output_open(&output, path, err);
    *file = NULL;
    if (status != SC_OK)
        return status;
    status = sc_output_write(output, header, sizeof header - 1, err);
    *file = status == SC_OK ? malloc(sizeof **file) : NULL;
    if (status == SC_OK && !*file)
        status = sc_fail(err, SC_NO_MEMORY, path, 0, "out of memory for a timeline");
    if (status == SC_OK)
        (*file)->output = output;
    else
        sc_output_abandon(output);
    return status;
}

/* The cells before those of the phase, which all rows of a run share: "layer,machine,dataflow,"; to be freed. */
static char *common_cells(const char *layer, const char *machine, enum sc_dataflow dataflow, size_t *length)
{
    const char *name = sc_dataflow_name(dataflow);
    char *text = malloc(2 * (strlen(layer) + strlen(machine) + strlen(name)) + 9), *end = text;
    if (!text)
        return NULL;
    end = sc_csv_text(end, layer);
    *end++ = ',';
    end = sc_csv_text(end, machine);
    *end++ = ',';
    end = sc_csv_text(end, name);
    *end++ = ',';
    *length = (size_t)(end - text);
    return text;
}

static char *put_number(char *out, double value, char after)
{
    out += sc_format_number(out, value, DIGITS);
    *out++ = after;
    return out;
}

static int write_phase(struct sc_output *output, const struct sc_sim_phase *phase, const char *common, size_t length,
                       struct sc_error *err)
{
    char *out;
    size_t name = strlen(phase->name);
    int status = sc_output_reserve(output, length + name + 3 * SC_NUMBER_SIZE + 4, &out, err);
    if (status != SC_OK)
        return status;
    memcpy(out, common, length);
    memcpy(out + length, phase->name, name);
    out += length + name;
    *out++ = ',';
    out = put_number(out, phase->start, ',');
    out = put_number(out, phase->end, ',');
    out = put_number(out, (double)phase->events, '\n');
    sc_output_advance(output, out);
    return SC_OK;
}

int sc_trace_write(struct sc_trace_file *file, const struct sc_trace_log *log, const char *layer, const char *machine,
                   enum sc_dataflow dataflow, struct sc_error *err)
{
    size_t length = 0;
    char *common = common_cells(layer, machine, dataflow, &length);
    int status = SC_OK;
    if (!common || log->overflow)
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "layer '%.200s': out of memory for a timeline of %zu phases",
                         layer, log->phases);
    for (size_t i = 0; i < log->phases && status == SC_OK; i++)
        status = write_phase(file->output, &log->phase[i], common, length, err);
    free(common);
    return status;
}

int sc_trace_close(struct sc_trace_file *file, struct sc_error *err)
{
    int status = sc_output_close(file->output, err);
    free(file);
    return status;
}

void sc_trace_abandon(struct sc_trace_file *file)
{
    if (!file)
        return;
    sc_output_abandon(file->output);
    free(file);
}
