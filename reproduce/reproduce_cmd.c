/* reproduce_cmd.c - `sparsecast reproduce`: published figures against simulation and estimate, row by row.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "reproduce_cmd.h"

#include <stdio.h>
#include <stdlib.h>

#include "choice.h"
#include "command.h"
#include "papers.h"
#include "shared_options.h"
#include "text.h"

static const struct paper {
    const char *name, *title;
    int (*reproduce)(struct sc_claims *claims, const struct sc_reproduce_options *options, struct sc_error *err);
} PAPERS[] = {
    {"flexagon", "Flexagon (ASPLOS 2023)", sc_reproduce_flexagon},
    {"dstc", "Dual-side Sparse Tensor Core (ISCA 2021)", sc_reproduce_dstc},
    {"sps", "Sparse Periodic Systolic dataflow (ISLPED 2022), its abstract and the source of its patterns",
     sc_reproduce_sps},
    {"butterfly", "multilayer butterfly dataflow, parameterised from MLX and FABNet", sc_reproduce_butterfly},
};

enum { PAPER_COUNT = sizeof PAPERS / sizeof PAPERS[0], SEEDS_MOST = 1000 };

struct request {
    bool wanted[PAPER_COUNT], estimate_only;
    enum sc_format format;
    const char *output;
    struct sc_reproduce_options options;
};

static bool name_paper(size_t i, const char **name, const char **title)
{
    if (i >= PAPER_COUNT)
        return false;
    *name = PAPERS[i].name;
    *title = PAPERS[i].title;
    return true;
}

static const struct sc_option options[] = {
    {"estimate-only", NULL, 0, "closed forms only: seconds", NULL, SC_FLAG(struct request, estimate_only)},
    {"seeds", "N", 0, "simulations of the drawn operands of single layers to average (default: 5)", NULL,
     SC_COUNT(struct request, options.seeds, 1, SEEDS_MOST)},
    SC_OPTION_FORMAT(struct request),
    SC_OPTION_OUTPUT(struct request),
    SC_OPTION_JOBS(struct request, options.jobs, "simulations"),
    SC_OPTIONS_END,
};

const struct sc_command sc_reproduce_manual = {
    .name = "reproduce",
    .summary = "set published figures beside ours",
    .synopsis = "[PAPER]... [OPTION]...",
    .about = "Sets every published value held in data/papers beside our simulation and our estimate, with the ratio "
             "of ours to it and a verdict, and sums up each figure. PAPER is one of those below; all of them when "
             "none is given.",
    .more = "Closed forms are not calibrated here.",
    .options = options,
    .items_title = "Papers:",
    .items = name_paper,
    .items_are_words = true,
    .examples = "sparsecast reproduce flexagon --estimate-only",
    .failures = "bad input or failed output (whatever the verdicts)",
};

static int take_paper(struct request *r, const char *name)
{
    const char *names[PAPER_COUNT];
    char what[200];
    for (int i = 0; i < PAPER_COUNT; i++)
        names[i] = PAPERS[i].name;
    int paper = sc_position(name, names, PAPER_COUNT);
    if (paper >= 0) {
        r->wanted[paper] = true;
        return SC_GO_ON;
    }
    const char *near = sc_nearest_name(name, names, PAPER_COUNT);
    snprintf(what, sizeof what, "unknown paper '%.100s'%s%s%s", name, near ? ", did you mean '" : ", see the list of ",
             near ? near : "--help", near ? "'?" : "");
    return sc_wrong_usage("reproduce", what, "");
}

static int read_arguments(struct request *r, int argc, char **argv)
{
    struct sc_words words;
    *r = (struct request){.options = {.seeds = 5}};
    int status = sc_options_read(&sc_reproduce_manual, argc, argv, r, &words);
    for (int i = 0; i < words.count && status == SC_GO_ON; i++)
        status = take_paper(r, words.word[i]);
    for (int i = 0; i < PAPER_COUNT && words.count == 0; i++)
        r->wanted[i] = true;
    if (r->estimate_only)
        r->options.seeds = 0;
    return status;
}

static int reproduce(const struct request *r, const char *command, struct sc_error *err)
{
    struct sc_claims claims[PAPER_COUNT] = {{.paper = NULL}};
    const struct sc_claims *written[PAPER_COUNT];
    const struct sc_meta meta[] = {{"version", sc_version()}, {"command", command}};
    size_t count = 0;
    int status = SC_OK;
    for (int i = 0; i < PAPER_COUNT && status == SC_OK; i++) {
        if (!r->wanted[i])
            continue;
        claims[i].paper = PAPERS[i].title;
        status = PAPERS[i].reproduce(&claims[i], &r->options, err);
        written[count++] = &claims[i];
    }
    if (status == SC_OK)
        status = sc_claims_write(written, count, r->output, r->format, meta, sizeof meta / sizeof meta[0], err);
    for (int i = 0; i < PAPER_COUNT; i++)
        sc_claims_free(&claims[i]);
    return status;
}

int sc_reproduce_command(int argc, char **argv)
{
    struct request request;
    struct sc_error err = {.status = SC_OK};
    char *command = sc_command_line(argc, argv);
    int exit_status = read_arguments(&request, argc, argv);
    if (exit_status == SC_GO_ON)
        exit_status = reproduce(&request, command ? command : "sparsecast reproduce", &err) == SC_OK
                          ? 0
                          : sc_error_print(&err);
    free(command);
    return exit_status;
}
