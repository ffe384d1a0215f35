/* reproduce_cmd.c - `sparsecast reproduce`: published figures against simulation and estimate, row by row.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "reproduce_cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "command.h"
#include "papers.h"
#include "text.h"

static const char usage[] =
    "Usage: sparsecast reproduce [PAPER]... [OPTION]...\n"
    "Sets every published value held in data/papers beside our simulation and our estimate, with a verdict.\n"
    "PAPER is one of those below; all of them when none is given.\n"
    "\n"
    "      --estimate-only   closed forms only: seconds\n"
    "      --seeds=N         simulations of the drawn operands of single layers to average (default: 5)\n"
    "  -f, --format=FORMAT   table (default), csv or json\n"
    "  -o, --output=FILE     write here, whole or not at all (default: standard output)\n"
    "  -j, --jobs=N          simulations at a time (default: one per core); results do not depend on it\n"
    "  -h, --help            print this and exit\n"
    "      --version         print the version and exit\n"
    "\n";

static const char example[] = "\nExample: sparsecast reproduce flexagon --estimate-only\n"
                              "Exit status: 0 done (whatever the verdicts), 1 bad input or failed output, 2 wrong usage.\n";

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

enum { PAPER_COUNT = sizeof PAPERS / sizeof PAPERS[0], SEEDS_MOST = 1000, JOBS_MOST = 1024 };

struct request {
    bool wanted[PAPER_COUNT], stop;
    enum sc_format format;
    const char *output;
    struct sc_reproduce_options options;
};

enum { OPT_ESTIMATE_ONLY = 256, OPT_SEEDS, OPT_VERSION };

static const struct option long_options[] = {{"estimate-only", no_argument, NULL, OPT_ESTIMATE_ONLY},
                                             {"seeds", required_argument, NULL, OPT_SEEDS},
                                             {"format", required_argument, NULL, 'f'},
                                             {"output", required_argument, NULL, 'o'},
                                             {"jobs", required_argument, NULL, 'j'},
                                             {"help", no_argument, NULL, 'h'},
                                             {"version", no_argument, NULL, OPT_VERSION},
                                             {NULL, 0, NULL, 0}};

static void print_help(void)
{
    fputs(usage, stdout);
    for (int i = 0; i < PAPER_COUNT; i++)
        printf("  %-10s %s\n", PAPERS[i].name, PAPERS[i].title);
    fputs(example, stdout);
}

static int take_count(unsigned *count, const char *text, uint64_t most, const char *what)
{
    uint64_t value;
    if (!sc_parse_count(text, strlen(text), &value) || value < 1 || value > most)
        return sc_wrong_usage("reproduce", what, text);
    *count = (unsigned)value;
    return 0;
}

static int take_format(struct request *r, const char *text)
{
    static const char *const names[] = {"table", "csv", "json"};
    int format = sc_position(text, names, 3);
    if (format < 0)
        return sc_wrong_usage("reproduce", "--format takes table, csv or json, not ", text);
    r->format = (enum sc_format)format;
    return 0;
}

static int take_option(struct request *r, int option, char **argv)
{
    switch (option) {
    case OPT_ESTIMATE_ONLY:
        r->options.seeds = 0;
        return 0;
    case OPT_SEEDS:
        return take_count(&r->options.seeds, optarg, SEEDS_MOST, "--seeds takes a whole number from 1 to 1000, not ");
    case 'f':
        return take_format(r, optarg);
    case 'o':
        r->output = optarg;
        return 0;
    case 'j':
        return take_count(&r->options.jobs, optarg, JOBS_MOST, "--jobs takes a whole number from 1 to 1024, not ");
    case 'h':
        print_help();
        r->stop = true;
        return 0;
    case OPT_VERSION:
        fputs(sc_version_line(), stdout);
        r->stop = true;
        return 0;
    default:
        return sc_wrong_usage("reproduce", "unknown or incomplete option ", argv[optind - 1]);
    }
}

static int take_paper(struct request *r, const char *name)
{
    const char *names[PAPER_COUNT];
    for (int i = 0; i < PAPER_COUNT; i++)
        names[i] = PAPERS[i].name;
    int paper = sc_position(name, names, PAPER_COUNT);
    if (paper < 0)
        return sc_wrong_usage("reproduce", "unknown paper ", name);
    r->wanted[paper] = true;
    return 0;
}

static int read_arguments(struct request *r, int argc, char **argv)
{
    bool any = false;
    int option, status = 0;
    *r = (struct request){.options = {.seeds = 5}};
    opterr = 0;
    while (status == 0 && !r->stop && (option = getopt_long(argc, argv, ":f:o:j:h", long_options, NULL)) != -1)
        status = take_option(r, option, argv);
    for (; status == 0 && !r->stop && optind < argc; optind++) {
        status = take_paper(r, argv[optind]);
        any = true;
    }
    for (int i = 0; i < PAPER_COUNT && !any; i++)
        r->wanted[i] = true;
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
    if (exit_status == 0 && !request.stop && reproduce(&request, command ? command : "sparsecast reproduce", &err) != SC_OK)
        exit_status = sc_error_print(&err);
    free(command);
    return exit_status;
}
