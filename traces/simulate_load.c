/* simulate_load.c - which layers to simulate: a list read whole and checked before the first run, or a pair of files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "simulate_load.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "simulate_run.h"
#include "text.h"
#include "traces/pair_name.h"
#include "traces/pattern_read.h"

/* Densities as the list gives them; where only a file tells, the one that most pruned layers stay below. */
static double density(double given)
{
    return given >= 0 ? given : 0.5;
}

/* A nonzero takes 8 bytes, its transpose included, and at least 2 in a file, which may be compressed to a third. */
static double operand_bytes(uint64_t rows, uint64_t cols, double given, const char *file)
{
    struct stat status;
    double nonzeros = density(given) * (double)rows * (double)cols, pointers = (double)rows + (double)cols + 2;
    if (file && stat(file, &status) == 0 && S_ISREG(status.st_mode))
        nonzeros = 1.5 * (double)status.st_size;
    return 8 * (nonzeros + pointers);
}

double sc_simulate_bytes(const struct sc_layer *layer)
{
    return operand_bytes(layer->M, layer->K, layer->density_a, layer->a_file) +
           operand_bytes(layer->K, layer->N, layer->density_b, layer->b_file);
}

double sc_simulate_weight(const struct sc_layer *layer)
{
    double M = (double)layer->M, N = (double)layer->N, K = (double)layer->K;
    return M * N * K * density(layer->density_a) * density(layer->density_b) + M + N + K;
}

/* Operands that this computer cannot hold are refused here, by name, rather than by the system half-way.  Files tell
 * their size themselves. */
static int check_memory(const struct sc_layer *layer, const char *list, struct sc_error *err)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    double have = (double)pages * (double)page;
    double bytes = (layer->a_file ? 0 : operand_bytes(layer->M, layer->K, layer->density_a, NULL)) +
                   (layer->b_file ? 0 : operand_bytes(layer->K, layer->N, layer->density_b, NULL));
    if (pages <= 0 || page <= 0 || bytes <= have)
        return SC_OK;
    return sc_fail(err, SC_NO_MEMORY, list, layer->line,
                   "layer '%.200s': operands of %.3g nonzeros take %.3g GB with their transposes, expected at most the "
                   "%.3g GB of memory that this computer has",
                   layer->name, bytes / 8, bytes / 1e9, have / 1e9);
}

static bool is_asked_for(const struct sc_simulate_request *r, const char *name)
{
    for (unsigned i = 0; i < r->layers; i++)
        if (strcmp(r->layer[i], name) == 0)
            return true;
    return r->layers == 0;
}

/* Whether every name of --layer is in the list. */
static int check_names(const struct sc_simulate_run *run, struct sc_error *err)
{
    const struct sc_simulate_request *r = run->request;
    const char **names = malloc((run->held.layers + 1) * sizeof *names);
    int status = names ? SC_OK : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the names of layers");
    for (size_t l = 0; l < run->held.layers && status == SC_OK; l++)
        names[l] = run->held.layer[l].name;
    for (unsigned i = 0; i < r->layers && status == SC_OK; i++) {
        bool found = false;
        for (size_t l = 0; l < run->held.layers && !found; l++)
            found = strcmp(names[l], r->layer[i]) == 0;
        if (found)
            continue;
        const char *near = sc_nearest_name(r->layer[i], names, run->held.layers);
        status = sc_fail(err, SC_BAD_USAGE, r->list, 0, "has no layer '%.200s', asked for with --layer%s%.200s%s",
                         r->layer[i], near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    free(names);
    return status;
}

/* Keeps the layers asked for. */
static void select_layers(struct sc_simulate_run *run)
{
    size_t kept = 0;
    for (size_t l = 0; l < run->held.layers; l++) {
        struct sc_layer layer = run->held.layer[l];
        bool wanted = is_asked_for(run->request, layer.name);
        run->held.layer[l] = run->held.layer[kept];
        run->held.layer[kept] = layer;
        kept += wanted;
    }
    while (run->held.layers > kept)
        sc_release_last_layer(&run->held);
}

static int load_list(struct sc_simulate_run *run, struct sc_layer_reader *reader, struct sc_error *err)
{
    const struct sc_simulate_request *r = run->request;
    struct sc_layer layer;
    size_t extras;
    const char *const *extra = sc_layer_extra_names(reader, &extras);
    const char *added = r->compare ? "error_pct" : NULL;
    int status = sc_layer_cells_open(&run->cells, sc_layer_columns(reader), extra, extras, added, err);
    while (status == SC_OK && !*run->cancel && (status = sc_layer_next(reader, &layer, err)) == SC_OK) {
        if (is_asked_for(r, layer.name))
            status = sc_bound_check(run->bound, run->machines, r->list, &layer, err);
        if (status == SC_OK && is_asked_for(r, layer.name) && sc_operator_is_gemm(&layer.op))
            status = check_memory(&layer, r->list, err);
        if (status == SC_OK)
            status = sc_hold_layer(&run->held, &layer, err);
    }
    if (status == SC_END)
        status = check_names(run, err);
    if (status == SC_OK)
        select_layers(run);
    return status;
}

static int load_pair(struct sc_simulate_run *run, struct sc_error *err)
{
    const struct sc_simulate_request *r = run->request;
    struct sc_pattern *a = &run->pair[0], *b = &run->pair[1];
    char name[SC_PAIR_NAME];
    int status = sc_pattern_read(a, r->a, NULL, err);
    if (status == SC_OK)
        status = sc_pattern_read(b, r->b, NULL, err);
    if (status != SC_OK)
        return status;
    if (a->cols != b->rows)
        return sc_fail(err, SC_BAD_INPUT, r->b, 0,
                       "has %" PRIu64 " rows (%" PRIu64 " x %" PRIu64
                       "), expected as many as A = %s has columns: %" PRIu64 " (%" PRIu64 " x %" PRIu64 ")",
                       b->rows, b->rows, b->cols, r->a, a->cols, a->rows, a->cols);
    sc_pair_name(name, r->a, r->b);
    struct sc_layer layer = {.name = name, .model = "", .count = 1, .M = a->rows, .N = b->cols,
                             .K = a->cols, .density_a = -1, .density_b = -1, .a_file = r->a, .b_file = r->b};
    status = sc_hold_layer(&run->held, &layer, err);
    return status ? status
                  : sc_layer_cells_open(&run->cells, SC_WITH_FILES, NULL, 0, r->compare ? "error_pct" : NULL, err);
}

int sc_simulate_load(struct sc_simulate_run *run, struct sc_error *err)
{
    if (run->request->a)
        return load_pair(run, err);
    int status = sc_layer_open(&run->reader, run->request->list, &run->request->reading, err);
    return status ? status : load_list(run, run->reader, err);
}
