/* shared_options.c - what the shared rows of option tables refer to; see shared_options.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "shared_options.h"

#include <string.h>

#include "choice.h"
#include "command.h"
#include "estimate_refine.h"

const char *const sc_format_words[] = {"table", "csv", "json", NULL};
const char *const sc_energy_words[] = {"low", "nominal", "high", NULL};

int sc_take_machine(void *choice, const char *value, struct sc_error *err)
{
    return sc_choice_machine(choice, value, err);
}

int sc_take_dataflow(void *choice, const char *value, struct sc_error *err)
{
    return sc_choice_dataflow(choice, value, err);
}

int sc_take_refine(void *budget, const char *value, struct sc_error *err)
{
    struct sc_refine_budget *wanted = budget;
    wanted->wanted = true;
    if (!value || sc_refine_budget_parse(wanted, value))
        return SC_OK;
    return sc_fail(err, SC_BAD_USAGE, NULL, 0, "--refine takes seconds (30s) or a number of simulations, not %.200s",
                   value);
}

int sc_check_pair(const struct sc_command *command, const char *a, const char *b)
{
    if (!a || !b)
        return sc_wrong_usage(command->name, a ? "operand B is missing: give --b FILE"
                                               : "operand A is missing: give --a FILE", "");
    if (strcmp(a, "-") == 0 && strcmp(b, "-") == 0)
        return sc_wrong_usage(command->name, "only one operand can come from standard input; give a file for the other",
                              "");
    return SC_GO_ON;
}

int sc_take_list_or_pair(const struct sc_command *command, const struct sc_words *words, const char *a, const char *b,
                         const char **list)
{
    if (!a && !b)
        return sc_take_one_word(command, words, "layer list", list);
    if (words->count > 0)
        return sc_wrong_usage(command->name, "either a layer list or --a and --b; found both, the list being ",
                              words->word[0]);
    return sc_check_pair(command, a, b);
}
