/* shared_options.h - the rows of option tables that several sub-commands have, each told once.
 *
 * T is the type of the request; fields have the names below where no field is asked for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SHARED_OPTIONS_H
#define SC_SHARED_OPTIONS_H

#include "options.h"

/* The names of enum sc_format and enum sc_energy_case, in their order. */
extern const char *const sc_format_words[];
extern const char *const sc_energy_words[];

/* Into struct sc_choice. */
sc_take_option sc_take_machine, sc_take_dataflow;

/* Into struct sc_refine_budget. */
sc_take_option sc_take_refine;

enum { SC_JOBS_MOST = 1024 };

/* choice: -m, repeatable */
#define SC_OPTION_MACHINES(T)                                                                                         \
    {"machine", "NAME", 'm', "a shipped machine or a YAML file; repeat for several (default: flexagon)",              \
     "'sparsecast machines' lists those shipped.", SC_CALL(T, choice, sc_take_machine),                               \
     .completion = SC_COMPLETE_MACHINE}

/* choice: -d, repeatable */
#define SC_OPTION_DATAFLOWS(T)                                                                                        \
    {"dataflow", "NAME", 'd', "only this dataflow; repeat for several (default: the machine's candidates)",           \
     "'sparsecast dataflows' lists them.", SC_CALL(T, choice, sc_take_dataflow), .completion = SC_COMPLETE_DATAFLOW}

/* format */
#define SC_OPTION_FORMAT(T)                                                                                           \
    {"format", "FORMAT", 'f', "table (default), csv or json", NULL, SC_WORD(T, format, sc_format_words)}

/* output */
#define SC_OPTION_OUTPUT(T)                                                                                           \
    {"output", "FILE", 'o', "write here, whole or not at all (default: standard output)", NULL, SC_FILE(T, output)}

/* jobs: unsigned, 0 when not given; `what` runs at a time */
#define SC_OPTION_JOBS(T, field, what)                                                                                \
    {"jobs", "N", 'j', what " at a time (default: one per core); results do not depend on it",                        \
     "Without it OMP_NUM_THREADS is honoured.", SC_COUNT(T, field, 1, SC_JOBS_MOST)}

/* choice: --energy and --energy-table */
#define SC_OPTION_ENERGY(T)                                                                                           \
    {"energy", "CASE", 0, "low, nominal (default) or high end of the sources' energies", NULL,                        \
     SC_WORD(T, choice.energy_case, sc_energy_words)},                                                                \
    {"energy-table", "SET", 0, "a shipped set, or an Accelergy ERT file, with ',ART file' after it if there is one",  \
     "The default is the set that the machine names.", SC_FILE(T, choice.energy_table)}

/* struct sc_refine_budget */
#define SC_OPTION_REFINE(T, field, help, more)                                                                        \
    {"refine", "[BUDGET]", 0, help, more, SC_CALL(T, field, sc_take_refine)}

/* choice: --calibration and --level */
#define SC_OPTION_CALIBRATION(T, calibration_help, level_help)                                                        \
    {"calibration", "FILE", 0, calibration_help,                                                                      \
     "The file must be for the machine or for its base; none leaves the estimates as the closed forms give them.",    \
     SC_FILE(T, choice.calibration)},                                                                                 \
    {"level", "P", 0, level_help,                                                                                     \
     "A layer outside the calibrated domain gets a wider interval (the logarithm of its half widths is multiplied "   \
     "by 1 plus, for each quantity outside, 1 plus the decades by which it is) and a note.",                          \
     SC_COUNT(T, choice.level, SC_LEVEL_MIN, SC_LEVEL_MAX)}

/* the same for commands that correct estimates */
#define SC_OPTION_CORRECTION(T)                                                                                       \
    SC_OPTION_CALIBRATION(T,                                                                                          \
                          "correct the estimates by this file of 'sparsecast calibrate', or by 'none' (default: the " \
                          "shipped one of each machine, or of its base)",                                             \
                          "share of simulations that an interval holds, 50 to 99 percent (default: 90)")

/* reading: --same-padding and --split-depthwise */
#define SC_OPTION_SCALESIM(T)                                                                                         \
    {"same-padding", NULL, 0, NULL, NULL, SC_FLAG(T, reading.same_padding)},                                          \
    {"split-depthwise", NULL, 0, "how SCALE-Sim lists are read; see 'sparsecast import --help'", NULL,                \
     SC_FLAG(T, reading.split_depthwise)}

/* quiet */
#define SC_OPTION_QUIET(T)                                                                                            \
    {"no-progress", NULL, 0, "never show progress",                                                                   \
     "It is shown on long work when standard error is a terminal.", SC_FLAG(T, quiet)}

/* seed: uint64_t */
#define SC_OPTION_SEED(T, field, text) {"seed", "N", 0, text, NULL, SC_COUNT(T, field, 0, UINT64_MAX)}

/* Two pattern files, of which at most one is standard input: SC_GO_ON, or the exit status after a complaint. */
int sc_check_pair(const struct sc_command *command, const char *a, const char *b);

/* Either one layer list among the words, which goes to *list, or a pair of pattern files.  Returns as above. */
int sc_take_list_or_pair(const struct sc_command *command, const struct sc_words *words, const char *a, const char *b,
                         const char **list);

#endif
