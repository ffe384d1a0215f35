/* options_help.c - what --help prints, from the table of a sub-command.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "options.h"

/* For terminals of 80 columns; texts of options begin in column 27, those of lists behind the longest name. */
enum { LINE = 79, OPTION_COLUMN = 27, ITEM_COLUMN_MOST = 24 };

static const char EXIT_STATUS[] = "Exit status: 0 success, 1 %s, 2 wrong usage.\n";

void sc_option_label(char out[SC_OPTION_LABEL], const struct sc_option *option)
{
    char letter[] = {'-', option->letter, ',', ' ', '\0'};
    const char *argument = option->argument ? option->argument : "";
    bool optional = argument[0] == '[';
    snprintf(out, SC_OPTION_LABEL, "%s--%s%s%s", option->letter ? letter : "", option->name,
             optional ? "[=" : argument[0] ? "=" : "", argument + optional);
}

static void pad(FILE *out, int columns)
{
    fprintf(out, "%*s", columns > 0 ? columns : 0, "");
}

/* Prints a text from column `at` on, lines broken at blanks and continued in column `left`; ends the line. */
static void wrap(FILE *out, const char *text, int at, int left)
{
    bool fresh = true; /* nothing stands on this line yet */
    while (*text) {
        int length = (int)strcspn(text, " \n");
        if (!fresh && at + 1 + length > LINE) {
            fputc('\n', out);
            pad(out, left);
            at = left;
            fresh = true;
        }
        at += fprintf(out, "%s%.*s", fresh ? "" : " ", length, text);
        fresh = false;
        text += length;
        if (*text == '\n') {
            fputc('\n', out);
            pad(out, left);
            at = left;
            fresh = true;
        }
        text += *text != '\0';
    }
    fputc('\n', out);
}

/* A label and its text beside it, or below it when it is too long. */
static void print_entry(FILE *out, const char *label, int column, const char *text)
{
    int at = fprintf(out, "  %s", label);
    if (at + 1 >= column) {
        fputc('\n', out);
        at = 0;
    }
    pad(out, column - at);
    wrap(out, text, column, column);
}

/* Rows without a text of their own share the label of the next that has one. */
static void print_options(FILE *out, const struct sc_option *row)
{
    char label[4 * SC_OPTION_LABEL] = "";
    for (; row->name; row++) {
        char one[SC_OPTION_LABEL];
        size_t used = strlen(label);
        sc_option_label(one, row);
        snprintf(label + used, sizeof label - used, "%s%s", used > 0 ? ", " : row->letter ? "" : "    ", one);
        if (!row->help)
            continue;
        print_entry(out, label, OPTION_COLUMN, row->help);
        label[0] = '\0';
    }
}

static void print_items(FILE *out, const struct sc_command *command)
{
    const char *name, *meaning;
    int column = 0;
    for (size_t i = 0; command->items(i, &name, &meaning); i++)
        if (column < (int)strlen(name) + 4)
            column = (int)strlen(name) + 4;
    if (column > ITEM_COLUMN_MOST)
        column = ITEM_COLUMN_MOST;
    fputc('\n', out);
    wrap(out, command->items_title, 0, 0);
    for (size_t i = 0; command->items(i, &name, &meaning); i++)
        print_entry(out, name, column, meaning);
}

/* `first` before the first line, `next` before the others. */
static void print_lines(FILE *out, const char *first, const char *next, const char *lines)
{
    for (const char *lead = first; *lines; lead = next) {
        int length = (int)strcspn(lines, "\n");
        fprintf(out, "%s%.*s\n", lead, length, lines);
        lines += length + (lines[length] == '\n');
    }
}

void sc_help_print(FILE *out, const struct sc_command *command)
{
    char first[80], next[80];
    const char *blank = command->synopsis[0] ? " " : "";
    snprintf(first, sizeof first, "Usage: sparsecast %s%s", command->name, blank);
    snprintf(next, sizeof next, "       sparsecast %s%s", command->name, blank);
    print_lines(out, first, next, command->synopsis[0] ? command->synopsis : "\n");
    wrap(out, command->about, 0, 0);
    fputc('\n', out);
    print_options(out, command->options);
    print_options(out, sc_common_options);
    if (command->items_title)
        print_items(out, command);
    fputc('\n', out);
    if (command->notes) {
        wrap(out, command->notes, 0, 0);
        fputc('\n', out);
    }
    fputs(strchr(command->examples, '\n') ? "Examples:\n" : "Example:\n", out);
    print_lines(out, "  ", "  ", command->examples);
    fputc('\n', out);
    fprintf(out, EXIT_STATUS, command->failures ? command->failures : "bad input or failed output");
    fprintf(out, "The manual page sparsecast-%s(1) tells more.\n", command->name);
}
