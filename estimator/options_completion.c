/* options_completion.c - the completion of bash, from the tables of all sub-commands.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "options.h"

/* $1 are the words to choose from, $2 is not empty when files may be named, too. */
static const char HEAD[] =
    "# Completion of sparsecast for bash; written by 'sparsecast --print-completion' from its tables.\n"
    "_sparsecast_offer()\n"
    "{\n"
    "    COMPREPLY=($(compgen -W \"$1\" -- \"$word\"))\n"
    "    if [ -n \"$2\" ]; then\n"
    "        local IFS=$'\\n'\n"
    "        COMPREPLY+=($(compgen -f -- \"$word\"))\n"
    "        compopt -o filenames 2> /dev/null\n"
    "    fi\n"
    "}\n"
    "\n"
    "_sparsecast()\n"
    "{\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before= command=${COMP_WORDS[1]}\n"
    "    COMPREPLY=()\n"
    "    if ((COMP_CWORD > 0)); then before=${COMP_WORDS[COMP_CWORD - 1]}; fi\n"
    "    # --name=value comes as three words\n"
    "    if [ \"$word\" = = ]; then\n"
    "        word=\n"
    "    elif [ \"$before\" = = ] && ((COMP_CWORD > 2)); then\n"
    "        before=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n";

static const char TAIL[] = "}\n"
                           "complete -F _sparsecast sparsecast\n";

static void put_items(FILE *out, const struct sc_command *command)
{
    const char *name, *meaning;
    for (size_t i = 0; command->items(i, &name, &meaning); i++)
        fprintf(out, " %s", name);
}

/* What many options share, as variables. */
static int put_lists(FILE *out, struct sc_error *err)
{
    char **machine = NULL;
    unsigned machines = 0;
    int status = sc_machine_list(&machine, &machines, err);
    fputs("    local machines=\"", out);
    for (unsigned m = 0; m < machines && status == SC_OK; m++)
        fprintf(out, " %s", machine[m]);
    fputs("\" dataflows=\"", out);
    for (int d = 0; d < SC_DATAFLOWS; d++)
        fprintf(out, " %s", sc_dataflow_name((enum sc_dataflow)d));
    fputs("\"\n", out);
    free(machine);
    return status;
}

/* The words of a list, then those that `completion` stands for. */
static void put_words(FILE *out, const struct sc_command *command, const char *const *words,
                      enum sc_completion completion)
{
    for (; words && *words; words++)
        fprintf(out, " %s", *words);
    if (completion == SC_COMPLETE_ITEM)
        put_items(out, command);
    if (completion == SC_COMPLETE_MACHINE)
        fputs("$machines", out);
    if (completion == SC_COMPLETE_DATAFLOW)
        fputs("$dataflows", out);
}

/* A machine may be a file, too. */
static const char *files_of(enum sc_completion completion)
{
    return completion == SC_COMPLETE_FILE || completion == SC_COMPLETE_MACHINE ? "files" : "";
}

/* What may follow an option that needs a value. */
static void put_values(FILE *out, const struct sc_command *command, const struct sc_option *row)
{
    if (row->letter)
        fprintf(out, "    %s:-%c | ", command->name, row->letter);
    else
        fputs("    ", out);
    fprintf(out, "%s:--%s) _sparsecast_offer \"", command->name, row->name);
    put_words(out, command, row->words, row->completion);
    fprintf(out, "\" \"%s\"; return ;;\n", files_of(row->completion));
}

static void put_option_names(FILE *out, const struct sc_option *row)
{
    for (; row->name; row++)
        fprintf(out, " --%s", row->name);
}

static void put_command(FILE *out, const struct sc_command *command)
{
    fprintf(out, "    %s:-*) _sparsecast_offer \"", command->name);
    put_option_names(out, command->options);
    put_option_names(out, sc_common_options);
    fprintf(out, "\" \"\" ;;\n    %s:*) _sparsecast_offer \"", command->name);
    if (command->items_are_words)
        put_items(out, command);
    put_words(out, command, NULL, command->completion);
    fprintf(out, "\" \"%s\" ;;\n", files_of(command->completion));
}

int sc_completion_print(FILE *out, const struct sc_command *const *commands, size_t count, struct sc_error *err)
{
    fputs(HEAD, out);
    int status = put_lists(out, err);
    fputs("    if ((COMP_CWORD == 1)); then\n        _sparsecast_offer \"", out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s ", commands[i]->name);
    fputs("--help --version\" \"\"\n        return\n    fi\n    case $command:$before in\n", out);
    for (size_t i = 0; i < count; i++)
        for (const struct sc_option *row = commands[i]->options; row->name; row++)
            if (row->argument && row->argument[0] != '[')
                put_values(out, commands[i], row);
    fputs("    esac\n    case $command:$word in\n", out);
    for (size_t i = 0; i < count; i++)
        put_command(out, commands[i]);
    fputs("    esac\n", out);
    fputs(TAIL, out);
    return status;
}
